#include "shell/print.h"

#include "shell/parser.h"
#include "shell/quote.h"

#define INDENT 4

struct printer {
    struct buffer *out;
    unsigned indent;
    bool lines;           /* within a function: commands stand on lines of their own */
    unsigned continues;   /* what comes next stands behind what is there, without an indent */
    struct buffer bodies; /* of here-documents whose command has not ended yet */
    bool had_bodies;      /* they stood before this: no semicolon is needed */
};

static void print_command(struct printer *printer, const struct sh_command *command);

static void put(struct printer *printer, const char *text)
{
    buffer_put_string(printer->out, text);
}

static void put_indent(struct printer *printer)
{
    unsigned i;
    for (i = 0; i < printer->indent; i++) buffer_put_byte(printer->out, ' ');
}

static void put_line(struct printer *printer, const char *text)
{
    put(printer, "\n");
    put_indent(printer);
    put(printer, text);
}

/* Not behind a & or a here-document. */
static void put_semicolon(struct printer *printer)
{
    const struct buffer *out = printer->out;

    if (out->size && (out->data[out->size - 1] == '&' || out->data[out->size - 1] == '\n')) return;
    put(printer, ";");
}

/* An operator, with the bodies of here-documents on the lines behind it. */
static void put_operator(struct printer *printer, const char *text)
{
    put(printer, text);
    if (printer->bodies.size == 0) return;
    put(printer, "\n");
    buffer_put(printer->out, printer->bodies.data, printer->bodies.size);
    buffer_free(&printer->bodies);
    if (*text) put(printer, " ");
    printer->had_bodies = true;
}

static void end_bodies(struct printer *printer)
{
    if (printer->bodies.size) put_operator(printer, "");
}

/* --- words --- */

/* The text of $'...' from behind the quote; its length with the quote at the end. */
static size_t put_dollar_text(struct printer *printer, const char *text, size_t size)
{
    struct buffer plain = {0};
    size_t end = 0, i;

    while (end < size && text[end] != '\'') end += text[end] == '\\' && end + 1 < size ? 2 : 1;
    sh_unescape(&plain, text, end, SH_ESCAPES_DOLLAR);
    put(printer, "'");
    for (i = 0; i < plain.size; i++) {
        if (plain.data[i] == '\'')
            put(printer, "'\\''");
        else
            buffer_put_byte(printer->out, plain.data[i]);
    }
    put(printer, "'");
    printer->out->failed |= plain.failed;
    buffer_free(&plain);
    return end + (end < size);
}

/* As it was written, but with $'...' read already, and "..." for $"...". */
static void put_word(struct printer *printer, const char *text, size_t size)
{
    bool in_double = false;
    size_t at = 0, end;

    while (at < size) {
        char byte = text[at];
        end = at + 1;
        if (end < size && (byte == '\\' || (byte == '$' && text[end] == '$'))) {
            end++; /* what stands behind $$ is not $'...' */
        } else if (byte == '"') {
            in_double = !in_double;
        } else if (byte == '\'' && !in_double) {
            while (end < size && text[end] != '\'') end++;
            end += end < size;
        } else if (byte == '$' && !in_double && end < size && text[end] == '\'') {
            at = end + 1 + put_dollar_text(printer, text + end + 1, size - end - 1);
            continue;
        } else if (byte == '$' && !in_double && end < size && text[end] == '"') {
            at = end;
            continue;
        } else if ((byte == '$' && end < size && strchr("({[", text[end])) || byte == '`' ||
                   ((byte == '<' || byte == '>') && !in_double && end < size && text[end] == '(')) {
            /* What is in there has quotes of its own: it stays as it is. */
            end = size;
        }
        buffer_put(printer->out, text + at, end - at);
        if (byte == '\\' && end == at + 1) put(printer, "\\"); /* the last byte of a script */
        at = end;
    }
}

static void put_words(struct printer *printer, const struct sh_word *word, const char *between)
{
    for (; word; word = word->next) {
        put_word(printer, word->source, word->source_length);
        if (word->next) put(printer, between);
    }
}

static void put_elements(struct printer *printer, const struct sh_element *element)
{
    put(printer, "(");
    for (; element; element = element->next) {
        if (element->index)
            buffer_printf(printer->out, "[%.*s]%s=", (int)element->index_length, element->index,
                          element->append ? "+" : "");
        if (element->value) put_word(printer, element->value->source, element->value->source_length);
        if (element->next) put(printer, " ");
    }
    put(printer, ")");
}

static void put_assignments(struct printer *printer, const struct sh_assignment *assignment)
{
    for (; assignment; assignment = assignment->next) {
        buffer_put(printer->out, assignment->name, assignment->length);
        if (assignment->index)
            buffer_printf(printer->out, "[%.*s]", (int)assignment->index_length, assignment->index);
        put(printer, assignment->append ? "+=" : "=");
        if (assignment->array)
            put_elements(printer, assignment->elements);
        else if (assignment->value)
            put_word(printer, assignment->value->source, assignment->value->source_length);
        if (assignment->next) put(printer, " ");
    }
}

/* --- redirections --- */

/* A descriptor before an operator, but not the usual one. */
static void put_number(struct printer *printer, const struct sh_redirect *redirect, int usual, bool always)
{
    if (redirect->variable)
        buffer_printf(printer->out, "{%s}", redirect->variable);
    else if (redirect->number >= 0 && (always || redirect->number != usual))
        buffer_printf(printer->out, "%d", redirect->number);
    else if (redirect->number < 0 && always)
        buffer_printf(printer->out, "%d", usual);
}

static void put_file(struct printer *printer, const struct sh_redirect *redirect, int usual, const char *sign)
{
    put_number(printer, redirect, usual, redirect->kind == SH_READ_WRITE);
    put(printer, sign);
    put_words(printer, redirect->word, " ");
}

static bool is_number(const struct sh_word *word)
{
    size_t i, size = word->source_length;

    if (size && word->source[size - 1] == '-') size--; /* 3- moves it */
    for (i = 0; i < size; i++)
        if (word->source[i] < '0' || word->source[i] > '9') return false;
    return true;
}

static void put_copy(struct printer *printer, const struct sh_redirect *redirect)
{
    bool number = is_number(redirect->word),
         closes = redirect->word->source_length == 1 && number && redirect->word->source[0] == '-';
    bool input = redirect->kind == SH_COPY_INPUT;

    put_number(printer, redirect, input ? 0 : 1, number);
    put(printer, input && !closes ? "<&" : ">&");
    put_words(printer, redirect->word, " ");
}

/* The text of a here-document; one that the end of the script cut off gets the newline that it lacks. */
static void put_body_text(struct printer *printer, const struct sh_redirect *redirect)
{
    const char *text = redirect->word->source;
    size_t size = redirect->word->source_length, slashes = 0;
    bool quoted = redirect->delimiter_length != redirect->last_line_length;

    buffer_put(&printer->bodies, text, size);
    if (size == 0 || text[size - 1] == '\n') return;
    while (slashes < size && text[size - 1 - slashes] == '\\') slashes++;
    if (slashes % 2 && !quoted) buffer_put_byte(&printer->bodies, '\\');
    buffer_put_byte(&printer->bodies, '\n');
}

static void put_here_text(struct printer *printer, const struct sh_redirect *redirect)
{
    put_number(printer, redirect, 0, false);
    if (redirect->here_string) {
        put(printer, "<<< ");
        put_words(printer, redirect->word, " ");
        return;
    }
    put(printer, redirect->strip_tabs ? "<<-" : "<<");
    if (redirect->delimiter_length && *redirect->delimiter == '-') put(printer, " ");
    buffer_put(printer->out, redirect->delimiter, redirect->delimiter_length);
    if (redirect->word) put_body_text(printer, redirect);
    buffer_put(&printer->bodies, redirect->last_line, redirect->last_line_length);
    buffer_put_byte(&printer->bodies, '\n');
}

static void put_redirect(struct printer *printer, const struct sh_redirect *redirect)
{
    switch (redirect->kind) {
    case SH_READ:
        put_file(printer, redirect, 0, "< ");
        break;
    case SH_WRITE:
        put_file(printer, redirect, 1, "> ");
        break;
    case SH_CLOBBER:
        put_file(printer, redirect, 1, ">| ");
        break;
    case SH_APPEND:
        put_file(printer, redirect, 1, ">> ");
        break;
    case SH_READ_WRITE:
        put_file(printer, redirect, 0, "<> ");
        break;
    case SH_WRITE_BOTH:
        put_file(printer, redirect, 1, "&> ");
        break;
    case SH_APPEND_BOTH:
        put_file(printer, redirect, 1, "&>> ");
        break;
    case SH_HERE_TEXT:
        put_here_text(printer, redirect);
        break;
    default:
        put_copy(printer, redirect);
        break;
    }
}

static void put_redirects(struct printer *printer, const struct sh_redirect *redirect)
{
    for (; redirect; redirect = redirect->next) {
        put_redirect(printer, redirect);
        if (redirect->next) put(printer, " ");
    }
}

/* --- conditions --- */

static void put_test(struct printer *printer, const struct sh_test *test, enum sh_test_kind within)
{
    bool group = test->kind == SH_TEST_OR ? within == SH_TEST_AND || within == SH_TEST_NOT
                                          : test->kind == SH_TEST_AND && within == SH_TEST_NOT;

    if (group) put(printer, "( ");
    switch (test->kind) {
    case SH_TEST_AND:
    case SH_TEST_OR:
        put_test(printer, test->first, test->kind);
        put(printer, test->kind == SH_TEST_AND ? " && " : " || ");
        put_test(printer, test->second, test->kind);
        break;
    case SH_TEST_NOT:
        put(printer, "! ");
        put_test(printer, test->first, SH_TEST_NOT);
        break;
    case SH_TEST_BINARY:
        put_word(printer, test->left->source, test->left->source_length);
        buffer_printf(printer->out, " %s ", test->operator);
        put_word(printer, test->right->source, test->right->source_length);
        break;
    default:
        buffer_printf(printer->out, "%s ", test->kind == SH_TEST_WORD ? "-n" : test->operator);
        put_word(printer, test->left->source, test->left->source_length);
        break;
    }
    if (group) put(printer, " )");
}

/* --- compound commands --- */

/* Commands between "do" and "done" and the like. */
static void put_body(struct printer *printer, const struct sh_command *body)
{
    printer->indent += INDENT;
    print_command(printer, body);
    end_bodies(printer);
    printer->indent -= INDENT;
    put_semicolon(printer);
}

static void put_if(struct printer *printer, const struct sh_command *command)
{
    put(printer, "if ");
    printer->continues++;
    print_command(printer, command->of.branch.condition);
    if (command->of.branch.condition->kind != SH_SIMPLE) end_bodies(printer); /* as bash does it */
    put_semicolon(printer);
    put(printer, " then\n");
    put_body(printer, command->of.branch.then);
    if (command->of.branch.otherwise) {
        put_line(printer, "else\n");
        put_body(printer, command->of.branch.otherwise);
    }
    put_line(printer, "fi");
}

static void put_while(struct printer *printer, const struct sh_command *command)
{
    put(printer, command->kind == SH_WHILE ? "while " : "until ");
    printer->continues++;
    print_command(printer, command->of.loop.condition);
    end_bodies(printer);
    put_semicolon(printer);
    put(printer, " do\n");
    put_body(printer, command->of.loop.body);
    put_line(printer, "done");
}

static void put_for_head(struct printer *printer, const struct sh_command *command)
{
    buffer_printf(printer->out, "%s %s in ", command->kind == SH_FOR ? "for" : "select",
                  command->of.each.name);
    if (command->of.each.has_in)
        put_words(printer, command->of.each.words, " ");
    else
        put(printer, "\"$@\"");
}

static void put_for(struct printer *printer, const struct sh_command *command)
{
    put_for_head(printer, command);
    put(printer, ";");
    put_line(printer, "do\n");
    put_body(printer, command->of.each.body);
    put_line(printer, "done");
}

static void put_expression(struct printer *printer, const struct sh_expression *expression)
{
    if (expression->source_size)
        buffer_put(printer->out, expression->source, expression->source_size);
    else
        put(printer, "1");
}

static void put_for_arithmetic(struct printer *printer, const struct sh_command *command)
{
    put(printer, "for ((");
    put_expression(printer, &command->of.count.first);
    put(printer, "; ");
    put_expression(printer, &command->of.count.condition);
    put(printer, "; ");
    put_expression(printer, &command->of.count.step);
    put(printer, "))");
    put_line(printer, "do\n");
    put_body(printer, command->of.count.body);
    put_line(printer, "done");
}

static void put_case(struct printer *printer, const struct sh_command *command)
{
    static const char *const ends[] = {";;", ";&", ";;&"};
    const struct sh_clause *clause;

    put(printer, "case ");
    put_words(printer, command->of.choice.word, " ");
    put(printer, " in ");
    printer->indent += INDENT;
    for (clause = command->of.choice.clauses; clause; clause = clause->next) {
        put_line(printer, "");
        put_words(printer, clause->patterns, " | ");
        put(printer, ")\n");
        printer->indent += INDENT;
        print_command(printer, clause->body);
        printer->indent -= INDENT;
        end_bodies(printer);
        put_line(printer, ends[clause->then]);
    }
    printer->indent -= INDENT;
    put_line(printer, "esac");
}

static void put_group(struct printer *printer, const struct sh_command *body)
{
    put(printer, "{ ");
    if (!printer->lines) {
        printer->continues++;
        print_command(printer, body);
        end_bodies(printer);
        put_semicolon(printer);
        put(printer, " }");
        return;
    }
    put(printer, "\n");
    printer->indent += INDENT;
    print_command(printer, body);
    end_bodies(printer);
    printer->indent -= INDENT;
    put_line(printer, "}");
}

/* From the brace on; the redirections of a group are those of the function. */
static void put_function_body(struct printer *printer, const struct sh_command *body)
{
    bool before = printer->lines, group = body->kind == SH_GROUP;

    printer->lines = true;
    put_indent(printer);
    put(printer, "{ \n");
    printer->indent += INDENT;
    print_command(printer, group ? body->of.body : body);
    end_bodies(printer);
    printer->indent -= INDENT;
    printer->lines = before;
    put_line(printer, "}");
    if (group && body->redirects) {
        put(printer, " ");
        put_redirects(printer, body->redirects);
    }
}

/* --- lists --- */

static void put_separator(struct printer *printer, const struct sh_item *item)
{
    if (item->background) {
        put_operator(printer, " &");
        if (item->next) put(printer, " ");
        printer->continues += item->next != NULL;
        return;
    }
    if (item->next == NULL) return;
    if (printer->bodies.size)
        put_operator(printer, printer->lines ? "" : ";");
    else if (!printer->had_bodies)
        put(printer, ";");
    printer->had_bodies = false;
    put(printer, printer->lines ? "\n" : " ");
    printer->continues += !printer->lines;
}

static void put_list(struct printer *printer, const struct sh_command *command)
{
    const struct sh_item *item;

    printer->continues++;
    for (item = command->of.list.items; item; item = item->next) {
        print_command(printer, item->command);
        if (command->kind == SH_LIST) {
            put_separator(printer, item);
        } else if (item->next) {
            put_operator(printer, command->kind == SH_PIPELINE ? " |"
                                  : item->next->or_before      ? " || "
                                                               : " && ");
            if (command->kind == SH_PIPELINE) put(printer, " ");
            printer->continues++;
        }
    }
}

static void put_pipeline(struct printer *printer, const struct sh_command *command)
{
    if (command->of.list.timed) put(printer, command->of.list.posix_time ? "time -p " : "time ");
    if (command->of.list.negated) put(printer, "! ");
    if (command->of.list.items) put_list(printer, command);
}

static void put_simple(struct printer *printer, const struct sh_command *command)
{
    const struct sh_assignment *assignments = command->of.simple.assignments;
    const struct sh_word *words = command->of.simple.words;

    /* Behind a redirection a keyword is a word as any other. */
    if (command->redirects && !assignments && words &&
        (*words->source == '!' || sh_is_keyword(words->source, words->source_length))) {
        put_redirects(printer, command->redirects);
        put(printer, " ");
        put_words(printer, words, " ");
        return;
    }
    put_assignments(printer, assignments);
    if (assignments && words) put(printer, " ");
    put_words(printer, words, " ");
    if (command->redirects == NULL) return;
    if (assignments || words) put(printer, " ");
    put_redirects(printer, command->redirects);
}

static void put_compound(struct printer *printer, const struct sh_command *command)
{
    switch (command->kind) {
    case SH_IF:
        put_if(printer, command);
        break;
    case SH_WHILE:
    case SH_UNTIL:
        put_while(printer, command);
        break;
    case SH_FOR:
    case SH_SELECT:
        put_for(printer, command);
        break;
    case SH_FOR_ARITHMETIC:
        put_for_arithmetic(printer, command);
        break;
    case SH_CASE:
        put_case(printer, command);
        break;
    case SH_CONDITION:
        put(printer, "[[ ");
        put_test(printer, command->of.condition.test, SH_TEST_WORD);
        put(printer, " ]]");
        break;
    case SH_ARITHMETIC_COMMAND:
        buffer_printf(printer->out, "((%.*s))", (int)command->of.expression.source_size,
                      command->of.expression.source);
        break;
    case SH_SUBSHELL:
        put(printer, "( ");
        printer->continues++;
        print_command(printer, command->of.body);
        end_bodies(printer);
        put(printer, " )");
        break;
    case SH_COPROCESS:
        buffer_printf(printer->out, "coproc %s ", command->coprocess_name);
        printer->continues++;
        print_command(printer, command->of.body);
        break;
    default:
        put_group(printer, command->of.body);
        break;
    }
}

static void print_command(struct printer *printer, const struct sh_command *command)
{
    if (command == NULL) return;
    if (printer->continues)
        printer->continues--;
    else
        put_indent(printer);
    switch (command->kind) {
    case SH_SIMPLE:
        put_simple(printer, command);
        return;
    case SH_PIPELINE:
        put_pipeline(printer, command);
        return;
    case SH_AND_OR:
    case SH_LIST:
        put_list(printer, command);
        return;
    case SH_FUNCTION:
        buffer_printf(printer->out, "function %s () \n", command->of.function.name);
        put_function_body(printer, command->of.function.body);
        return;
    default:
        put_compound(printer, command);
        break;
    }
    if (command->redirects == NULL) return;
    put(printer, " ");
    put_redirects(printer, command->redirects);
}

void sh_print_function(struct buffer *out, const char *name, const struct sh_command *body)
{
    struct printer printer = {.out = out};

    buffer_printf(out, "%s () \n", name);
    put_function_body(&printer, body);
    end_bodies(&printer);
    buffer_put_byte(out, '\n');
    out->failed |= printer.bodies.failed;
    buffer_free(&printer.bodies);
}

static void put_head(struct printer *printer, const struct sh_command *command)
{
    switch (command->kind) {
    case SH_FOR:
    case SH_SELECT:
        put_for_head(printer, command);
        break;
    case SH_CASE:
        put(printer, "case ");
        put_word(printer, command->of.choice.word->source, command->of.choice.word->source_length);
        put(printer, " in ");
        break;
    default:
        print_command(printer, command);
        break;
    }
}

void sh_print_command(struct buffer *out, const struct sh_command *command)
{
    struct printer printer = {.out = out};

    if (command) put_head(&printer, command);
    out->failed |= printer.bodies.failed;
    buffer_free(&printer.bodies);
}
