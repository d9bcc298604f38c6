/* What a changeset costs: 10 changed files of 100,000 (among them a renamed one by content), the median of
 * many listings, in milliseconds, as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fs/path.h"
#include "memory_host.h"
#include "store/changes.h"

#define FILES    100000
#define CHANGED  10
#define ROUNDS   101
#define CAPACITY (512ull << 20)

static struct error error;

static void check(int result)
{
    if (result >= 0) return;
    fprintf(stderr, "bench_changes: %s\n", error.message);
    exit(1);
}

static void put(struct store *store, int number, const char *folder, const char *word)
{
    char path[64], text[2048];
    int length = snprintf(path, sizeof path, "%s%d/file%d.txt", folder, number % 100, number), size = 0;

    while (size < 1900)
        size += snprintf(text + size, sizeof text - (size_t)size, "%s %d %d\n", word, number, size);
    check(fs_write_file(store, ST_HEAD, path, (size_t)length, text, (size_t)size, 1, NULL, &error));
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void fill(struct store *store)
{
    int i;

    check(st_begin(store, &error));
    for (i = 0; i < FILES; i++) put(store, i, "d", "line");
    check(st_rebase(store, &error));
    check(st_commit(store, &error));
    check(st_begin(store, &error));
    for (i = 0; i < CHANGED - 1; i++) put(store, i * 9973, "d", "changed");
    check(st_remove(store, ST_HEAD, st_at_path(store, ST_HEAD, "d99/file99999.txt"), &error));
    put(store, 99999, "moved", "line");
    check(st_commit(store, &error));
}

int main(void)
{
    struct memory_host *memory = memory_host_new(CAPACITY);
    double times[ROUNDS];
    struct store *store;
    int i;

    check(st_open(&memory->host, NULL, &store, &error));
    fill(store);
    for (i = 0; i < ROUNDS; i++) {
        struct st_changes changes;
        double start = milliseconds();
        check(st_list_changes(store, ST_BASE, ST_HEAD, NULL, &changes, &error));
        times[i] = milliseconds() - start;
        if (changes.count != CHANGED) {
            fprintf(stderr, "bench_changes: %zu changes\n", changes.count);
            return 1;
        }
        st_free_changes(&changes);
    }
    qsort(times, ROUNDS, sizeof times[0], compare);
    printf("{\"files\":%d,\"changed\":%d,\"medianMs\":%.4f,\"worstMs\":%.4f}\n", FILES, CHANGED,
           times[ROUNDS / 2], times[ROUNDS - 1]);
    st_close(store);
    memory_host_free(memory);
    return 0;
}
