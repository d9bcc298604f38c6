#include "kernel/descriptor.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_LEAST 8u

void *k_make_file(struct kernel *kernel, const struct k_file_kind *kind, size_t size, unsigned flags)
{
    struct k_file *file = memory_take(&kernel->account, size);

    if (file == NULL) return NULL;
    memset(file, 0, size);
    file->kind = kind;
    file->kernel = kernel;
    file->references = 1;
    file->flags = flags;
    return file;
}

void k_free_file(struct k_file *file, size_t size)
{
    memory_give(&file->kernel->account, file, size);
}

struct k_file *k_keep(struct k_file *file)
{
    file->references++;
    return file;
}

void k_drop(struct k_file *file)
{
    if (file && --file->references == 0) file->kind->close(file);
}

struct k_file *k_descriptor(const struct k_process *process, int number)
{
    return number >= 0 && (uint32_t)number < process->descriptor_count ? process->descriptors[number].file
                                                                       : NULL;
}

/* Makes the table long enough for a number. */
static int reserve(struct k_process *process, uint32_t number)
{
    uint32_t count = process->descriptor_count ? process->descriptor_count : TABLE_LEAST;
    struct k_descriptor *table;

    if (number < process->descriptor_count) return 0;
    if (number >= process->kernel->limits.open_files) return UMBRA_EMFILE;
    while (count <= number) count *= 2;
    table = memory_resize(&process->account, process->descriptors, process->descriptor_count * sizeof *table,
                          count * sizeof *table);
    if (table == NULL) return UMBRA_ENOMEM;
    memset(table + process->descriptor_count, 0, (count - process->descriptor_count) * sizeof *table);
    process->descriptors = table;
    process->descriptor_count = count;
    return 0;
}

int k_install(struct k_process *process, struct k_file *file, int least, bool close_on_execute)
{
    uint32_t number = (uint32_t)least;
    int result;

    while (number < process->descriptor_count && process->descriptors[number].file) number++;
    result = reserve(process, number);
    if (result < 0) {
        k_drop(file);
        return result;
    }
    process->descriptors[number] = (struct k_descriptor){file, close_on_execute};
    return (int)number;
}

int k_install_at(struct k_process *process, struct k_file *file, int number)
{
    int result = number < 0 ? UMBRA_EBADF : reserve(process, (uint32_t)number);
    struct k_file *before;

    if (result < 0) {
        k_drop(file);
        return result;
    }
    before = process->descriptors[number].file;
    process->descriptors[number] = (struct k_descriptor){file, false};
    k_drop(before);
    return number;
}

int k_close_number(struct k_process *process, int number)
{
    struct k_file *file = k_descriptor(process, number);

    if (file == NULL) return UMBRA_EBADF;
    process->descriptors[number] = (struct k_descriptor){NULL, false};
    k_drop(file);
    return 0;
}

void k_close_all(struct k_process *process)
{
    uint32_t i;

    for (i = 0; i < process->descriptor_count; i++) k_drop(process->descriptors[i].file);
    memory_give(&process->account, process->descriptors,
                process->descriptor_count * sizeof *process->descriptors);
    process->descriptors = NULL;
    process->descriptor_count = 0;
}

int64_t k_read(struct k_process *process, int number, void *data, size_t size)
{
    struct k_file *file = k_descriptor(process, number);
    int64_t got;

    if (file == NULL || !(file->flags & K_READABLE) || file->kind->read == NULL) return UMBRA_EBADF;
    if (size == 0) return 0;
    got = file->kind->read(file, process, data, size);
    if (got > 0) k_charge(process, (uint64_t)got);
    return got;
}

int64_t k_write(struct k_process *process, int number, const void *data, size_t size)
{
    struct k_file *file = k_descriptor(process, number);
    int64_t put;

    if (file == NULL || !(file->flags & K_WRITABLE) || file->kind->write == NULL) return UMBRA_EBADF;
    put = file->kind->write(file, process, data, size);
    if (put > 0) k_charge(process, (uint64_t)put);
    if (put == UMBRA_EPIPE) k_signal(process, K_SIGPIPE);
    return put;
}

int64_t k_seek(struct k_process *process, int number, int64_t offset, enum k_whence whence)
{
    struct k_file *file = k_descriptor(process, number);

    if (file == NULL) return UMBRA_EBADF;
    return file->kind->seek ? file->kind->seek(file, offset, whence) : UMBRA_ESPIPE;
}

int k_stat_number(struct k_process *process, int number, struct k_stat *stat)
{
    struct k_file *file = k_descriptor(process, number);

    if (file == NULL) return UMBRA_EBADF;
    if (file->kind->stat) return file->kind->stat(file, stat);
    if (file->node.ino) return k_node_stat(process->kernel, file->node, stat);
    *stat = (struct k_stat){.kind = K_PIPE, .mode = 0600, .links = 1};
    return 0;
}

bool k_is_terminal(const struct k_process *process, int number)
{
    const struct k_file *file = k_descriptor(process, number);
    return file && file->kind == &k_terminal_kind;
}

void k_put_file_name(const struct k_process *process, int number, struct buffer *name)
{
    const struct k_file *file = k_descriptor(process, number);
    size_t size = name->size;

    if (file == NULL) return;
    if (file->node.ino && k_node_path(file->kernel, file->node, name) == 0) return;
    name->size = size;
    buffer_printf(name, "%s:[%d]", file->kind->name, number);
}
