/* commands.h: all utilities, one word each; the order is that of /usr/bin. */
#ifndef UMBRA_CMD_COMMANDS_H
#define UMBRA_CMD_COMMANDS_H

#include "kernel/kernel.h"

#define CMD_COMMANDS(X)                                                                                      \
    X(basename)                                                                                              \
    X(cat)                                                                                                   \
    X(chgrp)                                                                                                 \
    X(chmod)                                                                                                 \
    X(chown)                                                                                                 \
    X(cmp)                                                                                                   \
    X(comm)                                                                                                  \
    X(cp)                                                                                                    \
    X(cut)                                                                                                   \
    X(date)                                                                                                  \
    X(dd)                                                                                                    \
    X(df)                                                                                                    \
    X(dirname)                                                                                               \
    X(du)                                                                                                    \
    X(echo)                                                                                                  \
    X(egrep)                                                                                                 \
    X(env)                                                                                                   \
    X(expand)                                                                                                \
    X(expr)                                                                                                  \
    X(false)                                                                                                 \
    X(fgrep)                                                                                                 \
    X(find)                                                                                                  \
    X(fold)                                                                                                  \
    X(grep)                                                                                                  \
    X(head)                                                                                                  \
    X(hostname)                                                                                              \
    X(id)                                                                                                    \
    X(ln)                                                                                                    \
    X(ls)                                                                                                    \
    X(mkdir)                                                                                                 \
    X(mkfifo)                                                                                                \
    X(mktemp)                                                                                                \
    X(mv)                                                                                                    \
    X(nl)                                                                                                    \
    X(nproc)                                                                                                 \
    X(od)                                                                                                    \
    X(paste)                                                                                                 \
    X(printenv)                                                                                              \
    X(pwd)                                                                                                   \
    X(readlink)                                                                                              \
    X(realpath)                                                                                              \
    X(rev)                                                                                                   \
    X(rm)                                                                                                    \
    X(rmdir)                                                                                                 \
    X(sed)                                                                                                   \
    X(seq)                                                                                                   \
    X(sleep)                                                                                                 \
    X(sort)                                                                                                  \
    X(stat)                                                                                                  \
    X(stty)                                                                                                  \
    X(sync)                                                                                                  \
    X(tac)                                                                                                   \
    X(tail)                                                                                                  \
    X(tee)                                                                                                   \
    X(timeout)                                                                                               \
    X(touch)                                                                                                 \
    X(tr)                                                                                                    \
    X(tree)                                                                                                  \
    X(true)                                                                                                  \
    X(truncate)                                                                                              \
    X(tty)                                                                                                   \
    X(uname)                                                                                                 \
    X(unexpand)                                                                                              \
    X(uniq)                                                                                                  \
    X(wc)                                                                                                    \
    X(which)                                                                                                 \
    X(whoami)                                                                                                \
    X(xargs)                                                                                                 \
    X(yes)

#define CMD_DECLARE(command) extern const struct k_program cmd_##command;
CMD_COMMANDS(CMD_DECLARE)
#undef CMD_DECLARE

/* All of them, with a NULL at the end. */
extern const struct k_program *const cmd_programs[];

#endif
