#include "kernel/slice.h"

void k_slice_begin(struct k_slice *slice, const struct umbra_host *host, uint32_t milliseconds)
{
    slice->host = host;
    slice->deadline = host->clock_monotonic(host->context) + (int64_t)milliseconds * 1000;
    slice->fuel = K_FUEL_PER_CLOCK;
    slice->over = false;
}

bool k_slice_charge(struct k_slice *slice, uint64_t units)
{
    if (slice->over) return true;
    slice->fuel -= units > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)units;
    if (slice->fuel > 0) return false;
    slice->fuel = K_FUEL_PER_CLOCK;
    slice->over = slice->host->clock_monotonic(slice->host->context) >= slice->deadline;
    return slice->over;
}
