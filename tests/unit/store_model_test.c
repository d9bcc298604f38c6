/* Random operations on the store and on a trivial model of it; both must agree at all times.
 * UMBRA_MODEL_STEPS says how many operations, UMBRA_SEED which. */
#include "fs/path.h"
#include "model.h"
#include "store/check.h"
#include "store_workload.h"
#include "workspace.h"

#define STEPS       150000u /* over all seeds */
#define SEEDS       3
#define CAPACITY    (48u << 20)
#define KEPT_MOST   8 /* checkpoints; of them AUTOMATIC are automatic ones */
#define AUTOMATIC   4
#define HELD_MOST   3
#define POOL        (256u << 10)
#define LARGEST     (200u << 10)
#define CONTENTS_OF 64 /* of so many transactions after one all contents are compared */

struct kept {
    uint32_t id;
    bool automatic;
    struct model model;
};

/* A held file: its bytes once it has lost its name. */
struct held {
    uint32_t ino;
    struct blob *orphan;
};

struct game {
    struct workspace workspace;
    struct st_limits limits;
    struct model head, saved, base;
    struct kept kept[KEPT_MOST];
    int kept_count;
    int most; /* entries that there were at once */
    struct held held[HELD_MOST], saved_held[HELD_MOST];
    uint64_t seed, transactions;
    char *pool;
};

static uint32_t draw(struct game *game, uint32_t below)
{
    return test_random(&game->seed) % below;
}

static void random_path(struct game *game, char *path)
{
    uint32_t depth = draw(game, 3) + 1;
    *path = '\0';
    while (depth--)
        sprintf(path + strlen(path), "%s%c%u", *path ? "/" : "", 'a' + (int)draw(game, 4), draw(game, 4));
}

static size_t random_size(struct game *game)
{
    switch (draw(game, 20)) {
    case 0:
        return draw(game, LARGEST);
    case 1:
    case 2:
    case 3:
        return draw(game, 20000);
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
        return draw(game, 3000);
    default:
        return draw(game, 200);
    }
}

/* Bytes of which there are not many kinds, so that the same ones come often. */
static const char *random_bytes(struct game *game, size_t size)
{
    return game->pool + draw(game, 16) * ((POOL - size) / 16);
}

static uint32_t ino_of(struct game *game, const char *path)
{
    return workspace_find(&game->workspace, ST_HEAD, path);
}

static struct entry *random_file(struct game *game, uint32_t *ino)
{
    struct entry *entry;

    if (game->head.count == 0) return NULL;
    entry = &game->head.entries[draw(game, (uint32_t)game->head.count)];
    if (entry->blob == NULL) return NULL;
    *ino = ino_of(game, entry->path);
    return entry;
}

static void create(struct game *game, enum st_kind kind)
{
    static const uint16_t modes[] = {0644, 0755, 0777};
    struct workspace *workspace = &game->workspace;
    struct fs_place place;
    char path[MODEL_PATH_MOST];
    uint16_t mode = modes[draw(game, 3)];
    uint32_t ino;

    random_path(game, path);
    /* Half of them in a directory that is there. */
    if (game->head.count && draw(game, 2)) {
        const struct entry *directory = &game->head.entries[draw(game, (uint32_t)game->head.count)];
        if (directory->kind != ST_DIRECTORY || strlen(directory->path) > 6) return;
        snprintf(path, sizeof path, "%.6s/%c%u", directory->path, 'a' + (int)draw(game, 4), draw(game, 4));
    }
    if (model_find(&game->head, path) || !model_has_parent(&game->head, path) ||
        game->head.count == MODEL_MOST)
        return;
    assert_ok(workspace,
              fs_locate(workspace->store, ST_HEAD, path, strlen(path), -1, &place, &workspace->error));
    assert_ok(workspace, st_create(workspace->store, ST_HEAD, place.directory, place.name, place.name_length,
                                   kind, mode, (int64_t)game->transactions, &ino, &workspace->error));
    model_add(&game->head, path, kind, mode, (int64_t)game->transactions);
}

/* A file that is removed while it is held keeps its bytes. */
static void lose_name(struct game *game, uint32_t ino, const struct entry *entry)
{
    int i;
    for (i = 0; i < HELD_MOST; i++)
        if (game->held[i].ino == ino && game->held[i].orphan == NULL)
            game->held[i].orphan = blob_keep(entry->blob);
}

static void remove_one(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    struct entry *entry;
    uint32_t ino;
    int result;

    if (game->head.count == 0) return;
    entry = &game->head.entries[draw(game, (uint32_t)game->head.count)];
    ino = ino_of(game, entry->path);
    result = st_remove(workspace->store, ST_HEAD, ino, &workspace->error);
    if (model_has_children(&game->head, entry->path)) {
        assert_int_equal(result, UMBRA_ENOTEMPTY);
        return;
    }
    assert_ok(workspace, result);
    lose_name(game, ino, entry);
    model_remove(&game->head, entry);
}

/* What rename() says to it. */
static int expected_of_move(struct game *game, const struct entry *from, const struct entry *target,
                            const char *to)
{
    if (model_is_below(to, from->path)) return UMBRA_EINVAL;
    if (target == NULL || target == from) return 0;
    if (from->kind == ST_DIRECTORY && target->kind != ST_DIRECTORY) return UMBRA_ENOTDIR;
    if (from->kind != ST_DIRECTORY && target->kind == ST_DIRECTORY) return UMBRA_EISDIR;
    return model_has_children(&game->head, to) ? UMBRA_ENOTEMPTY : 0;
}

static void move_one(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    struct error *error = &workspace->error;
    struct fs_place place;
    struct entry *entry, *target;
    char from[MODEL_PATH_MOST], to[MODEL_PATH_MOST];
    int result;

    random_path(game, to);
    if (game->head.count == 0 || !model_has_parent(&game->head, to)) return;
    entry = &game->head.entries[draw(game, (uint32_t)game->head.count)];
    snprintf(from, sizeof from, "%s", entry->path);
    if (strlen(from) + strlen(to) > 20) return;
    target = model_find(&game->head, to);
    assert_ok(workspace, fs_locate(workspace->store, ST_HEAD, to, strlen(to), -1, &place, error));
    result = st_rename(workspace->store, ST_HEAD, ino_of(game, from), place.directory, place.name,
                       place.name_length, error);
    assert_int_equal(result, expected_of_move(game, entry, target, to));
    if (result < 0 || target == entry) return;
    if (target) {
        lose_name(game, place.ino, target);
        model_remove(&game->head, target);
    }
    model_move(&game->head, from, to);
}

/* The bytes of a file after a write. */
static struct blob *written(const struct blob *blob, size_t offset, const char *data, size_t size)
{
    struct blob *result = blob_resized(blob, offset + size > blob->size && size ? offset + size : blob->size);
    if (size) memcpy(result->bytes + offset, data, size);
    return result;
}

static void change_bytes(struct game *game, uint32_t ino, struct blob **blob)
{
    struct workspace *workspace = &game->workspace;
    struct store *store = workspace->store;
    size_t size = random_size(game), offset = (*blob)->size;
    const char *data = random_bytes(game, size);
    struct blob *now;
    int result;

    switch (draw(game, 5)) {
    case 0:
        now = blob_new(size);
        memcpy(now->bytes, data, size);
        result = st_replace(store, ST_HEAD, ino, data, size, &workspace->error);
        break;
    case 1:
        size = draw(game, LARGEST) / (1 + draw(game, 200));
        now = blob_resized(*blob, size);
        result = st_truncate(store, ST_HEAD, ino, size, &workspace->error);
        break;
    case 2:
        if (offset + size > LARGEST) return;
        now = written(*blob, offset, data, size);
        result = st_append(store, ST_HEAD, ino, data, size, &workspace->error);
        break;
    default:
        /* Inside, or beyond the end. */
        offset = draw(game, (uint32_t)offset + 1 + draw(game, 2) * draw(game, 20000));
        if (offset + size > LARGEST) return;
        now = written(*blob, offset, data, size);
        result = st_write(store, ST_HEAD, ino, offset, data, size, &workspace->error);
    }
    assert_ok(workspace, result);
    blob_release(*blob);
    *blob = now;
}

static void change_attributes(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    struct entry *entry;

    if (game->head.count == 0) return;
    entry = &game->head.entries[draw(game, (uint32_t)game->head.count)];
    if (draw(game, 2)) {
        entry->mode = (uint16_t)draw(game, 01000);
        assert_ok(workspace, st_set_mode(workspace->store, ST_HEAD, ino_of(game, entry->path), entry->mode,
                                         &workspace->error));
    } else {
        entry->mtime = (int64_t)draw(game, 1000) - 500;
        assert_ok(workspace, st_set_mtime(workspace->store, ST_HEAD, ino_of(game, entry->path), entry->mtime,
                                          &workspace->error));
    }
}

static void copy_one(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    uint32_t ino, other;
    struct entry *from = random_file(game, &ino), *to = random_file(game, &other);

    if (from == NULL || to == NULL) return;
    assert_ok(workspace, st_replace(workspace->store, ST_HEAD, other, from->blob->bytes, from->blob->size,
                                    &workspace->error));
    model_set(to, blob_keep(from->blob));
}

static void read_part(struct game *game, uint32_t ino, const struct blob *blob)
{
    static char bytes[LARGEST];
    size_t offset = draw(game, (uint32_t)blob->size + 10), size = random_size(game), there;
    int64_t got = st_read(game->workspace.store, ST_HEAD, ino, offset, bytes, size);

    there = offset < blob->size ? blob->size - offset : 0;
    assert_int_equal(got, there < size ? there : size);
    assert_memory_equal(bytes, blob->bytes + (offset < blob->size ? offset : 0), (size_t)got);
}

static void use_held(struct game *game)
{
    struct held *held = &game->held[draw(game, HELD_MOST)];

    if (held->ino == 0 || held->orphan == NULL) return;
    if (draw(game, 2)) change_bytes(game, held->ino, &held->orphan);
    read_part(game, held->ino, held->orphan);
}

static void operate(struct game *game)
{
    struct entry *entry;
    uint32_t ino;

    switch (draw(game, 24)) {
    case 0:
        create(game, ST_DIRECTORY);
        return;
    case 1:
        create(game, ST_SYMLINK);
        return;
    case 2:
    case 3:
    case 4:
    case 14:
    case 15:
    case 16:
        create(game, ST_FILE);
        return;
    case 5:
        remove_one(game);
        return;
    case 6:
        move_one(game);
        return;
    case 7:
    case 8:
        change_attributes(game);
        return;
    case 9:
        copy_one(game);
        return;
    case 10:
        use_held(game);
        return;
    case 11:
    case 12:
    case 13:
        entry = random_file(game, &ino);
        if (entry) read_part(game, ino, entry->blob);
        return;
    default:
        entry = random_file(game, &ino);
        if (entry) change_bytes(game, ino, &entry->blob);
    }
}

static void let_go(struct game *game, struct held *held)
{
    if (held->ino) st_let_go(game->workspace.store, held->ino);
    blob_release(held->orphan);
    *held = (struct held){0};
}

static void copy_held(struct held *to, const struct held *from)
{
    int i;
    for (i = 0; i < HELD_MOST; i++) {
        blob_release(to[i].orphan);
        to[i] = from[i];
        blob_keep(to[i].orphan);
    }
}

static void assert_agree(struct game *game, bool contents)
{
    const struct store *store = game->workspace.store;
    struct st_checkpoint_info info;
    int i;

    model_assert(&game->head, store, ST_HEAD, contents);
    model_assert(&game->base, store, ST_BASE, contents);
    assert_int_equal(st_checkpoint_count(store), game->kept_count);
    for (i = 0; i < game->kept_count; i++) {
        assert_int_equal(st_checkpoint_at(store, (uint32_t)i, &info), 0);
        assert_int_equal(info.id, game->kept[i].id);
        assert_int_equal(info.automatic, game->kept[i].automatic);
        if (contents) model_assert(&game->kept[i].model, store, st_checkpoint_root(info.id), true);
    }
    for (i = 0; i < HELD_MOST; i++)
        if (game->held[i].orphan) model_assert_file(game->held[i].orphan, store, ST_HEAD, game->held[i].ino);
}

static void forget_kept(struct game *game, int index)
{
    struct kept gone = game->kept[index];

    model_free(&gone.model);
    memmove(game->kept + index, game->kept + index + 1,
            (size_t)(--game->kept_count - index) * sizeof game->kept[0]);
    memset(&game->kept[game->kept_count], 0, sizeof game->kept[0]);
}

static void keep(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    bool automatic = draw(game, 3) > 0;
    int i, count = 0, oldest = -1;
    struct kept *kept;
    uint32_t id;

    for (i = game->kept_count - 1; i >= 0; i--) {
        if (!game->kept[i].automatic) continue;
        oldest = i;
        count++;
    }
    if (!automatic && game->kept_count - count >= KEPT_MOST - AUTOMATIC) return;
    assert_ok(workspace, st_checkpoint(workspace->store, "kept", automatic, 5, &id, &workspace->error));
    if (automatic && count == AUTOMATIC) forget_kept(game, oldest);
    kept = &game->kept[game->kept_count++];
    kept->id = id;
    kept->automatic = automatic;
    model_copy(&kept->model, &game->head);
}

static void drop(struct game *game)
{
    int index = (int)draw(game, KEPT_MOST);

    if (index >= game->kept_count) return;
    assert_ok(&game->workspace,
              st_drop_checkpoint(game->workspace.store, game->kept[index].id, &game->workspace.error));
    forget_kept(game, index);
}

static void hold(struct game *game)
{
    struct held *held = &game->held[draw(game, HELD_MOST)];
    struct entry *entry;
    uint32_t ino = 0;
    int i;

    let_go(game, held);
    entry = random_file(game, &ino);
    for (i = 0; i < HELD_MOST; i++)
        if (game->held[i].ino == ino) return;
    if (entry == NULL || draw(game, 2)) return;
    assert_ok(&game->workspace, st_hold(game->workspace.store, ST_HEAD, ino));
    held->ino = ino;
}

static void open_again(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    int i;

    for (i = 0; i < HELD_MOST; i++) {
        blob_release(game->held[i].orphan);
        game->held[i] = (struct held){0};
    }
    st_close(workspace->store);
    workspace->store = NULL;
    assert_ok(workspace,
              st_open(&workspace->memory->host, &game->limits, &workspace->store, &workspace->error));
    assert_agree(game, true);
}

static void complain(void *context, const char *sentence)
{
    (void)context;
    fail_msg("%s", sentence);
}

static int upkeep(struct store *store, struct error *error)
{
    unsigned steps = 100000;
    int result = 1;
    while (steps-- && result > 0) result = st_maintain(store, error);
    return result > 0 ? UMBRA_ELIMIT : result;
}

/* What may happen between transactions. */
static void between(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    struct st_check check;
    uint32_t steps = draw(game, 12);

    switch (draw(game, 24)) {
    case 0:
    case 1:
    case 2:
        keep(game);
        return;
    case 3:
        drop(game);
        return;
    case 4:
    case 5:
        while (steps-- && st_maintain(workspace->store, &workspace->error) > 0) continue;
        return;
    case 6:
    case 7:
        hold(game);
        return;
    case 8:
        if (draw(game, 4) == 0) open_again(game);
        return;
    case 9:
        assert_ok(workspace, st_flush(workspace->store, &workspace->error));
        return;
    case 10:
        if (draw(game, 8)) return;
        assert_ok(workspace, upkeep(workspace->store, &workspace->error));
        assert_ok(workspace, st_check_open(workspace->store, complain, NULL, &check, &workspace->error));
        return;
    default:
        return;
    }
}

static void begin(struct game *game)
{
    model_copy(&game->saved, &game->head);
    copy_held(game->saved_held, game->held);
    assert_ok(&game->workspace, st_begin(game->workspace.store, &game->workspace.error));
}

static void let_all_go(struct game *game)
{
    int i;
    for (i = 0; i < HELD_MOST; i++) let_go(game, &game->held[i]);
}

/* Changes all of HEAD at once. */
static void change_all(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    uint32_t index = draw(game, KEPT_MOST);

    if (draw(game, 8) == 0) {
        let_all_go(game);
        assert_ok(workspace, st_clear(workspace->store, &workspace->error));
        model_free(&game->head);
        model_free(&game->base);
    } else if (index < (uint32_t)game->kept_count) {
        let_all_go(game);
        assert_ok(workspace, st_rewind(workspace->store, game->kept[index].id, &workspace->error));
        model_copy(&game->head, &game->kept[index].model);
    }
    operate(game);
}

static void end(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    struct store *store = workspace->store;

    switch (draw(game, 12)) {
    case 0:
    case 1:
        st_rollback(store);
        model_copy(&game->head, &game->saved);
        copy_held(game->held, game->saved_held);
        break;
    case 2:
        if (draw(game, 4) == 0) {
            assert_ok(workspace, st_rebase(store, &workspace->error));
            model_copy(&game->base, &game->head);
        }
        assert_ok(workspace, st_commit(store, &workspace->error));
        break;
    case 3:
        if (draw(game, 12) == 0) change_all(game);
        assert_ok(workspace, st_commit(store, &workspace->error));
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        assert_ok(workspace, st_commit_lazy(store, &workspace->error));
        break;
    default:
        assert_ok(workspace, st_commit(store, &workspace->error));
    }
    game->transactions++;
    if (game->head.count > game->most) game->most = game->head.count;
    assert_agree(game, game->transactions % CONTENTS_OF == 0);
    between(game);
}

static void play(uint64_t seed, uint32_t segment_bytes, uint64_t steps)
{
    struct game *game = calloc(1, sizeof *game);
    struct workspace *workspace = &game->workspace;

    game->seed = seed;
    game->limits = workload_limits(segment_bytes);
    game->limits.max_checkpoints = AUTOMATIC;
    game->limits.cache_bytes = 256u << 10;
    game->pool = malloc(POOL);
    workload_fill(game->pool, POOL, seed);
    workspace->memory = memory_host_new(CAPACITY);
    assert_ok(workspace,
              st_open(&workspace->memory->host, &game->limits, &workspace->store, &workspace->error));
    begin(game);
    while (steps--) {
        operate(game);
        if (draw(game, 6)) continue;
        end(game);
        begin(game);
    }
    end(game);
    open_again(game);
    assert_true(game->most > 20);
    while (game->kept_count) forget_kept(game, 0);
    copy_held(game->saved_held, game->held);
    workspace_close(workspace);
    model_free(&game->head);
    model_free(&game->saved);
    model_free(&game->base);
    free(game->pool);
    free(game);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void random_operations_agree_with_a_model(void **state)
{
    static const uint32_t segments[SEEDS] = {4096, 8192, 65536};
    uint64_t steps = setting("UMBRA_MODEL_STEPS", STEPS), seed = setting("UMBRA_SEED", 2026);
    int i;

    for (i = 0; i < SEEDS; i++) play(seed + (uint64_t)i, segments[i], steps / SEEDS);
    print_message("%llu operations\n", (unsigned long long)(steps / SEEDS * SEEDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_operations_agree_with_a_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
