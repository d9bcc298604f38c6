#include "base/utf8.h"
#include "offline/offline.h"

#include <openssl/rand.h>
#include <string.h>

#include "base/put.h"
#include "base/text.h"
#include "offline/conversation.h"
#include "offline/planner.h"
#include "upstream/wire.h"

enum { BYTES_PER_TOKEN = 4 };

/* An answer of words alone is cut where the request's max_tokens ends, as a model's would be. */
static void limit_tokens(struct px_answer *answer, long long max_tokens)
{
    if (answer->count != 1 || answer->blocks[0].kind != PX_BLOCK_TEXT) return;
    char *text = answer->blocks[0].text;
    size_t limit = (size_t)max_tokens * BYTES_PER_TOKEN;
    if (strlen(text) <= limit) return;
    text[utf8_floor(text, limit)] = '\0';
    answer->stop_reason = "max_tokens";
}

static int answer_conversation(const struct px_conversation *conversation, size_t size, long long delay_ms,
                               struct px_script *script)
{
    struct px_answer answer = {0};
    unsigned char noise[12];
    char id[32] = "msg_demo_";
    if (RAND_bytes(noise, sizeof noise) != 1) memset(noise, 0, sizeof noise);
    px_base64url(noise, sizeof noise, id + strlen(id));
    struct px_message_info info = {.id = id,
                                   .model = "umbra-offline-demo",
                                   .input_tokens = (long long)(size / BYTES_PER_TOKEN) + 1,
                                   .delay_ms = delay_ms};
    int rc = px_plan(conversation, &answer);
    if (rc == 0) {
        limit_tokens(&answer, conversation->max_tokens);
        rc = conversation->stream ? px_wire_stream(script, &answer, &info)
                                  : px_wire_message(script, &answer, &info);
    }
    px_answer_free(&answer);
    return rc;
}

int px_offline_answer(const char *body, size_t size, long long delay_ms, struct px_script *script,
                      struct px_err *err)
{
    struct px_err why = {0};
    struct px_conversation conversation = {0};
    cJSON *request = px_json_parse(body, size, &why);
    int rc = request ? px_conversation_open(&conversation, request, &why) : PX_EINVAL;
    if (rc == PX_EINVAL)
        rc = px_wire_refusal(script, 400, "invalid_request_error", why.text);
    else if (rc == 0)
        rc = answer_conversation(&conversation, size, delay_ms, script);
    px_conversation_close(&conversation);
    cJSON_Delete(request);
    return rc ? px_fail_memory(err) : 0;
}
