/* superblock.h: the two slots at the beginning of an image that say where the newest snapshot and the log
 * after it are. The slot with the higher generation counts; the other one is written next. */
#ifndef UMBRA_STORE_SUPERBLOCK_H
#define UMBRA_STORE_SUPERBLOCK_H

#include "store/log.h"

struct superblock {
    uint32_t segment_size;
    uint64_t generation; /* 0: there is none */
    unsigned char identity[16];
    uint32_t snapshot_segment; /* NO_SEGMENT: none was written yet */
    uint32_t snapshot_end;     /* checksum of its last record */
    uint64_t snapshot_bytes;
    struct log_position log; /* segment NO_SEGMENT: the log is empty */
};

/* 1 with the superblock, 0 for a file in which nothing was ever begun, UMBRA_EVERSION, UMBRA_ECORRUPT or
 * another error. Changes nothing. */
int superblock_read(const struct space *space, uint64_t file_size, struct superblock *superblock,
                    struct error *error);
/* Parses one slot, for superblock_read() and for tests: 1, 0 when it holds none, UMBRA_EVERSION. */
int superblock_parse(const unsigned char *slot, struct superblock *superblock, uint32_t *version);
/* Writes the next generation and flushes; on success *superblock has it. */
int superblock_write(struct space *space, struct superblock *superblock, struct error *error);

#endif
