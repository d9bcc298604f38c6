#include "twins.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

void twins_open(struct twins *twins, const struct k_program *const *programs)
{
    memset(twins, 0, sizeof *twins);
    machine_open(&twins->machine, programs, NULL);
    strcpy(twins->folder, "/tmp/umbra-twins-XXXXXX");
    assert_non_null(mkdtemp(twins->folder));
}

static void join(char *path, size_t size, const char *directory, const char *name)
{
    assert_true((size_t)snprintf(path, size, "%s/%s", directory, name) < size);
}

static void remove_all(const char *directory)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    char path[512];

    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        join(path, sizeof path, directory, entry->d_name);
        if (entry->d_type == DT_DIR)
            remove_all(path);
        else
            unlink(path);
    }
    closedir(stream);
    rmdir(directory);
}

void twins_close(struct twins *twins)
{
    remove_all(twins->folder);
    buffer_free(&twins->input);
    machine_close(&twins->machine);
    if (twins->unlike) fail_msg("%u of %u runs were unlike", twins->unlike, twins->runs);
}

void twins_put_bytes(struct twins *twins, const char *name, const void *content, size_t size)
{
    char path[512];
    FILE *file;

    join(path, sizeof path, twins->folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
    fclose(file);
    workspace_put_bytes(&twins->machine.workspace, name, content, size);
}

void twins_put(struct twins *twins, const char *name, const char *content)
{
    twins_put_bytes(twins, name, content, strlen(content));
}

void twins_make_directory(struct twins *twins, const char *name)
{
    char path[512];

    join(path, sizeof path, twins->folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
    workspace_mkdir(&twins->machine.workspace, name);
}

void twins_input_bytes(struct twins *twins, const void *data, size_t size)
{
    buffer_clear(&twins->input);
    buffer_put(&twins->input, data, size);
}

void twins_input(struct twins *twins, const char *text)
{
    twins_input_bytes(twins, text, strlen(text));
}

/* --- the real programs --- */

struct real {
    struct buffer output, errors;
    int status;
};

/* An unlinked file with a content, to be read or written by a program. */
static int temporary(const void *data, size_t size)
{
    char path[] = "/tmp/umbra-twin-XXXXXX";
    int number = mkstemp(path);

    assert_true(number >= 0);
    unlink(path);
    assert_int_equal(write(number, data, size), size);
    assert_int_equal(lseek(number, 0, SEEK_SET), 0);
    return number;
}

static void read_all(int number, struct buffer *content)
{
    char piece[65536];
    ssize_t got;

    assert_int_equal(lseek(number, 0, SEEK_SET), 0);
    while ((got = read(number, piece, sizeof piece)) > 0) buffer_put(content, piece, (size_t)got);
    close(number);
}

static void become(const struct twins *twins, const char *line, int input, int output, int errors)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/workspace",
                                              NULL};

    if (chdir(twins->folder) < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0)
        _exit(125);
    execle("/bin/sh", "sh", "-c", line, (char *)NULL, (char *const *)(uintptr_t)environment);
    _exit(125);
}

static void run_real(const struct twins *twins, const char *line, struct real *real)
{
    int input = temporary(buffer_string(&twins->input), twins->input.size), output = temporary("", 0);
    int errors = temporary("", 0), status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) become(twins, line, input, output, errors);
    assert_int_equal(waitpid(child, &status, 0), child);
    real->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    close(input);
    read_all(output, &real->output);
    read_all(errors, &real->errors);
}

/* --- comparing --- */

/* Quotes as in the C locale, and the names of what is run without a directory. */
static void plain_quotes(struct buffer *text)
{
    struct buffer plain = {0};
    size_t i;

    for (i = 0; i < text->size; i++) {
        if (text->size - i >= 3 && (memcmp(text->data + i, "\xe2\x80\x98", 3) == 0 ||
                                    memcmp(text->data + i, "\xe2\x80\x99", 3) == 0)) {
            buffer_put_byte(&plain, '\'');
            i += 2;
        } else {
            buffer_put_byte(&plain, text->data[i]);
        }
    }
    buffer_free(text);
    *text = plain;
}

static bool same(const struct buffer *a, const struct buffer *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* Whether every real file below a directory is in the workspace with its content. */
static bool same_files(struct twins *twins, const char *below)
{
    char directory[600], path[600];
    const struct dirent *entry;
    bool right = true;
    DIR *stream;

    join(directory, sizeof directory, twins->folder, below);
    stream = opendir(directory);
    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        struct buffer content = {0};
        char *own;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        snprintf(path, sizeof path, "%s%s%s", below, *below ? "/" : "", entry->d_name);
        if (entry->d_type == DT_DIR) {
            right = same_files(twins, path) && right;
            continue;
        }
        join(directory, sizeof directory, twins->folder, path);
        read_all(open(directory, O_RDONLY), &content);
        own = workspace_find(&twins->machine.workspace, ST_HEAD, path)
                  ? workspace_content(&twins->machine.workspace, ST_HEAD, path)
                  : NULL;
        if (own == NULL || strcmp(own, buffer_string(&content)) != 0) {
            print_error("--- %s\n%s\n--- really\n%s\n", path, own ? own : "(not there)",
                        buffer_string(&content));
            right = false;
        }
        free(own);
        buffer_free(&content);
    }
    closedir(stream);
    return right;
}

static bool same_messages(const struct twins *twins, const struct real *real, char how)
{
    const struct buffer *own = &twins->machine.errors;

    if (how == '?') return true;
    if (how == '!') return !own->size == !real->errors.size;
    return same(own, &real->errors);
}

void twins_try(struct twins *twins, const char *line)
{
    struct machine *machine = &twins->machine;
    char how = *line == '!' || *line == '?' ? *line++ : '=';
    struct real real = {0};
    bool files;

    twins->runs++;
    run_real(twins, line, &real);
    machine_line(machine, buffer_string(&twins->input), twins->input.size, line);
    plain_quotes(&real.errors);
    files = same_files(twins, "");
    if (!files || !same(&machine->output, &real.output) || machine->status != real.status ||
        !same_messages(twins, &real, how)) {
        twins->unlike++;
        print_error("=== %s\nstatus %d, really %d\n--- output\n%.*s\n--- really\n%.*s\n--- errors\n%.*s\n"
                    "--- really\n%.*s\n",
                    line, machine->status, real.status, 2000, buffer_string(&machine->output), 2000,
                    buffer_string(&real.output), 1000, buffer_string(&machine->errors), 1000,
                    buffer_string(&real.errors));
    }
    buffer_free(&real.output);
    buffer_free(&real.errors);
}

/* The place of a sign that stands for a control character. */
static void replace(char *line, const char *sign, char by)
{
    size_t length = strlen(sign);
    char *at;

    while ((at = strstr(line, sign)) != NULL) {
        *at = by;
        memmove(at + 1, at + length, strlen(at + length) + 1);
    }
}

void twins_try_file(struct twins *twins, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[1024];

    if (file == NULL) fail_msg("%s cannot be read", path);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line == '#' || *line == '\0') continue;
        replace(line, "\xe2\x90\xa4", '\n');
        replace(line, "\xe2\x90\x89", '\t');
        twins_try(twins, line);
    }
    fclose(file);
}
