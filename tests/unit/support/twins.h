/* twins.h: the same line of commands run twice, by the utilities of the machine under test and by this
 * system's own GNU programs in a real temporary folder with the same files, and all that comes of it
 * compared: output, messages, status, files. */
#ifndef UMBRA_TEST_TWINS_H
#define UMBRA_TEST_TWINS_H

#include "machine.h"

struct twins {
    struct machine machine;
    char folder[64];     /* the real one */
    unsigned runs;       /* so far */
    unsigned unlike;     /* of them; each was printed */
    struct buffer input; /* of the runs to come */
};

void twins_open(struct twins *twins, const struct k_program *const *programs);
/* Asserts that no run was unlike, and removes the folder. */
void twins_close(struct twins *twins);

/* The same file on both sides; its directory must be there. */
void twins_put(struct twins *twins, const char *name, const char *content);
void twins_put_bytes(struct twins *twins, const char *name, const void *content, size_t size);
void twins_make_directory(struct twins *twins, const char *name);
/* What is the standard input from now on. */
void twins_input(struct twins *twins, const char *text);
void twins_input_bytes(struct twins *twins, const void *data, size_t size);

/* Runs a line (machine_line() says what may be in it). One that begins with '!' may differ in its messages,
 * as long as both have some or both have none; '?': in all its messages. */
void twins_try(struct twins *twins, const char *line);
/* The lines of a file, but for those that begin with '#'; U+2424 and U+2409 in them stand for a newline and a
 * tab. */
void twins_try_file(struct twins *twins, const char *path);

#endif
