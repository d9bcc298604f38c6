/* agent_internal.h: what the files of this room share. */
#ifndef UMBRA_AGENT_INTERNAL_H
#define UMBRA_AGENT_INTERNAL_H

#include "agent/agent.h"

enum ag_state {
    AG_IDLE,
    AG_ANSWERING, /* a request is out */
    AG_CALLING,   /* tool calls of the last answer are run */
    AG_WAITING,   /* for the user's decision on one of them */
};

struct agent {
    struct store *store;
    const struct umbra_host *host;
    struct ag_settings settings;
    const struct tool_limits *limits;
    struct tool_shells *shells;
    struct ag_hooks hooks;
    struct session session;
    enum ag_state state;
    uint32_t steps; /* answers in this turn */

    /* AG_ANSWERING */
    uint32_t fetch;
    struct pv_stream *stream;
    int status;
    int64_t retry_after_ms;
    struct buffer body;    /* of an error response */
    struct buffer unsaved; /* text that came and is not yet logged as partial */
    int64_t saved_at;
    struct buffer text; /* of the last whole answer */

    /* AG_CALLING, AG_WAITING */
    struct tool_call call;
    bool call_open, call_waits;
    char *call_id, *call_name;
    cJSON *allowed; /* names of the tools that are allowed for this session: {name: true} */
};

/* events.c: to the embedder */
void ag_emit(struct agent *agent, cJSON *event); /* takes the event */
/* Logs an event and emits it as logged. Takes the event. */
int ag_record(struct agent *agent, cJSON *event, struct error *error);
void ag_emit_changes(struct agent *agent);

/* answer.c: one request and its streamed answer */
int ag_request(struct agent *agent, struct error *error);
void ag_drop_request(struct agent *agent);
/* Logs what came of a broken-off answer, so that it is not lost. */
void ag_keep_partial(struct agent *agent, const char *stop_reason);

/* calls.c: the tool calls of an answer */
void ag_drop_call(struct agent *agent);
/* Drops it too; what it has to tell of how far it came is logged as its result. */
int ag_cancel_call(struct agent *agent, struct error *error);
/* Gives every open call of the last answer this error as its result. */
int ag_refuse_calls(struct agent *agent, const char *reason, struct error *error);
/* One step; false when the turn goes on elsewhere (a request is out, a decision is awaited, it ended). */
bool ag_step_calls(struct agent *agent, struct k_slice *slice);

/* agent.c */
void ag_end_turn(struct agent *agent, const char *stop_reason, const struct error *error);

#endif
