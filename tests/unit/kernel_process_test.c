/* The kernel by itself, under programs that are made for that: turns, pipes, signals, groups, children,
 * limits. */
#include "kernel/coroutine.h"
#include "machine.h"

#define PIECE 1000

static const char *const *no_arguments(const char *name, const char **argv)
{
    argv[0] = name;
    argv[1] = NULL;
    return argv;
}

/* --- programs --- */

struct counter {
    uint64_t *counted; /* given by the test */
};

/* Never ends, and uses all of each turn, in portions of its own. */
static enum k_progress spin(struct k_process *process)
{
    do {
        ((struct counter *)process->state)->counted[0]++;
    } while (!k_charge(process, 100));
    return K_AGAIN;
}

static enum k_progress spin_slowly(struct k_process *process)
{
    do {
        ((struct counter *)process->state)->counted[0]++;
    } while (!k_charge(process, 10000));
    return K_AGAIN;
}

static enum k_progress wait_forever(struct k_process *process)
{
    (void)process;
    return K_WAIT;
}

/* Writes PIECE bytes after PIECE bytes, as many as argv[1] says, into 1. */
static enum k_progress write_pieces(struct k_process *process)
{
    static char piece[PIECE];
    struct {
        long left;
        bool begun;
    } *state = process->state;
    int64_t put;

    if (!state->begun) {
        state->begun = true;
        state->left = strtol(process->argv[1], NULL, 10);
    }
    memset(piece, 'p', sizeof piece);
    while (state->left) {
        put = k_write(process, 1, piece, state->left < PIECE ? (size_t)state->left : PIECE);
        if (put == UMBRA_EAGAIN) return K_WAIT;
        if (put < 0) {
            process->status = put == UMBRA_EPIPE ? 9 : 8;
            return K_DONE;
        }
        state->left -= (long)put;
        if (k_charge(process, 0)) return K_AGAIN;
    }
    return K_DONE;
}

static const struct k_program spinner = {.name = "spin", .state_size = sizeof(struct counter), .run = spin};
static const struct k_program slow_spinner = {
    .name = "spin_slowly", .state_size = sizeof(struct counter), .run = spin_slowly};
static const struct k_program waiter = {.name = "wait", .run = wait_forever};
static const struct k_program writer = {.name = "write", .state_size = 16, .run = write_pieces};
static const struct k_program *const programs[] = {&spinner, &slow_spinner, &waiter, &writer, NULL};

/* --- a session that the test is the host of --- */

static struct k_process *begin(struct machine *machine, const struct k_program *program,
                               struct k_session **session)
{
    const char *argv[2];
    struct error error;
    struct k_environment *environment = k_make_environment(&machine->kernel, NULL, 0);
    struct k_process *process;

    assert_non_null(environment);
    process =
        k_begin_session(&machine->kernel, program, 1,
                        (char *const *)(uintptr_t)no_arguments(program->name, argv), environment, &error);
    k_drop_environment(&machine->kernel, environment);
    assert_non_null(process);
    *session = process->session;
    return process;
}

static struct k_process *spawn(struct k_process *parent, const struct k_program *program,
                               const char *argument)
{
    const char *argv[] = {program->name, argument, NULL};
    struct error error;
    struct k_process *process =
        k_spawn(parent, program, argument ? 2 : 1, (char *const *)(uintptr_t)argv, &error);
    assert_non_null(process);
    return process;
}

/* Runs for about so much fuel; whether there is more to run. */
static bool run(struct machine *machine, int64_t fuel)
{
    struct k_slice slice;
    k_slice_begin(&slice, machine->kernel.host, 0);
    slice.fuel = fuel;
    return k_run(&machine->kernel, &slice);
}

static void close_machine(struct machine *machine, struct k_session *session)
{
    struct k_process *process;

    for (process = machine->kernel.processes; process; process = process->next)
        if (process->condition != K_ENDED) k_signal(process, K_SIGKILL);
    while (run(machine, 1000000)) continue;
    k_drop_session(session);
    machine_close(machine);
}

/* --- tests --- */

static void turns_are_fair(void **state)
{
    uint64_t fast = 0, slow = 0;
    struct k_session *session;
    struct machine machine;
    struct k_process *first, *second;

    (void)state;
    machine_open(&machine, programs, NULL);
    first = begin(&machine, &spinner, &session);
    second = spawn(first, &slow_spinner, NULL);
    ((struct counter *)first->state)->counted = &fast;
    ((struct counter *)second->state)->counted = &slow;
    assert_true(run(&machine, 100000000));
    /* One charges 100 times as much at once: they got the same all the same. */
    assert_in_range(fast / slow, 80, 125);
    assert_in_range(first->fuel_used * 100 / second->fuel_used, 80, 125);
    close_machine(&machine, session);
}

static void a_waiting_process_costs_nothing(void **state)
{
    struct k_session *session;
    struct machine machine;
    struct k_process *process;
    uint64_t used;

    (void)state;
    machine_open(&machine, programs, NULL);
    process = begin(&machine, &waiter, &session);
    assert_false(run(&machine, 1000000));
    used = process->fuel_used;
    assert_false(run(&machine, 1000000));
    assert_true(process->fuel_used == used);
    assert_true(k_next_wake(&machine.kernel) == 0);
    k_wait_until(process, k_monotonic(&machine.kernel) + 5000);
    assert_true(k_next_wake(&machine.kernel) == process->wake_at);
    machine.workspace.memory->monotonic += 10000;
    run(&machine, 1000000);
    assert_true(process->fuel_used > used);
    close_machine(&machine, session);
}

static void a_pipe_is_bounded(void **state)
{
    struct k_limits limits = k_default_limits;
    struct k_file *reader, *end;
    struct k_session *session;
    struct machine machine;
    struct k_process *leader, *child;
    struct k_child ended;
    size_t total = 0, most = 0;
    char bytes[700];
    int64_t got;

    (void)state;
    limits.pipe_bytes = 4096;
    machine_open(&machine, programs, &limits);
    leader = begin(&machine, &waiter, &session);
    assert_int_equal(k_make_pipe(&machine.kernel, &reader, &end), 0);
    assert_int_equal(k_install_at(leader, reader, 0), 0);
    assert_int_equal(k_install_at(leader, end, 1), 1);
    child = spawn(leader, &writer, "1000000");
    assert_int_equal(k_close_number(leader, 1), 0);
    for (;;) {
        size_t filled = 0;
        run(&machine, 1000000);
        while ((got = k_read(leader, 0, bytes, sizeof bytes)) > 0) {
            total += (size_t)got;
            filled += (size_t)got;
        }
        if (filled > most) most = filled;
        if (got == 0) break;
        assert_int_equal(got, UMBRA_EAGAIN);
    }
    assert_int_equal(total, 1000000);
    assert_in_range(most, 4096 - PIECE, 4096);
    assert_int_equal(k_reap(leader, child->id, &ended), 1);
    assert_int_equal(ended.status, 0);
    close_machine(&machine, session);
}

static void nobody_reads(void **state)
{
    struct k_file *reader, *end;
    struct k_session *session;
    struct machine machine;
    struct k_process *leader, *child;
    struct k_child ended;
    int i;

    (void)state;
    machine_open(&machine, programs, NULL);
    leader = begin(&machine, &waiter, &session);
    for (i = 0; i < 2; i++) {
        assert_int_equal(k_make_pipe(&machine.kernel, &reader, &end), 0);
        assert_int_equal(k_install_at(leader, end, 1), 1);
        child = spawn(leader, &writer, "10");
        if (i) k_ignore(child, K_SIGPIPE);
        k_close_number(leader, 1);
        k_drop(reader);
        run(&machine, 1000000);
        assert_int_equal(k_reap(leader, child->id, &ended), 1);
        assert_int_equal(ended.status, i ? 9 : 128 + K_SIGPIPE);
        assert_int_equal(ended.signal, i ? 0 : K_SIGPIPE);
    }
    close_machine(&machine, session);
}

static void signals_do_what_they_do(void **state)
{
    uint64_t counted = 0;
    struct k_session *session;
    struct machine machine;
    struct k_process *leader, *child;
    struct k_child changed;

    (void)state;
    machine_open(&machine, programs, NULL);
    leader = begin(&machine, &waiter, &session);
    child = spawn(leader, &spinner, NULL);
    ((struct counter *)child->state)->counted = &counted;

    k_ignore(child, K_SIGTERM);
    k_signal(child, K_SIGTERM);
    run(&machine, 1000000);
    assert_int_equal(k_reap(leader, child->id, &changed), 0);

    k_signal(child, K_SIGSTOP);
    run(&machine, 1000000);
    counted = 0;
    run(&machine, 1000000);
    assert_true(counted == 0);
    assert_int_equal(k_reap(leader, child->id, &changed), 1);
    assert_true(changed.stopped && changed.signal == K_SIGSTOP);
    assert_int_equal(k_reap(leader, child->id, &changed), 0);
    k_signal(child, K_SIGCONT);
    run(&machine, 1000000);
    assert_true(counted > 0);

    k_catch(child, K_SIGUSR1);
    k_signal(child, K_SIGUSR1);
    run(&machine, 1000000);
    assert_int_equal(k_take_signal(child), K_SIGUSR1);
    assert_int_equal(k_take_signal(child), 0);

    /* A stopped one is killed too. */
    k_signal(child, K_SIGSTOP);
    run(&machine, 1000000);
    k_ignore(child, K_SIGKILL);
    k_signal(child, K_SIGKILL);
    run(&machine, 1000000);
    assert_int_equal(k_reap(leader, 0, &changed), 1);
    assert_int_equal(changed.status, 128 + K_SIGKILL);
    assert_int_equal(k_reap(leader, 0, &changed), UMBRA_ECHILD);
    assert_int_equal(k_signal_group(&machine.kernel, 12345, K_SIGTERM), UMBRA_ESRCH);
    close_machine(&machine, session);
}

static void groups_are_signalled_as_one(void **state)
{
    struct k_session *session;
    struct machine machine;
    struct k_process *leader, *first, *second;
    struct k_child ended;

    (void)state;
    machine_open(&machine, programs, NULL);
    leader = begin(&machine, &waiter, &session);
    first = spawn(leader, &waiter, NULL);
    second = spawn(leader, &waiter, NULL);
    first->group = second->group = first->id;
    run(&machine, 1000000);
    assert_int_equal(k_signal_group(&machine.kernel, first->id, K_SIGINT), 0);
    run(&machine, 1000000);
    assert_int_equal(k_reap(leader, 0, &ended), 1);
    assert_int_equal(k_reap(leader, 0, &ended), 1);
    assert_int_equal(ended.status, 128 + K_SIGINT);
    assert_int_equal(leader->condition, K_WAITING);
    close_machine(&machine, session);
}

static void an_orphan_goes_on_and_is_buried(void **state)
{
    uint64_t counted = 0;
    struct k_session *session;
    struct machine machine;
    struct k_process *leader, *parent, *orphan;
    struct k_child ended;

    (void)state;
    machine_open(&machine, programs, NULL);
    leader = begin(&machine, &waiter, &session);
    parent = spawn(leader, &waiter, NULL);
    orphan = spawn(parent, &spinner, NULL);
    ((struct counter *)orphan->state)->counted = &counted;
    k_signal(parent, K_SIGKILL);
    run(&machine, 1000000);
    assert_int_equal(k_reap(leader, 0, &ended), 1);
    counted = 0;
    run(&machine, 1000000);
    assert_true(counted > 0);
    k_signal(orphan, K_SIGTERM);
    run(&machine, 1000000);
    assert_int_equal(machine.kernel.process_count, 1);
    close_machine(&machine, session);
}

static void limits_are_kept(void **state)
{
    struct k_limits limits = k_default_limits;
    struct k_file *reader, *end;
    struct k_session *session;
    struct machine machine;
    struct k_process *leader;
    struct error error;
    const char *argv[2];
    int count;

    (void)state;
    limits.processes = 5;
    limits.open_files = 8;
    limits.process_bytes = 1u << 20;
    machine_open(&machine, programs, &limits);
    leader = begin(&machine, &waiter, &session);
    for (count = 1; count < 5; count++) spawn(leader, &waiter, NULL);
    assert_null(k_spawn(leader, &waiter, 1, (char *const *)(uintptr_t)no_arguments("wait", argv), &error));
    assert_int_equal(error.code, UMBRA_EAGAIN);
    assert_non_null(strstr(error.message, "processes"));

    assert_int_equal(k_make_pipe(&machine.kernel, &reader, &end), 0);
    for (count = 0; count < 8; count++) assert_int_equal(k_install(leader, k_keep(reader), 0, false), count);
    assert_int_equal(k_install(leader, k_keep(reader), 0, false), UMBRA_EMFILE);
    k_drop(reader);
    k_drop(end);

    assert_null(arena_take(&leader->arena, 2u << 20));
    assert_true(leader->account.refused);
    leader->account.refused = leader->arena.failed = false;
    assert_non_null(arena_take(&leader->arena, 1000));
    close_machine(&machine, session);
}

static void fuel_is_counted_for_a_command_line(void **state)
{
    uint64_t counted = 0;
    struct k_limits limits = k_default_limits;
    struct k_session *session;
    struct machine machine;
    struct k_process *leader, *child;
    struct k_child ended;

    (void)state;
    limits.fuel = 1000000;
    machine_open(&machine, programs, &limits);
    leader = begin(&machine, &waiter, &session);
    k_catch(leader, K_SIGXCPU);
    child = spawn(leader, &spinner, NULL);
    ((struct counter *)child->state)->counted = &counted;
    run(&machine, 500000);
    k_begin_command(session);
    run(&machine, 700000);
    assert_null(session->exceeded);
    run(&machine, 700000);
    assert_string_equal(session->exceeded, "fuel");
    run(&machine, 700000);
    assert_int_equal(k_reap(leader, child->id, &ended), 1);
    assert_int_equal(ended.status, 128 + K_SIGKILL);
    assert_int_equal(k_take_signal(leader), K_SIGXCPU);
    close_machine(&machine, session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_fair),
        cmocka_unit_test(a_waiting_process_costs_nothing),
        cmocka_unit_test(a_pipe_is_bounded),
        cmocka_unit_test(nobody_reads),
        cmocka_unit_test(signals_do_what_they_do),
        cmocka_unit_test(groups_are_signalled_as_one),
        cmocka_unit_test(an_orphan_goes_on_and_is_buried),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(fuel_is_counted_for_a_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
