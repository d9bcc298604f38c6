/* Builtins where the machine shows more than bash does: waiting with the machine's clock, what is left in a
 * pipe that another one reads on, limits of the kernel, and long input in turns of one step. */
#include <stdlib.h>

#include "machine.h"
#include "runtime/programs.h"

#define RUNS(machine, input, code, out, err, script)                                                         \
    assert_runs(machine, input, code, out, err, "bash", "-c", script)

static void read_waits_no_longer_than_it_is_told(void **state)
{
    struct machine machine;

    (void)state;
    machine_open(&machine, runtime_programs, NULL);
    RUNS(&machine, NULL, 142, "142\n[part]\n", "",
         "{ printf part; sleep 60; } | { read -t 1.5 x; s=$?; echo $s; echo \"[$x]\"; exit $s; }");
    assert_true(machine.slept >= 1500000);
    RUNS(&machine, NULL, 0, "late\n", "", "{ sleep 5; echo late; } | { read -t 10 x; echo $x; }");
    assert_true(machine.slept >= 5000000 && machine.slept < 10000000);
    RUNS(&machine, NULL, 0, "142\n", "", "TMOUT=2; sleep 9 | { read x; echo $?; }");
    RUNS(&machine, NULL, 0, "1 0\n", "",
         "sleep 3 | { read -t 0; a=$?; wait; echo -n \"$a \"; }; echo x | { sleep 1; read -t 0; echo $?; }");
    machine_close(&machine);
}

static void read_takes_no_byte_too_many(void **state)
{
    struct machine machine;

    (void)state;
    machine_open(&machine, runtime_programs, NULL);
    RUNS(&machine, "one\ntwo\nthree\n", 0, "one two\nthree\n", "", "read a; read b; echo $a $b; cat");
    RUNS(&machine, NULL, 0, "a\nc\n", "", "printf 'a\\nb\\nc\\n' | { read x; echo $x; (read y); cat; }");
    RUNS(&machine, NULL, 0, "12\n4567\n", "",
         "printf 1234567 | { read -n 2 x; echo $x; read -N 1 x; cat; echo; }");
    RUNS(&machine, NULL, 0, "b\n", "", "printf 'a\\nb\\n' > f; exec 3< f; mapfile -n 1 -u 3 x; cat <&3");
    machine_close(&machine);
}

static void long_input_is_read_whole(void **state)
{
    struct machine machine;

    (void)state;
    machine_open(&machine, runtime_programs, NULL);
    RUNS(&machine, NULL, 0, "40000 1000 3893\n", "",
         "printf -v x '%40000s' ''; printf '%s\\n' \"$x\" > f; IFS= read -r y < f; seq 1 1000 > g;"
         "mapfile -t a < g; z=$(< g); echo ${#y} ${#a[@]} $((${#z} + 1))");
    RUNS(&machine, NULL, 0, "500500\n", "", "seq 1 1000 | { while read -r n; do let s+=n; done; echo $s; }");
    machine_close(&machine);
}

static void limits_are_those_of_the_kernel(void **state)
{
    struct k_limits limits = k_default_limits;
    struct machine machine;

    (void)state;
    limits.open_files = 77;
    limits.pipe_bytes = 8192;
    limits.process_bytes = 64u << 20;
    machine_open(&machine, runtime_programs, &limits);
    RUNS(&machine, NULL, 0, "77\n65536\n0\nunlimited\n", "", "ulimit -n; ulimit -v; ulimit -c; ulimit");
    RUNS(&machine, NULL, 0,
         "open files                          (-n) 77\npipe size                (512 bytes, -p) 16\n", "",
         "ulimit -n -p; ulimit -n 77 && ulimit -Sn hard && ulimit -s unlimited");
    RUNS(&machine, NULL, 1, "",
         "bash: line 1: ulimit: open files: cannot modify limit: Operation not permitted\n", "ulimit -n 10");
    machine_close(&machine);
}

static void help_tells_how_each_is_called(void **state)
{
    struct machine machine;

    (void)state;
    machine_open(&machine, runtime_programs, NULL);
    RUNS(&machine, NULL, 0, "cd: cd [-L|[-P [-e]] [-@]] [dir]\n", "", "help cd");
    RUNS(&machine, NULL, 0, "popd: popd [-n] [+N | -N]\npushd: pushd [-n] [+N | -N | dir]\n", "",
         "help 'p*d' | grep -v pwd");
    RUNS(&machine, NULL, 2,
         "mapfile: mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] "
         "[-C callback] [-c quantum] [array]\n",
         "", "mapfile --help");
    machine_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_waits_no_longer_than_it_is_told),
        cmocka_unit_test(read_takes_no_byte_too_many),
        cmocka_unit_test(long_input_is_read_whole),
        cmocka_unit_test(limits_are_those_of_the_kernel),
        cmocka_unit_test(help_tells_how_each_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
