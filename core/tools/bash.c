/* bash.c: Bash {command, timeout?, run_in_background?, description?}: a command line in the session's shell,
 * or beside it. What it prints is told as it comes; the result has it all, cut in the middle, and the status.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "tools/shells.h"
#include "tools/tools.h"

#define PIECE_US 100000 /* microseconds between two events with output */

enum stage { WANTS_SHELL, HAS_SHELL, RUNS };

struct bash {
    enum stage stage;
    bool fresh; /* the shell is another one than the last command had */
    bool moved; /* the directory that the shell stood in was gone */
    bool timed_out;
    uint32_t timeout_ms;
    int64_t deadline; /* monotonic microseconds */
    char *directory;  /* in which it began */
};

static const char *command_of(const struct tool_call *call)
{
    return json_string(call->input, "command", "");
}

/* --- output as it comes --- */

static void emit_piece(struct tool_call *call)
{
    struct buffer text = {0}, piece = {0};
    uint64_t skipped = tool_capture_piece(&call->shells->capture, &piece);

    if (piece.size) {
        buffer_put_string(&text, "{\"type\":\"tool_output\",\"id\":");
        json_put_string(&text, call->id, strlen(call->id));
        buffer_put_string(&text, ",\"text\":");
        json_put_string(&text, piece.data, piece.size);
        if (skipped) buffer_printf(&text, ",\"skipped\":%llu", (unsigned long long)skipped);
        buffer_put_byte(&text, '}');
        if (!text.failed && !piece.failed) call->host->emit(call->host->context, text.data, text.size);
    }
    buffer_free(&text);
    buffer_free(&piece);
}

/* Tells what came, but not more often than every PIECE_US. */
static void tell(struct tool_call *call, int64_t now)
{
    struct tool_shells *shells = call->shells;

    if (call->id == NULL || !shells->capture.has_fresh || now < shells->tell_at) return;
    shells->tell_at = now + PIECE_US;
    emit_piece(call);
}

/* --- the result --- */

static void end_line(struct buffer *output)
{
    if (output->size && output->data[output->size - 1] != '\n') buffer_put_byte(output, '\n');
}

static void note_directory(struct tool_call *call, const struct bash *bash)
{
    const char *directory = tool_shell_directory(call->shells);

    if (directory == NULL || strcmp(directory, bash->directory) == 0) return;
    end_line(&call->output);
    buffer_put_string(&call->output, "[the working directory is ");
    tool_put_text(&call->output, directory, strlen(directory));
    buffer_put_string(&call->output, " now]");
}

static void note_end(struct tool_call *call, const struct bash *bash)
{
    struct buffer *output = &call->output;
    bool gone = call->shells->state == TOOL_SHELL_NONE;

    if (bash->timed_out) {
        end_line(output);
        buffer_printf(
            output,
            "[it was ended after %u ms; what it wrote stays. Give it a longer timeout (at most %u), or "
            "run it with run_in_background]",
            bash->timeout_ms, call->limits->bash_timeout_max_ms);
    }
    if (gone) {
        end_line(output);
        buffer_put_string(output,
                          "[the shell has ended, and with it what it ran in the background; the next "
                          "command gets a new one, in /workspace, without its variables and functions]");
    }
    if (call->shells->status && !bash->timed_out) {
        end_line(output);
        buffer_printf(output, "exit status %d", call->shells->status);
    }
    call->failed = call->shells->status != 0 || bash->timed_out;
}

/* What is written is committed, or all of it is undone and the result says why. */
static void commit(struct tool_call *call)
{
    struct error error = {0};

    if (tool_shell_release(call, &error) == 0) return;
    end_line(&call->output);
    buffer_printf(&call->output,
                  "[nothing of what this command wrote could be kept, all of it was undone: %s]",
                  error.message);
    call->failed = true;
}

static void put_output(struct tool_call *call, const struct bash *bash)
{
    if (bash->fresh)
        buffer_put_string(&call->output, "[this is a new shell, in /workspace: the last one has ended]\n");
    if (bash->moved) {
        buffer_put_string(&call->output, "[the working directory was gone: this ran in ");
        tool_put_text(&call->output, bash->directory, strlen(bash->directory));
        buffer_put_string(&call->output, "]\n");
    }
    tool_capture_take(&call->shells->capture, &call->output);
}

static int finish(struct tool_call *call, const struct bash *bash)
{
    if (call->id) emit_piece(call);
    put_output(call, bash);
    note_directory(call, bash);
    note_end(call, bash);
    commit(call);
    if (call->output.size == 0) buffer_put_string(&call->output, "(no output)");
    return TOOL_DONE;
}

/* --- its course --- */

static int begin_beside(struct tool_call *call, struct error *error)
{
    const struct tool_background *beside = tool_beside_begin(call->shells, command_of(call), error);

    if (beside == NULL) return error->code;
    buffer_printf(
        &call->output,
        "It runs in the background as bash_%u. BashOutput gives what it has printed, KillShell ends it.",
        beside->number);
    return tool_shell_release(call, error);
}

static int take_shell(struct tool_call *call, struct bash *bash, struct error *error)
{
    const uint32_t most = call->limits->bash_timeout_max_ms;
    uint64_t timeout = tool_integer(call, "timeout", call->limits->bash_timeout_ms);

    if (timeout > most)
        return error_set(
            error, UMBRA_EINVAL,
            "Bash: \"timeout\" may be at most %u ms (bash_timeout_max_ms); run what takes longer with "
            "run_in_background",
            most);
    bash->timeout_ms = (uint32_t)timeout;
    return tool_shell_claim(call, error);
}

static int begin(struct tool_call *call, struct bash *bash, struct error *error)
{
    struct tool_shells *shells = call->shells;
    const char *directory;
    int64_t now = k_monotonic(shells->kernel);
    int result;

    bash->moved = tool_shell_stand_again(shells);
    directory = tool_shell_directory(shells);
    bash->fresh = shells->lost;
    shells->lost = false;
    if (json_bool(call->input, "run_in_background", false)) return begin_beside(call, error);
    bash->directory = directory ? strdup(directory) : NULL;
    if (bash->directory == NULL) return error_memory(error);
    bash->stage = RUNS;
    bash->deadline = now + (int64_t)bash->timeout_ms * 1000;
    result = tool_shell_begin(shells, command_of(call), error);
    shells->wake_at = bash->deadline;
    shells->tell_at = call->id ? now : 0;
    return result < 0 ? result : TOOL_WAITS;
}

static int go_on(struct tool_call *call, struct bash *bash)
{
    struct tool_shells *shells = call->shells;
    int64_t now;

    if (shells->state == TOOL_SHELL_NONE || shells->state == TOOL_SHELL_WAITING) return finish(call, bash);
    now = k_monotonic(shells->kernel);
    tell(call, now);
    if (now >= bash->deadline && !bash->timed_out) {
        bash->timed_out = true;
        shells->wake_at = 0;
        tool_shell_interrupt(shells, K_SIGTERM);
    }
    return TOOL_WAITS;
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    struct bash *bash = call->state;
    int result = 0;

    (void)slice;
    if (bash->stage == RUNS) return go_on(call, bash);
    if (bash->stage == WANTS_SHELL) {
        result = take_shell(call, bash, error);
        bash->stage = HAS_SHELL;
    }
    if (result == 0 && call->shells->state == TOOL_SHELL_NONE)
        result = error_set(error, UMBRA_ENOMEM, "the shell could not be begun: there is not enough memory");
    if (result == 0 && call->shells->state != TOOL_SHELL_WAITING) return TOOL_WAITS;
    return result < 0 ? result : begin(call, bash, error);
}

static int start(struct tool_call *call, struct error *error)
{
    call->state = calloc(1, sizeof(struct bash));
    return call->state ? 0 : error_memory(error);
}

static void cancel(struct tool_call *call)
{
    struct bash *bash = call->state;

    call->failed = true;
    if (bash == NULL || bash->stage != RUNS) {
        buffer_put_string(&call->output, "Cancelled by the user before it ran.");
        return;
    }
    tool_shell_interrupt(call->shells, K_SIGINT);
    put_output(call, bash);
    end_line(&call->output);
    buffer_put_string(&call->output, "[cancelled by the user; what it wrote until then stays]");
    commit(call);
}

static void end(struct tool_call *call)
{
    struct bash *bash = call->state;

    if (call->shells && call->shells->owner == call) {
        tool_shell_interrupt(call->shells, K_SIGINT);
        tool_shell_release(call, NULL);
    }
    if (bash) free(bash->directory);
    free(bash);
}

static void describe(struct buffer *text, const struct tool_limits *limits)
{
    size_t i;

    for (i = 0; cmd_programs[i]; i++) buffer_printf(text, "%s%s", i ? ", " : " ", cmd_programs[i]->name);
    buffer_printf(
        text,
        ". Output is cut in the middle at %zu bytes. A command is ended after %u ms unless timeout says "
        "otherwise, at most %u ms.",
        limits->bash_output_bytes, limits->bash_timeout_ms, limits->bash_timeout_max_ms);
}

const struct tool tool_bash = {
    .name = "Bash",
    .description =
        "Runs a command line in a bash that lives as long as the session: working directory, variables and "
        "functions stay from one call to the next. The workspace is at /workspace, where the shell begins; "
        "/tmp "
        "is for what is no part of it. It is a sandbox: nothing of the user's machine can be seen, there is "
        "no "
        "network, no package manager, no compiler, no interpreter but bash, and standard input is empty. All "
        "that one call writes can be rewound; nothing reaches the user's real files until they commit it. "
        "The "
        "language is that of bash 5.2. To read, write, edit or search files, prefer Read, Write, Edit, Glob "
        "and "
        "Grep. Besides the builtins there are these utilities, and no others:",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"command\":{\"type\":\"string\",\"minLength\":1,\"description\":"
              "\"The command line, or several lines of script.\"},"
              "\"timeout\":{\"type\":\"integer\",\"minimum\":1,\"description\":"
              "\"Milliseconds after which it is ended.\"},"
              "\"run_in_background\":{\"type\":\"boolean\",\"description\":"
              "\"Returns at once with an id for BashOutput and KillShell; it runs in a copy of the shell.\"},"
              "\"description\":{\"type\":\"string\",\"description\":"
              "\"What it does, in five to ten words, for the user.\"}},"
              "\"required\":[\"command\"],\"additionalProperties\":false}",
    .writes = true,
    .transacts = true,
    .describe = describe,
    .start = start,
    .step = step,
    .cancel = cancel,
    .end = end,
};
