/* main.c: umbra, the native command line. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

struct command {
    const char *name;
    int (*run)(struct cli *cli, int argc, char **argv);
};

static const struct command *find_command(const char *name)
{
    static const struct command commands[] = {
        {"tool", command_tool},
        {"tools", command_tools},
        {"sh", command_sh},
        {"run", command_run},
        {"status", command_status},
        {"diff", command_diff},
        {"commit", command_commit},
        {"discard", command_discard},
        {"commits", command_commits},
        {"undo", command_undo},
        {"checkpoint", command_checkpoint},
        {"log", command_log},
        {"rewind", command_rewind},
        {"drop", command_drop},
        {"export", command_export},
        {"import-archive", command_import_archive},
    };
    size_t i;
    for (i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static int run_command(const struct command *command, const struct cli_options *options, int argc,
                       char **argv)
{
    struct cli cli;
    struct error error = {0};
    int status;

    bool scratch = command->run == command_sh && !options->folder_given;

    if (scratch ? cli_open_scratch(&cli, options, &error) < 0
                : cli_open(&cli, options, &error) < 0 || cli_refresh(&cli, &error) < 0)
        status = cli_fail(&error);
    else
        status = command->run(&cli, argc, argv);
    cli_close(&cli);
    return status;
}

static int run(const struct cli_options *options, int argc, char **argv)
{
    const struct command *command;

    if (options->version) {
        printf("umbra %s\n", UMBRA_VERSION);
        return 0;
    }
    if (options->help || options->rest >= argc) {
        cli_print_help();
        return options->help ? 0 : 2;
    }
    if (strcmp(argv[options->rest], "fsck") == 0)
        return command_fsck(options, argc - options->rest - 1, argv + options->rest + 1);
    command = find_command(argv[options->rest]);
    if (command == NULL) {
        fprintf(stderr, "umbra: there is no command %s; see umbra --help\n", argv[options->rest]);
        return 2;
    }
    return run_command(command, options, argc - options->rest - 1, argv + options->rest + 1);
}

int main(int argc, char **argv)
{
    struct cli_options options;
    struct error error = {0};
    int status = 2;

    if (cli_parse_options(argc, argv, &options, &error) < 0)
        cli_fail(&error);
    else
        status = run(&options, argc, argv);
    cli_free_options(&options);
    return status;
}
