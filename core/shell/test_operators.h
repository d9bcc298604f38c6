/* test_operators.h: the operators that `test` and [[ ]] have in common (bash 5.2 manual, "Bash Conditional
 * Expressions"). Texts end with a NUL. A result is 1 for true, 0 for false, or UMBRA_EINVAL when an operand
 * is wrong, which was said then. */
#ifndef UMBRA_SHELL_TEST_OPERATORS_H
#define UMBRA_SHELL_TEST_OPERATORS_H

#include "shell/shell.h"

/* "-n" and the like. */
bool sh_test_is_unary(const char *word);
/* "=" and the like, without =~. */
bool sh_test_is_binary(const char *word);
/* "-eq" and the other five that compare integers. */
bool sh_test_is_numeric(const char *word);

/* name: "[" or another one for messages; letter: what stands behind the "-". */
int sh_test_unary(struct shell *shell, const char *name, char letter, const char *text);
/* All but patterns: strings are compared byte by byte, integers must be plain decimal ones. */
int sh_test_binary(struct shell *shell, const char *name, const char *word, const char *left,
                   const char *right);
/* What a numeric word says of two values. */
bool sh_test_compare(const char *word, int64_t left, int64_t right);

/* A decimal integer with blanks around it, as builtins take one. */
bool sh_read_integer(const char *text, int64_t *value);

#endif
