/* The system calls that a serving proxy and its libraries make (libcurl and its lookups of names, GnuTLS,
 * OpenSSL, SQLite, c-ares, the C library), by seccomp(2). Any other is refused with EPERM, and those that
 * only an intruder would make end the process at once. Names that a system does not know are passed over. */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harden/harden.h"

static const char *const allowed[] = {
    /* bytes and descriptors */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "lseek", "_llseek",
    "close", "dup", "dup3", "fcntl", "fcntl64", "pipe", "pipe2", "eventfd2", "sendfile", "sendfile64",
    /* files; which ones, Landlock says */
    "open", "openat", "openat2", "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "newfstatat",
    "fstatat64", "statx", "statfs", "statfs64", "fstatfs", "fstatfs64", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents", "getdents64", "getcwd", "fsync", "fdatasync", "ftruncate",
    "ftruncate64", "fallocate", "fadvise64", "fadvise64_64", "flock", "unlink", "unlinkat", "link", "linkat",
    "rename", "renameat", "renameat2", "fchmod", "fchown", "fchown32", "utimensat",
    /* sockets; `listen` is not among them, since the one that listens is there */
    "connect", "bind", "accept", "accept4", "getsockname", "getpeername", "getsockopt", "setsockopt", "send",
    "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64", "shutdown",
    "socketpair",
    /* waiting */
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
    "nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "restart_syscall",
    /* memory; what may be executed is further down */
    "brk", "munmap", "mremap", "madvise", "membarrier",
    /* threads that are there, and this process */
    "futex", "futex_time64", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "gettid",
    "getpid", "getppid", "getpgrp", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid",
    "getuid32", "geteuid32", "getgid32", "getegid32", "getgroups", "getrusage", "getrlimit", "ugetrlimit",
    "sysinfo", "uname", "getcpu", "exit", "exit_group",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack", "rt_sigtimedwait",
    /* time and random bytes */
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday", "time",
    "times", "getrandom"};

static const char *const deadly[] = {"execve",
                                     "execveat",
                                     "fork",
                                     "vfork",
                                     "ptrace",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "kcmp",
                                     "mount",
                                     "umount",
                                     "umount2",
                                     "pivot_root",
                                     "chroot",
                                     "fsopen",
                                     "fsmount",
                                     "move_mount",
                                     "open_tree",
                                     "unshare",
                                     "setns",
                                     "bpf",
                                     "perf_event_open",
                                     "userfaultfd",
                                     "keyctl",
                                     "add_key",
                                     "request_key",
                                     "init_module",
                                     "finit_module",
                                     "delete_module",
                                     "kexec_load",
                                     "kexec_file_load",
                                     "reboot",
                                     "swapon",
                                     "swapoff",
                                     "sethostname",
                                     "setdomainname",
                                     "acct",
                                     "quotactl",
                                     "iopl",
                                     "ioperm",
                                     "open_by_handle_at",
                                     "name_to_handle_at"};

/* What is allowed with these arguments only: up to two comparisons of each call. */
struct condition {
    const char *name;
    unsigned count;
    struct scmp_arg_cmp of[2];
};

#define IS(argument, value)                                                                                  \
    {                                                                                                        \
        (argument), SCMP_CMP_EQ, (scmp_datum_t)(value), 0                                                    \
    }
#define BITS(argument, mask, value)                                                                          \
    {                                                                                                        \
        (argument), SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value)                          \
    }
#define THREAD (CLONE_THREAD | CLONE_VM | CLONE_SIGHAND)
#define SPACES                                                                                               \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |            \
     CLONE_NEWNET | CLONE_PTRACE)

static const struct condition conditions[] = {
    {"socket", 1, {IS(0, AF_INET)}},
    {"socket", 1, {IS(0, AF_INET6)}},
    {"socket", 1, {IS(0, AF_UNIX)}}, /* the system's own services for names */
    {"socket", 2, {IS(0, AF_NETLINK), IS(2, 0 /* routes: which families this machine has */)}},
    {"ioctl", 1, {IS(1, FIONBIO)}},
    {"ioctl", 1, {IS(1, FIONREAD)}},
    {"ioctl", 1, {IS(1, 0x5401 /* TCGETS: is it a terminal? */)}},
    {"prctl", 1, {IS(0, PR_SET_NAME)}},
    {"setpriority", 2, {IS(0, PRIO_PROCESS), IS(1, 0 /* of the thread itself */)}},
    {"prlimit64", 1, {IS(2, 0)}}, /* reading only */
    /* Memory is written or executed, not both, and what is executed comes from a file: a library that the
     * lookup of names loads. */
    {"mmap", 1, {BITS(2, PROT_EXEC, 0)}},
    {"mmap", 2, {BITS(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), BITS(3, MAP_ANONYMOUS, 0)}},
    {"mmap2", 1, {BITS(2, PROT_EXEC, 0)}},
    {"mmap2", 2, {BITS(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), BITS(3, MAP_ANONYMOUS, 0)}},
    {"mprotect", 1, {BITS(2, PROT_EXEC, 0)}},
    /* Threads, in which libcurl looks names up; no processes. */
    {"clone", 1, {BITS(0, THREAD | SPACES, THREAD)}},
};

static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
               const struct scmp_arg_cmp *of)
{
    int number = seccomp_syscall_resolve_name(name);
    return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, number, count, of);
}

static int add_all(scmp_filter_ctx filter)
{
    /* Known since Linux 4.14; before that one thread ends, which is the only one. */
    uint32_t end = seccomp_api_get() >= 3 ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_KILL;
    struct scmp_arg_cmp myself = IS(0, getpid());
    int rc = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && rc == 0; i++)
        rc = add(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions && rc == 0; i++)
        rc = add(filter, SCMP_ACT_ALLOW, conditions[i].name, conditions[i].count, conditions[i].of);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly && rc == 0; i++)
        rc = add(filter, end, deadly[i], 0, NULL);
    /* Its flags lie behind a pointer; without it the C library takes clone. */
    if (rc == 0) rc = add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
    /* abort() */
    return rc ? rc : add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &myself);
}

int px_filter_calls(struct px_err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) return px_fail_memory(err);
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (rc == 0) rc = add_all(filter);
    if (rc == 0) rc = seccomp_load(filter);
    seccomp_release(filter);
    if (rc == 0) return 0;
    return px_fail(err, PX_EIO,
                   "the system refuses the filter of system calls: %s; --no-sandbox does without",
                   strerror(-rc));
}
