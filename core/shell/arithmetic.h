/* arithmetic.h: the arithmetic of (( )), $(( )) and let as bash 5.2 has it (its manual, "Shell Arithmetic"),
 * on 64-bit integers that wrap around. An expression is compiled once and evaluated often without taking
 * memory. Errors come when they are met, in bash's words: what stands before a syntax error has taken effect.
 */
#ifndef UMBRA_SHELL_ARITHMETIC_H
#define UMBRA_SHELL_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

#define SH_ARITHMETIC_RECURSION                                                                              \
    1024                          /* variables whose values are expressions with variables …, as in bash   \
                                   */
#define SH_ARITHMETIC_NESTING 256 /* parentheses and operators within one another in one expression */

struct sh_arithmetic;     /* a compiled expression */
struct sh_arithmetic_run; /* an evaluation under way */

/* A variable as the expression names it. */
struct sh_arithmetic_name {
    const char *text;
    size_t length;
    const char *subscript; /* between the brackets, as it was written; NULL: none */
    size_t subscript_length;
    /* Set by read() for an element of an indexed array. write() gets them back, so that a subscript with side
     * effects, as in a[i++] += 1, is evaluated once; false when nothing was read before, as in a[i++] = 1. */
    bool has_index;
    int64_t index;
};

struct sh_arithmetic_value {
    const char *text; /* NULL: the value is the integer. Must last until the next call of read() or write() */
    size_t length;
    int64_t integer;
};

/* The caller's variables. Both return 0, or a negative code after they have told the user what is wrong; the
 * evaluation ends with that code. An unset variable is an empty text (or an error, for set -u). */
struct sh_arithmetic_host {
    void *context;
    int (*read)(void *context, struct sh_arithmetic_run *run, struct sh_arithmetic_name *name,
                struct sh_arithmetic_value *value);
    int (*write)(void *context, struct sh_arithmetic_run *run, const struct sh_arithmetic_name *name,
                 int64_t value);
};

/* What is wrong with an expression. The texts live as long as the expression, or until scratch is released to
 * a mark that was taken before the evaluation. */
struct sh_arithmetic_failure {
    const char
        *expression; /* the one that is wrong: it may be the value of a variable; no blanks before it */
    size_t expression_length;
    const char *message; /* NULL: a callback failed and has said why, or there was no memory */
    const char *token;
    size_t token_length;
    bool in_subscript; /* found by sh_arithmetic_subscript(): bash gives up the whole line for it, not the
                        * command only, and prints no "let:" or "((:" before it */
};

/* The expression lives in the arena and uses text as long. 0 or UMBRA_ENOMEM; syntax errors are for
 * evaluation to find. */
int sh_arithmetic_compile(struct arena *arena, const char *text, size_t length,
                          struct sh_arithmetic **expression);

/* 0 with the value; UMBRA_EINVAL with the failure; UMBRA_ENOMEM; what a callback returned. An empty
 * expression is 0. Scratch is used for values that are no plain integers and is left as it was, except after
 * a failure. */
int sh_arithmetic_evaluate(const struct sh_arithmetic *expression, const struct sh_arithmetic_host *host,
                           struct arena *scratch, int64_t *value, struct sh_arithmetic_failure *failure);

/* Compiles and evaluates text once. It must last as the failure's texts must. */
int sh_arithmetic_evaluate_text(const char *text, size_t length, const struct sh_arithmetic_host *host,
                                struct arena *scratch, int64_t *value, struct sh_arithmetic_failure *failure);

/* For callbacks: the value of a subscript of an indexed array, as part of the evaluation under way. Its
 * errors are the evaluation's: the callback says nothing and returns the code. Text must last as in
 * evaluate_text. */
int sh_arithmetic_subscript(struct sh_arithmetic_run *run, const char *text, size_t length, int64_t *value);

/* "EXPRESSION: MESSAGE (error token is "TOKEN")": what bash prints behind its name and the line's number. */
void sh_arithmetic_describe(const struct sh_arithmetic_failure *failure, struct buffer *buffer);

/* A plain decimal integer of at most 18 digits ("-12", no blanks, no leading zero): the values that cost
 * nothing. False: something else, which may be a number nevertheless. */
bool sh_arithmetic_plain_integer(const char *text, size_t length, int64_t *value);

#endif
