/* Bash, BashOutput and KillShell behind umbra.h: what stays from one command line to the next, how each of
 * them ends, and that all it writes is one transaction. The clock goes on only when all waits for it. */
#include "driver.h"

static void open_driver(void **state, const char *options)
{
    struct driver *driver = calloc(1, sizeof *driver);

    driver_open(driver, options);
    driver->memory->tick = 500; /* microseconds a look, so that slices end */
    *state = driver;
}

static int setup(void **state)
{
    open_driver(state, "\"permissions\":\"allow\"");
    return 0;
}

static int teardown(void **state)
{
    driver_close(*state);
    free(*state);
    return 0;
}

/* {"op":"tool",...} with a string member and perhaps others: text of JSON members, each with a comma before.
 */
static uint32_t submit(struct driver *driver, const char *tool, const char *key, const char *value,
                       const char *more)
{
    struct buffer json = {0};
    uint32_t id;

    buffer_printf(&json, "{\"op\":\"tool\",\"id\":\"live\",\"name\":\"%s\",\"input\":{\"%s\":", tool, key);
    json_put_string(&json, value, strlen(value));
    buffer_printf(&json, "%s}}", more ? more : "");
    id = driver_submit(driver, json.data);
    buffer_free(&json);
    return id;
}

/* Puts the clock forward until there is an answer, or for so many milliseconds. */
static const cJSON *wait_for(struct driver *driver, uint32_t id, int64_t milliseconds)
{
    int64_t end = driver->memory->monotonic + milliseconds * 1000;

    while (driver_answer(driver, id) == NULL && driver->memory->monotonic < end) {
        int64_t wake = umbra_next_wake(driver->runtime);
        if (wake < 0) fail_msg("nothing wants to be woken");
        driver->memory->monotonic += wake * 1000;
        driver_run(driver);
    }
    return driver_answer(driver, id);
}

static void pass_time(struct driver *driver, int64_t milliseconds)
{
    int64_t end = driver->memory->monotonic + milliseconds * 1000;

    while (driver->memory->monotonic < end) {
        int64_t wake = umbra_next_wake(driver->runtime), left = (end - driver->memory->monotonic) / 1000 + 1;
        driver->memory->monotonic += (wake < 0 || wake > left ? left : wake) * 1000;
        driver_run(driver);
    }
}

static const cJSON *result_of(struct driver *driver, uint32_t id)
{
    return driver_ok(wait_for(driver, id, 10000000));
}

static const char *content(const cJSON *result)
{
    return json_string(result, "content", "");
}

static const cJSON *run_with(struct driver *driver, const char *command, const char *more)
{
    return result_of(driver, submit(driver, "Bash", "command", command, more));
}

static void check(const cJSON *result, const char *text, bool failed, const char *file, int line)
{
    if (strcmp(content(result), text) == 0 && json_bool(result, "isError", !failed) == failed) return;
    print_error("expected %s: %s\nbut got: %s\n", failed ? "a failure" : "success", text, content(result));
    _fail(file, line);
}

#define assert_bash(driver, command, text)                                                                   \
    check(run_with(driver, command, NULL), text, false, __FILE__, __LINE__)
#define assert_bash_fails(driver, command, text)                                                             \
    check(run_with(driver, command, NULL), text, true, __FILE__, __LINE__)
#define assert_tool_says(driver, tool, key, value, more, text)                                               \
    check(result_of(driver, submit(driver, tool, key, value, more)), text, false, __FILE__, __LINE__)
#define assert_tool_refuses(driver, tool, key, value, more, text)                                            \
    check(result_of(driver, submit(driver, tool, key, value, more)), text, true, __FILE__, __LINE__)

static void assert_has(const cJSON *result, const char *part)
{
    if (strstr(content(result), part) == NULL) fail_msg("expected \"%s\" in: %s", part, content(result));
}

static int checkpoints(struct driver *driver)
{
    return cJSON_GetArraySize(driver_ok(driver_request(driver, "{\"op\":\"checkpoints\"}")));
}

#define GONE_AT_END                                                                                          \
    "[the shell has ended, and with it what it ran in the background; the next command gets a new one, in "  \
    "/workspace, without its variables and functions]"
#define GONE GONE_AT_END "\n"
#define ENDED(ms)                                                                                            \
    "[it was ended after " ms " ms; what it wrote stays. Give it a longer timeout (at most 600000), or run " \
    "it with run_in_background]"

/* --- what stays, and how it ends --- */

static void the_shell_stays_from_call_to_call(void **state)
{
    struct driver *driver = *state;

    assert_bash(driver, "pwd; echo \"$HOME $- $#\"", "/workspace\n/workspace hB 0\n");
    assert_bash(driver, "mkdir -p d/e; cd d/e", "[the working directory is /workspace/d/e now]");
    assert_bash(driver, "x=1; y=(a 'b c'); f() { echo \"f $1 $x ${y[1]}\"; }; export Z=z; set -f; umask 077",
                "(no output)");
    assert_bash(driver, "pwd; f 2; env | grep ^Z; echo *; umask",
                "/workspace/d/e\nf 2 1 b c\nZ=z\n*\n0077\n");
    assert_bash_fails(driver, "false", "exit status 1");
    assert_bash(driver, "echo $?", "1\n");
    assert_bash(driver, "trap 'echo bye' EXIT; exec > /tmp/elsewhere; echo lost", "(no output)");
    assert_bash(driver, "cat /tmp/elsewhere; cat; read line || echo no input", "lost\nno input\n");
    assert_bash(driver, "echo out; echo err >&2; (echo sub; exit 0); echo $(echo in)", "out\nerr\nsub\nin\n");
    assert_bash(driver, "   \n", "(no output)");
}

static void failures_are_said_and_the_shell_goes_on(void **state)
{
    struct driver *driver = *state;

    assert_bash(driver, "x=5", "(no output)");
    assert_bash_fails(driver, "if; then",
                      "bash: line 1: syntax error near unexpected token `;'\nbash: line 1: `if; then'\n"
                      "exit status 2");
    assert_bash_fails(driver, "echo a\nnothing-like-it\n",
                      "a\nbash: line 2: nothing-like-it: command not found\n"
                      "exit status 127");
    assert_bash_fails(driver, "echo before; eval 'echo ${x?word}'; echo ${x:?}${none?gone}; echo not reached",
                      "before\n5\nbash: line 1: none: gone\nexit status 1");
    assert_bash_fails(driver, "printf 'no newline'; (exit 9)", "no newline\nexit status 9");
    assert_bash(driver, "echo $x", "5\n");
}

static void what_ends_the_shell_ends_it(void **state)
{
    struct driver *driver = *state;

    assert_bash(driver, "x=1; cd /tmp; trap 'echo bye' EXIT", "[the working directory is /tmp now]");
    assert_bash_fails(driver, "exit 3", "bye\n" GONE "exit status 3");
    assert_bash(driver, "echo \"<$x>\"; pwd", "<>\n/workspace\n");
    assert_bash(driver, "set -e; false || true; if false; then :; fi; echo here", "here\n");
    assert_bash_fails(driver, "false; echo not reached", GONE "exit status 1");
    check(run_with(driver, "exit 0", NULL), GONE_AT_END, false, __FILE__, __LINE__);
    assert_bash(driver, "exec echo replaced", "replaced\n" GONE_AT_END);
    assert_bash_fails(driver, "kill -KILL $$; echo not reached", GONE "exit status 137");
    /* It ends when no call has it. */
    assert_bash(driver, "x=1; (sleep 2; kill -KILL $$) & disown 2>/dev/null; true", "(no output)");
    pass_time(driver, 3000);
    assert_bash(driver, "echo \"<$x>\"",
                "[this is a new shell, in /workspace: the last one has ended]\n<>\n");
    assert_bash(driver, "echo again", "again\n");
}

/* --- output --- */

static void output_is_cut_in_the_middle(void **state)
{
    struct driver *driver = *state;
    const cJSON *result = run_with(driver, "seq 1 100000", NULL);
    const char *text = content(result);
    unsigned long bytes, first, next;
    unsigned lines;
    const char *note = strstr(text, "[… ");

    assert_non_null(note);
    assert_true(strlen(text) <= 30000 && strlen(text) > 29000);
    assert_int_equal(sscanf(note, "[… %lu,%lu bytes (%u,", &bytes, &first, &lines), 3);
    assert_int_equal(sscanf(strchr(note, '\n'), "\n%lu\n", &next), 1);
    for (first = 0; text < note; text = strchr(text, '\n') + 1)
        assert_int_equal(strtoul(text, NULL, 10), ++first);
    assert_non_null(strstr(note, " lines) left out …]\n"));
    assert_int_equal(lines, (next - 1 - first) / 1000);
    assert_string_equal(content(result) + strlen(content(result)) - 8, "\n100000\n");

    result = run_with(driver, "for i in {1..9999}; do printf x; done; printf '\\xff\\x00\\xc3'", NULL);
    assert_string_equal(content(result) + 9999, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    /* What is not UTF-8 grows, and the limit holds all the same. */
    result = run_with(driver, "head -c 40000 /dev/zero", NULL);
    assert_true(strlen(content(result)) <= 30000);
    assert_has(result, " bytes (0 lines) left out …]");
    result = run_with(driver, "for ((i = 0; i < 12000; i++)); do printf ä; done", NULL);
    assert_int_equal(strlen(content(result)), 24000);
}

static void output_comes_while_it_runs(void **state)
{
    struct driver *driver = *state;
    uint32_t id = submit(driver, "Bash", "command",
                         "printf 'one\\n\\xc3'; sleep 1; printf '\\xa4\\n'; sleep 1; seq 1 9999", NULL);

    assert_null(driver_answer(driver, id));
    assert_string_equal(json_string(driver_event(driver, "tool_output"), "text", ""), "one\n");
    assert_string_equal(json_string(driver_event(driver, "tool_output"), "id", ""), "live");
    pass_time(driver, 1500);
    assert_string_equal(json_string(driver_event(driver, "tool_output"), "text", ""), "ä\n");
    assert_has(result_of(driver, id), "one\nä\n1\n2\n");
    assert_int_equal(json_number(driver_event(driver, "tool_output"), "skipped", 0), 48888 - 16384);
    assert_int_equal(strlen(json_string(driver_event(driver, "tool_output"), "text", "")), 16384);
    driver_forget_events(driver);
    assert_has(run_with(driver, "yes", ",\"timeout\":1000"), "left out");
    assert_true(cJSON_GetArraySize(driver->events) >= 9 && cJSON_GetArraySize(driver->events) <= 15);
}

/* --- timeouts and cancelling --- */

static void a_timeout_ends_the_command_and_not_the_shell(void **state)
{
    static const char *const commands[] = {
        "echo a; sleep 1000; echo not reached",
        "echo a; while :; do :; done; echo not reached",
        "echo a; eval 'while :; do :; done'; echo not reached",
        "echo a; f() { for ((;;)); do sleep 0.1; done; }; f; echo not reached",
        "echo a; sleep 1000 | cat; echo not reached",
        "echo a; x=$(sleep 1000); echo not reached",
        "echo a; (trap '' TERM; while :; do sleep 1; done); echo not reached",
        "echo a; bash -c 'trap \"\" TERM INT; while :; do :; done' | cat; echo not reached",
        "trap '' INT TERM; echo a; while :; do :; done; echo not reached",
        "trap - INT TERM; echo a; read line < <(sleep 1000); echo not reached",
    };
    struct driver *driver = *state;
    size_t i;

    assert_bash(driver, "x=kept; sleep 100000 & b=$!; mkdir d; cd d",
                "[the working directory is /workspace/d now]");
    for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const cJSON *result = run_with(driver, commands[i], ",\"timeout\":500");
        check(result, "a\n" ENDED("500"), true, commands[i], (int)i);
        assert_bash(driver, "echo $x; pwd; kill -0 $b && echo there", "kept\n/workspace/d\nthere\n");
    }
    check(run_with(driver, "trap 'echo trapped' INT; sleep 1000", ",\"timeout\":500"),
          "trapped\n" ENDED("500"), true, __FILE__, __LINE__);
    assert_bash(driver, "ls /proc | grep -c '^[0-9]'", "4\n"); /* the shell, its sleep, ls and grep */
    check(run_with(driver, "exec sleep 1000", ",\"timeout\":500"), ENDED("500") "\n" GONE_AT_END, true,
          __FILE__, __LINE__);
    assert_tool_refuses(
        driver, "Bash", "command", "true", ",\"timeout\":600001",
        "Bash: \"timeout\" may be at most 600000 ms (bash_timeout_max_ms); run what takes longer "
        "with run_in_background");
    check(run_with(driver, "sleep 1000", NULL), ENDED("120000"), true, __FILE__, __LINE__);
}

static void cancel_keeps_shell_and_output(void **state)
{
    struct driver *driver = *state;
    int64_t before;
    uint32_t id;

    assert_bash(driver, "x=kept", "(no output)");
    id = submit(driver, "Bash", "command", "echo a; echo b > f; sleep 1000; echo c > g", NULL);
    pass_time(driver, 2000);
    before = driver->memory->monotonic;
    driver_request(driver, "{\"op\":\"cancel\"}");
    assert_true(driver->memory->monotonic - before < 20000);
    check(driver_ok(driver_answer(driver, id)), "a\n[cancelled by the user; what it wrote until then stays]",
          true, __FILE__, __LINE__);
    assert_bash_fails(driver, "echo $x; cat f g",
                      "kept\nb\ncat: g: No such file or directory\nexit status 1");
}

/* --- in the background --- */

static void the_background_has_output_status_and_end(void **state)
{
    struct driver *driver = *state;
    static const char began[] =
        "It runs in the background as bash_1. BashOutput gives what it has printed, KillShell ends it.";

    assert_bash(driver, "mkdir d; cd d; x=5; f() { echo \"f $x\"; }; trap 'echo bye' EXIT",
                "[the working directory is /workspace/d now]");
    assert_tool_says(driver, "Bash", "command",
                     "f; pwd; x=6; f; sleep 10; echo a; echo ab >&2; echo b; exit 4",
                     ",\"run_in_background\":true", began);
    assert_bash(driver, "echo $x; jobs", "5\n");
    assert_tool_says(driver, "BashOutput", "bash_id", "bash_1", NULL,
                     "[bash_1 is running]\nf 5\n/workspace/d\nf 6\n");
    assert_tool_says(driver, "BashOutput", "bash_id", "bash_1", NULL,
                     "[bash_1 is running]\n(nothing new was printed)");
    pass_time(driver, 11000);
    assert_tool_says(driver, "BashOutput", "bash_id", "bash_1", ",\"filter\":\"^a\"",
                     "[bash_1 has ended with exit status 4]\na\nab\n");
    assert_tool_says(driver, "KillShell", "shell_id", "bash_1", NULL,
                     "bash_1 had already ended, with exit status 4.");
    assert_tool_refuses(
        driver, "BashOutput", "bash_id", "bash_7", NULL,
        "there is no command line \"bash_7\" in the background; there is bash_1 (ended: f; pwd; x=6; "
        "f; sleep 10; echo a; echo ab >&2; echo b; exit 4)");
    assert_tool_refuses(
        driver, "BashOutput", "bash_id", "bash_1", ",\"filter\":\"(\"",
        "the pattern '(' cannot be used: a ( has no ) that closes it; a backslash before it makes it stand "
        "for itself");
}

static void what_runs_in_the_background_can_be_killed(void **state)
{
    struct driver *driver = *state;

    run_with(driver, "sleep 1000 | cat; echo not reached", ",\"run_in_background\":true");
    run_with(driver, "trap '' TERM; echo stubborn; while :; do sleep 1; done", ",\"run_in_background\":true");
    assert_bash(driver, "ls /proc | grep -c '^[0-9]'", "8\n");
    assert_tool_says(driver, "KillShell", "shell_id", "bash_1", NULL,
                     "bash_1 was ended, with exit status 143.");
    assert_tool_says(driver, "KillShell", "shell_id", "bash_2", NULL,
                     "bash_2 was ended, with exit status 137.");
    assert_tool_says(driver, "BashOutput", "bash_id", "bash_2", NULL,
                     "[bash_2 has ended with exit status 137]\nstubborn\n");
    assert_bash(driver, "ls /proc | grep -c '^[0-9]'", "3\n");
    /* It outlives the shell, but not the session. */
    run_with(driver, "sleep 1000", ",\"run_in_background\":true");
    assert_bash_fails(driver, "exit 1", GONE "exit status 1");
    assert_tool_says(driver, "BashOutput", "bash_id", "bash_3", NULL,
                     "[bash_3 is running]\n(nothing new was printed)");
    driver_ok(driver_request(driver, "{\"op\":\"tool\",\"name\":\"Bash\",\"input\":{\"command\":\"y=1\"}}"));
    driver_request(driver, "{\"op\":\"new_session\"}");
    assert_bash(driver, "ls /proc | grep -c '^[0-9]'; echo $y", "3\n\n");
    assert_tool_refuses(driver, "KillShell", "shell_id", "bash_3", NULL,
                        "there is no command line \"bash_3\" in the background; there is none");
}

static void so_many_run_in_the_background(void **state)
{
    struct driver *driver = *state;
    const cJSON *result;
    int i;

    for (i = 0; i < 3; i++)
        run_with(driver, i == 1 ? "echo short" : "sleep 1000", ",\"run_in_background\":true");
    for (i = 0; i < 2; i++) result = run_with(driver, "sleep 1000", ",\"run_in_background\":true");
    assert_true(json_bool(result, "isError", false));
    assert_has(result,
               "3 command lines run in the background already, as many as there may be (bash_background)");
    assert_bash(driver, "ls /proc | grep -c '^[0-9]'", "9\n");
}

static int setup_few(void **state)
{
    open_driver(state, "\"permissions\":\"allow\",\"limits\":{\"bash_background\":3}");
    return 0;
}

/* --- limits --- */

static int setup_limits(void **state)
{
    open_driver(state, "\"permissions\":\"allow\",\"limits\":{\"fuel\":20000000,\"output_bytes\":100000,"
                       "\"processes\":30,\"process_bytes\":4000000,\"bash_output_bytes\":400}");
    return 0;
}

static void what_goes_beyond_a_limit_is_said(void **state)
{
    struct driver *driver = *state;
    const cJSON *result;

    assert_bash(driver, "x=kept; cd /tmp", "[the working directory is /tmp now]");
    assert_bash_fails(driver, "while :; do eval 'while :; do :; done'; done",
                      "bash: line 1: the limit of fuel is reached\nexit status 152");
    result = run_with(driver, "yes | cat", NULL);
    assert_has(result, "the limit of output (output_bytes) is reached");
    assert_true(json_bool(result, "isError", false) && strlen(content(result)) < 600);
    assert_has(run_with(driver, "bomb() { bomb | bomb; }; bomb; true", NULL),
               "there are 30 processes already");
    assert_has(run_with(driver, "v=a; while :; do v=$v$v; done; echo not reached", NULL), "memory limit");
    assert_has(run_with(driver, "cat /dev/zero | sort", NULL), "memory limit of a process");
    assert_bash(driver, "echo $x; pwd", "kept\n/tmp\n");
}

/* --- the transaction --- */

static void one_command_line_is_one_transaction(void **state)
{
    struct driver *driver = *state;
    const cJSON *list;
    uint64_t flushes;
    int kept;

    assert_bash(driver, "mkdir d; for i in 1 2 3; do echo $i > d/$i; done; rm d/2", "(no output)");
    assert_int_equal(checkpoints(driver), 1);
    flushes = driver->memory->flushes;
    assert_bash_fails(driver, "echo a > a\nsed -i s/1/one/ d/1\nsleep 3; mv d/3 c\nfalse", "exit status 1");
    assert_int_equal(driver->memory->flushes, flushes + 1);
    list = driver_ok(driver_request(driver, "{\"op\":\"checkpoints\"}"));
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_string_equal(json_string(cJSON_GetArrayItem(list, 1), "name", ""), "before Bash echo a > a …");
    assert_true(json_bool(cJSON_GetArrayItem(list, 1), "automatic", false));
    kept = (int)json_number(cJSON_GetArrayItem(list, 1), "checkpoint", 0);
    /* Those that change nothing leave nothing. */
    flushes = driver->memory->flushes;
    assert_bash(driver, "ls; cat d/1 c | wc -l", "a\nc\nd\n2\n");
    assert_int_equal(driver->memory->flushes, flushes);
    assert_bash(driver, "sort c > /tmp/sorted; cat /tmp/sorted", "3\n");
    assert_int_equal(checkpoints(driver), 2);
    driver_ok(driver_request(driver, "{\"op\":\"rewind\",\"checkpoint\":%d}", kept));
    assert_bash(driver, "ls; cat d/*", "d\n1\n3\n");
}

static void a_directory_that_is_gone_is_left(void **state)
{
    struct driver *driver = *state;
    const cJSON *list;
    int kept;

    assert_bash(driver, "echo a > a", "(no output)");
    assert_bash(driver, "mkdir -p d/e; cd d/e; echo b > b", "[the working directory is /workspace/d/e now]");
    list = driver_ok(driver_request(driver, "{\"op\":\"checkpoints\"}"));
    kept = (int)json_number(cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1), "checkpoint", 0);
    driver_ok(driver_request(driver, "{\"op\":\"rewind\",\"checkpoint\":%d}", kept));
    assert_bash(driver, "pwd; echo $PWD; ls",
                "[the working directory was gone: this ran in /workspace]\n/workspace\n/workspace\na\n");
    /* One of the same name is another directory, and the shell stands in it. */
    assert_bash(driver, "mkdir d; cd d", "[the working directory is /workspace/d now]");
    assert_bash(driver, "(cd ..; rmdir d; mkdir d; echo new > d/new)", "(no output)");
    assert_bash(driver, "cat new", "new\n");
}

static int setup_short(void **state)
{
    open_driver(state, "\"permissions\":\"allow\",\"limits\":{\"bash_timeout_ms\":60000}");
    return 0;
}

static void others_find_the_transaction_whole(void **state)
{
    struct driver *driver = *state;
    uint32_t id;

    assert_bash(driver, "echo 0 > f", "(no output)");
    id = submit(driver, "Bash", "command", "echo 1 > f; echo 1 > g; sleep 10; echo 2 > f; echo 2 > g", NULL);
    pass_time(driver, 1000);
    driver_ok(driver_request(driver, "{\"op\":\"read\",\"path\":\"g\"}"));
    assert_string_equal(buffer_string(&driver->blob), "1\n");
    assert_int_equal(cJSON_GetArraySize(driver_ok(driver_request(driver, "{\"op\":\"changes\"}"))), 2);
    driver_ok(driver_request(driver, "{\"op\":\"diff\",\"path\":\"f\"}"));
    assert_tool_says(driver, "Read", "file_path", "f", NULL, "     1\t1\n");
    assert_tool_refuses(driver, "Write", "file_path", "h", ",\"content\":\"x\"",
                        "another change of the workspace is under way; wait for it to end");
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"tool\",\"name\":\"Bash\",\"input\":{\"command\":\"ls\"}}"), "EBUSY",
        "a tool is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"accept\"}"), "EBUSY", "under way");
    driver_assert_refused(driver_request(driver, "{\"op\":\"discard\"}"), "EBUSY", "under way");
    driver_assert_refused(driver_request(driver, "{\"op\":\"import_begin\"}"), "EBUSY", "a tool is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_begin\"}"), "EBUSY", "under way");
    driver_assert_refused(driver_request(driver, "{\"op\":\"checkpoint\",\"name\":\"x\"}"), "EBUSY",
                          "a tool is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"export_begin\"}"), "EBUSY", "under way");
    driver_assert_refused(driver_request(driver, "{\"op\":\"send\",\"text\":\"x\"}"), "EBUSY",
                          "a command line is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"new_session\"}"), "EBUSY",
                          "a command line is running");
    assert_int_equal(checkpoints(driver), 2);
    check(result_of(driver, id), "(no output)", false, __FILE__, __LINE__);
    assert_int_equal(checkpoints(driver), 2);
    assert_bash(driver, "cat f g", "2\n2\n");
}

/* The runtime is gone: what it would write when it is closed is not written. */
static void crash(struct driver *driver)
{
    driver->memory->dead = true;
    umbra_close(driver->runtime);
    driver->memory->dead = false;
    driver->runtime = NULL;
    driver_crash(driver, 0);
    driver->memory->tick = 500;
}

static void a_crash_takes_all_of_a_command_line_or_nothing(void **state)
{
    struct driver *driver = *state;

    assert_bash(driver, "echo 0 > f", "(no output)");
    submit(driver, "Bash", "command", "echo 1 > f; head -c 300000 /dev/zero > g; sleep 10; echo 2 > f", NULL);
    pass_time(driver, 1000);
    crash(driver);
    assert_bash(driver, "cat f; ls", "0\nf\n");
    assert_bash(driver, "echo 3 > f", "(no output)");
    crash(driver);
    assert_bash(driver, "cat f", "3\n");
}

static void what_cannot_be_kept_is_undone(void **state)
{
    struct driver *driver = *state;
    static const char note[] = "[nothing of what this command wrote could be kept, all of it was undone: ";
    const cJSON *result;

    assert_bash(driver, "x=1; echo 0 > f", "(no output)");
    result = run_with(
        driver, "cd /tmp; echo 1 > /workspace/f; for i in {1..20}; do echo $i > /workspace/h$i; done", NULL);
    assert_true(json_bool(result, "isError", false));
    assert_has(result, note);
    assert_has(result, "its limit is 10 (max_files)");
    assert_int_equal(checkpoints(driver), 1);
    assert_bash(driver, "ls; cd /workspace; ls; cat f; echo $x",
                "f\n0\n1\n[the working directory is /workspace now]");
    driver->memory->write_budget = 300;
    result = run_with(
        driver, "echo 1 > f; for i in {1..400}; do echo 0123456789012345678901234567890 >> g; done", NULL);
    driver->memory->write_budget = -1;
    assert_true(json_bool(result, "isError", false));
    assert_has(result, note);
    assert_has(result, "the storage is full");
    assert_bash(driver, "ls; cat f; echo 2 > f", "f\n0\n");
}

static int setup_files(void **state)
{
    open_driver(state, "\"permissions\":\"allow\",\"limits\":{\"max_files\":10}");
    return 0;
}

static void the_background_writes_transactions_of_its_own(void **state)
{
    struct driver *driver = *state;
    const cJSON *list;

    assert_bash(driver, "echo 0 > f", "(no output)");
    run_with(driver, "for i in {1..20}; do sleep 1; echo $i >> log; done", ",\"run_in_background\":true");
    assert_int_equal(checkpoints(driver), 1);
    pass_time(driver, 3500);
    list = driver_ok(driver_request(driver, "{\"op\":\"checkpoints\"}"));
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_string_equal(json_string(cJSON_GetArrayItem(list, 1), "name", ""),
                        "before Bash for i in {1..20}; do sleep 1; echo $i >> log; done");
    assert_tool_says(driver, "Write", "file_path", "w", ",\"content\":\"x\"", "Created w (1 line, 1 byte)");
    pass_time(driver, 4000);
    crash(driver); /* what is older than about a second is safe */
    assert_true(atoi(content(run_with(driver, "tail -n 1 log", NULL))) >= 5);
    assert_bash(driver, "cat w", "x");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_shell_stays_from_call_to_call),
        TEST(failures_are_said_and_the_shell_goes_on),
        TEST(what_ends_the_shell_ends_it),
        TEST(output_is_cut_in_the_middle),
        TEST(output_comes_while_it_runs),
        TEST(a_timeout_ends_the_command_and_not_the_shell),
        TEST(cancel_keeps_shell_and_output),
        TEST(the_background_has_output_status_and_end),
        TEST(what_runs_in_the_background_can_be_killed),
        cmocka_unit_test_setup_teardown(so_many_run_in_the_background, setup_few, teardown),
        cmocka_unit_test_setup_teardown(what_goes_beyond_a_limit_is_said, setup_limits, teardown),
        TEST(one_command_line_is_one_transaction),
        TEST(a_directory_that_is_gone_is_left),
        cmocka_unit_test_setup_teardown(others_find_the_transaction_whole, setup_short, teardown),
        TEST(a_crash_takes_all_of_a_command_line_or_nothing),
        cmocka_unit_test_setup_teardown(what_cannot_be_kept_is_undone, setup_files, teardown),
        TEST(the_background_writes_transactions_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
