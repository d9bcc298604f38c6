/* store.h: every byte of an image damaged, one after the other. It is refused, or what is damaged cannot be
 * read, or nothing is lost: content that was not written is never read. */
#include "fs/path.h"
#include "store/check.h"
#include "store_state.h"
#include "store_workload.h"
#include "workspace.h"

#define CAPACITY (1u << 20)

/* An image with two superblocks, a snapshot, content in segments of its own, checkpoints and a log. */
static void build(struct workload *work)
{
    unsigned i;
    uint32_t id;

    for (i = 0; i < 16; i++) {
        char path[20], data[700];
        workload_fill(data, sizeof data, i % 9);
        snprintf(path, sizeof path, "d%u/f%u", i % 2, i);
        assert_int_equal(st_begin(work->store, &work->error), 0);
        assert_int_equal(fs_write_file(work->store, ST_HEAD, path, strlen(path), data, sizeof data - i, i,
                                       NULL, &work->error),
                         0);
        if (i == 1) assert_int_equal(st_rebase(work->store, &work->error), 0);
        assert_int_equal(st_commit(work->store, &work->error), 0);
        if (i % 4 != 2) continue;
        assert_int_equal(st_checkpoint(work->store, "kept", i > 2, 5, &id, &work->error), 0);
        while (st_maintain(work->store, &work->error) > 0) continue;
    }
}

static void open_it(struct workload *work)
{
    assert_int_equal(st_open(&work->memory->host, &work->limits, &work->store, &work->error), 0);
}

/* Where the damage is, for messages. */
static uint64_t damaged_at;

/* The number of lines that say that a file cannot be read; every other line must be as expected. */
static unsigned compare_lines(const char *is, const char *expected)
{
    unsigned damaged = 0;

    while (*is || *expected) {
        size_t length = strcspn(is, "\n"), other = strcspn(expected, "\n"), name = sizeof "ECORRUPT" - 1;
        if (length != other || memcmp(is, expected, length) != 0) {
            if (length < name || memcmp(is + length - name, "ECORRUPT", name) != 0 ||
                strncmp(is, expected, length - name) != 0)
                fail_msg("damage at %llu gives other content: %.*s instead of %.*s",
                         (unsigned long long)damaged_at, (int)length, is, (int)other, expected);
            damaged++;
        }
        is += length + (is[length] == '\n');
        expected += other + (expected[other] == '\n');
    }
    return damaged;
}

static void ignore(void *context, const char *sentence)
{
    (void)context;
    assert_true(strlen(sentence) > 10);
}

struct tally {
    unsigned refused, damaged, lost, harmless;
};

/* before: what it was before the last transaction, in case that this byte belongs to it; else NULL. */
static void check_image(struct workload *work, const char *expected, const char *before, struct tally *tally)
{
    struct memory_file *file = memory_host_file(work->memory, "image");
    uint64_t writes = work->memory->writes, size = file->size;
    struct st_check check;
    unsigned damaged = 0;
    char *text;
    int result = st_open(&work->memory->host, &work->limits, &work->store, &work->error);

    if (result < 0) {
        assert_true(result == UMBRA_ECORRUPT || result == UMBRA_EVERSION);
        assert_true(work->memory->writes == writes && file->size == size);
        tally->refused++;
    } else {
        text = state_text(work->store);
        if (before && strcmp(text, before) == 0)
            tally->lost++;
        else
            damaged = compare_lines(text, expected);
        free(text);
        st_close(work->store);
        work->store = NULL;
    }
    if (damaged) tally->damaged++;
    if (result == 0 && !damaged) tally->harmless++;
    if (result == UMBRA_EVERSION) return;
    assert_int_equal(st_check(&work->memory->host, ignore, NULL, &check, &work->error), 0);
    assert_true((check.problems > 0) == (result < 0 || damaged > 0));
}

static bool was_written(const struct memory_history *history, uint64_t at)
{
    size_t i;
    for (i = 0; i < history->count; i++)
        if (at >= history->entries[i].offset && at < history->entries[i].offset + history->entries[i].size)
            return true;
    return false;
}

static void every_damaged_byte_is_noticed_or_harmless(void **state)
{
    struct workload work = {.memory = memory_host_new(CAPACITY), .limits = workload_limits(4096)};
    struct memory_file *file = memory_host_file(work.memory, "image");
    struct memory_history history = {0};
    struct tally tally = {0};
    char *expected, *before;
    uint64_t at;

    open_it(&work);
    build(&work);
    before = state_text(work.store);
    work.memory->history = &history;
    assert_int_equal(st_begin(work.store, &work.error), 0);
    assert_int_equal(st_remove(work.store, ST_HEAD, st_lookup(work.store, ST_HEAD, 2, "f0", 2), &work.error),
                     0);
    assert_int_equal(st_commit(work.store, &work.error), 0);
    work.memory->history = NULL;
    expected = state_text(work.store);
    assert_string_not_equal(before, expected);
    st_close(work.store);
    for (at = 0; at < file->size; at++) {
        char byte = file->data[at];
        damaged_at = at;
        file->data[at] ^= (char)(1u << at % 8);
        check_image(&work, expected, was_written(&history, at) ? before : NULL, &tally);
        file->data[at] = byte;
    }
    print_message(
        "of %llu bytes %u refuse the image, %u damage content, %u the last transaction, %u nothing\n",
        (unsigned long long)file->size, tally.refused, tally.damaged, tally.lost, tally.harmless);
    assert_true(tally.refused > 500);
    assert_true(tally.damaged > 2000);
    assert_true(tally.lost > 32);
    memory_history_free(&history);
    free(expected);
    free(before);
    memory_host_free(work.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_damaged_byte_is_noticed_or_harmless)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
