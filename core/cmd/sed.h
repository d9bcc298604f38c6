/* sed.h: the parts of sed: a script as a row of commands (sed_parse.c, sed_text.c), its input with the line
 * that comes next (sed_input.c), what is written (sed_output.c), and the commands at work (sed_run.c,
 * sed_substitute.c). */
#ifndef UMBRA_CMD_SED_H
#define UMBRA_CMD_SED_H

#include "cmd/command.h"
#include "regex/regex.h"

#define SED_GROUPS 10 /* \0 to \9 */

/* A regular expression of the script; all are in a chain, to be freed. */
struct sed_regex {
    struct regex *regex; /* NULL: the one that was used last */
    size_t groups;
    struct sed_regex *next;
};

enum sed_address_kind {
    SED_NONE,
    SED_LINE,
    SED_STEP, /* FIRST~STEP */
    SED_LAST, /* $ */
    SED_REGEX,
    SED_ZERO,    /* 0 of 0,/re/ */
    SED_MORE,    /* +N, only the second one */
    SED_MULTIPLE /* ~N, only the second one */
};

struct sed_address {
    enum sed_address_kind kind;
    uint64_t number, step;
    struct sed_regex *regex;
};

enum sed_case { SED_AS_IS, SED_UPPER, SED_LOWER, SED_UPPER_ONE, SED_LOWER_ONE };

/* A piece of a replacement: changes of case, then text, then a group. */
struct sed_piece {
    bool sets_mode, sets_once;
    enum sed_case mode, once;
    const char *text;
    size_t length;
    int group; /* -1: none */
    struct sed_piece *next;
};

struct sed_output_file {
    const char *name;
    int number; /* 1 and 2 are written through the utility's own output */
    struct buffer pending;
    bool missing_newline;
    struct sed_output_file *next;
};

/* A file from which R reads lines. */
struct sed_line_file {
    const char *name;
    struct cmd_input input;
    struct sed_line_file *next;
};

struct sed_substitution {
    struct sed_regex *regex;
    struct sed_piece *pieces;
    bool global, print;
    uint64_t number; /* of the match that is replaced first */
};

struct sed_command {
    char name;
    struct sed_address first, second;
    bool negated;
    bool active;      /* within the range */
    uint64_t end;     /* of it, when that is a line */
    const char *text; /* of a i c, a label, a file name */
    size_t length;
    uint64_t number; /* of q Q l */
    size_t target;   /* of b t T { */
    struct sed_substitution substitution;
    struct sed_output_file *output; /* of w W and s///w */
    struct sed_line_file *lines;    /* of R */
    uint32_t *map;                  /* of y: pairs of code points, in order of the first one */
    size_t map_count;
};

/* How far an s has come. */
struct sed_progress {
    bool active, any; /* any: something was replaced */
    size_t from, last_end;
    uint64_t count; /* of matches */
};

/* What is put out at the end of a cycle. */
struct sed_append {
    const char *text; /* NULL: a file's content */
    size_t length;
    const char *file;
    bool line; /* the text is copied */
    struct sed_append *next;
};

struct sed {
    struct cmd_base base;

    /* options */
    bool quiet, extended, separate, in_place, sandbox, any_script;
    char end_of_line;
    const char *suffix; /* of -i; NULL: no copy is kept */
    uint64_t line_length;

    /* the script */
    struct buffer script;
    const char **script_files; /* of -f, that are still to be read */
    size_t *script_places;     /* where in the script they belong */
    size_t script_file_count;
    struct sed_command *commands;
    size_t command_count, command_capacity;
    struct sed_regex *regexes;
    struct sed_regex *last_regex;
    struct sed_output_file *outputs;
    struct sed_line_file *line_files;

    /* the input */
    struct cmd_input input;
    const char *file; /* of the line that was read last */
    uint64_t line_number;
    bool opened; /* a file is open */
    bool script_reading;

    /* the cycle */
    bool has_newline, hold_newline; /* the line in the space ended with one */
    bool missing_newline;           /* what was written last had none */
    bool replaced;                  /* for t */
    bool restarting;                /* after D */
    bool reading_next;              /* n or N has begun to */
    bool reading_open;              /* a file of r is open */
    bool quitting;
    uint16_t mode; /* of the file of -i */
    struct buffer space, hold, work;
    struct sed_progress progress;
    size_t at; /* command */
    struct sed_append *appends, **appends_end;
    struct arena append_arena;
    struct cmd_input reading; /* of r */

    /* -i */
    char *temporary;
    struct k_file *standard_output;
};

/* sed_parse.c: makes commands of sed->script; what is wrong is said. */
bool sed_parse(struct k_process *process, struct sed *sed);

/* sed_text.c: regular expressions and replacements as the script has them. */
struct sed_regex *sed_compile(struct k_process *process, struct sed *sed, const char *pattern, size_t length,
                              unsigned flags, struct error *error);
/* The pieces of a replacement, whose escaped delimiters are plain already. NULL: without memory. groups: the
 * highest one that it needs. */
struct sed_piece *sed_parse_replacement(struct k_process *process, const char *text, size_t length,
                                        size_t *groups);
/* An escape like \t, \d065, \o101, \x41, \cA at `text` (behind the backslash): its length with the byte, or
 * 0. */
size_t sed_escape(const char *text, size_t length, char *byte);

/* sed_input.c. Awaited: whether the line in the pattern space is the last one: 1, 0, or an error. */
int sed_is_last(struct k_process *process, struct sed *sed);
/* Awaited: the next line into the pattern space, or behind it with a newline. 1, 0 when there is none, an
 * error. */
int sed_read(struct k_process *process, struct sed *sed, bool append);
/* Awaited: closes the file that is open, and with -i puts what was written in its place. 1 or an error. */
int sed_end_file(struct k_process *process, struct sed *sed);

/* sed_output.c */
/* A line with a newline, unless it is the last one of the input and had none. NULL: the standard output. */
void sed_put_line(struct k_process *process, struct sed *sed, struct sed_output_file *file, const char *text,
                  size_t length, bool newline);
/* Text that ends its lines itself. */
void sed_put_text(struct k_process *process, struct sed *sed, const char *text, size_t length);
/* l: the pattern space so that all of it can be seen. */
void sed_put_visible(struct k_process *process, struct sed *sed, uint64_t width);
bool sed_append_text(struct k_process *process, struct sed *sed, const struct sed_append *append);
/* Awaited: what a, r and R have left. 1. */
int sed_put_appends(struct k_process *process, struct sed *sed);
/* Awaited: writes what waits for the files of w. 1. */
int sed_flush_files(struct k_process *process, struct sed *sed);

/* sed_run.c. Awaited: runs the script on the pattern space. 1 at its end, 2 when the space is not to be
 * printed, an error. */
int sed_execute(struct k_process *process, struct sed *sed);
/* sed_substitute.c. Awaited: s. 1 or an error. */
int sed_substitute(struct k_process *process, struct sed *sed, const struct sed_command *command);
bool sed_transliterate(struct k_process *process, struct sed *sed, const struct sed_command *command);
/* 1, 0, UMBRA_ENOMEM; an empty expression is the last one, UMBRA_EINVAL (which was said) when there is none.
 */
int sed_search(struct k_process *process, struct sed *sed, struct sed_regex *regex, const char *text,
               size_t length, size_t from, struct regex_match *matches, size_t count);

#endif
