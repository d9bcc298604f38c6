/* registry.c: the utilities there are. */
#include "cmd/commands.h"

const struct k_program *const cmd_programs[] = {
#define CMD_ROW(command) &cmd_##command,
    CMD_COMMANDS(CMD_ROW)
#undef CMD_ROW
        NULL,
};
