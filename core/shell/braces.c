/* braces.c: which braces of a word are an expansion: those with a comma between, or with a sequence "a..b".
 * The others are letters. */
#include "shell/parser_internal.h"

#define OPEN_MAX 64 /* braces within one another; deeper ones are letters */

static bool is_integer(const char *text, size_t length)
{
    size_t i = length && (text[0] == '-' || text[0] == '+');

    if (i == length || length > 19) return false;
    for (; i < length; i++)
        if (text[i] < '0' || text[i] > '9') return false;
    return true;
}

static bool is_letter(const char *text, size_t length)
{
    return length == 1 && ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z'));
}

static size_t find_dots(const char *text, size_t from, size_t length)
{
    for (; from + 1 < length; from++)
        if (text[from] == '.' && text[from + 1] == '.') return from;
    return length;
}

/* "1..10", "a..e", "1..10..2". */
static bool is_sequence(const struct sh_part *part, const struct sh_part *close)
{
    size_t first, second, end;

    if (part == NULL || part->kind != SH_LITERAL || part->quoted || part->next != close) return false;
    first = find_dots(part->text, 0, part->size);
    if (first == part->size) return false;
    second = find_dots(part->text, first + 2, part->size);
    end = second == part->size ? part->size : second;
    if (second < part->size && !is_integer(part->text + second + 2, part->size - second - 2)) return false;
    return (is_integer(part->text, first) && is_integer(part->text + first + 2, end - first - 2)) ||
           (is_letter(part->text, first) && is_letter(part->text + first + 2, end - first - 2));
}

struct open_brace {
    struct sh_part *open;
    bool comma;
};

static bool is_brace(const struct sh_part *part)
{
    return part->kind == SH_BRACE_OPEN || part->kind == SH_BRACE_COMMA || part->kind == SH_BRACE_CLOSE;
}

/* text of an open brace marks it as one of an expansion while the word is looked over. */
static const char taken[] = "{";

static void mark(struct sh_word *word)
{
    struct open_brace stack[OPEN_MAX];
    size_t depth = 0, lost = 0;
    struct sh_part *part;

    for (part = word->parts; part; part = part->next) {
        if (part->kind == SH_BRACE_OPEN && depth == OPEN_MAX)
            lost++;
        else if (part->kind == SH_BRACE_OPEN)
            stack[depth++] = (struct open_brace){part, false};
        else if (part->kind == SH_BRACE_COMMA && depth && !lost)
            stack[depth - 1].comma = true;
        else if (part->kind == SH_BRACE_CLOSE && lost)
            lost--;
        else if (part->kind == SH_BRACE_CLOSE && depth) {
            struct open_brace *brace = &stack[--depth];
            if (!brace->comma && !is_sequence(brace->open->next, part)) continue;
            brace->open->text = part->text = taken;
            word->has_braces = true;
        }
    }
}

/* Commas count where the innermost brace that is open is taken; what is closed by nothing does not hide them.
 */
static void mark_commas(struct sh_word *word)
{
    struct sh_part *part;
    size_t depth = 0;

    for (part = word->parts; part; part = part->next) {
        if (part->kind == SH_BRACE_OPEN && part->text == taken) depth++;
        if (part->kind == SH_BRACE_CLOSE && part->text == taken) depth--;
        if (part->kind == SH_BRACE_COMMA && depth) part->text = taken;
    }
}

void sh_settle_braces(struct sh_parser *parser, struct sh_word *word)
{
    struct sh_part *part;
    bool any = false;

    (void)parser;
    for (part = word->parts; part; part = part->next) any |= is_brace(part);
    if (!any) return;
    mark(word);
    mark_commas(word);
    for (part = word->parts; part; part = part->next) {
        const char *letter = part->kind == SH_BRACE_OPEN ? "{" : part->kind == SH_BRACE_COMMA ? "," : "}";
        if (!is_brace(part) || part->text == taken) continue;
        part->kind = SH_LITERAL;
        part->text = letter;
        part->size = 1;
    }
}
