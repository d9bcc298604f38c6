/* program.c: the shell as a program: its stack of frames, its beginning and its end. */
#include "shell/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "shell/directories.h"
#include "shell/dynamic.h"
#include "shell/execute.h"
#include "shell/hashed.h"
#include "shell/interactive.h"
#include "shell/jobs.h"
#include "shell/parameter.h"
#include "shell/reader.h"

#define STEP_FUEL   32
#define DEPTH_LIMIT 20000 /* frames within one another */

/* --- frames --- */

void *sh_push(struct shell *shell, size_t size, enum sh_step (*step)(struct shell *, struct sh_frame *),
              void (*leave)(struct shell *, struct sh_frame *))
{
    struct arena *arena = &shell->process->arena;
    struct arena_mark mark = arena_mark(arena);
    struct sh_frame *frame = arena_zero(arena, size);

    if (frame == NULL) {
        sh_out_of_memory(shell);
        return NULL;
    }
    frame->mark = mark;
    frame->step = step;
    frame->leave = leave;
    frame->up = shell->frame;
    shell->frame = frame;
    return frame;
}

static void pop(struct shell *shell)
{
    struct sh_frame *frame = shell->frame;

    if (frame->leave) frame->leave(shell, frame);
    shell->frame = frame->up;
    arena_release(&shell->process->arena, frame->mark);
}

void sh_unwind(struct shell *shell, enum sh_unwind how, int count)
{
    /* What ends more is not taken back by what ends less. */
    if (shell->unwind & SH_EXITS) return;
    if (shell->unwind & SH_ABORTS_ALL && how != SH_EXITS) return;
    if (shell->unwind & SH_ABORTS && !(how & (SH_ABORTS_ALL | SH_EXITS))) return;
    shell->unwind = how;
    shell->unwind_count = count;
}

void sh_abort(struct shell *shell, int status)
{
    if (shell->unwind & SH_EXITS) return;
    shell->status = status;
    sh_unwind(shell, SH_ABORTS, 0);
}

void sh_abort_all(struct shell *shell, int status)
{
    if (shell->unwind & SH_EXITS) return;
    shell->status = status;
    sh_unwind(shell, SH_ABORTS_ALL, 0);
}

void sh_out_of_memory(struct shell *shell)
{
    struct memory_account *account = &shell->process->account;
    bool limit = account->refused || shell->variables->account.refused || shell->kernel->account.refused;

    account->refused = shell->kernel->account.refused = shell->variables->account.refused = false;
    shell->process->arena.failed = false;
    shell->variables->failed = false;
    if (shell->unwind & (SH_ABORTS | SH_ABORTS_ALL | SH_EXITS)) return;
    sh_error(shell,
             limit ? "the memory limit is reached (process_bytes, memory_bytes)" : "cannot allocate memory");
    sh_abort_all(shell, 2);
}

bool sh_turn_is_over(struct shell *shell, uint64_t units)
{
    if (!sh_charge(shell, units)) return false;
    shell->resumes = true;
    return true;
}

/* --- messages --- */

/* Of the first `size` bytes as many as go now. */
static int write_buffer(struct shell *shell, struct buffer *buffer, size_t size, int number)
{
    size_t done = 0;
    int64_t put = 0;

    if (size > buffer->size) size = buffer->size;
    while (done < size) {
        put = k_write(shell->process, number, buffer->data + done, size - done);
        if (put < 0) break;
        done += (size_t)put;
    }
    if (put < 0 && put != UMBRA_EAGAIN) {
        buffer_clear(buffer);
        return (int)put;
    }
    if (done == buffer->size)
        buffer_clear(buffer);
    else
        buffer_consume(buffer, done);
    return put < 0 ? UMBRA_EAGAIN : 0;
}

/* What was said before an error is written before it, as far as it goes at once: output by lines, as bash's.
 */
static void settle_order(struct shell *shell)
{
    const struct buffer *output = &shell->output;
    size_t lines = output->size;

    if (shell->errors.size && (shell->errors.failed || write_buffer(shell, &shell->errors, SIZE_MAX, 2)))
        return;
    while (lines && output->data[lines - 1] != '\n') lines--;
    if (lines && !output->failed) write_buffer(shell, &shell->output, lines, 1);
}

/* text: what the line is counted in ("eval"), NULL: the script. */
static void put_place(struct shell *shell, const char *text)
{
    const char *file = shell->call && !shell->interactive ? shell->call->source : NULL;

    settle_order(shell);
    buffer_put_string(&shell->errors, file ? file : shell->name);
    if (text) buffer_printf(&shell->errors, ": %s", text);
    if (!shell->interactive) buffer_printf(&shell->errors, ": line %u", shell->line);
    buffer_put_string(&shell->errors, ": ");
}

void sh_error(struct shell *shell, const char *format, ...)
{
    va_list arguments;

    put_place(shell, NULL);
    va_start(arguments, format);
    buffer_vprintf(&shell->errors, format, arguments);
    va_end(arguments);
    buffer_put_byte(&shell->errors, '\n');
}

void sh_text_error(struct shell *shell, const char *text, const char *message, size_t length)
{
    put_place(shell, text);
    buffer_put(&shell->errors, message, length);
    buffer_put_byte(&shell->errors, '\n');
}

void sh_builtin_error(struct shell *shell, const char *name, const char *format, ...)
{
    va_list arguments;

    put_place(shell, NULL);
    buffer_printf(&shell->errors, "%s: ", name);
    va_start(arguments, format);
    buffer_vprintf(&shell->errors, format, arguments);
    va_end(arguments);
    buffer_put_byte(&shell->errors, '\n');
}

void sh_put(struct shell *shell, const void *data, size_t size)
{
    buffer_put(&shell->output, data, size);
}

void sh_print(struct shell *shell, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(&shell->output, format, arguments);
    va_end(arguments);
}

/* Something is to be written, or could not be kept until it is. */
static bool has_output(const struct shell *shell)
{
    return shell->output.size || shell->errors.size || shell->output.failed || shell->errors.failed;
}

/* Nobody reads any more, and that ends the shell once its EXIT trap has run. */
static bool ends_by_pipe(const struct shell *shell)
{
    return shell->process->pending & k_signal_bit(K_SIGPIPE) && shell->traps[K_SIGPIPE].text == NULL &&
           sh_ends_with_trap(shell, K_SIGPIPE) && !shell->ended;
}

int sh_write_out(struct shell *shell)
{
    int result = 0;

    if (shell->output.failed || shell->errors.failed) {
        if (shell->output.failed) buffer_free(&shell->output);
        if (shell->errors.failed) buffer_free(&shell->errors);
        sh_out_of_memory(shell);
    }
    if (shell->errors.size && write_buffer(shell, &shell->errors, SIZE_MAX, 2) == UMBRA_EAGAIN)
        return UMBRA_EAGAIN;
    if (shell->output.size) result = write_buffer(shell, &shell->output, SIZE_MAX, 1);
    if (result == UMBRA_EAGAIN) return result;
    if (result < 0 && !k_is_dying(shell->process) && !(result == UMBRA_EPIPE && ends_by_pipe(shell))) {
        sh_error(shell, "%s%swrite error: %s", shell->builtin_name ? shell->builtin_name : "",
                 shell->builtin_name ? ": " : "", k_error_text(result));
        shell->status = 1;
        shell->write_failed = true;
    }
    if (shell->errors.size && write_buffer(shell, &shell->errors, SIZE_MAX, 2) == UMBRA_EAGAIN)
        return UMBRA_EAGAIN;
    return 0;
}

/* --- signals --- */

/* It was caught for the EXIT trap alone. */
static void end_by_signal(struct shell *shell, int signal)
{
    if (shell->ended) { /* that is running already */
        k_reset(shell->process, signal);
        k_signal(shell->process, signal);
        return;
    }
    shell->ended_by = signal;
    shell->status = 128 + signal;
    sh_unwind(shell, SH_EXITS, 0);
}

static void take_signal(struct shell *shell, int signal)
{
    struct k_session *session = shell->process->session;

    if (signal == K_SIGXCPU && session->exceeded) {
        sh_error(shell, "the limit of %s is reached", session->exceeded);
        session->exceeded = NULL;
        shell->status = 128 + K_SIGXCPU;
        sh_unwind(shell, shell->interactive || shell->is_session ? SH_ABORTS_ALL : SH_EXITS, 0);
        return;
    }
    if (signal == K_SIGCHLD) {
        shell->children_changed = true;
        return;
    }
    if (shell->traps[signal].text) {
        shell->trapped_pending |= k_signal_bit(signal);
        return;
    }
    if (sh_interactive_signal(shell, signal)) return;
    if (sh_may_end_with_trap(signal) && !shell->interactive && !shell->is_session) {
        end_by_signal(shell, signal);
        return;
    }
    if (signal == K_SIGINT) { /* interactive: the line is given up */
        sh_abort_all(shell, 128 + K_SIGINT);
    }
}

static void take_signals(struct shell *shell)
{
    int signal;
    while ((signal = k_take_signal(shell->process)) != 0) take_signal(shell, signal);
}

/* --- the machine --- */

/* Leaves frames up to one that catches what is going on. */
static void unwind(struct shell *shell)
{
    while (shell->frame && shell->unwind && !(shell->frame->catches & shell->unwind)) pop(shell);
}

/* Whether there is more to do: the trap for the end, or the end itself. */
static bool go_on_at_end(struct shell *shell)
{
    if (shell->ended) return false;
    shell->ended = true;
    shell->unwind = SH_NO_UNWIND;
    shell->exit_status = shell->status;
    shell->has_exit_status = true;
    return sh_run_trap(shell, SH_TRAP_EXIT);
}

static enum k_progress finish(struct shell *shell)
{
    if (shell->ended_by) { /* whatever the trap said of the status */
        k_reset(shell->process, shell->ended_by);
        k_signal(shell->process, shell->ended_by);
        return K_AGAIN;
    }
    sh_interactive_finish(shell);
    shell->process->status = shell->trap_exit ? shell->status : shell->exit_status;
    return K_DONE;
}

/* What a failure brings: first the ERR trap, then with set -e the end. True: a frame was pushed or left. */
static bool run_pending(struct shell *shell)
{
    if (shell->err_pending) {
        shell->err_pending = false;
        if (sh_run_trap(shell, SH_TRAP_ERR)) return true;
    }
    if (shell->exit_pending && !(shell->traps_running & 1u << 1)) {
        shell->exit_pending = false;
        sh_unwind(shell, SH_EXITS, 0);
        return true;
    }
    return false;
}

/* A trap must not change what a step is in the midst of, and is run after the command in the foreground
 * (POSIX 2017, XCU 2.11). */
static bool may_run_traps(const struct shell *shell)
{
    return !shell->unwind && !shell->resumes && !shell->frame->deaf;
}

static enum k_progress run_frames(struct shell *shell)
{
    struct k_process *process = shell->process;

    for (;;) {
        enum sh_step step;
        if (process->pending) take_signals(shell);
        if (has_output(shell) && sh_write_out(shell) == UMBRA_EAGAIN) return K_WAIT;
        if (k_is_dying(process)) return K_AGAIN;
        if (shell->unwind) unwind(shell);
        if (shell->frame == NULL) {
            if (go_on_at_end(shell)) continue;
            if (has_output(shell)) continue;
            return finish(shell);
        }
        if (shell->err_pending || shell->exit_pending) {
            if (run_pending(shell)) continue;
        }
        if ((shell->trapped_pending || shell->children_changed) && may_run_traps(shell)) {
            if (shell->children_changed) sh_reap(shell);
            if (shell->trapped_pending && sh_run_traps(shell)) continue;
        }
        shell->resumes = false;
        step = shell->frame->step(shell, shell->frame);
        if (step == SH_REPLACED) return K_AGAIN;
        if (step == SH_RETURNS) pop(shell);
        if (shell->frame) shell->frame->deaf = step == SH_WAITS;
        if (step == SH_WAITS && shell->resumes) return K_AGAIN;
        if ((step == SH_WAITS || step == SH_LISTENS) && !has_output(shell)) return K_WAIT;
        if (k_charge(process, STEP_FUEL) || step == SH_YIELDS) return K_AGAIN;
    }
}

/* --- beginning --- */

struct sh_arguments *sh_make_arguments(struct shell *shell, int count, char *const *values)
{
    size_t bytes = sizeof(struct sh_arguments) + (size_t)count * sizeof(char *);
    struct sh_arguments *arguments;
    char *at;
    int i;

    for (i = 0; i < count; i++) bytes += strlen(values[i]) + 1;
    arguments = memory_take(&shell->kernel->account, bytes);
    if (arguments == NULL) return NULL;
    *arguments = (struct sh_arguments){.references = 1, .bytes = bytes, .count = count};
    at = (char *)&arguments->values[count];
    for (i = 0; i < count; i++) {
        size_t size = strlen(values[i]) + 1;
        arguments->values[i] = memcpy(at, values[i], size);
        at += size;
    }
    return arguments;
}

void sh_drop_arguments(struct shell *shell, struct sh_arguments *arguments)
{
    if (arguments && --arguments->references == 0)
        memory_give(&shell->kernel->account, arguments, arguments->bytes);
}

static void set_defaults(struct shell *shell)
{
#define SET_SHOPT(name, text, on)                                                                            \
    if (on) shell->shopts |= (uint64_t)1 << SH_SHOPT_##name;
    SH_SHOPTS(SET_SHOPT)
#undef SET_SHOPT
    shell->options =
        1u << SH_OPTION_BRACE_EXPAND | 1u << SH_OPTION_HASHALL | 1u << SH_OPTION_INTERACTIVE_COMMENTS;
    shell->depth_limit = DEPTH_LIMIT;
    shell->seconds_base = k_wall(shell->kernel) / 1000;
}

bool sh_initialize(struct shell *shell, struct k_process *process)
{
    char *none[1] = {NULL};

    shell->process = process;
    shell->kernel = process->kernel;
    arena_init(&shell->temporary, &process->account);
    shell->variables = sh_variables_new(&shell->kernel->account, (size_t)shell->kernel->limits.process_bytes);
    shell->definitions = sh_definitions_new(shell);
    shell->arguments = sh_make_arguments(shell, 0, none);
    shell->name = process->argc ? process->argv[0] : "bash";
    shell->line = 1;
    if (shell->variables == NULL || shell->definitions == NULL || shell->arguments == NULL) return false;
    set_defaults(shell);
    return sh_make_variables(shell);
}

static enum k_progress shell_run(struct k_process *process)
{
    struct shell *shell = process->state;

    if (shell->process == NULL) {
        if (!sh_initialize(shell, process) || !sh_begin(shell)) {
            static const char words[] = "bash: cannot allocate memory\n";
            if (shell->errors.size == 0) k_write(process, 2, words, sizeof words - 1);
            process->status = 2;
            if (shell->errors.size && sh_write_out(shell) == UMBRA_EAGAIN) return K_WAIT;
            process->status = shell->status ? shell->status : 2;
            return K_DONE;
        }
    }
    return run_frames(shell);
}

static void free_traps(struct shell *shell)
{
    int i;
    for (i = 0; i < SH_TRAP_COUNT; i++)
        if (shell->traps[i].text)
            memory_give(&shell->kernel->account, shell->traps[i].text, shell->traps[i].size + 1);
}

static void shell_end(struct k_process *process)
{
    struct shell *shell = process->state;

    if (shell->process == NULL) return;
    while (shell->frame) pop(shell);
    sh_free_jobs(shell);
    sh_forget_past(shell, 0);
    sh_interactive_free(shell);
    sh_end_reading(shell);
    free_traps(shell);
    sh_forget_shown_traps(shell);
    sh_forget_exported(shell);
    sh_drop_arguments(shell, shell->arguments);
    sh_definitions_drop(shell->definitions);
    sh_variables_drop(shell->variables);
    sh_script_drop(shell->script);
    sh_script_drop(shell->command_script);
    memory_give(&shell->kernel->account, shell->own_name, shell->own_name_bytes);
    sh_free_directories(shell);
    sh_hashed_forget_all(shell);
    memory_give(&shell->kernel->account, shell->last_argument, shell->last_argument_bytes);
    memory_give(&shell->kernel->account, shell->pipe_statuses,
                shell->pipe_capacity * sizeof *shell->pipe_statuses);
    buffer_free(&shell->output);
    buffer_free(&shell->errors);
    buffer_free(&shell->mark);
    arena_free(&shell->temporary);
}

static const char help[] =
    "Usage: bash [OPTION]... [FILE [ARGUMENT]...]\n"
    "  or:  bash [OPTION]... -c COMMANDS [NAME [ARGUMENT]...]\n"
    "Run commands from FILE, from the text COMMANDS, or from the standard input.\n"
    "\n"
    "  -c               commands are in the first operand; the next is $0, the rest $1 and on\n"
    "  -i               interactive\n"
    "  -l, --login      a login shell\n"
    "  -s               commands come from the standard input, operands are $1 and on\n"
    "  -o OPTION        as set -o; +o takes it back\n"
    "  -O SHOPT         as shopt -s; +O takes it back\n"
    "  -a -e -f -u -x … as set\n"
    "      --norc, --noprofile, --posix\n"
    "      --help       this text\n"
    "      --version    the version\n";

const struct k_program sh_program_bash = {.name = "bash",
                                          .directory = K_PROGRAMS_PATH,
                                          .state_size = sizeof(struct shell),
                                          .run = shell_run,
                                          .end = shell_end,
                                          .help = help};

const struct k_program sh_program_server = {
    .name = "bash", .state_size = sizeof(struct shell), .run = shell_run, .end = shell_end, .help = help};

#define PROGRAM(id, text)                                                                                    \
    const struct k_program sh_program_##id = {.name = (text),                                                \
                                              .directory = K_PROGRAMS_PATH,                                  \
                                              .state_size = sizeof(struct shell),                            \
                                              .run = shell_run,                                              \
                                              .end = shell_end}
PROGRAM(bracket, "[");
PROGRAM(kill, "kill");
PROGRAM(printf, "printf");
PROGRAM(test, "test");

const struct k_program sh_program_sh = {.name = "sh",
                                        .directory = K_PROGRAMS_PATH,
                                        .state_size = sizeof(struct shell),
                                        .run = shell_run,
                                        .end = shell_end,
                                        .help = help};
