/* tar.h: the tar format, piece by piece and with nothing of an archive kept in memory but one header. Written
 * is the pax interchange format of POSIX.1-2017 (XCU, utility pax, "pax Interchange Format" and "ustar
 * Interchange Format"); read are that, ustar, version 7 and GNU's long names and numbers (GNU tar 1.34
 * manual, "Basic Tar Format"). What is not a file, directory or link is passed over, with a reason. */
#ifndef UMBRA_FS_TAR_H
#define UMBRA_FS_TAR_H

#include "base/buffer.h"

#define FS_TAR_BLOCK      512u
#define FS_TAR_HEADER_MAX (1u << 20) /* default of how long an extended header or a long name may be */

enum fs_tar_kind {
    FS_TAR_FILE,
    FS_TAR_DIRECTORY,
    FS_TAR_SYMLINK,  /* `link` is its target */
    FS_TAR_HARDLINK, /* `link` is the member that has the content */
    FS_TAR_OTHER,    /* `reason` says why it cannot be had; its data are passed over */
};

/* One member. Names are bytes as they stand in the archive: a reader has to look where they lead (member.h).
 */
struct fs_tar_entry {
    enum fs_tar_kind kind;
    const char *path, *link;
    size_t path_size, link_size;
    uint16_t mode; /* permission bits */
    int64_t mtime; /* milliseconds since 1970 */
    uint64_t size; /* bytes of data, 0 but for files */
    const char *reason;
};

/* Appends the header of a member (kind but OTHER); its data come next, `size` bytes and the padding. A
 * directory's path gets its slash here. An extended header goes before it only when it is needed: for names
 * that are long or not ASCII (of bytes that are no UTF-8 with hdrcharset=BINARY), 8 GiB and more, times
 * before 1970 or with parts of a second. UMBRA_EINVAL for an empty path, UMBRA_ENOMEM. */
int fs_tar_put_header(struct buffer *out, const struct fs_tar_entry *entry, struct error *error);
/* What fills the last block of a file's data. */
void fs_tar_put_padding(struct buffer *out, uint64_t size);
/* The end mark: two blocks of zeros. */
void fs_tar_put_end(struct buffer *out);

enum fs_tar_event {
    FS_TAR_MORE,      /* all bytes are used; give the next */
    FS_TAR_ENTRY,     /* a member begins: reader->entry, valid until its end */
    FS_TAR_DATA,      /* reader->data, data_size: bytes of a file, within those that were given */
    FS_TAR_ENTRY_END, /* the member was whole */
    FS_TAR_END,       /* the end mark was whole; what follows it is passed over */
};

/* What extended headers say; local ones of the next member, global ones of all from there on. */
struct fs_tar_extended {
    bool has_path, has_link, has_size, has_mtime, sparse;
    struct buffer path, link;
    uint64_t size;
    int64_t mtime;
};

/* Zeroed to begin with; header_max may be set then. */
struct fs_tar_reader {
    struct fs_tar_entry entry;
    const char *data;
    size_t data_size;
    size_t header_max; /* bytes; 0: FS_TAR_HEADER_MAX */

    /* how far it is */
    unsigned phase;
    uint64_t offset; /* bytes read so far */
    uint64_t left;   /* of what is being read or passed over, without padding */
    uint64_t padding;
    unsigned char block[FS_TAR_BLOCK];
    size_t filled;
    bool begun, dead;
    char extended_type; /* 'x' or Solaris' 'X', 'g', 'L' or 'K' */
    struct buffer text; /* of an extended header */
    struct fs_tar_extended local, global;
    struct buffer path, link; /* of the entry */
};

/* Reads on. The next event, with *used: how many of the bytes it took; call again with the others. Or a
 * negative error, and all later calls fail too: UMBRA_EPARSE with the byte at which the archive is damaged
 * (or that it is none), UMBRA_ENOMEM. */
int fs_tar_read(struct fs_tar_reader *reader, const void *bytes, size_t size, size_t *used,
                struct error *error);
/* No more bytes: UMBRA_EPARSE when the end mark has not come. */
int fs_tar_finish(const struct fs_tar_reader *reader, struct error *error);
void fs_tar_free(struct fs_tar_reader *reader);

#endif
