/* store_bench.h: measurements of the workspace store on whatever host is given: a native file, or OPFS
 * through the worker's own glue. Times are microseconds of the host's monotonic clock. */
#ifndef UMBRA_BENCH_STORE_BENCH_H
#define UMBRA_BENCH_STORE_BENCH_H

#include "umbra_host.h"

/* Makes a workspace with so many files of so many bytes, all different, in one transaction that is durable at
 * the end; it stays open. Microseconds, or a negative error. */
double bench_fill(const struct umbra_host *host, unsigned files, unsigned size);
/* Closes and opens it again; the time of opening. */
double bench_reopen(const struct umbra_host *host);
/* `count` durable transactions of one file of `size` bytes each. */
double bench_durable(unsigned count, unsigned size);
/* Reads all files once in random order. */
double bench_read(void);
/* `count` times: one small change and a checkpoint; the time of the checkpoints. */
double bench_checkpoint(unsigned count);
/* Lists the changes after `changed` files have changed; the mean of `rounds`. */
double bench_changes(unsigned changed, unsigned rounds);
/* Overwrites random files until `times` the bytes of all have been written. The bytes written to the image
 * for each of those. */
double bench_overwrite(unsigned times);
/* Does all upkeep there is; the size of the image file for each live byte after it. */
double bench_settle(void);
void bench_close(void);

#endif
