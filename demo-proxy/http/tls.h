/* tls.h: the certificate and its key, when the proxy speaks https itself. libmicrohttpd (GnuTLS) does the
 * work, with TLS 1.2 and 1.3. */
#ifndef PX_HTTP_TLS_H
#define PX_HTTP_TLS_H

#include "http/app.h"

enum { PX_PEM_MAX = 1 << 18 /* bytes of a certificate chain or a key */ };

/* Reads the files into the app and sets app->secure. PX_EUSAGE: one of them is missing, is no PEM, or others
 * can read the key; PX_EIO. */
int px_tls_open(struct px_app *app, struct px_err *err);
void px_tls_close(struct px_app *app);

#endif
