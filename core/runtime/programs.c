#include "runtime/programs.h"

#include "cmd/commands.h"
#include "shell/program.h"

const struct k_program *const runtime_programs[] = {
#define CMD_ROW(command) &cmd_##command,
    CMD_COMMANDS(CMD_ROW)
#undef CMD_ROW
#define SH_ROW(program) &sh_program_##program,
        SH_PROGRAMS(SH_ROW)
#undef SH_ROW
            NULL,
};
