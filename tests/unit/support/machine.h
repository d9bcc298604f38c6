/* machine.h: a kernel over a workspace in memory, for tests of programs: one is run to its end with some
 * input, and what it wrote and its status are kept. Everything that is expected to work is asserted in here.
 */
#ifndef UMBRA_TEST_MACHINE_H
#define UMBRA_TEST_MACHINE_H

#include "kernel/files.h"
#include "workspace.h"

struct machine {
    struct workspace workspace;
    struct kernel kernel;
    const char *environment[16];  /* "NAME=value"; those of machine_open() are PATH, HOME and LC_ALL */
    struct buffer output, errors; /* of the last run */
    int status;                   /* of the last run: 128 + signal when one ended it; of the last stage */
    void (*begins)(void);         /* if not NULL: called before the programs run, and when all have ended */
    void (*ends)(void);
    uint64_t turns, largest_turn; /* since machine_open(): how many, and the most fuel that one was charged */
    int64_t slept;                /* microseconds that the clock was put forward, because all waited for it */
};

/* programs: as for k_open(); limits NULL: the default ones. */
void machine_open(struct machine *machine, const struct k_program *const *programs,
                  const struct k_limits *limits);
void machine_close(struct machine *machine);

/* Runs a program with arguments (ending with NULL) in /workspace; input NULL: none. The slice is so short
 * that every turn of every process is one of its own. The workspace's transaction is committed afterwards. */
void machine_run(struct machine *machine, const void *input, size_t size, const char *const *argv);
/* Runs several programs, each one's output the next one's input through a pipe, until all have ended.
 * `stages` ends with NULL, at most MACHINE_STAGES. What all of them say is in errors. */
#define MACHINE_STAGES 8
void machine_pipe(struct machine *machine, const void *input, size_t size, const char *const *const *stages);
/* The same for a line as a shell has it: words, some of them in '...', and | between the stages. Nothing else
 * is special. */
void machine_line(struct machine *machine, const void *input, size_t size, const char *line);
/* The same with the arguments after one another and a text as input; SIZE_MAX stands for its length. */
#define machine_try(machine, input, ...)                                                                     \
    machine_run(machine, input, SIZE_MAX, (const char *const[]){__VA_ARGS__, NULL})

/* Runs, and asserts all that came of it. */
#define assert_runs(machine, input, code, out, err, ...)                                                     \
    do {                                                                                                     \
        machine_try(machine, input, __VA_ARGS__);                                                            \
        machine_check(machine, code, out, err, __FILE__, __LINE__);                                          \
    } while (0)
/* err NULL: whatever. */
void machine_check(struct machine *machine, int status, const char *output, const char *errors,
                   const char *file, int line);

#endif
