/* parser_compound.c: compound commands, functions and coprocesses (POSIX.1-2017, XCU 2.9.4 and 2.9.5;
 * bash 5.2 manual, "Compound Commands", "Shell Functions", "Coprocesses"). */
#include "shell/parser_internal.h"

static bool expect_word(struct sh_parser *parser, const char *word)
{
    if (sh_take_word(parser, word)) return true;
    sh_fail_token(parser);
    return false;
}

static struct sh_command *read_group(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_GROUP);

    if (command == NULL) return NULL;
    command->of.body = sh_read_body(parser);
    expect_word(parser, "}");
    return command;
}

static struct sh_command *read_subshell(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_SUBSHELL);

    if (command == NULL) return NULL;
    command->of.body = sh_read_body(parser);
    if (parser->result == SH_PARSED && !sh_take_operator(parser, ")")) sh_fail_token(parser);
    return command;
}

/* Behind if or elif. */
static struct sh_command *read_if(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_IF);

    if (command == NULL || !sh_enter(parser)) return NULL;
    command->of.branch.condition = sh_read_body(parser);
    if (expect_word(parser, "then")) command->of.branch.then = sh_read_body(parser);
    if (sh_take_word(parser, "elif")) {
        command->of.branch.otherwise = read_if(parser);
    } else {
        if (sh_take_word(parser, "else")) command->of.branch.otherwise = sh_read_body(parser);
        expect_word(parser, "fi");
    }
    sh_leave(parser);
    return command;
}

static struct sh_command *read_do(struct sh_parser *parser)
{
    struct sh_command *body = NULL;

    if (expect_word(parser, "do")) body = sh_read_body(parser);
    expect_word(parser, "done");
    return body;
}

static struct sh_command *read_while(struct sh_parser *parser, enum sh_command_kind kind)
{
    struct sh_command *command = sh_make_command(parser, kind);

    if (command == NULL) return NULL;
    command->of.loop.condition = sh_read_body(parser);
    command->of.loop.body = read_do(parser);
    return command;
}

/* do ... done, or { ... } as bash allows it for for and select. */
static struct sh_command *read_loop_body(struct sh_parser *parser)
{
    struct sh_command *body;

    sh_skip_newlines(parser);
    if (!sh_take_word(parser, "{")) return read_do(parser);
    body = sh_read_body(parser);
    expect_word(parser, "}");
    return body;
}

static void read_part_of_for(struct sh_parser *parser, const char *text, size_t size,
                             struct sh_expression *expression)
{
    while (size && (*text == ' ' || *text == '\t' || *text == '\n')) {
        text++;
        size--;
    }
    sh_read_expression(parser, text, size, expression);
}

/* for ((first; condition; step)) */
static struct sh_command *read_for_arithmetic(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_FOR_ARITHMETIC);
    const char *text = NULL, *first, *second;
    size_t size = 0;

    if (command == NULL) return NULL;
    parser->at += 2;
    parser->peeked = false;
    if (!sh_read_expression_text(parser, &text, &size)) {
        sh_fail_token(parser);
        return command;
    }
    if (parser->result != SH_PARSED) return command;
    first = memchr(text, ';', size);
    second = first ? memchr(first + 1, ';', size - (size_t)(first + 1 - text)) : NULL;
    if (second == NULL) {
        sh_fail_syntax(parser, parser->line, "syntax error: arithmetic expression required");
        return command;
    }
    read_part_of_for(parser, text, (size_t)(first - text), &command->of.count.first);
    read_part_of_for(parser, first + 1, (size_t)(second - first - 1), &command->of.count.condition);
    read_part_of_for(parser, second + 1, size - (size_t)(second + 1 - text), &command->of.count.step);
    sh_take_operator(parser, ";");
    command->of.count.body = read_loop_body(parser);
    return command;
}

static bool at_double_parenthesis(struct sh_parser *parser)
{
    return sh_at_operator(parser, "(") && parser->at + 1 < parser->size &&
           parser->text[parser->at + 1] == '(';
}

static struct sh_command *read_for(struct sh_parser *parser, enum sh_command_kind kind)
{
    struct sh_command *command;
    struct sh_word *name, **last;

    if (kind == SH_FOR && at_double_parenthesis(parser)) return read_for_arithmetic(parser);
    command = sh_make_command(parser, kind);
    if (command == NULL) return NULL;
    if (sh_peek(parser) != TOKEN_WORD) {
        sh_fail_token(parser);
        return command;
    }
    name = sh_read_word(parser, IN_WORD);
    if (parser->result != SH_PARSED) return command;
    command->of.each.name = name->source;
    sh_skip_newlines(parser);
    if (sh_take_word(parser, "in")) {
        command->of.each.has_in = true;
        last = &command->of.each.words;
        while (sh_peek(parser) == TOKEN_WORD || parser->token == TOKEN_NUMBER) {
            *last = sh_read_word(parser, IN_WORD);
            if (*last) last = &(*last)->next;
            if (parser->result != SH_PARSED) return command;
        }
        if (!sh_at_operator(parser, ";") && sh_peek(parser) != TOKEN_NEWLINE) sh_fail_token(parser);
    }
    sh_take_operator(parser, ";");
    command->of.each.body = read_loop_body(parser);
    return command;
}

static struct sh_clause *read_clause(struct sh_parser *parser)
{
    struct sh_clause *clause = sh_make(parser, sizeof *clause);
    struct sh_word **last;

    if (clause == NULL) return NULL;
    last = &clause->patterns;
    sh_take_operator(parser, "(");
    do {
        if (sh_peek(parser) == TOKEN_NUMBER) parser->token = TOKEN_WORD;
        if (sh_peek(parser) != TOKEN_WORD) {
            sh_fail_token(parser);
            return clause;
        }
        *last = sh_read_word(parser, IN_PATTERN);
        if (*last) last = &(*last)->next;
    } while (sh_take_operator(parser, "|"));
    if (!sh_take_operator(parser, ")")) {
        sh_fail_token(parser);
        return clause;
    }
    clause->body = sh_read_list(parser);
    if (sh_take_operator(parser, ";&"))
        clause->then = SH_FALL_THROUGH;
    else if (sh_take_operator(parser, ";;&"))
        clause->then = SH_TEST_NEXT;
    else if (!sh_take_operator(parser, ";;") && !sh_at_word(parser, "esac"))
        sh_fail_token(parser);
    sh_skip_newlines(parser);
    return clause;
}

static struct sh_command *read_case(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_CASE);
    struct sh_clause **last;

    if (command == NULL || !sh_enter(parser)) return NULL;
    if (sh_peek(parser) == TOKEN_NUMBER) parser->token = TOKEN_WORD;
    if (sh_peek(parser) != TOKEN_WORD) {
        sh_fail_token(parser);
        return command;
    }
    command->of.choice.word = sh_read_word(parser, IN_WORD);
    sh_skip_newlines(parser);
    expect_word(parser, "in");
    sh_skip_newlines(parser);
    last = &command->of.choice.clauses;
    while (parser->result == SH_PARSED && !sh_take_word(parser, "esac")) {
        if (sh_peek(parser) == TOKEN_END) {
            sh_fail_end(parser, 0);
            break;
        }
        *last = read_clause(parser);
        if (*last) last = &(*last)->next;
    }
    sh_leave(parser);
    return command;
}

/* (( expression )); NULL: it is a subshell in a subshell. */
static struct sh_command *read_arithmetic(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_ARITHMETIC_COMMAND);
    const char *text = NULL;
    size_t start = parser->at, size = 0;

    if (command == NULL) return NULL;
    parser->at += 2;
    parser->peeked = false;
    if (!sh_read_expression_text(parser, &text, &size)) {
        parser->at = start;
        return NULL;
    }
    sh_read_expression(parser, text, size, &command->of.expression);
    return command;
}

static struct sh_command *read_test(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_CONDITION);

    if (command == NULL) return NULL;
    command->of.condition.test = sh_read_condition(parser);
    return command;
}

struct sh_command *sh_read_compound(struct sh_parser *parser)
{
    struct sh_command *command = NULL;

    if (at_double_parenthesis(parser) && (command = read_arithmetic(parser)) != NULL) return command;
    if (parser->result != SH_PARSED) return NULL;
    if (sh_take_operator(parser, "(")) return read_subshell(parser);
    if (sh_peek(parser) != TOKEN_WORD) return NULL;
    if (sh_take_word(parser, "{")) return read_group(parser);
    if (sh_take_word(parser, "if")) return read_if(parser);
    if (sh_take_word(parser, "while")) return read_while(parser, SH_WHILE);
    if (sh_take_word(parser, "until")) return read_while(parser, SH_UNTIL);
    if (sh_take_word(parser, "for")) return read_for(parser, SH_FOR);
    if (sh_take_word(parser, "select")) return read_for(parser, SH_SELECT);
    if (sh_take_word(parser, "case")) return read_case(parser);
    if (sh_take_word(parser, "[[")) return read_test(parser);
    return NULL;
}

static struct sh_command *read_function_body(struct sh_parser *parser, const char *name, size_t length)
{
    struct sh_command *command = sh_make_command(parser, SH_FUNCTION);
    const char *text;
    size_t start;

    if (command == NULL) return NULL;
    sh_skip_newlines(parser);
    command->of.function.name = arena_copy(parser->arena, name, length);
    text = parser->text;
    start = parser->at;
    command->of.function.body = sh_read_compound(parser);
    if (command->of.function.body)
        sh_read_redirects(parser, command->of.function.body);
    else
        sh_fail_token(parser);
    sh_set_source(parser, command->of.function.body, text, start);
    return command;
}

struct sh_command *sh_read_function(struct sh_parser *parser, const struct sh_word *name)
{
    sh_skip(parser);
    if (!sh_take_operator(parser, ")")) {
        sh_fail_token(parser);
        return NULL;
    }
    return read_function_body(parser, name->source, name->source_length);
}

struct sh_command *sh_read_function_word(struct sh_parser *parser)
{
    struct sh_word *name;

    if (sh_peek(parser) != TOKEN_WORD) {
        sh_fail_token(parser);
        return NULL;
    }
    name = sh_read_word(parser, IN_WORD);
    if (parser->result != SH_PARSED) return NULL;
    if (sh_take_operator(parser, "(") && !sh_take_operator(parser, ")")) sh_fail_token(parser);
    return read_function_body(parser, name->source, name->source_length);
}

struct sh_command *sh_read_coprocess(struct sh_parser *parser)
{
    static const char *const compounds[] = {"{", "if", "while", "until", "for", "case", "select", "[["};
    struct sh_command *command = sh_make_command(parser, SH_COPROCESS);
    size_t at, i, length = 0;

    if (command == NULL) return NULL;
    command->coprocess_name = "COPROC";
    sh_peek(parser);
    while (parser->at + length < parser->size && !sh_is_delimiter(parser->text[parser->at + length]))
        length++;
    for (at = parser->at + length;
         at < parser->size && (parser->text[at] == ' ' || parser->text[at] == '\t');)
        at++;
    if (sh_is_name(parser->text + parser->at, length) && at < parser->size) {
        bool compound = parser->text[at] == '(';
        for (i = 0; i < sizeof compounds / sizeof compounds[0]; i++) {
            size_t size = strlen(compounds[i]);
            compound |= size < parser->size - at && memcmp(parser->text + at, compounds[i], size) == 0 &&
                        sh_is_delimiter(parser->text[at + size]);
            if (size == length && memcmp(parser->text + parser->at, compounds[i], size) == 0) {
                compound = false;
                break;
            }
        }
        if (compound) {
            command->coprocess_name = arena_copy(parser->arena, parser->text + parser->at, length);
            parser->at = at;
            parser->peeked = false;
        }
    }
    command->of.body = sh_read_command(parser);
    return command;
}
