/* words.h: values of options that are one of some words, which may be cut short (GNU coreutils 9.1). */
#ifndef UMBRA_CMD_WORDS_H
#define UMBRA_CMD_WORDS_H

#include "cmd/command.h"

/* A table of them ends with a NULL; those that mean the same stand together. */
struct cmd_word {
    const char *name;
    int value;
};

/* The value of a word; -1: it is none of them, which is said with the list. what: "--sort", "backup type". */
int cmd_find_word(struct k_process *process, const struct cmd_word *words, const char *text,
                  const char *what);

#endif
