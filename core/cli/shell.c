/* shell.c: umbra sh: a shell on the shadow of a folder, or on an empty workspace. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/cli.h"

#define SLICE_MS 20

struct cli_shell {
    uint32_t input, output, errors; /* streams */
    bool wanted;                    /* the input is asked for */
    bool ended;
    int status;
    bool collects; /* --json: what is written is kept */
    struct buffer kept_output, kept_errors;
    bool failed; /* what was written could not be kept durable; that was said */
    struct cli_terminal terminal;
};

/* --- the host's side of the streams --- */

int64_t cli_stream_write(void *context, uint32_t stream, const void *data, size_t size)
{
    struct cli *cli = context;
    struct cli_shell *shell = cli->shell;
    bool errors = shell && stream == shell->errors;
    ssize_t put;

    if (shell == NULL) return UMBRA_EPIPE;
    if (shell->collects) {
        struct buffer *kept = errors ? &shell->kept_errors : &shell->kept_output;
        buffer_put(kept, data, size);
        return kept->failed ? UMBRA_ENOMEM : (int64_t)size;
    }
    do {
        put = write(errors ? STDERR_FILENO : STDOUT_FILENO, data, size);
    } while (put < 0 && errno == EINTR);
    if (put < 0) return errno == EPIPE ? UMBRA_EPIPE : errno == ENOSPC ? UMBRA_ENOSPC : UMBRA_EIO;
    return put;
}

void cli_stream_read(void *context, uint32_t stream)
{
    struct cli *cli = context;
    if (cli->shell && stream == cli->shell->input) cli->shell->wanted = true;
}

static void take_event(struct cli *cli, const cJSON *event)
{
    const char *type = json_string(event, "type", "");

    if (strcmp(type, "shell_end") == 0) {
        cli->shell->ended = true;
        cli->shell->status = (int)json_number(event, "status", 1);
    } else if (strcmp(type, "shell_error") == 0) {
        cli->shell->failed = true;
        fprintf(stderr, "umbra: what the shell wrote could not be kept: %s\n",
                json_string(event, "message", ""));
    }
}

/* --- the loop --- */

static void read_input(struct cli *cli)
{
    char bytes[UMBRA_STREAM_PIECE];
    ssize_t got;

    do {
        got = read(STDIN_FILENO, bytes, sizeof bytes);
    } while (got < 0 && errno == EINTR);
    cli->shell->wanted = false;
    if (got > 0)
        umbra_deliver(cli->runtime, UMBRA_STREAM_DATA, cli->shell->input, 0, bytes, (size_t)got);
    else
        umbra_deliver(cli->runtime, UMBRA_STREAM_END, cli->shell->input, 0, NULL, 0);
}

static void pass_signal(struct cli *cli, double number)
{
    struct signalfd_siginfo info;
    struct cli_answer answer;
    struct error error;
    cJSON *json;

    while (read(cli->signals, &info, sizeof info) == sizeof info) {
        json = cli_operation("shell_signal");
        if (json_add_number(json, "shell", number) |
            json_add_string(json, "signal", info.ssi_signo == SIGINT ? "INT" : "TERM")) {
            cJSON_Delete(json);
            continue;
        }
        cli_request(cli, json, NULL, &answer, &error);
        cli_free_answer(&answer);
    }
}

static void wait_for_something(struct cli *cli, double number, bool more)
{
    struct pollfd files[2] = {{.fd = cli->signals, .events = POLLIN},
                              {.fd = cli->shell->wanted ? STDIN_FILENO : -1, .events = POLLIN}};
    int64_t wake = more ? 0 : umbra_next_wake(cli->runtime);
    int timeout = wake < 0 || wake > 60000 ? 60000 : (int)wake;

    if (cli->shell->terminal.number) {
        cli_terminal_wait(cli, &cli->shell->terminal, timeout);
        return;
    }
    if (more) files[1].fd = -1; /* what is read has to be kept */
    if (poll(files, 2, timeout) <= 0) return;
    if (files[0].revents) pass_signal(cli, number);
    if (files[1].revents) read_input(cli);
}

static void run_shell(struct cli *cli, double number)
{
    while (!cli->shell->ended) {
        bool more = umbra_run(cli->runtime, SLICE_MS) == UMBRA_MORE;
        if (!cli->shell->ended) wait_for_something(cli, number, more);
    }
}

/* --- the command --- */

struct words {
    bool json;
    cJSON *arguments, *environment, *files;
};

static int read_file(const char *path, struct buffer *text, struct error *error)
{
    char bytes[4096];
    FILE *file = fopen(path, "rb");
    size_t got;

    if (file == NULL) return error_set(error, UMBRA_ENOENT, "%s: %s", path, strerror(errno));
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) buffer_put(text, bytes, got);
    fclose(file);
    return text->failed ? error_memory(error) : 0;
}

/* --put FILE:PATH: a real file that is to be there. */
static int add_file(struct words *words, const char *word, struct error *error)
{
    const char *colon = strrchr(word, ':');
    char *from = colon ? strndup(word, (size_t)(colon - word)) : NULL;
    struct buffer text = {0};
    cJSON *item = cJSON_CreateObject();
    int result;

    if (colon == NULL) {
        cJSON_Delete(item);
        return error_set(error, UMBRA_EINVAL, "--put wants FILE:PATH, as --put tool.sh:/tmp/bin/tool");
    }
    result = from ? read_file(from, &text, error) : error_memory(error);
    if (result == 0 && (json_add_string(item, "path", colon + 1) |
                        json_add_text(item, "text", buffer_string(&text), text.size) |
                        json_add_number(item, "mode", from && access(from, X_OK) == 0 ? 0755 : 0644)))
        result = error_memory(error);
    if (result == 0)
        result = json_append(words->files, item) < 0 ? error_memory(error) : 0;
    else
        cJSON_Delete(item);
    free(from);
    buffer_free(&text);
    return result;
}

/* Our own options come first; from the first word that is none, all is the shell's. */
static int read_words(int argc, char **argv, struct words *words, struct error *error)
{
    int i, result = 0;

    for (i = 0; i < argc && result == 0; i++) {
        bool put = strcmp(argv[i], "--put") == 0, variable = strcmp(argv[i], "--env") == 0;
        if (strcmp(argv[i], "--json") == 0) {
            words->json = true;
            continue;
        }
        if (!put && !variable) break;
        if (i + 1 == argc) return error_set(error, UMBRA_EINVAL, "%s needs a value", argv[i]);
        i++;
        if (put)
            result = add_file(words, argv[i], error);
        else if (json_append(words->environment, cJSON_CreateString(argv[i])) < 0)
            result = error_memory(error);
    }
    for (; i < argc && result == 0; i++)
        if (json_append(words->arguments, cJSON_CreateString(argv[i])) < 0) result = error_memory(error);
    return result;
}

/* Somebody talks to it: -i, or neither a script nor commands are named, on a terminal. */
static bool wants_terminal(const struct words *words)
{
    const cJSON *word;
    bool commands = false, operand = false, interactive = false;

    if (words->json || !cli_terminal_is_there()) return false;
    cJSON_ArrayForEach(word, words->arguments)
    {
        const char *text = word->valuestring;
        if (text[0] != '-' && text[0] != '+') {
            operand = true;
            break;
        }
        if (strcmp(text, "--help") == 0 || strcmp(text, "--version") == 0) operand = true;
        if (text[0] != '-' || text[1] == '-') continue;
        interactive |= strchr(text, 'i') != NULL;
        commands |= strchr(text, 'c') != NULL;
    }
    return interactive || !(commands || operand);
}

static cJSON *open_request(struct words *words, bool terminal)
{
    cJSON *json = cli_operation("shell_open");
    int failed = (terminal ? cli_terminal_describe(json, words->environment) : 0) |
                 json_add_item(json, "argv", words->arguments) |
                 json_add_item(json, "environment", words->environment) |
                 json_add_item(json, "files", words->files);

    words->arguments = words->environment = words->files = NULL;
    if (!failed) return json;
    cJSON_Delete(json);
    return NULL;
}

static int print_json(const struct cli_shell *shell, struct error *error)
{
    struct buffer text = {0};

    buffer_put_string(&text, "{\"stdout\":");
    json_put_string(&text, buffer_string(&shell->kept_output), shell->kept_output.size);
    buffer_put_string(&text, ",\"stderr\":");
    json_put_string(&text, buffer_string(&shell->kept_errors), shell->kept_errors.size);
    buffer_printf(&text, ",\"exitCode\":%d}", shell->status);
    if (!text.failed) puts(text.data);
    buffer_free(&text);
    return text.failed ? error_memory(error) : 0;
}

static int open_and_run(struct cli *cli, struct words *words, struct error *error)
{
    struct cli_answer answer;
    bool terminal = wants_terminal(words);
    int result = cli_request(cli, open_request(words, terminal), NULL, &answer, error);

    if (result == 0 && terminal) {
        cli->shell->terminal.number = (uint32_t)json_number(answer.result, "terminal", 0);
        result = cli_terminal_open(&cli->shell->terminal, error);
        if (result == 0) run_shell(cli, json_number(answer.result, "shell", 0));
        cli_terminal_close(&cli->shell->terminal);
    } else if (result == 0) {
        cli->shell->input = (uint32_t)json_number(answer.result, "stdin", 0);
        cli->shell->output = (uint32_t)json_number(answer.result, "stdout", 0);
        cli->shell->errors = (uint32_t)json_number(answer.result, "stderr", 0);
        run_shell(cli, json_number(answer.result, "shell", 0));
    }
    cli_free_answer(&answer);
    if (result == 0 && words->json) result = print_json(cli->shell, error);
    return result;
}

int command_sh(struct cli *cli, int argc, char **argv)
{
    struct words words = {false, cJSON_CreateArray(), cJSON_CreateArray(), cJSON_CreateArray()};
    struct cli_shell shell = {.status = 1};
    struct error error = {0};
    int result;

    signal(SIGPIPE, SIG_IGN);
    result = read_words(argc, argv, &words, &error);
    if (result == 0) {
        shell.collects = words.json;
        cli->shell = &shell;
        cli->on_event = take_event;
        result = open_and_run(cli, &words, &error);
        cli->shell = NULL;
        cli->on_event = NULL;
    }
    cJSON_Delete(words.arguments);
    cJSON_Delete(words.environment);
    cJSON_Delete(words.files);
    buffer_free(&shell.kept_output);
    buffer_free(&shell.kept_errors);
    if (result < 0) return cli_fail(&error);
    return shell.failed && shell.status == 0 ? 1 : shell.status;
}
