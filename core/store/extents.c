/* extents.c: the reference-counted lists of what a file's bytes are made of. */
#include <stdlib.h>
#include <string.h>

#include "store/tree.h"

struct st_content *content_keep(struct st_content *content)
{
    if (content) content->refs++;
    return content;
}

void content_release(struct st_content *content)
{
    uint32_t i;
    if (content == NULL || --content->refs) return;
    if (!content_is_inline(content))
        for (i = 0; i < content->count; i++) chunk_release(content->chunks, content->items[i].chunk);
    free(content);
}

/* An empty list of extents with room for some. */
static struct st_content *content_new(struct chunks *chunks, uint32_t epoch, uint32_t capacity)
{
    struct st_content *content;

    if (capacity == 0) capacity = 1;
    content = malloc(sizeof *content + capacity * sizeof content->items[0]);
    if (content == NULL) return NULL;
    *content = (struct st_content){.refs = 1, .epoch = epoch, .capacity = capacity, .chunks = chunks};
    return content;
}

struct st_content *content_inline(uint32_t epoch, const void *bytes, uint32_t size)
{
    struct st_content *content = malloc(sizeof *content + size);
    if (content == NULL) return NULL;
    *content = (struct st_content){.refs = 1, .epoch = epoch, .count = size};
    if (size) memcpy(content->items, bytes, size);
    return content;
}

bool content_is_same(const struct st_content *a, const struct st_content *b)
{
    uint32_t i;

    if (a == b) return true;
    if (a == NULL || b == NULL || a->count != b->count || content_is_inline(a) != content_is_inline(b))
        return false;
    if (content_is_inline(a)) return memcmp(a->items, b->items, a->count) == 0;
    for (i = 0; i < a->count; i++)
        if (a->items[i].end != b->items[i].end || a->items[i].chunk != b->items[i].chunk ||
            a->items[i].skip != b->items[i].skip)
            return false;
    return true;
}

/* The list as one that may be changed, with room for so many extents. */
static struct st_content *own(struct st_content **content, struct chunks *chunks, uint32_t epoch,
                              uint32_t count)
{
    struct st_content *old = *content, *list;
    uint32_t i;

    if (old && old->refs == 1 && old->epoch == epoch && count <= old->capacity && !content_is_inline(old))
        return old;
    list = content_new(chunks, epoch, old && count > 1 ? count + count / 4 : count);
    if (list == NULL) return NULL;
    if (old && !content_is_inline(old)) {
        list->count = old->count;
        memcpy(list->items, old->items, old->count * sizeof list->items[0]);
        for (i = 0; i < list->count; i++) chunk_keep(chunks, list->items[i].chunk);
    }
    content_release(old);
    *content = list;
    return list;
}

int content_splice(struct st_content **content, struct chunks *chunks, uint32_t epoch, uint32_t at,
                   uint32_t remove, const struct st_extent *extents, uint32_t insert)
{
    struct st_content *old = *content, *list;
    uint32_t count = old && !content_is_inline(old) ? old->count : 0, i;

    /* Room for the old and the new ones: what is copied must fit before anything is taken out. */
    list = own(content, chunks, epoch, count - remove + insert > count ? count - remove + insert : count);
    if (list == NULL) return UMBRA_ENOMEM;
    for (i = 0; i < insert; i++) chunk_keep(chunks, extents[i].chunk);
    for (i = at; i < at + remove; i++) chunk_release(chunks, list->items[i].chunk);
    memmove(list->items + at + insert, list->items + at + remove,
            (count - at - remove) * sizeof list->items[0]);
    if (insert) memcpy(list->items + at, extents, insert * sizeof list->items[0]);
    list->count = count - remove + insert;
    return 0;
}
