/* What the sandbox forbids and allows: each case is a process of its own that shuts itself in and then tries.
 * It ends without the C library's last words, since a sanitizer's would need files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harden/harden.h"

struct place {
    char root[64], state[96], elsewhere[96];
    struct px_options options;
};

/* The errno of what the case tried, 0 when it worked. */
typedef int attempt(struct place *place);

enum { NO_SANDBOX = 200 };

static int outcome(long rc)
{
    return rc < 0 ? errno : 0;
}

/* The exit status, or minus the signal that ended it. */
static int run(struct place *place, attempt *what, bool calls, bool files)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct px_err err = {0};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) _exit(NO_SANDBOX);
        if (files && px_restrict_files(&place->options, &err) < 0) _exit(NO_SANDBOX);
        if (calls && px_filter_calls(&err)) _exit(NO_SANDBOX);
        _exit(what(place));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int write_to(const char *folder, const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? errno : write(fd, "x", 1) == 1 && close(fd) == 0 ? 0 : errno;
}

static int try_state(struct place *place)
{
    char from[160], to[160];
    int rc = write_to(place->state, "one");
    (void)snprintf(from, sizeof from, "%s/one", place->state);
    (void)snprintf(to, sizeof to, "%s/two", place->state);
    if (rc == 0) rc = outcome(rename(from, to));
    if (rc == 0) rc = outcome(truncate(to, 0));
    return rc ? rc : outcome(unlink(to));
}

static int try_elsewhere(struct place *place)
{
    return write_to(place->elsewhere, "one");
}

static int try_read_elsewhere(struct place *place)
{
    return outcome(open(place->elsewhere, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int try_write_page(struct place *place)
{
    return write_to(place->root, "page-file");
}

static int try_system(struct place *place)
{
    (void)place;
    return outcome(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
}

static int try_write_system(struct place *place)
{
    (void)place;
    return outcome(open("/etc/hosts", O_WRONLY | O_CLOEXEC));
}

static int try_program(struct place *place)
{
    char *const arguments[] = {"true", NULL};
    (void)place;
    return outcome(execve("/bin/true", arguments, arguments + 1));
}

static int try_ptrace(struct place *place)
{
    (void)place;
    return outcome(syscall(SYS_ptrace, 0, 0, 0, 0));
}

static int try_process(struct place *place)
{
    (void)place;
    return outcome(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int try_signal(struct place *place)
{
    (void)place;
    return outcome(kill(getppid(), 0));
}

static int try_packets(struct place *place)
{
    (void)place;
    return outcome(socket(AF_PACKET, SOCK_RAW, 0));
}

static int try_sockets(struct place *place)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
    (void)place;
    for (size_t i = 0; i < 4; i++) {
        int fd = socket(families[i], families[i] == AF_NETLINK ? SOCK_RAW : SOCK_STREAM, 0);
        if (fd < 0 && errno != EAFNOSUPPORT) return errno;
        if (fd >= 0) (void)close(fd);
    }
    return 0;
}

static int try_listen(struct place *place)
{
    (void)place;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? 99 : outcome(listen(fd, 1));
}

static int try_bind(struct place *place)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)place;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? 99 : outcome(bind(fd, (const struct sockaddr *)&any, sizeof any));
}

static int map(int protection)
{
    return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int try_map(struct place *place)
{
    (void)place;
    return map(PROT_READ | PROT_WRITE);
}

static int try_map_code(struct place *place)
{
    (void)place;
    return map(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int try_map_code_only(struct place *place)
{
    (void)place;
    return map(PROT_READ | PROT_EXEC);
}

static int try_turn_into_code(struct place *place)
{
    (void)place;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? 99 : outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int try_limit(struct place *place)
{
    struct rlimit limit = {100, 100};
    (void)place;
    return outcome(setrlimit(RLIMIT_NOFILE, &limit));
}

static int try_namespace(struct place *place)
{
    (void)place;
    return outcome(unshare(CLONE_NEWUSER));
}

static void *in_thread(void *argument)
{
    *(int *)argument = 1;
    return NULL;
}

static int try_thread(struct place *place)
{
    pthread_t thread;
    int seen = 0;
    (void)place;
    int rc = pthread_create(&thread, NULL, in_thread, &seen);
    if (rc == 0) rc = pthread_join(thread, NULL);
    return rc ? rc : seen ? 0 : 98;
}

static const struct {
    const char *what;
    attempt *attempt;
    int expected; /* as run() has it */
} call_cases[] = {
    {"a program", try_program, -SIGSYS},
    {"another process's memory", try_ptrace, -SIGSYS},
    {"a namespace", try_namespace, -SIGSYS},
    {"a process", try_process, EPERM},
    {"a signal", try_signal, EPERM},
    {"raw packets", try_packets, EPERM},
    {"the usual sockets", try_sockets, 0},
    {"to listen", try_listen, EPERM},
    {"memory", try_map, 0},
    {"memory to write and execute", try_map_code, EPERM},
    {"memory of its own to execute", try_map_code_only, EPERM},
    {"memory that becomes code", try_turn_into_code, EPERM},
    {"a higher limit", try_limit, EPERM},
    {"a thread", try_thread, 0},
};

static void test_system_calls(void **state)
{
    for (size_t i = 0; i < sizeof call_cases / sizeof *call_cases; i++) {
        int got = run(*state, call_cases[i].attempt, true, false);
        if (got != call_cases[i].expected)
            fail_msg("%s: %d instead of %d", call_cases[i].what, got, call_cases[i].expected);
    }
}

/* The cases can succeed where nothing is limited: so it is the filter that refuses. */
static void test_nothing_is_limited_without(void **state)
{
    static attempt *const free_cases[] = {try_program, try_listen, try_map_code,  try_turn_into_code,
                                          try_signal,  try_bind,   try_elsewhere, try_read_elsewhere};
    for (size_t i = 0; i < sizeof free_cases / sizeof *free_cases; i++)
        assert_int_equal(run(*state, free_cases[i], false, false), 0);
}

static const struct {
    const char *what;
    attempt *attempt;
    int expected, version; /* of Landlock, from which on */
} file_cases[] = {
    {"the state folder", try_state, 0, 1},
    {"another folder", try_elsewhere, EACCES, 1},
    {"to read another folder", try_read_elsewhere, EACCES, 1},
    {"to write where it reads", try_write_page, EACCES, 1},
    {"the system's files", try_system, 0, 1},
    {"to write the system's files", try_write_system, EACCES, 1},
    {"a program", try_program, EACCES, 1},
    {"a port", try_bind, EACCES, 4},
    {"a signal", try_signal, EPERM, 6},
};

static void test_files(void **state)
{
    long version = syscall(444, NULL, 0, 1);
    for (size_t i = 0; i < sizeof file_cases / sizeof *file_cases; i++) {
        if (version < file_cases[i].version) continue;
        int got = run(*state, file_cases[i].attempt, false, true);
        if (got != file_cases[i].expected)
            fail_msg("%s: %d instead of %d", file_cases[i].what, got, file_cases[i].expected);
    }
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place) return -1;
    (void)snprintf(place->root, sizeof place->root, "/tmp/px-harden-XXXXXX");
    if (!mkdtemp(place->root)) return -1;
    (void)snprintf(place->state, sizeof place->state, "%s/state", place->root);
    (void)snprintf(place->elsewhere, sizeof place->elsewhere, "/tmp/px-harden-else-%d", (int)getpid());
    /* The root folder stands for the page's: it may be read, and the state folder in it written too. */
    place->options.state_dir = place->state;
    place->options.page_dir = place->root;
    *state = place;
    return mkdir(place->state, 0700) || mkdir(place->elsewhere, 0700);
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char path[160];
    (void)snprintf(path, sizeof path, "%s/one", place->elsewhere);
    (void)unlink(path);
    (void)rmdir(place->elsewhere);
    (void)rmdir(place->state);
    (void)rmdir(place->root);
    free(place);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system_calls),
        cmocka_unit_test(test_nothing_is_limited_without),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
