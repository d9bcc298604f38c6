/* certificate.h: a certificate chain and its private key for GnuTLS, read from two PEM files and checked to
 * belong together. A connection goes on with the one it began with, so each is counted and goes with its last
 * holder. The text of the files is wiped as soon as it is read. */
#ifndef PX_HTTP_CERTIFICATE_H
#define PX_HTTP_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { PX_PEM_MAX = 1 << 18 /* bytes of a certificate chain or a key */ };

struct px_certificate {
    unsigned holders;
    gnutls_pcert_st *chain; /* its own certificate first */
    unsigned count;
    gnutls_privkey_t key;
    int64_t from, until; /* when its own certificate is good, in Unix seconds */
};

/* Reads both files; the caller holds the result. PX_EUSAGE: one is no PEM of this kind, they do not belong
 * together, or others can read the key; PX_EIO, PX_ENOMEM. */
int px_certificate_open(struct px_certificate **certificate, const char *chain_path, const char *key_path,
                        struct px_err *err);
struct px_certificate *px_certificate_hold(struct px_certificate *certificate);
/* NULL is allowed. */
void px_certificate_release(struct px_certificate *certificate);

/* PX_EINVAL with the day: it is not good yet, or no longer. */
int px_certificate_check_time(const struct px_certificate *certificate, int64_t now, struct px_err *err);
/* Whether both are the same chain. */
bool px_certificate_same(const struct px_certificate *one, const struct px_certificate *other);

#endif
