#include "machine.h"

#define TURNS_MAX 50000000

void machine_open(struct machine *machine, const struct k_program *const *programs,
                  const struct k_limits *limits)
{
    memset(machine, 0, sizeof *machine);
    workspace_open(&machine->workspace, WORKSPACE_BYTES);
    assert_int_equal(k_open(&machine->kernel, &machine->workspace.memory->host, machine->workspace.store,
                            limits, programs, &machine->workspace.error),
                     0);
    machine->environment[0] = "PATH=/usr/bin:/bin";
    machine->environment[1] = "HOME=/workspace";
    machine->environment[2] = "LC_ALL=C.UTF-8";
}

void machine_close(struct machine *machine)
{
    k_close(&machine->kernel);
    assert_int_equal(machine->kernel.account.used, 0);
    buffer_free(&machine->output);
    buffer_free(&machine->errors);
    workspace_close(&machine->workspace);
}

static struct k_environment *make_environment(struct machine *machine)
{
    size_t count = 0;
    struct k_environment *environment;

    while (machine->environment[count]) count++;
    environment = k_make_environment(&machine->kernel, (char *const *)(uintptr_t)machine->environment, count);
    assert_non_null(environment);
    return environment;
}

static void install(struct k_process *process, struct k_file *file, int number)
{
    assert_non_null(file);
    assert_int_equal(k_install_at(process, file, number), number);
}

/* Runs until the session has ended; when all wait for the clock, it is put forward. */
static void run_all(struct machine *machine, const struct k_session *session)
{
    struct kernel *kernel = &machine->kernel;
    struct memory_host *memory = machine->workspace.memory;
    unsigned long turns;

    for (turns = 0; !session->ended; turns++) {
        struct k_slice slice;
        int64_t wake;
        assert_true(turns < TURNS_MAX);
        k_slice_begin(&slice, kernel->host, 0);
        slice.fuel = 1;
        if (k_run(kernel, &slice) || session->ended) continue;
        wake = k_next_wake(kernel);
        if (wake == 0) fail_msg("all processes wait for nothing");
        if (wake > memory->monotonic) {
            machine->slept += wake - memory->monotonic;
            memory->wall += (wake - memory->monotonic) / 1000;
            memory->monotonic = wake;
        }
    }
}

void machine_run(struct machine *machine, const void *input, size_t size, const char *const *argv)
{
    struct kernel *kernel = &machine->kernel;
    const struct k_program *program = k_find_program(kernel, argv[0]);
    struct k_capture output = {0}, errors = {0};
    struct k_environment *environment = make_environment(machine);
    struct buffer text = {0};
    struct k_session *session;
    struct k_process *process;
    int argc = 0;

    if (program == NULL) fail_msg("there is no program %s", argv[0]);
    while (argv[argc]) argc++;
    process = k_begin_session(kernel, program, argc, (char *const *)(uintptr_t)argv, environment,
                              &machine->workspace.error);
    if (process == NULL) fail_msg("%s", machine->workspace.error.message);
    k_drop_environment(kernel, environment);
    session = process->session;
    if (input) buffer_put(&text, input, size == SIZE_MAX ? strlen(input) : size);
    install(process, k_make_text(kernel, &text), 0);
    install(process, k_make_capture(kernel, &output), 1);
    install(process, k_make_capture(kernel, &errors), 2);
    machine->slept = 0;
    run_all(machine, session);
    machine->status = session->status;
    k_drop_session(session);
    buffer_free(&machine->output);
    buffer_free(&machine->errors);
    machine->output = output.bytes;
    machine->errors = errors.bytes;
    output.bytes = errors.bytes = (struct buffer){0};
    k_end_capture(&output);
    k_end_capture(&errors);
    assert_int_equal(k_settle(kernel, &machine->workspace.error), 0);
}

void machine_check(struct machine *machine, int status, const char *output, const char *errors,
                   const char *file, int line)
{
    if (machine->status == status && strcmp(buffer_string(&machine->output), output) == 0 &&
        (errors == NULL || strcmp(buffer_string(&machine->errors), errors) == 0))
        return;
    print_error(
        "%s:%d: status %d (expected %d)\n--- output\n%s--- expected\n%s--- errors\n%s--- expected\n%s", file,
        line, machine->status, status, buffer_string(&machine->output), output,
        buffer_string(&machine->errors), errors ? errors : "(any)\n");
    fail();
}
