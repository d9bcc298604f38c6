/* tar.h against the tar programs of this machine: what they write of a real folder is read as what the folder
 * has, in each of their formats; and what is written here they unpack to the same folder. GNU tar has to be
 * there; bsdtar (libarchive) is asked too where it is. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tar_maker.h"

#define MEMBERS 2000

struct member {
    char *path, *link;
    struct buffer data;
    struct stat status;
};

struct tree {
    char top[64];
    struct member members[MEMBERS];
    size_t count;
};

static char *copy(const char *text, size_t size)
{
    char *result = strndup(text, size);
    assert_non_null(result);
    return result;
}

static void free_tree(struct tree *tree)
{
    size_t i;
    for (i = 0; i < tree->count; i++) {
        free(tree->members[i].path);
        free(tree->members[i].link);
        buffer_free(&tree->members[i].data);
    }
    free(tree);
}

static void command(const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    assert_true(vsnprintf(text, sizeof text, format, arguments) < (int)sizeof text);
    va_end(arguments);
    if (system(text) != 0) fail_msg("%s", text); /* NOLINT(cert-env33-c) */
}

static void read_file(const char *path, struct buffer *out)
{
    FILE *file = fopen(path, "rb");
    char piece[8192];
    size_t got;

    if (file == NULL) fail_msg("%s", path);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0) buffer_put(out, piece, got);
    fclose(file);
}

static void look(struct tree *tree, const char *folder, const char *path)
{
    struct member *member = &tree->members[tree->count++];
    char full[8192], target[4096];
    ssize_t size;

    assert_true(tree->count < MEMBERS);
    snprintf(full, sizeof full, "%s/%s", folder, path);
    member->path = copy(path, strlen(path));
    assert_int_equal(lstat(full, &member->status), 0);
    if (S_ISREG(member->status.st_mode)) read_file(full, &member->data);
    if (S_ISLNK(member->status.st_mode)) {
        size = readlink(full, target, sizeof target);
        assert_true(size >= 0);
        member->link = copy(target, (size_t)size);
    }
}

/* All below a folder, directories before what is in them. */
static void look_through(struct tree *tree, const char *folder, const char *below)
{
    char full[8192], path[4096];
    struct dirent **names;
    int count, i;

    snprintf(full, sizeof full, "%s/%s", folder, below);
    count = scandir(full, &names, NULL, alphasort);
    assert_true(count >= 0);
    for (i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            snprintf(path, sizeof path, "%s%s%s", below, *below ? "/" : "", name);
            look(tree, folder, path);
            if (S_ISDIR(tree->members[tree->count - 1].status.st_mode)) look_through(tree, folder, path);
        }
        free(names[i]);
    }
    free(names);
}

static struct tree *look_at(const char *folder)
{
    struct tree *tree = calloc(1, sizeof *tree);
    assert_non_null(tree);
    look_through(tree, folder, "");
    return tree;
}

static const struct member *find(const struct tree *tree, const char *path)
{
    size_t i;
    for (i = 0; i < tree->count; i++)
        if (strcmp(tree->members[i].path, path) == 0) return &tree->members[i];
    return NULL;
}

/* --- the folder --- */

static void write_file(const char *folder, const char *name, const char *data, size_t size, mode_t mode,
                       int64_t mtime)
{
    struct timespec times[2] = {{mtime / 1000, mtime % 1000 * 1000000},
                                {mtime / 1000, mtime % 1000 * 1000000}};
    char path[8192];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    if (file == NULL) fail_msg("%s", path);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void make_directory(const char *folder, const char *name)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const char *folder, const char *name, const char *target)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(symlink(target, path), 0);
}

static char *name_of(char letter, size_t length)
{
    static char name[300];
    memset(name, letter, length);
    name[length] = '\0';
    return name;
}

/* plain: only what every format can say. */
static void make_folder(const char *folder, bool plain)
{
    static const size_t sizes[] = {0, 1, 511, 512, 513, 10240, 300001};
    char name[4000] = "many", bytes[300001];
    size_t i;

    for (i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 7 + i / 251);
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        snprintf(name, sizeof name, "size %zu", sizes[i]);
        write_file(folder, name, bytes, sizes[i], i % 2 ? 0755 : 0600, 1500000000000 + (int64_t)i * 1000);
    }
    make_directory(folder, "empty");
    make_directory(folder, "many");
    for (i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "many/%03zu", i);
        write_file(folder, name, bytes, i, 0644, 1600000000000);
    }
    make_link(folder, "link", "size 1");
    make_link(folder, "out", "/etc/../etc/passwd");
    write_file(folder, "new\nline", "x", 1, 0444, 0);
    write_file(folder, "back\\slash and \"quotes\"", "x", 1, 04755, 1000);
    if (plain) return;
    write_file(folder, "caf\xc3\xa9", "x", 1, 0644, 1500000000123);
    write_file(folder, "\xff\xfe not UTF-8", "x", 1, 0644, -86400000);
    write_file(folder, name_of('n', 255), "x", 1, 0644, 9000000000000);
    make_link(folder, "long link", name_of('l', 255));
    for (*name = '\0', i = 0; i < 8; i++) {
        snprintf(name + strlen(name), sizeof name - strlen(name), "%s%s", i ? "/" : "", name_of('d', 120));
        make_directory(folder, name);
    }
    strcat(name, "/deep");
    write_file(folder, name, "deep", 4, 0644, 1);
}

/* --- theirs, read here --- */

static int64_t mtime_of(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000 + status->st_mtim.tv_nsec / 1000000;
}

/* exact: times to the millisecond, as pax has them. */
static void compare_entry(const struct fs_tar_entry *entry, const struct member *member, bool exact)
{
    int64_t mtime = mtime_of(&member->status);
    bool time = S_ISREG(member->status.st_mode); /* of others it may have changed since */

    assert_int_equal(entry->mode, member->status.st_mode & 07777);
    if (time && exact) assert_int_equal(entry->mtime, mtime);
    if (time && !exact) assert_int_equal(entry->mtime, member->status.st_mtim.tv_sec * 1000);
    if (S_ISREG(member->status.st_mode)) {
        assert_int_equal(entry->kind, FS_TAR_FILE);
        assert_int_equal(entry->size, member->data.size);
    } else if (S_ISLNK(member->status.st_mode)) {
        assert_int_equal(entry->kind, FS_TAR_SYMLINK);
        assert_int_equal(entry->link_size, strlen(member->link));
        assert_memory_equal(entry->link, member->link, entry->link_size);
    } else {
        assert_int_equal(entry->kind, FS_TAR_DIRECTORY);
    }
}

/* Reads an archive that was made of "." in the folder. */
static void assert_same(const struct buffer *archive, const struct tree *tree, size_t piece, bool exact)
{
    struct fs_tar_reader reader = {0};
    struct error error = {0};
    struct buffer data = {0};
    size_t at = 0, seen = 0, used;
    const struct member *member = NULL;
    int event;

    do {
        size_t size = archive->size - at < piece ? archive->size - at : piece;
        event = fs_tar_read(&reader, archive->data + at, size, &used, &error);
        if (event < 0) fail_msg("%s", error.message);
        at += used;
        if (event == FS_TAR_ENTRY && strcmp(reader.entry.path, ".") != 0) {
            member = find(tree, reader.entry.path + (strncmp(reader.entry.path, "./", 2) == 0 ? 2 : 0));
            if (member == NULL) fail_msg("%s is not there", reader.entry.path);
            compare_entry(&reader.entry, member, exact);
            buffer_clear(&data);
            seen++;
        }
        if (event == FS_TAR_DATA) buffer_put(&data, reader.data, reader.data_size);
        if (event == FS_TAR_ENTRY_END && reader.entry.kind == FS_TAR_FILE && data.size) {
            assert_int_equal(data.size, member->data.size);
            assert_memory_equal(data.data, member->data.data, data.size);
        }
    } while (event != FS_TAR_MORE || at < archive->size);
    assert_int_equal(fs_tar_finish(&reader, &error), 0);
    assert_int_equal(seen, tree->count);
    fs_tar_free(&reader);
    buffer_free(&data);
}

static void check_theirs(const char *program, const char *format, bool plain)
{
    char top[] = "/tmp/umbra-tar-XXXXXX", path[64];
    struct buffer archive = {0};
    struct tree *tree;

    assert_non_null(mkdtemp(top));
    snprintf(path, sizeof path, "%s/folder", top);
    assert_int_equal(mkdir(path, 0755), 0);
    make_folder(path, plain);
    tree = look_at(path);
    command("LC_ALL=C.UTF-8 %s -c --format=%s -f %s/archive -C %s . 2>%s/errors || { cat %s/errors; false; }",
            program, format, top, path, top, top);
    snprintf(path, sizeof path, "%s/archive", top);
    read_file(path, &archive);
    assert_same(&archive, tree, 1u << 20, strcmp(format, "pax") == 0);
    assert_same(&archive, tree, 10007, strcmp(format, "pax") == 0);
    command("chmod -R u+w %s && rm -rf %s", top, top);
    buffer_free(&archive);
    free_tree(tree);
}

static void what_gnu_tar_writes_is_read(void **state)
{
    (void)state;
    check_theirs("tar", "pax", false);
    check_theirs("tar", "gnu", false);
    check_theirs("tar", "oldgnu", false);
    check_theirs("tar", "ustar", true);
    check_theirs("tar", "v7", true);
}

static bool has_bsdtar(void)
{
    return system("bsdtar --version >/dev/null 2>&1") == 0; /* NOLINT(cert-env33-c) */
}

static void what_bsdtar_writes_is_read(void **state)
{
    (void)state;
    if (!has_bsdtar()) skip();
    check_theirs("bsdtar", "pax", false);
    check_theirs("bsdtar", "ustar", true);
}

/* --- ours, unpacked there --- */

static void write_archive(const struct tree *tree, const char *path)
{
    struct buffer out = {0};
    struct error error;
    FILE *file;
    size_t i;

    for (i = 0; i < tree->count; i++) {
        const struct member *member = &tree->members[i];
        struct fs_tar_entry entry = {.kind = S_ISDIR(member->status.st_mode)   ? FS_TAR_DIRECTORY
                                             : S_ISLNK(member->status.st_mode) ? FS_TAR_SYMLINK
                                                                               : FS_TAR_FILE,
                                     .path = member->path,
                                     .path_size = strlen(member->path),
                                     .link = member->link,
                                     .link_size = member->link ? strlen(member->link) : 0,
                                     .mode = member->status.st_mode & 07777,
                                     .mtime = mtime_of(&member->status),
                                     .size = member->data.size};
        assert_int_equal(fs_tar_put_header(&out, &entry, &error), 0);
        buffer_put(&out, member->data.data, member->data.size);
        fs_tar_put_padding(&out, member->data.size);
    }
    fs_tar_put_end(&out);
    assert_false(out.failed);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(out.data, 1, out.size, file), out.size);
    assert_int_equal(fclose(file), 0);
    buffer_free(&out);
}

static void compare_trees(const struct tree *before, const struct tree *after)
{
    size_t i;

    assert_int_equal(before->count, after->count);
    for (i = 0; i < before->count; i++) {
        const struct member *left = &before->members[i], *right = &after->members[i];
        assert_string_equal(left->path, right->path);
        assert_int_equal(left->status.st_mode, right->status.st_mode);
        assert_int_equal(mtime_of(&left->status), mtime_of(&right->status));
        assert_int_equal(left->data.size, right->data.size);
        if (left->data.size) assert_memory_equal(left->data.data, right->data.data, left->data.size);
        assert_int_equal(left->link == NULL, right->link == NULL);
        if (left->link) assert_string_equal(left->link, right->link);
    }
}

static void check_ours(const char *program)
{
    char top[] = "/tmp/umbra-tar-XXXXXX", path[64];
    struct tree *before, *after;

    assert_non_null(mkdtemp(top));
    snprintf(path, sizeof path, "%s/folder", top);
    assert_int_equal(mkdir(path, 0755), 0);
    make_folder(path, false);
    before = look_at(path);
    snprintf(path, sizeof path, "%s/archive", top);
    write_archive(before, path);
    command(
        "mkdir %s/out && LC_ALL=C.UTF-8 %s -x -p -f %s -C %s/out 2>%s/errors || { cat %s/errors; false; }",
        top, program, path, top, top, top);
    snprintf(path, sizeof path, "%s/out", top);
    after = look_at(path);
    compare_trees(before, after);
    command("chmod -R u+w %s && rm -rf %s", top, top);
    free_tree(before);
    free_tree(after);
}

static void gnu_tar_unpacks_what_is_written(void **state)
{
    (void)state;
    check_ours("tar");
}

static void bsdtar_unpacks_what_is_written(void **state)
{
    (void)state;
    if (!has_bsdtar()) skip();
    check_ours("bsdtar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_gnu_tar_writes_is_read),
        cmocka_unit_test(what_bsdtar_writes_is_read),
        cmocka_unit_test(gnu_tar_unpacks_what_is_written),
        cmocka_unit_test(bsdtar_unpacks_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
