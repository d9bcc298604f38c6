/* share.h: how many of a thing each client has at a time: streams of a session, an API key, an address. What
 * is taken is given back once, where the request ends, whatever ended it. A name without anything is not
 * kept, so there are never more names than requests under way. */
#ifndef PX_HTTP_SHARE_H
#define PX_HTTP_SHARE_H

#include "base/err.h"

enum { PX_SHARE_CHAINS = 1024, PX_SHARE_NAME = 72 /* bytes of a name, the NUL included */ };

struct px_share {
    struct px_share *next;
    long long count;
    char name[PX_SHARE_NAME];
};

struct px_shares {
    struct px_share *chains[PX_SHARE_CHAINS]; /* by a hash of the name */
};

/* Takes one more under this name; most 0: no limit. PX_ELIMIT when there are as many already, PX_EINVAL when
 * the name is too long, PX_ENOMEM. *share is what is to be given back. */
int px_share_take(struct px_shares *shares, const char *name, long long most, struct px_share **share,
                  struct px_err *err);
/* Once; *share is NULL then. Nothing happens when it is already. */
void px_share_give(struct px_shares *shares, struct px_share **share);

#endif
