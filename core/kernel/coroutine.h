/* coroutine.h: programs that read from top to bottom and return wherever they would wait (A. Dunkels and
 * others, "Protothreads", SenSys 2006). Locals do not survive a wait: what must is in the program's state. No
 * switch statement may stand around a wait. */
#ifndef UMBRA_KERNEL_COROUTINE_H
#define UMBRA_KERNEL_COROUTINE_H

#include "kernel/kernel.h"

#define CO_BEGIN(process)                                                                                    \
    switch ((process)->resume) {                                                                             \
    case 0:

/* Ends the process with a status. */
#define CO_END(process, code)                                                                                \
    }                                                                                                        \
    (process)->status = (code);                                                                              \
    return K_DONE

/* A place to go on from; two may stand in one line: part 0 and 1. */
#define CO_PLACE(part) (__LINE__ * 2 + (part))

#define CO_POINT(process)                                                                                    \
    (process)->resume = CO_PLACE(0);                                                                         \
    __attribute__((fallthrough));                                                                            \
    case CO_PLACE(0):

/* Lets others have their turn. */
#define CO_YIELD(process)                                                                                    \
    do {                                                                                                     \
        (process)->resume = CO_PLACE(1);                                                                     \
        return K_AGAIN;                                                                                      \
    case CO_PLACE(1):;                                                                                       \
    } while (0)

/* Returns until the expression is something else than UMBRA_EAGAIN. */
#define CO_AWAIT(process, result, expression)                                                                \
    do {                                                                                                     \
        CO_POINT(process)                                                                                    \
        (result) = (expression);                                                                             \
        if ((result) == UMBRA_EAGAIN) return K_WAIT;                                                         \
    } while (0)

/* The same, and lets others have their turn when this one is over. */
#define CO_STEP(process, result, expression)                                                                 \
    do {                                                                                                     \
        CO_AWAIT(process, result, expression);                                                               \
        if (k_charge(process, 0)) CO_YIELD(process);                                                         \
    } while (0)

#endif
