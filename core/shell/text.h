/* text.h: a growing text in an arena, always followed by a NUL that does not count. */
#ifndef UMBRA_SHELL_TEXT_H
#define UMBRA_SHELL_TEXT_H

#include <stdint.h>

#include "base/arena.h"

struct sh_text {
    struct arena *arena;
    char *data; /* NULL while nothing was put */
    size_t size, capacity;
};

void sh_text_grow(struct sh_text *text, size_t more);

static inline void sh_text_byte(struct sh_text *text, char byte)
{
    if (text->capacity - text->size < 2) sh_text_grow(text, 1);
    if (text->arena->failed || text->data == NULL) return;
    text->data[text->size++] = byte;
    text->data[text->size] = '\0';
}

static inline void sh_text_put(struct sh_text *text, const void *data, size_t size)
{
    if (size == 0) return;
    if (text->capacity - text->size < size + 1) sh_text_grow(text, size);
    if (text->arena->failed || text->data == NULL) return;
    memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

static inline void sh_text_string(struct sh_text *text, const char *string)
{
    sh_text_put(text, string, strlen(string));
}

static inline const char *sh_text_get(const struct sh_text *text)
{
    return text->data ? text->data : "";
}

/* Length in characters of UTF-8; a byte that is of none is one too. */
size_t sh_characters(const char *text, size_t size);
/* The byte that so many characters stand before. */
size_t sh_character_at(const char *text, size_t size, uint64_t number);
/* Counts those from *at on, up to the byte `end` or a little behind it, where *at is then. */
size_t sh_count_characters(const char *text, size_t size, size_t end, size_t *at);

#endif
