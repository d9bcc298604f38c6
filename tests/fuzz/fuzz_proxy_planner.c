/* A Messages request, through the offline demo, in both shapes; what comes out must be JSON again. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "offline/offline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_step(const struct px_step *step)
{
    bool event = step->size > 7 && memcmp(step->data, "event: ", 7) == 0;
    const char *json = event ? memmem(step->data, step->size, "data: ", 6) : NULL;
    size_t offset = json ? (size_t)(json - step->data) + 6 : 0;
    cJSON *value = px_json_parse(step->data + offset, step->size - offset, NULL);
    if (!value) abort();
    cJSON_Delete(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct px_script script = {0};
    if (px_offline_answer((const char *)data, size, 0, &script, NULL) == 0)
        for (size_t i = 0; i < script.count; i++) check_step(&script.steps[i]);
    px_script_free(&script);
    return 0;
}
