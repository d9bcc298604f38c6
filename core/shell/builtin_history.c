/* builtin_history.c: history and fc (bash 5.2 manual, "Bash History Builtins"; POSIX.1-2017 XCU, fc). */
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "shell/builtins.h"
#include "shell/interactive_internal.h"
#include "shell/program.h"
#include "shell/test_operators.h"

#define LISTED     16   /* entries that fc -l shows */
#define TIME_LIMIT 4096 /* bytes that HISTTIMEFORMAT may become */

static const struct sh_history *history_of(const struct shell *shell)
{
    static const struct sh_history none = {.base = 1};
    return shell->history ? shell->history : &none;
}

static bool own(struct shell *shell)
{
    if (!sh_history_own(&shell->history, &shell->kernel->account)) {
        sh_out_of_memory(shell);
        return false;
    }
    sh_history_apply_size(shell);
    return true;
}

/* Whether the command that runs is the last entry itself. */
static bool is_entered(const struct shell *shell)
{
    return shell->interaction && shell->subshells == 0 && shell->interaction->entered && shell->history &&
           shell->history->count;
}

static void remove_own_entry(struct shell *shell)
{
    if (!is_entered(shell) || !own(shell)) return;
    sh_history_remove(shell->history, shell->history->count - 1);
    shell->interaction->entered = false;
}

/* --- history --- */

static void put_time(struct shell *shell, int64_t time)
{
    struct sh_text_ref format = sh_get(shell, "HISTTIMEFORMAT"), zone_text = sh_get(shell, "TZ");
    struct calendar_zone zone;
    struct calendar_time broken;

    if (format.size == 0) return;
    if (time == 0) {
        buffer_put_string(&shell->output, "??");
        return;
    }
    calendar_zone_read(&zone, zone_text.data ? zone_text.data : "", zone_text.size);
    calendar_break(time, 0, &zone, &broken);
    calendar_format(&shell->output, format.data, format.size, &broken, TIME_LIMIT);
}

static enum sh_step list(struct shell *shell, const struct sh_builtin_call *call, int first)
{
    const struct sh_history *history = history_of(shell);
    int64_t wanted = INT64_MAX;
    size_t i;

    if (first < call->argc && (!sh_read_integer(call->argv[first], &wanted) || wanted < 0)) {
        sh_builtin_error(shell, "history", "%s: numeric argument required", call->argv[first]);
        shell->status = 1;
        return SH_RETURNS;
    }
    if (first + 1 < call->argc) {
        sh_builtin_error(shell, "history", "too many arguments");
        shell->status = 1;
        return SH_RETURNS;
    }
    i = (uint64_t)wanted < history->count ? history->count - (size_t)wanted : 0;
    for (; i < history->count; i++) {
        sh_print(shell, "%5llu  ", (unsigned long long)history->base + i);
        put_time(shell, history->entries[i].time);
        sh_put(shell, history->entries[i].text, history->entries[i].size);
        sh_print(shell, "\n");
    }
    return SH_RETURNS;
}

/* The index of an entry by its number, or counted from the end. */
static bool read_position(struct shell *shell, const char *text, size_t length, size_t *index)
{
    const struct sh_history *history = history_of(shell);
    char digits[24];
    int64_t number;

    if (length < sizeof digits) {
        memcpy(digits, text, length);
        digits[length] = '\0';
        if (sh_read_integer(digits, &number)) {
            if (number < 0) number += (int64_t)(history->base + history->count);
            if (number >= (int64_t)history->base && (uint64_t)number - history->base < history->count) {
                *index = (size_t)((uint64_t)number - history->base);
                return true;
            }
        }
    }
    sh_builtin_error(shell, "history", "%.*s: history position out of range", (int)length, text);
    return false;
}

static bool delete_range(struct shell *shell, const char *text)
{
    const char *dash = *text ? strchr(text + 1, '-') : NULL;
    size_t first, last;

    if (!read_position(shell, text, dash ? (size_t)(dash - text) : strlen(text), &first)) return false;
    last = first;
    if (dash && !read_position(shell, dash + 1, strlen(dash + 1), &last)) return false;
    if (last < first || !own(shell)) return false;
    for (; last + 1 > first; last--) {
        sh_history_remove(shell->history, last);
        if (last == 0) break;
    }
    return true;
}

static enum sh_step use_file(struct shell *shell, const struct sh_builtin_call *call, int first, char letter)
{
    static const struct {
        char letter;
        enum sh_history_file what;
    } uses[] = {{'a', SH_HISTORY_APPEND},
                {'n', SH_HISTORY_READ_NEW},
                {'r', SH_HISTORY_READ},
                {'w', SH_HISTORY_WRITE}};
    const char *path = first < call->argc ? call->argv[first] : NULL;
    size_t i;
    int result;

    for (i = 0; uses[i].letter != letter;) i++;
    if (path == NULL && !sh_history_has_file(shell)) return SH_RETURNS;
    result = sh_history_use_file(shell, uses[i].what, path);
    if (result == 0) return SH_RETURNS;
    sh_builtin_error(shell, "history", "%s: cannot %s: %s", path ? path : sh_get(shell, "HISTFILE").data,
                     letter == 'a' || letter == 'w' ? "write" : "read", k_error_text(result));
    shell->status = 1;
    return SH_RETURNS;
}

static enum sh_step expand_arguments(struct shell *shell, const struct sh_builtin_call *call, int first)
{
    struct sh_history_memory none = {0};
    int i;

    remove_own_entry(shell);
    for (i = first; i < call->argc; i++) {
        struct buffer out = {0};
        struct sh_history_memory *memory = shell->interaction ? &shell->interaction->memory : &none;
        switch (sh_history_expand(shell->history, memory, call->argv[i], strlen(call->argv[i]), 0, &out)) {
        case SH_HISTORY_SAME:
            sh_print(shell, "%s\n", call->argv[i]);
            break;
        case SH_HISTORY_WRONG:
            sh_builtin_error(shell, "history", "%s: history expansion failed", call->argv[i]);
            shell->status = 1;
            break;
        default:
            sh_print(shell, "%s\n", buffer_string(&out));
            break;
        }
        buffer_free(&out);
    }
    buffer_free(&none.search);
    buffer_free(&none.from);
    buffer_free(&none.to);
    return SH_RETURNS;
}

static enum sh_step store_arguments(struct shell *shell, const struct sh_builtin_call *call, int first)
{
    struct buffer text = {0};
    int i;

    if (first == call->argc) return SH_RETURNS;
    remove_own_entry(shell);
    for (i = first; i < call->argc; i++) {
        if (i > first) buffer_put_byte(&text, ' ');
        buffer_put_string(&text, call->argv[i]);
    }
    if (text.failed || !own(shell) ||
        !sh_history_add(shell->history, text.data, text.size, k_wall(shell->kernel) / 1000))
        sh_out_of_memory(shell);
    buffer_free(&text);
    return SH_RETURNS;
}

static enum sh_step run_history(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    const char *deleted = NULL;
    char file = 0, other = 0;
    bool clears = false;
    int letter;

    while ((letter = sh_next_option(shell, call, "acd:npsrw", &options)) != 0) {
        if (letter < 0) return SH_RETURNS;
        if (letter == 'c') clears = true;
        if (letter == 'd') deleted = options.value;
        if (letter == 'p' || letter == 's') other = (char)letter;
        if (strchr("anrw", letter)) {
            if (file && file != letter) {
                sh_builtin_error(shell, "history", "cannot use more than one of -anrw");
                shell->status = 1;
                return SH_RETURNS;
            }
            file = (char)letter;
        }
    }
    shell->status = 0;
    if (clears && own(shell)) {
        sh_history_clear(shell->history);
        if (shell->interaction) shell->interaction->entered = false;
    }
    if (other == 's') return store_arguments(shell, call, options.index);
    if (other == 'p') return expand_arguments(shell, call, options.index);
    if (deleted) {
        if (!delete_range(shell, deleted)) shell->status = 1;
        return SH_RETURNS;
    }
    if (file) return use_file(shell, call, options.index, file);
    return clears ? SH_RETURNS : list(shell, call, options.index);
}

/* --- fc --- */

struct fc {
    bool lists, plain, reverse, again;
    const char *editor;
    size_t first, last; /* entries */
    char *path;         /* of the file that is edited */
};

enum { FC_BEGINS, FC_EDITED, FC_RUN };

/* The entry of a number (negative: counted from the end) or of a text that it begins with. */
static bool find_entry(const struct sh_history *history, size_t count, const char *word, size_t *index)
{
    size_t length = strlen(word), i;
    int64_t number;

    if (sh_read_integer(word, &number)) {
        if (number <= 0)
            number += (int64_t)count - (number == 0);
        else
            number -= (int64_t)history->base;
        if (number < 0) number = 0;
        *index = (uint64_t)number < count ? (size_t)number : count - 1;
        return true;
    }
    for (i = count; i; i--)
        if (strncmp(history->entries[i - 1].text, word, length) == 0) {
            *index = i - 1;
            return true;
        }
    return false;
}

static enum sh_step fail_fc(struct shell *shell, const char *what)
{
    sh_builtin_error(shell, "fc", "%s", what);
    shell->status = 1;
    return SH_RETURNS;
}

static enum sh_step list_range(struct shell *shell, const struct fc *fc)
{
    const struct sh_history *history = history_of(shell);
    bool down = (fc->first > fc->last) != fc->reverse;
    size_t low = fc->first < fc->last ? fc->first : fc->last;
    size_t high = fc->first < fc->last ? fc->last : fc->first, i;

    for (i = 0; i <= high - low; i++) {
        size_t index = down ? high - i : low + i;
        if (!fc->plain) sh_print(shell, "%llu", (unsigned long long)history->base + index);
        sh_print(shell, "\t ");
        sh_put(shell, history->entries[index].text, history->entries[index].size);
        sh_print(shell, "\n");
    }
    return SH_RETURNS;
}

/* Runs a text as if it had been typed. */
static enum sh_step run_typed(struct shell *shell, const char *text, size_t size)
{
    char *copy;

    while (size && text[size - 1] == '\n') size--;
    copy = arena_copy(&shell->process->arena, text, size);
    if (copy == NULL) {
        sh_out_of_memory(shell);
        return SH_RETURNS;
    }
    buffer_put(&shell->errors, copy, size);
    buffer_put_byte(&shell->errors, '\n');
    if (size && own(shell)) sh_history_add(shell->history, copy, size, k_wall(shell->kernel) / 1000);
    sh_run_text(shell, copy, size, 1, NULL);
    return SH_GOES_ON;
}

/* fc -s old=new command */
static enum sh_step run_again(struct shell *shell, const struct sh_builtin_call *call, int first,
                              size_t count)
{
    const struct sh_history *history = history_of(shell);
    const char *equals = first < call->argc ? strchr(call->argv[first], '=') : NULL;
    const char *from = equals ? call->argv[first] : "", *at, *found;
    size_t length = equals ? (size_t)(equals - from) : 0, index = count - 1;
    struct buffer text = {0};
    enum sh_step step;

    if (equals) first++;
    if (first < call->argc && !find_entry(history, count, call->argv[first], &index))
        return fail_fc(shell, "no command found");
    at = history->entries[index].text;
    while (length && (found = memmem(at, strlen(at), from, length)) != NULL) {
        buffer_put(&text, at, (size_t)(found - at));
        buffer_put_string(&text, equals + 1);
        at = found + length;
    }
    buffer_put_string(&text, at);
    remove_own_entry(shell);
    step = run_typed(shell, buffer_string(&text), text.size);
    buffer_free(&text);
    return step;
}

static bool write_file(struct shell *shell, const char *path, const struct buffer *text)
{
    struct k_file *file;
    size_t done = 0;
    int64_t put = 0;
    int result = k_open_file(shell->process, path, FS_WRITE | FS_CREATE | FS_TRUNCATE, 0600, &file);

    if (result == 0) {
        while (done < text->size &&
               (put = file->kind->write(file, shell->process, text->data + done, text->size - done)) > 0)
            done += (size_t)put;
        k_drop(file);
    }
    if (result < 0 || put < 0)
        sh_builtin_error(shell, "fc", "%s: cannot open temp file: %s", path,
                         k_error_text(result < 0 ? result : (int)put));
    return result == 0 && put >= 0;
}

static const char *find_editor(struct shell *shell, const struct fc *fc)
{
    struct sh_text_ref value = sh_get(shell, "FCEDIT");

    if (fc->editor) return fc->editor;
    if (value.size == 0) value = sh_get(shell, "EDITOR");
    return value.size ? value.data : "vi";
}

static bool is_there(struct shell *shell, const char *command)
{
    size_t length = strcspn(command, " \t");
    struct buffer name = {0}, path = {0};
    bool found;

    buffer_put(&name, command, length);
    found = sh_find_function(shell, buffer_string(&name)) || sh_find_builtin(buffer_string(&name)) ||
            sh_find_in_path(shell, buffer_string(&name), false, &path);
    if (!found)
        sh_builtin_error(shell, "fc",
                         "there is no editor `%s' here: name one with -e or in FCEDIT, or use fc -s",
                         buffer_string(&name));
    buffer_free(&name);
    buffer_free(&path);
    return found;
}

static enum sh_step begin_editing(struct shell *shell, struct fc *fc)
{
    const struct sh_history *history = history_of(shell);
    const char *editor = find_editor(shell, fc);
    struct sh_text command = {.arena = &shell->process->arena};
    bool down = (fc->first > fc->last) != fc->reverse, written;
    size_t low = fc->first < fc->last ? fc->first : fc->last;
    size_t high = fc->first < fc->last ? fc->last : fc->first, i;
    struct buffer text = {0};
    char path[64];

    shell->status = 1;
    if (!is_there(shell, editor)) return SH_RETURNS;
    for (i = 0; i <= high - low; i++) {
        size_t index = down ? high - i : low + i;
        buffer_put(&text, history->entries[index].text, history->entries[index].size);
        buffer_put_byte(&text, '\n');
    }
    snprintf(path, sizeof path, "/tmp/bash-fc.%u", shell->process->id);
    fc->path = arena_copy(&shell->process->arena, path, strlen(path));
    written = fc->path && !text.failed && write_file(shell, path, &text);
    buffer_free(&text);
    if (!written) return SH_RETURNS;
    sh_text_string(&command, editor);
    sh_text_byte(&command, ' ');
    sh_text_string(&command, path);
    shell->status = 0;
    if (command.data) sh_run_text(shell, command.data, command.size, 1, NULL);
    return SH_GOES_ON;
}

static enum sh_step run_edited(struct shell *shell, const struct fc *fc)
{
    struct k_file *file;
    struct buffer text = {0};
    char bytes[4096];
    int64_t got = 0;
    enum sh_step step = SH_RETURNS;

    if (fc->path == NULL) return SH_RETURNS;
    if (shell->status == 0 && k_open_file(shell->process, fc->path, FS_READ, 0, &file) == 0) {
        while ((got = file->kind->read(file, shell->process, bytes, sizeof bytes)) > 0)
            buffer_put(&text, bytes, (size_t)got);
        k_drop(file);
        remove_own_entry(shell);
        step = run_typed(shell, buffer_string(&text), text.size);
    }
    k_unlink(shell->process, fc->path);
    buffer_free(&text);
    return step;
}

static bool read_fc_options(struct shell *shell, const struct sh_builtin_call *call, struct fc *fc,
                            int *first)
{
    struct sh_options options = {0};
    int letter;

    for (;;) {
        const char *word = options.at == 0 && (options.index ? options.index : 1) < call->argc
                               ? call->argv[options.index ? options.index : 1]
                               : "";
        if (word[0] == '-' && word[1] >= '0' && word[1] <= '9') { /* an entry, counted from the end */
            if (options.index == 0) options.index = 1;
            break;
        }
        letter = sh_next_option(shell, call, "e:lnrs", &options);
        if (letter == 0) break;
        if (letter < 0) return false;
        fc->lists |= letter == 'l';
        fc->plain |= letter == 'n';
        fc->reverse |= letter == 'r';
        fc->again |= letter == 's' || (letter == 'e' && strcmp(options.value, "-") == 0);
        if (letter == 'e') fc->editor = options.value;
    }
    *first = options.index;
    return true;
}

static enum sh_step begin_fc(struct shell *shell, struct sh_builtin_call *call, struct fc *fc)
{
    const struct sh_history *history = history_of(shell);
    size_t count = history->count - (is_entered(shell) ? 1 : 0);
    int first;

    if (!read_fc_options(shell, call, fc, &first)) return SH_RETURNS;
    shell->status = 0;
    if (count == 0) return fc->lists ? SH_RETURNS : fail_fc(shell, "no command found");
    if (fc->again && !fc->lists) return run_again(shell, call, first, count);
    fc->last = count - 1;
    fc->first = fc->lists && count > LISTED ? count - LISTED : fc->lists ? 0 : fc->last;
    if (first < call->argc && !find_entry(history, count, call->argv[first], &fc->first))
        return fail_fc(shell, "history specification out of range");
    if (first < call->argc && !fc->lists) fc->last = fc->first;
    if (first + 1 < call->argc && !find_entry(history, count, call->argv[first + 1], &fc->last))
        return fail_fc(shell, "history specification out of range");
    return fc->lists ? list_range(shell, fc) : begin_editing(shell, fc);
}

static enum sh_step run_fc(struct shell *shell, struct sh_builtin_call *call)
{
    struct fc *fc = call->state;

    if (call->stage == FC_BEGINS) return begin_fc(shell, call, fc);
    if (call->stage == FC_EDITED) return run_edited(shell, fc);
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_history = {
    .name = "history",
    .run = run_history,
    .usage = "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]"};
const struct sh_builtin sh_builtin_fc = {
    .name = "fc",
    .run = run_fc,
    .flags = SH_AGAIN,
    .state_size = sizeof(struct fc),
    .usage = "fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]"};
