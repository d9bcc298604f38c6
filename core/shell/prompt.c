#include "shell/prompt.h"

#include "base/calendar.h"
#include "shell/directories.h"
#include "shell/expand.h"
#include "shell/history.h"
#include "shell/test_operators.h"

#define TIME_LIMIT 4096 /* bytes that \D{...} may become */

struct prompt {
    struct shell *shell;
    struct buffer *out;
    bool protects; /* an expansion comes */
    bool marks;    /* what takes no columns */
};

/* Text that means nothing but itself. */
static void put_plain(struct prompt *prompt, const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (prompt->protects && text[i] && strchr("$`\\\"", text[i])) buffer_put_byte(prompt->out, '\\');
        buffer_put_byte(prompt->out, text[i]);
    }
}

static void put_string(struct prompt *prompt, const char *text)
{
    put_plain(prompt, text, strlen(text));
}

static void put_variable(struct prompt *prompt, const char *name, const char *end, const char *otherwise)
{
    struct sh_text_ref value = sh_get(prompt->shell, name);

    if (value.size == 0)
        put_string(prompt, otherwise);
    else
        put_plain(prompt, value.data, strcspn(value.data, end));
}

static void put_time(struct prompt *prompt, const char *format, size_t size)
{
    struct sh_text_ref zone_text = sh_get(prompt->shell, "TZ");
    int64_t now = k_wall(prompt->shell->kernel);
    struct calendar_zone zone;
    struct calendar_time time;
    struct buffer text = {0};

    calendar_zone_read(&zone, zone_text.data ? zone_text.data : "", zone_text.size);
    calendar_break(now / 1000, (int32_t)(now % 1000) * 1000000, &zone, &time);
    if (calendar_format(&text, format, size, &time, TIME_LIMIT) == 0)
        put_plain(prompt, buffer_string(&text), text.size);
    prompt->out->failed |= text.failed;
    buffer_free(&text);
}

/* --- directories --- */

/* The last directories of a path only, as many as PROMPT_DIRTRIM says, behind "...". */
static void trim(struct prompt *prompt, struct buffer *path)
{
    struct sh_text_ref wanted = sh_get(prompt->shell, "PROMPT_DIRTRIM");
    const char *begin = buffer_string(path), *tail = begin + path->size;
    int64_t count;

    if (wanted.size == 0 || !sh_read_integer(wanted.data, &count) || count <= 0) return;
    if (*begin == '~') begin += strcspn(begin, "/");
    if (*begin == '/' && begin > path->data) begin++;
    while (tail > begin && count > 0) count -= *--tail == '/';
    if (count > 0 || tail - begin <= 3) return;
    {
        struct buffer trimmed = {0};
        buffer_put(&trimmed, path->data, (size_t)(begin - path->data));
        buffer_put_string(&trimmed, "...");
        buffer_put_string(&trimmed, tail);
        buffer_free(path);
        *path = trimmed;
    }
}

static void put_directory(struct prompt *prompt, bool last_part)
{
    struct buffer path = {0};
    const char *slash;

    sh_put_short_directory(prompt->shell, sh_working_directory(prompt->shell), &path);
    if (!last_part) trim(prompt, &path);
    slash = last_part ? strrchr(buffer_string(&path), '/') : NULL;
    put_string(prompt, slash && slash[1] ? slash + 1 : buffer_string(&path));
    prompt->out->failed |= path.failed;
    buffer_free(&path);
}

/* --- escapes --- */

static void put_jobs(struct prompt *prompt)
{
    const struct sh_job *job;
    unsigned count = 0;

    for (job = prompt->shell->jobs; job; job = job->next) count++;
    buffer_printf(prompt->out, "%u", count);
}

static void put_version(struct prompt *prompt, bool full)
{
    struct sh_text_ref version = sh_get(prompt->shell, "BASH_VERSION");
    size_t size = version.data ? strcspn(version.data, "(") : 0;

    if (size && !full) {
        const char *dot = memchr(version.data, '.', size);
        dot = dot ? memchr(dot + 1, '.', size - (size_t)(dot + 1 - version.data)) : NULL;
        if (dot) size = (size_t)(dot - version.data);
    }
    put_plain(prompt, version.data ? version.data : "", size);
}

static void put_shell_name(struct prompt *prompt)
{
    const char *name = prompt->shell->process->argc ? prompt->shell->process->argv[0] : "bash";
    const char *slash = strrchr(name, '/');

    put_string(prompt, slash && slash[1] ? slash + 1 : name);
}

/* Three digits, or what there is of them at the end of the text; 0: it is something else. */
static size_t put_octal(struct prompt *prompt, const char *text, size_t size)
{
    unsigned value = 0;
    size_t i, length = size < 3 ? size : 3;
    char byte;

    for (i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '7') return 0;
        value = value * 8 + (unsigned)(text[i] - '0');
    }
    byte = (char)value;
    put_plain(prompt, &byte, 1);
    return length;
}

static bool put_clock(struct prompt *prompt, char letter)
{
    static const struct {
        char letter;
        const char *format;
    } formats[] = {
        {'d', "%a %b %d"}, {'t', "%H:%M:%S"}, {'T', "%I:%M:%S"}, {'@', "%I:%M %p"}, {'A', "%H:%M"}};
    size_t i;

    for (i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].letter == letter) {
            put_time(prompt, formats[i].format, strlen(formats[i].format));
            return true;
        }
    return false;
}

/* The number that the next entry will have; without a history commands are counted by their lines. */
static void put_history_number(struct prompt *prompt)
{
    const struct sh_history *history = prompt->shell->history;

    if (prompt->shell->interaction == NULL)
        buffer_printf(prompt->out, "%u", prompt->shell->line);
    else
        buffer_printf(prompt->out, "%llu",
                      history ? (unsigned long long)(history->base + history->count) : 1ull);
}

static bool put_letter(struct prompt *prompt, char letter)
{
    switch (letter) {
    case 'a':
        put_plain(prompt, "\a", 1);
        return true;
    case 'e':
        put_plain(prompt, "\033", 1);
        return true;
    case 'n':
        put_plain(prompt, "\n", 1);
        return true;
    case 'r':
        put_plain(prompt, "\r", 1);
        return true;
    case '\\':
    case '$': /* nobody is root here */
        put_plain(prompt, &letter, 1);
        return true;
    case '[': /* what does not move the cursor stands between these */
    case ']':
        if (prompt->marks) buffer_put_byte(prompt->out, letter == '[' ? '\001' : '\002');
        return true;
    case 'h':
        put_variable(prompt, "HOSTNAME", ".", "umbra");
        return true;
    case 'H':
        put_variable(prompt, "HOSTNAME", "", "umbra");
        return true;
    case 'u':
        put_variable(prompt, "USER", "", "user");
        return true;
    case 'j':
        put_jobs(prompt);
        return true;
    case 'l':
        put_string(prompt, "tty");
        return true;
    case 's':
        put_shell_name(prompt);
        return true;
    case 'v':
    case 'V':
        put_version(prompt, letter == 'V');
        return true;
    case 'w':
    case 'W':
        put_directory(prompt, letter == 'W');
        return true;
    case '!':
        put_history_number(prompt);
        return true;
    case '#':
        buffer_printf(prompt->out, "%u",
                      prompt->shell->interaction ? prompt->shell->command_number : prompt->shell->line);
        return true;
    default:
        return put_clock(prompt, letter);
    }
}

/* The escape behind a backslash; its length. */
static size_t put_escape(struct prompt *prompt, const char *text, size_t size)
{
    const char *end;
    size_t length;

    if (*text >= '0' && *text <= '7' && (length = put_octal(prompt, text, size)) > 0) return length;
    if (*text == 'D' && size > 1 && text[1] == '{' && (end = memchr(text, '}', size)) != NULL) {
        if (end == text + 2)
            put_time(prompt, "%X", 2);
        else
            put_time(prompt, text + 2, (size_t)(end - text) - 2);
        return (size_t)(end - text) + 1;
    }
    if (!put_letter(prompt, *text)) {
        buffer_put_byte(prompt->out, '\\');
        buffer_put_byte(prompt->out, *text);
    }
    return 1;
}

static void put_prompt(struct shell *shell, const char *text, size_t size, bool marks, struct buffer *out)
{
    struct prompt prompt = {shell, out, sh_shopt(shell, SH_SHOPT_PROMPTVARS), marks};
    size_t at = 0;

    while (at < size) {
        const char *escape = memchr(text + at, '\\', size - at);
        size_t plain = escape ? (size_t)(escape - text) - at : size - at;
        buffer_put(out, text + at, plain);
        at += plain;
        if (escape == NULL) return;
        if (++at == size) {
            buffer_put_byte(out, '\\');
            return;
        }
        at += put_escape(&prompt, text + at, size - at);
    }
}

void sh_put_prompt(struct shell *shell, const char *text, size_t size, struct buffer *out)
{
    put_prompt(shell, text, size, false, out);
}

void sh_put_marked_prompt(struct shell *shell, const char *text, size_t size, struct buffer *out)
{
    put_prompt(shell, text, size, true, out);
}

void sh_expand_text(struct shell *shell, const char *text, size_t size, struct buffer *out)
{
    struct arena_mark place = arena_mark(&shell->process->arena);
    struct sh_expansion expansion;
    struct sh_output output;
    struct sh_part *parts = size ? sh_parse_quoted(text, size, shell->line, &shell->process->arena) : NULL;
    const char *expanded;
    unsigned unwind = shell->unwind;
    int status = shell->status;

    sh_expand_begin(shell, &expansion, parts, &output, true);
    if (sh_expand_at_once(shell, &expansion) == 0) {
        expanded = sh_output_text(shell, &output, &size);
        buffer_put(out, expanded, size);
    } else {
        sh_expand_end(&expansion);
        shell->unwind = unwind; /* what is wrong in a prompt stops nothing */
        shell->status = status;
    }
    arena_release(&shell->process->arena, place);
}

void sh_expand_prompt(struct shell *shell, const char *text, size_t size, struct buffer *out)
{
    struct buffer prompt = {0};

    if (!sh_shopt(shell, SH_SHOPT_PROMPTVARS)) {
        sh_put_prompt(shell, text, size, out);
        return;
    }
    sh_put_prompt(shell, text, size, &prompt);
    sh_expand_text(shell, prompt.data, prompt.size, out);
    out->failed |= prompt.failed;
    buffer_free(&prompt);
}
