/* scenario.h: answers replayed from a JSON file, for tests: each turn says what to send and how (pieces,
 * pauses, a cut in the middle, silence). The file is checked whole at start; docs/demo-proxy.md has the
 * format. */
#ifndef PX_UPSTREAM_SCENARIO_H
#define PX_UPSTREAM_SCENARIO_H

#include "upstream/script.h"

struct px_scenario;

/* Reads a file of at most 64 MB. PX_EIO, PX_EUSAGE (with the turn that is wrong) or PX_ENOMEM. */
int px_scenario_open(struct px_scenario **scenario, const char *path, struct px_err *err);
/* The same from memory; name is for messages. */
int px_scenario_parse(struct px_scenario **scenario, const char *data, size_t size, const char *name,
                      struct px_err *err);
void px_scenario_close(struct px_scenario *scenario);

/* Chooses the turn for this request and fills the script. A malformed request, or one for which no turn is
 * left, gets an error answer. PX_ENOMEM otherwise. */
int px_scenario_answer(struct px_scenario *scenario, const char *body, size_t size, struct px_script *script,
                       struct px_err *err);

#endif
