/* ln: make symbolic links. POSIX.1-2017 ln, with the options of GNU coreutils 9.1; the workspace has no hard
 * links, so without -s it only says so. */
#include <string.h>

#include "cmd/ask.h"
#include "cmd/resolve.h"
#include "cmd/target.h"

static const char help[] = "Usage: ln -s [OPTION]... [-T] TARGET LINK_NAME\n"
                           "  or:  ln -s [OPTION]... TARGET\n"
                           "  or:  ln -s [OPTION]... TARGET... DIRECTORY\n"
                           "  or:  ln -s [OPTION]... -t DIRECTORY TARGET...\n"
                           "Make links to TARGET, in the current directory in the second form.\n"
                           "\n"
                           "  -b, --backup[=CONTROL]     keep what is written over\n"
                           "  -f, --force                remove what is there\n"
                           "  -i, --interactive          ask before that\n"
                           "  -n, --no-dereference       LINK_NAME that is a link to a directory is a file\n"
                           "  -r, --relative             the way from the link to TARGET\n"
                           "  -s, --symbolic             needed: hard links are not supported\n"
                           "  -S, --suffix=SUFFIX        of backups\n"
                           "  -t, --target-directory=DIRECTORY\n"
                           "  -T, --no-target-directory  LINK_NAME is a file always\n"
                           "  -v, --verbose              say what is made\n"
                           "      --help                 this text\n"
                           "      --version              the version\n";

static const struct cmd_option options[] = {CMD_TARGET_OPTIONS,
                                            {'f', "force", CMD_NOTHING},
                                            {'i', "interactive", CMD_NOTHING},
                                            {'L', "logical", CMD_NOTHING},
                                            {'n', "no-dereference", CMD_NOTHING},
                                            {'P', "physical", CMD_NOTHING},
                                            {'r', "relative", CMD_NOTHING},
                                            {'s', "symbolic", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {0}};

struct ln {
    struct cmd_base base;
    struct cmd_target target;
    struct cmd_input input;
    bool force, ask, relative, symbolic, verbose;
    int i;
    const char *to;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct ln *ln = process->state;
    int taken = cmd_target_option(process, &ln->target, letter, value);

    if (taken) return taken > 0;
    if (letter == 'f' || letter == 'i') {
        ln->force = letter == 'f';
        ln->ask = letter == 'i';
    }
    ln->target.no_follow |= letter == 'n';
    ln->relative |= letter == 'r';
    ln->symbolic |= letter == 's';
    ln->verbose |= letter == 'v';
    return true;
}

static bool settle(struct k_process *process, struct ln *ln)
{
    if (process->argc > 1 && !ln->symbolic) {
        cmd_error(process, "hard links are not supported; use -s");
        return false;
    }
    if (process->argc == 2 && ln->target.directory == NULL && !ln->target.no_directory)
        ln->target.directory = ".";
    return cmd_target_settle(process, &ln->target);
}

/* What the link is to say, NULL without memory. */
static const char *find_target(struct k_process *process, const struct ln *ln, const char *target)
{
    struct buffer whole = {0}, place = {0}, way = {0};
    const char *text = target;
    size_t length, end;
    int result;

    if (!ln->relative) return target;
    cmd_base_name(ln->to, &length);
    end = (size_t)(cmd_base_name(ln->to, &length) - ln->to);
    text = end ? arena_copy(&process->arena, ln->to, end) : ".";
    result = text ? cmd_resolve(process, text, CMD_RESOLVE_ANY, &place) : UMBRA_ENOMEM;
    if (result == 0) result = cmd_resolve(process, target, CMD_RESOLVE_ANY, &whole);
    if (result == 0) {
        cmd_relative(buffer_string(&place), buffer_string(&whole), &way);
        text = arena_copy(&process->arena, buffer_string(&way), way.size);
    } else {
        text = target;
    }
    if (result == UMBRA_ENOMEM || way.failed) text = NULL;
    buffer_free(&whole);
    buffer_free(&place);
    buffer_free(&way);
    return text;
}

static bool is_same(struct k_process *process, const char *a, const char *b)
{
    struct k_stat first, second;
    return k_stat_path(process, a, K_NO_FOLLOW, &first) == 0 &&
           k_stat_path(process, b, K_NO_FOLLOW, &second) == 0 && first.ino == second.ino &&
           first.device == second.device;
}

/* 1: go on, 0: no. */
static int clear_place(struct k_process *process, const struct ln *ln, const char *target,
                       const char **backup)
{
    struct k_stat stat;
    int result;

    *backup = NULL;
    if (k_stat_path(process, ln->to, K_NO_FOLLOW, &stat) < 0) return 1;
    if (stat.kind == K_DIRECTORY && (ln->force || ln->ask || ln->target.backup != CMD_NO_BACKUP)) {
        cmd_error(process, "%s: cannot overwrite directory", cmd_quote_colon(process, ln->to));
        return 0;
    }
    if (ln->target.backup != CMD_NO_BACKUP) {
        *backup = cmd_backup_path(process, &ln->target, ln->to);
        result = *backup ? k_rename(process, ln->to, *backup) : UMBRA_ENOMEM;
        if (result < 0) cmd_cannot(process, "backup", ln->to, result);
        return result == 0;
    }
    if (!ln->force && !ln->ask) return 1;
    if (is_same(process, target, ln->to)) {
        cmd_error(process, "%s and %s are the same file", cmd_quote(process, target),
                  cmd_quote(process, ln->to));
        return 0;
    }
    result = k_unlink(process, ln->to);
    if (result < 0) cmd_cannot(process, "remove", ln->to, result);
    return result == 0;
}

static void make_link(struct k_process *process, const struct ln *ln, const char *named)
{
    const char *target = find_target(process, ln, named), *backup;
    int result;

    if (target == NULL) {
        cmd_out_of_memory(process);
        return;
    }
    if (!clear_place(process, ln, named, &backup)) return;
    result = k_make_link(process, target, ln->to);
    if (result == 0 && ln->verbose) {
        if (backup) cmd_printf(process, "%s ~ ", cmd_quote(process, backup));
        cmd_printf(process, "%s -> %s\n", cmd_quote(process, ln->to), cmd_quote(process, target));
    }
    if (result == 0) return;
    if (*target)
        cmd_error(process, "failed to create symbolic link %s: %s", cmd_quote(process, ln->to),
                  k_error_text(result));
    else
        cmd_error(process, "failed to create symbolic link %s -> '': %s", cmd_quote(process, ln->to),
                  k_error_text(result));
}

static enum k_progress ln_run(struct k_process *process)
{
    struct ln *ln = process->state;
    struct k_stat stat;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, ln)) goto done;
    for (ln->i = 1; ln->i <= ln->target.sources; ln->i++) {
        ln->to = cmd_target_path(process, &ln->target, process->argv[ln->i]);
        CMD_NEED(process, ln->to);
        if (ln->ask && k_stat_path(process, ln->to, K_NO_FOLLOW, &stat) == 0 && stat.kind != K_DIRECTORY) {
            cmd_put_question(process, "replace %s", cmd_quote(process, ln->to));
            CMD_FLUSH(process);
            CO_AWAIT(process, result, cmd_answer(process, &ln->input));
            if (result <= 0) continue;
        }
        make_link(process, ln, process->argv[ln->i]);
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(ln, struct ln, ln_run, help);
