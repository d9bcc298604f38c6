/* tar_format.h: the header block of a tar member (POSIX.1-2017, XCU, pax, table "ustar Header Block") and
 * what its readers and writers share. */
#ifndef UMBRA_FS_TAR_FORMAT_H
#define UMBRA_FS_TAR_FORMAT_H

#include "fs/tar.h"

/* Offset and length of a field. */
#define TAR_NAME        0, 100
#define TAR_MODE        100, 8
#define TAR_UID         108, 8
#define TAR_GID         116, 8
#define TAR_SIZE        124, 12
#define TAR_MTIME       136, 12
#define TAR_LINK        157, 100
#define TAR_MAJOR       329, 8
#define TAR_MINOR       337, 8
#define TAR_CHECKSUM_AT 148
#define TAR_CHECKSUM    TAR_CHECKSUM_AT, 8
#define TAR_TYPE_AT     156
#define TAR_MAGIC_AT    257
#define TAR_PREFIX_AT   345
#define TAR_PREFIX      TAR_PREFIX_AT, 155
#define TAR_MAGIC       "ustar\00000" /* with its version; GNU writes "ustar  " */

#define TAR_NAME_MAX   100u
#define TAR_PREFIX_MAX 155u
#define TAR_OCTAL_MAX  077777777777ll /* in 11 digits */

/* Seconds; times beyond are cut to what fits into milliseconds. */
#define TAR_TIME_MAX (INT64_MAX / 1000)

/* tar_extended.c: takes the records of an extended header ("LENGTH KEYWORD=VALUE\n"). UMBRA_EPARSE for a
 * record that is none, UMBRA_ENOMEM. */
int tar_read_extended(struct fs_tar_extended *extended, const char *text, size_t size, struct error *error);
void tar_clear_extended(struct fs_tar_extended *extended);
void tar_free_extended(struct fs_tar_extended *extended);
/* Appends a record. */
void tar_put_record(struct buffer *out, const char *keyword, const char *value, size_t size);
/* Appends a record with a time in milliseconds. */
void tar_put_time(struct buffer *out, const char *keyword, int64_t time);

#endif
