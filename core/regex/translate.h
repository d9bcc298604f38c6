/* translate.h: extended patterns rewritten for the C library, so that glibc and musl answer alike. What POSIX
 * leaves undefined is decided here, and what would take endless time or memory is refused here.
 *
 * RE_EXTENDED: \d \D \w \W \s \S are classes of ASCII characters; \t \n \r \f \v \a \e \xHH \x{HHHH} are
 * single characters; \b \B \< \> are word borders (musl lets \b pass at the very beginning and end of a
 * subject, glibc only beside a word character). A '{' that begins no interval and a ')' that closes nothing
 * stand for themselves. A character beyond ASCII may be repeated and may be in a bracket, but not in a range.
 * With RE_WIDE the C library knows characters beyond ASCII itself: then they are in the classes too. No
 * back-references. RE_PERL adds (?:…), (?i) at the beginning, lazy *? +? ?? }? (the same as without '?' where
 * only whether and where a line matches counts), and a backslash in brackets escapes. */
#ifndef UMBRA_REGEX_TRANSLATE_H
#define UMBRA_REGEX_TRANSLATE_H

#include "base/buffer.h"
#include "regex/regex.h"

#define RE_WIDE         256   /* beside the flags of regex.h */
#define RE_GROUPS_MAX   99    /* of a pattern, those made by the translation included */
#define RE_INTERVAL_MAX 255   /* n and m of {n,m}; RE_DUP_MAX of POSIX */
#define RE_WEIGHT_MAX   8000  /* single characters of a pattern with its intervals written out */
#define RE_PATTERN_MAX  32768 /* bytes */

struct re_translation {
    struct buffer text;                           /* for regcomp(REG_EXTENDED) */
    bool ignore_case;                             /* (?i) was there */
    size_t groups;                                /* that the pattern's author wrote */
    size_t posix_groups;                          /* that regcomp will see */
    unsigned char posix_index[RE_GROUPS_MAX + 1]; /* of the author's group i (0: the whole) */
};

/* A translation under way. */
struct re_translator {
    const char *pattern;
    size_t length, at;
    unsigned flags;
    struct re_translation *out;
    struct error *error;
    bool atom;       /* something that may be repeated stands before */
    uint32_t weight; /* of the innermost group so far */
    uint32_t last;   /* of the last atom */
    uint32_t weights[RE_GROUPS_MAX];
    size_t depth;
};

/* out must be zeroed; free out->text in any case. EINVAL with the reason, ENOMEM. */
int re_translate(const char *pattern, size_t length, unsigned flags, struct re_translation *out,
                 struct error *error);

/* EINVAL with the pattern and a reason. */
int re_refuse(const char *pattern, size_t length, struct error *error, const char *reason);

/* For bracket.c: the bracket expression at translator->at (its '['). */
int re_translate_bracket(struct re_translator *translator);
/* Writes one character that stands for itself. */
void re_put_literal(struct buffer *text, unsigned char byte);
/* Opens a group that the pattern's author does not see. */
int re_open_hidden(struct re_translator *translator);
/* What \x at translator->at (the byte after 'x') means; moves behind it. EINVAL. */
int re_read_hex(struct re_translator *translator, uint32_t *code_point);
/* Appends a code point as UTF-8. */
void re_put_utf8(struct buffer *text, uint32_t code_point);
/* The character of \t \n \r \f \v \a \e, 0 for any other letter. */
unsigned char re_control(char letter);

#endif
