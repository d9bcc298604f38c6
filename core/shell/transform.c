#include "shell/transform.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/letters.h"
#include "base/utf8.h"
#include "shell/parameter.h"
#include "shell/prompt.h"
#include "shell/quote.h"

#define PIECE 4096u /* bytes from one look at the turn to the next */

/* --- # ## % %% / // ^ ^^ , ,, ~ ~~ --- */

static unsigned pattern_flags(const struct shell *shell, bool replaces)
{
    return (sh_shopt(shell, SH_SHOPT_EXTGLOB) ? SH_PATTERN_EXTGLOB : 0) |
           (replaces && sh_shopt(shell, SH_SHOPT_NOCASEMATCH) ? SH_PATTERN_NOCASE : 0);
}

/* The text of a replacement, and which of its bytes stand for what matched. */
static int prepare_replacement(struct shell *shell, const struct sh_output *operand, struct sh_change *change)
{
    struct sh_text text = {.arena = &shell->process->arena};
    size_t at = 0, i;

    /* A break between fields becomes a letter. */
    change->matched = arena_zero(&shell->process->arena, operand->text.size + operand->count + 1);
    if (change->matched == NULL) return UMBRA_ENOMEM;
    for (i = 0; i < operand->count; i++) {
        bool plain = operand->runs[i].kind != SH_RUN_QUOTED && sh_shopt(shell, SH_SHOPT_PATSUB_REPLACEMENT);
        if (operand->runs[i].kind == SH_RUN_BREAK) sh_text_byte(&text, ' ');
        for (; at < operand->runs[i].end; at++) {
            char byte = operand->text.data[at];
            if (plain && byte == '\\' && at + 1 < operand->runs[i].end &&
                (operand->text.data[at + 1] == '&' || operand->text.data[at + 1] == '\\')) {
                sh_text_byte(&text, operand->text.data[++at]);
                continue;
            }
            if (plain && byte == '&') change->matched[text.size] = true;
            sh_text_byte(&text, byte);
        }
    }
    change->replacement = sh_text_get(&text);
    change->replacement_size = text.size;
    return shell->process->arena.failed ? UMBRA_ENOMEM : 0;
}

int sh_prepare_change(struct shell *shell, const struct sh_parameter *parameter, struct sh_output *operand,
                      struct sh_change *change)
{
    struct error error;
    const char *text;
    size_t size;
    int result;

    *change = (struct sh_change){.parameter = parameter};
    if (parameter->operator== SH_REPLACE &&(result = prepare_replacement(shell, &operand[2], change)) < 0)
        return result;
    if (parameter->word == NULL) return 0;
    text = sh_output_pattern(shell, &operand[1], &size);
    if (size == 0 && parameter->operator== SH_REPLACE) return 0; /* "$nothing" is as none */
    change->skips_empty = !parameter->which && *text != '*';
    result =
        sh_pattern_compile(&shell->process->arena, text, size,
                           pattern_flags(shell, parameter->operator== SH_REPLACE), &change->pattern, &error);
    if (result == UMBRA_ELIMIT) {
        sh_error(shell, "%s", error.message);
        sh_abort(shell, 1);
    }
    return result;
}

static int cut(struct shell *shell, const struct sh_change *change, struct sh_text_ref *text)
{
    struct arena *arena = &shell->process->arena;
    bool prefix = change->parameter->operator== SH_CUT_PREFIX, longest = change->parameter->doubled;
    size_t at = 0;
    int found;

    if (change->pattern == NULL) return 0;
    if (prefix)
        found = sh_pattern_prefix(change->pattern, text->data, text->size, longest, arena, &at);
    else
        found = sh_pattern_suffix(change->pattern, text->data, text->size, longest, arena, &at);
    if (found <= 0) return found;
    if (prefix)
        *text = (struct sh_text_ref){text->data + at, text->size - at};
    else
        text->size = at;
    return 0;
}

static void put_replacement(struct sh_text *out, const struct sh_change *change, const char *matched,
                            size_t size)
{
    size_t i;

    for (i = 0; i < change->replacement_size; i++)
        if (change->matched[i])
            sh_text_put(out, matched, size);
        else
            sh_text_byte(out, change->replacement[i]);
}

/* /# and /%: at the beginning or at the end only. */
static int find_anchored(struct shell *shell, const struct sh_change *change, const struct sh_text_ref *text,
                         struct sh_match *match)
{
    struct arena *arena = &shell->process->arena;

    match->start = 0;
    match->end = text->size;
    return change->parameter->which == '#'
               ? sh_pattern_prefix(change->pattern, text->data, text->size, true, arena, &match->end)
               : sh_pattern_suffix(change->pattern, text->data, text->size, true, arena, &match->start);
}

/* The character at *at, which goes behind it. */
static void put_next(struct sh_text *out, const struct sh_text_ref *text, size_t *at)
{
    size_t step = utf8_decode(text->data + *at, text->size - *at, NULL);

    if (step == 0) step = 1;
    sh_text_put(out, text->data + *at, step);
    *at += step;
}

/* What was made of the text takes its place. */
static void end_change(struct sh_change *change, struct sh_text_ref *text)
{
    *text = (struct sh_text_ref){(char *)(uintptr_t)sh_text_get(&change->out), change->out.size};
    change->out = (struct sh_text){0};
    change->at = change->from = 0;
}

static int find(struct shell *shell, struct sh_change *change, const struct sh_text_ref *text,
                struct sh_match *match)
{
    int found;

    if (change->parameter->which) return find_anchored(shell, change, text, match);
    for (;;) {
        size_t from = change->from;
        found = sh_pattern_search_some(change->pattern, text->data, text->size, &change->from, PIECE,
                                       &shell->process->arena, match);
        if (found != UMBRA_EAGAIN) return found;
        if (sh_turn_is_over(shell, change->from - from)) return found;
    }
}

/* ${x/#/y}: before it, ${x/%/y}: behind it. */
static void replace_nothing(struct sh_change *change, struct sh_text_ref *text)
{
    if (change->parameter->which == '#') put_replacement(&change->out, change, "", 0);
    sh_text_put(&change->out, text->data, text->size);
    if (change->parameter->which != '#') put_replacement(&change->out, change, "", 0);
    end_change(change, text);
}

static int replace(struct shell *shell, struct sh_change *change, struct sh_text_ref *text)
{
    struct sh_text *out = &change->out;
    struct sh_match match;
    int found;

    if (change->pattern == NULL && !change->parameter->which) return 0;
    out->arena = &shell->process->arena;
    if (change->pattern == NULL) {
        replace_nothing(change, text);
        return 0;
    }
    for (;;) {
        found = find(shell, change, text, &match);
        if (found < 0) return found;
        if (!found || (text->size == 0 && change->skips_empty)) break;
        sh_text_put(out, text->data + change->at, match.start - change->at);
        put_replacement(out, change, text->data + match.start, match.end - match.start);
        change->at = match.end;
        if (match.start == match.end && change->at < text->size && change->parameter->doubled)
            put_next(out, text, &change->at);
        change->from = change->at;
        if (!change->parameter->doubled || change->at >= text->size) break;
        if (sh_turn_is_over(shell, match.end - match.start + change->replacement_size + 8))
            return UMBRA_EAGAIN;
    }
    sh_text_put(out, text->data + change->at, text->size - change->at);
    end_change(change, text);
    return 0;
}

static void put_character(struct sh_text *out, uint32_t code)
{
    char text[4];
    sh_text_put(out, text, utf8_encode(code, text));
}

static uint32_t other_case(enum sh_parameter_operator operator, uint32_t code)
{
    if (operator== SH_UPPER) return letter_upper(code);
    if (operator== SH_LOWER) return letter_lower(code);
    return letter_is(code, LETTER_UPPER) ? letter_lower(code) : letter_upper(code);
}

static int change_character(struct shell *shell, struct sh_change *change, const struct sh_text_ref *text)
{
    const char *at = text->data + change->at;
    uint32_t code;
    size_t step = utf8_decode(at, text->size - change->at, &code);
    int matches = step && (change->at == 0 || change->parameter->doubled);

    if (step == 0) step = 1;
    if (matches && change->pattern) matches = sh_pattern_match(change->pattern, at, step, &shell->temporary);
    if (matches < 0) return matches;
    if (matches)
        put_character(&change->out, other_case(change->parameter->operator, code));
    else
        sh_text_put(&change->out, at, step);
    change->at += step;
    return 0;
}

static int change_case(struct shell *shell, struct sh_change *change, struct sh_text_ref *text)
{
    size_t end;
    int result;

    change->out.arena = &shell->process->arena;
    while (change->at < text->size) {
        end = text->size - change->at < PIECE ? text->size : change->at + PIECE;
        while (change->at < end)
            if ((result = change_character(shell, change, text)) < 0) return result;
        if (change->at < text->size && sh_turn_is_over(shell, PIECE)) return UMBRA_EAGAIN;
    }
    end_change(change, text);
    return 0;
}

int sh_change_text(struct shell *shell, struct sh_change *change, struct sh_text_ref *text)
{
    int result;

    switch (change->parameter->operator) {
    case SH_CUT_PREFIX:
    case SH_CUT_SUFFIX:
        result = cut(shell, change, text);
        break;
    case SH_REPLACE:
        result = replace(shell, change, text);
        break;
    default:
        result = change_case(shell, change, text);
        break;
    }
    return shell->process->arena.failed ? UMBRA_ENOMEM : result;
}

/* --- slices --- */

static int slice_text(struct sh_text_ref *text, int64_t offset, const int64_t *length)
{
    int64_t characters = (int64_t)sh_characters(text->data, text->size), end = characters;
    size_t first, last;

    if (offset < 0) offset += characters;
    if (offset < 0 || offset > characters) {
        text->size = 0;
        return 0;
    }
    if (length && *length < 0) end = characters + *length;
    if (length && *length < 0 && end < offset) return UMBRA_EINVAL;
    if (length && *length >= 0 && *length < characters - offset) end = offset + *length;
    first = sh_character_at(text->data, text->size, (uint64_t)offset);
    last = sh_character_at(text->data, text->size, (uint64_t)end);
    *text = (struct sh_text_ref){text->data + first, last - first};
    return 0;
}

static int slice_arguments(struct shell *shell, struct sh_slice_of *of, int64_t offset, int64_t left)
{
    size_t count = of->count + 1, i, first;
    struct sh_text_ref *items = arena_take(&shell->process->arena, count * sizeof *items);

    if (items == NULL) return UMBRA_ENOMEM;
    items[0] = (struct sh_text_ref){shell->name, strlen(shell->name)};
    for (i = 1; i < count; i++) items[i] = of->items[i - 1];
    if (offset < 0) offset += (int64_t)count;
    first = offset < 0 || (uint64_t)offset > count ? count : (size_t)offset;
    of->items = items + first;
    of->count = count - first;
    if ((uint64_t)left < of->count) of->count = (size_t)left;
    return 0;
}

int sh_slice(struct shell *shell, struct sh_slice_of *of, int64_t offset, const int64_t *length)
{
    size_t first = 0;

    if (!of->several) return of->count ? slice_text(&of->items[0], offset, length) : 0;
    if (length && *length < 0) return UMBRA_EINVAL;
    if (of->indexes == NULL) return slice_arguments(shell, of, offset, length ? *length : INT64_MAX);
    if (offset < 0 && of->count) offset += of->indexes[of->count - 1] + 1;
    if (offset < 0) first = of->count;
    while (first < of->count && of->indexes[first] < offset) first++;
    if (first) of->items += first;
    of->count -= first;
    if (length && (uint64_t)*length < of->count) of->count = (size_t)*length;
    return 0;
}

/* --- names and keys --- */

static int compare_texts(const struct sh_text_ref *a, const struct sh_text_ref *b)
{
    int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

static void sort_texts(struct sh_text_ref *items, size_t count)
{
    size_t i, j;

    for (i = 1; i < count; i++) {
        struct sh_text_ref item = items[i];
        for (j = i; j && compare_texts(&items[j - 1], &item) > 0; j--) items[j] = items[j - 1];
        items[j] = item;
    }
}

/* The keys from *at on. */
static int take_keys(struct shell *shell, const struct sh_variable *variable, size_t *at,
                     struct sh_text_ref *items, size_t *count)
{
    const struct sh_array_item *item;

    while ((item = sh_array_next(variable->array, at)) != NULL) {
        char digits[24];
        int size;
        if (item->key) {
            items[(*count)++] = (struct sh_text_ref){item->key, item->key_size};
        } else {
            size = snprintf(digits, sizeof digits, "%lld", (long long)item->index);
            items[*count].data = arena_copy(&shell->process->arena, digits, (size_t)size);
            if (items[*count].data == NULL) return UMBRA_ENOMEM;
            items[(*count)++].size = (size_t)size;
        }
        if (sh_turn_is_over(shell, 16)) return UMBRA_EAGAIN;
    }
    return 0;
}

static int collect_keys(struct shell *shell, const struct sh_variable *variable, size_t *at,
                        struct sh_text_ref **items, size_t *count)
{
    size_t most = sh_array_count(variable ? variable->array : NULL) + 1;

    if (*items == NULL) {
        *count = 0;
        *items = arena_take(&shell->process->arena, most * sizeof **items);
        if (*items == NULL) return UMBRA_ENOMEM;
    }
    if (variable == NULL) return 0;
    if (sh_is_array(variable)) return take_keys(shell, variable, at, *items, count);
    if (variable->attributes & SH_IS_SET) (*items)[(*count)++] = (struct sh_text_ref){"0", 1};
    return 0;
}

int sh_collect_names(struct shell *shell, const struct sh_parameter *parameter, size_t *at,
                     struct sh_text_ref **items, size_t *count)
{
    const struct sh_variables *variables = shell->variables;
    size_t i;

    if (parameter->operator== SH_KEYS)
        return collect_keys(shell, sh_find(shell, parameter->name, parameter->length, parameter->hash), at,
                            items, count);
    *count = 0;
    *items = arena_take(&shell->process->arena, (variables->count + 1) * sizeof **items);
    if (*items == NULL) return UMBRA_ENOMEM;
    for (i = 0; i < variables->bucket_count; i++) {
        const struct sh_variable *variable;
        for (variable = variables->buckets[i]; variable; variable = variable->next)
            if (variable->attributes & (SH_IS_SET | SH_DYNAMIC) && variable->length >= parameter->length &&
                memcmp(variable->name, parameter->name, parameter->length) == 0)
                (*items)[(*count)++] =
                    (struct sh_text_ref){(char *)(uintptr_t)variable->name, variable->length};
    }
    sort_texts(*items, *count);
    return 0;
}

/* --- @ --- */

void sh_put_attributes(struct buffer *out, const struct sh_variable *variable)
{
    static const struct {
        unsigned attribute;
        char letter;
    } letters[] = {{SH_INDEXED, 'a'},   {SH_ASSOCIATIVE, 'A'}, {SH_INTEGER, 'i'},  {SH_NAMEREF, 'n'},
                   {SH_READONLY, 'r'},  {SH_TRACED, 't'},      {SH_EXPORTED, 'x'}, {SH_CAPITAL, 'c'},
                   {SH_LOWERCASE, 'l'}, {SH_UPPERCASE, 'u'}};
    size_t i;

    for (i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (variable->attributes & letters[i].attribute) buffer_put_byte(out, letters[i].letter);
}

static void put_element(struct buffer *out, const struct sh_array_item *item)
{
    buffer_put_byte(out, '[');
    if (item->key)
        sh_quote(out, item->key, item->key_size, SH_QUOTE_KEY);
    else
        buffer_printf(out, "%lld", (long long)item->index);
    buffer_put_string(out, "]=");
    sh_quote(out, item->value.data, item->value.size, SH_QUOTE_DOUBLE);
}

bool sh_put_declaration_from(struct buffer *out, const struct sh_variable *variable, size_t *place,
                             size_t most)
{
    bool first = *place == 0;
    const struct sh_array_item *item;

    if (first) {
        buffer_put(out, variable->name, variable->length);
        if (!(variable->attributes & SH_IS_SET) && !(sh_is_array(variable) && variable->array)) return true;
        buffer_put_byte(out, '=');
        if (!sh_is_array(variable)) {
            sh_quote(out, variable->value.data, variable->value.size, SH_QUOTE_DOUBLE);
            return true;
        }
        buffer_put_byte(out, '(');
    }
    for (; (item = sh_array_next(variable->array, place)) != NULL; most--) {
        if (!first) buffer_put_byte(out, ' ');
        first = false;
        put_element(out, item);
        if (most == 1) return false;
    }
    if (variable->attributes & SH_ASSOCIATIVE && !first) buffer_put_byte(out, ' ');
    buffer_put_byte(out, ')');
    return true;
}

void sh_put_declaration(struct buffer *out, const struct sh_variable *variable)
{
    size_t place = 0;

    while (!sh_put_declaration_from(out, variable, &place, SIZE_MAX)) continue;
}

static int take_buffer(struct shell *shell, struct buffer *buffer, struct sh_text_ref *item)
{
    char *copy = buffer->failed ? NULL : arena_copy(&shell->process->arena, buffer->data, buffer->size);

    if (copy) *item = (struct sh_text_ref){copy, buffer->size};
    buffer_free(buffer);
    return copy ? 0 : UMBRA_ENOMEM;
}

static int transform_text(struct shell *shell, char which, struct sh_change *change, struct sh_text_ref *item)
{
    static const struct sh_parameter lower = {.operator= SH_LOWER, .doubled = true};
    static const struct sh_parameter upper = {.operator= SH_UPPER, .doubled = true};
    static const struct sh_parameter first = {.operator= SH_UPPER };
    struct buffer out = {0};

    switch (which) {
    case 'Q':
    case 'K':
    case 'k':
        sh_quote(&out, item->data, item->size, SH_QUOTE_SINGLE);
        return take_buffer(shell, &out, item);
    case 'E':
        sh_unescape(&out, item->data, item->size, SH_ESCAPES_DOLLAR);
        return take_buffer(shell, &out, item);
    case 'P':
        sh_expand_prompt(shell, item->data, item->size, &out);
        return take_buffer(shell, &out, item);
    default:
        change->parameter = which == 'L' ? &lower : which == 'U' ? &upper : &first;
        return change_case(shell, change, item);
    }
}

/* What belongs to the variable as a whole: its attributes, or a command that makes it anew. */
static int transform_variable(struct shell *shell, const struct sh_part *part,
                              const struct sh_variable *variable, struct sh_text_ref *items, size_t *count)
{
    const struct sh_parameter *parameter = part->of.parameter;
    struct buffer out = {0}, letters = {0};
    size_t i;

    sh_put_attributes(&letters, variable);
    if (letters.failed) return UMBRA_ENOMEM;
    if (parameter->which == 'a') {
        char *text = arena_copy(&shell->process->arena, buffer_string(&letters), letters.size);
        if (*count == 0) *count = 1;
        for (i = 0; text && i < *count; i++) items[i] = (struct sh_text_ref){text, letters.size};
        buffer_free(&letters);
        return text ? 0 : UMBRA_ENOMEM;
    }
    if (letters.size || sh_is_array(variable)) buffer_printf(&out, "declare -%s ", buffer_string(&letters));
    buffer_free(&letters);
    if (sh_is_array(variable)) {
        sh_put_declaration(&out, variable);
    } else {
        buffer_printf(&out, "%s=", variable->name);
        sh_quote(&out, variable->value.data, variable->value.size, SH_QUOTE_SINGLE);
    }
    *count = 1;
    return take_buffer(shell, &out, &items[0]);
}

/* key value key value of an array. */
static int list_pairs(struct shell *shell, const struct sh_variable *variable, bool quoted,
                      struct sh_text_ref *items, size_t *count)
{
    const struct sh_array_item *item;
    struct buffer out = {0};
    size_t at = 0;

    while ((item = sh_array_next(variable->array, &at)) != NULL) {
        if (out.size) buffer_put_byte(&out, ' ');
        if (item->key && quoted)
            sh_quote(&out, item->key, item->key_size, SH_QUOTE_KEY);
        else if (item->key)
            buffer_put(&out, item->key, item->key_size);
        else
            buffer_printf(&out, "%lld", (long long)item->index);
        buffer_put_byte(&out, ' ');
        sh_quote(&out, item->value.data, item->value.size, SH_QUOTE_DOUBLE);
    }
    *count = 1;
    return take_buffer(shell, &out, &items[0]);
}

int sh_transform(struct shell *shell, const struct sh_part *part, const char *name, size_t length,
                 struct sh_text_ref *items, size_t *count, bool several, struct sh_change *change,
                 size_t *next)
{
    const struct sh_parameter *parameter = part->of.parameter;
    const struct sh_variable *variable =
        sh_is_name(name, length) ? sh_find(shell, name, length, sh_hash(name, length)) : NULL;
    int result;

    if ((parameter->which == 'a' || parameter->which == 'A') && variable) {
        if (items == NULL && (items = arena_zero(&shell->process->arena, sizeof *items)) == NULL)
            return UMBRA_ENOMEM;
        if (*count == 0 && parameter->which == 'A' && !sh_is_array(variable)) return 0;
        return transform_variable(shell, part, variable, items, count);
    }
    if (parameter->which == 'a' || parameter->which == 'A') {
        *count = 0;
        return 0;
    }
    if ((parameter->which == 'K' || parameter->which == 'k') && several && variable &&
        sh_is_array(variable) && *count)
        return list_pairs(shell, variable, parameter->which == 'K', items, count);
    while (*next < *count) {
        result = transform_text(shell, parameter->which, change, &items[*next]);
        if (result < 0) return result;
        if (++*next < *count && sh_turn_is_over(shell, items[*next - 1].size + 16)) return UMBRA_EAGAIN;
    }
    return 0;
}
