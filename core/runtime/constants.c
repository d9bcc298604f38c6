#include "store/format.h"
#include "umbra.h"

#define ERROR_ENTRY(name, number, text) ",\"" #name "\":" #number
#define DELIVERY_ENTRY(name, number)    ",\"" #name "\":" #number

const char *umbra_constants(void)
{
    return "{\"version\":\"" UMBRA_VERSION "\",\"errors\":{\"OK\":0" UMBRA_ERRORS(
        ERROR_ENTRY) "},\"deliveries\":{\"NONE\":0" UMBRA_DELIVERIES(DELIVERY_ENTRY) "},\"blockFiles\":["
                                                                                     "\"" IMAGE_NAME "\"]}";
}
