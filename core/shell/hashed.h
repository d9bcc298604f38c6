/* hashed.h: where programs were found the last time, so that PATH is not searched again (bash 5.2 manual,
 * "hash"). A subshell sees what its shell knew. */
#ifndef UMBRA_SHELL_HASHED_H
#define UMBRA_SHELL_HASHED_H

#include "shell/shell.h"

struct sh_hashed_table {
    uint32_t references;
    struct sh_hashed *first;
};

struct sh_hashed {
    struct sh_hashed *next; /* the one that was found last is the first */
    char *path;             /* behind the name */
    size_t bytes;
    unsigned hits;
    char name[];
};

/* NULL when it is not known. */
struct sh_hashed *sh_hashed_find(const struct shell *shell, const char *name);
/* Takes note of a path; without memory it is just not known. */
void sh_hashed_add(struct shell *shell, const char *name, const char *path, unsigned hits);
/* False: it was not known. */
bool sh_hashed_forget(struct shell *shell, const char *name);
void sh_hashed_forget_all(struct shell *shell);
/* The first of them, NULL: none is known. */
const struct sh_hashed *sh_hashed_first(const struct shell *shell);

#endif
