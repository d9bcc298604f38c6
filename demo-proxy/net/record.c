#include "net/record.h"

#include <string.h>

#include "base/json.h"

enum { LONGEST_URL = 512 };

void px_fetch_put(struct buffer *out, const struct px_fetch_record *record)
{
    buffer_put_string(out, "\"host\":");
    px_put_json(out, record->host);
    if (record->url) {
        size_t size = strcspn(record->url, "?");
        buffer_put_string(out, ",\"url\":");
        json_put_string(out, record->url, size < LONGEST_URL ? size : LONGEST_URL);
    }
    buffer_printf(
        out, ",\"outcome\":\"%s\",\"status\":%d,\"bytes\":%zu,\"truncated\":%s,\"redirects\":%d,\"ms\":%lld",
        record->outcome, record->status, record->bytes, record->truncated ? "true" : "false",
        record->redirects, (long long)record->ms);
}
