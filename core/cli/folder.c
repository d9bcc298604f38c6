/* folder.c: reading the real folder. The workspace is brought up to date with it before each command; what
 * the user has changed in the shadow is kept. The core says what is to be read: this file lists and reads. */
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

struct scan {
    struct cli *cli;
    struct buffer batch;
    struct error *error;
};

/* One entry of a folder; name is its place in names. */
struct found {
    size_t name;
    struct stat status;
};

struct listing {
    struct buffer names; /* each with a NUL behind it */
    struct found *found;
    size_t count, capacity;
    bool has_rules;      /* a .gitignore that is a file: like git, no link in its place */
    struct buffer rules; /* its text */
};

static int64_t mtime_of(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000 + status->st_mtim.tv_nsec / 1000000;
}

static int send_batch(struct scan *scan)
{
    struct cli_answer answer;
    int result;

    if (scan->batch.failed) return error_memory(scan->error);
    if (scan->batch.size == 0) return 0;
    result = cli_request(scan->cli, cli_operation("import_batch"), &scan->batch, &answer, scan->error);
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
    buffer_put_u64(&scan->batch, (uint64_t)mtime_of(status));
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
        if (size < 0 && flags)
            result = error_set(scan->error, UMBRA_EIO, "%s could not be read to its end: %s", path,
                               strerror(errno));
        else if (size < 0)
            leave_out(path, errno);
        if (size < 0) break;
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

static void free_listing(struct listing *listing)
{
    buffer_free(&listing->names);
    buffer_free(&listing->rules);
    free(listing->found);
    memset(listing, 0, sizeof *listing);
}

static int add_found(struct listing *listing, const char *name, const struct stat *status)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? listing->capacity * 2 : 64;
        struct found *found = realloc(listing->found, capacity * sizeof *found);
        if (found == NULL) return UMBRA_ENOMEM;
        listing->found = found;
        listing->capacity = capacity;
    }
    if (strcmp(name, ".gitignore") == 0 && S_ISREG(status->st_mode)) listing->has_rules = true;
    listing->found[listing->count++] = (struct found){listing->names.size, *status};
    buffer_put(&listing->names, name, strlen(name) + 1);
    return listing->names.failed ? UMBRA_ENOMEM : 0;
}

static void read_rules(int folder, const char *path, struct buffer *rules)
{
    int file = openat(folder, ".gitignore", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char piece[16384];
    ssize_t size = -1;

    while (file >= 0 && ((size = read(file, piece, sizeof piece)) > 0 || (size < 0 && errno == EINTR)))
        if (size > 0) buffer_put(rules, piece, (size_t)size);
    if (size < 0)
        fprintf(stderr, "umbra: %s/.gitignore: not honoured: %s\n", *path ? path : ".", strerror(errno));
    if (file >= 0) close(file);
}

/* Takes over the descriptor of `again`, which has the same folder open. */
static int read_folder(int again, const char *path, struct listing *listing)
{
    DIR *stream = fdopendir(again);
    const struct dirent *entry;
    int result = 0;

    if (stream == NULL) {
        close(again);
        return UMBRA_ENOMEM;
    }
    while (result == 0 && (errno = 0, entry = readdir(stream)) != NULL) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
            if (errno != ENOENT) leave_out(path, errno);
        } else if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) || S_ISDIR(status.st_mode)) {
            result = add_found(listing, entry->d_name, &status);
        }
    }
    if (result == 0 && errno) result = UMBRA_EIO;
    closedir(stream);
    return result;
}

static void put_listing(struct buffer *out, const char *path, const struct listing *listing)
{
    size_t i;

    buffer_put_u32(out, (uint32_t)strlen(path));
    buffer_put_u32(out, (uint32_t)listing->rules.size);
    buffer_put_string(out, path);
    buffer_put(out, listing->rules.data, listing->rules.size);
    for (i = 0; i < listing->count; i++) {
        const struct found *found = &listing->found[i];
        const char *name = listing->names.data + found->name;
        buffer_put_u32(out, (uint32_t)strlen(name));
        buffer_put_u32(out, S_ISDIR(found->status.st_mode)   ? UMBRA_LISTED_DIRECTORY
                            : S_ISLNK(found->status.st_mode) ? UMBRA_LISTED_LINK
                                                             : UMBRA_LISTED_FILE);
        buffer_put_u32(out, found->status.st_mode & 07777);
        buffer_put_u64(out, (uint64_t)found->status.st_size);
        buffer_put_u64(out, (uint64_t)mtime_of(&found->status));
        buffer_put_string(out, name);
    }
}

static int scan_folder(struct scan *scan, int folder, struct buffer *path);

/* Reads a file or link, or goes into a folder, as the core has asked for. */
static int take_found(struct scan *scan, int folder, const char *name, const struct stat *status,
                      struct buffer *path)
{
    size_t size = path->size;
    int inner, result = 0;

    if (size) buffer_put_byte(path, '/');
    buffer_put_string(path, name);
    if (path->failed) return error_memory(scan->error);
    if (S_ISLNK(status->st_mode)) {
        result = take_link(scan, folder, name, path->data, status);
    } else if (S_ISREG(status->st_mode)) {
        result = take_file(scan, folder, name, path->data, status);
    } else {
        inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (inner < 0)
            leave_out(path->data, errno);
        else
            result = scan_folder(scan, inner, path);
    }
    path->size = size;
    path->data[size] = '\0';
    return result;
}

static int take_all(struct scan *scan, int folder, const struct listing *listing, const cJSON *indexes,
                    struct buffer *path)
{
    const cJSON *index;
    int result = 0;

    cJSON_ArrayForEach(index, indexes)
    {
        const struct found *found = listing->found + index->valueint;
        if (index->valueint < 0 || (size_t)index->valueint >= listing->count) continue; /* it has no such */
        result = take_found(scan, folder, listing->names.data + found->name, &found->status, path);
        if (result < 0) break;
    }
    return result;
}

/* A folder and all below it that the core wants. Takes over the descriptor. */
static int scan_folder(struct scan *scan, int folder, struct buffer *path)
{
    struct listing listing = {0};
    struct buffer request = {0};
    struct cli_answer answer = {0};
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

    if (again < 0) {
        leave_out(buffer_string(path), errno);
        close(folder);
        return 0;
    }
    result = read_folder(again, buffer_string(path), &listing);
    if (result == UMBRA_EIO) { /* half a listing would say that the rest is gone */
        leave_out(buffer_string(path), EIO);
        result = 0;
        goto done;
    }
    if (listing.has_rules) read_rules(folder, buffer_string(path), &listing.rules);
    put_listing(&request, buffer_string(path), &listing);
    if (result < 0 || request.failed || listing.rules.failed) {
        result = error_memory(scan->error);
        goto done;
    }
    result = cli_request(scan->cli, cli_operation("import_list"), &request, &answer, scan->error);
    if (result == 0) result = take_all(scan, folder, &listing, json_get(answer.result, "read"), path);
    if (result == 0) result = take_all(scan, folder, &listing, json_get(answer.result, "enter"), path);
done:
    cli_free_answer(&answer);
    buffer_free(&request);
    free_listing(&listing);
    close(folder);
    return result;
}

static int begin(struct scan *scan)
{
    const struct cli_options *options = &scan->cli->options;
    cJSON *json = cli_operation("import_begin");
    struct cli_answer answer;
    int failed =
        json_add_bool(json, "refresh", true) | json_add_bool(json, "gitignore", !options->no_gitignore);
    int result;

    if (options->exclude) failed |= json_add_item(json, "exclude", cJSON_Duplicate(options->exclude, true));
    if (failed) {
        cJSON_Delete(json);
        return error_memory(scan->error);
    }
    result = cli_request(scan->cli, json, NULL, &answer, scan->error);
    cli_free_answer(&answer);
    return result;
}

int cli_end_import(struct cli *cli, struct cli_answer *answer, struct error *error)
{
    const cJSON *item;
    int result = cli_request(cli, cli_operation("import_end"), NULL, answer, error);

    cJSON_ArrayForEach(item, json_get(answer->result, "skipped"))
    {
        if (json_get(item, "by") == NULL)
            fprintf(stderr, "umbra: %s: left out: %s\n", json_string(item, "path", "?"),
                    json_string(item, "reason", "?"));
    }
    cJSON_ArrayForEach(item, json_get(answer->result, "conflicts"))
    {
        fprintf(stderr, "umbra: %s: %s\n", json_string(item, "path", "?"), json_string(item, "reason", "?"));
    }
    return result;
}

int cli_refresh(struct cli *cli, struct error *error)
{
    struct scan scan = {.cli = cli, .error = error};
    struct cli_answer answer = {0};
    struct buffer path = {0};
    int folder = open(cli->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result;

    if (folder < 0) return error_set(error, UMBRA_ENOENT, "%s: %s", cli->folder, strerror(errno));
    result = begin(&scan);
    if (result == 0)
        result = scan_folder(&scan, folder, &path);
    else
        close(folder);
    if (result == 0) result = send_batch(&scan);
    if (result == 0) result = cli_end_import(cli, &answer, error);
    cli_free_answer(&answer);
    buffer_free(&path);
    buffer_free(&scan.batch);
    return result;
}
