#include "shell/text.h"

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
