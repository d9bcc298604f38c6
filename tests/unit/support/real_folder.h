/* real_folder.h: a user's folder that is made of a list, and a host that imports it as real hosts do: it
 * lists, reads what it is told to, and sends that in pieces. */
#ifndef UMBRA_TEST_REAL_FOLDER_H
#define UMBRA_TEST_REAL_FOLDER_H

#include "driver.h"

#define REAL_MAX 64

struct real_file {
    char path[64];
    char *content;
    size_t size;
    uint32_t mode, kind; /* UMBRA_LISTED_... */
    int64_t mtime;
};

struct real_folder {
    struct driver *driver;
    struct real_file files[REAL_MAX];
    size_t count;
    /* how the host goes about it */
    bool like_browser;      /* no modes, and sizes only when it is told to look */
    size_t piece;           /* bytes in one entry of a batch; 0: all */
    const char *unreadable; /* this file or folder cannot be read */
    char *read;             /* what was read at the last import, as "a b " */
};

/* Writes a file as of the driver's clock. */
void real_put(struct real_folder *folder, const char *path, const char *content);
void real_put_bytes(struct real_folder *folder, const char *path, const void *content, size_t size);
void real_link(struct real_folder *folder, const char *path, const char *target);
void real_remove(struct real_folder *folder, const char *path);
/* NULL when it is not there. */
struct real_file *real_find(struct real_folder *folder, const char *path);

/* Imports; members: of import_begin, as "\"refresh\":true". The answer of import_end belongs to the driver.
 */
const cJSON *real_import(struct real_folder *folder, const char *members);
/* All but the end. */
void real_import_begin(struct real_folder *folder, const char *members);
void real_free(struct real_folder *folder);

/* The core, a folder, and a look into the core's store. */
struct bench {
    struct driver driver;
    struct real_folder real;
    struct workspace shadow;
};

/* options: as of driver_open(). */
void bench_open(struct bench *bench, const char *options);
void bench_close(struct bench *bench);
void bench_wait(struct bench *bench, int64_t ms);

#endif
