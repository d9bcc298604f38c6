/* strings.h: finds the strings of JSON text, be it one value, several, an event stream, or cut off anywhere,
 * and the extents of members whose names tell of a secret. Each string has a channel: those at the same place
 * of values that follow one another share it, and so does what a stream's events add to one text. Never
 * fails on malformed text; it then finds less. */
#ifndef PX_DEBUG_STRINGS_H
#define PX_DEBUG_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct px_string {
    uint64_t channel;
    uint32_t start, end; /* in the text, without the quotes */
};

struct px_strings {
    struct px_string *items; /* sorted by channel, then by place */
    size_t count, capacity;
};

/* secret: called with the extent of each value, its quotes included, that stands behind the name of a secret.
 * The text is shorter than 4 GB. PX_ENOMEM. */
int px_strings_find(struct px_strings *strings, const char *text, size_t size,
                    void (*secret)(void *owner, size_t start, size_t end), void *owner);
void px_strings_free(struct px_strings *strings);

/* One character of a string's text, escapes resolved: puts its 1 to 4 bytes into out and returns how much of
 * the text it takes. */
size_t px_string_character(const char *text, size_t size, char out[4], size_t *out_size);

#endif
