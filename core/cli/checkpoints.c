/* checkpoints.c: keeping the shadow under a name, and going back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

int command_checkpoint(struct cli *cli, int argc, char **argv)
{
    cJSON *json = cli_operation("checkpoint");
    struct cli_answer answer;
    struct error error = {0};

    if (argc != 1) {
        cJSON_Delete(json);
        fprintf(stderr, "usage: umbra checkpoint NAME\n");
        return 2;
    }
    if (json_add_string(json, "name", argv[0]) < 0) {
        cJSON_Delete(json);
        error_memory(&error);
        return cli_fail(&error);
    }
    if (cli_request(cli, json, NULL, &answer, &error) < 0) return cli_fail(&error);
    printf("%.0f\n", json_number(answer.result, "checkpoint", 0));
    cli_free_answer(&answer);
    return 0;
}

#define WHEN_SIZE 32

/* The time of an item of a list, in local time. */
static void put_when(char *when, const cJSON *item)
{
    time_t seconds = (time_t)(json_number(item, "time", 0) / 1000);
    struct tm local;

    *when = '\0';
    if (localtime_r(&seconds, &local)) strftime(when, WHEN_SIZE, "%Y-%m-%d %H:%M:%S", &local);
}

static void print_checkpoint(const cJSON *item)
{
    char when[WHEN_SIZE];

    put_when(when, item);
    printf("%6.0f  %s  %s%s\n", json_number(item, "checkpoint", 0), when, json_string(item, "name", ""),
           json_bool(item, "automatic", false) ? "" : "  *");
}

int command_log(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct error error = {0};
    const cJSON *item;

    (void)argv;
    if (argc) {
        fprintf(stderr, "usage: umbra log\n");
        return 2;
    }
    if (cli_request(cli, cli_operation("checkpoints"), NULL, &answer, &error) < 0) return cli_fail(&error);
    cJSON_ArrayForEach(item, answer.result) print_checkpoint(item);
    cli_free_answer(&answer);
    return 0;
}

/* "    12  2026-11-01 10:00:00  3 files, 1 left alone, undone" */
static void print_commit(const cJSON *item)
{
    double files = json_number(item, "files", 0), left = json_number(item, "left", 0),
           undone = json_number(item, "undone", 0), unknown = json_number(item, "unknown", 0);
    char when[WHEN_SIZE];

    put_when(when, item);
    printf("%6.0f  %s  %.0f file%s", json_number(item, "commit", 0), when, files, files == 1 ? "" : "s");
    if (left > 0) printf(", %.0f left alone", left);
    if (unknown > 0) printf(", cut off: %.0f not known", unknown);
    if (undone > 0 && undone + left == files)
        printf(", undone");
    else if (undone > 0)
        printf(", %.0f undone", undone);
    putchar('\n');
}

int command_commits(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct error error = {0};
    const cJSON *item;

    (void)argv;
    if (argc) {
        fprintf(stderr, "usage: umbra commits\n");
        return 2;
    }
    if (cli_request(cli, cli_operation("commits"), NULL, &answer, &error) < 0) return cli_fail(&error);
    cJSON_ArrayForEach(item, answer.result) print_commit(item);
    cli_free_answer(&answer);
    return 0;
}

double cli_number(const char *word)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(word, &end, 10);
    return *word < '0' || *word > '9' || *end || errno || number > UINT32_MAX ? 0 : (double)number;
}

static int request_for(struct cli *cli, const char *operation, const char *word, struct cli_answer *answer,
                       struct error *error)
{
    double number = cli_number(word);
    cJSON *json;

    if (number == 0)
        return error_set(error, UMBRA_EINVAL, "%s is no checkpoint's number; umbra log lists them", word);
    json = cli_operation(operation);
    if (json_add_number(json, "checkpoint", number) < 0) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    return cli_request(cli, json, NULL, answer, error);
}

int command_rewind(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer = {0};
    struct error error = {0};

    if (argc != 1) {
        fprintf(stderr, "usage: umbra rewind NUMBER, one that umbra log gives\n");
        return 2;
    }
    if (request_for(cli, "rewind", argv[0], &answer, &error) < 0) return cli_fail(&error);
    printf("rewound to %s; to undo this: umbra rewind %.0f\n", argv[0],
           json_number(answer.result, "undo", 0));
    cli_free_answer(&answer);
    return 0;
}

int command_drop(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer = {0};
    struct error error = {0};
    int i;

    if (argc == 0) {
        fprintf(stderr, "usage: umbra drop NUMBER..., as umbra log gives them\n");
        return 2;
    }
    for (i = 0; i < argc; i++) {
        if (request_for(cli, "drop_checkpoint", argv[i], &answer, &error) < 0) return cli_fail(&error);
        cli_free_answer(&answer);
        printf("dropped %s\n", argv[i]);
    }
    return 0;
}
