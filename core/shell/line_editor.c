/* line_editor.c: from bytes to functions: keys that are whole, arguments, macros, pastes. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "shell/line_editor_internal.h"

/* --- life --- */

struct sh_editor *sh_editor_new(void)
{
    struct sh_editor *editor = calloc(1, sizeof *editor);

    if (editor == NULL) return NULL;
    editor->columns = 80;
    editor->rows = 24;
    return editor;
}

void sh_editor_free(struct sh_editor *editor)
{
    size_t i;

    if (editor == NULL) return;
    struct buffer *const buffers[] = {
        &editor->line,    &editor->typed,  &editor->keys,        &editor->macro,       &editor->macro_before,
        &editor->command, &editor->stash,  &editor->search,      &editor->search_line, &editor->search_last,
        &editor->out,     &editor->prompt, &editor->prompt_head, &editor->shown,       &editor->shown_prompt};
    for (i = 0; i < sizeof buffers / sizeof buffers[0]; i++) buffer_free(buffers[i]);
    for (i = 0; i < KILL_RING; i++) buffer_free(&editor->kills[i]);
    editor_forget_undo(editor);
    sh_matches_free(&editor->list);
    free(editor);
}

static void take_history(struct sh_editor *editor, const struct sh_history *history)
{
    static const struct sh_history none = {.base = 1};
    editor->history = history ? history : &none;
}

static void set_prompt(struct sh_editor *editor, const char *prompt, size_t size)
{
    const char *newline = size ? memrchr(prompt, '\n', size) : NULL;
    size_t head = newline ? (size_t)(newline + 1 - prompt) : 0;

    buffer_clear(&editor->prompt_head);
    buffer_clear(&editor->prompt);
    buffer_put(&editor->prompt_head, prompt, head);
    buffer_put(&editor->prompt, prompt + head, size - head);
}

void sh_editor_begin(struct sh_editor *editor, const char *prompt, size_t size,
                     const struct sh_history *history, const struct sh_keymaps *keys)
{
    take_history(editor, history);
    editor->keymaps = keys;
    editor->map = keys ? keys->current : SH_MAP_EMACS;
    set_prompt(editor, prompt, size);
    buffer_clear(&editor->line);
    buffer_clear(&editor->stash);
    buffer_clear(&editor->keys);
    sh_matches_free(&editor->list);
    editor_forget_undo(editor);
    editor->point = editor->mark = 0;
    editor->at = editor->history->count;
    editor->mode = EDITOR_PLAIN;
    editor->overwrites = editor->has_argument = editor->repeated = false;
    editor->function = editor->before = SH_KEY_none;
    editor->next_entry = 0;
    editor->fresh = true;
    editor_redraw_here(editor);
}

void sh_editor_resume(struct sh_editor *editor, const struct sh_history *history,
                      const struct sh_keymaps *keys)
{
    take_history(editor, history);
    if (editor->at > editor->history->count) editor->at = editor->history->count;
    editor->keymaps = keys;
    editor->fresh = true;
    editor_redraw_here(editor);
}

void sh_editor_type(struct sh_editor *editor, const void *data, size_t size)
{
    buffer_put(&editor->typed, data, size);
    editor->macro_steps = 0;
}

struct buffer *sh_editor_output(struct sh_editor *editor)
{
    return &editor->out;
}

bool sh_editor_failed(const struct sh_editor *editor)
{
    return editor->line.failed || editor->typed.failed || editor->keys.failed || editor->prompt.failed ||
           editor->stash.failed;
}

const struct buffer *sh_editor_text(const struct sh_editor *editor)
{
    return &editor->line;
}

size_t sh_editor_point(const struct sh_editor *editor)
{
    return editor->point;
}

enum sh_key_function sh_editor_function(const struct sh_editor *editor)
{
    return editor->function;
}

const struct buffer *sh_editor_command(const struct sh_editor *editor)
{
    return &editor->command;
}

uint64_t sh_editor_next_entry(const struct sh_editor *editor)
{
    return editor->next_entry;
}

void sh_editor_begin_with(struct sh_editor *editor, const struct sh_history *history, uint64_t number)
{
    const struct sh_history_entry *entry;

    if (history == NULL || number < history->base || number - history->base >= history->count) return;
    editor->at = (size_t)(number - history->base);
    entry = &history->entries[editor->at];
    buffer_put(&editor->line, entry->text, entry->size);
    editor->point = editor->line.size;
}

void sh_editor_set(struct sh_editor *editor, const char *text, size_t size, size_t point)
{
    editor_remember(editor, false);
    buffer_clear(&editor->line);
    buffer_put(&editor->line, text, size);
    editor->point = point < editor->line.size ? point : editor->line.size;
}

void editor_bell(struct sh_editor *editor)
{
    if (strcmp(sh_line_variable(editor->keymaps, "bell-style"), "none") != 0)
        buffer_put_byte(&editor->out, '\a');
}

int editor_count(const struct sh_editor *editor)
{
    int count = editor->argument;

    if (!editor->has_argument) return 1;
    return editor->negative ? -(count ? count : 1) : count;
}

void editor_finish(struct sh_editor *editor, enum sh_editor_event event)
{
    editor->event = event;
}

/* --- functions that are about the editor itself --- */

static void accept_line(struct sh_editor *editor, int count)
{
    (void)count;
    editor_leave_line(editor, "");
    editor_finish(editor, SH_EDITOR_LINE);
}

static void ring(struct sh_editor *editor, int count)
{
    (void)count;
    editor_bell(editor);
}

static void start_recording(struct sh_editor *editor, int count)
{
    (void)count;
    buffer_clear(&editor->macro);
    editor->records = true;
}

static void end_recording(struct sh_editor *editor, int count)
{
    (void)count;
    editor->records = false;
    buffer_clear(&editor->macro_before);
    buffer_put(&editor->macro_before, editor->macro.data, editor->macro.size);
}

void editor_type_first(struct sh_editor *editor, const char *text, size_t size)
{
    struct buffer typed = {0};

    if (++editor->macro_steps > MACRO_STEPS_MAX || size > LINE_MAX_BYTES) {
        editor_bell(editor);
        return;
    }
    buffer_put(&typed, text, size);
    buffer_put(&typed, editor->typed.data, editor->typed.size);
    buffer_free(&editor->typed);
    editor->typed = typed;
}

static void replay(struct sh_editor *editor, int count)
{
    (void)count;
    if (editor->records || editor->macro_before.size == 0)
        editor_bell(editor);
    else
        editor_type_first(editor, editor->macro_before.data, editor->macro_before.size);
}

static void begin_paste(struct sh_editor *editor, int count)
{
    (void)count;
    editor->mode = EDITOR_PASTES;
    buffer_clear(&editor->keys);
}

static void ask(struct sh_editor *editor, int count)
{
    (void)count;
    editor_finish(editor, SH_EDITOR_ASKS);
}

static void complete(struct sh_editor *editor, int count)
{
    (void)count;
    if (sh_line_variable_is_on(editor->keymaps, "disable-completion"))
        editor_insert_typed(editor, "\t", 1);
    else
        editor_finish(editor, SH_EDITOR_COMPLETES);
}

static void delete_or_list(struct sh_editor *editor, int count)
{
    if (editor->point < editor->line.size) {
        editor_delete_char(editor, count);
        return;
    }
    editor->function = SH_KEY_possible_completions;
    complete(editor, count);
}

static void universal_argument(struct sh_editor *editor, int count)
{
    (void)count;
    editor->argument = editor->has_argument ? editor->argument * 4 : 4;
    if (editor->argument > ARGUMENT_MAX) editor->argument = ARGUMENT_MAX;
    editor->has_argument = true;
}

static void use_emacs(struct sh_editor *editor, int count)
{
    (void)count;
    editor->map = SH_MAP_EMACS;
}

editor_command *editor_find_command(enum sh_key_function function)
{
    static editor_command *const commands[SH_KEY_COUNT] = {
        [SH_KEY_abort] = ring,
        [SH_KEY_accept_line] = accept_line,
        [SH_KEY_start_kbd_macro] = start_recording,
        [SH_KEY_end_kbd_macro] = end_recording,
        [SH_KEY_call_last_kbd_macro] = replay,
        [SH_KEY_bracketed_paste_begin] = begin_paste,
        [SH_KEY_universal_argument] = universal_argument,
        [SH_KEY_emacs_editing_mode] = use_emacs,
        [SH_KEY_complete] = complete,
        [SH_KEY_complete_command] = complete,
        [SH_KEY_complete_filename] = complete,
        [SH_KEY_complete_variable] = complete,
        [SH_KEY_possible_completions] = complete,
        [SH_KEY_possible_command_completions] = complete,
        [SH_KEY_possible_filename_completions] = complete,
        [SH_KEY_possible_variable_completions] = complete,
        [SH_KEY_insert_completions] = complete,
        [SH_KEY_delete_char_or_list] = delete_or_list,
        [SH_KEY_display_shell_version] = ask,
        [SH_KEY_edit_and_execute_command] = ask,
        [SH_KEY_history_expand_line] = ask,
        [SH_KEY_magic_space] = ask,
        [SH_KEY_re_read_init_file] = ask,
        [SH_KEY_tilde_expand] = ask,
        [SH_KEY_beginning_of_line] = editor_beginning_of_line,
        [SH_KEY_end_of_line] = editor_end_of_line,
        [SH_KEY_forward_char] = editor_forward_char,
        [SH_KEY_forward_byte] = editor_forward_char,
        [SH_KEY_backward_char] = editor_backward_char,
        [SH_KEY_backward_byte] = editor_backward_char,
        [SH_KEY_forward_word] = editor_forward_word,
        [SH_KEY_backward_word] = editor_backward_word,
        [SH_KEY_shell_forward_word] = editor_shell_forward_word,
        [SH_KEY_shell_backward_word] = editor_shell_backward_word,
        [SH_KEY_previous_screen_line] = editor_previous_screen_line,
        [SH_KEY_next_screen_line] = editor_next_screen_line,
        [SH_KEY_delete_char] = editor_delete_char,
        [SH_KEY_backward_delete_char] = editor_backward_delete_char,
        [SH_KEY_transpose_chars] = editor_transpose_chars,
        [SH_KEY_transpose_words] = editor_transpose_words,
        [SH_KEY_upcase_word] = editor_upcase_word,
        [SH_KEY_downcase_word] = editor_downcase_word,
        [SH_KEY_capitalize_word] = editor_capitalize_word,
        [SH_KEY_overwrite_mode] = editor_overwrite_mode,
        [SH_KEY_set_mark] = editor_set_mark,
        [SH_KEY_exchange_point_and_mark] = editor_exchange_point_and_mark,
        [SH_KEY_delete_horizontal_space] = editor_delete_horizontal_space,
        [SH_KEY_insert_comment] = editor_insert_comment,
        [SH_KEY_character_search] = editor_character_search,
        [SH_KEY_character_search_backward] = editor_character_search_backward,
        [SH_KEY_quoted_insert] = editor_quoted_insert,
        [SH_KEY_tab_insert] = editor_tab_insert,
        [SH_KEY_kill_line] = editor_kill_line,
        [SH_KEY_backward_kill_line] = editor_backward_kill_line,
        [SH_KEY_kill_whole_line] = editor_kill_whole_line,
        [SH_KEY_unix_line_discard] = editor_unix_line_discard,
        [SH_KEY_kill_word] = editor_kill_word,
        [SH_KEY_backward_kill_word] = editor_backward_kill_word,
        [SH_KEY_shell_kill_word] = editor_shell_kill_word,
        [SH_KEY_shell_backward_kill_word] = editor_shell_backward_kill_word,
        [SH_KEY_unix_word_rubout] = editor_unix_word_rubout,
        [SH_KEY_unix_filename_rubout] = editor_unix_filename_rubout,
        [SH_KEY_kill_region] = editor_kill_region,
        [SH_KEY_copy_region_as_kill] = editor_copy_region,
        [SH_KEY_copy_forward_word] = editor_copy_forward_word,
        [SH_KEY_copy_backward_word] = editor_copy_backward_word,
        [SH_KEY_yank] = editor_yank,
        [SH_KEY_yank_pop] = editor_yank_pop,
        [SH_KEY_undo] = editor_undo,
        [SH_KEY_vi_undo] = editor_undo,
        [SH_KEY_revert_line] = editor_revert_line,
        [SH_KEY_previous_history] = editor_previous_history,
        [SH_KEY_next_history] = editor_next_history,
        [SH_KEY_beginning_of_history] = editor_beginning_of_history,
        [SH_KEY_end_of_history] = editor_end_of_history,
        [SH_KEY_history_search_backward] = editor_history_search_backward,
        [SH_KEY_history_search_forward] = editor_history_search_forward,
        [SH_KEY_history_substring_search_backward] = editor_history_search_backward,
        [SH_KEY_history_substring_search_forward] = editor_history_search_forward,
        [SH_KEY_reverse_search_history] = editor_reverse_search_history,
        [SH_KEY_forward_search_history] = editor_forward_search_history,
        [SH_KEY_non_incremental_reverse_search_history] = editor_search_plain_backward,
        [SH_KEY_non_incremental_forward_search_history] = editor_search_plain_forward,
        [SH_KEY_yank_last_arg] = editor_yank_last_arg,
        [SH_KEY_insert_last_argument] = editor_yank_last_arg,
        [SH_KEY_yank_nth_arg] = editor_yank_nth_arg,
        [SH_KEY_operate_and_get_next] = editor_operate_and_get_next,
        [SH_KEY_clear_screen] = editor_clear_screen,
        [SH_KEY_clear_display] = editor_clear_display,
        [SH_KEY_redraw_current_line] = editor_redraw_current_line,
    };

    return function < SH_KEY_COUNT ? commands[function] : NULL;
}

/* --- keys --- */

static void take_digit(struct sh_editor *editor, char byte)
{
    if (!editor->has_argument) {
        editor->has_argument = true;
        editor->negative = false;
        editor->argument = 0;
    }
    if (byte == '-')
        editor->negative = !editor->negative;
    else if (editor->argument < ARGUMENT_MAX)
        editor->argument = 10 * editor->argument + (byte - '0');
}

void editor_run(struct sh_editor *editor, enum sh_key_function function)
{
    editor_command *command = editor_find_command(function);
    bool argument = function == SH_KEY_digit_argument || function == SH_KEY_universal_argument;

    editor->function = function;
    if (function != SH_KEY_complete) editor->repeated = false;
    if (command)
        command(editor, editor_count(editor));
    else if (!argument)
        editor_bell(editor);
    if (!argument) editor->has_argument = editor->negative = false;
    editor->before = editor->function;
}

/* However often: one change, that is taken back at once. */
static void insert_repeatedly(struct sh_editor *editor, const char *text, size_t size)
{
    struct buffer repeated = {0};
    int count = editor_count(editor);

    editor->function = SH_KEY_self_insert;
    editor->repeated = false;
    if (count > 1 && (size_t)count * size > LINE_MAX_BYTES) count = 1;
    for (; count > 0; count--) buffer_put(&repeated, text, size);
    if (repeated.size) editor_insert_typed(editor, repeated.data, repeated.size);
    buffer_free(&repeated);
    editor->has_argument = editor->negative = false;
    editor->before = SH_KEY_self_insert;
}

static void run_binding(struct sh_editor *editor, const struct sh_binding *binding)
{
    char last = (char)(binding->size ? binding->keys[binding->size - 1] : '\0');

    if (editor->records && binding->function != SH_KEY_end_kbd_macro)
        buffer_put(&editor->macro, binding->keys, binding->size);
    buffer_clear(&editor->keys);
    if (binding->kind == SH_BOUND_MACRO) {
        editor_type_first(editor, binding->text, binding->text_size);
    } else if (binding->kind == SH_BOUND_COMMAND) {
        buffer_clear(&editor->command);
        buffer_put(&editor->command, binding->text, binding->text_size);
        editor_finish(editor, SH_EDITOR_RUNS);
    } else if (binding->function == SH_KEY_self_insert) {
        insert_repeatedly(editor, &last, 1);
    } else if (binding->function == SH_KEY_delete_char && last == CONTROL_D && editor->line.size == 0 &&
               editor->before != SH_KEY_delete_char) {
        editor_finish(editor, SH_EDITOR_END);
    } else {
        if (binding->function == SH_KEY_digit_argument) take_digit(editor, last);
        editor_run(editor, binding->function);
    }
}

/* Escape sequences of terminals that mean nothing to us are to vanish as a whole (ECMA-48, 5.4). */
static bool is_unfinished_sequence(const struct buffer *keys)
{
    unsigned char last = (unsigned char)keys->data[keys->size - 1];

    if (keys->size >= SH_KEYS_MAX || keys->size < 2 || keys->data[0] != ESCAPE) return false;
    return keys->data[1] == '[' && (keys->size == 2 || (last >= 0x20 && last < 0x40));
}

/* M-F is M-f when it is nothing else. */
static bool is_upper(const struct buffer *keys)
{
    char last = keys->data[keys->size - 1];
    return keys->size > 1 && last >= 'A' && last <= 'Z';
}

/* No binding begins so: a shorter one may have been meant, and what follows was typed behind it. */
static void take_unknown(struct sh_editor *editor)
{
    struct buffer *keys = &editor->keys;
    struct sh_binding binding;
    size_t size;
    bool longer;

    if (is_unfinished_sequence(keys)) return;
    if (is_upper(keys)) {
        keys->data[keys->size - 1] = (char)(keys->data[keys->size - 1] + 32);
        if (sh_keys_find(editor->keymaps, editor->map, keys->data, keys->size, &binding, &longer) ==
            SH_KEYS_BOUND) {
            run_binding(editor, &binding);
            return;
        }
    }
    for (size = keys->size - 1; size; size--) {
        struct buffer rest = {0};
        if (sh_keys_find(editor->keymaps, editor->map, keys->data, size, &binding, &longer) != SH_KEYS_BOUND)
            continue;
        buffer_put(&rest, keys->data + size, keys->size - size);
        run_binding(editor, &binding);
        editor_type_first(editor, buffer_string(&rest), rest.size);
        buffer_free(&rest);
        return;
    }
    if (keys->size < 3 && keys->data[0] != 26 && keys->data[0] != 28) editor_bell(editor);
    buffer_clear(keys);
}

static void take_key(struct sh_editor *editor, char byte)
{
    struct sh_binding binding;
    enum sh_key_match match;
    bool longer;

    if (editor->has_argument && editor->keys.size == 0 && byte >= '0' && byte <= '9') {
        take_digit(editor, byte);
        return;
    }
    buffer_put_byte(&editor->keys, byte);
    if (editor->keys.failed) return;
    match =
        sh_keys_find(editor->keymaps, editor->map, editor->keys.data, editor->keys.size, &binding, &longer);
    if (longer) return;
    if (match == SH_KEYS_BOUND)
        run_binding(editor, &binding);
    else
        take_unknown(editor);
}

/* A paste stands between ESC [ 200 ~ and ESC [ 201 ~ (xterm, "Bracketed Paste Mode"). */
static void take_pasted(struct sh_editor *editor, char byte)
{
    static const char end[] = "\033[201~";
    size_t length = sizeof end - 1;
    struct buffer *keys = &editor->keys;

    buffer_put_byte(keys, (char)(byte == '\r' ? '\n' : byte));
    if (keys->size < length || memcmp(keys->data + keys->size - length, end, length) != 0) return;
    editor->mode = EDITOR_PLAIN;
    editor_remember(editor, false);
    editor->function = SH_KEY_bracketed_paste_begin;
    if (editor->line.size + keys->size > LINE_MAX_BYTES)
        editor_bell(editor);
    else
        editor_replace(editor, editor->point, editor->point, keys->data, keys->size - length);
    editor->mark = editor->point;
    editor->before = editor->function;
    buffer_clear(keys);
}

static void interrupt(struct sh_editor *editor)
{
    if (editor->mode != EDITOR_QUERIES) editor->mode = EDITOR_PLAIN;
    editor_leave_line(editor, "^C");
    editor->mode = EDITOR_PLAIN;
    editor_finish(editor, SH_EDITOR_INTERRUPTED);
}

static void take_byte(struct sh_editor *editor, char byte)
{
    if (byte == CONTROL_C && editor->mode != EDITOR_QUOTES) {
        interrupt(editor);
        return;
    }
    switch (editor->mode) {
    case EDITOR_QUOTES:
        editor->mode = EDITOR_PLAIN;
        insert_repeatedly(editor, &byte, 1);
        break;
    case EDITOR_FINDS:
        editor->mode = EDITOR_PLAIN;
        editor_find_byte(editor, byte);
        break;
    case EDITOR_PASTES:
        take_pasted(editor, byte);
        break;
    case EDITOR_SEARCHES:
        editor_search_byte(editor, byte);
        break;
    case EDITOR_READS:
        editor_read_byte(editor, byte);
        break;
    case EDITOR_QUERIES:
        editor_answer(editor, byte);
        break;
    default:
        take_key(editor, byte);
        break;
    }
}

enum sh_editor_event sh_editor_step(struct sh_editor *editor)
{
    editor->event = SH_EDITOR_WAITS;
    while (editor->typed.size && editor->event == SH_EDITOR_WAITS && !sh_editor_failed(editor)) {
        char byte = editor->typed.data[0];
        buffer_consume(&editor->typed, 1);
        take_byte(editor, byte);
    }
    return editor->event;
}
