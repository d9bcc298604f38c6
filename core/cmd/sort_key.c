#include "cmd/sort_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"
#include "cmd/version.h"

/* --- letters and positions --- */

bool sort_take_letter(struct sort_key *key, char letter, bool at_start, bool at_end)
{
    static const char orders[] = "nghMVR";
    static const enum sort_by by[] = {SORT_NUMBER, SORT_GENERAL, SORT_HUMAN,
                                      SORT_MONTH,  SORT_VERSION, SORT_RANDOM};
    const char *at = letter ? strchr(orders, letter) : NULL;

    if (at) {
        key->by = by[at - orders];
    } else if (letter == 'b') {
        key->blanks_first |= at_start;
        key->blanks_last |= at_end;
    } else if (letter == 'd') {
        key->dictionary = true;
    } else if (letter == 'f') {
        key->fold = true;
    } else if (letter == 'i') {
        key->printable = true;
    } else if (letter == 'r') {
        key->reverse = true;
    } else {
        return false;
    }
    key->own = true;
    return true;
}

bool sort_check_letters(struct k_process *process, const char *letters)
{
    static const char sorted[] = "dfghiMnRV";
    char shown[sizeof sorted];
    size_t count = 0, i;
    int orders = strpbrk(letters, "RVdi") != NULL;

    for (i = 0; i < 4; i++) orders += strchr(letters, "nghM"[i]) != NULL;
    if (orders <= 1) return true;
    for (i = 0; sorted[i]; i++)
        if (strchr(letters, sorted[i])) shown[count++] = sorted[i];
    shown[count] = '\0';
    cmd_error(process, "options '-%s' are incompatible", shown);
    return false;
}

/* A count of digits; false with the words of GNU's sort when there is none. */
static bool parse_count(struct k_process *process, const char **text, size_t *count, const char *what)
{
    const char *start = *text;
    size_t value = 0;

    for (; **text >= '0' && **text <= '9'; (*text)++) {
        size_t digit = (size_t)(**text - '0');
        value = value > (SIZE_MAX - digit) / 10 ? SIZE_MAX : value * 10 + digit;
    }
    *count = value;
    if (*text > start) return true;
    cmd_error(process, "%s: invalid count at start of %s", what, cmd_quote(process, start));
    return false;
}

static bool refuse(struct k_process *process, const char *spec, const char *why)
{
    cmd_error(process, "%s: invalid field specification %s", why, cmd_quote(process, spec));
    return false;
}

/* FIELD[.BYTE] of the beginning. */
static bool parse_first(struct k_process *process, struct sort_key *key, const char **at, const char *spec)
{
    if (!parse_count(process, at, &key->first_field, "invalid number at field start")) return false;
    if (key->first_field-- == 0) return refuse(process, spec, "field number is zero");
    if (**at != '.') return true;
    ++*at;
    if (!parse_count(process, at, &key->first_byte, "invalid number after '.'")) return false;
    return key->first_byte-- != 0 || refuse(process, spec, "character offset is zero");
}

static bool parse_last(struct k_process *process, struct sort_key *key, const char **at, const char *spec)
{
    if (!parse_count(process, at, &key->last_field, "invalid number after ','")) return false;
    if (key->last_field-- == 0) return refuse(process, spec, "field number is zero");
    if (**at != '.') return true;
    ++*at;
    return parse_count(process, at, &key->last_byte, "invalid number after '.'");
}

bool sort_add_key(struct k_process *process, struct sort_order *order, const char *text)
{
    struct sort_key *key = &order->keys[order->key_count];
    const char *at = text;
    char letters[32];
    size_t count = 0;

    if (order->key_count == SORT_KEYS_MAX) {
        cmd_error(process, "there are over %d keys", SORT_KEYS_MAX);
        return false;
    }
    *key = (struct sort_key){.last_field = SIZE_MAX};
    if (!parse_first(process, key, &at, text)) return false;
    for (; sort_take_letter(key, *at, true, false); at++)
        if (count < sizeof letters - 1) letters[count++] = *at;
    if (*at == ',') {
        at++;
        if (!parse_last(process, key, &at, text)) return false;
        for (; sort_take_letter(key, *at, false, true); at++)
            if (count < sizeof letters - 1) letters[count++] = *at;
    }
    letters[count] = '\0';
    if (*at) return refuse(process, text, "stray character in field spec");
    if (!sort_check_letters(process, letters)) return false;
    order->key_count++;
    return true;
}

void sort_settle_keys(struct sort_order *order)
{
    size_t i;

    if (order->key_count == 0) {
        order->keys[0] = order->whole;
        order->keys[0].last_field = SIZE_MAX;
        order->key_count = 1;
        return;
    }
    for (i = 0; i < order->key_count; i++) {
        struct sort_key place = order->keys[i];
        if (place.own) continue;
        order->keys[i] = order->whole;
        order->keys[i].first_field = place.first_field;
        order->keys[i].first_byte = place.first_byte;
        order->keys[i].last_field = place.last_field;
        order->keys[i].last_byte = place.last_byte;
    }
}

/* --- the key of a line --- */

struct span {
    const unsigned char *at, *end;
};

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n';
}

static const unsigned char *skip_blanks(const unsigned char *at, const unsigned char *end)
{
    while (at < end && is_blank(*at)) at++;
    return at;
}

/* Behind so many fields. over: also over the separator behind the last of them. */
static const unsigned char *skip_fields(const struct sort_order *order, struct span line, size_t fields,
                                        bool over)
{
    const unsigned char *at = line.at, *end = line.end;

    for (; at < end && fields; fields--) {
        if (order->separator < 0) {
            at = skip_blanks(at, end);
            while (at < end && !is_blank(*at)) at++;
        } else {
            at = memchr(at, order->separator, (size_t)(end - at));
            if (at == NULL) return end;
            if (fields > 1 || over) at++;
        }
    }
    return at;
}

static const unsigned char *forward(const unsigned char *at, const unsigned char *end, size_t bytes)
{
    return (size_t)(end - at) < bytes ? end : at + bytes;
}

static struct span find_key(const struct sort_order *order, const struct sort_key *key,
                            const struct sort_line *line)
{
    const unsigned char *text = (const unsigned char *)line->text;
    struct span all = {text, text + line->length}, found = all;

    if (key->first_field) found.at = skip_fields(order, all, key->first_field, true);
    if (key->blanks_first) found.at = skip_blanks(found.at, all.end);
    found.at = forward(found.at, all.end, key->first_byte);
    if (key->last_field != SIZE_MAX) {
        found.end = skip_fields(order, all, key->last_field + (key->last_byte == 0), key->last_byte != 0);
        if (key->last_byte) {
            if (key->blanks_last) found.end = skip_blanks(found.end, all.end);
            found.end = forward(found.end, all.end, key->last_byte);
        }
        if (found.end < found.at) found.end = found.at;
    }
    return found;
}

/* --- numbers --- */

struct decimal {
    bool negative;
    const unsigned char *whole, *whole_end; /* without zeros at its beginning */
    const unsigned char *part, *part_end;   /* behind the point, without zeros at its end */
    const unsigned char *end;
};

static struct decimal parse_decimal(struct span key)
{
    struct decimal number = {0};
    const unsigned char *at = skip_blanks(key.at, key.end);

    number.negative = at < key.end && *at == '-';
    at += number.negative;
    while (at < key.end && *at == '0') at++;
    number.whole = at;
    while (at < key.end && *at >= '0' && *at <= '9') at++;
    number.whole_end = number.part = number.part_end = at;
    if (at < key.end && *at == '.') {
        number.part = ++at;
        while (at < key.end && *at >= '0' && *at <= '9') at++;
        number.part_end = at;
        while (number.part_end > number.part && number.part_end[-1] == '0') number.part_end--;
    }
    number.end = at;
    if (number.whole == number.whole_end && number.part == number.part_end) number.negative = false;
    return number;
}

static int compare_decimals(const struct decimal *a, const struct decimal *b)
{
    size_t a_whole = (size_t)(a->whole_end - a->whole), b_whole = (size_t)(b->whole_end - b->whole);
    size_t a_part = (size_t)(a->part_end - a->part), b_part = (size_t)(b->part_end - b->part);
    int sign = a->negative ? -1 : 1, result;

    if (a->negative != b->negative) return sign;
    if (a_whole != b_whole) return a_whole < b_whole ? -sign : sign;
    result = a_whole ? memcmp(a->whole, b->whole, a_whole) : 0;
    if (result) return result * sign;
    result = a_part && b_part ? memcmp(a->part, b->part, a_part < b_part ? a_part : b_part) : 0;
    if (result == 0) result = (a_part > b_part) - (a_part < b_part);
    return result < 0 ? -sign : result > 0 ? sign : 0;
}

#define WHOLE_MAX (1ll << 52)

/* The part before the point, cut at WHOLE_MAX. */
static int64_t rounded(const struct decimal *number)
{
    const unsigned char *at = number->whole;
    int64_t value = 0;

    for (; at < number->whole_end && value < WHOLE_MAX; at++) value = value * 10 + (*at - '0');
    if (value > WHOLE_MAX) value = WHOLE_MAX;
    return number->negative ? -value : value;
}

/* The power of 1000 that a suffix stands for, below 0 for a negative number; 0 for none. */
static int unit_of(struct span key, const struct decimal *number)
{
    static const char units[] = "KMGTPEZYRQ";
    const char *at = NULL;

    if (number->whole == number->whole_end && number->part == number->part_end) return 0;
    if (number->end < key.end)
        at = *number->end == 'k' ? units : memchr(units, *number->end, sizeof units - 1);
    if (at == NULL) return 0;
    return number->negative ? -(int)(at - units) - 1 : (int)(at - units) + 1;
}

static int compare_human(struct span a, struct span b)
{
    struct decimal first = parse_decimal(a), second = parse_decimal(b);
    int a_unit = unit_of(a, &first), b_unit = unit_of(b, &second);

    return a_unit != b_unit ? a_unit - b_unit : compare_decimals(&first, &second);
}

/* The floating-point number at the beginning as bits in its order; what is none comes first, then NaN. */
static uint64_t general_bits(struct span key)
{
    char text[256], *end;
    size_t length = (size_t)(key.end - key.at);
    double value;
    uint64_t bits;

    if (length > sizeof text - 1) length = sizeof text - 1;
    memcpy(text, key.at, length);
    text[length] = '\0';
    value = strtod(text, &end);
    if (end == text) return 0;
    if (value != value) return 1;
    if (value == 0) value = 0; /* -0 */
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static unsigned upper(unsigned char byte)
{
    return byte >= 'a' && byte <= 'z' ? byte - 32u : byte;
}

static int month_of(struct span key)
{
    static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    const unsigned char *at = skip_blanks(key.at, key.end);
    size_t month;

    if (key.end - at < 3) return 0;
    for (month = 0; month < 12; month++) {
        const char *name = names + 3 * month;
        if (upper(at[0]) == (unsigned char)name[0] && upper(at[1]) == (unsigned char)name[1] &&
            upper(at[2]) == (unsigned char)name[2])
            return (int)month + 1;
    }
    return 0;
}

/* --- text --- */

static bool counts(const struct sort_key *key, unsigned char byte)
{
    if (key->dictionary)
        return is_blank(byte) || (byte >= '0' && byte <= '9') || (upper(byte) >= 'A' && upper(byte) <= 'Z');
    return byte >= ' ' && byte < 0x7f;
}

/* The next byte that counts, -1 at the end. */
static int next_byte(const struct sort_key *key, struct span *span)
{
    while (span->at < span->end) {
        unsigned char byte = *span->at++;
        if ((key->dictionary || key->printable) && !counts(key, byte)) continue;
        return key->fold ? (int)upper(byte) : byte;
    }
    return -1;
}

static int compare_bytes(struct span a, struct span b)
{
    size_t first = (size_t)(a.end - a.at), second = (size_t)(b.end - b.at);
    size_t least = first < second ? first : second;
    int result = least ? memcmp(a.at, b.at, least) : 0;

    return result ? result : (first > second) - (first < second);
}

static int compare_text(const struct sort_key *key, struct span a, struct span b)
{
    if (!key->fold && !key->dictionary && !key->printable) return compare_bytes(a, b);
    for (;;) {
        int first = next_byte(key, &a), second = next_byte(key, &b);
        if (first != second) return first - second;
        if (first < 0) return 0;
    }
}

static uint64_t random_of(const struct sort_order *order, const struct sort_key *key, struct span span)
{
    uint64_t hash = order->seed;
    int byte;

    if (!key->fold && !key->dictionary && !key->printable)
        return (hash64(span.at, (size_t)(span.end - span.at)) ^ hash) * (hash | 1);
    while ((byte = next_byte(key, &span)) >= 0) hash = (hash ^ (unsigned)byte) * 0x100000001b3u;
    return hash64(&hash, sizeof hash);
}

/* --- comparing --- */

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const struct sort_order *order, const struct sort_key *key, struct span a,
                        struct span b)
{
    struct decimal first, second;
    int result;

    switch (key->by) {
    case SORT_NUMBER:
        first = parse_decimal(a);
        second = parse_decimal(b);
        return compare_decimals(&first, &second);
    case SORT_GENERAL:
        return order_of(general_bits(a), general_bits(b));
    case SORT_HUMAN:
        return compare_human(a, b);
    case SORT_MONTH:
        return month_of(a) - month_of(b);
    case SORT_VERSION:
        return version_compare((const char *)a.at, (size_t)(a.end - a.at), (const char *)b.at,
                               (size_t)(b.end - b.at));
    case SORT_RANDOM:
        result = order_of(random_of(order, key, a), random_of(order, key, b));
        return result ? result : compare_text(key, a, b);
    default:
        return compare_text(key, a, b);
    }
}

int sort_compare(const struct sort_order *order, const struct sort_line *a, const struct sort_line *b)
{
    size_t i;
    int result = 0;

    for (i = 0; i < order->key_count && result == 0; i++) {
        const struct sort_key *key = &order->keys[i];
        result = compare_keys(order, key, find_key(order, key, a), find_key(order, key, b));
        if (key->reverse) result = (result < 0) - (result > 0);
    }
    if (result || order->stable) return result;
    result = compare_bytes(
        (struct span){(const unsigned char *)a->text, (const unsigned char *)a->text + a->length},
        (struct span){(const unsigned char *)b->text, (const unsigned char *)b->text + b->length});
    return order->whole.reverse ? -result : result;
}

uint64_t sort_rank(const struct sort_order *order, const struct sort_line *line)
{
    const struct sort_key *key = &order->keys[0];
    struct span span = find_key(order, key, line);
    struct decimal number;
    uint64_t rank = 0;
    int i, byte;

    switch (key->by) {
    case SORT_NUMBER:
        number = parse_decimal(span);
        rank = (uint64_t)(rounded(&number) + 2 * WHOLE_MAX);
        break;
    case SORT_HUMAN:
        number = parse_decimal(span);
        rank = (uint64_t)(((int64_t)unit_of(span, &number) + 16) * 4 * WHOLE_MAX + rounded(&number) +
                          2 * WHOLE_MAX);
        break;
    case SORT_GENERAL:
        rank = general_bits(span);
        break;
    case SORT_MONTH:
        rank = (uint64_t)month_of(span);
        break;
    case SORT_RANDOM:
        rank = random_of(order, key, span);
        break;
    case SORT_VERSION:
        break;
    case SORT_TEXT:
        for (i = 0; i < 8; i++) {
            byte = next_byte(key, &span);
            rank = rank << 8 | (byte > 0 ? (unsigned)byte : 0);
        }
        break;
    }
    return key->reverse ? ~rank : rank;
}
