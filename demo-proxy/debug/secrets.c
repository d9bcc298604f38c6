#include "debug/secrets.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/redact.h"

enum { LONGEST_NAME = 64, LONGEST_PEM = 16384, BLANKS = 8 };

struct search {
    const struct px_secrets *secrets;
    const char *text;
    size_t size;
    void (*found)(void *owner, size_t start, size_t end);
    void *owner;
};

void px_secrets_add(struct px_secrets *secrets, const char *known)
{
    if (!known || strlen(known) < PX_SECRETS_LEAST || secrets->count == PX_SECRETS_KNOWN) return;
    secrets->known[secrets->count++] = known;
}

/* --- names --- */

static bool ends_with(const char *text, size_t size, const char *end)
{
    size_t n = strlen(end);
    return size >= n && memcmp(text + size - n, end, n) == 0;
}

bool px_secrets_named(const char *name, size_t size)
{
    /* "token" only at the end: max_tokens and token_count are none. */
    static const char *const anywhere[] = {"apikey",     "authorization", "password",   "passwd",
                                           "passphrase", "secret",        "privatekey", "accesskey",
                                           "signingkey", "credential",    "setcookie"};
    static const char *const at_the_end[] = {"token", "cookie", "authkey", "pwd"};
    char letters[LONGEST_NAME];
    size_t n = 0;
    if (size > LONGEST_NAME) { /* its end tells most */
        name += size - LONGEST_NAME;
        size = LONGEST_NAME;
    }
    for (size_t i = 0; i < size; i++)
        if (isalnum((unsigned char)name[i])) letters[n++] = (char)tolower((unsigned char)name[i]);
    for (size_t i = 0; i < sizeof anywhere / sizeof *anywhere; i++)
        if (memmem(letters, n, anywhere[i], strlen(anywhere[i]))) return true;
    for (size_t i = 0; i < sizeof at_the_end / sizeof *at_the_end; i++)
        if (ends_with(letters, n, at_the_end[i])) return true;
    return false;
}

static bool is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '-' || byte == '.';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_quote(char byte)
{
    return byte == '"' || byte == '\'' || byte == '`';
}

/* The name of a secret before a ':' or '='. */
struct name {
    bool found, quoted;
    size_t depth; /* backslashes before its quote: how deep it lies in JSON within JSON */
};

static struct name name_before(const struct search *s, size_t at)
{
    struct name name = {.quoted = false};
    size_t blanks = 0;
    while (at > 0 && is_blank(s->text[at - 1]) && blanks++ < BLANKS) at--;
    if (at > 0 && is_quote(s->text[at - 1])) {
        name.quoted = true;
        at--;
    }
    while (at > 0 && s->text[at - 1] == '\\' && name.depth < BLANKS) at--, name.depth++;
    size_t start = at;
    while (start > 0 && is_name_byte(s->text[start - 1]) && at - start < LONGEST_NAME) start--;
    name.found = at > start && px_secrets_named(s->text + start, at - start);
    return name;
}

/* A header's value has blanks in it. */
static bool is_header_before(const struct search *s, size_t at)
{
    static const char *const names[] = {"authorization", "cookie"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (at >= n && strncasecmp(s->text + at - n, names[i], n) == 0) return true;
    }
    return false;
}

/* The end of a value in quotes: the same quote with no more backslashes before it than the first has, or the
 * end of the line. */
static size_t end_of_quoted(const struct search *s, size_t at, char quote, size_t depth)
{
    size_t backslashes = 0;
    for (; at < s->size && s->text[at] != '\n'; at++) {
        if (s->text[at] == quote && backslashes <= depth) return at - backslashes;
        backslashes = s->text[at] == '\\' ? backslashes + 1 : 0;
    }
    return at;
}

static size_t end_of_word(const struct search *s, size_t at, bool header)
{
    const char *ends = header ? "\"\n\r\\<" : "\"'`\n\r\\<, \t;&)}]";
    while (at < s->size && (!s->text[at] || !strchr(ends, s->text[at]))) at++;
    return at;
}

/* Nothing is kept secret by these: literals, and references to variables. */
static bool is_no_value(const char *text, size_t size)
{
    static const char *const words[] = {"true", "false", "null", "none", "undefined", "string"};
    if (size < 4 || strchr("$({[<", *text)) return true; /* not NUL, which no text has */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == size && strncasecmp(text, words[i], size) == 0) return true;
    return false;
}

/* The end of an object or array of JSON within JSON. */
static size_t end_of_nested(const struct search *s, size_t at, size_t depth)
{
    size_t backslashes = 0, levels = 0;
    bool inside = false;
    for (; at < s->size; at++) {
        char byte = s->text[at];
        if (byte == '"' && backslashes == depth) inside = !inside;
        backslashes = byte == '\\' ? backslashes + 1 : 0;
        if (inside) continue;
        if (byte == '{' || byte == '[') levels++;
        if ((byte == '}' || byte == ']') && --levels == 0) return at + 1;
    }
    return at;
}

/* The value that begins at `at`: where its secret part begins and ends. */
static size_t value_at(const struct search *s, size_t *at, const struct name *name, bool header)
{
    size_t quote = *at, depth = 0;
    while (quote < s->size && s->text[quote] == '\\' && depth < BLANKS) quote++, depth++;
    if (quote < s->size && is_quote(s->text[quote])) {
        *at = quote + 1;
        return end_of_quoted(s, *at, s->text[quote], depth);
    }
    if (name->quoted && *at < s->size && (s->text[*at] == '{' || s->text[*at] == '['))
        return end_of_nested(s, *at, name->depth);
    size_t end = end_of_word(s, *at, header);
    return is_no_value(s->text + *at, end - *at) ? *at : end;
}

/* Behind "password:", "API_KEY=", "\"token\": " and their like. Returns where to go on. */
static size_t take_named(const struct search *s, size_t at)
{
    const struct name name = name_before(s, at);
    bool header = is_header_before(s, at);
    if (!name.found) return at + 1;
    size_t start = at + 1, blanks = 0;
    while (start < s->size && s->text[start] && strchr(":=>", s->text[start])) start++;
    while (start < s->size && is_blank(s->text[start]) && blanks++ < BLANKS) start++;
    size_t end = value_at(s, &start, &name, header);
    if (end > start) s->found(s->owner, start, end);
    return end > start ? end : start;
}

static void find_named(const struct search *s)
{
    for (size_t at = 0; at < s->size;)
        at = s->text[at] == ':' || s->text[at] == '=' ? take_named(s, at) : at + 1;
}

/* --- the others --- */

static void find_known(const struct search *s)
{
    for (size_t i = 0; i < s->secrets->count; i++) {
        const char *known = s->secrets->known[i], *end = s->text + s->size;
        size_t n = strlen(known);
        for (const char *at = s->text, *hit = NULL; (hit = memmem(at, (size_t)(end - at), known, n));
             at = hit + n)
            s->found(s->owner, (size_t)(hit - s->text), (size_t)(hit - s->text) + n);
        /* Its beginning, where the text ends. */
        size_t part = n - 1 < s->size ? n - 1 : s->size;
        while (part >= PX_SECRETS_PART && memcmp(end - part, known, part) != 0) part--;
        if (part >= PX_SECRETS_PART) s->found(s->owner, s->size - part, s->size);
    }
}

static void find_shapes(const struct search *s)
{
    struct px_redact_walk walk = {0};
    size_t start = 0, end = 0;
    while (px_redact_next(s->text, s->size, &walk, &start, &end)) s->found(s->owner, start, end);
}

/* RFC 7468. The first lines of one that is cut off count too. */
static void find_private_keys(const struct search *s)
{
    static const char begin[] = "-----BEGIN ", kind[] = "PRIVATE KEY", over[] = "-----END";
    const char *end = s->text + s->size;
    for (const char *at = s->text; (at = memmem(at, (size_t)(end - at), begin, sizeof begin - 1));) {
        at += sizeof begin - 1;
        size_t left = (size_t)(end - at), near = left < LONGEST_NAME ? left : LONGEST_NAME;
        const char *word = memmem(at, near, kind, sizeof kind - 1);
        if (!word) continue;
        word += sizeof kind - 1;
        left = (size_t)(end - word);
        if (left > LONGEST_PEM) left = LONGEST_PEM;
        const char *quote = memchr(word, '"', left);
        if (quote) left = (size_t)(quote - word);
        const char *stop = memmem(word, left, over, sizeof over - 1);
        if (!stop) stop = word + left;
        if (stop > word) s->found(s->owner, (size_t)(word - s->text), (size_t)(stop - s->text));
        at = stop;
    }
}

/* RFC 3986, 3.2.1: "https://user:password@host". */
static void find_users(const struct search *s)
{
    const char *end = s->text + s->size;
    for (const char *at = s->text; (at = memmem(at, (size_t)(end - at), "://", 3));) {
        at += 3;
        const char *p = at;
        while (p < end && (unsigned char)*p > ' ' && !strchr("/@\"'`<>\\?#", *p)) p++;
        bool user = p < end && *p == '@' && memchr(at, ':', (size_t)(p - at));
        if (user) s->found(s->owner, (size_t)(at - s->text), (size_t)(p - s->text));
        at = p;
    }
}

void px_secrets_find(const struct px_secrets *secrets, const char *text, size_t size,
                     void (*found)(void *owner, size_t start, size_t end), void *owner)
{
    const struct search search = {
        .secrets = secrets, .text = text, .size = size, .found = found, .owner = owner};
    if (size == 0) return;
    find_known(&search);
    find_shapes(&search);
    find_named(&search);
    find_private_keys(&search);
    find_users(&search);
}
