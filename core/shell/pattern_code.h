/* pattern_code.h: what the parts of the pattern matcher share. A pattern is a row of instructions, each for
 * one character or one star; patterns with groups also branch, and are followed as non-deterministic
 * automata. */
#ifndef UMBRA_SHELL_PATTERN_CODE_H
#define UMBRA_SHELL_PATTERN_CODE_H

#include "shell/pattern.h"

#include "base/utf8.h"

enum pattern_op {
    PATTERN_LITERAL, /* well-formed UTF-8 at literal[from, from + size); not in patterns with groups */
    PATTERN_CHAR,    /* one character */
    PATTERN_ANY,     /* ? */
    PATTERN_SET,     /* [...] */
    PATTERN_STAR,    /* * */
    PATTERN_SPLIT,   /* goes on, and to target */
    PATTERN_JUMP,    /* to target */
    PATTERN_NOT, /* what follows, up to its PATTERN_END, must not match; goes to target behind any other text
                  */
    PATTERN_END,
};

/* A row of code points that belong to a set, both included. */
struct pattern_range {
    uint32_t first, last;
};

struct pattern_set {
    uint32_t ascii[4]; /* a bit for each of these; the rest is for others */
    bool negated;
    uint32_t classes; /* a bit for each enum letter_class */
    struct pattern_range *ranges;
    size_t count;
};

struct pattern_code {
    enum pattern_op op;
    uint32_t target;     /* SPLIT, JUMP, NOT */
    uint32_t code_point; /* CHAR; with NOCASE in lower case */
    size_t from, size;   /* LITERAL */
    const struct pattern_set *set;
};

struct sh_pattern {
    unsigned flags;
    bool has_groups, is_literal;
    size_t count;
    struct pattern_code *code; /* PATTERN_END is the last */
    char *literal;             /* the text without its backslashes */
    size_t literal_length;
};

/* A byte that is no UTF-8 is a character of its own, above all others. */
#define PATTERN_BYTE 0x110000u

static inline size_t pattern_decode(const char *text, size_t length, uint32_t *code_point)
{
    size_t size;

    if (*(const unsigned char *)text < 0x80) {
        *code_point = (unsigned char)*text;
        return 1;
    }
    size = utf8_decode(text, length, code_point);
    if (size) return size;
    *code_point = PATTERN_BYTE + *(const unsigned char *)text;
    return 1;
}

/* Whether the set has the character. */
bool pattern_set_has(const struct pattern_set *set, uint32_t code_point, bool ignore_case);

/* The size of the character at text[at] when the instruction (of the first four of one character, or a star)
 * takes it, 0 when not. There must be one. */
size_t pattern_takes(const struct sh_pattern *pattern, const struct pattern_code *code, const char *text,
                     size_t length, size_t at);

/* Whether a star or "!(…)" may begin at text[at]: not at a dot that begins a component, not even to take
 * nothing. */
static inline bool pattern_may_begin(const struct sh_pattern *pattern, const char *text, size_t length,
                                     size_t at)
{
    if ((pattern->flags & (SH_PATTERN_PATH | SH_PATTERN_DOTGLOB)) != SH_PATTERN_PATH) return true;
    return at == length || text[at] != '.' || (at > 0 && text[at - 1] != '/');
}

/* Where a match may end: at `length` only, or the first or last place there is. */
enum pattern_goal { PATTERN_WHOLE, PATTERN_NEAREST, PATTERN_FARTHEST };

#define PATTERN_NOWHERE SIZE_MAX

/* A pattern without groups from text[at] on: where the match ends, or PATTERN_NOWHERE. *hopeless (may be
 * NULL): a later `at` will not match either. */
size_t pattern_plain_forward(const struct sh_pattern *pattern, const char *text, size_t length, size_t at,
                             enum pattern_goal goal, bool *hopeless);
/* The same from the end of the text backwards: where the match begins. */
size_t pattern_plain_backward(const struct sh_pattern *pattern, const char *text, size_t length,
                              enum pattern_goal goal);

/* What is looked for with groups. */
enum pattern_quest {
    QUEST_WHOLE,
    QUEST_SHORTEST_PREFIX,
    QUEST_LONGEST_PREFIX,
    QUEST_SHORTEST_SUFFIX,
    QUEST_LONGEST_SUFFIX,
    QUEST_SEARCH,
};

/* A pattern with groups from text[from] on. 1 with the match, 0, UMBRA_ENOMEM. */
int pattern_group_match(const struct sh_pattern *pattern, const char *text, size_t length, size_t from,
                        enum pattern_quest quest, struct arena *scratch, struct sh_match *match);

#endif
