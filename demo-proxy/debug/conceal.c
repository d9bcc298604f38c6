#include "debug/conceal.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/put.h"
#include "base/redact.h"
#include "base/utf8.h"
#include "debug/blobs.h"
#include "debug/strings.h"

enum { LEAST = 8 /* bytes in which a secret has room */ };
enum mark { KEPT, INSIDE, WHOLE /* with the quotes around it */ };

struct work {
    const char *text;
    size_t size;
    unsigned char *marks; /* of each byte */
    struct buffer joined; /* a channel's strings */
    uint32_t *places;     /* of each byte of it: where its character begins in the text */
    size_t capacity;
};

static void mark(struct work *work, size_t start, size_t end, enum mark how)
{
    memset(work->marks + start, how, end - start);
}

static void on_found(void *owner, size_t start, size_t end)
{
    mark(owner, start, end, INSIDE);
}

static void on_member(void *owner, size_t start, size_t end)
{
    mark(owner, start, end, WHOLE);
}

/* In a channel: the characters from the first to the last, those between two strings left alone. */
static void on_joined(void *owner, size_t start, size_t end)
{
    struct work *work = owner;
    for (size_t i = start; i < end; i++) {
        size_t at = work->places[i];
        char character[4];
        size_t unused = 0;
        if (i > start && work->places[i] == work->places[i - 1]) continue;
        size_t n = px_string_character(work->text + at, work->size - at, character, &unused);
        for (size_t j = at; j < at + n; j++)
            if (work->marks[j] == KEPT) work->marks[j] = INSIDE;
    }
}

static int join(struct work *work, const struct px_string *string)
{
    size_t most = work->joined.size + (string->end - string->start) + 4;
    if (most > work->capacity) {
        uint32_t *places = realloc(work->places, 2 * most * sizeof *places);
        if (!places) return PX_ENOMEM;
        work->places = places;
        work->capacity = 2 * most;
    }
    for (size_t at = string->start; at < string->end;) {
        char character[4];
        size_t n = 0, taken = px_string_character(work->text + at, string->end - at, character, &n);
        for (size_t i = 0; i < n; i++) work->places[work->joined.size + i] = (uint32_t)at;
        buffer_put(&work->joined, character, n);
        if (work->joined.failed) return PX_ENOMEM;
        at += taken;
    }
    return 0;
}

/* Base64 that came in many pieces; what came in one was seen before. */
static void find_blobs(struct work *work)
{
    const struct buffer *joined = &work->joined;
    for (size_t at = 0, end = 0; at < joined->size; at = end + 1) {
        for (end = at; end < joined->size && px_blob_has(joined->data[end]);) end++;
        if (end - at > PX_BLOB_MOST) on_joined(work, at, end);
    }
}

static bool is_repeated(const struct work *work, const struct px_string *one, const struct px_string *other)
{
    size_t size = one->end - one->start;
    return size == other->end - other->start &&
           memcmp(work->text + one->start, work->text + other->start, size) == 0;
}

/* The strings of one channel. */
static int look_into(struct work *work, const struct px_secrets *secrets, const struct px_string *strings,
                     size_t count)
{
    size_t repeated = 0;
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = join(work, &strings[i]);
        repeated += i > 0 && is_repeated(work, &strings[i], &strings[i - 1]);
    }
    if (rc == 0 && work->joined.size >= LEAST)
        px_secrets_find(secrets, work->joined.data, work->joined.size, on_joined, work);
    /* Types and names that stand in each event are no text, though they look like one run. */
    if (rc == 0 && count > 1 && repeated < count / 2) find_blobs(work);
    buffer_clear(&work->joined);
    return rc;
}

static int look_into_strings(struct work *work, const struct px_secrets *secrets)
{
    struct px_strings strings = {0};
    int rc = px_strings_find(&strings, work->text, work->size, on_member, work);
    for (size_t i = 0, end = 0; rc == 0 && i < strings.count; i = end) {
        while (end < strings.count && strings.items[end].channel == strings.items[i].channel) end++;
        rc = look_into(work, secrets, &strings.items[i], end - i);
    }
    px_strings_free(&strings);
    return rc;
}

static bool put_whole(struct buffer *out, size_t limit, const char *text, size_t size)
{
    if (size > limit - out->size) return false;
    buffer_put(out, text, size);
    return true;
}

/* Characters that are kept, up to the next mark. False when the limit is reached. */
static bool put_kept(struct buffer *out, size_t limit, const char *text, size_t size)
{
    uint32_t unused = 0;
    for (size_t at = 0; at < size;) {
        size_t n = utf8_decode(text + at, size - at, &unused);
        unsigned char byte = (unsigned char)text[at];
        bool plain = n > 0 && (byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\r') && byte != 0x7f;
        if (!put_whole(out, limit, plain ? text + at : "?", plain ? n : 1)) return false;
        at += n ? n : 1;
    }
    return true;
}

static bool put_marked(struct buffer *out, size_t limit, enum mark how)
{
    const char *words = how == WHOLE ? "\"" PX_REDACTED "\"" : PX_REDACTED;
    return put_whole(out, limit, words, strlen(words));
}

static bool put_all(const struct work *work, size_t limit, struct buffer *out)
{
    bool good = true;
    for (size_t at = 0, end = 0; good && at < work->size; at = end) {
        unsigned char how = work->marks[at];
        while (end < work->size && work->marks[end] == how) end++;
        good = how == KEPT ? put_kept(out, limit, work->text + at, end - at)
                           : put_marked(out, limit, (enum mark)how);
    }
    return good;
}

/* Bytes that mean something else than they look like cannot be looked through. */
static bool is_text(const char *text, size_t size)
{
    return !memchr(text, '\0', size) && utf8_valid(text, size - utf8_pending(text, size));
}

int px_conceal(const char *text, size_t size, const struct px_secrets *secrets, size_t limit,
               struct buffer *out, bool *cut)
{
    static const char no_text[] = "[no text]";
    if (size == 0) return 0;
    if (!is_text(text, size)) {
        *cut = true;
        (void)put_whole(out, limit, no_text, sizeof no_text - 1);
        return out->failed ? PX_ENOMEM : 0;
    }
    size -= utf8_pending(text, size);
    struct work work = {.text = text, .size = size, .marks = calloc(1, size + 1)};
    if (!work.marks) return PX_ENOMEM;
    px_secrets_find(secrets, text, size, on_found, &work);
    int rc = look_into_strings(&work, secrets);
    if (rc == 0 && !put_all(&work, limit, out)) *cut = true;
    if (out->failed) rc = PX_ENOMEM;
    px_wipe(&work.joined);
    free(work.places);
    free(work.marks);
    return rc;
}
