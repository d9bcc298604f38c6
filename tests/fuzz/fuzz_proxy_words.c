/* A prompt, cut into words and read as a job. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "offline/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *prompt = malloc(size + 1);
    if (!prompt) return 0;
    if (size) memcpy(prompt, data, size);
    prompt[size] = '\0';
    struct px_job job;
    (void)px_job_read(&job, prompt);
    if (job.kind == PX_JOB_RENAME && (!job.subject || !job.replacement)) abort();
    if (job.kind == PX_JOB_FIND && !job.subject) abort();
    px_job_free(&job);
    free(prompt);
    return 0;
}
