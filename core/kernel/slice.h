/* slice.h: fuel and time of one turn of the scheduler. Work charges fuel where it touches bytes; the clock is
 * asked only when the fuel at hand is used up. */
#ifndef UMBRA_KERNEL_SLICE_H
#define UMBRA_KERNEL_SLICE_H

#include <stdbool.h>
#include <stdint.h>

#include "umbra_host.h"

#define K_FUEL_PER_CLOCK 65536 /* units (about bytes) between two looks at the clock */

struct k_slice {
    const struct umbra_host *host;
    int64_t deadline; /* monotonic microseconds */
    int64_t fuel;
    bool over;
};

void k_slice_begin(struct k_slice *slice, const struct umbra_host *host, uint32_t milliseconds);
/* Charges units of work; true when the slice is over and the work should return to the scheduler. */
bool k_slice_charge(struct k_slice *slice, uint64_t units);

#endif
