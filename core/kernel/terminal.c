#include "kernel/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/kernel_internal.h"

#define TYPED_MAX (64u << 10) /* bytes that wait to be read; what is typed beyond is lost, with a bell */

enum {
    CONTROL_C = 3,
    CONTROL_D = 4,
    BELL = 7,
    BACKSPACE = 8,
    CONTROL_U = 21,
    CONTROL_W = 23,
    CONTROL_Z = 26
};
enum { CONTROL_BACKSLASH = 28, DELETE = 127 };

struct terminal {
    struct k_file file;
    struct terminal *next;
    struct k_session *session; /* NULL: it is gone */
    uint32_t number;
    struct k_terminal_mode mode;
    unsigned columns, rows;
    struct buffer typed; /* to be read: whole lines, or bytes */
    struct buffer line;  /* that can still be corrected */
    unsigned ends;       /* Ctrl-D was typed at the beginning of a line: reads give 0 */
    bool hung_up;
    struct buffer shown; /* for the screen, when it was full */
    struct k_queue readers, writers;
};

static struct terminal *find(const struct kernel *kernel, uint32_t number)
{
    struct terminal *terminal;
    for (terminal = kernel->terminals; terminal && terminal->number != number;) terminal = terminal->next;
    return terminal;
}

/* --- the screen --- */

/* What waits for the screen; true: all of it is there. */
static bool show_waiting(struct terminal *terminal)
{
    const struct umbra_host *host = terminal->file.kernel->host;

    while (terminal->shown.size) {
        int64_t put =
            host->stream_write(host->context, terminal->number, terminal->shown.data, terminal->shown.size);
        if (put == 0) return false;
        buffer_consume(&terminal->shown, put > 0 ? (size_t)put : terminal->shown.size);
    }
    return true;
}

static void put_shown(struct terminal *terminal, const char *data, size_t size)
{
    size_t at = 0;

    while (at < size) {
        const char *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        buffer_put(&terminal->shown, data + at, length);
        if (end) buffer_put_string(&terminal->shown, "\r\n");
        at += length + (end ? 1 : 0);
    }
}

static void echo(struct terminal *terminal, const char *data, size_t size)
{
    if (!terminal->mode.echo) return;
    put_shown(terminal, data, size);
    show_waiting(terminal);
}

static int64_t write_terminal(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    struct terminal *terminal = (struct terminal *)file;

    if (terminal->hung_up) return UMBRA_EIO;
    if (!show_waiting(terminal)) {
        k_wait_in(process, &terminal->writers);
        return UMBRA_EAGAIN;
    }
    if (size > UMBRA_STREAM_PIECE) size = UMBRA_STREAM_PIECE;
    put_shown(terminal, data, size);
    if (terminal->shown.failed) {
        buffer_free(&terminal->shown);
        return UMBRA_ENOMEM;
    }
    show_waiting(terminal);
    return (int64_t)size;
}

/* --- the keyboard --- */

static void end_line(struct terminal *terminal)
{
    buffer_put(&terminal->typed, terminal->line.data, terminal->line.size);
    buffer_clear(&terminal->line);
    k_wake_all(&terminal->readers);
}

static size_t last_character(const struct buffer *line)
{
    size_t size = line->size;
    while (size && ((unsigned char)line->data[size - 1] & 0xc0) == 0x80) size--;
    return size ? size - 1 : 0;
}

static void erase_to(struct terminal *terminal, size_t size)
{
    while (terminal->line.size > size) {
        terminal->line.size = last_character(&terminal->line);
        echo(terminal, "\b \b", 3);
    }
}

static void erase_word(struct terminal *terminal)
{
    size_t size = terminal->line.size;

    while (size && terminal->line.data[size - 1] == ' ') size--;
    while (size && terminal->line.data[size - 1] != ' ') size--;
    erase_to(terminal, size);
}

static void type_into_line(struct terminal *terminal, char byte)
{
    switch ((unsigned char)byte) {
    case '\r':
    case '\n':
        buffer_put_byte(&terminal->line, '\n');
        echo(terminal, "\n", 1);
        end_line(terminal);
        break;
    case BACKSPACE:
    case DELETE:
        if (terminal->line.size) erase_to(terminal, last_character(&terminal->line));
        break;
    case CONTROL_U:
        erase_to(terminal, 0);
        break;
    case CONTROL_W:
        erase_word(terminal);
        break;
    case CONTROL_D:
        if (terminal->line.size == 0) terminal->ends++;
        end_line(terminal);
        break;
    default:
        buffer_put_byte(&terminal->line, byte);
        echo(terminal, &byte, 1);
        break;
    }
}

/* Whether it was a signal. */
static bool type_signal(struct terminal *terminal, char byte)
{
    int signal = byte == CONTROL_C           ? K_SIGINT
                 : byte == CONTROL_Z         ? K_SIGTSTP
                 : byte == CONTROL_BACKSLASH ? K_SIGQUIT
                                             : 0;

    if (signal == 0 || !terminal->mode.signals) return false;
    buffer_clear(&terminal->line);
    buffer_clear(&terminal->typed);
    if (terminal->mode.echo) {
        char shown[2] = {'^', (char)(byte + 0x40)};
        echo(terminal, shown, 2);
    }
    if (terminal->session && terminal->session->foreground)
        k_signal_group(terminal->file.kernel, terminal->session->foreground, signal);
    return true;
}

bool k_terminal_type(struct kernel *kernel, uint32_t number, const void *data, size_t size)
{
    struct terminal *terminal = find(kernel, number);
    const char *bytes = data;
    size_t i;

    if (terminal == NULL) return false;
    for (i = 0; i < size; i++) {
        if (type_signal(terminal, bytes[i])) continue;
        if (terminal->typed.size + terminal->line.size >= TYPED_MAX) {
            char bell = BELL;
            echo(terminal, &bell, 1);
        } else if (terminal->mode.lines) {
            type_into_line(terminal, bytes[i]);
        } else {
            buffer_put_byte(&terminal->typed, bytes[i]);
            echo(terminal, bytes + i, 1);
        }
    }
    if (terminal->typed.size) k_wake_all(&terminal->readers);
    return true;
}

/* How much a read gives: up to the end of a line where input comes in lines. */
static size_t readable(const struct terminal *terminal, size_t size)
{
    const char *end;

    if (size > terminal->typed.size) size = terminal->typed.size;
    end = terminal->mode.lines && size ? memchr(terminal->typed.data, '\n', size) : NULL;
    return end ? (size_t)(end - terminal->typed.data) + 1 : size;
}

static int64_t read_terminal(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    struct terminal *terminal = (struct terminal *)file;
    uint32_t foreground = terminal->session ? terminal->session->foreground : 0;

    if (foreground && process->group != foreground && terminal->session == process->session) {
        if (process->ignored & k_signal_bit(K_SIGTTIN)) return UMBRA_EIO;
        k_signal_group(file->kernel, process->group, K_SIGTTIN);
        return UMBRA_EAGAIN;
    }
    size = readable(terminal, size);
    if (size == 0 && terminal->ends) {
        terminal->ends--;
        return 0;
    }
    if (size == 0 && terminal->hung_up) return 0;
    if (size == 0) {
        k_wait_in(process, &terminal->readers);
        return UMBRA_EAGAIN;
    }
    memcpy(data, terminal->typed.data, size);
    buffer_consume(&terminal->typed, size);
    return (int64_t)size;
}

static bool terminal_is_ready(const struct k_file *file)
{
    const struct terminal *terminal = (const struct terminal *)file;
    return terminal->typed.size || terminal->ends || terminal->hung_up;
}

static int stat_terminal(struct k_file *file, struct k_stat *stat)
{
    *stat = (struct k_stat){
        .kind = K_DEVICE, .mode = 0620, .links = 1, .device = 2, .ino = ((struct terminal *)file)->number};
    return 0;
}

static void close_terminal(struct k_file *file)
{
    struct terminal *terminal = (struct terminal *)file, **at = &file->kernel->terminals;

    while (*at != terminal) at = &(*at)->next;
    *at = terminal->next;
    buffer_free(&terminal->typed);
    buffer_free(&terminal->line);
    buffer_free(&terminal->shown);
    k_free_file(file, sizeof *terminal);
}

const struct k_file_kind k_terminal_kind = {.name = "terminal",
                                            .read = read_terminal,
                                            .write = write_terminal,
                                            .stat = stat_terminal,
                                            .ready = terminal_is_ready,
                                            .close = close_terminal};

/* --- from outside --- */

struct k_file *k_make_terminal(struct k_session *session, unsigned columns, unsigned rows, uint32_t *number)
{
    struct kernel *kernel = session->kernel;
    struct terminal *terminal =
        k_make_file(kernel, &k_terminal_kind, sizeof *terminal, K_READABLE | K_WRITABLE);

    if (terminal == NULL) return NULL;
    terminal->session = session;
    terminal->mode = (struct k_terminal_mode){true, true, true};
    terminal->columns = columns;
    terminal->rows = rows;
    terminal->number = *number = ++kernel->next_stream;
    terminal->next = kernel->terminals;
    kernel->terminals = terminal;
    session->terminal = k_keep(&terminal->file);
    return &terminal->file;
}

void k_terminal_forget_session(const struct k_session *session)
{
    if (session->terminal) ((struct terminal *)session->terminal)->session = NULL;
}

int k_terminal_get(const struct k_process *process, int number, struct k_terminal_mode *mode)
{
    if (!k_is_terminal(process, number)) return UMBRA_ENOTTY;
    *mode = ((const struct terminal *)k_descriptor(process, number))->mode;
    return 0;
}

/* What was typed ahead byte by byte is read in lines now: Enter ends them. */
static void end_typed_lines(struct terminal *terminal)
{
    size_t i;
    for (i = 0; i < terminal->typed.size; i++)
        if (terminal->typed.data[i] == '\r') terminal->typed.data[i] = '\n';
}

int k_terminal_set(struct k_process *process, int number, const struct k_terminal_mode *mode)
{
    struct terminal *terminal;

    if (!k_is_terminal(process, number)) return UMBRA_ENOTTY;
    terminal = (struct terminal *)k_descriptor(process, number);
    if (!mode->lines && terminal->line.size) end_line(terminal);
    if (mode->lines && !terminal->mode.lines) end_typed_lines(terminal);
    terminal->mode = *mode;
    return 0;
}

int k_terminal_size(const struct k_process *process, int number, unsigned *columns, unsigned *rows)
{
    const struct terminal *terminal;

    if (!k_is_terminal(process, number)) return UMBRA_ENOTTY;
    terminal = (const struct terminal *)k_descriptor(process, number);
    *columns = terminal->columns;
    *rows = terminal->rows;
    return 0;
}

bool k_terminal_hang_up(struct kernel *kernel, uint32_t number)
{
    struct terminal *terminal = find(kernel, number);
    struct k_process *leader;

    if (terminal == NULL) return false;
    terminal->hung_up = true;
    k_wake_all(&terminal->readers);
    k_wake_all(&terminal->writers);
    leader = terminal->session ? k_find_process(kernel, terminal->session->leader) : NULL;
    if (leader) k_signal(leader, K_SIGHUP);
    return true;
}

bool k_terminal_ready(struct kernel *kernel, uint32_t number)
{
    struct terminal *terminal = find(kernel, number);

    if (terminal == NULL) return false;
    if (show_waiting(terminal)) k_wake_all(&terminal->writers);
    return true;
}

void k_terminal_resize(struct kernel *kernel, uint32_t number, unsigned columns, unsigned rows)
{
    struct terminal *terminal = find(kernel, number);

    if (terminal == NULL || columns == 0 || rows == 0) return;
    terminal->columns = columns;
    terminal->rows = rows;
    if (terminal->session && terminal->session->foreground)
        k_signal_group(kernel, terminal->session->foreground, K_SIGWINCH);
}
