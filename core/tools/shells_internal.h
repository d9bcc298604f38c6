/* shells_internal.h: what shells.c and beside.c share. */
#ifndef UMBRA_TOOLS_SHELLS_INTERNAL_H
#define UMBRA_TOOLS_SHELLS_INTERNAL_H

#include "tools/shells.h"

/* When those are killed that get a signal now; monotonic microseconds. */
int64_t tool_grace_end(const struct tool_shells *shells);
/* Bytes of output that a result has room for. */
size_t tool_capture_limit(const struct tool_limits *limits);
void tool_signal_session(const struct tool_shells *shells, const struct k_session *session, int signal);
/* Standard input has nothing, output and errors go into the capture. 0 or a negative error. */
int tool_set_files(struct k_process *process, struct tool_capture *capture);
/* Ends it if it runs, and forgets it. */
void tool_beside_drop(struct tool_shells *shells, struct tool_background *beside);

#endif
