/* write.c: Write {file_path, content}: the whole content of a file, made with its directories as needed. */
#include <inttypes.h>
#include <string.h>

#include "fs/path.h"
#include "tools/tools.h"

static uint64_t count_lines(const char *text, size_t length)
{
    uint64_t lines = 0;
    size_t at = 0;
    while (at < length) {
        const char *end = memchr(text + at, '\n', length - at);
        at = end ? (size_t)(end - text) + 1 : length;
        lines++;
    }
    return lines;
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    const char *path = tool_path(call, "file_path", "");
    const char *content = json_string(call->input, "content", "");
    size_t size = strlen(content);
    bool created = false;
    int result = fs_write_file(call->store, ST_HEAD, path, strlen(path), content, size,
                               call->host->clock_wall(call->host->context), &created, error);

    if (result < 0) return result;
    k_slice_charge(slice, size);
    buffer_put_string(&call->output, created ? "Created " : "Wrote ");
    tool_put_path(&call->output, path, strlen(path));
    buffer_put_string(&call->output, " (");
    tool_put_count(&call->output, count_lines(content, size), "line", "lines");
    buffer_put_string(&call->output, ", ");
    tool_put_count(&call->output, size, "byte", "bytes");
    buffer_put_byte(&call->output, ')');
    return TOOL_DONE;
}

const struct tool tool_write = {
    .name = "Write",
    .description =
        "Writes a text file of the workspace: makes it, with the directories on its path, or replaces all "
        "of its content. To change a part of a file that exists, use Edit.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"file_path\":{\"type\":\"string\",\"minLength\":1,\"description\":"
              "\"The file, relative to the root of the workspace, as src/main.c.\"},"
              "\"content\":{\"type\":\"string\",\"description\":"
              "\"The whole new content, with a newline at its end if the file should have one.\"}},"
              "\"required\":[\"file_path\",\"content\"],\"additionalProperties\":false}",
    .writes = true,
    .step = step,
};
