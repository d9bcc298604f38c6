/* call.c: one call from beginning to end: validation, slices, the transaction of a tool that writes, and a
 * result that is valid UTF-8 and within its limit whatever happened. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tools/tools.h"

#define CUT_RESERVE 64 /* bytes for the words that say that a result was cut */

static void fail(struct tool_call *call, const char *message)
{
    buffer_clear(&call->output);
    tool_put_text(&call->output, message, strlen(message));
    call->failed = true;
}

/* The words of an unknown tool's name. */
static void fail_unknown(struct tool_call *call, const char *name)
{
    size_t length = name ? strlen(name) : 0, i;

    buffer_put_string(&call->output, "There is no tool \"");
    tool_put_text(&call->output, name, length > 60 ? utf8_floor(name, 60) : length);
    buffer_put_string(&call->output, "\"; there are ");
    for (i = 0; tool_at(i); i++) buffer_printf(&call->output, "%s%s", i ? ", " : "", tool_at(i)->name);
    call->failed = true;
}

int tool_call_begin(struct tool_call *call, const char *name, const cJSON *input)
{
    struct error error = {0};

    call->tool = tool_find(name);
    call->input = input;
    call->output = (struct buffer){0};
    call->failed = false;
    call->checkpoint = 0;
    call->state = NULL;
    call->started = false;
    call->wrote = false;
    if (call->limits == NULL) call->limits = &tool_default_limits;
    if (call->tool == NULL)
        fail_unknown(call, name);
    else if (tool_validate(call->tool, input, &error) < 0)
        fail(call, error.message);
    if (!call->output.failed) return 0;
    buffer_free(&call->output);
    return UMBRA_ENOMEM;
}

static int start(struct tool_call *call, struct error *error)
{
    if (call->started) return 0;
    call->started = true;
    return call->tool->start ? call->tool->start(call, error) : 0;
}

/* "before Edit src/a.c" */
static int keep_checkpoint(struct tool_call *call, struct error *error)
{
    struct buffer name = {0};
    int result;

    buffer_put_string(&name, "before ");
    tool_summary(&name, call->tool->name, call->input);
    result = name.failed
                 ? error_memory(error)
                 : st_checkpoint(call->store, buffer_string(&name), true,
                                 call->host->clock_wall(call->host->context), &call->checkpoint, error);
    buffer_free(&name);
    return result;
}

static int run_writing(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    int result = start(call, error);

    if (result == 0) result = keep_checkpoint(call, error);
    if (result == 0) result = st_begin(call->store, error);
    if (result < 0) return result;
    result = call->tool->step(call, slice, error);
    if (result == TOOL_MORE)
        result = error_set(error, UMBRA_EINVAL, "%s did not come to its end in one step", call->tool->name);
    if (result == 0 && call->output.failed) result = error_memory(error);
    if (result == 0) {
        result = st_commit(call->store, error);
        call->wrote = result == 0;
        return result;
    }
    st_rollback(call->store);
    return result;
}

static int run_reading(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    int result = start(call, error);
    if (result == 0) result = call->tool->step(call, slice, error);
    return result < 0 || !call->output.failed ? result : error_memory(error);
}

/* Makes the output valid UTF-8 without NULs and cuts it to its limit. */
static void finish(struct tool_call *call)
{
    struct buffer *output = &call->output;
    size_t limit = call->limits->output_bytes, whole;

    if (!output->failed && (memchr(buffer_string(output), '\0', output->size) ||
                            !utf8_valid(buffer_string(output), output->size))) {
        struct buffer clean = {0};
        tool_put_text(&clean, output->data, output->size);
        buffer_free(output);
        *output = clean;
    }
    whole = output->size;
    if (!output->failed && whole > limit) {
        output->size = utf8_floor(output->data, limit > CUT_RESERVE ? limit - CUT_RESERVE : 0);
        buffer_printf(output, "\n… (cut; the whole result has %zu bytes)", whole);
    }
    if (!output->failed) return;
    buffer_free(output);
    fail(call, umbra_error_text(UMBRA_ENOMEM));
}

int tool_call_step(struct tool_call *call, struct k_slice *slice)
{
    struct error error = {0};
    int result = 0;

    if (!call->failed && !call->output.failed)
        result = call->tool->writes && !call->tool->transacts ? run_writing(call, slice, &error)
                                                              : run_reading(call, slice, &error);
    if (result == TOOL_MORE || result == TOOL_WAITS) return result;
    if (result < 0) fail(call, error.message);
    finish(call);
    return TOOL_DONE;
}

bool tool_call_cancel(struct tool_call *call)
{
    if (call->tool == NULL || call->tool->cancel == NULL || !call->started || call->failed) return false;
    call->tool->cancel(call);
    finish(call);
    return true;
}

void tool_call_end(struct tool_call *call)
{
    if (call->tool && call->started && call->tool->end) call->tool->end(call);
    call->state = NULL;
    call->started = false;
    buffer_free(&call->output);
}

/* Appends at most `most` characters of text on one line. */
static void put_short(struct buffer *text, const char *words, size_t most)
{
    size_t at = 0, length = strlen(words), characters = 0;

    while (at < length && characters < most) {
        size_t step = utf8_decode(words + at, length - at, NULL);
        if ((unsigned char)words[at] < 0x20 || words[at] == 0x7f)
            buffer_put_byte(text, ' ');
        else
            tool_put_text(text, words + at, step ? step : 1);
        at += step ? step : 1;
        characters++;
    }
    if (at < length) buffer_put_string(text, "…");
}

void tool_put_command(struct buffer *output, const char *command)
{
    size_t length, white = strspn(command, " \t\r\n");
    struct buffer line = {0};

    command += white;
    length = strcspn(command, "\r\n");
    buffer_put(&line, command, length);
    put_short(output, buffer_string(&line), 160);
    if (command[length + strspn(command + length, " \t\r\n")]) buffer_put_string(output, " …");
    output->failed |= line.failed;
    buffer_free(&line);
}

void tool_summary(struct buffer *text, const char *name, const cJSON *input)
{
    const char *pattern = json_string(input, "pattern", NULL);
    const char *path = json_string(input, "file_path", json_string(input, "path", NULL));
    const char *command = json_string(input, "command", NULL);

    put_short(text, name, 40);
    if (command) {
        buffer_put_byte(text, ' ');
        tool_put_command(text, command);
        return;
    }
    if (path == NULL) path = json_string(input, "bash_id", json_string(input, "shell_id", NULL));
    if (pattern) {
        buffer_put_byte(text, ' ');
        put_short(text, pattern, 80);
        if (path) buffer_put_string(text, " in");
    }
    if (path) {
        buffer_put_byte(text, ' ');
        put_short(text, path, 160);
    }
}
