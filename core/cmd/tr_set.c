#include "cmd/tr_set.h"

#include <string.h>

const char *const tr_classes[] = {"alnum", "alpha", "blank", "cntrl", "digit",  "lower", "graph",
                                  "print", "punct", "space", "upper", "xdigit", NULL};

bool tr_in_class(int class, unsigned char byte)
{
    bool upper = byte >= 'A' && byte <= 'Z', lower = byte >= 'a' && byte <= 'z';
    bool digit = byte >= '0' && byte <= '9', graph = byte > ' ' && byte < 0x7f;

    switch (class) {
    case 0:
        return upper || lower || digit;
    case 1:
        return upper || lower;
    case 2:
        return byte == ' ' || byte == '\t';
    case 3:
        return byte < ' ' || byte == 0x7f;
    case 4:
        return digit;
    case TR_LOWER:
        return lower;
    case 6:
        return graph;
    case 7:
        return graph || byte == ' ';
    case 8:
        return graph && !upper && !lower && !digit;
    case 9:
        return byte == ' ' || (byte >= '\t' && byte <= '\r');
    case TR_UPPER:
        return upper;
    default:
        return digit || (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
    }
}

/* A text with its backslashes understood. */
struct text {
    const char *raw;
    unsigned char *bytes;
    bool *escaped;
    size_t length, at;
};

static unsigned char unescape(struct k_process *process, const char **at)
{
    static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
    const char *letter = **at ? strchr(letters, **at) : NULL;
    unsigned value = 0;
    int digits = 0;

    if (letter) {
        ++*at;
        return (unsigned char)values[letter - letters];
    }
    if (**at >= '0' && **at <= '7') {
        while (digits < 3 && **at >= '0' && **at <= '7' && value * 8 + (unsigned)(**at - '0') < 256) {
            value = value * 8 + (unsigned)(*(*at)++ - '0');
            digits++;
        }
        return (unsigned char)value;
    }
    if (**at == '\0') {
        cmd_warn(process, "warning: an unescaped backslash at end of string is not portable");
        return '\\';
    }
    return (unsigned char)*(*at)++;
}

static bool read_text(struct k_process *process, const char *raw, struct text *text)
{
    size_t length = strlen(raw);
    const char *at;

    *text = (struct text){.raw = raw};
    text->bytes = arena_take(&process->arena, length + 1);
    text->escaped = arena_zero(&process->arena, length + 1);
    if (text->bytes == NULL || text->escaped == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    for (at = raw; *at; text->length++) {
        text->escaped[text->length] = *at == '\\';
        if (*at == '\\') {
            at++;
            text->bytes[text->length] = unescape(process, &at);
        } else {
            text->bytes[text->length] = (unsigned char)*at++;
        }
    }
    text->bytes[text->length] = '\0';
    return true;
}

static bool is_plain(const struct text *text, size_t at, char byte)
{
    return at < text->length && text->bytes[at] == (unsigned char)byte && !text->escaped[at];
}

static bool add(struct k_process *process, struct tr_set *set, struct tr_part part)
{
    struct tr_part *parts =
        arena_grow(&process->arena, set->parts, set->count * sizeof part, (set->count + 1) * sizeof part);

    if (parts == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    parts[set->count++] = part;
    set->parts = parts;
    return true;
}

/* Where "kind]" stands behind `from`; 0: nowhere. */
static size_t find_close(const struct text *text, size_t from, char kind)
{
    size_t at;

    for (at = from; at + 1 < text->length; at++)
        if (is_plain(text, at, kind) && is_plain(text, at + 1, ']')) return at;
    return 0;
}

/* [:class:] or [=c=] at text->at: 1 when it was one, 0 when it is none, -1 for what is wrong. */
static int take_class(struct k_process *process, struct text *text, struct tr_set *set)
{
    char kind = (char)text->bytes[text->at + 1];
    size_t end, length;
    char *name;
    int class;

    if (!is_plain(text, text->at + 1, ':') && !is_plain(text, text->at + 1, '=')) return 0;
    end = find_close(text, text->at + 2, kind);
    if (end == 0) return 0;
    length = end - text->at - 2;
    name = arena_copy(&process->arena, text->bytes + text->at + 2, length);
    if (name == NULL) {
        cmd_out_of_memory(process);
        return -1;
    }
    if (length == 0) {
        cmd_error(process, kind == ':' ? "missing character class name '[::]'"
                                       : "missing equivalence class character '[==]'");
        return -1;
    }
    text->at = end + 2;
    if (kind == '=' && length == 1)
        return add(process, set, (struct tr_part){TR_RANGE, (unsigned char)*name, (unsigned char)*name, 0, 0})
                   ? 1
                   : -1;
    if (kind == '=') {
        cmd_error(process, "%s: equivalence class operand must be a single character", name);
        return -1;
    }
    for (class = 0; tr_classes[class]; class ++)
        if (strcmp(tr_classes[class], name) == 0)
            return add(process, set, (struct tr_part){.kind = TR_CLASS, .class = class}) ? 1 : -1;
    cmd_error(process, "invalid character class %s", cmd_quote(process, name));
    return -1;
}

/* [c*n] at text->at: as take_class(). */
static int take_repeat(struct k_process *process, struct text *text, struct tr_set *set)
{
    struct tr_part part = {.kind = TR_REPEAT};
    size_t at = text->at + 3, start = at;
    unsigned base;

    if (text->at + 3 >= text->length || !is_plain(text, text->at + 2, '*')) return 0;
    part.first = text->bytes[text->at + 1];
    while (at < text->length && !is_plain(text, at, ']')) at++;
    if (at == text->length) return 0;
    text->at = at + 1;
    base = is_plain(text, start, '0') ? 8 : 10;
    for (at = start; at + 1 < text->at; at++) {
        unsigned digit = (unsigned)text->bytes[at] - '0';
        if (digit < base && part.count < UINT64_MAX / 16) {
            part.count = part.count * base + digit;
            continue;
        }
        cmd_error(
            process, "invalid repeat count %s in [c*n] construct",
            cmd_quote(process, arena_copy(&process->arena, text->bytes + start, text->at - 1 - start)
                                   ? arena_copy(&process->arena, text->bytes + start, text->at - 1 - start)
                                   : ""));
        return -1;
    }
    return add(process, set, part) ? 1 : -1;
}

static bool take_range(struct k_process *process, struct text *text, struct tr_set *set)
{
    struct tr_part part = {.kind = TR_RANGE};

    part.first = part.last = text->bytes[text->at++];
    if (is_plain(text, text->at, '-') && text->at + 1 < text->length) {
        part.last = text->bytes[text->at + 1];
        text->at += 2;
        if (part.last < part.first) {
            cmd_error(process, "range-endpoints of '%c-%c' are in reverse collating sequence order",
                      part.first, part.last);
            return false;
        }
    }
    return add(process, set, part);
}

bool tr_parse_set(struct k_process *process, const char *raw, struct tr_set *set)
{
    struct text text;

    if (!read_text(process, raw, &text)) return false;
    while (text.at < text.length) {
        int result = 0;
        if (is_plain(&text, text.at, '[') && text.at + 1 < text.length) {
            result = take_class(process, &text, set);
            if (result == 0) result = take_repeat(process, &text, set);
        }
        if (result < 0) return false;
        if (result == 0 && !take_range(process, &text, set)) return false;
    }
    return true;
}

uint64_t tr_length(const struct tr_set *set)
{
    uint64_t length = 0;
    size_t i;
    int byte;

    for (i = 0; i < set->count; i++) {
        const struct tr_part *part = &set->parts[i];
        if (part->kind == TR_RANGE) length += part->last - part->first + 1u;
        if (part->kind == TR_REPEAT) length += part->count;
        if (part->kind == TR_CLASS)
            for (byte = 0; byte < 256; byte++) length += tr_in_class(part->class, (unsigned char)byte);
    }
    return length;
}

void tr_expand(const struct tr_set *set, uint64_t fill, uint64_t most, struct buffer *bytes)
{
    size_t i;
    int byte;

    for (i = 0; i < set->count; i++) {
        const struct tr_part *part = &set->parts[i];
        uint64_t left = part->count ? part->count : fill;
        if (part->kind == TR_REPEAT)
            for (; left && bytes->size < most && !bytes->failed; left--)
                buffer_put_byte(bytes, (char)part->first);
        for (byte = 0; byte < 256 && part->kind != TR_REPEAT; byte++)
            if (bytes->size < most && (part->kind == TR_CLASS ? tr_in_class(part->class, (unsigned char)byte)
                                                              : byte >= part->first && byte <= part->last))
                buffer_put_byte(bytes, (char)byte);
    }
}
