/* discovery.h: looks once, at start, for model servers on this machine (Ollama, llama.cpp and their like):
 * GET /v1/models on each port that the settings name, answered within a second by an OpenAI-style list. What
 * is found joins the providers, by the name that stands before its port. Nothing waits for it. */
#ifndef PX_UPSTREAM_DISCOVERY_H
#define PX_UPSTREAM_DISCOVERY_H

#include "upstream/providers.h"

struct px_discovery;

enum { PX_DISCOVERY_MS = 1000, PX_DISCOVERY_BYTES = 1 << 18, PX_DISCOVERY_PORTS = 16 };

/* list: "ollama=11434,llamacpp=8080", or "none". own_port is left out. found: called for each, from the loop.
 * PX_EUSAGE with the entry that is wrong. */
int px_discovery_open(struct px_discovery **discovery, struct px_providers *providers, const char *list,
                      int own_port, void (*found)(void *owner, const struct px_provider *provider),
                      void *owner, struct px_err *err);
/* Ends what still runs; NULL is allowed. */
void px_discovery_close(struct px_discovery *discovery);

#endif
