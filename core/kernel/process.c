/* process.c: how processes and sessions come and go. */
#include <stdlib.h>
#include <string.h>

#include "kernel/descriptor.h"
#include "kernel/files.h"
#include "kernel/kernel_internal.h"

#define ID_MAX 99999u

const struct k_limits k_default_limits = {
    .processes = 512,
    .open_files = 256,
    .memory_bytes = 512u << 20,
    .process_bytes = 256u << 20,
    .pipe_bytes = 64u << 10,
};

/* --- finding --- */

struct k_process *k_find_process(const struct kernel *kernel, uint32_t id)
{
    struct k_process *process;
    for (process = kernel->processes; process && process->id != id;) process = process->next;
    return process;
}

bool k_is_child(const struct k_process *parent, uint32_t id)
{
    const struct k_process *process = k_find_process(parent->kernel, id);
    return process && process->parent == parent->id;
}

const struct k_program *k_find_program(const struct kernel *kernel, const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t i;

    if (slash) {
        size_t length = (size_t)(slash - name);
        if (!(length == 4 && memcmp(name, "/bin", 4) == 0) &&
            !(length == strlen(K_PROGRAMS_PATH) && memcmp(name, K_PROGRAMS_PATH, length) == 0))
            return NULL;
        name = slash + 1;
    }
    for (i = 0; kernel->programs[i]; i++)
        if (strcmp(kernel->programs[i]->name, name) == 0) return kernel->programs[i];
    return NULL;
}

/* --- beginning --- */

static uint32_t next_id(struct kernel *kernel)
{
    do {
        if (++kernel->next_id > ID_MAX) kernel->next_id = 2;
    } while (k_find_process(kernel, kernel->next_id));
    return kernel->next_id;
}

static struct k_process *allocate(struct kernel *kernel, struct error *error)
{
    struct k_process *process = kernel->spare;

    if (kernel->limits.processes && kernel->process_count >= kernel->limits.processes) {
        error_set(error, UMBRA_EAGAIN, "there are %u processes already, as many as there may be (processes)",
                  kernel->process_count);
        return NULL;
    }
    if (process)
        kernel->spare = process->next;
    else
        process = memory_take(&kernel->account, sizeof *process);
    if (process == NULL) {
        error_memory(error);
        return NULL;
    }
    memset(process, 0, sizeof *process);
    process->kernel = kernel;
    process->account =
        (struct memory_account){&kernel->account, 0, (size_t)kernel->limits.process_bytes, false};
    arena_init(&process->arena, &process->account);
    return process;
}

static void give_back(struct k_process *process)
{
    process->next = process->kernel->spare;
    process->kernel->spare = process;
}

/* Memory for the program's state, and a copy of its arguments. */
static int set_program(struct k_process *process, const struct k_program *program, int argc,
                       char *const *argv)
{
    int i;

    process->program = program;
    process->resume = 0;
    process->argc = argc;
    process->argv = arena_take(&process->arena, ((size_t)argc + 1) * sizeof *process->argv);
    process->state = arena_zero(&process->arena, program->state_size);
    if (process->argv == NULL || process->state == NULL) return UMBRA_ENOMEM;
    for (i = 0; i < argc; i++) {
        process->argv[i] = arena_copy(&process->arena, argv[i], strlen(argv[i]));
        if (process->argv[i] == NULL) return UMBRA_ENOMEM;
    }
    process->argv[argc] = NULL;
    return 0;
}

static void enter(struct k_process *process)
{
    struct kernel *kernel = process->kernel;

    process->next = kernel->processes;
    process->before = NULL;
    if (kernel->processes) kernel->processes->before = process;
    kernel->processes = process;
    kernel->process_count++;
    process->session->references++;
    process->started = kernel->now;
    process->condition = K_WAITING;
    k_wake(process);
}

static int inherit(struct k_process *process, struct k_process *parent)
{
    uint32_t i;

    process->parent = parent->id;
    process->group = parent->group;
    process->session = parent->session;
    process->umask = parent->umask;
    process->ignored = parent->ignored;
    process->directory = parent->directory;
    process->directory->references++;
    process->environment = parent->environment;
    if (process->environment) process->environment->references++;
    if (parent->descriptor_count == 0) return 0;
    process->descriptors =
        memory_take(&process->account, parent->descriptor_count * sizeof *process->descriptors);
    if (process->descriptors == NULL) return UMBRA_ENOMEM;
    process->descriptor_count = parent->descriptor_count;
    for (i = 0; i < parent->descriptor_count; i++) {
        bool stays = parent->descriptors[i].file && !parent->descriptors[i].close_on_execute;
        process->descriptors[i] =
            (struct k_descriptor){stays ? k_keep(parent->descriptors[i].file) : NULL, false};
    }
    return 0;
}

/* What a process has of others. */
static void let_go(struct k_process *process)
{
    struct kernel *kernel = process->kernel;

    if (process->program && process->program->end && process->state) process->program->end(process);
    process->state = NULL;
    k_close_all(process);
    arena_free(&process->arena);
    k_drop_environment(kernel, process->environment);
    k_drop_directory(kernel, process->directory);
    process->environment = NULL;
    process->directory = NULL;
    process->argv = NULL;
}

struct k_process *k_spawn(struct k_process *parent, const struct k_program *program, int argc,
                          char *const *argv, struct error *error)
{
    struct k_process *process = allocate(parent->kernel, error);

    if (process == NULL) return NULL;
    if (inherit(process, parent) < 0 || set_program(process, program, argc, argv) < 0) {
        process->program = NULL; /* it has not begun */
        let_go(process);
        give_back(process);
        error_memory(error);
        return NULL;
    }
    process->id = next_id(parent->kernel);
    enter(process);
    return process;
}

static void close_marked(struct k_process *process)
{
    uint32_t i;
    for (i = 0; i < process->descriptor_count; i++)
        if (process->descriptors[i].file && process->descriptors[i].close_on_execute)
            k_close_number(process, (int)i);
}

int k_execute(struct k_process *process, const struct k_program *program, int argc, char *const *argv)
{
    struct arena arena = process->arena;
    const struct k_program *before = process->program;
    void *state = process->state;
    char **arguments = process->argv;
    unsigned resume = process->resume;
    int count = process->argc, result;

    arena_init(&process->arena, &process->account);
    result = set_program(process, program, argc, argv);
    if (result < 0) {
        arena_free(&process->arena);
        process->arena = arena;
        process->program = before;
        process->state = state;
        process->argv = arguments;
        process->argc = count;
        process->resume = resume;
        return result;
    }
    if (before->end) { /* it finds its own state and arena */
        void *own = process->state;
        struct arena own_arena = process->arena;
        process->state = state;
        process->arena = arena;
        before->end(process);
        arena = process->arena;
        process->state = own;
        process->arena = own_arena;
    }
    arena_free(&arena);
    close_marked(process);
    process->caught = 0;
    k_wake(process);
    return 0;
}

/* A directory of the SYSTEM tree, made when there is somebody to use it. */
static int make_place(struct kernel *kernel, const char *name, uint16_t mode, uint32_t *ino,
                      struct error *error)
{
    int result;

    if (*ino) return 0;
    result = k_change(kernel, error);
    if (result == 0)
        result = st_create(kernel->store, ST_SYSTEM, ST_ROOT_INO, name, strlen(name), ST_DIRECTORY, mode,
                           k_wall(kernel), ino, error);
    return result;
}

struct k_process *k_begin_session(struct kernel *kernel, const struct k_program *program, int argc,
                                  char *const *argv, struct k_environment *environment, struct error *error)
{
    struct k_session *session = NULL;
    struct k_process *process = NULL;

    if (make_place(kernel, "tmp", 01777, &kernel->temporary, error) < 0 ||
        make_place(kernel, "home", 0755, &kernel->home, error) < 0)
        return NULL;
    session = memory_take(&kernel->account, sizeof *session);
    if (session) process = allocate(kernel, error);
    if (process == NULL) {
        if (session == NULL) error_memory(error);
        memory_give(&kernel->account, session, sizeof *session);
        return NULL;
    }
    *session = (struct k_session){.references = 1, .kernel = kernel, .next = kernel->sessions};
    kernel->sessions = session;
    process->session = session;
    process->umask = 022;
    process->environment = environment;
    if (environment) environment->references++;
    process->directory = k_make_directory_handle(kernel, (struct k_node){K_WORKSPACE, ST_ROOT_INO});
    if (process->directory == NULL || set_program(process, program, argc, argv) < 0) {
        process->program = NULL;
        let_go(process);
        give_back(process);
        k_drop_session(session);
        error_memory(error);
        return NULL;
    }
    process->id = process->group = session->leader = next_id(kernel);
    enter(process);
    k_begin_command(session);
    return process;
}

struct k_session *k_separate(struct k_process *process)
{
    struct kernel *kernel = process->kernel;
    struct k_session *session = memory_take(&kernel->account, sizeof *session);

    if (session == NULL) return NULL;
    *session = (struct k_session){
        .references = 2, .kernel = kernel, .leader = process->id, .next = kernel->sessions};
    kernel->sessions = session;
    k_drop_session(process->session);
    process->session = session;
    process->group = process->id;
    k_begin_command(session);
    return session;
}

/* --- ending --- */

void k_child_changed(struct k_process *parent)
{
    k_signal(parent, K_SIGCHLD);
    k_wake(parent);
}

/* Those whose parent is gone are asked for by nobody. */
static void orphan_children(struct k_process *parent)
{
    struct k_process *process;

    for (process = parent->kernel->processes; process; process = process->next)
        if (process->parent == parent->id) {
            process->parent = 0;
            process->unreaped = false;
        }
}

static void end_dependents(const struct k_process *parent)
{
    struct k_process *process;

    for (process = parent->kernel->processes; process; process = process->next)
        if (process->dependent && process->parent == parent->id)
            k_finish(process, 128 + K_SIGKILL, K_SIGKILL);
}

void k_finish(struct k_process *process, int status, int signal)
{
    struct k_process *parent = k_find_process(process->kernel, process->parent);

    if (process->condition == K_ENDED) return;
    k_leave_queues(process);
    process->condition = K_ENDED;
    process->status = status & 0xff;
    process->ended_by = signal;
    end_dependents(process);
    let_go(process);
    orphan_children(process);
    process->unreaped = parent != NULL;
    if (process->id == process->session->leader) {
        process->session->ended = true;
        process->session->status = process->status;
    }
    if (parent) k_child_changed(parent);
}

void k_end(struct k_process *process, int status)
{
    k_finish(process, status, 0);
}

static void bury(struct k_process *process)
{
    struct kernel *kernel = process->kernel;

    if (process->before)
        process->before->next = process->next;
    else
        kernel->processes = process->next;
    if (process->next) process->next->before = process->before;
    kernel->process_count--;
    k_drop_session(process->session);
    give_back(process);
}

void k_bury(struct kernel *kernel)
{
    struct k_process *process, *next;

    for (process = kernel->processes; process; process = next) {
        next = process->next;
        if (process->condition == K_ENDED && !process->unreaped) bury(process);
    }
}

int k_reap(struct k_process *parent, uint32_t id, struct k_child *child)
{
    struct k_process *process;
    bool any = false;

    for (process = parent->kernel->processes; process; process = process->next) {
        bool ended = process->condition == K_ENDED;
        if (process->parent != parent->id || (id && process->id != id)) continue;
        any = true;
        if (!(ended && process->unreaped) && (process->condition != K_STOPPED || process->reported_stop))
            continue;
        *child = (struct k_child){process->id, process->status, process->ended_by, !ended};
        process->reported_stop = true;
        if (!ended) return 1;
        parent->children_fuel += process->fuel_used + process->children_fuel;
        bury(process);
        return 1;
    }
    return any ? 0 : UMBRA_ECHILD;
}

/* --- sessions --- */

void k_begin_command(struct k_session *session)
{
    const struct k_limits *limits = &session->kernel->limits;

    session->fuel_used = session->output_used = 0;
    session->exceeded = NULL;
    session->deadline = limits->wall_ms ? k_monotonic(session->kernel) + (int64_t)limits->wall_ms * 1000 : 0;
}

void k_drop_session(struct k_session *session)
{
    struct k_session **at = &session->kernel->sessions;

    if (--session->references) return;
    k_terminal_forget_session(session);
    k_drop(session->terminal);
    while (*at != session) at = &(*at)->next;
    *at = session->next;
    memory_give(&session->kernel->account, session, sizeof *session);
}

void k_exceed(struct k_session *session, const char *what)
{
    struct k_process *process;

    session->exceeded = what;
    session->deadline = 0;
    session->fuel_used = 0; /* the leader is to have some for what it says */
    for (process = session->kernel->processes; process; process = process->next)
        if (process->session == session)
            k_signal(process, process->id == session->leader ? K_SIGXCPU : K_SIGKILL);
}

/* --- environments --- */

struct k_environment *k_make_environment(struct kernel *kernel, char *const *strings, size_t count)
{
    size_t bytes = sizeof(struct k_environment) + (count + 1) * sizeof(char *), i;
    struct k_environment *environment;
    char *at;

    for (i = 0; i < count; i++) bytes += strlen(strings[i]) + 1;
    environment = memory_take(&kernel->account, bytes);
    if (environment == NULL) return NULL;
    *environment = (struct k_environment){.references = 1, .count = count, .bytes = bytes};
    at = (char *)&environment->strings[count + 1];
    for (i = 0; i < count; i++) {
        size_t size = strlen(strings[i]) + 1;
        environment->strings[i] = memcpy(at, strings[i], size);
        at += size;
    }
    environment->strings[count] = NULL;
    return environment;
}

void k_drop_environment(struct kernel *kernel, struct k_environment *environment)
{
    if (environment && --environment->references == 0)
        memory_give(&kernel->account, environment, environment->bytes);
}

const char *k_variable(const struct k_process *process, const char *name)
{
    const struct k_environment *environment = process->environment;
    size_t length = strlen(name), i;

    for (i = 0; environment && i < environment->count; i++)
        if (strncmp(environment->strings[i], name, length) == 0 && environment->strings[i][length] == '=')
            return environment->strings[i] + length + 1;
    return NULL;
}

/* --- the kernel itself --- */

int k_open(struct kernel *kernel, const struct umbra_host *host, struct store *store,
           const struct k_limits *limits, const struct k_program *const *programs, struct error *error)
{
    (void)error;
    *kernel = (struct kernel){
        .host = host, .store = store, .limits = limits ? *limits : k_default_limits, .programs = programs};
    kernel->account.limit = (size_t)kernel->limits.memory_bytes;
    kernel->next_id = 1;
    kernel->temporary = st_lookup(store, ST_SYSTEM, ST_ROOT_INO, "tmp", 3);
    kernel->home = st_lookup(store, ST_SYSTEM, ST_ROOT_INO, "home", 4);
    k_monotonic(kernel);
    return 0;
}

void k_close(struct kernel *kernel)
{
    struct k_process *process;

    if (kernel->host == NULL) return;
    for (process = kernel->processes; process; process = process->next)
        k_finish(process, 128 + K_SIGKILL, K_SIGKILL);
    for (process = kernel->processes; process; process = process->next) process->unreaped = false;
    k_bury(kernel);
    while ((process = kernel->spare) != NULL) {
        kernel->spare = process->next;
        memory_give(&kernel->account, process, sizeof *process);
    }
    k_settle(kernel, NULL);
}

/* --- the workspace's transaction --- */

int k_change(struct kernel *kernel, struct error *error)
{
    int result;

    if (kernel->changing) return 0;
    result = kernel->before_change ? kernel->before_change(kernel->change_context, error) : 0;
    if (result == 0) result = st_begin(kernel->store, error);
    if (result == 0) kernel->changing = true;
    return result;
}

int k_settle(struct kernel *kernel, struct error *error)
{
    int result;

    if (!kernel->changing) return 0;
    kernel->changing = false;
    result = st_commit(kernel->store, error);
    /* /tmp may have been made in it. */
    if (result < 0) kernel->temporary = st_lookup(kernel->store, ST_SYSTEM, ST_ROOT_INO, "tmp", 3);
    return result;
}
