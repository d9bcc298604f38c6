/* parser.h: reads one complete command after the other from a text: the grammar of POSIX.1-2017, XCU 2.10,
 * with what bash 5.2 adds. Nothing is run here; errors are worded as bash does it. */
#ifndef UMBRA_SHELL_PARSER_H
#define UMBRA_SHELL_PARSER_H

#include "base/buffer.h"
#include "shell/ast.h"

#define SH_NESTING_MAX 1000 /* commands and expansions within one another */

/* What the shell that reads has a say in. */
struct sh_dialect {
    bool extglob, posix, no_comments;
    bool negated_group; /* in [[ ]], !( is a pattern */
    /* The text that an alias stands for, NULL: the word is none. NULL: aliases are not looked for. */
    const char *(*alias)(void *context, const char *name, size_t length);
    void *context;
};

enum sh_parse {
    SH_PARSED,     /* *script, with command NULL for an empty line */
    SH_END,        /* nothing is left */
    SH_INCOMPLETE, /* the text ends within a command; the error is for when there is no more */
    SH_SYNTAX,     /* the error says what */
    SH_NO_MEMORY,
};

struct sh_syntax_error {
    uint32_t line;
    struct buffer message; /* one or two lines, without newline, each to go behind "bash: line N: " */
    uint32_t warning_line;
    struct buffer
        warnings; /* of what was parsed in spite of them: lines as in message, each with its newline */
};

void sh_syntax_error_free(struct sh_syntax_error *error);

/* Reads on from *at (and *line), which are moved to where the next command begins. more: the text goes on
 * later, so one that ends early is SH_INCOMPLETE. The script has one reference. */
enum sh_parse sh_parse_next(const char *text, size_t size, size_t *at, uint32_t *line,
                            const struct sh_dialect *dialect, struct memory_account *account, bool more,
                            struct sh_script **script, struct sh_syntax_error *error);

struct sh_script *sh_script_keep(struct sh_script *script);
void sh_script_drop(struct sh_script *script);

/* A text as the inside of double quotes, as prompts and PS4 are expanded, into an arena; NULL: no memory, or
 * it is wrong. */
struct sh_part *sh_parse_quoted(const char *text, size_t size, uint32_t line, struct arena *arena);
/* A text as a subscript, in which quotes count. */
struct sh_part *sh_parse_subscript(const char *text, size_t size, struct arena *arena);
/* A text as an ordinary word. */
struct sh_word *sh_parse_word_text(const char *text, size_t size, const struct sh_dialect *dialect,
                                   struct arena *arena);

/* FNV-1a, 32 bits (G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, draft-eastlake-fnv-17, 2019): of names. */
static inline uint32_t sh_hash(const char *name, size_t length)
{
    uint32_t hash = 2166136261u;
    while (length--) hash = (hash ^ (unsigned char)*name++) * 16777619u;
    return hash;
}

bool sh_is_name(const char *text, size_t length);
/* Whether a command cannot begin with it as a plain word: "if", "{", "!" and so on. */
bool sh_is_keyword(const char *text, size_t length);

#endif
