#include "base/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct shape {
    const char *begins; /* the run of key characters, in these letters */
    size_t least;       /* so many characters with the beginning; never fewer than PX_REDACTED has */
    bool dotted;        /* and a dot among them */
};

/* Keys of providers and of the proxy, session tokens and other signed JSON. */
static const struct shape shapes[] = {
    {"sk-", 15, false},  {"umk_", 15, false}, {"AIza", 20, false}, {"gsk_", 20, false},
    {"xai-", 20, false}, {"hf_", 20, false},  {"eyJ", 20, true},
};

/* What stands before a secret, in any case of letters. */
static const struct shape leads[] = {{"Bearer ", 12, false}, {"pair=", 40, false}};

static bool is_key_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '-' || byte == '_' || byte == '.';
}

/* RFC 6750, 2.1: what a bearer token may consist of. */
static bool is_bearer_byte(char byte)
{
    return is_key_byte(byte) || (byte && strchr("~+/=", byte));
}

/* A run of key characters: where it ends, and its last dot plus one (0: none). */
struct run {
    size_t end, dot;
};

static struct run run_at(const char *text, size_t at, size_t size)
{
    struct run run = {at, 0};
    for (; run.end < size && is_key_byte(text[run.end]); run.end++)
        if (text[run.end] == '.') run.dot = run.end + 1;
    return run;
}

/* Behind these bytes a word begins: they end with no letter or digit, or with an escape of JSON or of a URL.
 */
static bool ends_word(const char *text, size_t size)
{
    if (size == 0 || !isalnum((unsigned char)text[size - 1])) return true;
    if (size >= 2 && text[size - 2] == '\\' && strchr("bfnrt", text[size - 1])) return true;
    return (size >= 3 && text[size - 3] == '%') ||
           (size >= 6 && text[size - 6] == '\\' && text[size - 5] == 'u');
}

/* Whether a secret begins at `at`; it goes on to the end of its run. */
static bool is_secret(const char *text, size_t at, const struct run *run)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && at < run->end; i++) {
        const struct shape *shape = &shapes[i];
        if (run->end - at < shape->least || (shape->dotted && run->dot <= at)) continue;
        if (memcmp(text + at, shape->begins, strlen(shape->begins)) == 0) return true;
    }
    return false;
}

/* The length of a lead that begins at `at` and has a secret behind it, whose end is given. A run that is too
 * short for a secret is walked along again and again, but it is short. */
static size_t lead_at(const char *text, size_t at, size_t size, size_t *end)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        size_t n = strlen(leads[i].begins);
        if (size - at < n || strncasecmp(text + at, leads[i].begins, n) != 0) continue;
        for (*end = at + n; *end < size && is_bearer_byte(text[*end]);) (*end)++;
        if (*end - at - n >= leads[i].least) return n;
    }
    return 0;
}

size_t px_redact(char *text, size_t size)
{
    size_t out = 0, end = 0;
    struct run run = {0, 0};
    for (size_t at = 0; at < size;) {
        if (run.end <= at) run = run_at(text, at, size);
        size_t lead = lead_at(text, at, size, &end), kept = lead ? lead : 1;
        bool secret = lead != 0;
        if (!lead && is_secret(text, at, &run) && ends_word(text, out)) {
            secret = true;
            kept = 0;
            end = run.end;
        }
        memmove(text + out, text + at, kept);
        out += kept;
        at += kept;
        if (!secret) continue;
        memcpy(text + out, PX_REDACTED, sizeof PX_REDACTED - 1);
        out += sizeof PX_REDACTED - 1;
        at = end;
    }
    return out;
}
