/* variables.h: the variables of a shell: scalars, indexed and associative arrays, with their attributes and
 * with the scopes of functions. A table is shared by shells until one of them changes it. */
#ifndef UMBRA_SHELL_VARIABLES_H
#define UMBRA_SHELL_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "shell/text.h"

enum sh_attribute {
    SH_EXPORTED = 1,
    SH_READONLY = 2,
    SH_INTEGER = 4,
    SH_LOWERCASE = 8,
    SH_UPPERCASE = 16,
    SH_NAMEREF = 32,
    SH_TRACED = 64,
    SH_INDEXED = 128, /* an array, also when nothing is in it yet */
    SH_ASSOCIATIVE = 256,
    SH_DYNAMIC = 512,    /* its value is made when it is asked for: `special` says which */
    SH_IS_SET = 1024,    /* it has a value; declared ones may have none */
    SH_CAPITAL = 2048,   /* declare -c */
    SH_TEMPORARY = 4096, /* made by an assignment before a command */
};

/* A text with a NUL behind it; data NULL: none. */
struct sh_value {
    char *data;
    size_t size, capacity;
};

struct sh_array_item {
    int64_t index; /* of an indexed array; of an associative one: how many keys came before it */
    char *key;     /* of an associative one; NULL with a key_size of SIZE_MAX: removed */
    size_t key_size;
    uint32_t hash, place; /* place: where it comes among the others of an associative array */
    struct sh_value value;
};

/* Items of an indexed array stand in the order of their indexes; those of an associative one as they came,
 * until somebody looks at all of them: then in bash's order, which arrange() describes. */
struct sh_array {
    struct sh_array_item *items;
    size_t count, capacity, removed;
    uint32_t *slots; /* of associative ones: item + 1, open addressing */
    size_t slot_count;
    uint32_t places; /* how many different ones there are, a power of 2 */
    bool arranged;
    int64_t keys; /* that came so far */
};

struct sh_variable {
    struct sh_variable *next;     /* in its bucket */
    struct sh_variable *shadowed; /* the one of an outer scope with this name */
    uint32_t hash, length;
    unsigned attributes;
    unsigned scope;   /* depth of the function call it is local to; 0: global */
    unsigned special; /* which dynamic one */
    struct sh_value value;
    struct sh_array *array; /* NULL: none, or nothing is in it */
    char name[];
};

struct sh_variables {
    uint32_t references;
    struct memory_account account;
    struct sh_variable **buckets;
    size_t bucket_count, count;
    size_t local_scopes; /* variables that are local to some call */
    bool failed;         /* memory ran out since this was set to false */
};

struct sh_variables *sh_variables_new(struct memory_account *above, size_t limit);
void sh_variables_drop(struct sh_variables *variables);
/* A table that nobody else has: itself or a copy, which takes the place of the reference. NULL without
 * memory. */
struct sh_variables *sh_variables_own(struct sh_variables *variables);

/* The innermost variable of a name, NULL when there is none. */
struct sh_variable *sh_variable_find(const struct sh_variables *variables, const char *name, size_t length,
                                     uint32_t hash);
/* Makes one in a scope, in front of others of the name, without a value. */
struct sh_variable *sh_variable_add(struct sh_variables *variables, const char *name, size_t length,
                                    uint32_t hash, unsigned scope);
/* Removes the innermost one; what it shadowed is back. */
void sh_variable_remove(struct sh_variables *variables, struct sh_variable *variable);
/* Removes all of this scope and of deeper ones. */
void sh_variables_leave(struct sh_variables *variables, unsigned scope);

/* The value of a scalar. False without memory. */
bool sh_variable_set(struct sh_variables *variables, struct sh_variable *variable, const char *text,
                     size_t size);
bool sh_variable_append(struct sh_variables *variables, struct sh_variable *variable, const char *text,
                        size_t size);
void sh_variable_clear(struct sh_variables *variables, struct sh_variable *variable);

/* Arrays. The item of an index or key, NULL when there is none. */
struct sh_array_item *sh_array_find(const struct sh_array *array, int64_t index);
struct sh_array_item *sh_array_find_key(const struct sh_array *array, const char *key, size_t size);
bool sh_array_set(struct sh_variables *variables, struct sh_variable *variable, int64_t index,
                  const char *text, size_t size, bool append);
bool sh_array_set_key(struct sh_variables *variables, struct sh_variable *variable, const char *key,
                      size_t key_size, const char *text, size_t size, bool append);
void sh_array_unset(struct sh_variables *variables, struct sh_variable *variable, struct sh_array_item *item);
/* The index after the last one. */
int64_t sh_array_end(const struct sh_array *array);
size_t sh_array_count(const struct sh_array *array);
/* The next item that is there, from *at on; NULL past the end. With *at 0, items may move. */
struct sh_array_item *sh_array_next(struct sh_array *array, size_t *at);

static inline bool sh_is_array(const struct sh_variable *variable)
{
    return (variable->attributes & (SH_INDEXED | SH_ASSOCIATIVE)) != 0;
}

#endif
