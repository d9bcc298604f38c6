/* true: do nothing, successfully. POSIX.1-2017 true. */
#include "cmd/command.h"

static const char help[] = "Usage: true [ignored arguments]\nExit with a status that says success.\n";

struct true_state {
    struct cmd_base base;
};

static enum k_progress true_run(struct k_process *process)
{
    process->status = 0;
    return K_DONE;
}

CMD_PROGRAM(true, struct true_state, true_run, help);
