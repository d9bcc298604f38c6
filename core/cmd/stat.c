/* stat: what is known of files. GNU coreutils 9.1, "stat invocation". Files have one time, which stands for
 * those of access, change and birth too; of file systems (-f) it says how large the workspace is. */
#include <stdio.h>
#include <string.h>

#include "cmd/human.h"
#include "cmd/mode.h"
#include "cmd/owner.h"
#include "cmd/when.h"

static const char help[] =
    "Usage: stat [OPTION]... FILE...\n"
    "Show what is known of each FILE.\n"
    "\n"
    "  -L, --dereference     follow links\n"
    "  -f, --file-system     of the file system\n"
    "  -c, --format=FORMAT   in this form, with a newline behind it\n"
    "      --printf=FORMAT   the same without a newline, but with \\n and the like\n"
    "  -t, --terse           all in one line\n"
    "      --help            this text\n"
    "      --version         the version\n"
    "\n"
    "FORMAT: %a mode in octal, %A in letters, %b blocks, %B bytes of a block, %d device, %f raw mode, %F "
    "type,\n"
    "%g %G group, %h links, %i inode, %m mount point, %n name, %N quoted with target, %o size of a "
    "transfer,\n"
    "%s size, %u %U owner, %w %W birth, %x %X access, %y %Y change of content, %z %Z change\n";

enum { OPT_PRINTF = 256, OPT_CACHED };

static const struct cmd_option options[] = {{'L', "dereference", CMD_NOTHING},
                                            {'f', "file-system", CMD_NOTHING},
                                            {'c', "format", CMD_VALUE},
                                            {OPT_PRINTF, "printf", CMD_VALUE},
                                            {OPT_CACHED, "cached", CMD_VALUE},
                                            {'t', "terse", CMD_NOTHING},
                                            {0}};

static const char usual[] = "  File: %N\n"
                            "  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\n"
                            "Device: %Hd,%Ld\tInode: %-11i Links: %h\n"
                            "Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n"
                            "Access: %x\n"
                            "Modify: %y\n"
                            "Change: %z\n"
                            " Birth: %w\n";
static const char terse[] = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n";
static const char usual_system[] = "  File: \"%n\"\n"
                                   "    ID: %-8i Namelen: %-7l Type: %T\n"
                                   "Block size: %-10s Fundamental block size: %S\n"
                                   "Blocks: Total: %-10b Free: %-10f Available: %a\n"
                                   "Inodes: Total: %-10c Free: %d\n";
static const char terse_system[] = "%n %i %l %t %s %S %b %f %a %c %d\n";

struct stat_state {
    struct cmd_base base;
    bool follow, system, terse, newline, escapes;
    const char *format;
    int i;
};

struct subject {
    const char *path;
    struct k_stat stat;
    struct st_usage usage; /* for -f */
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct stat_state *state = process->state;

    state->follow |= letter == 'L';
    state->system |= letter == 'f';
    state->terse |= letter == 't';
    if (letter == 'c' || letter == OPT_PRINTF) {
        state->format = value;
        state->newline = letter == 'c';
        state->escapes = letter == OPT_PRINTF;
    }
    return true;
}

/* --- directives --- */

struct directive {
    char flags[8];
    size_t width;
    bool has_precision;
    size_t precision;
    char prefix; /* H or L of %Hd; 0: none */
    char letter;
};

/* At a %; behind it. */
static const char *read_directive(const char *at, struct directive *directive)
{
    size_t length = strspn(++at, "-0+ #'");

    memset(directive, 0, sizeof *directive);
    snprintf(directive->flags, sizeof directive->flags, "%.*s", (int)(length < 7 ? length : 7), at);
    for (at += length; *at >= '0' && *at <= '9'; at++)
        if (directive->width < 4096) directive->width = directive->width * 10 + (size_t)(*at - '0');
    if (*at == '.') {
        directive->has_precision = true;
        for (at++; *at >= '0' && *at <= '9'; at++)
            if (directive->precision < 4096)
                directive->precision = directive->precision * 10 + (size_t)(*at - '0');
    }
    if ((*at == 'H' || *at == 'L') && (at[1] == 'd' || at[1] == 'r')) directive->prefix = *at++;
    directive->letter = *at;
    return *at ? at + 1 : at;
}

static void put_padded(struct k_process *process, const struct directive *directive, const char *text,
                       size_t length, bool number)
{
    size_t pad = directive->width > length ? directive->width - length : 0;
    bool left = strchr(directive->flags, '-') != NULL,
         zero = number && !left && strchr(directive->flags, '0');

    if (!left)
        while (pad) {
            cmd_put_byte(process, zero ? '0' : ' ');
            pad--;
        }
    cmd_put(process, text, length);
    for (; pad; pad--) cmd_put_byte(process, ' ');
}

static unsigned raw_mode(const struct k_stat *stat)
{
    static const unsigned kinds[] = {[K_FILE] = 0100000, [K_DIRECTORY] = 040000, [K_LINK] = 0120000,
                                     [K_PIPE] = 010000,  [K_DEVICE] = 020000,    [K_SOCKET] = 0140000};
    return kinds[stat->kind] | (stat->mode & 07777);
}

static bool file_number(const struct subject *subject, const struct directive *directive, char text[32])
{
    const struct k_stat *stat = &subject->stat;
    unsigned long long value;
    const char *format = "%llu";

    switch (directive->letter) {
    case 'a':
        value = stat->mode & 07777;
        format = strchr(directive->flags, '#') ? "0%llo" : "%llo";
        break;
    case 'b':
        value = cmd_disk_bytes(stat) / 512;
        break;
    case 'B':
        value = 512;
        break;
    case 'd':
    case 'D':
        value = directive->prefix == 'H' ? 0 : stat->device;
        if (directive->letter == 'D') format = "%llx";
        break;
    case 'f':
        value = raw_mode(stat);
        format = "%llx";
        break;
    case 'g':
    case 'u':
        value = CMD_USER_NUMBER;
        break;
    case 'h':
        value = stat->links;
        break;
    case 'i':
        value = stat->ino;
        break;
    case 'o':
        value = 4096;
        break;
    case 'r':
    case 'R':
    case 't':
    case 'T':
        value = 0;
        break;
    case 's':
        value = stat->size;
        break;
    case 'W':
        value = 0;
        break;
    default:
        return false;
    }
    snprintf(text, 32, format, value);
    return true;
}

static void put_seconds(struct buffer *out, int64_t time, const struct directive *directive)
{
    int64_t second = time / 1000 - (time % 1000 < 0);
    char digits[16];

    buffer_printf(out, "%lld", (long long)second);
    if (!directive->has_precision) return;
    snprintf(digits, sizeof digits, "%03d000000", (int)(time - second * 1000));
    buffer_printf(out, ".%.*s",
                  (int)(directive->precision ? directive->precision < 9 ? directive->precision : 9 : 9),
                  digits);
}

static void put_quoted_name(struct k_process *process, const struct subject *subject, struct buffer *out)
{
    struct buffer target = {0};

    cmd_put_quoted(out, subject->path);
    if (subject->stat.kind == K_LINK && k_read_link(process, subject->path, &target) == 0) {
        buffer_put_string(out, " -> ");
        cmd_put_quoted(out, buffer_string(&target));
    }
    if (target.failed) out->failed = true;
    buffer_free(&target);
}

static const char *mount_point(const struct k_stat *stat)
{
    return stat->device == K_WORKSPACE + 1u   ? K_WORKSPACE_PATH
           : stat->device == K_TEMPORARY + 1u ? "/tmp"
                                              : "/";
}

static bool file_text(struct k_process *process, const struct subject *subject,
                      const struct directive *directive, struct buffer *out)
{
    char mode[11];

    switch (directive->letter) {
    case 'A':
        cmd_mode_text(&subject->stat, mode);
        buffer_put_string(out, mode);
        return true;
    case 'F':
        buffer_put_string(out, cmd_kind_text(&subject->stat));
        return true;
    case 'G':
    case 'U':
        buffer_put_string(out, CMD_USER_NAME);
        return true;
    case 'm':
        buffer_put_string(out, mount_point(&subject->stat));
        return true;
    case 'n':
        buffer_put_string(out, subject->path);
        return true;
    case 'N':
        put_quoted_name(process, subject, out);
        return true;
    case 'w':
        buffer_put_byte(out, '-');
        return true;
    case 'x':
    case 'y':
    case 'z':
        cmd_put_time(process, out, "%Y-%m-%d %H:%M:%S.%N %z", subject->stat.mtime);
        return true;
    case 'X':
    case 'Y':
    case 'Z':
        put_seconds(out, subject->stat.mtime, directive);
        return true;
    default:
        return false;
    }
}

/* With -f. */
static bool system_text(const struct subject *subject, const struct directive *directive, struct buffer *out)
{
    const struct st_usage *usage = &subject->usage;
    uint64_t total = usage->image_bytes / 4096, free_blocks = usage->free_bytes / 4096;

    switch (directive->letter) {
    case 'a':
    case 'f':
        buffer_printf(out, "%llu", (unsigned long long)free_blocks);
        return true;
    case 'b':
        buffer_printf(out, "%llu", (unsigned long long)total);
        return true;
    case 'c':
    case 'd':
        buffer_put_string(out, "0");
        return true;
    case 'i':
    case 't':
        buffer_printf(out, "%x", subject->stat.device);
        return true;
    case 'l':
        buffer_printf(out, "%u", ST_NAME_MAX);
        return true;
    case 'n':
        buffer_put_string(out, subject->path);
        return true;
    case 's':
    case 'S':
        buffer_put_string(out, "4096");
        return true;
    case 'T':
        buffer_put_string(out, "umbra");
        return true;
    default:
        return false;
    }
}

static const char *put_directive(struct k_process *process, const struct stat_state *state,
                                 const struct subject *subject, const char *at)
{
    struct directive directive;
    struct buffer text = {0};
    char number[32];

    at = read_directive(at, &directive);
    if (directive.letter == '%' || directive.letter == '\0') {
        cmd_put_byte(process, '%');
        return at;
    }
    if (state->system) {
        if (!system_text(subject, &directive, &text)) buffer_put_byte(&text, '?');
        put_padded(process, &directive, text.data, text.size, false);
    } else if (file_number(subject, &directive, number)) {
        put_padded(process, &directive, number, strlen(number), true);
    } else {
        if (!file_text(process, subject, &directive, &text)) buffer_put_byte(&text, '?');
        if (directive.has_precision && strchr("AFGUmnN", directive.letter) && text.size > directive.precision)
            text.size = directive.precision;
        put_padded(process, &directive, text.data, text.size, strchr("XYZ", directive.letter) != NULL);
    }
    if (text.failed) cmd_fail_output(process);
    buffer_free(&text);
    return at;
}

/* An escape of --printf at its backslash; behind it. */
static const char *put_escape(struct k_process *process, const char *at)
{
    static const char letters[] = "abefnrtv\"\\", bytes[] = "\a\b\33\f\n\r\t\v\"\\";
    const char *found = *++at ? strchr(letters, *at) : NULL;
    unsigned value = 0;
    int digits = 0;

    if (found) {
        cmd_put_byte(process, bytes[found - letters]);
        return at + 1;
    }
    for (; digits < 3 && at[digits] >= '0' && at[digits] <= '7'; digits++)
        value = value * 8 + (unsigned)(at[digits] - '0');
    if (digits) {
        cmd_put_byte(process, (char)value);
        return at + digits;
    }
    if (*at == '\0') {
        cmd_warn(process, "warning: backslash at end of format");
        cmd_put_byte(process, '\\');
        return at;
    }
    cmd_warn(process, "warning: unrecognized escape '\\%c'", *at);
    cmd_put_byte(process, *at);
    return at + 1;
}

static void put_format(struct k_process *process, const struct stat_state *state,
                       const struct subject *subject, const char *format)
{
    while (*format) {
        if (*format == '%')
            format = put_directive(process, state, subject, format);
        else if (*format == '\\' && state->escapes)
            format = put_escape(process, format);
        else
            cmd_put_byte(process, *format++);
    }
    if (state->newline) cmd_put_byte(process, '\n');
}

static void show(struct k_process *process, const struct stat_state *state, const char *path)
{
    struct subject subject = {.path = path};
    const char *format = state->format;
    int result;

    if (strcmp(path, "-") == 0 && !state->system)
        result = k_stat_number(process, 0, &subject.stat);
    else
        result = k_stat_path(process, path, state->follow || state->system ? K_FOLLOW : K_NO_FOLLOW,
                             &subject.stat);
    if (result < 0) {
        if (state->system)
            cmd_error(process, "cannot read file system information for %s: %s", cmd_quote(process, path),
                      k_error_text(result));
        else
            cmd_error(process, "cannot statx %s: %s", cmd_quote(process, path), k_error_text(result));
        return;
    }
    if (state->system) st_usage(process->kernel->store, &subject.usage);
    if (format == NULL && state->system) format = state->terse ? terse_system : usual_system;
    if (format == NULL) format = state->terse ? terse : usual;
    put_format(process, state, &subject, format);
}

static enum k_progress stat_run(struct k_process *process)
{
    struct stat_state *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) cmd_missing_operand(process, NULL);
    for (state->i = 1; state->i < process->argc; state->i++) {
        show(process, state, process->argv[state->i]);
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(stat, struct stat_state, stat_run, help);
