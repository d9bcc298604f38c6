#include "net/address.h"

#include <arpa/inet.h>
#include <string.h>

enum { LONGEST_NAME = 253, LONGEST_LABEL = 63 };

struct block {
    unsigned char bytes[16];
    int bits;
};

/* What of IPv4 is not public. The last line is a metadata service at an address that looks public. */
static const struct block closed_v4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared by carriers; some metadata services */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local; most metadata services */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments; a metadata service */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* relays of 6to4, withdrawn */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 4},           /* multicast */
    {{240}, 4},           /* reserved, broadcast */
    {{168, 63, 129, 16}, 32},
};

/* Of IPv6 only 2000::/3 is given out for the public internet. What in it is not: */
static const struct block open_v6 = {{0x20}, 3};
static const struct block closed_v6[] = {
    {{0x20, 0x01}, 23},             /* protocol assignments: Teredo, benchmarks, ORCHID */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};

/* Addresses that carry an IPv4 address which routers or gateways send them on to. */
static const struct block translated = {{0x00, 0x64, 0xff, 0x9b}, 96};
static const struct block six_to_four = {{0x20, 0x02}, 16};

static bool is_in(const unsigned char *bytes, const struct block *block)
{
    size_t whole = (size_t)block->bits / 8;
    int rest = block->bits % 8;
    if (memcmp(bytes, block->bytes, whole) != 0) return false;
    return rest == 0 || (bytes[whole] ^ block->bytes[whole]) >> (8 - rest) == 0;
}

static bool is_public_v4(const unsigned char *bytes)
{
    for (size_t i = 0; i < sizeof closed_v4 / sizeof *closed_v4; i++)
        if (is_in(bytes, &closed_v4[i])) return false;
    return true;
}

/* An interface number of ISATAP: the network's own routers send it to the IPv4 address in its last bytes. */
static bool is_isatap(const unsigned char *bytes)
{
    static const unsigned char mark[] = {0x00, 0x5e, 0xfe};
    return (bytes[8] & 0xfc) == 0 && memcmp(bytes + 9, mark, sizeof mark) == 0;
}

static bool is_public_v6(const unsigned char *bytes)
{
    if (is_isatap(bytes)) return false;
    if (is_in(bytes, &translated)) return is_public_v4(bytes + 12);
    if (is_in(bytes, &six_to_four)) return is_public_v4(bytes + 2);
    if (!is_in(bytes, &open_v6)) return false;
    for (size_t i = 0; i < sizeof closed_v6 / sizeof *closed_v6; i++)
        if (is_in(bytes, &closed_v6[i])) return false;
    return true;
}

bool px_address_is_public(const struct px_address *address)
{
    if (address->family == AF_INET) return is_public_v4(address->bytes);
    return address->family == AF_INET6 && is_public_v6(address->bytes);
}

static bool is_number(const char *label, size_t size)
{
    static const char digits[] = "0123456789", hex[] = "0123456789abcdef";
    if (size == 0) return false;
    if (size >= 2 && label[0] == '0' && label[1] == 'x') return strspn(label + 2, hex) >= size - 2;
    return strspn(label, digits) >= size;
}

/* Letters, digits, hyphens and underscores in labels of 1 to 63, together at most 253. `last` is set to the
 * last label. */
static bool is_name(const char *host, const char **last)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    if (strlen(host) > LONGEST_NAME) return false;
    for (const char *label = host;; label++) {
        size_t size = strspn(label, letters);
        if (size == 0 || size > LONGEST_LABEL || label[0] == '-' || label[size - 1] == '-') return false;
        *last = label;
        label += size;
        if (*label == '\0') return true;
        if (*label != '.') return false;
    }
}

static bool read_v6(const char *host, struct px_address *address)
{
    char text[PX_ADDRESS_TEXT];
    size_t size = strlen(host);
    if (size < 4 || size - 2 >= sizeof text || host[size - 1] != ']') return false;
    memcpy(text, host + 1, size - 2);
    text[size - 2] = '\0';
    address->family = AF_INET6;
    return inet_pton(AF_INET6, text, address->bytes) == 1;
}

enum px_host_form px_host_form(const char *host, struct px_address *address)
{
    const char *last = NULL;
    *address = (struct px_address){0};
    if (host[0] == '[') return read_v6(host, address) ? PX_HOST_ADDRESS : PX_HOST_ODD;
    if (!is_name(host, &last)) return PX_HOST_ODD;
    if (!is_number(last, strlen(last))) return PX_HOST_NAME;
    /* inet_pton takes four decimal numbers; the comparison finds zeros in front of them. */
    char again[PX_ADDRESS_TEXT];
    address->family = AF_INET;
    if (inet_pton(AF_INET, host, address->bytes) != 1) return PX_HOST_ODD;
    px_address_text(address, again);
    return strcmp(again, host) == 0 ? PX_HOST_ADDRESS : PX_HOST_ODD;
}

bool px_name_is_public(const char *name)
{
    static const char *const closed[] = {"alt",         "corp",      "example", "home",    "home.arpa",
                                         "internal",    "intranet",  "invalid", "lan",     "local",
                                         "localdomain", "localhost", "onion",   "private", "test"};
    /* Names of metadata services that have none of these endings. */
    static const char *const services[] = {"metadata.tencentyun.com", "metadata.goog"};
    size_t size = strlen(name);
    if (!strchr(name, '.')) return false;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (strcmp(name, services[i]) == 0) return false;
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        size_t ending = strlen(closed[i]);
        if (size < ending || strcmp(name + size - ending, closed[i]) != 0) continue;
        if (size == ending || name[size - ending - 1] == '.') return false;
    }
    return true;
}

bool px_address_from(struct px_address *address, const struct sockaddr *from, size_t size)
{
    *address = (struct px_address){0};
    if (size >= sizeof(struct sockaddr_in) && from->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        memcpy(address->bytes, &v4.sin_addr, 4);
    } else if (size >= sizeof(struct sockaddr_in6) && from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        memcpy(address->bytes, &v6.sin6_addr, 16);
    } else {
        return false;
    }
    address->family = from->sa_family;
    return true;
}

bool px_address_equal(const struct px_address *a, const struct px_address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void px_address_text(const struct px_address *address, char out[PX_ADDRESS_TEXT])
{
    if (!inet_ntop(address->family, address->bytes, out, PX_ADDRESS_TEXT)) out[0] = '\0';
}
