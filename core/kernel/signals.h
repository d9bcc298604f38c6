/* signals.h: the signals, with Linux's names and numbers (signal(7), x86-64), and how they reach a process.
 */
#ifndef UMBRA_KERNEL_SIGNALS_H
#define UMBRA_KERNEL_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel;
struct k_process;

enum k_signal_action { K_TERMINATES, K_IS_IGNORED, K_STOPS, K_CONTINUES };

#define K_SIGNALS(X)                                                                                         \
    X(HUP, 1, K_TERMINATES, "Hangup")                                                                        \
    X(INT, 2, K_TERMINATES, "Interrupt")                                                                     \
    X(QUIT, 3, K_TERMINATES, "Quit")                                                                         \
    X(ILL, 4, K_TERMINATES, "Illegal instruction")                                                           \
    X(TRAP, 5, K_TERMINATES, "Trace/breakpoint trap")                                                        \
    X(ABRT, 6, K_TERMINATES, "Aborted")                                                                      \
    X(BUS, 7, K_TERMINATES, "Bus error")                                                                     \
    X(FPE, 8, K_TERMINATES, "Floating point exception")                                                      \
    X(KILL, 9, K_TERMINATES, "Killed")                                                                       \
    X(USR1, 10, K_TERMINATES, "User defined signal 1")                                                       \
    X(SEGV, 11, K_TERMINATES, "Segmentation fault")                                                          \
    X(USR2, 12, K_TERMINATES, "User defined signal 2")                                                       \
    X(PIPE, 13, K_TERMINATES, "Broken pipe")                                                                 \
    X(ALRM, 14, K_TERMINATES, "Alarm clock")                                                                 \
    X(TERM, 15, K_TERMINATES, "Terminated")                                                                  \
    X(STKFLT, 16, K_TERMINATES, "Stack fault")                                                               \
    X(CHLD, 17, K_IS_IGNORED, "Child exited")                                                                \
    X(CONT, 18, K_CONTINUES, "Continued")                                                                    \
    X(STOP, 19, K_STOPS, "Stopped (signal)")                                                                 \
    X(TSTP, 20, K_STOPS, "Stopped")                                                                          \
    X(TTIN, 21, K_STOPS, "Stopped (tty input)")                                                              \
    X(TTOU, 22, K_STOPS, "Stopped (tty output)")                                                             \
    X(URG, 23, K_IS_IGNORED, "Urgent I/O condition")                                                         \
    X(XCPU, 24, K_TERMINATES, "CPU time limit exceeded")                                                     \
    X(XFSZ, 25, K_TERMINATES, "File size limit exceeded")                                                    \
    X(VTALRM, 26, K_TERMINATES, "Virtual timer expired")                                                     \
    X(PROF, 27, K_TERMINATES, "Profiling timer expired")                                                     \
    X(WINCH, 28, K_IS_IGNORED, "Window changed")                                                             \
    X(IO, 29, K_TERMINATES, "I/O possible")                                                                  \
    X(PWR, 30, K_TERMINATES, "Power failure")                                                                \
    X(SYS, 31, K_TERMINATES, "Bad system call")

enum k_signal {
#define K_SIGNAL_ENUM(name, number, action, text) K_SIG##name = (number),
    K_SIGNALS(K_SIGNAL_ENUM)
#undef K_SIGNAL_ENUM
};

#define K_SIGNAL_MAX       64 /* real-time ones have numbers and no meaning of their own */
#define K_SIGNAL_RTMIN     34
#define k_signal_bit(what) ((uint64_t)1 << ((what)-1))

/* "INT", or NULL for a number without a name; its text as a shell prints it. */
const char *k_signal_name(int signal);
const char *k_signal_text(int signal);
/* The number of "INT", "SIGINT" or "2" (in any case of letters); -1 when it is none; 0 for "0" and "EXIT". */
int k_signal_number(const char *name);

/* Sends a signal: a group is all processes that have it. UMBRA_ESRCH when there is nobody, UMBRA_EINVAL. */
int k_signal(struct k_process *process, int signal);
int k_signal_group(struct kernel *kernel, uint32_t group, int signal);
/* The next caught signal, which is taken; 0: none is pending. */
int k_take_signal(struct k_process *process);
/* What a signal does from now on. */
void k_ignore(struct k_process *process, int signal);
void k_catch(struct k_process *process, int signal);
void k_reset(struct k_process *process, int signal);

#endif
