/* run.c: an agent's turn on the terminal. The answer goes to stdout, everything about it to stderr; writing
 * tools are asked for on the terminal, and without one (or --yes) they are denied. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static void end_line(struct cli *cli)
{
    if (!cli->at_line_start) putchar('\n');
    fflush(stdout);
    cli->at_line_start = true;
}

static void print_text(struct cli *cli, const char *text)
{
    size_t length = strlen(text);
    if (length == 0) return;
    fwrite(text, 1, length, stdout);
    fflush(stdout);
    cli->at_line_start = text[length - 1] == '\n';
}

/* The first line of a result, cut. */
static void print_result(struct cli *cli, const cJSON *event)
{
    const char *text = json_string(event, "content", "");
    int length = (int)strcspn(text, "\n");

    end_line(cli);
    while (length && (text[0] == ' ' || text[0] == '\t')) text++, length--;
    fprintf(stderr, "  %s %s: %.*s%s\n", json_bool(event, "is_error", false) ? "✗" : "✓",
            json_string(event, "name", ""), length > 100 ? 100 : length, text, text[length] ? " …" : "");
}

/* What a command prints, indented; control characters are left out, for they would be the terminal's. */
static void print_output(struct cli *cli, const cJSON *event)
{
    const char *text = json_string(event, "text", "");

    end_line(cli);
    for (; *text; text++) {
        if (!cli->in_output_line) fputs("  │ ", stderr);
        cli->in_output_line = *text != '\n';
        if ((unsigned char)*text >= 0x20 || *text == '\n' || *text == '\t') fputc(*text, stderr);
    }
}

static void end_output(struct cli *cli)
{
    if (cli->in_output_line) fputc('\n', stderr);
    cli->in_output_line = false;
}

static void on_event(struct cli *cli, const cJSON *event)
{
    const char *type = json_string(event, "type", "");

    if (strcmp(type, "text_delta") == 0) {
        print_text(cli, json_string(event, "text", ""));
    } else if (strcmp(type, "tool_output") == 0) {
        print_output(cli, event);
    } else if (strcmp(type, "tool_result") == 0) {
        end_output(cli);
        print_result(cli, event);
    } else if (strcmp(type, "assistant") == 0) {
        end_line(cli);
    } else if (strcmp(type, "permission_request") == 0) {
        cJSON_Delete(cli->question);
        cli->question = cJSON_Duplicate(event, true);
    } else if (strcmp(type, "notice") == 0) {
        end_line(cli);
        fprintf(stderr, "umbra: %s\n", json_string(event, "message", ""));
    }
}

/* Waits for the terminal; false when Ctrl-C comes first. */
static bool wait_for_line(struct cli *cli)
{
    struct pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = cli->signals, .events = POLLIN}};

    while (poll(polled, 2, -1) < 0) continue;
    if (polled[1].revents == 0) return true;
    fputc('\n', stderr);
    fetch_run(cli, 0);
    return false;
}

/* The user's decision on the open question; NULL: the turn was cancelled instead. */
static const char *ask(struct cli *cli)
{
    char line[64];

    end_line(cli);
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "umbra: denied: %s (there is no terminal to ask on; --yes allows it)\n",
                json_string(cli->question, "summary", "?"));
        return "deny";
    }
    for (;;) {
        fprintf(stderr, "%s — allow? [y]es, [a]lways in this session, [n]o: ",
                json_string(cli->question, "summary", "?"));
        if (!wait_for_line(cli)) return NULL;
        if (fgets(line, sizeof line, stdin) == NULL) return "deny";
        if (line[0] == 'y' || line[0] == 'Y') return "allow";
        if (line[0] == 'a' || line[0] == 'A') return "allow_session";
        if (line[0] == 'n' || line[0] == 'N') return "deny";
    }
}

/* Sends the decision; its own answer needs no waiting for. */
static void decide(struct cli *cli)
{
    cJSON *json = cli_operation("decide");
    struct buffer text = {0};
    const char *decision = ask(cli);

    if (decision && json_add_string(json, "id", json_string(cli->question, "id", "")) == 0 &&
        json_add_string(json, "decision", decision) == 0)
        json_print(&text, json);
    cJSON_Delete(json);
    cJSON_Delete(cli->question);
    cli->question = NULL;
    if (text.size) umbra_submit(cli->runtime, 0, text.data, text.size, NULL, 0);
    buffer_free(&text);
}

static int print_end(struct cli *cli, const cJSON *result)
{
    const char *reason = json_string(result, "stopReason", "");
    const cJSON *failure = json_get(result, "error");

    end_line(cli);
    if (failure) {
        fprintf(stderr, "umbra: %s\n", json_string(failure, "message", "the turn failed"));
        return 1;
    }
    if (strcmp(reason, "cancelled") == 0) {
        fprintf(stderr, "umbra: cancelled\n");
        return 130;
    }
    if (strcmp(reason, "end_turn") == 0) return 0;
    fprintf(stderr, "umbra: the turn ended early: %s\n", reason);
    return 1;
}

static int begin(struct cli *cli)
{
    const struct cli_options *options = &cli->options;
    struct cli_answer answer;
    struct error error = {0};
    int result;

    if (!options->proxy && !options->base_url && !options->api_key) {
        error_set(
            &error, UMBRA_EINVAL,
            "no model is configured: set ANTHROPIC_API_KEY, or start demo-proxy and give the address that it "
            "prints with --proxy");
        return cli_fail(&error);
    }
    if (options->resume) return 0;
    result = cli_request(cli, cli_operation("new_session"), NULL, &answer, &error);
    cli_free_answer(&answer);
    return result < 0 ? cli_fail(&error) : 0;
}

int command_run(struct cli *cli, int argc, char **argv)
{
    cJSON *json = cli_operation("send");
    struct buffer text = {0};
    struct cli_answer answer = {0};
    int status;

    if (argc != 1) {
        fprintf(stderr, "usage: umbra run \"PROMPT\"\n");
        cJSON_Delete(json);
        return 2;
    }
    if (begin(cli)) {
        cJSON_Delete(json);
        return 1;
    }
    if (json_add_string(json, "text", argv[0]) == 0) json_print(&text, json);
    cJSON_Delete(json);
    if (text.size == 0) return 1;
    cli->on_event = on_event;
    cli->waiting = 1;
    cli->answer = &answer;
    cli->answered = false;
    umbra_submit(cli->runtime, 1, text.data, text.size, NULL, 0);
    buffer_free(&text);
    while (!cli->answered) {
        bool more = umbra_run(cli->runtime, 50) == UMBRA_MORE;
        if (cli->question)
            decide(cli);
        else if (!cli->answered)
            fetch_run(cli, more ? 0 : 1000);
    }
    cli->on_event = NULL;
    cli->answer = NULL;
    status = answer.error.code ? cli_fail(&answer.error) : print_end(cli, answer.result);
    cli_free_answer(&answer);
    return status;
}
