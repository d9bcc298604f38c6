#include "store/ledger.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "store/schema.h"

const char px_ledger_schema[] =
    "CREATE TABLE usage("
    " day TEXT NOT NULL, actor TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,"
    " requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,"
    " cache_read_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL, micro_dollars INTEGER NOT "
    "NULL,"
    " PRIMARY KEY (day, actor, provider, model)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX usage_by_actor ON usage(actor, micro_dollars);"
    "CREATE TABLE reservations("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL, actor TEXT NOT NULL, session TEXT,"
    " micro_dollars INTEGER NOT NULL CHECK (micro_dollars >= 0)) STRICT;";

/* Numbers are given by px_ledger_reserve; and an index over the sums themselves changed with each of them. */
const char px_ledger_schema_6[] =
    "CREATE TABLE kept AS SELECT * FROM reservations;"
    "DROP TABLE reservations;"
    "CREATE TABLE reservations("
    " id INTEGER PRIMARY KEY, day TEXT NOT NULL, actor TEXT NOT NULL, session TEXT,"
    " micro_dollars INTEGER NOT NULL CHECK (micro_dollars >= 0)) STRICT;"
    "INSERT INTO reservations SELECT id, day, actor, session, micro_dollars FROM kept;"
    "DROP TABLE kept;"
    "DROP INDEX usage_by_actor;"
    "CREATE INDEX usage_by_actor ON usage(actor);";

void px_ledger_open(struct px_ledger *ledger, struct px_database *db, int64_t budget_day,
                    int64_t budget_session)
{
    *ledger = (struct px_ledger){.db = db, .budget_day = budget_day, .budget_session = budget_session};
}

void px_ledger_day(int64_t now, char day[11])
{
    struct tm utc;
    time_t seconds = (time_t)now;
    if (!gmtime_r(&seconds, &utc) || strftime(day, 11, "%Y-%m-%d", &utc) != 10)
        (void)snprintf(day, 11, "0000-00-00");
}

static int one_number(struct px_database *db, sqlite3_stmt *row, int64_t *value, struct px_err *err)
{
    int rc = row ? px_database_step(db, row, err) : PX_ESTORE;
    if (rc <= 0) return rc < 0 ? rc : px_fail(err, PX_ESTORE, "the database gave no sum");
    *value = sqlite3_column_int64(row, 0);
    (void)sqlite3_reset(row);
    return 0;
}

static int64_t bounded(int64_t value)
{
    return value < 0 ? 0 : value > PX_MICRO_DOLLARS_MAX ? PX_MICRO_DOLLARS_MAX : value;
}

static int over(const char *what, const char *flag, int64_t budget, int64_t spent, int64_t wanted,
                struct px_err *err)
{
    int64_t left = budget > spent ? budget - spent : 0;
    return px_fail(
        err, PX_ELIMIT,
        "the budget of %s ($%.6f, %s) is used up: $%.6f are left of it and this request may cost $%.6f", what,
        (double)budget / 1e6, flag, (double)left / 1e6, (double)wanted / 1e6);
}

/* A budget that is used up lets through nothing more, not even what is thought to cost nothing. */
static bool fits(int64_t budget, int64_t spent, int64_t wanted)
{
    return budget == 0 || (spent < budget && wanted <= budget - spent);
}

static int spent_on(struct px_database *db, const char *day, int64_t *spent, struct px_err *err)
{
    return one_number(
        db,
        px_database_query(db, err,
                          "SELECT (SELECT ifnull(sum(micro_dollars), 0) FROM usage WHERE day = ?1)"
                          " + (SELECT ifnull(sum(micro_dollars), 0) FROM reservations WHERE day = ?1)",
                          "t", day),
        spent, err);
}

int px_ledger_left(struct px_ledger *ledger, int64_t now, int64_t *micro_dollars, struct px_err *err)
{
    char day[11];
    int64_t spent = 0;
    *micro_dollars = -1;
    if (ledger->budget_day == 0) return 0;
    px_ledger_day(now, day);
    int rc = spent_on(ledger->db, day, &spent, err);
    if (rc == 0) *micro_dollars = spent < ledger->budget_day ? ledger->budget_day - spent : 0;
    return rc;
}

static int check_budgets(struct px_ledger *ledger, const char *day, const char *session, int64_t wanted,
                         struct px_err *err)
{
    struct px_database *db = ledger->db;
    int64_t spent = 0;
    int rc = 0;
    if (ledger->budget_day > 0) {
        rc = spent_on(db, day, &spent, err);
        if (rc == 0 && !fits(ledger->budget_day, spent, wanted))
            rc = over("this day", "--budget-day", ledger->budget_day, spent, wanted, err);
    }
    if (rc == 0 && session && ledger->budget_session > 0) {
        rc = one_number(db,
                        px_database_query(
                            db, err,
                            "SELECT (SELECT ifnull(sum(micro_dollars), 0) FROM usage WHERE actor = ?1)"
                            " + (SELECT ifnull(sum(micro_dollars), 0) FROM reservations WHERE session = ?1)",
                            "t", session),
                        &spent, err);
        if (rc == 0 && !fits(ledger->budget_session, spent, wanted))
            rc = over("this session", "--budget-session", ledger->budget_session, spent, wanted, err);
    }
    return rc;
}

/* Numbers that this process has not given yet; what a crash left keeps its own. */
static int next_id(struct px_ledger *ledger, int64_t *id, struct px_err *err)
{
    struct px_database *db = ledger->db;
    int rc = 0;
    if (ledger->last_id == 0)
        rc = one_number(db, px_database_query(db, err, "SELECT ifnull(max(id), 0) FROM reservations", ""),
                        &ledger->last_id, err);
    if (rc == 0) *id = ++ledger->last_id;
    return rc;
}

int px_ledger_reserve(struct px_ledger *ledger, const char *actor, const char *session, int64_t micro_dollars,
                      int64_t now, struct px_reservation *reservation, struct px_err *err)
{
    int64_t wanted = bounded(micro_dollars), id = 0;
    *reservation = (struct px_reservation){.actor = actor};
    px_ledger_day(now, reservation->day);
    int rc = px_database_begin(ledger->db, err);
    if (rc == 0 && micro_dollars >= 0) rc = check_budgets(ledger, reservation->day, session, wanted, err);
    if (rc == 0) rc = next_id(ledger, &id, err);
    if (rc == 0)
        rc = px_database_write(ledger->db, err, "INSERT INTO reservations VALUES (?,?,?,?,?)", "ittti", id,
                               reservation->day, actor, session, wanted);
    if (rc == 0) reservation->id = id;
    return rc;
}

/* Nearly always there is a row of the same day, actor and model, and changing it is cheap. */
#define USAGE_FORMAT "iiiiitttt"

static int count(struct px_ledger *ledger, const struct px_reservation *reservation, const struct px_cost *u,
                 int64_t micro_dollars, const char *sql, struct px_err *err)
{
    return px_database_write(ledger->db, err, sql, USAGE_FORMAT, bounded(u->input_tokens),
                             bounded(u->output_tokens), bounded(u->cache_read_tokens),
                             bounded(u->cache_write_tokens), bounded(micro_dollars), reservation->day,
                             reservation->actor, u->provider ? u->provider : "", u->model ? u->model : "");
}

int px_ledger_settle(struct px_ledger *ledger, const struct px_reservation *reservation,
                     const struct px_cost *usage, int64_t micro_dollars, struct px_err *err)
{
    static const struct px_cost unknown = {0};
    const struct px_cost *u = usage ? usage : &unknown;
    int rc = px_ledger_release(ledger, reservation, err);
    if (rc == 0)
        rc = count(ledger, reservation, u, micro_dollars,
                   "UPDATE usage SET requests = requests + 1, input_tokens = input_tokens + ?1,"
                   " output_tokens = output_tokens + ?2, cache_read_tokens = cache_read_tokens + ?3,"
                   " cache_write_tokens = cache_write_tokens + ?4, micro_dollars = micro_dollars + ?5"
                   " WHERE day = ?6 AND actor = ?7 AND provider = ?8 AND model = ?9",
                   err);
    if (rc || sqlite3_changes(ledger->db->handle)) return rc;
    return count(ledger, reservation, u, micro_dollars,
                 "INSERT INTO usage VALUES (?6, ?7, ?8, ?9, 1, ?1, ?2, ?3, ?4, ?5)", err);
}

int px_ledger_release(struct px_ledger *ledger, const struct px_reservation *reservation, struct px_err *err)
{
    int rc =
        px_database_write(ledger->db, err, "DELETE FROM reservations WHERE id = ?", "i", reservation->id);
    if (rc) return rc;
    if (sqlite3_changes(ledger->db->handle)) return 0;
    return px_fail(err, PX_ENOENT, "there is no reservation %" PRId64, reservation->id);
}

/* The oldest reservation: 1, or 0 when there is none. */
static int oldest(struct px_database *db, struct px_reservation *reservation, int64_t *amount, char actor[64],
                  struct px_err *err)
{
    sqlite3_stmt *row = px_database_query(
        db, err, "SELECT id, micro_dollars, actor, day FROM reservations ORDER BY id LIMIT 1", "");
    int rc = row ? px_database_step(db, row, err) : PX_ESTORE;
    if (rc <= 0) return rc;
    reservation->id = sqlite3_column_int64(row, 0);
    *amount = sqlite3_column_int64(row, 1);
    (void)snprintf(actor, 64, "%s", (const char *)sqlite3_column_text(row, 2));
    (void)snprintf(reservation->day, sizeof reservation->day, "%s",
                   (const char *)sqlite3_column_text(row, 3));
    (void)sqlite3_reset(row);
    return 1;
}

int px_ledger_recover(struct px_ledger *ledger, struct px_audit *audit, struct px_err *err)
{
    int64_t amount = 0;
    char actor[64];
    struct px_reservation reservation = {.actor = actor};
    int rc = 0, settled = 0;
    while ((rc = oldest(ledger->db, &reservation, &amount, actor, err)) > 0) {
        rc = px_ledger_settle(ledger, &reservation, NULL, amount, err);
        struct px_audit_record record = {.kind = "model", .actor = actor, PX_AUDIT_EMPTY};
        record.micro_dollars = amount;
        record.detail = "{\"ended\":\"the proxy was broken off\"}";
        if (rc == 0) rc = px_audit_append(audit, &record, err);
        if (rc) break;
        settled++;
    }
    if (rc == 0) rc = px_database_turn(ledger->db, err);
    return rc ? rc : settled;
}
