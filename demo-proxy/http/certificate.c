#include "http/certificate.h"

#include <gnutls/x509.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"

enum { KEY_ID = 64 /* bytes: there is room for any hash */ };

static int read_pem(const char *path, const char *what, const char *mark, mode_t forbidden,
                    gnutls_datum_t *out, struct px_err *err)
{
    char *text = NULL;
    size_t size = 0;
    int rc = px_file_read(path, what, PX_PEM_MAX, forbidden, &text, &size, err);
    *out = (gnutls_datum_t){(unsigned char *)text, (unsigned)size};
    if (rc || strstr(text, mark)) return rc;
    return px_fail(err, PX_EUSAGE, "%s %s is not in PEM form", what, path);
}

static void forget(gnutls_datum_t *text)
{
    if (text->data) OPENSSL_cleanse(text->data, text->size);
    free(text->data);
}

static int fail(struct px_err *err, int code, const char *chain_path, const char *key_path)
{
    if (code == GNUTLS_E_MEMORY_ERROR) return px_fail_memory(err);
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return px_fail(err, PX_EUSAGE,
                       "the certificate %s and the private key %s do not belong together; give both of one "
                       "issue",
                       chain_path, key_path);
    return px_fail(err, PX_EUSAGE, "the certificate %s with the private key %s cannot be used: %s",
                   chain_path, key_path, gnutls_strerror(code));
}

static int compare_keys(gnutls_x509_crt_t own, gnutls_privkey_t key)
{
    unsigned char ids[2][KEY_ID];
    size_t sizes[2] = {KEY_ID, KEY_ID};
    gnutls_pubkey_t public = NULL;
    int code = gnutls_pubkey_init(&public);
    if (code >= 0) code = gnutls_pubkey_import_privkey(public, key, 0, 0);
    if (code >= 0) code = gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, ids[0], &sizes[0]);
    if (code >= 0) code = gnutls_x509_crt_get_key_id(own, GNUTLS_KEYID_USE_SHA256, ids[1], &sizes[1]);
    if (public) gnutls_pubkey_deinit(public);
    if (code < 0) return code;
    return sizes[0] == sizes[1] && memcmp(ids[0], ids[1], sizes[0]) == 0 ? 0
                                                                         : GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
}

static int take_chain(struct px_certificate *certificate, gnutls_x509_crt_t *list, unsigned all)
{
    unsigned count = all; /* fewer when some do not belong to the chain */
    certificate->from = gnutls_x509_crt_get_activation_time(list[0]);
    certificate->until = gnutls_x509_crt_get_expiration_time(list[0]);
    certificate->chain = calloc(count, sizeof *certificate->chain);
    if (!certificate->chain) return GNUTLS_E_MEMORY_ERROR;
    int code = gnutls_pcert_import_x509_list(certificate->chain, list, &count, GNUTLS_X509_CRT_LIST_SORT);
    if (code >= 0) certificate->count = count;
    return code;
}

static int take_pair(struct px_certificate *certificate, const gnutls_datum_t *chain,
                     const gnutls_datum_t *key)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned all = 0;
    int code = gnutls_privkey_init(&certificate->key);
    if (code >= 0) code = gnutls_privkey_import_x509_raw(certificate->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code >= 0) code = gnutls_x509_crt_list_import2(&list, &all, chain, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0) return code;
    code = all ? compare_keys(list[0], certificate->key) : GNUTLS_E_NO_CERTIFICATE_FOUND;
    if (code >= 0) code = take_chain(certificate, list, all);
    for (unsigned i = 0; i < all; i++) gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return code;
}

int px_certificate_open(struct px_certificate **certificate, const char *chain_path, const char *key_path,
                        struct px_err *err)
{
    gnutls_datum_t chain = {0}, key = {0};
    struct px_certificate *made = calloc(1, sizeof *made);
    *certificate = NULL;
    if (!made) return px_fail_memory(err);
    made->holders = 1;
    int rc = read_pem(chain_path, "the certificate (--tls-cert)", "-----BEGIN CERTIFICATE", PX_FILE_PUBLIC,
                      &chain, err);
    if (rc == 0)
        rc =
            read_pem(key_path, "the private key (--tls-key)", "PRIVATE KEY-----", PX_FILE_PRIVATE, &key, err);
    if (rc == 0) {
        int code = take_pair(made, &chain, &key);
        if (code < 0) rc = fail(err, code, chain_path, key_path);
    }
    forget(&chain);
    forget(&key);
    if (rc)
        px_certificate_release(made);
    else
        *certificate = made;
    return rc;
}

struct px_certificate *px_certificate_hold(struct px_certificate *certificate)
{
    certificate->holders++;
    return certificate;
}

void px_certificate_release(struct px_certificate *certificate)
{
    if (!certificate || --certificate->holders) return;
    for (unsigned i = 0; i < certificate->count; i++) gnutls_pcert_deinit(&certificate->chain[i]);
    free(certificate->chain);
    if (certificate->key) gnutls_privkey_deinit(certificate->key);
    free(certificate);
}

int px_certificate_check_time(const struct px_certificate *certificate, int64_t now, struct px_err *err)
{
    bool early = now < certificate->from;
    char day[32] = "an unknown day";
    struct tm parts;
    time_t moment = (time_t)(early ? certificate->from : certificate->until);
    if (!early && now < certificate->until) return 0;
    if (gmtime_r(&moment, &parts)) (void)strftime(day, sizeof day, "%Y-%m-%d %H:%M UTC", &parts);
    return px_fail(err, PX_EINVAL, "the certificate is good %s %s only", early ? "from" : "until", day);
}

bool px_certificate_same(const struct px_certificate *one, const struct px_certificate *other)
{
    bool same = one->count == other->count;
    for (unsigned i = 0; same && i < one->count; i++) {
        const gnutls_datum_t *a = &one->chain[i].cert, *b = &other->chain[i].cert;
        same = a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
    }
    return same;
}
