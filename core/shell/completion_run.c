/* completion_run.c: completes the word before the cursor: as a specification has it, or the usual way. */
#include <stdio.h>
#include <stdlib.h>

#include "shell/completion.h"
#include "shell/dynamic.h"
#include "shell/interactive_internal.h"
#include "shell/program.h"
#include "shell/quote.h"

#define TRIES_MAX 8 /* functions that load a specification and ask for another look */

enum { BEGINS, CALLED };

void sh_completion_begin(struct shell *shell, struct sh_completion *completion, const char *line, size_t size,
                         size_t point, enum sh_key_function function)
{
    (void)shell;
    *completion = (struct sh_completion){.function = function, .point = point};
    buffer_put(&completion->line, line, size);
    sh_find_word(buffer_string(&completion->line), point, &completion->found);
}

static void let_go(struct shell *shell, struct sh_completion *completion)
{
    if (completion->marked) arena_release(&shell->process->arena, completion->place);
    completion->marked = false;
    sh_completion_spec_drop(completion->spec);
    completion->spec = NULL;
}

void sh_completion_end(struct shell *shell, struct sh_completion *completion)
{
    let_go(shell, completion);
    if (shell->interaction && shell->interaction->completing == completion)
        shell->interaction->completing = NULL;
    buffer_free(&completion->line);
    buffer_free(&completion->word);
    buffer_free(&completion->command);
    sh_matches_free(&completion->matches);
}

/* --- the usual way --- */

/* $NA, ${NA: where the name begins; false: it is no such word. */
static bool find_variable(const struct sh_completion *completion, size_t *start, bool *braced)
{
    const char *line = buffer_string(&completion->line);
    size_t at = completion->point;

    *start = at;
    *braced = false;
    if (completion->found.quote == '\'') return false;
    while (at > completion->found.start &&
           (line[at - 1] == '_' || (line[at - 1] >= '0' && line[at - 1] <= '9') ||
            ((line[at - 1] | 32) >= 'a' && (line[at - 1] | 32) <= 'z')))
        at--;
    *start = at;
    *braced = at >= completion->found.start + 2 && line[at - 1] == '{' && line[at - 2] == '$';
    return *braced || (at > completion->found.start && line[at - 1] == '$');
}

static void complete_variable(struct shell *shell, struct sh_completion *completion, size_t start,
                              bool braced)
{
    struct sh_matches *matches = &completion->matches;
    size_t i;

    matches->start = start;
    matches->end = completion->point;
    matches->plain = true;
    sh_complete_action(shell, SH_COMPLETES_VARIABLE, completion->line.data + start, completion->point - start,
                       matches);
    for (i = 0; i < matches->count; i++)
        matches->items[i].suffix = (char)(braced ? '}' : completion->found.quote ? '\0' : ' ');
}

static void complete_path(struct shell *shell, struct sh_completion *completion, size_t start)
{
    const char *line = buffer_string(&completion->line);
    struct sh_matches *matches = &completion->matches;
    size_t part = completion->found.part_start;

    buffer_clear(&completion->word);
    sh_unquote_word(line + start, completion->point - start, &completion->word);
    matches->start = part;
    matches->end = completion->point;
    matches->quote = completion->found.quote;
    matches->files = true;
    sh_complete_paths(shell, buffer_string(&completion->word), completion->word.size, false, false, matches);
}

/* Of paths, those that can be run, and directories. */
static void keep_runnable(struct shell *shell, struct sh_completion *completion)
{
    struct sh_matches *matches = &completion->matches;
    const char *word = buffer_string(&completion->word), *slash = strrchr(word, '/');
    size_t i, kept = 0;

    for (i = 0; i < matches->count; i++) {
        struct buffer path = {0};
        bool keeps = matches->items[i].suffix == '/';
        if (word[0] == '~' || strchr(word, '$')) keeps = true;
        buffer_put(&path, word, slash ? (size_t)(slash + 1 - word) : 0);
        buffer_put_string(&path, matches->items[i].text);
        keeps |= !path.failed && k_access(shell->process, path.data, 1) == 0;
        buffer_free(&path);
        if (keeps)
            matches->items[kept++] = matches->items[i];
        else
            free(matches->items[i].text);
    }
    matches->count = kept;
}

static void complete_command(struct shell *shell, struct sh_completion *completion)
{
    const char *line = buffer_string(&completion->line);
    size_t start = completion->found.start;
    struct sh_matches *matches = &completion->matches;

    buffer_clear(&completion->word);
    sh_unquote_word(line + start, completion->point - start, &completion->word);
    if (memchr(buffer_string(&completion->word), '/', completion->word.size) ||
        *buffer_string(&completion->word) == '~') {
        complete_path(shell, completion, start);
        keep_runnable(shell, completion);
        return;
    }
    if (completion->word.size == 0 && sh_shopt(shell, SH_SHOPT_NO_EMPTY_CMD_COMPLETION)) return;
    matches->start = start + (completion->found.quote ? 1 : 0);
    matches->end = completion->point;
    matches->quote = completion->found.quote;
    matches->files = true;
    sh_complete_action(shell, SH_COMPLETES_COMMAND, buffer_string(&completion->word), completion->word.size,
                       matches);
    if (matches->count) return;
    complete_path(shell, completion, start); /* directories that hold commands */
    keep_runnable(shell, completion);
}

static void complete_usually(struct shell *shell, struct sh_completion *completion)
{
    size_t start;
    bool braced, command = completion->found.is_command && !completion->found.is_file;

    switch (completion->function) {
    case SH_KEY_complete_command:
    case SH_KEY_possible_command_completions:
        complete_command(shell, completion);
        return;
    case SH_KEY_complete_filename:
    case SH_KEY_possible_filename_completions:
        complete_path(shell, completion, completion->found.value_start);
        return;
    case SH_KEY_complete_variable:
    case SH_KEY_possible_variable_completions:
        find_variable(completion, &start, &braced);
        complete_variable(shell, completion, start, braced);
        return;
    default:
        break;
    }
    if (find_variable(completion, &start, &braced))
        complete_variable(shell, completion, start, braced);
    else if (command && completion->found.value_start == completion->found.start)
        complete_command(shell, completion);
    else
        complete_path(shell, completion, completion->found.value_start);
}

/* --- by a specification --- */

static void find_spec(struct shell *shell, struct sh_completion *completion)
{
    const char *line = buffer_string(&completion->line);
    const struct sh_completion_word *found = &completion->found;
    const char *name, *slash;
    size_t start = 0, end = 0;

    let_go(shell, completion);
    if (shell->completions == NULL || !sh_shopt(shell, SH_SHOPT_PROGCOMP) || found->is_file) return;
    buffer_clear(&completion->command);
    if (sh_history_word(line + found->command_start, completion->point - found->command_start, 0, &start,
                        &end))
        sh_unquote_word(line + found->command_start + start, end - start, &completion->command);
    name = buffer_string(&completion->command);
    if (found->is_command) {
        completion->spec =
            sh_completions_find(shell, completion->point == found->start ? SH_FOR_EMPTY : SH_FOR_INITIAL, "");
    } else {
        completion->spec = sh_completions_find(shell, SH_FOR_NAME, name);
        slash = strrchr(name, '/');
        if (completion->spec == NULL && slash)
            completion->spec = sh_completions_find(shell, SH_FOR_NAME, slash + 1);
        if (completion->spec == NULL) completion->spec = sh_completions_find(shell, SH_FOR_DEFAULT, "");
    }
    if (completion->spec == NULL) return;
    completion->spec->references++;
    completion->options = completion->spec->options;
    completion->place = arena_mark(&shell->process->arena);
    completion->marked = true;
}

static bool set_words(struct shell *shell, struct sh_completion *completion, const char **previous)
{
    const char *line = completion->line.data + completion->found.command_start;
    size_t size = completion->line.size - completion->found.command_start, start, end, index;
    size_t point = completion->point - completion->found.command_start, cursor = 0;
    struct sh_variable *variable = sh_own(shell, "COMP_WORDS", strlen("COMP_WORDS"));
    char digits[24];
    bool at_word = false;

    *previous = "";
    if (variable == NULL) return false;
    sh_variable_clear(shell->variables, variable);
    if (!sh_make_array(shell, variable, SH_INDEXED)) return false;
    for (index = 0; sh_history_word(line, size, index, &start, &end); index++) {
        if (point < start && !at_word) break;
        if (!sh_array_set(shell->variables, variable, (int64_t)index, line + start, end - start, false))
            return false;
        if (point >= start && point <= end) {
            cursor = index;
            at_word = true;
        } else if (!at_word) {
            *previous = arena_copy(&shell->process->arena, line + start, end - start);
        }
    }
    if (!at_word) { /* an empty word is begun */
        cursor = index;
        if (!sh_array_set(shell->variables, variable, (int64_t)index, "", 0, false)) return false;
    }
    snprintf(digits, sizeof digits, "%zu", cursor);
    if (!sh_set_string(shell, "COMP_CWORD", digits)) return false;
    snprintf(digits, sizeof digits, "%zu", point);
    return sh_set_string(shell, "COMP_POINT", digits) && sh_set(shell, "COMP_LINE", line, size) &&
           sh_set_string(shell, "COMP_TYPE", "9") && sh_set_string(shell, "COMP_KEY", "9") && *previous;
}

/* A command is run so that what it writes becomes COMPREPLY. */
static bool run_command(struct shell *shell, const char *command, char *const *argv)
{
    struct sh_text text = {.arena = &shell->process->arena};
    struct buffer words = {0};
    int i;

    for (i = 0; i < 3; i++) {
        buffer_put_byte(&words, ' ');
        sh_quote(&words, argv[i], strlen(argv[i]), SH_QUOTE_SINGLE);
    }
    sh_text_string(&text, "mapfile -t COMPREPLY < <(export COMP_LINE COMP_POINT; ");
    sh_text_string(&text, command);
    sh_text_string(&text, buffer_string(&words));
    sh_text_string(&text, ")\n");
    buffer_free(&words);
    return text.data && sh_run_text(shell, text.data, text.size, 1, NULL);
}

/* Calls the function or command of a specification. False: it has none. */
static bool call(struct shell *shell, struct sh_completion *completion)
{
    const char *name = completion->spec->texts[SH_TEXT_FUNCTION];
    const char *command = completion->spec->texts[SH_TEXT_COMMAND], *previous;
    struct sh_function *function = name ? sh_find_function(shell, name) : NULL;
    struct arena *arena = &shell->process->arena;
    char **argv = arena_zero(arena, 5 * sizeof *argv);
    const char *line = buffer_string(&completion->line);
    size_t start = completion->found.value_start;

    if ((function == NULL && command == NULL) || argv == NULL || completion->line.data == NULL ||
        !set_words(shell, completion, &previous))
        return false;
    sh_unset_variable(shell, "COMPREPLY", strlen("COMPREPLY"));
    shell->status = 0;
    argv[0] = arena_copy(arena, buffer_string(&completion->command), completion->command.size);
    argv[1] = arena_copy(arena, line + start, completion->point - start);
    argv[2] = (char *)(uintptr_t)previous;
    if (argv[0] == NULL || argv[1] == NULL) return false;
    if (shell->interaction) shell->interaction->completing = completion;
    if (function == NULL) return run_command(shell, command, argv);
    argv[3] = argv[2];
    argv[2] = argv[1];
    argv[1] = argv[0];
    argv[0] = (char *)(uintptr_t)name;
    sh_run_function(shell, function, 4, argv);
    return true;
}

static void take_reply(struct shell *shell, struct sh_matches *matches)
{
    const struct sh_variable *reply = sh_find_name(shell, "COMPREPLY");
    struct sh_array_item *item;
    struct sh_text_ref text;
    size_t at = 0;

    if (reply == NULL) return;
    if (!sh_is_array(reply)) {
        text = sh_get(shell, "COMPREPLY");
        if (text.size) sh_matches_add(matches, text.data, text.size, ' ');
        return;
    }
    while ((item = sh_array_next(reply->array, &at)) != NULL)
        if (item->value.size) sh_matches_add(matches, item->value.data, item->value.size, ' ');
}

static bool has(const struct sh_completion *completion, enum sh_completion_option option)
{
    return (completion->options >> option & 1) != 0;
}

/* Paths get a slash or a blank, and only their last part is listed. */
static void mark_paths(struct shell *shell, struct sh_matches *matches)
{
    size_t i;

    for (i = 0; i < matches->count; i++) {
        struct sh_match_text *item = &matches->items[i];
        struct k_stat stat;
        const char *slash = strrchr(item->text, '/');
        if (slash && slash[1]) item->shown = (size_t)(slash + 1 - item->text);
        if (item->size && item->text[item->size - 1] == '/') {
            item->suffix = 0;
        } else if (k_stat_path(shell->process, item->text, K_FOLLOW, &stat) == 0 &&
                   stat.kind == K_DIRECTORY) {
            item->suffix = '/';
            item->marked = true;
        }
    }
}

static void finish_spec(struct shell *shell, struct sh_completion *completion)
{
    const struct sh_completion_spec *spec = completion->spec;
    struct sh_matches *matches = &completion->matches;
    uint32_t paths = 1u << SH_COMPLETES_FILE | 1u << SH_COMPLETES_DIRECTORY;
    const char *word = buffer_string(&completion->word);
    size_t i;

    sh_trim_matches(shell, spec, word, completion->word.size, matches);
    if (has(completion, SH_COMPLETION_PLUSDIRS) ||
        (matches->count == 0 && has(completion, SH_COMPLETION_DIRNAMES)))
        sh_complete_action(shell, SH_COMPLETES_DIRECTORY, word, completion->word.size, matches);
    matches->files = has(completion, SH_COMPLETION_FILENAMES) || spec->actions & paths ||
                     spec->texts[SH_TEXT_GLOB] != NULL || has(completion, SH_COMPLETION_PLUSDIRS) ||
                     has(completion, SH_COMPLETION_DIRNAMES);
    matches->plain = has(completion, SH_COMPLETION_NOQUOTE);
    matches->unsorted = has(completion, SH_COMPLETION_NOSORT);
    if (matches->files) mark_paths(shell, matches);
    for (i = 0; has(completion, SH_COMPLETION_NOSPACE) && i < matches->count; i++)
        if (matches->items[i].suffix == ' ') matches->items[i].suffix = 0;
    if (matches->count == 0 &&
        (has(completion, SH_COMPLETION_DEFAULT) || has(completion, SH_COMPLETION_BASHDEFAULT)))
        complete_usually(shell, completion);
}

static void begin_spec(struct sh_completion *completion)
{
    const char *line = buffer_string(&completion->line);
    size_t start = completion->found.value_start;

    buffer_clear(&completion->word);
    sh_unquote_word(line + start, completion->point - start, &completion->word);
    completion->matches.start = start + (completion->found.quote && start < completion->point &&
                                         line[start] == completion->found.quote);
    completion->matches.end = completion->point;
    completion->matches.quote = completion->found.quote;
}

static bool is_programmable(enum sh_key_function function)
{
    return function == SH_KEY_complete || function == SH_KEY_possible_completions ||
           function == SH_KEY_insert_completions;
}

enum sh_step sh_completion_run(struct shell *shell, struct sh_completion *completion)
{
    if (completion->stage == BEGINS) {
        if (is_programmable(completion->function)) find_spec(shell, completion);
        if (completion->spec) {
            begin_spec(completion);
            sh_generate(shell, completion->spec, buffer_string(&completion->word), completion->word.size,
                        &completion->matches);
            completion->stage = CALLED;
            if (call(shell, completion)) return SH_GOES_ON;
        }
    }
    if (completion->stage == CALLED) {
        if (shell->status == 124 && completion->spec->texts[SH_TEXT_FUNCTION] &&
            completion->tries++ < TRIES_MAX) {
            completion->stage = BEGINS;
            sh_matches_free(&completion->matches);
            return SH_GOES_ON;
        }
        if (completion->spec->texts[SH_TEXT_FUNCTION] || completion->spec->texts[SH_TEXT_COMMAND])
            take_reply(shell, &completion->matches);
        finish_spec(shell, completion);
    } else {
        complete_usually(shell, completion);
    }
    if (!completion->matches.unsorted) sh_matches_sort(&completion->matches);
    return SH_RETURNS;
}
