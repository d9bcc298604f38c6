/* programs.h: all that can be run by name: the utilities, the shell, and its builtins that are programs. */
#ifndef UMBRA_RUNTIME_PROGRAMS_H
#define UMBRA_RUNTIME_PROGRAMS_H

#include "kernel/kernel.h"

/* For k_open(); ends with NULL. */
extern const struct k_program *const runtime_programs[];

#endif
