#include "shell/hashed.h"

#include <string.h>

const struct sh_hashed *sh_hashed_first(const struct shell *shell)
{
    return shell->hashed ? shell->hashed->first : NULL;
}

struct sh_hashed *sh_hashed_find(const struct shell *shell, const char *name)
{
    struct sh_hashed *hashed = shell->hashed ? shell->hashed->first : NULL;
    while (hashed && strcmp(hashed->name, name) != 0) hashed = hashed->next;
    return hashed;
}

static struct sh_hashed *make(struct shell *shell, const char *name, const char *path, unsigned hits)
{
    size_t length = strlen(name) + 1, size = strlen(path) + 1;
    size_t bytes = sizeof(struct sh_hashed) + length + size;
    struct sh_hashed *hashed = memory_take(&shell->kernel->account, bytes);

    if (hashed == NULL) return NULL;
    *hashed = (struct sh_hashed){.bytes = bytes, .hits = hits};
    memcpy(hashed->name, name, length);
    hashed->path = hashed->name + length;
    memcpy(hashed->path, path, size);
    return hashed;
}

void sh_hashed_forget_all(struct shell *shell)
{
    struct sh_hashed_table *table = shell->hashed;

    shell->hashed = NULL;
    if (table == NULL || --table->references) return;
    while (table->first) {
        struct sh_hashed *hashed = table->first;
        table->first = hashed->next;
        memory_give(&shell->kernel->account, hashed, hashed->bytes);
    }
    memory_give(&shell->kernel->account, table, sizeof *table);
}

/* A table that no other shell has. NULL without memory. */
static struct sh_hashed_table *own(struct shell *shell)
{
    const struct sh_hashed *hashed = sh_hashed_first(shell);
    struct sh_hashed_table *table = shell->hashed;
    struct sh_hashed **last;

    if (table && table->references == 1) return table;
    table = memory_take(&shell->kernel->account, sizeof *table);
    if (table == NULL) return NULL;
    *table = (struct sh_hashed_table){.references = 1};
    for (last = &table->first; hashed; hashed = hashed->next) {
        *last = make(shell, hashed->name, hashed->path, hashed->hits);
        if (*last) last = &(*last)->next; /* one that has no room is just not known */
    }
    sh_hashed_forget_all(shell);
    shell->hashed = table;
    return table;
}

bool sh_hashed_forget(struct shell *shell, const char *name)
{
    struct sh_hashed_table *table = sh_hashed_find(shell, name) ? own(shell) : NULL;
    struct sh_hashed **at, *hashed;

    if (table == NULL) return false;
    for (at = &table->first; *at && strcmp((*at)->name, name) != 0;) at = &(*at)->next;
    hashed = *at;
    if (hashed == NULL) return false;
    *at = hashed->next;
    memory_give(&shell->kernel->account, hashed, hashed->bytes);
    return true;
}

void sh_hashed_add(struct shell *shell, const char *name, const char *path, unsigned hits)
{
    struct sh_hashed *hashed = make(shell, name, path, hits);
    struct sh_hashed_table *table;

    if (hashed == NULL) return;
    sh_hashed_forget(shell, name);
    table = own(shell);
    if (table == NULL) {
        memory_give(&shell->kernel->account, hashed, hashed->bytes);
        return;
    }
    hashed->next = table->first;
    table->first = hashed;
}
