/* fields.c: splitting words into fields by IFS (POSIX.1-2017, XCU 2.6.5). */
#include "base/utf8.h"
#include "shell/expand.h"
#include "shell/pattern.h"

struct splitter {
    struct shell *shell;
    struct sh_fields *fields;
    struct sh_text_ref ifs;
    struct sh_text text;    /* of the field in hand */
    struct sh_text pattern; /* the same with quoted bytes escaped; only when it may be one */
    bool patterns;
    bool open;        /* there is a field in hand, maybe an empty one */
    bool after_blank; /* the last field was ended by a blank: one other delimiter may follow */
    bool failed;
};

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

static void end_field(struct splitter *splitter)
{
    struct shell *shell = splitter->shell;
    bool any = false;

    if (splitter->patterns && !sh_has(shell, SH_OPTION_NO_GLOB) &&
        sh_pattern_has_glob(sh_text_get(&splitter->pattern), splitter->pattern.size,
                            sh_shopt(shell, SH_SHOPT_EXTGLOB) ? SH_PATTERN_EXTGLOB : 0)) {
        if (!sh_glob(shell, sh_text_get(&splitter->pattern), splitter->pattern.size, splitter->fields, &any))
            splitter->failed = true;
        if (!any && !splitter->failed && sh_shopt(shell, SH_SHOPT_NULLGLOB)) any = true;
    }
    if (!any && !splitter->failed &&
        !sh_add_field(shell, splitter->fields, sh_text_get(&splitter->text), splitter->text.size))
        splitter->failed = true;
    splitter->text = splitter->pattern = (struct sh_text){.arena = &shell->process->arena};
    splitter->open = false;
}

static void put(struct splitter *splitter, char byte, bool quoted)
{
    sh_text_byte(&splitter->text, byte);
    if (!splitter->patterns) return;
    if (quoted && byte != '/') sh_text_byte(&splitter->pattern, '\\');
    sh_text_byte(&splitter->pattern, byte);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n';
}

/* Whether a character is one of IFS. */
static bool is_delimiter(const struct splitter *splitter, const char *character, size_t size)
{
    size_t at, step;

    if (size == 1) return memchr(splitter->ifs.data, *character, splitter->ifs.size) != NULL;
    for (at = 0; at < splitter->ifs.size; at += step ? step : 1) {
        step = utf8_decode(splitter->ifs.data + at, splitter->ifs.size - at, NULL);
        if (step == size && memcmp(splitter->ifs.data + at, character, size) == 0) return true;
    }
    return false;
}

static void split_character(struct splitter *splitter, const char *character, size_t size)
{
    bool delimiter = is_delimiter(splitter, character, size);
    char byte = *character;
    size_t i;

    if (!delimiter) {
        for (i = 0; i < size; i++) put(splitter, character[i], false);
        splitter->open = true;
        splitter->after_blank = false;
    } else if (is_blank(byte)) {
        if (splitter->open) {
            end_field(splitter);
            splitter->after_blank = true;
        }
    } else if (splitter->open) {
        end_field(splitter);
        splitter->after_blank = false;
    } else if (splitter->after_blank) {
        splitter->after_blank = false;
    } else {
        end_field(splitter); /* an empty one */
    }
}

static void take_run(struct splitter *splitter, enum sh_run_kind kind, const char *text, size_t size)
{
    size_t i, step;

    switch (kind) {
    case SH_RUN_BREAK:
        if (splitter->open) end_field(splitter);
        splitter->after_blank = false;
        break;
    case SH_RUN_SPLIT:
        for (i = 0; i < size && !splitter->failed; i += step) {
            step = (unsigned char)text[i] < 0x80 ? 1 : utf8_decode(text + i, size - i, NULL);
            if (step == 0) step = 1;
            split_character(splitter, text + i, step);
        }
        break;
    default:
        for (i = 0; i < size; i++) put(splitter, text[i], kind == SH_RUN_QUOTED);
        if (size || kind == SH_RUN_QUOTED) {
            splitter->open = true;
            splitter->after_blank = false;
        }
        break;
    }
}

/* Whether any unquoted byte may make it a pattern. */
static bool may_be_pattern(const struct sh_output *output)
{
    size_t i, at = 0;

    for (i = 0; i < output->count; at = output->runs[i++].end) {
        const char *text = sh_output_from(output, at);
        size_t size = output->runs[i].end - at, j;
        if (output->runs[i].kind == SH_RUN_QUOTED || size == 0) continue;
        for (j = 0; j < size; j++)
            if (text[j] == '*' || text[j] == '?' || text[j] == '[' || text[j] == '(') return true;
    }
    return false;
}

bool sh_make_fields(struct shell *shell, const struct sh_output *output, struct sh_fields *fields)
{
    struct splitter splitter = {.shell = shell, .fields = fields, .ifs = sh_get(shell, "IFS")};
    size_t i, at = 0;

    if (splitter.ifs.data == NULL) splitter.ifs = (struct sh_text_ref){" \t\n", 3};
    splitter.text.arena = splitter.pattern.arena = &shell->process->arena;
    splitter.patterns = may_be_pattern(output);
    for (i = 0; i < output->count && !splitter.failed; at = output->runs[i++].end)
        take_run(&splitter, output->runs[i].kind, sh_output_from(output, at), output->runs[i].end - at);
    if (splitter.open && !splitter.failed) end_field(&splitter);
    return !splitter.failed;
}
