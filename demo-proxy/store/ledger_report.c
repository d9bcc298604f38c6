/* What models have cost, as a table or as JSON. */
#include <inttypes.h>
#include <string.h>

#include "store/ledger.h"

#define SUMS                                                                                                 \
    "sum(requests), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), "                         \
    "sum(cache_write_tokens), sum(micro_dollars) FROM usage "
#define OF_DAY "WHERE ?1 IS NULL OR day = ?1 "

struct report {
    const char *sql, *names[2]; /* of the text columns; the second may be NULL */
};

static const struct report reports[] = {
    [PX_USAGE_BY_DAY] = {"SELECT day, NULL, " SUMS OF_DAY "GROUP BY day ORDER BY day", {"day", NULL}},
    [PX_USAGE_BY_KEY] = {"SELECT actor, (SELECT name FROM keys WHERE keys.actor = usage.actor LIMIT 1), " SUMS
                             OF_DAY "GROUP BY actor ORDER BY actor",
                         {"actor", "name"}},
    [PX_USAGE_BY_MODEL] = {"SELECT provider, model, " SUMS OF_DAY
                           "GROUP BY provider, model ORDER BY provider, model",
                           {"provider", "model"}},
};

static const char *const sums[] = {"requests",          "input_tokens",       "output_tokens",
                                   "cache_read_tokens", "cache_write_tokens", "micro_dollars"};
enum { FIRST_SUM = 2, SUM_COUNT = sizeof sums / sizeof *sums };

static void put_json(const struct report *report, sqlite3_stmt *row, struct buffer *line)
{
    const char *separator = "{";
    for (int i = 0; i < FIRST_SUM; i++) {
        const char *text = (const char *)sqlite3_column_text(row, i);
        if (!report->names[i]) continue;
        buffer_printf(line, "%s\"%s\":", separator, report->names[i]);
        if (text)
            px_put_json(line, text);
        else
            buffer_put_string(line, "null");
        separator = ",";
    }
    for (int i = 0; i < SUM_COUNT; i++)
        buffer_printf(line, ",\"%s\":%" PRId64, sums[i], (int64_t)sqlite3_column_int64(row, FIRST_SUM + i));
    buffer_put_string(line, "}\n");
}

static const char *shown(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text && *text ? text : "-";
}

static void put_line(const struct report *report, sqlite3_stmt *row, struct buffer *line)
{
    buffer_printf(line, "%-40s", shown(row, 0));
    if (report->names[1]) buffer_printf(line, "  %-32s", shown(row, 1));
    for (int i = 0; i < SUM_COUNT - 1; i++)
        buffer_printf(line, "  %12" PRId64, (int64_t)sqlite3_column_int64(row, FIRST_SUM + i));
    buffer_printf(line, "  %14.6f\n", (double)sqlite3_column_int64(row, FIRST_SUM + SUM_COUNT - 1) / 1e6);
}

static void put_titles(const struct report *report, FILE *out)
{
    (void)fprintf(out, "%-40s", report->names[0]);
    if (report->names[1]) (void)fprintf(out, "  %-32s", report->names[1]);
    (void)fprintf(out, "  %12s  %12s  %12s  %12s  %12s  %14s\n", "requests", "input", "output", "cache read",
                  "cache write", "US dollars");
}

int px_ledger_report(struct px_ledger *ledger, const char *day, enum px_usage_by by, bool json, FILE *out,
                     struct px_err *err)
{
    const struct report *report = &reports[by];
    struct buffer line = {0};
    int rc = 0;
    sqlite3_stmt *row = px_database_query(ledger->db, err, report->sql, "t", day);
    if (!row) return PX_ESTORE;
    if (!json) put_titles(report, out);
    while ((rc = px_database_step(ledger->db, row, err)) > 0) {
        buffer_clear(&line);
        if (json)
            put_json(report, row, &line);
        else
            put_line(report, row, &line);
        if (line.failed)
            rc = px_fail_memory(err);
        else if (fwrite(line.data, 1, line.size, out) != line.size)
            rc = px_fail(err, PX_EIO, "the usage cannot be written out: the output takes no more");
        if (rc < 0) break;
    }
    (void)sqlite3_reset(row);
    buffer_free(&line);
    return rc;
}
