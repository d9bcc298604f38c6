/* false: do nothing, unsuccessfully. POSIX.1-2017 false. */
#include "cmd/command.h"

static const char help[] = "Usage: false [ignored arguments]\nExit with a status that says failure.\n";

struct false_state {
    struct cmd_base base;
};

static enum k_progress false_run(struct k_process *process)
{
    process->status = 1;
    return K_DONE;
}

CMD_PROGRAM(false, struct false_state, false_run, help);
