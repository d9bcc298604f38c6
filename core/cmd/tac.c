/* tac: the lines of files in reverse order. GNU coreutils 9.1, "tac invocation". */
#include <string.h>

#include "cmd/command.h"
#include "regex/regex.h"

static const char help[] = "Usage: tac [OPTION]... [FILE]...\n"
                           "Write each FILE, the last line first.\n"
                           "\n"
                           "  -b, --before             the separator is at the beginning of what it ends\n"
                           "  -r, --regex              the separator is a regular expression\n"
                           "  -s, --separator=STRING   use STRING instead of newline\n"
                           "      --help               this text\n"
                           "      --version            the version\n";

static const struct cmd_option options[] = {
    {'b', "before", CMD_NOTHING}, {'r', "regex", CMD_NOTHING}, {'s', "separator", CMD_VALUE}, {0}};

struct tac {
    struct cmd_base base;
    struct cmd_input input;
    bool before, is_regex;
    const char *separator;
    size_t separator_length;
    struct regex *regex;
    /* In the input: its beginning, where to look back from, where separators must end, what was put. */
    size_t start, from, limit, past;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct tac *tac = process->state;

    tac->before |= letter == 'b';
    tac->is_regex |= letter == 'r';
    if (letter == 's') tac->separator = value;
    return true;
}

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    if (opening)
        cmd_error(process, "failed to open %s for reading: %s", cmd_quote(process, name), k_error_text(code));
    else
        cmd_error(process, "%s: read error: %s", cmd_quote_colon(process, name), k_error_text(code));
}

static bool begin(struct k_process *process, struct tac *tac)
{
    struct error error;

    tac->separator_length = *tac->separator ? strlen(tac->separator) : 1;
    if (!tac->is_regex) return true;
    if (*tac->separator == '\0') {
        cmd_error(process, "separator cannot be empty");
        return false;
    }
    if (re_compile(tac->separator, tac->separator_length, RE_NEWLINE, &tac->regex, &error) == 0) return true;
    cmd_error(process, "%s", error.message);
    return false;
}

#define LOOK 4096 /* bytes of one look back */

static bool is_separator(const struct tac *tac, size_t at, size_t *length)
{
    const char *bytes = tac->input.bytes;
    struct regex_match match;

    *length = tac->separator_length;
    if (tac->regex == NULL)
        return tac->limit - at >= *length && memcmp(bytes + at, tac->separator, *length) == 0;
    if (re_search(tac->regex, bytes + tac->start, tac->limit - tac->start, at - tac->start, false, &match,
                  1) <= 0)
        return false;
    *length = match.end - match.start;
    return match.start == at - tac->start && *length;
}

/* The last separator that begins before tac->from: 1, 0 when there is none, UMBRA_EAGAIN when there was none
 * in one look. */
static int find_back(struct k_process *process, struct tac *tac, size_t *found, size_t *length)
{
    size_t stop = tac->from - tac->start > LOOK ? tac->from - LOOK : tac->start, began = tac->from;

    while (tac->from > stop) {
        size_t at = --tac->from;
        if (tac->regex == NULL && tac->input.bytes[at] != *tac->separator) continue;
        if (!is_separator(tac, at, length)) continue;
        *found = at;
        k_charge(process, began - at);
        return 1;
    }
    k_charge(process, (began - stop) * (tac->regex ? 16 : 1));
    return stop == tac->start ? 0 : UMBRA_EAGAIN;
}

static void put_until_past(struct k_process *process, struct tac *tac, size_t from)
{
    cmd_put(process, tac->input.bytes + from, tac->past - from);
    tac->past = from;
}

static enum k_progress tac_run(struct k_process *process)
{
    struct tac *tac = process->state;
    struct cmd_input *input = &tac->input;
    int64_t got;
    size_t found, length;
    int result;

    CO_BEGIN(process);
    tac->separator = "\n";
    input->complain = complain;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, tac)) goto done;
    while (cmd_open_next(process, input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, got, cmd_fill(process, input));
            if (got <= 0) break;
            if (k_charge(process, 0)) CO_YIELD(process);
        }
        if (got < 0) continue;
        tac->start = input->at;
        tac->past = tac->from = tac->limit = input->end;
        for (;;) {
            while ((result = find_back(process, tac, &found, &length)) == UMBRA_EAGAIN)
                if (k_charge(process, 0)) CO_YIELD(process);
            if (result == 0) break;
            put_until_past(process, tac, tac->before ? found : found + length);
            tac->limit = found;
            CMD_RELIEVE(process);
        }
        put_until_past(process, tac, tac->start);
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

static void tac_end(struct k_process *process)
{
    struct tac *tac = process->state;

    re_free(tac->regex);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(tac, struct tac, tac_run, tac_end, help);
