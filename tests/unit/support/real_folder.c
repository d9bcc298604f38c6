#include "real_folder.h"

#include "runtime/runtime.h"

struct real_file *real_find(struct real_folder *folder, const char *path)
{
    size_t i;
    for (i = 0; i < folder->count; i++)
        if (strcmp(folder->files[i].path, path) == 0) return &folder->files[i];
    return NULL;
}

void real_put_bytes(struct real_folder *folder, const char *path, const void *content, size_t size)
{
    struct real_file *file = real_find(folder, path);

    if (file == NULL) {
        assert_true(folder->count < REAL_MAX);
        file = &folder->files[folder->count++];
        memset(file, 0, sizeof *file);
        snprintf(file->path, sizeof file->path, "%s", path);
        file->mode = 0644;
    }
    free(file->content);
    file->content = malloc(size + 1);
    assert_non_null(file->content);
    memcpy(file->content, content, size);
    file->content[size] = '\0';
    file->size = size;
    file->kind = UMBRA_LISTED_FILE;
    file->mtime = folder->driver->memory->wall;
}

void real_put(struct real_folder *folder, const char *path, const char *content)
{
    real_put_bytes(folder, path, content, strlen(content));
}

void real_link(struct real_folder *folder, const char *path, const char *target)
{
    real_put(folder, path, target);
    real_find(folder, path)->kind = UMBRA_LISTED_LINK;
}

void real_remove(struct real_folder *folder, const char *path)
{
    struct real_file *file = real_find(folder, path);
    assert_non_null(file);
    free(file->content);
    *file = folder->files[--folder->count];
}

void real_free(struct real_folder *folder)
{
    while (folder->count) real_remove(folder, folder->files[0].path);
    free(folder->read);
    folder->read = NULL;
}

/* --- the host --- */

struct scan {
    struct real_folder *folder;
    const char *directory;
    struct buffer request;
    char names[REAL_MAX][64]; /* of the entries */
    size_t count;
};

static void put_listed(struct scan *scan, const char *name, const struct real_file *file, bool look)
{
    bool blind = scan->folder->like_browser && !look && file;
    size_t i;

    for (i = 0; i < scan->count; i++)
        if (strcmp(scan->names[i], name) == 0) return;
    snprintf(scan->names[scan->count++], 64, "%s", name);
    buffer_put_u32(&scan->request, (uint32_t)strlen(name));
    buffer_put_u32(&scan->request, file ? file->kind : UMBRA_LISTED_DIRECTORY);
    buffer_put_u32(&scan->request, file && !scan->folder->like_browser ? file->mode : UMBRA_MODE_UNKNOWN);
    buffer_put_u64(&scan->request, blind ? UMBRA_SIZE_UNKNOWN : file ? file->size : 0);
    buffer_put_u64(&scan->request, blind || !file ? 0 : (uint64_t)file->mtime);
    buffer_put_string(&scan->request, name);
}

static void join(char *path, size_t size, const char *directory, const char *name)
{
    snprintf(path, size, "%s%s%s", directory, *directory ? "/" : "", name);
}

static void begin_request(struct scan *scan, bool with_rules)
{
    char path[192];
    const struct real_file *rules;

    join(path, sizeof path, scan->directory, ".gitignore");
    rules = with_rules ? real_find(scan->folder, path) : NULL;
    buffer_clear(&scan->request);
    scan->count = 0;
    buffer_put_u32(&scan->request, (uint32_t)strlen(scan->directory));
    buffer_put_u32(&scan->request, rules ? (uint32_t)rules->size : 0);
    buffer_put_string(&scan->request, scan->directory);
    if (rules) buffer_put(&scan->request, rules->content, rules->size);
}

/* The answer, which stays as long as the driver. */
static const cJSON *send_request(struct scan *scan, bool again)
{
    const cJSON *answer;
    assert_false(scan->request.failed);
    answer = driver_request_bytes(
        scan->folder->driver, again ? "{\"op\":\"import_list\",\"again\":true}" : "{\"op\":\"import_list\"}",
        scan->request.data, scan->request.size);
    if (json_get(answer, "ok") == NULL) fail_msg("import_list: %s", cJSON_PrintUnformatted(answer));
    return json_get(answer, "ok");
}

static void send_file(struct real_folder *folder, const struct real_file *file)
{
    struct buffer batch = {0};
    size_t at = 0, piece = folder->piece ? folder->piece : file->size;
    const cJSON *answer;

    do {
        size_t take = file->size - at < piece ? file->size - at : piece;
        buffer_put_u32(&batch, (uint32_t)strlen(file->path));
        buffer_put_u32(&batch, (uint32_t)take);
        buffer_put_u32(&batch, folder->like_browser ? UMBRA_MODE_UNKNOWN : file->mode);
        buffer_put_u32(&batch, (at ? UMBRA_ENTRY_APPEND : 0) |
                                   (file->kind == UMBRA_LISTED_LINK ? UMBRA_ENTRY_LINK : 0));
        buffer_put_u64(&batch, (uint64_t)file->mtime);
        buffer_put_string(&batch, file->path);
        buffer_put(&batch, file->content + at, take);
        at += take;
    } while (at < file->size);
    assert_false(batch.failed);
    answer = driver_request_bytes(folder->driver, "{\"op\":\"import_batch\"}", batch.data, batch.size);
    if (json_get(answer, "ok") == NULL) fail_msg("import_batch: %s", cJSON_PrintUnformatted(answer));
    buffer_free(&batch);
}

static bool is_unreadable(const struct real_folder *folder, const char *path)
{
    return folder->unreadable && strcmp(folder->unreadable, path) == 0;
}

static void read_files(struct scan *scan, const cJSON *indexes)
{
    const cJSON *index;
    char path[192], *read;
    size_t size;

    cJSON_ArrayForEach(index, indexes)
    {
        struct real_folder *folder = scan->folder;
        join(path, sizeof path, scan->directory, scan->names[index->valueint]);
        if (is_unreadable(folder, path)) continue;
        size = strlen(folder->read) + strlen(path) + 2;
        read = realloc(folder->read, size);
        assert_non_null(read);
        folder->read = read;
        strcat(strcat(read, path), " ");
        send_file(folder, real_find(folder, path));
    }
}

static void look_at(struct scan *scan, const cJSON *indexes)
{
    struct scan again = {.folder = scan->folder, .directory = scan->directory};
    const cJSON *index, *answer;
    char path[192];

    if (cJSON_GetArraySize(indexes) == 0) return;
    begin_request(&again, false);
    cJSON_ArrayForEach(index, indexes)
    {
        const char *name = scan->names[index->valueint];
        join(path, sizeof path, scan->directory, name);
        if (!is_unreadable(scan->folder, path)) put_listed(&again, name, real_find(scan->folder, path), true);
    }
    answer = send_request(&again, true);
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "look")), 0);
    read_files(&again, json_get(answer, "read"));
    buffer_free(&again.request);
}

static void scan_directory(struct real_folder *folder, const char *directory)
{
    struct scan scan = {.folder = folder, .directory = directory};
    size_t length = *directory ? strlen(directory) + 1 : 0, i;
    const cJSON *answer, *index;
    char path[192];

    if (*directory && is_unreadable(folder, directory)) return;
    begin_request(&scan, true);
    for (i = 0; i < folder->count; i++) {
        const struct real_file *file = &folder->files[i];
        const char *name = file->path + length, *slash = strchr(name, '/');
        char below[64];
        if (length && (strncmp(file->path, directory, length - 1) != 0 || file->path[length - 1] != '/'))
            continue;
        snprintf(below, sizeof below, "%.*s", slash ? (int)(slash - name) : 63, name);
        put_listed(&scan, below, slash ? NULL : file, false);
    }
    answer = send_request(&scan, false);
    read_files(&scan, json_get(answer, "read"));
    look_at(&scan, json_get(answer, "look"));
    cJSON_ArrayForEach(index, json_get(answer, "enter"))
    {
        join(path, sizeof path, directory, scan.names[index->valueint]);
        scan_directory(folder, path);
    }
    buffer_free(&scan.request);
}

void real_import_begin(struct real_folder *folder, const char *members)
{
    const cJSON *answer =
        driver_request(folder->driver, "{\"op\":\"import_begin\"%s%s}", *members ? "," : "", members);

    if (json_get(answer, "ok") == NULL) fail_msg("import_begin: %s", cJSON_PrintUnformatted(answer));
    free(folder->read);
    folder->read = calloc(1, 1);
    assert_non_null(folder->read);
    scan_directory(folder, "");
}

const cJSON *real_import(struct real_folder *folder, const char *members)
{
    const cJSON *answer;

    real_import_begin(folder, members);
    answer = driver_request(folder->driver, "{\"op\":\"import_end\"}");
    if (json_get(answer, "ok") == NULL) fail_msg("import_end: %s", cJSON_PrintUnformatted(answer));
    return json_get(answer, "ok");
}

void bench_open(struct bench *bench, const char *options)
{
    memset(bench, 0, sizeof *bench);
    driver_open(&bench->driver, options);
    bench->real.driver = &bench->driver;
    bench->shadow.memory = bench->driver.memory;
    bench->shadow.store = bench->driver.runtime->store;
}

void bench_close(struct bench *bench)
{
    real_free(&bench->real);
    driver_close(&bench->driver);
}

void bench_wait(struct bench *bench, int64_t ms)
{
    bench->driver.memory->wall += ms;
}
