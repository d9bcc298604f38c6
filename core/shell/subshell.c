#include "shell/subshell.h"

#include <stdio.h>
#include <stdlib.h>

#include "shell/completion.h"
#include "shell/compound.h"
#include "shell/directories.h"
#include "shell/dynamic.h"
#include "shell/hashed.h"
#include "shell/jobs.h"
#include "shell/program.h"
#include "shell/transform.h"

/* --- copies --- */

struct shell *sh_shell_of(struct k_process *process)
{
    return process->state;
}

uint32_t sh_main_id(const struct shell *shell)
{
    return shell->main_id ? shell->main_id : shell->process->id;
}

static bool copy_calls(struct shell *child, const struct sh_call *call)
{
    struct sh_call **last = &child->call;
    struct arena *arena = &child->process->arena;

    for (; call; call = call->up) {
        struct sh_call *copy = arena_take(arena, sizeof *copy);
        if (copy == NULL) return false;
        *copy = (struct sh_call){
            .line = call->line,
            .function = call->function ? arena_copy(arena, call->function, strlen(call->function)) : NULL,
            .source = call->source ? arena_copy(arena, call->source, strlen(call->source)) : NULL};
        *last = copy;
        last = &copy->up;
    }
    return !arena->failed;
}

/* Traps of the parent do nothing here, but those that ignore a signal. */
static bool copy_traps(struct shell *child, const struct shell *parent)
{
    int i;

    for (i = 0; i < SH_TRAP_COUNT; i++) {
        bool inherited = i > K_SIGNAL_MAX && ((i == SH_TRAP_ERR && sh_has(parent, SH_OPTION_ERRTRACE)) ||
                                              (i != SH_TRAP_ERR && sh_has(parent, SH_OPTION_FUNCTRACE)));
        if (parent->traps[i].text == NULL || (parent->traps[i].size && !inherited)) continue;
        child->traps[i].text = memory_take(&child->kernel->account, parent->traps[i].size + 1);
        if (child->traps[i].text == NULL) return false;
        memcpy(child->traps[i].text, parent->traps[i].text, parent->traps[i].size + 1);
        child->traps[i].size = parent->traps[i].size;
        child->traps[i].level = parent->traps[i].level;
    }
    return sh_take_shown_traps(child, parent);
}

static bool copy_last_argument(struct shell *child, const struct shell *parent)
{
    size_t bytes = parent->last_argument ? strlen(parent->last_argument) + 1 : 0;

    if (bytes == 0) return true;
    child->last_argument = memory_take(&child->kernel->account, bytes);
    if (child->last_argument == NULL) return false;
    memcpy(child->last_argument, parent->last_argument, bytes);
    child->last_argument_bytes = bytes;
    return true;
}

static bool copy_jobs(struct shell *child, const struct shell *parent)
{
    const struct sh_job *job;
    struct sh_job **last = &child->jobs;

    for (job = parent->jobs; job; job = job->next) {
        struct sh_job *copy;
        if (job->foreground) continue;
        copy = memory_take(&child->kernel->account, job->bytes);
        if (copy == NULL) return false;
        memcpy(copy, job, job->bytes);
        copy->text = (char *)copy + (job->text - (const char *)job);
        copy->next = NULL;
        copy->foreign = true;
        *last = copy;
        last = &copy->next;
    }
    return true;
}

/* Of its last pipeline. */
static bool copy_statuses(struct shell *child, const struct shell *parent)
{
    size_t i;

    for (i = 0; i < parent->pipe_count; i++) sh_set_pipe_status_at(child, i, parent->pipe_statuses[i]);
    return child->pipe_count == parent->pipe_count;
}

static bool copy_shell(struct shell *child, struct shell *parent, struct k_process *process)
{
    child->process = process;
    child->kernel = parent->kernel;
    arena_init(&child->temporary, &process->account);
    child->variables = parent->variables;
    child->variables->references++;
    child->definitions = parent->definitions;
    child->definitions->references++;
    child->arguments = parent->arguments;
    child->arguments->references++;
    child->script = sh_script_keep(parent->script);
    child->options = parent->options & ~(1u << SH_OPTION_MONITOR);
    if (!sh_shopt(parent, SH_SHOPT_INHERIT_ERREXIT) && parent->substitutes &&
        !sh_has(parent, SH_OPTION_POSIX))
        child->options &= ~(1u << SH_OPTION_ERREXIT);
    child->is_substitution = parent->substitutes;
    child->trace_level = parent->trace_level;
    child->hashed = parent->hashed;
    if (child->hashed) child->hashed->references++;
    child->history = parent->history;
    if (child->history) child->history->references++;
    child->keymaps = parent->keymaps;
    if (child->keymaps) child->keymaps->references++;
    child->completions = parent->completions;
    if (child->completions) child->completions->references++;
    child->shopts = parent->shopts;
    child->has_command_text = parent->has_command_text;
    child->reads_stdin = parent->reads_stdin;
    child->command = parent->command;
    child->command_script = parent->command_script ? sh_script_keep(parent->command_script) : NULL;
    child->status = parent->status;
    child->functions = parent->functions;
    child->loops = 0;
    child->sources = parent->sources;
    child->no_errexit = parent->no_errexit;
    child->line = parent->line;
    child->subshells = parent->subshells + 1;
    child->main_id = sh_main_id(parent);
    child->last_background = parent->last_background;
    child->seconds_base = parent->seconds_base;
    child->depth_limit = parent->depth_limit;
    child->exported = parent->exported;
    if (child->exported) child->exported->references++;
    child->asks_aliases = parent->asks_aliases;
    child->directories = sh_keep_directories(parent);
    child->getopts_at = parent->getopts_at;
    child->getopts_index = parent->getopts_index;
    memcpy(child->disabled, parent->disabled, sizeof child->disabled);
    child->name = arena_copy(&process->arena, parent->name, strlen(parent->name));
    if (parent->hides_temporary) { /* nor are they for what the redirections substitute */
        if (!sh_own_variables(child)) return false;
        sh_variables_leave(child->variables, parent->functions + 1);
        sh_forget_exported(child);
    }
    return child->name && copy_calls(child, parent->call) && copy_traps(child, parent) &&
           copy_jobs(child, parent) && copy_statuses(child, parent) && copy_last_argument(child, parent);
}

/* What a subshell does; nothing of it happens before its first turn. */
struct root_frame {
    struct sh_frame frame;
    const struct sh_command *command;
};

static enum sh_step root_step(struct shell *shell, struct sh_frame *frame)
{
    const struct sh_command *command = ((struct root_frame *)frame)->command;

    if (frame->stage++) return SH_RETURNS;
    /* ( ... ) as all that a subshell does needs no other one. */
    while (command && command->kind == SH_SUBSHELL && command->redirects == NULL) {
        command = command->of.body;
        shell->subshells++;
    }
    sh_run_command(shell, command);
    return SH_GOES_ON;
}

struct k_process *sh_fork(struct shell *shell, const struct sh_command *command)
{
    char *argv[] = {(char *)(uintptr_t) "bash", NULL};
    struct root_frame *root;
    struct error error;
    struct k_process *process = k_spawn(shell->process, &sh_program_bash, 1, argv, &error);
    struct shell *child;

    if (process == NULL) {
        if (error.code == UMBRA_ENOMEM) {
            sh_out_of_memory(shell);
        } else {
            sh_error(shell, "fork: %s", error.message);
            sh_abort_all(shell, 254);
        }
        return NULL;
    }
    child = process->state;
    if (!copy_shell(child, shell, process)) {
        k_end(process, 2);
        sh_out_of_memory(shell);
        return NULL;
    }
    root = sh_push(child, sizeof *root, root_step, NULL);
    if (root == NULL) {
        k_end(process, 2);
        return NULL;
    }
    root->frame.root = true;
    root->command = command;
    /* Of a prompt, not of a script, which would be kept for the child. */
    process->dependent = shell->process->dependent || arena_has(&shell->process->arena, command);
    return process;
}

/* --- $( ) --- */

int sh_substitute(struct shell *shell, const struct sh_command *command, struct k_capture *capture,
                  uint32_t *id)
{
    struct k_file *file = k_make_capture(shell->kernel, capture);
    struct k_process *process;

    if (file == NULL) {
        sh_out_of_memory(shell);
        return UMBRA_ENOMEM;
    }
    shell->substitutes = true;
    shell->trace_level++;
    process = sh_fork(shell, command);
    shell->trace_level--;
    shell->substitutes = false;
    if (process == NULL) {
        k_drop(file);
        k_end_capture(capture);
        return UMBRA_ECANCELLED;
    }
    *id = process->id;
    if (k_install_at(process, file, 1) < 0) {
        k_end(process, 2);
        sh_out_of_memory(shell);
        return UMBRA_ENOMEM;
    }
    return 0;
}

/* --- <( ) and >( ) --- */

/* The shell's end of the pipe of a process that a command talks to; closed when the command has ended. */
struct sh_process_file {
    struct sh_process_file *next;
    int number;
};

#define HIGHEST                                                                                              \
    63 /* the number that bash tries first for what is no concern of scripts, and then those below */
#define HIGH_LEAST 10

static int install_high(struct shell *shell, struct k_file *file, bool close_on_execute)
{
    int number = HIGHEST;

    while (number >= HIGH_LEAST && k_descriptor(shell->process, number)) number--;
    return k_install(shell->process, file, number < HIGH_LEAST ? HIGHEST : number, close_on_execute);
}

int sh_process_substitution(struct shell *shell, const struct sh_part *part, struct sh_output *output)
{
    bool in = part->kind == SH_PROCESS_IN;
    struct sh_process_file *held = memory_take(&shell->kernel->account, sizeof *held);
    struct k_file *reader, *writer;
    struct k_process *process;
    char path[40];

    if (held == NULL || k_make_pipe(shell->kernel, &reader, &writer) < 0) {
        memory_give(&shell->kernel->account, held, sizeof *held);
        sh_out_of_memory(shell);
        return UMBRA_ENOMEM;
    }
    shell->trace_level++;
    process = sh_fork(shell, part->of.command);
    shell->trace_level--;
    if (process) k_install_at(process, in ? writer : reader, in ? 1 : 0);
    held->number = process ? install_high(shell, in ? reader : writer, false) : -1;
    if (process == NULL) {
        k_drop(reader);
        k_drop(writer);
    }
    if (held->number < 0) {
        memory_give(&shell->kernel->account, held, sizeof *held);
        if (process) sh_error(shell, "process substitution: %s", k_error_text(UMBRA_EMFILE));
        sh_abort(shell, 1);
        return UMBRA_ECANCELLED;
    }
    shell->last_background = process->id;
    held->next = shell->process_files;
    shell->process_files = held;
    snprintf(path, sizeof path, "/dev/fd/%d", held->number);
    sh_emit(shell, output, SH_RUN_QUOTED, path, strlen(path));
    return 0;
}

void sh_end_process_files(struct shell *shell)
{
    struct sh_process_file *held;

    while ((held = shell->process_files) != NULL) {
        shell->process_files = held->next;
        if (!shell->replacing) k_close_number(shell->process, held->number);
        memory_give(&shell->kernel->account, held, sizeof *held);
    }
}

/* --- the last command of a pipeline, here --- */

struct last_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    struct k_file *before; /* what number 0 was */
};

static void last_leave(struct shell *shell, struct sh_frame *frame)
{
    struct last_frame *last = (struct last_frame *)frame;

    if (last->before)
        k_install_at(shell->process, last->before, 0);
    else
        k_close_number(shell->process, 0);
}

static enum sh_step last_step(struct shell *shell, struct sh_frame *frame)
{
    struct last_frame *last = (struct last_frame *)frame;

    if (last->frame.stage++) return SH_RETURNS;
    sh_run_command(shell, last->command);
    return SH_GOES_ON;
}

void sh_run_last_stage(struct shell *shell, const struct sh_command *command, struct k_file *reader)
{
    struct last_frame *last = sh_push(shell, sizeof *last, last_step, last_leave);
    struct k_file *before = k_descriptor(shell->process, 0);

    if (last == NULL) {
        k_drop(reader);
        return;
    }
    last->command = command;
    last->before = before ? k_keep(before) : NULL;
    k_install_at(shell->process, reader, 0);
}

/* --- coproc --- */

static bool set_numbers(struct shell *shell, const char *name, const int *numbers)
{
    struct sh_variable *variable = sh_own(shell, name, strlen(name));
    char digits[16];
    int i;

    if (variable == NULL) return false;
    sh_variable_clear(shell->variables, variable);
    if (!sh_make_array(shell, variable, SH_INDEXED)) return false;
    for (i = 0; i < 2; i++) {
        snprintf(digits, sizeof digits, "%d", numbers[i]);
        if (!sh_array_set(shell->variables, variable, i, digits, strlen(digits), false)) return false;
    }
    return true;
}

void sh_run_coprocess(struct shell *shell, const struct sh_command *command)
{
    struct k_file *from[2] = {NULL, NULL}, *to[2] = {NULL, NULL};
    struct k_process *process = NULL;
    struct sh_job *job = NULL;
    int numbers[2];
    char name[80], digits[16];

    shell->line = command->line;
    if (k_make_pipe(shell->kernel, &from[0], &from[1]) == 0 &&
        k_make_pipe(shell->kernel, &to[0], &to[1]) == 0)
        process = sh_fork(shell, command->of.body);
    if (process) job = sh_make_job(shell, 1, command->source, command->source_length);
    if (job == NULL) {
        k_drop(from[0]);
        k_drop(from[1]);
        k_drop(to[0]);
        k_drop(to[1]);
        if (!shell->unwind) sh_out_of_memory(shell);
        return;
    }
    k_install_at(process, to[0], 0);
    k_install_at(process, from[1], 1);
    numbers[0] = install_high(shell, from[0], true);
    numbers[1] = install_high(shell, to[1], true);
    job->foreground = false;
    job->group = process->group;
    sh_job_add(job, process);
    shell->last_background = process->id;
    shell->status = 0;
    snprintf(name, sizeof name, "%.60s_PID", command->coprocess_name);
    snprintf(digits, sizeof digits, "%u", process->id);
    if (!set_numbers(shell, command->coprocess_name, numbers) || !sh_set_string(shell, name, digits))
        shell->status = 1;
}
