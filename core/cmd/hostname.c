/* hostname: the name of the machine, "umbra". net-tools 2.10, hostname(1); it cannot be set. */
#include "cmd/command.h"

static const char help[] = "Usage: hostname [OPTION]\n"
                           "Print the name of this machine.\n"
                           "\n"
                           "  -f, --fqdn, -s, --short  the same\n"
                           "  -i, --ip-address         127.0.0.1\n"
                           "      --help               this text\n"
                           "      --version            the version\n";

static const struct cmd_option options[] = {{'f', "fqdn", CMD_NOTHING},
                                            {'f', "long", CMD_NOTHING},
                                            {'s', "short", CMD_NOTHING},
                                            {'i', "ip-address", CMD_NOTHING},
                                            {'I', "all-ip-addresses", CMD_NOTHING},
                                            {0}};

struct hostname {
    struct cmd_base base;
    bool address;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)value;
    ((struct hostname *)process->state)->address |= letter == 'i' || letter == 'I';
    return true;
}

static enum k_progress hostname_run(struct k_process *process)
{
    const struct hostname *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc > 1)
        cmd_error(process, "you must be root to change the host name");
    else
        cmd_put_string(process, state->address ? "127.0.0.1\n" : "umbra\n");
    CMD_END(process);
}

CMD_PROGRAM(hostname, struct hostname, hostname_run, help);
