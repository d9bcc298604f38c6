#include "commands.h"

#include <string.h>

#include "serve.h"

static int pair(struct px_options *options)
{
    return px_pair(options);
}

static const struct px_command commands[] = {
    {"", "[OPTIONS]\tserve the page and the model route on this machine\n", px_serve},
    {"pair", "pair\tprint an address with a fresh pairing token\n", pair},
    {"keys",
     "keys create NAME [--days N] [--providers LIST]\tmake an API key for a program and print it once\n"
     "keys list\tall keys, without what makes them up\n"
     "keys rotate NAME\ta new key in the place of the old one, which is good a little longer\n"
     "keys revoke NAME\tend a key at once\n",
     px_command_keys},
    {"audit",
     "audit verify\tfollow the chain of the audit log; 1 when a record is wrong\n"
     "audit export [--since DAY] [--bodies]\tthe audit log as JSON lines\n"
     "audit forget SESSION\tremove the details of a session's records, and what was kept of their bodies\n",
     px_command_audit},
    {"usage", "usage [--day D] [--by day|key|model] [--json]\twhat models have cost\n", px_command_usage},
    {"backup", "backup FILE\ta verified copy of the database, while the proxy runs\n", px_command_backup},
};

const struct px_command *px_command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

void px_commands_help(FILE *out)
{
    const char *lead = "usage:";
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        for (const char *line = commands[i].usage; *line; line += strcspn(line, "\n") + 1) {
            int form = (int)strcspn(line, "\t"), all = (int)strcspn(line, "\n");
            (void)fprintf(out, "%-6s demo-proxy %-48.*s %.*s\n", lead, form, line, all - form - 1,
                          line + form + 1);
            lead = "";
        }
}
