#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire.h"

int64_t bench_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bench_die(const char *what)
{
    (void)fprintf(stderr, "proxy_bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "upstream") == 0 && argc == 4) return bench_upstream(atoi(argv[2]), atoi(argv[3]));
    if (strcmp(command, "posts") == 0 && argc == 8)
        return bench_posts(atoi(argv[2]), argv[3], argv[4], atoi(argv[5]), atof(argv[6]), atoi(argv[7]));
    if (strcmp(command, "streams") == 0 && argc == 6)
        return bench_streams(atoi(argv[2]), argv[3], argv[4], atoi(argv[5]));
    (void)fputs("usage: proxy_bench upstream EVENTS INTERVAL_US\n"
                "       proxy_bench posts PORT PATH SESSION CONNECTIONS SECONDS RATE\n"
                "       proxy_bench streams PORT PATH SESSION STREAMS\n",
                stderr);
    return 2;
}
