/* kill_shell.c: KillShell {shell_id}: ends a command line in the background. */
#include "tools/shells.h"
#include "tools/tools.h"

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    struct tool_background *beside = tool_beside_find(call, json_string(call->input, "shell_id", ""), error);
    bool asked;

    (void)slice;
    if (beside == NULL) return error->code;
    asked = beside->awaited;
    if (!beside->ended) {
        tool_beside_kill(call->shells, beside);
        beside->awaited = true;
        return TOOL_WAITS;
    }
    buffer_printf(&call->output, "bash_%u %s ended, with exit status %d.", beside->number,
                  asked ? "was" : "had already", beside->status);
    return TOOL_DONE;
}

/* Nobody waits for it any more, also when the call was given up. */
static void end(struct tool_call *call)
{
    struct tool_background *beside = tool_beside_find(call, json_string(call->input, "shell_id", ""), NULL);
    if (beside) beside->awaited = false;
}

const struct tool tool_kill_shell = {
    .name = "KillShell",
    .description =
        "Ends a command line that Bash runs in the background, with all that it has begun. What it "
        "has printed can still be had with BashOutput.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"shell_id\":{\"type\":\"string\",\"minLength\":1,\"description\":"
              "\"The id that Bash gave, as bash_1.\"}},"
              "\"required\":[\"shell_id\"],\"additionalProperties\":false}",
    .step = step,
    .end = end,
};
