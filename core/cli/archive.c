/* archive.c: the shadow as an archive, and an archive's files into the shadow. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/zip.h"

#define PIECE_SIZE (1u << 20)

/* --- export --- */

/* Where an archive goes: a new file that gets its name when it is whole, so that a failure leaves nothing
 * half; or whatever stands there that is no file. */
struct target {
    int file;
    char path[PATH_MAX], temporary[PATH_MAX];
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

static int open_temporary(struct target *target, const char *path, struct error *error)
{
    mode_t mask = umask(0);

    umask(mask);
    if (snprintf(target->path, sizeof target->path, "%s", path) >= (int)sizeof target->path ||
        snprintf(target->temporary, sizeof target->temporary, "%s.XXXXXX", path) >=
            (int)sizeof target->temporary)
        return error_set(error, UMBRA_ENAMETOOLONG, "the path of the archive is too long");
    target->file = mkostemp(target->temporary, O_CLOEXEC);
    if (target->file < 0) {
        *target->temporary = '\0';
        return error_set(error, UMBRA_EIO, "%s could not be written: %s", path, strerror(errno));
    }
    fchmod(target->file, 0666 & ~mask);
    return 0;
}

static int open_target(struct target *target, const char *path, struct error *error)
{
    struct stat status;

    *target = (struct target){.file = -1};
    if (strcmp(path, "-") == 0) {
        if (isatty(STDOUT_FILENO))
            return error_set(error, UMBRA_EINVAL,
                             "an archive is not written to a terminal; name a file, or a pipe behind -");
        target->file = dup(STDOUT_FILENO);
    } else if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        target->file = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        return open_temporary(target, path, error);
    }
    if (target->file < 0)
        return error_set(error, UMBRA_EIO, "%s could not be written: %s", path, strerror(errno));
    return 0;
}

/* whole: all was written; else what there is goes. */
static int close_target(struct target *target, bool whole, struct error *error)
{
    int number = 0;

    if (target->file >= 0 && close(target->file) < 0) number = errno;
    if (whole && number == 0 && *target->temporary && rename(target->temporary, target->path) < 0)
        number = errno;
    if (*target->temporary && (!whole || number)) unlink(target->temporary);
    if (!whole || number == 0) return 0;
    return error_set(error, UMBRA_EIO, "%s could not be written: %s", target->path, strerror(number));
}

static int write_all(int file, const struct buffer *bytes, struct error *error)
{
    size_t done = 0;

    while (done < bytes->size) {
        ssize_t put = write(file, bytes->data + done, bytes->size - done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            return error_set(error, UMBRA_EIO, "the archive could not be written: %s", strerror(errno));
        done += (size_t)put;
    }
    return 0;
}

struct export_words {
    const char *path, *format; /* "": not named */
    const char *tree;          /* NULL: not named */
};

static int read_export_words(int argc, char **argv, struct export_words *words, struct error *error)
{
    int i;

    *words = (struct export_words){.path = "", .format = ""};
    for (i = 0; i < argc; i++) {
        const char **slot = strcmp(argv[i], "--format") == 0 ? &words->format
                            : strcmp(argv[i], "--tree") == 0 ? &words->tree
                                                             : NULL;
        if (slot && i + 1 == argc) return error_set(error, UMBRA_EINVAL, "%s needs a value", argv[i]);
        if (slot)
            *slot = argv[++i];
        else if (*words->path)
            return error_set(error, UMBRA_EINVAL, "one archive at a time: umbra export FILE");
        else
            words->path = argv[i];
    }
    if (*words->path == '\0')
        return error_set(error, UMBRA_EINVAL, "usage: umbra export FILE [--format tar|zip] [--tree TREE]");
    if (*words->format == '\0')
        words->format = ends_with(words->path, ".zip")                                    ? "zip"
                        : ends_with(words->path, ".tar") || strcmp(words->path, "-") == 0 ? "tar"
                                                                                          : "";
    if (strcmp(words->format, "tar") != 0 && strcmp(words->format, "zip") != 0)
        return error_set(
            error, UMBRA_EINVAL,
            "the name ends neither in .tar nor in .zip; name the one with --format. For a tar.gz: "
            "umbra export - | gzip >FILE");
    return 0;
}

static int begin_export(struct cli *cli, const struct export_words *words, struct error *error)
{
    cJSON *json = cli_operation("export_begin");
    bool zip = *words->format == 'z';
    struct cli_answer answer;
    int result;

    if (json_add_string(json, "format", zip ? "entries" : "tar") | cli_add_tree(json, "tree", words->tree)) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    result = cli_request(cli, json, NULL, &answer, error);
    cli_free_answer(&answer);
    return result;
}

/* writer: NULL for a tar. */
static int write_pieces(struct cli *cli, int file, struct zip_writer *writer, struct error *error)
{
    bool done = false;
    int result = 0;

    while (result == 0 && !done) {
        struct cli_answer answer;
        result = cli_request(cli, cli_operation("export_next"), NULL, &answer, error);
        if (result == 0)
            result = writer ? zip_put_entries(writer, &answer.bytes, error)
                            : write_all(file, &answer.bytes, error);
        done = json_bool(answer.result, "done", true);
        cli_free_answer(&answer);
    }
    if (result == 0 && writer) result = zip_finish_writer(writer, error);
    return result;
}

static int export_to(struct cli *cli, const struct export_words *words, const struct target *target,
                     struct error *error)
{
    struct zip_writer *writer = NULL;
    int result = begin_export(cli, words, error);

    if (result == 0 && *words->format == 'z') {
        writer = zip_open_writer(target->file, error);
        if (writer == NULL) result = error->code;
    }
    if (result == 0) result = write_pieces(cli, target->file, writer, error);
    zip_close_writer(writer);
    return result;
}

int command_export(struct cli *cli, int argc, char **argv)
{
    struct export_words words;
    struct error error = {0};
    struct target target;
    int result = read_export_words(argc, argv, &words, &error);

    if (result < 0) {
        cli_fail(&error);
        return 2;
    }
    result = open_target(&target, words.path, &error);
    if (result == 0) result = export_to(cli, &words, &target, &error);
    if (close_target(&target, result == 0, &error) < 0) result = error.code;
    return result < 0 ? cli_fail(&error) : 0;
}

/* --- import --- */

static int begin_import(struct cli *cli, struct error *error)
{
    cJSON *json = cli_operation("import_begin");
    struct cli_answer answer;
    int result;

    if (json_add_bool(json, "archive", true) | json_add_bool(json, "asChanges", true)) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    result = cli_request(cli, json, NULL, &answer, error);
    cli_free_answer(&answer);
    return result;
}

static int send_batch(void *context, struct buffer *batch, struct error *error)
{
    struct cli_answer answer;
    int result = cli_request(context, cli_operation("import_batch"), batch, &answer, error);

    cli_free_answer(&answer);
    return result;
}

static int send_tar(void *context, const void *bytes, size_t size, struct error *error)
{
    struct buffer piece = {0};
    struct cli_answer answer;
    int result;

    buffer_put(&piece, bytes, size);
    if (piece.failed) return error_memory(error);
    result = cli_request(context, cli_operation("import_tar"), &piece, &answer, error);
    buffer_free(&piece);
    cli_free_answer(&answer);
    return result;
}

/* As many bytes as there are, up to size; or -1 with errno. */
static ssize_t read_full(int file, char *bytes, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = read(file, bytes + have, size - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static int read_failed(const char *path, struct error *error)
{
    return error_set(error, UMBRA_EIO, "%s could not be read: %s", path, strerror(errno));
}

/* A ZIP is read from its end: what comes through a pipe is put into a file without a name first. */
static int import_zip(struct cli *cli, int file, const char *path, char *piece, ssize_t got,
                      struct error *error)
{
    FILE *kept = NULL;
    int result;

    if (lseek(file, 0, SEEK_SET) < 0) {
        kept = tmpfile();
        while (kept && got > 0 && fwrite(piece, 1, (size_t)got, kept) == (size_t)got)
            got = read_full(file, piece, PIECE_SIZE);
        if (kept == NULL || got || fflush(kept)) {
            result = read_failed(path, error);
            goto done;
        }
        file = fileno(kept);
        lseek(file, 0, SEEK_SET);
    }
    result = zip_read(file, send_batch, cli, error);
done:
    if (kept) fclose(kept);
    return result;
}

/* What it is its first bytes say (PKWARE, "APPNOTE.TXT" 6.3.10, 4.3.7 and 4.3.16; RFC 1952, 2.3.1). */
static int import_bytes(struct cli *cli, int file, const char *path, char *piece, struct error *error)
{
    ssize_t got = read_full(file, piece, PIECE_SIZE);
    int result = 0;

    if (got < 0) return read_failed(path, error);
    if (got >= 4 && (memcmp(piece, "PK\3\4", 4) == 0 || memcmp(piece, "PK\5\6", 4) == 0))
        return import_zip(cli, file, path, piece, got, error);
    if (got >= 2 && memcmp(piece, "\x1f\x8b", 2) == 0)
        return gzip_read(file, piece, (size_t)got, send_tar, cli, error);
    while (result == 0 && got > 0) {
        result = send_tar(cli, piece, (size_t)got, error);
        if (result == 0) got = read_full(file, piece, PIECE_SIZE);
    }
    if (result == 0 && got == 0) return send_tar(cli, "", 0, error); /* so that an empty file is none */
    return result < 0 ? result : read_failed(path, error);
}

static int import_file(struct cli *cli, int file, const char *path, struct error *error)
{
    struct cli_answer answer = {0};
    char *piece = malloc(PIECE_SIZE);
    int result;

    if (piece == NULL) return error_memory(error);
    result = begin_import(cli, error);
    if (result == 0) result = import_bytes(cli, file, path, piece, error);
    if (result == 0) result = cli_end_import(cli, &answer, error);
    if (result == 0)
        printf("imported %.0f files, %.0f bytes; umbra status shows what they change\n",
               json_number(answer.result, "files", 0), json_number(answer.result, "bytes", 0));
    cli_free_answer(&answer);
    free(piece);
    return result;
}

int command_import_archive(struct cli *cli, int argc, char **argv)
{
    struct error error = {0};
    int file, result;

    if (argc != 1) {
        fprintf(stderr, "usage: umbra import-archive FILE, a tar, tar.gz or ZIP; - for the standard input\n");
        return 2;
    }
    file = strcmp(argv[0], "-") == 0 ? dup(STDIN_FILENO) : open(argv[0], O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        read_failed(argv[0], &error);
        return cli_fail(&error);
    }
    result = import_file(cli, file, argv[0], &error);
    close(file);
    return result < 0 ? cli_fail(&error) : 0;
}
