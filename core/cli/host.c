/* host.c: umbra_host.h over POSIX files, the system's clock and random bytes, and the loop that runs the
 * core. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "cli/cli.h"

static int error_of(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return UMBRA_ENOSPC;
    case EWOULDBLOCK:
        return UMBRA_EBUSY;
    case EACCES:
    case EROFS:
    case EPERM:
        return UMBRA_EACCES;
    case ENOENT:
        return UMBRA_ENOENT;
    default:
        return UMBRA_EIO;
    }
}

static int block_open(void *context, const char *name)
{
    struct cli *cli = context;
    char path[PATH_MAX];
    int handle, code;

    for (handle = 0; handle < CLI_BLOCK_FILES && cli->files[handle] >= 0; handle++) continue;
    if (handle == CLI_BLOCK_FILES) return UMBRA_ELIMIT;
    if (snprintf(path, sizeof path, "%s/%s", cli->state, name) >= (int)sizeof path) return UMBRA_ENAMETOOLONG;
    cli->files[handle] = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (cli->files[handle] < 0) return error_of(errno);
    if (flock(cli->files[handle], LOCK_EX | LOCK_NB) == 0) return handle;
    code = error_of(errno);
    close(cli->files[handle]);
    cli->files[handle] = -1;
    return code;
}

static void block_close(void *context, int handle)
{
    struct cli *cli = context;
    close(cli->files[handle]);
    cli->files[handle] = -1;
}

static int64_t block_size(void *context, int handle)
{
    struct cli *cli = context;
    struct stat status;
    return fstat(cli->files[handle], &status) < 0 ? error_of(errno) : status.st_size;
}

static int64_t block_read(void *context, int handle, void *data, size_t size, uint64_t offset)
{
    struct cli *cli = context;
    size_t done = 0;

    while (done < size) {
        ssize_t got = pread(cli->files[handle], (char *)data + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_of(errno);
        if (got == 0) break;
        done += (size_t)got;
    }
    return (int64_t)done;
}

static int64_t block_write(void *context, int handle, const void *data, size_t size, uint64_t offset)
{
    struct cli *cli = context;
    size_t done = 0;

    while (done < size) {
        ssize_t put =
            pwrite(cli->files[handle], (const char *)data + done, size - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return put == 0 ? UMBRA_EIO : error_of(errno);
        done += (size_t)put;
    }
    return (int64_t)done;
}

/* What a file grows by is taken from the disk at once: the core counts on being able to write there. */
static int block_truncate(void *context, int handle, uint64_t size)
{
    struct cli *cli = context;
    int64_t before = block_size(context, handle);
    int number;

    if (before >= 0 && (uint64_t)before < size) {
        number = posix_fallocate(cli->files[handle], before, (off_t)(size - (uint64_t)before));
        if (number == 0) return 0;
        if (ftruncate(cli->files[handle], before) == 0 && number == ENOSPC) return UMBRA_ENOSPC;
    }
    return ftruncate(cli->files[handle], (off_t)size) < 0 ? error_of(errno) : 0;
}

static int block_flush(void *context, int handle)
{
    struct cli *cli = context;
    return fdatasync(cli->files[handle]) < 0 ? error_of(errno) : 0;
}

static int64_t clock_wall(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t clock_monotonic(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fill_random(void *context, void *data, size_t size)
{
    (void)context;
    while (size) {
        ssize_t got = getrandom(data, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) abort(); /* no kernel that this builds for lacks it */
        data = (char *)data + got;
        size -= (size_t)got;
    }
}

static void respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                    size_t blob_size)
{
    struct cli *cli = context;
    struct cli_answer *answer = cli->answer;
    cJSON *root;
    const cJSON *failure;

    if (id != cli->waiting || answer == NULL) return;
    cli->answered = true;
    root = json_parse_text(json, length, "the answer", &answer->error);
    if (root == NULL) return;
    failure = json_get(root, "error");
    if (failure)
        error_set(&answer->error, UMBRA_EIO, "%s", json_string(failure, "message", "failed"));
    else
        answer->result = cJSON_DetachItemFromObjectCaseSensitive(root, "ok");
    if (blob_size) buffer_put(&answer->bytes, blob, blob_size);
    cJSON_Delete(root);
}

static void emit_event(void *context, const char *json, size_t length)
{
    struct cli *cli = context;
    struct error error = {0};
    cJSON *event;

    if (cli->on_event == NULL) return;
    event = json_parse_text(json, length, "an event", &error);
    if (event) cli->on_event(cli, event);
    cJSON_Delete(event);
}

/* mkdir -p, for folders of our own. */
static int make_folders(char *path, struct error *error)
{
    char *at;
    for (at = path + 1;; at++) {
        char kept = *at;
        if (kept != '/' && kept != '\0') continue;
        *at = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return error_set(error, error_of(errno),
                             "%s could not be made: %s; choose another place with --state-dir", path,
                             strerror(errno));
        *at = kept;
        if (kept == '\0') return 0;
    }
}

/* The workspace of a folder: the last part of its name for people, a hash of the whole for us. */
static int locate_state(struct cli *cli, struct error *error)
{
    const struct cli_options *options = &cli->options;
    const char *home = getenv("HOME"), *xdg = getenv("XDG_STATE_HOME"), *name = strrchr(cli->folder, '/');
    size_t length = strlen(cli->folder), half = length / 2;
    uint32_t low = crc32c(0, cli->folder, length), high = crc32c(low, cli->folder + half, length - half);
    char *top = cli->top;
    int written;

    if (options->state_dir)
        written = snprintf(top, sizeof cli->top, "%s", options->state_dir);
    else if (xdg && *xdg)
        written = snprintf(top, sizeof cli->top, "%s/umbra", xdg);
    else
        written = snprintf(top, sizeof cli->top, "%s/.local/state/umbra", home && *home ? home : ".");
    if (written >= (int)sizeof cli->top)
        return error_set(error, UMBRA_ENAMETOOLONG, "the state folder's path is too long");
    snprintf(cli->state, sizeof cli->state, "%s/workspaces/%.64s-%08x%08x", top,
             name && name[1] ? name + 1 : "root", high, low);
    return 0;
}

static void watch_signals(struct cli *cli)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    cli->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static char *core_options(const struct cli *cli, const char *base_url)
{
    cJSON *options = cJSON_CreateObject();
    struct buffer text = {0};
    int failed = base_url ? json_add_string(options, "base_url", base_url) : 0;

    if (cli->options.model) failed |= json_add_string(options, "model", cli->options.model);
    if (cli->options.recover) failed |= json_add_bool(options, "recover", true);
    if (cli->options.yes) failed |= json_add_string(options, "permissions", "allow");
    json_print(&text, failed ? NULL : options);
    cJSON_Delete(options);
    return buffer_take(&text);
}

static int open_runtime(struct cli *cli, struct error *error)
{
    char *base_url = NULL, *options;
    int result = cli_pair(cli, &base_url, error);

    if (result < 0) return result;
    options = core_options(cli, base_url);
    free(base_url);
    if (options == NULL) return error_memory(error);
    error->code = umbra_open(&cli->host, options, &cli->runtime, error->message, sizeof error->message);
    free(options);
    return error->code;
}

int cli_locate(struct cli *cli, const struct cli_options *options, struct error *error)
{
    memset(cli, 0, sizeof *cli);
    cli->options = *options;
    cli->signals = -1;
    if (realpath(options->folder, cli->folder) == NULL)
        return error_set(error, error_of(errno), "%s: %s; name a folder with -C", options->folder,
                         strerror(errno));
    return locate_state(cli, error);
}

static int open_located(struct cli *cli, int result, struct error *error)
{
    int i;

    cli->at_line_start = true;
    for (i = 0; i < CLI_BLOCK_FILES; i++) cli->files[i] = -1;
    cli->host =
        (struct umbra_host){cli,         block_open,     block_close,  block_size,       block_read,
                            block_write, block_truncate, block_flush,  clock_wall,       clock_monotonic,
                            fill_random, fetch_start,    fetch_cancel, cli_stream_write, cli_stream_read,
                            respond,     emit_event};
    if (result < 0) return result;
    result = make_folders(cli->state, error);
    if (result < 0) return result;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    cli->curl = curl_multi_init();
    if (cli->curl == NULL) return error_memory(error);
    watch_signals(cli);
    return open_runtime(cli, error);
}

int cli_open(struct cli *cli, const struct cli_options *options, struct error *error)
{
    return open_located(cli, cli_locate(cli, options, error), error);
}

int cli_open_scratch(struct cli *cli, const struct cli_options *options, struct error *error)
{
    const char *temporary = getenv("TMPDIR");
    int result = 0;

    memset(cli, 0, sizeof *cli);
    cli->options = *options;
    cli->signals = -1;
    snprintf(cli->state, sizeof cli->state, "%s/umbra-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (mkdtemp(cli->state) == NULL)
        result = error_set(error, error_of(errno), "no temporary folder could be made: %s", strerror(errno));
    else
        cli->scratch = true;
    return open_located(cli, result, error);
}

static void remove_scratch(struct cli *cli)
{
    char path[PATH_MAX];

    if (!cli->scratch) return;
    if (snprintf(path, sizeof path, "%s/image", cli->state) < (int)sizeof path) unlink(path);
    rmdir(cli->state);
}

void cli_close(struct cli *cli)
{
    umbra_close(cli->runtime);
    fetch_close(cli);
    if (cli->curl) curl_multi_cleanup(cli->curl);
    if (cli->signals >= 0) close(cli->signals);
    remove_scratch(cli);
    free(cli->session);
    cJSON_Delete(cli->question);
    memset(cli, 0, sizeof *cli);
    curl_global_cleanup();
}

cJSON *cli_operation(const char *name)
{
    cJSON *json = cJSON_CreateObject();
    if (json_add_string(json, "op", name) == 0) return json;
    cJSON_Delete(json);
    return NULL;
}

int cli_request(struct cli *cli, cJSON *json, const struct buffer *blob, struct cli_answer *answer,
                struct error *error)
{
    struct buffer text = {0};
    uint32_t outer = cli->waiting;
    struct cli_answer *outer_answer = cli->answer;

    memset(answer, 0, sizeof *answer);
    json_print(&text, json);
    cJSON_Delete(json);
    if (text.failed) return error_memory(error);
    cli->waiting = outer + 1;
    cli->answer = answer;
    cli->answered = false;
    umbra_submit(cli->runtime, cli->waiting, text.data, text.size, blob ? blob->data : NULL,
                 blob ? blob->size : 0);
    buffer_free(&text);
    while (!cli->answered) {
        bool more = umbra_run(cli->runtime, 50) == UMBRA_MORE;
        if (!cli->answered) fetch_run(cli, more ? 0 : 1000);
    }
    cli->answered = false;
    cli->waiting = outer;
    cli->answer = outer_answer;
    if (answer->error.code == 0) return 0;
    return error_set(error, answer->error.code, "%s", answer->error.message);
}

void cli_free_answer(struct cli_answer *answer)
{
    cJSON_Delete(answer->result);
    buffer_free(&answer->bytes);
    memset(answer, 0, sizeof *answer);
}

int cli_fail(const struct error *error)
{
    fprintf(stderr, "umbra: %s\n", error->message);
    return 1;
}
