/* err.h: how a failure travels in the proxy. A function returns 0 or a negative PX_E… and, when the caller
 * gave a struct px_err, fills it with one sentence for a person: what happened, to which thing, what to do.
 * No message ever contains a key, a token or a request body. */
#ifndef PX_BASE_ERR_H
#define PX_BASE_ERR_H

#include "base/error.h" /* UMBRA_PRINTF */

enum {
    PX_OK = 0,
    PX_ENOMEM = -1, /* an allocation failed */
    PX_EINVAL = -2, /* a value is malformed */
    PX_EIO = -3,    /* the system refused: file, socket, clock */
    PX_EAUTH = -4,  /* not, or no longer, who it claims to be */
    PX_EPERM = -5,  /* known, and not allowed */
    PX_ENOENT = -6, /* there is no such thing */
    PX_EBUSY = -7,  /* taken by somebody else */
    PX_ELIMIT = -8, /* a named limit was reached */
    PX_EUSAGE = -9, /* the command line is wrong */
    PX_ESTORE = -10 /* the database cannot be read or written */
};

struct px_err {
    int code;
    char text[512];
};

#define PX_NO_MEMORY "the demo-proxy is out of memory; close some streams or start it with more"

/* Sets code and text (cut to fit) and returns code. A NULL err is allowed. */
int px_fail(struct px_err *err, int code, const char *format, ...) UMBRA_PRINTF(3, 4);

/* The answer to a failed allocation: PX_ENOMEM. */
int px_fail_memory(struct px_err *err);

#endif
