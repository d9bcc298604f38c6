#include "cmd/od_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int width_of(char kind, unsigned size)
{
    static const unsigned char octal[] = {0, 3, 6, 0, 11, 0, 0, 0, 22};
    static const unsigned char number[] = {0, 3, 5, 0, 10, 0, 0, 0, 20};
    static const unsigned char with_sign[] = {0, 4, 6, 0, 11, 0, 0, 0, 20};

    switch (kind) {
    case 'o':
        return octal[size];
    case 'u':
        return number[size];
    case 'd':
        return with_sign[size];
    case 'x':
        return (int)(2 * size);
    case 'f':
        return size == 4 ? 15 : 24;
    default:
        return 3;
    }
}

/* The size behind a letter: a number, or C S I L, for floating point F D. */
static unsigned take_size(const char **at, char kind)
{
    const char *letters = kind == 'f' ? "FD" : "CSIL", *letter = **at ? strchr(letters, **at) : NULL;
    unsigned size = 0;

    if (letter) {
        ++*at;
        return kind == 'f' ? 4u << (letter - letters) : 1u << (letter - letters);
    }
    if (**at < '0' || **at > '9') return kind == 'f' ? 8 : 4;
    for (; **at >= '0' && **at <= '9' && size < 1000; ++*at) size = size * 10 + (unsigned)(**at - '0');
    return size;
}

static bool add(struct k_process *process, struct od_formats *formats, struct od_format format)
{
    if (formats->count == OD_FORMATS_MAX) {
        cmd_error(process, "there are over %d output types", OD_FORMATS_MAX);
        return false;
    }
    format.width = width_of(format.kind, format.size);
    formats->all[formats->count++] = format;
    return true;
}

bool od_add_formats(struct k_process *process, struct od_formats *formats, const char *text)
{
    const char *at = text;

    while (*at) {
        struct od_format format = {.kind = *at, .size = 1};
        if (!strchr("acdfoux", *at)) {
            cmd_error(process, "invalid character '%c' in type string %s", *at, cmd_quote(process, text));
            return false;
        }
        at++;
        if (format.kind != 'a' && format.kind != 'c') format.size = take_size(&at, format.kind);
        if (format.kind == 'f'
                ? format.size != 4 && format.size != 8
                : format.size != 1 && format.size != 2 && format.size != 4 && format.size != 8) {
            cmd_error(process, "invalid type string %s;\nthis system doesn't provide a %u-byte %s type",
                      cmd_quote(process, text), format.size,
                      format.kind == 'f' ? "floating-point" : "integral");
            return false;
        }
        format.ascii = *at == 'z';
        at += format.ascii;
        if (!add(process, formats, format)) return false;
    }
    return true;
}

static uint64_t read_value(const unsigned char *bytes, unsigned size, bool big_endian)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < size; i++) value = value << 8 | bytes[big_endian ? i : size - 1 - i];
    return value;
}

static void put_character(char *text, size_t room, unsigned char byte)
{
    static const char letters[] = "\a\b\f\n\r\t\v", names[] = "abfnrtv";
    const char *letter = byte ? strchr(letters, byte) : NULL;

    if (byte == 0)
        snprintf(text, room, "\\0");
    else if (letter)
        snprintf(text, room, "\\%c", names[letter - letters]);
    else if (byte >= ' ' && byte < 0x7f)
        snprintf(text, room, "%c", byte);
    else
        snprintf(text, room, "%03o", byte);
}

static const char *name_of(unsigned char byte, char *text)
{
    static const char names[33][4] = {"nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs",
                                      "ht",  "nl",  "vt",  "ff",  "cr",  "so",  "si",  "dle", "dc1",
                                      "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em",  "sub",
                                      "esc", "fs",  "gs",  "rs",  "us",  "sp"};

    byte &= 0x7f;
    if (byte <= ' ') return names[byte];
    if (byte == 0x7f) return "del";
    text[0] = (char)byte;
    text[1] = '\0';
    return text;
}

/* With as few digits as stand for this value only. */
static void put_float(char *text, size_t room, uint64_t bits, unsigned size)
{
    uint32_t half = (uint32_t)bits;
    double value;
    float single;
    int digits;

    memcpy(&value, &bits, sizeof value);
    memcpy(&single, &half, sizeof single);
    if (size == 4) value = (double)single;
    digits = size == 4 ? 6 : 15; /* that are always enough to tell numbers apart, but for the smallest */
    if (value < 1e-37 && value > -1e-37) digits = 1;
    for (; digits < 18; digits++) {
        double back;
        snprintf(text, room, "%.*g", digits, value);
        back = strtod(text, NULL);
        if (size == 4 ? (float)back == single : back == value) break;
    }
}

void od_put_value(struct k_process *process, const struct od_format *format, const unsigned char *bytes,
                  int width, bool big_endian)
{
    uint64_t value = read_value(bytes, format->size, big_endian);
    unsigned shift = (64 - 8 * format->size) & 63;
    char text[64];
    const char *shown = text;

    switch (format->kind) {
    case 'a':
        shown = name_of(*bytes, text);
        break;
    case 'c':
        put_character(text, sizeof text, *bytes);
        break;
    case 'd':
        snprintf(text, sizeof text, "%lld", (long long)((int64_t)(value << shift) >> shift));
        break;
    case 'f':
        put_float(text, sizeof text, value, format->size);
        break;
    case 'o':
        snprintf(text, sizeof text, "%0*llo", format->width, (unsigned long long)value);
        break;
    case 'u':
        snprintf(text, sizeof text, "%llu", (unsigned long long)value);
        break;
    default:
        snprintf(text, sizeof text, "%0*llx", format->width, (unsigned long long)value);
        break;
    }
    cmd_printf(process, "%*s", width, shown);
}
