#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check(int fd, const char *path, const char *what, mode_t forbidden, struct px_err *err)
{
    struct stat info;
    if (fstat(fd, &info))
        return px_fail(err, PX_EIO, "cannot examine %s %s: %s", what, path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return px_fail(err, PX_EUSAGE, "%s %s is no plain file", what, path);
    if (info.st_mode & forbidden)
        return px_fail(err, PX_EUSAGE, "%s %s can be read by others (mode %o); chmod 600 it", what, path,
                       (unsigned)(info.st_mode & 0777));
    return 0;
}

/* All of the file, as far as there is room. */
static int read_all(int fd, char *text, size_t most, size_t *size)
{
    ssize_t n = 1;
    for (*size = 0; n > 0 && *size < most; *size += (size_t)n) {
        n = read(fd, text + *size, most - *size);
        if (n < 0) return -1;
    }
    return 0;
}

/* Of an open file; *text is NULL on failure. */
static int take(int fd, const char *path, const char *what, size_t most, char **text, size_t *size,
                struct px_err *err)
{
    int rc = 0;
    char *data = malloc(most + 1);
    if (!data) return px_fail_memory(err);
    if (read_all(fd, data, most, size))
        rc = px_fail(err, PX_EIO, "cannot read %s %s: %s", what, path, strerror(errno));
    else if (*size == most)
        rc = px_fail(err, PX_EUSAGE, "%s %s has %zu bytes or more", what, path, most);
    if (rc == 0) {
        data[*size] = '\0';
        *text = data;
        return 0;
    }
    OPENSSL_cleanse(data, *size);
    free(data);
    return rc;
}

int px_file_read(const char *path, const char *what, size_t most, mode_t forbidden, char **text, size_t *size,
                 struct px_err *err)
{
    *size = 0;
    *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return px_fail(err, PX_EIO, "cannot read %s %s: %s", what, path, strerror(errno));
    int rc = check(fd, path, what, forbidden, err);
    if (rc == 0) rc = take(fd, path, what, most, text, size, err);
    (void)close(fd);
    return rc;
}
