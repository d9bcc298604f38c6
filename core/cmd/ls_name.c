/* ls_name.c: names as ls shows them: quoted, with an indicator, in colour. GNU coreutils 9.1, "Formatting the
 * file names" and "dircolors invocation". */
#include <string.h>

#include "base/utf8.h"
#include "cmd/ls.h"

bool ls_is_program(const struct k_stat *stat)
{
    return stat->kind == K_FILE && stat->mode & 0111;
}

static bool is_shown_as_is(const char *text, size_t step, uint32_t code)
{
    return step && code >= 0x20 && !(code >= 0x7f && code < 0xa0) && text;
}

/* "\n" as C has it, other bytes in octal. */
static void put_c_escape(struct buffer *out, unsigned char byte)
{
    static const char bytes[] = "\a\b\t\n\v\f\r", letters[] = "abtnvfr";
    const char *at = byte ? strchr(bytes, byte) : NULL;

    if (at)
        buffer_printf(out, "\\%c", letters[at - bytes]);
    else
        buffer_printf(out, "\\%03o", byte);
}

static void put_escaped(const struct ls *ls, const char *name, struct buffer *out)
{
    size_t length = strlen(name), at, step;
    bool curly = ls->quoting == LS_LOCALE || ls->quoting == LS_CLOCALE,
         c = ls->quoting != LS_ESCAPE && !curly;

    if (curly) buffer_put_string(out, "\xe2\x80\x98");
    if (c) buffer_put_byte(out, '"');
    for (at = 0; at < length; at += step) {
        uint32_t code = 0;
        step = utf8_decode(name + at, length - at, &code);
        if (!is_shown_as_is(name, step, code)) {
            size_t end = at + (step ? step : 1);
            for (step = 0; at + step < end; step++) put_c_escape(out, (unsigned char)name[at + step]);
            continue;
        }
        if (name[at] == '\\' || (c && name[at] == '"') || (!c && !curly && name[at] == ' '))
            buffer_put_byte(out, '\\');
        buffer_put(out, name + at, step);
    }
    if (c) buffer_put_byte(out, '"');
    if (curly) buffer_put_string(out, "\xe2\x80\x99");
}

static void put_literal(const struct ls *ls, const char *name, struct buffer *out)
{
    size_t length = strlen(name), at, step;

    for (at = 0; at < length; at += step) {
        uint32_t code = 0;
        step = utf8_decode(name + at, length - at, &code);
        if (ls->hide_control && !is_shown_as_is(name, step, code))
            buffer_put_byte(out, '?');
        else
            buffer_put(out, name + at, step ? step : 1);
        if (step == 0) step = 1;
    }
}

/* 'it'\\''s', without escapes for what cannot be shown. */
static bool put_shell(const char *name, bool always, struct buffer *out)
{
    bool needed = *name == '\0' || *name == '#' || *name == '~' || strpbrk(name, " '\"\\$`!*?[^=()<>|&;\t\n");

    if (!needed && !always) {
        buffer_put_string(out, name);
        return false;
    }
    if (strchr(name, '\'') && !strpbrk(name, "\"$`\\!")) {
        buffer_printf(out, "\"%s\"", name);
        return true;
    }
    buffer_put_byte(out, '\'');
    for (; *name; name++) {
        if (*name == '\'')
            buffer_put_string(out, "'\\''");
        else
            buffer_put_byte(out, *name);
    }
    buffer_put_byte(out, '\'');
    return true;
}

/* As C has it, but without quotes where nothing in it needs them. */
static void put_c_maybe(const struct ls *ls, const char *name, struct buffer *out, bool *quoted)
{
    size_t size = out->size, length = strlen(name), backslashes = 0, i;

    for (i = 0; i < length; i++) backslashes += name[i] == '\\';
    put_escaped(ls, name, out);
    *quoted = out->size - size != length + backslashes + 2;
    if (*quoted || out->failed) return;
    out->size = size;
    buffer_put(out, name, length);
}

void ls_put_name(const struct ls *ls, const char *name, struct buffer *out, bool *quoted)
{
    *quoted = false;
    switch (ls->quoting) {
    case LS_SHELL:
    case LS_SHELL_ALWAYS:
        *quoted = put_shell(name, ls->quoting == LS_SHELL_ALWAYS, out);
        break;
    case LS_SHELL_ESCAPE:
    case LS_SHELL_ESCAPE_ALWAYS:
        *quoted = ls->quoting == LS_SHELL_ESCAPE_ALWAYS || cmd_needs_quotes(name);
        if (*quoted)
            cmd_put_quoted(out, name);
        else
            buffer_put_string(out, name);
        break;
    case LS_C_MAYBE:
        put_c_maybe(ls, name, out, quoted);
        break;
    case LS_C:
    case LS_ESCAPE:
    case LS_LOCALE:
    case LS_CLOCALE:
        put_escaped(ls, name, out);
        break;
    default:
        put_literal(ls, name, out);
        break;
    }
}

char ls_indicator(const struct ls *ls, const struct k_stat *stat, bool known)
{
    if (ls->indicator == LS_NO_INDICATOR || !known) return 0;
    if (stat->kind == K_DIRECTORY) return '/';
    if (ls->indicator == LS_SLASH) return 0;
    if (stat->kind == K_LINK) return '@';
    if (stat->kind == K_PIPE) return '|';
    if (stat->kind == K_SOCKET) return '=';
    return ls->indicator == LS_CLASSIFY && ls_is_program(stat) ? '*' : 0;
}

bool ls_show_name(struct k_process *process, struct ls *ls, struct ls_entry *entry)
{
    struct buffer text = {0};

    ls_put_name(ls, entry->name, &text, &entry->quoted);
    ls->any_quoted |= entry->quoted;
    if (!text.failed) {
        entry->columns = cmd_columns(text.data, text.size);
        entry->shown = arena_copy(&ls->page, text.data, text.size);
    }
    buffer_free(&text);
    return entry->shown != NULL;
}

/* The value of LS_COLORS for a name of two letters or an ending, in the arena of the page. */
static const char *find_color(struct k_process *process, const char *key)
{
    struct ls *ls = process->state;
    const char *at = k_variable(process, "LS_COLORS");
    size_t length = strlen(key);

    while (at && *at) {
        size_t size = strcspn(at, ":");
        if (size > length && strncmp(at, key, length) == 0 && at[length] == '=')
            return arena_copy(&ls->page, at + length + 1, size - length - 1);
        at += size;
        if (*at) at++;
    }
    return NULL;
}

/* "*.c=32": the last one that fits. */
static const char *find_ending(struct k_process *process, const char *name)
{
    struct ls *ls = process->state;
    const char *at = k_variable(process, "LS_COLORS"), *found = NULL;
    size_t length = strlen(name), found_size = 0;

    while (at && *at) {
        size_t size = strcspn(at, ":"), key = strcspn(at, "=");
        if (*at == '*' && key < size && key - 1 <= length &&
            memcmp(name + length - (key - 1), at + 1, key - 1) == 0) {
            found = at + key + 1;
            found_size = size - key - 1;
        }
        at += size;
        if (*at) at++;
    }
    return found ? arena_copy(&ls->page, found, found_size) : NULL;
}

static const char *color_of_key(struct k_process *process, const char *key, const char *usual)
{
    const char *set = find_color(process, key);
    return set ? set : usual;
}

static const char *directory_color(struct k_process *process, unsigned mode)
{
    if ((mode & 01002) == 01002) return color_of_key(process, "tw", "30;42");
    if (mode & 0002) return color_of_key(process, "ow", "34;42");
    if (mode & 01000) return color_of_key(process, "st", "37;44");
    return color_of_key(process, "di", "01;34");
}

static const char *file_color(struct k_process *process, const struct ls_entry *entry, unsigned mode)
{
    const char *found;

    if (mode & 04000) return color_of_key(process, "su", "37;41");
    if (mode & 02000) return color_of_key(process, "sg", "30;43");
    if (mode & 0111) return color_of_key(process, "ex", "01;32");
    found = find_ending(process, entry->name);
    return found ? found : find_color(process, "fi");
}

const char *ls_color(struct k_process *process, const struct ls_entry *entry)
{
    if (!entry->known) return find_color(process, "mi");
    switch (entry->stat.kind) {
    case K_DIRECTORY:
        return directory_color(process, entry->stat.mode);
    case K_LINK:
        if (!entry->target_known && find_color(process, "or")) return find_color(process, "or");
        return color_of_key(process, "ln", "01;36");
    case K_PIPE:
        return color_of_key(process, "pi", "33");
    case K_SOCKET:
        return color_of_key(process, "so", "01;35");
    case K_DEVICE:
        return color_of_key(process, "cd", "01;33");
    default:
        return file_color(process, entry, entry->stat.mode);
    }
}
