/* What of the internet is public, and what a URL names: tables of addresses, spellings, names and URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "net/target.h"

static struct px_address address_of(const char *text)
{
    struct px_address address = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
    if (inet_pton(address.family, text, address.bytes) != 1) fail_msg("%s is no address", text);
    return address;
}

static void test_public_addresses(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "192.175.48.1",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2001:db7:ffff::1",
        "2001:db9::1",
        "2003::1",
        "2606:4700::1111",
        "2620:4f:8000::1",
        "3ffe:ffff::1",
        "3fff:1000::1",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        /* looks like ISATAP and is not: other letters in the middle */
        "2606:4700::5efd:10.0.0.1",
        "2606:4700::1000:5efe:a00:1",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct px_address address = address_of(addresses[i]);
        if (!px_address_is_public(&address)) fail_msg("%s must be public", addresses[i]);
    }
}

static void test_addresses_that_are_not_public(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "0.0.0.0",
        "0.0.0.1",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.1.2.3",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.8",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.0.192",
        "192.0.0.255",
        "192.0.2.0",
        "192.0.2.255",
        "192.88.99.0",
        "192.88.99.255",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.0",
        "198.51.100.255",
        "203.0.113.0",
        "203.0.113.255",
        "224.0.0.0",
        "224.0.0.251",
        "239.255.255.255",
        "240.0.0.0",
        "254.1.2.3",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:1:ffff::1",
        "64:ff9b:0:1::8.8.8.8",
        "100::1",
        "100:0:0:1::1",
        "1::1",
        "1fff:ffff::1",
        "2001::1",
        "2001:0:808:808::1",
        "2001:1::1",
        "2001:2::1",
        "2001:3::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2001:db8:ffff::1",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2002:a9fe:a9fe::1",
        "2002:c0a8:101::",
        "2002::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fdff:ffff::1",
        "fe00::1",
        "fe80::1",
        "fe80::5efe:10.0.0.1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff00::1",
        "ff02::1",
        "ff02::fb",
        "ff0e::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::5efe:8.8.8.8",
        "2606:4700::200:5efe:10.0.0.1",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct px_address address = address_of(addresses[i]);
        if (px_address_is_public(&address)) fail_msg("%s must not be public", addresses[i]);
    }
    struct px_address none = {0};
    assert_false(px_address_is_public(&none));
}

static void test_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        enum px_host_form form;
    } table[] = {
        {"example.com", PX_HOST_NAME},
        {"a", PX_HOST_NAME},
        {"xn--mnchen-3ya.de", PX_HOST_NAME},
        {"a_b.example.com", PX_HOST_NAME},
        {"1.example.com", PX_HOST_NAME},
        {"127.0.0.1.example.com", PX_HOST_NAME},
        {"0x.com", PX_HOST_NAME},
        {"1a.2b", PX_HOST_NAME},
        {"8.8.8.8", PX_HOST_ADDRESS},
        {"255.255.255.255", PX_HOST_ADDRESS},
        {"0.0.0.0", PX_HOST_ADDRESS},
        {"[::1]", PX_HOST_ADDRESS},
        {"[::ffff:1.2.3.4]", PX_HOST_ADDRESS},
        {"[2001:db8:0:0:0:0:0:1]", PX_HOST_ADDRESS},
        {"", PX_HOST_ODD},
        {".", PX_HOST_ODD},
        {"a..b", PX_HOST_ODD},
        {".a", PX_HOST_ODD},
        {"a.", PX_HOST_ODD},
        {"-a.com", PX_HOST_ODD},
        {"a-.com", PX_HOST_ODD},
        {"a b", PX_HOST_ODD},
        {"a%62", PX_HOST_ODD},
        {"A.com", PX_HOST_ODD},
        {"2130706433", PX_HOST_ODD},
        {"017700000001", PX_HOST_ODD},
        {"0x7f000001", PX_HOST_ODD},
        {"0x7f.1", PX_HOST_ODD},
        {"0x", PX_HOST_ODD},
        {"127.1", PX_HOST_ODD},
        {"127.0.1", PX_HOST_ODD},
        {"0177.0.0.1", PX_HOST_ODD},
        {"127.0.0.01", PX_HOST_ODD},
        {"127.0.0.0x1", PX_HOST_ODD},
        {"1.2.3.4.5", PX_HOST_ODD},
        {"256.1.1.1", PX_HOST_ODD},
        {"8.8.8.8.", PX_HOST_ODD},
        {"00000008.8.8.8", PX_HOST_ODD},
        {"example.1", PX_HOST_ODD},
        {"example.0x1f", PX_HOST_ODD},
        {"[::1", PX_HOST_ODD},
        {"[]", PX_HOST_ODD},
        {"[::1%lo]", PX_HOST_ODD},
        {"[::1%25lo]", PX_HOST_ODD},
        {"[127.0.0.1]", PX_HOST_ODD},
        {"[v1.a]", PX_HOST_ODD},
        {"[:::1]", PX_HOST_ODD},
        {"[1:2:3:4:5:6:7:8:9]", PX_HOST_ODD},
        {"::1", PX_HOST_ODD},
        {"[", PX_HOST_ODD},
        {"[::0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:127.0.0.1]", PX_HOST_ODD},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct px_address address;
        int form = px_host_form(table[i].host, &address);
        if (form != (int)table[i].form) fail_msg("%s: form %d", table[i].host, form);
    }
    char label[70], name[300] = "";
    struct px_address address;
    memset(label, 'a', sizeof label);
    label[63] = '\0';
    assert_int_equal(px_host_form(label, &address), PX_HOST_NAME);
    for (int i = 0; i < 4; i++) strcat(strcat(name, label), i < 3 ? "." : "");
    assert_int_equal(px_host_form(name, &address), PX_HOST_ODD); /* 255 */
    name[253] = '\0';
    assert_int_equal(px_host_form(name, &address), PX_HOST_NAME);
    label[63] = 'a';
    label[64] = '\0';
    assert_int_equal(px_host_form(label, &address), PX_HOST_ODD);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const open[] = {"example.com",       "localhost.com",   "mylocal",
                                       "local.example.org", "notlocalhost.de", "xinternal.com",
                                       "home.arpa.com",     "a.b.c.d.e"};
    static const char *const closed[] = {"localhost",
                                         "a.localhost",
                                         "printer.local",
                                         "local",
                                         "metadata",
                                         "intranet",
                                         "a.internal",
                                         "a.b.home.arpa",
                                         "home.arpa",
                                         "x.onion",
                                         "router.lan",
                                         "a.corp",
                                         "a.localdomain",
                                         "x.test",
                                         "a.example",
                                         "a.invalid",
                                         "metadata.google.internal",
                                         "metadata.goog",
                                         "metadata.tencentyun.com"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (px_name_is_public(open[i]) != (strchr(open[i], '.') != NULL)) fail_msg("%s", open[i]);
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        if (px_name_is_public(closed[i])) fail_msg("%s must not be public", closed[i]);
}

static void open_rules(struct px_rules *rules)
{
    struct px_err err = {0};
    int rc = px_rules_open(rules, "80,443,8080",
                           "intranet:8000,127.0.0.1:9999,[fd00::7]:80,Docs.Internal.:443", 300, &err);
    if (rc) fail_msg("%s", err.text);
}

static void test_targets_that_pass(void **state)
{
    (void)state;
    static const struct {
        const char *text, *url, *host;
        int port;
        bool allowed;
    } table[] = {
        {"http://example.com", "http://example.com/", "example.com", 80, false},
        {"HTTPS://Example.COM:443/A?B#C", "https://example.com/A?B", "example.com", 443, false},
        {"http://example.com:8080/x", "http://example.com:8080/x", "example.com", 8080, false},
        {"http://example.com:/x", "http://example.com/x", "example.com", 80, false},
        {"http://example.com./x", "http://example.com/x", "example.com", 80, false},
        {"http://example.com/a/./b/../c", "http://example.com/a/c", "example.com", 80, false},
        {"http://example.com?q=1", "http://example.com/?q=1", "example.com", 80, false},
        {"http://example.com#?q=1", "http://example.com/", "example.com", 80, false},
        {"http://example.com/a b\"<\xc3\xbc?\\", "http://example.com/a%20b%22%3C%C3%BC?%5C", "example.com",
         80, false},
        {"http://m\xc3\xbcnchen.de/", "http://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de", 80, false},
        {"http://example.com/@127.0.0.1/", "http://example.com/@127.0.0.1/", "example.com", 80, false},
        {"http://example.com/?u=http://a@b", "http://example.com/?u=http://a@b", "example.com", 80, false},
        {"http://8.8.8.8/", "http://8.8.8.8/", "8.8.8.8", 80, false},
        {"https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/", "2606:4700::1111", 443, false},
        {"http://INTRANET:8000/", "http://intranet:8000/", "intranet", 8000, true},
        {"http://127.0.0.1:9999/", "http://127.0.0.1:9999/", "127.0.0.1", 9999, true},
        {"http://[fd00:0::7]/", "http://[fd00::7]/", "fd00::7", 80, true},
        {"https://docs.internal/", "https://docs.internal/", "docs.internal", 443, true},
    };
    struct px_rules rules;
    open_rules(&rules);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct px_target target;
        struct px_err err = {0};
        if (px_target_parse(&rules, table[i].text, &target, &err))
            fail_msg("%s: %s", table[i].text, err.text);
        assert_string_equal(target.url, table[i].url);
        assert_string_equal(target.host, table[i].host);
        assert_int_equal(target.port, table[i].port);
        assert_int_equal(target.allowed, table[i].allowed);
        px_target_free(&target);
    }
    px_rules_close(&rules);
}

static void test_targets_that_are_refused(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"", "must begin"},
        {"example.com", "must begin"},
        {"//example.com", "must begin"},
        {"file:///etc/passwd", "must begin"},
        {"ftp://example.com/", "must begin"},
        {" http://example.com", "must begin"},
        {"http:/example.com", "must begin"},
        {"http:example.com", "must begin"},
        {"http:\\\\example.com", "must begin"},
        {"http://", "no host"},
        {"http:///path", "no host"},
        {"http://:80/", "no host"},
        {"http://?x", "no host"},
        {"http://u@example.com/", "user name"},
        {"http://u:p@example.com/", "user name"},
        {"http://@example.com/", "user name"},
        {"http://example.com\\@127.0.0.1/", "backslash"},
        {"http://example.com/\\x", "backslash"},
        {"http://exam\tple.com/", "control"},
        {"http://example.com/\r\nX: y", "control"},
        {"http://example.com/\x7f", "control"},
        {"http://example.com:0/", "plain number"},
        {"http://example.com:080/", "plain number"},
        {"http://example.com:65536/", "plain number"},
        {"http://example.com:8x/", "plain number"},
        {"http://a:b:80/", "plain number"},
        {"http://example.com:+80/", "plain number"},
        {"http://::1/", "no host"},
        {"http://example.com:22/", "port 22"},
        {"http://8.8.8.8:9999/", "port 9999"},
        {"http://%31%32%37.0.0.1/", "without %"},
        {"http://ex%61mple.com/", "without %"},
        {"http://[fe80::1%25eth0]/", "without %"},
        {"http://134744072/", "usual spelling"},
        {"http://8.8.2056/", "usual spelling"},
        {"http://010.8.8.8/", "usual spelling"},
        {"http://8.8.8.8./", "usual spelling"},
        {"http://example.com../", "usual spelling"},
        {"http://exa mple.com/", "usual spelling"},
        {"http://[::1/", "bracket"},
        {"http://[::1]x/", "certainty"},
        {"http://[]/", "usual spelling"},
        {"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1/", "usual spelling"}, /* full-width digits */
        {"http://\xef\xbc\x98.8.8.8./", "usual spelling"},
        {"http://\xff/", "letters of DNS"},
        {"http://a\xe2\x84\x80"
         "b.com/",
         "e"},
        {"http://localhost/", "no public"},
        {"http://LOCALHOST:8080/", "no public"},
        {"http://a.localhost./", "no public"},
        {"http://127.0.0.1/", "no public"},
        {"http://127.0.0.1:9998/", "no public"},
        {"http://127.0.0.1:22/", "no public"},
        {"http://intranet/", "no public"},
        {"http://intranet:8001/", "no public"},
        {"http://[::1]/", "no public"},
        {"http://[::ffff:127.0.0.1]:9999/", "no public"},
        {"http://[fd00::8]/", "no public"},
        {"http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/", "no public"}, /* circled digits */
        {"http://metadata.google.internal/", "no public"},
        {"http://a.docs.internal:443/", "no public"},
        {"http://localho\xc5\xbft/", "no public"}, /* a long s, which IDNA makes an s */
    };
    struct px_rules rules;
    open_rules(&rules);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct px_target target;
        struct px_err err = {0};
        int rc = px_target_parse(&rules, table[i][0], &target, &err);
        if (rc != PX_EPERM) fail_msg("%s: %d %s", table[i][0], rc, target.url);
        if (!strstr(err.text, table[i][1])) fail_msg("%s: %s", table[i][0], err.text);
        px_target_free(&target);
    }
    char longer[400] = "http://example.com/";
    memset(longer + strlen(longer), 'a', 300);
    struct px_target target;
    struct px_err err = {0};
    assert_int_equal(px_target_parse(&rules, longer, &target, &err), PX_EPERM);
    assert_non_null(strstr(err.text, "300 bytes"));
    px_target_free(&target);
    px_rules_close(&rules);
}

static void test_redirects(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"/c", "http://example.com:8080/c"},
        {"c", "http://example.com:8080/a/c"},
        {"../c", "http://example.com:8080/c"},
        {"../../../c", "http://example.com:8080/c"},
        {"?z", "http://example.com:8080/a/b?z"},
        {"#z", "http://example.com:8080/a/b?q=/x"},
        {"", "http://example.com:8080/a/b?q=/x"},
        {"//example.org/c", "http://example.org/c"},
        {"https://example.org", "https://example.org/"},
        {"/c d", "http://example.com:8080/c%20d"},
        {".", "http://example.com:8080/a/"},
    };
    static const char *const refused[] = {"//127.0.0.1/",         "//2130706433/",
                                          "http://10.0.0.1",      "file:///etc/passwd",
                                          "javascript:alert(1)",  "//u@example.org/",
                                          "\\\\127.0.0.1\\",      "/\\127.0.0.1",
                                          "gopher://example.com", "//example.com:22/",
                                          "http:\\\\127.0.0.1",   "http://",
                                          "data:text/plain,x",    "/\x01"};
    struct px_rules rules;
    struct px_target from, to;
    struct px_err err = {0};
    open_rules(&rules);
    assert_int_equal(px_target_parse(&rules, "http://example.com:8080/a/b?q=/x#f", &from, &err), 0);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (px_target_follow(&rules, &from, table[i][0], &to, &err))
            fail_msg("%s: %s", table[i][0], err.text);
        assert_string_equal(to.url, table[i][1]);
        px_target_free(&to);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (px_target_follow(&rules, &from, refused[i], &to, &err) != PX_EPERM)
            fail_msg("%s: %s", refused[i], to.url);
        px_target_free(&to);
    }
    px_target_free(&from);
    px_rules_close(&rules);
}

static void test_what_messages_show(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"http://example.com/a?b", "example.com"},
        {"http://u:secret@example.com:80/", "example.com:80"},
        {"http://u:s@e:t@example.com", "example.com"},
        {"http:\\\\host\\", "http:"},
        {"", "this URL"},
        {"file:///etc/passwd", "this URL"},
        {"http://a\nb\xff/", "a?b?"},
        {"http://u:secret@", "this URL"},
    };
    char shown[PX_TARGET_SHOWN], longer[400] = "http://";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        px_target_shown(table[i][0], shown);
        assert_string_equal(shown, table[i][1]);
    }
    memset(longer + 7, 'a', 300);
    px_target_shown(longer, shown);
    assert_int_equal(strlen(shown), PX_TARGET_SHOWN - 1);
    assert_string_equal(shown + PX_TARGET_SHOWN - 4, "...");
}

static void test_bad_rules(void **state)
{
    (void)state;
    static const char *const ports[] = {"x", "0", "80,,443", "65536", "80;443", "080", ","};
    static const char *const pairs[] = {"intranet", "intranet:",  "a:b",    "http://a:80", "127.1:80",
                                        "[::1:80",  "a:80,,b:80", "::1:80", "a:99999",     ","};
    struct px_rules rules;
    struct px_err err;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (px_rules_open(&rules, ports[i], NULL, 300, &err) != PX_EUSAGE) fail_msg("%s", ports[i]);
        assert_non_null(strstr(err.text, "--fetch-ports"));
        px_rules_close(&rules);
    }
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (px_rules_open(&rules, "80", pairs[i], 300, &err) != PX_EUSAGE) fail_msg("%s", pairs[i]);
        assert_non_null(strstr(err.text, "--fetch-allow"));
        px_rules_close(&rules);
    }
    assert_int_equal(px_rules_open(&rules, NULL, NULL, 300, &err), 0);
    px_rules_close(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_addresses),  cmocka_unit_test(test_addresses_that_are_not_public),
        cmocka_unit_test(test_spellings),         cmocka_unit_test(test_names),
        cmocka_unit_test(test_targets_that_pass), cmocka_unit_test(test_targets_that_are_refused),
        cmocka_unit_test(test_redirects),         cmocka_unit_test(test_what_messages_show),
        cmocka_unit_test(test_bad_rules),
    };
    /* libcurl reads names beyond ASCII in the locale's letters, as in px_fetcher_open. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
