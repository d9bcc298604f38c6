/* terminal.c: the real terminal behind an interactive shell: its keys and its size go in, what the shell
 * shows goes out. It is in raw mode meanwhile, and as it was before whatever ends the program. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

#define COLUMNS 80
#define ROWS    24
#define TERM    "xterm-256color"

/* A signal handler finds nothing else: the terminal as it was. */
static struct termios terminal_before;
static volatile sig_atomic_t terminal_changed;

bool cli_terminal_is_there(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static void restore(void)
{
    if (!terminal_changed) return;
    terminal_changed = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_before);
}

/* What would end the program at once. */
static void restore_and_die(int number)
{
    restore();
    signal(number, SIG_DFL);
    raise(number);
}

static void get_size(unsigned *columns, unsigned *rows)
{
    struct winsize size = {0};

    *columns = COLUMNS;
    *rows = ROWS;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0) return;
    if (size.ws_col) *columns = size.ws_col;
    if (size.ws_row) *rows = size.ws_row;
}

int cli_terminal_describe(cJSON *request, cJSON *environment)
{
    cJSON *terminal = cJSON_CreateObject();
    const char *term = getenv("TERM");
    char variable[80] = "TERM=" TERM;
    unsigned columns, rows;

    get_size(&columns, &rows);
    if (term && *term) snprintf(variable, sizeof variable, "TERM=%s", term);
    return json_add_number(terminal, "columns", columns) | json_add_number(terminal, "rows", rows) |
           json_append(environment, cJSON_CreateString(variable)) |
           json_add_item(request, "terminal", terminal);
}

static void enter_raw_mode(void)
{
    struct termios raw = terminal_before;

    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | ISTRIP | IXON | INPCK | PARMRK);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

int cli_terminal_open(struct cli_terminal *terminal, struct error *error)
{
    static const int deadly[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGQUIT};
    sigset_t watched;
    size_t i;

    sigemptyset(&watched);
    sigaddset(&watched, SIGWINCH);
    sigaddset(&watched, SIGCONT);
    sigaddset(&watched, SIGHUP);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    terminal->signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    if (terminal->signals < 0 || tcgetattr(STDIN_FILENO, &terminal_before) < 0)
        return error_set(error, UMBRA_EIO, "the terminal cannot be used: %s", strerror(errno));
    for (i = 0; i < sizeof deadly / sizeof deadly[0]; i++) signal(deadly[i], restore_and_die);
    atexit(restore);
    terminal_changed = 1;
    enter_raw_mode();
    return 0;
}

void cli_terminal_close(struct cli_terminal *terminal)
{
    restore();
    if (terminal->signals > 0) close(terminal->signals);
    terminal->signals = -1;
}

static void hang_up(struct cli *cli, struct cli_terminal *terminal)
{
    if (!terminal->ended) umbra_deliver(cli->runtime, UMBRA_STREAM_END, terminal->number, 0, NULL, 0);
    terminal->ended = true;
}

static void take_signals(struct cli *cli, struct cli_terminal *terminal)
{
    struct signalfd_siginfo info;
    unsigned columns, rows;

    while (read(terminal->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP || info.ssi_signo == SIGTERM) {
            hang_up(cli, terminal);
            continue;
        }
        if (info.ssi_signo == SIGCONT) enter_raw_mode(); /* whoever stopped us had the terminal meanwhile */
        get_size(&columns, &rows);
        umbra_deliver(cli->runtime, UMBRA_STREAM_SIZE, terminal->number,
                      (int)((columns & 0xffff) | (rows & 0x7fff) << 16), NULL, 0);
    }
}

static void read_keys(struct cli *cli, struct cli_terminal *terminal)
{
    char bytes[UMBRA_STREAM_PIECE];
    ssize_t got;

    do {
        got = read(STDIN_FILENO, bytes, sizeof bytes);
    } while (got < 0 && errno == EINTR);
    if (got > 0)
        umbra_deliver(cli->runtime, UMBRA_STREAM_DATA, terminal->number, 0, bytes, (size_t)got);
    else
        hang_up(cli, terminal);
}

void cli_terminal_wait(struct cli *cli, struct cli_terminal *terminal, int timeout_ms)
{
    struct pollfd files[2] = {{.fd = terminal->signals, .events = POLLIN},
                              {.fd = terminal->ended ? -1 : STDIN_FILENO, .events = POLLIN}};

    if (poll(files, 2, timeout_ms) <= 0) return;
    if (files[0].revents) take_signals(cli, terminal);
    if (files[1].revents) read_keys(cli, terminal);
}
