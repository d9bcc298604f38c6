/* tar_extended.c: the extended headers of pax archives (POSIX.1-2017, XCU, pax, "pax Extended Header"). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs/tar_format.h"

/* --- writing --- */

void tar_put_record(struct buffer *out, const char *keyword, const char *value, size_t size)
{
    /* The length counts its own digits. */
    size_t rest = 1 + strlen(keyword) + 1 + size + 1, length = rest + 1;
    char digits[24];

    while (rest + (size_t)snprintf(digits, sizeof digits, "%zu", length) != length) length++;
    buffer_printf(out, "%zu %s=", length, keyword);
    buffer_put(out, value, size);
    buffer_put_byte(out, '\n');
}

void tar_put_time(struct buffer *out, const char *keyword, int64_t time)
{
    uint64_t whole = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;
    char text[40];
    int length = snprintf(text, sizeof text, "%s%" PRIu64, time < 0 ? "-" : "", whole / 1000);

    if (whole % 1000)
        length += snprintf(text + length, sizeof text - (size_t)length, ".%03u", (unsigned)(whole % 1000));
    tar_put_record(out, keyword, text, (size_t)length);
}

/* --- reading --- */

void tar_clear_extended(struct fs_tar_extended *extended)
{
    struct buffer path = extended->path, link = extended->link;

    buffer_clear(&path);
    buffer_clear(&link);
    *extended = (struct fs_tar_extended){.path = path, .link = link};
}

void tar_free_extended(struct fs_tar_extended *extended)
{
    buffer_free(&extended->path);
    buffer_free(&extended->link);
}

static int take_text(struct buffer *slot, bool *has, const char *value, size_t size)
{
    buffer_clear(slot);
    buffer_put(slot, value, size);
    *has = size > 0; /* an empty value takes back what a global header says */
    return slot->failed ? UMBRA_ENOMEM : 0;
}

/* Digits as a number; false for anything else and for what is too large. */
static bool read_digits(const char *text, size_t size, uint64_t most, uint64_t *number)
{
    size_t i;

    *number = 0;
    for (i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *number = *number * 10 + (uint64_t)(text[i] - '0');
        if (*number > most) return false;
    }
    return size > 0;
}

/* "-1.5" as milliseconds, rounded down. */
static bool read_time(const char *text, size_t size, int64_t *time)
{
    bool negative = size && *text == '-', more = false;
    const char *point;
    uint64_t seconds, thousandths = 0, scale = 100;
    size_t whole, i;

    if (negative) {
        text++;
        size--;
    }
    point = memchr(text, '.', size);
    whole = point ? (size_t)(point - text) : size;
    if (!read_digits(text, whole, UINT64_MAX / 20, &seconds)) return false;
    if (seconds > (uint64_t)TAR_TIME_MAX) seconds = (uint64_t)TAR_TIME_MAX;
    for (i = whole + 1; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        thousandths += scale * (uint64_t)(text[i] - '0');
        more = more || (scale == 0 && text[i] != '0');
        scale /= 10;
    }
    thousandths += seconds * 1000;
    *time = thousandths > INT64_MAX ? INT64_MAX : (int64_t)thousandths;
    if (negative) *time = -*time - (more ? 1 : 0);
    return true;
}

static bool is_keyword(const char *keyword, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(keyword, name, length) == 0;
}

/* What we have no use for is passed over, as the standard says. */
static int take_record(struct fs_tar_extended *extended, const char *keyword, size_t length,
                       const char *value, size_t size, struct error *error)
{
    static const char sparse[] = "GNU.sparse.";
    int result = 0;

    if (is_keyword(keyword, length, "path") || is_keyword(keyword, length, "GNU.sparse.name")) {
        result = take_text(&extended->path, &extended->has_path, value, size);
    } else if (is_keyword(keyword, length, "linkpath")) {
        result = take_text(&extended->link, &extended->has_link, value, size);
    } else if (is_keyword(keyword, length, "size")) {
        extended->has_size = size > 0;
        if (size && !read_digits(value, size, INT64_MAX, &extended->size))
            return error_set(error, UMBRA_EPARSE, "a size in an extended header is no number");
    } else if (is_keyword(keyword, length, "mtime")) {
        extended->has_mtime = read_time(value, size, &extended->mtime); /* else the header's own counts */
    }
    if (length >= sizeof sparse - 1 && memcmp(keyword, sparse, sizeof sparse - 1) == 0)
        extended->sparse = true;
    return result < 0 ? error_memory(error) : 0;
}

int tar_read_extended(struct fs_tar_extended *extended, const char *text, size_t size, struct error *error)
{
    while (size) {
        const char *space = memchr(text, ' ', size < 20 ? size : 20), *equals;
        uint64_t length;
        int result;

        if (space == NULL || !read_digits(text, (size_t)(space - text), size, &length) ||
            length <= (size_t)(space - text) + 2 || text[length - 1] != '\n')
            return error_set(error, UMBRA_EPARSE, "a record of an extended header is damaged");
        equals = memchr(space, '=', length - (size_t)(space - text));
        if (equals == NULL)
            return error_set(error, UMBRA_EPARSE, "a record of an extended header has no value");
        result = take_record(extended, space + 1, (size_t)(equals - space) - 1, equals + 1,
                             (size_t)(text + length - 1 - (equals + 1)), error);
        if (result < 0) return result;
        text += length;
        size -= length;
    }
    return 0;
}
