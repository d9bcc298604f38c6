#include <string.h>

#include "base/letters.h"
#include "base/utf8.h"
#include "cmd/sed.h"

int sed_search(struct k_process *process, struct sed *sed, struct sed_regex *regex, const char *text,
               size_t length, size_t from, struct regex_match *matches, size_t count)
{
    if (regex->regex == NULL)
        regex = sed->last_regex;
    else
        sed->last_regex = regex;
    if (regex) return re_search(regex->regex, text ? text : "", length, from, false, matches, count);
    cmd_error(process, "-e expression #1, char 0: no previous regular expression");
    return UMBRA_EINVAL;
}

/* --- cases of letters --- */

struct letter_state {
    enum sed_case mode, once;
};

static void put_cased(struct buffer *out, struct letter_state *state, const char *text, size_t length)
{
    size_t at, step;

    if (state->mode == SED_AS_IS && state->once == SED_AS_IS) {
        buffer_put(out, text, length);
        return;
    }
    for (at = 0; at < length; at += step) {
        enum sed_case change = state->once ? state->once : state->mode;
        uint32_t code;
        step = utf8_decode(text + at, length - at, &code);
        if (step == 0) {
            step = 1;
            buffer_put_byte(out, text[at]);
        } else if (change == SED_UPPER || change == SED_UPPER_ONE) {
            buffer_put_code(out, letter_upper(code));
        } else if (change == SED_LOWER || change == SED_LOWER_ONE) {
            buffer_put_code(out, letter_lower(code));
        } else {
            buffer_put(out, text + at, step);
        }
        state->once = SED_AS_IS;
    }
}

static void put_replacement(struct buffer *out, const struct sed_substitution *s, const char *text,
                            const struct regex_match *matches)
{
    struct letter_state state = {SED_AS_IS, SED_AS_IS};
    const struct sed_piece *piece;

    for (piece = s->pieces; piece; piece = piece->next) {
        if (piece->sets_mode) state.mode = piece->mode;
        if (piece->sets_mode && piece->mode == SED_AS_IS) state.once = SED_AS_IS;
        if (piece->sets_once) state.once = piece->once;
        put_cased(out, &state, piece->text, piece->length);
        if (piece->group < 0 || matches[piece->group].start == SIZE_MAX) continue;
        put_cased(out, &state, text + matches[piece->group].start,
                  matches[piece->group].end - matches[piece->group].start);
    }
}

/* --- s --- */

/* Bytes of the character at a place. */
static size_t step_at(const struct buffer *text, size_t at)
{
    size_t step = at < text->size ? utf8_decode(text->data + at, text->size - at, NULL) : 0;
    return step ? step : 1;
}

/* Copies bytes of the pattern space that stay. */
static void keep(struct sed *sed, size_t from, size_t to)
{
    if (to > sed->space.size) to = sed->space.size;
    if (from < to) buffer_put(&sed->work, sed->space.data + from, to - from);
}

/* One match, or the end of them: 1 when there is more to be looked for, 0, or an error. */
static int substitute_next(struct k_process *process, struct sed *sed, const struct sed_substitution *s)
{
    struct sed_progress *done = &sed->progress;
    struct regex_match matches[SED_GROUPS];
    const char *text = buffer_string(&sed->space);
    size_t start, end;
    int result;

    if (done->from > sed->space.size) return 0;
    result = sed_search(process, sed, s->regex, text, sed->space.size, done->from, matches, SED_GROUPS);
    if (result <= 0) return result;
    start = matches[0].start;
    end = matches[0].end;
    keep(sed, done->from, start);
    k_charge(process, end - done->from + 32);
    if (start == end && start == done->last_end) { /* no empty match right behind another one */
        done->from = start + step_at(&sed->space, start);
        keep(sed, start, done->from);
        done->last_end = SIZE_MAX;
        return 1;
    }
    if (++done->count < s->number) {
        keep(sed, start, end);
    } else {
        done->any = true;
        put_replacement(&sed->work, s, text, matches);
    }
    done->from = done->last_end = end;
    if (start == end) {
        done->from = end + step_at(&sed->space, end);
        keep(sed, end, done->from);
        done->last_end = SIZE_MAX;
    }
    return !done->any || s->global;
}

int sed_substitute(struct k_process *process, struct sed *sed, const struct sed_command *command)
{
    const struct sed_substitution *s = &command->substitution;
    struct sed_progress *done = &sed->progress;
    struct buffer swap;
    int result;

    if (!done->active) {
        *done = (struct sed_progress){.active = true, .last_end = SIZE_MAX};
        buffer_clear(&sed->work);
    }
    while ((result = substitute_next(process, sed, s)) > 0)
        if (k_charge(process, 0)) return cmd_again(process);
    done->active = false;
    if (result == 0 && done->any) keep(sed, done->from, sed->space.size);
    if (result < 0 || sed->work.failed) return result < 0 ? result : UMBRA_ENOMEM;
    if (!done->any) return 1;
    swap = sed->space;
    sed->space = sed->work;
    sed->work = swap;
    sed->replaced = true;
    if (s->print) sed_put_line(process, sed, NULL, sed->space.data, sed->space.size, sed->has_newline);
    if (command->output)
        sed_put_line(process, sed, command->output, sed->space.data, sed->space.size, sed->has_newline);
    return 1;
}

/* --- y --- */

static const uint32_t *find_mapped(const struct sed_command *command, uint32_t code)
{
    size_t low = 0, high = command->map_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (command->map[2 * middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < command->map_count && command->map[2 * low] == code ? &command->map[2 * low + 1] : NULL;
}

bool sed_transliterate(struct k_process *process, struct sed *sed, const struct sed_command *command)
{
    struct buffer swap;
    size_t at, step;

    buffer_clear(&sed->work);
    for (at = 0; at < sed->space.size; at += step) {
        const uint32_t *mapped;
        uint32_t code = 0;
        step = utf8_decode(sed->space.data + at, sed->space.size - at, &code);
        if (step == 0) code = 0x110000u + (unsigned char)sed->space.data[at];
        if (step == 0) step = 1;
        mapped = find_mapped(command, code);
        if (mapped == NULL)
            buffer_put(&sed->work, sed->space.data + at, step);
        else if (*mapped >= 0x110000u)
            buffer_put_byte(&sed->work, (char)(*mapped - 0x110000u));
        else
            buffer_put_code(&sed->work, *mapped);
    }
    k_charge(process, sed->space.size);
    swap = sed->space;
    sed->space = sed->work;
    sed->work = swap;
    return !sed->space.failed;
}
