/* condition.c: what stands between [[ and ]] (bash 5.2 manual, "Conditional Constructs"). */
#include "shell/parser_internal.h"

static struct sh_test *read_or(struct sh_parser *parser);

static struct sh_test *make(struct sh_parser *parser, enum sh_test_kind kind, struct sh_test *first,
                            struct sh_test *second)
{
    struct sh_test *test = sh_make(parser, sizeof *test);

    if (test == NULL) return NULL;
    test->kind = kind;
    test->first = first;
    test->second = second;
    return test;
}

/* "before `TOKEN' behind", or behind alone. */
static void fail(struct sh_parser *parser, const char *before, const char *behind)
{
    size_t start, end;

    if (parser->result != SH_PARSED) return;
    if (sh_peek(parser) == TOKEN_END) {
        sh_fail_end(parser, 0);
        return;
    }
    start = end = parser->at;
    while (end < parser->size && !sh_is_delimiter(parser->text[end])) end++;
    if (end == start) end++;
    if (before == NULL)
        sh_fail_syntax(parser, parser->line, "%s\nsyntax error near `%.*s'", behind, (int)(end - start),
                       parser->text + start);
    else
        sh_fail_syntax(parser, parser->line, "%s `%.*s'%s\nsyntax error near `%.*s'", before,
                       (int)(end - start), parser->text + start, behind, (int)(end - start),
                       parser->text + start);
}

static bool is_unary(const char *text, size_t length)
{
    return length == 2 && text[0] == '-' && strchr("abcdefghknoprstuvwxzGLNORS", text[1]);
}

static const char *binary_operator(struct sh_parser *parser)
{
    static const char *const words[] = {"==",  "!=",  "=~",  "=",   "-eq", "-ne", "-lt",
                                        "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
    size_t i;

    if (sh_at_operator(parser, "<")) return "<";
    if (sh_at_operator(parser, ">")) return ">";
    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sh_at_word(parser, words[i])) return words[i];
    return NULL;
}

static void skip_operator(struct sh_parser *parser, const char *operator)
{
    if (*operator== '<' || * operator== '>')
        sh_skip(parser);
    else
        sh_take_word(parser, operator);
}

static size_t word_length(const struct sh_parser *parser)
{
    size_t length = 0;
    while (parser->at + length < parser->size && !sh_is_delimiter(parser->text[parser->at + length]))
        length++;
    return length;
}

/* Whether behind an operator of one operand comes one: not when ]] or && does. */
static bool operand_follows(struct sh_parser *parser, size_t length)
{
    struct sh_parser ahead = *parser;
    bool follows;

    ahead.at += length;
    ahead.peeked = false;
    follows = sh_peek(&ahead) == TOKEN_WORD || ahead.token == TOKEN_NUMBER;
    return follows && !sh_at_word(&ahead, "]]");
}

static struct sh_test *read_term(struct sh_parser *parser)
{
    struct sh_test *test;
    size_t length;

    sh_skip_newlines(parser);
    if (sh_take_operator(parser, "(")) {
        test = read_or(parser);
        sh_skip_newlines(parser);
        if (parser->result == SH_PARSED && !sh_take_operator(parser, ")"))
            fail(parser, "unexpected token", ", expected `)'");
        return test;
    }
    if (sh_peek(parser) == TOKEN_NUMBER) parser->token = TOKEN_WORD;
    if (sh_peek(parser) != TOKEN_WORD || sh_at_word(parser, "]]")) {
        fail(parser, "unexpected token", " in conditional command");
        return NULL;
    }
    test = make(parser, SH_TEST_WORD, NULL, NULL);
    if (test == NULL) return NULL;
    length = word_length(parser);
    if (is_unary(parser->text + parser->at, length) && operand_follows(parser, length)) {
        test->kind = SH_TEST_UNARY;
        test->operator= arena_copy(parser->arena, parser->text + parser->at, length);
        parser->at += length;
        parser->peeked = false;
        sh_peek(parser);
        test->left = sh_read_word(parser, IN_WORD);
        return test;
    }
    test->left = sh_read_word(parser, IN_WORD);
    if (parser->result != SH_PARSED) return test;
    test->operator= binary_operator(parser);
    if (test->operator== NULL) return test;
    test->kind = SH_TEST_BINARY;
    skip_operator(parser, test->operator);
    sh_skip_newlines(parser);
    if (sh_peek(parser) == TOKEN_NUMBER) parser->token = TOKEN_WORD;
    if (strcmp(test->operator, "=~") == 0 && sh_at_operator(parser, "(")) parser->token = TOKEN_WORD;
    if (sh_peek(parser) != TOKEN_WORD && parser->token != TOKEN_OPERATOR) {
        fail(parser, "unexpected argument", " to conditional binary operator");
        return test;
    }
    test->right = sh_read_word(parser, strcmp(test->operator, "=~") == 0 ? IN_REGEX : IN_WORD);
    if (parser->result == SH_PARSED && test->right->source_length == 0)
        fail(parser, "unexpected argument", " to conditional binary operator");
    return test;
}

/* With extglob, !( begins a pattern. */
static bool takes_not(struct sh_parser *parser)
{
    sh_peek(parser);
    if (parser->dialect->negated_group && parser->at + 1 < parser->size && parser->text[parser->at] == '!' &&
        parser->text[parser->at + 1] == '(')
        return false;
    return sh_take_word(parser, "!");
}

static struct sh_test *read_not(struct sh_parser *parser)
{
    struct sh_test *test = NULL;

    if (!sh_enter(parser)) return NULL;
    sh_skip_newlines(parser);
    test = takes_not(parser) ? make(parser, SH_TEST_NOT, read_not(parser), NULL) : read_term(parser);
    sh_leave(parser);
    return test;
}

static struct sh_test *read_and(struct sh_parser *parser)
{
    struct sh_test *test = read_not(parser);

    for (;;) {
        sh_skip_newlines(parser);
        if (!sh_take_operator(parser, "&&")) return test;
        test = make(parser, SH_TEST_AND, test, read_not(parser));
    }
}

static struct sh_test *read_or(struct sh_parser *parser)
{
    struct sh_test *test = read_and(parser);

    for (;;) {
        sh_skip_newlines(parser);
        if (!sh_take_operator(parser, "||")) return test;
        test = make(parser, SH_TEST_OR, test, read_and(parser));
    }
}

struct sh_test *sh_read_condition(struct sh_parser *parser)
{
    const struct sh_dialect *outer = parser->dialect;
    struct sh_dialect dialect = *outer;
    struct sh_test *test;
    bool binary;

    dialect.extglob = true; /* here it always is */
    dialect.negated_group = outer->extglob;
    parser->dialect = &dialect;
    test = read_or(parser);
    parser->dialect = outer;
    sh_skip_newlines(parser);
    binary = test && test->kind == SH_TEST_WORD;
    if (parser->result == SH_PARSED && !sh_take_word(parser, "]]"))
        fail(parser, NULL,
             binary ? "conditional binary operator expected" : "syntax error in conditional expression");
    return test;
}
