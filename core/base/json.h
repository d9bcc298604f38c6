/* json.h: helpers over cJSON. cJSON keeps strings without a length, so a NUL character in a JSON text would
 * cut a string short in silence; json_parse refuses such a text, json_parse_text turns \u0000 into U+FFFD. A
 * raw NUL byte is refused by both. */
#ifndef UMBRA_BASE_JSON_H
#define UMBRA_BASE_JSON_H

#include <cJSON.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* Parses a whole text (length bytes, nothing but white space after the value). NULL with EPARSE or ENOMEM in
 * error. `what` names the text in the message. */
cJSON *json_parse(const char *text, size_t length, const char *what, struct error *error);
cJSON *json_parse_text(const char *text, size_t length, const char *what, struct error *error);

/* Members of an object; the fallback when absent or of another type. object may be NULL. */
const char *json_string(const cJSON *object, const char *key, const char *fallback);
double json_number(const cJSON *object, const char *key, double fallback);
bool json_bool(const cJSON *object, const char *key, bool fallback);
const cJSON *json_get(const cJSON *object, const char *key);

/* Adds members; text is made valid UTF-8 first. 0 or UMBRA_ENOMEM. */
int json_add_text(cJSON *object, const char *key, const char *text, size_t length);
int json_add_string(cJSON *object, const char *key, const char *text);
int json_add_number(cJSON *object, const char *key, double value);
int json_add_bool(cJSON *object, const char *key, bool value);
/* Takes the item, also on failure; a NULL item is a failure. */
int json_add_item(cJSON *object, const char *key, cJSON *item);
int json_append(cJSON *array, cJSON *item);

/* Appends the compact text of a value. A NULL value marks the buffer as failed. */
void json_print(struct buffer *buffer, const cJSON *value);
/* Appends text as a quoted JSON string, valid UTF-8. */
void json_put_string(struct buffer *buffer, const char *text, size_t length);

#endif
