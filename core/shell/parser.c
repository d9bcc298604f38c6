/* parser.c: the grammar of commands (POSIX.1-2017, XCU 2.10.2; bash 5.2 manual, "Shell Grammar"). */
#include "shell/parser_internal.h"

static struct sh_command *read_and_or(struct sh_parser *parser);
static struct sh_command *read_command(struct sh_parser *parser);

static struct sh_command *make(struct sh_parser *parser, enum sh_command_kind kind)
{
    struct sh_command *command = sh_make(parser, sizeof *command);

    if (command == NULL) return NULL;
    command->kind = kind;
    command->line = parser->line;
    return command;
}

/* --- lists
 * ---------------------------------------------------------------------------------------------------
 */

static const char *const closing_words[] = {"then", "else", "elif", "fi", "do", "done", "esac", "}"};

static bool at_list_end(struct sh_parser *parser)
{
    size_t i;

    switch (sh_peek(parser)) {
    case TOKEN_END:
        return true;
    case TOKEN_OPERATOR:
        return strcmp(parser->operator, ")") == 0 || strncmp(parser->operator, ";;", 2) == 0 ||
               strcmp(parser->operator, ";&") == 0;
    case TOKEN_WORD:
        for (i = 0; i < sizeof closing_words / sizeof closing_words[0]; i++)
            if (sh_at_word(parser, closing_words[i])) return true;
        return false;
    default:
        return false;
    }
}

static struct sh_item *add_item(struct sh_parser *parser, struct sh_command *list, struct sh_item ***last,
                                struct sh_command *command)
{
    struct sh_item *item = sh_make(parser, sizeof *item);

    if (item == NULL) return NULL;
    item->command = command;
    **last = item;
    *last = &item->next;
    list->of.list.count++;
    return item;
}

/* A list of one command that runs in the foreground is that command. */
static struct sh_command *simplify(struct sh_command *list)
{
    struct sh_item *item = list ? list->of.list.items : NULL;

    if (item == NULL) return NULL;
    return item->next || item->background || list->of.list.negated || list->of.list.timed ? list
                                                                                          : item->command;
}

/* Up to whatever ends it; NULL for an empty one. */
struct sh_command *sh_read_list(struct sh_parser *parser)
{
    struct sh_command *list = make(parser, SH_LIST);
    struct sh_item **last, *item;

    if (list == NULL || !sh_enter(parser)) return NULL;
    last = &list->of.list.items;
    sh_skip_newlines(parser);
    while (parser->result == SH_PARSED && !at_list_end(parser)) {
        item = add_item(parser, list, &last, read_and_or(parser));
        if (item == NULL || parser->result != SH_PARSED) break;
        if (sh_take_operator(parser, "&"))
            item->background = true;
        else if (!sh_take_operator(parser, ";") && sh_peek(parser) != TOKEN_NEWLINE)
            break;
        sh_skip_newlines(parser);
    }
    sh_leave(parser);
    return simplify(list);
}

/* A list that has to have something in it. */
static struct sh_command *read_body(struct sh_parser *parser)
{
    struct sh_command *body = sh_read_list(parser);

    if (body == NULL) sh_fail_token(parser);
    return body;
}

/* Commands up to the ) of a substitution. */
struct sh_command *sh_read_compound_end(struct sh_parser *parser)
{
    uint32_t line = parser->line;
    struct sh_command *body = sh_read_list(parser);

    if (parser->result != SH_PARSED) return body;
    if (sh_peek(parser) == TOKEN_END) {
        parser->line = line;
        sh_fail_end(parser, ')');
    } else if (!sh_take_operator(parser, ")")) {
        sh_fail_token(parser);
    }
    return body;
}

static void set_source(struct sh_parser *parser, struct sh_command *command, const char *text, size_t start)
{
    if (command == NULL || parser->text != text || parser->at < start) return;
    while (start < parser->at && (text[start] == ' ' || text[start] == '\t' || text[start] == '\n')) start++;
    command->source_length = parser->at - start;
    command->source = arena_copy(parser->arena, text + start, command->source_length);
}

static struct sh_command *read_and_or(struct sh_parser *parser)
{
    struct sh_command *list = make(parser, SH_AND_OR);
    struct sh_item **last, *item;
    const char *text = parser->text;
    size_t start = parser->at;
    bool or_before = false;

    if (list == NULL) return NULL;
    last = &list->of.list.items;
    for (;;) {
        item = add_item(parser, list, &last, read_command(parser));
        if (item == NULL || parser->result != SH_PARSED) break;
        item->or_before = or_before;
        if (sh_at_operator(parser, "&&"))
            or_before = false;
        else if (sh_at_operator(parser, "||"))
            or_before = true;
        else
            break;
        sh_skip(parser);
        sh_skip_newlines(parser);
    }
    list = simplify(list);
    set_source(parser, list, text, start);
    return list;
}

/* --- redirections ------------------------------------------------------------------------------------------
 */

static bool at_redirect(struct sh_parser *parser)
{
    enum token token = sh_peek(parser);

    if (token == TOKEN_NUMBER || token == TOKEN_VARIABLE) return true;
    return token == TOKEN_OPERATOR && (parser->operator[0] == '<' || parser->operator[0] == '>' ||
                                       strncmp(parser->operator, "&>", 2) == 0);
}

static enum sh_redirect_kind kind_of(const char *operator)
{
    static const struct {
        const char *operator;
        enum sh_redirect_kind kind;
    } kinds[] = {{"<", SH_READ},         {">", SH_WRITE},       {">|", SH_CLOBBER},
                 {">>", SH_APPEND},      {"<>", SH_READ_WRITE}, {"<<", SH_HERE_TEXT},
                 {"<<-", SH_HERE_TEXT},  {"<<<", SH_HERE_TEXT}, {"<&", SH_COPY_INPUT},
                 {">&", SH_COPY_OUTPUT}, {"&>", SH_WRITE_BOTH}, {"&>>", SH_APPEND_BOTH}};
    size_t i;

    for (i = 0; strcmp(kinds[i].operator, operator) != 0;) i++;
    return kinds[i].kind;
}

/* What is to be expanded in a delimiter is not, but its quotes go. */
static void put_unquoted(struct sh_text *text, const char *source, size_t size)
{
    char quote = '\0';
    size_t i;

    for (i = 0; i < size; i++) {
        char byte = source[i], next = (char)(i + 1 < size ? source[i + 1] : '\0');
        if (byte == '\\' && quote != '\'' && next && (!quote || strchr("$`\"\\", next)))
            sh_text_byte(text, source[++i]);
        else if (quote ? byte == quote : byte == '\'' || byte == '"')
            quote = (char)(quote ? '\0' : byte);
        else
            sh_text_byte(text, byte);
    }
}

static void read_delimiter(struct sh_parser *parser, struct sh_redirect *redirect)
{
    struct pending *pending = sh_make(parser, sizeof *pending);
    struct sh_word *word = sh_read_word(parser, IN_WORD);
    struct sh_text text = {.arena = parser->arena};
    const struct sh_part *part;
    size_t i;

    if (pending == NULL || parser->result != SH_PARSED) return;
    pending->redirect = redirect;
    for (i = 0; i < word->source_length; i++) pending->quoted |= strchr("'\"\\", word->source[i]) != NULL;
    for (part = word->parts; part && part->kind == SH_LITERAL;) part = part->next;
    if (part)
        put_unquoted(&text, word->source, word->source_length);
    else
        for (part = word->parts; part; part = part->next) sh_text_put(&text, part->text, part->size);
    redirect->delimiter = word->source;
    redirect->delimiter_length = word->source_length;
    redirect->last_line = sh_text_get(&text);
    redirect->last_line_length = text.size;
    if (parser->pending == NULL) parser->pending_end = &parser->pending;
    *parser->pending_end = pending;
    parser->pending_end = &pending->next;
}

static struct sh_redirect *read_redirect(struct sh_parser *parser)
{
    struct sh_redirect *redirect = sh_make(parser, sizeof *redirect);
    size_t i;

    if (redirect == NULL) return NULL;
    redirect->number = -1;
    if (sh_peek(parser) == TOKEN_NUMBER) {
        redirect->number = 0;
        for (i = 0; i < parser->token_size && redirect->number < 100000; i++)
            redirect->number = redirect->number * 10 + parser->text[parser->at + i] - '0';
        sh_skip(parser);
    } else if (sh_peek(parser) == TOKEN_VARIABLE) {
        redirect->variable = arena_copy(parser->arena, parser->text + parser->at + 1, parser->token_size - 2);
        sh_skip(parser);
    }
    sh_peek(parser);
    redirect->kind = kind_of(parser->operator);
    redirect->here_string = strcmp(parser->operator, "<<<") == 0;
    redirect->strip_tabs = strcmp(parser->operator, "<<-") == 0;
    sh_skip(parser);
    if (sh_peek(parser) == TOKEN_NUMBER) parser->token = TOKEN_WORD;
    if (sh_peek(parser) != TOKEN_WORD) {
        sh_fail_token(parser);
        return redirect;
    }
    if (redirect->kind == SH_HERE_TEXT && !redirect->here_string)
        read_delimiter(parser, redirect);
    else
        redirect->word = sh_read_word(parser, IN_WORD);
    return redirect;
}

static void read_redirects(struct sh_parser *parser, struct sh_command *command)
{
    struct sh_redirect **last = &command->redirects;

    while (*last) last = &(*last)->next;
    while (parser->result == SH_PARSED && at_redirect(parser)) {
        *last = read_redirect(parser);
        if (*last) last = &(*last)->next;
    }
}

/* --- simple commands
 * -----------------------------------------------------------------------------------------
 */

struct used_alias {
    const char *name;
    size_t length, left; /* it is in use while more bytes than that are left */
    struct used_alias *next;
};

static bool is_in_use(const struct sh_parser *parser, const char *name, size_t length)
{
    const struct used_alias *used;

    for (used = parser->aliases; used; used = used->next)
        if (parser->size - parser->at > used->left && used->length == length &&
            memcmp(used->name, name, length) == 0)
            return true;
    return false;
}

/* Puts the text of an alias in the place of the word that comes; false: it is none. */
static bool expand_alias(struct sh_parser *parser, bool *next_too)
{
    const struct sh_dialect *dialect = parser->dialect;
    struct sh_text whole = {.arena = parser->arena};
    size_t start = parser->at, end = start;
    struct used_alias *used;
    const char *text;

    if (dialect->alias == NULL || sh_peek(parser) != TOKEN_WORD) return false;
    while (end < parser->size && !sh_is_delimiter(parser->text[end])) {
        if (strchr("'\"\\$`", parser->text[end])) return false;
        end++;
    }
    text = end > start ? dialect->alias(dialect->context, parser->text + start, end - start) : NULL;
    if (text == NULL || is_in_use(parser, parser->text + start, end - start)) return false;
    used = sh_make(parser, sizeof *used);
    if (used == NULL) return false;
    *used = (struct used_alias){arena_copy(parser->arena, parser->text + start, end - start), end - start,
                                parser->size - end, parser->aliases};
    parser->aliases = used;
    sh_text_string(&whole, text);
    sh_text_put(&whole, parser->text + end, parser->size - end);
    *next_too = *text && (text[strlen(text) - 1] == ' ' || text[strlen(text) - 1] == '\t');
    if (parser->arena->failed) sh_fail_memory(parser);
    parser->text = sh_text_get(&whole);
    parser->size = whole.size;
    parser->at = 0;
    parser->peeked = false;
    return parser->result == SH_PARSED;
}

/* Arguments of these may be assignments (bash 5.2 manual, "Shell Parameters"). */
static bool declares(const struct sh_word *word)
{
    static const char *const names[] = {"declare", "typeset", "local", "export", "readonly", "alias"};
    size_t i;

    for (i = 0; word->plain && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(word->plain, names[i]) == 0) return true;
    return false;
}

static bool is_plain_word(const struct sh_word *word, const char *text)
{
    return word->plain && strcmp(word->plain, text) == 0;
}

static struct sh_word *read_argument(struct sh_parser *parser, bool declaring)
{
    struct sh_word *word, *braced;
    size_t start;

    if (!declaring || !sh_at_assignment(parser)) return sh_read_word(parser, IN_WORD);
    word = sh_make(parser, sizeof *word);
    start = parser->at;
    if (word == NULL) return NULL;
    word->assignment = sh_read_assignment(parser);
    if (parser->result != SH_PARSED) return word;
    braced = word->assignment->array ? NULL : sh_read_braced(parser, start);
    if (braced) return braced;
    word->source_length = parser->at - start;
    word->source = arena_copy(parser->arena, parser->text + start, word->source_length);
    return word;
}

static struct sh_command *read_function_body(struct sh_parser *parser, const char *name, size_t length);

/* NAME ( ) ...: the name has been read. */
static struct sh_command *read_function(struct sh_parser *parser, const struct sh_word *name)
{
    sh_skip(parser);
    if (!sh_take_operator(parser, ")")) {
        sh_fail_token(parser);
        return NULL;
    }
    return read_function_body(parser, name->source, name->source_length);
}

static struct sh_command *read_simple(struct sh_parser *parser)
{
    struct sh_command *command = make(parser, SH_SIMPLE);
    struct sh_assignment **last_assignment;
    struct sh_word **last;
    bool declaring = false, alias_next = true, first_word = true;

    if (command == NULL) return NULL;
    last_assignment = &command->of.simple.assignments;
    last = &command->of.simple.words;
    while (parser->result == SH_PARSED) {
        if (at_redirect(parser)) {
            read_redirects(parser, command);
            continue;
        }
        if (sh_peek(parser) != TOKEN_WORD) break;
        if (command->of.simple.words == NULL && sh_at_assignment(parser)) {
            *last_assignment = sh_read_assignment(parser);
            if (*last_assignment) last_assignment = &(*last_assignment)->next;
            continue;
        }
        if (alias_next && expand_alias(parser, &alias_next)) {
            if (command->of.simple.words == NULL && !alias_next) return read_command(parser);
            alias_next = alias_next || command->of.simple.words == NULL;
            continue;
        }
        alias_next = false;
        *last = read_argument(parser, declaring);
        if (parser->result != SH_PARSED) break;
        command->of.simple.word_count++;
        if (command->of.simple.words == *last && !command->redirects && !command->of.simple.assignments &&
            sh_at_operator(parser, "("))
            return read_function(parser, *last);
        if (first_word) declaring = declares(*last);
        first_word = first_word && (is_plain_word(*last, "command") || is_plain_word(*last, "builtin"));
        last = &(*last)->next;
    }
    if (parser->result == SH_PARSED && !command->of.simple.words && !command->of.simple.assignments &&
        !command->redirects)
        sh_fail_token(parser);
    return command;
}

/* --- compound commands
 * ---------------------------------------------------------------------------------------
 */

static bool expect_word(struct sh_parser *parser, const char *word)
{
    if (sh_take_word(parser, word)) return true;
    sh_fail_token(parser);
    return false;
}

static struct sh_command *read_group(struct sh_parser *parser)
{
    struct sh_command *command = make(parser, SH_GROUP);

    if (command == NULL) return NULL;
    command->of.body = read_body(parser);
    expect_word(parser, "}");
    return command;
}

static struct sh_command *read_subshell(struct sh_parser *parser)
{
    struct sh_command *command = make(parser, SH_SUBSHELL);

    if (command == NULL) return NULL;
    command->of.body = read_body(parser);
    if (parser->result == SH_PARSED && !sh_take_operator(parser, ")")) sh_fail_token(parser);
    return command;
}

/* Behind if or elif. */
static struct sh_command *read_if(struct sh_parser *parser)
{
    struct sh_command *command = make(parser, SH_IF);

    if (command == NULL || !sh_enter(parser)) return NULL;
    command->of.branch.condition = read_body(parser);
    if (expect_word(parser, "then")) command->of.branch.then = read_body(parser);
    if (sh_take_word(parser, "elif")) {
        command->of.branch.otherwise = read_if(parser);
    } else {
        if (sh_take_word(parser, "else")) command->of.branch.otherwise = read_body(parser);
        expect_word(parser, "fi");
    }
    sh_leave(parser);
    return command;
}

static struct sh_command *read_do(struct sh_parser *parser)
{
    struct sh_command *body = NULL;

    if (expect_word(parser, "do")) body = read_body(parser);
    expect_word(parser, "done");
    return body;
}

static struct sh_command *read_while(struct sh_parser *parser, enum sh_command_kind kind)
{
    struct sh_command *command = make(parser, kind);

    if (command == NULL) return NULL;
    command->of.loop.condition = read_body(parser);
    command->of.loop.body = read_do(parser);
    return command;
}

/* do ... done, or { ... } as bash allows it for for and select. */
static struct sh_command *read_loop_body(struct sh_parser *parser)
{
    struct sh_command *body;

    sh_skip_newlines(parser);
    if (!sh_take_word(parser, "{")) return read_do(parser);
    body = read_body(parser);
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
    struct sh_command *command = make(parser, SH_FOR_ARITHMETIC);
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
    command = make(parser, kind);
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
    struct sh_command *command = make(parser, SH_CASE);
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
    struct sh_command *command = make(parser, SH_ARITHMETIC_COMMAND);
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
    struct sh_command *command = make(parser, SH_CONDITION);

    if (command == NULL) return NULL;
    command->of.condition.test = sh_read_condition(parser);
    return command;
}

static struct sh_command *read_function_word(struct sh_parser *parser)
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

static struct sh_command *read_coprocess(struct sh_parser *parser)
{
    static const char *const compounds[] = {"{", "if", "while", "until", "for", "case", "select", "[["};
    struct sh_command *command = make(parser, SH_COPROCESS);
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
    command->of.body = read_command(parser);
    return command;
}

/* A compound command where one comes, NULL otherwise. */
static struct sh_command *read_compound(struct sh_parser *parser)
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
    struct sh_command *command = make(parser, SH_FUNCTION);
    const char *text;
    size_t start;

    if (command == NULL) return NULL;
    sh_skip_newlines(parser);
    command->of.function.name = arena_copy(parser->arena, name, length);
    text = parser->text;
    start = parser->at;
    command->of.function.body = read_compound(parser);
    if (command->of.function.body)
        read_redirects(parser, command->of.function.body);
    else
        sh_fail_token(parser);
    set_source(parser, command->of.function.body, text, start);
    return command;
}

static struct sh_command *read_stage(struct sh_parser *parser)
{
    struct sh_command *command;
    const char *text = parser->text;
    size_t start = parser->at;

    if (!sh_enter(parser)) return NULL;
    command = read_compound(parser);
    if (command) {
        read_redirects(parser, command);
    } else if (parser->result == SH_PARSED) {
        if (sh_take_word(parser, "function"))
            command = read_function_word(parser);
        else if (sh_take_word(parser, "coproc"))
            command = read_coprocess(parser);
        else if (at_list_end(parser))
            sh_fail_token(parser);
        else
            command = read_simple(parser);
    }
    sh_leave(parser);
    if (parser->result == SH_PARSED && command && command->source == NULL)
        set_source(parser, command, text, start);
    return command;
}

/* 2>&1 | in |&. */
static void add_errors(struct sh_parser *parser, struct sh_command *command)
{
    struct sh_redirect *redirect = sh_make(parser, sizeof *redirect), **last = &command->redirects;
    struct sh_word *word = sh_make(parser, sizeof *word);

    if (redirect == NULL || word == NULL) return;
    word->parts = sh_make_part(parser, SH_LITERAL, false);
    if (word->parts == NULL) return;
    word->parts->text = word->plain = word->source = "1";
    word->parts->size = word->plain_size = word->source_length = 1;
    *redirect = (struct sh_redirect){.kind = SH_COPY_OUTPUT, .number = 2, .word = word};
    while (*last) last = &(*last)->next;
    *last = redirect;
}

/* A pipeline. */
static struct sh_command *read_command(struct sh_parser *parser)
{
    struct sh_command *list = make(parser, SH_PIPELINE);
    struct sh_item **last, *item;

    if (list == NULL) return NULL;
    last = &list->of.list.items;
    for (;;) {
        if (sh_take_word(parser, "!")) {
            list->of.list.negated = !list->of.list.negated;
        } else if (sh_take_word(parser, "time")) {
            list->of.list.timed = true;
            list->of.list.posix_time = sh_take_word(parser, "-p") || list->of.list.posix_time;
            sh_take_word(parser, "--");
        } else {
            break;
        }
    }
    if ((list->of.list.timed || list->of.list.negated) &&
        (sh_peek(parser) == TOKEN_NEWLINE || sh_at_operator(parser, ";") || sh_peek(parser) == TOKEN_END))
        return list;
    for (;;) {
        item = add_item(parser, list, &last, read_stage(parser));
        if (item == NULL || parser->result != SH_PARSED) return list;
        if (sh_at_operator(parser, "|&"))
            add_errors(parser, item->command);
        else if (!sh_at_operator(parser, "|"))
            break;
        sh_skip(parser);
        sh_skip_newlines(parser);
    }
    return simplify(list);
}

/* --- scripts -----------------------------------------------------------------------------------------------
 */

struct sh_script *sh_script_keep(struct sh_script *script)
{
    if (script) script->references++;
    return script;
}

void sh_script_drop(struct sh_script *script)
{
    struct memory_account *account;

    if (script == NULL || --script->references) return;
    account = script->account;
    arena_free(&script->arena);
    memory_give(account, script, sizeof *script);
}

/* Commands up to the end of a line. */
static struct sh_command *read_line(struct sh_parser *parser)
{
    struct sh_command *list = make(parser, SH_LIST);
    struct sh_item **last, *item;

    if (list == NULL) return NULL;
    last = &list->of.list.items;
    while (parser->result == SH_PARSED && sh_peek(parser) != TOKEN_END && parser->token != TOKEN_NEWLINE) {
        if (at_list_end(parser)) {
            sh_fail_token(parser);
            break;
        }
        item = add_item(parser, list, &last, read_and_or(parser));
        if (item == NULL || parser->result != SH_PARSED) break;
        if (sh_take_operator(parser, "&"))
            item->background = true;
        else if (!sh_take_operator(parser, ";"))
            break;
    }
    if (parser->result == SH_PARSED && sh_peek(parser) == TOKEN_NEWLINE)
        sh_skip(parser);
    else if (parser->result == SH_PARSED && sh_peek(parser) != TOKEN_END)
        sh_fail_token(parser);
    if (parser->result == SH_PARSED && parser->pending) {
        if (parser->more) sh_fail_end(parser, 0);
        sh_read_here_documents(parser);
    }
    return simplify(list);
}

enum sh_parse sh_parse_next(const char *text, size_t size, size_t *at, uint32_t *line,
                            const struct sh_dialect *dialect, struct memory_account *account, bool more,
                            struct sh_script **out, struct sh_syntax_error *error)
{
    struct sh_script *script;
    struct sh_parser parser;

    *out = NULL;
    if (*at >= size) return SH_END;
    script = memory_take(account, sizeof *script);
    if (script == NULL) return SH_NO_MEMORY;
    *script = (struct sh_script){.references = 1, .account = account};
    arena_init(&script->arena, account);
    parser = (struct sh_parser){.arena = &script->arena,
                                .dialect = dialect,
                                .text = text,
                                .size = size,
                                .at = *at,
                                .line = *line,
                                .more = more,
                                .result = SH_PARSED,
                                .error = error};
    parser.pending_end = &parser.pending;
    script->command = read_line(&parser);
    if (script->arena.failed) parser.result = SH_NO_MEMORY;
    if (parser.result != SH_PARSED) {
        sh_script_drop(script);
        return parser.result;
    }
    *at = parser.text == text ? parser.at : size - (parser.size - parser.at);
    *line = parser.line;
    *out = script;
    return SH_PARSED;
}
