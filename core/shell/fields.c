/* fields.c: splitting words into fields by IFS (POSIX.1-2017, XCU 2.6.5). */
#include "base/utf8.h"
#include "shell/expand.h"
#include "shell/pattern.h"

#define PIECE 4096u /* bytes from one look at the turn to the next */

bool sh_add_field(struct shell *shell, struct sh_fields *fields, const char *text, size_t size)
{
    struct arena *arena = &shell->process->arena;

    if (fields->count + 1 >= fields->capacity) { /* one more for a NULL at the end */
        size_t capacity = fields->capacity ? 2 * fields->capacity : 8;
        char **items =
            arena_grow(arena, fields->items, fields->capacity * sizeof *items, capacity * sizeof *items);
        if (items == NULL) {
            sh_out_of_memory(shell);
            return false;
        }
        fields->items = items;
        fields->capacity = capacity;
    }
    fields->items[fields->count] = arena_copy(arena, text, size);
    if (fields->items[fields->count] == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    fields->items[++fields->count] = NULL;
    return true;
}

/* False: no memory, or failglob; said. */
static bool end_field(struct shell *shell, struct sh_splitting *splitting)
{
    const char *pattern = sh_text_get(&splitting->pattern);
    bool any = false;

    if (splitting->patterns && !sh_has(shell, SH_OPTION_NO_GLOB) &&
        sh_pattern_has_glob(pattern, splitting->pattern.size,
                            sh_shopt(shell, SH_SHOPT_EXTGLOB) ? SH_PATTERN_EXTGLOB : 0)) {
        if (!sh_glob(shell, pattern, splitting->pattern.size, splitting->fields, &any)) return false;
        if (sh_shopt(shell, SH_SHOPT_NULLGLOB)) any = true;
    }
    if (!any && !sh_add_field(shell, splitting->fields, sh_text_get(&splitting->text), splitting->text.size))
        return false;
    splitting->text = splitting->pattern = (struct sh_text){.arena = &shell->process->arena};
    splitting->open = false;
    return true;
}

static void put(struct sh_splitting *splitting, char byte, bool quoted)
{
    sh_text_byte(&splitting->text, byte);
    if (!splitting->patterns) return;
    if (quoted && byte != '/') sh_text_byte(&splitting->pattern, '\\');
    sh_text_byte(&splitting->pattern, byte);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n';
}

/* Whether a character is one of IFS. */
static bool is_delimiter(const struct sh_splitting *splitting, const char *character, size_t size)
{
    size_t at, step;

    if (size == 1) return memchr(splitting->ifs.data, *character, splitting->ifs.size) != NULL;
    for (at = 0; at < splitting->ifs.size; at += step ? step : 1) {
        step = utf8_decode(splitting->ifs.data + at, splitting->ifs.size - at, NULL);
        if (step == size && memcmp(splitting->ifs.data + at, character, size) == 0) return true;
    }
    return false;
}

static bool split_character(struct shell *shell, struct sh_splitting *splitting, const char *character,
                            size_t size)
{
    bool delimiter = is_delimiter(splitting, character, size), blank = is_blank(*character);
    size_t i;

    if (!delimiter) {
        for (i = 0; i < size; i++) put(splitting, character[i], false);
        splitting->open = true;
        splitting->after_blank = false;
    } else if (blank) {
        if (!splitting->open) return true;
        splitting->after_blank = true;
        return end_field(shell, splitting);
    } else if (splitting->open) {
        splitting->after_blank = false;
        return end_field(shell, splitting);
    } else if (splitting->after_blank) {
        splitting->after_blank = false;
    } else {
        return end_field(shell, splitting); /* an empty one */
    }
    return true;
}

/* A piece of what came of an expansion, to `end` or a little behind it, within the text to `limit`. */
static bool split_piece(struct shell *shell, struct sh_splitting *splitting, const char *text, size_t end,
                        size_t limit)
{
    size_t step, fields = splitting->fields->count, at = splitting->at;

    for (; at < end; at += step) {
        step = (unsigned char)text[at] < 0x80 ? 1 : utf8_decode(text + at, limit - at, NULL);
        if (step == 0) step = 1;
        if (!split_character(shell, splitting, text + at, step)) return false;
    }
    sh_charge(shell, 16 * (splitting->fields->count - fields));
    splitting->at = at;
    return true;
}

static void put_piece(struct sh_splitting *splitting, enum sh_run_kind kind, const char *text, size_t end)
{
    for (; splitting->at < end; splitting->at++) put(splitting, text[splitting->at], kind == SH_RUN_QUOTED);
}

static void end_run(struct sh_splitting *splitting, enum sh_run_kind kind, size_t size)
{
    if (kind == SH_RUN_SPLIT || kind == SH_RUN_BREAK || (size == 0 && kind != SH_RUN_QUOTED)) return;
    splitting->open = true;
    splitting->after_blank = false;
}

/* The run that splitting is in, from where it is in that. */
static int take_run(struct shell *shell, struct sh_splitting *splitting)
{
    const struct sh_output *output = splitting->output;
    const struct sh_run *run = &output->runs[splitting->run];
    const char *text = sh_output_from(output, 0);
    size_t start = splitting->run ? run[-1].end : 0;

    if (run->kind == SH_RUN_BREAK) {
        if (splitting->open && !end_field(shell, splitting)) return UMBRA_EINVAL;
        splitting->after_blank = false;
    }
    while (splitting->at < run->end) {
        size_t piece = run->end - splitting->at < PIECE ? run->end - splitting->at : PIECE;
        if (run->kind != SH_RUN_SPLIT)
            put_piece(splitting, run->kind, text, splitting->at + piece);
        else if (!split_piece(shell, splitting, text, splitting->at + piece, run->end))
            return UMBRA_EINVAL;
        if (shell->process->arena.failed) {
            sh_out_of_memory(shell);
            return UMBRA_ENOMEM;
        }
        if (splitting->at < run->end && sh_turn_is_over(shell, piece)) return UMBRA_EAGAIN;
    }
    end_run(splitting, run->kind, run->end - start);
    return 0;
}

static bool has_pattern_byte(const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (text[i] == '*' || text[i] == '?' || text[i] == '[' || text[i] == '(') return true;
    return false;
}

/* Finds out whether any unquoted byte may make it a pattern. */
static int look_for_patterns(struct shell *shell, struct sh_splitting *splitting)
{
    const struct sh_output *output = splitting->output;

    for (; splitting->run < output->count && !splitting->patterns; splitting->run++) {
        const struct sh_run *run = &output->runs[splitting->run];
        while (splitting->at < run->end) {
            size_t piece = run->end - splitting->at < PIECE ? run->end - splitting->at : PIECE;
            if (run->kind != SH_RUN_QUOTED)
                splitting->patterns |= has_pattern_byte(sh_output_from(output, splitting->at), piece);
            splitting->at += piece;
            if (splitting->at < run->end && sh_turn_is_over(shell, piece / 4)) return UMBRA_EAGAIN;
        }
    }
    splitting->run = splitting->at = 0;
    splitting->looked = true;
    return 0;
}

int sh_split(struct shell *shell, struct sh_splitting *splitting)
{
    int result;

    if (!splitting->begun) {
        splitting->begun = true;
        splitting->ifs = sh_get(shell, "IFS");
        if (splitting->ifs.data == NULL) splitting->ifs = (struct sh_text_ref){" \t\n", 3};
        splitting->text.arena = splitting->pattern.arena = &shell->process->arena;
    }
    if (!splitting->looked && (result = look_for_patterns(shell, splitting)) < 0) return result;
    while (splitting->run < splitting->output->count) {
        result = take_run(shell, splitting);
        if (result < 0) return result;
        splitting->run++;
        if (splitting->run < splitting->output->count && sh_turn_is_over(shell, 4)) return UMBRA_EAGAIN;
    }
    return splitting->open && !end_field(shell, splitting) ? UMBRA_EINVAL : 0;
}
