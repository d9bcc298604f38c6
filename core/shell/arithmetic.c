#include "shell/arithmetic_code.h"

#define STACK_AT_HAND 12u /* values; larger stacks are taken from scratch */
#define PLAIN_DIGITS  18u /* that surely fit */

struct sh_arithmetic_run {
    const struct sh_arithmetic_host *host;
    struct arena *scratch;
    struct sh_arithmetic_failure *failure;
    unsigned depth; /* expressions within one another */
};

bool sh_arithmetic_plain_integer(const char *text, size_t length, int64_t *value)
{
    bool negative = length > 1 && text[0] == '-';
    size_t at = negative;
    int64_t sum = 0;

    if (length == at || length - at > PLAIN_DIGITS || (text[at] == '0' && length > 1)) return false;
    for (; at < length; at++) {
        if (text[at] < '0' || text[at] > '9') return false;
        sum = sum * 10 + (text[at] - '0');
    }
    *value = negative ? -sum : sum;
    return true;
}

static int fail(struct sh_arithmetic_run *run, const struct sh_arithmetic *expression,
                enum arithmetic_message message, size_t token, size_t end)
{
    static const char *const messages[] = {
#define ARITHMETIC_MESSAGE_TEXT(name, text) text,
        ARITHMETIC_MESSAGES(ARITHMETIC_MESSAGE_TEXT)
#undef ARITHMETIC_MESSAGE_TEXT
    };
    size_t start = 0;

    while (start < end && (expression->text[start] == ' ' || expression->text[start] == '\t')) start++;
    if (token > end) token = end;
    *run->failure = (struct sh_arithmetic_failure){
        .expression = expression->text + start,
        .expression_length = end - start,
        .message = messages[message],
        .token = expression->text + token,
        .token_length = end - token,
    };
    return UMBRA_EINVAL;
}

static int64_t power(int64_t base, int64_t exponent)
{
    uint64_t result = 1, factor = (uint64_t)base;

    for (; exponent; exponent >>= 1) {
        if (exponent & 1) result *= factor;
        factor *= factor;
    }
    return (int64_t)result;
}

/* Two values become one. Overflow wraps, and shifts take the lowest six bits of the distance, as the machine
 * does on which bash's behaviour was observed (x86-64). */
static int64_t combine(enum arithmetic_op op, int64_t left, int64_t right)
{
    uint64_t a = (uint64_t)left, b = (uint64_t)right;

    switch (op) {
    case CODE_MULTIPLY:
        return (int64_t)(a * b);
    case CODE_DIVIDE:
        return right == -1 ? (int64_t)(0 - a) : left / right;
    case CODE_REMAINDER:
        return right == -1 ? 0 : left % right;
    case CODE_ADD:
        return (int64_t)(a + b);
    case CODE_SUBTRACT:
        return (int64_t)(a - b);
    case CODE_SHIFT_LEFT:
        return (int64_t)(a << (b & 63));
    case CODE_SHIFT_RIGHT:
        return left < 0 ? (int64_t) ~(~a >> (b & 63)) : (int64_t)(a >> (b & 63));
    case CODE_LESS:
        return left < right;
    case CODE_LESS_EQUAL:
        return left <= right;
    case CODE_GREATER:
        return left > right;
    case CODE_GREATER_EQUAL:
        return left >= right;
    case CODE_EQUAL:
        return left == right;
    case CODE_NOT_EQUAL:
        return left != right;
    case CODE_BIT_AND:
        return (int64_t)(a & b);
    case CODE_BIT_XOR:
        return (int64_t)(a ^ b);
    case CODE_BIT_OR:
        return (int64_t)(a | b);
    case CODE_POWER:
        return power(left, right);
    default:
        return 0;
    }
}

static int run_code(struct sh_arithmetic_run *run, const struct sh_arithmetic *expression, int64_t *value);

/* The value of an expression that is not compiled yet. Its memory stays taken after a failure, whose texts
 * are in it. */
static int run_text(struct sh_arithmetic_run *run, const char *text, size_t length, int64_t *value)
{
    struct arena_mark mark = arena_mark(run->scratch);
    struct sh_arithmetic *expression;
    int result = sh_arithmetic_compile(run->scratch, text, length, &expression);

    if (result < 0) return result;
    run->depth++;
    result = run_code(run, expression, value);
    run->depth--;
    if (result == 0) arena_release(run->scratch, mark);
    return result;
}

static bool is_empty(const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\t' || *text == '\n')) {
        text++;
        length--;
    }
    return length == 0;
}

/* The value of a variable: an integer, or an expression again. */
static int load(struct sh_arithmetic_run *run, const struct sh_arithmetic *expression,
                const struct arithmetic_code *code, struct sh_arithmetic_name *name, int64_t *value)
{
    struct sh_arithmetic_value read = {.text = NULL};
    struct arena_mark mark;
    char *copy;
    int result = run->host->read(run->host->context, run, name, &read);

    if (result < 0) return result;
    *value = read.integer;
    if (read.text == NULL) return 0;
    *value = 0;
    if (is_empty(read.text, read.length)) return 0;
    if (run->depth >= SH_ARITHMETIC_RECURSION)
        return fail(run, expression, ARITHMETIC_RECURSION, code->token, expression->length);
    if (sh_arithmetic_plain_integer(read.text, read.length, value)) return 0;
    mark = arena_mark(run->scratch);
    copy = arena_copy(run->scratch, read.text, read.length);
    if (copy == NULL) return UMBRA_ENOMEM;
    result = run_text(run, copy, read.length, value);
    if (result == 0) arena_release(run->scratch, mark);
    return result;
}

/* The instructions that read or write a variable, on the values below *top. */
static int run_variable(struct sh_arithmetic_run *run, const struct sh_arithmetic *expression,
                        const struct arithmetic_code *code, int64_t **top)
{
    struct sh_arithmetic_name name = *code->with.name;
    int64_t *at = *top, value = 0;
    bool kept = code->op == CODE_STORE_KEPT || code->op == CODE_AFTER_KEPT;
    int result;

    if (code->op == CODE_LOAD || code->op == CODE_LOAD_KEEP) {
        result = load(run, expression, code, &name, &value);
        if (code->op == CODE_LOAD_KEEP) {
            *at++ = name.has_index;
            *at++ = name.index;
        }
        *at++ = value;
        *top = at;
        return result;
    }
    value = *--at;
    if (kept) {
        name.index = *--at;
        name.has_index = *--at != 0;
    }
    result = run->host->write(run->host->context, run, &name,
                              (int64_t)((uint64_t)value + (uint64_t)(int64_t)code->detail));
    *at++ = value;
    *top = at;
    return result;
}

/* Where the code goes on. */
static const struct arithmetic_code *jump(const struct sh_arithmetic *expression,
                                          const struct arithmetic_code *code, int64_t **top)
{
    const struct arithmetic_code *target = expression->code + code->with.number;

    switch (code->op) {
    case CODE_JUMP_ZERO:
        return *--*top == 0 ? target : code + 1;
    case CODE_AND:
        if (*--*top != 0) return code + 1;
        *(*top)++ = 0;
        return target;
    case CODE_OR:
        if (*--*top == 0) return code + 1;
        *(*top)++ = 1;
        return target;
    default:
        return target;
    }
}

static int run_on(struct sh_arithmetic_run *run, const struct sh_arithmetic *expression, int64_t *top,
                  int64_t *value)
{
    const struct arithmetic_code *code = expression->code;
    int result;

    for (;; code++) {
        switch (code->op) {
        case CODE_END:
            *value = top[-1];
            return 0;
        case CODE_FAIL:
            return fail(run, expression, (enum arithmetic_message)code->detail, code->token,
                        (size_t)code->with.number);
        case CODE_PUSH:
            *top++ = code->with.number;
            break;
        case CODE_LOAD:
        case CODE_LOAD_KEEP:
        case CODE_STORE:
        case CODE_STORE_KEPT:
        case CODE_AFTER:
        case CODE_AFTER_KEPT:
            result = run_variable(run, expression, code, &top);
            if (result < 0) return result;
            break;
        case CODE_JUMP:
        case CODE_JUMP_ZERO:
        case CODE_AND:
        case CODE_OR:
            code = jump(expression, code, &top) - 1;
            break;
        case CODE_DROP:
            top--;
            break;
        case CODE_TRUTH:
            top[-1] = top[-1] != 0;
            break;
        case CODE_NOT:
            top[-1] = top[-1] == 0;
            break;
        case CODE_INVERT:
            top[-1] = ~top[-1];
            break;
        case CODE_NEGATE:
            top[-1] = (int64_t)(0 - (uint64_t)top[-1]);
            break;
        default:
            top--;
            if ((code->op == CODE_DIVIDE || code->op == CODE_REMAINDER) && *top == 0)
                return fail(run, expression, ARITHMETIC_DIVISION, code->token, expression->length);
            if (code->op == CODE_POWER && *top < 0)
                return fail(run, expression, ARITHMETIC_EXPONENT, code->token, expression->length);
            top[-1] = combine((enum arithmetic_op)code->op, top[-1], *top);
        }
    }
}

static int run_code(struct sh_arithmetic_run *run, const struct sh_arithmetic *expression, int64_t *value)
{
    int64_t at_hand[1 + STACK_AT_HAND] = {0}, *stack = at_hand; /* the first is never used */
    struct arena_mark mark;
    int result;

    if (expression->stack <= STACK_AT_HAND) return run_on(run, expression, stack + 1, value);
    mark = arena_mark(run->scratch);
    stack = arena_zero(run->scratch, (expression->stack + 1) * sizeof *stack);
    if (stack == NULL) return UMBRA_ENOMEM;
    result = run_on(run, expression, stack + 1, value);
    if (result == 0) arena_release(run->scratch, mark);
    return result;
}

int sh_arithmetic_evaluate(const struct sh_arithmetic *expression, const struct sh_arithmetic_host *host,
                           struct arena *scratch, int64_t *value, struct sh_arithmetic_failure *failure)
{
    struct sh_arithmetic_run run = {host, scratch, failure, 1};

    *failure = (struct sh_arithmetic_failure){.message = NULL};
    return run_code(&run, expression, value);
}

int sh_arithmetic_evaluate_text(const char *text, size_t length, const struct sh_arithmetic_host *host,
                                struct arena *scratch, int64_t *value, struct sh_arithmetic_failure *failure)
{
    struct sh_arithmetic_run run = {host, scratch, failure, 0};

    *failure = (struct sh_arithmetic_failure){.message = NULL};
    if (sh_arithmetic_plain_integer(text, length, value)) return 0;
    return run_text(&run, text, length, value);
}

int sh_arithmetic_subscript(struct sh_arithmetic_run *run, const char *text, size_t length, int64_t *value)
{
    const struct sh_arithmetic whole = {.text = text, .length = length};
    int result;

    if (sh_arithmetic_plain_integer(text, length, value)) return 0;
    if (run->depth >= SH_ARITHMETIC_RECURSION)
        result = fail(run, &whole, ARITHMETIC_RECURSION, 0, length);
    else
        result = run_text(run, text, length, value);
    if (result < 0) run->failure->in_subscript = true;
    return result;
}

void sh_arithmetic_describe(const struct sh_arithmetic_failure *failure, struct buffer *buffer)
{
    buffer_put(buffer, failure->expression, failure->expression_length);
    buffer_put_string(buffer, ": ");
    buffer_put_string(buffer, failure->message);
    buffer_put_string(buffer, " (error token is \"");
    buffer_put(buffer, failure->token, failure->token_length);
    buffer_put_string(buffer, "\")");
}
