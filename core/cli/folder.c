/* folder.c: reading the real folder. The workspace's base is brought up to date with it before each command;
 * what the user has changed in the shadow is kept. .git and node_modules are left out. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define BATCH_SIZE (1u << 20)
#define PIECE_SIZE (1u << 20)

/* A file of the base. */
struct known {
    const char *path; /* in scan.base */
    double size, mtime, mode;
    bool seen;
};

struct scan {
    struct cli *cli;
    cJSON *base;         /* as the core gave it */
    struct known *known; /* sorted by path */
    size_t count;
    struct buffer batch;
    struct error *error;
};

static int send_batch(struct scan *scan)
{
    struct cli_answer answer;
    const cJSON *skipped;
    int result;

    if (scan->batch.failed) return error_memory(scan->error);
    if (scan->batch.size == 0) return 0;
    result = cli_request(scan->cli, cli_operation("import_batch"), &scan->batch, &answer, scan->error);
    cJSON_ArrayForEach(skipped, json_get(answer.result, "skipped"))
    {
        fprintf(stderr, "umbra: %s: %s\n", json_string(skipped, "path", "?"),
                json_string(skipped, "reason", "left out"));
    }
    cli_free_answer(&answer);
    buffer_clear(&scan->batch);
    return result;
}

static int put_entry(struct scan *scan, const char *path, const struct stat *status, uint32_t flags,
                     const void *data, size_t size)
{
    buffer_put_u32(&scan->batch, (uint32_t)strlen(path));
    buffer_put_u32(&scan->batch, (uint32_t)size);
    buffer_put_u32(&scan->batch, status->st_mode & 07777);
    buffer_put_u32(&scan->batch, flags);
    buffer_put_u64(&scan->batch,
                   (uint64_t)((int64_t)status->st_mtim.tv_sec * 1000 + status->st_mtim.tv_nsec / 1000000));
    buffer_put_string(&scan->batch, path);
    buffer_put(&scan->batch, data, size);
    return scan->batch.size >= BATCH_SIZE ? send_batch(scan) : 0;
}

static void leave_out(const char *path, int number)
{
    fprintf(stderr, "umbra: %s: left out: %s\n", path, strerror(number));
}

static int take_file(struct scan *scan, int folder, const char *name, const char *path,
                     const struct stat *status)
{
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char *piece = malloc(PIECE_SIZE);
    uint32_t flags = 0;
    int result = 0;

    if (piece == NULL) {
        if (file >= 0) close(file);
        return error_memory(scan->error);
    }
    if (file < 0) leave_out(path, errno);
    while (file >= 0 && result == 0) {
        ssize_t size = read(file, piece, PIECE_SIZE);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) {
            leave_out(path, errno);
            break;
        }
        if (size == 0 && flags) break;
        result = put_entry(scan, path, status, flags, piece, (size_t)size);
        if (size == 0) break;
        flags = UMBRA_ENTRY_APPEND;
    }
    if (file >= 0) close(file);
    free(piece);
    return result;
}

static int take_link(struct scan *scan, int folder, const char *name, const char *path,
                     const struct stat *status)
{
    char target[PATH_MAX];
    ssize_t size = readlinkat(folder, name, target, sizeof target);

    if (size < 0) {
        leave_out(path, errno);
        return 0;
    }
    return put_entry(scan, path, status, UMBRA_ENTRY_LINK, target, (size_t)size);
}

static int compare_known(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->path, ((const struct known *)b)->path);
}

/* Whether the base has the file as it is, by size and time; it is then known to be still there. */
static bool is_known(struct scan *scan, const char *path, const struct stat *status)
{
    struct known key = {.path = path}, *known = NULL;
    int64_t mtime = (int64_t)status->st_mtim.tv_sec * 1000 + status->st_mtim.tv_nsec / 1000000;

    if (scan->count) known = bsearch(&key, scan->known, scan->count, sizeof key, compare_known);
    if (known == NULL) return false;
    known->seen = true;
    return known->size == (double)status->st_size && known->mtime == (double)mtime &&
           known->mode == (double)(status->st_mode & 07777);
}

static int scan_folder(struct scan *scan, int folder, struct buffer *path);

static int scan_entry(struct scan *scan, int folder, const char *name, struct buffer *path)
{
    struct stat status;
    int inner, result;

    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        leave_out(path->data, errno);
        return 0;
    }
    if (S_ISDIR(status.st_mode)) {
        inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (inner < 0) {
            leave_out(path->data, errno);
            return 0;
        }
        result = scan_folder(scan, inner, path);
        return result;
    }
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) return 0;
    if (is_known(scan, path->data, &status)) return 0;
    return S_ISLNK(status.st_mode) ? take_link(scan, folder, name, path->data, &status)
                                   : take_file(scan, folder, name, path->data, &status);
}

/* Takes over the descriptor. */
static int scan_folder(struct scan *scan, int folder, struct buffer *path)
{
    DIR *listing = fdopendir(folder);
    size_t size = path->size;
    struct dirent *entry;
    int result = 0;

    if (listing == NULL) {
        close(folder);
        return error_memory(scan->error);
    }
    while (result == 0 && (entry = readdir(listing)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (strcmp(name, ".git") == 0 || strcmp(name, "node_modules") == 0) continue;
        if (size) buffer_put_byte(path, '/');
        buffer_put_string(path, name);
        result = path->failed ? error_memory(scan->error) : scan_entry(scan, folder, name, path);
        path->size = size;
    }
    closedir(listing);
    return result;
}

static int load_known(struct scan *scan)
{
    struct cli_answer answer;
    const cJSON *item;
    int result = cli_request(scan->cli, cli_operation("import_files"), NULL, &answer, scan->error);

    scan->base = answer.result;
    answer.result = NULL;
    cli_free_answer(&answer);
    if (result < 0) return result;
    scan->known = calloc((size_t)cJSON_GetArraySize(scan->base) + 1, sizeof scan->known[0]);
    if (scan->known == NULL) return error_memory(scan->error);
    cJSON_ArrayForEach(item, scan->base)
    {
        scan->known[scan->count++] = (struct known){.path = cJSON_GetArrayItem(item, 0)->valuestring,
                                                    .size = cJSON_GetArrayItem(item, 1)->valuedouble,
                                                    .mtime = cJSON_GetArrayItem(item, 2)->valuedouble,
                                                    .mode = cJSON_GetArrayItem(item, 3)->valuedouble};
    }
    qsort(scan->known, scan->count, sizeof scan->known[0], compare_known);
    return 0;
}

static int remove_gone(struct scan *scan)
{
    cJSON *json = cli_operation("import_remove"), *paths = cJSON_CreateArray();
    struct cli_answer answer;
    size_t i;
    int result;

    for (i = 0; i < scan->count; i++)
        if (!scan->known[i].seen && json_append(paths, cJSON_CreateString(scan->known[i].path)) < 0) break;
    if (json_add_item(json, "paths", paths) < 0) {
        cJSON_Delete(json);
        return error_memory(scan->error);
    }
    result = cli_request(scan->cli, json, NULL, &answer, scan->error);
    cli_free_answer(&answer);
    return result;
}

static int step(struct scan *scan, const char *operation)
{
    cJSON *json = cli_operation(operation);
    struct cli_answer answer;
    int result = json_add_bool(json, "refresh", true) < 0
                     ? error_memory(scan->error)
                     : cli_request(scan->cli, json, NULL, &answer, scan->error);
    if (result == 0) cli_free_answer(&answer);
    return result;
}

int cli_refresh(struct cli *cli, struct error *error)
{
    struct scan scan = {.cli = cli, .error = error};
    struct buffer path = {0};
    int folder = open(cli->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result;

    if (folder < 0) return error_set(error, UMBRA_ENOENT, "%s: %s", cli->folder, strerror(errno));
    result = load_known(&scan);
    if (result == 0) result = step(&scan, "import_begin");
    if (result == 0) {
        result = scan_folder(&scan, folder, &path);
        if (result == 0) result = send_batch(&scan);
        if (result == 0) result = remove_gone(&scan);
        if (result == 0) result = step(&scan, "import_end");
    } else {
        close(folder);
    }
    buffer_free(&path);
    buffer_free(&scan.batch);
    free(scan.known);
    cJSON_Delete(scan.base);
    return result;
}
