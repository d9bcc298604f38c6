#include "http/share.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Names are hashes of ids that the proxy gave out itself, or addresses. */
static struct px_share **chain_of(struct px_shares *shares, const char *name)
{
    return &shares->chains[px_hash(name, strlen(name)) % PX_SHARE_CHAINS];
}

int px_share_take(struct px_shares *shares, const char *name, long long most, struct px_share **share,
                  struct px_err *err)
{
    struct px_share **chain = chain_of(shares, name), *found = *chain;
    size_t size = strlen(name) + 1;
    while (found && strcmp(found->name, name) != 0) found = found->next;
    if (found && most > 0 && found->count >= most)
        return px_fail(err, PX_ELIMIT, "%.60s has %lld already", name, found->count);
    if (size > PX_SHARE_NAME) return px_fail(err, PX_EINVAL, "the name of a client is too long");
    if (!found) {
        found = calloc(1, sizeof *found);
        if (!found) return px_fail_memory(err);
        memcpy(found->name, name, size);
        found->next = *chain;
        *chain = found;
    }
    found->count++;
    *share = found;
    return 0;
}

void px_share_give(struct px_shares *shares, struct px_share **share)
{
    struct px_share *given = *share;
    *share = NULL;
    if (!given || --given->count > 0) return;
    struct px_share **place = chain_of(shares, given->name);
    while (*place != given) place = &(*place)->next;
    *place = given->next;
    free(given);
}
