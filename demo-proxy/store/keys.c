#include "store/keys.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "store/schema.h"

/* family: the same for all keys that one name had by rotation, so that usage and limits go on with the new
 * one. */
const char px_keys_schema[] =
    "CREATE TABLE keys("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL, family TEXT NOT NULL, actor TEXT NOT NULL,"
    " mac BLOB NOT NULL UNIQUE, created INTEGER NOT NULL, expires INTEGER, last_used INTEGER, revoked "
    "INTEGER,"
    " providers TEXT) STRICT;"
    "CREATE INDEX keys_by_name ON keys(name);";

enum { NOTE_SECONDS = 60, KEY_BYTES = 32, FAMILY_BYTES = 12 };

#define GOOD "revoked IS NULL AND (expires IS NULL OR expires > ?)"

int px_keys_open(struct px_keys *keys, struct px_database *db, const unsigned char secret[PX_SECRET_SIZE],
                 struct px_err *err)
{
    static const unsigned char info[] = "umbra demo-proxy api keys 1";
    size_t size = sizeof keys->secret;
    *keys = (struct px_keys){.db = db};
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    bool good = context && EVP_PKEY_derive_init(context) > 0 &&
                EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) > 0 &&
                EVP_PKEY_CTX_set1_hkdf_key(context, secret, PX_SECRET_SIZE) > 0 &&
                EVP_PKEY_CTX_add1_hkdf_info(context, info, (int)sizeof info - 1) > 0 &&
                EVP_PKEY_derive(context, keys->secret, &size) > 0;
    EVP_PKEY_CTX_free(context);
    return good ? 0 : px_fail_memory(err);
}

void px_keys_close(struct px_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof *keys);
}

static int mac_of(const struct px_keys *keys, const char *key, unsigned char mac[PX_KEY_MAC_SIZE],
                  struct px_err *err)
{
    unsigned size = 0;
    if (HMAC(EVP_sha256(), keys->secret, (int)sizeof keys->secret, (const unsigned char *)key, strlen(key),
             mac, &size) &&
        size == PX_KEY_MAC_SIZE)
        return 0;
    return px_fail_memory(err);
}

static bool word_is_good(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i])) return false;
    return size > 0 && size <= PX_KEY_NAME_MAX;
}

static int check_name(const char *name, struct px_err *err)
{
    if (word_is_good(name, strlen(name))) return 0;
    return px_fail(
        err, PX_EUSAGE,
        "\"%.80s\" cannot be the name of a key; use 1 to %d letters, digits, dots, dashes or underscores",
        name, PX_KEY_NAME_MAX);
}

/* "a, b" becomes ",a,b,". */
static int normal_providers(const char *list, char *out, size_t capacity, struct px_err *err)
{
    size_t used = 0;
    out[used++] = ',';
    for (const char *p = list; *p;) {
        p += strspn(p, " ,");
        size_t n = strcspn(p, " ,");
        if (n == 0) break;
        if (!word_is_good(p, n) || used + n + 2 > capacity)
            return px_fail(
                err, PX_EUSAGE,
                "--providers is \"%.80s\"; write provider ids with commas between them, like anthropic",
                list);
        memcpy(out + used, p, n);
        used += n;
        out[used++] = ',';
        p += n;
    }
    out[used] = '\0';
    return used > 1 ? 0
                    : px_fail(err, PX_EUSAGE, "--providers names no provider; leave it out for all of them");
}

struct known {
    char family[2 * FAMILY_BYTES + 1];
    char providers[160];
    int64_t expires;
};

/* The newest key of this name that is still good: 1, or 0. */
static int find(struct px_keys *keys, const char *name, int64_t now, struct known *known, struct px_err *err)
{
    int rc = px_database_begin(keys->db, err);
    if (rc) return rc;
    sqlite3_stmt *row = px_database_query(
        keys->db, err,
        "SELECT family, providers, expires FROM keys WHERE name = ? AND " GOOD " ORDER BY id DESC LIMIT 1",
        "ti", name, now);
    rc = row ? px_database_step(keys->db, row, err) : PX_ESTORE;
    if (rc <= 0) return rc;
    const char *providers = (const char *)sqlite3_column_text(row, 1);
    (void)snprintf(known->family, sizeof known->family, "%s", (const char *)sqlite3_column_text(row, 0));
    (void)snprintf(known->providers, sizeof known->providers, "%s", providers ? providers : "");
    known->expires = sqlite3_column_type(row, 2) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 2);
    (void)sqlite3_reset(row);
    return 1;
}

static int add(struct px_keys *keys, const char *name, const struct known *known, int64_t now,
               char key[PX_KEY_SIZE], struct px_err *err)
{
    unsigned char bytes[KEY_BYTES], mac[PX_KEY_MAC_SIZE];
    struct px_actor actor = {0};
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return px_fail(err, PX_EIO, "the system gives no random bytes; a key cannot be made without them");
    memcpy(key, PX_KEY_PREFIX, sizeof PX_KEY_PREFIX - 1);
    px_base64url(bytes, sizeof bytes, key + sizeof PX_KEY_PREFIX - 1);
    OPENSSL_cleanse(bytes, sizeof bytes);
    int rc = mac_of(keys, key, mac, err);
    if (rc == 0) rc = px_actor_set(&actor, PX_ACTOR_KEY, known->family, err);
    if (rc == 0)
        rc = px_database_write(keys->db, err,
                               "INSERT INTO keys(name, family, actor, mac, created, expires, providers)"
                               " VALUES (?,?,?,?,?,?,?)",
                               "tttbiot", name, known->family, actor.text, (const void *)mac, sizeof mac, now,
                               known->expires, known->providers[0] ? known->providers : NULL);
    if (rc) OPENSSL_cleanse(key, PX_KEY_SIZE);
    return rc;
}

int px_keys_create(struct px_keys *keys, const char *name, int64_t now, int64_t expires,
                   const char *providers, char key[PX_KEY_SIZE], struct px_err *err)
{
    unsigned char noise[FAMILY_BYTES];
    struct known known = {0};
    int rc = check_name(name, err);
    if (rc == 0) rc = find(keys, name, now, &known, err);
    if (rc < 0) return rc;
    if (rc > 0)
        return px_fail(err, PX_EBUSY,
                       "there is a key called %s; replace it with `demo-proxy keys rotate %s` or end it with "
                       "`demo-proxy "
                       "keys revoke %s`",
                       name, name, name);
    if (RAND_bytes(noise, sizeof noise) != 1)
        return px_fail(err, PX_EIO, "the system gives no random bytes; a key cannot be made without them");
    px_hex(noise, sizeof noise, known.family);
    known.expires = expires;
    rc = providers ? normal_providers(providers, known.providers, sizeof known.providers, err) : 0;
    return rc ? rc : add(keys, name, &known, now, key, err);
}

static int unknown_name(const char *name, struct px_err *err)
{
    return px_fail(err, PX_ENOENT, "there is no good key called %.80s; `demo-proxy keys list` names them all",
                   name);
}

int px_keys_rotate(struct px_keys *keys, const char *name, int64_t now, int64_t overlap,
                   char key[PX_KEY_SIZE], struct px_err *err)
{
    struct known known = {0};
    int rc = find(keys, name, now, &known, err);
    if (rc < 0) return rc;
    if (rc == 0) return unknown_name(name, err);
    rc = px_database_write(keys->db, err,
                           "UPDATE keys SET expires = min(?, ifnull(expires, ?)) WHERE name = ? AND " GOOD,
                           "iiti", now + overlap, now + overlap, name, now);
    return rc ? rc : add(keys, name, &known, now, key, err);
}

int px_keys_revoke(struct px_keys *keys, const char *name, int64_t now, struct px_err *err)
{
    int rc = px_database_write(keys->db, err, "UPDATE keys SET revoked = ? WHERE name = ? AND " GOOD, "iti",
                               now, name, now);
    if (rc) return rc;
    return sqlite3_changes(keys->db->handle) ? 0 : unknown_name(name, err);
}

int px_keys_foreign(const struct px_keys *keys, const char *key, char actor[48], struct px_err *err)
{
    unsigned char mac[PX_KEY_MAC_SIZE];
    char hex[2 * 16 + 1];
    int rc = mac_of(keys, key, mac, err);
    if (rc) return rc;
    px_hex(mac, 16, hex);
    (void)snprintf(actor, 48, "own-%s", hex);
    return 0;
}

int px_keys_actor(struct px_keys *keys, const char *name, char actor[48], struct px_err *err)
{
    actor[0] = '\0';
    sqlite3_stmt *row = px_database_query(
        keys->db, err, "SELECT actor FROM keys WHERE name = ? ORDER BY id DESC LIMIT 1", "t", name);
    int rc = row ? px_database_step(keys->db, row, err) : PX_ESTORE;
    if (rc <= 0) return rc;
    (void)snprintf(actor, 48, "%s", (const char *)sqlite3_column_text(row, 0));
    (void)sqlite3_reset(row);
    return 0;
}

static void put_day(FILE *out, sqlite3_stmt *row, int column, const char *none)
{
    char text[32];
    struct tm utc;
    time_t seconds = (time_t)sqlite3_column_int64(row, column);
    bool there = sqlite3_column_type(row, column) != SQLITE_NULL && gmtime_r(&seconds, &utc) &&
                 strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
    (void)fprintf(out, "  %-20s", there ? text : none);
}

int px_keys_list(struct px_keys *keys, int64_t now, FILE *out, struct px_err *err)
{
    int rc = 0;
    sqlite3_stmt *row = px_database_query(
        keys->db, err,
        "SELECT name, revoked IS NOT NULL, expires <= ?, created, expires, last_used, actor, providers"
        " FROM keys ORDER BY name, id",
        "i", now);
    if (!row) return PX_ESTORE;
    (void)fprintf(out, "%-24s  %-7s  %-20s  %-20s  %-20s  %-36s  %s\n", "NAME", "STATE", "CREATED", "EXPIRES",
                  "LAST USED", "ACTOR", "PROVIDERS");
    while ((rc = px_database_step(keys->db, row, err)) > 0) {
        const char *providers = (const char *)sqlite3_column_text(row, 7);
        size_t size = providers ? strlen(providers) : 0;
        (void)fprintf(out, "%-24s  %-7s", (const char *)sqlite3_column_text(row, 0),
                      sqlite3_column_int(row, 1)   ? "revoked"
                      : sqlite3_column_int(row, 2) ? "expired"
                                                   : "good");
        put_day(out, row, 3, "-");
        put_day(out, row, 4, "never");
        put_day(out, row, 5, "never");
        (void)fprintf(out, "  %-36s  %.*s\n", (const char *)sqlite3_column_text(row, 6),
                      size > 2 ? (int)size - 2 : 3, size > 2 ? providers + 1 : "all");
    }
    return rc;
}

static int check_row(sqlite3_stmt *row, int64_t now, struct px_actor *actor, struct px_err *err)
{
    const char *providers = (const char *)sqlite3_column_text(row, 4);
    if (sqlite3_column_type(row, 2) != SQLITE_NULL)
        return px_fail(err, PX_EAUTH, "this API key was revoked; ask for another (`demo-proxy keys create`)");
    if (sqlite3_column_type(row, 3) != SQLITE_NULL && sqlite3_column_int64(row, 3) <= now)
        return px_fail(err, PX_EAUTH, "this API key has expired; ask for another (`demo-proxy keys create`)");
    (void)snprintf(actor->providers, sizeof actor->providers, "%s", providers ? providers : "");
    return px_actor_set(actor, PX_ACTOR_KEY, (const char *)sqlite3_column_text(row, 1), err);
}

int px_keys_check(struct px_keys *keys, const char *key, int64_t now, struct px_actor *actor,
                  struct px_err *err)
{
    unsigned char mac[PX_KEY_MAC_SIZE], bytes[KEY_BYTES];
    size_t prefix = sizeof PX_KEY_PREFIX - 1;
    *actor = (struct px_actor){0};
    bool shaped = px_has_prefix(key, PX_KEY_PREFIX) &&
                  px_base64url_decode(key + prefix, strlen(key + prefix), bytes, sizeof bytes) == KEY_BYTES;
    OPENSSL_cleanse(bytes, sizeof bytes);
    int rc = shaped ? mac_of(keys, key, mac, err) : 0;
    if (rc) return rc;
    sqlite3_stmt *row =
        shaped ? px_database_query(
                     keys->db, err,
                     "SELECT id, family, revoked, expires, providers, ifnull(last_used, 0) FROM keys"
                     " WHERE mac = ?",
                     "b", (const void *)mac, sizeof mac)
               : NULL;
    if (shaped && !row) return PX_ESTORE;
    rc = row ? px_database_step(keys->db, row, err) : 0;
    if (rc < 0) return rc;
    if (rc == 0)
        return px_fail(err, PX_EAUTH,
                       "this API key is not one of this proxy's; ask for one (`demo-proxy keys create`)");
    int64_t id = sqlite3_column_int64(row, 0), used = sqlite3_column_int64(row, 5);
    rc = check_row(row, now, actor, err);
    (void)sqlite3_reset(row);
    /* That it was used is no reason to refuse, so a failure here is left to the turn's end. */
    if (rc == 0 && now - used >= NOTE_SECONDS && !keys->db->degraded)
        (void)px_database_write(keys->db, NULL, "UPDATE keys SET last_used = ? WHERE id = ?", "ii", now, id);
    return rc;
}
