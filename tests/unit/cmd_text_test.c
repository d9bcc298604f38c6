/* What the utilities for text do that no comparison with other programs shows: following files, devices,
 * limits, and pipelines whose reader leaves early. */
#include "cmd/commands.h"
#include "kernel/coroutine.h"
#include "machine.h"

/* --- a program that adds to "log" every second, as its arguments say --- */

struct writer {
    int i;
    int64_t until;
};

static void append(struct k_process *process, const char *text, unsigned flags)
{
    int number = k_open_number(process, "log", FS_WRITE | FS_CREATE | flags, 0666);

    assert_true(number >= 0);
    assert_int_equal(k_write(process, number, text, strlen(text)), strlen(text));
    k_close_number(process, number);
}

static int wait_until(struct k_process *process, int64_t until)
{
    if (k_monotonic(process->kernel) >= until) return 1;
    k_wait_until(process, until);
    return UMBRA_EAGAIN;
}

static enum k_progress writer_run(struct k_process *process)
{
    struct writer *writer = process->state;
    const char *word;
    int result;

    CO_BEGIN(process);
    for (writer->i = 1; writer->i < process->argc; writer->i++) {
        writer->until = k_monotonic(process->kernel) + 1500000;
        CO_AWAIT(process, result, wait_until(process, writer->until));
        word = process->argv[writer->i];
        if (strcmp(word, "remove") == 0)
            assert_int_equal(k_unlink(process, "log"), 0);
        else if (strcmp(word, "rename") == 0)
            assert_int_equal(k_rename(process, "log", "log.1"), 0);
        else
            append(process, word + (*word == '>'), *word == '>' ? FS_TRUNCATE : FS_APPEND);
    }
    writer->until = k_monotonic(process->kernel) + 1500000;
    CO_AWAIT(process, result, wait_until(process, writer->until));
    (void)result;
    CO_END(process, 0);
}

static const struct k_program writer_program = {
    .name = "writer", .directory = K_PROGRAMS_PATH, .state_size = sizeof(struct writer), .run = writer_run};
static const struct k_program *const programs[] = {&writer_program, &cmd_tail, &cmd_grep, &cmd_sed, NULL};

/* In a pipeline the writer is the first process, with the id 2. */
static void check_line(struct machine *machine, const char *line, int status, const char *output,
                       const char *errors)
{
    machine_line(machine, NULL, 0, line);
    machine_check(machine, status, output, errors, __FILE__, __LINE__);
}

static void tail_follows(void **state)
{
    struct machine machine;

    machine_open(&machine, programs, NULL);
    workspace_put(&machine.workspace, "log", "old\nlast\n");
    check_line(&machine, "writer 'a\n' 'b\n' | tail -n 1 -f --pid=2 log", 0, "last\na\nb\n", "");
    assert_true(machine.slept >= 4500000);
    machine_close(&machine);

    machine_open(&machine, programs, NULL);
    workspace_put(&machine.workspace, "log", "old\nlast\n");
    check_line(&machine, "writer 'a\n' '>new\n' | tail -n 1 -f -s 0.5 --pid=2 log", 0, "last\na\nnew\n",
               "tail: log: file truncated\n");
    machine_close(&machine);

    machine_open(&machine, programs, NULL);
    workspace_put(&machine.workspace, "log", "old\n");
    check_line(&machine, "writer 'a\n' rename 'b\n' | tail -F --pid=2 log", 1, "old\na\nb\n",
               "tail: 'log' has become inaccessible: No such file or directory\n"
               "tail: 'log' has appeared;  following new file\n");
    machine_close(&machine);

    machine_open(&machine, programs, NULL);
    check_line(&machine, "writer 'a\n' | tail -F --pid=2 log", 1, "a\n",
               "tail: cannot open 'log' for reading: No such file or directory\n"
               "tail: 'log' has appeared;  following new file\n");
    machine_close(&machine);

    machine_open(&machine, programs, NULL);
    workspace_put(&machine.workspace, "log", "x 1\n");
    check_line(&machine, "writer 'y\n' 'x 2\n' | tail -n +1 -f --pid=2 log | grep x | sed s/x/z/", 0,
               "z 1\nz 2\n", "");
    machine_close(&machine);
}

/* --- devices, limits --- */

static void full_devices_are_errors(void **state)
{
    static const char *const lines[] = {"tee /dev/full", "sort -o /dev/full a", "uniq a /dev/full",
                                        "sed -n 'w /dev/full' a"};
    struct machine machine;
    size_t i;

    machine_open(&machine, cmd_programs, NULL);
    workspace_put(&machine.workspace, "a", "one\n");
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        machine_line(&machine, "in\n", 3, lines[i]);
        assert_int_not_equal(machine.status, 0);
        assert_non_null(strstr(buffer_string(&machine.errors), "No space left on device"));
    }
    machine_close(&machine);
}

static void a_limit_of_memory_is_an_error_of_the_process(void **state)
{
    static const char *const lines[] = {"seq 1000000 | sort | tail -n 1", "seq 1000000 | tac | tail -n 1",
                                        "seq 1000000 | tail -n 900000 | wc -l", "yes | tr -d '\n' | grep x"};
    struct k_limits limits = k_default_limits;
    struct machine machine;
    size_t i;

    limits.process_bytes = 1u << 20;
    machine_open(&machine, cmd_programs, &limits);
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        machine_line(&machine, NULL, 0, lines[i]);
        if (!strstr(buffer_string(&machine.errors), "memory"))
            fail_msg("%s: %s", lines[i], buffer_string(&machine.errors));
    }
    machine_close(&machine);
}

static void readers_that_leave_end_their_writers(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    check_line(&machine, "yes | head -n 1", 0, "y\n", "");
    check_line(&machine, "yes | sed = | head -n 3", 0, "1\ny\n2\n", "");
    check_line(&machine, "yes | tr y z | grep -n z | tail -n +2 | sed 2q", 0, "2:z\n3:z\n", "");
    check_line(&machine, "yes | grep -q y", 0, "", "");
    check_line(&machine, "seq 1 inf | paste - - | od -c | head -n 1", 0,
               "0000000   1  \\t   2  \\n   3  \\t   4  \\n   5  \\t   6  \\n   7  \\t   8  \\n\n", "");
    check_line(&machine, "yes | tee copy | head -n 2", 0, "y\ny\n", "");
    machine_close(&machine);
}

static void a_turn_ends_within_long_work(void **state)
{
    struct k_limits limits = k_default_limits;
    struct machine machine;

    limits.fuel = 20u << 20;
    machine_open(&machine, cmd_programs, &limits);
    machine_line(&machine, "x\n", 2, "sed ':a;ba'");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    machine_line(&machine, NULL, 0, "seq 1 inf");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    machine_close(&machine);
}

static void every_utility_explains_itself(void **state)
{
    struct machine machine;
    size_t i;

    machine_open(&machine, cmd_programs, NULL);
    for (i = 0; cmd_programs[i]; i++) {
        const char *name = cmd_programs[i]->name;
        if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0) continue;
        machine_try(&machine, NULL, name, "--help");
        assert_int_equal(machine.status, 0);
        if (strncmp(buffer_string(&machine.output), "Usage: ", 7) != 0) fail_msg("%s --help", name);
        machine_try(&machine, NULL, name, "--version");
        assert_int_equal(machine.status, 0);
        assert_non_null(strstr(buffer_string(&machine.output), "(Umbra)"));
    }
    machine_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tail_follows),
        cmocka_unit_test(full_devices_are_errors),
        cmocka_unit_test(a_limit_of_memory_is_an_error_of_the_process),
        cmocka_unit_test(readers_that_leave_end_their_writers),
        cmocka_unit_test(a_turn_ends_within_long_work),
        cmocka_unit_test(every_utility_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
