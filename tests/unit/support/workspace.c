#include "workspace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "fs/path.h"
#include "store/changes.h"

unsigned run_tool_slices;
bool run_tool_starved;
struct tool_limits run_tool_limits = {
    .output_bytes = 64u << 10, .read_bytes = 16u << 20, .read_lines = 2000, .results = 1000};

void workspace_check(struct workspace *workspace, int result, const char *what, const char *file, int line)
{
    if (result >= 0) return;
    print_error("%s: %s: %s\n", what, umbra_error_name(result), workspace->error.message);
    _fail(file, line);
}

void workspace_open(struct workspace *workspace, uint64_t capacity)
{
    memset(workspace, 0, sizeof *workspace);
    workspace->memory = memory_host_new(capacity);
    assert_ok(workspace, st_open(&workspace->memory->host, NULL, &workspace->store, &workspace->error));
}

void workspace_reopen(struct workspace *workspace)
{
    st_close(workspace->store);
    workspace->store = NULL;
    assert_ok(workspace, st_open(&workspace->memory->host, NULL, &workspace->store, &workspace->error));
}

void workspace_close(struct workspace *workspace)
{
    st_close(workspace->store);
    memory_host_free(workspace->memory);
}

static bool begin(struct workspace *workspace)
{
    if (st_in_transaction(workspace->store)) return false;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    return true;
}

static void commit(struct workspace *workspace, bool own)
{
    if (own) assert_ok(workspace, st_commit(workspace->store, &workspace->error));
}

void workspace_put_bytes(struct workspace *workspace, const char *path, const void *data, size_t size)
{
    bool own = begin(workspace);
    assert_ok(workspace, fs_write_file(workspace->store, ST_HEAD, path, strlen(path), data, size,
                                       workspace->memory->wall, NULL, &workspace->error));
    commit(workspace, own);
}

void workspace_put(struct workspace *workspace, const char *path, const char *content)
{
    workspace_put_bytes(workspace, path, content, strlen(content));
}

static uint32_t make(struct workspace *workspace, const char *path, enum st_kind kind)
{
    struct fs_place place;
    uint32_t ino = 0;
    assert_ok(workspace, fs_locate(workspace->store, ST_HEAD, path, strlen(path), workspace->memory->wall,
                                   &place, &workspace->error));
    assert_ok(workspace, st_create(workspace->store, ST_HEAD, place.directory, place.name, place.name_length,
                                   kind, 0755, workspace->memory->wall, &ino, &workspace->error));
    return ino;
}

void workspace_link(struct workspace *workspace, const char *path, const char *target)
{
    bool own = begin(workspace);
    uint32_t ino = make(workspace, path, ST_SYMLINK);
    assert_ok(workspace,
              st_replace(workspace->store, ST_HEAD, ino, target, strlen(target), &workspace->error));
    commit(workspace, own);
}

void workspace_mkdir(struct workspace *workspace, const char *path)
{
    bool own = begin(workspace);
    make(workspace, path, ST_DIRECTORY);
    commit(workspace, own);
}

uint32_t workspace_find(struct workspace *workspace, enum st_root root, const char *path)
{
    uint32_t ino = 0;
    assert_ok(workspace,
              fs_resolve(workspace->store, root, path, strlen(path), FS_NO_FOLLOW, &ino, &workspace->error));
    return ino;
}

void workspace_remove(struct workspace *workspace, const char *path)
{
    bool own = begin(workspace);
    uint32_t ino = workspace_find(workspace, ST_HEAD, path);
    assert_ok(workspace, st_remove(workspace->store, ST_HEAD, ino, &workspace->error));
    commit(workspace, own);
}

void workspace_move(struct workspace *workspace, const char *from, const char *to)
{
    bool own = begin(workspace);
    struct fs_place place;
    uint32_t ino = workspace_find(workspace, ST_HEAD, from);
    assert_ok(workspace, fs_locate(workspace->store, ST_HEAD, to, strlen(to), workspace->memory->wall, &place,
                                   &workspace->error));
    assert_ok(workspace, st_rename(workspace->store, ST_HEAD, ino, place.directory, place.name,
                                   place.name_length, &workspace->error));
    commit(workspace, own);
}

void workspace_rebase(struct workspace *workspace)
{
    bool own = begin(workspace);
    assert_ok(workspace, st_rebase(workspace->store, &workspace->error));
    commit(workspace, own);
}

char *workspace_content(struct workspace *workspace, enum st_root root, const char *path)
{
    struct buffer content = {0};
    uint32_t ino = 0;
    assert_ok(workspace,
              fs_resolve(workspace->store, root, path, strlen(path), FS_FOLLOW, &ino, &workspace->error));
    assert_ok(workspace, fs_read_file(workspace->store, root, ino, UINT32_MAX, &content, &workspace->error));
    return buffer_take(&content);
}

void assert_content(struct workspace *workspace, const char *path, const char *content)
{
    char *is = workspace_content(workspace, ST_HEAD, path);
    assert_string_equal(is, content);
    free(is);
}

static uint32_t checksum(struct workspace *workspace, enum st_root root, uint32_t ino)
{
    static char chunk[65536];
    uint64_t at = 0;
    uint32_t sum = 0;
    int64_t got;
    while ((got = st_read(workspace->store, root, ino, at, chunk, sizeof chunk)) > 0) {
        sum = crc32c(sum, chunk, (size_t)got);
        at += (uint64_t)got;
    }
    assert_true(got == 0);
    return sum;
}

static void dump(struct workspace *workspace, enum st_root root, uint32_t ino, struct buffer *text)
{
    struct st_info info;
    uint32_t i, child;

    assert_int_equal(st_info(workspace->store, root, ino, &info), 0);
    assert_int_equal(info.ino, ino);
    assert_int_equal(st_path(workspace->store, root, ino, text), 0);
    buffer_printf(text, " %u %o %" PRId64 " %" PRIu64, info.kind, info.mode, info.mtime, info.size);
    if (info.kind != ST_DIRECTORY) {
        buffer_printf(text, " %08x\n", checksum(workspace, root, ino));
        return;
    }
    buffer_put_byte(text, '\n');
    for (i = 0; (child = st_entry(workspace->store, root, ino, i)) != 0; i++) {
        struct st_info below;
        assert_int_equal(st_info(workspace->store, root, child, &below), 0);
        assert_int_equal(below.parent, ino);
        assert_int_equal(st_lookup(workspace->store, root, ino, below.name, below.name_length), child);
        dump(workspace, root, child, text);
    }
    assert_int_equal(i, info.count);
}

char *workspace_dump(struct workspace *workspace, enum st_root root)
{
    struct buffer text = {0};
    dump(workspace, root, ST_ROOT_INO, &text);
    return buffer_take(&text);
}

char *workspace_dump_all(struct workspace *workspace)
{
    struct buffer text = {0};
    struct st_usage usage;
    int root;

    for (root = 0; root < ST_ROOT_COUNT; root++) {
        buffer_printf(&text, "tree %d\n", root);
        dump(workspace, root, ST_ROOT_INO, &text);
    }
    st_usage(workspace->store, &usage);
    buffer_printf(&text, "files %u bytes %" PRIu64 " checkpoints %u\n", usage.files, usage.bytes,
                  st_checkpoint_count(workspace->store));
    return buffer_take(&text);
}

char *workspace_changes(struct workspace *workspace)
{
    struct buffer text = {0};
    struct st_changes changes;
    size_t i;

    assert_ok(workspace,
              st_list_changes(workspace->store, ST_BASE, ST_HEAD, NULL, &changes, &workspace->error));
    for (i = 0; i < changes.count; i++) {
        const struct st_change *change = &changes.items[i];
        buffer_printf(&text, "%s %s", st_change_kind_name(change->kind), change->path);
        if (change->from) buffer_printf(&text, " from %s", change->from);
        buffer_put_byte(&text, '\n');
    }
    st_free_changes(&changes);
    return buffer_take(&text);
}

void assert_changes(struct workspace *workspace, const char *expected)
{
    char *text = workspace_changes(workspace);
    assert_string_equal(text, expected);
    free(text);
}

char *run_tool(struct workspace *workspace, const char *name, const char *input, bool *failed)
{
    struct tool_call call = {
        .store = workspace->store, .host = &workspace->memory->host, .limits = &run_tool_limits};
    cJSON *value = cJSON_Parse(input);
    char *text;
    int progress;

    run_tool_slices = 0;
    assert_int_equal(tool_call_begin(&call, name, value), 0);
    do {
        struct k_slice slice;
        k_slice_begin(&slice, &workspace->memory->host, 1000);
        if (run_tool_starved) {
            slice.fuel = 1;
            slice.deadline = INT64_MIN;
        }
        progress = tool_call_step(&call, &slice);
        run_tool_slices++;
    } while (progress == TOOL_MORE);
    assert_int_equal(progress, TOOL_DONE);
    *failed = call.failed;
    text = malloc(call.output.size + 1);
    assert_non_null(text);
    memcpy(text, buffer_string(&call.output), call.output.size + 1);
    assert_int_equal(strlen(text), call.output.size);
    tool_call_end(&call);
    cJSON_Delete(value);
    return text;
}

static void check_tool(struct workspace *workspace, const char *name, const char *input, const char *expected,
                       bool fails)
{
    bool failed = false;
    char *text = run_tool(workspace, name, input, &failed);
    if (failed != fails) print_error("%s %s: %s\n", name, input, text);
    assert_int_equal(failed, fails);
    assert_string_equal(text, expected);
    free(text);
    assert_false(st_in_transaction(workspace->store));
}

void assert_tool(struct workspace *workspace, const char *name, const char *input, const char *expected)
{
    check_tool(workspace, name, input, expected, false);
}

void assert_tool_fails(struct workspace *workspace, const char *name, const char *input, const char *expected)
{
    check_tool(workspace, name, input, expected, true);
}
