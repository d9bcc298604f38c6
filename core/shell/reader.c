#include "shell/reader.h"

#include <stdlib.h>

#include "shell/compound.h"
#include "shell/dynamic.h"
#include "shell/interactive.h"
#include "shell/jobs.h"
#include "shell/program.h"
#include "shell/server.h"

#define PIECE 4096

struct sh_reader {
    struct buffer text; /* of a file or -c, or what was read of the standard input and is not run yet */
    bool from_input;    /* the standard input, line by line */
    bool ended;
};

/* --- parsing with what the shell has set --- */

static const char *find_alias(void *context, const char *name, size_t length)
{
    const struct sh_alias *alias = sh_find_alias(context, name, length);
    return alias ? alias->value : NULL;
}

struct sh_dialect sh_dialect_of(struct shell *shell)
{
    struct sh_dialect dialect = {.extglob = sh_shopt(shell, SH_SHOPT_EXTGLOB),
                                 .posix = sh_has(shell, SH_OPTION_POSIX),
                                 .no_comments =
                                     shell->interactive && !sh_shopt(shell, SH_SHOPT_INTERACTIVE_COMMENTS),
                                 .context = shell};

    if (sh_shopt(shell, SH_SHOPT_EXPAND_ALIASES) || shell->interactive || dialect.posix)
        dialect.alias = find_alias;
    return dialect;
}

static void report_lines(struct shell *shell, uint32_t number, const char *text, const char *what)
{
    uint32_t line = shell->line;
    const char *end;

    shell->line = number;
    for (;;) {
        end = strchr(text, '\n');
        sh_text_error(shell, what, text, end ? (size_t)(end - text) : strlen(text));
        if (end == NULL || end[1] == '\0') break;
        text = end + 1;
    }
    shell->line = line;
}

void sh_report_syntax(struct shell *shell, const struct sh_syntax_error *error, const char *what)
{
    report_lines(shell, error->line, buffer_string(&error->message), what);
}

void sh_report_warnings(struct shell *shell, struct sh_syntax_error *error)
{
    if (error->warnings.size) report_lines(shell, error->warning_line, buffer_string(&error->warnings), NULL);
    buffer_free(&error->warnings);
}

/* --- scripts --- */

struct script_frame {
    struct sh_frame frame;
    struct sh_script *script, *outer;
};

static void script_leave(struct shell *shell, struct sh_frame *frame)
{
    struct script_frame *script = (struct script_frame *)frame;

    sh_script_drop(script->script);
    shell->script = script->outer;
}

static enum sh_step script_step(struct shell *shell, struct sh_frame *frame)
{
    struct script_frame *script = (struct script_frame *)frame;

    if (script->frame.stage++) return SH_RETURNS;
    sh_run_command(shell, script->script->command);
    return SH_GOES_ON;
}

void sh_run_script(struct shell *shell, struct sh_script *script)
{
    struct script_frame *frame = sh_push(shell, sizeof *frame, script_step, script_leave);

    if (frame == NULL) {
        sh_script_drop(script);
        return;
    }
    frame->script = script;
    frame->outer = shell->script;
    shell->script = script;
}

/* --- a text --- */

struct text_frame {
    struct sh_frame frame;
    const char *text, *name;
    size_t size, at;
    uint32_t line;
    bool top; /* of the shell itself: the line goes on counting */
    bool ran;
};

static enum sh_step fail_syntax(struct shell *shell, struct sh_syntax_error *error, const char *name)
{
    sh_report_syntax(shell, error, name);
    sh_syntax_error_free(error);
    shell->status = 2;
    sh_set_pipe_status(shell, 2);
    return SH_RETURNS;
}

/* A command was given up: the text goes on behind it, unless it is a subshell's. True: it does not. */
static bool take_abort(struct shell *shell)
{
    bool all = (shell->unwind & SH_ABORTS_ALL) != 0;

    if (!all && !(shell->unwind & SH_ABORTS)) return false;
    sh_set_pipe_status(shell, shell->status);
    shell->unwind = SH_NO_UNWIND;
    if (shell->subshells) sh_unwind(shell, SH_EXITS, 0);
    return shell->subshells || (all && shell->gives_up);
}

static enum sh_step text_step(struct shell *shell, struct sh_frame *frame)
{
    struct text_frame *text = (struct text_frame *)frame;
    struct sh_dialect dialect;
    struct sh_syntax_error error = {0};
    struct sh_script *script;

    if (take_abort(shell)) return SH_RETURNS;
    if (sh_has(shell, SH_OPTION_ONE_COMMAND) && text->top && text->ran) return SH_RETURNS;
    dialect = sh_dialect_of(shell);
    switch (sh_parse_next(text->text, text->size, &text->at, &text->line, &dialect, &shell->kernel->account,
                          false, &script, &error)) {
    case SH_PARSED:
        sh_report_warnings(shell, &error);
        break;
    case SH_END:
        if (!text->ran) shell->status = 0;
        return SH_RETURNS;
    case SH_NO_MEMORY:
        sh_syntax_error_free(&error);
        sh_out_of_memory(shell);
        return SH_GOES_ON;
    default:
        return fail_syntax(shell, &error, text->name);
    }
    sh_charge(shell, text->size > 4096 ? 4096 : text->size);
    if (script->command == NULL || (sh_has(shell, SH_OPTION_NO_EXEC) && !shell->interactive)) {
        sh_script_drop(script);
        return SH_GOES_ON;
    }
    text->ran = true;
    sh_run_script(shell, script);
    return SH_GOES_ON;
}

bool sh_run_top_text(struct shell *shell, const char *text, size_t size, uint32_t line, const char *name)
{
    struct text_frame *frame = sh_push(shell, sizeof *frame, text_step, NULL);

    if (frame == NULL) return false;
    frame->frame.catches = SH_ABORTS;
    frame->text = text;
    frame->name = name;
    frame->size = size;
    frame->line = line;
    return true;
}

static void inner_leave(struct shell *shell, struct sh_frame *frame)
{
    (void)frame;
    shell->trace_level--;
}

bool sh_run_text(struct shell *shell, const char *text, size_t size, uint32_t line, const char *name)
{
    if (!sh_run_top_text(shell, text, size, line, name)) return false;
    shell->frame->leave = inner_leave;
    shell->trace_level++;
    return true;
}

/* --- the standard input --- */

struct input_frame {
    struct sh_frame frame;
    uint32_t line;
    bool need_more;
};

/* Reads a line and not a byte more, so that commands find what comes behind it. */
int sh_read_input_line(struct shell *shell, struct buffer *text, bool *ended)
{
    char bytes[PIECE];
    bool seeks = k_seek(shell->process, 0, 0, K_FROM_HERE) >= 0;

    for (;;) {
        int64_t got = k_read(shell->process, 0, bytes, seeks ? sizeof bytes : 1);
        char *end;
        if (got == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (got <= 0) {
            *ended = true;
            return 0;
        }
        end = memchr(bytes, '\n', (size_t)got);
        if (end && seeks) k_seek(shell->process, 0, (int64_t)(end + 1 - bytes) - got, K_FROM_HERE);
        buffer_put(text, bytes, end ? (size_t)(end + 1 - bytes) : (size_t)got);
        if (text->failed) return UMBRA_ENOMEM;
        if (end) return 0;
    }
}

static enum sh_step input_step(struct shell *shell, struct sh_frame *frame)
{
    struct input_frame *input = (struct input_frame *)frame;
    struct sh_reader *reader = shell->reader;
    struct sh_dialect dialect;
    struct sh_syntax_error error = {0};
    struct sh_script *script = NULL;
    enum sh_parse parsed;
    uint32_t line = input->line;
    size_t at = 0;

    take_abort(shell);
    if (reader->text.size == 0 || input->need_more) {
        int result = reader->ended ? 0 : sh_read_input_line(shell, &reader->text, &reader->ended);
        input->need_more = result == UMBRA_EAGAIN; /* a part of a line is no line */
        if (result == UMBRA_EAGAIN) return SH_LISTENS;
        if (result < 0) { /* what is left of the line cannot be run as if it were whole */
            sh_out_of_memory(shell);
            return SH_RETURNS;
        }
        if (reader->ended && reader->text.size == 0) return SH_RETURNS;
    }
    dialect = sh_dialect_of(shell);
    parsed = sh_parse_next(reader->text.data, reader->text.size, &at, &line, &dialect,
                           &shell->kernel->account, !reader->ended, &script, &error);
    if (parsed == SH_INCOMPLETE) {
        sh_syntax_error_free(&error);
        input->need_more = true;
        return SH_GOES_ON;
    }
    if (parsed == SH_PARSED || parsed == SH_END) {
        sh_report_warnings(shell, &error);
        buffer_consume(&reader->text, parsed == SH_END ? reader->text.size : at);
        input->line = line;
        if (script && script->command && !sh_has(shell, SH_OPTION_NO_EXEC))
            sh_run_script(shell, script);
        else
            sh_script_drop(script);
        return SH_GOES_ON;
    }
    buffer_clear(&reader->text);
    if (parsed == SH_NO_MEMORY) {
        sh_syntax_error_free(&error);
        sh_out_of_memory(shell);
        return SH_GOES_ON;
    }
    return fail_syntax(shell, &error, NULL);
}

/* --- beginning --- */

struct options {
    bool command, stdin_named, interactive, login;
    const char *startup_file; /* NULL: the usual one; "": none */
};

static bool set_shopt_word(struct shell *shell, const char *name, bool on)
{
    if (sh_set_shopt(shell, name, on)) return true;
    sh_error(shell, "%s: invalid shell option name", name);
    return false;
}

/* Letters of one word of options; *index is moved over words that they take. */
static bool read_letters(struct shell *shell, struct options *options, char **argv, int argc, int *index)
{
    const char *word = argv[*index], *at;
    bool on = *word == '-';

    for (at = word + 1; *at; at++) {
        if (*at == 'c' && on) {
            options->command = true;
        } else if (*at == 's' && on) {
            options->stdin_named = true;
        } else if (*at == 'i' && on) {
            options->interactive = true;
        } else if (*at == 'l' && on) {
            options->login = true;
        } else if (*at == 'o' || *at == 'O') {
            const char *name = *index + 1 < argc ? argv[*index + 1] : NULL;
            if (name == NULL) return true;
            (*index)++;
            if (*at == 'O' ? !set_shopt_word(shell, name, on) : !sh_set_option_name(shell, name, on)) {
                if (*at == 'o') sh_error(shell, "%s: invalid option name", name);
                return false;
            }
        } else if (!sh_set_option_letter(shell, *at, on)) {
            sh_error(shell, "%s: invalid option", word);
            return false;
        }
    }
    return true;
}

/* The index of the first operand; -1: said. */
static int read_options(struct shell *shell, struct options *options, int argc, char **argv)
{
    static const char *const ignored[] = {"--noprofile", "--noediting", "--debugger", "--verbose"};
    int i;
    size_t j;

    for (i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool known = false;
        if (strcmp(word, "--") == 0 || strcmp(word, "-") == 0) return i + 1;
        if (word[0] != '-' && word[0] != '+') return i;
        for (j = 0; j < sizeof ignored / sizeof ignored[0]; j++) known |= strcmp(word, ignored[j]) == 0;
        if (known) continue;
        if (strcmp(word, "--posix") == 0) {
            shell->options |= 1u << SH_OPTION_POSIX;
        } else if (strcmp(word, "--norc") == 0) {
            options->startup_file = "";
        } else if ((strcmp(word, "--rcfile") == 0 || strcmp(word, "--init-file") == 0) && i + 1 < argc) {
            options->startup_file = argv[++i];
        } else if (strcmp(word, "--login") == 0) {
            options->login = true;
        } else if (word[0] == '-' && word[1] == '-') {
            sh_error(shell, "%s: invalid option", word);
            return -1;
        } else if (!read_letters(shell, options, argv, argc, &i)) {
            return -1;
        }
    }
    return i;
}

static bool set_arguments(struct shell *shell, int argc, char **argv, int first)
{
    struct sh_arguments *arguments;

    if (first > argc) first = argc;
    arguments = sh_make_arguments(shell, argc - first, argv + first);
    if (arguments == NULL) return false;
    sh_drop_arguments(shell, shell->arguments);
    shell->arguments = arguments;
    return true;
}

static void say_unreadable(struct shell *shell, const char *path, int error)
{
    buffer_printf(&shell->errors, "bash: %s: %s\n", path, k_error_text(error));
}

/* As bash tells it: by a NUL in the first line, as far as its first 80 bytes go. */
static bool is_binary(const struct buffer *text)
{
    size_t size = text->size < 80 ? text->size : 80;
    const char *end = size ? memchr(text->data, '\n', size) : NULL;

    if (end) size = (size_t)(end - text->data);
    return size && memchr(text->data, '\0', size);
}

/* All of a file, at once: files do not wait. */
static bool read_file(struct shell *shell, const char *path, struct buffer *text)
{
    char bytes[PIECE];
    struct k_file *file;
    int64_t got;
    int result = k_open_file(shell->process, path, FS_READ, 0, &file);

    if (result < 0) {
        say_unreadable(shell, path, result);
        shell->status = result == UMBRA_ENOENT ? 127 : 126;
        return false;
    }
    while ((got = file->kind->read ? file->kind->read(file, shell->process, bytes, sizeof bytes)
                                   : UMBRA_EINVAL) > 0)
        buffer_put(text, bytes, (size_t)got);
    k_drop(file);
    if (text->failed) got = UMBRA_ENOMEM;
    if (got < 0) {
        say_unreadable(shell, path, (int)got);
        shell->status = 126;
        return false;
    }
    if (is_binary(text)) {
        buffer_printf(&shell->errors, "%s: %s: cannot execute binary file\n", path, path);
        shell->status = 126;
        return false;
    }
    return true;
}

static bool begin_text(struct shell *shell)
{
    struct text_frame *frame;
    const char *name = shell->gives_up ? "-c" : NULL;

    if (!sh_run_top_text(shell, buffer_string(&shell->reader->text), shell->reader->text.size, 1, name))
        return false;
    frame = (struct text_frame *)shell->frame;
    frame->top = true;
    frame->frame.catches = SH_ABORTS | SH_ABORTS_ALL;
    return true;
}

static bool begin_input(struct shell *shell)
{
    struct input_frame *frame = sh_push(shell, sizeof *frame, input_step, NULL);

    if (frame == NULL) return false;
    shell->reader->from_input = true;
    frame->line = 1;
    frame->frame.catches = SH_ABORTS | SH_ABORTS_ALL;
    return true;
}

static bool begin_calls(struct shell *shell)
{
    struct sh_call *call = arena_zero(&shell->process->arena, sizeof *call);

    if (call == NULL) return false;
    call->function = "main";
    shell->call = call;
    return true;
}

static bool usage(struct shell *shell)
{
    shell->status = 2;
    return false;
}

/* Puts on the stack what reads the commands. False: said, with the status, or no memory. */
static bool begin_commands(struct shell *shell, const struct options *options, int argc, char **argv,
                           int first)
{
    if (options->command) {
        if (first >= argc) {
            sh_error(shell, "-c: option requires an argument");
            return usage(shell);
        }
        buffer_put_string(&shell->reader->text, argv[first]);
        if (shell->reader->text.failed) return false;
        if (first + 1 < argc) shell->name = argv[first + 1];
        shell->gives_up = shell->has_command_text = true;
        return set_arguments(shell, argc, argv, first + 2) && begin_text(shell);
    }
    if (first < argc && !options->stdin_named) {
        shell->name = argv[first];
        shell->call->source = argv[first];
        return read_file(shell, argv[first], &shell->reader->text) &&
               set_arguments(shell, argc, argv, first + 1) && begin_text(shell);
    }
    shell->reads_stdin = true;
    if (!set_arguments(shell, argc, argv, first)) return false;
    return shell->interactive ? sh_interactive_read(shell) : begin_input(shell);
}

bool sh_begin(struct shell *shell)
{
    struct k_process *process = shell->process;
    struct options options = {0};
    int argc = process->argc, first;
    char **argv = process->argv;

    shell->reader = memory_take(&shell->kernel->account, sizeof *shell->reader);
    if (shell->reader == NULL) return false;
    memset(shell->reader, 0, sizeof *shell->reader);
    if (process->program == &sh_program_server) {
        k_catch(process, K_SIGXCPU);
        return begin_calls(shell) && sh_begin_serving(shell);
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        sh_print(shell, "GNU bash, version " SH_BASH_VERSION " compatible (Umbra " UMBRA_VERSION ")\n");
        return true;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        sh_print(shell, "%s", process->program->help);
        return true;
    }
    if (process->program != &sh_program_bash && process->program != &sh_program_sh) {
        if (!begin_calls(shell)) return false;
        sh_run_words(shell, argc, argv, SH_NO_FUNCTIONS);
        return shell->frame != NULL;
    }
    first = read_options(shell, &options, argc, argv);
    if (first < 0 || !begin_calls(shell)) return usage(shell);
    k_catch(process, K_SIGXCPU);
    shell->is_login = options.login || argv[0][0] == '-'; /* as exec -l names it */
    if (shell->is_login) shell->shopts |= (uint64_t)1 << SH_SHOPT_LOGIN_SHELL;
    if (!options.interactive && !options.command && (first >= argc || options.stdin_named))
        options.interactive = k_is_terminal(process, 0) && k_is_terminal(process, 2);
    if (options.interactive && !sh_interactive_begin(shell)) return false;
    if (!begin_commands(shell, &options, argc, argv, first)) return false;
    return !options.interactive || sh_interactive_start(shell, options.startup_file);
}

void sh_end_reading(struct shell *shell)
{
    if (shell->reader == NULL) return;
    buffer_free(&shell->reader->text);
    memory_give(&shell->kernel->account, shell->reader, sizeof *shell->reader);
    shell->reader = NULL;
}
