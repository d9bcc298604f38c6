#include "net/record.h"

#include <string.h>

#include "base/json.h"
#include "http/app.h"

enum { LONGEST_URL = 512 };

void px_fetch_record(struct px_app *app, const struct px_fetch_record *record)
{
    struct buffer line = {0};
    px_count(&app->metrics.fetches, record->outcome);
    px_log_begin(&line, strcmp(record->outcome, "ok") == 0 ? "info" : "warning", "fetch");
    buffer_put_string(&line, ",\"host\":");
    px_put_json(&line, record->host);
    if (record->url) {
        size_t size = strcspn(record->url, "?");
        buffer_put_string(&line, ",\"url\":");
        json_put_string(&line, record->url, size < LONGEST_URL ? size : LONGEST_URL);
    }
    buffer_printf(
        &line,
        ",\"outcome\":\"%s\",\"status\":%d,\"bytes\":%zu,\"truncated\":%s,\"redirects\":%d,\"ms\":%lld",
        record->outcome, record->status, record->bytes, record->truncated ? "true" : "false",
        record->redirects, (long long)record->ms);
    px_log_end(&app->log, &line);
}
