#include "debug/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/utf8.h"
#include "debug/secrets.h"

/* What is nested deeper is read as if it were at this level. */
enum { LEVELS = 128, LONGEST_KEY = 128 };

struct level {
    uint64_t place;  /* a hash of what leads here */
    uint64_t member; /* of the key, or of the number of the element */
    uint64_t index;  /* which of several texts an event belongs to */
    bool array;
};

struct reader {
    struct px_strings *strings;
    const char *text;
    size_t size, at;
    struct level levels[LEVELS];
    size_t depth;
    char key[LONGEST_KEY]; /* the last one, escapes resolved */
    size_t key_size;
    bool has_key; /* a value of that name comes next */
    void (*secret)(void *owner, size_t start, size_t end);
    void *owner;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

/* --- characters --- */

static bool read_unit(const char *text, size_t size, uint32_t *unit)
{
    *unit = 0;
    if (size < 6 || text[0] != '\\' || text[1] != 'u') return false;
    for (int i = 2; i < 6; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (!isxdigit(byte)) return false;
        *unit = *unit << 4 | (uint32_t)(isdigit(byte) ? byte - '0' : (byte | 32) - 'a' + 10);
    }
    return true;
}

size_t px_string_character(const char *text, size_t size, char out[4], size_t *out_size)
{
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    uint32_t unit = 0, low = 0;
    size_t taken = 1;
    *out_size = 1;
    out[0] = text[0];
    if (text[0] != '\\' || size < 2) return 1;
    const char *at = text[1] ? strchr(names, text[1]) : NULL;
    if (at) {
        out[0] = bytes[at - names];
        return 2;
    }
    if (!read_unit(text, size, &unit)) return 1;
    taken = 6;
    if (unit >= 0xD800 && unit < 0xDC00 && read_unit(text + 6, size - 6, &low) && low >= 0xDC00 &&
        low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        taken = 12;
    } else if (unit >= 0xD800 && unit < 0xE000) {
        unit = 0xFFFD;
    }
    *out_size = utf8_encode(unit, out);
    return taken;
}

/* --- places --- */

static void open_level(struct reader *r, bool array)
{
    struct level *around = r->depth ? &r->levels[r->depth - 1] : NULL;
    uint64_t place = 1;
    /* The elements of an outermost array follow one another like events. */
    if (around) place = mix(mix(around->place, around->member), around->index);
    if (around && around->array && r->depth == 1) place = mix(around->place, 0);
    if (r->depth < LEVELS) r->depth++;
    r->levels[r->depth - 1] = (struct level){.place = place, .array = array};
    r->has_key = false;
}

static void close_level(struct reader *r)
{
    if (r->depth) r->depth--;
    r->has_key = false;
}

static int add(struct reader *r, uint64_t channel, size_t start, size_t end)
{
    struct px_strings *strings = r->strings;
    if (start == end) return 0;
    if (strings->count == strings->capacity) {
        size_t capacity = strings->capacity ? 2 * strings->capacity : 64;
        struct px_string *items = realloc(strings->items, capacity * sizeof *items);
        if (!items) return PX_ENOMEM;
        strings->items = items;
        strings->capacity = capacity;
    }
    strings->items[strings->count++] = (struct px_string){channel, (uint32_t)start, (uint32_t)end};
    return 0;
}

/* The end of the string that begins at start: its quote, or where a line or the text ends, which no string
 * goes beyond. */
static size_t end_of_string(const struct reader *r, size_t start)
{
    size_t at = start;
    while (at < r->size && r->text[at] != '"' && r->text[at] != '\n') {
        bool escape = r->text[at] == '\\' && at + 1 < r->size && r->text[at + 1] != '\n';
        at += escape ? 2 : 1;
    }
    return at;
}

/* The end of the object or array that begins at `at`. */
static size_t end_of_nested(const struct reader *r, size_t at)
{
    size_t depth = 0;
    while (at < r->size) {
        char byte = r->text[at++];
        if (byte == '"') {
            at = end_of_string(r, at);
            if (at < r->size) at++;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if ((byte == '}' || byte == ']') && --depth == 0) {
            break;
        }
    }
    return at;
}

/* --- values --- */

static bool take_secret(struct reader *r)
{
    size_t end = r->at;
    char byte = r->text[r->at];
    if (!r->has_key || !px_secrets_named(r->key, r->key_size)) return false;
    if (byte == '"') {
        end = end_of_string(r, r->at + 1);
        if (end < r->size && r->text[end] == '"') end++;
    } else if (byte == '{' || byte == '[') {
        end = end_of_nested(r, r->at);
    } else {
        while (end < r->size && (isalnum((unsigned char)r->text[end]) || strchr("+-.", r->text[end]))) end++;
    }
    if (end == r->at) return false;
    r->secret(r->owner, r->at, end);
    r->at = end;
    r->has_key = false;
    return true;
}

static void keep_key(struct reader *r, size_t start, size_t end)
{
    r->key_size = 0;
    while (start < end && r->key_size + 4 <= LONGEST_KEY) {
        size_t n = 0;
        start += px_string_character(r->text + start, end - start, r->key + r->key_size, &n);
        r->key_size += n;
    }
    if (r->depth) r->levels[r->depth - 1].member = px_hash(r->key, r->key_size);
}

static int take_string(struct reader *r)
{
    size_t start = r->at + 1, end = end_of_string(r, start), next = end;
    struct level *level = r->depth ? &r->levels[r->depth - 1] : NULL;
    if (next < r->size && r->text[next] == '"') next++;
    r->at = next;
    while (next < r->size && isspace((unsigned char)r->text[next])) next++;
    bool key = level && !level->array && !r->has_key && next < r->size && r->text[next] == ':';
    if (key) {
        keep_key(r, start, end);
        r->at = next + 1;
        r->has_key = true;
        return add(r, mix(2, start), start, end); /* a channel of its own */
    }
    r->has_key = false;
    uint64_t channel = level ? mix(mix(level->place, level->member), level->index) : mix(3, start);
    return add(r, channel, start, end);
}

/* "index" and its like say which text the event goes on with. */
static void take_number(struct reader *r)
{
    static const char index[] = "index";
    size_t n = sizeof index - 1;
    bool named = r->has_key && r->key_size >= n && memcmp(r->key + r->key_size - n, index, n) == 0;
    size_t start = r->at;
    while (r->at < r->size && isdigit((unsigned char)r->text[r->at])) r->at++;
    if (named && r->depth)
        r->levels[r->depth - 1].index =
            mix(r->levels[r->depth - 1].index, px_hash(r->text + start, r->at - start));
    r->has_key = false;
}

/* Each line of an event stream is a text of its own, whatever the one before left open. */
static bool begins_event(const struct reader *r)
{
    return (r->at == 0 || r->text[r->at - 1] == '\n') && r->size - r->at >= 5 &&
           memcmp(r->text + r->at, "data:", 5) == 0;
}

static int take(struct reader *r)
{
    char byte = r->text[r->at];
    if (begins_event(r)) {
        r->depth = 0;
        r->has_key = false;
        r->at += 5;
        return 0;
    }
    if (!isspace((unsigned char)byte) && byte != ',' && byte != '}' && byte != ']' && take_secret(r))
        return 0;
    if (byte == '"') return take_string(r);
    if (isdigit((unsigned char)byte)) {
        take_number(r);
        return 0;
    }
    r->at++;
    if (byte == '{' || byte == '[')
        open_level(r, byte == '[');
    else if (byte == '}' || byte == ']')
        close_level(r);
    else if (byte == ',' && r->depth && r->levels[r->depth - 1].array)
        r->levels[r->depth - 1].member++;
    else if (byte == ',')
        r->has_key = false;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct px_string *one = a, *other = b;
    if (one->channel != other->channel) return one->channel < other->channel ? -1 : 1;
    return one->start < other->start ? -1 : one->start > other->start;
}

int px_strings_find(struct px_strings *strings, const char *text, size_t size,
                    void (*secret)(void *owner, size_t start, size_t end), void *owner)
{
    struct reader *r = calloc(1, sizeof *r);
    if (!r) return PX_ENOMEM;
    int rc = 0;
    *r = (struct reader){.strings = strings, .text = text, .size = size, .secret = secret, .owner = owner};
    while (rc == 0 && r->at < r->size) rc = take(r);
    free(r);
    if (rc == 0 && strings->count) qsort(strings->items, strings->count, sizeof *strings->items, compare);
    return rc;
}

void px_strings_free(struct px_strings *strings)
{
    free(strings->items);
    *strings = (struct px_strings){0};
}
