/* format.h: the sizes and numbers of the workspace image, format 2. FORMAT.md describes them in words. */
#ifndef UMBRA_STORE_FORMAT_H
#define UMBRA_STORE_FORMAT_H

#define IMAGE_NAME     "image" /* of the block file */
#define FORMAT_VERSION 2u

#define SUPERBLOCK_SIZE     128u  /* bytes that mean something in a slot */
#define SUPERBLOCK_SLOT     4096u /* from one slot to the next */
#define SUPERBLOCK_COUNT    2u
#define SEGMENTS_AT         8192u        /* the slots before it */
#define SEGMENT_BYTES       (256u << 10) /* default */
#define SEGMENT_BYTES_LEAST (4u << 10)
#define SEGMENT_BYTES_MOST  (64u << 20)
#define NO_SEGMENT          UINT32_MAX

#define RECORD_HEADER_SIZE 32u
#define LINK_SIZE          (RECORD_HEADER_SIZE + 4u) /* kept free at the end of a segment */

#define CHUNK_BYTES_MOST (64u << 10) /* or a quarter of a segment, whichever is less */
#define INLINE_BYTES     128u        /* content up to this stands in the inode itself */

enum record_type {
    RECORD_DATA = 1, /* one chunk of content */
    RECORD_META = 2, /* operations, see enum meta_type */
    RECORD_LINK = 3, /* u32: the segment in which the chain goes on */
};

enum record_flag {
    RECORD_COMMIT = 1, /* of a META record: everything since the last such record counts from here on */
    RECORD_END = 2,    /* the last of a snapshot */
};

/* What the payload of a META record is made of: each a byte with its type, then its members. */
enum meta_type {
    META_STATE = 1,      /* u32 next ino, u32 next checkpoint */
    META_CHUNK = 2,      /* u32 number, u32 segment, u32 offset, u32 size, u64 checksum */
    META_INODE = 3,      /* see record.c */
    META_EXTENTS = 4,    /* u32 count, extents: more of the inode before */
    META_REMOVE = 5,     /* u8 tree, u32 ino */
    META_REBASE = 6,     /* BASE becomes HEAD */
    META_CLEAR = 7,      /* HEAD and BASE become empty */
    META_CHECKPOINT = 8, /* u32 id, i64 time, u8 tree, u8 automatic, u8 length, name */
    META_DROP = 9,       /* u32 id of a checkpoint */
    META_REWIND = 10,    /* u32 id: HEAD becomes what the checkpoint keeps */
};

/* How an inode's operation gives its content. */
enum content_form {
    CONTENT_KEPT = 0,   /* as it was; none for a new inode */
    CONTENT_INLINE = 1, /* u8 length, bytes */
    CONTENT_EXTENTS =
        2, /* u32 prefix, u32 suffix: extents kept of the old ones; u32 count, extents between */
};

#define META_CHUNK_SIZE    25u
#define META_EXTENT_SIZE   16u
#define META_EXTENTS_FIXED 5u

#endif
