/* text.c: helpers with which the tools write their results, so that all of them look alike. */
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "fs/path.h"
#include "kernel/namespace.h"
#include "store/changes.h"
#include "store/diff.h"
#include "tools/tools.h"

#define REPLACEMENT "\xef\xbf\xbd"

void tool_put_text(struct buffer *output, const char *text, size_t length)
{
    while (length) {
        const char *nul = memchr(text, '\0', length);
        size_t size = nul ? (size_t)(nul - text) : length;
        buffer_put_utf8(output, text, size);
        if (nul == NULL) return;
        buffer_put_string(output, REPLACEMENT);
        text += size + 1;
        length -= size + 1;
    }
}

void tool_put_cut(struct buffer *output, const char *text, size_t length, size_t most, uint64_t whole)
{
    size_t at = 0, characters = 0;

    while (at < length && characters < most) {
        size_t step = utf8_decode(text + at, length - at, NULL);
        at += step ? step : 1;
        characters++;
    }
    tool_put_text(output, text, at);
    if (at < length || at < whole) buffer_printf(output, "… [line cut, %" PRIu64 " bytes]", whole);
}

size_t tool_line_text(const char *line, size_t length)
{
    if (length && line[length - 1] == '\n') length--;
    if (length && line[length - 1] == '\r') length--;
    return length;
}

void tool_put_line(struct buffer *output, uint64_t number, const char *text, size_t length, size_t most,
                   uint64_t whole)
{
    buffer_printf(output, "%6" PRIu64 "\t", number);
    tool_put_cut(output, text, length, most, whole);
    buffer_put_byte(output, '\n');
}

void tool_put_path(struct buffer *output, const char *path, size_t length)
{
    if (length)
        tool_put_text(output, path, length);
    else
        buffer_put_byte(output, '.');
}

void tool_put_count(struct buffer *output, uint64_t count, const char *one, const char *many)
{
    buffer_printf(output, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

int tool_real_path(const struct tool_call *call, uint32_t ino, struct buffer *path, struct error *error)
{
    int result = st_path(call->store, ST_HEAD, ino, path);
    if (result == UMBRA_ENOMEM) return error_memory(error);
    if (result < 0) return error_set(error, result, "the file is gone");
    if (path->size == 0) buffer_put_byte(path, '.');
    return path->failed ? error_memory(error) : 0;
}

const char *tool_path(const struct tool_call *call, const char *key, const char *fallback)
{
    const char *path = json_string(call->input, key, fallback);
    size_t length = strlen(K_WORKSPACE_PATH);

    if (strncmp(path, K_WORKSPACE_PATH, length) != 0 || (path[length] != '/' && path[length])) return path;
    path += length + strspn(path + length, "/");
    return *path ? path : ".";
}

int tool_resolve(const struct tool_call *call, const char *key, uint32_t *ino, struct st_info *info,
                 struct error *error)
{
    const char *path = tool_path(call, key, ".");
    int result = fs_resolve(call->store, ST_HEAD, path, strlen(path), FS_FOLLOW, ino, error);

    if (result < 0) return result;
    if (st_info(call->store, ST_HEAD, *ino, info) < 0)
        return error_set(error, UMBRA_ENOENT, "%s: %s", path, umbra_error_text(UMBRA_ENOENT));
    return 0;
}

int tool_is_binary(const struct tool_call *call, uint32_t ino, struct error *error)
{
    char head[8000];
    int64_t got = st_read(call->store, ST_HEAD, ino, 0, head, sizeof head);

    if (got < 0) return error_set(error, (int)got, "reading a file failed: %s", umbra_error_text((int)got));
    return diff_is_binary(head, (size_t)got);
}

uint64_t tool_integer(const struct tool_call *call, const char *key, uint64_t fallback)
{
    const cJSON *item = json_get(call->input, key);
    return cJSON_IsNumber(item) ? (uint64_t)item->valuedouble : fallback;
}

bool tool_output_full(const struct tool_call *call, size_t more)
{
    return call->output.size + more > call->limits->output_bytes;
}
