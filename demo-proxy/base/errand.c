#include "base/errand.h"

#include <stdarg.h>
#include <stdio.h>

static void on_time_over(struct px_timer *timer)
{
    struct px_errand *errand = timer->owner;
    errand->work->late(errand);
    px_errand_finish(errand);
}

int px_errand_begin(struct px_errand *errand, const struct px_errand_work *work, struct px_loop *loop,
                    long long *running, int64_t limit_ms)
{
    errand->work = work;
    errand->loop = loop;
    errand->running = running;
    errand->start_ms = px_now_ms();
    errand->timer = (struct px_timer){.fire = on_time_over, .owner = errand};
    ++*running;
    int rc = px_timer_set(loop, &errand->timer, limit_ms);
    if (rc) px_errand_refuse_memory(errand);
    return rc;
}

void px_errand_refuse(struct px_errand *errand, int status, const char *type, const char *format, ...)
{
    va_list args;
    if (errand->refusal) return;
    va_start(args, format);
    (void)vsnprintf(errand->err.text, sizeof errand->err.text, format, args);
    va_end(args);
    errand->refusal = status;
    errand->refusal_type = type;
}

void px_errand_refuse_memory(struct px_errand *errand)
{
    struct px_err err;
    (void)px_fail_memory(&err);
    px_errand_refuse(errand, 500, "api_error", "%s", err.text);
}

void px_errand_end(struct px_errand *errand)
{
    px_timer_clear(errand->loop, &errand->timer);
    errand->work->halt(errand);
    errand->over = true;
    errand->ms = px_now_ms() - errand->start_ms;
    --*errand->running;
}

void px_errand_finish(struct px_errand *errand)
{
    px_errand_end(errand);
    errand->done(errand);
}

void px_errand_stop(struct px_errand *errand, int status, const char *type, const char *words)
{
    if (errand->over || !errand->work) return;
    px_errand_refuse(errand, status, type, "%s", words);
    px_errand_end(errand);
}
