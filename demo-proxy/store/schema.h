/* schema.h: the tables, one text for each version of the schema. A text that was released is never changed; a
 * new version is a new text at the end of the list in database_open.c. */
#ifndef PX_STORE_SCHEMA_H
#define PX_STORE_SCHEMA_H

extern const char px_audit_schema[], px_keys_schema[], px_buckets_schema[], px_ledger_schema[];
/* What changed in the version of this number. */
extern const char px_audit_schema_5[], px_ledger_schema_6[];
extern const char px_body_schema[];

#endif
