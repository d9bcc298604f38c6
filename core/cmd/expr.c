/* expr: evaluate an expression. POSIX.1-2017 expr, with GNU's match, substr, index and length. Numbers are
 * whole and have 64 bits; beyond that it is an error. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/command.h"
#include "regex/regex.h"

#define NESTING_MAX 200 /* parentheses and operators of words within each other */

static const char help[] =
    "Usage: expr EXPRESSION\n"
    "Print the value of EXPRESSION, of these, the weakest first:\n"
    "\n"
    "  A | B   A & B   A < B, <=, =, !=, >=, >   A + B, A - B   A * B, A / B, A % B\n"
    "  STRING : REGEX, match STRING REGEX   substr STRING POSITION LENGTH\n"
    "  index STRING CHARACTERS   length STRING   + WORD   ( EXPRESSION )\n"
    "\n"
    "Status: 0, 1 when the value is empty or 0, 2 when EXPRESSION is wrong, 3 for other errors.\n";

struct expr_state {
    struct cmd_base base;
    int at;    /* of the words */
    int depth; /* of nesting */
    bool failed;
};

struct value {
    bool number;
    int64_t integer;
    const char *text; /* in the arena */
};

static struct value parse_or(struct k_process *process, bool evaluates);

/* --- values --- */

static struct value fail(struct k_process *process, int status)
{
    struct expr_state *state = process->state;

    state->failed = true;
    state->base.status = status;
    return (struct value){.text = ""};
}

static struct value number_value(int64_t integer)
{
    return (struct value){true, integer, NULL};
}

static struct value text_value(const char *text)
{
    return (struct value){false, 0, text};
}

static const char *text_of(struct k_process *process, struct value value)
{
    char digits[24];
    const char *copy;

    if (!value.number) return value.text;
    snprintf(digits, sizeof digits, "%lld", (long long)value.integer);
    copy = arena_copy(&process->arena, digits, strlen(digits));
    return copy ? copy : "";
}

static bool looks_like_number(const char *text)
{
    if (*text == '-') text++;
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* A value as a number; false when it is none, which is said when `needed`. */
static bool to_number(struct k_process *process, struct value value, int64_t *number, bool needed)
{
    if (value.number) {
        *number = value.integer;
        return true;
    }
    if (looks_like_number(value.text) && cmd_integer(value.text, number)) return true;
    if (!needed) return false;
    if (looks_like_number(value.text)) {
        cmd_error(process, "%s: Numerical result out of range", value.text);
        fail(process, 3);
    } else {
        cmd_error(process, "non-integer argument");
        fail(process, 2);
    }
    return false;
}

static bool is_null(struct value value)
{
    const char *text = value.text;

    if (value.number) return value.integer == 0;
    if (*text == '\0') return true;
    if (*text == '-') text++;
    return *text && strspn(text, "0") == strlen(text);
}

/* --- characters --- */

static size_t step_of(const char *text)
{
    size_t step = utf8_decode(text, strnlen(text, 4), NULL);
    return step ? step : 1;
}

static int64_t count_characters(const char *text, size_t length)
{
    const char *end = text + length;
    int64_t count = 0;

    for (; text < end; text += step_of(text)) count++;
    return count;
}

static struct value match(struct k_process *process, const char *text, const char *pattern)
{
    struct regex_match matches[2] = {{0, 0}, {(size_t)-1, (size_t)-1}};
    struct regex *regex;
    struct error error = {0};
    struct value value;
    bool groups, found;
    size_t length = strlen(text);

    if (re_compile(pattern, strlen(pattern), 0, &regex, &error) < 0) {
        cmd_error(process, "%s", error.message);
        return fail(process, 2);
    }
    groups = re_groups(regex) > 0;
    found = re_search(regex, text, length, 0, false, matches, 2) == 1 && matches[0].start == 0;
    re_free(regex);
    if (!groups) return number_value(found ? count_characters(text, matches[0].end) : 0);
    if (!found || matches[1].start == (size_t)-1) return text_value("");
    value =
        text_value(arena_copy(&process->arena, text + matches[1].start, matches[1].end - matches[1].start));
    return value.text ? value : fail(process, 3);
}

static struct value find_index(const char *text, const char *characters)
{
    int64_t at = 1;

    for (; *text; text += step_of(text), at++) {
        const char *one;
        for (one = characters; *one; one += step_of(one))
            if (step_of(one) == step_of(text) && memcmp(one, text, step_of(text)) == 0)
                return number_value(at);
    }
    return number_value(0);
}

static struct value take_part(struct k_process *process, const char *text, struct value from,
                              struct value count)
{
    int64_t position, length;
    const char *end;
    char *copy;

    if (!to_number(process, from, &position, false) || !to_number(process, count, &length, false) ||
        position <= 0 || length <= 0)
        return text_value("");
    for (; *text && position > 1; position--) text += step_of(text);
    for (end = text; *end && length > 0; length--) end += step_of(end);
    copy = arena_copy(&process->arena, text, (size_t)(end - text));
    return copy ? text_value(copy) : fail(process, 3);
}

/* --- the grammar --- */

static bool next_is(struct k_process *process, const char *word)
{
    struct expr_state *state = process->state;

    if (state->at >= process->argc || strcmp(process->argv[state->at], word) != 0) return false;
    state->at++;
    return true;
}

static struct value say_missing(struct k_process *process)
{
    const struct expr_state *state = process->state;

    if (state->failed) return text_value("");
    cmd_error(process, "syntax error: missing argument after %s",
              cmd_quote(process, process->argv[state->at - 1]));
    return fail(process, 2);
}

static struct value parse_parenthesis(struct k_process *process, bool evaluates)
{
    struct expr_state *state = process->state;
    struct value value = parse_or(process, evaluates);

    if (state->failed || next_is(process, ")")) return value;
    if (state->at >= process->argc)
        cmd_error(process, "syntax error: expecting ')' after %s",
                  cmd_quote(process, process->argv[state->at - 1]));
    else
        cmd_error(process, "syntax error: expecting ')' instead of %s",
                  cmd_quote(process, process->argv[state->at]));
    return fail(process, 2);
}

static struct value parse_word(struct k_process *process, bool evaluates)
{
    struct expr_state *state = process->state;

    if (state->at >= process->argc) return say_missing(process);
    if (next_is(process, "(")) return parse_parenthesis(process, evaluates);
    if (next_is(process, ")")) {
        cmd_error(process, "syntax error: unexpected ')'");
        return fail(process, 2);
    }
    return text_value(process->argv[state->at++]);
}

/* "match A B" and its kin; other words. */
static struct value parse_function(struct k_process *process, bool evaluates)
{
    struct expr_state *state = process->state;
    struct value a, b, c, value = text_value("");

    if (++state->depth > NESTING_MAX) {
        cmd_error(process, "the expression is nested more than %d deep", NESTING_MAX);
        value = fail(process, 3);
    } else if (next_is(process, "+")) {
        value = state->at < process->argc ? text_value(process->argv[state->at++]) : say_missing(process);
    } else if (next_is(process, "length")) {
        a = parse_function(process, evaluates);
        value = number_value(count_characters(text_of(process, a), strlen(text_of(process, a))));
    } else if (next_is(process, "match")) {
        a = parse_function(process, evaluates);
        b = parse_function(process, evaluates);
        if (evaluates && !state->failed) value = match(process, text_of(process, a), text_of(process, b));
    } else if (next_is(process, "index")) {
        a = parse_function(process, evaluates);
        b = parse_function(process, evaluates);
        value = find_index(text_of(process, a), text_of(process, b));
    } else if (next_is(process, "substr")) {
        a = parse_function(process, evaluates);
        b = parse_function(process, evaluates);
        c = parse_function(process, evaluates);
        value = take_part(process, text_of(process, a), b, c);
    } else {
        value = parse_word(process, evaluates);
    }
    state->depth--;
    return value;
}

static struct value parse_match(struct k_process *process, bool evaluates)
{
    const struct expr_state *state = process->state;
    struct value left = parse_function(process, evaluates);

    while (!state->failed && next_is(process, ":")) {
        struct value right = parse_function(process, evaluates);
        if (evaluates && !state->failed)
            left = match(process, text_of(process, left), text_of(process, right));
    }
    return left;
}

/* a OP b in 64 bits. */
static struct value calculate(struct k_process *process, char operation, struct value left,
                              struct value right)
{
    int64_t a, b, result = 0;
    bool overflow = false;

    if (!to_number(process, left, &a, true) || !to_number(process, right, &b, true)) return text_value("");
    if ((operation == '/' || operation == '%') && b == 0) {
        cmd_error(process, "division by zero");
        return fail(process, 2);
    }
    switch (operation) {
    case '+':
        overflow = __builtin_add_overflow(a, b, &result);
        break;
    case '-':
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
    case '*':
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
    case '/':
        overflow = a == INT64_MIN && b == -1;
        result = overflow ? 0 : a / b;
        break;
    default:
        result = b == -1 ? 0 : a % b;
        break;
    }
    if (!overflow) return number_value(result);
    cmd_error(process, "%c: Numerical result out of range", operation);
    return fail(process, 3);
}

static struct value parse_product(struct k_process *process, bool evaluates)
{
    const struct expr_state *state = process->state;
    struct value left = parse_match(process, evaluates);

    while (!state->failed) {
        char operation = 0;
        struct value right;
        if (next_is(process, "*"))
            operation = '*';
        else if (next_is(process, "/"))
            operation = '/';
        else if (next_is(process, "%"))
            operation = '%';
        else
            break;
        right = parse_match(process, evaluates);
        if (evaluates && !state->failed) left = calculate(process, operation, left, right);
    }
    return left;
}

static struct value parse_sum(struct k_process *process, bool evaluates)
{
    const struct expr_state *state = process->state;
    struct value left = parse_product(process, evaluates);

    while (!state->failed) {
        char operation = 0;
        struct value right;
        if (next_is(process, "+"))
            operation = '+';
        else if (next_is(process, "-"))
            operation = '-';
        else
            break;
        right = parse_product(process, evaluates);
        if (evaluates && !state->failed) left = calculate(process, operation, left, right);
    }
    return left;
}

static bool compare(struct k_process *process, const char *operation, struct value left, struct value right)
{
    int64_t a, b;
    int order;

    if (to_number(process, left, &a, false) && to_number(process, right, &b, false))
        order = a < b ? -1 : a > b;
    else
        order = strcmp(text_of(process, left), text_of(process, right));
    if (strcmp(operation, "<") == 0) return order < 0;
    if (strcmp(operation, "<=") == 0) return order <= 0;
    if (strcmp(operation, "!=") == 0) return order != 0;
    if (strcmp(operation, ">=") == 0) return order >= 0;
    if (strcmp(operation, ">") == 0) return order > 0;
    return order == 0;
}

static struct value parse_comparison(struct k_process *process, bool evaluates)
{
    static const char *const operators[] = {"<", "<=", "=", "==", "!=", ">=", ">"};
    const struct expr_state *state = process->state;
    struct value left = parse_sum(process, evaluates);

    while (!state->failed) {
        const char *operation = NULL;
        struct value right;
        size_t i;
        for (i = 0; i < sizeof operators / sizeof operators[0] && operation == NULL; i++)
            if (next_is(process, operators[i])) operation = operators[i];
        if (operation == NULL) break;
        right = parse_sum(process, evaluates);
        if (!state->failed) left = number_value(compare(process, operation, left, right));
    }
    return left;
}

static struct value parse_and(struct k_process *process, bool evaluates)
{
    const struct expr_state *state = process->state;
    struct value left = parse_comparison(process, evaluates);

    while (!state->failed && next_is(process, "&")) {
        struct value right = parse_comparison(process, evaluates && !is_null(left));
        if (!state->failed && (is_null(left) || is_null(right))) left = number_value(0);
    }
    return left;
}

static struct value parse_or(struct k_process *process, bool evaluates)
{
    struct expr_state *state = process->state;
    struct value left;

    if (++state->depth > NESTING_MAX) {
        cmd_error(process, "the expression is nested more than %d deep", NESTING_MAX);
        return fail(process, 3);
    }
    left = parse_and(process, evaluates);
    while (!state->failed && next_is(process, "|")) {
        struct value right = parse_and(process, evaluates && is_null(left));
        if (!state->failed && is_null(left)) left = is_null(right) ? number_value(0) : right;
    }
    state->depth--;
    return left;
}

static void evaluate(struct k_process *process, struct expr_state *state)
{
    struct value value;

    state->at = 1;
    if (process->argc > 1 && strcmp(process->argv[1], "--") == 0) state->at++;
    if (state->at >= process->argc) {
        cmd_missing_operand(process, NULL);
        state->base.status = 2;
        return;
    }
    value = parse_or(process, true);
    if (!state->failed && state->at < process->argc) {
        cmd_error(process, "syntax error: unexpected argument %s",
                  cmd_quote(process, process->argv[state->at]));
        fail(process, 2);
    }
    if (state->failed) return;
    state->base.status = is_null(value);
    cmd_printf(process, "%s\n", text_of(process, value));
}

static enum k_progress expr_run(struct k_process *process)
{
    struct expr_state *state = process->state;

    CO_BEGIN(process);
    if (process->argc == 2 && strcmp(process->argv[1], "--help") == 0)
        cmd_put_string(process, help);
    else if (process->argc == 2 && strcmp(process->argv[1], "--version") == 0)
        cmd_printf(process, "expr (Umbra) " UMBRA_VERSION "\n");
    else
        evaluate(process, state);
    CMD_END(process);
}

CMD_PROGRAM(expr, struct expr_state, expr_run, help);
