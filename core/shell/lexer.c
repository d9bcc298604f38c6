/* lexer.c: blanks, comments, operators, and the ends of lines with the here-documents behind them. */
#include <stdarg.h>
#include <stdio.h>

#include "shell/parser_internal.h"

/* Longer ones before shorter ones. */
static const char *const operators[] = {";;&", "&>>", "<<<", "<<-", ";;", ";&", "&&", "&>",
                                        "||",  "|&",  "<<",  "<&",  "<>", ">>", ">&", ">|",
                                        ";",   "&",   "|",   "(",   ")",  "<",  ">"};

void *sh_make(struct sh_parser *parser, size_t size)
{
    void *memory = arena_zero(parser->arena, size);
    if (memory == NULL) sh_fail_memory(parser);
    return memory;
}

/* --- failures --- */

void sh_fail_memory(struct sh_parser *parser)
{
    parser->result = SH_NO_MEMORY;
}

void sh_fail_syntax(struct sh_parser *parser, uint32_t line, const char *format, ...)
{
    va_list arguments;
    char text[600];

    if (parser->result != SH_PARSED) return;
    parser->result = SH_SYNTAX;
    parser->error->line = line;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer_clear(&parser->error->message);
    buffer_put_string(&parser->error->message, text);
}

/* The line that the parser is in, as bash shows it below a message. */
static void show_line(struct sh_parser *parser)
{
    size_t start = parser->at < parser->size ? parser->at : parser->size, end;

    while (start && parser->text[start - 1] != '\n') start--;
    for (end = start; end < parser->size && parser->text[end] != '\n';) end++;
    buffer_put_string(&parser->error->message, "\n`");
    buffer_put(&parser->error->message, parser->text + start, end - start);
    buffer_put_byte(&parser->error->message, '\'');
}

void sh_fail_token(struct sh_parser *parser)
{
    enum token token = sh_peek(parser);
    size_t start = parser->at, end = start;

    if (parser->result != SH_PARSED) return;
    if (token == TOKEN_END) {
        sh_fail_end(parser, 0);
        return;
    }
    if (token == TOKEN_NEWLINE) {
        sh_fail_syntax(parser, parser->line, "syntax error near unexpected token `newline'");
    } else {
        if (token == TOKEN_OPERATOR)
            end += parser->token_size;
        else
            while (end < parser->size && !sh_is_delimiter(parser->text[end])) end++;
        sh_fail_syntax(parser, parser->line, "syntax error near unexpected token `%.*s'", (int)(end - start),
                       parser->text + start);
    }
    show_line(parser);
}

/* The text ends where more is needed; closing: what is looked for, 0: nothing of its own. */
void sh_fail_end(struct sh_parser *parser, char closing)
{
    if (parser->result != SH_PARSED) return;
    if (closing)
        sh_fail_syntax(parser, parser->line, "unexpected EOF while looking for matching `%c'", closing);
    else
        sh_fail_syntax(parser, parser->line, "syntax error: unexpected end of file");
    if (parser->more) parser->result = SH_INCOMPLETE;
}

bool sh_enter(struct sh_parser *parser)
{
    if (parser->depth++ < SH_NESTING_MAX) return parser->result == SH_PARSED;
    sh_fail_syntax(parser, parser->line, "commands are nested more than %d deep", SH_NESTING_MAX);
    return false;
}

void sh_leave(struct sh_parser *parser)
{
    parser->depth--;
}

struct sh_parser sh_inner_parser(struct sh_parser *parser, const char *text, size_t size, uint32_t line)
{
    struct sh_parser inner = *parser;

    inner.text = text;
    inner.size = size;
    inner.at = 0;
    inner.line = line;
    inner.more = false;
    inner.peeked = false;
    inner.pending = NULL;
    inner.aliases = NULL;
    inner.nested = true;
    return inner;
}

void sh_end_inner(struct sh_parser *parser, const struct sh_parser *inner)
{
    if (parser->result == SH_PARSED) parser->result = inner->result;
}

/* --- tokens --- */

bool sh_is_delimiter(char byte)
{
    switch (byte) {
    case ' ':
    case '\t':
    case '\n':
    case ';':
    case '&':
    case '|':
    case '<':
    case '>':
    case '(':
    case ')':
        return true;
    default:
        return false;
    }
}

static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

bool sh_is_name(const char *text, size_t length)
{
    size_t i;

    if (length == 0 || !is_name_start(text[0])) return false;
    for (i = 1; i < length; i++)
        if (!is_name_start(text[i]) && !(text[i] >= '0' && text[i] <= '9')) return false;
    return true;
}

bool sh_is_keyword(const char *text, size_t length)
{
    static const char *const words[] = {
        "if", "then", "else", "elif",     "fi",   "case", "esac", "for", "select", "while", "until",
        "do", "done", "in",   "function", "time", "{",    "}",    "!",   "[[",     "]]",    "coproc"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0) return true;
    return false;
}

static void skip_blanks(struct sh_parser *parser)
{
    while (parser->at < parser->size) {
        char byte = parser->text[parser->at];
        if (byte == ' ' || byte == '\t') {
            parser->at++;
        } else if (byte == '\\' && parser->at + 1 < parser->size && parser->text[parser->at + 1] == '\n') {
            parser->at += 2;
            parser->line++;
            if (parser->at == parser->size && parser->more) sh_fail_end(parser, 0);
        } else if (byte == '#' && !parser->dialect->no_comments) {
            while (parser->at < parser->size && parser->text[parser->at] != '\n') parser->at++;
        } else {
            return;
        }
    }
}

static bool at_redirection(const struct sh_parser *parser, size_t at)
{
    if (at >= parser->size || (parser->text[at] != '<' && parser->text[at] != '>')) return false;
    return at + 1 >= parser->size || parser->text[at + 1] != '('; /* 9<(...) is a word */
}

/* name, or name[subscript] */
static bool is_reference(const char *text, size_t length)
{
    const char *bracket = memchr(text, '[', length);
    size_t name = bracket ? (size_t)(bracket - text) : length;

    return sh_is_name(text, name) && (!bracket || (text[length - 1] == ']' && length > name + 2));
}

/* A text whose last line has no end is read as if it had one. */
static bool lacks_newline(const struct sh_parser *parser)
{
    return !parser->more && !parser->nested && !parser->ended_line && parser->size &&
           parser->text[parser->size - 1] != '\n';
}

static enum token find_token(struct sh_parser *parser)
{
    const char *text = parser->text + parser->at;
    size_t left = parser->size - parser->at, i;

    if (left == 0) return lacks_newline(parser) ? TOKEN_NEWLINE : TOKEN_END;
    if (*text == '\n') return TOKEN_NEWLINE;
    if ((*text == '<' || *text == '>') && left > 1 && text[1] == '(') return TOKEN_WORD;
    for (i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t length = strlen(operators[i]);
        if (length > left || memcmp(text, operators[i], length) != 0) continue;
        parser->operator= operators[i];
        parser->token_size = length;
        return TOKEN_OPERATOR;
    }
    for (i = 0; i < left && text[i] >= '0' && text[i] <= '9';) i++;
    if (i && at_redirection(parser, parser->at + i)) {
        parser->token_size = i;
        return TOKEN_NUMBER;
    }
    if (*text == '{') {
        for (i = 1; i < left && text[i] != '}' && !sh_is_delimiter(text[i]);) i++;
        if (i < left && text[i] == '}' && is_reference(text + 1, i - 1) &&
            at_redirection(parser, parser->at + i + 1)) {
            parser->token_size = i + 1;
            return TOKEN_VARIABLE;
        }
    }
    return TOKEN_WORD;
}

enum token sh_peek(struct sh_parser *parser)
{
    if (parser->result != SH_PARSED) return TOKEN_END;
    if (parser->peeked) return parser->token;
    skip_blanks(parser);
    parser->token = find_token(parser);
    parser->peeked = true;
    return parser->token;
}

void sh_skip(struct sh_parser *parser)
{
    parser->peeked = false;
    if (parser->token == TOKEN_NEWLINE) {
        if (parser->at < parser->size)
            parser->at++;
        else
            parser->ended_line = true;
        parser->line++;
        if (parser->pending) sh_read_here_documents(parser);
    } else {
        parser->at += parser->token_size;
    }
}

bool sh_at_operator(struct sh_parser *parser, const char *operator)
{
    return sh_peek(parser) == TOKEN_OPERATOR && strcmp(parser->operator, operator) == 0;
}

bool sh_take_operator(struct sh_parser *parser, const char *operator)
{
    if (!sh_at_operator(parser, operator)) return false;
    sh_skip(parser);
    return true;
}

void sh_skip_newlines(struct sh_parser *parser)
{
    while (sh_peek(parser) == TOKEN_NEWLINE) sh_skip(parser);
}

/* A <( goes on with the word. */
static bool ends_word(const char *text, size_t left)
{
    return sh_is_delimiter(*text) && !((*text == '<' || *text == '>') && left > 1 && text[1] == '(');
}

bool sh_at_word(struct sh_parser *parser, const char *word)
{
    size_t length = strlen(word), left;

    if (sh_peek(parser) != TOKEN_WORD && parser->token != TOKEN_NUMBER) return false;
    left = parser->size - parser->at;
    if (length > left || memcmp(parser->text + parser->at, word, length) != 0) return false;
    return length == left || ends_word(parser->text + parser->at + length, left - length);
}

bool sh_take_word(struct sh_parser *parser, const char *word)
{
    if (!sh_at_word(parser, word)) return false;
    parser->at += strlen(word);
    parser->peeked = false;
    return true;
}

/* --- here-documents --- */

/* The end of the line that begins at `at`; *next is where the one after it begins. */
static size_t line_end(const struct sh_parser *parser, size_t at, size_t *next)
{
    const char *end = memchr(parser->text + at, '\n', parser->size - at);
    size_t stop = end ? (size_t)(end - parser->text) : parser->size;

    *next = end ? stop + 1 : stop;
    return stop;
}

static bool ends_with_escape(const struct sh_text *text)
{
    size_t count = 0;
    while (count < text->size && text->data[text->size - 1 - count] == '\\') count++;
    return count % 2 == 1;
}

/* The text ended before the here-document did. */
static void end_early(struct sh_parser *parser, const struct pending *pending, uint32_t line,
                      struct sh_text *text)
{
    const struct sh_redirect *redirect = pending->redirect;
    struct buffer *warnings = &parser->error->warnings;

    if (text->size && text->data[text->size - 1] != '\n') {
        sh_text_byte(text, '\n');
        parser->line += !parser->ended_line;
    }
    parser->error->warning_line = parser->line - 1;
    buffer_printf(warnings, "warning: here-document at line %u delimited by end-of-file (wanted `%.*s')\n",
                  line - 1, (int)redirect->last_line_length, redirect->last_line);
    if (warnings->failed) sh_fail_memory(parser);
}

static void read_here_document(struct sh_parser *parser, const struct pending *pending)
{
    struct sh_text text = {.arena = parser->arena};
    uint32_t line = parser->line;
    bool joined = false, ended = false;
    struct sh_parser inner;
    struct sh_word *word;

    while (parser->at < parser->size) {
        size_t start = parser->at, next, end;
        if (pending->redirect->strip_tabs && !joined)
            while (start < parser->size && parser->text[start] == '\t') start++;
        end = line_end(parser, start, &next);
        parser->line += next > end;
        parser->at = next;
        ended = !joined && end - start == pending->redirect->last_line_length &&
                memcmp(parser->text + start, pending->redirect->last_line, end - start) == 0;
        if (ended) break;
        sh_text_put(&text, parser->text + start, end - start);
        joined = !pending->quoted && ends_with_escape(&text);
        if (next > end) sh_text_byte(&text, '\n');
    }
    if (!ended && parser->more) sh_fail_end(parser, 0);
    if (!ended && parser->result == SH_PARSED) end_early(parser, pending, line, &text);
    word = sh_make(parser, sizeof *word);
    if (parser->result != SH_PARSED || parser->arena->failed) return;
    pending->redirect->word = word;
    word->source = sh_text_get(&text);
    word->source_length = text.size;
    if (pending->quoted) {
        word->parts = sh_make_part(parser, SH_LITERAL, true);
        if (word->parts == NULL) return;
        word->parts->text = word->plain = sh_text_get(&text);
        word->parts->size = word->plain_size = text.size;
        return;
    }
    inner = sh_inner_parser(parser, sh_text_get(&text), text.size, line);
    word->parts = sh_read_parts(&inner, IN_HERE, "");
    sh_end_inner(parser, &inner);
}

void sh_read_here_documents(struct sh_parser *parser)
{
    struct pending *pending = parser->pending;

    parser->pending = NULL;
    parser->pending_end = &parser->pending;
    for (; pending && parser->result == SH_PARSED; pending = pending->next)
        read_here_document(parser, pending);
}
