/* capture.h: what commands print, as an open file of theirs: of all that is written the beginning and the end
 * are kept, so an endless writer costs no more memory than the limit. What came last can be taken as it
 * comes. */
#ifndef UMBRA_TOOLS_CAPTURE_H
#define UMBRA_TOOLS_CAPTURE_H

#include "kernel/descriptor.h"

#define TOOL_PIECE_BYTES                                                                                     \
    ((size_t)16384) /* of what is taken as it comes; more than that loses its beginning */

struct tool_capture {
    size_t limit;                    /* bytes of the text that tool_capture_take() makes */
    struct buffer head;              /* up to half of that */
    struct buffer tail;              /* what came after it: its end, of at most twice the other half */
    uint64_t dropped, dropped_lines; /* between the two: bytes, newlines */
    struct buffer fresh;             /* what tool_capture_piece() has not given yet: its end */
    uint64_t skipped;                /* bytes before that */
    bool has_fresh;                  /* something was written since the last piece */
    struct k_file *file;             /* the writing end; one reference is the capture's own */
};

/* UMBRA_ENOMEM. */
int tool_capture_open(struct tool_capture *capture, struct kernel *kernel, size_t limit);
/* Whoever still has the file writes into nothing. A zeroed capture is allowed. */
void tool_capture_close(struct tool_capture *capture);
/* The file as number 1 and 2 of a process. UMBRA_ENOMEM. */
int tool_capture_install(struct tool_capture *capture, struct k_process *process);
bool tool_capture_is_empty(const struct tool_capture *capture);
/* Appends all that was written as valid UTF-8 of at most `limit` bytes, cut in the middle where a line says
 * how much is left out; the capture is empty then. */
void tool_capture_take(struct tool_capture *capture, struct buffer *text);
/* Appends what came since the last time as valid UTF-8, but the beginning of a character that is not whole
 * yet; the number of bytes before it that are left out. */
uint64_t tool_capture_piece(struct tool_capture *capture, struct buffer *text);

#endif
