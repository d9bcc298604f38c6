/* match.h: patterns for names, as find -name and ls -I take them (POSIX.1-2017, XCU 2.13): * ? [...] \, over
 * whole texts; a slash is a character like others. Time is at most length times pattern. */
#ifndef UMBRA_CMD_MATCH_H
#define UMBRA_CMD_MATCH_H

#include <stdbool.h>

enum cmd_match_flag {
    CMD_MATCH_IGNORE_CASE = 1, /* of ASCII letters */
    CMD_MATCH_PERIOD = 2,      /* a dot at the beginning is matched by a dot only */
};

bool cmd_match(const char *pattern, const char *text, unsigned flags);

#endif
