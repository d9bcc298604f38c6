/* builtins.h: the builtins that do work of their own, like the utilities of the same names; those that
 * control the shell itself are listed elsewhere. */
#ifndef UMBRA_SHELL_BUILTINS_H
#define UMBRA_SHELL_BUILTINS_H

#include "shell/execute.h"

/* As variables: sh_builtin_NAME. */
#define SH_BUILTINS_PLAIN(X)                                                                                 \
    X(bind)                                                                                                  \
    X(bracket)                                                                                               \
    X(caller)                                                                                                \
    X(cd)                                                                                                    \
    X(colon)                                                                                                 \
    X(compgen)                                                                                               \
    X(complete)                                                                                              \
    X(compopt)                                                                                               \
    X(dirs)                                                                                                  \
    X(echo)                                                                                                  \
    X(enable)                                                                                                \
    X(false)                                                                                                 \
    X(fc)                                                                                                    \
    X(getopts)                                                                                               \
    X(hash)                                                                                                  \
    X(help)                                                                                                  \
    X(history)                                                                                               \
    X(let)                                                                                                   \
    X(mapfile)                                                                                               \
    X(popd)                                                                                                  \
    X(printf)                                                                                                \
    X(pushd)                                                                                                 \
    X(pwd)                                                                                                   \
    X(read)                                                                                                  \
    X(readarray)                                                                                             \
    X(test)                                                                                                  \
    X(times)                                                                                                 \
    X(true)                                                                                                  \
    X(ulimit)                                                                                                \
    X(umask)

#define SH_BUILTIN_DECLARE(name) extern const struct sh_builtin sh_builtin_##name;
SH_BUILTINS_PLAIN(SH_BUILTIN_DECLARE)
#undef SH_BUILTIN_DECLARE

#endif
