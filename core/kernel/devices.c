/* devices.c: what the namespace makes up, opened. */
#include <stdlib.h>
#include <string.h>

#include "kernel/files.h"

static int64_t read_nothing(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    (void)file;
    (void)process;
    (void)data;
    (void)size;
    return 0;
}

static int64_t read_zeros(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    (void)file;
    (void)process;
    memset(data, 0, size);
    return (int64_t)size;
}

static int64_t read_random(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    const struct umbra_host *host = file->kernel->host;

    (void)process;
    host->random(host->context, data, size);
    return (int64_t)size;
}

static int64_t write_nowhere(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    (void)file;
    (void)process;
    (void)data;
    return (int64_t)size;
}

static int64_t write_full(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    (void)file;
    (void)process;
    (void)data;
    return size ? UMBRA_ENOSPC : 0;
}

static int64_t seek_nowhere(struct k_file *file, int64_t offset, enum k_whence whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return 0;
}

static void close_device(struct k_file *file)
{
    k_free_file(file, sizeof *file);
}

static const struct k_file_kind null_kind = {.name = "null",
                                             .read = read_nothing,
                                             .write = write_nowhere,
                                             .seek = seek_nowhere,
                                             .close = close_device};
static const struct k_file_kind zero_kind = {
    .name = "zero", .read = read_zeros, .write = write_nowhere, .seek = seek_nowhere, .close = close_device};
static const struct k_file_kind full_kind = {
    .name = "full", .read = read_zeros, .write = write_full, .seek = seek_nowhere, .close = close_device};
static const struct k_file_kind random_kind = {.name = "random",
                                               .read = read_random,
                                               .write = write_nowhere,
                                               .seek = seek_nowhere,
                                               .close = close_device};

static struct k_file *make_device(struct k_process *process, const struct k_file_kind *kind)
{
    return k_make_file(process->kernel, kind, sizeof(struct k_file), K_READABLE | K_WRITABLE);
}

/* --- texts about processes --- */

static void put_arguments(struct buffer *text, const struct k_process *about)
{
    int i;
    for (i = 0; i < about->argc; i++) buffer_put(text, about->argv[i], strlen(about->argv[i]) + 1);
}

static void put_environment(struct buffer *text, const struct k_process *about)
{
    size_t i;
    for (i = 0; about->environment && i < about->environment->count; i++)
        buffer_put(text, about->environment->strings[i], strlen(about->environment->strings[i]) + 1);
}

static void put_status(struct buffer *text, const struct k_process *about)
{
    static const char *const conditions[] = {"R (running)", "S (sleeping)", "T (stopped)", "Z (zombie)"};

    buffer_printf(text,
                  "Name:\t%s\nState:\t%s\nPid:\t%u\nPPid:\t%u\nUid:\t1000\t1000\t1000\t1000\n"
                  "VmRSS:\t%zu kB\n",
                  about->program->name, conditions[about->condition], about->id, about->parent,
                  (about->account.used + 1023) / 1024);
}

static void put_text(struct buffer *text, const struct kernel *kernel, const struct k_process *about,
                     uint32_t which)
{
    switch ((enum k_text)which) {
    case K_TEXT_VERSION:
        buffer_put_string(text, "Umbra version " UMBRA_VERSION "\n");
        break;
    case K_TEXT_UPTIME:
        buffer_printf(text, "%lld.%02d 0.00\n", (long long)(kernel->now / 1000000),
                      (int)(kernel->now / 10000 % 100));
        break;
    case K_TEXT_COMMAND_LINE:
        if (about) put_arguments(text, about);
        break;
    case K_TEXT_NAME:
        if (about) buffer_printf(text, "%s\n", about->program->name);
        break;
    case K_TEXT_STATUS:
        if (about) put_status(text, about);
        break;
    case K_TEXT_ENVIRONMENT:
        if (about) put_environment(text, about);
        break;
    }
}

static struct k_file *open_text(struct k_process *process, uint32_t which, uint32_t id)
{
    struct buffer text = {0};
    struct k_file *file;

    put_text(&text, process->kernel, id ? k_find_process(process->kernel, id) : process, which);
    file = text.failed ? NULL : k_make_text(process->kernel, &text);
    buffer_free(&text);
    return file;
}

static struct k_file *open_program(struct k_process *process, uint32_t index)
{
    const char *help = process->kernel->programs[index]->help;
    struct buffer text = {0};
    struct k_file *file;

    buffer_put_string(&text, help ? help : "");
    file = text.failed ? NULL : k_make_text(process->kernel, &text);
    buffer_free(&text);
    return file;
}

/* An open file by its number: the same one, as on Linux a pipe's. */
static struct k_file *open_number(const struct k_process *process, uint32_t id, uint32_t number, int *result)
{
    const struct k_process *about = k_find_process(process->kernel, id);
    struct k_file *file = about ? k_descriptor(about, (int)number) : NULL;

    *result = file ? 0 : UMBRA_ENOENT;
    return file ? k_keep(file) : NULL;
}

static struct k_file *open_terminal(const struct k_process *process, int *result)
{
    struct k_file *file = process->session->terminal;

    *result = file ? 0 : UMBRA_ENXIO;
    return file ? k_keep(file) : NULL;
}

struct k_file *k_open_virtual(struct k_process *process, struct k_node node, int *result)
{
    uint32_t detail, id;
    struct k_file *file = NULL;

    switch (k_node_virtual(node, &detail, &id)) {
    case K_VIRTUAL_NULL:
        file = make_device(process, &null_kind);
        break;
    case K_VIRTUAL_ZERO:
        file = make_device(process, &zero_kind);
        break;
    case K_VIRTUAL_FULL:
        file = make_device(process, &full_kind);
        break;
    case K_VIRTUAL_RANDOM:
        file = make_device(process, &random_kind);
        break;
    case K_VIRTUAL_TERMINAL:
        return open_terminal(process, result);
    case K_VIRTUAL_PROGRAM:
        file = open_program(process, detail);
        break;
    case K_VIRTUAL_DESCRIPTOR:
        return open_number(process, id, detail, result);
    case K_VIRTUAL_TEXT:
        file = open_text(process, detail, id);
        break;
    default:
        *result = UMBRA_EINVAL;
        return NULL;
    }
    *result = file ? 0 : UMBRA_ENOMEM;
    if (file) file->node = node;
    return file;
}
