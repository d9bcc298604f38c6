#include "counterpart.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/file.h"

#define WORDS_MAX 64

/* --- the two places --- */

void counterpart_open(struct counterpart *both, const struct k_program *const *programs)
{
    memset(both, 0, sizeof *both);
    machine_open(&both->machine, programs, NULL);
    snprintf(both->folder, sizeof both->folder, "/tmp/umbra-counterpart-XXXXXX");
    assert_non_null(mkdtemp(both->folder));
    chmod(both->folder, 0755);
    umask(022);
}

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *level)
{
    (void)stat;
    (void)kind;
    if (level->level > 0) assert_int_equal(remove(path), 0);
    return 0;
}

void both_clear(struct counterpart *both)
{
    struct workspace *workspace = &both->machine.workspace;

    assert_int_equal(nftw(both->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_clear(workspace->store, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
}

void counterpart_close(struct counterpart *both)
{
    unsigned different = both->different;

    nftw(both->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    rmdir(both->folder);
    machine_close(&both->machine);
    print_message("%u compared, %u different\n", both->compared, different);
    assert_int_equal(different, 0);
}

static const char *real_path(const struct counterpart *both, const char *path)
{
    static char whole[4400];
    snprintf(whole, sizeof whole, "%s/%s", both->folder, path);
    return whole;
}

void both_put_bytes(struct counterpart *both, const char *path, const void *content, size_t size)
{
    FILE *file = fopen(real_path(both, path), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    workspace_put_bytes(&both->machine.workspace, path, content, size);
    both_set(both, path, 0644, 1577934245); /* 2020-01-02 03:04:05 */
}

void both_put(struct counterpart *both, const char *path, const char *content)
{
    both_put_bytes(both, path, content, strlen(content));
}

void both_make_directory(struct counterpart *both, const char *path)
{
    assert_int_equal(mkdir(real_path(both, path), 0755), 0);
    workspace_mkdir(&both->machine.workspace, path);
    both_set(both, path, 0755, 1577934245);
}

void both_link(struct counterpart *both, const char *path, const char *target)
{
    assert_int_equal(symlink(target, real_path(both, path)), 0);
    workspace_link(&both->machine.workspace, path, target);
    both_set(both, path, 0, 1577934245);
}

/* mode 0: a link, which has none. */
void both_set(struct counterpart *both, const char *path, unsigned mode, int64_t mtime)
{
    struct workspace *workspace = &both->machine.workspace;
    struct fs_view view = {workspace->store, ST_HEAD, ST_ROOT_INO};
    struct timespec times[2] = {{mtime, 0}, {mtime, 0}};

    if (mode) assert_int_equal(chmod(real_path(both, path), mode), 0);
    assert_int_equal(utimensat(AT_FDCWD, real_path(both, path), times, AT_SYMLINK_NOFOLLOW), 0);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    if (mode) assert_ok(workspace, fs_set_mode(&view, path, strlen(path), (uint16_t)mode, &workspace->error));
    assert_ok(workspace,
              fs_set_time(&view, path, strlen(path), FS_NO_FOLLOW, mtime * 1000, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
}

/* --- the real program --- */

static void read_back(FILE *file, struct buffer *text)
{
    char piece[4096];
    size_t got;

    rewind(file);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0) buffer_put(text, piece, got);
    fclose(file);
}

static int run_real(const struct counterpart *both, const char *input, const char *const *argv,
                    struct buffer *output, struct buffer *errors)
{
    FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
    char home[128];
    const char *environment[20] = {"PATH=/usr/bin:/bin", home, "LC_ALL=C.UTF-8"};
    size_t count = 3, i;
    int status;
    pid_t child;

    snprintf(home, sizeof home, "HOME=%s", both->folder);
    for (i = 3; both->machine.environment[i]; i++) environment[count++] = both->machine.environment[i];
    assert_true(in && out && err);
    if (input) fputs(input, in);
    rewind(in);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        if (chdir(both->folder) < 0) _exit(99);
        dup2(fileno(in), 0);
        dup2(fileno(out), 1);
        dup2(fileno(err), 2);
        execvpe(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
        _exit(98);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    fclose(in);
    read_back(out, output);
    read_back(err, errors);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* --- comparing --- */

static void replace_all(struct buffer *text, const char *from, const char *to)
{
    struct buffer result = {0};
    size_t length = strlen(from), at = 0;

    while (at < text->size) {
        char *found = memmem(text->data + at, text->size - at, from, length);
        size_t end = found ? (size_t)(found - text->data) : text->size;
        buffer_put(&result, text->data + at, end - at);
        if (found) buffer_put_string(&result, to);
        at = found ? end + length : end;
    }
    buffer_free(text);
    *text = result;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_lines(struct buffer *text)
{
    char *lines[4096], *copy = strdup(buffer_string(text)), *line, *rest = copy;
    size_t count = 0, i;

    for (line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (count < 4096) lines[count++] = line;
    qsort(lines, count, sizeof *lines, compare_lines);
    buffer_clear(text);
    for (i = 0; i < count; i++) buffer_printf(text, "%s\n", lines[i]);
    free(copy);
}

static void put_entry(struct buffer *text, const char *path, char kind, unsigned mode, int64_t seconds,
                      bool times, const char *content, size_t size)
{
    buffer_printf(text, "%c %04o %s", kind, kind == 'l' ? 0 : mode & 07777, path);
    if (times && kind != 'd') buffer_printf(text, " %lld", (long long)seconds);
    if (kind != 'd') {
        buffer_printf(text, " %zu ", size);
        buffer_put(text, content, size < 200 ? size : 200);
    }
    buffer_put_byte(text, '\n');
}

static void dump_real(const struct counterpart *both, const char *path, bool times, struct buffer *text)
{
    struct dirent **names;
    int count = scandir(real_path(both, path), &names, NULL, alphasort), i;

    assert_true(count >= 0);
    for (i = 0; i < count; i++) {
        char below[4200];
        struct stat stat;
        if (strcmp(names[i]->d_name, ".") == 0 || strcmp(names[i]->d_name, "..") == 0) {
            free(names[i]);
            continue;
        }
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", names[i]->d_name);
        free(names[i]);
        assert_int_equal(lstat(real_path(both, below), &stat), 0);
        if (S_ISDIR(stat.st_mode)) {
            put_entry(text, below, 'd', stat.st_mode, stat.st_mtime, times, "", 0);
            dump_real(both, below, times, text);
        } else if (S_ISLNK(stat.st_mode)) {
            char target[4096];
            ssize_t size = readlink(real_path(both, below), target, sizeof target);
            put_entry(text, below, 'l', 0, stat.st_mtime, times, target, (size_t)size);
        } else {
            char content[200];
            FILE *file = fopen(real_path(both, below), "r");
            size_t got = file ? fread(content, 1, sizeof content, file) : 0;
            if (file) fclose(file);
            memset(content + got, 0, sizeof content - got);
            put_entry(text, below, 'f', stat.st_mode, stat.st_mtime, times, content, (size_t)stat.st_size);
        }
    }
    free(names);
}

static void dump_ours(const struct counterpart *both, uint32_t directory, const char *path, bool times,
                      struct buffer *text)
{
    const struct store *store = both->machine.workspace.store;
    uint32_t index, ino;

    for (index = 0; (ino = st_entry(store, ST_HEAD, directory, index)) != 0; index++) {
        char below[4200], content[4096];
        struct st_info info;
        int64_t got;
        assert_int_equal(st_info(store, ST_HEAD, ino, &info), 0);
        snprintf(below, sizeof below, "%s%s%.*s", path, *path ? "/" : "", (int)info.name_length, info.name);
        if (info.kind == ST_DIRECTORY) {
            put_entry(text, below, 'd', info.mode, info.mtime / 1000, times, "", 0);
            dump_ours(both, ino, below, times, text);
            continue;
        }
        memset(content, 0, sizeof content);
        got = st_read(store, ST_HEAD, ino, 0, content, info.kind == ST_SYMLINK ? sizeof content : 200);
        assert_true(got >= 0);
        put_entry(text, below, info.kind == ST_SYMLINK ? 'l' : 'f', info.mode, info.mtime / 1000, times,
                  content, (size_t)info.size);
    }
}

static bool is_same(const struct buffer *a, const struct buffer *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static void print_difference(const char *what, const struct buffer *ours, const struct buffer *real)
{
    print_error("--- %s, ours\n%s--- %s, theirs\n%s", what, buffer_string(ours), what, buffer_string(real));
}

static void compare(struct counterpart *both, unsigned flags, int status, const struct buffer *output,
                    struct buffer *errors, const char *const *argv)
{
    struct machine *machine = &both->machine;
    struct buffer ours = {0}, theirs = {0};
    bool same_tree, same_status = machine->status == status, fine;

    if (flags & ANY_STATUS) same_status = (machine->status == 0) == (status == 0);
    dump_ours(both, ST_ROOT_INO, "", (flags & SAME_TIMES) != 0, &ours);
    dump_real(both, "", (flags & SAME_TIMES) != 0, &theirs);
    same_tree = is_same(&ours, &theirs);
    fine = same_status && is_same(&machine->output, output) && same_tree &&
           (flags & ANY_ERRORS || is_same(&machine->errors, errors));
    both->compared++;
    if (!fine) {
        both->different++;
        print_error("=== ");
        for (; *argv; argv++) print_error("%s ", *argv);
        print_error("\n");
        if (!same_status) print_error("status %d, theirs %d\n", machine->status, status);
        if (!is_same(&machine->output, output)) print_difference("output", &machine->output, output);
        if (!is_same(&machine->errors, errors)) print_difference("errors", &machine->errors, errors);
        if (!same_tree) print_difference("tree", &ours, &theirs);
    }
    buffer_free(&ours);
    buffer_free(&theirs);
}

void both_run(struct counterpart *both, unsigned flags, const char *input, const char *const *argv)
{
    struct buffer output = {0}, errors = {0};
    int status = run_real(both, input, argv, &output, &errors);

    machine_run(&both->machine, input, SIZE_MAX, argv);
    replace_all(&errors, "\xe2\x80\x98", "'");
    replace_all(&errors, "\xe2\x80\x99", "'");
    replace_all(&errors, both->folder, "/workspace");
    replace_all(&output, both->folder, "/workspace");
    if (flags & ANY_ORDER) {
        sort_lines(&output);
        sort_lines(&both->machine.output);
    }
    compare(both, flags, status, &output, &errors, argv);
    buffer_free(&output);
    buffer_free(&errors);
}

void both_line(struct counterpart *both, unsigned flags, const char *input, const char *line)
{
    char *copy = strdup(line), *rest = copy, *word, *at;
    const char *argv[WORDS_MAX + 1];
    size_t count = 0;

    for (word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
        for (at = word; *at; at++)
            if (*at == '~') *at = ' ';
        assert_true(count < WORDS_MAX);
        argv[count++] = word;
    }
    argv[count] = NULL;
    both_run(both, flags, input, argv);
    free(copy);
}

void counterpart_try_scripts(const struct k_program *const *programs, const char *const *scripts,
                             size_t count)
{
    struct counterpart both;
    size_t i;

    counterpart_open(&both, programs);
    for (i = 0; i < count; i++) {
        both_clear(&both);
        both_put(&both, "script", scripts[i]);
        both_try(&both, SAME, NULL, "bash", "script", "first");
    }
    counterpart_close(&both);
}
