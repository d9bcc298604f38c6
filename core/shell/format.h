/* format.h: what bash's printf does with its format and arguments, into a buffer. Integers have 64 bits;
 * numbers for %e %f %g %a have the precision of x86's long double on every host (base/real.h), so that the
 * digits are those of bash on x86-64 Linux. Time and memory are bounded by the limit of output and the length
 * of input. */
#ifndef UMBRA_SHELL_FORMAT_H
#define UMBRA_SHELL_FORMAT_H

#include "base/buffer.h"
#include "base/calendar.h"

#define SH_FORMAT_LIMIT (16u << 20) /* bytes of output, when the caller has no smaller limit */

struct sh_format_argument {
    const char *text;
    size_t length;
};

/* Where to go on with a format that is used piece by piece; zeroed in the beginning. */
struct sh_format_place {
    size_t next, made; /* argument; bytes of output so far */
    bool failed;       /* the status will be 1 */
};

struct sh_format {
    const char *format;
    size_t length;
    const struct sh_format_argument *arguments;
    size_t count;
    size_t limit;                  /* bytes of output; 0: SH_FORMAT_LIMIT */
    struct sh_format_place *place; /* NULL: all is done at once */
    size_t piece;                  /* bytes of output that are enough for a call, with a place */
    int64_t now, started;          /* seconds since the epoch, for %(…)T with -1 or nothing, and -2 */
    const struct calendar_zone *zone;
    /* %n: so many bytes were written. Returns 0 or a negative code, which ends the formatting; it has told
     * the user then. NULL: %n does nothing. */
    int (*set)(void *context, const char *name, size_t length, int64_t value);
    void *context;
    struct buffer *places; /* NULL, or gets a size_t for each message: where in the output it came */
};

/* Appends the output. Complaints ("printf: abc: invalid number") are appended to messages, a NUL behind each,
 * for the caller to print after the name of the script and the line, in the order in which they came. Returns
 * the status of printf, 0 or 1; UMBRA_EAGAIN: a piece is done, and there are more arguments; UMBRA_ELIMIT
 * (the message is among the others, what was made is in output); UMBRA_ENOMEM; what set() returned. */
int sh_format(const struct sh_format *format, struct buffer *output, struct buffer *messages);

#endif
