/* wire.h: what the two halves of the proxy's benchmark share: the clock of both, and event loops without any
 * library, so that nothing but the kernel is between them. Linux. */
#ifndef UMBRA_BENCH_WIRE_H
#define UMBRA_BENCH_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_BUFFER = 16384 };

/* Nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share. */
int64_t bench_now(void);
/* Ends the process with the message and errno's text. */
_Noreturn void bench_die(const char *what);

/* A server that answers like a provider: a POST whose body holds "stream":true with EVENTS events, one each
 * INTERVAL microseconds, each with the time of its sending; every other with one small JSON message. Listens
 * on a free port of 127.0.0.1, prints it in one line, and serves until it is killed. */
int bench_upstream(int events, int interval_us);

/* Sends small JSON posts over `connections` connections for `seconds`, `rate` a second, or with 0 each as
 * soon as the last was answered; prints
 * {"requests":N,"seconds":S,"p50_us":…,"p99_us":…,"max_us":…,"errors":N}. */
int bench_posts(int port, const char *path, const char *session, int connections, double seconds, int rate);
/* Reads `streams` event streams at once to their end; prints {"streams":N,"events":N,"first_p50_us":…,
 * "first_p99_us":…,"late_p50_us":…,"late_p99_us":…,"late_max_us":…,"gap_p99_us":…,"errors":N}. late: from the
 * sending of an event to its arrival; gap: how much longer than at the server two events are apart. */
int bench_streams(int port, const char *path, const char *session, int streams);

#endif
