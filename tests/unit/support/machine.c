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

static bool have_ended(struct k_session *const *sessions)
{
    while (*sessions && (*sessions)->ended) sessions++;
    return *sessions == NULL;
}

static uint64_t fuel_used(const struct kernel *kernel)
{
    const struct k_session *session;
    uint64_t used = 0;

    for (session = kernel->sessions; session; session = session->next) used += session->fuel_used;
    return used;
}

/* Takes note of a turn. */
static void count_turn(struct machine *machine, uint64_t before)
{
    uint64_t after = fuel_used(&machine->kernel); /* less than before when a session has ended */

    machine->turns++;
    if (after > before && after - before > machine->largest_turn) machine->largest_turn = after - before;
}

/* Runs until all sessions have ended; when all wait for the clock, it is put forward. */
static void run_all(struct machine *machine, struct k_session *const *sessions)
{
    struct kernel *kernel = &machine->kernel;
    struct memory_host *memory = machine->workspace.memory;
    unsigned long turns;

    for (turns = 0; !have_ended(sessions); turns++) {
        struct k_slice slice;
        uint64_t used = fuel_used(kernel);
        int64_t wake;
        bool more;
        assert_true(turns < TURNS_MAX);
        k_slice_begin(&slice, kernel->host, 0);
        slice.fuel = 1;
        more = k_run(kernel, &slice);
        count_turn(machine, used);
        if (more || have_ended(sessions)) continue;
        wake = k_next_wake(kernel);
        if (wake == 0) fail_msg("all processes wait for nothing");
        if (wake > memory->monotonic) {
            machine->slept += wake - memory->monotonic;
            memory->wall += (wake - memory->monotonic) / 1000;
            memory->monotonic = wake;
        }
    }
}

/* A program with its input and output, which it takes over; the session is the caller's to drop. */
static struct k_session *begin(struct machine *machine, const char *const *argv, struct k_file *input,
                               struct k_file *output, struct k_file *errors)
{
    struct kernel *kernel = &machine->kernel;
    const struct k_program *program = k_find_program(kernel, argv[0]);
    struct k_environment *environment = make_environment(machine);
    struct k_process *process;
    int argc = 0;

    if (program == NULL) fail_msg("there is no program %s", argv[0]);
    while (argv[argc]) argc++;
    process = k_begin_session(kernel, program, argc, (char *const *)(uintptr_t)argv, environment,
                              &machine->workspace.error);
    if (process == NULL) fail_msg("%s", machine->workspace.error.message);
    k_drop_environment(kernel, environment);
    install(process, input, 0);
    install(process, output, 1);
    install(process, k_keep(errors), 2);
    return process->session;
}

void machine_pipe(struct machine *machine, const void *input, size_t size, const char *const *const *stages)
{
    struct kernel *kernel = &machine->kernel;
    struct k_session *sessions[MACHINE_STAGES + 1] = {NULL};
    struct k_capture output = {0}, errors = {0};
    struct k_file *errors_file, *from, *to, *next = NULL;
    struct buffer text = {0};
    int i;

    if (input) buffer_put(&text, input, size == SIZE_MAX ? strlen(input) : size);
    from = k_make_text(kernel, &text);
    errors_file = k_make_capture(kernel, &errors);
    assert_non_null(errors_file);
    for (i = 0; stages[i]; i++) {
        assert_true(i < MACHINE_STAGES);
        if (stages[i + 1])
            assert_int_equal(k_make_pipe(kernel, &next, &to), 0);
        else
            to = k_make_capture(kernel, &output);
        sessions[i] = begin(machine, stages[i], from, to, errors_file);
        from = next;
    }
    k_drop(errors_file);
    machine->slept = 0;
    if (machine->begins) machine->begins();
    run_all(machine, sessions);
    if (machine->ends) machine->ends();
    machine->status = sessions[i - 1]->status;
    while (i) k_drop_session(sessions[--i]);
    buffer_free(&machine->output);
    buffer_free(&machine->errors);
    machine->output = output.bytes;
    machine->errors = errors.bytes;
    output.bytes = errors.bytes = (struct buffer){0};
    k_end_capture(&output);
    k_end_capture(&errors);
    assert_int_equal(k_settle(kernel, &machine->workspace.error), 0);
}

void machine_run(struct machine *machine, const void *input, size_t size, const char *const *argv)
{
    machine_pipe(machine, input, size, (const char *const *const[]){argv, NULL});
}

/* --- a line as words --- */

#define WORDS_MAX 64

struct line {
    char *text, *at; /* a copy, in which each word gets a NUL behind it */
    const char *words[WORDS_MAX];
    const char *const *stages[MACHINE_STAGES + 1];
    size_t word_count, stage_count;
};

/* The word at line->at, which moves behind it; false when there is none before the end or a |. */
static bool take_word(struct line *line)
{
    char *to, *from = line->at;

    while (*from == ' ') from++;
    line->at = from;
    if (*from == '\0' || *from == '|') return false;
    assert_true(line->word_count + 2 < WORDS_MAX);
    line->words[line->word_count++] = to = from;
    while (*from && *from != ' ' && *from != '|') {
        if (*from == '\'') {
            for (from++; *from != '\''; from++) {
                assert_true(*from != '\0');
                *to++ = *from;
            }
            from++;
        } else {
            *to++ = *from++;
        }
    }
    assert_true(*from == ' ' || *from == '\0'); /* a | stands alone */
    line->at = *from ? from + 1 : from;
    *to = '\0';
    return true;
}

void machine_line(struct machine *machine, const void *input, size_t size, const char *text)
{
    struct line line = {.text = strdup(text)};
    char *copy;

    assert_non_null(line.text);
    for (copy = line.text, line.at = copy;;) {
        assert_true(line.stage_count < MACHINE_STAGES);
        line.stages[line.stage_count++] = &line.words[line.word_count];
        while (take_word(&line)) continue;
        line.words[line.word_count++] = NULL;
        if (*line.at == '\0') break;
        *line.at++ = ' ';
    }
    machine_pipe(machine, input, size, line.stages);
    free(line.text);
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
