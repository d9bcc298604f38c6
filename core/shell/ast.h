/* ast.h: what a script is once it has been read: commands made of words, words made of parts. All of it lives
 * in the arena of its sh_script and is never changed after. */
#ifndef UMBRA_SHELL_AST_H
#define UMBRA_SHELL_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct sh_command;
struct sh_word;
struct sh_arithmetic;

/* --- words --- */

enum sh_part_kind {
    SH_LITERAL,
    SH_PARAMETER,
    SH_SUBSTITUTION, /* $(...) or `...` */
    SH_ARITHMETIC,   /* $((...)) */
    SH_PROCESS_IN,   /* <(...) */
    SH_PROCESS_OUT,  /* >(...) */
    SH_TILDE,        /* ~ or ~name at the beginning of a word; text is the name */
    SH_BRACE_OPEN,   /* { , } of a brace expansion; only in words that have one */
    SH_BRACE_COMMA,
    SH_BRACE_CLOSE,
};

enum sh_parameter_operator {
    SH_NO_OPERATOR,
    SH_DEFAULT,     /* - :- */
    SH_ASSIGN,      /* = := */
    SH_ERROR,       /* ? :? */
    SH_ALTERNATIVE, /* + :+ */
    SH_LENGTH,      /* # before the name */
    SH_CUT_PREFIX,  /* # ## */
    SH_CUT_SUFFIX,  /* % %% */
    SH_REPLACE,     /* / // /# /% */
    SH_SLICE,       /* :offset:length */
    SH_UPPER,       /* ^ ^^ */
    SH_LOWER,       /* , ,, */
    SH_TOGGLE,      /* ~ ~~ */
    SH_TRANSFORM,   /* @Q and the like */
    SH_NAMES,       /* ${!prefix*} ${!prefix@} */
    SH_KEYS,        /* ${!array[@]} */
};

enum sh_subscript { SH_NO_SUBSCRIPT, SH_ONE, SH_ALL /* @ */, SH_JOINED /* * */ };

struct sh_parameter {
    const char *name; /* of a variable, a digit sequence or one special character */
    uint32_t length, hash;
    enum sh_subscript subscript;
    const char *index; /* as it was written, between the brackets; SH_ONE */
    size_t index_length;
    struct sh_part *index_parts; /* the same as a quoted word */
    enum sh_parameter_operator operator;
    bool colon;             /* :- and the like: empty counts as unset */
    bool doubled;           /* ## %% // ^^ ,, */
    bool indirect;          /* ${!name} */
    char which;             /* of @X; of a replacement '#', '%' or 0; of names and keys '@' or '*' */
    struct sh_part *word;   /* what follows the operator; NULL: nothing */
    struct sh_part *second; /* of a replacement or slice */
    bool has_second;
    const char *source; /* as it was written, for messages */
    size_t source_length;
    bool bad; /* no such substitution: an error when it is expanded */
};

struct sh_expression {  /* arithmetic */
    const char *source; /* as it was written */
    size_t source_size;
    const char *text;
    size_t size;
    struct sh_part *parts; /* when something in it is to be expanded; the text is what is left then */
    struct sh_arithmetic *compiled; /* the text, when nothing is; NULL: it is empty */
};

struct sh_part {
    enum sh_part_kind kind;
    bool quoted;
    bool backquoted; /* of a substitution */
    struct sh_part *next;
    const char *text; /* of a literal, a tilde */
    size_t size;
    union {
        struct sh_parameter *parameter;
        struct sh_command *command;       /* what a substitution runs; NULL: nothing */
        struct sh_expression *expression; /* of arithmetic */
    } of;
};

struct sh_assignment {
    const char *name;
    uint32_t length, hash;
    const char *index; /* NULL: none */
    size_t index_length;
    struct sh_part *index_parts;
    bool append, array;
    struct sh_word *value;       /* of a scalar */
    struct sh_element *elements; /* of an array */
    struct sh_assignment *next;
};

struct sh_element {
    const char *index; /* [index]=; NULL: the next */
    size_t index_length;
    struct sh_part *index_parts;
    bool append;
    struct sh_word *value;
    struct sh_word *braced; /* [index]=a{b,c} as a word like others, NULL when there is no such brace */
    struct sh_element *next;
};

struct sh_word {
    struct sh_part *parts;
    const char *source; /* as it was written */
    size_t source_length;
    const char *plain; /* its text when nothing in it is expanded, with a NUL behind; NULL otherwise */
    size_t plain_size;
    bool has_braces;
    struct sh_assignment *assignment; /* of an argument of declare and its kin */
    struct sh_word *next;
};

/* --- commands --- */

enum sh_redirect_kind {
    SH_READ,        /* < */
    SH_WRITE,       /* > */
    SH_CLOBBER,     /* >| */
    SH_APPEND,      /* >> */
    SH_READ_WRITE,  /* <> */
    SH_HERE_TEXT,   /* << <<- <<< */
    SH_COPY_INPUT,  /* <& */
    SH_COPY_OUTPUT, /* >& */
    SH_WRITE_BOTH,  /* &> */
    SH_APPEND_BOTH, /* &>> */
};

struct sh_redirect {
    enum sh_redirect_kind kind;
    int number;            /* -1: the usual one */
    const char *variable;  /* {name}> ; NULL: none */
    struct sh_word *word;  /* target, or the text of a here-document */
    bool here_string;      /* <<<: a newline comes behind it */
    bool strip_tabs;       /* <<- */
    const char *delimiter; /* of a here-document, as it was written */
    size_t delimiter_length;
    const char *last_line; /* the same without its quotes: what ends the document */
    size_t last_line_length;
    struct sh_redirect *next;
};

enum sh_command_kind {
    SH_SIMPLE,
    SH_PIPELINE,
    SH_AND_OR,
    SH_LIST,
    SH_SUBSHELL,
    SH_GROUP,
    SH_IF,
    SH_WHILE,
    SH_UNTIL,
    SH_FOR,
    SH_FOR_ARITHMETIC,
    SH_SELECT,
    SH_CASE,
    SH_FUNCTION,
    SH_CONDITION,          /* [[ ]] */
    SH_ARITHMETIC_COMMAND, /* (( )) */
    SH_COPROCESS,
};

/* A command of a list, and what stands behind it. */
struct sh_item {
    struct sh_command *command;
    bool background;
    bool or_before; /* in an and-or list: || stands before it, else && */
    struct sh_item *next;
};

struct sh_clause { /* of case */
    struct sh_word *patterns;
    struct sh_command *body; /* NULL: nothing */
    enum { SH_BREAK_CASE, SH_FALL_THROUGH, SH_TEST_NEXT } then;
    struct sh_clause *next;
};

enum sh_test_kind { SH_TEST_AND, SH_TEST_OR, SH_TEST_NOT, SH_TEST_UNARY, SH_TEST_BINARY, SH_TEST_WORD };

struct sh_test { /* of [[ ]] */
    enum sh_test_kind kind;
    const char *operator;
    struct sh_word *left, *right; /* right: of a binary one */
    struct sh_test *first, *second;
};

struct sh_command {
    enum sh_command_kind kind;
    uint32_t line;
    struct sh_redirect *redirects;
    const char *source; /* as it was written, for job lists */
    size_t source_length;
    union {
        struct {
            struct sh_assignment *assignments;
            struct sh_word *words;
            uint32_t word_count;
        } simple;
        struct {
            struct sh_item *items; /* of a pipeline, an and-or list, a list */
            uint32_t count;
            bool negated, timed, posix_time;
        } list;
        struct {
            struct sh_command *condition, *then, *otherwise; /* of if; otherwise NULL: none */
        } branch;
        struct {
            struct sh_command *condition, *body;
        } loop;
        struct {
            const char *name;
            struct sh_word *words;
            bool has_in;
            struct sh_command *body;
        } each; /* for and select */
        struct {
            struct sh_expression first, condition, step;
            struct sh_command *body;
        } count;
        struct {
            struct sh_word *word;
            struct sh_clause *clauses;
        } choice;
        struct {
            const char *name;
            struct sh_command *body; /* with the redirections of its definition */
        } function;
        struct sh_command *body; /* of a subshell, group; of a coprocess */
        struct {
            struct sh_test *test;
        } condition;
        struct sh_expression expression;
    } of;
    const char *coprocess_name;
};

/* What was read in one go, with all memory that it has. Counted: a function keeps the script that it is from.
 */
struct sh_script {
    uint32_t references;
    struct memory_account *account;
    struct arena arena;
    struct sh_command *command; /* NULL: nothing but blanks and comments */
};

#endif
