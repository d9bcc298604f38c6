/* choices.c: which changes a command is about: PATH... with --hunks LIST behind a path for some hunks of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

void cli_free_choices(struct cli_choices *choices)
{
    int i;
    for (i = 0; i < choices->count; i++) {
        cJSON_Delete(choices->items[i].hunks);
        free(choices->items[i].id);
    }
    free(choices->items);
    memset(choices, 0, sizeof *choices);
}

/* "1,3" as [1, 3]. */
static int read_hunks(const char *text, cJSON **hunks, struct error *error)
{
    const char *at = text;

    *hunks = cJSON_CreateArray();
    if (*hunks == NULL) return error_memory(error);
    for (;;) {
        char *end;
        unsigned long number = strtoul(at, &end, 10);
        if (*at < '0' || *at > '9' || (*end && *end != ',') || number == 0)
            return error_set(error, UMBRA_EINVAL,
                             "--hunks %.100s: numbers are expected, as 1,3; umbra diff --hunks shows them",
                             text);
        if (json_append(*hunks, cJSON_CreateNumber((double)number)) < 0) return error_memory(error);
        if (*end == '\0') return 0;
        at = end + 1;
    }
}

/* "--hunks LIST" or "--hunks=LIST" at argv[*at]: the list, NULL for another word. */
static const char *hunks_value(int argc, char **argv, int *at)
{
    if (strncmp(argv[*at], "--hunks=", 8) == 0) return argv[*at] + 8;
    if (strcmp(argv[*at], "--hunks") != 0) return NULL;
    return *at + 1 < argc ? argv[++*at] : "";
}

static int take_words(struct cli_choices *choices, int argc, char **argv, struct error *error)
{
    int i;
    for (i = 0; i < argc; i++) {
        const char *list = hunks_value(argc, argv, &i);
        struct cli_choice *last = choices->count ? &choices->items[choices->count - 1] : NULL;
        int result;

        if (list == NULL) {
            choices->items[choices->count++].path = argv[i];
            continue;
        }
        if (last == NULL || last->hunks)
            return error_set(error, UMBRA_EINVAL, "--hunks stands behind the path that it is about, once");
        result = read_hunks(list, &last->hunks, error);
        if (result < 0) return result;
    }
    return 0;
}

/* The id of the diff that the hunks are of. */
static int read_id(struct cli *cli, struct cli_choice *choice, struct error *error)
{
    cJSON *json = cli_operation("diff");
    struct cli_answer answer;
    const char *id;
    int result;

    if (json_add_string(json, "path", choice->path) < 0) {
        cJSON_Delete(json);
        return error_memory(error);
    }
    result = cli_request(cli, json, NULL, &answer, error);
    if (result < 0) return result;
    id = json_string(answer.result, "id", "");
    choice->id = strdup(id);
    cli_free_answer(&answer);
    return choice->id ? 0 : error_memory(error);
}

int cli_read_choices(struct cli *cli, int argc, char **argv, struct cli_choices *choices, struct error *error)
{
    int result, i;

    memset(choices, 0, sizeof *choices);
    choices->items = calloc((size_t)argc + 1, sizeof choices->items[0]);
    if (choices->items == NULL) return error_memory(error);
    result = take_words(choices, argc, argv, error);
    for (i = 0; i < choices->count && result == 0; i++)
        if (choices->items[i].hunks) result = read_id(cli, &choices->items[i], error);
    if (result < 0) cli_free_choices(choices);
    return result;
}

const struct cli_choice *cli_find_choice(const struct cli_choices *choices, const char *path)
{
    int i;
    for (i = 0; i < choices->count; i++)
        if (strcmp(choices->items[i].path, path) == 0) return &choices->items[i];
    return NULL;
}

int cli_add_hunks(cJSON *json, const struct cli_choice *choice)
{
    if (choice == NULL || choice->hunks == NULL) return 0;
    if (json_add_item(json, "hunks", cJSON_Duplicate(choice->hunks, true)) < 0) return UMBRA_ENOMEM;
    return json_add_string(json, "id", choice->id);
}

cJSON *cli_choices_operation(const char *name, const struct cli_choices *choices)
{
    cJSON *json = cli_operation(name), *list;
    int i;

    if (json == NULL || choices->count == 0) return json;
    list = cJSON_CreateArray();
    for (i = 0; i < choices->count; i++) {
        cJSON *item = cJSON_CreateObject();
        int failed =
            json_add_string(item, "path", choices->items[i].path) | cli_add_hunks(item, &choices->items[i]);
        if (json_append(list, item) < 0 || failed) {
            cJSON_Delete(list);
            list = NULL;
            break;
        }
    }
    if (json_add_item(json, "paths", list) == 0) return json;
    cJSON_Delete(json);
    return NULL;
}
