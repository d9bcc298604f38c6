/* file.h: the calls of POSIX. Random calls are made on a real folder and on the workspace alike: results,
 * errors and what is there afterwards must be the same. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/file.h"
#include "workspace.h"

#define CALLS 30000
#define DEPTH 60

struct pair {
    struct workspace workspace;
    struct fs_view view;
    char folder[64];
    uint64_t seed;
};

static uint32_t draw(struct pair *pair, uint32_t below)
{
    return test_random(&pair->seed) % below;
}

static int code_of(int result)
{
    static const struct {
        int number, code;
    } codes[] = {{ENOENT, UMBRA_ENOENT}, {EEXIST, UMBRA_EEXIST}, {ENOTDIR, UMBRA_ENOTDIR},
                 {EISDIR, UMBRA_EISDIR}, {EINVAL, UMBRA_EINVAL}, {ENOTEMPTY, UMBRA_ENOTEMPTY},
                 {ELOOP, UMBRA_ELOOP},   {EBUSY, UMBRA_EBUSY},   {ENAMETOOLONG, UMBRA_ENAMETOOLONG},
                 {EBADF, UMBRA_EBADF}};
    size_t i;
    if (result >= 0) return 0;
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].number == errno) return codes[i].code;
    print_error("errno %d\n", errno);
    return 1;
}

/* Few names, so that they meet; dots, slashes and links among them. */
static void draw_path(struct pair *pair, char *path)
{
    static const char *const parts[] = {"a", "b", "c", "a", "b", ".", "..", "l", "m"};
    uint32_t count = 1 + draw(pair, 3), i;

    *path = '\0';
    for (i = 0; i < count; i++) {
        const char *part = parts[draw(pair, sizeof parts / sizeof parts[0])];
        sprintf(path + strlen(path), "%s%s", i ? "/" : "", part);
    }
    if (draw(pair, 12) == 0) strcat(path, draw(pair, 2) ? "/" : "/.");
}

static void check(struct pair *pair, const char *what, const char *path, const char *other, int real,
                  int ours)
{
    if (real == ours) return;
    print_error("%s(%s, %s): %s, and here %s (%s)\n", what, path, other ? other : "", umbra_error_name(real),
                umbra_error_name(ours), pair->workspace.error.message);
    fail();
}

static int call_open(struct pair *pair, const char *path, int *real)
{
    static const struct {
        int real;
        unsigned ours;
    } flags[] = {{O_RDONLY, FS_READ},
                 {O_WRONLY | O_CREAT, FS_WRITE | FS_CREATE},
                 {O_RDWR | O_CREAT | O_EXCL, FS_READ | FS_WRITE | FS_CREATE | FS_EXCLUSIVE},
                 {O_WRONLY | O_TRUNC, FS_WRITE | FS_TRUNCATE},
                 {O_WRONLY | O_APPEND, FS_APPEND},
                 {O_RDONLY | O_DIRECTORY, FS_READ | FS_DIRECTORY},
                 {O_RDONLY | O_NOFOLLOW, FS_READ | FS_NOFOLLOW},
                 {O_WRONLY | O_CREAT | O_TRUNC, FS_WRITE | FS_CREATE | FS_TRUNCATE}};
    uint32_t pick = draw(pair, sizeof flags / sizeof flags[0]);
    size_t size = draw(pair, 300);
    off_t offset = draw(pair, 400);
    struct fs_file file = {0};
    char data[300];
    int handle = open(path, flags[pick].real | O_CLOEXEC, 0644), result;

    *real = code_of(handle);
    result =
        fs_open(&pair->view, path, strlen(path), flags[pick].ours, 0644, 5, &file, &pair->workspace.error);
    if (handle < 0 || result < 0) return result;
    memset(data, 'a' + (int)draw(pair, 26), sizeof data);
    if (flags[pick].real & (O_WRONLY | O_RDWR)) {
        if (flags[pick].real & O_APPEND) {
            assert_true(write(handle, data, size) == (ssize_t)size);
            assert_ok(&pair->workspace, fs_write(&file, data, size, 5, &pair->workspace.error));
        } else if (draw(pair, 4)) {
            assert_true(pwrite(handle, data, size, offset) == (ssize_t)size);
            assert_ok(&pair->workspace,
                      fs_pwrite(&file, data, size, (uint64_t)offset, 5, &pair->workspace.error));
        } else {
            assert_int_equal(ftruncate(handle, offset), 0);
            assert_ok(&pair->workspace, fs_truncate(&file, (uint64_t)offset, 5, &pair->workspace.error));
        }
    } else {
        assert_int_equal(code_of(write(handle, "x", 1) < 0 ? -1 : 0),
                         fs_pwrite(&file, "x", 1, 0, 5, &pair->workspace.error));
    }
    close(handle);
    fs_close(&file);
    return result;
}

static int call_link(struct pair *pair, const char *path, const char *other, int *real)
{
    struct buffer target = {0};
    char bytes[100];
    ssize_t got;
    int result;

    if (draw(pair, 2)) {
        *real = code_of(symlink(other, path));
        return fs_symlink(&pair->view, other, strlen(other), path, strlen(path), 5, &pair->workspace.error);
    }
    got = readlink(path, bytes, sizeof bytes);
    *real = code_of((int)got);
    result = fs_readlink(&pair->view, path, strlen(path), &target, &pair->workspace.error);
    if (got >= 0 && result >= 0) {
        assert_int_equal(got, target.size);
        assert_memory_equal(bytes, target.data, target.size);
    }
    buffer_free(&target);
    return result;
}

static int call_stat(struct pair *pair, const char *path, int *real)
{
    bool follow = draw(pair, 2);
    struct stat status;
    struct st_info info;
    int result = fs_stat(&pair->view, path, strlen(path), follow ? FS_FOLLOW : FS_NO_FOLLOW, &info,
                         &pair->workspace.error);

    *real = code_of(follow ? stat(path, &status) : lstat(path, &status));
    if (*real == 0 && result == 0) {
        assert_int_equal(S_ISDIR(status.st_mode), info.kind == ST_DIRECTORY);
        assert_int_equal(S_ISLNK(status.st_mode), info.kind == ST_SYMLINK);
        if (info.kind != ST_DIRECTORY) assert_int_equal(status.st_size, info.size);
        if (info.kind == ST_FILE) assert_int_equal(status.st_mode & 07777, info.mode);
    }
    return result;
}

static void call_one(struct pair *pair)
{
    struct error *error = &pair->workspace.error;
    char path[64], other[64];
    const char *what = "open";
    size_t length;
    int real = 0, ours = 0;

    draw_path(pair, path);
    draw_path(pair, other);
    length = strlen(path);
    switch (draw(pair, 9)) {
    case 0:
        what = "mkdir";
        real = code_of(mkdir(path, 0755));
        ours = fs_make_directory(&pair->view, path, length, 0755, 5, error);
        break;
    case 1:
        what = "rmdir";
        real = code_of(rmdir(path));
        ours = fs_remove_directory(&pair->view, path, length, 5, error);
        break;
    case 2:
        what = "unlink";
        real = code_of(unlink(path));
        ours = fs_unlink(&pair->view, path, length, 5, error);
        break;
    case 3:
        what = "rename";
        real = code_of(rename(path, other));
        ours = fs_rename(&pair->view, path, length, other, strlen(other), 5, error);
        break;
    case 4:
        what = "link";
        ours = call_link(pair, path, other, &real);
        break;
    case 5:
        what = "chmod";
        real = code_of(chmod(path, 0700));
        ours = fs_set_mode(&pair->view, path, length, 0700, error);
        break;
    case 6:
        what = "stat";
        ours = call_stat(pair, path, &real);
        break;
    default:
        ours = call_open(pair, path, &real);
    }
    check(pair, what, path, other, real, ours);
}

static void remove_all(const char *folder)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

/* Far down on both sides, so that no row of ".." and links leads out of the real folder. */
static void go_down(struct pair *pair)
{
    struct workspace *workspace = &pair->workspace;
    int i;

    assert_int_equal(chdir(pair->folder), 0);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    for (i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdir("down", 0755), 0);
        assert_int_equal(chdir("down"), 0);
        assert_ok(workspace, fs_make_directory(&pair->view, "down", 4, 0755, 5, &workspace->error));
        assert_ok(workspace,
                  fs_resolve_at(&pair->view, "down", 4, FS_FOLLOW, &pair->view.at, &workspace->error));
    }
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
}

static void calls_do_what_they_do_on_linux(void **state)
{
    static struct pair pair;
    char back[4096];
    int i;

    (void)state;
    pair.seed = 7;
    workspace_open(&pair.workspace, 16u << 20);
    pair.view = (struct fs_view){pair.workspace.store, ST_HEAD, ST_ROOT_INO};
    snprintf(pair.folder, sizeof pair.folder, "/tmp/umbra-fs-XXXXXX");
    assert_non_null(mkdtemp(pair.folder));
    assert_non_null(getcwd(back, sizeof back));
    umask(022);
    go_down(&pair);
    for (i = 0; i < CALLS; i++) {
        assert_ok(&pair.workspace, st_begin(pair.workspace.store, &pair.workspace.error));
        call_one(&pair);
        assert_ok(&pair.workspace, st_commit_lazy(pair.workspace.store, &pair.workspace.error));
        if (i % 5000 == 4999) {
            workspace_reopen(&pair.workspace);
            pair.view.store = pair.workspace.store;
        }
    }
    assert_int_equal(chdir(back), 0);
    remove_all(pair.folder);
    workspace_close(&pair.workspace);
}

static void a_removed_file_lives_while_it_is_open(void **state)
{
    struct workspace workspace;
    struct fs_view view;
    struct fs_file file, second;
    struct st_usage usage;
    char data[100000], read[100000];
    uint64_t seed = 3;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof data; i++) data[i] = (char)test_random(&seed);
    workspace_open(&workspace, 16u << 20);
    view = (struct fs_view){workspace.store, ST_HEAD, ST_ROOT_INO};
    workspace_put_bytes(&workspace, "f", data, sizeof data);
    assert_ok(&workspace, st_begin(workspace.store, &workspace.error));
    assert_ok(&workspace, fs_open(&view, "f", 1, FS_READ | FS_WRITE, 0, 5, &file, &workspace.error));
    assert_ok(&workspace, fs_open(&view, "f", 1, FS_READ, 0, 5, &second, &workspace.error));
    assert_ok(&workspace, fs_unlink(&view, "f", 1, 5, &workspace.error));
    assert_ok(&workspace, st_commit(workspace.store, &workspace.error));
    assert_int_equal(st_lookup(workspace.store, ST_HEAD, ST_ROOT_INO, "f", 1), 0);
    st_usage(workspace.store, &usage);
    assert_int_equal(usage.files, 0);
    workspace_put(&workspace, "f", "another");
    assert_ok(&workspace, st_begin(workspace.store, &workspace.error));
    assert_ok(&workspace, fs_pwrite(&file, "changed", 7, 50000, 5, &workspace.error));
    memcpy(data + 50000, "changed", 7);
    assert_ok(&workspace, st_commit(workspace.store, &workspace.error));
    assert_int_equal(fs_pread(&second, read, sizeof read, 0, &workspace.error), sizeof read);
    assert_memory_equal(read, data, sizeof data);
    fs_close(&file);
    assert_int_equal(fs_read(&second, read, 10, &workspace.error), 10);
    fs_close(&second);
    assert_int_equal(fs_read(&second, read, 10, &workspace.error), UMBRA_EBADF);
    while (st_maintain(workspace.store, &workspace.error) > 0) continue;
    st_usage(workspace.store, &usage);
    assert_int_equal(usage.live_bytes, 0);
    assert_content(&workspace, "f", "another");
    workspace_close(&workspace);
}

static void a_rollback_gives_a_removed_file_its_name_back(void **state)
{
    struct workspace workspace;
    struct fs_view view;
    struct fs_file file;
    char data[10];

    (void)state;
    workspace_open(&workspace, 1u << 22);
    view = (struct fs_view){workspace.store, ST_HEAD, ST_ROOT_INO};
    workspace_put(&workspace, "f", "0123456789");
    assert_ok(&workspace, st_begin(workspace.store, &workspace.error));
    assert_ok(&workspace, fs_open(&view, "f", 1, FS_READ | FS_WRITE, 0, 5, &file, &workspace.error));
    assert_ok(&workspace, fs_unlink(&view, "f", 1, 5, &workspace.error));
    assert_ok(&workspace, fs_pwrite(&file, "xx", 2, 0, 5, &workspace.error));
    st_rollback(workspace.store);
    assert_int_equal(fs_pread(&file, data, 10, 0, &workspace.error), 10);
    assert_memory_equal(data, "0123456789", 10);
    fs_close(&file);
    assert_content(&workspace, "f", "0123456789");
    workspace_close(&workspace);
}

static void nothing_leads_out_of_the_root(void **state)
{
    static const char *const paths[] = {"/f", "../f", "/../../f", "d/../../f", "l", "d/up", "/d/../f", "//f"};
    struct workspace workspace;
    struct fs_view view;
    struct st_info info;
    char path[5000];
    size_t i;

    (void)state;
    workspace_open(&workspace, 1u << 22);
    view = (struct fs_view){workspace.store, ST_HEAD, ST_ROOT_INO};
    workspace_put(&workspace, "f", "inside");
    workspace_mkdir(&workspace, "d");
    workspace_link(&workspace, "l", "/f");
    workspace_link(&workspace, "d/up", "../../../f");
    for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_ok(&workspace, fs_stat(&view, paths[i], strlen(paths[i]), FS_FOLLOW, &info, &workspace.error));
        assert_int_equal(info.size, 6);
    }
    view.at = workspace_find(&workspace, ST_HEAD, "d");
    assert_ok(&workspace, fs_stat(&view, "up", 2, FS_FOLLOW, &info, &workspace.error));
    assert_int_equal(fs_stat(&view, "f", 1, FS_FOLLOW, &info, &workspace.error), UMBRA_ENOENT);
    assert_int_equal(fs_stat(&view, "", 0, FS_FOLLOW, &info, &workspace.error), UMBRA_ENOENT);
    memset(path, 'n', sizeof path);
    assert_int_equal(fs_stat(&view, path, 4097, FS_FOLLOW, &info, &workspace.error), UMBRA_ENAMETOOLONG);
    assert_int_equal(fs_stat(&view, path, 256, FS_FOLLOW, &info, &workspace.error), UMBRA_ENAMETOOLONG);
    for (i = 0; i < 4096; i++) path[i] = i % 2 ? '/' : '.';
    assert_ok(&workspace, fs_stat(&view, path, 4096, FS_FOLLOW, &info, &workspace.error));
    workspace_close(&workspace);
}

static void times_are_set_and_told(void **state)
{
    struct workspace workspace;
    struct fs_view view;
    struct fs_file file;
    struct st_info info;

    (void)state;
    workspace_open(&workspace, 1u << 22);
    view = (struct fs_view){workspace.store, ST_HEAD, ST_ROOT_INO};
    workspace_put(&workspace, "f", "12345");
    workspace_link(&workspace, "l", "f");
    assert_ok(&workspace, st_begin(workspace.store, &workspace.error));
    assert_ok(&workspace, fs_open(&view, "l", 1, FS_READ, 0, 5, &file, &workspace.error));
    assert_ok(&workspace, fs_set_time(&view, "l", 1, FS_FOLLOW, 77, &workspace.error));
    assert_ok(&workspace, fs_set_time(&view, "l", 1, FS_NO_FOLLOW, 88, &workspace.error));
    assert_ok(&workspace, fs_file_info(&file, &info, &workspace.error));
    assert_true(info.mtime == 77 && info.size == 5 && info.kind == ST_FILE);
    assert_ok(&workspace, fs_stat(&view, "l", 1, FS_NO_FOLLOW, &info, &workspace.error));
    assert_true(info.mtime == 88 && info.kind == ST_SYMLINK);
    assert_int_equal(fs_set_time(&view, "none", 4, FS_FOLLOW, 1, &workspace.error), UMBRA_ENOENT);
    fs_close(&file);
    assert_int_equal(fs_file_info(&file, &info, &workspace.error), UMBRA_ENOENT);
    assert_ok(&workspace, st_commit(workspace.store, &workspace.error));
    workspace_close(&workspace);
}

static void depth_is_limited(void **state)
{
    struct workspace workspace;
    struct fs_view view;
    char path[4096];
    size_t length = 0;
    int i;

    (void)state;
    workspace_open(&workspace, 1u << 22);
    view = (struct fs_view){workspace.store, ST_HEAD, ST_ROOT_INO};
    assert_ok(&workspace, st_begin(workspace.store, &workspace.error));
    for (i = 0; i < 2047; i++) {
        path[length++] = 'd';
        assert_ok(&workspace, fs_make_directory(&view, path, length, 0755, 1, &workspace.error));
        path[length++] = '/';
    }
    assert_ok(&workspace, fs_make_directory(&view, "e", 1, 0755, 1, &workspace.error));
    assert_ok(&workspace, fs_make_directory(&view, "e/e", 3, 0755, 1, &workspace.error));
    assert_int_equal(fs_rename(&view, "d", 1, "e/e/d", 5, 1, &workspace.error), UMBRA_ENAMETOOLONG);
    assert_ok(&workspace, fs_rename(&view, "e/e", 3, "d/e", 3, 1, &workspace.error));
    assert_ok(&workspace, st_commit(workspace.store, &workspace.error));
    workspace_reopen(&workspace);
    assert_changes(&workspace, "");
    workspace_close(&workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_do_what_they_do_on_linux),
        cmocka_unit_test(a_removed_file_lives_while_it_is_open),
        cmocka_unit_test(a_rollback_gives_a_removed_file_its_name_back),
        cmocka_unit_test(nothing_leads_out_of_the_root),
        cmocka_unit_test(times_are_set_and_told),
        cmocka_unit_test(depth_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
