/* harden.h: what the proxy gives up before it takes the first connection, so that a fault in it or in one of
 * its libraries is worth less to whoever finds it. What is given up cannot be taken back; what the kernel
 * does not know is left out and said, and whatever is in force stands in one line of the log. */
#ifndef PX_HARDEN_HARDEN_H
#define PX_HARDEN_HARDEN_H

#include "base/log.h"
#include "options.h"

/* In a sanitizer's build the filters stay off: its runtime needs system calls and files of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define PX_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PX_SANITIZER 1
#endif
#endif

struct px_hardening {
    long long descriptors; /* that may be open at a time */
    bool dumpable;         /* others of the same user can look into the memory */
    bool filtered;         /* system calls */
    int landlock;          /* version of the kernel's Landlock that limits files; 0: none does */
};

/* Before any secret is read: no new privileges, no core file, no look into the memory, and as many
 * descriptors as the settings need and no more. PX_EUSAGE when the system allows fewer. */
int px_harden_process(struct px_hardening *hardening, const struct px_options *options, struct px_err *err);
/* After everything is open: limits files and system calls, unless --no-sandbox is given. PX_EIO when the
 * system refuses the filter of system calls. */
int px_harden_sandbox(struct px_hardening *hardening, const struct px_options *options, struct px_err *err);
/* The line about what is in force. */
void px_harden_log(const struct px_hardening *hardening, const struct px_options *options,
                   struct px_log *log);

/* The parts (filter.c, files.c). */
int px_filter_calls(struct px_err *err);
/* The version of Landlock, 0 when the kernel has none, or PX_EIO, PX_ENOMEM. */
int px_restrict_files(const struct px_options *options, struct px_err *err);

#endif
