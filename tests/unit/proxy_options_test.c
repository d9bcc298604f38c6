/* Options from flags and environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "options.h"

enum { MOST_ARGUMENTS = 16 };

static int read_line(struct px_options *options, struct px_err *err, const char *line)
{
    static char text[512];
    char *argv[MOST_ARGUMENTS] = {"demo-proxy"};
    int argc = 1;
    (void)strncpy(text, line, sizeof text - 1);
    for (char *word = strtok(text, " "); word && argc < MOST_ARGUMENTS - 1; word = strtok(NULL, " "))
        argv[argc++] = word;
    return px_options_read(options, argc, argv, err);
}

static int clean(void **state)
{
    (void)state;
    (void)clearenv();
    (void)setenv("HOME", "/home/tester", 1);
    return 0;
}

static void test_defaults(void **state)
{
    (void)state;
    struct px_options o;
    struct px_err err = {0};
    assert_int_equal(read_line(&o, &err, ""), 0);
    assert_string_equal(o.command->name, "");
    assert_int_equal(o.port, 8787);
    assert_false(o.port_given);
    assert_string_equal(o.bind_address, "127.0.0.1");
    assert_string_equal(o.state_dir, "/home/tester/.local/state/umbra");
    assert_string_equal(o.anthropic_base_url, "https://api.anthropic.com");
    assert_string_equal(o.openai_base_url, "https://api.openai.com/v1");
    assert_null(o.upstreams);
    assert_int_equal(o.max_body_bytes, 10485760);
    assert_int_equal(o.session_seconds, 900);
    assert_int_equal(o.session_renew_seconds, 43200);
    assert_int_equal(o.model_requests, 100);
    assert_int_equal(o.budget_day, 0);
    assert_int_equal(o.offline_delay_ms, 12);
    assert_false(o.allow_byo_keys || o.offline || o.no_fetch);
    assert_string_equal(o.fetch_ports, "80,443,8080,8443");
    assert_int_equal(o.fetch_max_bytes, 5242880);
    assert_int_equal(o.max_fetches, 16);
    assert_null(o.fetch_allow);
    assert_null(o.search_provider);
    assert_int_equal(o.search_max_results, 20);
    assert_null(o.dns_servers);
    px_options_free(&o);
    (void)setenv("XDG_STATE_HOME", "/x", 1);
    assert_int_equal(read_line(&o, &err, "--offline --port=0 --allow-byo-keys"), 0);
    assert_string_equal(o.state_dir, "/x/umbra");
    assert_true(o.offline && o.allow_byo_keys && o.port == 0 && o.port_given);
    px_options_free(&o);
}

static void test_flag_wins_over_environment(void **state)
{
    (void)state;
    struct px_options o;
    struct px_err err = {0};
    (void)setenv("UMBRA_PORT", "9000", 1);
    (void)setenv("UMBRA_OFFLINE", "yes", 1);
    (void)setenv("UMBRA_PAGE_DIR", "/env", 1);
    assert_int_equal(read_line(&o, &err, "--page-dir /flag"), 0);
    assert_int_equal(o.port, 9000);
    assert_true(o.offline);
    assert_string_equal(o.page_dir, "/flag");
    px_options_free(&o);
}

static void test_commands(void **state)
{
    (void)state;
    struct px_options o;
    struct px_err err = {0};
    assert_int_equal(read_line(&o, &err, "pair --port 5 --state-dir /s"), 0);
    assert_string_equal(o.command->name, "pair");
    assert_int_equal(o.port, 5);
    px_options_free(&o);
    assert_int_equal(read_line(&o, &err, "--port 5 --help"), 0);
    assert_true(o.help);
    px_options_free(&o);
    assert_int_equal(read_line(&o, &err, "keys create --days 3 ci --providers anthropic"), 0);
    assert_string_equal(o.command->name, "keys");
    assert_string_equal(o.words[0], "create");
    assert_string_equal(o.words[1], "ci");
    assert_null(o.words[2]);
    assert_int_equal(o.days, 3);
    assert_string_equal(o.providers, "anthropic");
    px_options_free(&o);
}

static void test_refusals_name_the_option(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"--unknown", "--unknown"},
        {"--port", "--port needs a value"},
        {"--port 65536", "from 0 to 65535"},
        {"--port -1", "--port"},
        {"--port 80x", "--port"},
        {"--port=", "--port"},
        {"--max-streams 0", "--max-streams"},
        {"--max-body-bytes 99999999999999999999", "--max-body-bytes"},
        {"--offline=perhaps", "--offline"},
        {"--anthropic-api-key sk-x", "never given as a flag"},
        {"--bind=", "--bind"},
        {"start", "start"},
        {"--offline pair", "pair"},
        {"--days 3", "belongs to `demo-proxy keys`"},
        {"audit verify --json", "belongs to `demo-proxy usage`"},
        {"keys create a b c", "one word too many"},
        {"keys --days 0", "--days"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct px_options o;
        struct px_err err = {0};
        assert_int_not_equal(read_line(&o, &err, lines[i][0]), 0);
        if (!strstr(err.text, lines[i][1])) fail_msg("%s: %s", lines[i][0], err.text);
        assert_null(strstr(err.text, "sk-x"));
        px_options_free(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults, clean),
        cmocka_unit_test_setup(test_flag_wins_over_environment, clean),
        cmocka_unit_test_setup(test_commands, clean),
        cmocka_unit_test_setup(test_refusals_name_the_option, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
