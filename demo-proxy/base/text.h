/* text.h: small pure functions over bytes: base64url (RFC 4648 section 5, no padding), hex, JSON
 * access. Nothing here keeps state or allocates, but px_json_parse. */
#ifndef PX_BASE_TEXT_H
#define PX_BASE_TEXT_H

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PX_BASE64_SIZE(bytes) (((bytes)*4 + 2) / 3 + 1)

/* Writes PX_BASE64_SIZE(size) bytes at most, the NUL included. */
void px_base64url(const void *data, size_t size, char *out);
/* Decodes strictly (no padding, no foreign character, unused bits zero). Returns the bytes written, or a
 * negative PX_EINVAL when malformed or longer than capacity. */
long px_base64url_decode(const char *text, size_t size, void *out, size_t capacity);
/* The same for ordinary base64 with padding, as scenario files use it. */
long px_base64_decode(const char *text, size_t size, void *out, size_t capacity);
/* 2 * size + 1 bytes at out. */
void px_hex(const void *data, size_t size, char *out);
/* FNV-1a, 64 bits (RFC 9923): the place in a table. */
uint64_t px_hash(const void *data, size_t size);

/* Parses exactly one JSON value in data[0..size). NULL with err filled when malformed; free with
 * cJSON_Delete. */
cJSON *px_json_parse(const char *data, size_t size, struct px_err *err);
/* The member as a string, or NULL when it is absent or no string. */
const char *px_json_text(const cJSON *object, const char *name);
/* An optional member that may be lower than `most`: *value stays as it is when it is absent. PX_EINVAL when
 * it is no number, or below 1. */
int px_read_most(const cJSON *object, const char *name, const char *unit, size_t most, size_t *value,
                 struct px_err *err);
bool px_json_true(const cJSON *object, const char *name);

bool px_has_prefix(const char *text, const char *prefix);
bool px_has_suffix(const char *text, const char *suffix);
/* memmem for strings, ASCII case ignored. */
const char *px_find_nocase(const char *text, const char *needle);

#endif
