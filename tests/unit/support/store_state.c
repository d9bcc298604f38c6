#include "store_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/check.h"

struct survey {
    const struct store *store;
    struct buffer text;
    struct buffer path;
    uint32_t files; /* and links, in the tree that is walked */
    uint64_t bytes;
};

uint64_t state_hash(const void *data, size_t size, uint64_t hash)
{
    const char *at = data;
    uint64_t word;

    for (; size >= 8; size -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 32;
    }
    for (; size; size--) hash = (hash ^ (unsigned char)*at++) * 0x100000001b3ull;
    return hash ^ hash >> 29;
}

static void put_content(struct survey *survey, enum st_root root, const struct st_info *info)
{
    static char data[16384];
    uint64_t hash = 1, at = 0;
    int64_t got;

    while ((got = st_read(survey->store, root, info->ino, at, data, sizeof data)) > 0) {
        hash = state_hash(data, (size_t)got, hash);
        at += (uint64_t)got;
    }
    if (got < 0)
        buffer_printf(&survey->text, " %s\n", umbra_error_name((int)got));
    else
        buffer_printf(&survey->text, " %016" PRIx64 "\n", hash);
    if (got == 0 && at != info->size) buffer_printf(&survey->text, STATE_BROKEN "%" PRIu64 " bytes\n", at);
    survey->files++;
    survey->bytes += info->size;
}

static void put_one(struct survey *survey, enum st_root root, uint32_t ino, uint32_t parent);

static void put_entries(struct survey *survey, enum st_root root, const struct st_info *info)
{
    size_t length = survey->path.size;
    uint32_t i, child;

    for (i = 0; (child = st_entry(survey->store, root, info->ino, i)) != 0; i++) {
        put_one(survey, root, child, info->ino);
        survey->path.size = length;
    }
    if (i != info->count) buffer_printf(&survey->text, STATE_BROKEN "%u entries\n", i);
}

static void put_one(struct survey *survey, enum st_root root, uint32_t ino, uint32_t parent)
{
    struct st_info info;

    if (st_info(survey->store, root, ino, &info) < 0 || info.ino != ino || info.parent != parent) {
        buffer_printf(&survey->text, STATE_BROKEN "inode %u of %u\n", ino, parent);
        return;
    }
    buffer_put_byte(&survey->path, '/');
    buffer_put(&survey->path, info.name, info.name_length);
    buffer_printf(&survey->text, "%s %u %u %o %" PRId64 " %" PRIu64, buffer_string(&survey->path), ino,
                  info.kind, info.mode, info.mtime, info.size);
    if (ino != ST_ROOT_INO && st_lookup(survey->store, root, parent, info.name, info.name_length) != ino)
        buffer_put_string(&survey->text, " " STATE_BROKEN "not found by its name");
    if (info.kind != ST_DIRECTORY) {
        put_content(survey, root, &info);
        return;
    }
    buffer_put_byte(&survey->text, '\n');
    put_entries(survey, root, &info);
}

static void put_tree(struct survey *survey, enum st_root root)
{
    survey->files = 0;
    survey->bytes = 0;
    buffer_clear(&survey->path);
    put_one(survey, root, ST_ROOT_INO, ST_ROOT_INO);
}

static void compare_usage(struct survey *survey, uint32_t files, uint64_t bytes)
{
    buffer_printf(&survey->text, "%u files, %" PRIu64 " bytes\n", files, bytes);
    if (files != survey->files || bytes != survey->bytes)
        buffer_printf(&survey->text, STATE_BROKEN "there are %u files, %" PRIu64 " bytes\n", survey->files,
                      survey->bytes);
}

char *state_text(const struct store *store)
{
    struct survey survey = {.store = store};
    struct st_checkpoint_info info;
    struct st_usage usage;
    uint32_t i;

    buffer_put_string(&survey.text, "BASE\n");
    put_tree(&survey, ST_BASE);
    buffer_put_string(&survey.text, "SYSTEM\n");
    put_tree(&survey, ST_SYSTEM);
    buffer_put_string(&survey.text, "HEAD\n");
    put_tree(&survey, ST_HEAD);
    st_usage(store, &usage);
    compare_usage(&survey, usage.files, usage.bytes);
    for (i = 0; st_checkpoint_at(store, i, &info) == 0; i++) {
        buffer_printf(&survey.text, "checkpoint %u %" PRId64 " %d %s\n", info.id, info.time, info.automatic,
                      info.name);
        put_tree(&survey, st_checkpoint_root(info.id));
        compare_usage(&survey, info.files, info.bytes);
    }
    if (i != st_checkpoint_count(store)) buffer_printf(&survey.text, STATE_BROKEN "%u checkpoints\n", i);
    if (usage.live_bytes + usage.free_bytes > usage.image_bytes)
        buffer_put_string(&survey.text, STATE_BROKEN "more in use than there is\n");
    buffer_free(&survey.path);
    return buffer_take(&survey.text);
}

static void complain(void *context, const char *sentence)
{
    (void)context;
    print_error("the image is not sound: %s\n", sentence);
}

void assert_image_is_sound(struct memory_host *memory)
{
    struct error error = {0};
    struct st_check check = {0};
    int result = st_check(&memory->host, complain, NULL, &check, &error);

    if (result == UMBRA_ENOENT) return; /* nothing was begun yet */
    if (result < 0) fail_msg("the image cannot be checked: %s", error.message);
    if (check.problems) fail_msg("%u problems", check.problems);
}
