/* execute.h: how commands are run: what the files of execution share. */
#ifndef UMBRA_SHELL_EXECUTE_H
#define UMBRA_SHELL_EXECUTE_H

#include "shell/expand.h"

/* Puts a command on the stack. NULL commands succeed. */
void sh_run_command(struct shell *shell, const struct sh_command *command);
/* A script, of which a reference is taken over; its commands see its functions' source as theirs. */
void sh_run_script(struct shell *shell, struct sh_script *script);
/* Text, line by line, as eval, source and the shell itself read it. It must live as long as the frame; name:
 * of the file for messages, NULL: as it is. line: number of the first. */
bool sh_run_text(struct shell *shell, const char *text, size_t size, uint32_t line);
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

/* --- builtins --- */

/* What a builtin is called with. */
struct sh_builtin_call {
    int argc;
    char **argv; /* argv[0] is the name */
    const struct sh_builtin *builtin;
    unsigned stage; /* how often it was called: it may wait, and is called again */
    void *state;    /* its own, zeroed; state_size of the builtin */
    const struct sh_assignment *const
        *assignments; /* of declare and its kin: what argument i assigns as an array */
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
    SH_SPECIAL = 1,  /* a special one in the sense of POSIX: its assignments stay, its errors end a script */
    SH_AGAIN = 2,    /* it is called again after a frame that it pushed */
    SH_DECLARES = 4, /* its arguments may be assignments */
};

const struct sh_builtin *sh_find_builtin(const char *name);
/* The index-th in the order of their names, NULL past the end. */
const struct sh_builtin *sh_builtin_at(size_t index);
bool sh_builtin_is_enabled(const struct shell *shell, const struct sh_builtin *builtin);
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

struct sh_assigning {
    const struct sh_assignment *next;
    unsigned stage;
    struct sh_expansion expansion;
    struct sh_output output;
    const char *index;
    size_t index_length;
    const struct sh_element *element;
    struct sh_word_list words;
    size_t word_at;
    bool started; /* of an array: the elements are being collected */
    struct sh_prepared *prepared, **prepared_end;
    bool local; /* a variable of the command alone: it is put into a scope of its own */
    int substituted;
};
void sh_assign_begin(struct sh_assigning *assigning, const struct sh_assignment *assignments);
/* As sh_redirect_run(). */
int sh_assign_run(struct shell *shell, struct sh_assigning *assigning);

/* --- tracing, errors and traps --- */

void sh_trace_words(struct shell *shell, int argc, char *const *argv);
void sh_trace_text(struct shell *shell, const char *text, size_t size);
/* After a command that counts for set -e and the ERR trap. */
void sh_check_failure(struct shell *shell);
/* Pushes a frame for a trap that is due; true: one was. */
bool sh_run_traps(struct shell *shell);
bool sh_run_trap(struct shell *shell, int which);
void sh_set_pipe_status(struct shell *shell, int status);

#endif
