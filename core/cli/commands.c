/* commands.c: the short commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

int command_tool(struct cli *cli, int argc, char **argv)
{
    struct error error = {0};
    struct cli_answer answer;
    cJSON *json, *input;
    const char *content;
    bool failed;

    if (argc != 2) {
        fprintf(stderr, "usage: umbra tool NAME JSON, as: umbra tool Read '{\"file_path\":\"README.md\"}'\n");
        return 2;
    }
    input = json_parse(argv[1], strlen(argv[1]), "the tool's input", &error);
    if (input == NULL) return cli_fail(&error);
    json = cli_operation("tool");
    if (json_add_string(json, "name", argv[0]) | json_add_item(json, "input", input)) {
        cJSON_Delete(json);
        return 1;
    }
    if (cli_request(cli, json, NULL, &answer, &error) < 0) return cli_fail(&error);
    content = json_string(answer.result, "content", "");
    failed = json_bool(answer.result, "isError", false);
    fprintf(failed ? stderr : stdout, "%s%s", content,
            *content && content[strlen(content) - 1] == '\n' ? "" : "\n");
    cli_free_answer(&answer);
    return failed;
}

int command_tools(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct error error = {0};
    char *text;

    (void)argc;
    (void)argv;
    if (cli_request(cli, cli_operation("tools"), NULL, &answer, &error) < 0) return cli_fail(&error);
    text = cJSON_Print(answer.result);
    if (text) puts(text);
    cJSON_free(text);
    cli_free_answer(&answer);
    return 0;
}

static char letter_of(const char *kind)
{
    return (char)(kind[0] - 'a' + 'A');
}

int command_status(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct error error = {0};
    const cJSON *change;

    (void)argv;
    if (argc) {
        fprintf(stderr, "usage: umbra status\n");
        return 2;
    }
    if (cli_request(cli, cli_operation("changes"), NULL, &answer, &error) < 0) return cli_fail(&error);
    cJSON_ArrayForEach(change, answer.result)
    {
        const char *from = json_string(change, "from", NULL);
        printf("%c %s%s%s\n", letter_of(json_string(change, "kind", "modified")), from ? from : "",
               from ? " -> " : "", json_string(change, "path", ""));
    }
    cli_free_answer(&answer);
    return 0;
}

static void print_hunk(const cJSON *hunk)
{
    const cJSON *line;
    printf("@@ -%.0f,%.0f +%.0f,%.0f @@\n", json_number(hunk, "oldStart", 0),
           json_number(hunk, "oldLines", 0), json_number(hunk, "newStart", 0),
           json_number(hunk, "newLines", 0));
    cJSON_ArrayForEach(line, json_get(hunk, "lines")) puts(line->valuestring);
}

static int print_diff(struct cli *cli, const cJSON *change, struct error *error)
{
    const char *path = json_string(change, "path", ""), *kind = json_string(change, "kind", "");
    const char *from = json_string(change, "from", path);
    cJSON *json = cli_operation("diff");
    struct cli_answer answer;
    const cJSON *hunk;

    if (json_add_string(json, "path", path) < 0) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    if (cli_request(cli, json, NULL, &answer, error) < 0) return error->code;
    if (json_bool(answer.result, "binary", false) || json_bool(answer.result, "tooLarge", false)) {
        printf("%s %s: %s\n", kind, path,
               json_bool(answer.result, "binary", false) ? "binary" : "too large to compare");
    } else {
        printf("--- %s%s\n+++ %s%s\n", strcmp(kind, "added") == 0 ? "" : "a/",
               strcmp(kind, "added") == 0 ? "/dev/null" : from, strcmp(kind, "deleted") == 0 ? "" : "b/",
               strcmp(kind, "deleted") == 0 ? "/dev/null" : path);
        cJSON_ArrayForEach(hunk, json_get(answer.result, "hunks")) print_hunk(hunk);
    }
    cli_free_answer(&answer);
    return 0;
}

int command_diff(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct error error = {0};
    const cJSON *change;
    int result, i;

    result = cli_request(cli, cli_operation("changes"), NULL, &answer, &error);
    cJSON_ArrayForEach(change, answer.result)
    {
        bool wanted = argc == 0;
        for (i = 0; i < argc; i++) wanted = wanted || strcmp(argv[i], json_string(change, "path", "")) == 0;
        if (wanted && result == 0) result = print_diff(cli, change, &error);
    }
    cli_free_answer(&answer);
    return result < 0 ? cli_fail(&error) : 0;
}

int command_discard(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct error error = {0};
    const cJSON *path;

    if (cli_request(cli, cli_paths_operation("discard", argc, argv), NULL, &answer, &error) < 0)
        return cli_fail(&error);
    cJSON_ArrayForEach(path, answer.result) printf("discarded %s\n", path->valuestring);
    cli_free_answer(&answer);
    return 0;
}
