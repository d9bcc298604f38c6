/* find.h: what the files of find share: find_parse.c makes a row of steps of the expression, find_test.c and
 * find_print.c do them, find.c walks and runs commands. Each step names the one that follows when it is true
 * and when it is false, so that -exec may wait between any two. */
#ifndef UMBRA_CMD_FIND_H
#define UMBRA_CMD_FIND_H

#include "cmd/mode.h"
#include "cmd/walk.h"
#include "regex/regex.h"

enum find_what {
    FIND_TRUE,
    FIND_FALSE,
    FIND_NAME,
    FIND_PATH,
    FIND_LINK_NAME,
    FIND_REGEX,
    FIND_TYPE,
    FIND_XTYPE,
    FIND_SIZE,
    FIND_EMPTY,
    FIND_AGE_DAYS,
    FIND_AGE_MINUTES,
    FIND_NEWER,
    FIND_MODE,
    FIND_ACCESS,
    FIND_SAME,
    FIND_NUMBER_INODE,
    FIND_NUMBER_LINKS,
    FIND_NUMBER_OWNER,
    FIND_PRUNE,
    FIND_QUIT,
    FIND_DELETE,
    FIND_PRINT,
    FIND_PRINT_NUL,
    FIND_PRINTF,
    FIND_LS,
    FIND_EXECUTE,
};

enum { FIND_IS_TRUE = -1, FIND_IS_FALSE = -2 }; /* instead of a step */

/* A command of -exec. */
struct find_command {
    struct find_command *next;
    char **argv;
    int argc; /* without what is added by + */
    bool plus, in_directory;
    struct buffer gathered; /* paths with a NUL behind each, for + */
    size_t count;
};

struct find_step {
    enum find_what what;
    int on_true, on_false;
    unsigned flags; /* of cmd_match(), or of K_access */
    char compare;   /* '+', '-', '=' (exactly), '/' for -perm */
    int64_t number; /* unit of -size in `unit` */
    uint64_t unit;
    const char *text;
    uint16_t bits;
    struct k_stat stat;
    struct regex *regex;
    struct find_command *command;
};

struct find {
    struct cmd_base base;
    struct cmd_walk walk;
    enum cmd_walk_follow follow;
    int paths, path_at; /* argv[1] to argv[paths] */
    struct find_step *steps;
    int count, capacity, first;
    struct find_command *commands;
    int64_t now; /* milliseconds, for ages */
    bool depth_first, same_device, quit, prune;
    bool walking, over; /* within a path; all paths are done */
    bool run_gathered;
    int64_t min_depth, max_depth; /* -1: none */
    uint32_t device;
    enum cmd_visit visit;
    int pc;
    struct k_process *child;
    uint32_t child_id;
    struct find_command *running;
};

/* Reads the expression argv[at]...; false: it was said what is wrong. */
bool find_parse(struct k_process *process, struct find *find, int at);
/* Does a step that waits for nothing. */
bool find_test(struct k_process *process, struct find *find, struct find_step *step);
void find_printf(struct k_process *process, struct find *find, const char *format);
void find_put_ls(struct k_process *process, struct find *find);
/* The part of the path behind its last slash, and its length. */
const char *find_name(const struct find *find, size_t *length);

#endif
