/* tab_stops.h: the columns at which tabs end, as expand and unexpand take them: "8", "2,5,9", "2,/4", "2,+4".
 */
#ifndef UMBRA_CMD_TAB_STOPS_H
#define UMBRA_CMD_TAB_STOPS_H

#include "cmd/command.h"

#define TAB_STOPS_MAX 256

struct tab_stops {
    uint64_t stops[TAB_STOPS_MAX];
    size_t count;
    uint64_t size;   /* every so many columns, when there are no more stops; 0: none then */
    uint64_t repeat; /* the same, counted from the last stop */
    bool any;
};

/* Adds a list of -t; what is wrong with it is said. */
bool tab_stops_add(struct k_process *process, struct tab_stops *stops, const char *list);
/* After all lists: checks them. */
bool tab_stops_settle(struct k_process *process, struct tab_stops *stops);
/* The first stop behind a column; 0: there is none. */
uint64_t tab_stops_next(const struct tab_stops *stops, uint64_t column);

#endif
