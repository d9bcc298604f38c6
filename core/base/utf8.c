#include "base/utf8.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Length that a lead byte announces, 0 for bytes that can lead nothing. */
static size_t announced_length(unsigned char lead)
{
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    return lead < 0xf5 ? 4 : 0;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *code_point)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t need, i;
    uint32_t value;

    if (length == 0) return 0;
    need = announced_length((unsigned char)text[0]);
    if (need == 0 || need > length) return 0;
    value = (unsigned char)text[0] & mask[need];
    for (i = 1; i < need; i++) {
        if (!is_continuation((unsigned char)text[i])) return 0;
        value = value << 6 | ((unsigned char)text[i] & 0x3f);
    }
    if (value < smallest[need] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
    if (code_point) *code_point = value;
    return need;
}

size_t utf8_encode(uint32_t code_point, char *text)
{
    size_t size = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4, i;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (i = size; i-- > 1; code_point >>= 6) text[i] = (char)(0x80 | (code_point & 0x3f));
    text[0] = (char)(first[size] | code_point);
    return size;
}

bool utf8_valid(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t step = utf8_decode(text + at, length - at, NULL);
        if (step == 0) return false;
        at += step;
    }
    return true;
}

size_t utf8_floor(const char *text, size_t at)
{
    return at - utf8_pending(text, at);
}

size_t utf8_pending(const char *text, size_t length)
{
    size_t back;
    for (back = 1; back <= 3 && back <= length; back++) {
        unsigned char byte = (unsigned char)text[length - back];
        if (is_continuation(byte)) continue;
        return announced_length(byte) > back ? back : 0;
    }
    return 0;
}
