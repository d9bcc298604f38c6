#include "crash_states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "store_state.h"
#include "store_workload.h"

#define CAPACITY     (2u << 20) /* of the image's file */
#define SECTOR       512u
#define SEEN_LEAST   (1u << 17) /* places for hashes, twice the number of states at least */
#define PARTS_MOST   512u
#define UPKEEP_STEPS 4000u /* that are more than enough */
#define UPKEEP_OF    16u   /* of so many states one is maintained to the end, too */

/* A state of the workspace, and between which entries of the history it came to be. */
struct committed {
    char *text;
    size_t began;   /* entries before its commit */
    size_t written; /* entries after which it is in the file */
    size_t durable; /* and safe; SIZE_MAX: never */
};

struct recording {
    struct workload work;
    struct memory_history history;
    struct committed *states;
    size_t count, capacity, began;
};

/* Which states are allowed after a crash. */
struct range {
    size_t least, most;
};

struct checker {
    const struct crash_plan *plan;
    struct crash_count *count;
    struct recording *recording;
    struct memory_crash crash;
    struct memory_host *probe;
    struct memory_part parts[PARTS_MOST];
    size_t part_count;
    uint64_t *seen; /* hashes of images that were checked */
    size_t seen_mask;
    uint64_t seed;
    bool systematic;
};

static void *must(void *memory)
{
    if (memory == NULL) abort();
    return memory;
}

static size_t last_flush_before(const struct recording *recording, size_t end)
{
    while (end && recording->history.entries[end - 1].event != MEMORY_FLUSH) end--;
    return end;
}

static void keep_state(struct recording *recording, size_t written, size_t durable)
{
    if (recording->count == recording->capacity) {
        recording->capacity = recording->capacity ? recording->capacity * 2 : 64;
        recording->states =
            must(realloc(recording->states, recording->capacity * sizeof recording->states[0]));
    }
    recording->states[recording->count] =
        (struct committed){must(state_text(recording->work.store)), recording->began, written, durable};
    assert_null(strstr(recording->states[recording->count++].text, STATE_BROKEN));
}

/* What was only deferred when the program ended never came to be. */
static void forget_deferred(struct recording *recording)
{
    char *text = must(state_text(recording->work.store));

    while (strcmp(recording->states[recording->count - 1].text, text) != 0) {
        assert_int_equal(recording->states[recording->count - 1].written, SIZE_MAX);
        free(recording->states[--recording->count].text);
        assert_true(recording->count > 0);
    }
    free(text);
}

static void record(void *context, enum workload_event event)
{
    struct recording *recording = context;
    size_t now = recording->history.count;

    switch (event) {
    case WORKLOAD_BEGIN:
        recording->began = now;
        break;
    case WORKLOAD_DURABLE:
        keep_state(recording, now, last_flush_before(recording, now));
        assert_true(last_flush_before(recording, now) > recording->began);
        break;
    case WORKLOAD_WRITTEN:
        keep_state(recording, now, SIZE_MAX);
        break;
    case WORKLOAD_DEFERRED:
        keep_state(recording, SIZE_MAX, SIZE_MAX);
        break;
    case WORKLOAD_FAILED:
        fail_msg("%s", recording->work.error.message);
        break;
    case WORKLOAD_KILLED:
        forget_deferred(recording);
    }
}

/* A flush makes safe what was committed before it. */
static void find_flushes(struct recording *recording)
{
    size_t i, entry;

    for (i = 0; i < recording->count; i++) {
        struct committed *state = &recording->states[i];
        size_t from = state->written == SIZE_MAX ? state->began : state->written;
        if (state->durable != SIZE_MAX) continue;
        for (entry = from; entry < recording->history.count; entry++)
            if (recording->history.entries[entry].event == MEMORY_FLUSH) break;
        if (entry < recording->history.count) state->durable = entry + 1;
        if (state->written > state->durable) state->written = state->durable;
    }
}

static void run_workload(struct recording *recording, const struct crash_plan *plan)
{
    struct workload *work = &recording->work;
    unsigned order[WORKLOAD_STEPS_MOST], step;
    int result;

    work->memory = memory_host_new(CAPACITY);
    work->memory->history = &recording->history;
    work->limits = workload_limits(plan->segment_bytes);
    work->note = record;
    work->context = recording;
    result = st_open(&work->memory->host, &work->limits, &work->store, &work->error);
    assert_int_equal(result, 0);
    keep_state(recording, 0, 0);
    for (work->round = 0; work->round < plan->rounds; work->round++) {
        workload_order(plan->seed, work->round, order);
        for (step = 0; step < workload_steps(); step++) {
            result = workload_run(work, order[step]);
            if (result < 0)
                fail_msg("%s in round %u: %s: %s", workload_step_name(order[step]), work->round,
                         umbra_error_name(result), work->error.message);
        }
    }
    st_close(work->store);
    find_flushes(recording);
}

static void free_recording(struct recording *recording)
{
    while (recording->count) free(recording->states[--recording->count].text);
    free(recording->states);
    memory_history_free(&recording->history);
    memory_host_free(recording->work.memory);
}

static void print_parts(const struct checker *checker)
{
    size_t i;

    print_error("after entry %zu, flushed up to %zu, of the later ones survive:\n", checker->crash.position,
                checker->crash.unflushed);
    for (i = 0; i < checker->part_count; i++) {
        const struct memory_part *part = &checker->parts[i];
        const struct memory_entry *entry = &checker->crash.history->entries[part->entry];
        print_error("  %zu: %s at %" PRIu64 " of %" PRIu64 " bytes: [%" PRIu64 ", %" PRIu64 ")\n",
                    part->entry, entry->event == MEMORY_WRITE ? "write" : "truncation", entry->offset,
                    entry->size, part->from, part->to);
    }
}

static bool matches(const struct recording *recording, struct range range, const char *text)
{
    size_t i;
    for (i = range.most + 1; i-- > range.least;)
        if (strcmp(recording->states[i].text, text) == 0) return true;
    return false;
}

static void explain(const struct checker *checker, struct range range, const char *text)
{
    const struct recording *recording = checker->recording;
    size_t i;

    print_parts(checker);
    print_error("allowed are the states %zu to %zu; it is ", range.least, range.most);
    for (i = 0; i < recording->count; i++)
        if (strcmp(recording->states[i].text, text) == 0) print_error("%zu ", i);
    print_error("\n--- is\n%s--- allowed\n%s", text, recording->states[range.least].text);
}

static struct store *open_probe(struct checker *checker)
{
    struct store *store = NULL;
    struct error error = {0};

    if (st_open(&checker->probe->host, &checker->recording->work.limits, &store, &error) < 0) {
        print_parts(checker);
        fail_msg("the workspace does not open: %s", error.message);
    }
    return store;
}

/* What an opened image is good for: writing, and finding it again. */
static void check_use(struct checker *checker, struct store *store)
{
    static const char path[] = "after/the/crash";
    struct error error = {0};
    char *before, *after;
    unsigned steps = UPKEEP_STEPS;
    int result = st_begin(store, &error);

    if (result == 0)
        result = fs_write_file(store, ST_HEAD, path, strlen(path), checker->plan, sizeof *checker->plan, 5,
                               NULL, &error);
    if (result == 0) result = st_commit(store, &error);
    if (result < 0) fail_msg("writing after the crash: %s", error.message);
    before = must(state_text(store));
    if (checker->count->distinct % UPKEEP_OF == 0)
        while (steps-- && (result = st_maintain(store, &error)) > 0) continue;
    if (result) fail_msg("upkeep after the crash: %s", result < 0 ? error.message : "it does not end");
    st_close(store);
    store = open_probe(checker);
    after = must(state_text(store));
    if (strcmp(before, after) != 0) {
        print_parts(checker);
        assert_string_equal(after, before);
    }
    st_close(store);
    free(before);
    free(after);
}

/* True when this image was not seen before. */
static bool is_new(struct checker *checker, const struct memory_file *file)
{
    uint64_t hash = state_hash(file->data, file->size, file->size + 1);
    size_t at = hash & checker->seen_mask;

    if (hash == 0) hash = 1;
    for (; checker->seen[at]; at = (at + 1) & checker->seen_mask)
        if (checker->seen[at] == hash) return false;
    checker->seen[at] = hash;
    if (++checker->count->distinct > checker->seen_mask / 2) fail_msg("more states than there is room for");
    return true;
}

/* Makes and checks the state that the chosen parts lead to. */
static void check(struct checker *checker, struct range range)
{
    struct memory_file *file = memory_host_file(checker->probe, "image");
    struct store *store;
    char *text;

    memory_crash_make(&checker->crash, checker->parts, checker->part_count, file);
    if (!is_new(checker, file)) return;
    assert_image_is_sound(checker->probe);
    store = open_probe(checker);
    text = must(state_text(store));
    if (!matches(checker->recording, range, text)) {
        explain(checker, range, text);
        fail_msg("the workspace is not what was committed");
    }
    free(text);
    check_use(checker, store);
}

static void take(struct checker *checker, size_t entry, uint64_t from, uint64_t to)
{
    if (from >= to) return;
    if (checker->part_count == PARTS_MOST) fail_msg("too many parts for one state");
    checker->parts[checker->part_count++] = (struct memory_part){entry, from, to};
}

static uint64_t length_of(const struct checker *checker, size_t entry)
{
    return memory_entry_length(&checker->crash.history->entries[entry]);
}

/* All but one of the unflushed entries, and of that bytes [from, to). */
static void check_torn(struct checker *checker, size_t torn, uint64_t from, uint64_t to, struct range range)
{
    size_t i;

    checker->part_count = 0;
    for (i = checker->crash.unflushed; i < checker->crash.position; i++)
        take(checker, i, i == torn ? from : 0, i == torn ? to : length_of(checker, i));
    check(checker, range);
}

/* Whether a flush would follow: all of a commit is there. */
static bool is_complete(const struct checker *checker)
{
    const struct memory_history *history = checker->crash.history;
    size_t next = checker->crash.position;
    return next == history->count || history->entries[next].event == MEMORY_FLUSH;
}

/* Each place at which an entry can be torn. */
static void check_each_tear(struct checker *checker, size_t torn, struct range range)
{
    const struct memory_entry *entry = &checker->crash.history->entries[torn];
    uint64_t size = length_of(checker, torn), start = 0, end;

    check_torn(checker, torn, 0, 0, range);
    if (entry->event != MEMORY_WRITE) return;
    if (torn + 1 < checker->crash.position && !is_complete(checker)) return;
    check_torn(checker, torn, 0, 1, range);
    check_torn(checker, torn, 0, size / 2, range);
    check_torn(checker, torn, 0, size - 1, range);
    check_torn(checker, torn, 1, size, range);
    for (; start < size; start = end) {
        end = start + SECTOR - (entry->offset + start) % SECTOR;
        if (end > size) end = size;
        check_torn(checker, torn, 0, end, range);
        if (torn + 1 == checker->crash.position) check_torn(checker, torn, start, end, range);
    }
}

static uint32_t draw(struct checker *checker, uint32_t below)
{
    return test_random(&checker->seed) % below;
}

static void choose_part(struct checker *checker, size_t entry)
{
    uint64_t size = length_of(checker, entry), at = 0;

    if (size < 2 || draw(checker, 4)) {
        if (draw(checker, 3)) take(checker, entry, 0, size);
        return;
    }
    if (draw(checker, 2)) {
        take(checker, entry, 0, draw(checker, (uint32_t)size));
        return;
    }
    while (at < size) {
        uint64_t end = at + SECTOR - (checker->crash.history->entries[entry].offset + at) % SECTOR;
        if (end > size) end = size;
        if (draw(checker, 2)) take(checker, entry, at, end);
        at = end;
    }
}

static void check_random(struct checker *checker, struct range range)
{
    size_t i;

    checker->part_count = 0;
    for (i = checker->crash.unflushed; i < checker->crash.position; i++) choose_part(checker, i);
    for (i = checker->part_count; draw(checker, 3) == 0 && i > 1; i--) {
        size_t other = draw(checker, (uint32_t)i);
        struct memory_part swapped = checker->parts[other];
        checker->parts[other] = checker->parts[i - 1];
        checker->parts[i - 1] = swapped;
    }
    check(checker, range);
}

/* The last state that came to be in so many entries: safe, in the file, or begun. */
static size_t last_state(const struct recording *recording, size_t entries, size_t offset)
{
    size_t found = 0, i;
    for (i = 0; i < recording->count; i++) {
        size_t since;
        memcpy(&since, (const char *)&recording->states[i] + offset, sizeof since);
        if (since <= entries) found = i;
    }
    return found;
}

static void check_moment(struct checker *checker)
{
    size_t position = checker->crash.position, i;
    struct range range = {
        .least = last_state(checker->recording, position, offsetof(struct committed, durable)),
        .most = last_state(checker->recording, position - 1, offsetof(struct committed, began))};
    struct range none = {range.least, range.least};
    struct range all = {last_state(checker->recording, position, offsetof(struct committed, written)),
                        range.most};

    if (checker->systematic) {
        checker->part_count = 0;
        check(checker, none);
        check_torn(checker, SIZE_MAX, 0, 0, all);
        for (i = checker->crash.unflushed; i < position; i++) check_each_tear(checker, i, range);
    } else if (checker->crash.unflushed < position) {
        check_random(checker, range);
    }
}

/* Once through all moments, until so many states were checked. */
static void go_through(struct checker *checker, bool systematic, uint64_t states)
{
    checker->systematic = systematic;
    memory_crash_begin(&checker->crash, &checker->recording->history, CAPACITY);
    while (checker->count->distinct < states && memory_crash_step(&checker->crash)) check_moment(checker);
    memory_crash_end(&checker->crash);
}

void check_crash_states(const struct crash_plan *plan, struct crash_count *count)
{
    struct recording recording = {0};
    struct checker checker = {.plan = plan, .count = count, .recording = &recording, .seed = plan->seed};
    uint64_t before;

    *count = (struct crash_count){0};
    run_workload(&recording, plan);
    count->entries = recording.history.count;
    count->states = recording.count;
    checker.probe = memory_host_new(CAPACITY);
    checker.seen_mask = SEEN_LEAST - 1;
    while (checker.seen_mask / 4 < plan->random) checker.seen_mask = checker.seen_mask * 2 + 1;
    checker.seen = must(calloc(checker.seen_mask + 1, sizeof checker.seen[0]));
    if (plan->systematic) go_through(&checker, true, UINT64_MAX);
    before = count->distinct;
    while (count->distinct < before + plan->random) go_through(&checker, false, before + plan->random);
    memory_host_free(checker.probe);
    free(checker.seen);
    free_recording(&recording);
}
