/* 20,000 random operations on the store and on a trivial model of it; both must agree at all times. */
#include "base/crc32c.h"
#include "fs/path.h"
#include "workspace.h"

#define OPERATIONS 20000
#define MOST       80

struct entry {
    char path[64];
    bool directory;
    char *text;
    size_t size;
};

struct model {
    struct entry entries[MOST];
    int count;
};

static void model_free(struct model *model)
{
    while (model->count) free(model->entries[--model->count].text);
}

static void model_copy(struct model *to, const struct model *from)
{
    int i;
    model_free(to);
    for (i = 0; i < from->count; i++) {
        to->entries[i] = from->entries[i];
        to->entries[i].text = malloc(from->entries[i].size + 1);
        memcpy(to->entries[i].text, from->entries[i].text, from->entries[i].size + 1);
    }
    to->count = from->count;
}

static struct entry *model_find(struct model *model, const char *path)
{
    int i;
    for (i = 0; i < model->count; i++)
        if (strcmp(model->entries[i].path, path) == 0) return &model->entries[i];
    return NULL;
}

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && path[length] == '/';
}

static bool parent_exists(struct model *model, const char *path)
{
    char parent[64];
    const struct entry *entry;
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return true;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
    entry = model_find(model, parent);
    return entry && entry->directory;
}

static bool has_children(struct model *model, const char *path)
{
    int i;
    for (i = 0; i < model->count; i++)
        if (is_below(model->entries[i].path, path)) return true;
    return false;
}

static void model_add(struct model *model, const char *path, bool directory)
{
    struct entry *entry = &model->entries[model->count++];
    memset(entry, 0, sizeof *entry);
    snprintf(entry->path, sizeof entry->path, "%s", path);
    entry->directory = directory;
    entry->text = calloc(1, 1);
}

static void model_append(struct entry *entry, const char *data, size_t size)
{
    entry->text = realloc(entry->text, entry->size + size + 1);
    memcpy(entry->text + entry->size, data, size);
    entry->size += size;
    entry->text[entry->size] = '\0';
}

static void model_remove(struct model *model, struct entry *entry)
{
    free(entry->text);
    *entry = model->entries[--model->count];
}

static void model_move(struct model *model, const char *from, const char *to)
{
    int i;
    char old[64];
    snprintf(old, sizeof old, "%s", from);
    for (i = 0; i < model->count; i++) {
        char moved[200];
        char *path = model->entries[i].path;
        if (strcmp(path, old) != 0 && !is_below(path, old)) continue;
        snprintf(moved, sizeof moved, "%s%s", to, path + strlen(old));
        snprintf(path, sizeof model->entries[i].path, "%.63s", moved);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static char *model_dump(struct model *model, int64_t time)
{
    struct buffer text = {0};
    int i;
    qsort(model->entries, (size_t)model->count, sizeof model->entries[0], compare);
    buffer_put_string(&text, " 2 755 0 0\n");
    for (i = 0; i < model->count; i++) {
        const struct entry *entry = &model->entries[i];
        buffer_printf(&text, "%s %d %s %lld %zu", entry->path, entry->directory ? 2 : 1,
                      entry->directory ? "755" : "644", (long long)time, entry->size);
        if (!entry->directory) buffer_printf(&text, " %08x", crc32c(0, entry->text, entry->size));
        buffer_put_byte(&text, '\n');
    }
    return buffer_take(&text);
}

struct game {
    struct workspace workspace;
    struct model head, saved, base, saved_base;
    uint64_t seed;
};

static void assert_agree(struct game *game)
{
    char *model = model_dump(&game->head, game->workspace.memory->wall);
    char *store = workspace_dump(&game->workspace, ST_HEAD);
    assert_string_equal(store, model);
    free(model);
    free(store);
    if (st_in_transaction(game->workspace.store)) return;
    model = model_dump(&game->base, game->workspace.memory->wall);
    store = workspace_dump(&game->workspace, ST_BASE);
    assert_string_equal(store, model);
    free(model);
    free(store);
}

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

static void write_one(struct game *game, const char *path, bool append)
{
    struct workspace *workspace = &game->workspace;
    struct entry *entry = model_find(&game->head, path);
    char data[3000];
    size_t size = draw(game, 20) ? draw(game, 60) : draw(game, sizeof data);
    uint32_t ino;

    memset(data, (int)('a' + draw(game, 26)), sizeof data);
    if (entry == NULL && (!parent_exists(&game->head, path) || game->head.count == MOST)) return;
    if (entry && entry->directory) return;
    if (entry == NULL) {
        model_add(&game->head, path, false);
        entry = model_find(&game->head, path);
        workspace_put(workspace, path, "");
    }
    ino = workspace_find(workspace, ST_HEAD, path);
    if (!append) {
        entry->size = 0;
        assert_ok(workspace, st_replace(workspace->store, ST_HEAD, ino, data, size, &workspace->error));
    } else {
        assert_ok(workspace, st_append(workspace->store, ST_HEAD, ino, data, size, &workspace->error));
    }
    model_append(entry, data, size);
}

static void remove_one(struct game *game, const char *path)
{
    struct workspace *workspace = &game->workspace;
    struct entry *entry = model_find(&game->head, path);
    uint32_t ino;
    int result;

    if (entry == NULL) return;
    ino = workspace_find(workspace, ST_HEAD, path);
    result = st_remove(workspace->store, ST_HEAD, ino, &workspace->error);
    if (has_children(&game->head, path)) {
        assert_int_equal(result, UMBRA_ENOTEMPTY);
        return;
    }
    assert_ok(workspace, result);
    model_remove(&game->head, entry);
}

static void move_one(struct game *game, const char *from, const char *to)
{
    struct workspace *workspace = &game->workspace;
    struct error *error = &workspace->error;
    struct fs_place place;
    struct entry *target;
    uint32_t ino;
    int result;

    if (model_find(&game->head, from) == NULL || !parent_exists(&game->head, to) || strlen(to) > 20) return;
    ino = workspace_find(workspace, ST_HEAD, from);
    assert_ok(workspace, fs_locate(workspace->store, ST_HEAD, to, strlen(to), -1, &place, error));
    result = st_rename(workspace->store, ST_HEAD, ino, place.directory, place.name, place.name_length, error);
    target = model_find(&game->head, to);
    if (is_below(to, from)) {
        assert_int_equal(result, UMBRA_EINVAL);
    } else if (strcmp(to, from) == 0) {
        assert_ok(workspace, result);
    } else if (target && target->directory != model_find(&game->head, from)->directory) {
        assert_int_equal(result, target->directory ? UMBRA_EISDIR : UMBRA_ENOTDIR);
    } else if (target && has_children(&game->head, to)) {
        assert_int_equal(result, UMBRA_ENOTEMPTY);
    } else {
        if (target) model_remove(&game->head, target);
        assert_ok(workspace, result);
        model_move(&game->head, from, to);
    }
}

static void begin(struct game *game)
{
    model_copy(&game->saved, &game->head);
    model_copy(&game->saved_base, &game->base);
    assert_ok(&game->workspace, st_begin(game->workspace.store, &game->workspace.error));
}

static void end(struct game *game)
{
    struct workspace *workspace = &game->workspace;
    uint32_t id;

    switch (draw(game, 10)) {
    case 0:
    case 1:
        st_rollback(workspace->store);
        model_copy(&game->head, &game->saved);
        break;
    case 2:
        assert_ok(workspace, st_rebase(workspace->store, &workspace->error));
        assert_ok(workspace, st_commit(workspace->store, &workspace->error));
        model_copy(&game->base, &game->head);
        break;
    case 3:
        assert_ok(workspace, st_commit_lazy(workspace->store, &workspace->error));
        assert_ok(workspace, st_checkpoint(workspace->store, "c", true, 1, &id, &workspace->error));
        break;
    default:
        assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    }
    if (draw(game, 25) == 0) workspace_reopen(workspace);
    assert_agree(game);
}

static void operate(struct game *game)
{
    char path[64], other[64];

    random_path(game, path);
    switch (draw(game, 8)) {
    case 0:
        if (model_find(&game->head, path) || !parent_exists(&game->head, path) || game->head.count == MOST)
            return;
        model_add(&game->head, path, true);
        workspace_mkdir(&game->workspace, path);
        return;
    case 1:
        remove_one(game, path);
        return;
    case 2:
    case 3:
        random_path(game, other);
        move_one(game, path, other);
        return;
    case 4:
    case 5:
        write_one(game, path, false);
        return;
    default:
        write_one(game, path, true);
        return;
    }
}

static void random_operations_agree_with_a_model(void **state)
{
    static struct game game;
    int i;

    game.seed = 2026;
    workspace_open(&game.workspace, 64u << 20);
    begin(&game);
    for (i = 0; i < OPERATIONS; i++) {
        operate(&game);
        if (draw(&game, 6)) continue;
        end(&game);
        begin(&game);
    }
    end(&game);
    workspace_reopen(&game.workspace);
    assert_agree(&game);
    assert_true(game.head.count > 20);
    workspace_close(&game.workspace);
    model_free(&game.head);
    model_free(&game.saved);
    model_free(&game.base);
    model_free(&game.saved_base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_operations_agree_with_a_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
