#include "base/list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool px_list_next(const char **at, const char **piece, size_t *size)
{
    const char *p = *at;
    if (!p || !*p) return false;
    const char *end = p + strcspn(p, ",");
    *at = end + (*end == ',');
    while (p < end && isspace((unsigned char)*p)) p++;
    while (end > p && isspace((unsigned char)end[-1])) end--;
    *piece = p;
    *size = (size_t)(end - p);
    return true;
}

int px_list_each(const char *list, int (*take)(void *owner, const char *piece, struct px_err *err),
                 void *owner, struct px_err *err)
{
    const char *start;
    size_t size;
    int rc = 0;
    while (rc == 0 && px_list_next(&list, &start, &size)) {
        if (size == 0) continue;
        char *piece = strndup(start, size);
        rc = piece ? take(owner, piece, err) : px_fail_memory(err);
        free(piece);
    }
    return rc;
}
