/* shell.h: a shell: what it knows, and the stack of what it is about. It is a program of the kernel
 * (program.c); it runs one step after the other and returns whenever it would wait. A frame is something
 * under way: a loop, a function, a list of commands; frames and all that they need stand on the arena of the
 * process as on a stack. */
#ifndef UMBRA_SHELL_SHELL_H
#define UMBRA_SHELL_SHELL_H

#include "kernel/files.h"
#include "shell/ast.h"
#include "shell/parser.h"
#include "shell/variables.h"

struct shell;

/* What a frame says when it returns. */
enum sh_step {
    SH_GOES_ON,  /* call the frame that is on top now */
    SH_RETURNS,  /* the frame is done, with shell->status */
    SH_WAITS,    /* for what the process has registered for; traps of signals wait as long */
    SH_LISTENS,  /* as SH_WAITS, but traps of signals are run meanwhile */
    SH_YIELDS,   /* its turn is over */
    SH_REPLACED, /* the process goes on as another program: there is no shell any more */
};

struct sh_frame {
    struct sh_frame *up;
    enum sh_step (*step)(struct shell *shell, struct sh_frame *frame);
    /* Called when the frame goes, in whatever way; may be NULL. */
    void (*leave)(struct shell *shell, struct sh_frame *frame);
    struct arena_mark mark;
    unsigned stage;   /* where it goes on; 0 in the beginning */
    bool deaf;        /* it waits, and is not to be interrupted by traps */
    bool root;        /* of a subshell: what stands on it is all that the subshell does */
    unsigned catches; /* bits of enum sh_unwind: it is called again instead of being left */
};

/* Why frames are left before their end. */
enum sh_unwind {
    SH_NO_UNWIND = 0,
    SH_BREAKS = 1,    /* unwind_count loops */
    SH_CONTINUES = 2, /* the unwind_count-th loop */
    SH_FUNCTION_RETURNS = 4,
    SH_EXITS = 8,       /* the shell ends */
    SH_ABORTS = 16,     /* the command line is given up: an error of expansion, a limit, Ctrl-C */
    SH_ABORTS_ALL = 32, /* with those that it was read by, as eval's: a wrong index, no memory, Ctrl-C */
};

#define SH_OPTIONS(X)                                                                                        \
    X(ALLEXPORT, 'a', "allexport")                                                                           \
    X(BRACE_EXPAND, 'B', "braceexpand")                                                                      \
    X(EMACS, 0, "emacs")                                                                                     \
    X(ERREXIT, 'e', "errexit")                                                                               \
    X(ERRTRACE, 'E', "errtrace")                                                                             \
    X(FUNCTRACE, 'T', "functrace")                                                                           \
    X(HASHALL, 'h', "hashall")                                                                               \
    X(HISTEXPAND, 'H', "histexpand")                                                                         \
    X(HISTORY, 0, "history")                                                                                 \
    X(IGNORE_EOF, 0, "ignoreeof")                                                                            \
    X(INTERACTIVE_COMMENTS, 0, "interactive-comments")                                                       \
    X(KEYWORD, 'k', "keyword")                                                                               \
    X(MONITOR, 'm', "monitor")                                                                               \
    X(NO_CLOBBER, 'C', "noclobber")                                                                          \
    X(NO_EXEC, 'n', "noexec")                                                                                \
    X(NO_GLOB, 'f', "noglob")                                                                                \
    X(NO_LOG, 0, "nolog")                                                                                    \
    X(NOTIFY, 'b', "notify")                                                                                 \
    X(NO_UNSET, 'u', "nounset")                                                                              \
    X(ONE_COMMAND, 't', "onecmd")                                                                            \
    X(PHYSICAL, 'P', "physical")                                                                             \
    X(PIPEFAIL, 0, "pipefail")                                                                               \
    X(POSIX, 0, "posix")                                                                                     \
    X(PRIVILEGED, 'p', "privileged")                                                                         \
    X(VERBOSE, 'v', "verbose")                                                                               \
    X(VI, 0, "vi")                                                                                           \
    X(XTRACE, 'x', "xtrace")

enum sh_option {
#define SH_OPTION_ENUM(name, letter, text) SH_OPTION_##name,
    SH_OPTIONS(SH_OPTION_ENUM)
#undef SH_OPTION_ENUM
};

#define SH_SHOPTS(X)                                                                                         \
    X(AUTOCD, "autocd", false)                                                                               \
    X(ASSOC_EXPAND_ONCE, "assoc_expand_once", false)                                                         \
    X(CDABLE_VARS, "cdable_vars", false)                                                                     \
    X(CDSPELL, "cdspell", false)                                                                             \
    X(CHECKHASH, "checkhash", false)                                                                         \
    X(CHECKJOBS, "checkjobs", false)                                                                         \
    X(CHECKWINSIZE, "checkwinsize", true)                                                                    \
    X(CMDHIST, "cmdhist", true)                                                                              \
    X(COMPLETE_FULLQUOTE, "complete_fullquote", true)                                                        \
    X(DIREXPAND, "direxpand", false)                                                                         \
    X(DIRSPELL, "dirspell", false)                                                                           \
    X(DOTGLOB, "dotglob", false)                                                                             \
    X(EXECFAIL, "execfail", false)                                                                           \
    X(EXPAND_ALIASES, "expand_aliases", false)                                                               \
    X(EXTDEBUG, "extdebug", false)                                                                           \
    X(EXTGLOB, "extglob", false)                                                                             \
    X(EXTQUOTE, "extquote", true)                                                                            \
    X(FAILGLOB, "failglob", false)                                                                           \
    X(FORCE_FIGNORE, "force_fignore", true)                                                                  \
    X(GLOBASCIIRANGES, "globasciiranges", true)                                                              \
    X(GLOBSKIPDOTS, "globskipdots", true)                                                                    \
    X(GLOBSTAR, "globstar", false)                                                                           \
    X(GNU_ERRFMT, "gnu_errfmt", false)                                                                       \
    X(HISTAPPEND, "histappend", false)                                                                       \
    X(HISTREEDIT, "histreedit", false)                                                                       \
    X(HISTVERIFY, "histverify", false)                                                                       \
    X(HOSTCOMPLETE, "hostcomplete", true)                                                                    \
    X(HUPONEXIT, "huponexit", false)                                                                         \
    X(INHERIT_ERREXIT, "inherit_errexit", false)                                                             \
    X(INTERACTIVE_COMMENTS, "interactive_comments", true)                                                    \
    X(LASTPIPE, "lastpipe", false)                                                                           \
    X(LITHIST, "lithist", false)                                                                             \
    X(LOCALVAR_INHERIT, "localvar_inherit", false)                                                           \
    X(LOCALVAR_UNSET, "localvar_unset", false)                                                               \
    X(LOGIN_SHELL, "login_shell", false)                                                                     \
    X(MAILWARN, "mailwarn", false)                                                                           \
    X(NO_EMPTY_CMD_COMPLETION, "no_empty_cmd_completion", false)                                             \
    X(NOCASEGLOB, "nocaseglob", false)                                                                       \
    X(NOCASEMATCH, "nocasematch", false)                                                                     \
    X(NOEXPAND_TRANSLATION, "noexpand_translation", false)                                                   \
    X(NULLGLOB, "nullglob", false)                                                                           \
    X(PATSUB_REPLACEMENT, "patsub_replacement", true)                                                        \
    X(PROGCOMP, "progcomp", true)                                                                            \
    X(PROGCOMP_ALIAS, "progcomp_alias", false)                                                               \
    X(PROMPTVARS, "promptvars", true)                                                                        \
    X(RESTRICTED_SHELL, "restricted_shell", false)                                                           \
    X(SHIFT_VERBOSE, "shift_verbose", false)                                                                 \
    X(SOURCEPATH, "sourcepath", true)                                                                        \
    X(VARREDIR_CLOSE, "varredir_close", false)                                                               \
    X(XPG_ECHO, "xpg_echo", false)

enum sh_shopt {
#define SH_SHOPT_ENUM(name, text, on) SH_SHOPT_##name,
    SH_SHOPTS(SH_SHOPT_ENUM)
#undef SH_SHOPT_ENUM
};

/* Positional parameters; shared, never changed. */
struct sh_arguments {
    uint32_t references;
    size_t bytes;
    int count;
    char *values[]; /* count of them: $1, $2, ... */
};

struct sh_function {
    struct sh_function *next;
    struct sh_script *script;
    struct sh_command *body;
    bool exported, traced, is_readonly;
    size_t length;
    const char *source; /* name of the file it was read from; in the table's memory */
    char name[];
};

struct sh_alias {
    struct sh_alias *next;
    size_t length, size;
    char *value; /* behind the name */
    char name[];
};

/* Functions and aliases; shared by shells until one of them changes them. */
struct sh_definitions {
    uint32_t references;
    struct memory_account account;
    struct sh_function *functions;
    struct sh_alias *aliases;
};

enum sh_job_state { SH_JOB_RUNNING, SH_JOB_STOPPED, SH_JOB_DONE };

struct sh_job_process {
    uint32_t id;
    enum sh_job_state state;
    int status;
    bool signalled; /* a signal ended it */
};

/* A pipeline in the background, or one that was stopped. */
struct sh_job {
    struct sh_job *next;
    int number;
    uint32_t group;
    size_t count;
    bool notified, foreground;
    bool foreign;  /* of the shell that this one was copied from: it can be shown only */
    uint64_t used; /* the larger, the later: %+ and %- */
    char *text;
    size_t bytes;
    struct sh_job_process processes[];
};

/* How a process of the background ended, for a wait that comes later. */
struct sh_past {
    uint32_t id;
    int status;
};

/* Of the bash whose language it is. */
#define SH_BASH_VERSION "5.2.15(1)-release"

/* What a trap does. */
struct sh_trap {
    char *text; /* NULL: the default; "": ignored */
    size_t size;
    unsigned level; /* of DEBUG, ERR and RETURN: the depth of the function call that it was set in */
};

enum { SH_TRAP_EXIT = 0, SH_TRAP_DEBUG = K_SIGNAL_MAX + 1, SH_TRAP_ERR, SH_TRAP_RETURN, SH_TRAP_COUNT };

/* A call of a function or a file that is read: what FUNCNAME, BASH_SOURCE, BASH_LINENO and caller tell. */
struct sh_call {
    struct sh_call *up;
    const char *function; /* "source" for a file, "main" at the bottom */
    const char *source;
    uint32_t line; /* of the command that made it */
};

struct shell {
    struct k_process *process;
    struct kernel *kernel;
    struct sh_variables *variables;
    struct sh_definitions *definitions;
    struct sh_arguments *arguments;
    uint64_t shopts;
    struct sh_frame *frame;
    struct sh_script *script; /* that the command under way is of */
    struct sh_call *call;
    const char *name; /* $0 */
    char *own_name;   /* the same, when BASH_ARGV0 was assigned */
    size_t own_name_bytes;
    struct sh_job *jobs;
    uint64_t job_uses;
    size_t pipe_count, pipe_capacity;
    struct sh_past *past; /* a ring once it is full */
    size_t past_count, past_capacity;
    struct sh_trap traps[SH_TRAP_COUNT];
    struct sh_trap *shown_traps; /* of the shell that began this subshell, for trap to show; NULL: none */
    uint64_t trapped_pending;    /* signals with a trap to be run, a bit each */
    unsigned children_ended;     /* of those of SIGCHLD */
    bool children_changed;       /* sh_reap() is to look at them */
    struct buffer output;        /* of builtins, to be written to number 1; and errors, to 2 */
    struct buffer errors;
    struct buffer mark;     /* of set -x, when PS4 has commands in it: see sh_run_mark() */
    struct arena temporary; /* for what lives no longer than a step */
    int64_t seconds_base;
    size_t getopts_at;   /* in the word that getopts is in */
    char *last_argument; /* $_ */
    size_t last_argument_bytes;
    struct k_environment *exported;        /* made of the variables when a program is run; NULL: to be made */
    struct sh_hashed_table *hashed;        /* where programs are */
    struct sh_directory *directories;      /* of pushd */
    struct sh_process_file *process_files; /* <(...) of the command under way */
    struct sh_interactive *interaction;    /* of the interactive shell; NULL: it is none */
    struct sh_history *history;            /* NULL: empty */
    struct sh_keymaps *keymaps;            /* what bind changed; NULL: nothing */
    struct sh_completions *completions;    /* what complete was told; NULL: nothing */
    uint64_t disabled[2];                  /* builtins, a bit each: enable -n */
    const struct sh_command *command;      /* BASH_COMMAND */
    struct sh_script *command_script;      /* whose it is */
    char *program_name;                    /* that exec gives to the program; NULL: its own */
    const char *builtin_name;              /* of the builtin that is running, for its errors */
    struct sh_reader *reader;              /* where its commands come from */
    const char *arithmetic_command; /* "((: ", "let: ": what stands before an error of arithmetic; NULL:
                                       nothing, and the command line is given up */

    uint32_t options;
    unsigned unwind; /* enum sh_unwind */
    int unwind_count;
    int status; /* $? */
    unsigned loops, functions, sources, traps_running;
    unsigned no_errexit; /* conditions within one another, where a failure is no reason to exit */
    uint32_t line;
    uint32_t subshells;       /* BASH_SUBSHELL */
    uint32_t last_background; /* $! */
    uint32_t command_number;  /* \# in prompts */
    int *pipe_statuses;
    uint32_t random;
    int getopts_index;
    unsigned depth_limit;
    uint32_t trace_level; /* of eval, source and substitutions, for set -x */
    uint32_t main_id;     /* $$ */
    int exit_status;
    int ended_by; /* a signal that comes again when the EXIT trap has run; 0: none */

    bool interactive, is_login, reads_stdin, had_error, asks_aliases, in_condition;
    bool has_traps;
    bool random_seeded;
    bool is_session; /* what ends a script, as a limit or ${x?}, ends a command line only, as in interactive
                        ones */
    bool ended, has_exit_status, trap_exit;
    bool has_command_text;          /* that of -c: for $- */
    bool gives_up;                  /* SH_ABORTS_ALL ends it: -c */
    bool err_pending, exit_pending; /* a command failed: its trap is due, or the end */
    bool debugged;                  /* the DEBUG trap of the command that comes was run */
    bool hides_temporary;           /* variables of a command alone are not seen */
    bool is_marked;                 /* PS4 was expanded for the command that comes */
    bool is_substitution;           /* this one was begun for a $( ) */
    bool substitutes;               /* a $( ) is being begun */
    bool resumes;                   /* what waits goes on in its next turn: see sh_turn_is_over() */
    bool write_failed;              /* output of the builtin that is running could not be written */
    bool job_warned;                /* that there are stopped jobs, by the command before */
    bool replacing;                 /* its process becomes another program: what it redirected stays */
};

static inline bool sh_has(const struct shell *shell, enum sh_option option)
{
    return (shell->options >> option & 1) != 0;
}

static inline bool sh_shopt(const struct shell *shell, enum sh_shopt shopt)
{
    return (shell->shopts >> shopt & 1) != 0;
}

/* --- frames (program.c) --- */

/* A zeroed frame of `size` bytes on top; NULL without memory, or too deep, and then the shell unwinds. */
void *sh_push(struct shell *shell, size_t size, enum sh_step (*step)(struct shell *, struct sh_frame *),
              void (*leave)(struct shell *, struct sh_frame *));
void sh_unwind(struct shell *shell, enum sh_unwind how, int count);
/* The command line is given up with a status. */
void sh_abort(struct shell *shell, int status);
void sh_abort_all(struct shell *shell, int status);
/* Says that memory is out, once, and gives up the command line. */
void sh_out_of_memory(struct shell *shell);
/* Charges fuel for work; for loops that do not return to the stack. */
#define sh_charge(shell, units) k_charge((shell)->process, units)
/* The same for loops that can keep their place: true when the turn is over. They return UMBRA_EAGAIN then, or
 * SH_WAITS, and are gone on with in the next turn, before anything else of the shell is. */
bool sh_turn_is_over(struct shell *shell, uint64_t units);

/* --- messages --- */

/* "bash: line 3: MESSAGE\n" among the errors. */
void sh_error(struct shell *shell, const char *format, ...) UMBRA_PRINTF(2, 3);
/* As sh_error, of a line of a text that is named ("eval", "-c"); NULL: of the script. */
void sh_text_error(struct shell *shell, const char *text, const char *message, size_t length);
/* "bash: line 3: NAME: MESSAGE\n". */
void sh_builtin_error(struct shell *shell, const char *name, const char *format, ...) UMBRA_PRINTF(3, 4);
void sh_put(struct shell *shell, const void *data, size_t size);
void sh_print(struct shell *shell, const char *format, ...) UMBRA_PRINTF(2, 3);
/* Writes what builtins put: 0, UMBRA_EAGAIN or an error. */
int sh_write_out(struct shell *shell);

/* --- options (options.c) --- */

bool sh_set_option(struct shell *shell, enum sh_option option, bool on);
bool sh_set_option_letter(struct shell *shell, char letter, bool on);
bool sh_set_option_name(struct shell *shell, const char *name, bool on);
bool sh_set_shopt(struct shell *shell, const char *name, bool on);

/* --- names and values (values.c) --- */

struct sh_text_ref {
    const char *data; /* NULL: unset */
    size_t size;
};

/* The innermost variable of a name; namerefs are followed unless told otherwise. NULL when there is none.
 * Dynamic ones have their value of now. */
struct sh_variable *sh_find(struct shell *shell, const char *name, size_t length, uint32_t hash);
struct sh_variable *sh_find_name(struct shell *shell, const char *name);
struct sh_variable *sh_find_direct(struct shell *shell, const char *name, size_t length, uint32_t hash);
/* The value of $name: of an array that of its item 0. */
struct sh_text_ref sh_get(struct shell *shell, const char *name);
struct sh_text_ref sh_value_of(const struct sh_variable *variable);
/* A variable that may be changed: made when it is not there. NULL: it may not be (that was said), or no
 * memory. */
struct sh_variable *sh_own(struct shell *shell, const char *name, size_t length);
/* Sets $name, with what its attributes ask for. False: it may not be, or no memory; that was said. */
bool sh_set(struct shell *shell, const char *name, const char *text, size_t size);
bool sh_set_string(struct shell *shell, const char *name, const char *text);
bool sh_assign(struct shell *shell, const char *name, size_t length, const char *text, size_t size,
               bool append);
/* Of an element, by the text of its subscript as it was expanded. */
bool sh_assign_element(struct shell *shell, const char *name, size_t length, const char *index,
                       size_t index_length, const char *text, size_t size, bool append);
/* The table of variables as this shell's own. False without memory. */
bool sh_own_variables(struct shell *shell);
/* An arithmetic expression; false when it is wrong, which was said. */
bool sh_evaluate(struct shell *shell, const char *text, size_t size, int64_t *value);
/* The same for the index of an array; what is wrong with it is SH_ABORTS_ALL. */
bool sh_evaluate_index(struct shell *shell, const char *text, size_t size, int64_t *value);
/* One without parts that are to be expanded. */
bool sh_evaluate_expression(struct shell *shell, const struct sh_expression *expression, int64_t *value);
/* The item that a subscript means; *known false: the subscript is wrong, which was said. */
struct sh_array_item *sh_find_item(struct shell *shell, const struct sh_variable *variable, const char *index,
                                   size_t length, bool *known);
/* Removes a variable or element as unset does. */
bool sh_unset_variable(struct shell *shell, const char *name, size_t length);

#endif
