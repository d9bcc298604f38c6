/* trace.c: set -x (bash 5.2 manual, "The Set Builtin", "Bash Variables": PS4). */
#include "shell/compound.h"
#include "shell/expand.h"
#include "shell/parser.h"
#include "shell/prompt.h"
#include "shell/quote.h"

void sh_put_traced(struct buffer *out, const char *text, size_t size)
{
    if (size)
        sh_quote(out, text, size, SH_QUOTE_TRACED);
    else
        buffer_put_string(out, "''");
}

/* --- PS4 --- */

/* Whether it has commands in it, for which has to be waited. */
static bool has_commands(struct sh_text_ref mark)
{
    size_t i;

    for (i = 0; i < mark.size; i++)
        if (mark.data[i] == '`' || (mark.data[i] == '$' && i + 1 < mark.size && mark.data[i + 1] == '('))
            return true;
    return false;
}

struct mark_frame {
    struct sh_frame frame;
    const struct sh_command *command; /* that the mark is made for */
    struct sh_expansion expansion;
    struct sh_output output;
    bool expands;
    int status;
    unsigned unwind;
};

static void mark_leave(struct shell *shell, struct sh_frame *frame)
{
    struct mark_frame *mark = (struct mark_frame *)frame;

    if (!mark->expands) return;
    sh_expand_end(&mark->expansion);
    mark->expands = false;
    shell->options |= 1u << SH_OPTION_XTRACE;
}

/* What is wrong in a mark stops nothing. */
static enum sh_step finish_mark(struct shell *shell, struct mark_frame *mark, int result)
{
    const char *text;
    size_t size;

    buffer_clear(&shell->mark);
    if (result == 0) {
        text = sh_output_text(shell, &mark->output, &size);
        buffer_put(&shell->mark, text, size);
    } else {
        shell->unwind = mark->unwind | (shell->unwind & SH_EXITS);
    }
    mark_leave(shell, &mark->frame);
    shell->status = mark->status;
    if (shell->unwind != mark->unwind) return SH_RETURNS;
    shell->is_marked = true;
    sh_run_command(shell, mark->command);
    return SH_GOES_ON;
}

static enum sh_step mark_step(struct shell *shell, struct sh_frame *frame)
{
    struct mark_frame *mark = (struct mark_frame *)frame;
    int result;

    if (!mark->expands) return SH_RETURNS;
    result = sh_expand_run(shell, &mark->expansion);
    return result == UMBRA_EAGAIN ? SH_WAITS : finish_mark(shell, mark, result);
}

bool sh_is_mark(const struct sh_frame *frame)
{
    return frame->step == mark_step;
}

bool sh_run_mark(struct shell *shell, const struct sh_command *command)
{
    struct sh_text_ref text = sh_get(shell, "PS4");
    struct buffer prompt = {0};
    struct mark_frame *mark;

    if (shell->is_marked || !has_commands(text) || !sh_shopt(shell, SH_SHOPT_PROMPTVARS)) {
        shell->is_marked = false;
        return false;
    }
    if (command->line) shell->line = command->line;
    mark = sh_push(shell, sizeof *mark, mark_step, mark_leave);
    if (mark == NULL) return true;
    sh_put_prompt(shell, text.data, text.size, &prompt);
    mark->command = command;
    mark->status = shell->status;
    mark->unwind = shell->unwind;
    sh_expand_begin(shell, &mark->expansion,
                    sh_parse_quoted(buffer_string(&prompt), prompt.size, shell->line, &shell->process->arena),
                    &mark->output, true);
    mark->expands = true;
    shell->options &= ~(1u << SH_OPTION_XTRACE);
    buffer_free(&prompt);
    return true;
}

/* The first letter of the mark stands once for each level of subshells and eval. */
static void put_mark(struct shell *shell)
{
    struct sh_text_ref mark = sh_get(shell, "PS4");
    struct buffer text = {0};
    uint32_t level;

    if (mark.data == NULL) return;
    if (has_commands(mark) && sh_shopt(shell, SH_SHOPT_PROMPTVARS)) {
        buffer_put(&text, shell->mark.data, shell->mark.size);
    } else {
        shell->options &= ~(1u << SH_OPTION_XTRACE);
        sh_expand_prompt(shell, mark.data, mark.size, &text);
        shell->options |= 1u << SH_OPTION_XTRACE;
    }
    for (level = 0; text.size && level < shell->trace_level; level++)
        buffer_put_byte(&shell->errors, text.data[0]);
    buffer_put(&shell->errors, text.data, text.size);
    buffer_free(&text);
}

/* --- what is traced --- */

void sh_trace_text(struct shell *shell, const char *text, size_t size)
{
    put_mark(shell);
    buffer_put(&shell->errors, text, size);
    buffer_put_byte(&shell->errors, '\n');
}

void sh_trace_words(struct shell *shell, int argc, char *const *argv)
{
    int i;

    put_mark(shell);
    for (i = 0; i < argc; i++) {
        if (i) buffer_put_byte(&shell->errors, ' ');
        sh_put_traced(&shell->errors, argv[i], strlen(argv[i]));
    }
    buffer_put_byte(&shell->errors, '\n');
}

/* Words as they are in the script. */
static void put_source(struct buffer *out, const struct sh_word *word)
{
    for (; word; word = word->next) {
        buffer_put_byte(out, ' ');
        buffer_put(out, word->source, word->source_length);
    }
}

static void show(struct shell *shell, struct buffer *text)
{
    sh_trace_text(shell, buffer_string(text), text->size);
    buffer_free(text);
}

void sh_trace_each(struct shell *shell, const struct sh_command *command)
{
    struct buffer text = {0};

    if (!sh_has(shell, SH_OPTION_XTRACE)) return;
    buffer_printf(&text, "%s %s in", command->kind == SH_SELECT ? "select" : "for", command->of.each.name);
    if (command->of.each.has_in)
        put_source(&text, command->of.each.words);
    else
        buffer_put_string(&text, " \"$@\"");
    show(shell, &text);
}

void sh_trace_case(struct shell *shell, const struct sh_word *word)
{
    struct buffer text = {0};

    if (!sh_has(shell, SH_OPTION_XTRACE)) return;
    buffer_put_string(&text, "case ");
    buffer_put(&text, word->source, word->source_length);
    buffer_put_string(&text, " in");
    show(shell, &text);
}

void sh_trace_expression(struct shell *shell, const char *expression, size_t size)
{
    struct buffer text = {0};

    if (!sh_has(shell, SH_OPTION_XTRACE)) return;
    buffer_put_string(&text, "(( ");
    buffer_put(&text, expression, size);
    buffer_put_string(&text, " ))");
    show(shell, &text);
}

void sh_trace_assignment(struct shell *shell, const char *name, size_t length, bool append, const char *value,
                         size_t size)
{
    struct buffer text = {0};

    if (!sh_has(shell, SH_OPTION_XTRACE)) return;
    buffer_put(&text, name, length);
    buffer_put_string(&text, append ? "+=" : "=");
    if (size) sh_put_traced(&text, value, size);
    show(shell, &text);
}
