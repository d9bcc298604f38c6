#include "store_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/changes.h"

static struct store *store;
static const struct umbra_host *used_host;
static uint32_t *inos;
static unsigned file_count, file_size;
static uint64_t seed = 1;

static uint32_t draw(void)
{
    /* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) */
    uint64_t value = (seed += 0x9e3779b97f4a7c15ull);
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ value >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)((value ^ value >> 31) >> 16);
}

static double now(void)
{
    return (double)used_host->clock_monotonic(used_host->context);
}

static void randomize(char *data, unsigned size)
{
    unsigned i;
    for (i = 0; i + 4 <= size; i += 4) {
        uint32_t word = draw();
        memcpy(data + i, &word, 4);
    }
}

static double check(int result, const struct error *error)
{
    if (result < 0) fprintf(stderr, "bench: %s\n", error->message);
    return result;
}

static int make_files(char *pool, size_t pool_size, struct error *error)
{
    uint32_t folder = 0;
    unsigned i;
    int result = 0;

    for (i = 0; i < file_count && result == 0; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "d%u", i / 100);
        if (i % 100 == 0)
            result = st_create(store, ST_HEAD, ST_ROOT_INO, name, (size_t)length, ST_DIRECTORY, 0755, 1,
                               &folder, error);
        length = snprintf(name, sizeof name, "file%u.txt", i);
        if (result == 0)
            result =
                st_create(store, ST_HEAD, folder, name, (size_t)length, ST_FILE, 0644, 1, &inos[i], error);
        /* Different content for each: the pool at another place. */
        if (result == 0)
            result = st_replace(store, ST_HEAD, inos[i], pool + (size_t)i * 4 % (pool_size - file_size),
                                file_size, error);
    }
    return result;
}

double bench_fill(const struct umbra_host *host, unsigned files, unsigned size)
{
    size_t pool_size = size + (size_t)files * 4 + 8;
    char *pool = malloc(pool_size);
    struct error error = {0};
    double started;
    int result;

    used_host = host;
    file_count = files;
    file_size = size;
    inos = calloc(files, sizeof *inos);
    if (pool == NULL || inos == NULL) return UMBRA_ENOMEM;
    randomize(pool, (unsigned)pool_size);
    result = st_open(host, NULL, &store, &error);
    started = now();
    if (result == 0) result = st_begin(store, &error);
    if (result == 0) result = make_files(pool, pool_size, &error);
    if (result == 0) result = st_rebase(store, &error);
    if (result == 0) result = st_commit(store, &error);
    free(pool);
    return result < 0 ? check(result, &error) : now() - started;
}

double bench_reopen(const struct umbra_host *host)
{
    struct error error = {0};
    double started;
    int result;

    st_close(store);
    started = now();
    result = st_open(host, NULL, &store, &error);
    return result < 0 ? check(result, &error) : now() - started;
}

static int write_one(uint32_t ino, const char *data, unsigned size, struct error *error)
{
    int result = st_begin(store, error);
    if (result == 0) result = st_replace(store, ST_HEAD, ino, data, size, error);
    return result < 0 ? result : st_commit_lazy(store, error);
}

double bench_durable(unsigned count, unsigned size)
{
    struct error error = {0};
    char *data = malloc(size);
    double started = now();
    unsigned i;
    int result = data ? 0 : UMBRA_ENOMEM;

    for (i = 0; i < count && result == 0; i++) {
        memcpy(data, &i, sizeof i < size ? sizeof i : size);
        result = st_begin(store, &error);
        if (result == 0) result = st_replace(store, ST_HEAD, inos[i % file_count], data, size, &error);
        if (result == 0) result = st_commit(store, &error);
    }
    free(data);
    return result < 0 ? check(result, &error) : now() - started;
}

double bench_read(void)
{
    char *data = malloc(file_size);
    double started;
    unsigned i;

    for (i = file_count - 1; i > 0; i--) {
        unsigned other = draw() % (i + 1);
        uint32_t ino = inos[i];
        inos[i] = inos[other];
        inos[other] = ino;
    }
    started = now();
    for (i = 0; i < file_count; i++)
        if (st_read(store, ST_HEAD, inos[i], 0, data, file_size) != (int64_t)file_size) return UMBRA_EIO;
    free(data);
    return now() - started;
}

double bench_checkpoint(unsigned count)
{
    struct error error = {0};
    double taken = 0;
    char data[16] = {0};
    unsigned i;
    uint32_t id;
    int result = 0;

    for (i = 0; i < count && result == 0; i++) {
        randomize(data, sizeof data);
        result = write_one(inos[draw() % file_count], data, sizeof data, &error);
        taken -= now();
        if (result == 0) result = st_checkpoint(store, "before it", true, 1, &id, &error);
        taken += now();
    }
    return result < 0 ? check(result, &error) : taken;
}

double bench_changes(unsigned changed, unsigned rounds)
{
    struct error error = {0};
    struct st_changes changes;
    double started;
    unsigned i;
    int result = st_begin(store, &error);

    if (result == 0) result = st_rebase(store, &error);
    if (result == 0) result = st_commit(store, &error);
    for (i = 0; i < changed && result == 0; i++)
        result = write_one(inos[i * (file_count / changed)], "changed\n", 8, &error);
    started = now();
    for (i = 0; i < rounds && result == 0; i++) {
        result = st_list_changes(store, ST_BASE, ST_HEAD, NULL, &changes, &error);
        if (result == 0 && changes.count != changed) result = UMBRA_EIO;
        st_free_changes(&changes);
    }
    return result < 0 ? check(result, &error) : (now() - started) / rounds;
}

double bench_overwrite(unsigned times)
{
    struct error error = {0};
    struct st_usage before, after;
    char *data = malloc(file_size);
    uint64_t bytes = 0, all = (uint64_t)file_count * file_size * times;
    int result = data ? 0 : UMBRA_ENOMEM;

    st_usage(store, &before);
    while (bytes < all && result == 0) {
        randomize(data, file_size);
        result = write_one(inos[draw() % file_count], data, file_size, &error);
        bytes += file_size;
    }
    free(data);
    st_usage(store, &after);
    return result < 0 ? check(result, &error) : (double)(after.written - before.written) / (double)bytes;
}

double bench_settle(void)
{
    struct error error = {0};
    struct st_usage usage;
    int result;

    while ((result = st_maintain(store, &error)) > 0) continue;
    if (result < 0) return check(result, &error);
    st_usage(store, &usage);
    return (double)usage.image_bytes / (double)usage.live_bytes;
}

void bench_close(void)
{
    st_close(store);
    store = NULL;
    free(inos);
    inos = NULL;
}
