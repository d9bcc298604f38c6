/* native_main.c: store_bench.h on a file: store_bench FOLDER, figures as JSON. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <malloc.h>
#include <string.h>

#include "store_bench.h"
#include "umbra.h"

static const char *folder;
static int file = -1;

static int block_open(void *context, const char *name)
{
    char path[4096];
    (void)context;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = open(path, O_RDWR | O_CREAT, 0600);
    return file < 0 ? UMBRA_EIO : 0;
}

static void block_close(void *context, int handle)
{
    (void)context;
    (void)handle;
    close(file);
}

static int64_t block_size(void *context, int handle)
{
    struct stat status;
    (void)context;
    (void)handle;
    return fstat(file, &status) < 0 ? UMBRA_EIO : status.st_size;
}

static int64_t block_read(void *context, int handle, void *data, size_t size, uint64_t offset)
{
    (void)context;
    (void)handle;
    return pread(file, data, size, (off_t)offset);
}

static int64_t block_write(void *context, int handle, const void *data, size_t size, uint64_t offset)
{
    (void)context;
    (void)handle;
    return pwrite(file, data, size, (off_t)offset);
}

static int block_truncate(void *context, int handle, uint64_t size)
{
    (void)context;
    (void)handle;
    return ftruncate(file, (off_t)size) < 0 ? UMBRA_EIO : 0;
}

static int block_flush(void *context, int handle)
{
    (void)context;
    (void)handle;
    return fdatasync(file) < 0 ? UMBRA_EIO : 0;
}

static int64_t clock_monotonic(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fill_random(void *context, void *data, size_t size)
{
    (void)context;
    if (getrandom(data, size, 0) < 0) abort();
}

static void measure(const struct umbra_host *host, unsigned files, unsigned size)
{
    double fill = bench_fill(host, files, size);
    printf("{\"files\":%u,\"size\":%u,\"fillMs\":%.2f", files, size, fill / 1000);
    printf(",\"heapMiB\":%.1f", (double)(mallinfo2().uordblks + mallinfo2().hblkhd) / (1 << 20));
    printf(",\"reopenMs\":%.2f", bench_reopen(host) / 1000);
    printf(",\"readUs\":%.3f", bench_read() / files);
    printf(",\"checkpointUs\":%.3f", bench_checkpoint(2000) / 2000);
    printf(",\"changesMs\":%.3f", bench_changes(10, 100) / 1000);
    printf(",\"durableUs\":%.2f", bench_durable(500, 2048) / 500);
    printf(",\"amplification\":%.3f", bench_overwrite(10));
    printf(",\"spaceRatio\":%.3f", bench_settle());
    printf(",\"reopenAfterMs\":%.2f}\n", bench_reopen(host) / 1000);
    bench_close();
}

int main(int argc, char **argv)
{
    struct umbra_host host = {.block_open = block_open,
                              .block_close = block_close,
                              .block_size = block_size,
                              .block_read = block_read,
                              .block_write = block_write,
                              .block_truncate = block_truncate,
                              .block_flush = block_flush,
                              .clock_wall = clock_monotonic,
                              .clock_monotonic = clock_monotonic,
                              .random = fill_random};
    char path[4096];

    if (argc != 2) {
        fprintf(stderr, "usage: store_bench FOLDER (an empty one)\n");
        return 2;
    }
    folder = argv[1];
    snprintf(path, sizeof path, "%s/image", folder);
    measure(&host, 10000, 5120);
    unlink(path);
    measure(&host, 100000, 256);
    unlink(path);
    return 0;
}
