/* builtin_limits.c: umask (POSIX.1-2017 XCU, umask) and ulimit (bash 5.2 manual, "Bash Builtin Commands"). */
#include <stdio.h>

#include "shell/builtins.h"
#include "shell/test_operators.h"

/* --- umask --- */

static unsigned class_bits(char letter)
{
    switch (letter) {
    case 'u':
        return 0700;
    case 'g':
        return 0070;
    case 'o':
        return 0007;
    default:
        return letter == 'a' ? 0777 : 0;
    }
}

static bool bad_symbol(struct shell *shell, const char *name, char symbol, const char *what)
{
    sh_builtin_error(shell, name, "`%c': invalid symbolic mode %s", symbol ? symbol : ' ', what);
    return false;
}

/* One clause, "ug=rx"; *text is moved to its end. */
static bool read_clause(struct shell *shell, const char *name, const char **text, unsigned *allowed)
{
    const char *at = *text;
    unsigned who = 0, bits = 0;
    char operation;

    while (*at && class_bits(*at)) who |= class_bits(*at++);
    if (who == 0) who = 0777;
    operation = *at;
    if (operation == '\0' || !strchr("+-=", operation)) return bad_symbol(shell, name, operation, "operator");
    for (at++; *at && *at != ','; at++) {
        if (*at == 'r')
            bits |= 0444;
        else if (*at == 'w')
            bits |= 0222;
        else if (*at == 'x' || *at == 'X')
            bits |= 0111;
        else
            return bad_symbol(shell, name, *at, "character");
    }
    bits &= who;
    if (operation == '+')
        *allowed |= bits;
    else if (operation == '-')
        *allowed &= ~bits;
    else
        *allowed = (*allowed & ~who) | bits;
    *text = at;
    return true;
}

static bool read_symbols(struct shell *shell, const char *name, const char *text, unsigned *mask)
{
    unsigned allowed = ~*mask & 0777;

    for (;;) {
        if (!read_clause(shell, name, &text, &allowed)) return false;
        if (*text == '\0') break;
        text++; /* a comma */
    }
    *mask = ~allowed & 0777;
    return true;
}

static bool read_octal(struct shell *shell, const char *name, const char *text, unsigned *mask)
{
    const char *at;
    unsigned value = 0;

    for (at = text; *at >= '0' && *at <= '7' && value <= 07777; at++)
        value = value * 8 + (unsigned)(*at - '0');
    if (*at || value > 07777) {
        sh_builtin_error(shell, name, "%s: octal number out of range", text);
        return false;
    }
    *mask = value & 0777;
    return true;
}

static void put_symbols(struct shell *shell, unsigned mask)
{
    static const char classes[] = "ugo";
    unsigned i;

    for (i = 0; i < 3; i++) {
        unsigned bits = ~mask >> (6 - 3 * i) & 7;
        sh_print(shell, "%s%c=%s%s%s", i ? "," : "", classes[i], bits & 4 ? "r" : "", bits & 2 ? "w" : "",
                 bits & 1 ? "x" : "");
    }
    sh_print(shell, "\n");
}

static enum sh_step run_umask(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    bool symbolic = false, reusable = false, done;
    unsigned mask = shell->process->umask;
    const char *mode;
    int letter;

    while ((letter = sh_next_option(shell, call, "pS", &options)) != 0) {
        if (letter < 0) return SH_RETURNS;
        symbolic |= letter == 'S';
        reusable |= letter == 'p';
    }
    shell->status = 0;
    mode = options.index < call->argc ? call->argv[options.index] : NULL;
    if (mode) {
        done = *mode >= '0' && *mode <= '9' ? read_octal(shell, call->argv[0], mode, &mask)
                                            : read_symbols(shell, call->argv[0], mode, &mask);
        shell->status = !done;
        if (!done) return SH_RETURNS;
        shell->process->umask = (uint16_t)mask;
        if (!symbolic) return SH_RETURNS;
    } else if (reusable) {
        sh_print(shell, symbolic ? "umask -S " : "umask ");
    }
    if (symbolic)
        put_symbols(shell, mask);
    else
        sh_print(shell, "%04o\n", mask);
    return SH_RETURNS;
}

/* --- ulimit --- */

/* Where the number of a limit comes from. */
enum source { NO_LIMIT, NOTHING, OPEN_FILES, PIPE_BYTES, PROCESSES, PROCESS_BYTES };

static const struct resource {
    char letter;
    enum source source;
    unsigned unit; /* bytes of one */
    const char *name, *units;
} resources[] = {{'R', NO_LIMIT, 1, "real-time non-blocking time", "microseconds"},
                 {'c', NOTHING, 512, "core file size", "blocks"},
                 {'d', NO_LIMIT, 1024, "data seg size", "kbytes"},
                 {'e', NOTHING, 1, "scheduling priority", NULL},
                 {'f', NO_LIMIT, 1024, "file size", "blocks"},
                 {'i', NO_LIMIT, 1, "pending signals", NULL},
                 {'l', NO_LIMIT, 1024, "max locked memory", "kbytes"},
                 {'m', NO_LIMIT, 1024, "max memory size", "kbytes"},
                 {'n', OPEN_FILES, 1, "open files", NULL},
                 {'p', PIPE_BYTES, 512, "pipe size", "512 bytes"},
                 {'q', NO_LIMIT, 1, "POSIX message queues", "bytes"},
                 {'r', NOTHING, 1, "real-time priority", NULL},
                 {'s', NO_LIMIT, 1024, "stack size", "kbytes"},
                 {'t', NO_LIMIT, 1, "cpu time", "seconds"},
                 {'u', PROCESSES, 1, "max user processes", NULL},
                 {'v', PROCESS_BYTES, 1024, "virtual memory", "kbytes"},
                 {'x', NO_LIMIT, 1, "file locks", NULL}};

#define RESOURCE_COUNT (sizeof resources / sizeof resources[0])

/* In units of the resource; -1: unlimited. */
static int64_t limit_of(const struct shell *shell, const struct resource *resource)
{
    const struct k_limits *limits = &shell->kernel->limits;
    uint64_t value = 0;

    switch (resource->source) {
    case NO_LIMIT:
        return -1;
    case NOTHING:
        return 0;
    case OPEN_FILES:
        value = limits->open_files;
        break;
    case PIPE_BYTES:
        value = limits->pipe_bytes;
        break;
    case PROCESSES:
        value = limits->processes;
        break;
    case PROCESS_BYTES:
        value = limits->process_bytes;
        break;
    }
    return value ? (int64_t)(value / resource->unit) : -1;
}

static void put_limit(struct shell *shell, const struct resource *resource, bool named)
{
    int64_t limit = limit_of(shell, resource);
    char unit[32];

    if (named) {
        snprintf(unit, sizeof unit, "(%s%s-%c) ", resource->units ? resource->units : "",
                 resource->units ? ", " : "", resource->letter);
        sh_print(shell, "%-20s %20s", resource->name, unit);
    }
    if (limit < 0)
        sh_print(shell, "unlimited\n");
    else
        sh_print(shell, "%lld\n", (long long)limit);
}

/* The limits are those of the whole kernel, so a process can only confirm them. */
static bool set_limit(struct shell *shell, const char *name, const struct resource *resource,
                      const char *text)
{
    int64_t limit = limit_of(shell, resource), wanted;

    if (strcmp(text, "hard") == 0 || strcmp(text, "soft") == 0) return true;
    if (strcmp(text, "unlimited") == 0) {
        wanted = -1;
    } else if (!sh_read_integer(text, &wanted) || wanted < 0) {
        sh_builtin_error(shell, name, "%s: invalid number", text);
        return false;
    }
    if (wanted == limit) return true;
    sh_builtin_error(shell, name, "%s: cannot modify limit: Operation not permitted", resource->name);
    return false;
}

struct limits_call {
    const struct resource *resources[RESOURCE_COUNT];
    const char *values[RESOURCE_COUNT]; /* NULL: it is shown */
    size_t count;
    bool all;
};

static const struct resource *find_resource(char letter)
{
    size_t i;

    for (i = 0; i < RESOURCE_COUNT; i++)
        if (resources[i].letter == letter) return &resources[i];
    return NULL;
}

/* The index of the first word that is no option, 0 when one is wrong. */
static int read_limits(struct shell *shell, struct sh_builtin_call *call, struct limits_call *limits)
{
    int i;

    for (i = 1; i < call->argc && call->argv[i][0] == '-' && call->argv[i][1]; i++) {
        const char *letter = call->argv[i] + 1;
        if (strcmp(letter, "-") == 0) return i + 1;
        for (; *letter; letter++) {
            const struct resource *resource = find_resource(*letter);
            if (*letter == 'a') limits->all = true;
            if (strchr("aSH", *letter)) continue;
            if (resource == NULL) {
                sh_builtin_error(shell, call->argv[0], "-%c: invalid option", *letter);
                sh_usage(shell, call);
                return 0;
            }
            if (limits->count < RESOURCE_COUNT) limits->resources[limits->count++] = resource;
        }
        if (limits->count && i + 1 < call->argc && call->argv[i + 1][0] != '-')
            limits->values[limits->count - 1] = call->argv[++i];
    }
    return i;
}

static enum sh_step run_ulimit(struct shell *shell, struct sh_builtin_call *call)
{
    struct limits_call limits = {.count = 0};
    int next = read_limits(shell, call, &limits);
    size_t i;

    if (next == 0) return SH_RETURNS;
    shell->status = 0;
    if (limits.all) {
        for (i = 0; i < RESOURCE_COUNT; i++) put_limit(shell, &resources[i], true);
        return SH_RETURNS;
    }
    if (limits.count == 0) {
        limits.resources[limits.count++] = find_resource('f');
        if (next < call->argc) limits.values[0] = call->argv[next];
    }
    for (i = 0; i < limits.count && shell->status == 0; i++) {
        if (limits.values[i])
            shell->status = !set_limit(shell, call->argv[0], limits.resources[i], limits.values[i]);
        else
            put_limit(shell, limits.resources[i], limits.count > 1);
    }
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_umask = {
    .name = "umask", .run = run_umask, .usage = "umask [-p] [-S] [mode]"};
const struct sh_builtin sh_builtin_ulimit = {
    .name = "ulimit", .run = run_ulimit, .usage = "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]"};
