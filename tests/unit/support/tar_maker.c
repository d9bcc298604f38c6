#include "tar_maker.h"

#include <inttypes.h>

static void set_checksum(unsigned char *header)
{
    unsigned sum = 0, i;
    char text[8];

    memset(header + 148, ' ', 8);
    for (i = 0; i < FS_TAR_BLOCK; i++) sum += header[i];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(header + 148, text, 7);
}

void tar_add(struct buffer *archive, const char *path, char type, const char *link, const void *data,
             size_t size)
{
    unsigned char header[FS_TAR_BLOCK] = {0};

    memcpy(header, path, strlen(path) < 100 ? strlen(path) : 100);
    memcpy(header + 100, "0000644", 7);
    memcpy(header + 108, "0000000", 7);
    memcpy(header + 116, "0000000", 7);
    snprintf((char *)header + 124, 12, "%011zo", size);
    memcpy(header + 136, "00000000012", 11); /* 10 s */
    header[156] = (unsigned char)type;
    memcpy(header + 157, link, strlen(link) < 100 ? strlen(link) : 100);
    memcpy(header + 257, "ustar\00000", 8);
    set_checksum(header);
    buffer_put(archive, header, sizeof header);
    buffer_put(archive, data, size);
    fs_tar_put_padding(archive, size);
    assert_false(archive->failed);
}

void tar_add_text(struct buffer *archive, const char *path, const char *text)
{
    tar_add(archive, path, '0', "", text, strlen(text));
}

void tar_patch(struct buffer *archive, size_t at, size_t field, const void *bytes, size_t size)
{
    memcpy(archive->data + at + field, bytes, size);
    set_checksum((unsigned char *)archive->data + at);
}

void tar_add_extended(struct buffer *archive, char type, const char *records)
{
    struct buffer text = {0};

    while (*records) {
        size_t size = strcspn(records, "\n"), length = size + 3;
        char digits[24];
        while ((size_t)snprintf(digits, sizeof digits, "%zu", length) + size + 2 != length) length++;
        buffer_printf(&text, "%zu %.*s\n", length, (int)size, records);
        records += size + (records[size] == '\n');
    }
    tar_add(archive, "header", type, "", buffer_string(&text), text.size);
    buffer_free(&text);
}

static void put_entry(struct buffer *out, const struct fs_tar_entry *entry)
{
    static const char kinds[] = "-dlh?";

    buffer_printf(out, "%c %o %" PRId64 " %" PRIu64 " %.*s", kinds[entry->kind], entry->mode, entry->mtime,
                  entry->size, (int)entry->path_size, entry->path);
    if (entry->kind == FS_TAR_SYMLINK || entry->kind == FS_TAR_HARDLINK)
        buffer_printf(out, " -> %.*s", (int)entry->link_size, entry->link);
    if (entry->reason) buffer_printf(out, ": %s", entry->reason);
}

char *tar_describe(const struct buffer *archive, size_t piece, size_t header_max)
{
    struct fs_tar_reader reader = {.header_max = header_max};
    struct buffer out = {0}, data = {0};
    struct error error = {0};
    size_t at = 0;
    int event = FS_TAR_MORE;

    buffer_put_string(&out, "");
    while (at < archive->size && event >= 0) {
        size_t size = archive->size - at < piece ? archive->size - at : piece, used;
        char *bytes = malloc(size); /* of its own, so that reading beyond it is seen */
        size_t done = 0;
        assert_non_null(bytes);
        memcpy(bytes, archive->data + at, size);
        do {
            event = fs_tar_read(&reader, bytes + done, size - done, &used, &error);
            done += used;
            assert_true(done <= size);
            if (event == FS_TAR_ENTRY) {
                put_entry(&out, &reader.entry);
                buffer_clear(&data);
            }
            if (event == FS_TAR_DATA) buffer_put(&data, reader.data, reader.data_size);
            if (event == FS_TAR_ENTRY_END && reader.entry.kind == FS_TAR_FILE) {
                assert_int_equal(data.size, reader.entry.size);
                if (data.size && data.size < 64) buffer_printf(&out, " [%.*s]", (int)data.size, data.data);
            }
            if (event == FS_TAR_ENTRY_END) buffer_put_byte(&out, '\n');
        } while (event > FS_TAR_MORE);
        assert_true(event < 0 || done == size);
        at += size;
        free(bytes);
    }
    if (event < 0 || fs_tar_finish(&reader, &error) < 0) buffer_printf(&out, "error: %s", error.message);
    fs_tar_free(&reader);
    buffer_free(&data);
    return buffer_take(&out);
}
