/* serve.h: the proxy's life: open everything, say where it listens, run the loop, end cleanly on SIGTERM or
 * SIGINT. Returns the exit status: 0, or 1 after a message on stderr. */
#ifndef PX_SERVE_H
#define PX_SERVE_H

#include "options.h"

/* Takes the options over. */
int px_serve(struct px_options *options);

/* `demo-proxy pair`: makes a pairing token for the proxy that uses this state folder and prints its address.
 */
int px_pair(const struct px_options *options);

#endif
