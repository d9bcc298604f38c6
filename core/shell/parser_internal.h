/* parser_internal.h: what the files of the parser share. Failures stick: once parser->result is not
 * SH_PARSED, every function returns at once and what it returns is of no meaning. */
#ifndef UMBRA_SHELL_PARSER_INTERNAL_H
#define UMBRA_SHELL_PARSER_INTERNAL_H

#include "shell/parser.h"
#include "shell/text.h"

enum token {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_NUMBER,   /* digits with < or > behind them */
    TOKEN_VARIABLE, /* {name} with < or > behind it */
    TOKEN_OPERATOR, /* which: parser->operator */
};

/* A here-document whose text comes after the next newline. */
struct pending {
    struct sh_redirect *redirect;
    bool quoted;
    struct pending *next;
};

struct sh_parser {
    struct arena *arena;
    const struct sh_dialect *dialect;
    const char *text;
    size_t size, at;
    uint32_t line;
    bool more; /* the text goes on later */
    unsigned depth;
    enum sh_parse result;
    struct sh_syntax_error *error;

    bool peeked;
    enum token token;
    const char *operator; /* "&&" */
    size_t token_size;

    struct pending *pending, **pending_end;
    size_t alias_end; /* an alias' text goes on as long as so many bytes or more are left… */
    struct used_alias *aliases;
    bool in_value;   /* of an assignment: in it ~ counts after : too */
    bool ended_line; /* the newline that is missing at the end of the text was seen */
    bool nested;     /* the text is a part of another one */
};

/* lexer.c */
enum token sh_peek(struct sh_parser *parser);
/* Passes over an operator or newline that was peeked. */
void sh_skip(struct sh_parser *parser);
bool sh_at_operator(struct sh_parser *parser, const char *operator);
/* Passes over it when it is there. */
bool sh_take_operator(struct sh_parser *parser, const char *operator);
void sh_skip_newlines(struct sh_parser *parser);
/* Whether a word of exactly these bytes, without quotes, comes next. */
bool sh_at_word(struct sh_parser *parser, const char *word);
bool sh_take_word(struct sh_parser *parser, const char *word);
bool sh_is_delimiter(char byte);
void sh_fail_token(struct sh_parser *parser);
void sh_fail_end(struct sh_parser *parser, char closing);
void sh_fail_memory(struct sh_parser *parser);
void sh_fail_syntax(struct sh_parser *parser, uint32_t line, const char *format, ...) UMBRA_PRINTF(3, 4);
void sh_read_here_documents(struct sh_parser *parser);
void *sh_make(struct sh_parser *parser, size_t size);
bool sh_enter(struct sh_parser *parser);
void sh_leave(struct sh_parser *parser);
/* A parser for a text of its own within the same script. */
struct sh_parser sh_inner_parser(struct sh_parser *parser, const char *text, size_t size, uint32_t line);
void sh_end_inner(struct sh_parser *parser, const struct sh_parser *inner);

/* words.c */
enum sh_context {
    IN_WORD,
    IN_ASSIGNMENT, /* of its value: ~ counts after = and : too */
    IN_PATTERN,    /* of case: like a word */
    IN_REGEX,      /* behind =~ */
    IN_QUOTES,
    IN_HERE,          /* a here-document */
    IN_BRACES,        /* behind the operator of ${ */
    IN_QUOTED_BRACES, /* the same within double quotes */
    IN_EXPRESSION,    /* arithmetic */
    IN_INDEX,         /* [...] of an array */
};
struct sh_word *sh_read_word(struct sh_parser *parser, enum sh_context context);
struct sh_part *sh_read_parts(struct sh_parser *parser, enum sh_context context, const char *stops);
struct sh_part *sh_read_dollar(struct sh_parser *parser, bool quoted, enum sh_context context);
struct sh_part *sh_read_backquotes(struct sh_parser *parser, bool quoted);
struct sh_part *sh_make_part(struct sh_parser *parser, enum sh_part_kind kind, bool quoted);
/* braces.c: finds the brace expansions of a word and turns other braces into letters. */
void sh_settle_braces(struct sh_parser *parser, struct sh_word *word);
/* parameters.c: behind "${" */
struct sh_part *sh_read_parameter(struct sh_parser *parser, bool quoted, enum sh_context context);
/* NAME=, NAME+=, NAME[...]= comes next: an assignment with its value. */
bool sh_at_assignment(struct sh_parser *parser);
/* An assignment that begins at start and was read already, as the word that it is when it has braces to
 * expand; else NULL. */
struct sh_word *sh_read_braced(struct sh_parser *parser, size_t start);
struct sh_assignment *sh_read_assignment(struct sh_parser *parser);
/* The text up to the )) that closes an expression, both passed over; NULL: it is none. */
bool sh_read_expression_text(struct sh_parser *parser, const char **text, size_t *size);
void sh_read_expression(struct sh_parser *parser, const char *text, size_t size, struct sh_expression *out);

/* parser.c */
struct sh_command *sh_make_command(struct sh_parser *parser, enum sh_command_kind kind);
struct sh_command *sh_read_list(struct sh_parser *parser);
/* A list that has to have something in it. */
struct sh_command *sh_read_body(struct sh_parser *parser);
struct sh_command *sh_read_command(struct sh_parser *parser);
/* Commands up to the ) of a substitution. */
struct sh_command *sh_read_compound_end(struct sh_parser *parser);
/* The text from start on is what the command was read from, unless an alias has changed the text since. */
void sh_set_source(struct sh_parser *parser, struct sh_command *command, const char *text, size_t start);

/* parser_compound.c */
/* A compound command where one comes, NULL otherwise. */
struct sh_command *sh_read_compound(struct sh_parser *parser);
/* NAME ( ) ...: the name has been read. */
struct sh_command *sh_read_function(struct sh_parser *parser, const struct sh_word *name);
/* Behind the word function. */
struct sh_command *sh_read_function_word(struct sh_parser *parser);
/* Behind the word coproc. */
struct sh_command *sh_read_coprocess(struct sh_parser *parser);

/* parser_redirect.c */
bool sh_at_redirect(struct sh_parser *parser);
void sh_read_redirects(struct sh_parser *parser, struct sh_command *command);

/* condition.c: behind [[ */
struct sh_test *sh_read_condition(struct sh_parser *parser);

#endif
