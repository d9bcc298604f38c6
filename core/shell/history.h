/* history.h: the commands that were typed: a list that grows at its end, a file of it, and what of it a line
 * means that has "!" in it (bash 5.2 manual, "Bash History Facilities"). Shared by a shell and its subshells
 * until one of them changes it. */
#ifndef UMBRA_SHELL_HISTORY_H
#define UMBRA_SHELL_HISTORY_H

#include "base/buffer.h"
#include "base/memory.h"

struct sh_history_entry {
    char *text; /* with a NUL behind it */
    size_t size;
    int64_t time; /* seconds since 1970; 0: not known */
};

struct sh_history {
    uint32_t references;
    struct memory_account *account;
    struct sh_history_entry *entries;
    size_t count, capacity;
    uint64_t base;     /* the number of the first */
    size_t fresh;      /* so many at the end are in no file yet */
    size_t file_lines; /* of the file that were read */
    size_t limit;      /* entries that are kept; SIZE_MAX: all */
};

struct sh_history *sh_history_new(struct memory_account *account);
void sh_history_drop(struct sh_history *history);
/* Makes *history one that nobody else has; NULL becomes an empty one. False without memory. */
bool sh_history_own(struct sh_history **history, struct memory_account *account);

/* The changes are for one that is owned. False without memory. */
bool sh_history_add(struct sh_history *history, const char *text, size_t size, int64_t time);
bool sh_history_replace(struct sh_history *history, size_t index, const char *text, size_t size);
void sh_history_remove(struct sh_history *history, size_t index);
void sh_history_clear(struct sh_history *history);
/* Drops the oldest until there are no more than limit. */
void sh_history_limit(struct sh_history *history, size_t limit);

/* Takes in the text of a file: an entry a line, or with lines "#SECONDS" before each entry all lines up to
 * the next of those. skip: so many lines were taken in before. The number of lines of the file. */
size_t sh_history_parse(struct sh_history *history, const char *text, size_t size, size_t skip);
/* Appends entries from the first-th on as a file has them. */
void sh_history_format(const struct sh_history *history, size_t first, bool with_times, struct buffer *out);

/* The words of a line as the shell splits it, for !:2 and M-. : where the index-th begins and ends; false:
 * there are not so many. */
bool sh_history_word(const char *text, size_t size, size_t index, size_t *start, size_t *end);
size_t sh_history_word_count(const char *text, size_t size);

enum sh_expand_history {
    SH_HISTORY_SAME,  /* there was nothing to expand; out is empty */
    SH_HISTORY_DONE,  /* out has the line that is meant */
    SH_HISTORY_SHOWN, /* the same, and it is to be shown only (:p) */
    SH_HISTORY_WRONG, /* out says why: "!x: event not found" */
};

/* What was searched and substituted last, for !?? and :& . */
struct sh_history_memory {
    struct buffer search, from, to;
};

/* quote: the one in which the line begins, 0: none. */
enum sh_expand_history sh_history_expand(const struct sh_history *history, struct sh_history_memory *memory,
                                         const char *text, size_t size, char quote, struct buffer *out);

#endif
