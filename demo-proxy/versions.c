#include "versions.h"

#include <ares.h>
#include <cJSON.h>
#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <seccomp.h>
#include <sqlite3.h>

#include "base/put.h"

enum { LIBRARIES = 9, VERSION_SIZE = 24 };

struct library {
    const char *name, *version;
};

static void find_all(struct library libraries[LIBRARIES], char seccomp[VERSION_SIZE])
{
    const struct scmp_version *filter = seccomp_version();
    (void)snprintf(seccomp, VERSION_SIZE, "%u.%u.%u", filter ? filter->major : 0, filter ? filter->minor : 0,
                   filter ? filter->micro : 0);
    const struct library found[LIBRARIES] = {{"libmicrohttpd", MHD_get_version()},
                                             {"gnutls", gnutls_check_version(NULL)},
                                             {"libcurl", curl_version_info(CURLVERSION_NOW)->version},
                                             {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
                                             {"libjwt", PX_LIBJWT_VERSION},
                                             {"c-ares", ares_version(NULL)},
                                             {"sqlite", sqlite3_libversion()},
                                             {"libseccomp", seccomp},
                                             {"cjson", cJSON_Version()}};
    for (size_t i = 0; i < LIBRARIES; i++) libraries[i] = found[i];
}

void px_versions_print(FILE *out)
{
    struct library libraries[LIBRARIES];
    char seccomp[VERSION_SIZE];
    find_all(libraries, seccomp);
    for (size_t i = 0; i < LIBRARIES; i++)
        (void)fprintf(out, "%s %s\n", libraries[i].name, libraries[i].version);
}

void px_versions_log(struct px_log *log)
{
    struct library libraries[LIBRARIES];
    char seccomp[VERSION_SIZE];
    struct buffer line = {0};
    find_all(libraries, seccomp);
    px_log_begin(&line, "info", "libraries");
    buffer_printf(&line, ",\"version\":\"%s\"", UMBRA_VERSION);
    for (size_t i = 0; i < LIBRARIES; i++) {
        buffer_printf(&line, ",\"%s\":", libraries[i].name);
        px_put_json(&line, libraries[i].version);
    }
    px_log_end(log, &line);
}
