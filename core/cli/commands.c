/* commands.c: the short commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* That somebody listens makes the first Ctrl-C a cancel, and a command line that it ends has a result. */
static void pass_over(struct cli *cli, const cJSON *event)
{
    (void)cli;
    (void)event;
}

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
    cli->on_event = pass_over;
    if (cli_request(cli, json, NULL, &answer, &error) < 0) return cli_fail(&error);
    cli->on_event = NULL;
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

/* What umbra diff and umbra status were asked for. */
struct diff_words {
    bool numbered;
    const char *from, *to; /* NULL: base, head */
    char **paths;
    int count;
};

static int read_diff_words(int argc, char **argv, struct diff_words *words, struct error *error)
{
    int i;

    *words = (struct diff_words){.paths = argv};
    for (i = 0; i < argc; i++) {
        bool from = strcmp(argv[i], "--from") == 0, to = strcmp(argv[i], "--to") == 0;
        if ((from || to) && i + 1 == argc)
            return error_set(error, UMBRA_EINVAL, "%s needs base, head or the number of a checkpoint",
                             argv[i]);
        if (from)
            words->from = argv[++i];
        else if (to)
            words->to = argv[++i];
        else if (strcmp(argv[i], "--hunks") == 0)
            words->numbered = true;
        else
            argv[words->count++] = argv[i];
    }
    return 0;
}

/* "17" is the number of a checkpoint. */
int cli_add_tree(cJSON *json, const char *key, const char *name)
{
    char *end;
    double number = name ? strtod(name, &end) : 0;
    if (name == NULL) return 0;
    return *name && *end == '\0' ? json_add_number(json, key, number) : json_add_string(json, key, name);
}

/* An operation between the two trees, NULL without memory. */
static cJSON *between(const char *operation, const struct diff_words *words)
{
    cJSON *json = cli_operation(operation);
    if (cli_add_tree(json, "from", words->from) == 0 && cli_add_tree(json, "to", words->to) == 0) return json;
    cJSON_Delete(json);
    return NULL;
}

int command_status(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct diff_words words;
    struct error error = {0};
    const cJSON *change;

    if (read_diff_words(argc, argv, &words, &error) < 0 || words.count || words.numbered) {
        fprintf(stderr, "usage: umbra status [--from TREE] [--to TREE]\n");
        return 2;
    }
    if (cli_request(cli, between("changes", &words), NULL, &answer, &error) < 0) return cli_fail(&error);
    cJSON_ArrayForEach(change, answer.result)
    {
        const char *from = json_string(change, "from", NULL);
        printf("%c %s%s%s\n", letter_of(json_string(change, "kind", "modified")), from ? from : "",
               from ? " -> " : "", json_string(change, "path", ""));
    }
    cli_free_answer(&answer);
    return 0;
}

static int print_patch(struct cli *cli, const char *path, const struct diff_words *words, struct error *error)
{
    cJSON *json = between("patch", words), *paths = cJSON_CreateArray();
    struct cli_answer answer;
    int failed = json_append(paths, cJSON_CreateString(path)) | json_add_item(json, "paths", paths);

    failed |= json_add_bool(json, "numbered", words->numbered);
    if (failed) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    if (cli_request(cli, json, NULL, &answer, error) < 0) return error->code;
    fwrite(buffer_string(&answer.bytes), 1, answer.bytes.size, stdout);
    cli_free_answer(&answer);
    return 0;
}

/* The named changes, or all; one request each, so that no more than one is in memory. */
static int print_patches(struct cli *cli, const cJSON *changes, const struct diff_words *words,
                         struct error *error)
{
    const cJSON *change;
    int i, result = 0;

    for (i = 0; i < words->count && result == 0; i++)
        result = print_patch(cli, words->paths[i], words, error);
    if (words->count) return result;
    cJSON_ArrayForEach(change, changes)
    {
        result = print_patch(cli, json_string(change, "path", ""), words, error);
        if (result < 0) break;
    }
    return result;
}

int command_diff(struct cli *cli, int argc, char **argv)
{
    struct cli_answer answer;
    struct diff_words words;
    struct error error = {0};
    int result = read_diff_words(argc, argv, &words, &error);

    if (result < 0) {
        cli_fail(&error);
        return 2;
    }
    result = cli_request(cli, between("changes", &words), NULL, &answer, &error);
    if (result == 0) result = print_patches(cli, answer.result, &words, &error);
    cli_free_answer(&answer);
    return result < 0 ? cli_fail(&error) : 0;
}

int command_discard(struct cli *cli, int argc, char **argv)
{
    struct cli_choices choices;
    struct cli_answer answer;
    struct error error = {0};
    const cJSON *path;
    int result = cli_read_choices(cli, argc, argv, &choices, &error);

    if (result < 0) return cli_fail(&error);
    result = cli_request(cli, cli_choices_operation("discard", &choices), NULL, &answer, &error);
    cJSON_ArrayForEach(path, answer.result)
    {
        const struct cli_choice *choice = cli_find_choice(&choices, path->valuestring);
        printf("discarded %s%s\n", path->valuestring, choice && choice->hunks ? " in part" : "");
    }
    cli_free_answer(&answer);
    cli_free_choices(&choices);
    return result < 0 ? cli_fail(&error) : 0;
}
