/* The utilities in their common ways: output, messages and statuses are those of GNU coreutils 9.1. */
#include "cmd/commands.h"
#include "machine.h"

static void cat_concatenates(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    workspace_put(&machine.workspace, "a", "one\n");
    workspace_put(&machine.workspace, "b", "two\tx\n\n\nend");
    assert_runs(&machine, "in\n", 0, "one\nin\ntwo\tx\n\n\nend", "", "cat", "a", "-", "b");
    assert_runs(&machine, "in\n", 0, "in\n", "", "cat");
    assert_runs(&machine, NULL, 1, "one\n", "cat: none: No such file or directory\n", "cat", "none", "a");
    assert_runs(&machine, NULL, 1, "", "cat: /workspace: Is a directory\n", "cat", "/workspace");
    assert_runs(&machine, NULL, 0, "     1\tone$\n     2\ttwo^Ix$\n     3\t$\n     4\tend", "", "cat", "-sn",
                "--show-ends", "-T", "a", "b");
    assert_runs(&machine, NULL, 1, "", "cat: invalid option -- 'x'\nTry 'cat --help' for more information.\n",
                "cat", "-x");
    machine_close(&machine);
}

static void basename_takes_the_last_part(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    assert_runs(&machine, NULL, 0, "b\n", "", "basename", "/a/b.c", ".c");
    assert_runs(&machine, NULL, 0, "/\n", "", "basename", "//");
    assert_runs(&machine, NULL, 0, "a\nb.c\n", "", "basename", "-a", "x/a/", "b.c");
    assert_runs(&machine, NULL, 1, "",
                "basename: missing operand\nTry 'basename --help' for more information.\n", "basename");
    machine_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cat_concatenates),
        cmocka_unit_test(basename_takes_the_last_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
