/* commit.c: the one place that writes to the real folder. Each file is compared with the base immediately
 * before it is replaced, through a temporary file beside it and a rename; no symbolic link of the folder is
 * followed. */
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

/* One version of a file in the workspace. */
struct version {
    const char *path;
    const char *side;                /* "base" or "head" */
    const struct cli_choice *choice; /* with hunks: the base with these; NULL: all of the side */
};

/* A piece of a version. */
struct piece {
    struct buffer bytes;
    uint64_t size; /* of the whole */
    unsigned mode;
    bool link;
};

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
        if (next < 0) result = errno;
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

    if (json_add_string(json, "path", version->path) | json_add_string(json, "side", version->side) |
        json_add_number(json, "offset", (double)offset) | json_add_number(json, "length", PIECE_SIZE) |
        cli_add_hunks(json, version->choice)) {
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

/* Whether the real thing (a file, or a link by its target) is as the version has it: 1, 0 or a negative
 * error.
 */
static int matches(struct cli *cli, const struct place *place, const struct version *version,
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

/* The old version must be as it was imported. */
static int check_base(struct cli *cli, const char *path, const struct place *place, struct error *error)
{
    int same;
    if (place->folder < 0 || !exists(place)) return conflict(error, "it is gone from the real folder");
    same = matches(cli, place, &(struct version){path, "base", NULL}, error);
    if (same < 0) return same;
    return same ? 0 : conflict(error, "it was changed in the real folder since it was read");
}

/* Removes a file and the folders that this leaves empty. */
static int remove_real(struct cli *cli, const char *path, struct error *error)
{
    char parent[PATH_MAX];
    struct place place;
    int result = open_place(cli, path, false, &place, error);

    if (result == UMBRA_ENOENT) return 0;
    if (result < 0) return result;
    result = exists(&place) ? check_base(cli, path, &place, error) : 0;
    if (result == 0 && unlinkat(place.folder, place.name, 0) < 0 && errno != ENOENT)
        result = error_set(error, UMBRA_EACCES, "it could not be removed: %s", strerror(errno));
    close(place.folder);
    snprintf(parent, sizeof parent, "%s", path);
    while (result == 0 && strrchr(parent, '/')) {
        *strrchr(parent, '/') = '\0';
        if (open_place(cli, parent, false, &place, error) < 0) break;
        if (unlinkat(place.folder, place.name, AT_REMOVEDIR) < 0) parent[0] = '\0';
        close(place.folder);
    }
    return result;
}

/* Milliseconds since 1970, -1 when it cannot be said. */
static int64_t time_of(const struct place *place)
{
    struct stat status;
    if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    return (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
}

static int write_real(struct cli *cli, const cJSON *change, const struct version *version, int64_t *mtime,
                      struct error *error)
{
    struct place place;
    const char *path = version->path, *kind = json_string(change, "kind", "");
    bool stays = strcmp(kind, "modified") == 0 || strcmp(kind, "mode") == 0;
    int result = open_place(cli, path, true, &place, error), done = 0;

    if (result < 0)
        return result == UMBRA_ENOENT ? error_set(error, result, "its folder cannot be made") : result;
    /* What a commit wrote that was cut off before it was noted is as it should be. */
    if (exists(&place)) done = matches(cli, &place, version, error);
    if (done < 0) result = done;
    if (result == 0 && stays && (!done || !exists(&place))) result = check_base(cli, path, &place, error);
    if (result == 0 && !stays && !done && exists(&place))
        result = conflict(error, "a file with this name has appeared in the real folder");
    if (result == 0)
        result =
            replace(cli, version, strcmp(json_string(change, "type", ""), "symlink") == 0, &place, error);
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

static int apply(struct cli *cli, const cJSON *change, const struct cli_choice *choice, int64_t *mtime,
                 struct error *error)
{
    const char *path = json_string(change, "path", ""), *kind = json_string(change, "kind", "");
    const char *from = json_string(change, "from", NULL);
    struct version version = {path, "head", choice};
    bool first;
    int result = 0;

    if (strcmp(kind, "deleted") == 0) return remove_real(cli, path, error);
    /* A folder gives way to a file of its own, or the reverse; the workspace has the bytes meanwhile. */
    first = from && (is_below(from, path) || is_below(path, from));
    if (first) result = remove_real(cli, from, error);
    if (result == 0) result = write_real(cli, change, &version, mtime, error);
    return result == 0 && from && !first ? remove_real(cli, from, error) : result;
}

static int accept_change(struct cli *cli, const char *path, const struct cli_choice *choice, int64_t mtime,
                         struct error *error)
{
    cJSON *json = cli_operation("accept");
    struct cli_answer answer;
    int result;

    if (json_add_string(json, "path", path) | cli_add_hunks(json, choice) |
        (mtime >= 0 ? json_add_number(json, "mtime", (double)mtime) : 0)) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    result = cli_request(cli, json, NULL, &answer, error);
    cli_free_answer(&answer);
    return result;
}

/* Hunks of what cannot be committed in hunks are refused before anything is written. */
static int check_choice(struct cli *cli, const char *path, const struct cli_choice *choice,
                        struct error *error)
{
    struct piece piece = {0};
    int result = 0;

    if (choice && choice->hunks)
        result = read_version(cli, &(struct version){path, "head", choice}, 0, &piece, error);
    buffer_free(&piece.bytes);
    return result;
}

struct tally {
    int committed, left;
};

static void commit_change(struct cli *cli, const cJSON *change, const struct cli_choice *choice,
                          struct tally *tally)
{
    const char *path = json_string(change, "path", "");
    struct error error = {0};
    int64_t mtime = -1;
    int result = check_choice(cli, path, choice, &error);

    if (result == 0) result = apply(cli, change, choice, &mtime, &error);
    if (result == 0) result = accept_change(cli, path, choice, mtime, &error);
    if (result == 0) {
        tally->committed++;
        printf("committed %s%s\n", path, choice && choice->hunks ? " in part" : "");
    } else {
        tally->left++;
        fprintf(stderr, "umbra: %s %s: %s\n", result == CONFLICTING ? "conflict in" : "could not commit",
                path, error.message);
    }
}

/* What is deleted goes first: a file may come where a folder was. */
static void commit_all(struct cli *cli, const cJSON *changes, const struct cli_choices *choices,
                       struct tally *tally)
{
    const cJSON *change;
    int pass;

    for (pass = 0; pass < 2; pass++) {
        cJSON_ArrayForEach(change, changes)
        {
            const struct cli_choice *choice = cli_find_choice(choices, json_string(change, "path", ""));
            bool deleted = strcmp(json_string(change, "kind", ""), "deleted") == 0;
            if (deleted != (pass == 0) || (choices->count && choice == NULL)) continue;
            commit_change(cli, change, choice, tally);
        }
    }
}

int command_commit(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct cli_choices choices;
    struct error error = {0};
    struct tally tally = {0};

    if (cli_read_choices(cli, argc, argv, &choices, &error) < 0) return cli_fail(&error);
    if (cli_request(cli, cli_operation("changes"), NULL, &answer, &error) < 0) {
        cli_free_choices(&choices);
        return cli_fail(&error);
    }
    commit_all(cli, answer.result, &choices, &tally);
    cli_free_answer(&answer);
    cli_free_choices(&choices);
    if (tally.committed + tally.left == 0 && argc) {
        fprintf(stderr, "umbra: nothing to commit under these names; see umbra status\n");
        return 1;
    }
    printf("%d committed, %d left alone\n", tally.committed, tally.left);
    return tally.left ? 1 : 0;
}
