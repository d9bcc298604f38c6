/* Each allocation of a utility's run fails once: no crash, no leak, and either the right output or a status
 * that is not 0. */
#include "cmd/commands.h"
#include "failing_alloc.h"
#include "machine.h"

static const char *const lines[] = {
    "head -n 2 a b",
    "head -n -1 a",
    "tail -n 2 a b",
    "tail -n +2 a",
    "wc a b",
    "tac a",
    "tac -r -s 'e[a-z]' a",
    "rev b",
    "seq -f %05.1f 1 0.5 3",
    "seq -w 8 11",
    "sort -k 2,2n -k 1 a b",
    "sort -u -m a b",
    "sort -c a",
    "sort -o out b",
    "uniq -c -i a",
    "uniq --group b",
    "tr -cs '[:alnum:]' '[x*]'",
    "tr a-z '[:upper:]'",
    "cut -d ' ' -f 2,1-3 --complement a",
    "tee out out2",
    "grep -n -C 1 -e two -e three a b",
    "grep -rE --include=* 't(w|h)' .",
    "grep -of patterns a",
    "sed -n 's/\\(t\\)w/\\U\\1x/gp;/e/{=;w out\n};$r b' a",
    "sed -i.old 'N;y/abc/xyz/;a text\n$!D' a",
    "sed -f script a",
    "nl -b pt a",
    "paste -s -d ,: a b",
    "paste a b -",
    "fold -s -w 3 b",
    "expand -t 2,4 b",
    "unexpand -a b",
    "od -t x1z -t c a",
    "comm --total a b",
};

static long fail_at;

static void begin(void)
{
    alloc_fail_at(fail_at);
}

static bool reached;

static void end(void)
{
    reached = alloc_has_failed();
    alloc_fail_at(-1);
}

static void run(struct machine *machine, const char *line, long n)
{
    machine_open(machine, cmd_programs, NULL);
    workspace_put(&machine->workspace, "a", "one 1\ntwo 22\nthree\nthree\n");
    workspace_put(&machine->workspace, "b", "  x\ty  z\nüé two\nend");
    workspace_put(&machine->workspace, "patterns", "e\nt.\n");
    workspace_put(&machine->workspace, "script", "1!G;h\n$!d\n");
    machine->begins = begin;
    machine->ends = end;
    fail_at = n;
    machine_line(machine, "in 1\nin 2\n", 10, line);
}

static void every_allocation_may_fail(void **state)
{
    long total = 0;
    size_t i;

    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct machine right, machine;
        long n;
        run(&right, lines[i], -1);
        for (n = 0; n < 5000; n++) {
            run(&machine, lines[i], n);
            if (machine.status == 0 &&
                strcmp(buffer_string(&machine.output), buffer_string(&right.output)) != 0)
                fail_msg("%s, allocation %ld: status 0, but\n%s\ninstead of\n%s", lines[i], n,
                         buffer_string(&machine.output), buffer_string(&right.output));
            machine_close(&machine);
            if (!reached) break;
        }
        assert_true(n < 5000);
        total += n;
        machine_close(&right);
    }
    assert_true(total > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
