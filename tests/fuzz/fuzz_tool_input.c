/* A tool's number, then the JSON text of its input, run on a small workspace in memory: every result is valid
 * UTF-8 within its limit, and no transaction stays open. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "fs/path.h"
#include "memory_host.h"
#include "tools/tool.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void put(struct store *store, const char *path, const char *text, size_t size)
{
    struct error error;
    if (st_begin(store, &error) < 0 ||
        fs_write_file(store, ST_HEAD, path, strlen(path), text, size, 1, NULL, &error) < 0 ||
        st_commit(store, &error) < 0)
        abort();
}

static void run(struct store *store, struct memory_host *memory, const char *name, const cJSON *input)
{
    struct tool_limits limits = {
        .output_bytes = 4096, .read_bytes = 100000, .read_lines = 100, .results = 50};
    struct tool_call call = {.store = store, .host = &memory->host, .limits = &limits};
    struct buffer summary = {0};
    struct k_slice slice;

    tool_summary(&summary, name, input);
    if (!utf8_valid(buffer_string(&summary), summary.size)) abort();
    buffer_free(&summary);
    if (tool_call_begin(&call, name, input) < 0) abort();
    do {
        k_slice_begin(&slice, &memory->host, 0);
        slice.fuel = 1;
    } while (tool_call_step(&call, &slice) == TOOL_MORE);
    if (call.output.size > 4096 || !utf8_valid(buffer_string(&call.output), call.output.size)) abort();
    if (st_in_transaction(store)) abort();
    tool_call_end(&call);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct memory_host *memory;
    struct store *store;
    struct error error;
    const struct tool *tool;
    cJSON *input;

    if (size < 2) return 0;
    input = json_parse((const char *)data + 1, size - 1, "the input", &error);
    if (input == NULL) return 0;
    memory = memory_host_new(1u << 20);
    if (st_open(&memory->host, NULL, &store, &error) < 0) abort();
    put(store, "a.txt", "one\ntwo\nthree\n", 14);
    put(store, "src/b.c", "int main(void)\r\n{\r\n}\r\n", 22);
    put(store, "src/bin", "a\0b", 3);
    put(store, "src/.h", "\xff\xfe\n", 3);
    tool = tool_at(data[0] % 7);
    run(store, memory, tool ? tool->name : "None", input);
    cJSON_Delete(input);
    st_close(store);
    memory_host_free(memory);
    return 0;
}
