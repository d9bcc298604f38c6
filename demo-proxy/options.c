#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "commands.h"
#include "store/ledger.h"

enum kind { TEXT, SWITCH, NUMBER };

struct option {
    const char *flag, *variable, *value;
    enum kind kind;
    size_t offset;
    long long lowest, highest;
    const char *standard; /* the default as text; NULL: none */
    const char *help;
    const char *command; /* the one command that takes it; NULL: a setting of the server */
};

#define AT(field) offsetof(struct px_options, field)

static const struct option table[] = {
    {"--port", "UMBRA_PORT", "N", NUMBER, AT(port), 0, 65535, "8787", "TCP port; 0 picks a free one", NULL},
    {"--bind", "UMBRA_BIND", "ADDR", TEXT, AT(bind_address), 0, 0, "127.0.0.1",
     "address; another than loopback needs TLS", NULL},
    {"--hosts", "UMBRA_HOSTS", "LIST", TEXT, AT(hosts), 0, 0, NULL,
     "names under which clients reach the proxy, comma separated, beside localhost and the address", NULL},
    {"--tls-cert", "UMBRA_TLS_CERT", "FILE", TEXT, AT(tls_cert), 0, 0, NULL,
     "certificate chain (PEM); with --tls-key the proxy speaks https itself", NULL},
    {"--tls-key", "UMBRA_TLS_KEY", "FILE", TEXT, AT(tls_key), 0, 0, NULL,
     "its key (PEM), a file that nobody else can read", NULL},
    {"--behind-tls", "UMBRA_BEHIND_TLS", NULL, SWITCH, AT(behind_tls), 0, 0, NULL,
     "states that clients reach the proxy only through a TLS terminator (nginx, Caddy) in front of it", NULL},
    {"--allow-root", "UMBRA_ALLOW_ROOT", NULL, SWITCH, AT(allow_root), 0, 0, NULL,
     "serve other addresses than loopback even as root", NULL},
    {"--no-sandbox", "UMBRA_NO_SANDBOX", NULL, SWITCH, AT(no_sandbox), 0, 0, NULL,
     "limit neither the files nor the system calls of the proxy", NULL},
    {"--isolate", "UMBRA_ISOLATE", NULL, SWITCH, AT(isolate), 0, 0, NULL,
     "Cross-Origin-Embedder-Policy on the page, so that it has SharedArrayBuffer", NULL},
    {"--state-dir", "UMBRA_STATE_DIR", "DIR", TEXT, AT(state_dir), 0, 0, NULL,
     "pairing tokens and the session secret (default $XDG_STATE_HOME/umbra or ~/.local/state/umbra)", NULL},
    {"--page-dir", "UMBRA_PAGE_DIR", "DIR", TEXT, AT(page_dir), 0, 0, NULL,
     "folder with the built page; without it only the API is served", NULL},
    {"--allowed-origins", "ALLOWED_ORIGINS", "LIST", TEXT, AT(allowed_origins), 0, 0, NULL,
     "comma-separated origins of other pages that may use the proxy, e.g. https://app.example", NULL},
    {"--anthropic-base-url", "ANTHROPIC_BASE_URL", "URL", TEXT, AT(anthropic_base_url), 0, 0,
     "https://api.anthropic.com", "where Anthropic's requests go: https, or http on this machine", NULL},
    {"--anthropic-api-key-file", "ANTHROPIC_API_KEY_FILE", "FILE", TEXT, AT(anthropic_api_key_file), 0, 0,
     NULL, "file with the key (or set ANTHROPIC_API_KEY); there is no flag for a key itself", NULL},
    {"--openai-base-url", "OPENAI_BASE_URL", "URL", TEXT, AT(openai_base_url), 0, 0,
     "https://api.openai.com/v1", "where OpenAI's requests go", NULL},
    {"--openai-api-key-file", "OPENAI_API_KEY_FILE", "FILE", TEXT, AT(openai_api_key_file), 0, 0, NULL,
     "file with the key (or set OPENAI_API_KEY)", NULL},
    {"--google-base-url", "GOOGLE_GEMINI_BASE_URL", "URL", TEXT, AT(google_base_url), 0, 0,
     "https://generativelanguage.googleapis.com", "where Google's requests go", NULL},
    {"--google-api-key-file", "GEMINI_API_KEY_FILE", "FILE", TEXT, AT(google_api_key_file), 0, 0, NULL,
     "file with the key (or set GEMINI_API_KEY or GOOGLE_API_KEY)", NULL},
    {"--upstreams", "UMBRA_UPSTREAMS", "LIST", TEXT, AT(upstreams), 0, 0, NULL,
     "further OpenAI-compatible providers, comma separated NAME=URL; a key in UMBRA_KEY_NAME", NULL},
    {"--local-ports", "UMBRA_LOCAL_PORTS", "LIST", TEXT, AT(local_ports), 0, 0,
     "ollama=11434,llamacpp=8080,lmstudio=1234,vllm=8000",
     "model servers that are looked for on this machine at start; none: no search", NULL},
    {"--keys-dir", "UMBRA_KEYS_DIR", "DIR", TEXT, AT(keys_dir), 0, 0, NULL,
     "folder with files PROVIDER-api-key (default: $CREDENTIALS_DIRECTORY, which systemd sets)", NULL},
    {"--allow-byo-keys", "UMBRA_ALLOW_BYO_KEYS", NULL, SWITCH, AT(allow_byo_keys), 0, 0, NULL,
     "let a request bring its own key in X-Api-Key-Anthropic, -OpenAI or -Google", NULL},
    {"--own-urls", "UMBRA_OWN_URLS", "LIST", TEXT, AT(own_urls), 0, 0, NULL,
     "base URLs that a request may choose in X-Proxy-Url-Anthropic, -OpenAI or -Google, without the proxy's "
     "key",
     NULL},
    {"--scenario", "UMBRA_SCENARIO", "FILE", TEXT, AT(scenario), 0, 0, NULL,
     "answer model requests from this file (for tests)", NULL},
    {"--offline", "UMBRA_OFFLINE", NULL, SWITCH, AT(offline), 0, 0, NULL,
     "answer with the built-in scripted demo even if a key is present", NULL},
    {"--offline-delay-ms", "UMBRA_OFFLINE_DELAY_MS", "N", NUMBER, AT(offline_delay_ms), 0, 10000, "12",
     "pause between two events of the scripted demo", NULL},
    {"--max-body-bytes", "UMBRA_MAX_BODY_BYTES", "N", NUMBER, AT(max_body_bytes), 1024, 1LL << 30, "10485760",
     "largest request body; more is answered with 413", NULL},
    {"--stream-buffer-bytes", "UMBRA_STREAM_BUFFER_BYTES", "N", NUMBER, AT(stream_buffer_bytes), 32768,
     1LL << 26, "131072",
     "most bytes held of a response for a slow reader, and of a request that is passed on", NULL},
    {"--request-memory-bytes", "UMBRA_REQUEST_MEMORY_BYTES", "N", NUMBER, AT(request_memory_bytes), 8192,
     1LL << 20, "9216", "memory of one connection, which bounds request line and headers", NULL},
    {"--max-connections", "UMBRA_MAX_CONNECTIONS", "N", NUMBER, AT(max_connections), 1, 100000, "256",
     "open connections; further ones wait", NULL},
    {"--max-streams", "UMBRA_MAX_STREAMS", "N", NUMBER, AT(max_streams), 1, 100000, "64",
     "model responses at one time; more are answered with 529", NULL},
    {"--max-streams-per-session", "UMBRA_MAX_STREAMS_PER_SESSION", "N", NUMBER, AT(max_streams_per_session),
     0, 100000, "8", "those of one session, key or address; more are answered with 429; 0: no limit", NULL},
    {"--client-idle-seconds", "UMBRA_CLIENT_IDLE_SECONDS", "N", NUMBER, AT(client_idle_seconds), 1, 86400,
     "60",
     "a client that neither sends nor reads for so long, or takes longer for the head of a request, is "
     "dropped",
     NULL},
    {"--request-seconds", "UMBRA_REQUEST_SECONDS", "N", NUMBER, AT(request_seconds), 1, 86400, "300",
     "longest time that a request's body may take to come in", NULL},
    {"--connect-timeout-ms", "UMBRA_CONNECT_TIMEOUT_MS", "N", NUMBER, AT(connect_timeout_ms), 1, 600000,
     "10000", "longest time to reach the model provider", NULL},
    {"--idle-timeout-ms", "UMBRA_IDLE_TIMEOUT_MS", "N", NUMBER, AT(idle_timeout_ms), 1, 3600000, "120000",
     "a model provider silent for so long is given up", NULL},
    {"--shutdown-grace-ms", "UMBRA_SHUTDOWN_GRACE_MS", "N", NUMBER, AT(shutdown_grace_ms), 0, 600000, "3000",
     "time that running streams get to end after SIGTERM", NULL},
    {"--session-seconds", "UMBRA_SESSION_SECONDS", "N", NUMBER, AT(session_seconds), 1, 31536000, "900",
     "life of a session; it is renewed by POST /v1/session", NULL},
    {"--session-renew-seconds", "UMBRA_SESSION_RENEW_SECONDS", "N", NUMBER, AT(session_renew_seconds), 0,
     31536000, "43200", "how long after the pairing a session can be renewed", NULL},
    {"--pairing-seconds", "UMBRA_PAIRING_SECONDS", "N", NUMBER, AT(pairing_seconds), 1, 604800, "3600",
     "life of an unused pairing token", NULL},
    {"--pairing-tries-per-minute", "UMBRA_PAIRING_TRIES_PER_MINUTE", "N", NUMBER,
     AT(pairing_tries_per_minute), 1, 100000, "10", "wrong pairing tokens per minute before 429", NULL},
    {"--no-fetch", "UMBRA_NO_FETCH", NULL, SWITCH, AT(no_fetch), 0, 0, NULL,
     "no web fetch for agents (POST /v1/fetch)", NULL},
    {"--fetch-ports", "UMBRA_FETCH_PORTS", "LIST", TEXT, AT(fetch_ports), 0, 0, "80,443,8080,8443",
     "ports that the web fetch may use", NULL},
    {"--fetch-allow", "UMBRA_FETCH_ALLOW", "LIST", TEXT, AT(fetch_allow), 0, 0, NULL,
     "host:port pairs that may be fetched although they are not public, e.g. docs.internal:443", NULL},
    {"--fetch-types", "UMBRA_FETCH_TYPES", "LIST", TEXT, AT(fetch_types), 0, 0,
     "text/*,application/json,application/*+json,application/xml,*/*+xml,application/javascript,"
     "application/x-ndjson,application/yaml,application/pdf",
     "content types that are fetched", NULL},
    {"--fetch-user-agent", "UMBRA_FETCH_USER_AGENT", "TEXT", TEXT, AT(fetch_user_agent), 0, 0,
     "Umbra-Fetch/" UMBRA_VERSION, "how the web fetch names itself", NULL},
    {"--fetch-ca-file", "UMBRA_FETCH_CA_FILE", "FILE", TEXT, AT(fetch_ca_file), 0, 0, NULL,
     "certificates (PEM) that the web fetch trusts instead of the system's", NULL},
    {"--fetch-max-bytes", "UMBRA_FETCH_MAX_BYTES", "N", NUMBER, AT(fetch_max_bytes), 1, 1LL << 28, "5242880",
     "content of one fetch, unpacked; the rest is cut off", NULL},
    {"--fetch-max-header-bytes", "UMBRA_FETCH_MAX_HEADER_BYTES", "N", NUMBER, AT(fetch_max_header_bytes),
     1024, 1LL << 20, "65536", "headers of one answer; more ends the fetch", NULL},
    {"--fetch-max-url-bytes", "UMBRA_FETCH_MAX_URL_BYTES", "N", NUMBER, AT(fetch_max_url_bytes), 64,
     1LL << 16, "4096", "longest URL, in a redirect too", NULL},
    {"--fetch-max-redirects", "UMBRA_FETCH_MAX_REDIRECTS", "N", NUMBER, AT(fetch_max_redirects), 0, 50, "5",
     "redirects that one fetch follows", NULL},
    {"--max-fetches", "UMBRA_MAX_FETCHES", "N", NUMBER, AT(max_fetches), 1, 10000, "16",
     "fetches, and as many searches, at one time; more are answered with 529", NULL},
    {"--fetch-timeout-ms", "UMBRA_FETCH_TIMEOUT_MS", "N", NUMBER, AT(fetch_timeout_ms), 1, 3600000, "30000",
     "longest time of one fetch, redirects included", NULL},
    {"--fetch-connect-timeout-ms", "UMBRA_FETCH_CONNECT_TIMEOUT_MS", "N", NUMBER,
     AT(fetch_connect_timeout_ms), 1, 600000, "10000", "longest time to reach a server of the web", NULL},
    {"--dns-servers", "UMBRA_DNS_SERVERS", "LIST", TEXT, AT(dns_servers), 0, 0, NULL,
     "name servers for the web fetch, e.g. 192.0.2.53:53,[2001:db8::53]:53 (default: the system's)", NULL},
    {"--dns-timeout-ms", "UMBRA_DNS_TIMEOUT_MS", "N", NUMBER, AT(dns_timeout_ms), 1, 60000, "2500",
     "a name server is given so long for the first of three tries", NULL},
    {"--search-provider", "UMBRA_SEARCH_PROVIDER", "NAME", TEXT, AT(search_provider), 0, 0, NULL,
     "who answers POST /v1/search: searxng, brave or tavily (default: searxng with --search-url)", NULL},
    {"--search-url", "UMBRA_SEARCH_URL", "URL", TEXT, AT(search_url), 0, 0, NULL,
     "base URL of the search: a SearXNG instance, or another address of the provider's interface", NULL},
    {"--search-api-key-file", "UMBRA_SEARCH_API_KEY_FILE", "FILE", TEXT, AT(search_api_key_file), 0, 0, NULL,
     "file with the search provider's key (or set BRAVE_API_KEY or TAVILY_API_KEY)", NULL},
    {"--search-max-results", "UMBRA_SEARCH_MAX_RESULTS", "N", NUMBER, AT(search_max_results), 1, 100, "20",
     "most results of one search", NULL},
    {"--search-max-bytes", "UMBRA_SEARCH_MAX_BYTES", "N", NUMBER, AT(search_max_bytes), 1024, 1LL << 26,
     "2097152", "largest answer of the search provider", NULL},
    {"--search-query-bytes", "UMBRA_SEARCH_QUERY_BYTES", "N", NUMBER, AT(search_query_bytes), 1, 4096, "1024",
     "longest query", NULL},
    {"--search-snippet-bytes", "UMBRA_SEARCH_SNIPPET_BYTES", "N", NUMBER, AT(search_snippet_bytes), 16, 65536,
     "2000", "longest text of one result; the rest is cut off", NULL},
    {"--search-timeout-ms", "UMBRA_SEARCH_TIMEOUT_MS", "N", NUMBER, AT(search_timeout_ms), 1, 600000, "15000",
     "longest time of one search", NULL},
    {"--model-requests", "UMBRA_MODEL_REQUESTS", "N", NUMBER, AT(model_requests), 0, 1000000, "100",
     "model requests of one session, key or address in a window; 0: no limit", NULL},
    {"--fetch-requests", "UMBRA_FETCH_REQUESTS", "N", NUMBER, AT(fetch_requests), 0, 1000000, "50",
     "web fetches and searches, likewise", NULL},
    {"--rate-window-seconds", "UMBRA_RATE_WINDOW_SECONDS", "N", NUMBER, AT(rate_window_seconds), 1, 86400,
     "900", "the window of these two", NULL},
    {"--rate-buckets", "UMBRA_RATE_BUCKETS", "N", NUMBER, AT(rate_buckets), 100, 1000000, "10000",
     "sessions, keys and addresses that are remembered at a time", NULL},
    {"--budget-day", "UMBRA_BUDGET_DAY", "N", NUMBER, AT(budget_day), 0, PX_MICRO_DOLLARS_MAX, "0",
     "most that models may cost in a day (UTC), in millionths of a dollar; 0: no limit", NULL},
    {"--budget-session", "UMBRA_BUDGET_SESSION", "N", NUMBER, AT(budget_session), 0, PX_MICRO_DOLLARS_MAX,
     "0", "the same for one session", NULL},
    {"--prices", "UMBRA_PRICES", "FILE", TEXT, AT(prices), 0, 0, NULL,
     "what models cost (JSON, see the documentation); models that are not in it are refused", NULL},
    {"--allow-unpriced", "UMBRA_ALLOW_UNPRICED", NULL, SWITCH, AT(allow_unpriced), 0, 0, NULL,
     "let models through whose price is unknown; they count as --model-request-cost", NULL},
    {"--assumed-output-tokens", "UMBRA_ASSUMED_OUTPUT_TOKENS", "N", NUMBER, AT(assumed_output_tokens), 0,
     100000000, "32768", "what a request that names no limit is taken to answer at most", NULL},
    {"--model-request-cost", "UMBRA_MODEL_REQUEST_COST", "N", NUMBER, AT(model_request_cost), 0,
     PX_MICRO_DOLLARS_MAX, "0",
     "what a model request is taken to cost before its price is known, in millionths of a dollar", NULL},
    {"--audit-days", "UMBRA_AUDIT_DAYS", "N", NUMBER, AT(audit_days), 0, 36500, "90",
     "age at which records of the audit log are removed; 0: never", NULL},
    {"--audit-refused-per-minute", "UMBRA_AUDIT_REFUSED_PER_MINUTE", "N", NUMBER,
     AT(audit_refused_per_minute), 0, 1000000, "60",
     "refused requests that get a record; further ones are counted in the next", NULL},
    {"--debug-bodies", "UMBRA_DEBUG_BODIES", NULL, SWITCH, AT(debug_bodies), 0, 0, NULL,
     "for debugging: keep what models are asked and answer in the audit database, redacted", NULL},
    {"--debug-body-bytes", "UMBRA_DEBUG_BODY_BYTES", "N", NUMBER, AT(debug_body_bytes), 256, 1LL << 18,
     "16384", "of each of these bodies; the rest is not kept", NULL},
    {"--debug-body-days", "UMBRA_DEBUG_BODY_DAYS", "N", NUMBER, AT(debug_body_days), 1, 36500, "7",
     "age at which they are removed", NULL},
    {"--key-overlap-seconds", "UMBRA_KEY_OVERLAP_SECONDS", "N", NUMBER, AT(key_overlap_seconds), 0, 31536000,
     "3600", "how long a key is still good after its rotation", NULL},
    {"--database-wait-ms", "UMBRA_DATABASE_WAIT_MS", "N", NUMBER, AT(database_wait_ms), 0, 60000, "5000",
     "longest wait for another process that writes to the database", NULL},
    {"--database-log-bytes", "UMBRA_DATABASE_LOG_BYTES", "N", NUMBER, AT(database_log_bytes), 1LL << 22,
     1LL << 40, "268435456",
     "size at which the database's write-ahead log begins anew, even if writers must wait for it", NULL},
    {"--days", NULL, "N", NUMBER, AT(days), 1, 36500, NULL, "life of the new key (without it: no end)",
     "keys"},
    {"--providers", NULL, "LIST", TEXT, AT(providers), 0, 0, NULL,
     "the providers that the new key may use (without it: all)", "keys"},
    {"--since", NULL, "DAY", TEXT, AT(since), 0, 0, NULL, "begin at this day (UTC), like 2026-01-31",
     "audit"},
    {"--bodies", NULL, NULL, SWITCH, AT(bodies), 0, 0, NULL, "with the bodies that --debug-bodies kept",
     "audit"},
    {"--day", NULL, "DAY", TEXT, AT(day), 0, 0, NULL, "of this day (UTC) only", "usage"},
    {"--by", NULL, "WHAT", TEXT, AT(by), 0, 0, NULL, "day, key or model", "usage"},
    {"--json", NULL, NULL, SWITCH, AT(json), 0, 0, NULL, "one JSON object a line", "usage"},
};

enum { OPTIONS = sizeof table / sizeof table[0] };

static int set_switch(bool *field, const char *name, const char *text, struct px_err *err)
{
    static const char *const on[] = {"1", "true", "yes", "on"};
    static const char *const off[] = {"", "0", "false", "no", "off"};
    for (size_t i = 0; i < sizeof on / sizeof *on; i++)
        if (strcasecmp(text, on[i]) == 0) return *field = true, 0;
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        if (strcasecmp(text, off[i]) == 0) return *field = false, 0;
    return px_fail(err, PX_EUSAGE, "%s is \"%.40s\"; use 1 or 0", name, text);
}

static int set_number(long long *field, const struct option *option, const char *name, const char *text,
                      struct px_err *err)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || isspace((unsigned char)*text) || value < option->lowest ||
        value > option->highest)
        return px_fail(err, PX_EUSAGE, "%s is \"%.40s\"; use a whole number from %lld to %lld", name, text,
                       option->lowest, option->highest);
    *field = value;
    return 0;
}

static int set_option(struct px_options *options, const struct option *option, const char *name,
                      const char *text, struct px_err *err)
{
    void *field = (char *)options + option->offset;
    if (option->kind == SWITCH) return set_switch(field, name, text, err);
    if (option->kind == NUMBER) return set_number(field, option, name, text, err);
    char *copy = NULL;
    if (*text && !(copy = strdup(text))) return px_fail_memory(err);
    char **place = field;
    free(*place);
    *place = copy;
    return 0;
}

static int read_defaults_and_environment(struct px_options *options, struct px_err *err)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *option = &table[i];
        int rc = option->standard ? set_option(options, option, option->flag, option->standard, err) : 0;
        if (rc) return rc;
        const char *text = option->variable ? getenv(option->variable) : NULL;
        if (!text || !*text) continue;
        rc = set_option(options, option, option->variable, text, err);
        if (rc) return rc;
        if (option->offset == AT(port)) options->port_given = true;
    }
    return 0;
}

static const struct option *find_flag(const char *argument, size_t length)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (strlen(table[i].flag) == length && strncmp(table[i].flag, argument, length) == 0)
            return &table[i];
    return NULL;
}

static int read_flag(struct px_options *options, int argc, char **argv, int *index, struct px_err *err)
{
    const char *argument = argv[*index];
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    const struct option *option = find_flag(argument, length);
    if (!option) {
        if (strstr(argument, "key"))
            return px_fail(err, PX_EUSAGE,
                           "%.*s is no option; a key is never given as a flag, set ANTHROPIC_API_KEY or use "
                           "--anthropic-api-key-file FILE",
                           (int)length, argument);
        return px_fail(err, PX_EUSAGE, "unknown option %.*s; demo-proxy --help lists them all", (int)length,
                       argument);
    }
    if (option->command && strcmp(option->command, options->command->name) != 0)
        return px_fail(err, PX_EUSAGE, "%s belongs to `demo-proxy %s` only", option->flag, option->command);
    if (option->offset == AT(port)) options->port_given = true;
    if (equals) return set_option(options, option, option->flag, equals + 1, err);
    if (option->kind == SWITCH) return set_option(options, option, option->flag, "1", err);
    if (*index + 1 >= argc)
        return px_fail(err, PX_EUSAGE, "%s needs a value: %s %s", option->flag, option->flag, option->value);
    return set_option(options, option, option->flag, argv[++*index], err);
}

static int read_word(struct px_options *options, const char *word, bool first, struct px_err *err)
{
    const struct px_command *command = first ? px_command_find(word) : NULL;
    if (command) return options->command = command, 0;
    for (size_t i = 0; i < PX_WORDS && *options->command->name; i++)
        if (!options->words[i]) return options->words[i] = word, 0;
    if (*options->command->name)
        return px_fail(err, PX_EUSAGE, "\"%.60s\" is one word too many for `demo-proxy %s`", word,
                       options->command->name);
    return px_fail(err, PX_EUSAGE, "\"%.60s\" is no command; demo-proxy --help lists them all", word);
}

static int read_arguments(struct px_options *options, int argc, char **argv, struct px_err *err)
{
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) return options->help = true, 0;
        if (strcmp(argument, "--version") == 0) return options->version = true, 0;
        int rc = argument[0] == '-' ? read_flag(options, argc, argv, &i, err)
                                    : read_word(options, argument, i == 1, err);
        if (rc) return rc;
    }
    return 0;
}

static int choose_state_dir(struct px_options *options, struct px_err *err)
{
    if (options->state_dir) return 0;
    const char *base = getenv("XDG_STATE_HOME");
    const char *tail = "/umbra";
    if (!base || base[0] != '/') {
        base = getenv("HOME");
        tail = "/.local/state/umbra";
    }
    if (!base || base[0] != '/')
        return px_fail(err, PX_EUSAGE, "there is no HOME to keep state in; say where with --state-dir DIR");
    size_t size = strlen(base) + strlen(tail) + 1;
    options->state_dir = malloc(size);
    if (!options->state_dir) return px_fail_memory(err);
    (void)snprintf(options->state_dir, size, "%s%s", base, tail);
    return 0;
}

int px_options_read(struct px_options *options, int argc, char **argv, struct px_err *err)
{
    *options = (struct px_options){.command = px_command_find("")};
    int rc = read_defaults_and_environment(options, err);
    if (rc == 0) rc = read_arguments(options, argc, argv, err);
    if (rc || options->help || options->version) return rc;
    rc = choose_state_dir(options, err);
    if (rc == 0 && !options->bind_address) rc = px_fail(err, PX_EUSAGE, "--bind is empty; use 127.0.0.1");
    if (rc == 0 && (!options->anthropic_base_url || !options->openai_base_url || !options->google_base_url))
        rc = px_fail(err, PX_EUSAGE, "a provider's base URL is empty; leave it out for the usual one");
    return rc;
}

void px_options_free(struct px_options *options)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (table[i].kind != TEXT) continue;
        char **place = (void *)((char *)options + table[i].offset);
        free(*place);
        *place = NULL;
    }
}

void px_options_each(const struct px_options *options,
                     void (*call)(void *owner, const char *flag, const char *value), void *owner)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const void *field = (const char *)options + table[i].offset;
        char number[24];
        if (table[i].command) continue;
        if (table[i].kind == TEXT) {
            const char *text = *(char *const *)field;
            call(owner, table[i].flag, text ? text : "");
            continue;
        }
        (void)snprintf(number, sizeof number, "%lld",
                       table[i].kind == SWITCH ? (long long)*(const bool *)field : *(const long long *)field);
        call(owner, table[i].flag, number);
    }
}

static void print_option(FILE *out, const struct option *o)
{
    char flag[64];
    (void)snprintf(flag, sizeof flag, "%s%s%s", o->flag, o->value ? " " : "", o->value ? o->value : "");
    (void)fprintf(out, "  %-32s %-32s ", flag, o->variable ? o->variable : "-");
    if (o->command) (void)fprintf(out, "(%s) ", o->command);
    (void)fprintf(out, "%s%s%s%s\n", o->help, o->standard ? " [" : "", o->standard ? o->standard : "",
                  o->standard ? "]" : "");
}

void px_options_help(FILE *out)
{
    px_commands_help(out);
    (void)fputs("\nEvery setting can be given as a flag or as an environment variable; the flag wins.\n\n",
                out);
    for (size_t i = 0; i < OPTIONS; i++) print_option(out, &table[i]);
    (void)fputs(
        "  --help                           -                                this text\n"
        "  --version                        -                                the version\n\n"
        "Keys come from ANTHROPIC_API_KEY, OPENAI_API_KEY and GEMINI_API_KEY in the environment, or from "
        "files;\n"
        "SIGHUP reads the files again. Without a key of Anthropic's, and without --scenario, its model is a\n"
        "scripted offline demo.\n",
        out);
}
