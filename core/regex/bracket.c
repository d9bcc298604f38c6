/* bracket.c: bracket expressions. Each is read into a set of ASCII characters and written anew in one form
 * that every C library reads alike. */
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "regex/translate.h"

struct bracket {
    bool ascii[128];
    bool beyond; /* everything beyond ASCII */
    bool negated;
    struct buffer others;  /* single characters beyond ASCII, each after a '|' */
    struct buffer classes; /* "[:alpha:]" and so on, as they came */
};

static int refuse(const struct re_translator *translator, const char *reason)
{
    return re_refuse(translator->pattern, translator->length, translator->error, reason);
}

/* Whether an ASCII character is in a named class; -1 when there is no such class. */
static int in_class(const char *name, size_t length, int c)
{
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"upper", isupper},
                   {"lower", islower}, {"space", isspace}, {"blank", isblank}, {"punct", ispunct},
                   {"print", isprint}, {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit}};
    size_t i;
    for (i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
            return classes[i].test(c) != 0;
    return -1;
}

/* Adds [:name:], or with invert all that is not in it. False when there is no such class. */
static bool add_class(struct bracket *bracket, const char *name, size_t length, bool invert)
{
    int c;
    for (c = 1; c < 128; c++) {
        int member = in_class(name, length, c);
        if (member < 0) return false;
        if (member != invert) bracket->ascii[c] = true;
    }
    if (invert)
        bracket->beyond = true;
    else
        buffer_printf(&bracket->classes, "[:%.*s:]", (int)length, name);
    return true;
}

/* [:name:], [=c=] or [.c.] at translator->at: 1 when a class was added, 0 with the character, negative error.
 */
static int read_named(struct re_translator *translator, struct bracket *bracket, uint32_t *code_point)
{
    const char *start = translator->pattern + translator->at + 2;
    size_t left = translator->length - translator->at - 2, size = 0;
    char kind = start[-1];

    while (size + 1 < left && !(start[size] == kind && start[size + 1] == ']')) size++;
    if (size + 1 >= left) return refuse(translator, "a [: [= or [. in brackets is not closed");
    translator->at += size + 4;
    if (kind == ':') {
        if (add_class(bracket, start, size, false)) return 1;
        return refuse(translator, "it names a character class that does not exist");
    }
    if (size != 1 || (unsigned char)start[0] >= 0x80)
        return refuse(translator, "only single characters may stand in [= =] and [. .]");
    *code_point = (unsigned char)start[0];
    return 0;
}

/* A backslash in brackets, as Perl has it. As read_named(). */
static int read_escape(struct re_translator *translator, struct bracket *bracket, uint32_t *code_point)
{
    char c;

    if (translator->at + 1 == translator->length) return refuse(translator, "it ends with a lone backslash");
    c = translator->pattern[translator->at + 1];
    translator->at += 2;
    if (c == 'x') return re_read_hex(translator, code_point);
    *code_point = c == 'b' ? '\b' : re_control(c) ? re_control(c) : (unsigned char)c;
    if ((c | 32) == 'd') return add_class(bracket, "digit", 5, c == 'D');
    if ((c | 32) == 's') return add_class(bracket, "space", 5, c == 'S');
    if ((c | 32) == 'w') {
        add_class(bracket, "alnum", 5, c == 'W');
        /* '_' is the one member that the class lacks */
        bracket->ascii['_'] = c == 'w';
        return 1;
    }
    if (*code_point >= 0x80) {
        size_t step = utf8_decode(translator->pattern + translator->at - 1,
                                  translator->length - translator->at + 1, code_point);
        if (step > 1) translator->at += step - 1;
    }
    return 0;
}

/* The next member: 1 a class (added), 0 one character, negative error. */
static int read_member(struct re_translator *translator, struct bracket *bracket, uint32_t *code_point)
{
    const char *at = translator->pattern + translator->at;
    size_t left = translator->length - translator->at, step;

    if (left > 1 && at[0] == '[' && strchr(":=.", at[1]) && at[1])
        return read_named(translator, bracket, code_point);
    if (at[0] == '\\' && (translator->flags & RE_PERL)) return read_escape(translator, bracket, code_point);
    step = utf8_decode(at, left, code_point);
    if (step == 0) return refuse(translator, "it has a byte in brackets that is not UTF-8");
    translator->at += step;
    return 0;
}

static int add_range(const struct re_translator *translator, struct bracket *bracket, uint32_t first,
                     uint32_t last)
{
    if (first == last && first >= 0x80) {
        buffer_put_byte(&bracket->others, '|');
        re_put_utf8(&bracket->others, first);
        return 0;
    }
    if (first > last) return refuse(translator, "a range in brackets runs backwards");
    if (last >= 0x80)
        return refuse(translator, "a range in brackets goes beyond ASCII, which is not supported");
    while (first <= last) bracket->ascii[first++] = true;
    return 0;
}

/* A '-' at translator->at that is between two members. */
static bool at_range(const struct re_translator *translator)
{
    return translator->at + 1 < translator->length && translator->pattern[translator->at] == '-' &&
           translator->pattern[translator->at + 1] != ']';
}

static int read_members(struct re_translator *translator, struct bracket *bracket)
{
    bool first = true;

    for (;; first = false) {
        uint32_t from = 0, to;
        int result;

        if (translator->at >= translator->length)
            return refuse(translator,
                          "a [ has no ] that closes it; a backslash before it makes it stand for itself");
        if (translator->pattern[translator->at] == ']' && !first) {
            translator->at++;
            return 0;
        }
        result = read_member(translator, bracket, &from);
        if (result < 0) return result;
        if (result == 1) continue;
        to = from;
        if (at_range(translator)) {
            translator->at++;
            result = read_member(translator, bracket, &to);
            if (result < 0) return result;
            if (result == 1) return refuse(translator, "a range in brackets ends in a class");
        }
        result = add_range(translator, bracket, from, to);
        if (result < 0) return result;
    }
}

/* Writes the members that are `wanted`: ']' first, '^' never first, '-' last. */
static void put_members(struct buffer *text, const bool *ascii, bool wanted)
{
    int c;
    if (ascii[']'] == wanted) buffer_put_byte(text, ']');
    for (c = 1; c < 128; c++)
        if (ascii[c] == wanted && !strchr("]^-[", c)) buffer_put_byte(text, (char)c);
    if (ascii['['] == wanted) buffer_put_byte(text, '[');
    if (ascii['^'] == wanted) buffer_put_byte(text, '^');
    if (ascii['-'] == wanted) buffer_put_byte(text, '-');
}

static int count_members(const bool *ascii, bool wanted)
{
    int c, count = 0;
    for (c = 1; c < 128; c++) count += ascii[c] == wanted;
    return count;
}

/* Where nothing beyond ASCII, or only single characters of it, are members. */
static int put_positive(struct re_translator *translator, const struct bracket *bracket)
{
    struct buffer *text = &translator->out->text;
    int count = count_members(bracket->ascii, true), c = 1, result;

    if (count == 0 && bracket->others.size == 0) return refuse(translator, "a [ ] in it can match nothing");
    if (bracket->others.size) {
        result = re_open_hidden(translator);
        if (result < 0) return result;
    }
    if (count == 1) {
        while (!bracket->ascii[c]) c++;
        re_put_literal(text, (unsigned char)c);
    } else if (count) {
        buffer_put_byte(text, '[');
        put_members(text, bracket->ascii, true);
        buffer_put_byte(text, ']');
    }
    if (bracket->others.size == 0) return 0;
    buffer_put(text, bracket->others.data + (count == 0), bracket->others.size - (count == 0));
    buffer_put_byte(text, ')');
    return 0;
}

static int put_bracket(struct re_translator *translator, const struct bracket *bracket)
{
    struct buffer *text = &translator->out->text;
    int result;

    if (!bracket->beyond) return put_positive(translator, bracket);
    if (count_members(bracket->ascii, false)) {
        buffer_put_string(text, "[^");
        put_members(text, bracket->ascii, false);
        buffer_put_byte(text, ']');
        return 0;
    }
    result = re_open_hidden(translator);
    buffer_put_string(text, ".|\n)");
    return result;
}

/* For a C library that knows characters beyond ASCII. */
static int put_wide(struct re_translator *translator, const struct bracket *bracket)
{
    struct buffer *text = &translator->out->text;
    size_t i;
    int c;

    buffer_put_string(text, bracket->negated ? "[^" : "[");
    if (bracket->ascii[']']) buffer_put_byte(text, ']');
    for (c = 1; c < 128; c++)
        if (bracket->ascii[c] && !strchr("]^-[", c)) buffer_put_byte(text, (char)c);
    for (i = 0; i < bracket->others.size; i++)
        if (bracket->others.data[i] != '|') buffer_put_byte(text, bracket->others.data[i]);
    if (bracket->classes.size) buffer_put(text, bracket->classes.data, bracket->classes.size);
    if (bracket->ascii['[']) buffer_put_byte(text, '[');
    if (bracket->ascii['^']) buffer_put_byte(text, '^');
    if (bracket->ascii['-']) buffer_put_byte(text, '-');
    buffer_put_byte(text, ']');
    return 0;
}

static void negate(struct bracket *bracket)
{
    int c;
    for (c = 1; c < 128; c++) bracket->ascii[c] = !bracket->ascii[c];
    bracket->beyond = !bracket->beyond;
}

int re_translate_bracket(struct re_translator *translator)
{
    struct bracket bracket = {0};
    bool wide;
    int result;

    translator->at++;
    if (translator->at < translator->length && translator->pattern[translator->at] == '^') {
        bracket.negated = true;
        translator->at++;
    }
    result = read_members(translator, &bracket);
    if (result == 0 && (bracket.others.failed || bracket.classes.failed))
        result = error_memory(translator->error);
    wide = translator->flags & RE_WIDE && !bracket.beyond && (bracket.others.size || bracket.classes.size);
    if (result == 0 && bracket.negated && !wide) negate(&bracket); /* else there is nothing beyond ASCII */
    if (result == 0) result = wide ? put_wide(translator, &bracket) : put_bracket(translator, &bracket);
    buffer_free(&bracket.others);
    buffer_free(&bracket.classes);
    return result;
}
