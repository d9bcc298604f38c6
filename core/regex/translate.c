#include "regex/translate.h"

#include <string.h>

#include "base/utf8.h"

int re_refuse(const char *pattern, size_t length, struct error *error, const char *reason)
{
    size_t shown = length <= 120 ? length : utf8_floor(pattern, 120);
    return error_set(error, UMBRA_EINVAL, "the pattern '%.*s%s' cannot be used: %s", (int)shown, pattern,
                     shown < length ? "…" : "", reason);
}

static int refuse(const struct re_translator *translator, const char *reason)
{
    return re_refuse(translator->pattern, translator->length, translator->error, reason);
}

unsigned char re_control(char letter)
{
    static const char letters[] = "tnrfvae", values[] = "\t\n\r\f\v\a\033";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? (unsigned char)values[found - letters] : 0;
}

void re_put_literal(struct buffer *text, unsigned char byte)
{
    if (byte < 0x80 && strchr("\\.[]()*+?{}|^$", byte)) buffer_put_byte(text, '\\');
    buffer_put_byte(text, (char)byte);
}

void re_put_utf8(struct buffer *text, uint32_t code_point)
{
    if (code_point < 0x80) {
        buffer_put_byte(text, (char)code_point);
    } else if (code_point < 0x800) {
        buffer_put_byte(text, (char)(0xc0 | code_point >> 6));
        buffer_put_byte(text, (char)(0x80 | (code_point & 0x3f)));
    } else {
        if (code_point < 0x10000) {
            buffer_put_byte(text, (char)(0xe0 | code_point >> 12));
        } else {
            buffer_put_byte(text, (char)(0xf0 | code_point >> 18));
            buffer_put_byte(text, (char)(0x80 | (code_point >> 12 & 0x3f)));
        }
        buffer_put_byte(text, (char)(0x80 | (code_point >> 6 & 0x3f)));
        buffer_put_byte(text, (char)(0x80 | (code_point & 0x3f)));
    }
}

static char peek(const struct re_translator *translator)
{
    if (translator->at >= translator->length) return '\0';
    return translator->pattern[translator->at];
}

static int weigh(struct re_translator *translator, uint32_t weight)
{
    translator->atom = true;
    translator->last = weight;
    translator->weight += weight;
    if (translator->weight <= RE_WEIGHT_MAX) return 0;
    return refuse(translator, "it is too large with its {n,m} written out");
}

static int count_group(struct re_translator *translator)
{
    if (translator->out->posix_groups == RE_GROUPS_MAX) return refuse(translator, "it has over 99 groups");
    translator->out->posix_groups++;
    return 0;
}

int re_open_hidden(struct re_translator *translator)
{
    buffer_put_byte(&translator->out->text, '(');
    return count_group(translator);
}

/* A run of hexadecimal digits as a number, at most `most` digits. */
static uint32_t read_digits(struct re_translator *translator, size_t most)
{
    uint32_t value = 0;
    while (most-- > 0) {
        char c = peek(translator);
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (uint32_t)((c | 32) - 'a' + 10);
        else
            break;
        value = value * 16 + digit;
        translator->at++;
    }
    return value;
}

int re_read_hex(struct re_translator *translator, uint32_t *code_point)
{
    bool braces = peek(translator) == '{';

    if (braces) translator->at++;
    *code_point = read_digits(translator, braces ? 6 : 2);
    if (braces && peek(translator) != '}')
        return refuse(translator, "\\x{ needs up to six hexadecimal digits and a }");
    if (braces) translator->at++;
    if (*code_point == 0 || *code_point > 0x10ffff || (*code_point >= 0xd800 && *code_point <= 0xdfff))
        return refuse(translator, "\\x needs the hexadecimal number of a character");
    return 0;
}

static bool is_repeat(char c)
{
    return c == '*' || c == '+' || c == '?' || c == '{';
}

/* A character that stands for itself: all its bytes are one atom. */
static int put_character(struct re_translator *translator, uint32_t code_point)
{
    struct buffer *text = &translator->out->text;
    int result;

    if (code_point < 0x80) {
        re_put_literal(text, (unsigned char)code_point);
    } else if (is_repeat(peek(translator))) {
        result = re_open_hidden(translator);
        if (result < 0) return result;
        re_put_utf8(text, code_point);
        buffer_put_byte(text, ')');
    } else {
        re_put_utf8(text, code_point);
    }
    return weigh(translator, 1);
}

/* The text of a class letter; NULL for other letters. */
static const char *class_text(char letter, unsigned flags)
{
    switch (letter) {
    case 'd':
        return "[0-9]";
    case 'D':
        return "[^0-9]";
    case 'w':
        return flags & RE_WIDE ? "[[:alnum:]_]" : "[A-Za-z0-9_]";
    case 'W':
        return flags & RE_WIDE ? "[^[:alnum:]_]" : "[^A-Za-z0-9_]";
    case 's':
        return flags & RE_NEWLINE ? "[ \t\r\f\v]" : "[ \t\n\r\f\v]";
    case 'S':
        return "[^ \t\n\r\f\v]";
    default:
        return NULL;
    }
}

static int escape(struct re_translator *translator)
{
    const char *class;
    uint32_t code_point;
    char c;
    int result;

    if (++translator->at == translator->length) return refuse(translator, "it ends with a lone backslash");
    c = translator->pattern[translator->at];
    if (c >= '1' && c <= '9') return refuse(translator, "back-references (\\1) are not supported");
    if ((unsigned char)c >= 0x80) return 0; /* the character itself comes next */
    translator->at++;
    class = class_text(c, translator->flags);
    if (class) {
        buffer_put_string(&translator->out->text, class);
        return weigh(translator, 1);
    }
    if (c == 'b' || c == 'B' || c == '<' || c == '>') {
        buffer_put_byte(&translator->out->text, '\\');
        buffer_put_byte(&translator->out->text, c);
        translator->atom = false;
        return 0;
    }
    if (c == 'x') {
        result = re_read_hex(translator, &code_point);
        return result < 0 ? result : put_character(translator, code_point);
    }
    if (re_control(c)) return put_character(translator, re_control(c));
    if ((translator->flags & RE_PERL) && ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')))
        return refuse(translator,
                      "it has an escape that is not supported; known are \\d \\D \\w \\W \\s \\S \\b \\B "
                      "\\t \\n \\r \\f \\v \\xHH");
    return put_character(translator, (unsigned char)c);
}

static int open_group(struct re_translator *translator)
{
    struct re_translation *out = translator->out;
    int result;

    translator->at++;
    result = re_open_hidden(translator); /* also bounds the depth */
    if (result < 0) return result;
    translator->weights[translator->depth++] = translator->weight;
    translator->weight = 0;
    translator->atom = false;
    if (peek(translator) != '?' || !(translator->flags & RE_PERL)) {
        out->posix_index[++out->groups] = (unsigned char)out->posix_groups;
        return 0;
    }
    translator->at++;
    if (peek(translator) != ':')
        return refuse(translator,
                      "of the (?…) forms only (?:…) is supported, and (?i) at the very beginning");
    translator->at++;
    return 0;
}

static int close_group(struct re_translator *translator)
{
    uint32_t inside = translator->weight;

    if (translator->depth == 0) {
        translator->at++;
        return put_character(translator, ')');
    }
    buffer_put_byte(&translator->out->text, ')');
    translator->at++;
    translator->weight = translator->weights[--translator->depth];
    return weigh(translator, inside ? inside : 1);
}

/* A number of an interval at *at, -1 when there is none. */
static int32_t read_count(const struct re_translator *translator, size_t *at)
{
    int32_t value = -1;
    while (*at < translator->length && translator->pattern[*at] >= '0' && translator->pattern[*at] <= '9') {
        int32_t digit = translator->pattern[(*at)++] - '0';
        value = value < 0 ? digit : value > RE_INTERVAL_MAX ? value : value * 10 + digit;
    }
    return value;
}

/* Counts the last atom `times` times; both libraries write it out so often. */
static int multiply(struct re_translator *translator, uint32_t times)
{
    uint32_t once = translator->last;
    int result = times > 1 ? weigh(translator, once * (times - 1)) : 0;
    translator->last = once * (times ? times : 1);
    return result;
}

/* {n}, {n,}, {,m} or {n,m} at translator->at. 1 when it was one, 0 when it is not. */
static int interval(struct re_translator *translator)
{
    size_t at = translator->at + 1;
    int32_t least = read_count(translator, &at), most = least;
    bool comma = at < translator->length && translator->pattern[at] == ',';
    uint32_t times;

    if (comma) {
        at++;
        most = read_count(translator, &at);
    }
    if (at >= translator->length || translator->pattern[at] != '}' || (least < 0 && most < 0)) return 0;
    if (least > RE_INTERVAL_MAX || most > RE_INTERVAL_MAX)
        return refuse(translator, "a number in {n,m} is over 255");
    if (least < 0) least = 0;
    if (most >= 0 && most < least) return refuse(translator, "in {n,m} n is greater than m");
    translator->at = at + 1;
    if (most < 0)
        buffer_printf(&translator->out->text, "{%d,}", least);
    else
        buffer_printf(&translator->out->text, "{%d,%d}", least, most);
    times = (uint32_t)(most < 0 ? least + 1 : most);
    return multiply(translator, times) < 0 ? UMBRA_EINVAL : 1;
}

/* Several of * + ? in a row as one of them. */
static int repeat_simply(struct re_translator *translator)
{
    bool none = false, many = false;

    if (!translator->atom)
        return refuse(translator,
                      "a * + or ? has nothing before it to repeat; a backslash before it makes it "
                      "stand for itself");
    do {
        char c = translator->pattern[translator->at++];
        none |= c != '+';
        many |= c != '?';
    } while (!(translator->flags & RE_PERL) &&
             (peek(translator) == '*' || peek(translator) == '+' || peek(translator) == '?'));
    buffer_put_string(&translator->out->text, !many ? "?" : none ? "*" : "+");
    return many && !none ? multiply(translator, 2) : 0;
}

static int repeat(struct re_translator *translator, char c)
{
    int result = 1;

    if (c != '{') {
        result = repeat_simply(translator);
    } else {
        result = translator->atom ? interval(translator) : 0;
        if (result == 0) {
            translator->at++;
            return put_character(translator, '{');
        }
    }
    if (result < 0 || !(translator->flags & RE_PERL)) return result < 0 ? result : 0;
    if (peek(translator) == '?' || peek(translator) == '+') translator->at++;
    translator->atom = false;
    return 0;
}

static int character(struct re_translator *translator)
{
    uint32_t code_point = 0;
    size_t step =
        utf8_decode(translator->pattern + translator->at, translator->length - translator->at, &code_point);

    if (step > 1) {
        translator->at += step;
        return put_character(translator, code_point);
    }
    buffer_put_byte(&translator->out->text, translator->pattern[translator->at++]);
    return weigh(translator, 1);
}

static int part(struct re_translator *translator)
{
    char c = peek(translator);
    int result;

    switch (c) {
    case '\\':
        return escape(translator);
    case '[':
        result = re_translate_bracket(translator);
        return result < 0 ? result : weigh(translator, 1);
    case '(':
        return open_group(translator);
    case ')':
        return close_group(translator);
    case '*':
    case '+':
    case '?':
    case '{':
        return repeat(translator, c);
    case '^':
    case '$':
    case '|':
        buffer_put_byte(&translator->out->text, c);
        translator->at++;
        translator->atom = false;
        return 0;
    default:
        return character(translator);
    }
}

int re_translate(const char *pattern, size_t length, unsigned flags, struct re_translation *out,
                 struct error *error)
{
    struct re_translator translator = {
        .pattern = pattern, .length = length, .flags = flags, .out = out, .error = error};

    if ((flags & RE_PERL) && length >= 4 && memcmp(pattern, "(?i)", 4) == 0) {
        out->ignore_case = true;
        translator.at = 4;
    }
    while (translator.at < length) {
        int result = part(&translator);
        if (result < 0) return result;
    }
    if (translator.depth)
        return refuse(&translator,
                      "a ( has no ) that closes it; a backslash before it makes it stand for itself");
    return out->text.failed ? error_memory(error) : 0;
}
