/* directories.h: the working directory of a shell, as the user has come there, and the stack of directories
 * of pushd. The stack is shared by shells until one of them changes it. */
#ifndef UMBRA_SHELL_DIRECTORIES_H
#define UMBRA_SHELL_DIRECTORIES_H

#include "shell/shell.h"

/* The stack, without the working directory, which stands before it. Never changed, only replaced. */
struct sh_directory {
    uint32_t references;
    size_t bytes, count;
    char *paths[]; /* the one pushed last is the first */
};

/* The absolute path of the working directory: $PWD, with links as they were followed, or the physical one
 * when that is no path of it. Until the next assignment or change of directory. */
const char *sh_working_directory(struct shell *shell);

/* What the builtin `name` does for "cd PATH" (with "cd -P" when physical); NULL is $HOME, "-" is $OLDPWD.
 * False: said. */
bool sh_change_directory(struct shell *shell, const char *name, const char *path, bool physical);

/* The index-th of working directory and stack; NULL past the end. */
const char *sh_directory_at(struct shell *shell, size_t index);
size_t sh_directory_count(const struct shell *shell);
/* What ~N, ~+N and ~-N stand for, without the ~. NULL: there is none. */
const char *sh_directory_named(struct shell *shell, const char *text);
/* Another stack, with the texts copied. False: said. */
bool sh_set_directories(struct shell *shell, const char *const *paths, size_t count);
/* For a shell that begins as a copy of this one. */
struct sh_directory *sh_keep_directories(const struct shell *shell);
void sh_free_directories(struct shell *shell);

/* A path with the home directory as ~, as dirs and prompts show it. */
void sh_put_short_directory(struct shell *shell, const char *path, struct buffer *out);

#endif
