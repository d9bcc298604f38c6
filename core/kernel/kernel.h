/* kernel.h: a small Unix in one thread: processes that share nothing but what they inherit, run in turns and
 * are charged for what they use. A program is a function that is called again and again; it never blocks, but
 * says what it waits for and returns. Paths and files: files.h, descriptors: descriptor.h, signals: signal.h.
 */
#ifndef UMBRA_KERNEL_KERNEL_H
#define UMBRA_KERNEL_KERNEL_H

#include "base/arena.h"
#include "kernel/namespace.h"
#include "kernel/signals.h"
#include "kernel/slice.h"

struct k_file;
struct k_process;
struct kernel;

/* What each limit is by default stands in k_default_limits; a 0 means none. */
struct k_limits {
    uint32_t processes;     /* that there may be at once; default 512 */
    uint32_t open_files;    /* descriptors of one process; default 256 */
    uint64_t memory_bytes;  /* of all processes; default 512 MiB */
    uint64_t process_bytes; /* of one process; default 256 MiB */
    uint64_t pipe_bytes;    /* that a pipe holds; default 64 KiB */
    uint64_t output_bytes;  /* that a session may write to its host in one command line; default 0 */
    uint64_t fuel;    /* that a session may use for one command line, about a byte touched each; default 0 */
    uint64_t wall_ms; /* that a command line may take; default 0 */
};

extern const struct k_limits k_default_limits;

/* What a program says when it returns. */
enum k_progress {
    K_DONE,  /* it ended, with process->status */
    K_AGAIN, /* it goes on in its next turn */
    K_WAIT,  /* it waits for what it registered for, or for a signal; it may be called without need */
};

struct k_program {
    const char *name;
    const char *directory; /* where it stands: "/usr/bin"; NULL: under no path */
    size_t state_size;     /* of process->state, zeroed */
    enum k_progress (*run)(struct k_process *process);
    void (*end)(struct k_process *process); /* frees what the arena does not; may be NULL */
    const char *help;                       /* what --help prints; may be NULL */
};

/* Processes that wait for the same thing. */
struct k_queue {
    struct k_process *first;
};

/* The strings of an environment, "NAME=value"; shared, never changed. */
struct k_environment {
    uint32_t references;
    size_t count, bytes;
    char *strings[];
};

enum k_condition { K_RUNNABLE, K_WAITING, K_STOPPED, K_ENDED };

/* What a host began: a shell with all that comes of it. Limits of a command line are counted here. */
struct k_session {
    uint32_t references;
    struct kernel *kernel;
    uint32_t leader; /* process id */
    uint64_t fuel_used, output_used;
    int64_t deadline;        /* monotonic microseconds; 0: none */
    const char *exceeded;    /* the limit that was reached, as it is said; NULL: none */
    uint32_t foreground;     /* process group that gets the terminal's signals; 0: none */
    struct k_file *terminal; /* /dev/tty; NULL: none */
    bool ended;              /* its leader has, with this status (128 + signal when one ended it) */
    int status;
    struct k_session *next;
};

struct k_process {
    struct kernel *kernel;
    uint32_t id, parent, group;
    struct k_session *session;
    const struct k_program *program;
    void *state;
    unsigned resume; /* where its coroutine goes on, see coroutine.h */
    int argc;
    char **argv; /* in the arena, with a NULL behind them */
    struct k_environment *environment;
    struct k_directory *directory; /* working directory */
    uint16_t umask;

    struct memory_account account;
    struct arena arena;

    enum k_condition condition;
    int status;             /* exit status, 0 to 255 */
    int ended_by;           /* signal, 0: none */
    uint64_t fuel_used;     /* by itself */
    uint64_t children_fuel; /* by those that were waited for */
    int64_t started;        /* monotonic microseconds */
    int64_t wake_at;        /* monotonic microseconds; 0: by no clock */

    uint64_t pending;         /* signals, a bit each */
    uint64_t ignored, caught; /* those; else what the signal does by itself */
    bool reported_stop;       /* its parent knows that it is stopped */
    bool dependent;           /* what it runs is in its parent's memory: it is killed when that ends */
    bool unreaped;            /* it ended, and its parent has not asked */

    struct k_descriptor *descriptors;
    uint32_t descriptor_count;

    struct k_process *next, *before; /* of all */
    struct k_process *run_next;      /* of the runnable ones */
    bool queued;                     /* it is among them */
    struct k_queue *queue;           /* it waits in this */
    struct k_process *queue_next, *queue_before;
};

struct kernel {
    const struct umbra_host *host;
    struct store *store;
    struct k_limits limits;
    const struct k_program *const *programs; /* ends with NULL */
    struct memory_account account;
    struct k_process *processes; /* by age, the newest first */
    struct k_process *run_first, *run_last;
    struct k_process *spare; /* ended ones, for reuse */
    struct k_process *current;
    struct k_session *sessions;
    uint32_t process_count, next_id, next_stream;
    int64_t now;        /* monotonic microseconds, as of the last look */
    int64_t turn;       /* fuel left of the turn that is running */
    uint32_t temporary; /* ino of /tmp in the SYSTEM tree; 0: not made yet */
    uint32_t home;      /* the same of /home */
    bool changing;      /* a transaction of ours is open */
    /* Called before k_change() opens one, while none is open; a failure is that of the change. May be NULL.
     */
    int (*before_change)(void *context, struct error *error);
    void *change_context;
    struct k_stream *streams;
    struct terminal *terminals;
    bool broken; /* the last transaction could not be made durable; the message is in failure */
    struct error failure;
};

/* programs: the table of what can be run by name, sorted or not; it and host and store stay. */
int k_open(struct kernel *kernel, const struct umbra_host *host, struct store *store,
           const struct k_limits *limits, const struct k_program *const *programs, struct error *error);
/* Ends all processes and makes durable what they wrote. */
void k_close(struct kernel *kernel);

/* Runs until the slice is over or nothing is runnable. True: there is more to run. */
bool k_run(struct kernel *kernel, struct k_slice *slice);
/* Monotonic microseconds at which a process wants to be woken; 0: none does. */
int64_t k_next_wake(const struct kernel *kernel);

/* A program by its name or path, NULL when there is none. */
const struct k_program *k_find_program(const struct kernel *kernel, const char *name);

/* A session with its first process, which has no descriptors and no parent. The caller has a reference to the
 * session, for k_drop_session(). NULL without memory or for a limit. */
struct k_process *k_begin_session(struct kernel *kernel, const struct k_program *program, int argc,
                                  char *const *argv, struct k_environment *environment, struct error *error);
/* A child: it has the descriptors (but those to be closed then), directory, environment, umask and group of
 * its parent; caught signals do what they do by themselves. It runs when the parent has returned.
 * UMBRA_EAGAIN when there are as many processes as there may be, UMBRA_ENOMEM. */
struct k_process *k_spawn(struct k_process *parent, const struct k_program *program, int argc,
                          char *const *argv, struct error *error);
/* As setsid(2): the process leads a session, and a group, of its own from now on, so its limits are counted
 * by themselves; for one that has no children yet. The caller has a reference to the session. NULL without
 * memory.
 */
struct k_session *k_separate(struct k_process *process);
/* The process goes on as another program, from its beginning; its state and arena are gone then. argv is
 * copied first. */
int k_execute(struct k_process *process, const struct k_program *program, int argc, char *const *argv);

/* Ends another process, or the current one, which must return K_DONE then anyway. */
void k_end(struct k_process *process, int status);
struct k_process *k_find_process(const struct kernel *kernel, uint32_t id);
bool k_is_child(const struct k_process *parent, uint32_t id);

struct k_child {
    uint32_t id;
    int status; /* as a shell sees it: 128 + signal when one ended it */
    int signal; /* that ended or stopped it; 0: none */
    bool stopped;
};
/* Takes note of a child that ended (it is gone then) or stopped; id 0: of any. 1, or 0 when none has, or
 * UMBRA_ECHILD when there is no such child. */
int k_reap(struct k_process *parent, uint32_t id, struct k_child *child);

/* Charges units of fuel, about a byte touched each; true when the process is to return K_AGAIN. */
bool k_charge(struct k_process *process, uint64_t units);
/* Whether a signal is about to end it: what it would say now, nobody is to hear. */
bool k_is_dying(const struct k_process *process);

/* The process waits in a queue, or until a time, when it returns K_WAIT next. */
void k_wait_in(struct k_process *process, struct k_queue *queue);
void k_wait_until(struct k_process *process, int64_t monotonic);
void k_wake(struct k_process *process);
void k_wake_all(struct k_queue *queue);
int64_t k_monotonic(struct kernel *kernel);
int64_t k_wall(const struct kernel *kernel); /* milliseconds since 1970 */

/* A command line begins: its session's fuel, output and time are counted from here. */
void k_begin_command(struct k_session *session);
void k_drop_session(struct k_session *session);
/* Something of the session went beyond a limit: its leader gets K_SIGXCPU, all else of it is killed. */
void k_exceed(struct k_session *session, const char *what);

struct k_environment *k_make_environment(struct kernel *kernel, char *const *strings, size_t count);
void k_drop_environment(struct kernel *kernel, struct k_environment *environment);
/* The value of a variable in the process' environment, NULL when it is not set. */
const char *k_variable(const struct k_process *process, const char *name);

/* Before something of the workspace is changed: opens the transaction that is ended by k_settle(). */
int k_change(struct kernel *kernel, struct error *error);
/* Makes durable what was changed. On failure it is rolled back, and the error says so. */
int k_settle(struct kernel *kernel, struct error *error);

#endif
