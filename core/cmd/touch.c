/* touch: set the times of files. POSIX.1-2017 touch, with GNU's -d -h -r and --time. Files here have one
 * time, that of the last change: -a alone leaves it as it is. */
#include <string.h>

#include "cmd/when.h"
#include "cmd/words.h"

static const char help[] = "Usage: touch [OPTION]... FILE...\n"
                           "Set the time of each FILE to now; one that is not there is made, empty.\n"
                           "\n"
                           "  -a                   only the time of access, which is not kept here\n"
                           "  -c, --no-create      make no files\n"
                           "  -d, --date=STRING    this time, as date -d takes it\n"
                           "  -h, --no-dereference of links themselves\n"
                           "  -m                   only the time of change\n"
                           "  -r, --reference=FILE the time of that file\n"
                           "  -t STAMP             [[CC]YY]MMDDhhmm[.ss]\n"
                           "      --time=WORD      access, atime, use (as -a), modify, mtime (as -m)\n"
                           "      --help           this text\n"
                           "      --version        the version\n";

enum { OPT_TIME = 256 };

static const struct cmd_option options[] = {{'a', NULL, CMD_NOTHING},
                                            {'c', "no-create", CMD_NOTHING},
                                            {'d', "date", CMD_VALUE},
                                            {'f', NULL, CMD_NOTHING},
                                            {'h', "no-dereference", CMD_NOTHING},
                                            {'m', NULL, CMD_NOTHING},
                                            {'r', "reference", CMD_VALUE},
                                            {'t', NULL, CMD_VALUE},
                                            {OPT_TIME, "time", CMD_VALUE},
                                            {0}};

struct touch {
    struct cmd_base base;
    bool access, change, no_create, no_follow, stamped;
    const char *date, *reference;
    int64_t time;
    int i;
};

static bool take_stamp(struct k_process *process, struct touch *state, const char *value)
{
    struct calendar_time now, time;
    struct calendar_zone zone;

    cmd_zone(process, &zone);
    cmd_break_time(process, k_wall(process->kernel), &now);
    if (calendar_parse_stamp(value, strlen(value), &now, &zone, &time, NULL) < 0) {
        cmd_error(process, "invalid date format %s", cmd_quote(process, value));
        return false;
    }
    state->time = cmd_milliseconds(&time);
    return state->stamped = true;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    static const struct cmd_word words[] = {{"atime", 'a'}, {"access", 'a'}, {"use", 'a'},
                                            {"mtime", 'm'}, {"modify", 'm'}, {NULL, 0}};
    struct touch *state = process->state;

    if (letter == OPT_TIME && (letter = cmd_find_word(process, words, value, "--time")) < 0) return false;
    state->access |= letter == 'a';
    state->change |= letter == 'm';
    state->no_create |= letter == 'c';
    state->no_follow |= letter == 'h';
    if (letter == 'd') state->date = value;
    if (letter == 'r') state->reference = value;
    return letter == 't' ? take_stamp(process, state, value) : true;
}

static bool find_time(struct k_process *process, struct touch *state)
{
    int64_t now = k_wall(process->kernel);
    struct k_stat stat;

    if (state->stamped && (state->date || state->reference)) {
        cmd_error(process, "cannot specify times from more than one source");
        cmd_try_help(process);
        return false;
    }
    if (state->reference) {
        int result = k_stat_path(process, state->reference, state->no_follow ? K_NO_FOLLOW : K_FOLLOW, &stat);
        if (result < 0) {
            cmd_error(process, "failed to get attributes of %s: %s", cmd_quote(process, state->reference),
                      k_error_text(result));
            return false;
        }
        now = stat.mtime;
    }
    if (!state->stamped) state->time = now;
    if (state->date && !cmd_read_time(process, state->date, now, &state->time)) {
        cmd_error(process, "invalid date format %s", cmd_quote(process, state->date));
        return false;
    }
    return true;
}

static void touch_one(struct k_process *process, const struct touch *state, const char *path)
{
    enum k_resolve_flag flags = state->no_follow ? K_NO_FOLLOW : K_FOLLOW;
    bool keeps = state->access && !state->change;
    struct k_stat stat;
    int result = k_stat_path(process, path, flags, &stat), number;

    if (strcmp(path, "-") == 0) return; /* the standard output: its time is its own */
    if (result == 0 && (keeps || stat.kind == K_DEVICE || stat.kind == K_PIPE)) return;
    if (result == UMBRA_ENOENT && (state->no_create || state->no_follow)) {
        if (!state->no_create)
            cmd_error(process, "setting times of %s: %s", cmd_quote(process, path), k_error_text(result));
        return;
    }
    if (result == UMBRA_ENOENT) {
        number = k_open_number(process, path, FS_WRITE | FS_CREATE, 0666);
        result = number < 0 ? number : k_close_number(process, number);
        if (keeps && result == 0) return;
    }
    if (result == 0) result = k_set_time(process, path, flags, state->time);
    if (result == UMBRA_EISDIR)
        cmd_error(process, "setting times of %s: %s", cmd_quote(process, path), k_error_text(UMBRA_ENOENT));
    else if (result < 0)
        cmd_cannot(process, "touch", path, result);
}

static enum k_progress touch_run(struct k_process *process)
{
    struct touch *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!find_time(process, state)) goto done;
    if (process->argc == 1) {
        cmd_error(process, "missing file operand");
        cmd_try_help(process);
    }
    for (state->i = 1; state->i < process->argc; state->i++) {
        touch_one(process, state, process->argv[state->i]);
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(touch, struct touch, touch_run, help);
