#include "cmd/duration.h"

#include <string.h>

#define SECOND        1000000
#define LONGEST_SLEEP ((int64_t)1 << 60) /* microseconds in one wait; it is asked for again then */

static int64_t multiply(int64_t value, int64_t factor)
{
    return value > CMD_FOREVER / factor ? CMD_FOREVER : value * factor;
}

static int64_t unit_of(char suffix)
{
    switch (suffix) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

/* "inf" and "infinity" in any case of letters; the length of it, or 0. */
static size_t infinity(const char *text)
{
    static const char word[] = "infinity";
    size_t length = 0;

    while (word[length] && (text[length] | 0x20) == word[length]) length++;
    return length == 8 ? 8 : length >= 3 ? 3 : 0;
}

bool cmd_duration(const char *text, int64_t *microseconds)
{
    int64_t whole = 0, part = 0, unit = 1, scale = SECOND;
    bool digits = false, rest = false;
    size_t forever;

    if (*text == '+') text++;
    forever = infinity(text);
    if (forever) {
        whole = CMD_FOREVER;
        text += forever;
    }
    for (; !forever && *text >= '0' && *text <= '9'; text++, digits = true)
        whole = whole > (CMD_FOREVER - 9) / 10 ? CMD_FOREVER : whole * 10 + (*text - '0');
    if (!forever && *text == '.') {
        for (text++; *text >= '0' && *text <= '9'; text++, digits = true) {
            scale /= 10;
            part += (*text - '0') * scale;
            rest |= scale == 0 && *text != '0';
        }
    }
    if (!digits && !forever) return false;
    if (*text) {
        unit = unit_of(*text++);
        if (unit == 0 || *text) return false;
    }
    part = multiply(part + rest, unit);
    whole = multiply(multiply(whole, SECOND), unit);
    *microseconds = whole > CMD_FOREVER - part ? CMD_FOREVER : whole + part;
    return true;
}

int cmd_wait_until(struct k_process *process, int64_t monotonic)
{
    int64_t now = k_monotonic(process->kernel);

    if (now >= monotonic) return 0;
    k_wait_until(process, monotonic - now > LONGEST_SLEEP ? now + LONGEST_SLEEP : monotonic);
    return UMBRA_EAGAIN;
}

int64_t cmd_time_after(struct k_process *process, int64_t microseconds)
{
    int64_t now = k_monotonic(process->kernel);
    return microseconds > CMD_FOREVER - now ? CMD_FOREVER : now + microseconds;
}
