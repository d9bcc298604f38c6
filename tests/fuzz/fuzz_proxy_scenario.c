/* A scenario file, and three requests against it. */
#include <stdint.h>

#include "upstream/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char request[] = "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":"
                                  "\"user\",\"content\":\"a\"}]}";
    struct px_scenario *scenario = NULL;
    struct px_err err;
    if (px_scenario_parse(&scenario, (const char *)data, size, "fuzz", &err)) return 0;
    for (int i = 0; i < 3; i++) {
        struct px_script script = {0};
        (void)px_scenario_answer(scenario, request, sizeof request - 1, &script, &err);
        px_script_free(&script);
    }
    px_scenario_close(scenario);
    return 0;
}
