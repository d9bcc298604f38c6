/* line_keys.c: the bindings of the beginning, and the table of those that a user made. */
#include "shell/line_keys.h"

#include <string.h>

static const char *const function_names[] = {NULL,
#define SH_KEY_NAME(id, name) name,
                                             SH_KEY_FUNCTIONS(SH_KEY_NAME)
#undef SH_KEY_NAME
};

struct usual {
    enum sh_key_function function;
    unsigned char size;
    char keys[7];
};

#define USUAL(id, text)                                                                                      \
    {                                                                                                        \
        SH_KEY_##id, sizeof(text) - 1, text                                                                  \
    }

/* What both families of keymaps have, which is what terminals send for keys without letters. */
#define USUAL_TERMINAL                                                                                       \
    USUAL(accept_line, "\n"), USUAL(accept_line, "\r"), USUAL(backward_char, "\033OD"),                      \
        USUAL(backward_char, "\033[D"), USUAL(forward_char, "\033OC"), USUAL(forward_char, "\033[C"),        \
        USUAL(previous_history, "\033OA"), USUAL(previous_history, "\033[A"), USUAL(next_history, "\033OB"), \
        USUAL(next_history, "\033[B"), USUAL(beginning_of_line, "\033OH"),                                   \
        USUAL(beginning_of_line, "\033[H"), USUAL(beginning_of_line, "\033[1~"),                             \
        USUAL(beginning_of_line, "\033[7~"), USUAL(end_of_line, "\033OF"), USUAL(end_of_line, "\033[F"),     \
        USUAL(end_of_line, "\033[4~"), USUAL(end_of_line, "\033[8~"), USUAL(delete_char, "\033[3~"),         \
        USUAL(overwrite_mode, "\033[2~"), USUAL(history_search_backward, "\033[5~"),                         \
        USUAL(history_search_forward, "\033[6~"), USUAL(bracketed_paste_begin, "\033[200~"),                 \
        USUAL(backward_word, "\033[1;3D"), USUAL(backward_word, "\033[1;5D"),                                \
        USUAL(forward_word, "\033[1;3C"), USUAL(forward_word, "\033[1;5C"), USUAL(kill_word, "\033[3;5~"),   \
        USUAL(quoted_insert, "\026"), USUAL(reverse_search_history, "\022"),                                 \
        USUAL(forward_search_history, "\023"), USUAL(transpose_chars, "\024"),                               \
        USUAL(unix_line_discard, "\025"), USUAL(yank, "\031")

static const struct usual emacs_keys[] = {
    USUAL_TERMINAL,
    USUAL(set_mark, "\0"),
    USUAL(beginning_of_line, "\001"),
    USUAL(backward_char, "\002"),
    USUAL(delete_char, "\004"),
    USUAL(end_of_line, "\005"),
    USUAL(forward_char, "\006"),
    USUAL(abort, "\007"),
    USUAL(backward_delete_char, "\b"),
    USUAL(complete, "\t"),
    USUAL(kill_line, "\013"),
    USUAL(clear_screen, "\014"),
    USUAL(next_history, "\016"),
    USUAL(operate_and_get_next, "\017"),
    USUAL(previous_history, "\020"),
    USUAL(quoted_insert, "\021"),
    USUAL(unix_word_rubout, "\027"),
    USUAL(abort, "\030\007"),
    USUAL(re_read_init_file, "\030\022"),
    USUAL(undo, "\030\025"),
    USUAL(display_shell_version, "\030\026"),
    USUAL(exchange_point_and_mark, "\030\030"),
    USUAL(edit_and_execute_command, "\030\005"),
    USUAL(possible_command_completions, "\030!"),
    USUAL(possible_variable_completions, "\030$"),
    USUAL(start_kbd_macro, "\030("),
    USUAL(end_kbd_macro, "\030)"),
    USUAL(glob_expand_word, "\030*"),
    USUAL(possible_filename_completions, "\030/"),
    USUAL(possible_hostname_completions, "\030@"),
    USUAL(call_last_kbd_macro, "\030e"),
    USUAL(glob_list_expansions, "\030g"),
    USUAL(spell_correct_word, "\030s"),
    USUAL(possible_username_completions, "\030~"),
    USUAL(backward_kill_line, "\030\177"),
    USUAL(character_search, "\035"),
    USUAL(undo, "\037"),
    USUAL(backward_delete_char, "\177"),
    USUAL(shell_backward_word, "\033\002"),
    USUAL(shell_kill_word, "\033\004"),
    USUAL(shell_expand_line, "\033\005"),
    USUAL(shell_forward_word, "\033\006"),
    USUAL(abort, "\033\007"),
    USUAL(backward_kill_word, "\033\b"),
    USUAL(dynamic_complete_history, "\033\t"),
    USUAL(clear_display, "\033\014"),
    USUAL(revert_line, "\033\022"),
    USUAL(shell_transpose_words, "\033\024"),
    USUAL(yank_nth_arg, "\033\031"),
    USUAL(complete, "\033\033"),
    USUAL(character_search_backward, "\033\035"),
    USUAL(set_mark, "\033 "),
    USUAL(complete_command, "\033!"),
    USUAL(insert_comment, "\033#"),
    USUAL(complete_variable, "\033$"),
    USUAL(tilde_expand, "\033&"),
    USUAL(insert_completions, "\033*"),
    USUAL(digit_argument, "\033-"),
    USUAL(yank_last_arg, "\033."),
    USUAL(complete_filename, "\033/"),
    USUAL(digit_argument, "\0330"),
    USUAL(digit_argument, "\0331"),
    USUAL(digit_argument, "\0332"),
    USUAL(digit_argument, "\0333"),
    USUAL(digit_argument, "\0334"),
    USUAL(digit_argument, "\0335"),
    USUAL(digit_argument, "\0336"),
    USUAL(digit_argument, "\0337"),
    USUAL(digit_argument, "\0338"),
    USUAL(digit_argument, "\0339"),
    USUAL(beginning_of_history, "\033<"),
    USUAL(possible_completions, "\033="),
    USUAL(end_of_history, "\033>"),
    USUAL(possible_completions, "\033?"),
    USUAL(complete_hostname, "\033@"),
    USUAL(delete_horizontal_space, "\033\\"),
    USUAL(history_expand_line, "\033^"),
    USUAL(yank_last_arg, "\033_"),
    USUAL(backward_word, "\033b"),
    USUAL(capitalize_word, "\033c"),
    USUAL(kill_word, "\033d"),
    USUAL(forward_word, "\033f"),
    USUAL(glob_complete_word, "\033g"),
    USUAL(downcase_word, "\033l"),
    USUAL(non_incremental_forward_search_history, "\033n"),
    USUAL(non_incremental_reverse_search_history, "\033p"),
    USUAL(revert_line, "\033r"),
    USUAL(transpose_words, "\033t"),
    USUAL(upcase_word, "\033u"),
    USUAL(yank_pop, "\033y"),
    USUAL(complete_into_braces, "\033{"),
    USUAL(complete_username, "\033~"),
    USUAL(backward_kill_word, "\033\177"),
};

static const struct usual vi_insert_keys[] = {
    USUAL_TERMINAL,
    USUAL(vi_eof_maybe, "\004"),
    USUAL(backward_delete_char, "\b"),
    USUAL(complete, "\t"),
    USUAL(menu_complete, "\016"),
    USUAL(menu_complete_backward, "\020"),
    USUAL(vi_unix_word_rubout, "\027"),
    USUAL(vi_movement_mode, "\033"),
    USUAL(vi_undo, "\037"),
    USUAL(backward_delete_char, "\177"),
};

static const struct usual vi_command_keys[] = {
    USUAL_TERMINAL,
    USUAL(vi_eof_maybe, "\004"),
    USUAL(abort, "\007"),
    USUAL(backward_char, "\b"),
    USUAL(kill_line, "\013"),
    USUAL(clear_screen, "\014"),
    USUAL(next_history, "\016"),
    USUAL(previous_history, "\020"),
    USUAL(vi_unix_word_rubout, "\027"),
    USUAL(vi_undo, "\037"),
    USUAL(forward_char, " "),
    USUAL(end_of_line, "$"),
    USUAL(beginning_of_line, "0"),
    USUAL(insert_comment, "#"),
    USUAL(next_history, "+"),
    USUAL(previous_history, "-"),
    USUAL(backward_char, "h"),
    USUAL(next_history, "j"),
    USUAL(previous_history, "k"),
    USUAL(forward_char, "l"),
    USUAL(vi_append_mode, "a"),
    USUAL(vi_append_eol, "A"),
    USUAL(vi_insertion_mode, "i"),
    USUAL(vi_insert_beg, "I"),
    USUAL(vi_next_word, "w"),
    USUAL(vi_prev_word, "b"),
    USUAL(vi_end_word, "e"),
    USUAL(vi_delete, "x"),
    USUAL(vi_delete_to, "d"),
    USUAL(vi_delete_to, "D"),
    USUAL(vi_change_to, "c"),
    USUAL(vi_change_to, "C"),
    USUAL(vi_put, "p"),
    USUAL(vi_put, "P"),
    USUAL(vi_undo, "u"),
    USUAL(vi_search, "/"),
    USUAL(vi_redo, "."),
};

static const struct {
    const struct usual *items;
    size_t count;
} maps[SH_MAP_COUNT] = {
    {emacs_keys, sizeof emacs_keys / sizeof emacs_keys[0]},
    {vi_insert_keys, sizeof vi_insert_keys / sizeof vi_insert_keys[0]},
    {vi_command_keys, sizeof vi_command_keys / sizeof vi_command_keys[0]},
};

const char *sh_key_function_name(enum sh_key_function function)
{
    return function < SH_KEY_COUNT ? function_names[function] : NULL;
}

enum sh_key_function sh_key_function_by_name(const char *name, size_t length)
{
    size_t i;

    for (i = 1; i < SH_KEY_COUNT; i++)
        if (strlen(function_names[i]) == length && memcmp(function_names[i], name, length) == 0)
            return (enum sh_key_function)i;
    return SH_KEY_none;
}

/* --- the table --- */

static void *copy_text(struct memory_account *account, const char *text, size_t size)
{
    char *copy = memory_take(account, size + 1);

    if (copy == NULL) return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

struct sh_keymaps *sh_keymaps_new(struct memory_account *account)
{
    struct sh_keymaps *keymaps = memory_take(account, sizeof *keymaps);

    if (keymaps == NULL) return NULL;
    memset(keymaps, 0, sizeof *keymaps);
    keymaps->references = 1;
    keymaps->account = account;
    return keymaps;
}

void sh_keymaps_drop(struct sh_keymaps *keymaps)
{
    size_t i;

    if (keymaps == NULL || --keymaps->references) return;
    for (i = 0; i < keymaps->count; i++)
        if (keymaps->items[i].text)
            memory_give(keymaps->account, keymaps->items[i].text, keymaps->items[i].text_size + 1);
    memory_give(keymaps->account, keymaps->items, keymaps->capacity * sizeof *keymaps->items);
    memory_give(keymaps->account, keymaps, sizeof *keymaps);
}

static struct sh_keymaps *copy_keymaps(const struct sh_keymaps *from)
{
    struct sh_keymaps *copy = sh_keymaps_new(from->account);
    size_t i;

    if (copy == NULL) return NULL;
    copy->current = from->current;
    memcpy(copy->values, from->values, sizeof copy->values);
    for (i = 0; i < from->count; i++)
        if (!sh_keys_bind(copy, &from->items[i])) {
            sh_keymaps_drop(copy);
            return NULL;
        }
    return copy;
}

bool sh_keymaps_own(struct sh_keymaps **keymaps, struct memory_account *account)
{
    struct sh_keymaps *own;

    if (*keymaps && (*keymaps)->references == 1) return true;
    own = *keymaps ? copy_keymaps(*keymaps) : sh_keymaps_new(account);
    if (own == NULL) return false;
    sh_keymaps_drop(*keymaps);
    *keymaps = own;
    return true;
}

/* --- finding --- */

/* Whether text begins with keys; *exact: it is no longer. */
static bool begins(const char *text, size_t text_size, const char *keys, size_t size, bool *exact)
{
    *exact = text_size == size;
    return text_size >= size && memcmp(text, keys, size) == 0;
}

static bool changed(const struct sh_keymaps *keymaps, enum sh_keymap map, const char *keys, size_t size,
                    const struct sh_binding **binding)
{
    size_t i;

    for (i = 0; keymaps && i < keymaps->count; i++) {
        *binding = &keymaps->items[i];
        if ((*binding)->map == map && (*binding)->size == size && memcmp((*binding)->keys, keys, size) == 0)
            return true;
    }
    return false;
}

static void set_usual(struct sh_binding *binding, enum sh_keymap map, const struct usual *usual)
{
    *binding = (struct sh_binding){
        .map = map, .kind = SH_BOUND_FUNCTION, .function = usual->function, .size = usual->size};
    memcpy(binding->keys, usual->keys, usual->size);
}

/* What no binding speaks of: characters stand for themselves. */
static void set_inserted(struct sh_binding *binding, enum sh_keymap map, char key)
{
    *binding = (struct sh_binding){
        .map = map, .kind = SH_BOUND_FUNCTION, .function = SH_KEY_self_insert, .size = 1, .keys = {key}};
}

static bool is_inserted(enum sh_keymap map, const char *keys, size_t size)
{
    unsigned char key = size ? (unsigned char)keys[0] : 0;
    return size == 1 && map != SH_MAP_VI_COMMAND && key >= ' ' && key != 127;
}

enum sh_key_match sh_keys_find(const struct sh_keymaps *keymaps, enum sh_keymap map, const char *keys,
                               size_t size, struct sh_binding *binding, bool *longer)
{
    const struct sh_binding *own;
    bool bound = false, exact;
    size_t i;

    *longer = false;
    if (is_inserted(map, keys, size)) {
        set_inserted(binding, map, keys[0]);
        bound = true;
    }
    for (i = 0; i < maps[map].count; i++) {
        const struct usual *usual = &maps[map].items[i];
        if (!begins(usual->keys, usual->size, keys, size, &exact) ||
            changed(keymaps, map, usual->keys, usual->size, &own))
            continue;
        if (exact) set_usual(binding, map, usual);
        bound |= exact;
        *longer |= !exact;
    }
    for (i = 0; keymaps && i < keymaps->count; i++) {
        own = &keymaps->items[i];
        if (own->map != map || !begins(own->keys, own->size, keys, size, &exact)) continue;
        if (exact) {
            *binding = *own;
            bound = own->kind != SH_BOUND_NOT;
        } else if (own->kind != SH_BOUND_NOT) {
            *longer = true;
        }
    }
    return bound ? SH_KEYS_BOUND : *longer ? SH_KEYS_BEGIN : SH_KEYS_UNKNOWN;
}

bool sh_keys_at(const struct sh_keymaps *keymaps, enum sh_keymap map, size_t index,
                struct sh_binding *binding)
{
    const struct sh_binding *own;

    if (index < maps[map].count) {
        set_usual(binding, map, &maps[map].items[index]);
    } else if (index < maps[map].count + 256) {
        set_inserted(binding, map, (char)(index - maps[map].count));
        if (!is_inserted(map, binding->keys, 1)) binding->kind = SH_BOUND_NOT;
    } else {
        index -= maps[map].count + 256;
        if (keymaps == NULL || index >= keymaps->count) return false;
        *binding = keymaps->items[index];
        if (binding->map != map) binding->kind = SH_BOUND_NOT;
        return true;
    }
    if (changed(keymaps, map, binding->keys, binding->size, &own)) binding->kind = SH_BOUND_NOT;
    return true;
}

/* --- changing --- */

static struct sh_binding *place_for(struct sh_keymaps *keymaps, const struct sh_binding *binding)
{
    size_t i;

    for (i = 0; i < keymaps->count; i++) {
        struct sh_binding *own = &keymaps->items[i];
        if (own->map == binding->map && own->size == binding->size &&
            memcmp(own->keys, binding->keys, own->size) == 0)
            return own;
    }
    if (keymaps->count == keymaps->capacity) {
        size_t capacity = 2 * keymaps->capacity + 8;
        struct sh_binding *items = memory_resize(keymaps->account, keymaps->items,
                                                 keymaps->capacity * sizeof *items, capacity * sizeof *items);
        if (items == NULL) return NULL;
        keymaps->items = items;
        keymaps->capacity = capacity;
    }
    keymaps->items[keymaps->count] = (struct sh_binding){0};
    return &keymaps->items[keymaps->count++];
}

bool sh_keys_bind(struct sh_keymaps *keymaps, const struct sh_binding *binding)
{
    char *text = NULL;
    struct sh_binding *place;

    if (binding->text) {
        text = copy_text(keymaps->account, binding->text, binding->text_size);
        if (text == NULL) return false;
    }
    place = place_for(keymaps, binding);
    if (place == NULL) {
        if (text) memory_give(keymaps->account, text, binding->text_size + 1);
        return false;
    }
    if (place->text) memory_give(keymaps->account, place->text, place->text_size + 1);
    *place = *binding;
    place->text = text;
    return true;
}

bool sh_keymap_by_name(const char *name, size_t length, enum sh_keymap *map, const char **prefix)
{
    static const struct {
        const char *name;
        enum sh_keymap map;
        const char *prefix;
    } names[] = {{"emacs", SH_MAP_EMACS, ""},           {"emacs-standard", SH_MAP_EMACS, ""},
                 {"emacs-meta", SH_MAP_EMACS, "\033"},  {"emacs-ctlx", SH_MAP_EMACS, "\030"},
                 {"vi", SH_MAP_VI_COMMAND, ""},         {"vi-move", SH_MAP_VI_COMMAND, ""},
                 {"vi-command", SH_MAP_VI_COMMAND, ""}, {"vi-insert", SH_MAP_VI_INSERT, ""}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0) {
            *map = names[i].map;
            *prefix = names[i].prefix;
            return true;
        }
    return false;
}
