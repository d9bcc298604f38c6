/* shells.h: the shells of the agent's tools: one that lives as long as the session, so that directory,
 * variables and functions stay from one command line to the next, and those that run beside it. All that a
 * command line writes is one transaction of the store, with a checkpoint before it if it writes at all. */
#ifndef UMBRA_TOOLS_SHELLS_H
#define UMBRA_TOOLS_SHELLS_H

#include "tools/capture.h"
#include "tools/tool.h"

enum tool_shell_state {
    TOOL_SHELL_NONE,      /* there is none; the next command line begins one */
    TOOL_SHELL_BEGINNING, /* it has not had its first turn */
    TOOL_SHELL_WAITING,   /* for a command line */
    TOOL_SHELL_RUNNING,
    TOOL_SHELL_STOPPING, /* its command line was given up and is not over yet */
};

/* A command line that runs beside the shell. */
struct tool_background {
    struct tool_background *next;
    uint32_t number; /* of bash_NUMBER */
    struct k_session *session;
    struct tool_capture capture;
    char *command;
    int64_t
        kill_at; /* monotonic microseconds: when those that outlived SIGTERM are killed; 0: not asked for */
    bool ended, kept; /* kept: a checkpoint was taken before it wrote */
    bool awaited;     /* a call waits for its end */
    int status;
};

struct tool_shells {
    struct kernel *kernel;
    const struct tool_limits *limits;
    enum tool_shell_state state;
    struct k_session *session;   /* of the shell; NULL: none */
    struct tool_capture capture; /* what the shell's command lines print */
    uint32_t doomed;             /* process group of what was given up; 0: none */
    int64_t kill_at;             /* when that is killed */
    struct tool_call *owner;     /* the call that has the shell */
    bool holds;                  /* and its command line was begun: the transaction is its own */
    int status;                  /* of its last command line; of the shell itself when it has ended */
    bool lost;                   /* the last shell ended when no call had it */
    int64_t wake_at;             /* when the owner wants to be called; 0: by no clock */
    int64_t tell_at;             /* when it wants to tell what is printed, if something is; 0: it does not */
    int64_t settle_at;   /* when what is written beside a command line is made durable; 0: not known */
    uint32_t checkpoint; /* taken before the open transaction; 0: none */
    struct tool_background *beside;
    uint32_t next_number;
};

/* kernel and limits stay. */
void tool_shells_open(struct tool_shells *shells, struct kernel *kernel, const struct tool_limits *limits);
/* Ends all of them: when the runtime closes, or a new session begins. No call has the shell then. */
void tool_shells_close(struct tool_shells *shells);

/* Whether a command line is under way, whose transaction is not to be cut in two. */
bool tool_shells_hold(const struct tool_shells *shells);
/* After the kernel has run: sees what has ended, and kills what outlived its grace. True: a call that waited
 * has something to do. */
bool tool_shells_run(struct tool_shells *shells);
/* Monotonic microseconds at which tool_shells_run() and the calls want to be called; 0: not by a clock. */
int64_t tool_shells_next_wake(const struct tool_shells *shells);
/* Whether what was written beside a command line has waited long enough (a second) for being made durable. */
bool tool_shells_settle_due(struct tool_shells *shells);
/* Makes durable what shells wrote: k_settle(), and drops the checkpoint before it if HEAD is the same. */
int tool_shells_settle(struct tool_shells *shells, struct error *error);

/* --- for the tools --- */

/* The call has the shell from now on; it is begun if there is none. UMBRA_EBUSY when another one has it,
 * UMBRA_EOPNOTSUPP when there are no shells. */
int tool_shell_claim(struct tool_call *call, struct error *error);
/* Begins a command line in the shell, which must wait. Its transaction begins here. */
int tool_shell_begin(struct tool_shells *shells, const char *text, struct error *error);
/* Gives up the command line: it gets the signal, and what outlives the grace (bash_grace_ms) is killed, the
 * shell itself too if it does not come back. */
void tool_shell_interrupt(struct tool_shells *shells, int signal);
/* The working directory of the shell, NULL when there is none. */
const char *tool_shell_directory(const struct tool_shells *shells);
/* Before a command line: the shell goes to its directory again, or up from it where that is gone (a rewind, a
 * commit); true: it did the latter. */
bool tool_shell_stand_again(struct tool_shells *shells);
/* The call lets go of the shell: what was written is committed. On failure all of it is rolled back, and the
 * error says so. call->wrote and call->checkpoint are set. A call that has it not is passed over. */
int tool_shell_release(struct tool_call *call, struct error *error);

/* A command line beside the shell, which must wait. NULL with the reason. */
struct tool_background *tool_beside_begin(struct tool_shells *shells, const char *text, struct error *error);
/* By "bash_1"; NULL with an error that names those there are. */
struct tool_background *tool_beside_find(struct tool_call *call, const char *id, struct error *error);
/* SIGTERM, and after the grace SIGKILL. */
void tool_beside_kill(struct tool_shells *shells, struct tool_background *beside);

#endif
