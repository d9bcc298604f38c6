#include "shell/text.h"

#include "base/utf8.h"

void sh_text_grow(struct sh_text *text, size_t more)
{
    size_t capacity = text->capacity ? 2 * text->capacity : 32;
    char *data;

    while (capacity - text->size < more + 1) capacity *= 2;
    data = arena_grow(text->arena, text->data, text->capacity, capacity);
    if (data == NULL) return; /* the arena knows */
    text->data = data;
    text->capacity = capacity;
}

/* How many characters of one byte the text begins with, as far as eight at once show it. */
static size_t plain_characters(const char *text, size_t size)
{
    size_t at = 0;
    uint64_t bytes;

    for (; size - at >= sizeof bytes; at += sizeof bytes) {
        memcpy(&bytes, text + at, sizeof bytes);
        if (bytes & UINT64_C(0x8080808080808080)) break;
    }
    return at;
}

size_t sh_count_characters(const char *text, size_t size, size_t end, size_t *at)
{
    size_t step, plain, count = 0;

    while (*at < end) {
        plain = plain_characters(text + *at, end - *at);
        *at += plain;
        count += plain;
        for (plain = 0; plain < 8 && *at < end; plain++, count++) {
            step = utf8_decode(text + *at, size - *at, NULL);
            *at += step ? step : 1;
        }
    }
    return count;
}

size_t sh_characters(const char *text, size_t size)
{
    size_t at = 0;
    return sh_count_characters(text, size, size, &at);
}

size_t sh_character_at(const char *text, size_t size, uint64_t number)
{
    size_t at = 0, step, plain;

    while (at < size && number) {
        plain = plain_characters(text + at, size - at < number ? size - at : (size_t)number);
        at += plain;
        number -= plain;
        for (plain = 0; plain < 8 && at < size && number; plain++, number--) {
            step = utf8_decode(text + at, size - at, NULL);
            at += step ? step : 1;
        }
    }
    return at;
}
