/* versions.h: the libraries that the proxy runs with, as they name themselves: for --version and for the
 * first line of the log, since what a client may do and what is known to be wrong depends on them. */
#ifndef PX_VERSIONS_H
#define PX_VERSIONS_H

#include <stdio.h>

#include "base/log.h"

/* One library a line. */
void px_versions_print(FILE *out);
void px_versions_log(struct px_log *log);

#endif
