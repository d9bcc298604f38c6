/* tar_write.c: the headers of a tar archive. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "fs/tar_format.h"

#define EXTENDED_PREFIX "PaxHeaders/" /* in the name of an extended header, for programs that know none */

struct header {
    unsigned char block[FS_TAR_BLOCK];
};

static void set_text(struct header *header, size_t at, size_t length, const char *text, size_t size)
{
    if (size) memcpy(header->block + at, text, size < length ? size : length);
}

static void set_number(struct header *header, size_t at, size_t length, uint64_t number)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%0*" PRIo64, (int)length - 1, number);
    memcpy(header->block + at, digits, length - 1);
}

/* Over all bytes, those of the sum itself as spaces. */
static void set_checksum(struct header *header)
{
    unsigned sum = 0;
    char text[8];
    size_t i;

    memset(header->block + TAR_CHECKSUM_AT, ' ', 8);
    for (i = 0; i < FS_TAR_BLOCK; i++) sum += header->block[i];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(header->block + TAR_CHECKSUM_AT, text, 7); /* with its NUL, and a space behind it */
}

static void begin_header(struct header *header, char type, uint16_t mode, uint64_t size, int64_t seconds)
{
    memset(header, 0, sizeof *header);
    set_number(header, TAR_MODE, mode & 07777);
    set_number(header, TAR_UID, 0);
    set_number(header, TAR_GID, 0);
    set_number(header, TAR_SIZE, size > TAR_OCTAL_MAX ? 0 : size);
    if (seconds > TAR_OCTAL_MAX) seconds = TAR_OCTAL_MAX;
    set_number(header, TAR_MTIME, seconds < 0 ? 0 : (uint64_t)seconds);
    header->block[TAR_TYPE_AT] = (unsigned char)type;
    memcpy(header->block + TAR_MAGIC_AT, TAR_MAGIC, 8);
    set_number(header, TAR_MAJOR, 0);
    set_number(header, TAR_MINOR, 0);
}

static void put_header(struct buffer *out, struct header *header)
{
    set_checksum(header);
    buffer_put(out, header->block, FS_TAR_BLOCK);
}

/* Whether a plain header can have these bytes: ASCII, and none that ends the text early. */
static bool is_plain(const char *text, size_t size)
{
    size_t i;
    for (i = 0; i < size; i++)
        if ((signed char)text[i] <= 0) return false;
    return true;
}

/* Puts a path into name and prefix; false when it does not fit, and then as much as does. */
static bool set_path(struct header *header, const char *path, size_t size)
{
    size_t cut;

    if (size <= TAR_NAME_MAX) {
        set_text(header, TAR_NAME, path, size);
        return true;
    }
    for (cut = size - TAR_NAME_MAX - 1; cut <= TAR_PREFIX_MAX && cut + 1 < size; cut++) {
        if (cut == 0 || path[cut] != '/') continue;
        set_text(header, TAR_PREFIX, path, cut);
        set_text(header, TAR_NAME, path + cut + 1, size - cut - 1);
        return true;
    }
    set_text(header, TAR_NAME, path, size);
    return false;
}

/* What the plain header cannot say. */
static void collect_records(struct buffer *records, const struct fs_tar_entry *entry,
                            const struct buffer *path, bool fits)
{
    bool own_path = !fits || !is_plain(path->data, path->size);
    bool own_link = entry->link_size > TAR_NAME_MAX || !is_plain(entry->link, entry->link_size);
    bool binary = (own_path && !utf8_valid(path->data, path->size)) ||
                  (own_link && !utf8_valid(entry->link, entry->link_size));
    char size[24];
    int length;

    if (binary) tar_put_record(records, "hdrcharset", "BINARY", 6);
    if (own_path) tar_put_record(records, "path", path->data, path->size);
    if (own_link) tar_put_record(records, "linkpath", entry->link, entry->link_size);
    if (entry->size > TAR_OCTAL_MAX) {
        length = snprintf(size, sizeof size, "%" PRIu64, entry->size);
        tar_put_record(records, "size", size, (size_t)length);
    }
    if (entry->mtime < 0 || entry->mtime % 1000 || entry->mtime / 1000 > TAR_OCTAL_MAX)
        tar_put_time(records, "mtime", entry->mtime);
}

static void put_extended(struct buffer *out, const struct buffer *records, const struct buffer *path,
                         int64_t seconds)
{
    struct header header;
    char name[TAR_NAME_MAX] = EXTENDED_PREFIX;
    size_t length = sizeof EXTENDED_PREFIX - 1, at = path->size, i;

    while (at && path->data[at - 1] == '/') at--;
    while (at && path->data[at - 1] != '/') at--;
    for (i = at; i < path->size && path->data[i] != '/' && length < sizeof name; i++) {
        name[length] = path->data[i];
        if ((signed char)name[length] < 0) name[length] = '_';
        length++;
    }
    begin_header(&header, 'x', 0644, records->size, seconds);
    set_text(&header, TAR_NAME, name, length);
    put_header(out, &header);
    buffer_put(out, records->data, records->size);
    fs_tar_put_padding(out, records->size);
}

static char type_of(enum fs_tar_kind kind)
{
    static const char types[] = {
        [FS_TAR_FILE] = '0', [FS_TAR_DIRECTORY] = '5', [FS_TAR_SYMLINK] = '2', [FS_TAR_HARDLINK] = '1'};
    return types[kind];
}

int fs_tar_put_header(struct buffer *out, const struct fs_tar_entry *entry, struct error *error)
{
    int64_t seconds = entry->mtime / 1000 - (entry->mtime % 1000 < 0 ? 1 : 0);
    struct buffer path = {0}, records = {0};
    struct header header;
    bool fits;

    if (entry->path_size == 0) return error_set(error, UMBRA_EINVAL, "a member of an archive needs a name");
    buffer_put(&path, entry->path, entry->path_size);
    if (entry->kind == FS_TAR_DIRECTORY) buffer_put_byte(&path, '/');
    if (!path.failed) {
        begin_header(&header, type_of(entry->kind), entry->mode, entry->size, seconds);
        fits = set_path(&header, path.data, path.size);
        set_text(&header, TAR_LINK, entry->link, entry->link_size);
        collect_records(&records, entry, &path, fits);
        if (records.size) put_extended(out, &records, &path, seconds);
        put_header(out, &header);
    }
    if (path.failed || records.failed) out->failed = true;
    buffer_free(&path);
    buffer_free(&records);
    return out->failed ? error_memory(error) : 0;
}

void fs_tar_put_padding(struct buffer *out, uint64_t size)
{
    static const char zeros[FS_TAR_BLOCK];
    buffer_put(out, zeros, (size_t)((FS_TAR_BLOCK - size % FS_TAR_BLOCK) % FS_TAR_BLOCK));
}

void fs_tar_put_end(struct buffer *out)
{
    static const char zeros[2 * FS_TAR_BLOCK];
    buffer_put(out, zeros, sizeof zeros);
}
