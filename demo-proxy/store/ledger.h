/* ledger.h: what models cost, in millionths of a US dollar. A request reserves before it goes out and settles
 * when it is known what it cost; the budgets hold against settled plus reserved. A reservation that a crash
 * left is settled in full at the next start, so nothing is ever forgotten. */
#ifndef PX_STORE_LEDGER_H
#define PX_STORE_LEDGER_H

#include <stdio.h>

#include "store/audit.h"

#define PX_MICRO_DOLLARS_MAX INT64_C(1000000000000000)

struct px_ledger {
    struct px_database *db;
    int64_t budget_day, budget_session; /* 0: none */
    int64_t last_id;                    /* of a reservation; 0: not looked up yet */
};

struct px_cost {
    const char *provider, *model; /* NULL: unknown */
    int64_t input_tokens, output_tokens, cache_read_tokens, cache_write_tokens;
};

/* What a request has set aside. */
struct px_reservation {
    int64_t id;        /* 0: nothing */
    char day[11];      /* "2026-01-31" of UTC */
    const char *actor; /* whom it is counted for; the caller's */
};

void px_ledger_open(struct px_ledger *ledger, struct px_database *db, int64_t budget_day,
                    int64_t budget_session);

/* Reserves in the turn's transaction. actor: whom the usage is counted for; session: whose session budget
 * counts, NULL for none. micro_dollars: -1 when somebody else pays, so that no budget counts. now: Unix
 * seconds; the day is that of UTC. PX_ELIMIT says which budget it is and how much of it is left. */
int px_ledger_reserve(struct px_ledger *ledger, const char *actor, const char *session, int64_t micro_dollars,
                      int64_t now, struct px_reservation *reservation, struct px_err *err);
/* The request cost this. usage may be NULL. PX_ENOENT when there is no such reservation. */
int px_ledger_settle(struct px_ledger *ledger, const struct px_reservation *reservation,
                     const struct px_cost *usage, int64_t micro_dollars, struct px_err *err);
/* The request never went out: it cost nothing and is not counted. */
int px_ledger_release(struct px_ledger *ledger, const struct px_reservation *reservation, struct px_err *err);
/* At start: settles what was left over and records each. Returns how many, or a negative error. */
int px_ledger_recover(struct px_ledger *ledger, struct px_audit *audit, struct px_err *err);

/* What is left of the budget of the day of `now`, never below 0; -1 when there is no such budget. */
int px_ledger_left(struct px_ledger *ledger, int64_t now, int64_t *micro_dollars, struct px_err *err);

enum px_usage_by { PX_USAGE_BY_DAY, PX_USAGE_BY_KEY, PX_USAGE_BY_MODEL };

/* A table, or with json one JSON object a line. day: "2026-01-31", NULL for all. */
int px_ledger_report(struct px_ledger *ledger, const char *day, enum px_usage_by by, bool json, FILE *out,
                     struct px_err *err);
/* "2026-01-31" of UTC. */
void px_ledger_day(int64_t now, char day[11]);

#endif
