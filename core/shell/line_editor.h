/* line_editor.h: lines as they are typed and corrected on a terminal (the emacs mode of GNU Readline 8.2).
 * Bytes go in as they come, what is to be shown comes out; nothing here waits or knows of the shell: who owns
 * the editor reads, writes, and does what an event asks for. */
#ifndef UMBRA_SHELL_LINE_EDITOR_H
#define UMBRA_SHELL_LINE_EDITOR_H

#include "shell/history.h"
#include "shell/line_keys.h"

struct sh_editor;

enum sh_editor_event {
    SH_EDITOR_WAITS,       /* for more bytes */
    SH_EDITOR_LINE,        /* a line is whole: sh_editor_text() */
    SH_EDITOR_END,         /* Ctrl-D on an empty line */
    SH_EDITOR_INTERRUPTED, /* Ctrl-C */
    SH_EDITOR_COMPLETES,   /* wants sh_editor_complete() */
    SH_EDITOR_RUNS,        /* a command that is bound to a key: sh_editor_command() */
    SH_EDITOR_ASKS,        /* for what only a shell can do: sh_editor_function() says what */
};

/* NULL without memory. */
struct sh_editor *sh_editor_new(void);
void sh_editor_free(struct sh_editor *editor);

/* A new line begins. prompt: bytes between \001 and \002, and escape sequences, take no columns. The history
 * and the keys must stay until the line is whole; both may be NULL. */
void sh_editor_begin(struct sh_editor *editor, const char *prompt, size_t size,
                     const struct sh_history *history, const struct sh_keymaps *keys);
/* The same after something else was written (what a key's command put): the line goes on below. */
void sh_editor_resume(struct sh_editor *editor, const struct sh_history *history,
                      const struct sh_keymaps *keys);
/* Takes the line off the screen; sh_editor_resume() shows it again. */
void sh_editor_erase(struct sh_editor *editor);
void sh_editor_resize(struct sh_editor *editor, unsigned columns, unsigned rows);

/* Bytes that were typed, to be taken by sh_editor_step(). */
void sh_editor_type(struct sh_editor *editor, const void *data, size_t size);
/* Takes what was typed up to the next event. */
enum sh_editor_event sh_editor_step(struct sh_editor *editor);
/* Puts on the screen what has changed; to be called before waiting. */
void sh_editor_show(struct sh_editor *editor);
/* What is to be written to the terminal; the caller empties it. */
struct buffer *sh_editor_output(struct sh_editor *editor);
/* Memory was refused since the line began: what was typed may be incomplete. */
bool sh_editor_failed(const struct sh_editor *editor);

const struct buffer *sh_editor_text(const struct sh_editor *editor);
size_t sh_editor_point(const struct sh_editor *editor);
/* Puts another line in its place, as one change. */
void sh_editor_set(struct sh_editor *editor, const char *text, size_t size, size_t point);
/* The function that was asked for, and the command that a key is bound to. */
enum sh_key_function sh_editor_function(const struct sh_editor *editor);
const struct buffer *sh_editor_command(const struct sh_editor *editor);
/* The number of the history entry that the next line is to begin with (operate-and-get-next); 0: none. */
uint64_t sh_editor_next_entry(const struct sh_editor *editor);
void sh_editor_begin_with(struct sh_editor *editor, const struct sh_history *history, uint64_t number);

/* --- completion --- */

struct sh_matches {
    size_t count, capacity;
    struct sh_match_text {
        char *text; /* what it would be in the line, unquoted; malloc()ed */
        size_t size;
        size_t shown; /* where in text begins what a list shows */
        char suffix;  /* '/' of a directory, else what is put behind the only one; 0: nothing */
        bool marked;  /* the suffix is also shown in lists */
    } * items;
    size_t start, end; /* of the line: what they stand for */
    char quote;        /* that the word begins with, 0: none */
    bool files;        /* they are paths: special characters get a backslash */
    bool plain;        /* nothing is to be quoted */
    bool unsorted;
};

bool sh_matches_add(struct sh_matches *matches, const char *text, size_t size, char suffix);
void sh_matches_free(struct sh_matches *matches);
/* Sorts and drops what is there twice. */
void sh_matches_sort(struct sh_matches *matches);
/* Completes or lists, after SH_EDITOR_COMPLETES. The matches are taken over. */
void sh_editor_complete(struct sh_editor *editor, struct sh_matches *matches);

/* --- for the shell's own use of the screen --- */

/* Columns that text takes; control characters and escape sequences take none. */
size_t sh_columns_of(const char *text, size_t size);

#endif
