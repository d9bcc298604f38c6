/* find_print.c: -printf and -ls. GNU findutils 4.9, "Print File Information". */
#include <stdio.h>
#include <string.h>

#include "cmd/find.h"
#include "cmd/human.h"
#include "cmd/when.h"

#define HALF_YEAR (180LL * 86400 * 1000) /* milliseconds: after that -ls shows the year */

/* A flag, width and precision, and the value to which they apply. */
struct field {
    char format[24];
    struct buffer text;
};

static char type_letter(const struct k_stat *stat)
{
    static const char letters[] = {[K_FILE] = 'f', [K_DIRECTORY] = 'd', [K_LINK] = 'l',
                                   [K_PIPE] = 'p', [K_DEVICE] = 'c',    [K_SOCKET] = 's'};
    return letters[stat->kind];
}

/* %h: what is before the last slash. */
static void put_directory(const struct find *find, struct buffer *out)
{
    const char *path = buffer_string(&find->walk.path);
    size_t length;
    const char *name = find_name(find, &length);

    if (name == path)
        buffer_put_string(out, *path == '/' ? "" : ".");
    else
        buffer_put(out, path, (size_t)(name - path) - 1);
}

/* %P: the path below where the walk began. */
static void put_below(const struct find *find, struct buffer *out)
{
    const char *below = buffer_string(&find->walk.path) + find->walk.root_size;
    buffer_put_string(out, find->walk.depth && *below == '/' ? below + 1 : below);
}

static void put_link(struct k_process *process, const struct find *find, struct buffer *out)
{
    if (find->walk.stat.kind == K_LINK) k_read_link(process, buffer_string(&find->walk.path), out);
}

static void put_other_type(struct k_process *process, const struct find *find, struct buffer *out)
{
    struct k_stat stat;
    int result = k_stat_path(process, buffer_string(&find->walk.path), K_FOLLOW, &stat);
    char letter = '?';

    if (result == 0) letter = type_letter(&stat);
    if (result == UMBRA_ENOENT) letter = 'N';
    if (result == UMBRA_ELOOP) letter = 'L';
    buffer_put_byte(out, letter);
}

/* %t and %Tk: k is a letter of strftime(), or @. */
static void put_time(struct k_process *process, const struct find *find, char letter, struct buffer *out)
{
    int64_t time = find->walk.stat.mtime, second = time / 1000 - (time % 1000 < 0);
    char format[] = {'%', letter, '\0'};

    if (letter == '@')
        buffer_printf(out, "%lld.%03d0000000", (long long)second, (int)(time - second * 1000));
    else if (letter == 'S' || letter == 'T' || letter == 'X')
        cmd_put_time(process, out, letter == 'S' ? "%S.%N0" : "%H:%M:%S.%N0", time);
    else if (letter == '+')
        cmd_put_time(process, out, "%Y-%m-%d+%H:%M:%S.%N0", time);
    else
        cmd_put_time(process, out, format, time);
}

static bool put_number(const struct find *find, char letter, struct buffer *out)
{
    const struct k_stat *stat = &find->walk.stat;
    uint64_t number;

    switch (letter) {
    case 's':
        number = stat->size;
        break;
    case 'b':
        number = cmd_disk_bytes(stat) / 512;
        break;
    case 'k':
        number = cmd_disk_bytes(stat) / 1024;
        break;
    case 'd':
        number = find->walk.depth;
        break;
    case 'i':
        number = stat->ino;
        break;
    case 'n':
        number = stat->links;
        break;
    case 'D':
        number = stat->device;
        break;
    case 'U':
    case 'G':
        number = 1000;
        break;
    default:
        return false;
    }
    buffer_printf(out, "%llu", (unsigned long long)number);
    return true;
}

static bool put_text(struct k_process *process, const struct find *find, char letter, struct buffer *out)
{
    char mode[11];
    size_t length;
    const char *name;

    switch (letter) {
    case 'p':
        buffer_put(out, find->walk.path.data, find->walk.path.size);
        return true;
    case 'f':
        name = find_name(find, &length);
        buffer_put_string(
            out, find->walk.depth ? name : buffer_string(&find->walk.path) + (name - find->walk.path.data));
        return true;
    case 'h':
        put_directory(find, out);
        return true;
    case 'H':
        buffer_put(out, find->walk.path.data, find->walk.root_size);
        return true;
    case 'P':
        put_below(find, out);
        return true;
    case 'l':
        put_link(process, find, out);
        return true;
    case 'm':
        buffer_printf(out, "%o", find->walk.stat.mode & 07777);
        return true;
    case 'M':
        cmd_mode_text(&find->walk.stat, mode);
        buffer_put_string(out, mode);
        return true;
    case 'u':
    case 'g':
        buffer_put_string(out, "user");
        return true;
    case 'F':
        buffer_put_string(out, "umbra");
        return true;
    case 'y':
        buffer_put_byte(out, type_letter(&find->walk.stat));
        return true;
    case 'Y':
        put_other_type(process, find, out);
        return true;
    default:
        return false;
    }
}

static void put_field(struct k_process *process, const struct field *field)
{
    if (*field->format == '\0') {
        cmd_put(process, field->text.data, field->text.size);
    } else {
        const char *text = buffer_string(&field->text);
        size_t length = strlen(text), width = 0, most = SIZE_MAX;
        const char *at = field->format + strspn(field->format, "-0+ #");
        for (; *at >= '0' && *at <= '9'; at++) width = width * 10 + (size_t)(*at - '0');
        if (*at == '.')
            for (most = 0, at++; *at >= '0' && *at <= '9'; at++) most = most * 10 + (size_t)(*at - '0');
        if (length > most) length = most;
        if (!strchr(field->format, '-'))
            for (; width > length; width--) cmd_put_byte(process, ' ');
        cmd_put(process, text, length);
        for (; width > length; width--) cmd_put_byte(process, ' ');
    }
}

/* A directive at its %; behind it. */
static const char *put_directive(struct k_process *process, struct find *find, const char *at)
{
    struct field field = {0};
    size_t flags = strspn(at + 1, "-+ #0123456789.");
    const char *letter = at + 1 + flags;

    if (*letter == '%' || *letter == '\0') {
        cmd_put_byte(process, '%');
        return *letter ? letter + 1 : letter;
    }
    snprintf(field.format, sizeof field.format, "%.*s", (int)(flags < 16 ? flags : 16), at + 1);
    if (strchr("acBt", *letter) && *letter != 'B') {
        cmd_put_time(process, &field.text, "%a %b %e %H:%M:%S.%N0 %Y", find->walk.stat.mtime);
    } else if (strchr("ACBT", *letter) && letter[1]) {
        put_time(process, find, *++letter, &field.text);
    } else if (!put_number(find, *letter, &field.text) && !put_text(process, find, *letter, &field.text)) {
        cmd_put(process, at, (size_t)(letter - at) + 1);
        buffer_free(&field.text);
        return letter + 1;
    }
    if (field.text.failed) cmd_fail_output(process);
    put_field(process, &field);
    buffer_free(&field.text);
    return letter + 1;
}

/* An escape at its backslash; behind it, NULL for \c. */
static const char *put_escape(struct k_process *process, const char *at)
{
    static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
    const char *found = at[1] ? strchr(letters, at[1]) : NULL;
    unsigned value = 0;
    int digits = 0;

    if (at[1] == 'c') return NULL;
    if (found) {
        cmd_put_byte(process, bytes[found - letters]);
        return at + 2;
    }
    for (; digits < 3 && at[1 + digits] >= '0' && at[1 + digits] <= '7'; digits++)
        value = value * 8 + (unsigned)(at[1 + digits] - '0');
    if (digits) {
        cmd_put_byte(process, (char)value);
        return at + 1 + digits;
    }
    cmd_put_byte(process, '\\');
    return at + 1;
}

void find_printf(struct k_process *process, struct find *find, const char *format)
{
    while (format && *format) {
        if (*format == '%') {
            format = put_directive(process, find, format);
        } else if (*format == '\\') {
            format = put_escape(process, format);
        } else {
            size_t length = strcspn(format, "%\\");
            cmd_put(process, format, length);
            format += length;
        }
    }
}

void find_put_ls(struct k_process *process, struct find *find)
{
    const struct k_stat *stat = &find->walk.stat;
    struct buffer text = {0};
    char mode[11];

    cmd_mode_text(stat, mode);
    cmd_put_time(process, &text,
                 find->now - stat->mtime > HALF_YEAR || stat->mtime > find->now + 3600000 ? "%b %e  %Y"
                                                                                          : "%b %e %H:%M",
                 stat->mtime);
    cmd_printf(process, "%9llu %6llu %s %3u %-8s %-8s %8llu %s ", (unsigned long long)stat->ino,
               (unsigned long long)(cmd_disk_bytes(stat) / 1024), mode, stat->links, "user", "user",
               (unsigned long long)stat->size, buffer_string(&text));
    cmd_put(process, find->walk.path.data, find->walk.path.size);
    buffer_clear(&text);
    put_link(process, find, &text);
    if (text.size) cmd_printf(process, " -> %s", buffer_string(&text));
    if (text.failed) cmd_fail_output(process);
    cmd_put_byte(process, '\n');
    buffer_free(&text);
}
