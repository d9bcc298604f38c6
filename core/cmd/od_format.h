/* od_format.h: how od shows values: its types, "-t x2z", and a value of one of them as text. */
#ifndef UMBRA_CMD_OD_FORMAT_H
#define UMBRA_CMD_OD_FORMAT_H

#include "cmd/command.h"

#define OD_FORMATS_MAX 32

struct od_format {
    char kind; /* a c d f o u x */
    unsigned size;
    int width;  /* of a value, without the space before it */
    bool ascii; /* z: the characters at the end of the line */
};

struct od_formats {
    struct od_format all[OD_FORMATS_MAX];
    size_t count;
};

/* Adds what -t has; what is wrong is said. */
bool od_add_formats(struct k_process *process, struct od_formats *formats, const char *text);
/* A value at `bytes` (little-endian, or big-endian) as text, right-aligned in a width. */
void od_put_value(struct k_process *process, const struct od_format *format, const unsigned char *bytes,
                  int width, bool big_endian);

#endif
