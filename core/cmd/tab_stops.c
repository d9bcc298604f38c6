#include "cmd/tab_stops.h"

#include <string.h>

static bool add(struct k_process *process, struct tab_stops *stops, uint64_t number, char kind)
{
    if (kind == '/') {
        stops->size = number;
    } else if (kind == '+') {
        stops->repeat = number;
    } else if (stops->count < TAB_STOPS_MAX) {
        stops->stops[stops->count++] = number;
    } else {
        cmd_error(process, "there are over %d tab stops", TAB_STOPS_MAX);
        return false;
    }
    return true;
}

bool tab_stops_add(struct k_process *process, struct tab_stops *stops, const char *list)
{
    const char *at = list;

    stops->any = true;
    while (*at) {
        uint64_t number = 0;
        char kind = 0;
        if (*at == ',' || *at == ' ' || *at == '\t') {
            at++;
            continue;
        }
        if (*at == '/' || *at == '+') kind = *at++;
        if (*at < '0' || *at > '9') {
            cmd_error(process, "tab size contains invalid character(s): %s", cmd_quote(process, at));
            return false;
        }
        for (; *at >= '0' && *at <= '9'; at++) {
            if (number < UINT64_MAX / 16) {
                number = number * 10 + (uint64_t)(*at - '0');
                continue;
            }
            cmd_error(process, "tab stop is too large %s", cmd_quote(process, list));
            return false;
        }
        if (!add(process, stops, number, kind)) return false;
    }
    return true;
}

bool tab_stops_settle(struct k_process *process, struct tab_stops *stops)
{
    size_t i;

    for (i = 0; i < stops->count; i++) {
        if (stops->stops[i] == 0) {
            cmd_error(process, "tab size cannot be 0");
            return false;
        }
        if (i == 0 || stops->stops[i] > stops->stops[i - 1]) continue;
        cmd_error(process, "tab sizes must be ascending");
        return false;
    }
    if (stops->size && stops->repeat) {
        cmd_error(process, "'/' specifier is mutually exclusive with '+'");
        return false;
    }
    if (stops->count == 1 && !stops->size && !stops->repeat) {
        stops->size = stops->stops[0];
        stops->count = 0;
    } else if (stops->count == 0 && !stops->size) {
        stops->size = stops->repeat ? stops->repeat : 8;
    }
    return true;
}

uint64_t tab_stops_next(const struct tab_stops *stops, uint64_t column)
{
    size_t i;

    for (i = 0; i < stops->count; i++)
        if (stops->stops[i] > column) return stops->stops[i];
    if (stops->repeat && stops->count) {
        uint64_t last = stops->stops[stops->count - 1];
        return column + stops->repeat - (column - last) % stops->repeat;
    }
    return stops->size ? column + stops->size - column % stops->size : 0;
}
