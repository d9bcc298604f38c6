/* names.c: names of files, in messages and as paths. */
#include <string.h>

#include "base/utf8.h"
#include "cmd/command.h"

static bool is_printable(const char *text, size_t length)
{
    size_t at, step;

    for (at = 0; at < length; at += step) {
        uint32_t code;
        step = utf8_decode(text + at, length - at, &code);
        if (step == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
    }
    return true;
}

static void put_escaped(struct buffer *out, unsigned char byte)
{
    static const char letters[] = "\a\b\t\n\v\f\r", names[] = "abtnvfr";
    const char *at = byte ? strchr(letters, byte) : NULL;

    if (at)
        buffer_printf(out, "\\%c", names[at - letters]);
    else
        buffer_printf(out, "\\%03o", byte);
}

/* 'it'\''s', or with $'...' for what cannot be shown, as the style "shell-escape-always" of coreutils has it.
 */
static void put_quoted(struct buffer *out, const char *name, size_t length)
{
    bool dollar = false;
    size_t at, step;

    if (memchr(name, '\'', length) && is_printable(name, length) && !strpbrk(name, "\"$`\\!")) {
        buffer_printf(out, "\"%s\"", name);
        return;
    }
    buffer_put_byte(out, '\'');
    for (at = 0; at < length; at += step) {
        step = utf8_decode(name + at, length - at, NULL);
        if (step == 0) step = 1;
        if (!is_printable(name + at, step)) {
            if (!dollar) buffer_put_string(out, "'$'");
            dollar = true;
            put_escaped(out, (unsigned char)name[at]);
            step = 1;
            continue;
        }
        if (dollar) buffer_put_string(out, "''");
        dollar = false;
        if (name[at] == '\'')
            buffer_put_string(out, "'\\''");
        else
            buffer_put(out, name + at, step);
    }
    buffer_put_byte(out, '\'');
}

static const char *quote(struct k_process *process, const char *name)
{
    struct buffer text = {0};
    char *copy = NULL;

    put_quoted(&text, name, strlen(name));
    if (!text.failed) copy = arena_copy(&process->arena, text.data, text.size);
    buffer_free(&text);
    return copy ? copy : "?";
}

const char *cmd_quote(struct k_process *process, const char *name)
{
    return quote(process, name);
}

const char *cmd_quote_colon(struct k_process *process, const char *name)
{
    return *name && is_printable(name, strlen(name)) && !strpbrk(name, " :'\"\\$`!*?[]{}()<>|&;#~")
               ? name
               : quote(process, name);
}

const char *cmd_base_name(const char *path, size_t *length)
{
    size_t end = strlen(path), start;

    while (end > 1 && path[end - 1] == '/') end--;
    for (start = end; start && path[start - 1] != '/';) start--;
    if (end == 1 && *path == '/') start = 0;
    *length = end - start;
    return path + start;
}

char *cmd_join(struct k_process *process, const char *directory, const char *name)
{
    size_t first = strlen(directory), second = strlen(name);
    bool slash = first && directory[first - 1] != '/';
    char *path = arena_take(&process->arena, first + slash + second + 1);

    if (path == NULL) return NULL;
    memcpy(path, directory, first);
    if (slash) path[first] = '/';
    memcpy(path + first + slash, name, second);
    path[first + slash + second] = '\0';
    return path;
}
