#include "memory_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "umbra.h"

#define SECTOR 512u

uint32_t test_random(uint64_t *seed)
{
    /* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014) */
    uint64_t value = (*seed += 0x9e3779b97f4a7c15ull);
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ value >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)((value ^ value >> 31) >> 16);
}

struct memory_file *memory_host_file(struct memory_host *memory, const char *name)
{
    size_t i;
    for (i = 0; i < MEMORY_FILES; i++) {
        struct memory_file *file = &memory->files[i];
        if (file->name[0] == '\0') snprintf(file->name, sizeof file->name, "%s", name);
        if (strcmp(file->name, name) == 0) return file;
    }
    return NULL;
}

static void put(struct memory_file *file, const char *data, uint64_t size, uint64_t offset)
{
    if (offset > file->size) memset(file->data + file->size, 0, offset - file->size);
    memcpy(file->data + offset, data, size);
    if (offset + size > file->size) file->size = offset + size;
}

static void cut(struct memory_file *file, uint64_t size)
{
    if (size > file->size) memset(file->data + file->size, 0, size - file->size);
    file->size = size;
}

static char *copy_of(const void *data, uint64_t size)
{
    char *copy = malloc(size ? size : 1);
    if (copy == NULL) abort();
    if (size) memcpy(copy, data, size);
    return copy;
}

static void remember(struct memory_host *memory, enum memory_event event, struct memory_file *file,
                     const void *data, uint64_t size, uint64_t offset)
{
    struct memory_history *history = memory->history;

    if (history == NULL) return;
    if (history->count == history->capacity) {
        history->capacity = history->capacity ? history->capacity * 2 : 256;
        history->entries = realloc(history->entries, history->capacity * sizeof history->entries[0]);
        if (history->entries == NULL) abort();
    }
    history->entries[history->count++] = (struct memory_entry){
        .event = event,
        .file = (int)(file - memory->files),
        .offset = offset,
        .size = size,
        .data = event == MEMORY_WRITE ? copy_of(data, size) : NULL,
    };
}

static void note(struct memory_host *memory, struct memory_file *file, const void *data, uint64_t size,
                 uint64_t offset)
{
    struct memory_change *change;

    remember(memory, data ? MEMORY_WRITE : MEMORY_TRUNCATE, file, data, size, offset);
    if (!memory->journal) return;
    if (file->change_count == file->change_capacity) {
        file->change_capacity = file->change_capacity ? file->change_capacity * 2 : 16;
        file->changes = realloc(file->changes, file->change_capacity * sizeof *file->changes);
        if (file->changes == NULL) abort();
    }
    change = &file->changes[file->change_count++];
    *change = (struct memory_change){offset, size, NULL};
    if (data) change->data = copy_of(data, size);
}

static void forget_changes(struct memory_file *file)
{
    while (file->change_count) free(file->changes[--file->change_count].data);
}

static int open_block(void *context, const char *name)
{
    struct memory_host *memory = context;
    struct memory_file *file = memory_host_file(memory, name);
    if (file == NULL) return UMBRA_ENOSPC;
    if (file->open) return UMBRA_EBUSY;
    file->open = true;
    return (int)(file - memory->files);
}

static void close_block(void *context, int handle)
{
    struct memory_host *memory = context;
    if (!memory->files[handle].open) abort();
    memory->files[handle].open = false;
}

static int64_t size_of_block(void *context, int handle)
{
    struct memory_host *memory = context;
    return (int64_t)memory->files[handle].size;
}

static int64_t read_block(void *context, int handle, void *data, size_t size, uint64_t offset)
{
    struct memory_host *memory = context;
    struct memory_file *file = &memory->files[handle];

    if (memory->fail_read) return UMBRA_EIO;
    if (offset >= file->size) return 0;
    if (size > file->size - offset) size = (size_t)(file->size - offset);
    memcpy(data, file->data + offset, size);
    return (int64_t)size;
}

static int64_t write_block(void *context, int handle, const void *data, size_t size, uint64_t offset)
{
    struct memory_host *memory = context;
    struct memory_file *file = &memory->files[handle];
    size_t takes = size;

    if (memory->dead) return UMBRA_EIO;
    if (offset + size > memory->capacity) return UMBRA_ENOSPC;
    if (memory->write_budget >= 0 && (uint64_t)memory->write_budget < size) {
        if (!memory->write_all_first) takes = (size_t)memory->write_budget;
        memory->write_budget = 0;
    } else if (memory->write_budget >= 0) {
        memory->write_budget -= (int64_t)size;
    }
    put(file, data, takes, offset);
    note(memory, file, data, takes, offset);
    memory->writes++;
    memory->written += takes;
    if (takes == size && !(memory->write_budget == 0 && memory->write_all_first)) return (int64_t)size;
    return memory->write_error ? memory->write_error : (int64_t)takes;
}

static int truncate_block(void *context, int handle, uint64_t size)
{
    struct memory_host *memory = context;
    if (memory->fail_truncate || memory->dead) return UMBRA_EIO;
    if (size > memory->capacity) return UMBRA_ENOSPC;
    cut(&memory->files[handle], size);
    note(memory, &memory->files[handle], NULL, 0, size);
    return 0;
}

static int flush_block(void *context, int handle)
{
    struct memory_host *memory = context;
    struct memory_file *file = &memory->files[handle];

    memory->flushes++;
    if (memory->flush_budget == 0 || memory->dead) return UMBRA_EIO;
    if (memory->flush_budget > 0) memory->flush_budget--;
    remember(memory, MEMORY_FLUSH, file, NULL, 0, 0);
    if (!memory->journal) return 0;
    memcpy(file->durable, file->data, file->size);
    file->durable_size = file->size;
    forget_changes(file);
    return 0;
}

static int64_t wall(void *context)
{
    return ((struct memory_host *)context)->wall;
}

static int64_t monotonic(void *context)
{
    struct memory_host *memory = context;
    return memory->monotonic += memory->tick;
}

static void fill_random(void *context, void *data, size_t size)
{
    struct memory_host *memory = context;
    unsigned char *at = data;
    while (size--) *at++ = (unsigned char)test_random(&memory->seed);
}

struct memory_host *memory_host_new(uint64_t capacity)
{
    struct memory_host *memory = calloc(1, sizeof *memory);
    size_t i;

    if (memory == NULL) abort();
    memory->capacity = capacity;
    for (i = 0; i < MEMORY_FILES; i++) {
        memory->files[i].data = malloc(capacity);
        memory->files[i].durable = malloc(capacity);
        if (memory->files[i].data == NULL || memory->files[i].durable == NULL) abort();
    }
    memory->wall = 1700000000000;
    memory->write_budget = memory->flush_budget = -1;
    memory->write_error = UMBRA_ENOSPC;
    memory->host = (struct umbra_host){
        .context = memory,
        .block_open = open_block,
        .block_close = close_block,
        .block_size = size_of_block,
        .block_read = read_block,
        .block_write = write_block,
        .block_truncate = truncate_block,
        .block_flush = flush_block,
        .clock_wall = wall,
        .clock_monotonic = monotonic,
        .random = fill_random,
    };
    return memory;
}

void memory_host_free(struct memory_host *memory)
{
    size_t i;
    for (i = 0; i < MEMORY_FILES; i++) {
        forget_changes(&memory->files[i]);
        free(memory->files[i].changes);
        free(memory->files[i].data);
        free(memory->files[i].durable);
    }
    free(memory);
}

static void survive(struct memory_host *memory, struct memory_file *file, const struct memory_change *change,
                    unsigned keep)
{
    uint64_t at = 0;

    if (change->data == NULL) {
        if (test_random(&memory->seed) % 100 < keep) cut(file, change->offset);
        return;
    }
    while (at < change->size) {
        uint64_t take = SECTOR - (change->offset + at) % SECTOR;
        if (take > change->size - at) take = change->size - at;
        if (test_random(&memory->seed) % 100 < keep) put(file, change->data + at, take, change->offset + at);
        at += take;
    }
}

void memory_host_crash(struct memory_host *memory, unsigned keep)
{
    size_t i, k;
    if (!memory->journal) abort();
    for (i = 0; i < MEMORY_FILES; i++) {
        struct memory_file *file = &memory->files[i];
        memcpy(file->data, file->durable, file->durable_size);
        file->size = file->durable_size;
        file->open = false;
        for (k = 0; k < file->change_count; k++) survive(memory, file, &file->changes[k], keep);
        forget_changes(file);
        memcpy(file->durable, file->data, file->size);
        file->durable_size = file->size;
    }
}

void memory_history_free(struct memory_history *history)
{
    while (history->count) free(history->entries[--history->count].data);
    free(history->entries);
    *history = (struct memory_history){0};
}

uint64_t memory_entry_length(const struct memory_entry *entry)
{
    return entry->event == MEMORY_WRITE ? entry->size : entry->event == MEMORY_TRUNCATE;
}

void memory_crash_begin(struct memory_crash *crash, const struct memory_history *history, uint64_t capacity)
{
    *crash = (struct memory_crash){.history = history, .capacity = capacity, .durable = malloc(capacity)};
    if (crash->durable == NULL) abort();
}

void memory_crash_end(struct memory_crash *crash)
{
    free(crash->durable);
}

/* A file over bytes that are not its own. */
static struct memory_file file_over(char *data, uint64_t size)
{
    return (struct memory_file){.data = data, .size = size};
}

static void apply(struct memory_file *file, const struct memory_entry *entry, uint64_t from, uint64_t to)
{
    if (entry->file != 0) return;
    if (entry->event == MEMORY_TRUNCATE && from < to) cut(file, entry->offset);
    if (entry->event == MEMORY_WRITE && from < to)
        put(file, entry->data + from, to - from, entry->offset + from);
}

bool memory_crash_step(struct memory_crash *crash)
{
    const struct memory_history *history = crash->history;
    struct memory_file durable = file_over(crash->durable, crash->durable_size);
    size_t i;

    if (crash->position == history->count) return false;
    if (history->entries[crash->position++].event != MEMORY_FLUSH) return true;
    for (i = crash->unflushed; i < crash->position; i++)
        apply(&durable, &history->entries[i], 0, memory_entry_length(&history->entries[i]));
    crash->durable_size = durable.size;
    crash->unflushed = crash->position;
    return true;
}

void memory_crash_make(const struct memory_crash *crash, const struct memory_part *parts, size_t count,
                       struct memory_file *file)
{
    size_t i;

    memcpy(file->data, crash->durable, crash->durable_size);
    file->size = crash->durable_size;
    for (i = 0; i < count; i++) {
        if (parts[i].entry < crash->unflushed || parts[i].entry >= crash->position) abort();
        apply(file, &crash->history->entries[parts[i].entry], parts[i].from, parts[i].to);
    }
}
