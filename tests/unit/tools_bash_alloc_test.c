/* Each allocation of a call of Bash, BashOutput or KillShell fails once: the right result or one that says
 * so, no crash, no leak, no transaction left open, and the next command line works. */
#include "failing_alloc.h"
#include "runtime/programs.h"
#include "tools/shells.h"
#include "workspace.h"

struct shells_machine {
    struct workspace workspace;
    struct kernel kernel;
    struct tool_shells shells;
};

static void open_machine(struct shells_machine *machine)
{
    memset(machine, 0, sizeof *machine);
    workspace_open(&machine->workspace, WORKSPACE_BYTES);
    workspace_put(&machine->workspace, "d/a", "one\ntwo\n");
    k_open(&machine->kernel, &machine->workspace.memory->host, machine->workspace.store, NULL,
           runtime_programs, NULL);
    tool_shells_open(&machine->shells, &machine->kernel, &tool_default_limits);
}

static void close_machine(struct shells_machine *machine)
{
    tool_shells_close(&machine->shells);
    k_close(&machine->kernel);
    workspace_close(&machine->workspace);
}

static void go_on(struct shells_machine *machine)
{
    struct memory_host *memory = machine->workspace.memory;
    struct k_slice slice;
    int64_t wake = k_next_wake(&machine->kernel), other = tool_shells_next_wake(&machine->shells);

    k_slice_begin(&slice, &memory->host, 8);
    if (k_run(&machine->kernel, &slice) | tool_shells_run(&machine->shells)) return;
    wake = k_next_wake(&machine->kernel);
    if (wake == 0 || (other && other < wake)) wake = other;
    if (wake > memory->monotonic) memory->monotonic = wake;
}

/* The result, to be freed; NULL when not even a result could be had. */
static char *run(struct shells_machine *machine, const char *name, const char *key, const char *value,
                 bool beside, bool *failed)
{
    struct tool_call call = {.store = machine->workspace.store,
                             .host = &machine->workspace.memory->host,
                             .shells = &machine->shells};
    cJSON *input = cJSON_CreateObject();
    struct k_slice slice;
    unsigned steps = 0;
    char *text = NULL;
    int progress;

    json_add_string(input, key, value);
    if (beside) json_add_bool(input, "run_in_background", true);
    *failed = true;
    if (tool_call_begin(&call, name, input) == 0) {
        do {
            k_slice_begin(&slice, call.host, 8);
            progress = tool_call_step(&call, &slice);
            if (progress == TOOL_WAITS) go_on(machine);
            assert_true(++steps < 100000);
        } while (progress != TOOL_DONE);
        text = strdup(buffer_string(&call.output));
        *failed = call.failed;
        tool_call_end(&call);
    }
    cJSON_Delete(input);
    return text;
}

/* All that is tried: its results as one text, and whether one of them failed. */
static char *run_all(struct shells_machine *machine, bool *failed)
{
    static const struct {
        const char *name, *key, *value;
        bool beside;
    } calls[] = {
        {"Bash", "command",
         "cd d && x=$(wc -l < a) && f() { cat a | tail -n 1 && sleep 1; } && f > out && cat out && echo $x",
         false},
        {"Bash", "command", "f && echo $x > other && sleep 100", true},
        {"BashOutput", "bash_id", "bash_1", false},
        {"KillShell", "shell_id", "bash_1", false},
    };
    struct buffer all = {0};
    size_t i;

    *failed = false;
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        bool one = false;
        char *text = run(machine, calls[i].name, calls[i].key, calls[i].value, calls[i].beside, &one);
        buffer_printf(&all, "%s\n", text ? text : "out of memory");
        *failed |= one;
        free(text);
    }
    return buffer_take(&all);
}

static void every_allocation_may_fail(void **state)
{
    struct shells_machine machine;
    bool failed, reached = true;
    char *right;
    long n;

    (void)state;
    open_machine(&machine);
    right = run_all(&machine, &failed);
    assert_non_null(strstr(right, "two\n2\n"));
    assert_false(failed);
    close_machine(&machine);
    for (n = 0; reached; n++) {
        char *text;
        open_machine(&machine);
        alloc_fail_at(n);
        text = run_all(&machine, &failed);
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        if (!failed && text && strcmp(text, right) != 0 && strstr(text, "memory") == NULL)
            fail_msg("allocation %ld: %s\ninstead of: %s", n, text, right);
        free(text);
        text = run(&machine, "Bash", "command", "echo works", false, &failed);
        assert_non_null(strstr(text, "works\n"));
        assert_false(failed);
        assert_false(machine.shells.holds);
        k_settle(&machine.kernel, NULL);
        assert_false(st_in_transaction(machine.workspace.store));
        free(text);
        close_machine(&machine);
    }
    print_message("%ld allocations\n", n);
    assert_true(n > 100);
    free(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
