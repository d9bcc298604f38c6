/* meta.h: writing operations on the trees and the chunk table into META records of a chain. FORMAT.md has the
 * bytes; replay.c reads them. */
#ifndef UMBRA_STORE_META_H
#define UMBRA_STORE_META_H

#include "store/log.h"
#include "store/tree.h"

struct meta {
    struct log *log;
    struct buffer buffer;  /* the record that is being filled */
    uint32_t most;         /* bytes of its payload */
    struct log_mark start; /* of the chain before the first record */
};

void meta_begin(struct meta *meta, struct log *log);
void meta_free(struct meta *meta);

/* Each puts one operation; 0 or a negative error. */
int meta_state(struct meta *meta, uint32_t next_ino, uint32_t next_checkpoint, struct error *error);
int meta_chunk(struct meta *meta, const struct chunks *chunks, uint32_t number, uint32_t segment,
               uint32_t offset, struct error *error);
/* The inode as it is in tree `root`; of its content only what differs from `before` (may be NULL). */
int meta_inode(struct meta *meta, enum st_root root, const struct st_inode *inode,
               const struct st_inode *before, struct error *error);
int meta_remove(struct meta *meta, enum st_root root, uint32_t ino, struct error *error);
int meta_mark(struct meta *meta, enum meta_type type, struct error *error); /* rebase, clear */
int meta_checkpoint(struct meta *meta, uint32_t id, int64_t time, enum st_root root, bool automatic,
                    const char *name, struct error *error);
int meta_number(struct meta *meta, enum meta_type type, uint32_t id, struct error *error); /* drop, rewind */

/* Writes the last record, with flags. */
int meta_end(struct meta *meta, unsigned flags, struct error *error);

#endif
