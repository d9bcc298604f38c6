/* target.h: from the text of a URL to the one server it names, and whether the rules let the web fetch talk
 * to that server as far as the text can tell. Pure: nothing is looked up. The text that libcurl gets is
 * written anew from what was understood here, so that no second reading of the first text can differ. */
#ifndef PX_NET_TARGET_H
#define PX_NET_TARGET_H

#include "base/err.h"
#include "net/address.h"

enum { PX_TARGET_HOST = 256, PX_TARGET_SHOWN = 104, PX_RULE_PORTS = 32 };

struct px_pair; /* a host and its port */

/* What --fetch-ports and --fetch-allow say. */
struct px_rules {
    int ports[PX_RULE_PORTS];
    size_t port_count;
    struct px_pair *pairs;
    size_t pair_count;
    size_t max_url_bytes;
};

/* Both lists are comma separated; NULL is an empty one. Names beyond ASCII are understood in the locale's
 * UTF-8 (setlocale). PX_EUSAGE with the words for the user, PX_ENOMEM. To be closed in every case. */
int px_rules_open(struct px_rules *rules, const char *ports, const char *allow, size_t max_url_bytes,
                  struct px_err *err);
void px_rules_close(struct px_rules *rules);

struct px_target {
    bool https;
    int port;
    char host[PX_TARGET_HOST]; /* lower-case ASCII, no dot at the end; an IPv6 address without brackets */
    enum px_host_form form;    /* never PX_HOST_ODD */
    struct px_address address; /* where form is PX_HOST_ADDRESS */
    bool allowed;              /* named in --fetch-allow: its addresses are not checked */
    char *url;                 /* whole, without fragment */
};

/* The host as the text gives it, for messages: printable ASCII, cut, never user name or password. */
void px_target_shown(const char *url, char out[PX_TARGET_SHOWN]);

/* Reads and judges an absolute URL. PX_EPERM: the rules forbid it, or no reading of it is certain; err is
 * then the reason alone, without the host. PX_ENOMEM. The target is to be freed in every case. */
int px_target_parse(const struct px_rules *rules, const char *url, struct px_target *target,
                    struct px_err *err);
/* The same for a Location header's value, relative to the target `from`. */
int px_target_follow(const struct px_rules *rules, const struct px_target *from, const char *location,
                     struct px_target *target, struct px_err *err);
void px_target_free(struct px_target *target);

/* The one reason for everything that lies, or may lie, inside: it tells nothing about what is there. */
#define PX_NOT_PUBLIC "there is no public web address behind this name or number; check its spelling"

#endif
