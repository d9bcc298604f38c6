/* address.h: IP addresses as values: reading them strictly, and saying which are part of the public internet
 * by IANA's special-purpose registries (RFC 6890). Pure functions: no name is looked up and nothing is
 * allocated. What is not known to be public counts as not public. */
#ifndef PX_NET_ADDRESS_H
#define PX_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { PX_ADDRESS_TEXT = INET6_ADDRSTRLEN };

struct px_address {
    int family; /* AF_INET or AF_INET6; 0: none */
    unsigned char bytes[16];
};

enum px_host_form {
    PX_HOST_NAME,    /* a name to look up */
    PX_HOST_ADDRESS, /* an address in its one accepted spelling */
    PX_HOST_ODD      /* an address in another spelling, or nothing that could be a host */
};

/* Tells what a host is, as it stands in a URL after percent-decoding and IDNA, in lower case, an IPv6 address
 * in brackets. IPv4 is taken as four decimal numbers without leading zeros only: other programs also read
 * 127.1, 0x7f000001, 017700000001 and 2130706433, so each of these is odd, and so is every name whose last
 * label is a number. */
enum px_host_form px_host_form(const char *host, struct px_address *address);

/* Whether the address belongs to the public internet, in every form that carries another one inside it. */
bool px_address_is_public(const struct px_address *address);

/* Whether a well-formed lower-case name without a dot at its end can be one of the public internet: it has
 * two labels, and none of the endings that are kept for private use or for this machine. */
bool px_name_is_public(const char *name);

/* From what the system calls use; false for another family or a size that does not fit. */
bool px_address_from(struct px_address *address, const struct sockaddr *from, size_t size);
bool px_address_equal(const struct px_address *a, const struct px_address *b);
/* The usual text without brackets. */
void px_address_text(const struct px_address *address, char out[PX_ADDRESS_TEXT]);

#endif
