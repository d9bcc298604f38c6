/* Operator precedence parsing (V. Pratt, "Top down operator precedence", POPL 1973) into code for a stack. */
#include "shell/arithmetic_code.h"

#define NO_TARGET   (-1)
#define TEXT_LIMIT  (UINT32_MAX / 2) /* offsets are 32-bit */
#define CODE_FIRST  16u              /* instructions to begin with */
#define KEPT_VALUES 3                /* that CODE_LOAD_KEEP pushes */

/* Operators of one character are tokens by that character. */
enum token {
    TOKEN_END = 0,
    TOKEN_NUMBER = 256,
    TOKEN_NAME,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER_EQUAL,
    TOKEN_SHIFT_LEFT,
    TOKEN_SHIFT_RIGHT,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_POWER,
    TOKEN_AFTER,  /* ++ or -- behind a name */
    TOKEN_BEFORE, /* ++ or -- before a name */
    TOKEN_ASSIGN, /* an operator with = */
};

struct compiler {
    struct arena *arena;
    const char *text, *end;
    const char *at; /* behind the token */
    const char *token_at;
    int token;
    int64_t number;                  /* of TOKEN_NUMBER */
    int combined;                    /* of TOKEN_ASSIGN: the code of the operation */
    int step;                        /* of TOKEN_AFTER and TOKEN_BEFORE: 1 or -1 */
    struct sh_arithmetic_name *name; /* of TOKEN_NAME */
    bool changed;                    /* the operand before was --name: -- and ++ may not follow */
    bool bare;                       /* what was parsed last is a name and nothing else: it can be assigned */
    struct arithmetic_code *code;
    size_t count, capacity;
    size_t depth, stack; /* values on the stack now, and at most */
    unsigned nesting;
    bool failed; /* CODE_FAIL was the last instruction */
    bool no_memory;
};

/* What an operator of two sides is: how close it binds (0: it is none) and its code. */
struct binary {
    uint8_t level, op;
};

enum { LEVEL_OR = 1, LEVEL_AND, LEVEL_FIRST_PLAIN, LEVEL_POWER = 11 };

static struct binary binary_of(int token)
{
    switch (token) {
    case TOKEN_OR:
        return (struct binary){LEVEL_OR, CODE_OR};
    case TOKEN_AND:
        return (struct binary){LEVEL_AND, CODE_AND};
    case '|':
        return (struct binary){LEVEL_FIRST_PLAIN, CODE_BIT_OR};
    case '^':
        return (struct binary){4, CODE_BIT_XOR};
    case '&':
        return (struct binary){5, CODE_BIT_AND};
    case TOKEN_EQUAL:
        return (struct binary){6, CODE_EQUAL};
    case TOKEN_NOT_EQUAL:
        return (struct binary){6, CODE_NOT_EQUAL};
    case '<':
        return (struct binary){7, CODE_LESS};
    case '>':
        return (struct binary){7, CODE_GREATER};
    case TOKEN_LESS_EQUAL:
        return (struct binary){7, CODE_LESS_EQUAL};
    case TOKEN_GREATER_EQUAL:
        return (struct binary){7, CODE_GREATER_EQUAL};
    case TOKEN_SHIFT_LEFT:
        return (struct binary){8, CODE_SHIFT_LEFT};
    case TOKEN_SHIFT_RIGHT:
        return (struct binary){8, CODE_SHIFT_RIGHT};
    case '+':
        return (struct binary){9, CODE_ADD};
    case '-':
        return (struct binary){9, CODE_SUBTRACT};
    case '*':
        return (struct binary){10, CODE_MULTIPLY};
    case '/':
        return (struct binary){10, CODE_DIVIDE};
    case '%':
        return (struct binary){10, CODE_REMAINDER};
    case TOKEN_POWER:
        return (struct binary){LEVEL_POWER, CODE_POWER};
    default:
        return (struct binary){0, 0};
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* --- Code --- */

/* Adds an instruction; the depth of the stack changes by so much with it. Its index. */
static size_t emit(struct compiler *compiler, enum arithmetic_op op, int64_t number, int change)
{
    struct arithmetic_code *code = compiler->code;

    if (compiler->failed || compiler->no_memory) return 0;
    if (compiler->count == compiler->capacity) {
        size_t capacity = compiler->capacity ? 2 * compiler->capacity : CODE_FIRST;
        code = arena_grow(compiler->arena, code, compiler->capacity * sizeof *code, capacity * sizeof *code);
        if (code == NULL) {
            compiler->no_memory = true;
            return 0;
        }
        compiler->code = code;
        compiler->capacity = capacity;
    }
    code[compiler->count] = (struct arithmetic_code){.op = (uint8_t)op, .with.number = number};
    code[compiler->count].token = (uint32_t)(compiler->token_at - compiler->text);
    compiler->depth += (size_t)change;
    if (compiler->depth > compiler->stack) compiler->stack = compiler->depth;
    return compiler->count++;
}

static void emit_name(struct compiler *compiler, enum arithmetic_op op, struct sh_arithmetic_name *name,
                      int change)
{
    size_t index = emit(compiler, op, 0, change);
    if (compiler->failed || compiler->no_memory) return;
    compiler->code[index].with.name = name;
    if (name) compiler->code[index].token = (uint32_t)(name->text - compiler->text);
}

/* The expression is wrong; with an end that is not NULL it is shown to there only. */
static void fail_at(struct compiler *compiler, enum arithmetic_message message, const char *end)
{
    size_t index, i;

    if (compiler->failed || compiler->no_memory) return;
    index = emit(compiler, CODE_FAIL, (end ? end : compiler->end) - compiler->text, 0);
    if (compiler->no_memory) return;
    compiler->code[index].detail = (int8_t)message;
    for (i = 0; i < index; i++) {
        struct arithmetic_code *code = &compiler->code[i];
        bool jumps = code->op == CODE_JUMP || code->op == CODE_JUMP_ZERO || code->op == CODE_AND ||
                     code->op == CODE_OR;
        if (jumps && code->with.number == NO_TARGET) code->with.number = (int64_t)index;
    }
    compiler->failed = true;
    compiler->token = TOKEN_END;
    compiler->at = compiler->end;
}

static void fail(struct compiler *compiler, enum arithmetic_message message)
{
    fail_at(compiler, message, NULL);
}

static void land(struct compiler *compiler, size_t jump)
{
    if (compiler->failed || compiler->no_memory) return;
    compiler->code[jump].with.number = (int64_t)compiler->count;
}

/* --- Tokens --- */

static int digit_value(char c, int base)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + (base <= 36 ? 10 : 36);
    if (c == '@') return 62;
    return c == '_' ? 63 : -1;
}

static void read_number(struct compiler *compiler)
{
    const char *at = compiler->token_at, *end = at;
    uint64_t value = 0;
    int base = 10;
    bool has_base = false;

    while (end < compiler->end && (is_digit(*end) || is_name_start(*end) || *end == '#' || *end == '@'))
        end++;
    compiler->at = end;
    if (*at == '0' && end - at > 1) {
        has_base = true;
        base = at[1] == 'x' || at[1] == 'X' ? 16 : 8;
        at += base == 16 ? 2 : 1;
    }
    for (; at < end; at++) {
        int digit;
        if (*at == '#') {
            if (has_base) return fail_at(compiler, ARITHMETIC_NUMBER, end);
            if (value < 2 || value > 64) return fail_at(compiler, ARITHMETIC_BASE, end);
            base = (int)value;
            value = 0;
            has_base = true;
            if (at + 1 == end || at[1] == '#') return fail_at(compiler, ARITHMETIC_CONSTANT, end);
            continue;
        }
        digit = digit_value(*at, base);
        if (digit >= base) return fail_at(compiler, ARITHMETIC_DIGIT, end);
        value = value * (uint64_t)base + (uint64_t)digit;
    }
    compiler->token = TOKEN_NUMBER;
    compiler->number = (int64_t)value;
}

/* Behind the ']' that closes the '[' at `at`, NULL when there is none. */
static const char *end_of_subscript(const char *at, const char *end)
{
    size_t depth = 0;

    for (; at < end; at++) {
        if (*at == '\\') {
            at++;
        } else if (*at == '\'' || *at == '"' || *at == '`') {
            char quote = *at++;
            while (at < end && *at != quote) at += *at == '\\' && quote != '\'' ? 2 : 1;
        } else if (*at == '[') {
            depth++;
        } else if (*at == ']' && --depth == 0) {
            return at + 1;
        }
    }
    return NULL;
}

static void read_name(struct compiler *compiler)
{
    const char *start = compiler->token_at, *at = start;
    struct sh_arithmetic_name *name = arena_zero(compiler->arena, sizeof *name);

    if (name == NULL) {
        compiler->no_memory = true;
        return;
    }
    while (at < compiler->end && (is_name_start(*at) || is_digit(*at))) at++;
    name->text = start;
    name->length = (size_t)(at - start);
    if (at < compiler->end && *at == '[') {
        const char *behind = end_of_subscript(at, compiler->end);
        if (behind == NULL) return fail(compiler, ARITHMETIC_SUBSCRIPT);
        name->subscript = at + 1;
        name->subscript_length = (size_t)(behind - at) - 2;
        at = behind;
    }
    compiler->at = at;
    compiler->token = TOKEN_NAME;
    compiler->name = name;
}

/* ++ and --: behind a name, before one, or two signs. */
static void read_step(struct compiler *compiler, int before, bool changed)
{
    const char *at = compiler->token_at + 2;
    int step = *compiler->token_at == '+' ? 1 : -1;

    if (changed) return fail(compiler, step > 0 ? ARITHMETIC_INCREMENT : ARITHMETIC_DECREMENT);
    compiler->step = step;
    compiler->at = at;
    if (before == TOKEN_NAME) {
        compiler->token = TOKEN_AFTER;
        return;
    }
    while (at < compiler->end && is_blank(*at)) at++;
    if (at < compiler->end && is_name_start(*at)) {
        compiler->token = TOKEN_BEFORE;
    } else {
        compiler->token = (unsigned char)*compiler->token_at;
        compiler->at = compiler->token_at + 1;
    }
}

/* An operator that begins with c and goes on with next (NUL: nothing). */
static int operator_token(char c, char next)
{
    switch (c) {
    case '=':
        return next == '=' ? TOKEN_EQUAL : 0;
    case '!':
        return next == '=' ? TOKEN_NOT_EQUAL : 0;
    case '<':
        return next == '=' ? TOKEN_LESS_EQUAL : next == '<' ? TOKEN_SHIFT_LEFT : 0;
    case '>':
        return next == '=' ? TOKEN_GREATER_EQUAL : next == '>' ? TOKEN_SHIFT_RIGHT : 0;
    case '&':
        return next == '&' ? TOKEN_AND : 0;
    case '|':
        return next == '|' ? TOKEN_OR : 0;
    case '*':
        return next == '*' ? TOKEN_POWER : 0;
    default:
        return 0;
    }
}

static void read_operator(struct compiler *compiler, int before, bool changed)
{
    const char *at = compiler->token_at;
    char c = *at, next = '\0';
    int pair;

    if (at + 1 < compiler->end) next = at[1];
    if ((c == '+' || c == '-') && next == c) return read_step(compiler, before, changed);
    compiler->token = (unsigned char)c;
    compiler->at = at + 1;
    pair = operator_token(c, next);
    if (pair) {
        compiler->token = pair;
        compiler->at++;
        if ((pair != TOKEN_SHIFT_LEFT && pair != TOKEN_SHIFT_RIGHT) || compiler->at == compiler->end ||
            *compiler->at != '=')
            return;
    } else if (next != '=' || c == '\0' || strchr("*/%+-&^|", c) == NULL) {
        if (c == '\0' || strchr("=><+-*/%!()&|^~?:,", c) == NULL)
            fail(compiler,
                 before == TOKEN_NUMBER || before == TOKEN_NAME ? ARITHMETIC_OPERATOR : ARITHMETIC_OPERAND);
        return;
    }
    compiler->combined = binary_of(compiler->token).op;
    compiler->token = TOKEN_ASSIGN;
    compiler->at++;
}

static void next_token(struct compiler *compiler)
{
    int before = compiler->token;
    bool changed = compiler->changed;

    compiler->changed = false;
    if (compiler->failed || compiler->no_memory) return;
    while (compiler->at < compiler->end && is_blank(*compiler->at)) compiler->at++;
    if (compiler->at == compiler->end) {
        compiler->token = TOKEN_END;
        return;
    }
    compiler->token_at = compiler->at;
    if (is_name_start(*compiler->at))
        read_name(compiler);
    else if (is_digit(*compiler->at))
        read_number(compiler);
    else
        read_operator(compiler, before, changed);
}

/* --- Expressions --- */

static void parse_comma(struct compiler *compiler);

static void parse_name(struct compiler *compiler)
{
    struct sh_arithmetic_name *name = compiler->name;
    bool element = name->subscript != NULL;

    next_token(compiler);
    if (compiler->token == '=') { /* not read when it is assigned to */
        emit_name(compiler, CODE_PUSH, NULL, 1);
        compiler->name = name;
        compiler->bare = true;
    } else if (compiler->token == TOKEN_ASSIGN) {
        emit_name(compiler, element ? CODE_LOAD_KEEP : CODE_LOAD, name, element ? KEPT_VALUES : 1);
        compiler->name = name;
        compiler->bare = true;
    } else if (compiler->token == TOKEN_AFTER) {
        emit_name(compiler, element ? CODE_LOAD_KEEP : CODE_LOAD, name, element ? KEPT_VALUES : 1);
        emit_name(compiler, element ? CODE_AFTER_KEPT : CODE_AFTER, name, element ? 1 - KEPT_VALUES : 0);
        if (!compiler->failed && !compiler->no_memory)
            compiler->code[compiler->count - 1].detail = (int8_t)compiler->step;
        compiler->token = TOKEN_NUMBER; /* x++ ++ is no assignment */
        next_token(compiler);
    } else {
        emit_name(compiler, CODE_LOAD, name, 1);
    }
}

/* ++name, --name. A token behind it that is none is found before the name is written. */
static void parse_before(struct compiler *compiler)
{
    struct compiler here;
    struct sh_arithmetic_name *name;
    int step = compiler->step;
    bool element;

    next_token(compiler);
    here = *compiler;
    next_token(compiler);
    if (compiler->failed || compiler->no_memory) return;
    *compiler = here;
    name = compiler->name;
    element = name->subscript != NULL;
    emit_name(compiler, element ? CODE_LOAD_KEEP : CODE_LOAD, name, element ? KEPT_VALUES : 1);
    emit(compiler, CODE_PUSH, step, 1);
    emit(compiler, CODE_ADD, 0, -1);
    emit_name(compiler, element ? CODE_STORE_KEPT : CODE_STORE, name, element ? 1 - KEPT_VALUES : 0);
    compiler->token = TOKEN_NUMBER;
    compiler->changed = true;
    next_token(compiler);
}

static void parse_operand(struct compiler *compiler)
{
    compiler->bare = false;
    switch (compiler->token) {
    case TOKEN_BEFORE:
        parse_before(compiler);
        break;
    case TOKEN_NAME:
        parse_name(compiler);
        break;
    case TOKEN_NUMBER:
        emit(compiler, CODE_PUSH, compiler->number, 1);
        next_token(compiler);
        break;
    case '(':
        next_token(compiler);
        parse_comma(compiler);
        compiler->bare = false;
        if (compiler->token != ')') fail(compiler, ARITHMETIC_PARENTHESIS);
        next_token(compiler);
        break;
    default:
        fail(compiler, ARITHMETIC_OPERAND);
    }
}

static bool enter(struct compiler *compiler)
{
    if (compiler->nesting == SH_ARITHMETIC_NESTING) fail(compiler, ARITHMETIC_RECURSION);
    if (compiler->failed || compiler->no_memory) return false;
    compiler->nesting++;
    return true;
}

static void parse_unary(struct compiler *compiler)
{
    static const struct {
        char token;
        uint8_t op;
    } signs[] = {{'!', CODE_NOT}, {'~', CODE_INVERT}, {'-', CODE_NEGATE}, {'+', CODE_END}};
    size_t i;

    for (i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (compiler->token == signs[i].token) break;
    if (i == sizeof signs / sizeof signs[0]) return parse_operand(compiler);
    if (!enter(compiler)) return;
    next_token(compiler);
    parse_unary(compiler);
    if (signs[i].op != CODE_END) emit(compiler, signs[i].op, 0, 0);
    compiler->bare = false;
    compiler->nesting--;
}

static void parse_binary(struct compiler *compiler, unsigned least)
{
    if (!enter(compiler)) return;
    parse_unary(compiler);
    for (;;) {
        struct binary binary = binary_of(compiler->token);
        size_t jump = 0, right;
        if (binary.level == 0 || binary.level < least) break;
        if (binary.level < LEVEL_FIRST_PLAIN) jump = emit(compiler, binary.op, NO_TARGET, -1);
        for (right = 0; compiler->at + right < compiler->end; right++)
            if (compiler->at[right] != ' ' && compiler->at[right] != '\t') break;
        right += (size_t)(compiler->at - compiler->text);
        next_token(compiler);
        parse_binary(compiler, binary.level == LEVEL_POWER ? binary.level : binary.level + 1u);
        if (binary.level < LEVEL_FIRST_PLAIN) {
            emit(compiler, CODE_TRUTH, 0, 0);
            land(compiler, jump);
        } else {
            size_t index = emit(compiler, binary.op, 0, -1);
            bool divides = binary.op == CODE_DIVIDE || binary.op == CODE_REMAINDER;
            if (divides && !compiler->failed && !compiler->no_memory)
                compiler->code[index].token = (uint32_t)right;
        }
        compiler->bare = false;
    }
    compiler->nesting--;
}

static void parse_condition(struct compiler *compiler)
{
    size_t no, out;

    if (!enter(compiler)) return;
    parse_binary(compiler, LEVEL_OR);
    if (compiler->token == '?') {
        no = emit(compiler, CODE_JUMP_ZERO, NO_TARGET, -1);
        next_token(compiler);
        if (compiler->token == TOKEN_END || compiler->token == ':') fail(compiler, ARITHMETIC_EXPRESSION);
        parse_comma(compiler);
        if (compiler->token != ':') fail(compiler, ARITHMETIC_COLON);
        out = emit(compiler, CODE_JUMP, NO_TARGET, -1);
        land(compiler, no);
        next_token(compiler);
        if (compiler->token == TOKEN_END) fail(compiler, ARITHMETIC_EXPRESSION);
        parse_condition(compiler);
        land(compiler, out);
        compiler->bare = false;
    }
    compiler->nesting--;
}

static void parse_assignment(struct compiler *compiler)
{
    struct sh_arithmetic_name *name;
    int combined;
    bool element;

    if (!enter(compiler)) return;
    parse_condition(compiler);
    if (compiler->token == '=' || compiler->token == TOKEN_ASSIGN) {
        if (!compiler->bare) fail(compiler, ARITHMETIC_NOT_VARIABLE);
        if (compiler->failed || compiler->no_memory) return;
        name = compiler->name;
        element = name->subscript != NULL;
        combined = compiler->token == '=' ? 0 : compiler->combined;
        if (combined == 0) { /* takes back what stands for the value */
            compiler->count--;
            compiler->depth--;
        }
        next_token(compiler);
        parse_assignment(compiler);
        if (combined) emit(compiler, (enum arithmetic_op)combined, 0, -1);
        if (combined && element)
            emit_name(compiler, CODE_STORE_KEPT, name, 1 - KEPT_VALUES);
        else
            emit_name(compiler, CODE_STORE, name, 0);
        compiler->bare = false;
    }
    compiler->nesting--;
}

static void parse_comma(struct compiler *compiler)
{
    parse_assignment(compiler);
    while (compiler->token == ',') {
        emit(compiler, CODE_DROP, 0, -1);
        next_token(compiler);
        parse_assignment(compiler);
    }
}

int sh_arithmetic_compile(struct arena *arena, const char *text, size_t length,
                          struct sh_arithmetic **expression)
{
    struct compiler compiler = {.arena = arena, .text = text, .end = text + length, .at = text};
    struct sh_arithmetic *made = arena_zero(arena, sizeof *made);

    if (made == NULL || length > TEXT_LIMIT) return UMBRA_ENOMEM;
    compiler.token_at = text;
    next_token(&compiler);
    if (compiler.token == TOKEN_END && !compiler.failed && !compiler.no_memory) {
        emit(&compiler, CODE_PUSH, 0, 1);
    } else {
        parse_comma(&compiler);
        if (compiler.token != TOKEN_END) fail(&compiler, ARITHMETIC_SYNTAX);
    }
    emit(&compiler, CODE_END, 0, 0);
    if (compiler.no_memory) return UMBRA_ENOMEM;
    made->text = text;
    made->length = length;
    made->code = compiler.code;
    made->stack = compiler.stack;
    *expression = made;
    return 0;
}
