/* parser.c: the grammar of commands (POSIX.1-2017, XCU 2.10.2; bash 5.2 manual, "Shell Grammar"). */
#include "shell/parser_internal.h"

static struct sh_command *read_and_or(struct sh_parser *parser);

struct sh_command *sh_make_command(struct sh_parser *parser, enum sh_command_kind kind)
{
    struct sh_command *command = sh_make(parser, sizeof *command);

    if (command == NULL) return NULL;
    command->kind = kind;
    command->line = parser->line;
    return command;
}

/* --- lists --- */

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
    struct sh_command *list = sh_make_command(parser, SH_LIST);
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

struct sh_command *sh_read_body(struct sh_parser *parser)
{
    struct sh_command *body = sh_read_list(parser);

    if (body == NULL) sh_fail_token(parser);
    return body;
}

struct sh_command *sh_read_compound_end(struct sh_parser *parser)
{
    struct sh_command *body = sh_read_list(parser);

    if (parser->result != SH_PARSED) return body;
    if (sh_peek(parser) == TOKEN_END) {
        sh_fail_end(parser, ')');
    } else if (!sh_take_operator(parser, ")")) {
        sh_fail_token(parser);
    }
    return body;
}

void sh_set_source(struct sh_parser *parser, struct sh_command *command, const char *text, size_t start)
{
    if (command == NULL || parser->text != text || parser->at < start) return;
    while (start < parser->at && (text[start] == ' ' || text[start] == '\t' || text[start] == '\n')) start++;
    command->source_length = parser->at - start;
    command->source = arena_copy(parser->arena, text + start, command->source_length);
}

static struct sh_command *read_and_or(struct sh_parser *parser)
{
    struct sh_command *list = sh_make_command(parser, SH_AND_OR);
    struct sh_item **last, *item;
    const char *text = parser->text;
    size_t start = parser->at;
    bool or_before = false;

    if (list == NULL) return NULL;
    last = &list->of.list.items;
    for (;;) {
        item = add_item(parser, list, &last, sh_read_command(parser));
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
    sh_set_source(parser, list, text, start);
    return list;
}

/* --- simple commands --- */

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

static struct sh_command *read_simple(struct sh_parser *parser)
{
    struct sh_command *command = sh_make_command(parser, SH_SIMPLE);
    struct sh_assignment **last_assignment;
    struct sh_word **last;
    bool declaring = false, alias_next = true, first_word = true;

    if (command == NULL) return NULL;
    last_assignment = &command->of.simple.assignments;
    last = &command->of.simple.words;
    while (parser->result == SH_PARSED) {
        if (sh_at_redirect(parser)) {
            sh_read_redirects(parser, command);
            continue;
        }
        if (sh_peek(parser) != TOKEN_WORD) break;
        if (command->of.simple.words == NULL && sh_at_assignment(parser)) {
            *last_assignment = sh_read_assignment(parser);
            if (*last_assignment) last_assignment = &(*last_assignment)->next;
            continue;
        }
        if (alias_next && expand_alias(parser, &alias_next)) {
            if (command->of.simple.words == NULL && !alias_next) return sh_read_command(parser);
            alias_next = alias_next || command->of.simple.words == NULL;
            continue;
        }
        alias_next = false;
        *last = read_argument(parser, declaring);
        if (parser->result != SH_PARSED) break;
        command->of.simple.word_count++;
        if (command->of.simple.words == *last && !command->redirects && !command->of.simple.assignments &&
            sh_at_operator(parser, "("))
            return sh_read_function(parser, *last);
        if (first_word) declaring = declares(*last);
        first_word = first_word && (is_plain_word(*last, "command") || is_plain_word(*last, "builtin"));
        last = &(*last)->next;
    }
    if (parser->result == SH_PARSED && !command->of.simple.words && !command->of.simple.assignments &&
        !command->redirects)
        sh_fail_token(parser);
    return command;
}

static struct sh_command *read_stage(struct sh_parser *parser)
{
    struct sh_command *command;
    const char *text = parser->text;
    size_t start = parser->at;

    if (!sh_enter(parser)) return NULL;
    command = sh_read_compound(parser);
    if (command) {
        sh_read_redirects(parser, command);
    } else if (parser->result == SH_PARSED) {
        if (sh_take_word(parser, "function"))
            command = sh_read_function_word(parser);
        else if (sh_take_word(parser, "coproc"))
            command = sh_read_coprocess(parser);
        else if (at_list_end(parser))
            sh_fail_token(parser);
        else
            command = read_simple(parser);
    }
    sh_leave(parser);
    if (parser->result == SH_PARSED && command && command->source == NULL)
        sh_set_source(parser, command, text, start);
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
struct sh_command *sh_read_command(struct sh_parser *parser)
{
    struct sh_command *list = sh_make_command(parser, SH_PIPELINE);
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

/* --- scripts --- */

void sh_syntax_error_free(struct sh_syntax_error *error)
{
    buffer_free(&error->message);
    buffer_free(&error->warnings);
}

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
    struct sh_command *list = sh_make_command(parser, SH_LIST);
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
        buffer_free(&error->warnings);
        return parser.result;
    }
    *at = parser.text == text ? parser.at : size - (parser.size - parser.at);
    *line = parser.line;
    *out = script;
    return SH_PARSED;
}
