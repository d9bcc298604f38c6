#include "base/utf8.h"
#include "offline/planner.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "offline/plan.h"

enum { MOST_STEPS = 600 };

#define DEMO_NOTE "\n\n(Scripted offline demo, not a model.)"

void px_say(struct px_plan *plan, struct buffer *text)
{
    char *taken = buffer_take(text);
    int rc = px_answer_text(plan->answer, taken);
    if (rc) plan->rc = rc;
}

static void format_text(struct buffer *out, const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) {
        out->failed = true;
        return;
    }
    buffer_put_string(out, text);
    free(text);
}

void px_sayf(struct px_plan *plan, const char *format, ...)
{
    struct buffer text = {0};
    va_list args;
    va_start(args, format);
    format_text(&text, format, args);
    va_end(args);
    px_say(plan, &text);
}

void px_finish(struct px_plan *plan, struct buffer *text)
{
    while (text->size && text->data[text->size - 1] == '\n') text->data[--text->size] = '\0';
    buffer_put_string(text, DEMO_NOTE);
    px_say(plan, text);
}

void px_finishf(struct px_plan *plan, const char *format, ...)
{
    struct buffer text = {0};
    va_list args;
    va_start(args, format);
    format_text(&text, format, args);
    va_end(args);
    px_finish(plan, &text);
}

bool px_has(const struct px_plan *plan, const char *tool)
{
    return px_conversation_has_tool(plan->talk, tool);
}

void px_use(struct px_plan *plan, const char *tool, ...)
{
    struct buffer input = {0}, id = {0};
    const char *comma = "";
    va_list args;
    va_start(args, tool);
    buffer_put_string(&input, "{");
    for (const char *name; (name = va_arg(args, const char *));) {
        if (*name == '?') {
            buffer_printf(&input, "%s\"%s\":true", comma, name + 1);
        } else {
            const char *value = va_arg(args, const char *);
            if (!value) continue;
            buffer_printf(&input, "%s\"%s\":", comma, name);
            px_put_json(&input, value);
        }
        comma = ",";
    }
    va_end(args);
    buffer_put_string(&input, "}");
    /* The message count makes it unique in the conversation, the index in the message. */
    buffer_printf(&id, "toolu_demo_%zu_%zu", plan->talk->message_count, plan->calls++);
    int rc = px_answer_tool(plan->answer, buffer_take(&id), strdup(tool), buffer_take(&input));
    if (rc) plan->rc = rc;
}

const struct px_call *px_nth_call(const struct px_plan *plan, const char *tool, size_t index)
{
    for (size_t i = 0; i < plan->talk->call_count; i++)
        if (strcmp(plan->talk->calls[i].name, tool) == 0 && index-- == 0) return &plan->talk->calls[i];
    return NULL;
}

const struct px_call *px_call_on(const struct px_plan *plan, const char *tool, const char *member,
                                 const char *value)
{
    for (size_t i = plan->talk->call_count; i > 0; i--) {
        const struct px_call *call = &plan->talk->calls[i - 1];
        const char *given = px_json_text(call->input, member);
        if (strcmp(call->name, tool) == 0 && given && strcmp(given, value) == 0) return call;
    }
    return NULL;
}

bool px_stop_on_failure(struct px_plan *plan, const struct px_call *call, const char *doing)
{
    if (call->answered && !call->failed) return false;
    size_t cut = strcspn(call->result, "\n");
    if (cut > 300) cut = utf8_floor(call->result, 300);
    if (call->denied)
        px_finishf(plan, "You did not allow %s, so I stop here. Nothing was changed by it.", doing);
    else
        px_finishf(plan, "%s did not work: %.*s", doing, (int)(*call->result ? cut : 19),
                   *call->result ? call->result : "there was no result");
    return true;
}

bool px_next_line(const char **text, const char **line, size_t *size)
{
    if (!**text) return false;
    *line = *text;
    *size = strcspn(*text, "\n");
    *text += *size + ((*text)[*size] == '\n');
    if (*size && (*line)[*size - 1] == '\r') (*size)--;
    return true;
}

/* "… and 3 more", "(stopped after 1000 files; …)": said about the list, not in it. */
static bool is_note(const char *line, size_t size)
{
    if (size >= 3 && strncmp(line, "\xe2\x80\xa6", 3) == 0) return true;
    return size > 2 && *line == '(' && line[size - 1] == ')' && memchr(line, ' ', size) &&
           !memchr(line, '/', size);
}

/* What ListDir adds to a name: " (12 bytes)" or "@ -> target". */
static size_t name_size(const char *line, size_t size)
{
    const char *link = memmem(line, size, "@ -> ", 5);
    if (link) return (size_t)(link - line);
    const char *open = memrchr(line, '(', size);
    if (!open || open == line || open[-1] != ' ' || line[size - 1] != ')') return size;
    size_t digits = strspn(open + 1, "0123456789");
    size_t rest = size - (size_t)(open + 1 + digits - line);
    bool bytes = digits > 0 && ((rest == 7 && strncmp(open + 1 + digits, " bytes)", 7) == 0) ||
                                (rest == 6 && strncmp(open + 1 + digits, " byte)", 6) == 0));
    return bytes ? (size_t)(open - 1 - line) : size;
}

void px_line_name(const char *line, size_t size, char *out, size_t capacity)
{
    size_t n = is_note(line, size) ? 0 : name_size(line, size);
    if (n >= capacity) n = 0;
    memcpy(out, line, n);
    out[n] = '\0';
}

bool px_list_is_empty(const char *result)
{
    return !*result || px_has_prefix(result, "No matches") || px_has_prefix(result, "No files") ||
           px_has_suffix(result, " is an empty directory.");
}

bool px_strip_number(const char **line, size_t *size)
{
    size_t i = 0;
    while (i < *size && (*line)[i] == ' ') i++;
    size_t digits = i;
    while (i < *size && isdigit((unsigned char)(*line)[i])) i++;
    if (i == digits || i >= *size || (*line)[i] != '\t') return false;
    *line += i + 1;
    *size -= i + 1;
    return true;
}

static void plan_help(struct px_plan *plan)
{
    px_sayf(plan,
            "I am a scripted offline demo, not a model: rules answer here. "
            "I understand one job in each message:\n\n"
            "- list the files in src/\n"
            "- find \"TODO\" in *.c\n"
            "- show README.md\n"
            "- summarise the project, or summarise notes.txt\n"
            "- rename oldWord to newWord in *.js (the whole word, in every file)\n"
            "- create a page about our bakery called bakery.html\n\n"
            "Start the proxy with ANTHROPIC_API_KEY set, and without --offline, to talk to a real model.");
}

static void plan_job(struct px_plan *plan)
{
    switch (plan->job.kind) {
    case PX_JOB_LIST:
        px_plan_list(plan);
        break;
    case PX_JOB_FIND:
        px_plan_find(plan);
        break;
    case PX_JOB_READ:
        px_plan_read(plan);
        break;
    case PX_JOB_SUMMARISE:
        px_plan_summarise(plan);
        break;
    case PX_JOB_RENAME:
        px_plan_rename(plan);
        break;
    case PX_JOB_PAGE:
        px_plan_page(plan);
        break;
    case PX_JOB_HELP:
        plan_help(plan);
        break;
    }
}

int px_plan(const struct px_conversation *conversation, struct px_answer *answer)
{
    struct px_plan plan = {.talk = conversation, .answer = answer};
    plan.rc = px_job_read(&plan.job, conversation->prompt);
    if (plan.rc == 0 && conversation->call_count > MOST_STEPS)
        px_finishf(
            &plan,
            "This takes more steps than the demo has (%d); ask for a smaller part, for example one folder.",
            MOST_STEPS);
    else if (plan.rc == 0)
        plan_job(&plan);
    px_job_free(&plan.job);
    return plan.rc;
}
