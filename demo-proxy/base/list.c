#include "base/list.h"

#include <ctype.h>
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
