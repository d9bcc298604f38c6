/* interactive_start.c: how a shell that somebody talks to begins and ends: its options, variables, signals,
 * and the files that it reads. */
#include "shell/execute.h"
#include "shell/interactive_internal.h"
#include "shell/jobs.h"
#include "shell/program.h"
#include "shell/quote.h"

#define HISTORY_FILE  ".bash_history"
#define STARTUP_FILE  ".bashrc"
#define INPUT_FILE    ".inputrc"
#define HISTORY_LINES "500"

/* The directory in blue; a prompt of colours only where there are some. */
#define PROMPT_COLOURED "\\[\\e[1;34m\\]\\w\\[\\e[0m\\] \\$ "
#define PROMPT_PLAIN    "\\w \\$ "

/* --- life --- */

static bool set_usual(struct shell *shell, const char *name, const char *value)
{
    return sh_get(shell, name).data || sh_set_string(shell, name, value);
}

static bool set_home_file(struct shell *shell, const char *name, const char *file)
{
    struct buffer path = {0};
    struct sh_text_ref home = sh_get(shell, "HOME");
    bool done;

    buffer_put(&path, home.data, home.size);
    buffer_printf(&path, "/%s", file);
    done = !path.failed && set_usual(shell, name, path.data);
    buffer_free(&path);
    return done;
}

/* HOME is in the environment, or it is the usual one, which is no place for what is no part of the
 * workspace. */
static bool set_variables(struct shell *shell, bool terminal)
{
    struct sh_text_ref term = sh_get(shell, "TERM");
    bool coloured = terminal && term.size && strcmp(term.data, "dumb") != 0;

    if (k_variable(shell->process, "HOME") == NULL && !sh_set_string(shell, "HOME", K_HOME_PATH))
        return false;
    return set_usual(shell, "PS1", coloured ? PROMPT_COLOURED : PROMPT_PLAIN) &&
           set_usual(shell, "PS2", "> ") && set_usual(shell, "HISTSIZE", HISTORY_LINES) &&
           set_usual(shell, "HISTFILESIZE", HISTORY_LINES) && set_home_file(shell, "HISTFILE", HISTORY_FILE);
}

static void catch_signals(struct shell *shell)
{
    static const int caught[] = {K_SIGINT,  K_SIGTERM, K_SIGQUIT, K_SIGTSTP,
                                 K_SIGTTIN, K_SIGTTOU, K_SIGHUP,  K_SIGWINCH};
    size_t i;

    for (i = 0; i < sizeof caught / sizeof caught[0]; i++) k_catch(shell->process, caught[i]);
}

bool sh_interactive_begin(struct shell *shell)
{
    bool terminal = k_is_terminal(shell->process, 0) && k_is_terminal(shell->process, 2);
    struct sh_interactive *interaction = memory_take(&shell->kernel->account, sizeof *interaction);

    if (interaction == NULL) return false;
    memset(interaction, 0, sizeof *interaction);
    shell->interaction = interaction;
    shell->interactive = true;
    shell->options |= 1u << SH_OPTION_EMACS | 1u << SH_OPTION_HISTEXPAND | 1u << SH_OPTION_HISTORY;
    shell->shopts |= (uint64_t)1 << SH_SHOPT_EXPAND_ALIASES;
    if (!set_variables(shell, terminal)) return false;
    catch_signals(shell);
    if (!terminal) return true;
    shell->options |= 1u << SH_OPTION_MONITOR;
    shell->process->session->foreground = shell->process->group;
    interaction->editor = sh_editor_new();
    return interaction->editor != NULL && sh_set_alias(shell, "ls", "ls --color=auto") &&
           sh_set_alias(shell, "grep", "grep --color=auto");
}

void sh_leave_editor_mode(struct shell *shell)
{
    struct sh_interactive *interaction = shell->interaction;

    if (!interaction->has_mode) return;
    if (sh_line_variable_is_on(shell->keymaps, "enable-bracketed-paste"))
        buffer_put_string(&shell->errors, "\033[?2004l");
    k_terminal_set(shell->process, 0, &interaction->mode);
    interaction->has_mode = false;
}

void sh_enter_editor_mode(struct shell *shell)
{
    struct sh_interactive *interaction = shell->interaction;
    struct k_terminal_mode mode = {false, false, false};

    if (interaction->has_mode || k_terminal_get(shell->process, 0, &interaction->mode) < 0) return;
    interaction->has_mode = k_terminal_set(shell->process, 0, &mode) == 0;
    if (sh_line_variable_is_on(shell->keymaps, "enable-bracketed-paste"))
        buffer_put_string(&shell->errors, "\033[?2004h");
}

/* Stopped jobs would stay for ever when nobody is there to let them go on. */
static void hang_up_jobs(struct shell *shell)
{
    bool all = shell->is_login && sh_shopt(shell, SH_SHOPT_HUPONEXIT);
    const struct sh_job *job;

    for (job = shell->jobs; job; job = job->next) {
        if (job->foreign || job->group == shell->process->group ||
            (!all && sh_job_state(job) != SH_JOB_STOPPED))
            continue;
        k_signal_group(shell->kernel, job->group, K_SIGHUP);
        k_signal_group(shell->kernel, job->group, K_SIGCONT);
    }
}

void sh_interactive_finish(struct shell *shell)
{
    if (shell->interaction) hang_up_jobs(shell);
    if (shell->interaction == NULL || shell->history == NULL || shell->history->fresh == 0) return;
    if (sh_has(shell, SH_OPTION_HISTORY) && sh_history_has_file(shell))
        sh_history_use_file(shell, SH_HISTORY_APPEND, NULL);
}

void sh_interactive_free(struct shell *shell)
{
    struct sh_interactive *interaction = shell->interaction;

    sh_history_drop(shell->history);
    sh_keymaps_drop(shell->keymaps);
    sh_completions_drop(shell->completions);
    shell->history = NULL;
    shell->keymaps = NULL;
    shell->completions = NULL;
    if (interaction == NULL) return;
    sh_leave_editor_mode(shell);
    sh_editor_free(interaction->editor);
    buffer_free(&interaction->text);
    buffer_free(&interaction->prompt);
    buffer_free(&interaction->startup);
    buffer_free(&interaction->command);
    buffer_free(&interaction->memory.search);
    buffer_free(&interaction->memory.from);
    buffer_free(&interaction->memory.to);
    memory_give(&shell->kernel->account, interaction, sizeof *interaction);
    shell->interaction = NULL;
}

bool sh_interactive_signal(struct shell *shell, int signal)
{
    if (shell->interaction == NULL) return false;
    if (signal == K_SIGHUP) {
        shell->status = 128 + K_SIGHUP;
        sh_unwind(shell, SH_EXITS, 0);
    }
    if (signal == K_SIGINT && !shell->interaction->reads) buffer_put_byte(&shell->errors, '\n');
    return signal != K_SIGINT;
}

static bool has_stopped_jobs(const struct shell *shell, bool *running)
{
    const struct sh_job *job;
    bool stopped = false;

    *running = false;
    for (job = shell->jobs; job; job = job->next) {
        enum sh_job_state state = sh_job_state(job);
        stopped |= state == SH_JOB_STOPPED;
        *running |= state == SH_JOB_RUNNING && !job->foreground;
    }
    return stopped;
}

bool sh_interactive_may_exit(struct shell *shell)
{
    bool running, stopped;

    if (shell->interaction == NULL || shell->subshells) return true;
    sh_reap(shell);
    stopped = has_stopped_jobs(shell, &running);
    if (!stopped && !(running && sh_shopt(shell, SH_SHOPT_CHECKJOBS))) return true;
    if (shell->job_warned) return true;
    shell->job_warned = true;
    buffer_printf(&shell->errors, "There are %s jobs.\n", stopped ? "stopped" : "running");
    return false;
}

/* --- the startup file --- */

struct start_frame {
    struct sh_frame frame;
    int status;
};

static void read_init_file(struct shell *shell)
{
    struct sh_text_ref name = sh_get(shell, "INPUTRC");
    struct buffer line = {0};

    if (name.size == 0 && !set_home_file(shell, "INPUTRC", INPUT_FILE)) return;
    name = sh_get(shell, "INPUTRC");
    buffer_put(&line, name.data, name.size);
    sh_read_init_file(shell, buffer_string(&line));
    buffer_free(&line);
}

static enum sh_step start_step(struct shell *shell, struct sh_frame *frame)
{
    struct start_frame *start = (struct start_frame *)frame;
    struct buffer *text = &shell->interaction->startup;

    if (shell->unwind) shell->unwind &= SH_EXITS; /* what is wrong in the file keeps nobody out */
    if (shell->unwind & SH_EXITS) return SH_RETURNS;
    if (start->frame.stage++ == 0 && text->size && !text->failed) {
        start->status = shell->status;
        sh_run_text(shell, text->data, text->size, 1, NULL);
        return SH_GOES_ON;
    }
    shell->status = start->status;
    if (shell->interaction->editor) read_init_file(shell);
    if (sh_history_has_file(shell)) sh_history_use_file(shell, SH_HISTORY_READ, NULL);
    return SH_RETURNS;
}

bool sh_interactive_start(struct shell *shell, const char *startup_file)
{
    struct buffer *text = &shell->interaction->startup, path = {0};
    struct sh_text_ref home = sh_get(shell, "HOME");
    struct start_frame *start = sh_push(shell, sizeof *start, start_step, NULL);

    if (start == NULL) return false;
    start->frame.catches = SH_ABORTS | SH_ABORTS_ALL;
    if (startup_file) {
        buffer_put_string(&path, startup_file);
    } else {
        buffer_put(&path, home.data, home.size);
        buffer_put_string(&path, "/" STARTUP_FILE);
    }
    if (path.size && !path.failed && k_access(shell->process, path.data, 4) == 0) {
        buffer_put_string(text, ". ");
        sh_quote(text, path.data, path.size, SH_QUOTE_SINGLE);
        buffer_put_byte(text, '\n');
    }
    buffer_free(&path);
    return true;
}
