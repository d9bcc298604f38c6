/* line_keys_text.c: keys as they are written, variables of the editor, and lines of an init file (GNU
 * Readline 8.2 manual, "Readline Init File Syntax"). */
#include <string.h>
#include <strings.h>

#include "shell/line_keys.h"

enum { ESCAPE = 27, DELETE = 127 };

/* --- keys --- */

static char control(char byte)
{
    if (byte == '?') return DELETE;
    if (byte >= 'a' && byte <= 'z') byte = (char)(byte - 'a' + 'A');
    return (char)(byte & 0x1f);
}

static int digit(char byte)
{
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return 99;
}

/* Digits in a base, at most so many; the bytes that were read. */
static size_t read_digits(const char *text, size_t size, int base, size_t most, char *value)
{
    int number = 0;
    size_t i;

    for (i = 0; i < size && i < most && digit(text[i]) < base; i++) number = number * base + digit(text[i]);
    *value = (char)number;
    return i;
}

/* What stands behind a backslash that is no \C- or \M-; the bytes that were read. */
static size_t read_escape(const char *text, size_t size, char *value)
{
    static const char letters[] = "abdefnrtv", meanings[] = "\a\b\177\033\f\n\r\t\v";
    const char *letter = memchr(letters, *text, sizeof letters - 1);

    if (*text >= '0' && *text <= '7') return read_digits(text, size, 8, 3, value);
    if (*text == 'x' && size > 1 && digit(text[1]) < 16)
        return 1 + read_digits(text + 1, size - 1, 16, 2, value);
    *value = (char)(letter ? meanings[letter - letters] : *text);
    return 1;
}

size_t sh_keys_read(const char *text, size_t size, char end, struct buffer *keys)
{
    size_t at = 0;

    while (at < size && (end == '\0' || text[at] != end)) {
        bool controls = false;
        char byte = text[at++];
        for (;;) {
            bool marks = byte == '\\' && at + 1 < size && text[at + 1] == '-';
            if (!marks || (text[at] != 'C' && text[at] != 'M')) break;
            if (text[at] == 'C')
                controls = true;
            else
                buffer_put_byte(keys, ESCAPE);
            at += 2;
            byte = '\0';
            if (at == size || (end && text[at] == end)) return at;
            byte = text[at++];
        }
        if (byte == '\\' && at < size) at += read_escape(text + at, size - at, &byte);
        buffer_put_byte(keys, (char)(controls ? control(byte) : byte));
    }
    return at;
}

void sh_keys_put(struct buffer *out, const char *keys, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)keys[i];
        if (byte == ESCAPE)
            buffer_put_string(out, "\\e");
        else if (byte == DELETE)
            buffer_put_string(out, "\\C-?");
        else if (byte < ' ')
            buffer_printf(out, byte == 28 ? "\\C-\\%c" : "\\C-%c",
                          byte >= 1 && byte <= 26 ? byte + 'a' - 1 : byte + '@');
        else if (byte >= 0x80)
            buffer_printf(out, "\\%03o", byte);
        else if (byte == '"' || byte == '\\')
            buffer_printf(out, "\\%c", byte);
        else
            buffer_put_byte(out, (char)byte);
    }
}

/* --- variables --- */

static const struct {
    const char *name, *value;
    bool is_switch;
} variables[] = {
    {"bind-tty-special-chars", "on", true},
    {"blink-matching-paren", "off", true},
    {"byte-oriented", "off", true},
    {"colored-completion-prefix", "off", true},
    {"colored-stats", "off", true},
    {"completion-ignore-case", "off", true},
    {"completion-map-case", "off", true},
    {"convert-meta", "off", true},
    {"disable-completion", "off", true},
    {"echo-control-characters", "on", true},
    {"enable-active-region", "off", true},
    {"enable-bracketed-paste", "on", true},
    {"enable-keypad", "off", true},
    {"enable-meta-key", "on", true},
    {"expand-tilde", "off", true},
    {"history-preserve-point", "off", true},
    {"horizontal-scroll-mode", "off", true},
    {"input-meta", "on", true},
    {"mark-directories", "on", true},
    {"mark-modified-lines", "off", true},
    {"mark-symlinked-directories", "off", true},
    {"match-hidden-files", "on", true},
    {"menu-complete-display-prefix", "off", true},
    {"meta-flag", "on", true},
    {"output-meta", "on", true},
    {"page-completions", "off", true},
    {"prefer-visible-bell", "off", true},
    {"print-completions-horizontally", "off", true},
    {"revert-all-at-newline", "off", true},
    {"show-all-if-ambiguous", "off", true},
    {"show-all-if-unmodified", "off", true},
    {"show-mode-in-prompt", "off", true},
    {"skip-completed-text", "off", true},
    {"visible-stats", "off", true},
    {"bell-style", "audible", false},
    {"comment-begin", "#", false},
    {"completion-display-width", "-1", false},
    {"completion-prefix-display-length", "0", false},
    {"completion-query-items", "100", false},
    {"editing-mode", "emacs", false},
    {"emacs-mode-string", "@", false},
    {"history-size", "0", false},
    {"keyseq-timeout", "500", false},
    {"vi-cmd-mode-string", "(cmd)", false},
    {"vi-ins-mode-string", "(ins)", false},
};

#define VARIABLE_COUNT (sizeof variables / sizeof variables[0])
_Static_assert(VARIABLE_COUNT == SH_LINE_VARIABLES_MAX, "struct sh_keymaps has room for all");

static size_t find_variable(const char *name, size_t length)
{
    size_t i;

    for (i = 0; i < VARIABLE_COUNT; i++)
        if (strlen(variables[i].name) == length && strncasecmp(variables[i].name, name, length) == 0) break;
    return i;
}

const char *sh_line_variable_name(size_t index, bool *is_switch)
{
    if (index >= VARIABLE_COUNT) return NULL;
    *is_switch = variables[index].is_switch;
    return variables[index].name;
}

const char *sh_line_variable_at(const struct sh_keymaps *keymaps, size_t index)
{
    return keymaps && keymaps->values[index][0] ? keymaps->values[index] : variables[index].value;
}

const char *sh_line_variable(const struct sh_keymaps *keymaps, const char *name)
{
    return sh_line_variable_at(keymaps, find_variable(name, strlen(name)));
}

bool sh_line_variable_is_on(const struct sh_keymaps *keymaps, const char *name)
{
    return strcmp(sh_line_variable(keymaps, name), "on") == 0;
}

bool sh_line_variable_set(struct sh_keymaps *keymaps, const char *name, const char *value)
{
    size_t index = find_variable(name, strlen(name)), length = strlen(value);

    if (strcasecmp(name, "keymap") == 0) {
        const char *prefix;
        sh_keymap_by_name(value, length, &keymaps->current, &prefix);
        return true;
    }
    if (index == VARIABLE_COUNT) return false;
    if (variables[index].is_switch) {
        bool on = *value == '\0' || strcasecmp(value, "on") == 0 || strcmp(value, "1") == 0;
        value = on ? "on" : "off";
        length = strlen(value);
    }
    if (length >= SH_LINE_VALUE_MAX) length = SH_LINE_VALUE_MAX - 1;
    memcpy(keymaps->values[index], value, length);
    keymaps->values[index][length] = '\0';
    return true;
}

/* --- lines --- */

struct line {
    const char *text;
    size_t at, size;
};

static void skip_blanks(struct line *line)
{
    while (line->at < line->size && (line->text[line->at] == ' ' || line->text[line->at] == '\t')) line->at++;
}

static size_t word_length(const struct line *line)
{
    size_t end = line->at;
    while (end < line->size && line->text[end] != ' ' && line->text[end] != '\t') end++;
    return end - line->at;
}

static int set_variable(struct sh_keymaps *keymaps, struct line *line, struct buffer *message)
{
    char name[64], value[64];
    size_t length;

    skip_blanks(line);
    length = word_length(line);
    if (length >= sizeof name) length = sizeof name - 1;
    memcpy(name, line->text + line->at, length);
    name[length] = '\0';
    line->at += word_length(line);
    skip_blanks(line);
    length = word_length(line);
    if (length >= sizeof value) length = sizeof value - 1;
    memcpy(value, line->text + line->at, length);
    value[length] = '\0';
    if (sh_line_variable_set(keymaps, name, value)) return 0;
    buffer_printf(message, "%s: unknown variable name", name);
    return UMBRA_EINVAL;
}

/* Control-Meta-x, TAB and the like. */
static void read_named_key(const char *text, size_t length, struct buffer *keys)
{
    static const struct {
        const char *name;
        char key;
    } names[] = {{"del", DELETE}, {"rubout", DELETE}, {"esc", ESCAPE}, {"escape", ESCAPE},
                 {"lfd", '\n'},   {"newline", '\n'},  {"ret", '\r'},   {"return", '\r'},
                 {"spc", ' '},    {"space", ' '},     {"tab", '\t'}};
    bool controls = false;
    size_t at = 0, i;

    while (at < length) {
        const char *dash = memchr(text + at, '-', length - at);
        size_t part = dash ? (size_t)(dash - text) - at : 0;
        if (part == 0 || at + part + 1 == length) break;
        if ((part == 7 && strncasecmp(text + at, "control", 7) == 0) ||
            (part == 1 && strncasecmp(text + at, "c", 1) == 0))
            controls = true;
        else if ((part == 4 && strncasecmp(text + at, "meta", 4) == 0) ||
                 (part == 1 && strncasecmp(text + at, "m", 1) == 0))
            buffer_put_byte(keys, ESCAPE);
        else
            break;
        at += part + 1;
    }
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == length - at && strncasecmp(names[i].name, text + at, length - at) == 0)
            break;
    if (at == length) return;
    if (i < sizeof names / sizeof names[0])
        buffer_put_byte(keys, (char)(controls ? control(names[i].key) : names[i].key));
    else
        buffer_put_byte(keys, (char)(controls ? control(text[at]) : text[at]));
}

/* The keys before the colon; false: what is wrong stands in message. */
static bool take_keys(struct line *line, struct buffer *keys, struct buffer *message)
{
    if (line->text[line->at] == '"') {
        line->at++;
        line->at += sh_keys_read(line->text + line->at, line->size - line->at, '"', keys);
        if (line->at == line->size) {
            buffer_printf(message, "%.*s: no closing `\"' in key binding", (int)line->size, line->text);
            return false;
        }
        line->at++;
        skip_blanks(line);
    } else {
        const char *colon = memchr(line->text + line->at, ':', line->size - line->at);
        size_t length = colon ? (size_t)(colon - line->text) - line->at : 0;
        if (colon) read_named_key(line->text + line->at, length, keys);
        line->at += length;
    }
    if (line->at < line->size && line->text[line->at] == ':') {
        line->at++;
        skip_blanks(line);
        return true;
    }
    buffer_printf(message, "%.*s: no key sequence terminator", (int)line->size, line->text);
    return false;
}

static int bind_rest(struct sh_keymaps *keymaps, struct line *line, struct sh_binding *binding,
                     struct buffer *message)
{
    struct buffer macro = {0};
    int result;

    if (line->at < line->size && (line->text[line->at] == '"' || line->text[line->at] == '\'')) {
        char quote = line->text[line->at++];
        sh_keys_read(line->text + line->at, line->size - line->at, quote, &macro);
        binding->kind = SH_BOUND_MACRO;
        binding->text = (char *)(uintptr_t)buffer_string(&macro);
        binding->text_size = macro.size;
    } else {
        size_t length = word_length(line);
        binding->kind = SH_BOUND_FUNCTION;
        binding->function = sh_key_function_by_name(line->text + line->at, length);
        if (binding->function == SH_KEY_none) {
            buffer_printf(message, "%.*s: unknown function name", (int)length, line->text + line->at);
            return UMBRA_EINVAL;
        }
    }
    result = macro.failed || !sh_keys_bind(keymaps, binding) ? UMBRA_ENOMEM : 0;
    buffer_free(&macro);
    return result;
}

int sh_keys_take_line(struct sh_keymaps *keymaps, enum sh_keymap map, const char *prefix, const char *text,
                      size_t size, struct buffer *message)
{
    struct line line = {text, 0, size};
    struct buffer keys = {0};
    struct sh_binding binding = {.map = map};
    int result = UMBRA_EINVAL;

    skip_blanks(&line);
    if (line.at == line.size || text[line.at] == '#' || text[line.at] == '$') return 0;
    if (word_length(&line) == 3 && strncasecmp(text + line.at, "set", 3) == 0) {
        line.at += 3;
        return set_variable(keymaps, &line, message);
    }
    buffer_put_string(&keys, prefix);
    if (take_keys(&line, &keys, message)) {
        binding.size = keys.size;
        if (keys.failed) {
            result = UMBRA_ENOMEM;
        } else if (keys.size == 0 || keys.size > SH_KEYS_MAX) {
            buffer_printf(message, "a binding is for 1 to %d bytes", SH_KEYS_MAX);
        } else {
            memcpy(binding.keys, keys.data, keys.size);
            result = bind_rest(keymaps, &line, &binding, message);
        }
    }
    buffer_free(&keys);
    return result;
}
