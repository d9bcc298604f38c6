/* interactive_line.c: what becomes of a line before it is parsed, and what the editor leaves to the shell. */
#include "shell/interactive_internal.h"
#include "shell/line_keys.h"

/* --- the history --- */

static bool ends_with_word(const struct sh_history_entry *entry, const char *word)
{
    size_t length = strlen(word);

    if (entry->size < length || memcmp(entry->text + entry->size - length, word, length) != 0) return false;
    return entry->size == length || strchr(" \t;\n(", entry->text[entry->size - length - 1]) != NULL;
}

/* What joins a line to those before it, so that all of them are one line of history; a newline is always
 * right. */
static const char *joint(const struct shell *shell, const struct sh_history_entry *entry)
{
    static const char *const opening[] = {"do",    "then",  "else", "elif", "if",
                                          "while", "until", "in",   "!",    "{"};
    char last = (char)(entry->size ? entry->text[entry->size - 1] : '\0');
    size_t i;

    if (sh_shopt(shell, SH_SHOPT_LITHIST) || shell->interaction->quote || last == ')' ||
        memmem(entry->text, entry->size, "<<", 2) || memchr(entry->text, '#', entry->size))
        return "\n";
    if (last == '\0' || strchr("|&;(", last)) return " ";
    for (i = 0; i < sizeof opening / sizeof opening[0]; i++)
        if (ends_with_word(entry, opening[i])) return " ";
    return "; ";
}

static void append_line(struct shell *shell, const char *text, size_t size)
{
    struct sh_history *history;
    const struct sh_history_entry *entry;
    struct buffer whole = {0};

    if (!sh_history_own(&shell->history, &shell->kernel->account)) return;
    history = shell->history;
    if (history->count == 0) return;
    entry = &history->entries[history->count - 1];
    buffer_put(&whole, entry->text, entry->size);
    if (shell->interaction->quote != '\'' && whole.size && whole.data[whole.size - 1] == '\\')
        whole.size--;
    else
        buffer_put_string(&whole, joint(shell, entry));
    buffer_put(&whole, text, size);
    if (!whole.failed) sh_history_replace(history, history->count - 1, whole.data, whole.size);
    buffer_free(&whole);
}

static bool is_blank(const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (text[i] != ' ' && text[i] != '\t') return false;
    return true;
}

static void enter_line(struct shell *shell, const char *text, size_t size)
{
    struct sh_interactive *interaction = shell->interaction;

    if (!sh_has(shell, SH_OPTION_HISTORY)) return;
    if (interaction->text.size == 0) {
        interaction->entered = !is_blank(text, size) && sh_history_enter(shell, text, size);
    } else if (!sh_shopt(shell, SH_SHOPT_CMDHIST)) {
        sh_history_enter(shell, text, size);
    } else if (interaction->entered && (interaction->quote || !is_blank(text, size))) {
        append_line(shell, text, size);
    }
}

/* --- lines --- */

static void run_later(struct shell *shell, const char *text, size_t size)
{
    buffer_put(&shell->interaction->text, text, size);
    buffer_put_byte(&shell->interaction->text, '\n');
}

bool sh_take_line(struct shell *shell, const char *text, size_t size, bool *again)
{
    struct sh_interactive *interaction = shell->interaction;
    enum sh_expand_history result = SH_HISTORY_SAME;
    struct buffer expanded = {0};

    *again = false;
    if (sh_has(shell, SH_OPTION_HISTEXPAND) && sh_has(shell, SH_OPTION_HISTORY))
        result = sh_history_expand(shell->history, &interaction->memory, text, size, interaction->quote,
                                   &expanded);
    if (result == SH_HISTORY_SAME) {
        enter_line(shell, text, size);
        run_later(shell, text, size);
    } else if (result == SH_HISTORY_WRONG) {
        sh_error(shell, "%s", buffer_string(&expanded));
    } else if (result == SH_HISTORY_DONE && sh_shopt(shell, SH_SHOPT_HISTVERIFY) && interaction->editor) {
        buffer_free(&interaction->command);
        interaction->command = expanded;
        *again = true;
        return false;
    } else {
        buffer_put(&shell->errors, expanded.data, expanded.size);
        buffer_put_byte(&shell->errors, '\n');
        enter_line(shell, buffer_string(&expanded), expanded.size);
        if (result == SH_HISTORY_DONE) run_later(shell, buffer_string(&expanded), expanded.size);
    }
    interaction->text.failed |= expanded.failed;
    buffer_free(&expanded);
    return result == SH_HISTORY_SAME || result == SH_HISTORY_DONE;
}

/* --- what keys ask for --- */

static bool expand_line(struct shell *shell, const struct buffer *line)
{
    struct sh_interactive *interaction = shell->interaction;
    struct buffer expanded = {0};
    enum sh_expand_history result = sh_history_expand(shell->history, &interaction->memory, line->data,
                                                      line->size, interaction->quote, &expanded);

    if (result == SH_HISTORY_DONE || result == SH_HISTORY_SHOWN)
        sh_editor_set(interaction->editor, buffer_string(&expanded), expanded.size, expanded.size);
    buffer_free(&expanded);
    return result != SH_HISTORY_WRONG;
}

static void insert(struct sh_editor *editor, size_t from, size_t to, const char *text, size_t size)
{
    const struct buffer *line = sh_editor_text(editor);
    struct buffer whole = {0};

    buffer_put(&whole, line->data, from);
    buffer_put(&whole, text, size);
    buffer_put(&whole, line->data + to, line->size - to);
    if (!whole.failed) sh_editor_set(editor, buffer_string(&whole), whole.size, from + size);
    buffer_free(&whole);
}

static void expand_tilde(struct shell *shell)
{
    struct sh_editor *editor = shell->interaction->editor;
    const struct buffer *line = sh_editor_text(editor);
    struct sh_text_ref home = sh_get(shell, "HOME");
    size_t at = sh_editor_point(editor);

    while (at && !strchr(" \t\n=:", line->data[at - 1])) at--;
    if (at < line->size && line->data[at] == '~' &&
        (at + 1 == line->size || strchr("/ \t", line->data[at + 1])))
        insert(editor, at, at + 1, home.data ? home.data : "", home.size);
}

void sh_answer_editor(struct shell *shell)
{
    struct sh_editor *editor = shell->interaction->editor;
    const struct buffer *line = sh_editor_text(editor);
    size_t point;

    switch (sh_editor_function(editor)) {
    case SH_KEY_history_expand_line:
        expand_line(shell, line);
        break;
    case SH_KEY_magic_space:
        expand_line(shell, line);
        point = sh_editor_point(editor);
        insert(editor, point, point, " ", 1);
        break;
    case SH_KEY_tilde_expand:
        expand_tilde(shell);
        break;
    case SH_KEY_display_shell_version: {
        struct sh_text_ref version = sh_get(shell, "BASH_VERSION");
        sh_editor_erase(editor);
        buffer_printf(sh_editor_output(editor), "GNU bash, version %s compatible (Umbra " UMBRA_VERSION ")\n",
                      version.data ? version.data : "");
        break;
    }
    case SH_KEY_re_read_init_file: {
        struct sh_text_ref name = sh_get(shell, "INPUTRC");
        struct buffer path = {0};
        buffer_put(&path, name.data, name.size);
        sh_read_init_file(shell, buffer_string(&path));
        buffer_free(&path);
        sh_editor_erase(editor);
        sh_editor_resume(editor, shell->history, shell->keymaps);
        break;
    }
    default:
        break;
    }
}
