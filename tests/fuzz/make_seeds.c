/* Writes the seeds of fuzz_image and fuzz_superblock: images that the store itself made.
 * usage: make_seeds FOLDER-OF-IMAGES FOLDER-OF-SUPERBLOCKS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory_host.h"
#include "store/format.h"
#include "store_workload.h"

#define CAPACITY  (1u << 20)
#define ROUNDS    3
#define SEED_EACH 16 /* steps */

static void write_file(const char *folder, const char *name, const char *first, size_t first_size,
                       const char *second, size_t second_size)
{
    char path[1000];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(first, 1, first_size, file) != first_size ||
        fwrite(second, 1, second_size, file) != second_size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Both slots behind a byte that has their checksums mended. */
static void write_superblocks(const char *folder, const char *name, const char *image)
{
    char start[1 + SUPERBLOCK_SIZE] = {3};
    memcpy(start + 1, image, SUPERBLOCK_SIZE);
    write_file(folder, name, start, sizeof start, image + SUPERBLOCK_SLOT, SUPERBLOCK_SIZE);
}

/* Steps that make images large and tell the fuzzer nothing new. */
static bool is_large(const char *name)
{
    return strstr(name, "much") || strstr(name, "more") || strstr(name, "scattered");
}

static void write_seeds(struct workload *work, unsigned step, char **folders)
{
    const struct memory_file *file = memory_host_file(work->memory, "image");
    char name[100];
    uint64_t size;

    st_flush(work->store, &work->error);
    /* Free segments at the end are not needed. */
    for (size = file->size; size > SEGMENTS_AT && file->data[size - 1] == 0; size--) continue;
    size += (SEGMENTS_AT - size) % 4096;
    snprintf(name, sizeof name, "%s_%u", workload_step_name(step), work->round);
    write_file(folders[0], name, file->data, size, "", 0);
    write_superblocks(folders[1], name, file->data);
}

int main(int count, char **arguments)
{
    struct workload work = {.memory = memory_host_new(CAPACITY), .limits = workload_limits(4096)};
    unsigned step;

    if (count != 3 || st_open(&work.memory->host, &work.limits, &work.store, &work.error) < 0) return 1;
    for (work.round = 0; work.round < ROUNDS; work.round++) {
        for (step = 0; step < workload_steps(); step++) {
            if (is_large(workload_step_name(step))) continue;
            if (workload_run(&work, step) < 0) return 1;
            if (step % SEED_EACH == 0) write_seeds(&work, step, arguments + 1);
        }
    }
    st_close(work.store);
    memory_host_free(work.memory);
    return 0;
}
