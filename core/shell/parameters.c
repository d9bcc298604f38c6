/* parameters.c: what follows a dollar sign: parameters with their operators, commands and arithmetic; and
 * assignments. */
#include "shell/arithmetic.h"
#include "shell/parser_internal.h"

static char byte_at(const struct sh_parser *parser, size_t at)
{
    if (at >= parser->size) return '\0';
    return parser->text[at];
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= '0' && byte <= '9');
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_special(char byte)
{
    return byte && strchr("@*#?-$!", byte) != NULL;
}

static void set_name(struct sh_parser *parser, struct sh_parameter *parameter, size_t start, size_t length)
{
    parameter->name = arena_copy(parser->arena, parser->text + start, length);
    parameter->length = (uint32_t)length;
    parameter->hash = sh_hash(parser->text + start, length);
}

static size_t name_length(const struct sh_parser *parser, size_t at)
{
    size_t length = 0;

    if (is_digit(byte_at(parser, at))) return 0;
    while (is_name_byte(byte_at(parser, at + length))) length++;
    return length;
}

/* --- subscripts --- */

/* The place behind what begins at `at`: a byte, an escaped one, a quotation, or an expansion with all that is
 * in it; the end of the text where something is not closed. */
static size_t pass_over(const struct sh_parser *parser, size_t at, unsigned depth)
{
    char first = byte_at(parser, at), next = byte_at(parser, at + 1), closing;

    if (depth > SH_NESTING_MAX) return parser->size;
    if (first == '\\') return at + 2;
    if (first == '$' && (next == '{' || next == '(')) {
        closing = next == '{' ? '}' : ')';
        at++;
    } else if (first == '(' && depth) {
        closing = ')';
    } else if (first == '\'' || first == '"' || first == '`') {
        closing = first;
    } else {
        return at + 1;
    }
    for (at++; at < parser->size && parser->text[at] != closing;) {
        char byte = parser->text[at];
        bool plain = closing == '\'' || ((closing == '"' || closing == '`') && strchr("'\"(", byte)) ||
                     (closing == '}' && byte == '(');
        at = plain ? at + 1 : pass_over(parser, at, depth + 1);
    }
    return at < parser->size ? at + 1 : parser->size;
}

/* Behind a } the rest of the word may still be of the subscript of ${name[...]}, as in ${map[{key}]}. */
static bool ends_word_in_braces(char byte)
{
    return sh_is_delimiter(byte) || byte == '"' || byte == '\'';
}

/* The place behind the ] that closes the [ at `at`; 0: there is none, or none of the same ${...}. Quotations,
 * expansions and brackets within are passed over. */
static size_t index_end(const struct sh_parser *parser, size_t at, bool in_braces)
{
    unsigned depth = 0;
    bool closed = false;

    while (at < parser->size) {
        char byte = parser->text[at];
        if (closed && ends_word_in_braces(byte)) return 0;
        closed |= in_braces && byte == '}';
        if (byte == '[') depth++;
        if (byte == ']' && --depth == 0) return at + 1;
        at = pass_over(parser, at, 0);
    }
    return 0;
}

static struct sh_part *read_index(struct sh_parser *parser, size_t start, size_t size, const char **text)
{
    struct sh_parser inner;
    struct sh_part *parts;

    *text = arena_copy(parser->arena, parser->text + start, size);
    if (*text == NULL) {
        sh_fail_memory(parser);
        return NULL;
    }
    inner = sh_inner_parser(parser, *text, size, parser->line);
    parts = sh_read_parts(&inner, IN_BRACES, "");
    sh_end_inner(parser, &inner);
    return parts;
}

static void read_subscript(struct sh_parser *parser, struct sh_parameter *parameter)
{
    size_t start = parser->at + 1, end = index_end(parser, parser->at, true), size;

    if (end == 0) {
        parameter->bad = true;
        return;
    }
    size = end - 1 - start;
    parser->at = end;
    if (size == 1 && (parser->text[start] == '@' || parser->text[start] == '*')) {
        parameter->subscript = parser->text[start] == '@' ? SH_ALL : SH_JOINED;
        return;
    }
    if (size == 0) parameter->bad = true;
    parameter->subscript = SH_ONE;
    parameter->index_length = size;
    parameter->index_parts = read_index(parser, start, size, &parameter->index);
}

/* --- ${...} --- */

/* The name, number or special character; false: none comes. */
static bool read_name(struct sh_parser *parser, struct sh_parameter *parameter)
{
    size_t length = name_length(parser, parser->at);

    if (length == 0)
        while (is_digit(byte_at(parser, parser->at + length))) length++;
    if (length == 0 && is_special(byte_at(parser, parser->at))) length = 1;
    if (length == 0) return false;
    set_name(parser, parameter, parser->at, length);
    parser->at += length;
    if (byte_at(parser, parser->at) == '[' && sh_is_name(parameter->name, length))
        read_subscript(parser, parameter);
    return true;
}

static enum sh_parameter_operator operator_of(char byte)
{
    switch (byte) {
    case '-':
        return SH_DEFAULT;
    case '=':
        return SH_ASSIGN;
    case '?':
        return SH_ERROR;
    case '+':
        return SH_ALTERNATIVE;
    case '#':
        return SH_CUT_PREFIX;
    case '%':
        return SH_CUT_SUFFIX;
    case '/':
        return SH_REPLACE;
    case '^':
        return SH_UPPER;
    case ',':
        return SH_LOWER;
    case '~':
        return SH_TOGGLE;
    case '@':
        return SH_TRANSFORM;
    default:
        return SH_NO_OPERATOR;
    }
}

/* The rest up to the }: a word. Where quotes count within double quotes is bash's own rule: for what is a
 * pattern. */
static struct sh_part *read_operand(struct sh_parser *parser, bool quoted, bool pattern, const char *stops)
{
    return sh_read_parts(parser, quoted && !pattern ? IN_QUOTED_BRACES : IN_BRACES, stops);
}

static void read_replacement(struct sh_parser *parser, struct sh_parameter *parameter, bool quoted)
{
    char byte = byte_at(parser, parser->at);

    if (byte == '/') {
        parameter->doubled = true;
        parser->at++;
    } else if (byte == '#' || byte == '%') {
        parameter->which = byte;
        parser->at++;
    }
    if (byte_at(parser, parser->at) == '/' && !parameter->which && byte == '/') {
        /* ${x///y}: the pattern begins with a slash. */
        struct sh_part *slash = sh_make_part(parser, SH_LITERAL, true);
        if (slash == NULL) return;
        slash->text = "/";
        slash->size = 1;
        parser->at++;
        parameter->word = slash;
        slash->next = read_operand(parser, quoted, true, "/}");
    } else {
        parameter->word = read_operand(parser, quoted, true, "/}");
    }
    if (byte_at(parser, parser->at) != '/') return;
    parser->at++;
    parameter->has_second = true;
    parameter->second = read_operand(parser, quoted, true, "}");
}

/* Up to a : or } that is within no parentheses and belongs to no ?: of the expression. */
static struct sh_part *read_offset(struct sh_parser *parser, const char *stops)
{
    size_t start = parser->at, at = start;
    unsigned parentheses = 0, questions = 0, braces = 0;
    struct sh_parser inner;
    struct sh_part *parts;

    for (; at < parser->size; at++) {
        char byte = parser->text[at];
        if (byte == '\\') {
            at++;
            continue;
        }
        if (byte == '(' || byte == '[') parentheses++;
        if ((byte == ')' || byte == ']') && parentheses) parentheses--;
        if (byte == '{') braces++;
        if (byte == '?' && !parentheses && !braces) questions++;
        if (byte == '}' && braces)
            braces--;
        else if (!parentheses && !braces && byte == ':' && questions)
            questions--;
        else if (!parentheses && !braces && strchr(stops, byte))
            break;
    }
    inner = sh_inner_parser(parser, parser->text + start, at - start, parser->line);
    parts = sh_read_parts(&inner, IN_EXPRESSION, "");
    sh_end_inner(parser, &inner);
    parser->at = at;
    return parts;
}

static void read_slice(struct sh_parser *parser, struct sh_parameter *parameter)
{
    parameter->operator= SH_SLICE;
    parameter->word = read_offset(parser, ":}");
    if (byte_at(parser, parser->at) != ':') return;
    parser->at++;
    parameter->has_second = true;
    parameter->second = read_offset(parser, "}");
}

static void read_operator(struct sh_parser *parser, struct sh_parameter *parameter, bool quoted)
{
    char byte = byte_at(parser, parser->at), next = byte_at(parser, parser->at + 1);

    if (byte == '}') return;
    if (byte == ':' && next && strchr("-=?+", next)) {
        parameter->colon = true;
        parser->at++;
        byte = next;
    } else if (byte == ':') {
        parser->at++;
        read_slice(parser, parameter);
        return;
    }
    parameter->operator= operator_of(byte);
    if (parameter->operator== SH_NO_OPERATOR) {
        parameter->bad = true;
        return;
    }
    parser->at++;
    switch (parameter->operator) {
    case SH_REPLACE:
        read_replacement(parser, parameter, quoted);
        break;
    case SH_TRANSFORM:
        parameter->which = byte_at(parser, parser->at);
        if (!strchr("QEPAakKuUL", parameter->which) || parameter->which == '\0') parameter->bad = true;
        parser->at++;
        break;
    case SH_DEFAULT:
    case SH_ASSIGN:
    case SH_ERROR:
    case SH_ALTERNATIVE:
        parameter->word = read_operand(parser, quoted, false, "}");
        break;
    default:
        parameter->doubled = byte_at(parser, parser->at) == byte;
        parser->at += parameter->doubled;
        parameter->word = read_operand(parser, quoted, true, "}");
        break;
    }
}

/* ${!name}, ${!prefix*}, ${!name[@]} */
static bool read_indirection(struct sh_parser *parser, struct sh_parameter *parameter)
{
    char next = byte_at(parser, parser->at + 1);

    if (byte_at(parser, parser->at) != '!' || next == '}' || (next && strchr(":-=?+%", next) && next != '?'))
        return false;
    parser->at++;
    parameter->indirect = true;
    if (!read_name(parser, parameter)) {
        parameter->bad = true;
        return true;
    }
    next = byte_at(parser, parser->at);
    if ((next == '*' || next == '@') && byte_at(parser, parser->at + 1) == '}' &&
        parameter->subscript == SH_NO_SUBSCRIPT) {
        parameter->operator= SH_NAMES;
        parameter->which = next;
        parser->at++;
    } else if (parameter->subscript == SH_ALL || parameter->subscript == SH_JOINED) {
        if (next != '}') return true;
        parameter->operator= SH_KEYS;
        parameter->which = parameter->subscript == SH_ALL ? '@' : '*';
    }
    return true;
}

/* ${#name}, but not ${#}, ${#-word} and the like. */
static bool read_length(struct sh_parser *parser, struct sh_parameter *parameter)
{
    char next = byte_at(parser, parser->at + 1), after = byte_at(parser, parser->at + 2);

    if (byte_at(parser, parser->at) != '#' || next == '}') return false;
    if (!is_name_byte(next) && !(is_special(next) && after == '}')) return false;
    parser->at++;
    parameter->operator= SH_LENGTH;
    if (!read_name(parser, parameter)) parameter->bad = true;
    return true;
}

struct sh_part *sh_read_parameter(struct sh_parser *parser, bool quoted, enum sh_context context)
{
    struct sh_part *part = sh_make_part(parser, SH_PARAMETER, quoted);
    struct sh_parameter *parameter = sh_make(parser, sizeof *parameter);
    size_t start = parser->at;

    (void)context;
    if (part == NULL || parameter == NULL) return NULL;
    part->of.parameter = parameter;
    parser->at += 2;
    if (read_length(parser, parameter)) {
        if (byte_at(parser, parser->at) != '}') parameter->bad = true;
    } else {
        bool named = read_indirection(parser, parameter) || read_name(parser, parameter);
        if (!named) parameter->bad = true;
        if (!parameter->bad && parameter->operator== SH_NO_OPERATOR) read_operator(parser, parameter, quoted);
    }
    if (parser->result != SH_PARSED) return part;
    if (parameter->bad || byte_at(parser, parser->at) != '}') {
        parameter->bad = true;
        read_operand(parser, quoted, false, "}"); /* to be passed over */
        if (parser->result != SH_PARSED) return part;
    }
    if (parser->at >= parser->size) {
        sh_fail_end(parser, '}');
        return part;
    }
    parser->at++;
    parameter->source_length = parser->at - start;
    parameter->source = arena_copy(parser->arena, parser->text + start, parameter->source_length);
    if (parameter->name == NULL) parameter->name = "";
    if (parser->arena->failed) sh_fail_memory(parser);
    return part;
}

/* --- commands and arithmetic --- */

/* The place of the )) that closes an expression which begins at `at`; 0: none does. */
static size_t expression_end(const struct sh_parser *parser, size_t at)
{
    unsigned depth = 0;
    char quote = 0;

    for (; at < parser->size; at++) {
        char byte = parser->text[at];
        if (byte == '\\') {
            at++;
        } else if (quote) {
            if (byte == quote) quote = 0;
        } else if (byte == '\'' || byte == '"') {
            quote = byte;
        } else if (byte == '(') {
            depth++;
        } else if (byte == ')') {
            if (depth == 0) return byte_at(parser, at + 1) == ')' ? at : 0;
            depth--;
        }
    }
    return 0;
}

bool sh_read_expression_text(struct sh_parser *parser, const char **text, size_t *size)
{
    size_t end = expression_end(parser, parser->at), i;

    if (end == 0) return false;
    *size = end - parser->at;
    *text = arena_copy(parser->arena, parser->text + parser->at, *size);
    for (i = parser->at; i < end; i++) parser->line += parser->text[i] == '\n';
    parser->at = end + 2;
    parser->peeked = false;
    if (*text == NULL) sh_fail_memory(parser);
    return true;
}

void sh_read_expression(struct sh_parser *parser, const char *text, size_t size, struct sh_expression *out)
{
    struct sh_parser inner = sh_inner_parser(parser, text, size, parser->line);
    struct sh_part *parts;

    if (parser->result != SH_PARSED) return;
    parts = sh_read_parts(&inner, IN_EXPRESSION, "");
    sh_end_inner(parser, &inner);
    out->text = out->source = text;
    out->size = out->source_size = size;
    if (parts == NULL) return;
    if (parts->kind == SH_LITERAL && parts->next == NULL) {
        out->text = parts->text;
        out->size = parts->size;
        if (sh_arithmetic_compile(parser->arena, out->text, out->size, &out->compiled) < 0)
            sh_fail_memory(parser);
    } else {
        out->parts = parts;
    }
}

static struct sh_part *read_arithmetic(struct sh_parser *parser, bool quoted)
{
    struct sh_part *part = sh_make_part(parser, SH_ARITHMETIC, quoted);
    size_t start = parser->at, size = 0;
    struct sh_expression *expression = sh_make(parser, sizeof *expression);
    const char *text = NULL;

    if (part == NULL || expression == NULL) return NULL;
    parser->at += 3;
    if (!sh_read_expression_text(parser, &text, &size)) {
        parser->at = start;
        return NULL;
    }
    sh_read_expression(parser, text, size, expression);
    part->of.expression = expression;
    return part;
}

static struct sh_part *read_command(struct sh_parser *parser, bool quoted)
{
    struct sh_part *part = sh_make_part(parser, SH_SUBSTITUTION, quoted);

    if (part == NULL) return NULL;
    parser->at += 2;
    parser->peeked = false;
    part->of.command = sh_read_compound_end(parser);
    return part;
}

struct sh_part *sh_read_backquotes(struct sh_parser *parser, bool quoted)
{
    struct sh_part *part = sh_make_part(parser, SH_SUBSTITUTION, quoted);
    struct sh_text text = {.arena = parser->arena};
    uint32_t line = parser->line;
    struct sh_parser inner;

    if (part == NULL) return NULL;
    part->backquoted = true;
    for (parser->at++; parser->at < parser->size && parser->text[parser->at] != '`'; parser->at++) {
        char byte = parser->text[parser->at], next = byte_at(parser, parser->at + 1);
        if (byte == '\\' && (next == '$' || next == '`' || next == '\\' || (next == '"' && quoted))) {
            parser->at++;
            byte = next;
        }
        parser->line += byte == '\n';
        sh_text_byte(&text, byte);
    }
    if (parser->at >= parser->size) {
        sh_fail_end(parser, '`');
        return part;
    }
    parser->at++;
    if (parser->arena->failed) {
        sh_fail_memory(parser);
        return part;
    }
    inner = sh_inner_parser(parser, sh_text_get(&text), text.size, line);
    part->of.command = sh_read_list(&inner);
    if (inner.result == SH_PARSED && sh_peek(&inner) != TOKEN_END) sh_fail_token(&inner);
    if (inner.pending) sh_read_here_documents(&inner);
    sh_end_inner(parser, &inner);
    return part;
}

/* $[expression], the old way to write $((expression)). */
static struct sh_part *read_old_arithmetic(struct sh_parser *parser, bool quoted)
{
    size_t end = index_end(parser, parser->at + 1, false), start = parser->at + 2;
    struct sh_expression *expression;
    struct sh_part *part;
    const char *text;

    if (end == 0) {
        sh_fail_end(parser, ']');
        return NULL;
    }
    part = sh_make_part(parser, SH_ARITHMETIC, quoted);
    expression = sh_make(parser, sizeof *expression);
    text = arena_copy(parser->arena, parser->text + start, end - 1 - start);
    if (part == NULL || expression == NULL || text == NULL) {
        sh_fail_memory(parser);
        return NULL;
    }
    sh_read_expression(parser, text, end - 1 - start, expression);
    part->of.expression = expression;
    parser->at = end;
    return part;
}

/* NULL: the dollar sign is a letter like others. */
struct sh_part *sh_read_dollar(struct sh_parser *parser, bool quoted, enum sh_context context)
{
    char next = byte_at(parser, parser->at + 1);
    struct sh_parameter *parameter;
    struct sh_part *part;
    size_t length;

    if (next == '{') return sh_read_parameter(parser, quoted, context);
    if (next == '[') return read_old_arithmetic(parser, quoted);
    if (next == '(' && byte_at(parser, parser->at + 2) == '(') {
        part = read_arithmetic(parser, quoted);
        if (part || parser->result != SH_PARSED) return part;
    }
    if (next == '(') return read_command(parser, quoted);
    length = name_length(parser, parser->at + 1);
    if (length == 0 && (is_digit(next) || is_special(next))) length = 1;
    if (length == 0) return NULL;
    part = sh_make_part(parser, SH_PARAMETER, quoted);
    parameter = sh_make(parser, sizeof *parameter);
    if (part == NULL || parameter == NULL) return NULL;
    part->of.parameter = parameter;
    set_name(parser, parameter, parser->at + 1, length);
    parameter->source = parameter->name;
    parameter->source_length = length;
    parser->at += 1 + length;
    return part;
}

/* --- assignments --- */

bool sh_at_assignment(struct sh_parser *parser)
{
    size_t at, length;

    if (sh_peek(parser) != TOKEN_WORD) return false;
    length = name_length(parser, parser->at);
    if (length == 0) return false;
    at = parser->at + length;
    if (byte_at(parser, at) == '[') {
        at = index_end(parser, at, false);
        if (at == 0) return false;
    }
    if (byte_at(parser, at) == '+') at++;
    return byte_at(parser, at) == '=';
}

struct sh_word *sh_read_braced(struct sh_parser *parser, size_t start)
{
    size_t end = parser->at;
    struct sh_word *word;

    if (parser->result != SH_PARSED || !memchr(parser->text + start, '{', end - start)) return NULL;
    parser->at = start;
    parser->peeked = false;
    word = sh_read_word(parser, IN_WORD);
    parser->at = end;
    parser->peeked = false;
    return parser->result == SH_PARSED && word->has_braces ? word : NULL;
}

/* An element of ( ... ): [index]=value, [index]+=value or a word. */
static struct sh_element *read_element(struct sh_parser *parser)
{
    struct sh_element *element = sh_make(parser, sizeof *element);
    size_t end = byte_at(parser, parser->at) == '[' ? index_end(parser, parser->at, false) : 0;
    bool append = end && byte_at(parser, end) == '+';
    size_t start = parser->at;

    if (element == NULL) return NULL;
    if (end && byte_at(parser, end + append) == '=') {
        element->append = append;
        element->index_length = end - 2 - parser->at;
        element->index_parts = read_index(parser, parser->at + 1, element->index_length, &element->index);
        parser->at = end + append + 1;
        parser->peeked = false;
        element->value = sh_read_word(parser, IN_ASSIGNMENT);
        element->braced = sh_read_braced(parser, start);
        return element;
    }
    element->value = sh_read_word(parser, IN_WORD);
    return element;
}

static void read_elements(struct sh_parser *parser, struct sh_assignment *assignment)
{
    struct sh_element **last = &assignment->elements;
    uint32_t line = parser->line;

    parser->at++; /* ( */
    parser->peeked = false;
    for (;;) {
        sh_skip_newlines(parser);
        if (parser->result != SH_PARSED || sh_take_operator(parser, ")")) return;
        if (sh_peek(parser) == TOKEN_NUMBER) parser->token = TOKEN_WORD;
        if (sh_peek(parser) != TOKEN_WORD) {
            if (sh_peek(parser) == TOKEN_END) {
                parser->line = line;
                sh_fail_end(parser, ')');
            } else {
                sh_fail_token(parser);
            }
            return;
        }
        *last = read_element(parser);
        if (*last) last = &(*last)->next;
    }
}

struct sh_assignment *sh_read_assignment(struct sh_parser *parser)
{
    struct sh_assignment *assignment = sh_make(parser, sizeof *assignment);
    size_t length = name_length(parser, parser->at);

    if (assignment == NULL) return NULL;
    assignment->name = arena_copy(parser->arena, parser->text + parser->at, length);
    assignment->length = (uint32_t)length;
    assignment->hash = sh_hash(parser->text + parser->at, length);
    parser->at += length;
    if (byte_at(parser, parser->at) == '[') {
        size_t end = index_end(parser, parser->at, false);
        assignment->index_length = end - 2 - parser->at;
        assignment->index_parts =
            read_index(parser, parser->at + 1, assignment->index_length, &assignment->index);
        parser->at = end;
    }
    if (byte_at(parser, parser->at) == '+') {
        assignment->append = true;
        parser->at++;
    }
    parser->at++; /* = */
    parser->peeked = false;
    if (byte_at(parser, parser->at) == '(') {
        assignment->array = true;
        read_elements(parser, assignment);
    } else {
        assignment->value = sh_read_word(parser, IN_ASSIGNMENT);
    }
    return assignment;
}
