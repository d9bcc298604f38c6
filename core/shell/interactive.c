#include "shell/interactive.h"

#include <stdio.h>
#include <stdlib.h>

#include "shell/dynamic.h"
#include "shell/execute.h"
#include "shell/interactive_internal.h"
#include "shell/jobs.h"
#include "shell/prompt.h"
#include "shell/reader.h"
#include "shell/test_operators.h"

#define END_TRIES 10 /* Ctrl-D, when IGNOREEOF does not say how many */
#define KEY_FUEL  64 /* of a byte that was typed */

enum stage { NOTICES, BEFORE_PROMPT, PROMPT, EXPANDING, READING, COMPLETING, AFTER_KEY, PARSING };

struct talk_frame {
    struct sh_frame frame;
    uint32_t line;
    bool goes_on; /* a command is not whole: PS2 */
    bool warned;  /* of stopped jobs, before the command that ran last */
    int status;   /* before what runs before a prompt */
    size_t prompts_run;
    struct arena_mark place;
    struct sh_expansion expansion;
    struct sh_output output;
    bool expands;
    struct sh_completion completion;
    bool completes;
    uint64_t next_entry;
    bool preset; /* the line begins with a text: histverify */
};

static void end_expansion(struct shell *shell, struct talk_frame *talk)
{
    if (!talk->expands) return;
    sh_expand_end(&talk->expansion);
    talk->expands = false;
}

static void talk_leave(struct shell *shell, struct sh_frame *frame)
{
    struct talk_frame *talk = (struct talk_frame *)frame;

    end_expansion(shell, talk);
    if (talk->completes) sh_completion_end(shell, &talk->completion);
    if (shell->interaction) sh_leave_editor_mode(shell);
}

static void flush_editor(struct shell *shell)
{
    struct buffer *out = sh_editor_output(shell->interaction->editor);

    buffer_put(&shell->errors, out->data, out->size);
    buffer_clear(out);
}

static void look_at_size(struct shell *shell)
{
    struct sh_interactive *interaction = shell->interaction;
    char digits[16];
    unsigned columns, rows;

    if (k_terminal_size(shell->process, 0, &columns, &rows) < 0) return;
    if (columns == interaction->columns && rows == interaction->rows) return;
    interaction->columns = columns;
    interaction->rows = rows;
    if (interaction->editor) {
        sh_editor_resize(interaction->editor, columns, rows);
        flush_editor(shell);
    }
    if (!sh_shopt(shell, SH_SHOPT_CHECKWINSIZE)) return;
    snprintf(digits, sizeof digits, "%u", columns);
    sh_set_string(shell, "COLUMNS", digits);
    snprintf(digits, sizeof digits, "%u", rows);
    sh_set_string(shell, "LINES", digits);
}

/* The command line is given up, or it ended: nothing of it is left. */
static void forget_line(struct shell *shell, struct talk_frame *talk)
{
    buffer_clear(&shell->interaction->text);
    shell->interaction->quote = 0;
    shell->interaction->entered = false;
    talk->goes_on = false;
}

static enum sh_step begin_prompt(struct shell *shell, struct talk_frame *talk)
{
    struct k_session *session = shell->process->session;

    sh_leave_editor_mode(shell);
    shell->loops = shell->functions = 0;
    if (talk->warned) shell->job_warned = false; /* that was for the command behind it */
    talk->warned = shell->job_warned;
    sh_notify(shell);
    look_at_size(shell);
    if (session->leader == shell->process->id) k_begin_command(session);
    talk->status = shell->status;
    talk->prompts_run = 0;
    talk->frame.stage = BEFORE_PROMPT;
    return SH_GOES_ON;
}

/* The index-th command of PROMPT_COMMAND; NULL: there is none. */
static const char *prompt_command(struct shell *shell, size_t index)
{
    const struct sh_variable *variable = sh_find_name(shell, "PROMPT_COMMAND");
    struct sh_array_item *item;
    size_t at = 0;

    if (variable == NULL) return NULL;
    if (!sh_is_array(variable)) return index == 0 ? sh_get(shell, "PROMPT_COMMAND").data : NULL;
    while ((item = sh_array_next(variable->array, &at)) != NULL)
        if (index-- == 0) return item->value.data;
    return NULL;
}

static enum sh_step run_prompt_command(struct shell *shell, struct talk_frame *talk)
{
    const char *text = prompt_command(shell, talk->prompts_run);

    shell->status = talk->status;
    if (text == NULL) {
        talk->frame.stage = PROMPT;
        return SH_GOES_ON;
    }
    talk->prompts_run++;
    if (talk->prompts_run == 1) talk->place = arena_mark(&shell->process->arena);
    text = arena_copy(&shell->process->arena, text, strlen(text));
    if (text) sh_run_text(shell, text, strlen(text), 1, NULL);
    return SH_GOES_ON;
}

static enum sh_step begin_expanding(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    struct sh_text_ref text = sh_get(shell, talk->goes_on ? "PS2" : "PS1");
    struct sh_part *parts;

    if (talk->prompts_run) arena_release(&shell->process->arena, talk->place);
    talk->prompts_run = 0;
    buffer_clear(&interaction->prompt);
    sh_put_marked_prompt(shell, text.data ? text.data : "", text.size, &interaction->prompt);
    talk->frame.stage = READING;
    if (!sh_shopt(shell, SH_SHOPT_PROMPTVARS) || interaction->prompt.size == 0) return SH_GOES_ON;
    talk->place = arena_mark(&shell->process->arena);
    parts = sh_parse_quoted(interaction->prompt.data, interaction->prompt.size, shell->line,
                            &shell->process->arena);
    sh_expand_begin(shell, &talk->expansion, parts, &talk->output, true);
    talk->expands = true;
    talk->frame.stage = EXPANDING;
    return SH_GOES_ON;
}

static enum sh_step expand(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    int result = sh_expand_run(shell, &talk->expansion);
    const char *text;
    size_t size;

    if (result == UMBRA_EAGAIN) return SH_WAITS;
    if (result == 0) {
        text = sh_output_text(shell, &talk->output, &size);
        buffer_clear(&interaction->prompt);
        buffer_put(&interaction->prompt, text, size);
        talk->expands = false;
    } else {
        end_expansion(shell, talk);
        shell->unwind &= SH_EXITS;
    }
    shell->status = talk->status;
    arena_release(&shell->process->arena, talk->place);
    talk->frame.stage = READING;
    return SH_GOES_ON;
}

/* --- lines without the editor --- */

static void print_prompt(struct shell *shell)
{
    const struct buffer *prompt = &shell->interaction->prompt;
    size_t i;

    for (i = 0; i < prompt->size; i++)
        if (prompt->data[i] != '\001' && prompt->data[i] != '\002')
            buffer_put_byte(&shell->errors, prompt->data[i]);
}

static enum sh_step end_of_input(struct shell *shell, struct talk_frame *talk);

static enum sh_step take_whole_line(struct shell *shell, struct talk_frame *talk, const char *text,
                                    size_t size)
{
    bool again = false;

    shell->interaction->ends = 0;
    if (sh_take_line(shell, text, size, &again)) {
        talk->frame.stage = PARSING;
    } else {
        talk->preset = again;
        if (!again) forget_line(shell, talk);
        talk->frame.stage = PROMPT;
    }
    return SH_GOES_ON;
}

static enum sh_step read_plain(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    struct buffer line = {0};
    enum sh_step step;

    if (!interaction->reads) print_prompt(shell);
    interaction->reads = true;
    if (sh_read_input_line(shell, &interaction->command, &interaction->ended) == UMBRA_EAGAIN)
        return SH_LISTENS;
    interaction->reads = false;
    line = interaction->command;
    interaction->command = (struct buffer){0};
    if (line.size && line.data[line.size - 1] == '\n') line.size--;
    if (interaction->ended && line.size == 0)
        step = end_of_input(shell, talk);
    else
        step = take_whole_line(shell, talk, buffer_string(&line), line.size);
    buffer_free(&line);
    return step;
}

/* --- lines from the editor --- */

static void begin_editing(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    const struct buffer *prompt = &interaction->prompt;

    sh_enter_editor_mode(shell);
    look_at_size(shell);
    sh_editor_begin(interaction->editor, buffer_string(prompt), prompt->size, shell->history, shell->keymaps);
    if (talk->preset)
        sh_editor_set(interaction->editor, buffer_string(&interaction->command), interaction->command.size,
                      interaction->command.size);
    else if (talk->next_entry)
        sh_editor_begin_with(interaction->editor, shell->history, talk->next_entry);
    talk->preset = false;
    talk->next_entry = 0;
    interaction->reads = true;
}

static enum sh_step interrupt(struct shell *shell, struct talk_frame *talk)
{
    shell->interaction->reads = false;
    forget_line(shell, talk);
    shell->status = 128 + K_SIGINT;
    if (shell->traps[K_SIGINT].size) shell->trapped_pending |= k_signal_bit(K_SIGINT);
    talk->frame.stage = NOTICES;
    return SH_GOES_ON;
}

static enum sh_step end_of_input(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    struct sh_text_ref ignored = sh_get(shell, "IGNOREEOF");
    int64_t tries = END_TRIES;

    interaction->reads = false;
    talk->frame.stage = NOTICES;
    if (talk->goes_on) { /* the command that was begun is wrong then */
        interaction->ended = true;
        talk->frame.stage = PARSING;
        return SH_GOES_ON;
    }
    if (!interaction->ended && (ignored.data || sh_has(shell, SH_OPTION_IGNORE_EOF))) {
        if (ignored.size && !sh_read_integer(ignored.data, &tries)) tries = END_TRIES;
        if ((int64_t)interaction->ends++ < tries) {
            buffer_put_string(&shell->errors, "Use \"exit\" to leave the shell.\n");
            return SH_GOES_ON;
        }
    }
    buffer_put_string(&shell->errors, shell->is_login ? "logout\n" : "exit\n");
    if (!interaction->ended && !sh_interactive_may_exit(shell)) return SH_GOES_ON;
    sh_leave_editor_mode(shell);
    return SH_RETURNS;
}

/* A key that is bound to a command: it finds the line in READLINE_LINE, and may change it. */
static enum sh_step run_key(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    const struct buffer *command = sh_editor_command(interaction->editor);
    const struct buffer *line = sh_editor_text(interaction->editor);
    char digits[24];

    sh_editor_erase(interaction->editor);
    flush_editor(shell);
    sh_leave_editor_mode(shell);
    snprintf(digits, sizeof digits, "%zu", sh_editor_point(interaction->editor));
    buffer_clear(&interaction->command);
    buffer_put(&interaction->command, command->data, command->size);
    sh_set(shell, "READLINE_LINE", buffer_string(line), line->size);
    sh_set_string(shell, "READLINE_POINT", digits);
    talk->status = shell->status;
    talk->frame.stage = AFTER_KEY;
    sh_run_text(shell, buffer_string(&interaction->command), interaction->command.size, 1, NULL);
    return SH_GOES_ON;
}

static enum sh_step after_key(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    struct sh_text_ref line = sh_get(shell, "READLINE_LINE"), at = sh_get(shell, "READLINE_POINT");
    int64_t point = 0;

    shell->status = talk->status;
    if (at.size == 0 || !sh_read_integer(at.data, &point) || point < 0) point = 0;
    if (line.data) sh_editor_set(interaction->editor, line.data, line.size, (size_t)point);
    sh_unset_variable(shell, "READLINE_LINE", strlen("READLINE_LINE"));
    sh_unset_variable(shell, "READLINE_POINT", strlen("READLINE_POINT"));
    sh_enter_editor_mode(shell);
    sh_editor_resume(interaction->editor, shell->history, shell->keymaps);
    talk->frame.stage = READING;
    return SH_GOES_ON;
}

static enum sh_step complete(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    struct sh_editor *editor = interaction->editor;
    enum sh_step step;

    if (!talk->completes) {
        const struct buffer *line = sh_editor_text(editor);
        sh_completion_begin(shell, &talk->completion, buffer_string(line), line->size,
                            sh_editor_point(editor), sh_editor_function(editor));
        talk->completes = true;
        talk->status = shell->status;
    }
    step = sh_completion_run(shell, &talk->completion);
    if (step != SH_RETURNS) return step;
    shell->status = talk->status;
    sh_editor_complete(editor, &talk->completion.matches);
    sh_completion_end(shell, &talk->completion);
    talk->completes = false;
    talk->frame.stage = READING;
    return SH_GOES_ON;
}

static enum sh_step take_event(struct shell *shell, struct talk_frame *talk, enum sh_editor_event event)
{
    struct sh_interactive *interaction = shell->interaction;
    const struct buffer *line = sh_editor_text(interaction->editor);

    flush_editor(shell);
    switch (event) {
    case SH_EDITOR_COMPLETES:
        talk->frame.stage = COMPLETING;
        return SH_GOES_ON;
    case SH_EDITOR_RUNS:
        return run_key(shell, talk);
    case SH_EDITOR_ASKS:
        sh_answer_editor(shell);
        return SH_GOES_ON;
    case SH_EDITOR_INTERRUPTED:
        return interrupt(shell, talk);
    case SH_EDITOR_END:
        return end_of_input(shell, talk);
    default:
        interaction->reads = false;
        talk->next_entry = sh_editor_next_entry(interaction->editor);
        sh_leave_editor_mode(shell);
        return take_whole_line(shell, talk, buffer_string(line), line->size);
    }
}

static enum sh_step edit(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    struct sh_editor *editor = interaction->editor;

    if (!interaction->reads) begin_editing(shell, talk);
    look_at_size(shell);
    for (;;) {
        enum sh_editor_event event = sh_editor_step(editor);
        int64_t got;
        char byte;
        if (event != SH_EDITOR_WAITS) return take_event(shell, talk, event);
        if (sh_editor_failed(editor)) {
            interaction->reads = false;
            sh_out_of_memory(shell);
            return SH_GOES_ON;
        }
        got = k_read(shell->process, 0, &byte, 1);
        if (got == UMBRA_EAGAIN) {
            sh_editor_show(editor);
            flush_editor(shell);
            return SH_LISTENS;
        }
        if (got <= 0) {
            interaction->ended = true;
            return end_of_input(shell, talk);
        }
        sh_editor_type(editor, &byte, 1);
        if (sh_charge(shell, KEY_FUEL)) return SH_YIELDS;
    }
}

/* --- commands --- */

static char quote_of(const struct sh_syntax_error *error)
{
    const char *words = strstr(buffer_string(&error->message), "looking for matching `");
    char quote = '\0';

    if (words) quote = words[strlen("looking for matching `")];
    return (char)(quote == '\'' || quote == '"' ? quote : '\0');
}

static void print_before_command(struct shell *shell)
{
    struct sh_text_ref text = sh_get(shell, "PS0");
    if (text.size) sh_expand_prompt(shell, text.data, text.size, &shell->errors);
}

static enum sh_step fail(struct shell *shell, struct talk_frame *talk, struct sh_syntax_error *error)
{
    forget_line(shell, talk);
    if (error) {
        sh_report_syntax(shell, error, NULL);
        sh_syntax_error_free(error);
        shell->status = 2;
    }
    talk->frame.stage = NOTICES;
    return SH_GOES_ON;
}

static enum sh_step parse(struct shell *shell, struct talk_frame *talk)
{
    struct sh_interactive *interaction = shell->interaction;
    struct sh_dialect dialect = sh_dialect_of(shell);
    struct sh_syntax_error error = {0};
    struct sh_script *script = NULL;
    uint32_t line = talk->line;
    size_t at = 0;
    enum sh_parse parsed =
        interaction->text.failed
            ? SH_NO_MEMORY
            : sh_parse_next(interaction->text.data, interaction->text.size, &at, &line, &dialect,
                            &shell->kernel->account, !interaction->ended, &script, &error);

    if (parsed == SH_INCOMPLETE) {
        interaction->quote = quote_of(&error);
        sh_syntax_error_free(&error);
        talk->goes_on = true;
        talk->status = shell->status;
        talk->frame.stage = PROMPT;
        return SH_GOES_ON;
    }
    if (parsed == SH_NO_MEMORY) {
        sh_syntax_error_free(&error);
        buffer_free(&interaction->text);
        fail(shell, talk, NULL);
        sh_out_of_memory(shell);
        return SH_GOES_ON;
    }
    if (parsed != SH_PARSED && parsed != SH_END) return fail(shell, talk, &error);
    sh_report_warnings(shell, &error);
    talk->line = line;
    interaction->quote = 0;
    talk->goes_on = false;
    buffer_consume(&interaction->text, parsed == SH_END ? interaction->text.size : at);
    if (interaction->text.size == 0) talk->frame.stage = NOTICES;
    if (script == NULL || script->command == NULL) {
        sh_script_drop(script);
        return SH_GOES_ON;
    }
    shell->command_number++;
    print_before_command(shell);
    sh_run_script(shell, script);
    return SH_GOES_ON;
}

/* Ctrl-C, or an error that gives up the command line. */
static void take_abort(struct shell *shell, struct talk_frame *talk)
{
    shell->unwind &= ~(unsigned)(SH_ABORTS | SH_ABORTS_ALL);
    if (talk->expands || talk->prompts_run) {
        end_expansion(shell, talk);
        arena_release(&shell->process->arena, talk->place);
        talk->prompts_run = 0;
    }
    if (talk->completes) sh_completion_end(shell, &talk->completion);
    talk->completes = false;
    if (shell->interaction->reads && shell->interaction->editor) {
        sh_editor_erase(shell->interaction->editor);
        flush_editor(shell);
    }
    shell->interaction->reads = false;
    forget_line(shell, talk);
    talk->frame.stage = NOTICES;
}

static enum sh_step talk_step(struct shell *shell, struct sh_frame *frame)
{
    struct talk_frame *talk = (struct talk_frame *)frame;

    if (shell->unwind & (SH_ABORTS | SH_ABORTS_ALL)) take_abort(shell, talk);
    switch ((enum stage)talk->frame.stage) {
    case NOTICES:
        return begin_prompt(shell, talk);
    case BEFORE_PROMPT:
        return run_prompt_command(shell, talk);
    case PROMPT:
        return begin_expanding(shell, talk);
    case EXPANDING:
        return expand(shell, talk);
    case COMPLETING:
        return complete(shell, talk);
    case AFTER_KEY:
        return after_key(shell, talk);
    case PARSING:
        return parse(shell, talk);
    default:
        return shell->interaction->editor && (sh_has(shell, SH_OPTION_EMACS) || sh_has(shell, SH_OPTION_VI))
                   ? edit(shell, talk)
                   : read_plain(shell, talk);
    }
}

bool sh_interactive_read(struct shell *shell)
{
    struct talk_frame *talk = sh_push(shell, sizeof *talk, talk_step, talk_leave);

    if (talk == NULL) return false;
    talk->frame.catches = SH_ABORTS | SH_ABORTS_ALL;
    talk->line = 1;
    return true;
}
