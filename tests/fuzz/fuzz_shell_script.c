/* A byte of choices and a script, run by a shell under tight limits in a small workspace in memory: it ends,
 * all that it took is given back, and the next command works. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "kernel/files.h"
#include "kernel/stream.h"
#include "memory_host.h"
#include "runtime/programs.h"
#include "shell/program.h"

#define TURNS_MAX 1000000

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct k_limits limits = {
    .processes = 24,
    .open_files = 32,
    .memory_bytes = 16u << 20,
    .process_bytes = 4u << 20,
    .pipe_bytes = 4096,
    .output_bytes = 100000,
    .fuel = 400000,
    .wall_ms = 5000,
};

struct run {
    struct kernel kernel;
    struct memory_host *memory;
    const char *input; /* what its stream has not given yet */
    size_t left;
    uint32_t stream;
    bool wanted;
    bool short_slices;
};

static void want(void *context, uint32_t stream)
{
    struct memory_host *memory = context;
    struct run *run = memory->owner;
    if (stream == run->stream) run->wanted = true;
}

static void give_input(struct run *run)
{
    size_t piece = run->left < 1000 ? run->left : 1000;

    run->wanted = false;
    if (piece)
        k_stream_data(&run->kernel, run->stream, run->input, piece);
    else
        k_stream_end(&run->kernel, run->stream);
    run->input += piece;
    run->left -= piece;
}

/* Until the shell has ended; when all wait, the clock is put forward. */
static void run_session(struct run *run, const struct k_session *session)
{
    unsigned long turns;

    for (turns = 0; !session->ended; turns++) {
        struct k_slice slice;
        int64_t wake;
        if (turns > TURNS_MAX) abort();
        k_slice_begin(&slice, run->kernel.host, 8);
        slice.fuel = run->short_slices ? 1 : 20000;
        if (k_run(&run->kernel, &slice) || session->ended) continue;
        if (run->wanted) {
            give_input(run);
            continue;
        }
        wake = k_next_wake(&run->kernel);
        if (wake == 0) abort(); /* wall_ms wakes all */
        if (wake > run->memory->monotonic) {
            run->memory->wall += (wake - run->memory->monotonic) / 1000;
            run->memory->monotonic = wake;
        }
    }
}

static void install(struct k_process *process, struct k_file *file, int number)
{
    if (file == NULL || k_install_at(process, file, number) != number) abort();
}

static struct k_session *begin(struct run *run, int argc, char *const *argv, struct k_capture *output)
{
    static char *const strings[] = {"PATH=/usr/bin:/bin", "HOME=/workspace", "LC_ALL=C.UTF-8"};
    struct k_environment *environment = k_make_environment(&run->kernel, strings, 3);
    struct k_process *process;
    struct k_file *file = k_make_capture(&run->kernel, output);
    struct error error;

    if (environment == NULL) abort();
    process = k_begin_session(&run->kernel, &sh_program_bash, argc, argv, environment, &error);
    if (process == NULL) abort();
    k_drop_environment(&run->kernel, environment);
    install(process, k_make_stream(&run->kernel, K_READABLE, &run->stream), 0);
    install(process, file, 1);
    install(process, k_keep(file), 2);
    return process->session;
}

static void run_script(struct run *run, const char *script, bool from_input)
{
    char *argv[] = {"bash", "-c", (char *)(uintptr_t)script, "name", "one", "two words", "", NULL};
    char *only[] = {"bash", NULL};
    struct k_capture output = {0};
    struct k_session *session;
    struct error error;

    run->input = from_input ? script : "line one\n  two\\\n  three\tfour \nlast";
    run->left = strlen(run->input);
    session = begin(run, from_input ? 1 : 7, from_input ? only : argv, &output);
    run_session(run, session);
    k_drop_session(session);
    k_end_capture(&output);
    if (k_settle(&run->kernel, &error) < 0 && error.code != UMBRA_ENOSPC) abort();
}

/* Nothing of what was before is in its way. */
static void check_next(struct run *run)
{
    char *argv[] = {"bash", "-c", "cd / && echo next | cat", NULL};
    struct k_capture output = {0};
    struct k_session *session;

    run->left = 0;
    session = begin(run, 3, argv, &output);
    run_session(run, session);
    if (session->status != 0 || strcmp(buffer_string(&output.bytes), "next\n") != 0) {
        fprintf(stderr, "the next command: status %d, %s\n", session->status, buffer_string(&output.bytes));
        abort();
    }
    k_drop_session(session);
    k_end_capture(&output);
}

static void put(struct store *store, const char *path, const char *text)
{
    struct error error;
    if (st_begin(store, &error) < 0 ||
        fs_write_file(store, ST_HEAD, path, strlen(path), text, strlen(text), 1, NULL, &error) < 0 ||
        st_commit(store, &error) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct run run = {0};
    struct store *store;
    struct error error;
    char *script;

    if (size < 1 || size > 20000) return 0;
    script = strndup((const char *)data + 1, size - 1);
    run.short_slices = data[0] & 1;
    run.memory = memory_host_new(4u << 20);
    run.memory->owner = &run;
    run.memory->tick = 1;
    run.memory->host.stream_read = want;
    if (script == NULL || st_open(&run.memory->host, NULL, &store, &error) < 0) abort();
    put(store, "a.txt", "one\ntwo 2\nthree\n");
    put(store, "b", "x y\tz\n");
    put(store, "dir/c.txt", "c\n");
    put(store, "dir/.hidden", "");
    if (k_open(&run.kernel, &run.memory->host, store, &limits, runtime_programs, &error) < 0) abort();
    run_script(&run, script, (data[0] & 2) != 0);
    check_next(&run);
    k_close(&run.kernel);
    if (run.kernel.account.used != 0) abort();
    st_close(store);
    memory_host_free(run.memory);
    free(script);
    return 0;
}
