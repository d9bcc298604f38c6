#include "shell/server.h"

#include "shell/execute.h"
#include "shell/jobs.h"
#include "shell/program.h"
#include "shell/subshell.h"

struct server_frame {
    struct sh_frame frame;
    struct buffer text; /* the command line; the frames on top of this one read it */
    bool given, running, waiting;
    int status; /* of the last one */
};

/* A pipeline that was given up stands among the jobs as if it were still waited for. */
static void forget_foreground(struct shell *shell)
{
    struct sh_job *job, *next;

    for (job = shell->jobs; job; job = next) {
        next = job->next;
        if (job->foreground) sh_remove_job(shell, job);
    }
}

static enum sh_step serve_step(struct shell *shell, struct sh_frame *frame)
{
    struct server_frame *server = (struct server_frame *)frame;

    shell->unwind = SH_NO_UNWIND;
    if (server->running) {
        if (shell->trapped_pending) return SH_GOES_ON; /* those traps are run first */
        server->running = false;
        server->status = shell->status;
        forget_foreground(shell);
    }
    sh_reap(shell);
    if (!server->given) {
        server->waiting = true;
        return SH_LISTENS;
    }
    server->given = false;
    server->running = true;
    if (sh_run_top_text(shell, buffer_string(&server->text), server->text.size, 1, NULL))
        shell->frame->catches |= SH_ABORTS;
    return SH_GOES_ON;
}

static void serve_leave(struct shell *shell, struct sh_frame *frame)
{
    (void)shell;
    buffer_free(&((struct server_frame *)frame)->text);
}

bool sh_begin_serving(struct shell *shell)
{
    struct server_frame *server = sh_push(shell, sizeof *server, serve_step, serve_leave);

    if (server == NULL) return false;
    server->frame.catches = SH_BREAKS | SH_CONTINUES | SH_FUNCTION_RETURNS | SH_ABORTS | SH_ABORTS_ALL;
    shell->is_session = true;
    return true;
}

/* --- from outside --- */

static struct shell *shell_of(const struct k_process *process)
{
    struct shell *shell = process->state;

    if (process->program != &sh_program_server || process->condition == K_ENDED || shell == NULL) return NULL;
    return shell->process ? shell : NULL; /* else it has not had its first turn */
}

static struct server_frame *waiting_frame(const struct k_process *process)
{
    struct shell *shell = shell_of(process);
    struct server_frame *server;

    if (shell == NULL || shell->frame == NULL || shell->frame->step != serve_step) return NULL;
    server = (struct server_frame *)shell->frame;
    return server->waiting ? server : NULL;
}

bool sh_is_waiting(const struct k_process *process, int *status)
{
    const struct server_frame *server = waiting_frame(process);

    if (server) *status = server->status;
    return server != NULL;
}

bool sh_stand_again(struct k_process *process)
{
    struct shell *shell = shell_of(process);
    struct buffer path = {0};
    bool moves = false;
    int result = 0;

    if (shell == NULL || process->directory == NULL) return false;
    buffer_put(&path, process->directory->path, process->directory->size);
    while (!path.failed) {
        result = k_change_directory(process, buffer_string(&path));
        if ((result != UMBRA_ENOENT && result != UMBRA_ENOTDIR) || path.size <= 1) break;
        while (path.size > 1 && path.data[path.size - 1] != '/') path.size--;
        if (path.size > 1) path.size--;
        path.data[path.size] = '\0';
        moves = true;
    }
    moves = moves && result == 0 && !path.failed;
    if (moves) sh_set(shell, "PWD", path.data, path.size);
    buffer_free(&path);
    return moves;
}

int sh_serve(struct k_process *process, const char *text, size_t size)
{
    struct server_frame *server = waiting_frame(process);

    if (server == NULL) return UMBRA_EBUSY;
    buffer_free(&server->text);
    buffer_put(&server->text, text, size);
    if (server->text.failed) {
        buffer_free(&server->text);
        return UMBRA_ENOMEM;
    }
    server->given = true;
    server->waiting = false;
    k_wake(process);
    return 0;
}

/* What the shell has to say about a fork that failed is for the caller. */
static void take_failure(struct shell *shell, struct error *error)
{
    size_t size = shell->errors.size;
    bool memory = shell->errors.failed || size == 0;

    if (memory)
        error_memory(error);
    else
        error_set(error, UMBRA_EAGAIN, "%.*s", (int)(size - 1), shell->errors.data);
    buffer_free(&shell->errors);
    shell->unwind = SH_NO_UNWIND;
}

struct k_process *sh_serve_aside(struct k_process *process, const char *text, size_t size,
                                 struct error *error)
{
    struct k_process *child;
    struct shell *copy;
    char *line;

    if (waiting_frame(process) == NULL) {
        error_set(error, UMBRA_EBUSY, "the shell runs another command line");
        return NULL;
    }
    child = sh_fork(shell_of(process), NULL);
    if (child == NULL) {
        take_failure(shell_of(process), error);
        return NULL;
    }
    copy = sh_shell_of(child);
    copy->frame->stage = 1; /* all that it does is the text */
    line = arena_copy(&child->arena, text, size);
    if (line && sh_run_top_text(copy, line, size, 1, NULL)) return child;
    k_end(child, 2);
    error_memory(error);
    return NULL;
}

void sh_interrupt(struct k_process *process)
{
    struct shell *shell = shell_of(process);

    if (shell == NULL || waiting_frame(process)) return;
    if (shell->traps[K_SIGINT].text && shell->traps[K_SIGINT].size) k_signal(process, K_SIGINT);
    shell->status = 128 + K_SIGINT;
    sh_unwind(shell, SH_ABORTS_ALL, 0);
    k_wake(process);
}

bool sh_is_background(const struct k_process *process, uint32_t child)
{
    const struct shell *shell = shell_of(process);
    const struct sh_job *job;
    size_t i;

    for (job = shell ? shell->jobs : NULL; job; job = job->next)
        for (i = 0; !job->foreground && i < job->count; i++)
            if (job->processes[i].id == child) return true;
    return false;
}
