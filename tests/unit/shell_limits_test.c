/* Scripts that want more than there is: each ends with the words of its limit, and what comes after it works.
 * The shells are those of machine.h, so every turn is a slice of its own. */
#include "machine.h"
#include "runtime/programs.h"

static void run(struct machine *machine, const char *script)
{
    machine_try(machine, NULL, "bash", "-c", script);
}

static void assert_said(const struct machine *machine, const char *words)
{
    if (strstr(buffer_string(&machine->errors), words)) return;
    fail_msg("expected \"%s\" among: %s", words, buffer_string(&machine->errors));
}

static void assert_next_works(struct machine *machine)
{
    run(machine, "echo next");
    machine_check(machine, 0, "next\n", "", __FILE__, __LINE__);
}

static void fuel_ends_a_loop(void **state)
{
    struct k_limits limits = k_default_limits;
    struct machine machine;

    (void)state;
    limits.fuel = 1000000;
    machine_open(&machine, runtime_programs, &limits);
    run(&machine, "while :; do :; done; echo not reached");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    assert_said(&machine, "fuel");
    assert_int_equal(machine.output.size, 0);
    run(&machine, "yes > /dev/null; echo not reached");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    /* What a script may do about signals does not help it. */
    run(&machine, "trap '' XCPU; while :; do :; done; echo not reached");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    assert_said(&machine, "fuel");
    run(&machine, "trap 'echo caught' XCPU TERM; while :; do :; done; echo not reached");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    assert_int_equal(machine.output.size, 0);
    run(&machine, "trap 'while :; do :; done' EXIT XCPU; while :; do :; done");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    assert_next_works(&machine);
    machine_close(&machine);
}

static void time_ends_a_sleep(void **state)
{
    struct k_limits limits = k_default_limits;
    struct machine machine;

    (void)state;
    limits.wall_ms = 1500;
    machine_open(&machine, runtime_programs, &limits);
    run(&machine, "sleep 100; echo not reached");
    assert_int_equal(machine.status, 128 + K_SIGXCPU);
    assert_said(&machine, "wall_ms");
    assert_next_works(&machine);
    machine_close(&machine);
}

static void processes_are_counted(void **state)
{
    struct k_limits limits = k_default_limits;
    struct machine machine;

    (void)state;
    limits.processes = 40;
    machine_open(&machine, runtime_programs, &limits);
    run(&machine, "bomb() { bomb | bomb; }; bomb; echo over");
    assert_said(&machine, "there are 40 processes already");
    assert_next_works(&machine);
    machine_close(&machine);
}

static void memory_is_counted(void **state)
{
    struct k_limits limits = k_default_limits;
    struct machine machine;

    (void)state;
    limits.process_bytes = 8u << 20;
    machine_open(&machine, runtime_programs, &limits);
    run(&machine, "x=a; while :; do x=$x$x; done; echo not reached");
    assert_said(&machine, "memory limit");
    assert_int_not_equal(machine.status, 0);
    run(&machine, "cat /dev/zero | sort; echo $?");
    assert_said(&machine, "sort: the memory limit of a process is reached (process_bytes)");
    assert_string_equal(buffer_string(&machine.output), "2\n");
    run(&machine, "echo {1..10000000}; echo not reached");
    assert_said(&machine, "memory limit");
    assert_next_works(&machine);
    machine_close(&machine);
}

static void depth_is_counted(void **state)
{
    struct machine machine;

    (void)state;
    machine_open(&machine, runtime_programs, NULL);
    run(&machine, "f() { f; }; f; echo not reached");
    assert_said(&machine, "maximum function nesting level exceeded");
    run(&machine, "FUNCNEST=5; f() { echo $1; f $(($1 + 1)); }; f 1");
    assert_string_equal(buffer_string(&machine.output), "1\n2\n3\n4\n5\n");
    assert_said(&machine, "f: maximum function nesting level exceeded (5)");
    assert_next_works(&machine);
    machine_close(&machine);
}

static void a_reader_that_leaves_stops_its_writers(void **state)
{
    struct machine machine;

    (void)state;
    machine_open(&machine, runtime_programs, NULL);
    run(&machine, "yes | cat | head -n 1; echo ${PIPESTATUS[@]}");
    machine_check(&machine, 0, "y\n141 141 0\n", "", __FILE__, __LINE__);
    run(&machine, "trap '' PIPE; yes | head -n 1; echo ${PIPESTATUS[@]}");
    machine_check(&machine, 0, "y\n1 0\n", NULL, __FILE__, __LINE__);
    machine_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fuel_ends_a_loop),      cmocka_unit_test(time_ends_a_sleep),
        cmocka_unit_test(processes_are_counted), cmocka_unit_test(memory_is_counted),
        cmocka_unit_test(depth_is_counted),      cmocka_unit_test(a_reader_that_leaves_stops_its_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
