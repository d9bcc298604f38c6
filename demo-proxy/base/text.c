#include "base/text.h"

#include <string.h>
#include <strings.h>

static const char base64url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void px_base64url(const void *data, size_t size, char *out)
{
    const unsigned char *bytes = data;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = (bits << 8) | bytes[i];
        count += 8;
        while (count >= 6) {
            count -= 6;
            *out++ = base64url_alphabet[(bits >> count) & 63];
        }
    }
    if (count) *out++ = base64url_alphabet[(bits << (6 - count)) & 63];
    *out = '\0';
}

static int digit_value(char c, bool url)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == (url ? '-' : '+')) return 62;
    if (c == (url ? '_' : '/')) return 63;
    return -1;
}

static long decode(const char *text, size_t size, unsigned char *out, size_t capacity, bool url)
{
    uint32_t bits = 0;
    int count = 0;
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        int value = digit_value(text[i], url);
        if (value < 0) return PX_EINVAL;
        bits = ((bits << 6) | (uint32_t)value) & 0xffffff;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        if (n == capacity) return PX_EINVAL;
        out[n++] = (unsigned char)((bits >> count) & 0xff);
    }
    /* Bits left over must be padding of zeros: one text for one value, so a signature has one spelling. */
    if (count >= 6 || (bits & ((1u << count) - 1))) return PX_EINVAL;
    return (long)n;
}

long px_base64url_decode(const char *text, size_t size, void *out, size_t capacity)
{
    return decode(text, size, out, capacity, true);
}

long px_base64_decode(const char *text, size_t size, void *out, size_t capacity)
{
    if (size % 4) return PX_EINVAL;
    for (int i = 0; i < 2 && size && text[size - 1] == '='; i++) size--;
    return decode(text, size, out, capacity, false);
}

void px_hex(const void *data, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

uint64_t px_hash(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

cJSON *px_json_parse(const char *data, size_t size, struct px_err *err)
{
    const char *end = NULL;
    cJSON *json = size ? cJSON_ParseWithLengthOpts(data, size, &end, 0) : NULL;
    if (!json) {
        (void)px_fail(err, PX_EINVAL, "the text is not valid JSON (stopped at byte %zu of %zu)",
                      end ? (size_t)(end - data) : 0, size);
        return NULL;
    }
    while (end < data + size && strchr(" \t\r\n", *end) && *end) end++;
    if (end == data + size) return json;
    (void)px_fail(err, PX_EINVAL, "the JSON value is followed by something else at byte %zu of %zu",
                  (size_t)(end - data), size);
    cJSON_Delete(json);
    return NULL;
}

const char *px_json_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

int px_read_most(const cJSON *object, const char *name, const char *unit, size_t most, size_t *value,
                 struct px_err *err)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!number || cJSON_IsNull(number)) return 0;
    if (!cJSON_IsNumber(number) || !(number->valuedouble >= 1))
        return px_fail(err, PX_EINVAL, "%s must be a number of %s, 1 or more", name, unit);
    *value = number->valuedouble < (double)most ? (size_t)number->valuedouble : most;
    return 0;
}

bool px_json_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool px_has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool px_has_suffix(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

const char *px_find_nocase(const char *text, const char *needle)
{
    size_t m = strlen(needle);
    for (; *text; text++)
        if (strncasecmp(text, needle, m) == 0) return text;
    return m == 0 ? text : NULL;
}
