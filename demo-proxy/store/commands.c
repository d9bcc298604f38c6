/* `demo-proxy keys`, `audit`, `usage` and `backup`: they work on the database of the state folder, beside a
 * running proxy. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/session.h"
#include "base/text.h"
#include "commands.h"
#include "store/store.h"

#define DAY_SECONDS INT64_C(86400)

struct work {
    struct px_options *options;
    struct px_state state;
    struct px_store store;
    struct px_err err;
};

struct form {
    const char *name;
    const char *word; /* what must follow; NULL: nothing */
    int (*run)(struct work *work);
};

static int finish(struct work *work, int rc)
{
    if (rc == 0) rc = px_database_turn(&work->store.db, &work->err);
    if (rc == 0 && fflush(stdout))
        rc = px_fail(&work->err, PX_EIO, "cannot write the output: %s", strerror(errno));
    px_store_close(&work->store);
    px_state_close(&work->state);
    if (rc == 0) return 0;
    (void)fprintf(stderr, "demo-proxy: %s\n", work->err.text);
    return rc == PX_EUSAGE ? 2 : 1;
}

static int with_store(struct px_options *options, int (*run)(struct work *work))
{
    struct work work = {.options = options, .state = {-1, -1}};
    unsigned char secret[PX_SECRET_SIZE];
    int rc = px_state_open(&work.state, options->state_dir, &work.err);
    if (rc == 0) rc = px_state_secret(&work.state, secret, &work.err);
    if (rc == 0) rc = px_store_open(&work.store, options, &work.state, secret, &work.err);
    OPENSSL_cleanse(secret, sizeof secret);
    if (rc == 0) rc = run(&work);
    return finish(&work, rc);
}

/* Runs the form that the first word names, if as many words follow as it wants. */
static int with_form(struct px_options *options, const struct form *forms, size_t count)
{
    const char *word = options->words[0];
    for (size_t i = 0; word && i < count; i++) {
        const struct form *form = &forms[i];
        if (strcmp(form->name, word) != 0) continue;
        if (!form->word == !options->words[1] && !options->words[2]) return with_store(options, form->run);
        (void)fprintf(stderr, "demo-proxy: use `demo-proxy %s %s%s%s`\n", options->command->name, word,
                      form->word ? " " : "", form->word ? form->word : "");
        return 2;
    }
    (void)fprintf(stderr, "demo-proxy: say what to do:\n");
    for (const char *line = options->command->usage; *line; line += strcspn(line, "\n") + 1)
        (void)fprintf(stderr, "  demo-proxy %.*s\n", (int)strcspn(line, "\t"), line);
    return 2;
}

static int record_key(struct work *work, const char *what, const char *name)
{
    char detail[160], actor[48];
    int rc = px_keys_actor(&work->store.keys, name, actor, &work->err);
    if (rc) return rc;
    (void)snprintf(detail, sizeof detail, "{\"what\":\"%s\",\"name\":\"%s\"}", what, name);
    struct px_audit_record record = {.kind = "key", .actor = actor, PX_AUDIT_EMPTY, .detail = detail};
    return px_audit_append(&work->store.audit, &record, &work->err);
}

/* The key is shown only when it is certain that it is kept. */
static int show_key(struct work *work, int rc, const char *what, char key[PX_KEY_SIZE])
{
    if (rc == 0) rc = record_key(work, what, work->options->words[1]);
    if (rc == 0) rc = px_database_turn(&work->store.db, &work->err);
    if (rc == 0) (void)printf("%s\n", key);
    OPENSSL_cleanse(key, PX_KEY_SIZE);
    return rc;
}

static int keys_create(struct work *work)
{
    const struct px_options *options = work->options;
    char key[PX_KEY_SIZE] = "";
    int64_t now = px_unix_seconds(), expires = options->days ? now + options->days * DAY_SECONDS : -1;
    int rc = px_keys_create(&work->store.keys, options->words[1], now, expires, options->providers, key,
                            &work->err);
    return show_key(work, rc, "create", key);
}

static int keys_list(struct work *work)
{
    return px_keys_list(&work->store.keys, px_unix_seconds(), stdout, &work->err);
}

static int keys_rotate(struct work *work)
{
    char key[PX_KEY_SIZE] = "";
    int rc = px_keys_rotate(&work->store.keys, work->options->words[1], px_unix_seconds(),
                            work->options->key_overlap_seconds, key, &work->err);
    return show_key(work, rc, "rotate", key);
}

static int keys_revoke(struct work *work)
{
    const char *name = work->options->words[1];
    int rc = px_keys_revoke(&work->store.keys, name, px_unix_seconds(), &work->err);
    return rc ? rc : record_key(work, "revoke", name);
}

int px_command_keys(struct px_options *options)
{
    static const struct form forms[] = {{"create", "NAME", keys_create},
                                        {"list", NULL, keys_list},
                                        {"rotate", "NAME", keys_rotate},
                                        {"revoke", "NAME", keys_revoke}};
    return with_form(options, forms, sizeof forms / sizeof *forms);
}

static int read_day(const char *text, const char *flag, int64_t *seconds, struct px_err *err)
{
    struct tm day = {0};
    const char *end = strptime(text, "%Y-%m-%d", &day);
    if (!end || *end || strlen(text) != 10)
        return px_fail(err, PX_EUSAGE, "%s is \"%.40s\"; write a day like 2026-01-31", flag, text);
    *seconds = (int64_t)timegm(&day);
    return 0;
}

static int audit_verify(struct work *work)
{
    struct px_audit_state state;
    char hash[2 * PX_HASH_SIZE + 1];
    int rc = px_database_examine(&work->store.db, &work->err);
    if (rc == 0) rc = px_audit_verify(&work->store.audit, &state, &work->err);
    if (rc) return rc;
    px_hex(state.hash, PX_HASH_SIZE, hash);
    (void)printf("the audit log is whole: records %" PRId64 " to %" PRId64 ", the last with the hash %s\n",
                 state.first, state.last, hash);
    return 0;
}

static int audit_export(struct work *work)
{
    int64_t since = 0;
    int rc = work->options->since ? read_day(work->options->since, "--since", &since, &work->err) : 0;
    return rc ? rc
              : px_audit_export(&work->store.audit, since * 1000, work->options->bodies, stdout, &work->err);
}

/* A session is given as the audit log names it, by its id, or as the token itself. */
static int audit_forget(struct work *work)
{
    const char *given = work->options->words[1];
    struct px_actor actor = {0};
    char id[40];
    int rc = 0;
    if (px_has_prefix(given, "session-") && strlen(given) < sizeof actor.text)
        (void)snprintf(actor.text, sizeof actor.text, "%s", given);
    else if (strchr(given, '.') && px_session_id(given, id))
        rc = px_actor_set(&actor, PX_ACTOR_SESSION, id, &work->err);
    else
        rc = px_actor_set(&actor, PX_ACTOR_SESSION, given, &work->err);
    if (rc) return rc;
    int64_t count = px_audit_forget(&work->store.audit, actor.text, &work->err);
    if (count < 0) return (int)count;
    (void)printf("the details of %" PRId64 " records of %s are removed\n", count, actor.text);
    return 0;
}

int px_command_audit(struct px_options *options)
{
    static const struct form forms[] = {
        {"verify", NULL, audit_verify}, {"export", NULL, audit_export}, {"forget", "SESSION", audit_forget}};
    return with_form(options, forms, sizeof forms / sizeof *forms);
}

static int usage(struct work *work)
{
    static const char *const names[] = {
        [PX_USAGE_BY_DAY] = "day", [PX_USAGE_BY_KEY] = "key", [PX_USAGE_BY_MODEL] = "model"};
    const struct px_options *options = work->options;
    int64_t unused = 0;
    int rc = options->day ? read_day(options->day, "--day", &unused, &work->err) : 0;
    if (rc) return rc;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(options->by ? options->by : "day", names[i]) == 0)
            return px_ledger_report(&work->store.ledger, options->day, (enum px_usage_by)i, options->json,
                                    stdout, &work->err);
    return px_fail(&work->err, PX_EUSAGE, "--by is \"%.40s\"; use day, key or model", options->by);
}

int px_command_usage(struct px_options *options)
{
    if (!options->words[0]) return with_store(options, usage);
    (void)fprintf(stderr, "demo-proxy: usage takes no words, only --day, --by and --json\n");
    return 2;
}

/* The copy's own chain is followed too: what is kept for a bad day must be good. */
static int verify_copy(const char *path, struct px_err *err)
{
    struct px_database copy = {0};
    struct px_audit audit;
    struct px_audit_state state;
    if (sqlite3_open_v2(path, &copy.handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL)) {
        (void)sqlite3_close(copy.handle);
        return px_fail(err, PX_ESTORE, "the backup cannot be opened again");
    }
    px_audit_open(&audit, &copy);
    int rc = px_audit_verify(&audit, &state, err);
    px_database_close(&copy);
    return rc;
}

static int backup(struct work *work)
{
    const char *path = work->options->words[0];
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return px_fail(&work->err, PX_EIO, "cannot make the backup %s: %s; choose a name that is not taken",
                       path, strerror(errno));
    (void)close(fd);
    int rc = px_database_backup(&work->store.db, path, &work->err);
    if (rc == 0) rc = verify_copy(path, &work->err);
    if (rc)
        (void)unlink(path);
    else
        (void)printf("the database is copied to %s and the copy is whole\n", path);
    return rc;
}

int px_command_backup(struct px_options *options)
{
    if (options->words[0] && !options->words[1]) return with_store(options, backup);
    (void)fprintf(stderr, "demo-proxy: use `demo-proxy backup FILE`\n");
    return 2;
}
