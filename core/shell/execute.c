/* execute.c: lists, pipelines and groups of commands. */
#include "shell/execute.h"

#include <stdlib.h>

#include "shell/compound.h"
#include "shell/jobs.h"
#include "shell/program.h"
#include "shell/subshell.h"

/* --- lists --- */

struct list_frame {
    struct sh_frame frame;
    const struct sh_item *item;
};

/* What a process of its own does for a command: ( ... ) is one already. */
static const struct sh_command *inside(const struct sh_command *command)
{
    return command->kind == SH_SUBSHELL && command->redirects == NULL ? command->of.body : command;
}

/* In the background: nobody waits for it. */
static void run_in_background(struct shell *shell, const struct sh_command *command)
{
    struct k_process *process = sh_fork(shell, inside(command));
    struct sh_job *job;
    struct k_file *nothing;
    size_t length = command->source_length;

    if (process == NULL) return;
    while (length && strchr(" \t\n", command->source[length - 1])) length--;
    job = sh_make_job(shell, 1, command->source, length);
    if (job == NULL) return;
    if (sh_has(shell, SH_OPTION_MONITOR)) {
        process->group = process->id;
    } else {
        k_ignore(process, K_SIGINT);
        k_ignore(process, K_SIGQUIT);
        if (k_open_file(process, "/dev/null", FS_READ, 0, &nothing) == 0) k_install_at(process, nothing, 0);
    }
    job->foreground = false;
    job->group = process->group;
    sh_job_add(job, process);
    shell->last_background = process->id;
    if (shell->interactive) buffer_printf(&shell->errors, "[%d] %u\n", job->number, process->id);
    shell->status = 0;
}

static enum sh_step list_step(struct shell *shell, struct sh_frame *frame)
{
    struct list_frame *list = (struct list_frame *)frame;
    const struct sh_item *item;

    if (list->frame.stage++ == 0) return SH_GOES_ON; /* so that it can be marked by others first */
    item = list->item;
    if (item == NULL) return SH_RETURNS;
    list->item = item->next;
    if (item->background) {
        run_in_background(shell, item->command);
        return SH_GOES_ON;
    }
    sh_run_command(shell, item->command);
    return SH_GOES_ON;
}

static void run_list(struct shell *shell, const struct sh_command *command)
{
    struct list_frame *frame = sh_push(shell, sizeof *frame, list_step, NULL);

    if (frame == NULL) return;
    frame->frame.stage = 1;
    frame->item = command->of.list.items;
}

/* --- && and || --- */

struct and_or_frame {
    struct sh_frame frame;
    const struct sh_item *item;
    bool counted; /* set -e looks away while all but the last run */
};

static void look_again(struct shell *shell, struct and_or_frame *and_or)
{
    if (and_or->counted) shell->no_errexit--;
    and_or->counted = false;
}

static enum sh_step and_or_step(struct shell *shell, struct sh_frame *frame)
{
    struct and_or_frame *and_or = (struct and_or_frame *)frame;
    const struct sh_item *item = and_or->item;

    look_again(shell, and_or);
    if (and_or->frame.stage++ > 0)
        while (item && item->or_before != (shell->status != 0)) item = item->next;
    if (item == NULL) return SH_RETURNS;
    and_or->item = item->next;
    if (item->next) {
        and_or->counted = true;
        shell->no_errexit++;
    }
    sh_run_command(shell, item->command);
    return SH_GOES_ON;
}

static void and_or_leave(struct shell *shell, struct sh_frame *frame)
{
    look_again(shell, (struct and_or_frame *)frame);
}

static void run_and_or(struct shell *shell, const struct sh_command *command)
{
    struct and_or_frame *frame = sh_push(shell, sizeof *frame, and_or_step, and_or_leave);
    if (frame) frame->item = command->of.list.items;
}

/* --- pipelines --- */

struct pipeline_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    struct sh_job *job;
    struct k_file *reader;   /* of the next stage */
    int64_t began;           /* of time */
    uint64_t fuel, children; /* likewise */
    bool counted;
};

static void pipeline_leave(struct shell *shell, struct sh_frame *frame)
{
    struct pipeline_frame *pipeline = (struct pipeline_frame *)frame;

    k_drop(pipeline->reader);
    if (pipeline->counted) shell->no_errexit--;
}

/* One stage: its input is the pipe before it, its output a new one. */
static bool begin_stage(struct shell *shell, struct pipeline_frame *pipeline, const struct sh_item *item)
{
    struct k_file *reader = NULL, *writer = NULL;
    struct k_process *process;

    if (item->next && k_make_pipe(shell->kernel, &reader, &writer) < 0) {
        sh_out_of_memory(shell);
        return false;
    }
    process = sh_fork(shell, inside(item->command));
    if (process == NULL) {
        k_drop(reader);
        k_drop(writer);
        return false;
    }
    if (pipeline->reader) k_install_at(process, pipeline->reader, 0);
    if (writer) k_install_at(process, writer, 1);
    pipeline->reader = reader;
    if (sh_has(shell, SH_OPTION_MONITOR))
        process->group = pipeline->job->count ? pipeline->job->group : process->id;
    if (pipeline->job->count == 0) pipeline->job->group = process->group;
    sh_job_add(pipeline->job, process);
    return true;
}

static enum sh_step begin_pipeline(struct shell *shell, struct pipeline_frame *pipeline)
{
    const struct sh_command *command = pipeline->command;
    const struct sh_item *item = command->of.list.items;
    bool last_here = sh_shopt(shell, SH_SHOPT_LASTPIPE) && !sh_has(shell, SH_OPTION_MONITOR);

    if (item == NULL) { /* "time" or "!" alone */
        shell->status = 0;
        return SH_GOES_ON;
    }
    if (item->next == NULL) {
        if (command->of.list.negated) {
            pipeline->counted = true;
            shell->no_errexit++;
        }
        sh_run_command(shell, item->command);
        return SH_GOES_ON;
    }
    pipeline->job = sh_make_job(shell, command->of.list.count, command->source, command->source_length);
    if (pipeline->job == NULL) return SH_RETURNS;
    for (; item; item = item->next) {
        if (last_here && item->next == NULL) break;
        if (!begin_stage(shell, pipeline, item)) return SH_RETURNS;
    }
    if (item) {
        sh_run_last_stage(shell, item->command, pipeline->reader);
        pipeline->reader = NULL;
        pipeline->frame.stage = 10;
        return SH_GOES_ON;
    }
    sh_wait_for_job(shell, pipeline->job);
    return SH_GOES_ON;
}

static void print_times(struct shell *shell, const struct pipeline_frame *pipeline)
{
    double real = (double)(k_monotonic(shell->kernel) - pipeline->began) / 1e6;
    double user = (double)(shell->process->fuel_used + shell->process->children_fuel - pipeline->fuel -
                           pipeline->children) /
                  SH_FUEL_PER_SECOND;
    struct sh_text_ref format = sh_get(shell, "TIMEFORMAT");

    if (pipeline->command->of.list.posix_time)
        buffer_printf(&shell->errors, "real %.2f\nuser %.2f\nsys 0.00\n", real, user);
    else if (format.data)
        sh_put_times(shell, format.data, format.size, real, user);
    else
        buffer_printf(&shell->errors, "\nreal\t%dm%.3fs\nuser\t%dm%.3fs\nsys\t0m0.000s\n", (int)(real / 60),
                      real - 60 * (int)(real / 60), (int)(user / 60), user - 60 * (int)(user / 60));
}

static enum sh_step pipeline_step(struct shell *shell, struct sh_frame *frame)
{
    struct pipeline_frame *pipeline = (struct pipeline_frame *)frame;
    const struct sh_command *command = pipeline->command;

    if (pipeline->frame.stage == 0) {
        pipeline->frame.stage = 1;
        pipeline->began = k_monotonic(shell->kernel);
        pipeline->fuel = shell->process->fuel_used;
        pipeline->children = shell->process->children_fuel;
        return begin_pipeline(shell, pipeline);
    }
    if (pipeline->frame.stage == 10) { /* the last stage ran here: now for the others */
        int status = shell->status;
        pipeline->frame.stage = 11;
        pipeline->began = status;
        sh_wait_for_job(shell, pipeline->job);
        return SH_GOES_ON;
    }
    if (pipeline->frame.stage == 11) {
        shell->status = (int)pipeline->began;
        sh_set_pipe_status_at(shell, command->of.list.count - 1, shell->status);
    }
    if (command->of.list.timed) print_times(shell, pipeline);
    if (command->of.list.negated)
        shell->status = shell->status == 0;
    else if (command->of.list.count > 1)
        sh_check_failure(shell);
    return SH_RETURNS;
}

static void run_pipeline(struct shell *shell, const struct sh_command *command)
{
    struct pipeline_frame *frame = sh_push(shell, sizeof *frame, pipeline_step, pipeline_leave);
    if (frame) frame->command = command;
}

/* --- subshells --- */

struct subshell_frame {
    struct sh_frame frame;
};

static enum sh_step after_subshell(struct shell *shell, struct sh_frame *frame)
{
    (void)frame;
    sh_set_pipe_status(shell, shell->status);
    sh_check_failure(shell);
    return SH_RETURNS;
}

static void run_subshell(struct shell *shell, const struct sh_command *command)
{
    struct k_process *process;
    struct sh_job *job;

    if (sh_push(shell, sizeof(struct subshell_frame), after_subshell, NULL) == NULL) return;
    process = sh_fork(shell, command->of.body);
    job = process ? sh_make_job(shell, 1, command->source, command->source_length) : NULL;
    if (job == NULL) return;
    if (sh_has(shell, SH_OPTION_MONITOR)) process->group = process->id;
    job->group = process->group;
    sh_job_add(job, process);
    sh_wait_for_job(shell, job);
}

/* --- redirections around compound commands --- */

struct redirect_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    struct sh_redirecting redirecting;
};

static void redirect_leave(struct shell *shell, struct sh_frame *frame)
{
    struct redirect_frame *redirect = (struct redirect_frame *)frame;

    sh_redirect_end(shell, &redirect->redirecting);
    sh_end_process_files(shell);
}

static enum sh_step redirect_step(struct shell *shell, struct sh_frame *frame)
{
    struct redirect_frame *redirect = (struct redirect_frame *)frame;
    int result;

    if (redirect->frame.stage) return SH_RETURNS;
    result = sh_redirect_run(shell, &redirect->redirecting);
    if (result == UMBRA_EAGAIN) return SH_WAITS;
    if (result < 0) {
        shell->status = 1;
        sh_check_failure(shell);
        return SH_RETURNS;
    }
    redirect->frame.stage = 1;
    sh_run_compound(shell, redirect->command);
    return SH_GOES_ON;
}

static bool is_traced(enum sh_command_kind kind)
{
    return kind != SH_PIPELINE && kind != SH_AND_OR && kind != SH_LIST && kind != SH_SUBSHELL &&
           kind != SH_GROUP && kind != SH_FUNCTION && kind != SH_COPROCESS;
}

/* set -n: it is not run; set -x: it is run behind its mark. */
static bool is_put_off(struct shell *shell, const struct sh_command *command)
{
    if (sh_has(shell, SH_OPTION_NO_EXEC) && !shell->interactive) return true;
    return sh_has(shell, SH_OPTION_XTRACE) && is_traced(command->kind) && sh_run_mark(shell, command);
}

void sh_run_command(struct shell *shell, const struct sh_command *command)
{
    struct redirect_frame *frame;

    if (command == NULL) {
        shell->status = 0;
        return;
    }
    if (shell->options & (1u << SH_OPTION_NO_EXEC | 1u << SH_OPTION_XTRACE) && is_put_off(shell, command))
        return;
    if (command->redirects == NULL || command->kind == SH_SIMPLE) {
        sh_run_compound(shell, command);
        return;
    }
    shell->line = command->line;
    frame = sh_push(shell, sizeof *frame, redirect_step, redirect_leave);
    if (frame == NULL) return;
    frame->command = command;
    sh_redirect_begin(&frame->redirecting, command->redirects);
}

void sh_run_compound(struct shell *shell, const struct sh_command *command)
{
    switch (command->kind) {
    case SH_SIMPLE:
        sh_run_simple(shell, command);
        break;
    case SH_PIPELINE:
        run_pipeline(shell, command);
        break;
    case SH_AND_OR:
        run_and_or(shell, command);
        break;
    case SH_LIST:
        run_list(shell, command);
        break;
    case SH_SUBSHELL:
        run_subshell(shell, command);
        break;
    case SH_GROUP:
        sh_run_command(shell, command->of.body);
        break;
    case SH_FUNCTION:
        shell->line = command->line;
        sh_run_definition(shell, command);
        break;
    case SH_COPROCESS:
        sh_run_coprocess(shell, command);
        break;
    default:
        sh_run_control(shell, command);
        break;
    }
}
