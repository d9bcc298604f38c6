#include "harden/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/group.h"

/* What one of each can have open at most. A provider: two tries to connect at once, two ends of a wake-up
 * pipe while its name is looked up, and the connections that libcurl keeps for the next request. A fetch: the
 * same and its questions to name servers. A group of connections has a descriptor of its own. The rest: the
 * database, the page's files that are being sent, logs, signals, the search for servers on this machine. */
enum { OF_A_STREAM = 4, OF_A_FETCH = 8, OF_THE_REST = 96 };

/* The system makes the table of open files larger when it is full, and with threads it waits some ten
 * milliseconds then for everyone who may be looking at it. Better now. A failure costs only that. */
static void widen_table(long long descriptors)
{
    int last = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, (int)descriptors - 1);
    if (last >= 0) (void)close(last);
}

static int limit_descriptors(struct px_hardening *hardening, const struct px_options *options,
                             struct px_err *err)
{
    struct rlimit limit;
    long long groups = (long long)px_groups_needed(options->max_connections);
    long long need = options->max_connections + groups + OF_A_STREAM * options->max_streams +
                     (options->no_fetch ? 0 : OF_A_FETCH * options->max_fetches) + OF_THE_REST;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return px_fail(err, PX_EIO, "cannot read the limit on open files: %s", strerror(errno));
    if (limit.rlim_max != RLIM_INFINITY && (unsigned long long)need > limit.rlim_max)
        return px_fail(
            err, PX_EUSAGE,
            "the settings need %lld open files and the system allows %llu; lower --max-connections "
            "(%lld), --max-streams (%lld) or --max-fetches (%lld), or raise the limit (ulimit -n, "
            "LimitNOFILE=)",
            need, (unsigned long long)limit.rlim_max, options->max_connections, options->max_streams,
            options->max_fetches);
    struct rlimit both = {(rlim_t)need, (rlim_t)need}, soft = {(rlim_t)need, limit.rlim_max};
    /* A debugger that runs the proxy (valgrind) keeps the upper limit for itself. */
    if (setrlimit(RLIMIT_NOFILE, &both) && setrlimit(RLIMIT_NOFILE, &soft))
        return px_fail(err, PX_EIO, "cannot set the limit on open files: %s", strerror(errno));
    hardening->descriptors = need;
    widen_table(need);
    return 0;
}

/* No limit on processes: the system counts those of the user, others' included; the filter of system calls
 * is the one that knows. None on memory either: it would count what is only reserved (the stacks of threads,
 * the sanitizers' shadow), and every buffer has its own limit. */
int px_harden_process(struct px_hardening *hardening, const struct px_options *options, struct px_err *err)
{
    struct rlimit none = {0, 0};
    *hardening = (struct px_hardening){.dumpable = true};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none))
        return px_fail(err, PX_EIO, "cannot give up privileges and core files: %s", strerror(errno));
#ifndef PX_SANITIZER /* whose search for leaks looks at the process from a thread of its own */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return px_fail(err, PX_EIO, "cannot close the memory to others: %s", strerror(errno));
    hardening->dumpable = false;
#endif
    return limit_descriptors(hardening, options, err);
}

int px_harden_sandbox(struct px_hardening *hardening, const struct px_options *options, struct px_err *err)
{
    if (options->no_sandbox) return 0;
#ifdef PX_SANITIZER
    return 0;
#else
    int rc = px_restrict_files(options, err);
    if (rc < 0) return rc;
    hardening->landlock = rc;
    rc = px_filter_calls(err);
    hardening->filtered = rc == 0;
    return rc;
#endif
}

void px_harden_log(const struct px_hardening *hardening, const struct px_options *options, struct px_log *log)
{
    struct buffer line = {0};
    px_log_begin(&line, options->no_sandbox ? "warning" : "info", "sandbox");
    buffer_printf(&line,
                  ",\"system_calls\":%s,\"files\":%s,\"landlock\":%d,\"no_new_privs\":true,\"dumpable\":%s,"
                  "\"core_bytes\":0,\"descriptors\":%lld",
                  hardening->filtered ? "true" : "false", hardening->landlock ? "true" : "false",
                  hardening->landlock, hardening->dumpable ? "true" : "false", hardening->descriptors);
    if (options->no_sandbox)
        buffer_put_string(&line, ",\"message\":\"--no-sandbox: neither files nor system calls are limited\"");
    else if (!hardening->filtered)
        buffer_put_string(&line, ",\"message\":\"a sanitizer's build: neither files nor system calls are "
                                 "limited\"");
    else if (!hardening->landlock)
        buffer_put_string(&line, ",\"message\":\"this kernel has no Landlock: files are not limited\"");
    px_log_end(log, &line);
}
