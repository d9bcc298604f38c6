/* grep.h: the parts of grep: its options and state, which files it looks at (grep_files.c), what it does with
 * the lines of one (grep_lines.c). */
#ifndef UMBRA_CMD_GREP_H
#define UMBRA_CMD_GREP_H

#include "cmd/command.h"
#include "cmd/grep_pattern.h"

enum grep_recursion { GREP_READ, GREP_SKIP, GREP_RECURSE, GREP_FOLLOW /* links too */ };
enum grep_binary { GREP_BINARY, GREP_TEXT, GREP_WITHOUT_MATCH };

/* --include, --exclude and --exclude-dir, in their order. */
struct grep_glob {
    const char *pattern;
    bool include, directories;
    struct grep_glob *next;
};

/* A directory that is walked through. */
struct grep_directory {
    struct k_listing listing;
    const char *path; /* "" for the names of "grep -r" without files */
    size_t next;
    struct arena_mark mark; /* of what it took */
    struct grep_directory *above;
};

struct grep {
    struct cmd_base base;
    struct cmd_input input;
    struct grep_patterns patterns;

    /* options */
    bool fixed, extended, perl, ignore_case, any_pattern;
    struct buffer pattern_text; /* of -e and -f, a newline behind each */
    const char **pattern_files; /* of -f, still to be read */
    size_t file_count;
    bool invert, count, list, list_without, only, quiet, silent, numbers, offsets, color, null, initial_tab;
    int names; /* -H 1, -h 0, else -1 */
    const char *label, *group_separator;
    uint64_t before, after, most; /* -B, -A, -m */
    bool context_given;
    char end_of_line;
    enum grep_recursion recursion;
    enum grep_binary binary_files;
    struct grep_glob *globs;

    /* the walk */
    struct arena walk;
    struct grep_directory *directory;
    int operand; /* the next one */
    bool dot;    /* without operands "." is looked through */

    /* the file */
    const char *name;
    uint64_t position; /* of input.bytes[input.at] in it */
    size_t scanned;    /* bytes behind input.at that were looked at */
    size_t printed;    /* bytes behind input.at that were printed or may not be */
    int width;         /* that a number has at least */
    uint64_t line;     /* number of the line at `scanned` */
    uint64_t selected; /* lines */
    bool matching;     /* -o: matches of a line are yet to be printed */
    size_t match_line, match_length,
        match_from;        /* behind input.at: the line, its length, how far it is printed */
    uint64_t after_left;   /* of the context behind the last one */
    bool binary, suppress; /* it has NULs, and nothing more is shown of it */
    bool not_text;         /* a line was not shown because it is no UTF-8 */
    bool done, opened;
    bool any_output;   /* a group was printed before, in whatever file */
    bool gap;          /* lines were left out since */
    bool any_selected; /* in any file */
};

/* Awaited: opens the next file to be searched. 1, 0 when there is none, UMBRA_ENOMEM. */
int grep_next_file(struct k_process *process, struct grep *grep);
void grep_end_walk(struct grep *grep);

void grep_begin_lines(struct k_process *process, struct grep *grep);
/* Looks at some of what was read: true when there is no more to be done with it. Sets grep->done when the
 * file needs no more reading. */
bool grep_lines(struct k_process *process, struct grep *grep);
/* Counts and names, when the file is done. */
void grep_end_lines(struct k_process *process, struct grep *grep);

#endif
