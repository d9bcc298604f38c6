/* line_editor_internal.h: what the files of the line editor share. */
#ifndef UMBRA_SHELL_LINE_EDITOR_INTERNAL_H
#define UMBRA_SHELL_LINE_EDITOR_INTERNAL_H

#include "shell/line_editor.h"

#define KILL_RING       10
#define UNDO_MAX        256        /* changes that can be taken back */
#define UNDO_GROUP      20         /* typed characters that are one change */
#define MACRO_STEPS_MAX 1000       /* keys that are bound to text, without a key typed between */
#define LINE_MAX_BYTES  (1u << 20) /* what is typed beyond is refused with a bell */
#define ARGUMENT_MAX    10000

enum { CONTROL_C = 3, CONTROL_D = 4, CONTROL_G = 7, ESCAPE = 27, DELETE = 127 };

enum editor_mode {
    EDITOR_PLAIN,
    EDITOR_QUOTES,   /* the next byte stands for itself */
    EDITOR_FINDS,    /* the next byte is searched for in the line */
    EDITOR_PASTES,   /* everything stands for itself up to the end of a paste */
    EDITOR_SEARCHES, /* incrementally, in the history */
    EDITOR_READS,    /* the text of a search that is not incremental */
    EDITOR_QUERIES,  /* whether a long list is to be shown */
};

/* Where the cursor is, counted from the line in which the prompt's last line begins. */
struct place {
    size_t row, column;
    bool filled; /* the row before ended with its last column, not with a newline */
};

struct undo {
    char *text;
    size_t size, point;
};

struct sh_editor {
    struct buffer line;
    size_t point, mark;
    const struct sh_history *history;
    const struct sh_keymaps *keymaps;

    /* what was typed */
    struct buffer typed;
    struct buffer keys;                /* of a binding that is not whole yet */
    struct buffer macro, macro_before; /* that is being recorded, and the last one */
    struct buffer command;             /* of a key */

    /* history */
    size_t at;           /* the entry that is shown; history->count: the new line */
    struct buffer stash; /* the new line meanwhile */
    uint64_t next_entry;
    struct buffer search, search_line; /* what is searched; the line before that */
    struct buffer search_last;
    size_t search_at, search_point, search_from;
    size_t last_argument; /* entries that M-. went back */
    size_t last_argument_at, last_argument_size;

    /* kills */
    struct buffer kills[KILL_RING];
    size_t kill;
    size_t yank_at, yank_size;

    /* undo */
    struct undo undo[UNDO_MAX];
    size_t undo_count;

    /* screen */
    struct buffer out;
    struct buffer prompt;      /* its last line, as it is written, with \001 and \002 */
    struct buffer prompt_head; /* the lines before */
    struct buffer shown;       /* the line as it stands on the screen */
    struct buffer shown_prompt;
    struct place cursor, end;
    size_t shown_point;     /* in shown */
    struct sh_matches list; /* to be listed, if the answer is yes */

    enum sh_keymap map;
    enum editor_mode mode;
    enum sh_key_function function, before; /* under way, and the one before */
    enum sh_editor_event event;
    unsigned columns, rows;
    unsigned macro_steps;
    unsigned grouped; /* characters of the change that is last in undo */
    int argument, finds_count, last_argument_count;
    bool overwrites, has_argument, negative, records, finds_backward;
    bool search_backward, search_failed;
    bool drawn, fresh; /* the line is on the screen; the prompt is to be drawn with all of its lines */
    bool repeated;     /* the last key was a completion that was ambiguous */
};

/* --- line_editor.c --- */
void editor_bell(struct sh_editor *editor);
/* The number that was typed before the key, or 1. */
int editor_count(const struct sh_editor *editor);
void editor_finish(struct sh_editor *editor, enum sh_editor_event event);
/* Text as if it were typed before what was typed already. */
void editor_type_first(struct sh_editor *editor, const char *text, size_t size);
typedef void editor_command(struct sh_editor *editor, int count);
/* NULL: nothing does this here. */
editor_command *editor_find_command(enum sh_key_function function);
/* Runs a function as if its key had been typed. */
void editor_run(struct sh_editor *editor, enum sh_key_function function);

/* --- line_editor_edit.c --- */
size_t editor_next(const struct buffer *line, size_t at);
size_t editor_previous(const struct buffer *line, size_t at);
/* A change: text takes the place of [from, to), with the cursor behind it. */
void editor_replace(struct sh_editor *editor, size_t from, size_t to, const char *text, size_t size);
size_t editor_word_forward(const struct sh_editor *editor, size_t at);
size_t editor_word_backward(const struct sh_editor *editor, size_t at);
void editor_insert_typed(struct sh_editor *editor, const char *text, size_t size);
void editor_find_byte(struct sh_editor *editor, char byte);

editor_command editor_beginning_of_line, editor_end_of_line, editor_forward_char, editor_backward_char,
    editor_forward_word, editor_backward_word, editor_delete_char, editor_backward_delete_char,
    editor_transpose_chars, editor_transpose_words, editor_upcase_word, editor_downcase_word,
    editor_capitalize_word, editor_overwrite_mode, editor_set_mark, editor_exchange_point_and_mark,
    editor_delete_horizontal_space, editor_insert_comment, editor_shell_forward_word,
    editor_shell_backward_word, editor_character_search, editor_character_search_backward,
    editor_quoted_insert, editor_tab_insert, editor_previous_screen_line, editor_next_screen_line;

/* --- line_editor_kill.c --- */
/* [from, to) goes, and can be put back. */
void editor_kill(struct sh_editor *editor, size_t from, size_t to);
/* Notes the line as it is before a change; typed: characters typed one after the other are one change. */
void editor_remember(struct sh_editor *editor, bool typed);
void editor_forget_undo(struct sh_editor *editor);
editor_command editor_kill_line, editor_backward_kill_line, editor_kill_whole_line, editor_unix_line_discard,
    editor_kill_word, editor_backward_kill_word, editor_unix_word_rubout, editor_unix_filename_rubout,
    editor_shell_kill_word, editor_shell_backward_kill_word, editor_kill_region, editor_copy_region,
    editor_copy_forward_word, editor_copy_backward_word, editor_yank, editor_yank_pop, editor_undo,
    editor_revert_line;

/* --- line_editor_history.c --- */
void editor_search_byte(struct sh_editor *editor, char byte);
void editor_read_byte(struct sh_editor *editor, char byte);
void editor_put_search_prompt(const struct sh_editor *editor, struct buffer *out);
editor_command editor_previous_history, editor_next_history, editor_beginning_of_history,
    editor_end_of_history, editor_history_search_backward, editor_history_search_forward,
    editor_reverse_search_history, editor_forward_search_history, editor_yank_last_arg, editor_yank_nth_arg,
    editor_operate_and_get_next, editor_search_plain_backward, editor_search_plain_forward;

/* --- line_editor_display.c --- */
/* Forgets what stands on the screen: the next time all is drawn from where the cursor is. */
void editor_redraw_here(struct sh_editor *editor);
/* Puts the cursor behind the line and a mark ("^C"), at the beginning of an empty row. */
void editor_leave_line(struct sh_editor *editor, const char *mark);
editor_command editor_clear_screen, editor_clear_display, editor_redraw_current_line;

/* --- line_editor_complete.c --- */
void editor_answer(struct sh_editor *editor, char byte);

#endif
