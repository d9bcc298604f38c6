/* zip.h: ZIP archives through libarchive, for export and import-archive. Entries are those of an import's
 * batch (umbra.h). */
#ifndef UMBRA_CLI_ZIP_H
#define UMBRA_CLI_ZIP_H

#include "cli/cli.h"

/* A ZIP that is written to a descriptor. */
struct zip_writer;
struct zip_writer *zip_open_writer(int file, struct error *error);
/* All entries of a piece of an export. UMBRA_EINVAL for a name that is no UTF-8, UMBRA_EIO, UMBRA_ENOMEM. */
int zip_put_entries(struct zip_writer *writer, const struct buffer *entries, struct error *error);
/* Writes the end. */
int zip_finish_writer(struct zip_writer *writer, struct error *error);
void zip_close_writer(struct zip_writer *writer);

/* Called with a batch of entries. */
typedef int (*zip_take)(void *context, struct buffer *batch, struct error *error);
/* Reads a ZIP from the beginning of a descriptor that can be sought in. UMBRA_EPARSE: it is damaged. */
int zip_read(int file, zip_take take, void *context, struct error *error);

/* Called with bytes of what is in a gzip file. */
typedef int (*gzip_take)(void *context, const void *bytes, size_t size, struct error *error);
/* Unpacks what `have` bytes of `head` and then a descriptor give. UMBRA_EPARSE: it is damaged. */
int gzip_read(int file, const void *head, size_t have, gzip_take take, void *context, struct error *error);

#endif
