/* driver.h: the whole core behind umbra.h over a memory host, with the network in the test's hands: requests
 * are caught, their answers delivered piece by piece. */
#ifndef UMBRA_TEST_DRIVER_H
#define UMBRA_TEST_DRIVER_H

#include "base/json.h"
#include "umbra.h"
#include "workspace.h"

struct driver {
    struct memory_host *memory;
    struct umbra_host host;
    struct umbra *runtime;
    struct buffer options;
    uint32_t next_id;
    uint32_t fetch; /* id of the open request, 0 when there is none */
    uint32_t fetches, cancelled;
    char *url, *headers, *credential;
    cJSON *body;     /* of the last request */
    cJSON **answers; /* by id: what respond() got, NULL: nothing yet */
    size_t answer_count;
    struct buffer blob; /* beside the last answer */
    cJSON *events;      /* array, since driver_forget_events() */
};

/* options: JSON members without braces, may be "". */
void driver_open(struct driver *driver, const char *options);
void driver_close(struct driver *driver);
/* The runtime is gone without a word, and of what was not flushed `keep` of 100 survive; then it is opened
 * again. */
void driver_crash(struct driver *driver, unsigned keep);

/* Submits and runs until it is idle; the answer ({"ok"} or {"error"}) belongs to the driver, NULL when it
 * comes later (driver_answer(driver, id)). */
const cJSON *driver_request(struct driver *driver, const char *format, ...);
/* The same with bytes beside the JSON. */
const cJSON *driver_request_bytes(struct driver *driver, const char *json, const void *bytes, size_t size);
/* What an answer has under "ok"; the test fails with the answer's text when it is an error. */
const cJSON *driver_ok(const cJSON *answer);
/* The answer is this error, and its message has this part. */
void driver_assert_refused(const cJSON *answer, const char *code, const char *part);
uint32_t driver_submit(struct driver *driver, const char *json);
const cJSON *driver_answer(struct driver *driver, uint32_t id);
void driver_forget_answers(struct driver *driver);
void driver_run(struct driver *driver);

/* Delivers a response to the open request in pieces of `piece` bytes (0: all at once). */
void driver_respond(struct driver *driver, int status, const char *text, size_t size, size_t piece);
void driver_begin(struct driver *driver, int status, const char *headers);
void driver_data(struct driver *driver, const char *text, size_t size, size_t piece);
void driver_end(struct driver *driver);
void driver_fail(struct driver *driver, const char *reason);

/* The last event of a type, NULL when there was none. */
const cJSON *driver_event(struct driver *driver, const char *type);
void driver_forget_events(struct driver *driver);
/* The types of the kept events, as "user assistant turn_end"; to be freed. */
char *driver_history(struct driver *driver);

/* A stream of Anthropic's format: text, then tool calls given as id, name, input JSON, ..., NULL. To be
 * freed. */
char *stream_text(const char *text);
char *stream_calls(const char *text, ...);

#endif
