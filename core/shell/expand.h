/* expand.h: what words become (bash 5.2 manual, "Shell Expansions"). An expansion can wait in the middle of a
 * word, for a command that is substituted; what was done before is not done again. Everything is in the arena
 * of the process. */
#ifndef UMBRA_SHELL_EXPAND_H
#define UMBRA_SHELL_EXPAND_H

#include "kernel/descriptor.h"
#include "shell/shell.h"

enum sh_run_kind {
    SH_RUN_LITERAL, /* as it was written, without quotes: a pattern, but never split */
    SH_RUN_QUOTED,
    SH_RUN_SPLIT, /* came of an expansion: to be split, and a pattern */
    SH_RUN_BREAK, /* here a field ends: between the elements of "$@" */
};

struct sh_run {
    size_t end; /* in the text */
    enum sh_run_kind kind;
};

/* A word as it is expanded, before it is split into fields. */
struct sh_output {
    struct sh_text text;
    struct sh_run *runs;
    size_t count, capacity;
};

/* Its text from a byte on; it has none while nothing was put there. */
static inline const char *sh_output_from(const struct sh_output *output, size_t at)
{
    return output->text.data ? output->text.data + at : "";
}

struct sh_level;

struct sh_expansion {
    struct sh_level *level;
    struct sh_output *output;
    bool whole; /* the result is one text: no splitting is to come (assignments, [[ ]], here-documents) */
    bool substituting;
    struct k_capture capture;
    uint32_t child;
    int substituted; /* status of the last command that was substituted; -1: none was */
};

/* Zeroes and begins. Both must stay where they are until the end. */
void sh_expand_begin(struct shell *shell, struct sh_expansion *expansion, const struct sh_part *parts,
                     struct sh_output *output, bool whole);
/* 0: done; UMBRA_EAGAIN: the process waits; another negative error: it was said, and the shell unwinds. */
int sh_expand_run(struct shell *shell, struct sh_expansion *expansion);
/* The same in one turn, however long it takes; for texts that are short. UMBRA_EAGAIN: it would wait for a
 * command. */
int sh_expand_at_once(struct shell *shell, struct sh_expansion *expansion);
/* When it is not to be gone on with. */
void sh_expand_end(struct sh_expansion *expansion);

void sh_emit(struct shell *shell, struct sh_output *output, enum sh_run_kind kind, const char *text,
             size_t size);
/* The whole text; fields that were apart are joined by blanks. */
const char *sh_output_text(struct shell *shell, struct sh_output *output, size_t *size);
/* The text as a pattern: what was quoted is escaped by backslashes. */
const char *sh_output_pattern(struct shell *shell, const struct sh_output *output, size_t *size);

/* --- fields --- */

struct sh_fields {
    char **items;
    size_t count, capacity;
};

/* Splits an output by IFS, and replaces patterns by the paths that match; piece by piece. */
struct sh_splitting {
    const struct sh_output *output;
    struct sh_fields *fields;
    size_t run, at; /* where it is: in the runs of the output, in its text */
    struct sh_text_ref ifs;
    struct sh_text text;    /* of the field in hand */
    struct sh_text pattern; /* the same with quoted bytes escaped; only when it may be one */
    bool begun, looked;     /* it was; whether there may be patterns is known */
    bool patterns;
    bool open;        /* there is a field in hand, maybe an empty one */
    bool after_blank; /* the last field was ended by a blank: one other delimiter may follow */
};
/* As sh_expand_run(). splitting: with output and fields, else zeroed in the beginning. */
int sh_split(struct shell *shell, struct sh_splitting *splitting);

bool sh_add_field(struct shell *shell, struct sh_fields *fields, const char *text, size_t size);
/* Replaces one pattern by paths; false: said. *any: there were some. */
bool sh_glob(struct shell *shell, const char *pattern, size_t size, struct sh_fields *fields, bool *any);

/* The words that a word with braces stands for are made one after the other, each when it is its turn. */
struct sh_braces;
/* Puts a word that has braces on the stack. False: no memory; said. */
bool sh_braces_push(struct shell *shell, struct sh_braces **stack, const struct sh_word *word);
/* The next word of the topmost, *word; NULL there when it has no more and was taken off, or gave one with
 * braces, which is on the stack now. False: no memory; said. */
bool sh_braces_next(struct shell *shell, struct sh_braces **stack, const struct sh_word **word);

/* Expands a row of words into fields, one after the other. */
struct sh_word_list {
    const struct sh_word *next, *word; /* word: the one under way */
    struct sh_braces *braces;          /* those that are being made into words */
    struct sh_expansion expansion;
    struct sh_output output;
    struct sh_fields fields;
    bool splits;                   /* the word was expanded */
    int substituted;               /* status of the last command that was substituted; -1: none */
    struct sh_splitting splitting; /* of the word, while it splits */
};
void sh_words_begin(struct sh_word_list *list, const struct sh_word *words);
/* As sh_expand_run(). */
int sh_words_run(struct shell *shell, struct sh_word_list *list);

/* A word as one text; begin with sh_expand_begin(..., whole). */
const struct sh_part *sh_word_parts(struct shell *shell, const struct sh_word *word);

/* parameter.c: one step of a parameter. */
enum sh_need { SH_NEEDS_NOTHING, SH_NEEDS_INDEX, SH_NEEDS_WORD, SH_NEEDS_SECOND, SH_USES_WORD };
struct sh_parameter_run;

#endif
