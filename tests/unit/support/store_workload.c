#include "store_workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "store/changes.h"

#define BIG            30000u /* bytes of the largest files: several small segments */
#define SCATTERED      90u    /* pieces of a file with holes: more than one record of metadata */
#define MAINTAIN_STEPS 4000u  /* of upkeep that are more than enough */

struct st_limits workload_limits(uint32_t segment_bytes)
{
    struct st_limits limits = st_default_limits;
    limits.segment_bytes = segment_bytes;
    limits.max_checkpoints = 3;
    limits.cache_bytes = 16u << 10;
    return limits;
}

void workload_fill(char *data, size_t size, uint64_t seed)
{
    size_t i;
    uint32_t value = 0;
    for (i = 0; i < size; i++) {
        if (i % 4 == 0) value = test_random(&seed);
        data[i] = (char)(value >> i % 4 * 8);
    }
}

static void note(struct workload *work, enum workload_event event)
{
    if (work->note) work->note(work->context, event);
}

/* What a transaction does. */
typedef int (*change)(struct workload *work);

static int finish(struct workload *work, enum workload_event how, int result)
{
    note(work, result < 0 ? WORKLOAD_FAILED : how);
    return result;
}

static int transact(struct workload *work, enum workload_event how, change make)
{
    int result = st_begin(work->store, &work->error);

    if (result == 0) result = make(work);
    if (result < 0) {
        st_rollback(work->store);
        return result;
    }
    note(work, WORKLOAD_BEGIN);
    if (how == WORKLOAD_DURABLE) return finish(work, how, st_commit(work->store, &work->error));
    return finish(work, how, st_commit_lazy(work->store, &work->error));
}

static uint32_t find(struct workload *work, const char *path)
{
    uint32_t ino = 0;
    struct error ignored;
    if (fs_resolve(work->store, ST_HEAD, path, strlen(path), FS_NO_FOLLOW, &ino, &ignored) < 0) return 0;
    return ino;
}

static int put_bytes(struct workload *work, enum st_root root, const char *path, uint64_t seed, size_t size)
{
    static char data[BIG];
    workload_fill(data, size, seed);
    return fs_write_file(work->store, root, path, strlen(path), data, size, (int64_t)(1000 + work->round),
                         NULL, &work->error);
}

static int put(struct workload *work, const char *path, uint64_t seed, size_t size)
{
    return put_bytes(work, ST_HEAD, path, seed, size);
}

static int create_files(struct workload *work)
{
    static const size_t sizes[] = {0, 9, 128, 129, 700, 2500, 5000};
    int result = 0;
    size_t i;
    for (i = 0; i < sizeof sizes / sizeof sizes[0] && result == 0; i++) {
        char path[32];
        snprintf(path, sizeof path, "%c%u/f%zu", 'a' + (int)i % 3, work->round % 2, i);
        result = put(work, path, work->round % 3 * 10 + i, sizes[i]);
    }
    return result;
}

static int replace_files(struct workload *work)
{
    int result = put(work, "a0/f3", 100 + work->round, 3000);
    if (result == 0) result = put(work, "b0/f4", 200 + work->round, 60);
    return result == 0 ? put(work, "c0/f5", 7, 2000 + work->round * 100) : result;
}

static int append_lines(struct workload *work)
{
    uint32_t ino = find(work, "b0/f4");
    int i, result = 0;
    for (i = 0; i < 40 && ino && result == 0; i++)
        result = st_append(work->store, ST_HEAD, ino, "a line of a log\n", 16, &work->error);
    return result;
}

static int write_inside(struct workload *work)
{
    uint32_t ino = find(work, "c0/f5");
    char data[900];
    int result;

    if (ino == 0) return 0;
    workload_fill(data, sizeof data, 300 + work->round);
    result = st_write(work->store, ST_HEAD, ino, 1000 + work->round * 7, data, sizeof data, &work->error);
    if (result == 0) result = st_write(work->store, ST_HEAD, ino, 10, data, 20, &work->error);
    /* Far beyond the end: a hole between. */
    return result == 0 ? st_write(work->store, ST_HEAD, ino, 20000, data, 300, &work->error) : result;
}

static int truncate_files(struct workload *work)
{
    uint32_t cut = find(work, "c0/f5"), longer = find(work, "a0/f3"), little = find(work, "a0/f0");
    int result = 0;
    if (cut) result = st_truncate(work->store, ST_HEAD, cut, 1500 - work->round * 50, &work->error);
    if (result == 0 && longer)
        result = st_truncate(work->store, ST_HEAD, longer, 9000 + work->round, &work->error);
    if (result == 0 && little) result = st_truncate(work->store, ST_HEAD, little, 90, &work->error);
    return result;
}

static int rename_to(struct workload *work, const char *from, const char *to)
{
    struct fs_place place;
    uint32_t ino = find(work, from);
    int result;

    if (ino == 0) return 0;
    result = fs_locate(work->store, ST_HEAD, to, strlen(to), 5, &place, &work->error);
    if (result < 0) return result;
    return st_rename(work->store, ST_HEAD, ino, place.directory, place.name, place.name_length, &work->error);
}

static int rename_over(struct workload *work)
{
    int result = rename_to(work, "a0/f3", "b0/f4");
    return result == 0 ? rename_to(work, "c0/f2", "moved/f2") : result;
}

static int swap_directories(struct workload *work)
{
    int result = rename_to(work, "a0", "away");
    if (result == 0) result = rename_to(work, "a1", "a0");
    return result == 0 ? rename_to(work, "away", work->round % 2 ? "a1/inside" : "a1") : result;
}

static int remove_path(struct workload *work, const char *path)
{
    uint32_t ino = find(work, path), child;

    if (ino == 0) return 0;
    while ((child = st_entry(work->store, ST_HEAD, ino, 0)) != 0) {
        int result = st_remove(work->store, ST_HEAD, child, &work->error);
        if (result < 0) return result;
    }
    return st_remove(work->store, ST_HEAD, ino, &work->error);
}

static int remove_files(struct workload *work)
{
    int result = remove_path(work, "a0/f0");
    if (result == 0) result = remove_path(work, "b0/f1");
    return result == 0 ? remove_path(work, "moved") : result;
}

static int make_link(struct workload *work)
{
    const char *target = work->round % 2 ? "a0/f3" : "nowhere/in/particular";
    uint32_t ino = find(work, "link");
    int result = 0;

    if (ino == 0)
        result =
            st_create(work->store, ST_HEAD, ST_ROOT_INO, "link", 4, ST_SYMLINK, 0777, 8, &ino, &work->error);
    return result == 0 ? st_replace(work->store, ST_HEAD, ino, target, strlen(target), &work->error) : result;
}

static int set_attributes(struct workload *work)
{
    uint32_t ino = find(work, "c0/f5"), directory = find(work, "b0");
    int result = 0;
    if (ino) result = st_set_mode(work->store, ST_HEAD, ino, (uint16_t)(0600 + work->round), &work->error);
    if (ino && result == 0) result = st_set_mtime(work->store, ST_HEAD, ino, 77 + work->round, &work->error);
    if (directory && result == 0) result = st_set_mode(work->store, ST_HEAD, directory, 0700, &work->error);
    return result;
}

static int make_directories(struct workload *work)
{
    int result = put(work, "deep/er/and/deep/er/file", work->round, 200);
    uint32_t ino;
    if (result == 0) result = remove_path(work, "empty");
    if (result < 0) return result;
    return st_create(work->store, ST_HEAD, ST_ROOT_INO, "empty", 5, ST_DIRECTORY, 0755, 9, &ino,
                     &work->error);
}

static int rebase(struct workload *work)
{
    int result = put(work, "with_rebase", work->round, 40);
    return result == 0 ? st_rebase(work->store, &work->error) : result;
}

static int settle(struct workload *work, bool accept)
{
    struct st_changes changes;
    int result = st_list_changes(work->store, ST_BASE, ST_HEAD, NULL, &changes, &work->error);
    size_t i;

    for (i = 0; i < changes.count && i < 3 && result == 0; i++)
        result =
            (accept ? st_accept_change : st_discard_change)(work->store, &changes.items[i], &work->error);
    st_free_changes(&changes);
    /* What is in the way is no failure of the store. */
    return result == UMBRA_EEXIST ? 0 : result;
}

static int accept_changes(struct workload *work)
{
    return settle(work, true);
}

static int discard_changes(struct workload *work)
{
    return settle(work, false);
}

static int forget_file(struct workload *work)
{
    uint32_t ino = find(work, "with_rebase");
    return ino ? st_forget_file(work->store, ino, &work->error) : 0;
}

/* The oldest checkpoint; 0 when there is none. */
static uint32_t oldest(struct workload *work)
{
    struct st_checkpoint_info info;
    return st_checkpoint_at(work->store, 0, &info) == 0 ? info.id : 0;
}

static int adopt_from_checkpoint(struct workload *work)
{
    enum st_root from = st_checkpoint_root(oldest(work));
    uint32_t directory = st_entry(work->store, from, ST_ROOT_INO, 0), ino;
    int result;

    ino = directory ? st_entry(work->store, from, directory, 0) : 0;
    if (ino == 0) return 0;
    result = st_adopt(work->store, ST_HEAD, from, ino, &work->error);
    return result == UMBRA_EEXIST ? 0 : result;
}

static int rewind_to_oldest(struct workload *work)
{
    int result = put(work, "before_rewind", 1, 500);
    if (result == 0 && oldest(work)) result = st_rewind(work->store, oldest(work), &work->error);
    return result == 0 ? put(work, "after_rewind", work->round, 150) : result;
}

static int clear(struct workload *work)
{
    int result;
    if (work->round % 3 != 1) return 0;
    result = put(work, "before_clear", 1, 10);
    if (result == 0) result = st_clear(work->store, &work->error);
    return result == 0 ? put(work, "after_clear", 2, 3000) : result;
}

static int write_much(struct workload *work)
{
    int result = put(work, "big/one", 400 + work->round, BIG);
    return result == 0 ? put(work, "big/same", 400 + work->round, BIG) : result;
}

/* Twice of it, so that much is free at the end of the file afterwards. */
static int write_more(struct workload *work)
{
    int result = put(work, "big/two", 700 + work->round, BIG);
    return result == 0 ? put(work, "big/three", 800 + work->round, BIG) : result;
}

static int write_scattered(struct workload *work)
{
    uint32_t ino, i;
    int result = put(work, "scattered", 1, 1);

    ino = find(work, "scattered");
    for (i = 0; i < SCATTERED && ino && result == 0; i++)
        result = st_write(work->store, ST_HEAD, ino, (i + 1) * 5000u, &i, sizeof i, &work->error);
    return result;
}

static int write_log_line(struct workload *work)
{
    static const char path[] = "sessions/one.jsonl";
    uint32_t ino = 0;
    int result;

    if (fs_resolve(work->store, ST_SYSTEM, path, strlen(path), FS_FOLLOW, &ino, &work->error) < 0) {
        result = put_bytes(work, ST_SYSTEM, path, 5, 20);
        if (result < 0) return result;
        result = fs_resolve(work->store, ST_SYSTEM, path, strlen(path), FS_FOLLOW, &ino, &work->error);
        if (result < 0) return result;
    }
    return st_append(work->store, ST_SYSTEM, ino, "{\"event\": \"something happened in a session\"}\n", 46,
                     &work->error);
}

static int remove_much(struct workload *work)
{
    return remove_path(work, "big");
}

static int remove_held(struct workload *work)
{
    work->held = find(work, "c0/f5");
    if (work->held == 0) return 0;
    if (st_hold(work->store, ST_HEAD, work->held) < 0) {
        work->held = 0;
        return UMBRA_ENOMEM;
    }
    return st_remove(work->store, ST_HEAD, work->held, &work->error);
}

static int write_held(struct workload *work)
{
    char data[600];
    int result = 0;

    workload_fill(data, sizeof data, 500 + work->round);
    if (work->held) result = st_write(work->store, ST_HEAD, work->held, 0, data, sizeof data, &work->error);
    return result == 0 ? put(work, "while_held", work->round, 50) : result;
}

static int checkpoint_of(struct workload *work, enum st_root root, bool automatic)
{
    uint32_t id;
    note(work, WORKLOAD_BEGIN);
    return finish(work, WORKLOAD_DEFERRED,
                  st_checkpoint_of(work->store, root, automatic ? "automatic" : "named", automatic,
                                   (int64_t)work->round, &id, &work->error));
}

static int fail_on_purpose(struct workload *work, size_t size)
{
    int result = st_begin(work->store, &work->error);
    if (result == 0) result = put(work, "rolled_back", 600 + work->round, size);
    st_rollback(work->store);
    return result;
}

int workload_maintain(struct workload *work, unsigned most)
{
    int result = 1;
    while (most-- && result > 0) {
        result = st_maintain(work->store, &work->error);
        if (result > 0) work->maintained++;
    }
    return result <= 0 ? result : UMBRA_ELIMIT;
}

static int reopen(struct workload *work)
{
    st_close(work->store);
    work->store = NULL;
    work->held = 0;
    return st_open(&work->memory->host, &work->limits, &work->store, &work->error);
}

/* The program ends: the store is gone, and all that it still wants to write. */
static int be_killed(struct workload *work)
{
    struct memory_host *memory = work->memory;
    int result;

    memory->dead = true;
    st_close(work->store);
    memory->dead = false;
    work->store = NULL;
    work->held = 0;
    result = st_open(&memory->host, &work->limits, &work->store, &work->error);
    if (result == 0) note(work, WORKLOAD_KILLED);
    return result;
}

#define DURABLE(what)                                                                                        \
    static int what##_durably(struct workload *work)                                                         \
    {                                                                                                        \
        return transact(work, WORKLOAD_DURABLE, what);                                                       \
    }
#define LAZY(what)                                                                                           \
    static int what##_lazily(struct workload *work)                                                          \
    {                                                                                                        \
        return transact(work, WORKLOAD_WRITTEN, what);                                                       \
    }

DURABLE(create_files)
LAZY(replace_files)
DURABLE(append_lines)
DURABLE(write_inside)
LAZY(truncate_files)
DURABLE(rename_over)
LAZY(swap_directories)
LAZY(remove_files)
DURABLE(make_link)
LAZY(set_attributes)
DURABLE(make_directories)
DURABLE(rebase)
LAZY(accept_changes)
DURABLE(discard_changes)
DURABLE(forget_file)
DURABLE(adopt_from_checkpoint)
DURABLE(rewind_to_oldest)
LAZY(clear)
DURABLE(write_much)
DURABLE(write_more)
LAZY(write_scattered)
LAZY(write_log_line)
DURABLE(remove_much)
LAZY(remove_held)
DURABLE(write_held)

static int keep_automatic(struct workload *work)
{
    return checkpoint_of(work, ST_HEAD, true);
}

static int keep_named(struct workload *work)
{
    return work->round % 2 ? 0 : checkpoint_of(work, ST_HEAD, false);
}

static int keep_base(struct workload *work)
{
    return checkpoint_of(work, ST_BASE, true);
}

static int drop_oldest(struct workload *work)
{
    uint32_t id = oldest(work);
    if (id == 0) return 0;
    note(work, WORKLOAD_BEGIN);
    return finish(work, WORKLOAD_DURABLE, st_drop_checkpoint(work->store, id, &work->error));
}

static int roll_back_little(struct workload *work)
{
    return fail_on_purpose(work, 300);
}

static int roll_back_much(struct workload *work)
{
    return fail_on_purpose(work, BIG);
}

static int let_go(struct workload *work)
{
    if (work->held) st_let_go(work->store, work->held);
    work->held = 0;
    return 0;
}

/* In every third round nobody does the upkeep but the store itself. */
static bool is_left_alone(const struct workload *work)
{
    return work->round % 3 == 2;
}

/* All that concerns a held file in one step, for tests that open anew before each. */
static int use_held(struct workload *work)
{
    int result = transact(work, WORKLOAD_DURABLE, create_files);

    if (result == 0) result = transact(work, WORKLOAD_WRITTEN, remove_held);
    if (result == 0) result = transact(work, WORKLOAD_DURABLE, write_held);
    if (result == 0) result = fail_on_purpose(work, 10);
    let_go(work);
    return result;
}

static int maintain_a_little(struct workload *work)
{
    int result = is_left_alone(work) ? 0 : workload_maintain(work, 2);
    return result == UMBRA_ELIMIT ? 0 : result;
}

static int maintain_to_the_end(struct workload *work)
{
    return is_left_alone(work) ? 0 : workload_maintain(work, MAINTAIN_STEPS);
}

static int flush(struct workload *work)
{
    return st_flush(work->store, &work->error);
}

/* Segments become free by what is not flushed yet, the program ends, and the next one wants some: what the
 * machine may still fall back to must not be overwritten. */
static int be_killed_when_much_is_free(struct workload *work)
{
    int result = transact(work, WORKLOAD_DURABLE, write_much);

    if (result == 0) result = workload_maintain(work, MAINTAIN_STEPS);
    if (result == 0) result = transact(work, WORKLOAD_WRITTEN, remove_much);
    if (result == 0) result = be_killed(work);
    return result == 0 ? transact(work, WORKLOAD_DURABLE, write_more) : result;
}

#define STEP(name)                                                                                           \
    {                                                                                                        \
#name, name                                                                                          \
    }

static const struct step {
    const char *name;
    int (*run)(struct workload *work);
} steps[] = {
    STEP(create_files_durably),
    STEP(write_log_line_lazily),
    STEP(keep_automatic),
    STEP(replace_files_lazily),
    STEP(append_lines_durably),
    STEP(write_inside_durably),
    STEP(rebase_durably),
    STEP(truncate_files_lazily),
    STEP(keep_named),
    STEP(rename_over_durably),
    STEP(roll_back_little),
    STEP(swap_directories_lazily),
    STEP(write_much_durably),
    STEP(write_scattered_lazily),
    STEP(remove_held_lazily),
    STEP(roll_back_much),
    STEP(maintain_a_little),
    STEP(make_link_durably),
    STEP(write_held_durably),
    STEP(keep_base),
    STEP(be_killed),
    STEP(let_go),
    STEP(set_attributes_lazily),
    STEP(make_directories_durably),
    STEP(remove_files_lazily),
    STEP(write_log_line_lazily),
    STEP(flush),
    STEP(accept_changes_lazily),
    STEP(discard_changes_durably),
    STEP(maintain_a_little),
    STEP(write_more_durably),
    STEP(remove_much_durably),
    STEP(adopt_from_checkpoint_durably),
    STEP(keep_automatic),
    STEP(reopen),
    STEP(rewind_to_oldest_durably),
    STEP(forget_file_durably),
    STEP(drop_oldest),
    STEP(replace_files_lazily),
    STEP(maintain_to_the_end),
    STEP(use_held),
    STEP(clear_lazily),
    STEP(be_killed_when_much_is_free),
};

unsigned workload_steps(void)
{
    return sizeof steps / sizeof steps[0];
}

const char *workload_step_name(unsigned step)
{
    return steps[step].name;
}

int workload_run(struct workload *work, unsigned step)
{
    return steps[step].run(work);
}

void workload_order(uint64_t seed, unsigned round, unsigned *order)
{
    unsigned count = workload_steps(), i;

    for (i = 0; i < count; i++) order[i] = i;
    seed += round;
    for (i = count; round % 2 && i > 1; i--) {
        unsigned other = test_random(&seed) % i, swapped = order[other];
        order[other] = order[i - 1];
        order[i - 1] = swapped;
    }
}
