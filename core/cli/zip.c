#include "cli/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

#define BATCH_SIZE (1u << 20)
#define READ_SIZE  (1u << 16)

/* libarchive takes names in the locale's encoding: it is UTF-8 while it works, for this thread alone. */
struct encoding {
    locale_t ours, before;
};

static int begin_encoding(struct encoding *encoding, struct error *error)
{
    encoding->ours = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (encoding->ours == (locale_t)0)
        return error_set(error, UMBRA_EIO, "this system has no locale C.UTF-8, which ZIP archives need here");
    encoding->before = uselocale(encoding->ours);
    return 0;
}

static void end_encoding(struct encoding *encoding)
{
    if (encoding->ours == (locale_t)0) return;
    uselocale(encoding->before);
    freelocale(encoding->ours);
}

/* --- writing --- */

struct zip_writer {
    struct encoding encoding;
    struct archive *archive;
    struct archive_entry *entry;
    int file;
};

static int write_failed(struct zip_writer *writer, struct error *error)
{
    const char *text = archive_error_string(writer->archive);
    return error_set(error, UMBRA_EIO, "the ZIP archive could not be written: %s",
                     text ? text : "no reason given");
}

static la_ssize_t write_bytes(struct archive *archive, void *context, const void *bytes, size_t size)
{
    const struct zip_writer *writer = context;
    ssize_t put;

    do {
        put = write(writer->file, bytes, size);
    } while (put < 0 && errno == EINTR);
    if (put < 0) archive_set_error(archive, errno, "%s", strerror(errno));
    return put;
}

struct zip_writer *zip_open_writer(int file, struct error *error)
{
    struct zip_writer *writer = calloc(1, sizeof *writer);

    if (writer == NULL) {
        error_memory(error);
        return NULL;
    }
    writer->file = file;
    if (begin_encoding(&writer->encoding, error) < 0) goto fail;
    writer->archive = archive_write_new();
    writer->entry = archive_entry_new();
    if (writer->archive == NULL || writer->entry == NULL) {
        error_memory(error);
        goto fail;
    }
    archive_write_set_bytes_in_last_block(writer->archive, 1);
    if (archive_write_set_format_zip(writer->archive) != ARCHIVE_OK ||
        archive_write_open(writer->archive, writer, NULL, write_bytes, NULL) != ARCHIVE_OK) {
        write_failed(writer, error);
        goto fail;
    }
    return writer;
fail:
    zip_close_writer(writer);
    return NULL;
}

void zip_close_writer(struct zip_writer *writer)
{
    if (writer == NULL) return;
    if (writer->entry) archive_entry_free(writer->entry);
    if (writer->archive) {
        archive_write_fail(writer->archive); /* what was not finished is not to be ended now */
        archive_write_free(writer->archive);
    }
    end_encoding(&writer->encoding);
    free(writer);
}

int zip_finish_writer(struct zip_writer *writer, struct error *error)
{
    return archive_write_close(writer->archive) == ARCHIVE_OK ? 0 : write_failed(writer, error);
}

struct piece {
    char *path;
    const char *data;
    uint32_t path_size, size, mode, flags;
    int64_t mtime;
};

static int begin_member(struct zip_writer *writer, const struct piece *piece, struct error *error)
{
    struct archive_entry *entry = archive_entry_clear(writer->entry);
    int64_t seconds = piece->mtime / 1000 - (piece->mtime % 1000 < 0 ? 1 : 0);
    bool directory = piece->flags & UMBRA_ENTRY_DIRECTORY, link = piece->flags & UMBRA_ENTRY_LINK;

    if (!utf8_valid(piece->path, piece->path_size) || (link && !utf8_valid(piece->data, piece->size)))
        return error_set(error, UMBRA_EINVAL,
                         "%s: a name that is no UTF-8 cannot be in a ZIP archive; export a tar", piece->path);
    archive_entry_set_pathname(entry, piece->path);
    archive_entry_set_filetype(entry, directory ? AE_IFDIR : link ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm(entry, (__LA_MODE_T)(piece->mode & 07777));
    archive_entry_set_mtime(entry, (time_t)seconds, 0);
    if (!(piece->flags & UMBRA_ENTRY_MORE))
        archive_entry_set_size(entry, link || directory ? 0 : piece->size);
    if (link) {
        char *target = strndup(piece->data, piece->size);
        if (target == NULL) return error_memory(error);
        archive_entry_set_symlink(entry, target);
        free(target);
    }
    return archive_write_header(writer->archive, entry) == ARCHIVE_OK ? 0 : write_failed(writer, error);
}

static int put_piece(struct zip_writer *writer, const struct piece *piece, struct error *error)
{
    int result = piece->flags & UMBRA_ENTRY_APPEND ? 0 : begin_member(writer, piece, error);

    if (result < 0 || piece->flags & (UMBRA_ENTRY_LINK | UMBRA_ENTRY_DIRECTORY) || piece->size == 0)
        return result;
    return archive_write_data(writer->archive, piece->data, piece->size) == (la_ssize_t)piece->size
               ? 0
               : write_failed(writer, error);
}

int zip_put_entries(struct zip_writer *writer, const struct buffer *entries, struct error *error)
{
    size_t at = 0;
    int result = 0;

    while (result == 0 && entries->size - at >= UMBRA_ENTRY_HEADER) {
        const char *bytes = entries->data + at;
        struct piece piece = {.path_size = read_u32(bytes),
                              .size = read_u32(bytes + 4),
                              .mode = read_u32(bytes + 8),
                              .flags = read_u32(bytes + 12),
                              .mtime = (int64_t)read_u64(bytes + 16)};
        piece.data = bytes + UMBRA_ENTRY_HEADER + piece.path_size;
        piece.path = strndup(bytes + UMBRA_ENTRY_HEADER, piece.path_size);
        result = piece.path ? put_piece(writer, &piece, error) : error_memory(error);
        free(piece.path);
        at += UMBRA_ENTRY_HEADER + (size_t)piece.path_size + piece.size;
    }
    return result;
}

/* --- reading --- */

struct reading {
    struct archive *archive;
    struct buffer batch;
    zip_take take;
    void *context;
    char *piece; /* BATCH_SIZE bytes */
};

static int read_failed(struct archive *archive, const char *what, struct error *error)
{
    const char *text = archive_error_string(archive);
    return error_set(error, UMBRA_EPARSE, "the %s is damaged: %s", what, text ? text : "no reason given");
}

static int send_batch(struct reading *reading, struct error *error)
{
    int result;

    if (reading->batch.failed) return error_memory(error);
    result = reading->take(reading->context, &reading->batch, error);
    buffer_clear(&reading->batch);
    return result;
}

static int put_entry(struct reading *reading, struct archive_entry *entry, const char *path, uint32_t flags,
                     const void *data, size_t size, struct error *error)
{
    struct buffer *batch = &reading->batch;

    buffer_put_u32(batch, (uint32_t)strlen(path));
    buffer_put_u32(batch, (uint32_t)size);
    buffer_put_u32(batch, (uint32_t)archive_entry_perm(entry));
    buffer_put_u32(batch, flags);
    buffer_put_u64(batch, (uint64_t)archive_entry_mtime(entry) * 1000);
    buffer_put_string(batch, path);
    buffer_put(batch, data, size);
    return batch->size >= BATCH_SIZE || batch->failed ? send_batch(reading, error) : 0;
}

static int put_file(struct reading *reading, struct archive_entry *entry, const char *path,
                    struct error *error)
{
    uint32_t flags = 0;
    int result = 0;

    while (result == 0) {
        la_ssize_t got = archive_read_data(reading->archive, reading->piece, BATCH_SIZE);
        if (got < 0) return read_failed(reading->archive, "ZIP archive", error);
        if (got == 0 && flags) break;
        result = put_entry(reading, entry, path, flags, reading->piece, (size_t)got, error);
        if (got == 0) break;
        flags = UMBRA_ENTRY_APPEND;
    }
    return result;
}

static int put_member(struct reading *reading, struct archive_entry *entry, struct error *error)
{
    const char *path = archive_entry_pathname(entry), *target;

    if (path == NULL) return read_failed(reading->archive, "ZIP archive", error);
    if (archive_entry_is_data_encrypted(entry)) {
        fprintf(stderr, "umbra: %s: left out: it is encrypted\n", path);
        return 0;
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
        return put_entry(reading, entry, path, UMBRA_ENTRY_DIRECTORY, "", 0, error);
    case AE_IFLNK:
        target = archive_entry_symlink(entry);
        if (target == NULL) target = "";
        return put_entry(reading, entry, path, UMBRA_ENTRY_LINK, target, strlen(target), error);
    case AE_IFREG:
        return put_file(reading, entry, path, error);
    default:
        fprintf(stderr, "umbra: %s: left out: neither file, folder nor link\n", path);
        return 0;
    }
}

static int read_members(struct reading *reading, struct error *error)
{
    struct archive_entry *entry;
    int result = 0, state = ARCHIVE_OK;

    while (result == 0 && (state = archive_read_next_header(reading->archive, &entry)) == ARCHIVE_OK)
        result = put_member(reading, entry, error);
    if (result < 0) return result;
    if (state != ARCHIVE_EOF) return read_failed(reading->archive, "ZIP archive", error);
    return send_batch(reading, error);
}

int zip_read(int file, zip_take take, void *context, struct error *error)
{
    struct reading reading = {.take = take, .context = context, .piece = malloc(BATCH_SIZE)};
    struct encoding encoding = {0};
    int result = begin_encoding(&encoding, error);

    if (result < 0) goto done;
    reading.archive = archive_read_new();
    if (reading.archive == NULL || reading.piece == NULL) {
        result = error_memory(error);
        goto done;
    }
    /* By the directory at its end: what goes before says neither modes nor links. */
    if (archive_read_support_format_zip_seekable(reading.archive) != ARCHIVE_OK ||
        archive_read_open_fd(reading.archive, file, READ_SIZE) != ARCHIVE_OK)
        result = error_set(error, UMBRA_EPARSE,
                           "the ZIP archive is damaged or cut off: its directory at the end is missing");
    else
        result = read_members(&reading, error);
done:
    if (reading.archive) archive_read_free(reading.archive);
    end_encoding(&encoding);
    buffer_free(&reading.batch);
    free(reading.piece);
    return result;
}

/* --- gzip --- */

struct source {
    int file;
    const void *head;
    size_t have;
    char piece[READ_SIZE];
};

static la_ssize_t read_bytes(struct archive *archive, void *context, const void **bytes)
{
    struct source *source = context;
    size_t have = source->have;
    ssize_t got;

    source->have = 0;
    *bytes = have ? source->head : source->piece;
    if (have) return (la_ssize_t)have;
    do {
        got = read(source->file, source->piece, sizeof source->piece);
    } while (got < 0 && errno == EINTR);
    if (got < 0) archive_set_error(archive, errno, "%s", strerror(errno));
    return got;
}

static int read_raw(struct archive *archive, gzip_take take, void *context, struct error *error)
{
    struct archive_entry *entry;
    const void *bytes;
    la_int64_t offset;
    size_t size;
    int state = archive_read_next_header(archive, &entry), result = 0;

    if (state == ARCHIVE_EOF) return 0; /* nothing is in it */
    if (state != ARCHIVE_OK) return read_failed(archive, "gzip file", error);
    while (result == 0 && (state = archive_read_data_block(archive, &bytes, &size, &offset)) == ARCHIVE_OK)
        result = take(context, bytes, size, error);
    if (result == 0 && state != ARCHIVE_EOF) return read_failed(archive, "gzip file", error);
    return result;
}

int gzip_read(int file, const void *head, size_t have, gzip_take take, void *context, struct error *error)
{
    struct source *source = calloc(1, sizeof *source);
    struct archive *archive = archive_read_new();
    int result;

    if (source == NULL || archive == NULL) {
        result = error_memory(error);
        goto done;
    }
    source->file = file;
    source->head = head;
    source->have = have;
    if (archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
        archive_read_support_format_raw(archive) != ARCHIVE_OK ||
        archive_read_open(archive, source, NULL, read_bytes, NULL) != ARCHIVE_OK)
        result = read_failed(archive, "gzip file", error);
    else
        result = read_raw(archive, take, context, error);
done:
    if (archive) archive_read_free(archive);
    free(source);
    return result;
}
