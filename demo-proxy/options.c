#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum kind { TEXT, SWITCH, NUMBER };

struct option {
    const char *flag, *variable, *value;
    enum kind kind;
    size_t offset;
    long long lowest, highest;
    const char *standard; /* the default as text; NULL: none */
    const char *help;
};

#define AT(field) offsetof(struct px_options, field)

static const struct option table[] = {
    {"--port", "UMBRA_PORT", "N", NUMBER, AT(port), 0, 65535, "8787", "TCP port; 0 picks a free one"},
    {"--bind", "UMBRA_BIND", "ADDR", TEXT, AT(bind_address), 0, 0, "127.0.0.1",
     "address; another than loopback needs TLS"},
    {"--hosts", "UMBRA_HOSTS", "LIST", TEXT, AT(hosts), 0, 0, NULL,
     "names under which clients reach the proxy, comma separated, beside localhost and the address"},
    {"--tls-cert", "UMBRA_TLS_CERT", "FILE", TEXT, AT(tls_cert), 0, 0, NULL,
     "certificate chain (PEM); with --tls-key the proxy speaks https itself"},
    {"--tls-key", "UMBRA_TLS_KEY", "FILE", TEXT, AT(tls_key), 0, 0, NULL,
     "its key (PEM), a file that nobody else can read"},
    {"--behind-tls", "UMBRA_BEHIND_TLS", NULL, SWITCH, AT(behind_tls), 0, 0, NULL,
     "states that clients reach the proxy only through a TLS terminator (nginx, Caddy) in front of it"},
    {"--allow-root", "UMBRA_ALLOW_ROOT", NULL, SWITCH, AT(allow_root), 0, 0, NULL,
     "serve other addresses than loopback even as root"},
    {"--isolate", "UMBRA_ISOLATE", NULL, SWITCH, AT(isolate), 0, 0, NULL,
     "Cross-Origin-Embedder-Policy on the page, so that it has SharedArrayBuffer"},
    {"--state-dir", "UMBRA_STATE_DIR", "DIR", TEXT, AT(state_dir), 0, 0, NULL,
     "pairing tokens and the session secret (default $XDG_STATE_HOME/umbra or ~/.local/state/umbra)"},
    {"--page-dir", "UMBRA_PAGE_DIR", "DIR", TEXT, AT(page_dir), 0, 0, NULL,
     "folder with the built page; without it only the API is served"},
    {"--allowed-origins", "ALLOWED_ORIGINS", "LIST", TEXT, AT(allowed_origins), 0, 0, NULL,
     "comma-separated origins of other pages that may use the proxy, e.g. https://app.example"},
    {"--anthropic-base-url", "ANTHROPIC_BASE_URL", "URL", TEXT, AT(anthropic_base_url), 0, 0,
     "https://api.anthropic.com", "where Anthropic's requests go: https, or http on this machine"},
    {"--anthropic-api-key-file", "ANTHROPIC_API_KEY_FILE", "FILE", TEXT, AT(anthropic_api_key_file), 0, 0,
     NULL, "file with the key (or set ANTHROPIC_API_KEY); there is no flag for a key itself"},
    {"--openai-base-url", "OPENAI_BASE_URL", "URL", TEXT, AT(openai_base_url), 0, 0,
     "https://api.openai.com/v1", "where OpenAI's requests go"},
    {"--openai-api-key-file", "OPENAI_API_KEY_FILE", "FILE", TEXT, AT(openai_api_key_file), 0, 0, NULL,
     "file with the key (or set OPENAI_API_KEY)"},
    {"--google-base-url", "GOOGLE_GEMINI_BASE_URL", "URL", TEXT, AT(google_base_url), 0, 0,
     "https://generativelanguage.googleapis.com", "where Google's requests go"},
    {"--google-api-key-file", "GEMINI_API_KEY_FILE", "FILE", TEXT, AT(google_api_key_file), 0, 0, NULL,
     "file with the key (or set GEMINI_API_KEY or GOOGLE_API_KEY)"},
    {"--upstreams", "UMBRA_UPSTREAMS", "LIST", TEXT, AT(upstreams), 0, 0, NULL,
     "further OpenAI-compatible providers, comma separated NAME=URL; a key in UMBRA_KEY_NAME"},
    {"--local-ports", "UMBRA_LOCAL_PORTS", "LIST", TEXT, AT(local_ports), 0, 0,
     "ollama=11434,llamacpp=8080,lmstudio=1234,vllm=8000",
     "model servers that are looked for on this machine at start; none: no search"},
    {"--keys-dir", "UMBRA_KEYS_DIR", "DIR", TEXT, AT(keys_dir), 0, 0, NULL,
     "folder with files PROVIDER-api-key (default: $CREDENTIALS_DIRECTORY, which systemd sets)"},
    {"--allow-byo-keys", "UMBRA_ALLOW_BYO_KEYS", NULL, SWITCH, AT(allow_byo_keys), 0, 0, NULL,
     "let a request bring its own key in X-Api-Key-Anthropic, -OpenAI or -Google"},
    {"--own-urls", "UMBRA_OWN_URLS", "LIST", TEXT, AT(own_urls), 0, 0, NULL,
     "base URLs that a request may choose in X-Proxy-Url-Anthropic, -OpenAI or -Google, without the proxy's "
     "key"},
    {"--scenario", "UMBRA_SCENARIO", "FILE", TEXT, AT(scenario), 0, 0, NULL,
     "answer model requests from this file (for tests)"},
    {"--offline", "UMBRA_OFFLINE", NULL, SWITCH, AT(offline), 0, 0, NULL,
     "answer with the built-in scripted demo even if a key is present"},
    {"--offline-delay-ms", "UMBRA_OFFLINE_DELAY_MS", "N", NUMBER, AT(offline_delay_ms), 0, 10000, "12",
     "pause between two events of the scripted demo"},
    {"--max-body-bytes", "UMBRA_MAX_BODY_BYTES", "N", NUMBER, AT(max_body_bytes), 1024, 1LL << 30, "10485760",
     "largest request body; more is answered with 413"},
    {"--stream-buffer-bytes", "UMBRA_STREAM_BUFFER_BYTES", "N", NUMBER, AT(stream_buffer_bytes), 32768,
     1LL << 26, "131072", "most bytes of one response held for a slow reader"},
    {"--request-memory-bytes", "UMBRA_REQUEST_MEMORY_BYTES", "N", NUMBER, AT(request_memory_bytes), 8192,
     1LL << 20, "12288", "memory of one connection, which bounds request line and headers"},
    {"--max-connections", "UMBRA_MAX_CONNECTIONS", "N", NUMBER, AT(max_connections), 1, 100000, "256",
     "open connections; further ones wait"},
    {"--max-streams", "UMBRA_MAX_STREAMS", "N", NUMBER, AT(max_streams), 1, 100000, "64",
     "model responses at one time; more are answered with 529"},
    {"--client-idle-seconds", "UMBRA_CLIENT_IDLE_SECONDS", "N", NUMBER, AT(client_idle_seconds), 1, 86400,
     "60", "a client that neither sends nor reads for so long is dropped"},
    {"--connect-timeout-ms", "UMBRA_CONNECT_TIMEOUT_MS", "N", NUMBER, AT(connect_timeout_ms), 1, 600000,
     "10000", "longest time to reach the model provider"},
    {"--idle-timeout-ms", "UMBRA_IDLE_TIMEOUT_MS", "N", NUMBER, AT(idle_timeout_ms), 1, 3600000, "120000",
     "a model provider silent for so long is given up"},
    {"--shutdown-grace-ms", "UMBRA_SHUTDOWN_GRACE_MS", "N", NUMBER, AT(shutdown_grace_ms), 0, 600000, "3000",
     "time that running streams get to end after SIGTERM"},
    {"--session-seconds", "UMBRA_SESSION_SECONDS", "N", NUMBER, AT(session_seconds), 1, 31536000, "43200",
     "life of a session"},
    {"--pairing-seconds", "UMBRA_PAIRING_SECONDS", "N", NUMBER, AT(pairing_seconds), 1, 604800, "3600",
     "life of an unused pairing token"},
    {"--pairing-tries-per-minute", "UMBRA_PAIRING_TRIES_PER_MINUTE", "N", NUMBER,
     AT(pairing_tries_per_minute), 1, 100000, "10", "wrong pairing tokens per minute before 429"},
    {"--no-fetch", "UMBRA_NO_FETCH", NULL, SWITCH, AT(no_fetch), 0, 0, NULL,
     "no web fetch for agents (POST /v1/fetch)"},
    {"--fetch-ports", "UMBRA_FETCH_PORTS", "LIST", TEXT, AT(fetch_ports), 0, 0, "80,443,8080,8443",
     "ports that the web fetch may use"},
    {"--fetch-allow", "UMBRA_FETCH_ALLOW", "LIST", TEXT, AT(fetch_allow), 0, 0, NULL,
     "host:port pairs that may be fetched although they are not public, e.g. docs.internal:443"},
    {"--fetch-types", "UMBRA_FETCH_TYPES", "LIST", TEXT, AT(fetch_types), 0, 0,
     "text/*,application/json,application/*+json,application/xml,*/*+xml,application/javascript,"
     "application/x-ndjson,application/yaml,application/pdf",
     "content types that are fetched"},
    {"--fetch-user-agent", "UMBRA_FETCH_USER_AGENT", "TEXT", TEXT, AT(fetch_user_agent), 0, 0,
     "Umbra-Fetch/" UMBRA_VERSION, "how the web fetch names itself"},
    {"--fetch-ca-file", "UMBRA_FETCH_CA_FILE", "FILE", TEXT, AT(fetch_ca_file), 0, 0, NULL,
     "certificates (PEM) that the web fetch trusts instead of the system's"},
    {"--fetch-max-bytes", "UMBRA_FETCH_MAX_BYTES", "N", NUMBER, AT(fetch_max_bytes), 1, 1LL << 28, "5242880",
     "content of one fetch, unpacked; the rest is cut off"},
    {"--fetch-max-header-bytes", "UMBRA_FETCH_MAX_HEADER_BYTES", "N", NUMBER, AT(fetch_max_header_bytes),
     1024, 1LL << 20, "65536", "headers of one answer; more ends the fetch"},
    {"--fetch-max-url-bytes", "UMBRA_FETCH_MAX_URL_BYTES", "N", NUMBER, AT(fetch_max_url_bytes), 64,
     1LL << 16, "4096", "longest URL, in a redirect too"},
    {"--fetch-max-redirects", "UMBRA_FETCH_MAX_REDIRECTS", "N", NUMBER, AT(fetch_max_redirects), 0, 50, "5",
     "redirects that one fetch follows"},
    {"--max-fetches", "UMBRA_MAX_FETCHES", "N", NUMBER, AT(max_fetches), 1, 10000, "16",
     "fetches at one time; more are answered with 529"},
    {"--fetch-timeout-ms", "UMBRA_FETCH_TIMEOUT_MS", "N", NUMBER, AT(fetch_timeout_ms), 1, 3600000, "30000",
     "longest time of one fetch, redirects included"},
    {"--fetch-connect-timeout-ms", "UMBRA_FETCH_CONNECT_TIMEOUT_MS", "N", NUMBER,
     AT(fetch_connect_timeout_ms), 1, 600000, "10000", "longest time to reach a server of the web"},
    {"--dns-servers", "UMBRA_DNS_SERVERS", "LIST", TEXT, AT(dns_servers), 0, 0, NULL,
     "name servers for the web fetch, e.g. 192.0.2.53:53,[2001:db8::53]:53 (default: the system's)"},
    {"--dns-timeout-ms", "UMBRA_DNS_TIMEOUT_MS", "N", NUMBER, AT(dns_timeout_ms), 1, 60000, "2500",
     "a name server is given so long for the first of three tries"},
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
        const char *text = getenv(option->variable);
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
    if (option->offset == AT(port)) options->port_given = true;
    if (equals) return set_option(options, option, option->flag, equals + 1, err);
    if (option->kind == SWITCH) return set_option(options, option, option->flag, "1", err);
    if (*index + 1 >= argc)
        return px_fail(err, PX_EUSAGE, "%s needs a value: %s %s", option->flag, option->flag, option->value);
    return set_option(options, option, option->flag, argv[++*index], err);
}

static int read_arguments(struct px_options *options, int argc, char **argv, struct px_err *err)
{
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            options->command = PX_COMMAND_HELP;
            return 0;
        }
        if (strcmp(argument, "--version") == 0) {
            options->command = PX_COMMAND_VERSION;
            return 0;
        }
        if (i == 1 && strcmp(argument, "pair") == 0) {
            options->command = PX_COMMAND_PAIR;
            continue;
        }
        if (argument[0] != '-')
            return px_fail(err, PX_EUSAGE, "\"%.60s\" is no command; the one command is: demo-proxy pair",
                           argument);
        int rc = read_flag(options, argc, argv, &i, err);
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
    *options = (struct px_options){.command = PX_COMMAND_SERVE};
    int rc = read_defaults_and_environment(options, err);
    if (rc == 0) rc = read_arguments(options, argc, argv, err);
    if (rc || options->command == PX_COMMAND_HELP || options->command == PX_COMMAND_VERSION) return rc;
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

void px_options_help(FILE *out)
{
    (void)fputs("usage: demo-proxy [OPTIONS]         serve the page and the model route on this machine\n"
                "       demo-proxy pair [OPTIONS]    print an address with a fresh pairing token\n\n"
                "Every option can be given as a flag or as an environment variable; the flag wins.\n\n",
                out);
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *o = &table[i];
        char flag[64];
        (void)snprintf(flag, sizeof flag, "%s%s%s", o->flag, o->value ? " " : "", o->value ? o->value : "");
        (void)fprintf(out, "  %-32s %-32s %s%s%s%s\n", flag, o->variable, o->help, o->standard ? " [" : "",
                      o->standard ? o->standard : "", o->standard ? "]" : "");
    }
    (void)fputs(
        "  --help                           -                                this text\n"
        "  --version                        -                                the version\n\n"
        "Keys come from ANTHROPIC_API_KEY, OPENAI_API_KEY and GEMINI_API_KEY in the environment, or from "
        "files;\n"
        "SIGHUP reads the files again. Without a key of Anthropic's, and without --scenario, its model is a\n"
        "scripted offline demo.\n",
        out);
}
