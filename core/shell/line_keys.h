/* line_keys.h: which keys do what in the line editor: the functions of readline by their names, the keys they
 * are bound to in the beginning, and what a user changed (GNU Readline 8.2 manual, "Bindable Readline
 * Commands" and "Readline Init File Syntax"). A shell without changes needs no table: NULL means the
 * beginning. */
#ifndef UMBRA_SHELL_LINE_KEYS_H
#define UMBRA_SHELL_LINE_KEYS_H

#include "base/buffer.h"
#include "base/memory.h"

#define SH_KEY_FUNCTIONS(X)                                                                                  \
    X(abort, "abort")                                                                                        \
    X(accept_line, "accept-line")                                                                            \
    X(alias_expand_line, "alias-expand-line")                                                                \
    X(arrow_key_prefix, "arrow-key-prefix")                                                                  \
    X(backward_byte, "backward-byte")                                                                        \
    X(backward_char, "backward-char")                                                                        \
    X(backward_delete_char, "backward-delete-char")                                                          \
    X(backward_kill_line, "backward-kill-line")                                                              \
    X(backward_kill_word, "backward-kill-word")                                                              \
    X(backward_word, "backward-word")                                                                        \
    X(beginning_of_history, "beginning-of-history")                                                          \
    X(beginning_of_line, "beginning-of-line")                                                                \
    X(bracketed_paste_begin, "bracketed-paste-begin")                                                        \
    X(call_last_kbd_macro, "call-last-kbd-macro")                                                            \
    X(capitalize_word, "capitalize-word")                                                                    \
    X(character_search, "character-search")                                                                  \
    X(character_search_backward, "character-search-backward")                                                \
    X(clear_display, "clear-display")                                                                        \
    X(clear_screen, "clear-screen")                                                                          \
    X(complete, "complete")                                                                                  \
    X(complete_command, "complete-command")                                                                  \
    X(complete_filename, "complete-filename")                                                                \
    X(complete_hostname, "complete-hostname")                                                                \
    X(complete_into_braces, "complete-into-braces")                                                          \
    X(complete_username, "complete-username")                                                                \
    X(complete_variable, "complete-variable")                                                                \
    X(copy_backward_word, "copy-backward-word")                                                              \
    X(copy_forward_word, "copy-forward-word")                                                                \
    X(copy_region_as_kill, "copy-region-as-kill")                                                            \
    X(dabbrev_expand, "dabbrev-expand")                                                                      \
    X(delete_char, "delete-char")                                                                            \
    X(delete_char_or_list, "delete-char-or-list")                                                            \
    X(delete_horizontal_space, "delete-horizontal-space")                                                    \
    X(digit_argument, "digit-argument")                                                                      \
    X(display_shell_version, "display-shell-version")                                                        \
    X(do_lowercase_version, "do-lowercase-version")                                                          \
    X(downcase_word, "downcase-word")                                                                        \
    X(dump_functions, "dump-functions")                                                                      \
    X(dump_macros, "dump-macros")                                                                            \
    X(dump_variables, "dump-variables")                                                                      \
    X(dynamic_complete_history, "dynamic-complete-history")                                                  \
    X(edit_and_execute_command, "edit-and-execute-command")                                                  \
    X(emacs_editing_mode, "emacs-editing-mode")                                                              \
    X(end_kbd_macro, "end-kbd-macro")                                                                        \
    X(end_of_history, "end-of-history")                                                                      \
    X(end_of_line, "end-of-line")                                                                            \
    X(exchange_point_and_mark, "exchange-point-and-mark")                                                    \
    X(fetch_history, "fetch-history")                                                                        \
    X(forward_backward_delete_char, "forward-backward-delete-char")                                          \
    X(forward_byte, "forward-byte")                                                                          \
    X(forward_char, "forward-char")                                                                          \
    X(forward_search_history, "forward-search-history")                                                      \
    X(forward_word, "forward-word")                                                                          \
    X(glob_complete_word, "glob-complete-word")                                                              \
    X(glob_expand_word, "glob-expand-word")                                                                  \
    X(glob_list_expansions, "glob-list-expansions")                                                          \
    X(history_and_alias_expand_line, "history-and-alias-expand-line")                                        \
    X(history_expand_line, "history-expand-line")                                                            \
    X(history_search_backward, "history-search-backward")                                                    \
    X(history_search_forward, "history-search-forward")                                                      \
    X(history_substring_search_backward, "history-substring-search-backward")                                \
    X(history_substring_search_forward, "history-substring-search-forward")                                  \
    X(insert_comment, "insert-comment")                                                                      \
    X(insert_completions, "insert-completions")                                                              \
    X(insert_last_argument, "insert-last-argument")                                                          \
    X(kill_line, "kill-line")                                                                                \
    X(kill_region, "kill-region")                                                                            \
    X(kill_whole_line, "kill-whole-line")                                                                    \
    X(kill_word, "kill-word")                                                                                \
    X(magic_space, "magic-space")                                                                            \
    X(menu_complete, "menu-complete")                                                                        \
    X(menu_complete_backward, "menu-complete-backward")                                                      \
    X(next_history, "next-history")                                                                          \
    X(next_screen_line, "next-screen-line")                                                                  \
    X(non_incremental_forward_search_history, "non-incremental-forward-search-history")                      \
    X(non_incremental_forward_search_history_again, "non-incremental-forward-search-history-again")          \
    X(non_incremental_reverse_search_history, "non-incremental-reverse-search-history")                      \
    X(non_incremental_reverse_search_history_again, "non-incremental-reverse-search-history-again")          \
    X(old_menu_complete, "old-menu-complete")                                                                \
    X(operate_and_get_next, "operate-and-get-next")                                                          \
    X(overwrite_mode, "overwrite-mode")                                                                      \
    X(possible_command_completions, "possible-command-completions")                                          \
    X(possible_completions, "possible-completions")                                                          \
    X(possible_filename_completions, "possible-filename-completions")                                        \
    X(possible_hostname_completions, "possible-hostname-completions")                                        \
    X(possible_username_completions, "possible-username-completions")                                        \
    X(possible_variable_completions, "possible-variable-completions")                                        \
    X(previous_history, "previous-history")                                                                  \
    X(previous_screen_line, "previous-screen-line")                                                          \
    X(print_last_kbd_macro, "print-last-kbd-macro")                                                          \
    X(quoted_insert, "quoted-insert")                                                                        \
    X(re_read_init_file, "re-read-init-file")                                                                \
    X(redraw_current_line, "redraw-current-line")                                                            \
    X(reverse_search_history, "reverse-search-history")                                                      \
    X(revert_line, "revert-line")                                                                            \
    X(self_insert, "self-insert")                                                                            \
    X(set_mark, "set-mark")                                                                                  \
    X(shell_backward_kill_word, "shell-backward-kill-word")                                                  \
    X(shell_backward_word, "shell-backward-word")                                                            \
    X(shell_expand_line, "shell-expand-line")                                                                \
    X(shell_forward_word, "shell-forward-word")                                                              \
    X(shell_kill_word, "shell-kill-word")                                                                    \
    X(shell_transpose_words, "shell-transpose-words")                                                        \
    X(skip_csi_sequence, "skip-csi-sequence")                                                                \
    X(spell_correct_word, "spell-correct-word")                                                              \
    X(start_kbd_macro, "start-kbd-macro")                                                                    \
    X(tab_insert, "tab-insert")                                                                              \
    X(tilde_expand, "tilde-expand")                                                                          \
    X(transpose_chars, "transpose-chars")                                                                    \
    X(transpose_words, "transpose-words")                                                                    \
    X(tty_status, "tty-status")                                                                              \
    X(undo, "undo")                                                                                          \
    X(universal_argument, "universal-argument")                                                              \
    X(unix_filename_rubout, "unix-filename-rubout")                                                          \
    X(unix_line_discard, "unix-line-discard")                                                                \
    X(unix_word_rubout, "unix-word-rubout")                                                                  \
    X(upcase_word, "upcase-word")                                                                            \
    X(vi_append_eol, "vi-append-eol")                                                                        \
    X(vi_append_mode, "vi-append-mode")                                                                      \
    X(vi_arg_digit, "vi-arg-digit")                                                                          \
    X(vi_bWord, "vi-bWord")                                                                                  \
    X(vi_back_to_indent, "vi-back-to-indent")                                                                \
    X(vi_backward_bigword, "vi-backward-bigword")                                                            \
    X(vi_backward_word, "vi-backward-word")                                                                  \
    X(vi_bword, "vi-bword")                                                                                  \
    X(vi_change_case, "vi-change-case")                                                                      \
    X(vi_change_char, "vi-change-char")                                                                      \
    X(vi_change_to, "vi-change-to")                                                                          \
    X(vi_char_search, "vi-char-search")                                                                      \
    X(vi_column, "vi-column")                                                                                \
    X(vi_complete, "vi-complete")                                                                            \
    X(vi_delete, "vi-delete")                                                                                \
    X(vi_delete_to, "vi-delete-to")                                                                          \
    X(vi_eWord, "vi-eWord")                                                                                  \
    X(vi_edit_and_execute_command, "vi-edit-and-execute-command")                                            \
    X(vi_editing_mode, "vi-editing-mode")                                                                    \
    X(vi_end_bigword, "vi-end-bigword")                                                                      \
    X(vi_end_word, "vi-end-word")                                                                            \
    X(vi_eof_maybe, "vi-eof-maybe")                                                                          \
    X(vi_eword, "vi-eword")                                                                                  \
    X(vi_fWord, "vi-fWord")                                                                                  \
    X(vi_fetch_history, "vi-fetch-history")                                                                  \
    X(vi_first_print, "vi-first-print")                                                                      \
    X(vi_forward_bigword, "vi-forward-bigword")                                                              \
    X(vi_forward_word, "vi-forward-word")                                                                    \
    X(vi_fword, "vi-fword")                                                                                  \
    X(vi_goto_mark, "vi-goto-mark")                                                                          \
    X(vi_insert_beg, "vi-insert-beg")                                                                        \
    X(vi_insertion_mode, "vi-insertion-mode")                                                                \
    X(vi_match, "vi-match")                                                                                  \
    X(vi_movement_mode, "vi-movement-mode")                                                                  \
    X(vi_next_word, "vi-next-word")                                                                          \
    X(vi_overstrike, "vi-overstrike")                                                                        \
    X(vi_overstrike_delete, "vi-overstrike-delete")                                                          \
    X(vi_prev_word, "vi-prev-word")                                                                          \
    X(vi_put, "vi-put")                                                                                      \
    X(vi_redo, "vi-redo")                                                                                    \
    X(vi_replace, "vi-replace")                                                                              \
    X(vi_rubout, "vi-rubout")                                                                                \
    X(vi_search, "vi-search")                                                                                \
    X(vi_search_again, "vi-search-again")                                                                    \
    X(vi_set_mark, "vi-set-mark")                                                                            \
    X(vi_subst, "vi-subst")                                                                                  \
    X(vi_tilde_expand, "vi-tilde-expand")                                                                    \
    X(vi_undo, "vi-undo")                                                                                    \
    X(vi_unix_word_rubout, "vi-unix-word-rubout")                                                            \
    X(vi_yank_arg, "vi-yank-arg")                                                                            \
    X(vi_yank_pop, "vi-yank-pop")                                                                            \
    X(vi_yank_to, "vi-yank-to")                                                                              \
    X(yank, "yank")                                                                                          \
    X(yank_last_arg, "yank-last-arg")                                                                        \
    X(yank_nth_arg, "yank-nth-arg")                                                                          \
    X(yank_pop, "yank-pop")

enum sh_key_function {
    SH_KEY_none,
#define SH_KEY_ENUM(id, name) SH_KEY_##id,
    SH_KEY_FUNCTIONS(SH_KEY_ENUM)
#undef SH_KEY_ENUM
        SH_KEY_COUNT
};

/* "yank"; NULL past the end. */
const char *sh_key_function_name(enum sh_key_function function);
/* SH_KEY_none: there is none of this name. */
enum sh_key_function sh_key_function_by_name(const char *name, size_t length);

enum sh_keymap { SH_MAP_EMACS, SH_MAP_VI_INSERT, SH_MAP_VI_COMMAND, SH_MAP_COUNT };

#define SH_KEYS_MAX 32 /* bytes that one binding can wait for */

enum sh_binding_kind {
    SH_BOUND_NOT,      /* the key does nothing */
    SH_BOUND_FUNCTION, /* of the editor */
    SH_BOUND_MACRO,    /* text is typed instead */
    SH_BOUND_COMMAND,  /* text is run by the shell */
};

struct sh_binding {
    enum sh_keymap map;
    enum sh_binding_kind kind;
    enum sh_key_function function;
    char *text; /* of a macro or command, with a NUL behind it */
    size_t text_size;
    size_t size;
    char keys[SH_KEYS_MAX];
};

#define SH_LINE_VARIABLES_MAX 45
#define SH_LINE_VALUE_MAX     32

/* What a user changed. Shared by shells until one of them changes it. */
struct sh_keymaps {
    uint32_t references;
    struct memory_account *account;
    struct sh_binding *items;
    size_t count, capacity;
    enum sh_keymap current; /* set keymap */
    char values[SH_LINE_VARIABLES_MAX][SH_LINE_VALUE_MAX];
};

struct sh_keymaps *sh_keymaps_new(struct memory_account *account);
void sh_keymaps_drop(struct sh_keymaps *keymaps);
/* Makes *keymaps one that nobody else has. False without memory. */
bool sh_keymaps_own(struct sh_keymaps **keymaps, struct memory_account *account);

enum sh_key_match { SH_KEYS_UNKNOWN, SH_KEYS_BEGIN /* of longer ones */, SH_KEYS_BOUND };
/* What keys are bound to; *longer: they are the beginning of others too. */
enum sh_key_match sh_keys_find(const struct sh_keymaps *keymaps, enum sh_keymap map, const char *keys,
                               size_t size, struct sh_binding *binding, bool *longer);
/* Binds keys; kind SH_BOUND_NOT takes a binding away. text is copied. False without memory. */
bool sh_keys_bind(struct sh_keymaps *keymaps, const struct sh_binding *binding);
/* The index-th binding of a map, those of the beginning first; false past the end. What is bound anew or not
 * any more is passed over with kind SH_BOUND_NOT. */
bool sh_keys_at(const struct sh_keymaps *keymaps, enum sh_keymap map, size_t index,
                struct sh_binding *binding);

/* The keymap of a name as bind -m takes it; prefix: what stands before all keys of it ("\e" for emacs-meta).
 * False: there is none. */
bool sh_keymap_by_name(const char *name, size_t length, enum sh_keymap *map, const char **prefix);

/* Appends the bytes that "\C-x\M-a\e[A" means, up to the end or to an unescaped `end` byte (0: none); the
 * bytes of text that were read. */
size_t sh_keys_read(const char *text, size_t size, char end, struct buffer *keys);
/* Appends keys as bind -p writes them. */
void sh_keys_put(struct buffer *out, const char *keys, size_t size);

/* --- variables of the editor ("set bell-style none") --- */

/* "bell-style"; NULL past the end; *is_switch: it is on or off. In the order of bind -v. */
const char *sh_line_variable_name(size_t index, bool *is_switch);
const char *sh_line_variable_at(const struct sh_keymaps *keymaps, size_t index);
const char *sh_line_variable(const struct sh_keymaps *keymaps, const char *name);
bool sh_line_variable_is_on(const struct sh_keymaps *keymaps, const char *name);
/* False: there is no such variable. */
bool sh_line_variable_set(struct sh_keymaps *keymaps, const char *name, const char *value);

/* One line of an init file or argument of bind: "set NAME VALUE", "KEYS: function", "KEYS": "macro". 0, or
 * UMBRA_EINVAL with what is wrong in message, or UMBRA_ENOMEM. */
int sh_keys_take_line(struct sh_keymaps *keymaps, enum sh_keymap map, const char *prefix, const char *line,
                      size_t size, struct buffer *message);

#endif
