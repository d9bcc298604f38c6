/* tls.h: TLS of the proxy's own. libmicrohttpd (GnuTLS) does the work, with TLS 1.2 and 1.3, and asks here
 * for the certificate of each connection; so a renewed one is used without a restart, and connections that
 * run keep theirs. */
#ifndef PX_HTTP_TLS_H
#define PX_HTTP_TLS_H

#include <gnutls/abstract.h>

#include "http/app.h"

/* Reads the files into the app and sets app->secure. PX_EUSAGE: one of them is missing, is no PEM, they do
 * not belong together, or others can read the key; PX_EIO, PX_ENOMEM. */
int px_tls_open(struct px_app *app, struct px_err *err);
/* A certificate that is no longer good, or not yet, is used all the same; the log warns. */
void px_tls_warn(struct px_app *app);
/* Reads the files again. On failure, and when the certificate is not good at this time, it stays what it was.
 * *changed: it is another one now. */
int px_tls_reload(struct px_app *app, bool *changed, struct px_err *err);
void px_tls_close(struct px_app *app);

/* GnuTLS's question (gnutls_certificate_retrieve_function2); the session belongs to a connection of the
 * app's.
 */
int px_tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
                  const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **chain,
                  unsigned *count, gnutls_privkey_t *key);

#endif
