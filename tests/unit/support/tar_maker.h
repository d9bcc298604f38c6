/* tar_maker.h: tar archives byte by byte, also such as our writer never makes, and readers fed in pieces. */
#ifndef UMBRA_TEST_TAR_MAKER_H
#define UMBRA_TEST_TAR_MAKER_H

#include "fs/tar.h"
#include "workspace.h"

/* Appends a header of ustar (the magic can be overwritten) and the data, padded. Numbers are octal. */
void tar_add(struct buffer *archive, const char *path, char type, const char *link, const void *data,
             size_t size);
void tar_add_text(struct buffer *archive, const char *path, const char *text);
/* Changes bytes of the header that begins at `at`, and makes its checksum right again. */
void tar_patch(struct buffer *archive, size_t at, size_t field, const void *bytes, size_t size);
/* Appends an extended header ('x' or 'g') with records like "path=a\nsize=3\n". */
void tar_add_extended(struct buffer *archive, char type, const char *records);

/* All members as text: a line each, "kind mode mtime size path[ -> link][: reason]", and after a file's its
 * data in brackets when they are few. Fed in pieces of `piece` bytes. An error is the last line. To be freed.
 */
char *tar_describe(const struct buffer *archive, size_t piece, size_t header_max);

#endif
