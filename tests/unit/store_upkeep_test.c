/* store.h: st_maintain() comes to an end, whatever the image is made of, and leaves little garbage. */
#include "fs/path.h"
#include "store_state.h"
#include "store_workload.h"
#include "workspace.h"

#define CAPACITY   (8u << 20)
#define STEPS_MOST 3000u

/* So many files of one size in one transaction. */
static void fill(struct workload *work, unsigned count, size_t size)
{
    char path[40], data[4096];
    unsigned i;

    assert_int_equal(st_begin(work->store, &work->error), 0);
    for (i = 0; i < count; i++) {
        snprintf(path, sizeof path, "d%u/f%u", i % 50, i);
        workload_fill(data, size, i);
        assert_int_equal(
            fs_write_file(work->store, ST_HEAD, path, strlen(path), data, size, 5, NULL, &work->error), 0);
    }
    assert_int_equal(st_commit(work->store, &work->error), 0);
}

static void remove_each(struct workload *work, unsigned count, unsigned each)
{
    struct error *error = &work->error;
    char path[40];
    unsigned i;
    uint32_t ino;

    assert_int_equal(st_begin(work->store, error), 0);
    for (i = 0; i < count; i += each) {
        snprintf(path, sizeof path, "d%u/f%u", i % 50, i);
        assert_int_equal(fs_resolve(work->store, ST_HEAD, path, strlen(path), FS_FOLLOW, &ino, error), 0);
        assert_int_equal(st_remove(work->store, ST_HEAD, ino, error), 0);
    }
    assert_int_equal(st_commit(work->store, error), 0);
}

/* Fills an image, removes each n-th file, and keeps it up until there is nothing to do. */
static void check(unsigned count, size_t size, unsigned each, double times_most)
{
    struct workload work = {.memory = memory_host_new(CAPACITY), .limits = workload_limits(4096)};
    struct st_usage usage;
    char *before, *after;

    assert_int_equal(st_open(&work.memory->host, &work.limits, &work.store, &work.error), 0);
    fill(&work, count, size);
    remove_each(&work, count, each);
    before = state_text(work.store);
    assert_int_equal(workload_maintain(&work, STEPS_MOST), 0);
    assert_int_equal(workload_maintain(&work, 1), 0);
    after = state_text(work.store);
    assert_string_equal(after, before);
    st_usage(work.store, &usage);
    print_message(
        "%u files of %zu bytes, each %u. removed: %u steps, %.2f bytes written and %.2f kept for each of "
        "content\n",
        count, size, each, work.maintained, (double)usage.written / (double)usage.live_bytes,
        (double)usage.image_bytes / (double)usage.live_bytes);
    assert_true((double)usage.image_bytes < times_most * (double)usage.live_bytes + 128 * 1024);
    free(before);
    free(after);
    st_close(work.store);
    assert_image_is_sound(work.memory);
    memory_host_free(work.memory);
}

/* Four of them fill a segment; where three are left, moving them gains nothing. */
static void upkeep_ends_with_large_pieces(void **state)
{
    check(600, 960, 4, 1.8);
    check(600, 960, 2, 1.7);
    check(600, 700, 3, 1.7);
}

/* What records take beside their content is no garbage that could be collected. */
static void upkeep_ends_with_little_pieces(void **state)
{
    check(2500, 130, 4, 4);
    check(2500, 130, 2, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upkeep_ends_with_large_pieces),
        cmocka_unit_test(upkeep_ends_with_little_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
