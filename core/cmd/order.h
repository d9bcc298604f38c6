/* order.h: puts pointers in order, stably: the same order of equals on every host. Bottom-up merging, of
 * count × log2(count) comparisons, which are charged; for lists of names, not for files of lines. */
#ifndef UMBRA_CMD_ORDER_H
#define UMBRA_CMD_ORDER_H

#include "cmd/command.h"

/* compare: negative, 0 or positive, as strcmp(). UMBRA_ENOMEM without memory (in the arena, as many pointers
 * again), 0 otherwise. */
int cmd_order(struct k_process *process, void **items, size_t count,
              int (*compare)(const void *a, const void *b, const void *context), const void *context);
/* Compares names with numbers in them as sort -V and ls -v do (GNU coreutils 9.1, "Version sort ordering").
 */
int cmd_compare_versions(const char *a, const char *b);

#endif
