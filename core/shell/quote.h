/* quote.h: text in the forms that the shell reads back as that text, exactly as bash 5.2 writes them, and the
 * backslash escapes of $'…', echo -e, printf and its %b. Text is bytes; what is no printable character of
 * UTF-8 is written in octal. */
#ifndef UMBRA_SHELL_QUOTE_H
#define UMBRA_SHELL_QUOTE_H

#include <stdbool.h>

#include "base/buffer.h"

enum sh_quote_style {
    SH_QUOTE_BACKSLASH, /* a\ b: printf %q */
    SH_QUOTE_SINGLE,    /* 'a b': ${x@Q}, alias, trap */
    SH_QUOTE_DOUBLE,    /* "a b": declare -p */
    SH_QUOTE_NEEDED,    /* 'a b', but a plain word as it is: set */
    SH_QUOTE_KEY,       /* "a b", but a plain word as it is: keys of declare -p */
    SH_QUOTE_TRACED,    /* the same of set -x: what needs quotes has single ones, whatever else is in it */
};

/* Control characters and malformed bytes make it $'…' in every style but SH_QUOTE_TRACED. Failures are
 * remembered in the buffer.
 */
void sh_quote(struct buffer *buffer, const char *text, size_t length, enum sh_quote_style style);

enum sh_escapes {
    SH_ESCAPES_DOLLAR, /* $'…': \nnn, \cx, \x{…}; a character \0 ends the text */
    SH_ESCAPES_ECHO,   /* echo -e: \0nnn, \c ends the output */
    SH_ESCAPES_FORMAT, /* the format of printf: \nnn */
    SH_ESCAPES_BYTES,  /* an argument for %b: \nnn and \0nnn, \c ends the output */
};

enum sh_escape_error {
    SH_ESCAPE_FINE,
    SH_ESCAPE_NO_HEX,     /* "\x" without digits, printf's styles only: "missing hex digit for \x" */
    SH_ESCAPE_NO_UNICODE, /* "\u" or "\U" likewise: "missing unicode digit for \u" */
};

struct sh_escape {
    size_t size; /* bytes of text that it is, with its backslash */
    char bytes[8];
    size_t count; /* bytes that it stands for */
    bool stop;    /* \c: nothing of the text behind it, nor of the output */
    enum sh_escape_error error;
};

/* The escape at text[0], which is a backslash. What is no escape stands for itself: the backslash, with the
 * byte behind it where bash takes both at once. */
struct sh_escape sh_escape_at(const char *text, size_t length, enum sh_escapes kind);

/* All of the text. True: a \c ended it. */
bool sh_unescape(struct buffer *buffer, const char *text, size_t length, enum sh_escapes kind);

#endif
