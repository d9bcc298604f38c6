/* agent.h: the conversation with a model, as a state machine that is fed with events: a prompt, pieces of an
 * answer, the user's decisions. Each step is logged in the session before anything builds on it. Tool calls
 * go permission gate -> checkpoint -> tool -> result, with no way around; their failures are results. */
#ifndef UMBRA_AGENT_AGENT_H
#define UMBRA_AGENT_AGENT_H

#include "agent/session.h"
#include "provider/provider.h"
#include "store/changes.h"
#include "tools/tool.h"

struct ag_settings {
    const struct provider *provider;
    const char *base_url;
    const char *model;
    const char *system;
    uint32_t max_tokens;                                           /* of one answer; default 16,384 */
    uint32_t max_steps;                                            /* answers in one turn; default 100 */
    struct st_rename_limits renames;                               /* for counting the changes */
    enum ag_permissions { AG_ASK, AG_ALLOW, AG_DENY } permissions; /* for tools that write */
};

/* How a turn ended. error.code is 0 unless stop_reason is "error". */
struct ag_turn_end {
    const char *stop_reason;
    const char *text; /* of the last answer */
    struct error error;
    int status;             /* HTTP status of a refused request, else 0 */
    int64_t retry_after_ms; /* -1: not said */
};

/* Adds {"error": {code, message, status?, retryAfterMs?}} when the turn failed. 0 or UMBRA_ENOMEM. */
int ag_put_failure(cJSON *object, const struct ag_turn_end *end);

struct agent;

struct ag_hooks {
    void *context;
    /* The numbers of fetches are the runtime's. */
    uint32_t (*next_fetch)(void *context);
    void (*turn_ended)(void *context, const struct ag_turn_end *end);
};

/* Opens the current session; a turn that a crash cut off is ended in the log as "interrupted". */
int ag_open(struct store *store, const struct umbra_host *host, const struct ag_settings *settings,
            const struct tool_limits *limits, struct tool_shells *shells, const struct ag_hooks *hooks,
            struct agent **out, struct error *error);
void ag_close(struct agent *agent);

/* Between turns; what the settings point to stays the caller's. */
void ag_configure(struct agent *agent, const struct ag_settings *settings);

/* Begins a turn. UMBRA_EBUSY while one runs. */
int ag_send(struct agent *agent, const char *text, struct error *error);
/* Ends the turn, if any, as "cancelled"; what was done stays. */
void ag_cancel(struct agent *agent);
/* Answers the permission request of this tool call. UMBRA_ENOENT when none is open under the id. */
int ag_decide(struct agent *agent, const char *id, const char *decision, const char *reason,
              struct error *error);
/* The current session's events as a JSON array. */
int ag_history(struct agent *agent, struct buffer *json, struct error *error);
/* UMBRA_EBUSY while a turn runs. */
int ag_new_session(struct agent *agent, struct error *error);

bool ag_busy(const struct agent *agent);
/* Whether ag_run() has something to do: tool calls are run. */
bool ag_is_calling(const struct agent *agent);
/* The fetch that a delivery is for, 0 when none is open. */
uint32_t ag_fetch(const struct agent *agent);
void ag_deliver(struct agent *agent, enum umbra_delivery what, int number, const void *data, size_t size);
/* Runs tool calls until the slice is over; true when there is more to run. A call may wait for the kernel
 * (TOOL_WAITS): then false. */
bool ag_run(struct agent *agent, struct k_slice *slice);

#endif
