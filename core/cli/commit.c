/* commit.c: the one place that writes to the real folder, for a commit and for undoing one. The core gives
 * the steps; each file is compared with what must be there immediately before it is replaced, through a
 * temporary file beside it and a rename; no symbolic link of the folder is followed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define PIECE_SIZE  (4u << 20)
#define CONFLICTING 1

struct place {
    int folder; /* descriptor, or -1 */
    char name[NAME_MAX + 1];
};

/* A commit or an undoing that is running. */
struct run {
    struct cli *cli;
    bool undo;
    double commit;
    const struct cli_choices *choices;
    cJSON *left; /* the steps that were not touched */
    int done, left_alone;
};

/* One version of a step's file. */
struct version {
    double step;
    const char *side; /* "old": what must be there, "new": what is to be there */
};

/* A piece of a version. */
struct piece {
    struct buffer bytes;
    uint64_t size; /* of the whole */
    unsigned mode;
    bool link;
};

/* Whether a file stands in the place of a folder: then nothing is below it. */
static bool is_file(const struct place *place)
{
    struct stat status;
    int kept = errno;
    bool file =
        fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
    errno = kept;
    return file;
}

/* Opens the folder that a path is in, making folders on the way when asked to. ENOENT when it is not there.
 */
static int open_place(const struct cli *cli, const char *path, bool create, struct place *place,
                      struct error *error)
{
    const char *slash;
    int result = 0;

    place->folder = open(cli->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (place->folder >= 0 && (slash = strchr(path, '/')) != NULL) {
        int next;
        snprintf(place->name, sizeof place->name, "%.*s", (int)(slash - path), path);
        if (create) mkdirat(place->folder, place->name, 0777);
        next = openat(place->folder, place->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (next < 0) result = is_file(place) ? ENOENT : errno;
        close(place->folder);
        place->folder = next;
        path = slash + 1;
    }
    snprintf(place->name, sizeof place->name, "%s", path);
    if (place->folder >= 0) return 0;
    if (result == ENOENT) return UMBRA_ENOENT;
    return error_set(error, UMBRA_EACCES, "the folder of it cannot be opened: %s",
                     strerror(result ? result : errno));
}

static int read_version(struct cli *cli, const struct version *version, uint64_t offset, struct piece *piece,
                        struct error *error)
{
    cJSON *json = cli_operation("read");
    struct cli_answer answer;
    int result;

    if (json_add_number(json, "step", version->step) | json_add_string(json, "side", version->side) |
        json_add_number(json, "offset", (double)offset) | json_add_number(json, "length", PIECE_SIZE)) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    result = cli_request(cli, json, NULL, &answer, error);
    piece->size = (uint64_t)json_number(answer.result, "size", 0);
    piece->mode = (unsigned)json_number(answer.result, "mode", 0644);
    piece->link = strcmp(json_string(answer.result, "type", "file"), "symlink") == 0;
    piece->bytes = answer.bytes;
    cJSON_Delete(answer.result);
    return result;
}

static bool same_piece(int file, const struct buffer *bytes, uint64_t offset, char *room)
{
    size_t done = 0;
    while (done < bytes->size) {
        ssize_t got = pread(file, room, bytes->size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || memcmp(room, bytes->data + done, (size_t)got) != 0) return false;
        done += (size_t)got;
    }
    return true;
}

/* Whether the real thing (a file, with its permissions where they count, or a link by its target) is as the
 * version has it: 1, 0 or a negative error.
 */
static int matches(struct cli *cli, const struct place *place, const struct version *version, bool modes,
                   struct error *error)
{
    struct stat status;
    struct piece piece = {0};
    char *room = malloc(PIECE_SIZE);
    uint64_t offset = 0;
    int file = -1, same = 1;

    if (room == NULL) return error_memory(error);
    if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0) same = 0;
    if (same && S_ISREG(status.st_mode))
        file = openat(place->folder, place->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (same && S_ISREG(status.st_mode) && file < 0)
        same = error_set(error, UMBRA_EACCES, "it cannot be read: %s", strerror(errno));
    do {
        const struct buffer *bytes = &piece.bytes;
        int result = same > 0 ? read_version(cli, version, offset, &piece, error) : 0;
        if (result < 0) same = result;
        if (same <= 0) break;
        if (S_ISLNK(status.st_mode)) {
            ssize_t length = readlinkat(place->folder, place->name, room, PIECE_SIZE);
            same = piece.link && length == (ssize_t)bytes->size &&
                   memcmp(room, buffer_string(bytes), bytes->size) == 0;
        } else {
            same = file >= 0 && !piece.link && (uint64_t)status.st_size == piece.size &&
                   (!modes || (status.st_mode & 07777) == piece.mode) &&
                   same_piece(file, bytes, offset, room);
        }
        offset += bytes->size;
        buffer_free(&piece.bytes);
    } while (same > 0 && offset < piece.size);
    buffer_free(&piece.bytes);
    if (file >= 0) close(file);
    free(room);
    return same;
}

static bool exists(const struct place *place)
{
    struct stat status;
    return fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static int write_all(int file, const struct buffer *bytes)
{
    size_t done = 0;
    while (done < bytes->size) {
        ssize_t put = write(file, bytes->data + done, bytes->size - done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return -1;
        done += (size_t)put;
    }
    return 0;
}

/* Fills the temporary file with the workspace's version. */
static int fill(struct cli *cli, const struct version *version, int file, struct error *error)
{
    struct piece piece = {0};
    uint64_t offset = 0;

    do {
        int result = read_version(cli, version, offset, &piece, error);
        if (result == 0 && write_all(file, &piece.bytes) < 0)
            result = error_set(error, UMBRA_EIO, "writing failed: %s", strerror(errno));
        offset += piece.bytes.size;
        buffer_free(&piece.bytes);
        if (result < 0) return result;
    } while (offset < piece.size);
    if (fchmod(file, piece.mode) < 0 || fsync(file) < 0)
        return error_set(error, UMBRA_EIO, "writing failed: %s", strerror(errno));
    return 0;
}

static int make_link(struct cli *cli, const struct version *version, const struct place *place,
                     const char *temporary, struct error *error)
{
    struct piece target = {0};
    int result = read_version(cli, version, 0, &target, error);

    if (result == 0 && symlinkat(buffer_string(&target.bytes), place->folder, temporary) < 0)
        result = error_set(error, UMBRA_EIO, "the link could not be made: %s", strerror(errno));
    buffer_free(&target.bytes);
    return result;
}

static int replace(struct cli *cli, const struct version *version, bool link, const struct place *place,
                   struct error *error)
{
    char temporary[64];
    uint64_t number;
    int file = -1, result;

    cli->host.random(cli, &number, sizeof number);
    snprintf(temporary, sizeof temporary, ".umbra-%016llx.tmp", (unsigned long long)number);
    if (link) {
        result = make_link(cli, version, place, temporary, error);
    } else {
        file = openat(place->folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        result = file < 0
                     ? error_set(error, UMBRA_EACCES, "the folder cannot be written: %s", strerror(errno))
                     : fill(cli, version, file, error);
        if (file >= 0) close(file);
    }
    if (result == 0 && renameat(place->folder, temporary, place->folder, place->name) < 0)
        result = error_set(error, UMBRA_EIO, "it could not be replaced: %s", strerror(errno));
    if (result < 0) unlinkat(place->folder, temporary, 0);
    if (result == 0) fsync(place->folder);
    return result;
}

static int conflict(struct error *error, const char *reason)
{
    error_set(error, UMBRA_ECONFLICT, "%s", reason);
    return CONFLICTING;
}

static double step_of(const cJSON *change)
{
    return json_number(change, "step", 0);
}

/* Whether permissions are a part of the change, and not only what came with it. */
static bool changes_mode(const cJSON *change)
{
    double old = json_number(change, "oldMode", -1), new = json_number(change, "newMode", -1);
    return old >= 0 && new >= 0 && old != new;
}

/* The old version must be as it was read, or as the commit wrote it. */
static int check_old(const struct run *run, const cJSON *change, const struct place *place,
                     struct error *error)
{
    int same;
    if (place->folder < 0 || !exists(place)) return conflict(error, "it is gone from the real folder");
    same = matches(run->cli, place, &(struct version){step_of(change), "old"}, changes_mode(change), error);
    if (same != 0) return same < 0 ? same : 0;
    return conflict(error, run->undo ? "it was changed in the real folder since the commit"
                                     : "it was changed in the real folder since it was read");
}

/* Removes the folders of a path that are empty, from the innermost on. A run that was cut off may have
 * removed some. */
static void remove_empty_folders(struct cli *cli, const char *path)
{
    char parent[PATH_MAX], *slash;
    struct place place;
    bool emptied = true;

    snprintf(parent, sizeof parent, "%s", path);
    while (emptied && (slash = strrchr(parent, '/')) != NULL) {
        *slash = '\0';
        if (open_place(cli, parent, false, &place, NULL) < 0) continue;
        emptied = unlinkat(place.folder, place.name, AT_REMOVEDIR) == 0 || errno == ENOENT;
        close(place.folder);
    }
}

/* Removes a file and the folders that this leaves empty. */
static int remove_real(const struct run *run, const cJSON *change, const char *path, struct error *error)
{
    struct place place;
    int result = open_place(run->cli, path, false, &place, error);

    if (result < 0 && result != UMBRA_ENOENT) return result;
    if (result == 0) {
        result = exists(&place) ? check_old(run, change, &place, error) : 0;
        if (result == 0 && unlinkat(place.folder, place.name, 0) < 0 && errno != ENOENT)
            result = error_set(error, UMBRA_EACCES, "it could not be removed: %s", strerror(errno));
        close(place.folder);
    } else {
        result = 0;
    }
    if (result == 0) remove_empty_folders(run->cli, path);
    return result;
}

/* Milliseconds since 1970, -1 when it cannot be said. */
static int64_t time_of(const struct place *place)
{
    struct stat status;
    if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    return (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
}

static bool is_folder(const struct place *place)
{
    struct stat status;
    return fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/* An empty folder gives way to a file. */
static int write_real(const struct run *run, const cJSON *change, int64_t *mtime, struct error *error)
{
    struct place place;
    struct version version = {step_of(change), "new"};
    const char *path = json_string(change, "path", ""), *kind = json_string(change, "kind", "");
    bool stays = strcmp(kind, "modified") == 0 || strcmp(kind, "mode") == 0;
    bool link = strcmp(json_string(change, "type", ""), "symlink") == 0;
    int result = open_place(run->cli, path, true, &place, error), done = 0;

    if (result < 0)
        return result == UMBRA_ENOENT ? error_set(error, result, "its folder cannot be made") : result;
    if (!stays && is_folder(&place) && unlinkat(place.folder, place.name, AT_REMOVEDIR) < 0)
        result = conflict(error, "a folder has this name in the real folder, and it is not empty");
    /* What was written before it was noted, by a run that was cut off, is as it should be. */
    if (result == 0 && exists(&place))
        done = matches(run->cli, &place, &version, changes_mode(change), error);
    if (done < 0) result = done;
    if (result == 0 && stays && !done) result = check_old(run, change, &place, error);
    if (result == 0 && !stays && !done && exists(&place))
        result = conflict(error, "a file with this name has appeared in the real folder");
    if (result == 0 && !done) result = replace(run->cli, &version, link, &place, error);
    if (result == 0) *mtime = time_of(&place);
    close(place.folder);
    return result;
}

/* Whether `inner` is a path below `outer`. */
static bool is_below(const char *inner, const char *outer)
{
    size_t length = strlen(outer);
    return strncmp(inner, outer, length) == 0 && inner[length] == '/';
}

static int apply(const struct run *run, const cJSON *change, int64_t *mtime, struct error *error)
{
    const char *path = json_string(change, "path", ""), *kind = json_string(change, "kind", "");
    const char *from = json_string(change, "from", NULL);
    bool first;
    int result = 0;

    if (strcmp(kind, "deleted") == 0) return remove_real(run, change, path, error);
    /* A folder gives way to a file of its own, or the reverse; the workspace has the bytes meanwhile. */
    first = from && (is_below(from, path) || is_below(path, from));
    if (first) result = remove_real(run, change, from, error);
    if (result == 0) result = write_real(run, change, mtime, error);
    return result == 0 && from && !first ? remove_real(run, change, from, error) : result;
}

static int note_step(struct cli *cli, double step, int64_t mtime, struct error *error)
{
    cJSON *json = cli_operation("commit_step");
    struct cli_answer answer;
    int result;

    if (json_add_number(json, "step", step) |
        (mtime >= 0 ? json_add_number(json, "mtime", (double)mtime) : 0)) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    result = cli_request(cli, json, NULL, &answer, error);
    cli_free_answer(&answer);
    return result;
}

static void tell(struct run *run, const char *path, bool conflicting, const char *reason)
{
    run->left_alone++;
    fprintf(stderr, "umbra: %s %s: %s\n",
            conflicting ? "conflict in"
            : run->undo ? "could not put back"
                        : "could not commit",
            path, reason);
}

static int take_step(struct run *run, const cJSON *change)
{
    const char *path = json_string(change, "path", "");
    const struct cli_choice *choice = run->choices ? cli_find_choice(run->choices, path) : NULL;
    struct error error = {0};
    int64_t mtime = -1;
    int result = apply(run, change, &mtime, &error);

    if (result == 0) result = note_step(run->cli, step_of(change), mtime, &error);
    if (result == 0) {
        run->done++;
        printf("%s %s%s\n", run->undo ? "put back" : "committed", path,
               choice && choice->hunks ? " in part" : "");
        return 0;
    }
    tell(run, path, result == CONFLICTING, error.message);
    if (result != CONFLICTING) return 0;
    return json_append(run->left, cJSON_CreateNumber(step_of(change)));
}

static int end_run(struct run *run, struct error *error)
{
    cJSON *json = cli_operation("commit_end");
    struct cli_answer answer;
    int result, failed = json_add_item(json, "left", run->left);

    run->left = NULL;
    if (failed) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    result = cli_request(run->cli, json, NULL, &answer, error);
    cli_free_answer(&answer);
    return result;
}

/* json: what begins the run; it is taken and freed. */
static int run_steps(struct run *run, cJSON *json, struct error *error)
{
    struct cli_answer answer;
    const cJSON *change, *refused;
    int result = cli_request(run->cli, json, NULL, &answer, error);

    if (result < 0) return result;
    run->left = cJSON_CreateArray();
    run->commit = json_number(answer.result, "commit", 0);
    cJSON_ArrayForEach(refused, json_get(answer.result, "refused"))
    {
        tell(run, json_string(refused, "path", ""),
             strcmp(json_string(refused, "code", ""), "ECONFLICT") == 0, json_string(refused, "reason", ""));
    }
    cJSON_ArrayForEach(change, json_get(answer.result, "steps"))
    {
        result = take_step(run, change);
        if (result < 0) break;
    }
    cli_free_answer(&answer);
    if (result < 0) error_memory(error);
    if (result == 0 && run->commit > 0) result = end_run(run, error);
    cJSON_Delete(run->left);
    return result;
}

int command_commit(struct cli *cli, int argc, char **argv)
{
    struct cli_choices choices;
    struct error error = {0};
    struct run run = {.cli = cli, .choices = &choices};
    int result;

    if (cli_read_choices(cli, argc, argv, &choices, &error) < 0) return cli_fail(&error);
    result = run_steps(&run, cli_choices_operation("commit_begin", &choices), &error);
    cli_free_choices(&choices);
    if (result < 0) return cli_fail(&error);
    printf("%d committed, %d left alone\n", run.done, run.left_alone);
    if (run.done) printf("to undo this: umbra undo %.0f\n", run.commit);
    return run.left_alone ? 1 : 0;
}

int command_undo(struct cli *cli, int argc, char **argv)
{
    cJSON *json = cli_operation("undo_begin");
    struct error error = {0};
    struct run run = {.cli = cli, .undo = true};
    double number = argc == 1 ? cli_number(argv[0]) : 0;

    if (argc > 1 || (argc == 1 && number == 0)) {
        cJSON_Delete(json);
        fprintf(stderr, "usage: umbra undo [NUMBER], one that umbra commits gives\n");
        return 2;
    }
    if (argc == 1 && json_add_number(json, "commit", number) < 0) {
        cJSON_Delete(json);
        error_memory(&error);
        return cli_fail(&error);
    }
    if (run_steps(&run, json, &error) < 0) return cli_fail(&error);
    printf("commit %.0f: %d put back, %d left alone\n", run.commit, run.done, run.left_alone);
    return run.left_alone ? 1 : 0;
}
