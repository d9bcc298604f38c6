/* Any bytes as a tar archive, in pieces whose size is the first byte. What is read of it is the same in one
 * piece; and what is read, written again, reads as the same. */
#include <stdlib.h>
#include <string.h>

#include "fs/member.h"
#include "fs/tar.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* All that was read, and the same members as an archive of ours. */
struct record {
    struct buffer text, archive;
    size_t open; /* bytes of the file that is being written */
};

static void note_entry(struct record *record, const struct fs_tar_entry *entry)
{
    struct buffer *text = &record->text;
    struct error error;

    if (entry->kind == FS_TAR_OTHER || entry->path_size == 0) return;
    if (entry->path[entry->path_size - 1] == '/') return; /* of nothing but slashes */
    buffer_put_u32(text, (uint32_t)entry->kind);
    buffer_put_u64(text, entry->mode);
    buffer_put_u64(text, (uint64_t)entry->mtime);
    buffer_put_u64(text, entry->size);
    buffer_put_u64(text, entry->path_size);
    buffer_put(text, entry->path, entry->path_size);
    if (entry->kind == FS_TAR_SYMLINK || entry->kind == FS_TAR_HARDLINK)
        buffer_put(text, entry->link, entry->link_size);
    if (entry->size > 1u << 20) return; /* cut off anyway */
    if (fs_tar_put_header(&record->archive, entry, &error) < 0) abort();
}

/* What fs_tar_read() and fs_tar_finish() say in the end. */
static int read_all(const void *bytes, size_t size, size_t piece, struct record *record)
{
    struct fs_tar_reader reader = {.header_max = 1u << 16};
    struct error error;
    struct buffer path = {0};
    const char *reason;
    size_t at = 0, used;
    int event = FS_TAR_MORE;
    bool wanted = false;

    while (event >= 0 && (at < size || event != FS_TAR_MORE)) {
        size_t some = size - at < piece ? size - at : piece;
        event = fs_tar_read(&reader, (const char *)bytes + at, some, &used, &error);
        if (event < 0) break;
        if (used > some || (event == FS_TAR_MORE && used != some)) abort();
        at += used;
        if (event == FS_TAR_ENTRY) {
            size_t before = record->text.size;
            note_entry(record, &reader.entry);
            wanted = record->text.size > before;
            (void)fs_member_path(reader.entry.path, reader.entry.path_size, &path, &reason);
            if (path.size && (path.data[0] == '/' || strncmp(path.data, "../", 3) == 0)) abort();
        }
        if (event == FS_TAR_DATA && wanted) {
            buffer_put(&record->text, reader.data, reader.data_size);
            buffer_put(&record->archive, reader.data, reader.data_size);
        }
        if (event == FS_TAR_ENTRY_END && wanted) fs_tar_put_padding(&record->archive, reader.entry.size);
    }
    if (event >= 0) event = fs_tar_finish(&reader, &error);
    fs_tar_free(&reader);
    buffer_free(&path);
    if (record->text.failed || record->archive.failed) abort();
    return event;
}

static void free_record(struct record *record)
{
    buffer_free(&record->text);
    buffer_free(&record->archive);
}

static void assert_same(const struct record *a, const struct record *b)
{
    if (a->text.size != b->text.size ||
        (a->text.size && memcmp(a->text.data, b->text.data, a->text.size) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct record pieces = {0}, whole = {0}, again = {0};
    int result;

    if (size == 0) return 0;
    result = read_all(data + 1, size - 1, data[0] + 1u, &pieces);
    if (read_all(data + 1, size - 1, size, &whole) != result) abort();
    assert_same(&pieces, &whole);
    if (result == 0) {
        fs_tar_put_end(&whole.archive);
        if (read_all(whole.archive.data, whole.archive.size, 1000, &again) != 0) abort();
        assert_same(&whole, &again);
    }
    free_record(&pieces);
    free_record(&whole);
    free_record(&again);
    return 0;
}
