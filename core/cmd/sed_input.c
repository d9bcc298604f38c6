#include <stdio.h>
#include <string.h>

#include "cmd/sed.h"

/* --- files in turn --- */

/* -i: what the script prints goes to a new file beside the one that is read. */
static int begin_in_place(struct k_process *process, struct sed *sed, const char *name)
{
    struct k_stat stat;
    size_t length = strlen(name), suffix;
    struct k_file *file = NULL;
    int result = k_stat_path(process, name, K_FOLLOW, &stat), i;
    char *path = arena_take(&process->arena, length + 16);

    if (path == NULL) {
        cmd_out_of_memory(process);
        return UMBRA_ENOMEM;
    }
    if (result == 0 && stat.kind != K_FILE) {
        cmd_error(process, "couldn't edit %s: not a regular file", name);
        sed->base.status = 4;
        return UMBRA_EINVAL;
    }
    for (suffix = length; suffix && name[suffix - 1] != '/';) suffix--;
    memcpy(path, name, suffix);
    for (i = 0; i < 1000 && file == NULL; i++) {
        snprintf(path + suffix, length + 16 - suffix, "sed%06u", process->id * 1000u + (unsigned)i);
        result = k_open_file(process, path, FS_WRITE | FS_CREATE | FS_EXCLUSIVE, stat.mode, &file);
        if (result < 0 && result != UMBRA_EEXIST) break;
    }
    if (file == NULL) {
        cmd_error(process, "couldn't open temporary file %s: %s", path, k_error_text(result));
        sed->base.status = 4;
        return result;
    }
    sed->temporary = path;
    sed->mode = stat.mode;
    sed->standard_output = k_keep(k_descriptor(process, 1));
    return k_install_at(process, file, 1) < 0 ? UMBRA_ENOMEM : 0;
}

/* The name that the file as it was gets: SUFFIX behind it, or in the place of each * of it. */
static char *copy_name(struct k_process *process, const struct sed *sed, const char *name)
{
    size_t length, i;
    const char *base = cmd_base_name(name, &length);
    struct buffer path = {0};
    char *copy;

    if (strchr(sed->suffix, '/') == NULL) buffer_put(&path, name, (size_t)(base - name));
    if (strchr(sed->suffix, '*') == NULL) buffer_put(&path, base, length);
    for (i = 0; sed->suffix[i]; i++) {
        if (sed->suffix[i] == '*')
            buffer_put(&path, base, length);
        else
            buffer_put_byte(&path, sed->suffix[i]);
    }
    copy = path.failed ? NULL : arena_copy(&process->arena, buffer_string(&path), path.size);
    buffer_free(&path);
    return copy;
}

static int end_in_place(struct k_process *process, struct sed *sed)
{
    const char *name = sed->input.name, *copy;
    int result = cmd_write_out(process);

    if (result == UMBRA_EAGAIN) return result;
    k_install_at(process, sed->standard_output, 1);
    sed->standard_output = NULL;
    sed->missing_newline = false;
    if (result == 0 && sed->suffix) {
        copy = copy_name(process, sed, name);
        result = copy ? k_rename(process, name, copy) : UMBRA_ENOMEM;
    }
    if (result == 0) result = k_set_mode(process, sed->temporary, sed->mode);
    if (result == 0) result = k_rename(process, sed->temporary, name);
    if (result < 0) {
        cmd_error(process, "cannot rename %s: %s", sed->temporary, k_error_text(result));
        k_unlink(process, sed->temporary);
        sed->base.status = 4;
    }
    sed->temporary = NULL;
    return result;
}

int sed_end_file(struct k_process *process, struct sed *sed)
{
    int result = 0;

    if (!sed->opened) return 1;
    if (sed->standard_output) result = end_in_place(process, sed);
    if (result == UMBRA_EAGAIN) return result;
    cmd_close_input(process, &sed->input);
    sed->opened = false;
    return result < 0 ? result : 1;
}

static void reset_ranges(struct sed *sed)
{
    size_t i;

    for (i = 0; i < sed->command_count; i++)
        sed->commands[i].active = sed->commands[i].first.kind == SED_ZERO;
    sed->line_number = 0;
}

/* The next file that can be opened: 1, 0 when there is none, an error. */
static int open_next(struct k_process *process, struct sed *sed)
{
    struct cmd_input *input = &sed->input;
    int operands = process->argc - 1, result;

    for (;;) {
        const char *name;
        if (operands == 0 ? input->begun : input->next >= operands) return 0;
        name = operands ? process->argv[++input->next] : "-";
        result = cmd_open_input(process, input, name);
        if (result == UMBRA_ENOMEM) return result;
        if (result < 0) continue;
        if (sed->in_place && strcmp(name, "-") != 0 && begin_in_place(process, sed, name) < 0) {
            cmd_close_input(process, input);
            if (sed->standard_output) return UMBRA_ENOMEM;
            continue;
        }
        if (sed->separate) reset_ranges(sed);
        sed->opened = true;
        return 1;
    }
}

/* --- lines --- */

/* Awaited: makes sure that the next line has begun to be there. across: also in the next file. 1, 0 when
 * there is none, an error. */
static int look_ahead(struct k_process *process, struct sed *sed, bool across)
{
    for (;;) {
        int64_t got = 0;
        int result;
        if (sed->opened && sed->input.at < sed->input.end) return 1;
        if (sed->opened && !sed->input.ended) got = cmd_fill(process, &sed->input);
        if (got == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (got < 0) return (int)got;
        if (got > 0) continue;
        if (sed->opened && !across) return 0;
        result = sed_end_file(process, sed);
        if (result < 0) return result;
        result = open_next(process, sed);
        if (result <= 0) return result;
    }
}

int sed_is_last(struct k_process *process, struct sed *sed)
{
    int result = look_ahead(process, sed, !sed->separate);
    return result < 0 ? result : !result;
}

int sed_read(struct k_process *process, struct sed *sed, bool append)
{
    int result = look_ahead(process, sed, true);
    size_t length;
    char *line;

    if (result <= 0) return result;
    result = cmd_read_line(process, &sed->input, sed->end_of_line, &line, &length);
    if (result <= 0) return result;
    sed->has_newline = line[length - 1] == sed->end_of_line;
    if (append)
        buffer_put_byte(&sed->space, sed->end_of_line);
    else
        buffer_clear(&sed->space);
    buffer_put(&sed->space, line, length - sed->has_newline);
    sed->line_number++;
    sed->file = sed->input.name;
    sed->replaced = false;
    if (!sed->space.failed) return 1;
    cmd_out_of_memory(process);
    return UMBRA_ENOMEM;
}
