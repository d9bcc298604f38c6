/* database_error.h: what a result code of SQLite means for a person. */
#ifndef PX_STORE_DATABASE_ERROR_H
#define PX_STORE_DATABASE_ERROR_H

#include "store/database.h"

/* Fills err with words for SQLite's code and returns PX_ENOMEM, PX_EINVAL (a constraint) or PX_ESTORE. */
int px_database_fail(const struct px_database *db, int code, struct px_err *err);

#endif
