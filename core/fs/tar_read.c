/* tar_read.c: a tar archive as the events of its members. Nothing waits: whatever bytes there are, it goes on
 * from where it was. */
#include <inttypes.h>
#include <string.h>

#include "fs/tar_format.h"

enum phase {
    PHASE_HEADER,   /* a header block is coming in */
    PHASE_EXTENDED, /* the text of an extended header */
    PHASE_SPARSE,   /* further header blocks of a GNU sparse file, which are passed over */
    PHASE_DATA,     /* of a file, for the caller */
    PHASE_PASS,     /* data that nobody wants */
    PHASE_PADDING,  /* up to the block's end; then the member is over */
    PHASE_ZEROS,    /* a block of zeros has come where a header might be: another one makes the end mark */
    PHASE_END,      /* all that was archived has come */
};

#define PHASE_WITHIN 0x10u /* of an entry that was reported: its end is reported too */

#define STAR_MAGIC_AT   508
#define STAR_PREFIX_MAX 131 /* star keeps times behind it (star(5), "xstar header") */

#define SPARSE_MORE_AT  482 /* in the header of a GNU sparse file: a further one follows */
#define SPARSE_AGAIN_AT 504 /* in that */

void fs_tar_free(struct fs_tar_reader *reader)
{
    buffer_free(&reader->text);
    buffer_free(&reader->path);
    buffer_free(&reader->link);
    tar_free_extended(&reader->local);
    tar_free_extended(&reader->global);
    memset(reader, 0, sizeof *reader);
}

static int fail(struct fs_tar_reader *reader, int code, struct error *error, const char *what)
{
    reader->dead = true;
    if (code == UMBRA_ENOMEM) return error_memory(error);
    return error_set(error, code, "the tar archive is damaged near byte %" PRIu64 ": %s", reader->offset,
                     what);
}

/* --- fields --- */

/* In octal digits with spaces or NULs around; or, with the first bit set, in base 256 (GNU, "Basic Tar
 * Format"), two's complement. False for what is none of it or too large. */
static bool read_number(const unsigned char *block, size_t at, size_t length, int64_t *number)
{
    const unsigned char *field = block + at;
    uint64_t value = 0;
    size_t i = 0;

    if (field[0] & 0x80) {
        bool negative = field[0] & 0x40;
        value = negative ? ~(uint64_t)0x3f | (field[0] & 0x3f) : field[0] & 0x3f;
        for (i = 1; i < length; i++) {
            if (value >> 55 != (negative ? 0x1ff : 0)) return false;
            value = value << 8 | field[i];
        }
        *number = (int64_t)value;
        return true;
    }
    while (i < length && (field[i] == ' ' || field[i] == '\0')) i++;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) value = value << 3 | (field[i] & 7u);
    *number = (int64_t)value;
    return i == length || field[i] == ' ' || field[i] == '\0';
}

/* The sum of all bytes; some old programs took them as signed. */
static bool has_checksum(const unsigned char *block)
{
    int64_t stated, sum = 0, sum_signed = 0;
    size_t i;

    for (i = 0; i < FS_TAR_BLOCK; i++) {
        unsigned char byte = i >= TAR_CHECKSUM_AT && i < TAR_CHECKSUM_AT + 8 ? ' ' : block[i];
        sum += byte;
        sum_signed += (signed char)byte;
    }
    return read_number(block, TAR_CHECKSUM, &stated) && (stated == sum || stated == sum_signed);
}

static bool is_zero(const unsigned char *block)
{
    size_t i;
    for (i = 0; i < FS_TAR_BLOCK; i++)
        if (block[i]) return false;
    return true;
}

static void put_field(struct buffer *out, const unsigned char *block, size_t at, size_t length)
{
    buffer_put(out, block + at, strnlen((const char *)block + at, length));
}

/* --- one header --- */

/* Whose word counts: the member's own extended header, a global one, the header itself. What GNU's long names
 * say is in the local one. */
static void set_names(struct fs_tar_reader *reader)
{
    const unsigned char *block = reader->block;
    const struct fs_tar_extended *local = &reader->local, *global = &reader->global;
    bool star = memcmp(block + STAR_MAGIC_AT, "tar", 4) == 0;

    buffer_clear(&reader->path);
    buffer_clear(&reader->link);
    if (local->has_path || global->has_path) {
        const struct buffer *path = local->has_path ? &local->path : &global->path;
        buffer_put(&reader->path, path->data, path->size);
    } else {
        if (memcmp(block + TAR_MAGIC_AT, TAR_MAGIC, 6) == 0)
            put_field(&reader->path, block, TAR_PREFIX_AT, star ? STAR_PREFIX_MAX : TAR_PREFIX_MAX);
        if (reader->path.size) buffer_put_byte(&reader->path, '/');
        put_field(&reader->path, block, TAR_NAME);
    }
    if (local->has_link || global->has_link) {
        const struct buffer *link = local->has_link ? &local->link : &global->link;
        buffer_put(&reader->link, link->data, link->size);
    } else {
        put_field(&reader->link, block, TAR_LINK);
    }
}

/* What a typeflag means; *reason is set for what cannot be had. Old archives mark a directory by a slash at
 * the end of its name only. */
static enum fs_tar_kind kind_of(char type, bool slash, const char **reason)
{
    switch (type) {
    case '\0':
    case '0':
    case '7': /* contiguous: as any file (POSIX.1-2017, typeflag 7) */
        return slash ? FS_TAR_DIRECTORY : FS_TAR_FILE;
    case '1':
        return FS_TAR_HARDLINK;
    case '2':
        return FS_TAR_SYMLINK;
    case '5':
    case 'D': /* GNU: its data are a list of names */
        return FS_TAR_DIRECTORY;
    case '3':
    case '4':
        *reason = "a device cannot be kept";
        break;
    case '6':
        *reason = "a named pipe cannot be kept";
        break;
    case 'S':
        *reason = "a sparse file in GNU's form cannot be read; archive it without --sparse";
        break;
    case 'M':
        *reason = "it is the rest of a file that begins in another volume";
        break;
    case 'V':
        *reason = "it is the label of a volume";
        break;
    default:
        *reason = "it is of a kind that is not known";
        break;
    }
    return FS_TAR_OTHER;
}

/* Data follow a file's header, and those of kinds that we do not know; links and devices have none whatever
 * their size field says (POSIX.1-2017, "size"). */
static bool has_data(char type)
{
    return type == '\0' || type == '0' || strchr("123456", type) == NULL;
}

static int begin_entry(struct fs_tar_reader *reader, char type, int64_t size, struct error *error)
{
    struct fs_tar_entry *entry = &reader->entry;
    const struct fs_tar_extended *local = &reader->local, *global = &reader->global;
    int64_t mode, mtime;
    bool slash;

    *entry = (struct fs_tar_entry){0};
    set_names(reader);
    if (reader->path.failed || reader->link.failed) return fail(reader, UMBRA_ENOMEM, error, "");
    slash = reader->path.size && reader->path.data[reader->path.size - 1] == '/';
    entry->kind = kind_of(type, slash, &entry->reason);
    if (local->sparse || global->sparse) {
        entry->kind = FS_TAR_OTHER;
        entry->reason = "a sparse file in GNU's form cannot be read; archive it without --sparse";
    }
    while (entry->kind != FS_TAR_FILE && reader->path.size > 1 &&
           reader->path.data[reader->path.size - 1] == '/')
        reader->path.size--;
    if (reader->path.size) reader->path.data[reader->path.size] = '\0';
    entry->path = buffer_string(&reader->path);
    entry->path_size = reader->path.size;
    entry->link = buffer_string(&reader->link);
    entry->link_size = reader->link.size;
    entry->mode = read_number(reader->block, TAR_MODE, &mode) ? (uint16_t)(mode & 07777) : 0644;
    if (!read_number(reader->block, TAR_MTIME, &mtime)) mtime = 0;
    mtime = mtime > TAR_TIME_MAX ? TAR_TIME_MAX : mtime < -TAR_TIME_MAX ? -TAR_TIME_MAX : mtime;
    entry->mtime = local->has_mtime ? local->mtime : global->has_mtime ? global->mtime : mtime * 1000;
    reader->left = has_data(type) ? (uint64_t)size : 0;
    if (entry->kind == FS_TAR_FILE) entry->size = reader->left;
    reader->padding = (FS_TAR_BLOCK - reader->left % FS_TAR_BLOCK) % FS_TAR_BLOCK;
    reader->phase = (entry->kind == FS_TAR_FILE ? PHASE_DATA : PHASE_PASS) | PHASE_WITHIN;
    if (type == 'S' && reader->block[SPARSE_MORE_AT]) reader->phase = PHASE_SPARSE | PHASE_WITHIN;
    tar_clear_extended(&reader->local);
    return FS_TAR_ENTRY;
}

static int begin_extended(struct fs_tar_reader *reader, char type, int64_t size, struct error *error)
{
    size_t most = reader->header_max ? reader->header_max : FS_TAR_HEADER_MAX;

    if ((uint64_t)size > most)
        return fail(reader, UMBRA_EPARSE, error, "an extended header is longer than any may be");
    reader->extended_type = type;
    reader->left = (uint64_t)size;
    reader->padding = (FS_TAR_BLOCK - reader->left % FS_TAR_BLOCK) % FS_TAR_BLOCK;
    reader->phase = PHASE_EXTENDED;
    buffer_clear(&reader->text);
    return FS_TAR_MORE;
}

static int take_header(struct fs_tar_reader *reader, struct error *error)
{
    const unsigned char *block = reader->block;
    char type = (char)block[TAR_TYPE_AT];
    int64_t size;

    reader->filled = 0;
    if (is_zero(block)) {
        reader->begun = true; /* an archive of nothing is one */
        reader->phase = PHASE_ZEROS;
        return FS_TAR_MORE;
    }
    if (!has_checksum(block) && !reader->begun) {
        reader->dead = true;
        return error_set(error, UMBRA_EPARSE, "this is no tar archive");
    }
    if (!has_checksum(block)) return fail(reader, UMBRA_EPARSE, error, "the checksum of a header is wrong");
    reader->begun = true;
    if (!read_number(block, TAR_SIZE, &size) || size < 0)
        return fail(reader, UMBRA_EPARSE, error, "a size is no number");
    if (strchr("xgXLK", type) && type) return begin_extended(reader, type, size, error);
    if (reader->local.has_size)
        size = (int64_t)reader->local.size;
    else if (reader->global.has_size)
        size = (int64_t)reader->global.size;
    return begin_entry(reader, type, size, error);
}

static int take_extended(struct fs_tar_reader *reader, struct error *error)
{
    struct fs_tar_extended *extended = reader->extended_type == 'g' ? &reader->global : &reader->local;
    struct error reason = {0};
    int result = 0;

    if (reader->text.failed) return fail(reader, UMBRA_ENOMEM, error, "");
    if (reader->extended_type == 'L' || reader->extended_type == 'K') {
        bool path = reader->extended_type == 'L';
        struct buffer *slot = path ? &extended->path : &extended->link;
        /* The member's own extended header, if it has one, is the better word and comes later. */
        buffer_clear(slot);
        buffer_put(slot, buffer_string(&reader->text), strlen(buffer_string(&reader->text)));
        *(path ? &extended->has_path : &extended->has_link) = slot->size > 0;
        if (slot->failed) result = error_memory(&reason);
    } else {
        result = tar_read_extended(extended, buffer_string(&reader->text), reader->text.size, &reason);
    }
    return result < 0 ? fail(reader, result, error, reason.message) : FS_TAR_MORE;
}

/* --- reading on --- */

struct input {
    const char *bytes;
    size_t size;
};

static size_t take(struct fs_tar_reader *reader, struct input *input, uint64_t most)
{
    size_t size = most < input->size ? (size_t)most : input->size;

    input->bytes += size;
    input->size -= size;
    reader->offset += size;
    return size;
}

/* Fills the block; false when there is not enough. */
static bool fill_block(struct fs_tar_reader *reader, struct input *input)
{
    const char *from = input->bytes;
    size_t size = take(reader, input, FS_TAR_BLOCK - reader->filled);

    if (size) memcpy(reader->block + reader->filled, from, size);
    reader->filled += size;
    return reader->filled == FS_TAR_BLOCK;
}

static int read_data(struct fs_tar_reader *reader, struct input *input)
{
    reader->data = input->bytes;
    reader->data_size = take(reader, input, reader->left);
    reader->left -= reader->data_size;
    if (reader->left == 0) reader->phase = PHASE_PADDING | PHASE_WITHIN;
    return reader->data_size ? FS_TAR_DATA : FS_TAR_MORE;
}

static int read_extended(struct fs_tar_reader *reader, struct input *input, struct error *error)
{
    const char *from = input->bytes;
    size_t size = take(reader, input, reader->left);

    buffer_put(&reader->text, from, size);
    reader->left -= size;
    if (reader->left) return FS_TAR_MORE;
    reader->phase = PHASE_PADDING;
    return take_extended(reader, error);
}

static int read_padding(struct fs_tar_reader *reader, struct input *input)
{
    bool within = reader->phase & PHASE_WITHIN;

    reader->padding -= take(reader, input, reader->padding);
    if (reader->padding) return FS_TAR_MORE;
    reader->phase = PHASE_HEADER;
    return within ? FS_TAR_ENTRY_END : FS_TAR_MORE;
}

static void read_sparse(struct fs_tar_reader *reader, struct input *input)
{
    if (!fill_block(reader, input)) return;
    reader->filled = 0;
    if (reader->block[SPARSE_AGAIN_AT] == 0) reader->phase = PHASE_PASS | PHASE_WITHIN;
}

/* A lone block of zeros with something behind it is a header that got lost, and not the end. */
static int read_zeros(struct fs_tar_reader *reader, struct input *input, struct error *error)
{
    if (!fill_block(reader, input)) return FS_TAR_MORE;
    if (!is_zero(reader->block))
        return fail(reader, UMBRA_EPARSE, error, "there are zeros in the place of a header");
    reader->phase = PHASE_END;
    return FS_TAR_END;
}

/* One step; FS_TAR_MORE when there is nothing to tell. */
static int step(struct fs_tar_reader *reader, struct input *input, struct error *error)
{
    switch (reader->phase & ~PHASE_WITHIN) {
    case PHASE_HEADER:
        return fill_block(reader, input) ? take_header(reader, error) : FS_TAR_MORE;
    case PHASE_EXTENDED:
        return read_extended(reader, input, error);
    case PHASE_SPARSE:
        read_sparse(reader, input);
        return FS_TAR_MORE;
    case PHASE_DATA:
        return read_data(reader, input);
    case PHASE_PASS:
        reader->left -= take(reader, input, reader->left);
        if (reader->left == 0) reader->phase = PHASE_PADDING | PHASE_WITHIN;
        return FS_TAR_MORE;
    case PHASE_PADDING:
        return read_padding(reader, input);
    case PHASE_ZEROS:
        return read_zeros(reader, input, error);
    default:
        take(reader, input, input->size);
        return FS_TAR_MORE;
    }
}

/* Whether the next step needs no bytes. */
static bool goes_on(const struct fs_tar_reader *reader)
{
    switch (reader->phase & ~PHASE_WITHIN) {
    case PHASE_EXTENDED:
    case PHASE_DATA:
    case PHASE_PASS:
        return reader->left == 0;
    case PHASE_PADDING:
        return reader->padding == 0;
    default:
        return false;
    }
}

int fs_tar_read(struct fs_tar_reader *reader, const void *bytes, size_t size, size_t *used,
                struct error *error)
{
    struct input input = {bytes, size};
    int event = FS_TAR_MORE;

    *used = 0;
    if (reader->dead) return fail(reader, UMBRA_EPARSE, error, "it could not be read before");
    while (event == FS_TAR_MORE && (input.size || goes_on(reader))) event = step(reader, &input, error);
    *used = size - input.size;
    return event;
}

int fs_tar_finish(const struct fs_tar_reader *reader, struct error *error)
{
    if (reader->dead) return error_set(error, UMBRA_EPARSE, "the tar archive is damaged");
    /* Some programs write one block of zeros only. */
    if (reader->phase == PHASE_END || reader->phase == PHASE_ZEROS) return 0;
    if (!reader->begun && reader->offset < FS_TAR_BLOCK)
        return error_set(error, UMBRA_EPARSE, "this is no tar archive");
    return error_set(error, UMBRA_EPARSE,
                     "the tar archive is cut off at byte %" PRIu64 ": its end is missing", reader->offset);
}
