/* Each allocation of each invocation fails once: nothing crashes or leaks, and either the status says that
 * something is wrong or output and files are as they are with memory. */
#include "cmd/commands.h"
#include "failing_alloc.h"
#include "machine.h"

#define WORDS_MAX    16
#define FAILURES_MAX 2000 /* more allocations has no invocation */

struct outcome {
    int status;
    struct buffer output;
    bool says_something; /* on the standard error: of a command that find -exec ran, for one */
    char *tree;
};

static const struct {
    const char *input, *line;
} invocations[] = {
    {NULL, "ls"},
    {NULL, "ls -laR"},
    {NULL, "ls -C --color=always -Q"},
    {NULL, "cp a new"},
    {NULL, "cp -a d copy"},
    {NULL, "cp -vb a d/one e"},
    {"y\n", "cp -i a d/one"},
    {NULL, "mv a d"},
    {NULL, "mv -v d /tmp/moved"},
    {NULL, "ln -s a new"},
    {NULL, "ln -srf d/one e/link"},
    {NULL, "rm -r d"},
    {"y\n", "rm -ri d"},
    {NULL, "rmdir -p e/x"},
    {NULL, "mkdir -p x/y/z"},
    {NULL, "readlink -f link"},
    {NULL, "realpath --relative-to=d a"},
    {NULL, "touch -d @5 a new"},
    {NULL, "chmod -Rv u+x,g=u d"},
    {NULL, "stat a link"},
    {NULL, "find . -name o* -o -type d -printf %p%f\\n"},
    {NULL, "find . -regex .*o.* -print0"},
    {NULL, "find d -type f -exec cat {} ;"},
    {NULL, "find d -type f -exec cat {} +"},
    {NULL, "find d -delete"},
    {"a d/one\n", "xargs cat"},
    {"a\nd/one\n", "xargs -I{} echo x{}y"},
    {"1 2 3\n", "xargs -t -n1 -P2 echo"},
    {NULL, "env A=1 printenv A"},
    {NULL, "env -S echo~a"},
    {NULL, "timeout 5 cat a"},
    {NULL, "timeout 1 sleep 5"},
    {NULL, "date -d 2024-01-02 +%F"},
    {NULL, "du -a"},
    {NULL, "tree"},
    {NULL, "df -h"},
    {NULL, "cmp a d/one"},
    {NULL, "dd if=a of=new bs=2 conv=ucase"},
    {NULL, "expr abcabc : a\\(.*\\)c"},
    {NULL, "truncate -s 10 a"},
    {NULL, "mktemp -u XXXXXX"},
    {NULL, "which ls"},
    {NULL, "./script"},
};

static void put_files(struct machine *machine)
{
    struct workspace *workspace = &machine->workspace;

    workspace_put(workspace, "a", "alpha\n");
    workspace_put(workspace, "a space", "");
    workspace_mkdir(workspace, "d");
    workspace_mkdir(workspace, "d/deep");
    workspace_mkdir(workspace, "e");
    workspace_mkdir(workspace, "e/x");
    workspace_put(workspace, "d/one", "1\n");
    workspace_put(workspace, "d/deep/two", "22\n");
    workspace_link(workspace, "link", "d/one");
    workspace_put(workspace, "script", "#!/bin/env cat\nx\n");
}

static int split(char *line, const char **argv)
{
    int argc = 0;
    char *word;

    while ((word = strsep(&line, " ")) != NULL) {
        argv[argc++] = word;
        for (; *word; word++)
            if (*word == '~') *word = ' ';
    }
    argv[argc] = NULL;
    return argc;
}

static void run_session(struct machine *machine, const struct k_session *session)
{
    struct kernel *kernel = &machine->kernel;
    unsigned turns;

    for (turns = 0; !session->ended; turns++) {
        struct k_slice slice;
        assert_true(turns < 1000000);
        k_slice_begin(&slice, kernel->host, 0);
        slice.fuel = 1;
        if (k_run(kernel, &slice) || session->ended) continue;
        assert_true(k_next_wake(kernel) > 0);
        machine->workspace.memory->monotonic = k_next_wake(kernel);
    }
}

/* Runs an invocation whose n-th allocation fails; what comes of it. True: it had so many. */
static bool run_failing(size_t which, long n, struct outcome *outcome)
{
    struct machine machine;
    struct k_capture output = {0}, errors = {0};
    struct k_process *process;
    struct k_session *session;
    struct k_environment *environment;
    struct buffer text = {0};
    static char *variables[] = {"PATH=/usr/bin:/bin", "TZ=UTC0", "TERM=xterm"};
    const char *argv[WORDS_MAX];
    char *line = strdup(invocations[which].line);
    int argc = split(line, argv);
    bool failed, script = argv[0][0] == '.';

    machine_open(&machine, cmd_programs, NULL);
    put_files(&machine);
    if (script) {
        argv[1] = argv[0];
        argv[0] = "env";
        argv[2] = NULL;
        argc = 2;
    }
    assert_runs(&machine, NULL, 0, "", "", "chmod", "+x", "script");
    environment = k_make_environment(&machine.kernel, variables, 3);
    process = k_begin_session(&machine.kernel, k_find_program(&machine.kernel, argv[0]), argc,
                              (char *const *)(uintptr_t)argv, environment, &machine.workspace.error);
    assert_non_null(process);
    k_drop_environment(&machine.kernel, environment);
    session = process->session;
    if (invocations[which].input) buffer_put_string(&text, invocations[which].input);
    k_install_at(process, k_make_text(&machine.kernel, &text), 0);
    k_install_at(process, k_make_capture(&machine.kernel, &output), 1);
    k_install_at(process, k_make_capture(&machine.kernel, &errors), 2);
    alloc_fail_at(n);
    run_session(&machine, session);
    failed = alloc_has_failed();
    alloc_fail_at(-1);
    outcome->status = session->status;
    outcome->output = output.bytes;
    outcome->says_something = errors.bytes.size > 0;
    output.bytes = (struct buffer){0};
    k_drop_session(session);
    k_end_capture(&output);
    k_end_capture(&errors);
    k_settle(&machine.kernel, NULL);
    outcome->tree = workspace_dump(&machine.workspace, ST_HEAD);
    machine_close(&machine);
    free(line);
    return failed;
}

static void free_outcome(struct outcome *outcome)
{
    buffer_free(&outcome->output);
    free(outcome->tree);
}

/* How often a result was wrong. */
static unsigned check(size_t which)
{
    struct outcome good = {0}, outcome = {0};
    bool failed = true, random = strncmp(invocations[which].line, "mktemp", 6) == 0;
    unsigned wrong = 0;
    long n;

    run_failing(which, -1, &good);
    for (n = 0; failed && n < FAILURES_MAX; n++) {
        failed = run_failing(which, n, &outcome);
        if (outcome.status == 0 && !outcome.says_something && !random &&
            (strcmp(buffer_string(&outcome.output), buffer_string(&good.output)) != 0 ||
             strcmp(outcome.tree, good.tree) != 0)) {
            print_error("%s: without allocation %ld: status 0, but\n%s--- not\n%s", invocations[which].line,
                        n, buffer_string(&outcome.output), buffer_string(&good.output));
            wrong++;
        }
        if (!failed) assert_int_equal(outcome.status, good.status);
        free_outcome(&outcome);
        outcome = (struct outcome){0};
    }
    assert_true(n < FAILURES_MAX);
    free_outcome(&good);
    return wrong;
}

static void every_allocation_may_fail(void **state)
{
    unsigned wrong = 0;
    size_t which;

    for (which = 0; which < sizeof invocations / sizeof invocations[0]; which++) wrong += check(which);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
