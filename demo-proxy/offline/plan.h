/* plan.h: what the planner's jobs share: saying, calling tools, looking at what was called before. Internal
 * to offline/. A failed allocation is remembered in `rc` and checked once at the end. */
#ifndef PX_OFFLINE_PLAN_H
#define PX_OFFLINE_PLAN_H

#include "base/error.h"
#include "base/put.h"
#include "offline/conversation.h"
#include "offline/prompt.h"
#include "upstream/wire.h"

struct px_plan {
    const struct px_conversation *talk;
    struct px_job job;
    struct px_answer *answer;
    size_t calls; /* tool calls in this answer */
    int rc;
};

/* A text block; the buffer is taken over. */
void px_say(struct px_plan *plan, struct buffer *text);
void px_sayf(struct px_plan *plan, const char *format, ...) UMBRA_PRINTF(2, 3);
/* The same as the last word of a job: adds that this is a scripted demo. */
void px_finish(struct px_plan *plan, struct buffer *text);
void px_finishf(struct px_plan *plan, const char *format, ...) UMBRA_PRINTF(2, 3);

/* A tool call with string members ("name", "value" pairs up to NULL; a NULL value leaves the member out).
 * Members whose name begins with '?' are booleans and true. */
void px_use(struct px_plan *plan, const char *tool, ...) __attribute__((sentinel));
bool px_has(const struct px_plan *plan, const char *tool);

/* The index-th call of this tool since the prompt; NULL when there is none. */
const struct px_call *px_nth_call(const struct px_plan *plan, const char *tool, size_t index);
/* The last call of this tool whose string member has this value; NULL when there is none. */
const struct px_call *px_call_on(const struct px_plan *plan, const char *tool, const char *member,
                                 const char *value);
/* Ends the job with a sentence about a call that failed. True when it did. */
bool px_stop_on_failure(struct px_plan *plan, const struct px_call *call, const char *doing);

/* One line at a time: *text moves on; the line is [*line, *line + *size). False at the end. */
bool px_next_line(const char **text, const char **line, size_t *size);
/* A line of a ListDir, Glob or Grep result as a name, without what ListDir adds to it. "" for a note. */
void px_line_name(const char *line, size_t size, char *out, size_t capacity);
/* Whether a ListDir, Glob or Grep result says that there is nothing. */
bool px_list_is_empty(const char *result);
/* Drops the line number that Read puts before each line; false when there is none (a note of Read's). */
bool px_strip_number(const char **line, size_t *size);

/* The jobs. */
void px_plan_list(struct px_plan *plan);
void px_plan_find(struct px_plan *plan);
void px_plan_read(struct px_plan *plan);
void px_plan_summarise(struct px_plan *plan);
void px_plan_rename(struct px_plan *plan);
void px_plan_page(struct px_plan *plan);

/* Reads a file with Read and, when there is none of that name, looks for it with Glob. The finished Read
 * call, or NULL while calls are under way or the job has ended. */
const struct px_call *px_obtain_file(struct px_plan *plan, const char *name);

#endif
