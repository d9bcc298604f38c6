#include "net/resolver.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/list.h"

enum { TRIES = 3, DNS_PORT = 53, MOST_SERVERS = 8, HIGHEST_PORT = 65535 };

struct px_resolver_watch {
    struct px_watch watch;
    struct px_resolver *resolver;
    struct px_resolver_watch *next;
};

/* One question to c-ares. It outlives a lookup that is cancelled, because c-ares can only take back all of
 * its questions; the answer to such a one is thrown away. */
struct px_question {
    struct px_resolver *resolver;
    struct px_lookup *lookup; /* NULL: nobody waits any more */
    struct px_task task;      /* hands the result over */
    struct px_question *next;
};

/* After everything that c-ares was told, its next timeout may be another one. */
static void plan(struct px_resolver *resolver)
{
    struct timeval storage, *wait = ares_timeout(resolver->channel, NULL, &storage);
    if (!wait) {
        px_timer_clear(resolver->loop, &resolver->timer);
        return;
    }
    int64_t ms = (int64_t)wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1;
    /* Without memory for the timer the fetch's own time limit still ends the wait. */
    (void)px_timer_set(resolver->loop, &resolver->timer, ms);
}

static void on_timer(struct px_timer *timer)
{
    struct px_resolver *resolver = timer->owner;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    plan(resolver);
}

static void on_ready(struct px_watch *watch, uint32_t events)
{
    struct px_resolver *resolver = ((struct px_resolver_watch *)watch->owner)->resolver;
    int fd = watch->fd; /* the watch may be gone after the first call */
    bool in = events & (EPOLLIN | EPOLLERR | EPOLLHUP), out = events & EPOLLOUT;
    ares_process_fd(resolver->channel, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
    plan(resolver);
}

static void on_socket(void *owner, ares_socket_t fd, int readable, int writable)
{
    struct px_resolver *resolver = owner;
    struct px_resolver_watch **place = &resolver->watches;
    while (*place && (*place)->watch.fd != fd) place = &(*place)->next;
    struct px_resolver_watch *entry = *place;
    if (!readable && !writable) {
        if (!entry) return;
        px_watch_remove(resolver->loop, &entry->watch);
        *place = entry->next;
        free(entry);
        return;
    }
    if (!entry) {
        /* Without a watch no answer is seen, and the lookup ends with its timeout. */
        entry = calloc(1, sizeof *entry);
        if (!entry) return;
        entry->watch = (struct px_watch){.ready = on_ready, .owner = entry, .fd = fd};
        entry->resolver = resolver;
        entry->next = resolver->watches;
        resolver->watches = entry;
    }
    uint32_t events = (readable ? (uint32_t)EPOLLIN : 0) | (writable ? (uint32_t)EPOLLOUT : 0);
    (void)px_watch_set(resolver->loop, &entry->watch, fd, events);
}

static int bad_servers(const char *list, struct px_err *err)
{
    return px_fail(err, PX_EUSAGE,
                   "--dns-servers is \"%.60s\"; give up to %d addresses like 192.0.2.53:53,[2001:db8::53]:53",
                   list, (int)MOST_SERVERS);
}

static bool read_server(const char *text, size_t size, struct ares_addr_port_node *node)
{
    char host[PX_ADDRESS_TEXT + 2] = "";
    struct px_address address;
    size_t n = text[0] == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":,");
    if (n > size || n >= sizeof host) return false;
    memcpy(host, text, n);
    if (px_host_form(host, &address) != PX_HOST_ADDRESS) return false;
    long port = DNS_PORT;
    if (n < size) {
        char *end = NULL;
        port = text[n] == ':' ? strtol(text + n + 1, &end, 10) : 0;
        if (port < 1 || port > HIGHEST_PORT || end != text + size) return false;
    }
    node->family = address.family;
    node->udp_port = node->tcp_port = (int)port;
    if (address.family == AF_INET)
        memcpy(&node->addr.addr4, address.bytes, 4);
    else
        memcpy(&node->addr.addr6, address.bytes, 16);
    return true;
}

static int set_servers(struct px_resolver *resolver, const char *list, struct px_err *err)
{
    struct ares_addr_port_node nodes[MOST_SERVERS] = {0};
    const char *at = list, *server;
    size_t count = 0, size;
    while (px_list_next(&at, &server, &size)) {
        if (count == MOST_SERVERS || !read_server(server, size, &nodes[count])) return bad_servers(list, err);
        if (count) nodes[count - 1].next = &nodes[count];
        count++;
    }
    return ares_set_servers_ports(resolver->channel, nodes) == ARES_SUCCESS ? 0 : px_fail_memory(err);
}

int px_resolver_open(struct px_resolver *resolver, struct px_loop *loop, const char *servers, int timeout_ms,
                     struct px_err *err)
{
    *resolver = (struct px_resolver){.loop = loop};
    resolver->timer = (struct px_timer){.fire = on_timer, .owner = resolver};
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
                                   .timeout = timeout_ms,
                                   .tries = TRIES,
                                   .sock_state_cb = on_socket,
                                   .sock_state_cb_data = resolver};
    resolver->library = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
    int rc =
        resolver->library
            ? ares_init_options(&resolver->channel, &options,
                                ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB)
            : ARES_ENOMEM;
    if (rc != ARES_SUCCESS) {
        resolver->channel = NULL;
        return px_fail(err, PX_EIO, "the lookup of names cannot start: %s", ares_strerror(rc));
    }
    return servers ? set_servers(resolver, servers, err) : 0;
}

static void forget(struct px_question *question)
{
    struct px_question **place = &question->resolver->questions;
    while (*place != question) place = &(*place)->next;
    *place = question->next;
    if (!question->lookup) question->resolver->abandoned--;
    px_task_cancel(question->resolver->loop, &question->task);
    free(question);
}

static void hand_over(struct px_task *task)
{
    struct px_question *question = task->owner;
    struct px_lookup *lookup = question->lookup;
    forget(question);
    if (!lookup) return;
    lookup->question = NULL;
    lookup->done(lookup);
}

void px_resolver_close(struct px_resolver *resolver)
{
    if (resolver->channel) {
        ares_destroy(resolver->channel);
        for (struct px_question *question = resolver->questions, *next; question; question = next) {
            next = question->next; /* answered by now, but not handed over */
            px_task_cancel(resolver->loop, &question->task);
            free(question);
        }
        px_timer_clear(resolver->loop, &resolver->timer);
    }
    if (resolver->library) ares_library_cleanup();
    *resolver = (struct px_resolver){0};
}

static enum px_lookup_outcome outcome_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return PX_LOOKUP_FOUND;
    case ARES_ENOMEM:
        return PX_LOOKUP_MEMORY;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
        return PX_LOOKUP_NOTHING;
    default:
        return PX_LOOKUP_FAILED;
    }
}

static void keep(struct px_lookup *lookup, const struct ares_addrinfo *found)
{
    lookup->all_public = true;
    for (const struct ares_addrinfo_node *node = found ? found->nodes : NULL; node; node = node->ai_next) {
        struct px_address address;
        bool known = px_address_from(&address, node->ai_addr, node->ai_addrlen);
        if (!known || !px_address_is_public(&address)) lookup->all_public = false;
        if (known && lookup->count < PX_LOOKUP_ADDRESSES) lookup->addresses[lookup->count++] = address;
    }
    if (lookup->outcome == PX_LOOKUP_FOUND && lookup->count == 0) lookup->outcome = PX_LOOKUP_NOTHING;
}

static void on_answer(void *owner, int status, int timeouts, struct ares_addrinfo *found)
{
    struct px_question *question = owner;
    (void)timeouts;
    if (question->lookup) {
        question->lookup->outcome = outcome_of(status);
        keep(question->lookup, found);
    }
    if (found) ares_freeaddrinfo(found);
    px_task_queue(question->resolver->loop, &question->task);
}

int px_resolver_start(struct px_resolver *resolver, struct px_lookup *lookup, const char *name)
{
    static const struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC};
    struct px_question *question = calloc(1, sizeof *question);
    if (!question) return PX_ENOMEM;
    question->resolver = resolver;
    question->lookup = lookup;
    question->task = (struct px_task){.run = hand_over, .owner = question};
    question->next = resolver->questions;
    resolver->questions = question;
    lookup->question = question;
    lookup->count = 0;
    lookup->all_public = false;
    ares_getaddrinfo(resolver->channel, name, NULL, &hints, on_answer, question);
    plan(resolver);
    return 0;
}

void px_lookup_cancel(struct px_lookup *lookup)
{
    struct px_question *question = lookup->question;
    if (!question) return;
    question->lookup = NULL;
    question->resolver->abandoned++;
    lookup->question = NULL;
}
