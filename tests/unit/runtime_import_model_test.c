/* Importing against a model: whatever changes in the real folder, in the shadow and in the rules, a refresh
 * keeps each change of the user's, brings all else up to date, and names each conflict and no other. */
#include "fs/ignore.h"
#include "fs/path.h"
#include "real_folder.h"

static const char *const universe[] = {"a",   "b",   "c.o",   "d/a",   "d/b.o", "d/e/a", "d/e/b",
                                       "e/a", "e/b", "e/f/a", "e/f/b", "f/a",   "f/b"};
static const char *const contents[] = {"1\n", "2\n", "3\n", "longer\n", ""};
static const char *const rules[] = {"", "*.o\n", "d/e\n", "a\n", "/e/\n!a\n", "*\n!*/\n!a\n"};

#define UNIVERSE (sizeof universe / sizeof universe[0])

enum { HEAD_BEFORE, BASE_BEFORE, HEAD_AFTER, BASE_AFTER, SIDES };

struct model {
    struct bench bench;
    uint64_t seed;
    char *sides[SIDES][UNIVERSE]; /* NULL: not there */
};

static char *content_or_null(struct bench *bench, enum st_root root, const char *path)
{
    struct buffer content = {0};
    uint32_t ino;

    if (fs_resolve(bench->shadow.store, root, path, strlen(path), FS_NO_FOLLOW, &ino, NULL) < 0) return NULL;
    assert_int_equal(fs_read_file(bench->shadow.store, root, ino, 1000, &content, NULL), 0);
    return content.size ? buffer_take(&content) : (buffer_free(&content), calloc(1, 1));
}

static void take_side(struct model *model, int side, enum st_root root)
{
    size_t i;
    for (i = 0; i < UNIVERSE; i++) {
        free(model->sides[side][i]);
        model->sides[side][i] = content_or_null(&model->bench, root, universe[i]);
    }
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void change_something(struct model *model)
{
    struct bench *bench = &model->bench;
    const char *path = universe[test_random(&model->seed) % UNIVERSE];
    const char *content = contents[test_random(&model->seed) % 5];
    char *content_now;

    switch (test_random(&model->seed) % 8) {
    case 0:
    case 1:
        real_put(&bench->real, path, content);
        break;
    case 2:
        if (real_find(&bench->real, path)) real_remove(&bench->real, path);
        break;
    case 3:
        workspace_put(&bench->shadow, path, content);
        break;
    case 4:
        content_now = content_or_null(bench, ST_HEAD, path);
        if (content_now) workspace_remove(&bench->shadow, path);
        free(content_now);
        break;
    case 5:
        bench_wait(bench, test_random(&model->seed) % 5000);
        break;
    case 6:
        bench_wait(bench, test_random(&model->seed) % 2);
        break;
    default:
        if (test_random(&model->seed) % 4 == 0)
            real_put(&bench->real, ".gitignore", rules[test_random(&model->seed) % 6]);
        break;
    }
}

/* Whether the real folder has something of this path, or below it. */
static bool is_real(const struct real_folder *real, const char *path, size_t length)
{
    size_t i;
    for (i = 0; i < real->count; i++) {
        const char *other = real->files[i].path;
        if (strncmp(other, path, length) == 0 && (other[length] == '/' || other[length] == '\0')) return true;
    }
    return false;
}

/* Whether a listing shows this path, or a folder above it, and the rules leave that out. */
static bool is_left_out(const struct real_folder *real, const struct fs_ignore *ignore, const char *path)
{
    const struct fs_ignore_file *file = fs_ignore_find(ignore, "", 0);
    size_t at;
    for (at = 1;; at++) {
        if (path[at] && path[at] != '/') continue;
        if (fs_ignore_check(file, path, at, path[at] == '/', NULL)) return is_real(real, path, at);
        if (path[at] == '\0') return false;
    }
}

static bool is_conflict(const cJSON *answer, const char *path)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, json_get(answer, "conflicts"))
    {
        if (strcmp(json_string(item, "path", ""), path) == 0) return true;
    }
    return false;
}

static void check_path(struct model *model, size_t i, bool left_out, const cJSON *answer)
{
    const char *head = model->sides[HEAD_BEFORE][i], *base = model->sides[BASE_BEFORE][i];
    const struct real_file *file = real_find(&model->bench.real, universe[i]);
    const char *real = file && !left_out ? file->content : NULL, *expected = base;
    bool conflict = false;

    if (same(head, base)) {
        if (!same(model->sides[HEAD_AFTER][i], real) || !same(model->sides[BASE_AFTER][i], real))
            fail_msg("%s is not what the real folder has", universe[i]);
        return;
    }
    if (!same(model->sides[HEAD_AFTER][i], head)) fail_msg("the user's %s is lost", universe[i]);
    if (!left_out && !same(real, base)) {
        if (same(real, head))
            expected = head;
        else
            conflict = true;
    }
    if (!same(model->sides[BASE_AFTER][i], expected)) fail_msg("the base of %s is wrong", universe[i]);
    if (is_conflict(answer, universe[i]) != conflict) fail_msg("%s: conflict: %d", universe[i], !conflict);
}

static void sync_and_check(struct model *model, bool anew)
{
    struct bench *bench = &model->bench;
    const struct real_file *file = real_find(&bench->real, ".gitignore");
    struct fs_ignore *ignore = fs_ignore_new();
    const cJSON *answer;
    size_t i;

    assert_non_null(ignore);
    if (file) assert_int_equal(fs_ignore_add(ignore, "", 0, file->content, file->size, NULL), 0);
    take_side(model, HEAD_BEFORE, ST_HEAD);
    take_side(model, BASE_BEFORE, ST_BASE);
    bench->real.like_browser = test_random(&model->seed) % 2;
    bench->real.piece = test_random(&model->seed) % 3;
    answer = real_import(&bench->real, anew ? "\"discardChanges\":true" : "\"refresh\":true");
    take_side(model, HEAD_AFTER, ST_HEAD);
    take_side(model, BASE_AFTER, ST_BASE);
    for (i = 0; i < UNIVERSE; i++) {
        if (anew) {
            free(model->sides[HEAD_BEFORE][i]);
            model->sides[HEAD_BEFORE][i] = NULL;
            free(model->sides[BASE_BEFORE][i]);
            model->sides[BASE_BEFORE][i] = NULL;
        }
        check_path(model, i, is_left_out(&bench->real, ignore, universe[i]), answer);
    }
    fs_ignore_free(ignore);
    driver_forget_answers(&bench->driver);
    driver_forget_events(&bench->driver);
}

static void like_a_model(void **state)
{
    uint64_t run;

    (void)state;
    for (run = 0; run < 60; run++) {
        struct model model = {.seed = run};
        int round, i, side;
        bench_open(&model.bench, "");
        for (round = 0; round < 25; round++) {
            int changes = (int)(test_random(&model.seed) % 12);
            for (i = 0; i < changes; i++) change_something(&model);
            sync_and_check(&model, round == 0 || test_random(&model.seed) % 12 == 0);
        }
        for (side = 0; side < SIDES; side++)
            for (i = 0; i < (int)UNIVERSE; i++) free(model.sides[side][i]);
        bench_close(&model.bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(like_a_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
