#include "http/tls.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static int read_pem(const char *path, const char *what, const char *mark, mode_t forbidden, char **out,
                    struct px_err *err)
{
    size_t size;
    int rc = px_file_read(path, what, PX_PEM_MAX, forbidden, out, &size, err);
    if (rc || strstr(*out, mark)) return rc;
    return px_fail(err, PX_EUSAGE, "%s %s is not in PEM form", what, path);
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
    int rc = read_pem(options->tls_cert, "the certificate (--tls-cert)", "-----BEGIN CERTIFICATE",
                      PX_FILE_PUBLIC, &app->tls_cert, err);
    if (rc) return rc;
    return read_pem(options->tls_key, "the private key (--tls-key)", "PRIVATE KEY-----", PX_FILE_PRIVATE,
                    &app->tls_key, err);
}

void px_tls_close(struct px_app *app)
{
    if (app->tls_key) OPENSSL_cleanse(app->tls_key, strlen(app->tls_key));
    free(app->tls_key);
    free(app->tls_cert);
    app->tls_key = app->tls_cert = NULL;
}
