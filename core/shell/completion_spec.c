/* completion_spec.c: what complete was told, and what a specification gives. */
#include "shell/completion.h"
#include <stdlib.h>

#include "shell/pattern.h"
#include "shell/program.h"
#include "shell/prompt.h"

/* --- the table --- */

static void give_text(struct sh_completion_spec *spec, char *text)
{
    if (text) memory_give(spec->account, text, strlen(text) + 1);
}

void sh_completion_spec_drop(struct sh_completion_spec *spec)
{
    size_t i;

    if (spec == NULL || --spec->references) return;
    give_text(spec, spec->name);
    for (i = 0; i < SH_TEXT_COUNT; i++) give_text(spec, spec->texts[i]);
    memory_give(spec->account, spec, sizeof *spec);
}

static bool copy_text(struct memory_account *account, const char *text, char **copy)
{
    size_t size = text ? strlen(text) + 1 : 0;

    *copy = NULL;
    if (text == NULL) return true;
    *copy = memory_take(account, size);
    if (*copy) memcpy(*copy, text, size);
    return *copy != NULL;
}

static struct sh_completion_spec *copy_spec(struct memory_account *account,
                                            const struct sh_completion_spec *from)
{
    struct sh_completion_spec *spec = memory_take(account, sizeof *spec);
    bool done;
    size_t i;

    if (spec == NULL) return NULL;
    *spec = (struct sh_completion_spec){.references = 1,
                                        .account = account,
                                        .place = from->place,
                                        .actions = from->actions,
                                        .options = from->options};
    done = copy_text(account, from->name ? from->name : "", &spec->name);
    for (i = 0; i < SH_TEXT_COUNT; i++) done = copy_text(account, from->texts[i], &spec->texts[i]) && done;
    if (done) return spec;
    sh_completion_spec_drop(spec);
    return NULL;
}

void sh_completions_drop(struct sh_completions *completions)
{
    size_t i;

    if (completions == NULL || --completions->references) return;
    for (i = 0; i < completions->count; i++) sh_completion_spec_drop(completions->items[i]);
    memory_give(completions->account, completions->items, completions->capacity * sizeof(void *));
    memory_give(completions->account, completions, sizeof *completions);
}

static bool grow(struct sh_completions *completions, size_t capacity)
{
    struct sh_completion_spec **items =
        memory_resize(completions->account, completions->items, completions->capacity * sizeof(void *),
                      capacity * sizeof(void *));

    if (items == NULL) return false;
    completions->items = items;
    completions->capacity = capacity;
    return true;
}

/* The table as this shell's own. */
static bool own(struct shell *shell)
{
    struct sh_completions *from = shell->completions, *copy;
    size_t i;

    if (from && from->references == 1) return true;
    copy = memory_take(&shell->kernel->account, sizeof *copy);
    if (copy == NULL) return false;
    *copy = (struct sh_completions){.references = 1, .account = &shell->kernel->account};
    if (from && !grow(copy, from->count + 8)) {
        memory_give(copy->account, copy, sizeof *copy);
        return false;
    }
    for (i = 0; from && i < from->count; i++) {
        copy->items[copy->count++] = from->items[i];
        from->items[i]->references++;
    }
    sh_completions_drop(from);
    shell->completions = copy;
    return true;
}

static size_t find(const struct sh_completions *completions, enum sh_completion_place place, const char *name)
{
    size_t i;

    for (i = 0; completions && i < completions->count; i++)
        if (completions->items[i]->place == place &&
            (place != SH_FOR_NAME || strcmp(completions->items[i]->name, name) == 0))
            break;
    return i;
}

struct sh_completion_spec *sh_completions_find(const struct shell *shell, enum sh_completion_place place,
                                               const char *name)
{
    size_t index = find(shell->completions, place, name);
    return shell->completions && index < shell->completions->count ? shell->completions->items[index] : NULL;
}

bool sh_completions_set(struct shell *shell, const struct sh_completion_spec *spec)
{
    struct sh_completion_spec *copy;
    size_t index;

    if (!own(shell)) return false;
    index = find(shell->completions, spec->place, spec->name);
    if (index == shell->completions->capacity && !grow(shell->completions, 2 * index + 8)) return false;
    copy = copy_spec(&shell->kernel->account, spec);
    if (copy == NULL) return false;
    if (index == shell->completions->count)
        shell->completions->count++;
    else
        sh_completion_spec_drop(shell->completions->items[index]);
    shell->completions->items[index] = copy;
    return true;
}

bool sh_completions_remove(struct shell *shell, enum sh_completion_place place, const char *name)
{
    struct sh_completions *completions;
    size_t index;

    if (sh_completions_find(shell, place, name) == NULL || !own(shell)) return false;
    completions = shell->completions;
    index = find(completions, place, name);
    sh_completion_spec_drop(completions->items[index]);
    completions->count--;
    memmove(completions->items + index, completions->items + index + 1,
            (completions->count - index) * sizeof(void *));
    return true;
}

/* --- what it gives --- */

static bool is_separator(struct sh_text_ref ifs, char byte)
{
    return ifs.data ? memchr(ifs.data, byte, ifs.size) != NULL : strchr(" \t\n", byte) != NULL;
}

/* The words of -W, split by IFS outside of quotes. */
static bool add_words(struct shell *shell, const char *list, const char *word, size_t size,
                      struct sh_matches *matches)
{
    struct sh_text_ref ifs = sh_get(shell, "IFS");
    struct buffer expanded = {0}, item = {0};
    bool done = true;
    size_t at = 0;

    if (strpbrk(list, "$`"))
        sh_expand_text(shell, list, strlen(list), &expanded);
    else
        buffer_put_string(&expanded, list);
    while (done && at < expanded.size) {
        size_t start;
        while (at < expanded.size && is_separator(ifs, expanded.data[at])) at++;
        for (start = at; at < expanded.size && !is_separator(ifs, expanded.data[at]); at++) {
            char quote = expanded.data[at];
            if (quote == '\\') at++;
            if (quote == '\'' || quote == '"') do
                    at++;
                while (at < expanded.size && expanded.data[at] != quote);
        }
        if (at > expanded.size) at = expanded.size;
        buffer_clear(&item);
        sh_unquote_word(expanded.data + start, at - start, &item);
        if (item.size && item.size >= size && memcmp(item.data, word, size) == 0)
            done = sh_matches_add(matches, item.data, item.size, ' ');
    }
    done = done && !expanded.failed && !item.failed;
    buffer_free(&expanded);
    buffer_free(&item);
    return done;
}

static bool add_glob(struct shell *shell, const char *pattern, struct sh_matches *matches)
{
    struct arena_mark place = arena_mark(&shell->process->arena);
    struct sh_fields fields = {0};
    bool any = false, done = true;
    size_t i;

    if (sh_glob(shell, pattern, strlen(pattern), &fields, &any) && any)
        for (i = 0; done && i < fields.count; i++)
            done = sh_matches_add(matches, fields.items[i], strlen(fields.items[i]), ' ');
    arena_release(&shell->process->arena, place);
    return done;
}

bool sh_generate(struct shell *shell, const struct sh_completion_spec *spec, const char *word, size_t size,
                 struct sh_matches *matches)
{
    unsigned action;

    for (action = 0; action < SH_COMPLETES_COUNT; action++)
        if (spec->actions >> action & 1 &&
            !sh_complete_action(shell, (enum sh_completion_action)action, word, size, matches))
            return false;
    if (spec->texts[SH_TEXT_GLOB] && !add_glob(shell, spec->texts[SH_TEXT_GLOB], matches)) return false;
    return spec->texts[SH_TEXT_WORDS] == NULL ||
           add_words(shell, spec->texts[SH_TEXT_WORDS], word, size, matches);
}

/* The pattern of -X with & replaced by the word. */
static struct sh_pattern *compile_filter(struct shell *shell, const char *filter, const char *word,
                                         size_t size)
{
    struct sh_pattern *pattern = NULL;
    struct buffer text = {0};
    struct error error;
    size_t i;

    for (i = 0; filter[i]; i++) {
        if (filter[i] == '\\' && filter[i + 1] == '&')
            buffer_put_byte(&text, filter[++i]);
        else if (filter[i] == '&')
            buffer_put(&text, word, size);
        else
            buffer_put_byte(&text, filter[i]);
    }
    if (text.failed || sh_pattern_compile(&shell->temporary, buffer_string(&text), text.size,
                                          SH_PATTERN_EXTGLOB, &pattern, &error) < 0)
        pattern = NULL;
    buffer_free(&text);
    return pattern;
}

static void filter_matches(struct shell *shell, const char *filter, const char *word, size_t size,
                           struct sh_matches *matches)
{
    struct arena_mark place = arena_mark(&shell->temporary);
    bool keeps = *filter == '!';
    struct sh_pattern *pattern = compile_filter(shell, filter + keeps, word, size);
    size_t i, kept = 0;

    for (i = 0; pattern && i < matches->count; i++) {
        struct sh_match_text *item = &matches->items[i];
        if ((sh_pattern_match(pattern, item->text, item->size, &shell->temporary) == 1) == keeps)
            matches->items[kept++] = *item;
        else
            free(item->text);
    }
    if (pattern) matches->count = kept;
    arena_release(&shell->temporary, place);
    shell->temporary.failed = false;
}

bool sh_trim_matches(struct shell *shell, const struct sh_completion_spec *spec, const char *word,
                     size_t size, struct sh_matches *matches)
{
    const char *prefix = spec->texts[SH_TEXT_PREFIX], *suffix = spec->texts[SH_TEXT_SUFFIX];
    size_t i;

    if (spec->texts[SH_TEXT_FILTER] && *spec->texts[SH_TEXT_FILTER])
        filter_matches(shell, spec->texts[SH_TEXT_FILTER], word, size, matches);
    for (i = 0; (prefix || suffix) && i < matches->count; i++) {
        struct buffer text = {0};
        buffer_put_string(&text, prefix ? prefix : "");
        buffer_put(&text, matches->items[i].text, matches->items[i].size);
        buffer_put_string(&text, suffix ? suffix : "");
        if (text.failed) {
            buffer_free(&text);
            return false;
        }
        free(matches->items[i].text);
        matches->items[i].size = text.size;
        matches->items[i].text = buffer_take(&text);
    }
    return true;
}
