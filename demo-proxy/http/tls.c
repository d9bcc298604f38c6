#include "http/tls.h"

#include "http/certificate.h"
#include "http/pause.h"

int px_tls_open(struct px_app *app, struct px_err *err)
{
    const struct px_options *options = &app->options;
    app->secure = options->behind_tls || options->tls_cert;
    if (!options->tls_cert && !options->tls_key) return 0;
    if (!options->tls_cert || !options->tls_key)
        return px_fail(err, PX_EUSAGE, "--tls-cert and --tls-key belong together; give both");
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES ||
        MHD_is_feature_supported(MHD_FEATURE_HTTPS_CERT_CALLBACK) != MHD_YES)
        return px_fail(err, PX_EUSAGE,
                       "this libmicrohttpd was built without TLS; put a TLS terminator in front and say "
                       "--behind-tls");
    return px_certificate_open(&app->certificate, options->tls_cert, options->tls_key, err);
}

void px_tls_warn(struct px_app *app)
{
    struct px_err err;
    if (app->certificate && px_certificate_check_time(app->certificate, px_unix_seconds(), &err))
        px_log_message(&app->log, "warning", "certificate", "%s; give a renewed one and send SIGHUP",
                       err.text);
}

int px_tls_reload(struct px_app *app, bool *changed, struct px_err *err)
{
    struct px_certificate *renewed = NULL;
    *changed = false;
    if (!app->certificate) return 0;
    int rc = px_certificate_open(&renewed, app->options.tls_cert, app->options.tls_key, err);
    if (rc == 0) rc = px_certificate_check_time(renewed, px_unix_seconds(), err);
    if (rc == 0 && !px_certificate_same(renewed, app->certificate)) {
        px_certificate_release(app->certificate);
        app->certificate = px_certificate_hold(renewed);
        *changed = true;
    }
    px_certificate_release(renewed);
    return rc;
}

void px_tls_close(struct px_app *app)
{
    px_certificate_release(app->certificate);
    app->certificate = NULL;
}

int px_tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
                  const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **chain,
                  unsigned *count, gnutls_privkey_t *key)
{
    (void)authorities;
    (void)authority_count;
    (void)algorithms;
    (void)algorithm_count;
    /* libmicrohttpd has put the connection there. */
    const struct px_certificate *certificate = px_connection_certificate(gnutls_session_get_ptr(session));
    if (!certificate) return -1;
    *chain = certificate->chain;
    *count = certificate->count;
    *key = certificate->key;
    return 0;
}
