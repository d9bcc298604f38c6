#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

struct option_entry {
    const char *flag, *variable, *value, *help;
    size_t offset; /* of a const char * in struct cli_options */
};

#define TEXT_OPTION(member) offsetof(struct cli_options, member)

static const struct option_entry entries[] = {
    {"-C", "UMBRA_FOLDER", "DIR", "the project folder (default: the current one)", TEXT_OPTION(folder)},
    {"--state-dir", "UMBRA_STATE_DIR", "DIR", "where shadow workspaces are kept", TEXT_OPTION(state_dir)},
    {"--proxy", "UMBRA_PROXY", "URL", "a demo-proxy, by the address that it printed", TEXT_OPTION(proxy)},
    {"--base-url", "ANTHROPIC_BASE_URL", "URL", "the provider, when there is no proxy",
     TEXT_OPTION(base_url)},
    {"--model", "UMBRA_MODEL", "NAME", "the model to ask for", TEXT_OPTION(model)},
    {NULL, "ANTHROPIC_API_KEY", "KEY", "the key for it", TEXT_OPTION(api_key)},
};

/* May be given more than once. An empty name adds none, so that there can be no names at all. */
#define EXCLUDE_FLAG     "--exclude"
#define EXCLUDE_VARIABLE "UMBRA_EXCLUDE" /* names with ':' between */

struct switch_entry {
    const char *flag, *variable, *help;
    size_t offset; /* of a bool in struct cli_options */
};

static const struct switch_entry switches[] = {
    {"--yes", "UMBRA_YES", "writing tools of 'run' need no answer", offsetof(struct cli_options, yes)},
    {"--continue", "UMBRA_CONTINUE", "'run' goes on with the last conversation",
     offsetof(struct cli_options, resume)},
    {"--recover", NULL, "open a damaged image as it was before the damage",
     offsetof(struct cli_options, recover)},
    {"--no-gitignore", "UMBRA_NO_GITIGNORE", ".gitignore files are not honoured",
     offsetof(struct cli_options, no_gitignore)},
    {"--version", NULL, "print the version", offsetof(struct cli_options, version)},
    {"--help", NULL, "print this", offsetof(struct cli_options, help)},
};

void cli_print_help(void)
{
    size_t i;

    printf(
        "usage: umbra [OPTION]... COMMAND [ARGUMENT]...\n"
        "\n"
        "Works on a shadow of a project folder. The folder itself is only ever written by 'commit' and "
        "'undo'.\n"
        "\n"
        "  tool NAME JSON      run one tool, as: umbra tool Read '{\"file_path\":\"README.md\"}'\n"
        "  tools               list the tools with their schemas, as JSON\n"
        "  run PROMPT          let an agent work on the shadow\n"
        "  sh [-c CODE | FILE] [ARGUMENT]...  run a shell on the shadow of the folder that -C names, or "
        "without -C\n"
        "                      on an empty workspace; the exit status is the shell's\n"
        "       --json         print {stdout, stderr, exitCode}\n"
        "       --env NAME=VALUE  --put FILE:PATH   a variable, a real file to be there\n"
        "  status              list what the shadow changes\n"
        "  diff [PATH]...      show it, as a patch for git apply or patch -p1\n"
        "       --hunks        with the hunks numbered, for --hunks below\n"
        "       --from T --to T   (of status too) between other trees: base, head, or a checkpoint's number\n"
        "  commit [PATH]...    write it to the folder\n"
        "  discard [PATH]...   forget it\n"
        "       PATH --hunks 1,3  these hunks of the path alone\n"
        "  commits             list the commits that can be undone: number, time, files\n"
        "  undo [NUMBER]       put the folder's files back to what they were before a commit, the last one\n"
        "                      unless a number is given; the shadow keeps the changes\n"
        "  export FILE         write the shadow as an archive: FILE.tar, FILE.zip, or - for the standard "
        "output\n"
        "       --format F     tar or zip, whatever the name\n"
        "       --tree T       base, head (what the shadow has now), or a checkpoint's number\n"
        "  import-archive FILE take the files of a tar, tar.gz or ZIP into the shadow, as changes; - for "
        "the\n"
        "                      standard input\n"
        "  checkpoint NAME     keep the shadow as it is, under a name\n"
        "  log                 list what is kept: number, time, name\n"
        "  rewind NUMBER       make the shadow what it was then\n"
        "  drop NUMBER...      keep it no longer\n"
        "  fsck [DIR|IMAGE]    check the image of a workspace and print what is wrong\n"
        "\n");
    for (i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", entries[i].flag ? entries[i].flag : entries[i].variable,
                 entries[i].value);
        printf("  %-18s  %s%s%s%s\n", left, entries[i].help,
               entries[i].flag && entries[i].variable ? " (" : "",
               entries[i].flag && entries[i].variable ? entries[i].variable : "",
               entries[i].flag && entries[i].variable ? ")" : "");
    }
    printf("  %-18s  %s (%s, with ':' between)\n", EXCLUDE_FLAG " NAME",
           "a name to leave out of the shadow, instead of .git and node_modules", EXCLUDE_VARIABLE);
    for (i = 0; i < sizeof switches / sizeof switches[0]; i++)
        printf("  %-18s  %s%s%s%s\n", switches[i].flag, switches[i].help, switches[i].variable ? " (" : "",
               switches[i].variable ? switches[i].variable : "", switches[i].variable ? "=1)" : "");
}

static const char **slot_of(struct cli_options *options, const struct option_entry *entry)
{
    return (const char **)(void *)((char *)options + entry->offset);
}

/* Takes "--flag VALUE" or "--flag=VALUE" at argv[*at]; 1 when it was one. */
static int take_text(int argc, char **argv, int *at, struct cli_options *options, struct error *error)
{
    size_t i;
    for (i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const char *flag = entries[i].flag, *word = argv[*at];
        size_t length = flag ? strlen(flag) : 0;

        if (flag == NULL || strncmp(word, flag, length) != 0) continue;
        if (word[length] == '=' && flag[1] == '-') {
            *slot_of(options, &entries[i]) = word + length + 1;
            return 1;
        }
        if (word[length]) continue;
        if (*at + 1 >= argc)
            return error_set(error, UMBRA_EINVAL, "%s needs a value: %s %s", flag, flag, entries[i].value);
        *slot_of(options, &entries[i]) = argv[++*at];
        return 1;
    }
    return 0;
}

/* Adds names with ':' between, when `many`. */
static int add_names(struct cli_options *options, const char *names, bool many, struct error *error)
{
    if (options->exclude == NULL) options->exclude = cJSON_CreateArray();
    if (options->exclude == NULL) return error_memory(error);
    while (*names) {
        size_t length = many ? strcspn(names, ":") : strlen(names);
        char *name = strndup(names, length);
        int result = !name    ? UMBRA_ENOMEM
                     : length ? json_append(options->exclude, cJSON_CreateString(name))
                              : 0;
        free(name);
        if (result < 0) return error_memory(error);
        names += length;
        if (*names) names++;
    }
    return 0;
}

/* Takes "--exclude NAME" or "--exclude=NAME"; 1 when it was one. */
static int take_exclude(int argc, char **argv, int *at, struct cli_options *options, struct error *error)
{
    const char *word = argv[*at], *name = NULL;
    size_t length = strlen(EXCLUDE_FLAG);
    int result;

    if (strncmp(word, EXCLUDE_FLAG, length) != 0 || (word[length] && word[length] != '=')) return 0;
    if (word[length] == '=')
        name = word + length + 1;
    else if (*at + 1 < argc)
        name = argv[++*at];
    if (name == NULL)
        return error_set(error, UMBRA_EINVAL, "%s needs a value: %s NAME", EXCLUDE_FLAG, EXCLUDE_FLAG);
    result = add_names(options, name, false, error);
    return result < 0 ? result : 1;
}

static bool *switch_of(struct cli_options *options, const struct switch_entry *entry)
{
    return (bool *)(void *)((char *)options + entry->offset);
}

static bool take_switch(const char *word, struct cli_options *options)
{
    size_t i;
    for (i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (strcmp(word, switches[i].flag) != 0) continue;
        *switch_of(options, &switches[i]) = true;
        return true;
    }
    return false;
}

/* What the environment says; flags come after it. */
static void take_environment(struct cli_options *options)
{
    size_t i;
    for (i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (entries[i].variable) *slot_of(options, &entries[i]) = getenv(entries[i].variable);
    for (i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        const char *value = switches[i].variable ? getenv(switches[i].variable) : NULL;
        if (value && strcmp(value, "1") == 0) *switch_of(options, &switches[i]) = true;
    }
}

int cli_parse_options(int argc, char **argv, struct cli_options *options, struct error *error)
{
    const char *names;
    int at;

    memset(options, 0, sizeof *options);
    take_environment(options);
    for (at = 1; at < argc && argv[at][0] == '-'; at++) {
        int taken = take_text(argc, argv, &at, options, error);
        if (taken == 0) taken = take_exclude(argc, argv, &at, options, error);
        if (taken < 0) return taken;
        if (taken) continue;
        if (!take_switch(argv[at], options))
            return error_set(error, UMBRA_EINVAL, "there is no option %s; see umbra --help", argv[at]);
    }
    options->folder_given = options->folder != NULL;
    if (options->folder == NULL) options->folder = ".";
    options->rest = at;
    names = getenv(EXCLUDE_VARIABLE);
    return options->exclude || names == NULL ? 0 : add_names(options, names, true, error);
}

void cli_free_options(struct cli_options *options)
{
    cJSON_Delete(options->exclude);
    options->exclude = NULL;
}
