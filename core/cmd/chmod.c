/* chmod: set permissions. POSIX.1-2017 chmod, with GNU's -c -f -v and --reference. */
#include <string.h>

#include "cmd/mode.h"
#include "cmd/walk.h"

static const char help[] =
    "Usage: chmod [OPTION]... MODE[,MODE]... FILE...\n"
    "  or:  chmod [OPTION]... --reference=FILE FILE...\n"
    "Set the permissions of each FILE: MODE is octal or [ugoa]*([-+=]([rwxXst]*|[ugo]))+.\n"
    "\n"
    "  -c, --changes         say what is changed\n"
    "  -f, --silent, --quiet no error messages\n"
    "  -v, --verbose         say what is done\n"
    "      --reference=FILE  the permissions of that file\n"
    "  -R, --recursive       also of all below\n"
    "      --help            this text\n"
    "      --version         the version\n";

enum { OPT_REFERENCE = 256, OPT_ROOT };

static const struct cmd_option options[] = {{'c', "changes", CMD_NOTHING},
                                            {'f', "silent", CMD_NOTHING},
                                            {'f', "quiet", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {OPT_REFERENCE, "reference", CMD_VALUE},
                                            {OPT_ROOT, "preserve-root", CMD_NOTHING},
                                            {OPT_ROOT, "no-preserve-root", CMD_NOTHING},
                                            {'R', "recursive", CMD_NOTHING},
                                            {0}};

struct chmod {
    struct cmd_base base;
    struct cmd_walk walk;
    struct cmd_mode mode;
    const char *reference, *dashed; /* dashed: a MODE that begins with "-" */
    bool changes, silent, verbose, recursive;
    int i;
    enum cmd_visit visit;
};

/* "-w" and "-x,g=r" are modes and no options: they are taken out before those are read. */
static void take_dashed_modes(struct k_process *process, struct chmod *state)
{
    int i, kept = 1;

    for (i = 1; i < process->argc; i++) {
        const char *word = process->argv[i];
        if (strcmp(word, "--") == 0) break;
        if (word[0] == '-' && word[1] && strchr("rwxXstugoa,+=01234567", word[1]) && state->dashed == NULL)
            state->dashed = word;
        else
            process->argv[kept++] = process->argv[i];
    }
    for (; i < process->argc; i++) process->argv[kept++] = process->argv[i];
    process->argc = kept;
    process->argv[kept] = NULL;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct chmod *state = process->state;

    state->changes |= letter == 'c';
    state->silent |= letter == 'f';
    state->verbose |= letter == 'v';
    state->recursive |= letter == 'R';
    if (letter == OPT_REFERENCE) state->reference = value;
    return true;
}

/* The mode, from where it is given; the first file is argv[state->i]. */
static bool settle(struct k_process *process, struct chmod *state)
{
    const char *text = state->dashed;
    struct k_stat stat;
    char octal[8];
    int result;

    state->i = 1;
    if (state->reference) {
        result = k_stat_path(process, state->reference, K_FOLLOW, &stat);
        if (result < 0) {
            cmd_error(process, "failed to get attributes of %s: %s", cmd_quote(process, state->reference),
                      k_error_text(result));
            return false;
        }
        octal[0] = '0';
        for (result = 0; result < 4; result++)
            octal[result + 1] = (char)('0' + (stat.mode >> (9 - 3 * result) & 7));
        octal[5] = '\0';
        text = octal;
    } else if (text == NULL && process->argc > 1) {
        text = process->argv[state->i++];
    }
    if (text == NULL || state->i >= process->argc) {
        cmd_missing_operand(process, text && !state->reference ? text : NULL);
        return false;
    }
    if (cmd_mode_parse(process, text, &state->mode)) return true;
    cmd_error(process, "invalid mode: %s", cmd_quote(process, text));
    cmd_try_help(process);
    return false;
}

static void put_change(struct k_process *process, const struct chmod *state, const char *path,
                       const struct k_stat *before, uint16_t mode)
{
    struct k_stat after = *before;
    char old[11], new[11];
    bool changed = mode != (before->mode & 07777);
    struct arena_mark mark = arena_mark(&process->arena);

    if (!state->verbose && !(state->changes && changed)) return;
    after.mode = mode;
    cmd_mode_text(before, old);
    cmd_mode_text(&after, new);
    if (changed)
        cmd_printf(process, "mode of %s changed from %04o (%s) to %04o (%s)\n", cmd_quote(process, path),
                   before->mode & 07777, old + 1, mode, new + 1);
    else
        cmd_printf(process, "mode of %s retained as %04o (%s)\n", cmd_quote(process, path), mode, new + 1);
    arena_release(&process->arena, mark);
}

/* "chmod -w" with a umask that keeps it from doing what it says. */
static void warn_of_umask(struct k_process *process, const struct chmod *state, const char *path,
                          const struct k_stat *before, uint16_t mode)
{
    struct k_stat naive = *before, real = *before;
    char wanted[11], got[11];

    naive.mode = cmd_mode_apply(&state->mode, before->mode, before->kind == K_DIRECTORY, 0);
    real.mode = mode;
    if (!state->dashed || (mode & ~naive.mode) == 0) return;
    cmd_mode_text(&naive, wanted);
    cmd_mode_text(&real, got);
    cmd_error(process, "%s: new permissions are %s, not %s", cmd_quote_colon(process, path), got + 1,
              wanted + 1);
}

static void change(struct k_process *process, const struct chmod *state)
{
    const char *path = buffer_string(&state->walk.path);
    const struct k_stat *stat = &state->walk.stat;
    uint16_t mode = cmd_mode_apply(&state->mode, stat->mode, stat->kind == K_DIRECTORY, process->umask);
    int result;

    if (stat->kind == K_LINK) return; /* met on the way: its own permissions mean nothing */
    result = k_set_mode(process, path, mode);
    if (result == 0) {
        put_change(process, state, path, stat, mode);
        warn_of_umask(process, state, path, stat, mode);
    } else if (state->silent) {
        ((struct chmod *)process->state)->base.status = 1;
    } else {
        cmd_error(process, "changing permissions of %s: %s", cmd_quote(process, path), k_error_text(result));
    }
}

static void say_failed(struct k_process *process, struct chmod *state)
{
    const char *path = buffer_string(&state->walk.path);

    state->base.status = 1;
    if (state->silent) return;
    if (state->visit == CMD_WALK_MISSING && state->walk.dangling)
        cmd_error(process, "cannot operate on dangling symlink %s", cmd_quote(process, path));
    else
        cmd_cannot(process, state->visit == CMD_WALK_UNLISTED ? "read directory" : "access", path,
                   state->walk.code);
}

static void visit(struct k_process *process, struct chmod *state)
{
    switch (state->visit) {
    case CMD_WALK_OTHER:
        if (state->walk.dangling) {
            state->visit = CMD_WALK_MISSING;
            say_failed(process, state);
        } else {
            change(process, state);
        }
        break;
    case CMD_WALK_ENTER:
        change(process, state);
        if (!state->recursive) cmd_walk_skip(&state->walk);
        break;
    case CMD_WALK_LEAVE:
        break;
    case CMD_WALK_NO_MEMORY:
        cmd_out_of_memory(process);
        break;
    default:
        say_failed(process, state);
        break;
    }
}

static void chmod_end(struct k_process *process)
{
    cmd_walk_free(&((struct chmod *)process->state)->walk);
    cmd_end(process);
}

static enum k_progress chmod_run(struct k_process *process)
{
    struct chmod *state = process->state;

    CO_BEGIN(process);
    take_dashed_modes(process, state);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, state)) goto done;
    for (; state->i < process->argc; state->i++) {
        cmd_walk_free(&state->walk);
        cmd_walk_begin(process, &state->walk, process->argv[state->i], CMD_WALK_FIRST);
        while ((state->visit = cmd_walk_next(process, &state->walk)) != CMD_WALK_END) {
            visit(process, state);
            if (state->visit == CMD_WALK_NO_MEMORY) break;
            CMD_RELIEVE(process);
        }
    }
done:
    CMD_END(process);
}

CMD_PROGRAM_ENDING(chmod, struct chmod, chmod_run, chmod_end, help);
