/* df: how much space is left. POSIX.1-2017 df, with GNU's -a -B -h -H -i -k -P -T --total --output left out.
 * There is one file system, the workspace's image, which /workspace and /tmp share. */
#include <string.h>

#include "cmd/human.h"

static const char help[] = "Usage: df [OPTION]... [FILE]...\n"
                           "Say how much of the workspace's image is used.\n"
                           "\n"
                           "  -B, --block-size=SIZE  in blocks of SIZE; -k 1K\n"
                           "  -h, --human-readable   as 1K or 2M; -H, --si by powers of 1000\n"
                           "  -i, --inodes           files, not bytes\n"
                           "  -P, --portability      the lines of POSIX\n"
                           "  -T, --print-type       with the type\n"
                           "  -a, -l, -x, -t         nothing\n"
                           "      --help             this text\n"
                           "      --version          the version\n";

static const struct cmd_option options[] = {
    {'a', "all", CMD_NOTHING},   {'B', "block-size", CMD_VALUE},    {'h', "human-readable", CMD_NOTHING},
    {'H', "si", CMD_NOTHING},    {'i', "inodes", CMD_NOTHING},      {'k', NULL, CMD_NOTHING},
    {'l', "local", CMD_NOTHING}, {'P', "portability", CMD_NOTHING}, {'T', "print-type", CMD_NOTHING},
    {'t', "type", CMD_VALUE},    {'x', "exclude-type", CMD_VALUE},  {0}};

struct df {
    struct cmd_base base;
    struct cmd_size_style style;
    bool inodes, portable, type, headed;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct df *df = process->state;

    df->inodes |= letter == 'i';
    df->portable |= letter == 'P';
    df->type |= letter == 'T';
    if (letter == 'h' || letter == 'H')
        df->style = (struct cmd_size_style){.human = true, .si = letter == 'H'};
    if (letter == 'k') df->style = (struct cmd_size_style){.block = 1024};
    if (letter != 'B' || cmd_size_style(value, &df->style)) return true;
    cmd_error(process, "invalid --block-size argument %s", cmd_quote(process, value));
    return false;
}

static void put_head(struct k_process *process, struct df *df)
{
    char size[CMD_HUMAN_MAX + 8] = "Size";

    if (df->headed) return;
    df->headed = true;
    cmd_printf(process, "Filesystem     %s", df->type ? "Type  " : "");
    if (df->inodes) {
        cmd_put_string(process, " Inodes  IUsed  IFree IUse% Mounted on\n");
        return;
    }
    if (!df->style.human && df->portable)
        cmd_put_string(process, df->style.block == 1024 ? "1024-blocks " : "512-blocks ");
    else if (!df->style.human)
        cmd_put_string(process, df->style.block == 1024 ? "1K-blocks " : "   Blocks ");
    else
        cmd_printf(process, "%9s ", size);
    cmd_printf(process, "%9s %9s %s Mounted on\n", "Used", df->style.human ? "Avail" : "Available",
               df->portable ? "Capacity" : "Use%");
}

static void put_line(struct k_process *process, struct df *df, const char *mounted)
{
    char total[CMD_HUMAN_MAX], used[CMD_HUMAN_MAX], left[CMD_HUMAN_MAX];
    struct st_usage usage;
    uint64_t taken;
    int percent;

    st_usage(process->kernel->store, &usage);
    put_head(process, df);
    cmd_printf(process, "%-14s %s", "workspace", df->type ? "umbra " : "");
    if (df->inodes) {
        cmd_printf(process, "%7s %6u %6s %5s %s\n", "-", usage.files, "-", "-", mounted);
        return;
    }
    taken = usage.image_bytes - usage.free_bytes;
    percent = usage.image_bytes ? (int)((taken * 100 + usage.image_bytes - 1) / usage.image_bytes) : 0;
    cmd_size_text(usage.image_bytes, &df->style, total);
    cmd_size_text(taken, &df->style, used);
    cmd_size_text(usage.free_bytes, &df->style, left);
    cmd_printf(process, "%9s %9s %9s %*d%% %s\n", total, used, left, df->portable ? 7 : 3, percent, mounted);
}

static void put_file(struct k_process *process, struct df *df, const char *path)
{
    struct k_stat stat;
    int result = k_stat_path(process, path, K_FOLLOW, &stat);

    if (result < 0)
        cmd_path_error(process, path, result);
    else
        put_line(process, df, stat.device == K_TEMPORARY + 1u ? "/tmp" : K_WORKSPACE_PATH);
}

static enum k_progress df_run(struct k_process *process)
{
    struct df *df = process->state;

    CO_BEGIN(process);
    df->style = (struct cmd_size_style){.block = 1024};
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) put_line(process, df, K_WORKSPACE_PATH);
    for (df->i = 1; df->i < process->argc; df->i++) {
        put_file(process, df, process->argv[df->i]);
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(df, struct df, df_run, help);
