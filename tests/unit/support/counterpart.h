/* counterpart.h: the same command in the machine and by the system's own program in a real folder with the
 * same files; what they print, their status and what they leave are compared. Curly quotes in messages count
 * as straight ones, and the real folder's path as /workspace. */
#ifndef UMBRA_TEST_COUNTERPART_H
#define UMBRA_TEST_COUNTERPART_H

#include "machine.h"

enum {
    SAME = 0,
    ANY_ORDER = 1,  /* of the lines of the output */
    ANY_ERRORS = 2, /* the messages are not compared */
    SAME_TIMES = 4, /* of what is left behind, to the second */
    ANY_STATUS = 8, /* only whether it is 0 */
};

struct counterpart {
    struct machine machine;
    char folder[64];
    unsigned compared, different;
};

void counterpart_open(struct counterpart *both, const struct k_program *const *programs);
/* Asserts that nothing differed. */
void counterpart_close(struct counterpart *both);

/* In both: mtime in seconds since 1970. Directories above must be there. */
void both_put(struct counterpart *both, const char *path, const char *content);
void both_put_bytes(struct counterpart *both, const char *path, const void *content, size_t size);
void both_make_directory(struct counterpart *both, const char *path);
void both_link(struct counterpart *both, const char *path, const char *target);
void both_set(struct counterpart *both, const char *path, unsigned mode, int64_t mtime);
/* All of it goes. */
void both_clear(struct counterpart *both);

/* Runs argv (ending with NULL) in both and compares; a difference is printed and counted. */
void both_run(struct counterpart *both, unsigned flags, const char *input, const char *const *argv);
#define both_try(both, flags, input, ...)                                                                    \
    both_run(both, flags, input, (const char *const[]){__VA_ARGS__, NULL})
/* The arguments as words with one space between them; '~' in a word stands for a space. */
void both_line(struct counterpart *both, unsigned flags, const char *input, const char *line);

/* Each script is run by both bashes, in a folder of its own; what they print, their status and the files that
 * they leave are compared. */
void counterpart_try_scripts(const struct k_program *const *programs, const char *const *scripts,
                             size_t count);

#endif
