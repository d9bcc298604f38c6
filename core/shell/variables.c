#include "shell/variables.h"

#include <stdlib.h>
#include <string.h>

#include "shell/parser.h"

#define BUCKETS_LEAST 64u
#define SLOTS_LEAST   16u

/* --- values --- */

static bool set_value(struct sh_variables *variables, struct sh_value *value, const char *text, size_t size,
                      size_t at)
{
    size_t needed = at + size + 1;

    if (needed > value->capacity) {
        size_t capacity = value->capacity && needed < 2 * value->capacity ? 2 * value->capacity : needed;
        char *data = NULL;
        if (capacity < 16) capacity = 16;
        /* The text may be a part of the value itself. */
        if (at == 0 || text < value->data || text > value->data + value->size) {
            data = memory_resize(&variables->account, value->data, value->capacity, capacity);
        } else {
            data = memory_take(&variables->account, capacity);
            if (data) {
                memcpy(data, value->data, at);
                memcpy(data + at, text, size);
                memory_give(&variables->account, value->data, value->capacity);
                text = data + at;
            }
        }
        if (data == NULL) {
            variables->failed = true;
            return false;
        }
        value->data = data;
        value->capacity = capacity;
    }
    if (value->data == NULL) return false;
    if (size) memmove(value->data + at, text, size);
    value->size = at + size;
    value->data[value->size] = '\0';
    return true;
}

static void free_value(struct sh_variables *variables, struct sh_value *value)
{
    memory_give(&variables->account, value->data, value->capacity);
    *value = (struct sh_value){0};
}

bool sh_variable_set(struct sh_variables *variables, struct sh_variable *variable, const char *text,
                     size_t size)
{
    /* A part of the old value is never longer than that, so nothing moves then. */
    if (!set_value(variables, &variable->value, text, size, 0)) return false;
    variable->attributes |= SH_IS_SET;
    return true;
}

bool sh_variable_append(struct sh_variables *variables, struct sh_variable *variable, const char *text,
                        size_t size)
{
    if (!set_value(variables, &variable->value, text, size, variable->value.size)) return false;
    variable->attributes |= SH_IS_SET;
    return true;
}

/* --- arrays --- */

static void free_array(struct sh_variables *variables, struct sh_array *array)
{
    size_t i;

    if (array == NULL) return;
    for (i = 0; i < array->count; i++) {
        free_value(variables, &array->items[i].value);
        if (array->items[i].key)
            memory_give(&variables->account, array->items[i].key, array->items[i].key_size + 1);
    }
    memory_give(&variables->account, array->items, array->capacity * sizeof array->items[0]);
    memory_give(&variables->account, array->slots, array->slot_count * sizeof array->slots[0]);
    memory_give(&variables->account, array, sizeof *array);
}

void sh_variable_clear(struct sh_variables *variables, struct sh_variable *variable)
{
    free_value(variables, &variable->value);
    free_array(variables, variable->array);
    variable->array = NULL;
    variable->attributes &= ~(unsigned)SH_IS_SET;
}

static struct sh_array *array_of(struct sh_variables *variables, struct sh_variable *variable)
{
    if (variable->array == NULL) {
        variable->array = memory_take(&variables->account, sizeof *variable->array);
        if (variable->array) *variable->array = (struct sh_array){0};
        if (variable->array == NULL) variables->failed = true;
    }
    return variable->array;
}

static bool make_room(struct sh_variables *variables, struct sh_array *array)
{
    size_t capacity = array->capacity ? 2 * array->capacity : 8;
    struct sh_array_item *items;

    if (array->count < array->capacity) return true;
    items = memory_resize(&variables->account, array->items, array->capacity * sizeof *items,
                          capacity * sizeof *items);
    if (items == NULL) {
        variables->failed = true;
        return false;
    }
    array->items = items;
    array->capacity = capacity;
    return true;
}

/* Where an index stands, or would. */
static size_t place_of(const struct sh_array *array, int64_t index)
{
    size_t low = 0, high = array->count;

    if (high && array->items[high - 1].index < index) return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (array->items[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct sh_array_item *sh_array_find(const struct sh_array *array, int64_t index)
{
    size_t at;

    if (array == NULL) return NULL;
    at = place_of(array, index);
    return at < array->count && array->items[at].index == index ? &array->items[at] : NULL;
}

bool sh_array_set(struct sh_variables *variables, struct sh_variable *variable, int64_t index,
                  const char *text, size_t size, bool append)
{
    struct sh_array *array = array_of(variables, variable);
    struct sh_array_item *item;
    size_t at;

    if (array == NULL) return false;
    at = place_of(array, index);
    if (at == array->count || array->items == NULL || array->items[at].index != index) {
        if (!make_room(variables, array) || array->items == NULL) return false;
        memmove(array->items + at + 1, array->items + at, (array->count - at) * sizeof array->items[0]);
        array->items[at] = (struct sh_array_item){.index = index};
        array->count++;
    }
    item = &array->items[at];
    if (!set_value(variables, &item->value, text, size, append ? item->value.size : 0)) return false;
    variable->attributes |= SH_IS_SET;
    return true;
}

static size_t slot_of(const struct sh_array *array, const char *key, size_t size, uint32_t hash)
{
    size_t mask = array->slot_count - 1, slot = hash & mask;

    while (array->slots[slot]) {
        const struct sh_array_item *item = &array->items[array->slots[slot] - 1];
        if (item->key && key && item->hash == hash && item->key_size == size &&
            memcmp(item->key, key, size) == 0)
            break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

/* Puts removed items out and gives the others their slots anew. */
static bool rebuild(struct sh_variables *variables, struct sh_array *array)
{
    size_t count = SLOTS_LEAST, i, kept = 0;
    uint32_t *slots;

    while (count < 2 * (array->count - array->removed + 1)) count *= 2;
    slots = memory_take(&variables->account, count * sizeof *slots);
    if (slots == NULL) {
        variables->failed = true;
        return false;
    }
    memset(slots, 0, count * sizeof *slots);
    memory_give(&variables->account, array->slots, array->slot_count * sizeof *slots);
    array->slots = slots;
    array->slot_count = count;
    for (i = 0; i < array->count; i++)
        if (array->items[i].key) array->items[kept++] = array->items[i];
    array->count = kept;
    array->removed = 0;
    for (i = 0; i < kept; i++) {
        const struct sh_array_item *item = &array->items[i];
        array->slots[slot_of(array, item->key, item->key_size, item->hash)] = (uint32_t)i + 1;
    }
    return true;
}

/* --- the order of keys --- */

#define PLACES_LEAST 1024

/* FNV-1, 32 bits (see sh_hash()), with bytes that have a sign: what bash 5.2 has its keys in the order of. */
static uint32_t place_of_key(const char *key, size_t size, uint32_t places)
{
    uint32_t hash = 2166136261u;
    while (size--) hash = hash * 16777619u ^ (uint32_t)(signed char)*key++;
    return hash & (places - 1);
}

static int compare_items(const void *left, const void *right)
{
    const struct sh_array_item *a = left, *b = right;

    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    return a->index < b->index ? 1 : -1; /* the later one first */
}

/* Brings the items into the order of their places, and those of one place so that the latest is the first. */
static void arrange(struct sh_array *array)
{
    size_t i, kept = 0;

    for (i = 0; i < array->count; i++)
        if (array->items[i].key) array->items[kept++] = array->items[i];
    array->count = kept;
    array->removed = 0;
    qsort(array->items, kept, sizeof array->items[0], compare_items);
    memset(array->slots, 0, array->slot_count * sizeof array->slots[0]);
    for (i = 0; i < kept; i++) {
        const struct sh_array_item *item = &array->items[i];
        array->slots[slot_of(array, item->key, item->key_size, item->hash)] = (uint32_t)i + 1;
    }
    array->arranged = true;
}

/* When there are twice as many keys as places, there are four times as many places. */
static void add_places(struct sh_array *array)
{
    size_t i;

    if (array->places == 0) array->places = PLACES_LEAST;
    if (array->count - array->removed < 2 * (size_t)array->places || array->places > UINT32_MAX / 4) return;
    arrange(array);
    array->places *= 4;
    for (i = 0; i < array->count; i++) {
        struct sh_array_item *item = &array->items[i];
        item->place = place_of_key(item->key, item->key_size, array->places);
        item->index = (int64_t)i;
    }
    array->keys = (int64_t)i;
}

struct sh_array_item *sh_array_find_key(const struct sh_array *array, const char *key, size_t size)
{
    size_t slot;

    if (array == NULL || array->slot_count == 0) return NULL;
    slot = slot_of(array, key, size, sh_hash(key, size));
    return array->slots[slot] ? &array->items[array->slots[slot] - 1] : NULL;
}

static struct sh_array_item *add_key(struct sh_variables *variables, struct sh_array *array, const char *key,
                                     size_t size)
{
    struct sh_array_item *item;
    char *copy;

    if (2 * (array->count + 1) > array->slot_count && !rebuild(variables, array)) return NULL;
    if (!make_room(variables, array)) return NULL;
    add_places(array);
    copy = memory_take(&variables->account, size + 1);
    if (copy == NULL) {
        variables->failed = true;
        return NULL;
    }
    memcpy(copy, key, size);
    copy[size] = '\0';
    item = &array->items[array->count];
    *item = (struct sh_array_item){.index = array->keys++,
                                   .key = copy,
                                   .key_size = size,
                                   .hash = sh_hash(key, size),
                                   .place = place_of_key(key, size, array->places)};
    array->arranged = false;
    array->slots[slot_of(array, key, size, item->hash)] = (uint32_t)++array->count;
    return item;
}

bool sh_array_set_key(struct sh_variables *variables, struct sh_variable *variable, const char *key,
                      size_t key_size, const char *text, size_t size, bool append)
{
    struct sh_array *array = array_of(variables, variable);
    struct sh_array_item *item = sh_array_find_key(array, key, key_size);

    if (array && item == NULL) item = add_key(variables, array, key, key_size);
    if (item == NULL || !set_value(variables, &item->value, text, size, append ? item->value.size : 0))
        return false;
    variable->attributes |= SH_IS_SET;
    return true;
}

void sh_array_unset(struct sh_variables *variables, struct sh_variable *variable, struct sh_array_item *item)
{
    struct sh_array *array = variable->array;
    size_t at = (size_t)(item - array->items);

    free_value(variables, &item->value);
    if (item->key) {
        memory_give(&variables->account, item->key, item->key_size + 1);
        item->key = NULL; /* its slot stays taken, so that others are still found */
        item->key_size = SIZE_MAX;
        array->removed++;
        return;
    }
    memmove(array->items + at, array->items + at + 1, (array->count - at - 1) * sizeof array->items[0]);
    array->count--;
}

int64_t sh_array_end(const struct sh_array *array)
{
    return array && array->count ? array->items[array->count - 1].index + 1 : 0;
}

size_t sh_array_count(const struct sh_array *array)
{
    return array ? array->count - array->removed : 0;
}

struct sh_array_item *sh_array_next(struct sh_array *array, size_t *at)
{
    if (array && *at == 0 && array->slot_count && !array->arranged) arrange(array);
    while (array && *at < array->count) {
        struct sh_array_item *item = &array->items[(*at)++];
        if (item->key_size != SIZE_MAX || item->key) return item;
    }
    return NULL;
}

/* --- tables --- */

struct sh_variables *sh_variables_new(struct memory_account *above, size_t limit)
{
    struct sh_variables *variables = memory_take(above, sizeof *variables);

    if (variables == NULL) return NULL;
    *variables = (struct sh_variables){.references = 1, .account = {above, 0, limit, false}};
    variables->buckets = memory_take(&variables->account, BUCKETS_LEAST * sizeof(void *));
    if (variables->buckets == NULL) {
        memory_give(above, variables, sizeof *variables);
        return NULL;
    }
    memset(variables->buckets, 0, BUCKETS_LEAST * sizeof(void *));
    variables->bucket_count = BUCKETS_LEAST;
    return variables;
}

static void free_variable(struct sh_variables *variables, struct sh_variable *variable)
{
    sh_variable_clear(variables, variable);
    memory_give(&variables->account, variable, sizeof *variable + variable->length + 1);
}

void sh_variables_drop(struct sh_variables *variables)
{
    struct memory_account *above;
    size_t i;

    if (variables == NULL || --variables->references) return;
    for (i = 0; i < variables->bucket_count; i++)
        while (variables->buckets[i]) {
            struct sh_variable *variable = variables->buckets[i];
            variables->buckets[i] = variable->next;
            while (variable) {
                struct sh_variable *shadowed = variable->shadowed;
                free_variable(variables, variable);
                variable = shadowed;
            }
        }
    above = variables->account.above;
    memory_give(&variables->account, variables->buckets, variables->bucket_count * sizeof(void *));
    memory_give(above, variables, sizeof *variables);
}

struct sh_variable *sh_variable_find(const struct sh_variables *variables, const char *name, size_t length,
                                     uint32_t hash)
{
    struct sh_variable *variable = variables->buckets[hash & (variables->bucket_count - 1)];

    for (; variable; variable = variable->next)
        if (variable->hash == hash && variable->length == length && memcmp(variable->name, name, length) == 0)
            return variable;
    return NULL;
}

static void grow(struct sh_variables *variables)
{
    size_t count = 2 * variables->bucket_count, i;
    struct sh_variable **buckets = memory_take(&variables->account, count * sizeof(void *)), *variable;

    if (buckets == NULL) return; /* it is slower then, and nothing else */
    memset(buckets, 0, count * sizeof(void *));
    for (i = 0; i < variables->bucket_count; i++)
        while ((variable = variables->buckets[i]) != NULL) {
            variables->buckets[i] = variable->next;
            variable->next = buckets[variable->hash & (count - 1)];
            buckets[variable->hash & (count - 1)] = variable;
        }
    memory_give(&variables->account, variables->buckets, variables->bucket_count * sizeof(void *));
    variables->buckets = buckets;
    variables->bucket_count = count;
}

static struct sh_variable *make(struct sh_variables *variables, const char *name, size_t length,
                                uint32_t hash)
{
    struct sh_variable *variable = memory_take(&variables->account, sizeof *variable + length + 1);

    if (variable == NULL) {
        variables->failed = true;
        return NULL;
    }
    *variable = (struct sh_variable){.hash = hash, .length = (uint32_t)length};
    memcpy(variable->name, name, length);
    variable->name[length] = '\0';
    return variable;
}

static struct sh_variable **link_of(const struct sh_variables *variables, const struct sh_variable *variable)
{
    struct sh_variable **link = &variables->buckets[variable->hash & (variables->bucket_count - 1)];
    while (*link != variable) link = &(*link)->next;
    return link;
}

struct sh_variable *sh_variable_add(struct sh_variables *variables, const char *name, size_t length,
                                    uint32_t hash, unsigned scope)
{
    struct sh_variable *before = sh_variable_find(variables, name, length, hash);
    struct sh_variable *variable = make(variables, name, length, hash), **link;

    if (variable == NULL) return NULL;
    variable->scope = scope;
    if (scope) variables->local_scopes++;
    if (before) {
        link = link_of(variables, before);
        *link = variable;
        variable->next = before->next;
        variable->shadowed = before;
        before->next = NULL;
        return variable;
    }
    if (variables->count++ >= variables->bucket_count) grow(variables);
    link = &variables->buckets[hash & (variables->bucket_count - 1)];
    variable->next = *link;
    *link = variable;
    return variable;
}

void sh_variable_remove(struct sh_variables *variables, struct sh_variable *variable)
{
    struct sh_variable **link = link_of(variables, variable);

    if (variable->scope) variables->local_scopes--;
    if (variable->shadowed) {
        variable->shadowed->next = variable->next;
        *link = variable->shadowed;
    } else {
        *link = variable->next;
        variables->count--;
    }
    free_variable(variables, variable);
}

void sh_variables_leave(struct sh_variables *variables, unsigned scope)
{
    size_t i;

    for (i = 0; i < variables->bucket_count; i++) {
        struct sh_variable *variable = variables->buckets[i], *next;
        for (; variable; variable = next) {
            next = variable->next;
            if (variable->scope < scope) continue;
            next = variable->shadowed ? variable->shadowed : next;
            sh_variable_remove(variables, variable);
        }
    }
}

/* --- copies --- */

static bool copy_item(struct sh_variables *to, struct sh_variable *variable, const struct sh_array_item *item)
{
    const struct sh_value *value = &item->value;
    struct sh_array_item *copy;

    if (item->key == NULL) return sh_array_set(to, variable, item->index, value->data, value->size, false);
    if (!sh_array_set_key(to, variable, item->key, item->key_size, value->data, value->size, false))
        return false;
    copy = sh_array_find_key(variable->array, item->key, item->key_size);
    copy->index = item->index;
    copy->place = item->place;
    return true;
}

static bool copy_array(struct sh_variables *to, struct sh_variable *variable, struct sh_array *from)
{
    const struct sh_array_item *item;
    size_t at = 0;

    while ((item = sh_array_next(from, &at)) != NULL)
        if (!copy_item(to, variable, item)) return false;
    if (from && variable->array) {
        variable->array->places = from->places;
        variable->array->keys = from->keys;
        variable->array->arranged = false;
    }
    return true;
}

static struct sh_variable *copy_variable(struct sh_variables *to, const struct sh_variable *from)
{
    struct sh_variable *variable = make(to, from->name, from->length, from->hash);

    if (variable == NULL) return NULL;
    if (from->value.data && !set_value(to, &variable->value, from->value.data, from->value.size, 0))
        goto fail;
    if (from->array && !copy_array(to, variable, from->array)) goto fail;
    variable->attributes = from->attributes;
    variable->scope = from->scope;
    variable->special = from->special;
    if (from->scope) to->local_scopes++;
    if (from->shadowed && (variable->shadowed = copy_variable(to, from->shadowed)) == NULL) goto fail;
    return variable;
fail:
    free_variable(to, variable);
    return NULL;
}

struct sh_variables *sh_variables_own(struct sh_variables *variables)
{
    struct sh_variables *copy;
    size_t i;

    if (variables->references == 1) return variables;
    copy = sh_variables_new(variables->account.above, variables->account.limit);
    if (copy == NULL) return NULL;
    for (i = 0; i < variables->bucket_count; i++) {
        const struct sh_variable *variable;
        for (variable = variables->buckets[i]; variable; variable = variable->next) {
            struct sh_variable *own = copy_variable(copy, variable), **link;
            if (own == NULL) {
                sh_variables_drop(copy);
                return NULL;
            }
            link = &copy->buckets[own->hash & (copy->bucket_count - 1)];
            own->next = *link;
            *link = own;
            if (++copy->count > copy->bucket_count) grow(copy);
        }
    }
    variables->references--;
    return copy;
}
