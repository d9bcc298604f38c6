/* The utilities of files and the system where the machine is not like others: its one user, its own paths,
 * what it cannot do; and output that nobody takes. */
#include "cmd/commands.h"
#include "kernel/terminal.h"
#include "machine.h"

static void there_is_one_user(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    workspace_put(&machine.workspace, "a", "");
    assert_runs(&machine, NULL, 0, "user\n", "", "whoami");
    assert_runs(&machine, NULL, 0, "uid=1000(user) gid=1000(user) groups=1000(user)\n", "", "id");
    assert_runs(&machine, NULL, 0, "1000\n", "", "id", "-u");
    assert_runs(&machine, NULL, 0, "user\n", "", "id", "-Gn", "user");
    assert_runs(&machine, NULL, 1, "", "id: 'root': no such user\n", "id", "root");
    assert_runs(&machine, NULL, 0, "", "", "chown", "user:user", "a");
    assert_runs(&machine, NULL, 0, "", "", "chown", "-R", "1000", "a");
    assert_runs(&machine, NULL, 1, "", "chown: changing ownership of 'a': Operation not permitted\n", "chown",
                "root", "a");
    assert_runs(&machine, NULL, 1, "", "chgrp: changing group of 'a': Operation not permitted\n", "chgrp",
                "0", "a");
    assert_runs(&machine, NULL, 0, "umbra\n", "", "hostname");
    assert_runs(&machine, NULL, 0, "Umbra\n", "", "uname");
    assert_runs(&machine, NULL, 0, "Umbra umbra " UMBRA_VERSION " #1 wasm32 Umbra\n", "", "uname", "-a");
    assert_runs(&machine, NULL, 0, "1\n", "", "nproc", "--all");
    assert_runs(&machine, NULL, 1, "not a tty\n", "", "tty");
    assert_runs(&machine, NULL, 1, "", "stty: 'standard input': Inappropriate ioctl for device\n", "stty",
                "size");
    machine_close(&machine);
}

static void programs_are_found(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    workspace_put(&machine.workspace, "script", "#!/usr/bin/env -S cat -n\nline\n");
    assert_runs(&machine, NULL, 0, "/usr/bin/ls\n/bin/ls\n", "", "which", "-a", "ls");
    assert_runs(&machine, NULL, 1, "/usr/bin/ls\n", "", "which", "ls", "nonesuch");
    assert_runs(&machine, NULL, 126, "", "env: './script': Permission denied\n", "env", "./script");
    assert_runs(&machine, NULL, 0, "", "", "chmod", "+x", "script");
    assert_runs(&machine, NULL, 0, "     1\t#!/usr/bin/env -S cat -n\n     2\tline\n", "", "env", "./script");
    assert_runs(&machine, NULL, 0, "./script\n", "", "which", "./script");
    assert_runs(&machine, NULL, 127, "", "env: 'nonesuch': No such file or directory\n", "env", "nonesuch");
    machine_close(&machine);
}

static void long_lists_have_all_columns(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    machine.environment[3] = "TZ=UTC0";
    assert_runs(&machine, NULL, 0, "", "", "mkdir", "d");
    workspace_put(&machine.workspace, "d/a", "alpha\n");
    workspace_put(&machine.workspace, "d/big", "");
    workspace_link(&machine.workspace, "d/l", "a");
    assert_runs(&machine, NULL, 0, "", "", "truncate", "-s", "5000", "d/big");
    assert_runs(&machine, NULL, 0, "", "", "touch", "-h", "-d", "2020-01-02 03:04:05", "d/a", "d/big", "d/l");
    assert_runs(&machine, NULL, 0,
                "total 12\n"
                "-rw-r--r-- 1 user user    6 Jan  2  2020 a\n"
                "-rw-r--r-- 1 user user 5000 Jan  2  2020 big\n"
                "lrwxrwxrwx 1 user user    1 Jan  2  2020 l -> a\n",
                "", "ls", "-l", "d");
    assert_runs(&machine, NULL, 0,
                "total 12K\n"
                "4.0K -rw-r--r-- 1    6 2020-01-02 03:04 a\n"
                "8.0K -rw-r--r-- 1 4.9K 2020-01-02 03:04 big\n"
                "   0 lrwxrwxrwx 1    1 2020-01-02 03:04 l -> a\n",
                "", "ls", "-gGhs", "--time-style=long-iso", "d");
    assert_runs(&machine, NULL, 0, "-rw-r--r-- 1 1000 1000 6 2020-01-02 03:04:05.000000000 +0000 d/a\n", "",
                "ls", "-n", "--full-time", "d/a");
    assert_runs(&machine, NULL, 0, "12\td\n", "", "du", "d");
    assert_runs(&machine, NULL, 0, "4\td/a\n8\td/big\n0\td/l\n12\td\n12\ttotal\n", "", "du", "-ac", "d");
    assert_runs(&machine, NULL, 0, "4.9K\td/big\n", "", "du", "-h", "--apparent-size", "d/big");
    assert_runs(&machine, NULL, 0, "5007\td\n", "", "du", "-sb", "d");
    assert_runs(&machine, NULL, 0, "4\td\n", "", "du", "--inodes", "d");
    assert_runs(&machine, NULL, 1, "", "du: cannot access 'x': No such file or directory\n", "du", "x");
    assert_runs(&machine, NULL, 0,
                "d\n"
                "\xe2\x94\x9c\xe2\x94\x80\xe2\x94\x80 a\n"
                "\xe2\x94\x9c\xe2\x94\x80\xe2\x94\x80 big\n"
                "\xe2\x94\x94\xe2\x94\x80\xe2\x94\x80 l -> a\n"
                "\n1 directory, 3 files\n",
                "", "tree", "d");
    assert_runs(&machine, NULL, 0, "  File: d/a\n", NULL, "stat", "--printf=  File: %n\\n", "d/a");
    machine_close(&machine);
}

static void what_is_not_possible_is_said(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    workspace_put(&machine.workspace, "a", "x");
    assert_runs(&machine, NULL, 1, "", "ln: hard links are not supported; use -s\n", "ln", "a", "b");
    assert_runs(&machine, NULL, 1, "",
                "mkfifo: cannot create fifo 'p': named pipes are not supported; use | or a file\n", "mkfifo",
                "p");
    assert_runs(&machine, NULL, 1, "", "date: cannot set date: Operation not permitted\n", "date", "-s",
                "now");
    workspace_mkdir(&machine.workspace, "d");
    workspace_link(&machine.workspace, "to", "d");
    assert_runs(&machine, NULL, 1, "", "rm: cannot remove 'to/': Not a directory\n", "rm", "-r", "to/");
    assert_runs(&machine, NULL, 1, "", "rm: cannot remove '/usr/bin/ls': Device or resource busy\n", "rm",
                "/usr/bin/ls");
    assert_runs(&machine, NULL, 1, "", "mkdir: cannot create directory '/usr/x': Read-only file system\n",
                "mkdir", "/usr/x");
    assert_runs(&machine, NULL, 1, "", "rm: it is dangerous to operate recursively on '/'\n", "rm", "-rf",
                "/");
    machine_close(&machine);
}

static void things_move_between_the_trees(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    assert_runs(&machine, NULL, 0, "", "", "mkdir", "-p", "d/e");
    workspace_put(&machine.workspace, "d/e/f", "content\n");
    workspace_link(&machine.workspace, "d/l", "e/f");
    assert_runs(&machine, NULL, 0, "", "", "chmod", "755", "d/e/f");
    assert_runs(&machine, NULL, 0, "", "", "mv", "d", "/tmp/moved");
    assert_runs(&machine, NULL, 0, "/tmp/moved\n/tmp/moved/e\n/tmp/moved/e/f\n/tmp/moved/l\n", "", "find",
                "/tmp/moved");
    assert_runs(&machine, NULL, 0, "755\n", "", "stat", "-c", "%a", "/tmp/moved/e/f");
    assert_runs(&machine, NULL, 0, "content\n", "", "cat", "/tmp/moved/l");
    assert_runs(&machine, NULL, 0, "", "", "ls");
    assert_runs(&machine, NULL, 0, "copied '/tmp/moved/l' -> 'l'\nremoved '/tmp/moved/l'\n", "", "mv", "-v",
                "/tmp/moved/l", "l");
    assert_runs(&machine, NULL, 0, "/workspace/x\n", "", "realpath", "x");
    assert_runs(&machine, NULL, 0, "", "", "rm", "-r", "/tmp/moved");
    machine_close(&machine);
}

static void names_of_temporary_files_are_new(void **state)
{
    struct machine machine;
    char first[64];

    machine_open(&machine, cmd_programs, NULL);
    machine_try(&machine, NULL, "mktemp");
    assert_int_equal(machine.status, 0);
    assert_int_equal(strncmp(machine.output.data, "/tmp/tmp.", 9), 0);
    assert_int_equal(machine.output.size, 20);
    machine_try(&machine, NULL, "mktemp", "-d", "--suffix=.d", "aXXXXXX");
    assert_int_equal(machine.status, 0);
    assert_int_equal(machine.output.size, 10);
    snprintf(first, sizeof first, "%.9s", machine.output.data);
    assert_runs(&machine, NULL, 0, "drwx------\n", "", "stat", "-c", "%A", first);
    machine_close(&machine);
}

static void waiting_takes_its_time(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    assert_runs(&machine, NULL, 0, "", "", "sleep", "1.5", "1m");
    assert_true(machine.slept == 61500000);
    assert_runs(&machine, NULL, 124, "", "", "timeout", "2", "sleep", "1d");
    assert_true(machine.slept >= 2000000 && machine.slept < 3000000);
    machine_close(&machine);
}

static void nobody_takes_the_output(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    workspace_put(&machine.workspace, "a", "x\n");
    assert_runs(&machine, NULL, 1, "", "cp: error writing '/dev/full': No space left on device\n", "cp", "a",
                "/dev/full");
    assert_runs(&machine, NULL, 1, "",
                "dd: error writing '/dev/full': No space left on device\n1+0 records in\n0+0 records out\n",
                "dd", "if=a", "of=/dev/full", "bs=2", "status=noxfer");
    assert_runs(&machine, NULL, 0, "", "", "cp", "a", "/dev/null");
    machine_close(&machine);
}

/* A session of a program whose standard output is this file; its status. */
static int run_with_output(struct machine *machine, struct k_file *output, int argc, const char *const *argv)
{
    struct kernel *kernel = &machine->kernel;
    static char *variables[] = {"PATH=/usr/bin:/bin"};
    struct k_environment *environment = k_make_environment(kernel, variables, 1);
    struct k_process *process =
        k_begin_session(kernel, k_find_program(kernel, argv[0]), argc, (char *const *)(uintptr_t)argv,
                        environment, &machine->workspace.error);
    struct k_session *session;
    struct buffer none = {0};
    int status, turns;

    assert_non_null(process);
    k_drop_environment(kernel, environment);
    session = process->session;
    k_install_at(process, k_make_text(kernel, &none), 0);
    k_install_at(process, output, 1);
    for (turns = 0; !session->ended; turns++) {
        struct k_slice slice;
        assert_true(turns < 100000);
        k_slice_begin(&slice, kernel->host, 0);
        slice.fuel = 1;
        k_run(kernel, &slice);
    }
    status = session->status;
    k_drop_session(session);
    return status;
}

static void writers_end_when_nobody_reads(void **state)
{
    static const char *const lines[][5] = {
        {"ls", "-l"},  {"find", "."}, {"tree"},       {"du", "-a"},           {"env"},
        {"stat", "a"}, {"date"},      {"dd", "if=a"}, {"cp", "-v", "a", "b"}, {"echo", "x"}};
    struct machine machine;
    size_t i;

    machine_open(&machine, cmd_programs, NULL);
    workspace_put(&machine.workspace, "a", "x\n");
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct k_file *reader, *writer;
        int argc = 0;
        while (argc < 5 && lines[i][argc]) argc++;
        assert_int_equal(k_make_pipe(&machine.kernel, &reader, &writer), 0);
        k_drop(reader);
        assert_int_equal(run_with_output(&machine, writer, argc, lines[i]), 128 + K_SIGPIPE);
    }
    k_settle(&machine.kernel, NULL);
    machine_close(&machine);
}

static void long_words_are_taken(void **state)
{
    enum { LONG = 1 << 20 };
    struct machine machine;
    char *word = malloc(LONG + 2);

    machine_open(&machine, cmd_programs, NULL);
    memset(word, 'x', LONG);
    word[LONG] = '\n';
    word[LONG + 1] = '\0';
    assert_runs(&machine, word, 1, "", "xargs: argument line too long\n", "xargs", "echo");
    workspace_put_bytes(&machine.workspace, "long", word, LONG + 1);
    workspace_put_bytes(&machine.workspace, "longer", word, LONG);
    assert_runs(&machine, NULL, 1, "", "cmp: EOF on longer after byte 1048576, in line 1\n", "cmp", "long",
                "longer");
    word[LONG] = '\0';
    machine_try(&machine, NULL, "echo", "-n", word);
    assert_int_equal(machine.output.size, LONG);
    assert_runs(&machine, NULL, 0, "1048576\n", "", "expr", "length", word);
    assert_runs(&machine, NULL, 1, "", NULL, "touch", word);
    assert_runs(&machine, NULL, 1, "", NULL, "mkdir", "-p", word);
    assert_runs(&machine, NULL, 0, "", "", "cp", "long", "copy");
    assert_runs(&machine, NULL, 0, "", "", "cmp", "long", "copy");
    free(word);
    machine_close(&machine);
}

static void deep_and_wide_trees_are_walked(void **state)
{
    struct machine machine;
    char path[400] = "deep", name[32];
    int i;

    machine_open(&machine, cmd_programs, NULL);
    for (i = 0; i < 60; i++) strcat(path, "/d");
    assert_runs(&machine, NULL, 0, "", "", "mkdir", "-p", path);
    workspace_mkdir(&machine.workspace, "wide");
    for (i = 0; i < 1500; i++) {
        snprintf(name, sizeof name, "wide/file%04d", i);
        workspace_put(&machine.workspace, name, "");
    }
    machine_try(&machine, NULL, "find", "deep", "-type", "d", "-printf", "x");
    assert_int_equal(machine.output.size, 61);
    assert_runs(&machine, NULL, 0, "", "", "cp", "-r", "deep", "copy");
    machine_try(&machine, NULL, "find", "copy", "wide", "-printf", "x");
    assert_int_equal(machine.output.size, 61 + 1501);
    machine_try(&machine, NULL, "ls", "wide");
    assert_int_equal(machine.output.size, 1500 * 9);
    machine_try(&machine, NULL, "find", "wide", "-type", "f", "-exec", "ls", "{}", "+");
    assert_int_equal(machine.output.size, 1500 * 14);
    assert_runs(&machine, NULL, 0, "", "", "rm", "-r", "deep", "copy", "wide");
    machine_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_one_user),
        cmocka_unit_test(programs_are_found),
        cmocka_unit_test(long_lists_have_all_columns),
        cmocka_unit_test(what_is_not_possible_is_said),
        cmocka_unit_test(things_move_between_the_trees),
        cmocka_unit_test(names_of_temporary_files_are_new),
        cmocka_unit_test(waiting_takes_its_time),
        cmocka_unit_test(nobody_takes_the_output),
        cmocka_unit_test(writers_end_when_nobody_reads),
        cmocka_unit_test(long_words_are_taken),
        cmocka_unit_test(deep_and_wide_trees_are_walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
