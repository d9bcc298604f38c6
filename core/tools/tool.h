/* tool.h: an agent's tool: name, description, JSON schema and a function that can be run in slices. Every
 * call is validated against the tool's own schema first; every failure is a result that the model can read.
 */
#ifndef UMBRA_TOOLS_TOOL_H
#define UMBRA_TOOLS_TOOL_H

#include "base/buffer.h"
#include "base/json.h"
#include "kernel/slice.h"
#include "store/store.h"

struct tool_limits {
    size_t output_bytes;          /* of one result; default 64 KiB */
    size_t read_bytes;            /* of a file that Read or Edit takes whole; default 16 MiB */
    uint32_t read_lines;          /* that Read gives without a limit; default 2,000 */
    uint32_t results;             /* entries that Glob, ListDir and Grep give; default 1,000 */
    size_t bash_output_bytes;     /* of what a command line printed; default 30,000 */
    uint32_t bash_timeout_ms;     /* of a command line that names none; default 120,000 */
    uint32_t bash_timeout_max_ms; /* that one may name; default 600,000 */
    uint32_t bash_background;     /* command lines in the background at once; default 16 */
    uint32_t bash_grace_ms;       /* between asking a command to end and killing it; default 2,000 */
};

extern const struct tool_limits tool_default_limits;

struct tool_shells; /* shells.h */

/* One call. */
struct tool_call {
    const struct tool *tool;
    struct store *store;
    const struct umbra_host *host;
    const struct tool_limits *limits;
    struct tool_shells *shells; /* NULL: tools that need one fail */
    const char *id;             /* of the events about its progress; NULL: none are wanted */
    const cJSON *input;         /* valid against the schema */
    struct buffer output;       /* the result's text; valid UTF-8 when the tool is done */
    bool failed;                /* the text is an error */
    void *state;                /* the tool's own, from its start() to its end() */
    uint32_t checkpoint;        /* taken before a writing tool; 0: none */
    bool started;               /* start() was called, so end() must be */
    bool wrote;                 /* the workspace was changed */
};

/* TOOL_WAITS: there is nothing to do until the kernel has run, or a time has come (tool_shells_next_wake()).
 */
enum tool_progress { TOOL_DONE = 0, TOOL_MORE = 1, TOOL_WAITS = 2 };

struct tool {
    const char *name;
    const char *description;
    const char
        *schema;    /* JSON text of an object schema: type, properties, required, enum, minimum, maxLength */
    bool writes;    /* changes the workspace: asks, and runs in a transaction with a checkpoint before it */
    bool transacts; /* it sees to transaction and checkpoint itself, and may take more than one step */
    /* Appends what the description says about this build and its limits; may be NULL. */
    void (*describe)(struct buffer *text, const struct tool_limits *limits);
    /* start may be NULL. Both: a negative error (with the message in error) ends the call as failed. */
    int (*start)(struct tool_call *call, struct error *error);
    /* TOOL_MORE: call again in another slice. A tool that writes is done in one step, unless it transacts. */
    int (*step)(struct tool_call *call, struct k_slice *slice, struct error *error);
    /* Gives up what is under way and makes output what there is to tell; NULL: the call just ends. */
    void (*cancel)(struct tool_call *call);
    void (*end)(struct tool_call *call); /* may be NULL; frees state */
};

/* registry.c */
const struct tool *tool_find(const char *name);
/* The index-th tool, NULL past the last. */
const struct tool *tool_at(size_t index);
/* [{name, description, input_schema}] of all tools, as a model takes it; with_writes adds {writes}. */
cJSON *tool_schemas(bool with_writes, const struct tool_limits *limits);

/* Checks input against the tool's schema. EINVAL with a message that names the member and what is expected.
 */
int tool_validate(const struct tool *tool, const cJSON *input, struct error *error);

/* Runs a call from beginning to end in slices: begin once, step until it is not TOOL_MORE, end once. The
 * caller sets store, host, limits (NULL: the default ones), shells and id before; input must stay until the
 * end. After tool_call_step() gave TOOL_DONE, output and failed are the result (cut to limits->output_bytes)
 * until tool_call_end() frees it. An unknown name and an invalid input are results too: begin returns 0 and
 * the next step is TOOL_DONE. A writing tool's transaction is begun and committed in here. */
int tool_call_begin(struct tool_call *call, const char *name, const cJSON *input);
int tool_call_step(struct tool_call *call, struct k_slice *slice);
void tool_call_end(struct tool_call *call);
/* Gives up a call that is not done: true when output and failed are a result that says how far it came. */
bool tool_call_cancel(struct tool_call *call);

/* One line for a person: what the call is about to do, as "Edit src/a.c". */
void tool_summary(struct buffer *text, const char *name, const cJSON *input);

#endif
