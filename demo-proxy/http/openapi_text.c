/* The parts of the description that are data: schemas of the proxy's own requests and answers (JSON Schema,
 * draft 2020-12), how a request says who it is, headers of the answers. A unit test reads them. */
#include "http/openapi.h"

const char px_openapi_schemas[] =
    /* Pair */
    "{\"Pair\":{\"type\":\"object\",\"properties\":{\"token\":{\"type\":\"string\","
    "\"description\":\"The pairing token that the proxy printed\"}},\"required\":[\"token\"]},"
    /* Session */
    "\"Session\":{\"type\":\"object\",\"properties\":{\"session\":{\"type\":\"string\","
    "\"description\":\"To be sent as Authorization: Bearer\"},\"expires\":{\"type\":\"integer\","
    "\"description\":\"Unix seconds\"},\"renewable_until\":{\"type\":\"integer\","
    "\"description\":\"Unix seconds; until then POST /v1/session gives a new token\"}},"
    "\"required\":[\"session\",\"expires\",\"renewable_until\"],\"additionalProperties\":false},"
    /* Providers */
    "\"Providers\":{\"type\":\"object\",\"properties\":{\"providers\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/components/schemas/Provider\"}},\"search\":{\"type\":[\"string\",\"null\"],"
    "\"enum\":[\"searxng\",\"brave\",\"tavily\",null],"
    "\"description\":\"Who answers POST /v1/search; null: nobody\"},\"debug_bodies\":{"
    "\"type\":\"boolean\",\"description\":\"Whether what models are asked and answer is kept for"
    " debugging\"}},\"required\":[\"providers\",\"search\",\"debug_bodies\"],\"additionalProperties\":false},"
    /* Provider */
    "\"Provider\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\","
    "\"pattern\":\"^[a-z][a-z0-9-]{0,30}$\"},\"dialect\":{\"enum\":[\"anthropic\",\"openai\","
    "\"google\"]},\"mode\":{\"enum\":[\"key\",\"open\",\"offline\",\"scenario\",\"none\"]},"
    "\"configured\":{\"type\":\"boolean\"},\"byo\":{\"type\":\"boolean\","
    "\"description\":\"Whether a request may bring its own key\"},\"note\":{\"type\":\"string\","
    "\"description\":\"For a person\"}},\"required\":[\"id\",\"dialect\",\"mode\",\"configured\",\"byo\","
    "\"note\"],\"additionalProperties\":false},"
    /* Health */
    "\"Health\":{\"type\":\"object\",\"properties\":{\"status\":{\"enum\":[\"ok\",\"degraded\","
    "\"down\"]},\"services\":{\"type\":\"object\",\"properties\":{\"page\":{\"enum\":[\"ok\","
    "\"absent\"]},\"model\":{\"enum\":[\"key\",\"open\",\"offline\",\"scenario\",\"none\"]},"
    "\"database\":{\"enum\":[\"ok\",\"failing\"]},\"providers\":{\"type\":\"object\","
    "\"additionalProperties\":{\"enum\":[\"ok\",\"down\",\"absent\"]}}},\"required\":[\"page\",\"model\","
    "\"database\",\"providers\"],\"additionalProperties\":false},\"debug_bodies\":{"
    "\"type\":\"boolean\",\"description\":\"Whether what models are asked and answer is kept for"
    " debugging\"},\"version\":{\"type\":\"string\"},"
    "\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\"}},\"required\":[\"status\",\"services\","
    "\"debug_bodies\",\"version\",\"timestamp\"],\"additionalProperties\":false},"
    /* Fetch */
    "\"Fetch\":{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\",\"minLength\":1,"
    "\"description\":\"http or https, of the public internet\"},\"max_bytes\":{\"type\":[\"number\","
    "\"null\"],\"minimum\":1,\"description\":\"Of content; what is longer is cut\"}},"
    "\"required\":[\"url\"]},"
    /* Fetched */
    "\"Fetched\":{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\","
    "\"description\":\"The last address after redirects\"},\"status\":{\"type\":\"integer\","
    "\"minimum\":200,\"maximum\":599},\"content_type\":{\"type\":\"string\"},\"encoding\":{"
    "\"enum\":[\"text\",\"base64\"]},\"content\":{\"type\":\"string\"},\"bytes\":{\"type\":\"integer\","
    "\"minimum\":0},\"truncated\":{\"type\":\"boolean\"},\"duration_ms\":{\"type\":\"integer\","
    "\"minimum\":0},\"redirects\":{\"type\":\"integer\",\"minimum\":0}},\"required\":[\"url\",\"status\","
    "\"content_type\",\"encoding\",\"content\",\"bytes\",\"truncated\",\"duration_ms\",\"redirects\"],"
    "\"additionalProperties\":false},"
    /* Search */
    "\"Search\":{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\",\"minLength\":1,"
    "\"description\":\"One line of text\"},\"max_results\":{\"type\":[\"number\",\"null\"],"
    "\"minimum\":1}},\"required\":[\"query\"]},"
    /* Found */
    "\"Found\":{\"type\":\"object\",\"properties\":{\"results\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"},\"url\":{\"type\":\"string\","
    "\"pattern\":\"^https?://[!-~]+$\"},\"snippet\":{\"type\":\"string\"}},\"required\":[\"title\","
    "\"url\",\"snippet\"],\"additionalProperties\":false}},\"provider\":{\"enum\":[\"searxng\",\"brave\","
    "\"tavily\"]}},\"required\":[\"results\",\"provider\"],\"additionalProperties\":false},"
    /* Description */
    "\"Description\":{\"type\":\"object\",\"properties\":{\"openapi\":{\"type\":\"string\","
    "\"pattern\":\"^3\\\\.1\\\\.[0-9]+$\"},\"info\":{\"type\":\"object\"},\"paths\":{"
    "\"type\":\"object\"},\"components\":{\"type\":\"object\"}},\"required\":[\"openapi\",\"info\","
    "\"paths\",\"components\"]},"
    /* Anything */
    "\"Anything\":{\"type\":\"object\",\"description\":\"As the provider has it\","
    "\"additionalProperties\":true},"
    /* Error */
    "\"Error\":{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"error\"},\"error\":{"
    "\"type\":\"object\",\"properties\":{\"type\":{\"enum\":[\"invalid_request_error\","
    "\"authentication_error\",\"billing_error\",\"permission_error\",\"not_found_error\","
    "\"request_too_large\",\"rate_limit_error\",\"api_error\",\"timeout_error\",\"overloaded_error\"]},"
    "\"message\":{\"type\":\"string\",\"description\":\"For a person\"}},\"required\":[\"type\","
    "\"message\"],\"additionalProperties\":false}},\"required\":[\"type\",\"error\"],"
    "\"additionalProperties\":false},"
    /* ErrorAnthropic */
    "\"ErrorAnthropic\":{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"error\"},\"error\":{"
    "\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},\"message\":{"
    "\"type\":\"string\"}},\"required\":[\"type\",\"message\"]}},\"required\":[\"type\",\"error\"]},"
    /* ErrorOpenAI */
    "\"ErrorOpenAI\":{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"object\",\"properties\":{"
    "\"message\":{\"type\":\"string\"},\"type\":{\"type\":[\"string\",\"null\"]},\"param\":{"
    "\"type\":[\"string\",\"null\"]},\"code\":{}},\"required\":[\"message\"]}},\"required\":[\"error\"]},"
    /* ErrorGoogle */
    "\"ErrorGoogle\":{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"object\",\"properties\":{"
    "\"code\":{\"type\":\"integer\"},\"message\":{\"type\":\"string\"},\"status\":{\"type\":\"string\"}},"
    "\"required\":[\"code\",\"message\",\"status\"]}},\"required\":[\"error\"]}}";

const char px_openapi_security[] =
    /* bearer */
    "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"A session,"
    " or an API key of the proxy\"},"
    /* apiKey */
    "\"apiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"x-api-key\",\"description\":\"The same,"
    " where Anthropic's clients put their key\"},"
    /* googApiKey */
    "\"googApiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"x-goog-api-key\","
    "\"description\":\"The same, where Google's clients put theirs\"}}";

const char px_openapi_headers[] =
    /* RetryAfter */
    "{\"RetryAfter\":{\"description\":\"Seconds\",\"schema\":{\"type\":\"string\","
    "\"pattern\":\"^[0-9]+$\"}},"
    /* WwwAuthenticate */
    "\"WwwAuthenticate\":{\"description\":\"Bearer\",\"required\":true,\"schema\":{"
    "\"const\":\"Bearer\"}},"
    /* RateLimit */
    "\"RateLimit\":{\"description\":\"Of the scarcest bucket: requests of a window, those that are left,"
    " seconds until it is full\",\"schema\":{\"type\":\"string\",\"pattern\":\"^[0-9]+$\"}}}";
