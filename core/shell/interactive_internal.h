/* interactive_internal.h: what the files of the interactive shell share. */
#ifndef UMBRA_SHELL_INTERACTIVE_INTERNAL_H
#define UMBRA_SHELL_INTERACTIVE_INTERNAL_H

#include "kernel/terminal.h"
#include "shell/completion.h"
#include "shell/interactive.h"
#include "shell/line_editor.h"

struct sh_interactive {
    struct sh_editor *editor; /* NULL: lines come as the terminal or file gives them */
    struct buffer text;       /* read, and not run yet */
    struct buffer prompt;     /* expanded */
    struct buffer startup;    /* text of the startup commands */
    struct buffer command;    /* of a key */
    struct sh_history_memory memory;
    bool has_mode;               /* the terminal is in the editor's mode; else in that of commands */
    struct k_terminal_mode mode; /* that of commands */
    unsigned columns, rows;
    bool ended;                       /* the input is */
    bool entered;                     /* the command that is being read is in the history */
    char quote;                       /* that the text ends in; 0: none */
    unsigned ends;                    /* Ctrl-D so many times */
    bool reads;                       /* the editor is waiting */
    struct sh_completion *completing; /* what compopt changes; NULL: nothing */
};

/* Gives the terminal back the mode that commands have. */
void sh_leave_editor_mode(struct shell *shell);
void sh_enter_editor_mode(struct shell *shell);

/* interactive_line.c: takes a whole line: expands "!" in it, puts it into the history and behind what was
 * read of the command. False: there is nothing to run, which was said; *again: it is in interaction->command,
 * to be looked at first (histverify). */
bool sh_take_line(struct shell *shell, const char *text, size_t size, bool *again);

/* What the editor asks the shell for: SH_EDITOR_ASKS. */
void sh_answer_editor(struct shell *shell);

#endif
