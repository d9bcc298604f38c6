/* damage.h: tells a log that a crash cut off from one whose records were damaged later. */
#ifndef UMBRA_STORE_DAMAGE_H
#define UMBRA_STORE_DAMAGE_H

#include "store/log.h"

/* Looks behind the end of a log for commits which say that records at the end were flushed: 1 when there are
 * some, so that changes are there which cannot be reached; 0; or a negative error. The roles of segments must
 * be those that the log up to its end gave them. */
int damage_find(struct space *space, const struct log_position *end, struct error *error);

#endif
