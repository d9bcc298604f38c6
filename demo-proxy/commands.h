/* commands.h: what `demo-proxy WORD` can do beside serving: a table of names, usage lines and functions. A
 * function gets the options, the words after its name in them, and returns the exit status after its message.
 */
#ifndef PX_COMMANDS_H
#define PX_COMMANDS_H

#include "options.h"

struct px_command {
    const char *name;  /* "": serving */
    const char *usage; /* a line for each form: what follows "demo-proxy ", a tab, what it does */
    int (*run)(struct px_options *options);
};

/* NULL when there is no such command. */
const struct px_command *px_command_find(const char *name);
/* The usage lines of all. */
void px_commands_help(FILE *out);

/* The commands that work on the database (store/commands.c). */
int px_command_keys(struct px_options *options);
int px_command_audit(struct px_options *options);
int px_command_usage(struct px_options *options);
int px_command_backup(struct px_options *options);

#endif
