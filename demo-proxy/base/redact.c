#include "base/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct shape {
    const char *begins; /* the run of key characters, in these letters */
    size_t least;       /* so many characters with the beginning; never fewer than PX_REDACTED has */
    bool dotted;        /* and a dot among them */
};

/* Keys of providers and of the proxy, session tokens and other signed JSON; keys that programs are often
 * given.
 */
static const struct shape shapes[] = {
    {"sk-", 15, false},         {"umk_", 15, false},   {"AIza", 20, false},  {"gsk_", 20, false},
    {"xai-", 20, false},        {"hf_", 20, false},    {"eyJ", 20, true},    {"ghp_", 20, false},
    {"github_pat_", 20, false}, {"glpat-", 20, false}, {"xoxb-", 20, false}, {"xoxp-", 20, false},
    {"AKIA", 20, false},        {"tvly-", 15, false},
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

/* The letter of an escape of JSON begins nothing: without it the text were no JSON any more. */
static bool is_escape(const char *text, size_t at)
{
    size_t slashes = 0;
    if (!strchr("bfnrtu", text[at])) return false;
    while (slashes < at && text[at - 1 - slashes] == '\\') slashes++;
    return slashes % 2 == 1;
}

/* Whether a secret begins at `at`; it goes on to the end of its run. */
static bool is_secret(const char *text, size_t at, const struct run *run)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && at < run->end; i++) {
        const struct shape *shape = &shapes[i];
        if (text[at] != *shape->begins || run->end - at < shape->least || (shape->dotted && run->dot <= at))
            continue;
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

/* For each byte the shapes and leads, one bit each, that have it as their first or as their second: only
 * where both agree does anything begin, which is seldom. */
struct beginnings {
    uint16_t first[256], second[256];
};

_Static_assert(sizeof shapes / sizeof *shapes + sizeof leads / sizeof *leads <= 16, "one bit for each");

static void mark(struct beginnings *table, const char *begins, unsigned bit)
{
    const unsigned char *byte = (const unsigned char *)begins;
    table->first[byte[0]] |= (uint16_t)bit;
    table->second[byte[1]] |= (uint16_t)bit;
}

static void mark_all(struct beginnings *table)
{
    unsigned bit = 1;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++, bit <<= 1) mark(table, shapes[i].begins, bit);
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++, bit <<= 1) {
        const char *begins = leads[i].begins;
        for (unsigned cases = 0; cases < 4; cases++) {
            const char spelt[2] = {(char)(cases & 1 ? toupper(begins[0]) : tolower(begins[0])),
                                   (char)(cases & 2 ? toupper(begins[1]) : tolower(begins[1]))};
            mark(table, spelt, bit);
        }
    }
}

/* From `at` on, where something may begin; `size` when nowhere. */
static size_t next_beginning(const struct beginnings *table, const char *text, size_t at, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (; at + 1 < size; at++)
        if (table->first[bytes[at]] & table->second[bytes[at + 1]]) return at;
    return size;
}

bool px_redact_next(const char *text, size_t size, struct px_redact_walk *walk, size_t *start, size_t *end)
{
    struct run run = {walk->run_end, walk->run_dot};
    struct beginnings table = {0};
    mark_all(&table);
    for (; (walk->at = next_beginning(&table, text, walk->at, size)) < size; walk->at++) {
        size_t at = walk->at;
        if (run.end <= at) run = run_at(text, at, size);
        size_t lead = lead_at(text, at, size, end);
        if (!lead && (!is_secret(text, at, &run) || !ends_word(text, at) || is_escape(text, at))) continue;
        if (!lead) *end = run.end;
        *start = at + lead;
        *walk = (struct px_redact_walk){.at = *end, .run_end = run.end, .run_dot = run.dot};
        return true;
    }
    return false;
}

size_t px_redact(char *text, size_t size)
{
    struct px_redact_walk walk = {0};
    size_t out = 0, at = 0, start = 0, end = 0;
    while (px_redact_next(text, size, &walk, &start, &end)) {
        if (out != at) memmove(text + out, text + at, start - at);
        out += start - at;
        memcpy(text + out, PX_REDACTED, sizeof PX_REDACTED - 1);
        out += sizeof PX_REDACTED - 1;
        at = end;
    }
    if (out != at) memmove(text + out, text + at, size - at);
    return out + size - at;
}
