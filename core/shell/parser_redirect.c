/* parser_redirect.c: redirections, and the delimiters of here-documents (POSIX.1-2017, XCU 2.7; bash 5.2
 * manual, "Redirections"). */
#include "shell/parser_internal.h"

bool sh_at_redirect(struct sh_parser *parser)
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

void sh_read_redirects(struct sh_parser *parser, struct sh_command *command)
{
    struct sh_redirect **last = &command->redirects;

    while (*last) last = &(*last)->next;
    while (parser->result == SH_PARSED && sh_at_redirect(parser)) {
        *last = read_redirect(parser);
        if (*last) last = &(*last)->next;
    }
}
