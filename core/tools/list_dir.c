/* list_dir.c: ListDir {path?}: the entries of one directory in the byte order of their names. */
#include <inttypes.h>
#include <string.h>

#include "tools/tools.h"

#define TARGET_MAX 1024 /* bytes of a link's target that are shown */

static int put_entry(struct tool_call *call, const struct st_info *info, struct error *error)
{
    struct buffer *output = &call->output;
    char target[TARGET_MAX];
    int64_t got;

    tool_put_text(output, info->name, info->name_length);
    if (info->kind == ST_DIRECTORY) {
        buffer_put_byte(output, '/');
    } else if (info->kind == ST_SYMLINK) {
        got = st_read(call->store, ST_HEAD, info->ino, 0, target, sizeof target);
        if (got < 0)
            return error_set(error, (int)got, "%.*s: reading the link failed", (int)info->name_length,
                             info->name);
        buffer_put_string(output, "@ -> ");
        tool_put_text(output, target, (size_t)got);
    } else {
        buffer_put_string(output, " (");
        tool_put_count(output, info->size, "byte", "bytes");
        buffer_put_byte(output, ')');
    }
    buffer_put_byte(output, '\n');
    return 0;
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    const char *path = tool_path(call, "path", ".");
    struct st_info directory, info;
    uint32_t ino, i;
    int result = tool_resolve(call, "path", &ino, &directory, error);

    if (result < 0) return result;
    if (directory.kind != ST_DIRECTORY)
        return error_set(error, UMBRA_ENOTDIR, "%s is a file and not a directory; Read shows its content",
                         path);
    if (directory.count == 0) {
        tool_put_path(&call->output, path, strlen(path));
        buffer_put_string(&call->output, " is an empty directory.");
        return TOOL_DONE;
    }
    for (i = 0; i < directory.count && i < call->limits->results; i++) {
        if (st_info(call->store, ST_HEAD, st_entry(call->store, ST_HEAD, ino, i), &info) < 0) break;
        if (tool_output_full(call, info.name_length + (size_t)TARGET_MAX * 3 + 100)) break;
        result = put_entry(call, &info, error);
        if (result < 0) return result;
    }
    k_slice_charge(slice, call->output.size);
    if (i < directory.count)
        buffer_printf(&call->output, "… and %" PRIu32 " more entries; Glob finds names by a pattern\n",
                      directory.count - i);
    return TOOL_DONE;
}

const struct tool tool_list_dir = {
    .name = "ListDir",
    .description = "Lists one directory of the workspace, hidden names included, sorted by name: directories "
                   "end in '/', "
                   "symbolic links are 'name@ -> target', files have their size. For files in all "
                   "directories below, use Glob.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"path\":{\"type\":\"string\",\"minLength\":1,\"description\":"
              "\"The directory, relative to the root of the workspace; the root itself when left out.\"}},"
              "\"required\":[],\"additionalProperties\":false}",
    .step = step,
};
