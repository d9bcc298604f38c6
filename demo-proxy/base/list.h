/* list.h: comma-separated lists, as settings have them. */
#ifndef PX_BASE_LIST_H
#define PX_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The next piece of a list, without the blanks around it; there may be nothing in it. *at begins at the list
 * (NULL: an empty one) and is moved on. False behind the last; a comma at the end begins no piece. */
bool px_list_next(const char **at, const char **piece, size_t *size);
/* Calls take with a copy of each piece that is not empty, until one fails. What that gave, 0, or PX_ENOMEM.
 */
int px_list_each(const char *list, int (*take)(void *owner, const char *piece, struct px_err *err),
                 void *owner, struct px_err *err);

#endif
