/* prompt.h: what the user's words ask for, by rules: one job with its names. Understands English commands in
 * free phrasing, any kind of quotation marks, and file names with dots and slashes. Pure. */
#ifndef PX_OFFLINE_PROMPT_H
#define PX_OFFLINE_PROMPT_H

#include <stdbool.h>

#include "base/err.h"

enum px_job_kind {
    PX_JOB_HELP,
    PX_JOB_LIST,
    PX_JOB_FIND,
    PX_JOB_READ,
    PX_JOB_SUMMARISE,
    PX_JOB_RENAME,
    PX_JOB_PAGE
};

struct px_job {
    enum px_job_kind kind;
    char *subject;     /* find: the text; rename: the old word; page: the topic; NULL: none */
    char *replacement; /* rename: the new word */
    char *file;        /* read, summarise, page: a file; NULL: not said */
    char *place;       /* list, find, rename: a folder or file to stay in; NULL: everywhere */
    char *glob;        /* list, find, rename: a pattern of file names; NULL: all */
    char *sections;    /* page: "a, b and c"; NULL: not said */
};

/* PX_ENOMEM, or 0; the job is to be freed in both cases. */
int px_job_read(struct px_job *job, const char *prompt);
void px_job_free(struct px_job *job);

#endif
