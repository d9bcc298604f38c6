/* bash_output.c: BashOutput {bash_id, filter?}: what a command line in the background has printed since the
 * last look, and whether it still runs. */
#include <string.h>

#include "regex/regex.h"
#include "tools/shells.h"
#include "tools/tools.h"

/* Appends the lines of text that match. */
static int put_matching(struct tool_call *call, const struct buffer *text, const struct regex *regex,
                        struct k_slice *slice, struct error *error)
{
    const char *line = buffer_string(text), *end = line + text->size;

    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = newline ? (size_t)(newline - line) : (size_t)(end - line);
        int found = re_search(regex, line, length, 0, false, NULL, 0);
        if (found < 0) return error_set(error, found, "BashOutput: %s", umbra_error_text(found));
        if (found) tool_put_text(&call->output, line, length + (newline != NULL));
        k_slice_charge(slice, length);
        line += length + (newline != NULL);
    }
    return 0;
}

static void put_status(struct tool_call *call, const struct tool_background *beside)
{
    buffer_printf(&call->output, "[bash_%u ", beside->number);
    if (beside->ended)
        buffer_printf(&call->output, "has ended with exit status %d]\n", beside->status);
    else
        buffer_put_string(&call->output, beside->kill_at ? "is being ended]\n" : "is running]\n");
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    const char *filter = json_string(call->input, "filter", NULL);
    struct tool_background *beside = tool_beside_find(call, json_string(call->input, "bash_id", ""), error);
    struct buffer text = {0};
    struct regex *regex = NULL;
    int result = 0;

    if (beside == NULL) return error->code;
    if (filter) result = re_compile(filter, strlen(filter), RE_EXTENDED | RE_PERL, &regex, error);
    if (result < 0) return result;
    put_status(call, beside);
    if (tool_capture_is_empty(&beside->capture)) {
        buffer_put_string(&call->output, "(nothing new was printed)");
    } else if (regex) {
        tool_capture_take(&beside->capture, &text);
        result = text.failed ? error_memory(error) : put_matching(call, &text, regex, slice, error);
    } else {
        tool_capture_take(&beside->capture, &call->output);
    }
    buffer_free(&text);
    re_free(regex);
    return result < 0 ? result : TOOL_DONE;
}

const struct tool tool_bash_output = {
    .name = "BashOutput",
    .description =
        "Gives what a command line that Bash runs in the background has printed since the last look, "
        "and says whether it still runs or with which status it has ended.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"bash_id\":{\"type\":\"string\",\"minLength\":1,\"description\":"
              "\"The id that Bash gave, as bash_1.\"},"
              "\"filter\":{\"type\":\"string\",\"maxLength\":4096,\"description\":"
              "\"A regular expression: of what is new only the lines that match are given, the others are "
              "gone.\"}},"
              "\"required\":[\"bash_id\"],\"additionalProperties\":false}",
    .step = step,
};
