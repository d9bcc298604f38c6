/* wipe.h: memory that is given back is overwritten first, in this whole process. Keys and prompts pass
 * through memory of libraries that has no owner here (a header being put together, a buffer that grew and
 * moved), and what lies about in free memory is in reach of every mistake that reads too far. So free() and
 * realloc() are replaced, where the C library is glibc; with a sanitizer or another C library they stay as
 * they are. */
#ifndef PX_WIPE_H
#define PX_WIPE_H

/* Before anything uses SQLite: it gets nothing secret and many large blocks, and keeps the C library's own.
 */
void px_wipe_begin(void);

#endif
