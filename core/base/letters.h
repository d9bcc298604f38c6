/* letters.h: what kind of character a code point is, and its counterpart in the other case, as Unicode 14.0
 * has it: the same answer on every host, whatever its locale. Simple mappings only: one code point becomes
 * one. 0x110000 and above (bytes that are no UTF-8) are of no kind. */
#ifndef UMBRA_BASE_LETTERS_H
#define UMBRA_BASE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The classes of POSIX.1-2017 XBD 9.3.5, and two of bash: word (alnum and _) and ascii. */
#define LETTER_CLASSES(X)                                                                                    \
    X(ALNUM, "alnum")                                                                                        \
    X(ALPHA, "alpha")                                                                                        \
    X(ASCII, "ascii")                                                                                        \
    X(BLANK, "blank")                                                                                        \
    X(CNTRL, "cntrl")                                                                                        \
    X(DIGIT, "digit")                                                                                        \
    X(GRAPH, "graph")                                                                                        \
    X(LOWER, "lower")                                                                                        \
    X(PRINT, "print")                                                                                        \
    X(PUNCT, "punct")                                                                                        \
    X(SPACE, "space")                                                                                        \
    X(UPPER, "upper")                                                                                        \
    X(WORD, "word")                                                                                          \
    X(XDIGIT, "xdigit")

enum letter_class {
#define LETTER_CLASS_ENUM(name, text) LETTER_##name,
    LETTER_CLASSES(LETTER_CLASS_ENUM)
#undef LETTER_CLASS_ENUM
};

/* The class of this name, -1 when there is none. */
int letter_class(const char *name, size_t length);
bool letter_is(uint32_t code_point, enum letter_class class);
uint32_t letter_lower(uint32_t code_point);
uint32_t letter_upper(uint32_t code_point);

#endif
