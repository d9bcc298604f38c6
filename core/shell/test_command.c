/* test_command.c: [[ ]] (bash 5.2 manual, "Conditional Constructs"). Every && || ! is a frame with its
 * operand above it; what stands between them is expanded by its own frame. */
#include "base/letters.h"
#include "regex/regex.h"
#include "shell/compound.h"
#include "shell/dynamic.h"
#include "shell/pattern.h"
#include "shell/test_operators.h"

struct test_frame {
    struct sh_frame frame;
    const struct sh_test *test;
    const struct sh_command *command; /* of the outermost frame; else NULL */
    bool inverted;                    /* a ! stands before it, which is shown by set -x */
    bool debugged;                    /* the DEBUG trap was run */
    struct sh_expansion expansion;
    struct sh_output left, right;
};

enum { TEST_BEGIN, TEST_FIRST, TEST_SECOND, TEST_LEFT, TEST_RIGHT };

static enum sh_step test_step(struct shell *shell, struct sh_frame *frame);

static void test_leave(struct shell *shell, struct sh_frame *frame)
{
    (void)shell;
    sh_expand_end(&((struct test_frame *)frame)->expansion);
}

static struct test_frame *push_test(struct shell *shell, const struct sh_test *test, bool inverted)
{
    struct test_frame *frame = sh_push(shell, sizeof *frame, test_step, test_leave);

    if (frame == NULL) return NULL;
    frame->test = test;
    frame->inverted = inverted;
    return frame;
}

/* --- regular expressions --- */

/* Puts a byte of a regular expression that was quoted, so that it stands for itself. */
static void put_quoted(struct sh_text *text, char byte)
{
    if (strchr(".[\\()*+?{|^$", byte) && byte) sh_text_byte(text, '\\');
    sh_text_byte(text, byte);
}

/* How far the bracket expression at text[0] goes, 0 when it has no end. Quotes mean nothing in it. */
static size_t bracket_length(const char *text, size_t size)
{
    size_t at = 1;

    if (at < size && text[at] == '^') at++;
    if (at < size && text[at] == ']') at++;
    for (; at < size; at++) {
        if (text[at] == ']') return at + 1;
        if (text[at] == '[' && at + 1 < size && strchr(".:=", text[at + 1]) && text[at + 1]) {
            char kind = text[at + 1];
            size_t end = at + 2;
            while (end + 1 < size && (text[end] != kind || text[end + 1] != ']')) end++;
            if (end + 1 < size) at = end + 1;
        }
    }
    return 0;
}

static const char *regex_text(struct shell *shell, const struct sh_output *output, size_t *size)
{
    struct sh_text text = {.arena = &shell->process->arena};
    size_t i, at = 0, plain_to = 0;

    for (i = 0; i < output->count; i++) {
        if (output->runs[i].kind == SH_RUN_BREAK) sh_text_byte(&text, ' ');
        for (; at < output->runs[i].end; at++) {
            const char *from = output->text.data + at;
            if (at < plain_to) {
                sh_text_byte(&text, *from);
            } else if (output->runs[i].kind == SH_RUN_QUOTED) {
                put_quoted(&text, *from);
            } else {
                if (*from == '[') plain_to = at + bracket_length(from, output->text.size - at);
                sh_text_byte(&text, *from);
                if (*from == '\\' && at + 1 < output->runs[i].end) /* it takes the next byte along */
                    sh_text_byte(&text, output->text.data[++at]);
            }
        }
    }
    *size = text.size;
    return sh_text_get(&text);
}

static bool set_matches(struct shell *shell, const char *subject, const struct regex_match *matches,
                        size_t count)
{
    static const char name[] = "BASH_REMATCH";
    struct sh_variable *variable = sh_own(shell, name, sizeof name - 1);
    size_t i;

    if (variable == NULL) return false;
    sh_variable_clear(shell->variables, variable);
    variable->attributes = (variable->attributes & SH_EXPORTED) | SH_INDEXED | SH_IS_SET;
    for (i = 0; i < count; i++) {
        bool none = matches[i].start == SIZE_MAX;
        if (sh_array_set(shell->variables, variable, (int64_t)i, none ? "" : subject + matches[i].start,
                         none ? 0 : matches[i].end - matches[i].start, false))
            continue;
        sh_out_of_memory(shell);
        return false;
    }
    return true;
}

/* 1 it matches, 0 it does not, UMBRA_EINVAL: it is no regular expression. */
static int match_regex(struct shell *shell, const char *subject, size_t size, const char *pattern,
                       size_t length)
{
    unsigned flags = RE_EXTENDED | (sh_shopt(shell, SH_SHOPT_NOCASEMATCH) ? RE_IGNORE_CASE : 0);
    struct regex *regex = NULL;
    struct regex_match *matches;
    struct error error;
    size_t count;
    int found;

    found = re_compile(pattern, length, flags, &regex, &error);
    if (found == UMBRA_ENOMEM) sh_out_of_memory(shell);
    if (found < 0) return UMBRA_EINVAL;
    count = re_groups(regex) + 1;
    matches = arena_take(&shell->process->arena, count * sizeof *matches);
    sh_charge(shell, size + length);
    found = matches ? re_search(regex, subject, size, 0, false, matches, count) : UMBRA_ENOMEM;
    re_free(regex);
    if (found < 0) {
        sh_out_of_memory(shell);
        return UMBRA_EINVAL;
    }
    return set_matches(shell, subject, matches, found ? count : 0) ? found : UMBRA_EINVAL;
}

/* --- what stands between the operators --- */

static int match_pattern(struct shell *shell, const char *text, size_t size, const char *pattern,
                         size_t length)
{
    unsigned flags = SH_PATTERN_EXTGLOB | (sh_shopt(shell, SH_SHOPT_NOCASEMATCH) ? SH_PATTERN_NOCASE : 0);
    struct sh_pattern *compiled;
    struct error error;
    int result = sh_pattern_compile(&shell->process->arena, pattern, length, flags, &compiled, &error);

    if (result == UMBRA_ELIMIT) {
        sh_error(shell, "[[: %s", error.message);
        return UMBRA_EINVAL;
    }
    sh_charge(shell, size + length);
    if (result == 0) result = sh_pattern_match(compiled, text, size, &shell->temporary);
    if (result >= 0) return result;
    sh_out_of_memory(shell);
    return UMBRA_EINVAL;
}

static bool evaluate(struct shell *shell, const char *text, size_t size, int64_t *value)
{
    bool done;

    shell->arithmetic_command = "[[: ";
    done = sh_evaluate(shell, text, size, value);
    shell->arithmetic_command = NULL;
    return done;
}

static int compare(struct shell *shell, const char *word, const char *left, size_t left_size,
                   const char *right, size_t right_size)
{
    int64_t first, second;

    /* An expression that is wrong is false, not an error. */
    if (!evaluate(shell, left, left_size, &first)) return 0;
    if (!evaluate(shell, right, right_size, &second)) return 0;
    return sh_test_compare(word, first, second);
}

static void trace(struct shell *shell, const struct test_frame *frame, const char *left, const char *right)
{
    const char *word = frame->test->kind == SH_TEST_WORD ? "-n" : frame->test->operator;
    struct buffer text = {0};

    if (!sh_has(shell, SH_OPTION_XTRACE)) return;
    buffer_printf(&text, "[[ %s", frame->inverted ? "! " : "");
    if (right)
        buffer_printf(&text, "%s %s %s ]]", *left ? left : "''", word, *right ? right : "''");
    else
        buffer_printf(&text, "%s %s ]]", word, *left ? left : "''");
    sh_trace_text(shell, buffer_string(&text), text.size);
    buffer_free(&text);
}

static int test_two(struct shell *shell, struct test_frame *frame)
{
    const char *word = frame->test->operator, * left, *right;
    bool is_regex = strcmp(word, "=~") == 0;
    bool is_pattern = !is_regex && (*word == '=' || *word == '!');
    size_t left_size, right_size;

    left = sh_output_text(shell, &frame->left, &left_size);
    if (is_regex)
        right = regex_text(shell, &frame->right, &right_size);
    else if (is_pattern)
        right = sh_output_pattern(shell, &frame->right, &right_size);
    else
        right = sh_output_text(shell, &frame->right, &right_size);
    if (shell->process->arena.failed) {
        sh_out_of_memory(shell);
        return UMBRA_EINVAL;
    }
    trace(shell, frame, left, right);
    if (is_regex) return match_regex(shell, left, left_size, right, right_size);
    if (is_pattern) {
        int matches = match_pattern(shell, left, left_size, right, right_size);
        return matches < 0 ? matches : matches == (*word == '=');
    }
    if (sh_test_is_numeric(word)) return compare(shell, word, left, left_size, right, right_size);
    return sh_test_binary(shell, "[[", word, left, right);
}

static int test_one(struct shell *shell, struct test_frame *frame)
{
    size_t size;
    const char *text = sh_output_text(shell, &frame->left, &size);

    if (shell->process->arena.failed) {
        sh_out_of_memory(shell);
        return UMBRA_EINVAL;
    }
    trace(shell, frame, text, NULL);
    if (frame->test->kind == SH_TEST_WORD) return size > 0;
    return sh_test_unary(shell, NULL, frame->test->operator[1], text);
}

/* --- frames --- */

static enum sh_step finish(struct shell *shell, const struct test_frame *frame)
{
    if (frame->command == NULL) return SH_RETURNS;
    shell->line = frame->command->line;
    sh_set_pipe_status(shell, shell->status);
    sh_check_failure(shell);
    return SH_RETURNS;
}

static enum sh_step decide(struct shell *shell, const struct test_frame *frame, int result)
{
    shell->status = result < 0 ? 2 : result == 0;
    return finish(shell, frame);
}

static enum sh_step expand(struct shell *shell, struct test_frame *frame)
{
    bool one = frame->test->kind != SH_TEST_BINARY;
    int result;

    if (frame->frame.stage == TEST_BEGIN) {
        sh_expand_begin(shell, &frame->expansion, frame->test->left->parts, &frame->left, true);
        frame->frame.stage = TEST_LEFT;
    }
    if (frame->frame.stage == TEST_LEFT) {
        result = sh_expand_run(shell, &frame->expansion);
        if (result < 0) return result == UMBRA_EAGAIN ? SH_WAITS : SH_RETURNS;
        if (one) return decide(shell, frame, test_one(shell, frame));
        sh_expand_begin(shell, &frame->expansion, frame->test->right->parts, &frame->right, true);
        frame->frame.stage = TEST_RIGHT;
    }
    result = sh_expand_run(shell, &frame->expansion);
    if (result < 0) return result == UMBRA_EAGAIN ? SH_WAITS : SH_RETURNS;
    return decide(shell, frame, test_two(shell, frame));
}

static enum sh_step test_step(struct shell *shell, struct sh_frame *frame)
{
    struct test_frame *here = (struct test_frame *)frame;
    const struct sh_test *test = here->test;

    if (here->command) shell->line = here->command->line;
    if (here->command && here->frame.stage == TEST_BEGIN) sh_note_command(shell, here->command);
    if (here->command && !here->debugged) {
        here->debugged = true;
        if (sh_push_debug_trap(shell)) return SH_GOES_ON;
    }
    if (test->kind != SH_TEST_AND && test->kind != SH_TEST_OR && test->kind != SH_TEST_NOT)
        return expand(shell, here);
    switch (here->frame.stage++) {
    case TEST_BEGIN:
        push_test(shell, test->first, test->kind == SH_TEST_NOT && !here->inverted);
        return SH_GOES_ON;
    case TEST_FIRST:
        if (test->kind == SH_TEST_NOT) {
            shell->status = shell->status == 0;
            return finish(shell, here);
        }
        if ((shell->status == 0) != (test->kind == SH_TEST_AND)) return finish(shell, here);
        push_test(shell, test->second, false);
        return SH_GOES_ON;
    default:
        return finish(shell, here);
    }
}

void sh_run_condition(struct shell *shell, const struct sh_command *command)
{
    struct test_frame *frame = push_test(shell, command->of.condition.test, false);
    if (frame) frame->command = command;
}
