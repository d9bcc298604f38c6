#include "upstream/scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum state {
    BEFORE_VALUE,
    BEFORE_VALUE_OR_END, /* behind '[' */
    BEFORE_KEY,          /* behind ',' in an object */
    BEFORE_KEY_OR_END,   /* behind '{' */
    BEFORE_COLON,
    AFTER_VALUE,
    IN_STRING,
    IN_ESCAPE,
    IN_CODE,
    IN_LITERAL,
    IN_NUMBER,
    AT_END,
    LOST
};

void px_scan_begin(struct px_scan *scan)
{
    *scan = (struct px_scan){.value = scan->value, .owner = scan->owner};
}

static void lose(struct px_scan *scan)
{
    scan->state = LOST;
    scan->malformed = true;
}

/* --- levels --- */

static bool in_array(const struct px_scan *scan)
{
    size_t level = scan->depth - 1;
    return scan->depth && scan->arrays[level / 8] & 1u << level % 8;
}

static void open_level(struct px_scan *scan, bool array)
{
    size_t level = scan->depth;
    if (level == PX_SCAN_DEPTH) {
        lose(scan);
        return;
    }
    uint8_t bit = (uint8_t)(1u << level % 8);
    scan->arrays[level / 8] =
        (uint8_t)(array ? scan->arrays[level / 8] | bit : scan->arrays[level / 8] & ~bit);
    if (level < PX_SCAN_LEVELS) {
        scan->keys[level][0] = '\0';
        scan->cut_keys[level] = false;
    }
    scan->depth++;
    scan->state = array ? BEFORE_VALUE_OR_END : BEFORE_KEY_OR_END;
}

static void end_value(struct px_scan *scan)
{
    scan->state = scan->depth ? AFTER_VALUE : AT_END;
    scan->ended = scan->depth == 0;
}

static void close_level(struct px_scan *scan, bool array)
{
    if (scan->depth == 0 || in_array(scan) != array) {
        lose(scan);
        return;
    }
    scan->depth--;
    end_value(scan);
}

static void tell(struct px_scan *scan, enum px_scan_kind kind)
{
    for (size_t i = 0; i < scan->depth && i < PX_SCAN_LEVELS; i++) scan->cut |= scan->cut_keys[i];
    scan->text[scan->size] = '\0';
    scan->value(scan, kind);
    end_value(scan);
}

/* --- strings --- */

static void begin_text(struct px_scan *scan, enum state state)
{
    scan->state = (unsigned char)state;
    scan->size = 0;
    scan->cut = false;
    scan->high_surrogate = 0;
}

static void put(struct px_scan *scan, char byte)
{
    if (scan->size + 1 < PX_SCAN_VALUE)
        scan->text[scan->size++] = byte;
    else
        scan->cut = true;
}

static void put_code(struct px_scan *scan, unsigned code)
{
    if (code == 0) scan->cut = true; /* what follows is not seen by those who read a C string */
    if (code < 0x80) {
        put(scan, (char)code);
    } else if (code < 0x800) {
        put(scan, (char)(0xC0 | code >> 6));
        put(scan, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        put(scan, (char)(0xE0 | code >> 12));
        put(scan, (char)(0x80 | (code >> 6 & 0x3F)));
        put(scan, (char)(0x80 | (code & 0x3F)));
    } else {
        put(scan, (char)(0xF0 | code >> 18));
        put(scan, (char)(0x80 | (code >> 12 & 0x3F)));
        put(scan, (char)(0x80 | (code >> 6 & 0x3F)));
        put(scan, (char)(0x80 | (code & 0x3F)));
    }
}

/* A half of a pair that stands alone is U+FFFD. */
static void drop_half(struct px_scan *scan)
{
    if (scan->high_surrogate) put_code(scan, 0xFFFD);
    scan->high_surrogate = 0;
}

static void take_unit(struct px_scan *scan, unsigned unit)
{
    if (unit >= 0xDC00 && unit < 0xE000 && scan->high_surrogate) {
        put_code(scan, 0x10000 + ((scan->high_surrogate - 0xD800) << 10) + (unit - 0xDC00));
        scan->high_surrogate = 0;
        return;
    }
    drop_half(scan);
    if (unit >= 0xD800 && unit < 0xDC00)
        scan->high_surrogate = unit;
    else
        put_code(scan, unit >= 0xDC00 && unit < 0xE000 ? 0xFFFD : unit);
}

static void end_string(struct px_scan *scan)
{
    drop_half(scan);
    if (!scan->is_key) {
        tell(scan, PX_SCAN_STRING);
        return;
    }
    size_t level = scan->depth - 1;
    if (level < PX_SCAN_LEVELS) {
        size_t size = scan->size < PX_SCAN_KEY ? scan->size : PX_SCAN_KEY - 1;
        memcpy(scan->keys[level], scan->text, size);
        scan->keys[level][size] = '\0';
        scan->cut_keys[level] = scan->cut || size < scan->size;
    }
    scan->state = BEFORE_COLON;
}

static void take_string(struct px_scan *scan, char byte)
{
    if (byte == '"')
        end_string(scan);
    else if (byte == '\\')
        scan->state = IN_ESCAPE;
    else if ((unsigned char)byte < 0x20)
        lose(scan);
    else {
        drop_half(scan);
        put(scan, byte);
    }
}

/* Whether one of eight bytes ends a span: a quote, a backslash or a control character. (Sean Anderson, Bit
 * Twiddling Hacks, "Determine if a word has a byte less than n".) */
static bool ends_span(const char *data)
{
    const uint64_t ones = 0x0101010101010101, tops = ones << 7;
    uint64_t word;
    memcpy(&word, data, sizeof word);
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((word - ones * 0x20) & ~word)) &
           tops;
}

/* As many bytes of a string as mean themselves. */
static size_t take_span(struct px_scan *scan, const char *data, size_t size)
{
    size_t n = 0, room = PX_SCAN_VALUE - 1 - scan->size;
    while (size - n >= 8 && !ends_span(data + n)) n += 8;
    while (n < size && data[n] != '"' && data[n] != '\\' && (unsigned char)data[n] >= 0x20) n++;
    if (n > room) scan->cut = true;
    size_t kept = n < room ? n : room;
    memcpy(scan->text + scan->size, data, kept);
    scan->size += kept;
    return n;
}

static void take_escape(struct px_scan *scan, char byte)
{
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *at = byte ? strchr(names, byte) : NULL;
    scan->state = IN_STRING;
    if (byte == 'u') {
        scan->state = IN_CODE;
        scan->code = scan->code_digits = 0;
    } else if (at) {
        drop_half(scan);
        put(scan, bytes[at - names]);
    } else {
        lose(scan);
    }
}

static void take_digit(struct px_scan *scan, char byte)
{
    if (!isxdigit((unsigned char)byte)) {
        lose(scan);
        return;
    }
    unsigned digit = isdigit((unsigned char)byte) ? (unsigned)(byte - '0') : ((unsigned)byte | 32) - 'a' + 10;
    scan->code = scan->code << 4 | digit;
    if (++scan->code_digits < 4) return;
    scan->state = IN_STRING;
    take_unit(scan, scan->code);
}

/* --- the other values --- */

/* RFC 8259, section 6. */
static bool is_number(const char *text)
{
    if (*text == '-') text++;
    if (*text == '0')
        text++;
    else if (isdigit((unsigned char)*text))
        while (isdigit((unsigned char)*text)) text++;
    else
        return false;
    if (*text == '.') {
        if (!isdigit((unsigned char)*++text)) return false;
        while (isdigit((unsigned char)*text)) text++;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        if (*text == '+' || *text == '-') text++;
        if (!isdigit((unsigned char)*text)) return false;
        while (isdigit((unsigned char)*text)) text++;
    }
    return *text == '\0';
}

static void end_number(struct px_scan *scan)
{
    scan->text[scan->size] = '\0';
    if (!scan->cut && !is_number(scan->text))
        lose(scan);
    else
        tell(scan, PX_SCAN_NUMBER);
}

static void take_literal(struct px_scan *scan, char byte)
{
    if (scan->literal[scan->literal_at] != byte) {
        lose(scan);
        return;
    }
    if (scan->literal[++scan->literal_at]) return;
    scan->size = 0;
    scan->cut = false;
    tell(scan, *scan->literal == 't' ? PX_SCAN_TRUE : *scan->literal == 'f' ? PX_SCAN_FALSE : PX_SCAN_NULL);
}

static void begin_literal(struct px_scan *scan, const char *literal)
{
    scan->literal = literal;
    scan->literal_at = 1;
    scan->state = IN_LITERAL;
}

static void begin_value(struct px_scan *scan, char byte)
{
    switch (byte) {
    case '{':
    case '[':
        open_level(scan, byte == '[');
        break;
    case '"':
        scan->is_key = false;
        begin_text(scan, IN_STRING);
        break;
    case 't':
        begin_literal(scan, "true");
        break;
    case 'f':
        begin_literal(scan, "false");
        break;
    case 'n':
        begin_literal(scan, "null");
        break;
    default:
        begin_text(scan, IN_NUMBER);
        put(scan, byte);
        if (byte != '-' && !isdigit((unsigned char)byte)) lose(scan);
    }
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void take_between(struct px_scan *scan, char byte)
{
    enum state state = (enum state)scan->state;
    if (is_blank(byte)) return;
    if (state == BEFORE_VALUE_OR_END && byte == ']')
        close_level(scan, true);
    else if (state == BEFORE_VALUE || state == BEFORE_VALUE_OR_END)
        begin_value(scan, byte);
    else if (state == BEFORE_KEY_OR_END && byte == '}')
        close_level(scan, false);
    else if ((state == BEFORE_KEY || state == BEFORE_KEY_OR_END) && byte == '"') {
        scan->is_key = true;
        begin_text(scan, IN_STRING);
    } else if (state == BEFORE_COLON && byte == ':')
        scan->state = BEFORE_VALUE;
    else if (state == AFTER_VALUE && byte == ',')
        scan->state = in_array(scan) ? BEFORE_VALUE : BEFORE_KEY;
    else if (state == AFTER_VALUE && (byte == '}' || byte == ']'))
        close_level(scan, byte == ']');
    else
        lose(scan);
}

static void take(struct px_scan *scan, char byte)
{
    switch ((enum state)scan->state) {
    case IN_STRING:
        take_string(scan, byte);
        break;
    case IN_ESCAPE:
        take_escape(scan, byte);
        break;
    case IN_CODE:
        take_digit(scan, byte);
        break;
    case IN_LITERAL:
        take_literal(scan, byte);
        break;
    case IN_NUMBER:
        if (isalnum((unsigned char)byte) || (byte && strchr("+-.", byte))) {
            put(scan, byte);
            break;
        }
        end_number(scan);
        if (scan->state != LOST) take_between(scan, byte);
        break;
    default:
        take_between(scan, byte);
    }
}

void px_scan_feed(struct px_scan *scan, const char *data, size_t size)
{
    for (size_t i = 0; i < size && scan->state != LOST; i++) {
        if (scan->state == IN_STRING && !scan->high_surrogate) i += take_span(scan, data + i, size - i);
        if (i < size) take(scan, data[i]);
    }
}

bool px_scan_finish(struct px_scan *scan)
{
    if (scan->state == IN_NUMBER && scan->depth == 0) end_number(scan);
    return scan->ended && !scan->malformed;
}

/* --- looking --- */

size_t px_scan_follow(const struct px_scan *scan, size_t level, const char *path)
{
    if (scan->depth > PX_SCAN_LEVELS) return PX_SCAN_ASTRAY;
    for (const char *p = path; *p; level++) {
        size_t n = strcspn(p, " ");
        bool any = n == 1 && *p == '*';
        if (level >= scan->depth || scan->cut_keys[level]) return PX_SCAN_ASTRAY;
        bool array = scan->arrays[level / 8] & 1u << level % 8;
        if (any != array) return PX_SCAN_ASTRAY;
        if (!any && (strlen(scan->keys[level]) != n || memcmp(scan->keys[level], p, n) != 0))
            return PX_SCAN_ASTRAY;
        p += n + (p[n] == ' ');
    }
    return level;
}

bool px_scan_at(const struct px_scan *scan, const char *path)
{
    return px_scan_follow(scan, 0, path) == scan->depth;
}

int64_t px_scan_count(const struct px_scan *scan, enum px_scan_kind kind)
{
    if (kind != PX_SCAN_NUMBER || scan->cut) return -1;
    double value = strtod(scan->text, NULL);
    if (!(value >= 0) || value > 9007199254740992.0 || value != (double)(int64_t)value) return -1;
    return (int64_t)value;
}
