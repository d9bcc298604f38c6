/* runtime.h: what the files of this room share. The room joins the others to what umbra.h promises: requests
 * come in as JSON, are answered exactly once, and long work is spread over umbra_run(). */
#ifndef UMBRA_RUNTIME_RUNTIME_H
#define UMBRA_RUNTIME_RUNTIME_H

#include "agent/agent.h"
#include "kernel/kernel.h"
#include "store/changes.h"
#include "tools/shells.h"
#include "umbra_host.h"

#define RUNTIME_LATER 1 /* the operation answers in a later slice */

struct direct_call {
    uint32_t id; /* of the request */
    cJSON *input;
    char *event_id; /* NULL: no events are wanted */
    struct tool_call call;
    struct direct_call *next;
};

struct import;        /* import.h */
struct commit_run;    /* commits.c */
struct export;        /* export.c */
struct shell_session; /* shells.c */

struct umbra {
    struct umbra_host host;
    struct store *store;
    struct agent *agent;
    struct ag_settings settings;
    char *base_url, *model, *system; /* what settings points to */
    struct st_limits store_limits;
    struct tool_limits tool_limits;
    uint64_t diff_bytes;           /* a side that is larger is not compared */
    uint64_t ignore_bytes;         /* a .gitignore that is larger is not honoured */
    uint64_t archive_header_bytes; /* an extended header of an archive that is larger is refused */
    uint32_t next_fetch;
    uint32_t send_id;      /* of the request that waits for the turn's end; 0: none */
    struct import *import; /* NULL: none is running */
    struct commit_run *commit;
    uint32_t max_commits;  /* of which is kept what undoing them needs */
    struct export *export; /* NULL: none is running */
    struct direct_call *calls;
    struct kernel kernel;
    struct k_limits kernel_limits;
    struct shell_session *shells;
    int64_t settled_at;             /* monotonic microseconds: when what terminals wrote was committed last */
    int64_t settle_at;              /* and when it is next; 0: nothing waits for that */
    struct tool_shells tool_shells; /* of the agent's tools and the embedder's calls of them */
};

/* One request being answered. */
struct request {
    uint32_t id;
    const cJSON *body;
    const unsigned char *blob;
    size_t blob_size;
    struct buffer result; /* JSON of the answer; empty: null */
    struct buffer bytes;  /* beside it */
};

struct operation {
    const char *name;
    /* 0: answered with result and bytes; RUNTIME_LATER; or a negative error. */
    int (*run)(struct umbra *runtime, struct request *request, struct error *error);
};

const struct operation *operation_find(const char *name);

/* options.c: reads the options of umbra_open() into the runtime. */
int options_read(struct umbra *runtime, const char *json, struct error *error);
int options_configure(struct umbra *runtime, const cJSON *options, struct error *error);

void runtime_respond(struct umbra *runtime, uint32_t id, const struct buffer *result,
                     const struct buffer *bytes);
void runtime_respond_error(struct umbra *runtime, uint32_t id, const struct error *error);
/* UMBRA_EBUSY while a turn, a tool, an import or a commit is under way. */
int runtime_refuse_busy(const struct umbra *runtime, struct error *error);
/* UMBRA_EBUSY while an import or a command line of the embedder's is under way: what logs cannot. */
int runtime_refuse_running(const struct umbra *runtime, struct error *error);
void runtime_emit_changes(struct umbra *runtime);

/* import.c */
int import_begin(struct umbra *runtime, struct request *request, struct error *error);
int import_list(struct umbra *runtime, struct request *request, struct error *error);
int import_batch(struct umbra *runtime, struct request *request, struct error *error);
int import_tar(struct umbra *runtime, struct request *request, struct error *error);
int import_end(struct umbra *runtime, struct request *request, struct error *error);
int import_cancel(struct umbra *runtime, struct request *request, struct error *error);

void import_close(struct umbra *runtime);
/* The names that an import leaves out unless it is told others; NULL without memory. */
cJSON *import_default_exclude(void);

/* export.c */
int export_begin(struct umbra *runtime, struct request *request, struct error *error);
int export_next(struct umbra *runtime, struct request *request, struct error *error);
int export_end(struct umbra *runtime, struct request *request, struct error *error);
void export_close(struct umbra *runtime);

/* checkpoints.c */
int checkpoint_keep(struct umbra *runtime, struct request *request, struct error *error);
int checkpoint_list(struct umbra *runtime, struct request *request, struct error *error);
int checkpoint_rewind(struct umbra *runtime, struct request *request, struct error *error);
int checkpoint_drop(struct umbra *runtime, struct request *request, struct error *error);
int checkpoint_check(struct umbra *runtime, struct request *request, struct error *error);

/* commits.c: committing to the real folder and undoing that, file by file */
int commit_begin(struct umbra *runtime, struct request *request, struct error *error);
int commit_undo(struct umbra *runtime, struct request *request, struct error *error);
int commit_read(struct umbra *runtime, struct request *request, struct error *error);
int commit_step(struct umbra *runtime, struct request *request, struct error *error);
int commit_end(struct umbra *runtime, struct request *request, struct error *error);
int commit_list(struct umbra *runtime, struct request *request, struct error *error);

void commit_close(struct umbra *runtime);

/* differences.c */
int review_changes(struct umbra *runtime, struct request *request, struct error *error);
int review_diff(struct umbra *runtime, struct request *request, struct error *error);
int review_patch(struct umbra *runtime, struct request *request, struct error *error);

/* A change as JSON, NULL without memory. */
cJSON *review_describe(const struct st_change *change);

/* review.c */
int review_read(struct umbra *runtime, struct request *request, struct error *error);
int review_accept(struct umbra *runtime, struct request *request, struct error *error);
int review_discard(struct umbra *runtime, struct request *request, struct error *error);

/* Answers a request with a part ("offset", "length") of the file at a path of a tree; or of what some hunks
 * of a change make of its old version, with its permissions. */
int review_answer_file(struct umbra *runtime, struct request *request, enum st_root root, const char *path,
                       struct error *error);
int review_answer_hunks(struct umbra *runtime, struct request *request, const struct st_changes *changes,
                        const struct st_change *change, const cJSON *hunks, const char *id,
                        struct error *error);

/* shells.c */
int shells_open(struct umbra *runtime, struct error *error);
void shells_close(struct umbra *runtime);
int shell_open(struct umbra *runtime, struct request *request, struct error *error);
int shell_signal(struct umbra *runtime, struct request *request, struct error *error);
/* Makes durable what shells have written so far: before others change the workspace. Not while a tool's
 * command line runs: its transaction is its own, and who wants to write finds the store busy. */
void shells_settle(struct umbra *runtime);
bool shells_run(struct umbra *runtime, struct k_slice *slice);
void shells_deliver(struct umbra *runtime, enum umbra_delivery what, uint32_t id, int number,
                    const void *data, size_t size);

/* direct.c: tool calls of the embedder */
int direct_start(struct umbra *runtime, struct request *request, struct error *error);
bool direct_run(struct umbra *runtime, struct k_slice *slice);
/* Gives up the calls that can say how far they came, and answers them. */
void direct_cancel(struct umbra *runtime);
void direct_end_all(struct umbra *runtime);

#endif
