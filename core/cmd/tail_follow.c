#include <string.h>

#include "cmd/tail.h"

bool tail_has_files(struct k_process *process, struct tail *tail)
{
    size_t i;

    for (i = 0; i < tail->file_count; i++)
        if (!tail->files[i].given_up) return true;
    /* Of a pipe nothing is followed, and nothing said about it. */
    if (tail->file_count > 1 || strcmp(tail->files[0].name, "-") != 0)
        cmd_error(process, "no files remaining");
    return false;
}

static const char *quoted(struct k_process *process, const struct tail_file *file)
{
    return cmd_quote(process, strcmp(file->name, "-") == 0 ? "standard input" : file->name);
}

static void close_file(struct k_process *process, struct tail_file *file)
{
    if (file->number > 0) k_close_number(process, file->number);
    file->number = -1;
}

/* A file with the name of one that is not open, or another one than is. */
static void reopen(struct k_process *process, struct tail_file *file, const struct k_stat *stat)
{
    bool was_open = file->number >= 0;
    int number = k_open_number(process, file->name, FS_READ, 0);

    if (number < 0) return;
    close_file(process, file);
    cmd_warn(process, "%s has %s;  following new file", quoted(process, file),
             was_open ? "been replaced" : "appeared");
    file->number = number;
    file->position = 0;
    file->ino = stat->ino;
    file->device = stat->device;
}

/* --follow=name: whether the name still stands for the same file. */
static void check_name(struct k_process *process, const struct tail *tail, struct tail_file *file)
{
    struct k_stat stat;
    int result = k_stat_path(process, file->name, K_FOLLOW, &stat);

    if (strcmp(file->name, "-") == 0) return;
    if (result == 0 && stat.kind == K_DIRECTORY) result = UMBRA_EISDIR;
    if (result < 0 && file->number >= 0) {
        cmd_warn(process, "%s has become inaccessible: %s", quoted(process, file), k_error_text(result));
        ((struct cmd_base *)process->state)->status = 1;
        close_file(process, file);
        file->given_up = !tail->retry;
    } else if (result == 0 && (file->number < 0 || stat.ino != file->ino || stat.device != file->device)) {
        reopen(process, file, &stat);
    }
}

/* What was added to a file: 1 when there was something, 0 when not. */
static int print_added(struct k_process *process, struct tail *tail, struct tail_file *file)
{
    struct k_stat stat;
    int64_t got;

    if (k_stat_number(process, file->number, &stat) == 0 && stat.kind == K_FILE &&
        (int64_t)stat.size < file->position) {
        cmd_warn(process, "%s: file truncated", strcmp(file->name, "-") == 0 ? "standard input" : file->name);
        file->position = 0;
    }
    k_seek(process, file->number, file->position, K_FROM_START);
    got = k_read(process, file->number, tail->block, CMD_PIECE);
    if (got <= 0) return 0;
    if (tail->titled != file->name) tail_put_title(process, tail, file->name);
    cmd_put(process, tail->block, (size_t)got);
    file->position += got;
    return 1;
}

int tail_look(struct k_process *process, struct tail *tail)
{
    bool ended = tail->pid && k_find_process(process->kernel, tail->pid) == NULL;
    size_t i;

    for (i = 0; i < tail->file_count; i++) {
        struct tail_file *file = &tail->files[i];
        if (file->given_up) continue;
        if (tail->follow == TAIL_NAME || file->number < 0) check_name(process, tail, file);
        if (file->given_up || file->number < 0) continue;
        while (print_added(process, tail, file)) {
            int result;
            if (!cmd_is_full(process)) continue;
            result = cmd_write_out(process);
            if (result == UMBRA_EAGAIN) return result;
            if (result < 0) return 0;
        }
    }
    return !ended;
}

int tail_wait(struct k_process *process, struct tail *tail)
{
    int64_t now = k_monotonic(process->kernel);

    if (tail->wake == 0) tail->wake = now + tail->interval;
    if (now >= tail->wake) {
        tail->wake = 0;
        return 1;
    }
    k_wait_until(process, tail->wake);
    return UMBRA_EAGAIN;
}
