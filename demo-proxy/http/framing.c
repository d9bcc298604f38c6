#include "http/framing.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "http/reply.h"

struct head {
    int lengths, encodings;
    bool chunked, odd_name, odd_value;
};

/* RFC 9110, 5.6.2. libmicrohttpd takes "Content-Length " for another name than "Content-Length". */
static bool is_token(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p)) return false;
    return *text != '\0';
}

/* RFC 9110, 5.5: no control characters but the tab. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f) return false;
    return true;
}

static enum MHD_Result on_line(void *owner, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct head *head = owner;
    (void)kind;
    head->odd_name |= !is_token(name);
    if (!value) return MHD_YES;
    head->odd_value |= !is_plain(value);
    if (strcasecmp(name, "Content-Length") == 0) head->lengths++;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        head->encodings++;
        head->chunked = strcasecmp(value, "chunked") == 0;
    }
    return MHD_YES;
}

static const char *fault(const struct head *head, const char *method, const char *version)
{
    if (!is_token(method)) return "its method is no word";
    if (head->odd_name) return "the name of a header has characters that no name may have";
    if (head->odd_value) return "the value of a header has control characters";
    if (head->lengths > 1) return "it has more than one Content-Length";
    if (head->encodings > 1) return "it has more than one Transfer-Encoding";
    if (head->encodings && head->lengths) return "it has both Content-Length and Transfer-Encoding";
    if (head->encodings && !head->chunked) return "its Transfer-Encoding is another than chunked";
    if (head->encodings && strcmp(version, "HTTP/1.0") == 0) return "HTTP/1.0 has no Transfer-Encoding";
    return NULL;
}

void px_check_framing(struct px_request *request, const char *version)
{
    struct head head = {0};
    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, on_line, &head);
    const char *found = fault(&head, request->method, version);
    if (!found) return;
    request->malformed = true;
    px_reply_extra(request, "Connection", "close");
    px_refuse(request, 400, "invalid_request_error", "the request is malformed: %s", found);
}
