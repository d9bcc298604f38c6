/* arithmetic_code.h: what the compiler of arithmetic hands to its evaluator: code for a small stack machine,
 * in the order in which bash reads an expression. A syntax error is the last instruction of the code before
 * it; what the code would skip to is then that error, because bash reads on when it does not evaluate. */
#ifndef UMBRA_SHELL_ARITHMETIC_CODE_H
#define UMBRA_SHELL_ARITHMETIC_CODE_H

#include "shell/arithmetic.h"

enum arithmetic_op {
    CODE_END,        /* the value is on the stack */
    CODE_FAIL,       /* detail: the message; number: where the expression ends for the message */
    CODE_PUSH,       /* number */
    CODE_LOAD,       /* name; pushes its value */
    CODE_LOAD_KEEP,  /* name; pushes has_index, index, value */
    CODE_STORE,      /* name; writes the value on the stack and leaves it */
    CODE_STORE_KEPT, /* the same for an element that CODE_LOAD_KEEP has read: its index is below the value */
    CODE_AFTER,      /* name; writes the value on the stack plus detail, leaves the value */
    CODE_AFTER_KEPT, /* the same with the index below the value */
    CODE_JUMP,       /* number: target */
    CODE_JUMP_ZERO,  /* pops; jumps when it is 0 */
    CODE_AND,        /* pops; when it is 0 pushes 0 and jumps */
    CODE_OR,         /* pops; when it is not 0 pushes 1 and jumps */
    CODE_DROP,       /* the left side of a comma */
    CODE_TRUTH,      /* to 0 or 1 */
    CODE_NOT,
    CODE_INVERT,
    CODE_NEGATE,
    CODE_MULTIPLY, /* from here on two values become one */
    CODE_DIVIDE,
    CODE_REMAINDER,
    CODE_ADD,
    CODE_SUBTRACT,
    CODE_SHIFT_LEFT,
    CODE_SHIFT_RIGHT,
    CODE_LESS,
    CODE_LESS_EQUAL,
    CODE_GREATER,
    CODE_GREATER_EQUAL,
    CODE_EQUAL,
    CODE_NOT_EQUAL,
    CODE_BIT_AND,
    CODE_BIT_XOR,
    CODE_BIT_OR,
    CODE_POWER,
};

#define ARITHMETIC_MESSAGES(X)                                                                               \
    X(OPERAND, "syntax error: operand expected")                                                             \
    X(OPERATOR, "syntax error: invalid arithmetic operator")                                                 \
    X(SYNTAX, "syntax error in expression")                                                                  \
    X(NOT_VARIABLE, "attempted assignment to non-variable")                                                  \
    X(EXPRESSION, "expression expected")                                                                     \
    X(COLON, "`:' expected for conditional expression")                                                      \
    X(PARENTHESIS, "missing `)'")                                                                            \
    X(SUBSCRIPT, "bad array subscript")                                                                      \
    X(INCREMENT, "++: assignment requires lvalue")                                                           \
    X(DECREMENT, "--: assignment requires lvalue")                                                           \
    X(NUMBER, "invalid number")                                                                              \
    X(BASE, "invalid arithmetic base")                                                                       \
    X(CONSTANT, "invalid integer constant")                                                                  \
    X(DIGIT, "value too great for base")                                                                     \
    X(DIVISION, "division by 0")                                                                             \
    X(EXPONENT, "exponent less than 0")                                                                      \
    X(RECURSION, "expression recursion level exceeded")

enum arithmetic_message {
#define ARITHMETIC_MESSAGE_ENUM(name, text) ARITHMETIC_##name,
    ARITHMETIC_MESSAGES(ARITHMETIC_MESSAGE_ENUM)
#undef ARITHMETIC_MESSAGE_ENUM
};

struct arithmetic_code {
    uint8_t op;
    int8_t detail;
    uint32_t token; /* where the error token begins in the text, should this instruction fail */
    union {
        int64_t number;
        struct sh_arithmetic_name *name;
    } with;
};

struct sh_arithmetic {
    const char *text;
    size_t length;
    struct arithmetic_code *code;
    size_t stack; /* values that stand on the stack at most */
};

#endif
