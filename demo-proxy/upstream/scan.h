/* scan.h: reads JSON (RFC 8259) as it comes, in pieces of any size and in bounded memory, and tells of each
 * scalar with the keys that lead to it. Nothing is kept of the text but the keys of the uppermost levels and
 * the beginning of the value at hand. Malformed text is noticed where it stands; the rest is then skipped
 * until px_scan_begin. */
#ifndef PX_UPSTREAM_SCAN_H
#define PX_UPSTREAM_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PX_SCAN_LEVELS = 6, /* whose keys are kept */
    PX_SCAN_DEPTH = 512,
    PX_SCAN_KEY = 40,   /* bytes of a key that are kept, the NUL included */
    PX_SCAN_VALUE = 128 /* likewise of a value */
};

#define PX_SCAN_ASTRAY ((size_t)-1)

enum px_scan_kind { PX_SCAN_STRING, PX_SCAN_NUMBER, PX_SCAN_TRUE, PX_SCAN_FALSE, PX_SCAN_NULL };

struct px_scan {
    void (*value)(struct px_scan *scan, enum px_scan_kind kind);
    void *owner;
    char keys[PX_SCAN_LEVELS][PX_SCAN_KEY]; /* of the objects around, from the outside; "" in an array */
    size_t depth;                           /* of the scalar: how many arrays and objects are around it */
    char text[PX_SCAN_VALUE];               /* the value: of a string its characters, escapes resolved */
    bool cut;   /* the value, or a key that leads to it, is longer than what is kept */
    bool ended; /* one whole value was read */
    bool malformed;
    /* The rest is the scanner's own. */
    unsigned char state, literal_at;
    const char *literal;
    bool is_key, cut_keys[PX_SCAN_LEVELS];
    size_t size;
    unsigned code, code_digits, high_surrogate;
    uint8_t arrays[PX_SCAN_DEPTH / 8]; /* a bit for each level: it is an array */
};

/* Begins with a new text; value and owner stay. */
void px_scan_begin(struct px_scan *scan);
void px_scan_feed(struct px_scan *scan, const char *data, size_t size);
/* The text is over: a number at its end ends with it. True when it was exactly one value. */
bool px_scan_finish(struct px_scan *scan);
/* Whether the keys that lead to the value are exactly these, blank between them, like "message usage"; the
 * value's own key is the last. "*" stands for a level of an array. */
bool px_scan_at(const struct px_scan *scan, const char *path);
/* The level to which the path leads from another one; PX_SCAN_ASTRAY: the keys there are others. */
size_t px_scan_follow(const struct px_scan *scan, size_t level, const char *path);
/* The value as a whole number from 0 up; -1 when it is none. */
int64_t px_scan_count(const struct px_scan *scan, enum px_scan_kind kind);

#endif
