/* words.c: words and their parts: quotes, expansions, and what is left as it is. */
#include "shell/parser_internal.h"
#include "shell/quote.h"

/* Parts in the making: bytes gather into a literal until something else comes. */
struct builder {
    struct sh_parser *parser;
    struct sh_part *first, **last;
    struct sh_text text;
    bool quoted; /* the bytes that gather */
    bool any;    /* there are some, or an empty quotation */
};

struct sh_part *sh_make_part(struct sh_parser *parser, enum sh_part_kind kind, bool quoted)
{
    struct sh_part *part = sh_make(parser, sizeof *part);

    if (part == NULL) return NULL;
    part->kind = kind;
    part->quoted = quoted;
    return part;
}

static void end_literal(struct builder *builder)
{
    struct sh_part *part;

    if (!builder->any) return;
    part = sh_make_part(builder->parser, SH_LITERAL, builder->quoted);
    if (part == NULL) return;
    part->text = sh_text_get(&builder->text);
    part->size = builder->text.size;
    *builder->last = part;
    builder->last = &part->next;
    builder->text = (struct sh_text){.arena = builder->parser->arena};
    builder->any = false;
}

static void put_byte(struct builder *builder, char byte, bool quoted)
{
    if (builder->any && builder->quoted != quoted) end_literal(builder);
    builder->quoted = quoted;
    builder->any = true;
    sh_text_byte(&builder->text, byte);
}

/* '' and "" are there even when nothing is in them. */
static void begin_quotation(struct builder *builder)
{
    if (builder->any && !builder->quoted) end_literal(builder);
    builder->quoted = true;
    builder->any = true;
}

static void put_part(struct builder *builder, struct sh_part *part)
{
    if (part == NULL) return;
    end_literal(builder);
    *builder->last = part;
    while (*builder->last) builder->last = &(*builder->last)->next;
}

static char peek_byte(const struct sh_parser *parser, size_t ahead)
{
    if (parser->at + ahead >= parser->size) return '\0';
    return parser->text[parser->at + ahead];
}

static bool at_end(const struct sh_parser *parser)
{
    return parser->at >= parser->size;
}

static bool in_double_quotes(enum sh_context context)
{
    return context == IN_QUOTES || context == IN_HERE || context == IN_QUOTED_BRACES ||
           context == IN_EXPRESSION || context == IN_INDEX;
}

/* --- quotations --- */

static void read_single_quotes(struct builder *builder)
{
    struct sh_parser *parser = builder->parser;
    uint32_t line = parser->line;

    parser->at++;
    begin_quotation(builder);
    while (!at_end(parser) && parser->text[parser->at] != '\'') {
        parser->line += parser->text[parser->at] == '\n';
        put_byte(builder, parser->text[parser->at++], true);
    }
    if (at_end(parser)) {
        parser->line = line;
        sh_fail_end(parser, '\'');
        return;
    }
    parser->at++;
}

static void read_dollar_quotes(struct builder *builder)
{
    struct sh_parser *parser = builder->parser;
    size_t start = parser->at + 2, end = start;
    struct buffer text = {0};
    size_t i;

    while (end < parser->size && parser->text[end] != '\'') {
        parser->line += parser->text[end] == '\n';
        end += parser->text[end] == '\\' && end + 1 < parser->size ? 2 : 1;
    }
    if (end >= parser->size) {
        sh_fail_end(parser, '\'');
        return;
    }
    begin_quotation(builder);
    sh_unescape(&text, parser->text + start, end - start, SH_ESCAPES_DOLLAR);
    for (i = 0; i < text.size; i++) put_byte(builder, text.data[i], true);
    if (text.failed) sh_fail_memory(parser);
    buffer_free(&text);
    parser->at = end + 1;
}

/* What is in them says by itself that it is quoted; only where there is nothing, that has to be noted. */
static void read_double_quotes(struct builder *builder)
{
    struct sh_parser *parser = builder->parser;
    uint32_t line = parser->line;
    struct sh_part *parts;

    parser->at++;
    parts = sh_read_parts(parser, IN_QUOTES, "\"");
    if (parser->result != SH_PARSED) return;
    if (at_end(parser)) {
        parser->line = line;
        sh_fail_end(parser, '"');
        return;
    }
    parser->at++;
    if (parts)
        put_part(builder, parts);
    else
        begin_quotation(builder);
}

/* Behind a backslash. */
static void read_escape(struct builder *builder, enum sh_context context, const char *stops)
{
    struct sh_parser *parser = builder->parser;
    char next = peek_byte(parser, 1);
    bool special;

    if (parser->at + 1 >= parser->size) {
        put_byte(builder, '\\', in_double_quotes(context));
        parser->at++;
        return;
    }
    parser->at += 2;
    if (next == '\n') {
        parser->line++;
        if (at_end(parser) && parser->more) sh_fail_end(parser, 0);
        return;
    }
    if (!in_double_quotes(context)) {
        put_byte(builder, next, true);
        return;
    }
    special = next == '$' || next == '`' || next == '\\' || (next == '"' && context != IN_HERE) ||
              (context == IN_QUOTED_BRACES && (next == '}' || (next && strchr(stops, next))));
    if (!special) put_byte(builder, '\\', true);
    put_byte(builder, next, true);
}

/* --- parts --- */

static bool opens_group(const struct sh_parser *parser)
{
    return strchr("?*+@!", parser->text[parser->at]) && peek_byte(parser, 1) == '(';
}

static bool is_tilde_end(char byte, enum sh_context context)
{
    return byte == '\0' || byte == '/' || byte == ':' || sh_is_delimiter(byte) ||
           (context == IN_BRACES && byte == '}');
}

/* ~name, where a word begins; false: it is a letter like others. */
static bool read_tilde(struct builder *builder, enum sh_context context)
{
    struct sh_parser *parser = builder->parser;
    size_t length = 1;
    struct sh_part *part;

    while (parser->at + length < parser->size && !is_tilde_end(peek_byte(parser, length), context)) {
        if (strchr("'\"\\$`{", peek_byte(parser, length))) return false;
        length++;
    }
    part = sh_make_part(parser, SH_TILDE, false);
    if (part == NULL) return true;
    part->text = arena_copy(parser->arena, parser->text + parser->at + 1, length - 1);
    part->size = length - 1;
    put_part(builder, part);
    parser->at += length;
    return true;
}

/* How long NAME=, NAME+= or NAME[...]= is where a word begins with it; else 0. */
static size_t assignment_length(const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    size_t length = equals ? (size_t)(equals - text) : 0, name;
    const char *bracket;

    if (length > 1 && text[length - 1] == '+') length--;
    bracket = memchr(text, '[', length);
    name = bracket ? (size_t)(bracket - text) : length;
    if (equals == NULL || !sh_is_name(text, name) || (bracket && text[length - 1] != ']')) return 0;
    return (size_t)(equals - text) + 1;
}

static bool ends_with_colon(const struct sh_parser *parser)
{
    return parser->text[parser->at - 1] == ':' && (parser->at < 2 || parser->text[parser->at - 2] != '\\');
}

static bool at_tilde_place(const struct builder *builder, enum sh_context context, size_t start)
{
    const struct sh_parser *parser = builder->parser;

    if (context != IN_WORD && context != IN_ASSIGNMENT && context != IN_PATTERN && context != IN_BRACES &&
        context != IN_REGEX)
        return false;
    if (parser->at == start) return true;
    if (context == IN_WORD &&
        strchr("=:", parser->text[parser->at - 1])) { /* as bash has it for any argument */
        size_t length = assignment_length(parser->text + start, parser->at - start);
        return length == parser->at - start || (length && ends_with_colon(parser));
    }
    return (context == IN_ASSIGNMENT || (context == IN_BRACES && parser->in_value)) &&
           ends_with_colon(parser) && builder->any && !builder->quoted;
}

static struct sh_part *read_process(struct sh_parser *parser)
{
    bool in = parser->text[parser->at] == '<';
    struct sh_part *part = sh_make_part(parser, in ? SH_PROCESS_IN : SH_PROCESS_OUT, false);

    if (part == NULL) return NULL;
    parser->at += 2;
    parser->peeked = false;
    part->of.command = sh_read_compound_end(parser);
    return part;
}

static void put_brace(struct builder *builder, enum sh_part_kind kind)
{
    put_part(builder, sh_make_part(builder->parser, kind, false));
    builder->parser->at++;
}

/* What ends the parts, without being of them. */
static bool is_stop(const struct sh_parser *parser, enum sh_context context, const char *stops,
                    unsigned groups)
{
    char byte = parser->text[parser->at];

    switch (context) {
    case IN_WORD:
    case IN_ASSIGNMENT:
    case IN_PATTERN:
        if (groups || !sh_is_delimiter(byte)) return false;
        /* <(...) is a part of a word; so is an assignment of one. */
        return !((byte == '<' || byte == '>') && context != IN_PATTERN && parser->at + 1 < parser->size &&
                 parser->text[parser->at + 1] == '(');
    case IN_REGEX:
        return !groups && sh_is_delimiter(byte) && byte != '|' && byte != '<' && byte != '>' && byte != '(';
    default:
        return byte && strchr(stops, byte) != NULL;
    }
}

/* One byte that is nothing special, or the beginning of a group of extglob. */
static void read_plain(struct builder *builder, enum sh_context context, unsigned *groups)
{
    struct sh_parser *parser = builder->parser;
    char byte = parser->text[parser->at];

    if ((context == IN_WORD || context == IN_ASSIGNMENT || context == IN_PATTERN) &&
        parser->dialect->extglob && opens_group(parser)) {
        put_byte(builder, byte, false);
        put_byte(builder, '(', false);
        parser->at += 2;
        (*groups)++;
        return;
    }
    if (*groups && byte == ')')
        (*groups)--;
    else if ((*groups || context == IN_REGEX) && byte == '(')
        (*groups)++;
    parser->line += byte == '\n';
    put_byte(builder, byte, in_double_quotes(context));
    parser->at++;
}

/* In a word: quotes, tildes, braces, processes; true when something was read. */
static bool read_of_word(struct builder *builder, enum sh_context context, size_t start)
{
    struct sh_parser *parser = builder->parser;

    switch (parser->text[parser->at]) {
    case '\'':
        read_single_quotes(builder);
        return true;
    case '~':
        return at_tilde_place(builder, context, start) && read_tilde(builder, context);
    case '<':
    case '>':
        if (context == IN_PATTERN || context == IN_REGEX || context == IN_BRACES ||
            peek_byte(parser, 1) != '(')
            return false;
        put_part(builder, read_process(parser));
        return true;
    case '{':
    case ',':
    case '}':
        if (context != IN_WORD) return false;
        put_brace(builder, parser->text[parser->at] == '{'   ? SH_BRACE_OPEN
                           : parser->text[parser->at] == ',' ? SH_BRACE_COMMA
                                                             : SH_BRACE_CLOSE);
        return true;
    default:
        return false;
    }
}

/* Quotes and expansions that count everywhere; true when something was read. */
static bool read_special(struct builder *builder, enum sh_context context, const char *stops)
{
    struct sh_parser *parser = builder->parser;
    bool quoted = in_double_quotes(context);
    struct sh_part *part;

    switch (parser->text[parser->at]) {
    case '\\':
        read_escape(builder, context, stops);
        return true;
    case '`':
        put_part(builder, sh_read_backquotes(parser, quoted));
        return true;
    case '"':
        if (context == IN_HERE || context == IN_QUOTES) return false;
        if (context == IN_EXPRESSION || context == IN_INDEX) {
            parser->at++; /* arithmetic is as in double quotes already */
            return true;
        }
        read_double_quotes(builder);
        return true;
    case '$':
        if (!quoted && peek_byte(parser, 1) == '\'') {
            read_dollar_quotes(builder);
            return true;
        }
        if (!quoted && peek_byte(parser, 1) == '"') {
            parser->at++;
            read_double_quotes(builder);
            return true;
        }
        part = sh_read_dollar(parser, quoted, context);
        if (part) put_part(builder, part);
        return part != NULL || parser->result != SH_PARSED;
    default:
        return false;
    }
}

struct sh_part *sh_read_parts(struct sh_parser *parser, enum sh_context context, const char *stops)
{
    struct builder builder = {.parser = parser, .text = {.arena = parser->arena}};
    size_t start = parser->at;
    unsigned groups = 0;

    builder.last = &builder.first;
    if (!sh_enter(parser)) return NULL;
    while (parser->result == SH_PARSED && !at_end(parser)) {
        if (is_stop(parser, context, stops, groups)) break;
        if (read_special(&builder, context, stops)) continue;
        if (!in_double_quotes(context) && read_of_word(&builder, context, start)) continue;
        read_plain(&builder, context, &groups);
    }
    end_literal(&builder);
    sh_leave(parser);
    if (groups && at_end(parser) && context != IN_REGEX) sh_fail_end(parser, ')');
    if (parser->arena->failed) sh_fail_memory(parser);
    return builder.first;
}

/* --- words --- */

static bool has_pattern(const struct sh_part *part)
{
    size_t i;

    if (part->quoted) return false;
    for (i = 0; i < part->size; i++)
        if (strchr("*?[\\", part->text[i]) || (part->text[i] == '(')) return true;
    return false;
}

/* The text of a word in which nothing is expanded. */
static void find_plain(struct sh_parser *parser, struct sh_word *word)
{
    struct sh_text text = {.arena = parser->arena};
    const struct sh_part *part;

    for (part = word->parts; part; part = part->next)
        if (part->kind != SH_LITERAL || has_pattern(part)) return;
    if (word->parts && word->parts->next == NULL) {
        word->plain = word->parts->text;
        word->plain_size = word->parts->size;
        return;
    }
    for (part = word->parts; part; part = part->next) sh_text_put(&text, part->text, part->size);
    word->plain = sh_text_get(&text);
    word->plain_size = text.size;
}

struct sh_word *sh_read_word(struct sh_parser *parser, enum sh_context context)
{
    struct sh_word *word = sh_make(parser, sizeof *word);
    bool in_value = parser->in_value;
    size_t start;

    if (word == NULL) return NULL;
    start = parser->at;
    parser->peeked = false;
    parser->in_value = context == IN_ASSIGNMENT;
    word->parts = sh_read_parts(parser, context, "");
    parser->in_value = in_value;
    if (parser->result != SH_PARSED) return word;
    word->source_length = parser->at - start;
    word->source = arena_copy(parser->arena, parser->text + start, word->source_length);
    sh_settle_braces(parser, word);
    find_plain(parser, word);
    if (parser->arena->failed) sh_fail_memory(parser);
    return word;
}

static struct sh_part *parse_parts(const char *text, size_t size, enum sh_context context, uint32_t line,
                                   struct arena *arena)
{
    static const struct sh_dialect dialect;
    struct sh_syntax_error error = {0};
    struct sh_parser parser = {
        .arena = arena, .dialect = &dialect, .text = text, .size = size, .line = line, .error = &error};
    struct sh_part *parts = sh_read_parts(&parser, context, "");

    sh_syntax_error_free(&error);
    return parser.result == SH_PARSED ? parts : NULL;
}

struct sh_part *sh_parse_quoted(const char *text, size_t size, uint32_t line, struct arena *arena)
{
    return parse_parts(text, size, IN_HERE, line, arena);
}

struct sh_part *sh_parse_subscript(const char *text, size_t size, struct arena *arena)
{
    return parse_parts(text, size, IN_BRACES, 1, arena);
}

struct sh_word *sh_parse_word_text(const char *text, size_t size, const struct sh_dialect *dialect,
                                   struct arena *arena)
{
    struct sh_syntax_error error = {0};
    struct sh_parser parser = {
        .arena = arena, .dialect = dialect, .text = text, .size = size, .line = 1, .error = &error};
    struct sh_word *word = sh_read_word(&parser, IN_WORD);

    sh_syntax_error_free(&error);
    return parser.result == SH_PARSED && parser.at == size ? word : NULL;
}
