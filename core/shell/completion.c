/* completion.c: which word is meant, and what there is to complete it with. */
#include "shell/completion.h"

#include <stdio.h>
#include <strings.h>

#include "shell/jobs.h"
#include "shell/program.h"

/* --- words --- */

static bool is_reserved(const char *text, size_t size)
{
    static const char *const words[] = {"!",  "{",     "do",    "then", "else",  "elif",
                                        "if", "while", "until", "time", "coproc"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0) return true;
    return false;
}

static bool is_assignment(const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    return equals && equals > text && sh_is_name(text, (size_t)(equals - text));
}

static void begin_command(struct sh_completion_word *word, size_t at)
{
    word->is_command = true;
    word->is_file = false;
    word->command_start = at;
}

/* A word ended: what comes behind it is no command any more, unless it was none of the command itself. */
static void end_word(struct sh_completion_word *word, const char *line, size_t end)
{
    if (end == word->start) return;
    if (word->is_file) {
        word->is_file = false;
    } else if (word->is_command) {
        bool stays = is_reserved(line + word->start, end - word->start) ||
                     is_assignment(line + word->start, end - word->start);
        if (stays)
            word->command_start = end;
        else
            word->is_command = false;
    }
}

/* Where the next word begins. */
static void begin_word(struct sh_completion_word *word, size_t at)
{
    word->start = word->value_start = word->part_start = at;
}

/* A byte outside of quotes that ends a word; false: it does not. */
static bool take_separator(struct sh_completion_word *word, const char *line, size_t at)
{
    char byte = line[at];

    if (!strchr(" \t\n;|&()<>`", byte)) return false;
    end_word(word, line, at);
    if (strchr(" \t", byte)) {
        begin_word(word, at + 1);
        return true;
    }
    if (byte == '<' || byte == '>')
        word->is_file = true;
    else
        begin_command(word, at + 1);
    begin_word(word, at + 1);
    return true;
}

void sh_find_word(const char *line, size_t size, struct sh_completion_word *word)
{
    size_t at;

    *word = (struct sh_completion_word){.is_command = true};
    for (at = 0; at < size; at++) {
        char byte = line[at];
        if (word->quote) {
            if (byte == '\\' && word->quote == '"')
                at++;
            else if (byte == word->quote)
                word->quote = 0;
            else if (byte == '/')
                word->part_start = at + 1;
            if (byte == '(' && word->quote == '"' && at && line[at - 1] == '$') {
                begin_command(word, at + 1);
                begin_word(word, at + 1);
                word->quote = 0;
            }
            continue;
        }
        if (byte == '\\') {
            at++;
        } else if (byte == '\'' || byte == '"') {
            word->quote = byte;
            if (word->part_start == at) word->part_start = at + 1;
        } else if (byte == '/') {
            word->part_start = at + 1;
        } else if (byte == '=' || byte == ':') {
            word->value_start = word->part_start = at + 1;
        } else {
            take_separator(word, line, at);
        }
    }
    if (word->part_start > size) word->part_start = size;
}

void sh_unquote_word(const char *text, size_t size, struct buffer *out)
{
    char quote = 0;
    size_t i;

    for (i = 0; i < size; i++) {
        char byte = text[i];
        if (quote == 0 && (byte == '\'' || byte == '"')) {
            quote = byte;
        } else if (byte == quote) {
            quote = 0;
        } else if (byte == '\\' && quote != '\'' && i + 1 < size &&
                   (quote == 0 || strchr("\"\\$`", text[i + 1]))) {
            buffer_put_byte(out, text[++i]);
        } else {
            buffer_put_byte(out, byte);
        }
    }
}

/* --- names --- */

static bool add(struct sh_matches *matches, const char *name, const char *word, size_t size, char suffix)
{
    if (strncmp(name, word, size) != 0) return true;
    return sh_matches_add(matches, name, strlen(name), suffix);
}

static bool add_builtins(struct shell *shell, int enabled, const char *word, size_t size,
                         struct sh_matches *matches)
{
    const struct sh_builtin *builtin;
    size_t i;

    for (i = 0; (builtin = sh_builtin_at(i)) != NULL; i++) {
        if (enabled >= 0 && sh_builtin_is_enabled(shell, builtin) != (enabled != 0)) continue;
        if (!add(matches, builtin->name, word, size, ' ')) return false;
    }
    return true;
}

static bool add_keywords(const char *word, size_t size, struct sh_matches *matches)
{
    static const char *const keywords[] = {
        "!",   "[[",       "]]", "case", "coproc", "do",   "done", "elif",  "else",  "esac", "fi",
        "for", "function", "if", "in",   "select", "then", "time", "until", "while", "{",    "}"};
    size_t i;

    for (i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (!add(matches, keywords[i], word, size, ' ')) return false;
    return true;
}

static bool add_aliases(const struct shell *shell, const char *word, size_t size, struct sh_matches *matches)
{
    const struct sh_alias *alias;

    for (alias = shell->definitions->aliases; alias; alias = alias->next)
        if (!add(matches, alias->name, word, size, ' ')) return false;
    return true;
}

static bool add_functions(const struct shell *shell, const char *word, size_t size,
                          struct sh_matches *matches)
{
    const struct sh_function *function;

    for (function = shell->definitions->functions; function; function = function->next)
        if (!add(matches, function->name, word, size, ' ')) return false;
    return true;
}

static bool add_variables(const struct shell *shell, unsigned attributes, const char *word, size_t size,
                          struct sh_matches *matches)
{
    const struct sh_variable *variable;
    size_t i;

    for (i = 0; i < shell->variables->bucket_count; i++)
        for (variable = shell->variables->buckets[i]; variable; variable = variable->next) {
            if (attributes && !(variable->attributes & attributes)) continue;
            if (!add(matches, variable->name, word, size, ' ')) return false;
        }
    return true;
}

static bool add_jobs(const struct shell *shell, enum sh_completion_action action, const char *word,
                     size_t size, struct sh_matches *matches)
{
    const struct sh_job *job;

    for (job = shell->jobs; job; job = job->next) {
        enum sh_job_state state = sh_job_state(job);
        if ((action == SH_COMPLETES_RUNNING && state != SH_JOB_RUNNING) ||
            (action == SH_COMPLETES_STOPPED && state != SH_JOB_STOPPED) ||
            strncmp(job->text, word, size) != 0)
            continue;
        if (!sh_matches_add(matches, job->text, strcspn(job->text, " \t\n"), ' ')) return false;
    }
    return true;
}

static bool add_signals(const char *word, size_t size, struct sh_matches *matches)
{
    char name[24];
    int signal;

    for (signal = 1; signal <= K_SIGNAL_MAX; signal++) {
        if (k_signal_name(signal) == NULL) continue;
        snprintf(name, sizeof name, "SIG%s", k_signal_name(signal));
        if (!add(matches, name, word, size, ' ')) return false;
    }
    return true;
}

static bool add_options(bool shopts, const char *word, size_t size, struct sh_matches *matches)
{
#define SH_OPTION_NAME(id, letter, name) name,
#define SH_SHOPT_NAME(id, name, on)      name,
    static const char *const options[] = {SH_OPTIONS(SH_OPTION_NAME) NULL};
    static const char *const others[] = {SH_SHOPTS(SH_SHOPT_NAME) NULL};
#undef SH_OPTION_NAME
#undef SH_SHOPT_NAME
    const char *const *names = shopts ? others : options;

    for (; *names; names++)
        if (!add(matches, *names, word, size, ' ')) return false;
    return true;
}

static bool add_functions_of_keys(const char *word, size_t size, struct sh_matches *matches)
{
    size_t i;

    for (i = 1; sh_key_function_name((enum sh_key_function)i); i++)
        if (!add(matches, sh_key_function_name((enum sh_key_function)i), word, size, ' ')) return false;
    return true;
}

/* --- paths --- */

/* The directory that a word names, with ~ and $NAME replaced. */
static void put_directory(struct shell *shell, const char *text, size_t size, struct buffer *out)
{
    size_t at = 0;

    if (size && text[0] == '~' && (size == 1 || text[1] == '/')) {
        struct sh_text_ref home = sh_get(shell, "HOME");
        buffer_put(out, home.data, home.size);
        at = 1;
    }
    while (at < size) {
        size_t length = 0;
        bool braced = at + 1 < size && text[at + 1] == '{';
        if (text[at] == '$')
            while (at + 1 + braced + length < size && sh_is_name(text + at + 1 + braced, length + 1))
                length++;
        if (length == 0 || length >= 256) {
            buffer_put_byte(out, text[at++]);
            continue;
        }
        char name[256];
        memcpy(name, text + at + 1 + braced, length);
        name[length] = '\0';
        struct sh_text_ref value = sh_get(shell, name);
        buffer_put(out, value.data, value.size);
        at += 1 + length + (braced ? 2 : 0);
    }
}

static bool begins_with(const struct shell *shell, const char *name, const char *part, size_t size)
{
    bool ignores = sh_line_variable_is_on(shell->keymaps, "completion-ignore-case");
    return (ignores ? strncasecmp(name, part, size) : strncmp(name, part, size)) == 0;
}

static bool is_directory(const struct shell *shell, const char *directory, const char *name)
{
    struct buffer path = {0};
    struct k_stat stat = {0};

    buffer_printf(&path, "%s/%s", directory, name);
    if (path.failed || k_stat_path(shell->process, path.data, K_FOLLOW, &stat) < 0) stat.kind = K_FILE;
    buffer_free(&path);
    return stat.kind == K_DIRECTORY;
}

static bool add_path(const char *prefix, size_t prefix_size, const char *name, bool directory, bool whole,
                     struct sh_matches *matches)
{
    struct buffer text = {0};
    bool done;

    if (whole) buffer_put(&text, prefix, prefix_size);
    buffer_put_string(&text, name);
    done = !text.failed && sh_matches_add(matches, text.data, text.size, directory ? '/' : ' ');
    if (done && whole) matches->items[matches->count - 1].shown = prefix_size;
    if (done) matches->items[matches->count - 1].marked = directory;
    buffer_free(&text);
    return done;
}

bool sh_complete_paths(struct shell *shell, const char *word, size_t size, bool directories_only, bool whole,
                       struct sh_matches *matches)
{
    const char *slash = size ? memrchr(word, '/', size) : NULL;
    size_t prefix = slash ? (size_t)(slash + 1 - word) : 0, i;
    struct arena_mark place = arena_mark(&shell->temporary);
    bool hidden = sh_line_variable_is_on(shell->keymaps, "match-hidden-files"), done = true;
    struct buffer directory = {0};
    struct k_listing listing;

    put_directory(shell, word, prefix, &directory);
    if (directory.size == 0) buffer_put_string(&directory, ".");
    if (!directory.failed && k_list(shell->process, directory.data, &shell->temporary, &listing) == 0)
        for (i = 0; done && i < listing.count; i++) {
            const char *name = listing.names[i];
            bool is_one;
            if (!begins_with(shell, name, word + prefix, size - prefix)) continue;
            if (*name == '.' && prefix == size && !hidden) continue;
            is_one = is_directory(shell, directory.data, name);
            if (directories_only && !is_one) continue;
            done = add_path(word, prefix, name, is_one, whole, matches);
        }
    buffer_free(&directory);
    arena_release(&shell->temporary, place);
    shell->temporary.failed = false;
    return done;
}

/* Programs of PATH, and files that can be run when the word is a path. */
static bool add_programs(struct shell *shell, const char *word, size_t size, struct sh_matches *matches)
{
    struct sh_text_ref path = sh_get(shell, "PATH");
    size_t at, end, i;
    bool done = true;

    for (at = 0; done && path.data && at < path.size; at = end + 1) {
        const char *colon = memchr(path.data + at, ':', path.size - at);
        struct arena_mark place = arena_mark(&shell->temporary);
        struct k_listing listing;
        char *directory;
        end = colon ? (size_t)(colon - path.data) : path.size;
        directory = arena_copy(&shell->temporary, path.data + at, end - at);
        if (directory && *directory && k_list(shell->process, directory, &shell->temporary, &listing) == 0)
            for (i = 0; done && i < listing.count; i++)
                if (listing.kinds[i] != K_DIRECTORY) done = add(matches, listing.names[i], word, size, ' ');
        arena_release(&shell->temporary, place);
        shell->temporary.failed = false;
    }
    return done;
}

/* --- actions --- */

bool sh_complete_action(struct shell *shell, enum sh_completion_action action, const char *word, size_t size,
                        struct sh_matches *matches)
{
    switch (action) {
    case SH_COMPLETES_ALIAS:
        return add_aliases(shell, word, size, matches);
    case SH_COMPLETES_ARRAYVAR:
        return add_variables(shell, SH_INDEXED | SH_ASSOCIATIVE, word, size, matches);
    case SH_COMPLETES_BINDING:
        return add_functions_of_keys(word, size, matches);
    case SH_COMPLETES_BUILTIN:
    case SH_COMPLETES_HELPTOPIC:
        return add_builtins(shell, -1, word, size, matches);
    case SH_COMPLETES_COMMAND:
        return add_builtins(shell, 1, word, size, matches) && add_keywords(word, size, matches) &&
               add_aliases(shell, word, size, matches) && add_functions(shell, word, size, matches) &&
               add_programs(shell, word, size, matches);
    case SH_COMPLETES_DIRECTORY:
        return sh_complete_paths(shell, word, size, true, true, matches);
    case SH_COMPLETES_DISABLED:
        return add_builtins(shell, 0, word, size, matches);
    case SH_COMPLETES_ENABLED:
        return add_builtins(shell, 1, word, size, matches);
    case SH_COMPLETES_EXPORT:
        return add_variables(shell, SH_EXPORTED, word, size, matches);
    case SH_COMPLETES_FILE:
        return sh_complete_paths(shell, word, size, false, true, matches);
    case SH_COMPLETES_FUNCTION:
        return add_functions(shell, word, size, matches);
    case SH_COMPLETES_HOSTNAME:
        return add(matches, "localhost", word, size, ' ');
    case SH_COMPLETES_JOB:
    case SH_COMPLETES_RUNNING:
    case SH_COMPLETES_STOPPED:
        return add_jobs(shell, action, word, size, matches);
    case SH_COMPLETES_KEYWORD:
        return add_keywords(word, size, matches);
    case SH_COMPLETES_SETOPT:
        return add_options(false, word, size, matches);
    case SH_COMPLETES_SHOPT:
        return add_options(true, word, size, matches);
    case SH_COMPLETES_SIGNAL:
        return add_signals(word, size, matches);
    case SH_COMPLETES_USER:
        return add(matches, "user", word, size, ' ');
    case SH_COMPLETES_VARIABLE:
        return add_variables(shell, 0, word, size, matches);
    default: /* there are no groups and no services here */
        return true;
    }
}
