/* options.h: every setting of the proxy, from one table: flag, environment variable, default, limits, help
 * text. A flag wins over its environment variable. Provider keys come from the environment or a file, never
 * from a flag, because flags can be read by every user of the machine. */
#ifndef PX_OPTIONS_H
#define PX_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

enum { PX_WORDS = 3 };

struct px_options {
    const struct px_command *command; /* commands.h */
    const char *words[PX_WORDS];      /* what follows the command, NULL where there is no more */
    bool help, version;               /* asked for instead */
    long long port;
    bool port_given; /* by flag or environment */
    char *bind_address, *state_dir, *page_dir, *allowed_origins;
    char *anthropic_base_url, *anthropic_api_key_file;
    char *openai_base_url, *openai_api_key_file;
    char *google_base_url, *google_api_key_file;
    char *upstreams, *local_ports, *keys_dir, *own_urls;
    char *scenario;
    char *hosts, *tls_cert, *tls_key;
    bool behind_tls, allow_root, isolate, no_sandbox, debug_bodies;
    bool allow_byo_keys, offline, no_fetch;
    long long offline_delay_ms;
    long long max_body_bytes, stream_buffer_bytes, request_memory_bytes;
    long long max_connections, max_streams, max_streams_per_session;
    long long client_idle_seconds, request_seconds, connect_timeout_ms, idle_timeout_ms, shutdown_grace_ms;
    char *fetch_ports, *fetch_allow, *fetch_types, *fetch_user_agent, *fetch_ca_file, *dns_servers;
    long long fetch_max_bytes, fetch_max_header_bytes, fetch_max_url_bytes, fetch_max_redirects, max_fetches;
    long long fetch_timeout_ms, fetch_connect_timeout_ms, dns_timeout_ms;
    char *search_provider, *search_url, *search_api_key_file;
    long long search_max_results, search_max_bytes, search_query_bytes, search_snippet_bytes,
        search_timeout_ms;
    long long session_seconds, session_renew_seconds, pairing_seconds, pairing_tries_per_minute;
    long long model_requests, fetch_requests, rate_window_seconds, rate_buckets;
    char *prices;
    bool allow_unpriced;
    long long budget_day, budget_session, model_request_cost, assumed_output_tokens;
    long long debug_body_bytes, debug_body_days;
    long long audit_days, audit_refused_per_minute, key_overlap_seconds, database_wait_ms, database_log_bytes;
    /* of single commands */
    char *since, *day, *by, *providers;
    long long days;
    bool json, bodies;
};

/* Reads the environment and then the arguments (argv[0] is skipped). PX_EUSAGE for what the user must
 * correct, or PX_ENOMEM. The struct is to be freed in every case. */
int px_options_read(struct px_options *options, int argc, char **argv, struct px_err *err);
void px_options_free(struct px_options *options);
/* Calls with the flag and the value of each setting of the server. */
void px_options_each(const struct px_options *options,
                     void (*call)(void *owner, const char *flag, const char *value), void *owner);
/* The table as help text. */
void px_options_help(FILE *out);

#endif
