/* workspace.h: a workspace in memory for tests, with short ways to fill it and to see all of what is in it.
 * Everything that is expected to work is asserted in here. */
#ifndef UMBRA_TEST_WORKSPACE_H
#define UMBRA_TEST_WORKSPACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "memory_host.h"
#include "store/store.h"
#include "tools/tool.h"

struct workspace {
    struct memory_host *memory;
    struct store *store;
    struct error error;
};

#define WORKSPACE_BYTES (8u << 20)

void workspace_open(struct workspace *workspace, uint64_t capacity);
void workspace_reopen(struct workspace *workspace);
void workspace_close(struct workspace *workspace);

#define assert_ok(workspace, expression)                                                                     \
    workspace_check(workspace, expression, #expression, __FILE__, __LINE__)
void workspace_check(struct workspace *workspace, int result, const char *what, const char *file, int line);

/* Each in a transaction of its own when none is open. Paths in HEAD unless a root is given. */
void workspace_put(struct workspace *workspace, const char *path, const char *content);
void workspace_put_bytes(struct workspace *workspace, const char *path, const void *data, size_t size);
void workspace_link(struct workspace *workspace, const char *path, const char *target);
void workspace_mkdir(struct workspace *workspace, const char *path);
void workspace_remove(struct workspace *workspace, const char *path);
void workspace_move(struct workspace *workspace, const char *from, const char *to);
void workspace_rebase(struct workspace *workspace);

uint32_t workspace_find(struct workspace *workspace, enum st_root root, const char *path);
/* The content, to be freed. */
char *workspace_content(struct workspace *workspace, enum st_root root, const char *path);
void assert_content(struct workspace *workspace, const char *path, const char *content);

/* All of a tree as text: a line for each thing with path, kind, mode, time, size and a checksum. To be freed.
 */
char *workspace_dump(struct workspace *workspace, enum st_root root);
/* All three trees, usage and the number of checkpoints. */
char *workspace_dump_all(struct workspace *workspace);
/* "added a.c\nrenamed b.c from a.c\n"; to be freed. */
char *workspace_changes(struct workspace *workspace);
void assert_changes(struct workspace *workspace, const char *expected);

/* Runs a tool to its end with `fuel` milliseconds a slice; the result (to be freed) and whether it failed. */
char *run_tool(struct workspace *workspace, const char *name, const char *input, bool *failed);
void assert_tool(struct workspace *workspace, const char *name, const char *input, const char *expected);
void assert_tool_fails(struct workspace *workspace, const char *name, const char *input,
                       const char *expected);
/* How often the last run_tool() was resumed. */
extern unsigned run_tool_slices;
/* Limits and fuel for run_tool(); a fuel of 0 makes each step as short as it can be. */
extern struct tool_limits run_tool_limits;
extern bool run_tool_starved;

#endif
