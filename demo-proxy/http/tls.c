#include "http/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_key(int fd, const char *path, struct px_err *err)
{
    struct stat info;
    if (fstat(fd, &info)) return px_fail(err, PX_EIO, "cannot examine %s: %s", path, strerror(errno));
    if (info.st_mode & (S_IRWXG | S_IRWXO))
        return px_fail(err, PX_EUSAGE, "the key %s can be read by others (mode %o); chmod 600 it", path,
                       (unsigned)(info.st_mode & 0777));
    return 0;
}

/* All of the file, with a NUL behind it. */
static int read_all(int fd, char *text, size_t *size)
{
    ssize_t n = 1;
    for (*size = 0; n > 0 && *size < PX_PEM_MAX; *size += (size_t)n) {
        n = read(fd, text + *size, PX_PEM_MAX - *size);
        if (n < 0) return -1;
    }
    text[*size] = '\0';
    return 0;
}

static int read_pem(const char *path, const char *option, bool private, char **out, struct px_err *err)
{
    const char *mark = private ? "PRIVATE KEY-----" : "-----BEGIN CERTIFICATE";
    size_t size = 0;
    char *text = malloc(PX_PEM_MAX + 1);
    if (!text) return px_fail_memory(err);
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || read_all(fd, text, &size))
        rc = px_fail(err, PX_EIO, "cannot read %s (%s): %s", path, option, strerror(errno));
    if (rc == 0 && private) rc = check_key(fd, path, err);
    if (rc == 0 && (size == PX_PEM_MAX || !strstr(text, mark)))
        rc = px_fail(err, PX_EUSAGE, "%s (%s) is no %s in PEM form", path, option,
                     private ? "private key" : "certificate");
    if (fd >= 0) (void)close(fd);
    if (rc == 0) {
        *out = text;
        return 0;
    }
    OPENSSL_cleanse(text, size);
    free(text);
    return rc;
}

int px_tls_open(struct px_app *app, struct px_err *err)
{
    const struct px_options *options = &app->options;
    app->secure = options->behind_tls || options->tls_cert;
    if (!options->tls_cert && !options->tls_key) return 0;
    if (!options->tls_cert || !options->tls_key)
        return px_fail(err, PX_EUSAGE, "--tls-cert and --tls-key belong together; give both");
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return px_fail(err, PX_EUSAGE,
                       "this libmicrohttpd was built without TLS; put a TLS terminator in front and say "
                       "--behind-tls");
    int rc = read_pem(options->tls_cert, "--tls-cert", false, &app->tls_cert, err);
    return rc ? rc : read_pem(options->tls_key, "--tls-key", true, &app->tls_key, err);
}

void px_tls_close(struct px_app *app)
{
    if (app->tls_key) OPENSSL_cleanse(app->tls_key, strlen(app->tls_key));
    free(app->tls_key);
    free(app->tls_cert);
    app->tls_key = app->tls_cert = NULL;
}
