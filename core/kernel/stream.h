/* stream.h: files whose other end the host has. What is written goes to the host as it comes; what is read is
 * asked of it piece by piece, so neither side has to keep more than one. */
#ifndef UMBRA_KERNEL_STREAM_H
#define UMBRA_KERNEL_STREAM_H

#include "kernel/descriptor.h"

/* A stream of this direction (K_READABLE or K_WRITABLE) with a number for the host; NULL without memory. */
struct k_file *k_make_stream(struct kernel *kernel, unsigned direction, uint32_t *number);

/* What the host delivers for a number, also a terminal's; one that is unknown (it was closed) is passed over.
 */
void k_stream_data(struct kernel *kernel, uint32_t number, const void *data, size_t size);
void k_stream_end(struct kernel *kernel, uint32_t number);
void k_stream_ready(struct kernel *kernel, uint32_t number);

#endif
