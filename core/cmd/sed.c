/* sed: editing a stream of lines. POSIX.1-2017 sed, with GNU sed 4.9's addresses, commands and options;
 * without e, which would run a command. */
#include "cmd/sed.h"

#include <string.h>

static const char help[] = "Usage: sed [OPTION]... {SCRIPT} [FILE]...\n"
                           "Edit the lines of each FILE by the commands of SCRIPT and write them.\n"
                           "\n"
                           "  -n, --quiet, --silent        print only what commands print\n"
                           "  -e, --expression=SCRIPT      add SCRIPT to the commands\n"
                           "  -f, --file=FILE              add what is in FILE to the commands\n"
                           "  -E, -r, --regexp-extended    extended regular expressions\n"
                           "  -i[SUFFIX], --in-place[=SUFFIX]  change the files; with SUFFIX, keep a copy\n"
                           "  -l, --line-length=N          where l breaks lines\n"
                           "  -s, --separate               each file by itself\n"
                           "      --sandbox                no r, R, w, W\n"
                           "  -z, --null-data              lines end with NUL, not newline\n"
                           "      --help                   this text\n"
                           "      --version                the version\n"
                           "-u, -b, --posix, --debug and --follow-symlinks have no effect.\n"
                           "\n"
                           "Addresses: N, FIRST~STEP, $, /RE/I, \\cREc; two of them with a comma are a "
                           "range, the second may be +N or ~N,\n"
                           "the first 0 before /RE/; ! after them: all other lines.\n"
                           "Commands: { } = a b c d D F g G h H i l n N p P q Q r R s t T v w W x y z : #\n";

enum { POSIX = 256, DEBUG, SANDBOX, FOLLOW_SYMLINKS };

static const struct cmd_option options[] = {{'n', "quiet", CMD_NOTHING},
                                            {'n', "silent", CMD_NOTHING},
                                            {'e', "expression", CMD_VALUE},
                                            {'f', "file", CMD_VALUE},
                                            {'E', "regexp-extended", CMD_NOTHING},
                                            {'r', NULL, CMD_NOTHING},
                                            {'i', "in-place", CMD_MAY_VALUE},
                                            {'l', "line-length", CMD_VALUE},
                                            {'s', "separate", CMD_NOTHING},
                                            {'u', "unbuffered", CMD_NOTHING},
                                            {'b', "binary", CMD_NOTHING},
                                            {'z', "null-data", CMD_NOTHING},
                                            {POSIX, "posix", CMD_NOTHING},
                                            {DEBUG, "debug", CMD_NOTHING},
                                            {SANDBOX, "sandbox", CMD_NOTHING},
                                            {FOLLOW_SYMLINKS, "follow-symlinks", CMD_NOTHING},
                                            {0}};

/* --- options --- */

static bool take_script(struct k_process *process, struct sed *sed, const char *text)
{
    if (sed->any_script) buffer_put_byte(&sed->script, '\n');
    sed->any_script = true;
    buffer_put_string(&sed->script, text);
    if (sed->script.failed) cmd_out_of_memory(process);
    return !sed->script.failed;
}

/* The file is read when the options are; its place in the script is kept. */
static bool take_script_file(struct k_process *process, struct sed *sed, const char *name)
{
    size_t count = sed->script_file_count;
    const char **files = arena_take(&process->arena, (count + 1) * sizeof *files);
    size_t *places = arena_take(&process->arena, (count + 1) * sizeof *places);

    if (files == NULL || places == NULL || !take_script(process, sed, "")) {
        if (!sed->script.failed) cmd_out_of_memory(process);
        return false;
    }
    if (count) memcpy(files, sed->script_files, count * sizeof *files);
    if (count) memcpy(places, sed->script_places, count * sizeof *places);
    files[count] = name;
    places[count] = sed->script.size;
    sed->script_files = files;
    sed->script_places = places;
    sed->script_file_count++;
    return true;
}

static bool take_length(struct k_process *process, struct sed *sed, const char *value)
{
    int64_t number;

    if (cmd_integer(value, &number) && number >= 0) {
        sed->line_length = (uint64_t)number;
        return true;
    }
    cmd_error(process, "invalid line length: %s", value);
    return false;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct sed *sed = process->state;

    switch (letter) {
    case 'e':
        return take_script(process, sed, value);
    case 'f':
        return take_script_file(process, sed, value);
    case 'l':
        return take_length(process, sed, value);
    case 'i':
        sed->in_place = sed->separate = true;
        sed->suffix = value && *value ? value : NULL;
        return true;
    case 'z':
        sed->end_of_line = '\0';
        return true;
    default:
        sed->quiet |= letter == 'n';
        sed->extended |= letter == 'E' || letter == 'r';
        sed->separate |= letter == 's';
        sed->sandbox |= letter == SANDBOX;
        return true;
    }
}

/* --- the script --- */

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    struct cmd_base *base = process->state;

    if (opening)
        cmd_error(process, "can't read %s: %s", name, k_error_text(code));
    else
        cmd_error(process, "read error on %s: %s", strcmp(name, "-") == 0 ? "stdin" : name,
                  k_error_text(code));
    base->status = opening ? 2 : 4;
}

/* What r and R cannot read is as if it were empty (POSIX.1-2017 sed, r). */
static void say_nothing(struct k_process *process, const char *name, int code, bool opening)
{
    (void)process;
    (void)name;
    (void)code;
    (void)opening;
}

static void complain_of_script(struct k_process *process, const char *name, int code, bool opening)
{
    if (opening)
        cmd_error(process, "couldn't open file %s: %s", name, k_error_text(code));
    else
        cmd_error(process, "read error on %s: %s", name, k_error_text(code));
    ((struct cmd_base *)process->state)->status = 4;
}

/* Awaited: puts the last of the files of -f into the script. 1, or an error, which was said. */
static int read_script(struct k_process *process, struct sed *sed)
{
    struct cmd_input *input = &sed->input;
    size_t index = sed->script_file_count - 1, place = sed->script_places[index], size;
    struct buffer whole = {0};
    int64_t got;

    if (!sed->script_reading && cmd_open_input(process, input, sed->script_files[index]) < 0)
        return UMBRA_ENOENT;
    sed->script_reading = true;
    while ((got = cmd_fill(process, input)) > 0) continue;
    if (got < 0) return (int)got;
    size = input->end - input->at;
    if (size && input->bytes[input->end - 1] == '\n') size--;
    buffer_put(&whole, sed->script.data, place);
    buffer_put(&whole, input->bytes + input->at, size);
    buffer_put(&whole, sed->script.data + place, sed->script.size - place);
    buffer_free(&sed->script);
    sed->script = whole;
    cmd_close_input(process, input);
    memset(input, 0, sizeof *input);
    sed->script_reading = false;
    sed->script_file_count--;
    if (!whole.failed) return 1;
    cmd_out_of_memory(process);
    return UMBRA_ENOMEM;
}

static bool begin(struct k_process *process, struct sed *sed)
{
    int i;

    if (!sed->any_script) {
        if (process->argc < 2) {
            cmd_put_error_text(process, help);
            sed->base.status = 1;
            return false;
        }
        if (!take_script(process, sed, process->argv[1])) return false;
        for (i = 1; i < process->argc; i++) process->argv[i] = process->argv[i + 1];
        process->argc--;
    }
    sed->input.complain = complain;
    return sed_parse(process, sed);
}

/* --- cycles --- */

/* Awaited: the end of a cycle. 1, or an error. */
static int end_cycle(struct k_process *process, struct sed *sed)
{
    int result = sed_put_appends(process, sed);

    if (result > 0) result = sed_flush_files(process, sed);
    return result;
}

static enum k_progress sed_run(struct k_process *process)
{
    struct sed *sed = process->state;
    int result;

    CO_BEGIN(process);
    sed->end_of_line = '\n';
    sed->line_length = 70;
    sed->hold_newline = true;
    sed->input.complain = complain_of_script;
    sed->reading.complain = say_nothing;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    while (sed->script_file_count) {
        CO_AWAIT(process, result, read_script(process, sed));
        sed->input.complain = complain_of_script;
        if (result < 0) goto done;
    }
    if (!begin(process, sed)) goto done;
    while (!sed->quitting) {
        if (!sed->restarting) {
            CO_AWAIT(process, result, sed_read(process, sed, false));
            if (result <= 0) break;
        }
        sed->restarting = false;
        sed->at = 0;
        CO_AWAIT(process, result, sed_execute(process, sed));
        if (result < 0) break;
        if (result == 1 && !sed->quiet)
            sed_put_line(process, sed, NULL, sed->space.data, sed->space.size, sed->has_newline);
        CO_AWAIT(process, result, end_cycle(process, sed));
        CMD_RELIEVE(process);
    }
    CO_AWAIT(process, result, sed_end_file(process, sed));
    CO_AWAIT(process, result, sed_flush_files(process, sed));
done:
    CMD_END(process);
}

static void sed_end(struct k_process *process)
{
    struct sed *sed = process->state;
    struct sed_output_file *file;
    struct sed_regex *regex;

    for (regex = sed->regexes; regex; regex = regex->next) re_free(regex->regex);
    for (file = sed->outputs; file; file = file->next) buffer_free(&file->pending);
    if (sed->temporary) k_unlink(process, sed->temporary);
    k_drop(sed->standard_output);
    if (sed->append_arena.account) arena_free(&sed->append_arena);
    buffer_free(&sed->script);
    buffer_free(&sed->space);
    buffer_free(&sed->hold);
    buffer_free(&sed->work);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(sed, struct sed, sed_run, sed_end, help);
