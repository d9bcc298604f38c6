/* session.h: the append-only event log of one conversation, JSON lines in the SYSTEM tree of the store. An
 * event that session_log() accepted survives any crash; the conversation is made again from the events. */
#ifndef UMBRA_AGENT_SESSION_H
#define UMBRA_AGENT_SESSION_H

#include "base/json.h"
#include "store/store.h"

#define SESSION_LOG_MAX (256u << 20) /* bytes of one session's log that are read back */

struct session {
    struct store *store;
    const struct umbra_host *host;
    char id[33];
    uint32_t ino; /* of the log; 0 before the first event */
    uint32_t next_seq;
    cJSON *messages;       /* the conversation, in the providers' internal form */
    struct buffer partial; /* text of an answer that was cut off, as far as it was logged */
    bool in_turn;          /* a user's message without the end of its turn */
};

/* Opens the current session, or begins one when there is none. */
int session_open(struct session *session, struct store *store, const struct umbra_host *host,
                 struct error *error);
/* Begins a new session and makes it the current one; the old log stays. */
int session_begin(struct session *session, struct error *error);
void session_close(struct session *session);

/* Logs an event and applies it to the conversation. Takes the event (an object with "type"); seq and time are
 * added; line gets its text (may be NULL). durable: flushed before this returns. */
int session_log(struct session *session, cJSON *event, bool durable, struct buffer *line,
                struct error *error);

/* Appends all kept events as a JSON array. */
int session_history(const struct session *session, struct buffer *json, struct error *error);

/* The tool_use blocks of the last assistant message that have no result yet, in order; NULL past the last. */
const cJSON *session_open_call(const struct session *session, uint32_t index);

/* cJSON_CreateObject() with a type, NULL without memory. */
cJSON *session_event(const char *type);

#endif
