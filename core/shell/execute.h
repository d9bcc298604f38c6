/* execute.h: how commands are run: what the files of execution share. */
#ifndef UMBRA_SHELL_EXECUTE_H
#define UMBRA_SHELL_EXECUTE_H

#include "shell/expand.h"

/* Puts a command on the stack. NULL commands succeed. */
void sh_run_command(struct shell *shell, const struct sh_command *command);
/* A script, of which a reference is taken over; its commands see its functions' source as theirs. */
void sh_run_script(struct shell *shell, struct sh_script *script);
/* Says what the parser warned of, and forgets it. */
void sh_report_warnings(struct shell *shell, struct sh_syntax_error *error);
/* Text, line by line, as eval, source and traps read it. It must live as long as the frame; name:
 * what messages call it ("eval"), NULL: nothing. line: number of the first. */
bool sh_run_text(struct shell *shell, const char *text, size_t size, uint32_t line, const char *name);
/* The same, as the shell's own commands: set -x shows them at the level that it is at. */
bool sh_run_top_text(struct shell *shell, const char *text, size_t size, uint32_t line, const char *name);
/* A function with arguments; argv[0] is its name. */
void sh_run_function(struct shell *shell, struct sh_function *function, int argc, char **argv);

/* --- simple.c --- */
void sh_run_simple(struct shell *shell, const struct sh_command *command);
/* Runs words as a command without functions (of command) or aliases: argv in the arena. */
enum sh_lookup {
    SH_ANY = 0,
    SH_NO_FUNCTIONS = 1,
    SH_BUILTINS_ONLY = 2,
    SH_DEFAULT_PATH = 4,
    SH_REPLACES = 8
};
void sh_run_words(struct shell *shell, int argc, char **argv, unsigned lookup);
struct sh_builtin_call;
/* The same with the arguments of a builtin from the index-th on, and what they assign as arrays. */
void sh_run_rest(struct shell *shell, const struct sh_builtin_call *call, int index, unsigned lookup);

/* external.c: a program, by its name or path, in a process of its own, or in the place of this one. The
 * status is set when it has ended. */
enum sh_step sh_run_program(struct shell *shell, int argc, char **argv, unsigned lookup, bool replace,
                            const struct sh_command *command);
/* The path that a name is found under: "/usr/bin/ls"; false: under none. */
bool sh_find_in_path(struct shell *shell, const char *name, bool default_path, struct buffer *path);

/* --- builtins --- */

struct sh_array_argument {
    const struct sh_assignment *assignment; /* NULL: the argument is no array */
    const struct sh_prepared *prepared;
};

/* What a builtin is called with. */
struct sh_builtin_call {
    int argc;
    char **argv; /* argv[0] is the name */
    const struct sh_builtin *builtin;
    unsigned stage; /* how often it was called: it may wait, and is called again */
    void *state;    /* its own, zeroed; state_size of the builtin */
    /* Of declare and its kin: of argument i, what it assigns as an array. */
    const struct sh_array_argument *arrays;
    size_t array_count; /* how many there are; later arguments assign none */
};

struct sh_builtin {
    const char *name;
    /* SH_RETURNS with shell->status; SH_WAITS; SH_GOES_ON: a frame was pushed, and that is all; with `again`,
     * it is called once more after the frame. */
    enum sh_step (*run)(struct shell *shell, struct sh_builtin_call *call);
    unsigned flags;
    size_t state_size;
    void (*end)(struct shell *shell, struct sh_builtin_call *call); /* may be NULL */
    const char *usage;
};

enum {
    SH_SPECIAL = 1, /* a special one in the sense of POSIX: its assignments stay, its errors end a script */
    SH_AGAIN = 2,   /* it is called again after a frame that it pushed */
    SH_KEEPS_STATUSES = 4, /* PIPESTATUS is not touched */
};

const struct sh_builtin *sh_find_builtin(const char *name);
/* The index-th in the order of their names, NULL past the end. */
const struct sh_builtin *sh_builtin_at(size_t index);
bool sh_builtin_is_enabled(const struct shell *shell, const struct sh_builtin *builtin);
void sh_enable_builtin(struct shell *shell, const struct sh_builtin *builtin, bool on);
/* "bash: line 1: NAME: usage: ...": with status 2. */
enum sh_step sh_usage(struct shell *shell, const struct sh_builtin_call *call);

/* Letters of options of a builtin: the next one, 0 at the end (index is the first operand then), or -1 for
 * one that is none (said, with the usage). accepted as for getopt(): "a:b". */
struct sh_options {
    int index;
    size_t at;
    const char *value;
    bool plus; /* it began with + */
};
int sh_next_option(struct shell *shell, const struct sh_builtin_call *call, const char *accepted,
                   struct sh_options *options);

/* --- redirections --- */

struct sh_redirection; /* a descriptor as it was before */

struct sh_redirecting {
    const struct sh_redirect *next;
    bool expanding;
    struct sh_expansion expansion;
    struct sh_output output;
    struct sh_word_list words;
    struct sh_redirection *saved;
    bool keep; /* they stay: of exec */
};
void sh_redirect_begin(struct sh_redirecting *redirecting, const struct sh_redirect *redirects);
/* 0, UMBRA_EAGAIN, or an error, which was said: what was done is undone by sh_redirect_end(). */
int sh_redirect_run(struct shell *shell, struct sh_redirecting *redirecting);
void sh_redirect_end(struct shell *shell, struct sh_redirecting *redirecting);

/* --- assignments --- */

/* An element of an array that is to be assigned, expanded. */
struct sh_prepared {
    struct sh_prepared *next;
    const char *index; /* NULL: the next one */
    size_t index_length;
    const char *text;
    size_t size;
    bool append;
};

struct sh_assigning {
    const struct sh_assignment *next;
    bool collect_only; /* an array is prepared and not assigned: that is for declare to do */
    bool local;        /* into the scope of the command that they stand before, exported */
    unsigned stage;
    struct sh_expansion expansion;
    struct sh_output output;
    const char *index, *value;
    size_t index_length, value_size;
    const struct sh_element *element;
    struct sh_word_list words;
    struct sh_word single; /* the word of an element, without those behind it */
    struct sh_prepared *prepared, **prepared_end;
    size_t taken;       /* how many fields of the word became values */
    int64_t next_index; /* of the next value that is stored */
    int substituted;    /* status of the last command that was substituted; -1: none */
};
void sh_assign_begin(struct sh_assigning *assigning, const struct sh_assignment *assignments);
/* As sh_redirect_run(). */
int sh_assign_run(struct shell *shell, struct sh_assigning *assigning);
void sh_assign_end(struct sh_assigning *assigning);
/* name=( ... ): false: said. */
bool sh_assign_array(struct shell *shell, const char *name, size_t length, const struct sh_prepared *prepared,
                     bool append);

/* --- tracing, errors and traps --- */

/* The command that is run now, for BASH_COMMAND; while a trap runs that is the one before it. */
static inline void sh_note_command(struct shell *shell, const struct sh_command *command)
{
    if (shell->traps_running) return;
    shell->command = command;
    if (shell->command_script == shell->script) return;
    sh_script_drop(shell->command_script);
    shell->command_script = shell->script ? sh_script_keep(shell->script) : NULL;
}

/* set -x: a PS4 with commands in it is expanded before the command that is traced, which runs after it; true:
 * that was put on the stack. */
bool sh_run_mark(struct shell *shell, const struct sh_command *command);
/* Whether it is the frame of that, which has nothing left to do but for its command. */
bool sh_is_mark(const struct sh_frame *frame);
void sh_trace_words(struct shell *shell, int argc, char *const *argv);
void sh_trace_text(struct shell *shell, const char *text, size_t size);
/* These do nothing without set -x: the head of for and select, as it was written; that of case; an arithmetic
 * command; NAME=VALUE, with NAME[INDEX] as the name where it is an element. */
void sh_trace_each(struct shell *shell, const struct sh_command *command);
void sh_trace_case(struct shell *shell, const struct sh_word *word);
void sh_trace_expression(struct shell *shell, const char *expression, size_t size);
void sh_trace_assignment(struct shell *shell, const char *name, size_t length, bool append, const char *value,
                         size_t size);
/* A text as set -x shows it. */
void sh_put_traced(struct buffer *out, const char *text, size_t size);
/* After a command that counts for set -e and the ERR trap. */
void sh_check_failure(struct shell *shell);
/* Pushes a frame for a trap that is due; true: one was. */
bool sh_run_traps(struct shell *shell);
/* Whether DEBUG, ERR or RETURN is set and holds here: functions have them with functrace or errtrace only,
 * but for those that they set themselves. */
bool sh_trap_counts(const struct shell *shell, int which);
bool sh_run_trap(struct shell *shell, int which);
/* Whether a signal is one that ends a shell, after its EXIT trap; and whether it does so here. */
bool sh_may_end_with_trap(int signal);
bool sh_ends_with_trap(const struct shell *shell, int signal);
/* What trap shows in a subshell until it sets one: the traps of the shell that began it. */
bool sh_take_shown_traps(struct shell *child, const struct shell *parent);
void sh_forget_shown_traps(struct shell *shell);
/* The DEBUG trap, for those that look at it between two steps; true: it was put on the stack. */
bool sh_push_debug_trap(struct shell *shell);
/* The DEBUG trap before a command, which is run after it; true: that was put on the stack. */
bool sh_run_debug_trap(struct shell *shell, const struct sh_command *command);
void sh_set_pipe_status(struct shell *shell, int status);

#endif
