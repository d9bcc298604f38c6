/* file.h: small files that the settings name: keys, certificates, prices. Read whole and at once, from plain
 * files only. */
#ifndef PX_BASE_FILE_H
#define PX_BASE_FILE_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/err.h"

/* Whom such a file must be closed to. */
#define PX_FILE_PUBLIC     0
#define PX_FILE_PRIVATE    (S_IRWXG | S_IRWXO)
#define PX_FILE_NOT_OTHERS S_IRWXO

/* The content with a NUL behind it, to be freed (and wiped, where it is secret) by the caller. what: how
 * messages name the file, "the key file". PX_EUSAGE: it is no plain file, has `most` bytes or more, or
 * somebody has one of the `forbidden` permissions; PX_EIO, PX_ENOMEM. */
int px_file_read(const char *path, const char *what, size_t most, mode_t forbidden, char **text, size_t *size,
                 struct px_err *err);

#endif
