#include "auth/actor.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { SHORT_HASH = 16, HASH = 32 };

int px_actor_set(struct px_actor *actor, enum px_actor_kind kind, const char *id, struct px_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * SHORT_HASH + 1];
    unsigned size = 0;
    if (strlen(id) >= sizeof actor->id || !*id)
        return px_fail(err, PX_EINVAL, "the id of a session is malformed");
    if (EVP_Digest(id, strlen(id), digest, &size, EVP_sha256(), NULL) != 1 || size != HASH)
        return px_fail_memory(err);
    px_hex(digest, SHORT_HASH, hex);
    actor->kind = kind;
    (void)snprintf(actor->id, sizeof actor->id, "%s", id);
    (void)snprintf(actor->text, sizeof actor->text, "%s-%s", kind == PX_ACTOR_KEY ? "key" : "session", hex);
    return 0;
}

bool px_actor_may(const struct px_actor *actor, const char *provider)
{
    char wanted[64];
    int n = snprintf(wanted, sizeof wanted, ",%s,", provider);
    return !actor->providers[0] ||
           (n > 0 && (size_t)n < sizeof wanted && strstr(actor->providers, wanted) != NULL);
}
