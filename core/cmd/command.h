/* command.h: what the utilities share: options as GNU's programs take them, operands as input, output that
 * waits for its reader, and errors in their words. A utility is one file: a comment with its standard, its
 * state, a run function that reads from top to bottom, and a CMD_PROGRAM at its end; CONTRIBUTING.md has a
 * page about it. */
#ifndef UMBRA_CMD_COMMAND_H
#define UMBRA_CMD_COMMAND_H

#include "kernel/coroutine.h"
#include "kernel/files.h"

/* --- what every state begins with --- */

#define CMD_FULL (32u << 10) /* bytes of output that are worth being written */

/* Output that is still to be written, in the order in which it was put: runs of bytes for one of two
 * descriptors. */
struct cmd_output {
    struct buffer bytes, runs; /* a run: u64, where it ends, and in the lowest bit whether it is for errors */
    size_t written;            /* of bytes */
    size_t run;                /* that is being written, by its offset in runs */
    bool broken;               /* one of them takes no more; that was said */
};

/* The first member of the state of every utility. */
struct cmd_base {
    struct cmd_output output;
    int status;
};

/* The definition of a utility's program; at its file's end. */
#define CMD_PROGRAM(command, state, function, help_text)                                                     \
    const struct k_program cmd_##command = {.name = #command,                                                \
                                            .directory = K_PROGRAMS_PATH,                                    \
                                            .state_size = sizeof(state),                                     \
                                            .run = (function),                                               \
                                            .end = (cmd_end),                                                \
                                            .help = (help_text)}
/* The same with a function that frees what the utility has, and calls cmd_end(). */
#define CMD_PROGRAM_ENDING(command, state, function, end_function, help_text)                                \
    const struct k_program cmd_##command = {.name = #command,                                                \
                                            .directory = K_PROGRAMS_PATH,                                    \
                                            .state_size = sizeof(state),                                     \
                                            .run = (function),                                               \
                                            .end = (end_function),                                           \
                                            .help = (help_text)}
/* Frees what every state has. */
void cmd_end(struct k_process *process);

/* --- output --- */

void cmd_put(struct k_process *process, const void *data, size_t size);
void cmd_put_string(struct k_process *process, const char *text);
void cmd_put_byte(struct k_process *process, char byte);
void cmd_printf(struct k_process *process, const char *format, ...) UMBRA_PRINTF(2, 3);
/* "NAME: MESSAGE\n" on the standard error, behind all output so far; the exit status becomes 1 unless it is
 * higher already. */
void cmd_error(struct k_process *process, const char *format, ...) UMBRA_PRINTF(2, 3);
/* The same without the status. */
void cmd_warn(struct k_process *process, const char *format, ...) UMBRA_PRINTF(2, 3);
/* "NAME: PATH: No such file or directory". A path with odd characters is quoted as GNU does it. */
void cmd_path_error(struct k_process *process, const char *path, int code);
/* "NAME: cannot VERB 'PATH': No such file or directory". */
void cmd_cannot(struct k_process *process, const char *verb, const char *path, int code);
/* Text for the standard error as it is. */
void cmd_put_error_text(struct k_process *process, const char *text);
void cmd_put_error_bytes(struct k_process *process, const void *data, size_t size);
/* Puts what a buffer has and frees it. One that failed makes the output fail. */
void cmd_put_buffer(struct k_process *process, struct buffer *text);
/* Some of the output is missing for want of memory: when it is written, that is said and sets the status. */
void cmd_fail_output(struct k_process *process);
/* Without memory: says so; the utility ends with status 1 then. */
void cmd_out_of_memory(struct k_process *process);

bool cmd_is_full(const struct k_process *process);
/* Writes what waits: 0, UMBRA_EAGAIN, or an error, which was said and set the status. For CMD_FLUSH. */
int cmd_write_out(struct k_process *process);

/* In a coroutine: writes all output. Goes to the end of the utility when nobody takes it any more. */
#define CMD_FLUSH(process)                                                                                   \
    do {                                                                                                     \
        int cmd_result;                                                                                      \
        CO_AWAIT(process, cmd_result, cmd_write_out(process));                                               \
        if (cmd_result < 0) {                                                                                \
            (process)->status = ((struct cmd_base *)(process)->state)->status;                               \
            return K_DONE;                                                                                   \
        }                                                                                                    \
    } while (0)
/* The same when there is much of it; otherwise only lets others have their turn when this one is over. To
 * stand in every loop that puts output. */
#define CMD_RELIEVE(process)                                                                                 \
    do {                                                                                                     \
        if (cmd_is_full(process)) CMD_FLUSH(process);                                                        \
        if (k_charge(process, 1)) CO_YIELD(process);                                                         \
    } while (0)
/* For a function that is awaited: its answer when its turn is over although it could go on. UMBRA_EAGAIN. */
static inline int cmd_again(struct k_process *process)
{
    k_wake(process);
    return UMBRA_EAGAIN;
}
/* The end of a run function. */
#define CMD_END(process)                                                                                     \
    CMD_FLUSH(process);                                                                                      \
    CO_END(process, ((struct cmd_base *)(process)->state)->status)

/* --- options --- */

enum cmd_takes { CMD_NOTHING, CMD_VALUE, CMD_MAY_VALUE };

/* A table of them ends with a zero. */
struct cmd_option {   /* NOLINT(clang-analyzer-optin.performance.Padding): tables read in this order */
    int letter;       /* 'c'; numbers from 256 on for those that have a long name only */
    const char *name; /* "bytes", NULL: none */
    enum cmd_takes takes;
};

enum { CMD_OPERAND_FIRST = 1 /* options end with the first operand, as for env and xargs */ };

/* Where the reading of the options is. Zeroed to begin with. */
struct cmd_option_scan {
    int index;         /* of the argument */
    const char *rest;  /* of letters that stand together */
    const char *value; /* of the option that was given last; NULL: it had none */
    int operands;      /* so far; they come to the front */
};

#define CMD_NO_MORE (-1) /* operands are argv[1] to argv[scan.operands] now */
#define CMD_BAD     (-2) /* it was said; end with the status for that */
#define CMD_HELPED  (-3) /* --help or --version was answered; end with status 0 */

/* The letter of the next option, or one of the three above. Options and operands may be mixed; a long name
 * may be cut as long as it is clear. "-5" is letter '0' with the value "5" where the table has a '0'. */
int cmd_next_option(struct k_process *process, const struct cmd_option *table, unsigned flags,
                    struct cmd_option_scan *scan);
/* "Try 'NAME --help' for more information." behind a message of cmd_error(). */
void cmd_try_help(struct k_process *process);
/* Says "missing operand", or "missing operand after 'LAST'". */
void cmd_missing_operand(struct k_process *process, const char *last);
void cmd_extra_operand(struct k_process *process, const char *operand);

/* In a coroutine: reads the options by a function of the utility that gets each letter and returns false for
 * one whose value was bad. Ends the utility when it must. */
#define CMD_OPTIONS(process, table, flags, take, usage_status)                                               \
    do {                                                                                                     \
        int cmd_letter = cmd_read_options(process, table, flags, take);                                      \
        if (cmd_letter == CMD_BAD) ((struct cmd_base *)(process)->state)->status = (usage_status);           \
        if (cmd_letter != CMD_NO_MORE) {                                                                     \
            CMD_FLUSH(process);                                                                              \
            (process)->status = ((struct cmd_base *)(process)->state)->status;                               \
            return K_DONE;                                                                                   \
        }                                                                                                    \
    } while (0)
/* Operands are argv[1] to argv[argc - 1] afterwards. */
int cmd_read_options(struct k_process *process, const struct cmd_option *table, unsigned flags,
                     bool (*take)(struct k_process *process, int letter, const char *value));

/* "10", "+5", "2K", "1MB" (1,000 to the power), "3KiB" as a number of bytes or lines; false when it is none
 * or too large. A sign is left to the caller. */
bool cmd_size(const char *text, uint64_t *number);
/* A whole number, with a sign or not; false otherwise. */
bool cmd_integer(const char *text, int64_t *number);

/* --- input --- */

#define CMD_PIECE (64u << 10) /* bytes read at once */

/* The operands as files, one after the other; "-" and no operand are the standard input. */
struct cmd_input {
    /* Says what could not be opened or read, in a utility's own words; NULL: "NAME: FILE: No such file or
     * directory". */
    void (*complain)(struct k_process *process, const char *name, int code, bool opening);
    int next;         /* operand to be opened next */
    int number;       /* of the open file; -1: none */
    const char *name; /* of it; "-" for the standard input */
    bool begun;
    bool no_input; /* operands that cannot be opened were all there was */
    char *bytes;   /* what was read: from `at` to `end`, with a NUL behind it */
    size_t at, end, capacity;
    size_t scanned; /* no end of a line is between `at` and this */
    bool ended;     /* the open file has no more */
};

/* Opens the next operand: 1, 0 when there is none left, or UMBRA_ENOMEM, which was said. One that cannot
 * be opened is said and passed over. operands: how many of argv[1]... are files. */
int cmd_open_next(struct k_process *process, struct cmd_input *input, int operands);
/* Opens this file instead of what is open: 0, or an error, which was said. */
int cmd_open_input(struct k_process *process, struct cmd_input *input, const char *name);
/* Reads on behind what is there (bytes before `at` may be dropped first): how many came, 0 at the file's end,
 * UMBRA_EAGAIN, or an error, which was said. All output so far is written before there is a wait for more
 * input. */
int64_t cmd_fill(struct k_process *process, struct cmd_input *input);
void cmd_close_input(struct k_process *process, struct cmd_input *input);

/* The next line with its newline, if it has one: 1, 0 at the file's end, UMBRA_EAGAIN, or an error, which was
 * said. Valid until the next read; end_of_line: '\n', or '\0' for -z. */
int cmd_read_line(struct k_process *process, struct cmd_input *input, char end_of_line, char **line,
                  size_t *length);

/* --- names --- */

/* 'a b' as GNU's programs quote a name in a message. In the arena of the process; "?" without memory. */
const char *cmd_quote(struct k_process *process, const char *name);
/* The same, but only where GNU's programs would: a name of plain characters stays as it is. */
const char *cmd_quote_colon(struct k_process *process, const char *name);
/* Whether a shell would take a name for something else, or it cannot be shown: when ls and stat quote it. */
bool cmd_needs_quotes(const char *name);
/* What cmd_quote() gives, behind what the buffer has. */
void cmd_put_quoted(struct buffer *out, const char *name);
/* The part of a path behind its last slash, slashes at the end left out; and the length of it. */
const char *cmd_base_name(const char *path, size_t *length);
/* DIRECTORY/NAME in the arena; NULL without memory. */
char *cmd_join(struct k_process *process, const char *directory, const char *name);

/* Says that memory is out when the condition holds, and ends. In a coroutine. */
#define CMD_NEED(process, pointer)                                                                           \
    do {                                                                                                     \
        if ((pointer) == NULL) {                                                                             \
            cmd_out_of_memory(process);                                                                      \
            CMD_FLUSH(process);                                                                              \
            (process)->status = 1;                                                                           \
            return K_DONE;                                                                                   \
        }                                                                                                    \
    } while (0)

#endif
