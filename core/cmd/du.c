/* du: what files take. POSIX.1-2017 du, with most of GNU coreutils 9.1. A file takes whole blocks of 4 KiB,
 * as on a disk; directories take nothing. */
#include <string.h>

#include "cmd/human.h"
#include "cmd/match.h"
#include "cmd/walk.h"

static const char help[] =
    "Usage: du [OPTION]... [FILE]...\n"
    "Say how much space the FILEs take, and all directories below (by default .).\n"
    "\n"
    "  -0, --null             end each line with NUL\n"
    "  -a, --all              each file, not only directories\n"
    "      --apparent-size    the bytes in it; -b, --bytes the same with --block-size=1\n"
    "  -B, --block-size=SIZE  in blocks of SIZE; -k 1K, -m 1M\n"
    "  -c, --total            a total at the end\n"
    "  -d, --max-depth=N      only so deep\n"
    "      --exclude=PATTERN  not what matches; -X, --exclude-from=FILE is not supported\n"
    "  -h, --human-readable   as 1K or 2M; --si by powers of 1000\n"
    "      --inodes           how many files\n"
    "  -L, --dereference, -P, --no-dereference, -D, -H  which links are followed\n"
    "  -S, --separate-dirs    without what is in directories below\n"
    "  -s, --summarize        only a total for each FILE\n"
    "  -t, --threshold=SIZE   only at least SIZE, or at most for -SIZE\n"
    "  -x, --one-file-system  not what is on another\n"
    "      --help             this text\n"
    "      --version          the version\n";

enum { OPT_APPARENT = 256, OPT_EXCLUDE, OPT_SI, OPT_INODES, DEPTH_MAX = 512 };

static const struct cmd_option options[] = {{'0', "null", CMD_NOTHING},
                                            {'a', "all", CMD_NOTHING},
                                            {OPT_APPARENT, "apparent-size", CMD_NOTHING},
                                            {'b', "bytes", CMD_NOTHING},
                                            {'B', "block-size", CMD_VALUE},
                                            {'c', "total", CMD_NOTHING},
                                            {'d', "max-depth", CMD_VALUE},
                                            {'D', "dereference-args", CMD_NOTHING},
                                            {OPT_EXCLUDE, "exclude", CMD_VALUE},
                                            {'h', "human-readable", CMD_NOTHING},
                                            {'H', NULL, CMD_NOTHING},
                                            {OPT_INODES, "inodes", CMD_NOTHING},
                                            {'k', NULL, CMD_NOTHING},
                                            {'l', "count-links", CMD_NOTHING},
                                            {'L', "dereference", CMD_NOTHING},
                                            {'m', NULL, CMD_NOTHING},
                                            {'P', "no-dereference", CMD_NOTHING},
                                            {'S', "separate-dirs", CMD_NOTHING},
                                            {'s', "summarize", CMD_NOTHING},
                                            {OPT_SI, "si", CMD_NOTHING},
                                            {'t', "threshold", CMD_VALUE},
                                            {'x', "one-file-system", CMD_NOTHING},
                                            {0}};

struct pattern {
    struct pattern *next;
    const char *text;
};

struct du {
    struct cmd_base base;
    struct cmd_walk walk;
    enum cmd_walk_follow follow;
    struct cmd_size_style style;
    struct pattern *patterns;
    bool zero, all, apparent, total, separate, summarize, inodes, same_device, below;
    int64_t max_depth; /* -1: none */
    uint64_t threshold;
    uint64_t *sums; /* of the directories on the way down, by depth */
    uint64_t sum;   /* of all operands */
    uint32_t device;
    int i;
    enum cmd_visit visit;
};

static bool take_style(struct k_process *process, struct du *du, const char *value)
{
    if (cmd_size_style(value, &du->style)) return true;
    cmd_error(process, "invalid --block-size argument %s", cmd_quote(process, value));
    return false;
}

static bool take_value(struct k_process *process, struct du *du, int letter, const char *value)
{
    struct pattern *pattern;

    switch (letter) {
    case 'B':
        return take_style(process, du, value);
    case 'd':
        if (cmd_integer(value, &du->max_depth) && du->max_depth >= 0) return true;
        cmd_error(process, "invalid maximum depth %s", cmd_quote(process, value));
        cmd_try_help(process);
        return false;
    case 't':
        du->below = *value == '-';
        if (cmd_size(value + du->below, &du->threshold)) return true;
        cmd_error(process, "invalid --threshold argument %s", cmd_quote(process, value));
        return false;
    default:
        pattern = arena_take(&process->arena, sizeof *pattern);
        if (pattern) *pattern = (struct pattern){du->patterns, value};
        du->patterns = pattern;
        return pattern != NULL;
    }
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct du *du = process->state;

    if (value) return take_value(process, du, letter, value);
    du->zero |= letter == '0';
    du->all |= letter == 'a';
    du->apparent |= letter == OPT_APPARENT || letter == 'b';
    du->total |= letter == 'c';
    du->inodes |= letter == OPT_INODES;
    du->separate |= letter == 'S';
    du->summarize |= letter == 's';
    du->same_device |= letter == 'x';
    if (letter == 'D' || letter == 'H') du->follow = CMD_WALK_FIRST;
    if (letter == 'L') du->follow = CMD_WALK_LOGICAL;
    if (letter == 'P') du->follow = CMD_WALK_PHYSICAL;
    if (letter == 'h' || letter == OPT_SI)
        du->style = (struct cmd_size_style){.human = true, .si = letter == OPT_SI};
    if (letter == 'b') return take_style(process, du, "1");
    if (letter == 'k') return take_style(process, du, "1024");
    return letter == 'm' ? take_style(process, du, "1048576") : true;
}

static bool settle(struct k_process *process, struct du *du)
{
    if (du->all && du->summarize) {
        cmd_error(process, "cannot both summarize and show all entries");
        cmd_try_help(process);
        return false;
    }
    if (du->summarize && du->max_depth > 0) {
        cmd_error(process, "warning: summarizing conflicts with --max-depth=%lld", (long long)du->max_depth);
        cmd_try_help(process);
        return false;
    }
    if (du->summarize) du->max_depth = 0;
    if (du->inodes && !du->style.human) du->style = (struct cmd_size_style){.block = 1};
    return true;
}

static void put_line(struct k_process *process, const struct du *du, uint64_t size, const char *path)
{
    char text[CMD_HUMAN_MAX];

    if (du->threshold && (du->below ? size > du->threshold : size < du->threshold)) return;
    cmd_size_text(size, &du->style, text);
    cmd_printf(process, "%s\t", text);
    cmd_put_string(process, path);
    cmd_put_byte(process, du->zero ? '\0' : '\n');
}

static bool is_left_out(const struct du *du)
{
    const char *path = buffer_string(&du->walk.path), *at;
    const struct pattern *pattern;

    for (pattern = du->patterns; pattern; pattern = pattern->next)
        for (at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
            if (cmd_match(pattern->text, at, 0)) return true;
    return du->same_device && du->walk.depth && du->walk.stat.device != du->device;
}

static uint64_t size_of(const struct du *du)
{
    const struct k_stat *stat = &du->walk.stat;

    if (du->inodes) return 1;
    if (!du->apparent) return cmd_disk_bytes(stat);
    return stat->kind == K_FILE || stat->kind == K_LINK ? stat->size : 0;
}

static bool is_shown(const struct du *du)
{
    return du->max_depth < 0 || du->walk.depth <= (uint64_t)du->max_depth;
}

static void leave(struct k_process *process, struct du *du)
{
    unsigned depth = du->walk.depth;
    uint64_t size = du->sums[depth];

    if (is_shown(du)) put_line(process, du, size, buffer_string(&du->walk.path));
    if (depth && !du->separate) du->sums[depth - 1] += size;
    if (depth == 0 || du->separate) du->sum += size;
}

static void count_file(struct k_process *process, struct du *du)
{
    uint64_t size = size_of(du);

    if (du->walk.depth) du->sums[du->walk.depth - 1] += size;
    if (du->walk.depth == 0) du->sum += size;
    if ((du->all && is_shown(du)) || du->walk.depth == 0)
        put_line(process, du, size, buffer_string(&du->walk.path));
}

static void visit(struct k_process *process, struct du *du)
{
    const char *path = buffer_string(&du->walk.path);

    if (du->walk.depth == 0) du->device = du->walk.stat.device;
    switch (du->visit) {
    case CMD_WALK_ENTER:
        if (is_left_out(du) || du->walk.depth >= DEPTH_MAX)
            cmd_walk_skip(&du->walk);
        else
            du->sums[du->walk.depth] = size_of(du);
        break;
    case CMD_WALK_LEAVE:
        leave(process, du);
        break;
    case CMD_WALK_OTHER:
        if (du->walk.dangling)
            cmd_cannot(process, "access", path, du->walk.code);
        else if (!is_left_out(du))
            count_file(process, du);
        break;
    case CMD_WALK_NO_MEMORY:
        cmd_out_of_memory(process);
        break;
    case CMD_WALK_LOOP:
        break;
    default:
        cmd_cannot(process, du->visit == CMD_WALK_UNLISTED ? "read directory" : "access", path,
                   du->walk.code);
        break;
    }
}

static void du_end(struct k_process *process)
{
    cmd_walk_free(&((struct du *)process->state)->walk);
    cmd_end(process);
}

static enum k_progress du_run(struct k_process *process)
{
    struct du *du = process->state;

    CO_BEGIN(process);
    du->style = (struct cmd_size_style){.block = 1024};
    du->max_depth = -1;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, du)) goto done;
    du->sums = arena_zero(&process->arena, DEPTH_MAX * sizeof *du->sums);
    CMD_NEED(process, du->sums);
    for (du->i = 1; du->i < process->argc || (du->i == 1 && process->argc == 1); du->i++) {
        cmd_walk_free(&du->walk);
        cmd_walk_begin(process, &du->walk, process->argc > 1 ? process->argv[du->i] : ".", du->follow);
        while ((du->visit = cmd_walk_next(process, &du->walk)) != CMD_WALK_END) {
            visit(process, du);
            if (du->visit == CMD_WALK_NO_MEMORY) break;
            CMD_RELIEVE(process);
        }
    }
    if (du->total) put_line(process, du, du->sum, "total");
done:
    CMD_END(process);
}

CMD_PROGRAM_ENDING(du, struct du, du_run, du_end, help);
