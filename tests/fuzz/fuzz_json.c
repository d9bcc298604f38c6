/* JSON texts from a model or an embedder: whatever is accepted has no NUL cut out of it and prints to a text
 * that is accepted again and prints the same. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_string(const char *data, size_t size)
{
    struct buffer quoted = {0};
    struct error error;
    cJSON *value;

    json_put_string(&quoted, data, size);
    if (!utf8_valid(buffer_string(&quoted), quoted.size)) abort();
    value = json_parse_text(buffer_string(&quoted), quoted.size, "the text", &error);
    if (value == NULL) abort();
    cJSON_Delete(value);
    buffer_free(&quoted);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct error error;
    struct buffer printed = {0}, again = {0};
    cJSON *value = json_parse((const char *)data, size, "the text", &error), *second;
    cJSON *text = json_parse_text((const char *)data, size, "the text", &error);

    if (value && text == NULL) abort();
    if (text) {
        json_print(&printed, text);
        second = json_parse_text(buffer_string(&printed), printed.size, "the text", &error);
        if (second == NULL) abort();
        json_print(&again, second);
        if (again.size != printed.size || memcmp(again.data, printed.data, again.size) != 0) abort();
        cJSON_Delete(second);
    }
    cJSON_Delete(value);
    cJSON_Delete(text);
    buffer_free(&printed);
    buffer_free(&again);
    check_string((const char *)data, size);
    return 0;
}
