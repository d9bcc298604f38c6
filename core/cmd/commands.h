/* commands.h: all utilities, one word each; the order is that of /usr/bin. */
#ifndef UMBRA_CMD_COMMANDS_H
#define UMBRA_CMD_COMMANDS_H

#include "kernel/kernel.h"

#define CMD_COMMANDS(X)                                                                                      \
    X(basename)                                                                                              \
    X(cat)                                                                                                   \
    X(comm)                                                                                                  \
    X(cut)                                                                                                   \
    X(egrep)                                                                                                 \
    X(expand)                                                                                                \
    X(false)                                                                                                 \
    X(fgrep)                                                                                                 \
    X(fold)                                                                                                  \
    X(grep)                                                                                                  \
    X(head)                                                                                                  \
    X(nl)                                                                                                    \
    X(od)                                                                                                    \
    X(paste)                                                                                                 \
    X(rev)                                                                                                   \
    X(sed)                                                                                                   \
    X(seq)                                                                                                   \
    X(sort)                                                                                                  \
    X(tac)                                                                                                   \
    X(tail)                                                                                                  \
    X(tee)                                                                                                   \
    X(tr)                                                                                                    \
    X(true)                                                                                                  \
    X(unexpand)                                                                                              \
    X(uniq)                                                                                                  \
    X(wc)                                                                                                    \
    X(yes)

#define CMD_DECLARE(command) extern const struct k_program cmd_##command;
CMD_COMMANDS(CMD_DECLARE)
#undef CMD_DECLARE

/* All of them, with a NULL at the end. */
extern const struct k_program *const cmd_programs[];

#endif
