#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/sed.h"

#define DEPTH_MAX 256 /* of { within { */

struct parser {
    struct k_process *process;
    struct sed *sed;
    const char *text;
    size_t length, at;
    size_t open[DEPTH_MAX]; /* the { that are open */
    size_t depth;
    bool failed;
};

/* Says what is wrong, with how much of the script was read. */
static bool fail_at(struct parser *parser, size_t at, const char *why)
{
    if (!parser->failed) cmd_error(parser->process, "-e expression #1, char %zu: %s", at, why);
    parser->failed = true;
    return false;
}

static bool fail(struct parser *parser, const char *why)
{
    return fail_at(parser, parser->at < parser->length ? parser->at : parser->length, why);
}

static bool no_memory(struct parser *parser)
{
    if (!parser->failed) cmd_out_of_memory(parser->process);
    parser->failed = true;
    return false;
}

/* --- characters --- */

static int peek(const struct parser *parser)
{
    return parser->at < parser->length ? (unsigned char)parser->text[parser->at] : -1;
}

static int take(struct parser *parser)
{
    int c = peek(parser);
    if (c >= 0) parser->at++;
    return c;
}

static bool is_space(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(struct parser *parser)
{
    while (peek(parser) == ' ' || peek(parser) == '\t') parser->at++;
}

static void skip_spaces(struct parser *parser)
{
    while (is_space(peek(parser)) || peek(parser) == ';') parser->at++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static uint64_t take_number(struct parser *parser)
{
    uint64_t number = 0;

    while (is_digit(peek(parser))) {
        uint64_t digit = (uint64_t)(take(parser) - '0');
        number = number > UINT64_MAX / 10 - 10 ? UINT64_MAX / 10 : number * 10 + digit;
    }
    return number;
}

/* Up to an unescaped delimiter, which is taken too. The backslash before a delimiter and before a newline
 * goes; \n in a regular expression is a newline. false: there is no delimiter in the line. */
static bool take_until(struct parser *parser, int delimiter, bool is_regex, struct buffer *out)
{
    int c;

    while ((c = take(parser)) >= 0 && c != '\n') {
        if (c == delimiter) return true;
        if (c == '\\') {
            c = take(parser);
            if (c < 0) break;
            if (c == 'n' && is_regex && delimiter != 'n')
                c = '\n';
            else if (c != '\n' && (c != delimiter || (!is_regex && c == '&')))
                buffer_put_byte(out, '\\');
        }
        buffer_put_byte(out, (char)c);
    }
    return false;
}

/* --- addresses --- */

static struct sed_regex *compile(struct parser *parser, const struct buffer *pattern, unsigned flags)
{
    struct error error = {0};
    struct sed_regex *regex;

    if (pattern->failed) {
        no_memory(parser);
        return NULL;
    }
    if (pattern->size == 0 && flags) {
        fail(parser, "cannot specify modifiers on empty regexp");
        return NULL;
    }
    regex = sed_compile(parser->process, parser->sed, buffer_string(pattern), pattern->size, flags, &error);
    if (regex) return regex;
    if (error.code == UMBRA_ENOMEM)
        no_memory(parser);
    else
        fail(parser, error.message);
    return NULL;
}

static bool take_regex_address(struct parser *parser, int delimiter, struct sed_address *address)
{
    struct buffer pattern = {0};
    unsigned flags = 0;

    if (delimiter < 0 || delimiter == '\n' || !take_until(parser, delimiter, true, &pattern)) {
        buffer_free(&pattern);
        return fail(parser, "unterminated address regex");
    }
    for (;; parser->at++) {
        if (peek(parser) == 'I')
            flags |= RE_IGNORE_CASE;
        else if (peek(parser) == 'M')
            flags |= RE_NEWLINE;
        else
            break;
    }
    address->kind = SED_REGEX;
    address->regex = compile(parser, &pattern, flags);
    buffer_free(&pattern);
    return address->regex != NULL;
}

static bool take_address(struct parser *parser, bool second, struct sed_address *address)
{
    int c = peek(parser);

    if (c == '/' || c == '\\') {
        parser->at++;
        return take_regex_address(parser, c == '/' ? c : take(parser), address);
    }
    if (is_digit(c)) {
        address->number = take_number(parser);
        address->kind = address->number || second ? SED_LINE : SED_ZERO;
        if (!second && peek(parser) == '~') {
            parser->at++;
            address->step = take_number(parser);
            address->kind = address->step ? SED_STEP : SED_LINE;
        }
    } else if (c == '$') {
        parser->at++;
        address->kind = SED_LAST;
    } else if (second && (c == '+' || c == '~')) {
        parser->at++;
        if (!is_digit(peek(parser))) return fail(parser, "expected number");
        address->number = take_number(parser);
        address->kind = c == '+' ? SED_MORE : SED_MULTIPLE;
    }
    return true;
}

static bool take_addresses(struct parser *parser, struct sed_command *command)
{
    if (!take_address(parser, false, &command->first)) return false;
    skip_blanks(parser);
    if (command->first.kind && peek(parser) == ',') {
        parser->at++;
        skip_blanks(parser);
        if (!take_address(parser, true, &command->second)) return false;
        if (command->second.kind == SED_NONE) {
            take(parser);
            return fail(parser, "unexpected `,'");
        }
        skip_blanks(parser);
    }
    if (peek(parser) != '!') return true;
    parser->at++;
    command->negated = true;
    skip_blanks(parser);
    if (peek(parser) != '!') return true;
    parser->at++;
    return fail(parser, "multiple `!'s");
}

/* --- what follows a command --- */

static bool end_command(struct parser *parser)
{
    int c;

    skip_blanks(parser);
    c = peek(parser);
    if (c < 0 || c == '}' || c == '#') return true;
    parser->at++;
    return c == '\n' || c == ';' || fail(parser, "extra characters after command");
}

static bool keep_text(struct parser *parser, struct sed_command *command, const struct buffer *text)
{
    char *copy = text->failed ? NULL : arena_copy(&parser->process->arena, buffer_string(text), text->size);

    command->text = copy;
    command->length = text->size;
    return copy || no_memory(parser);
}

/* The text of a, i and c, up to a newline without a backslash. */
static bool take_text(struct parser *parser, struct sed_command *command)
{
    struct buffer text = {0};
    bool right;
    int c;

    skip_blanks(parser);
    if (peek(parser) < 0) return fail(parser, "expected \\ after `a', `c' or `i'");
    if (peek(parser) == '\\') {
        size_t before = parser->at++;
        skip_blanks(parser);
        if (peek(parser) == '\n')
            parser->at++;
        else
            parser->at = before + 1; /* text in the same line, with its blanks */
    }
    while ((c = take(parser)) >= 0 && c != '\n') {
        if (c == '\\') {
            char byte;
            size_t used = sed_escape(parser->text + parser->at, parser->length - parser->at, &byte);
            if (used) {
                parser->at += used;
                c = (unsigned char)byte;
            } else {
                c = take(parser);
            }
            if (c < 0) break;
        }
        buffer_put_byte(&text, (char)c);
    }
    if (text.size || c == '\n') buffer_put_byte(&text, '\n');
    right = keep_text(parser, command, &text);
    buffer_free(&text);
    return right;
}

static bool take_word(struct parser *parser, struct sed_command *command)
{
    size_t start;

    skip_blanks(parser);
    start = parser->at;
    while (peek(parser) >= 0 && !is_space(peek(parser)) && peek(parser) != ';' && peek(parser) != '}')
        parser->at++;
    command->length = parser->at - start;
    command->text = arena_copy(&parser->process->arena, parser->text + start, command->length);
    return command->text || no_memory(parser);
}

/* The rest of the line is a file's name; NULL when it cannot be used, which was said. */
static const char *take_file_name(struct parser *parser)
{
    const char *name = NULL;
    size_t start;

    skip_blanks(parser);
    start = parser->at;
    while (peek(parser) >= 0 && peek(parser) != '\n') parser->at++;
    if (parser->at == start) {
        fail(parser, "missing filename in r/R/w/W commands");
    } else if (parser->sed->sandbox) {
        fail(parser, "e/r/w commands disabled in sandbox mode");
    } else {
        name = arena_copy(&parser->process->arena, parser->text + start, parser->at - start);
        if (name == NULL) no_memory(parser);
    }
    return name;
}

static bool open_output(struct parser *parser, struct sed_output_file **output)
{
    struct sed *sed = parser->sed;
    struct sed_output_file *file;
    const char *name = take_file_name(parser);

    if (name == NULL) return false;
    for (file = sed->outputs; file && strcmp(file->name, name) != 0;) file = file->next;
    if (file == NULL) {
        file = arena_zero(&parser->process->arena, sizeof *file);
        if (file == NULL) return no_memory(parser);
        file->name = name;
        if (strcmp(name, "/dev/stdout") == 0)
            file->number = 1;
        else if (strcmp(name, "/dev/stderr") == 0)
            file->number = 2;
        else
            file->number = k_open_number(parser->process, name, FS_WRITE | FS_CREATE | FS_TRUNCATE, 0666);
        file->next = sed->outputs;
        sed->outputs = file;
    }
    *output = file;
    if (file->number >= 0) return true;
    cmd_error(parser->process, "couldn't open file %s: %s", name, k_error_text(file->number));
    sed->base.status = 4;
    parser->failed = true;
    return false;
}

static bool open_lines(struct parser *parser, struct sed_line_file **lines)
{
    struct sed *sed = parser->sed;
    struct sed_line_file *file;
    const char *name = take_file_name(parser);

    if (name == NULL) return false;
    for (file = sed->line_files; file && strcmp(file->name, name) != 0;) file = file->next;
    if (file == NULL) {
        file = arena_zero(&parser->process->arena, sizeof *file);
        if (file == NULL) return no_memory(parser);
        file->name = name;
        file->next = sed->line_files;
        sed->line_files = file;
    }
    *lines = file;
    return true;
}

/* --- s and y --- */

static bool take_flag(struct parser *parser, struct sed_command *command, unsigned *flags)
{
    struct sed_substitution *s = &command->substitution;
    int c = peek(parser);

    if (is_digit(c)) {
        if (s->number) {
            parser->at++;
            return fail(parser, "multiple number options to `s' command");
        }
        s->number = take_number(parser);
        return s->number || fail(parser, "number option to `s' command may not be zero");
    }
    parser->at++;
    if (c == 'g') {
        if (s->global) return fail(parser, "multiple `g' options to `s' command");
        s->global = true;
    } else if (c == 'p') {
        if (s->print) return fail(parser, "multiple `p' options to `s' command");
        s->print = true;
    } else if (c == 'i' || c == 'I') {
        *flags |= RE_IGNORE_CASE;
    } else if (c == 'm' || c == 'M') {
        *flags |= RE_NEWLINE;
    } else if (c == 'e') {
        return fail(parser, "the e option of `s' is not supported");
    } else {
        return fail(parser, "unknown option to `s'");
    }
    return true;
}

static bool take_flags(struct parser *parser, struct sed_command *command, unsigned *flags)
{
    for (;;) {
        int c = peek(parser);
        if (c == 'w') {
            parser->at++;
            return open_output(parser, &command->output);
        }
        if (c < 0 || c == '\n' || c == ';' || c == '}' || c == '#' || c == ' ' || c == '\t' || c == '\r')
            return end_command(parser);
        if (!take_flag(parser, command, flags)) return false;
    }
}

static bool take_substitution(struct parser *parser, struct sed_command *command)
{
    struct buffer pattern = {0}, replacement = {0};
    struct sed_substitution *s = &command->substitution;
    int delimiter = take(parser);
    unsigned flags = 0;
    size_t groups = 0;
    bool right = delimiter >= 0 && delimiter != '\n' && delimiter != '\\' &&
                 take_until(parser, delimiter, true, &pattern) &&
                 take_until(parser, delimiter, false, &replacement);

    if (!right)
        fail(parser, "unterminated `s' command");
    else
        right = take_flags(parser, command, &flags);
    if (right) {
        s->pieces = replacement.failed ? NULL
                                       : sed_parse_replacement(parser->process, buffer_string(&replacement),
                                                               replacement.size, &groups);
        right = s->pieces || no_memory(parser);
    }
    if (right) {
        s->regex = compile(parser, &pattern, flags);
        right = s->regex != NULL;
    }
    if (right && s->regex->regex && groups > s->regex->groups) {
        char why[64];
        snprintf(why, sizeof why, "invalid reference \\%zu on `s' command's RHS", groups);
        right = fail(parser, why);
    }
    buffer_free(&pattern);
    buffer_free(&replacement);
    return right;
}

/* The next character of one side of y. */
static uint32_t next_character(const struct buffer *text, size_t *at)
{
    uint32_t code = (unsigned char)text->data[*at];
    char byte = 0;
    size_t step = utf8_decode(text->data + *at, text->size - *at, &code);

    if (step == 0) code = 0x110000u + (unsigned char)text->data[*at];
    *at += step ? step : 1;
    if (code != '\\' || *at == text->size) return code;
    code = (unsigned char)text->data[*at];
    if (code == '\\' || code == 'n') {
        ++*at;
        return code == 'n' ? '\n' : '\\';
    }
    step = sed_escape(text->data + *at, text->size - *at, &byte);
    *at += step;
    return step ? (unsigned char)byte : '\\';
}

static bool make_map(struct parser *parser, struct sed_command *command, const struct buffer *from,
                     const struct buffer *to)
{
    size_t i = 0, j = 0, at;

    command->map = arena_take(&parser->process->arena, (from->size + 1) * 2 * sizeof *command->map);
    if (command->map == NULL) return no_memory(parser);
    while (i < from->size && j < to->size) {
        uint32_t first = next_character(from, &i), second = next_character(to, &j);
        for (at = command->map_count; at && command->map[2 * at - 2] > first; at--) {
            command->map[2 * at] = command->map[2 * at - 2];
            command->map[2 * at + 1] = command->map[2 * at - 1];
        }
        command->map[2 * at] = first;
        command->map[2 * at + 1] = second;
        command->map_count++;
    }
    return (i == from->size && j == to->size) ||
           fail(parser, "strings for `y' command are different lengths");
}

static bool take_map(struct parser *parser, struct sed_command *command)
{
    struct buffer from = {0}, to = {0};
    int delimiter = take(parser);
    bool right = delimiter >= 0 && delimiter != '\n' && delimiter != '\\' &&
                 take_until(parser, delimiter, false, &from) && take_until(parser, delimiter, false, &to);

    if (!right)
        fail(parser, "unterminated `y' command");
    else if (from.failed || to.failed)
        right = no_memory(parser);
    else
        right = make_map(parser, command, &from, &to) && end_command(parser);
    buffer_free(&from);
    buffer_free(&to);
    return right;
}

/* --- commands --- */

static bool open_block(struct parser *parser)
{
    if (parser->depth == DEPTH_MAX) return fail(parser, "too many `{'");
    parser->open[parser->depth++] = parser->sed->command_count;
    return true;
}

static bool close_block(struct parser *parser, const struct sed_command *command)
{
    if (parser->depth == 0) return fail(parser, "unexpected `}'");
    if (command->first.kind) return fail(parser, "} doesn't want any addresses");
    parser->sed->commands[parser->open[--parser->depth]].target = parser->sed->command_count;
    return end_command(parser);
}

static bool take_label(struct parser *parser, struct sed_command *command)
{
    if (command->first.kind) return fail(parser, ": doesn't want any addresses");
    if (!take_word(parser, command)) return false;
    if (command->length == 0) return fail(parser, "\":\" lacks a label");
    return end_command(parser);
}

static bool take_exit(struct parser *parser, struct sed_command *command)
{
    if (command->second.kind) return fail(parser, "command only uses one address");
    skip_blanks(parser);
    command->number = take_number(parser);
    return end_command(parser);
}

static bool take_rest(struct parser *parser, struct sed_command *command)
{
    switch (command->name) {
    case '{':
        return open_block(parser);
    case '}':
        return close_block(parser, command);
    case ':':
        return take_label(parser, command);
    case 'a':
    case 'i':
    case 'c':
        return take_text(parser, command);
    case 'b':
    case 't':
    case 'T':
        return take_word(parser, command) && end_command(parser);
    case 'q':
    case 'Q':
        return take_exit(parser, command);
    case 'l':
    case 'L':
        skip_blanks(parser);
        command->number = is_digit(peek(parser)) ? take_number(parser) : UINT64_MAX;
        return end_command(parser);
    case 'r':
        command->text = take_file_name(parser);
        return command->text != NULL;
    case 'R':
        return open_lines(parser, &command->lines);
    case 'w':
    case 'W':
        return open_output(parser, &command->output);
    case 's':
        return take_substitution(parser, command);
    case 'y':
        return take_map(parser, command);
    case 'v':
        return take_word(parser, command) && end_command(parser);
    case 'e':
        return fail(parser, "the command `e' is not supported");
    default:
        return end_command(parser);
    }
}

static struct sed_command *add_command(struct parser *parser)
{
    struct sed *sed = parser->sed;

    if (sed->command_count == sed->command_capacity) {
        size_t capacity = sed->command_capacity ? 2 * sed->command_capacity : 16;
        struct sed_command *commands =
            arena_grow(&parser->process->arena, sed->commands, sed->command_capacity * sizeof *commands,
                       capacity * sizeof *commands);
        if (commands == NULL) {
            no_memory(parser);
            return NULL;
        }
        sed->commands = commands;
        sed->command_capacity = capacity;
    }
    return memset(&sed->commands[sed->command_count], 0, sizeof *sed->commands);
}

static bool take_command(struct parser *parser)
{
    struct sed_command *command = add_command(parser);
    char unknown[32];
    int c;

    if (command == NULL || !take_addresses(parser, command)) return false;
    c = take(parser);
    if (c < 0) return fail(parser, "missing command");
    command->name = (char)c;
    if (c == '#') {
        if (command->first.kind) return fail(parser, "comments don't accept any addresses");
        while (peek(parser) >= 0 && peek(parser) != '\n') parser->at++;
        return true;
    }
    if (command->first.kind == SED_ZERO && command->second.kind != SED_REGEX)
        return fail(parser, "invalid usage of line address 0");
    if (!strchr("{}:=abcdDeFgGhHilnNpPqQrRstTvwWxyz", c)) {
        snprintf(unknown, sizeof unknown, "unknown command: `%c'", c);
        return fail(parser, unknown);
    }
    command->active = command->first.kind == SED_ZERO;
    if (!take_rest(parser, command)) return false;
    parser->sed->command_count++;
    return true;
}

/* Jumps get the place of their label. */
static bool find_labels(struct parser *parser)
{
    struct sed *sed = parser->sed;
    size_t i, j;

    for (i = 0; i < sed->command_count; i++) {
        struct sed_command *command = &sed->commands[i];
        if (command->name != 'b' && command->name != 't' && command->name != 'T') continue;
        command->target = sed->command_count;
        if (command->length == 0) continue;
        for (j = 0; j < sed->command_count; j++)
            if (sed->commands[j].name == ':' && strcmp(sed->commands[j].text, command->text) == 0) break;
        if (j == sed->command_count) {
            cmd_error(parser->process, "can't find label for jump to `%s'", command->text);
            sed->base.status = 4;
            return false;
        }
        command->target = j;
    }
    return true;
}

bool sed_parse(struct k_process *process, struct sed *sed)
{
    struct parser parser = {.process = process, .sed = sed, .text = buffer_string(&sed->script)};

    parser.length = sed->script.size;
    if (parser.length >= 2 && memcmp(parser.text, "#n", 2) == 0 &&
        (parser.length == 2 || parser.text[2] == '\n'))
        sed->quiet = true;
    for (;;) {
        skip_spaces(&parser);
        if (peek(&parser) < 0) break;
        if (!take_command(&parser)) return false;
    }
    if (parser.depth) return fail_at(&parser, 0, "unmatched `{'");
    return find_labels(&parser);
}
