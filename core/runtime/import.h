/* import.h: what the files of an import share. import.c begins and ends it, import_list.c decides about the
 * entries of each directory, import_archive.c about the members of an archive, import_file.c takes files in
 * piece by piece. All is one transaction. */
#ifndef UMBRA_RUNTIME_IMPORT_H
#define UMBRA_RUNTIME_IMPORT_H

#include "fs/ignore.h"
#include "fs/tar.h"
#include "runtime/runtime.h"

/* A path that the user has changed, by either of its names. */
struct import_change {
    const char *path; /* in changes */
    size_t length;
    const struct st_change *change;
};

/* What becomes of the pieces of the file that is coming in. */
enum import_way {
    IMPORT_NOTHING, /* none has begun, or the rest of this one is not wanted */
    IMPORT_NEW,     /* they are written to a new file */
    IMPORT_COMPARE, /* so far they are what the base has: nothing is written yet */
    IMPORT_WRITE,   /* they replace what the base has */
    IMPORT_CHECK,   /* the user has changed this path: they are compared with both sides, and not written */
};

struct import_file {
    enum import_way way;
    struct buffer path;
    uint32_t head, base; /* inos of the file in the two trees; 0: not there */
    enum st_kind kind;
    uint32_t mode; /* UMBRA_MODE_UNKNOWN: as it is */
    int64_t mtime;
    uint64_t offset; /* bytes that have come */
    const struct st_change *change;
    bool like_head, like_base; /* IMPORT_CHECK: so far */
    bool replaced;             /* a member of an archive: what stood there before is gone */
};

/* Of the import of an archive. */
struct import_archive {
    bool is_tar; /* pieces of a tar archive have come, and not batches */
    struct fs_tar_reader tar;
    bool taking;         /* the member in hand is taken in */
    struct buffer name;  /* of the member, as it stands in the archive */
    struct buffer path;  /* where it goes */
    struct buffer noted; /* the path that was last said to be left out by name */
    bool as_changes;     /* it goes over what is there, as the user's changes; the base stays */
    uint32_t checkpoint; /* then: what was there before */
};

struct import {
    bool refresh;                   /* of what is already there, instead of all anew */
    struct import_archive *archive; /* NULL: a folder, or plain data */
    bool gitignore;                 /* rules are honoured */
    bool dirty;                     /* something has been changed */
    bool read_again;                /* a file whose time says nothing was asked for, see import_is_racy() */
    int64_t owed;        /* directories and files of the base that were to be looked at and have not been */
    int64_t begun, last; /* ms; when this import began, and when the last one did (0: not known) */
    cJSON *exclude;      /* names to be left out */
    struct fs_ignore *ignore;
    struct st_changes changes;     /* when it began: these paths are the user's and are kept */
    struct import_change *by_path; /* sorted */
    size_t by_path_count;
    struct import_file file;
    uint32_t files, unchanged, removed, scanned;
    uint64_t bytes;
    struct buffer forgotten;          /* checkpoints of commits to the folder before this one, u32 each */
    struct buffer skipped, conflicts; /* JSON objects with commas between */
};

/* Entries of a batch and of a listing are read from bytes, see umbra.h. */
struct import_entry {
    const char *path, *data;
    uint32_t path_size, data_size, mode, flags;
    int64_t mtime;
};

/* import.c */
/* The user's change of a path, NULL when there is none. */
const struct st_change *import_find_change(const struct import *import, const char *path, size_t length);
/* Whether size and time of a file say nothing about its content: it may have been written after it was read,
 * within one tick of its file system's clock. */
bool import_is_racy(const struct import *import, int64_t mtime);
/* Adds to what was left out; by: "name", "gitignore" or NULL. 0 or UMBRA_ENOMEM. */
int import_skip(struct import *import, const char *path, size_t length, const char *by, const char *reason,
                struct error *error);
int import_conflict(struct import *import, const char *path, size_t length, const char *reason,
                    struct error *error);
/* Leaves out the file that is coming in when its failure is about it alone; result otherwise. */
int import_survive(struct umbra *runtime, int result, struct error *error);
/* The ino at a path, without following links; 0 when there is none. "" is the root. */
uint32_t import_lookup(const struct store *store, enum st_root root, const char *path, size_t length);

/* import_file.c: takes a file's first piece, or one more. A failure that is about this file only (see
 * import_is_about_file()) leaves the import whole. */
int import_file_begin(struct umbra *runtime, const struct import_entry *entry, struct error *error);
int import_file_append(struct umbra *runtime, const struct import_entry *entry, struct error *error);
/* Ends the file that is coming in, if any. */
int import_file_end(struct umbra *runtime, struct error *error);
/* Forgets it and what was written of it. */
int import_file_drop(struct umbra *runtime, struct error *error);
bool import_is_about_file(int code);
/* Makes the file that is coming in like another of HEAD. */
int import_file_copy(struct umbra *runtime, uint32_t from, struct error *error);

/* import_archive.c: takes an entry of a batch as a member of the archive. */
int import_archive_entry(struct umbra *runtime, const struct import_entry *entry, struct error *error);
/* All has come: UMBRA_EPARSE when the archive is cut off. */
int import_archive_end(struct umbra *runtime, struct error *error);
struct import_archive *import_archive_new(void);
void import_archive_free(struct import_archive *archive);
/* Fills the answer to a piece or a batch. */
void import_put_progress(const struct umbra *runtime, struct buffer *out);

#endif
