#include "auth/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/text.h"

#define SECRET_FILE  "session-secret"
#define ADDRESS_FILE "listening"

static int make_folders(const char *path, struct px_err *err)
{
    char *copy = strdup(path);
    if (!copy) return px_fail_memory(err);
    int rc = 0;
    for (char *p = copy + 1; rc == 0; p++) {
        if (*p != '/' && *p != '\0') continue;
        char kept = *p;
        *p = '\0';
        if (mkdir(copy, 0700) && errno != EEXIST)
            rc = px_fail(err, PX_EIO, "cannot make the state folder %s: %s; choose another with --state-dir",
                         copy, strerror(errno));
        *p = kept;
        if (kept == '\0') break;
    }
    free(copy);
    return rc;
}

static int check_info(const struct stat *info, const char *what, mode_t forbidden, struct px_err *err)
{
    if (info->st_uid != geteuid())
        return px_fail(err, PX_EPERM, "%s belongs to another user; choose another folder with --state-dir",
                       what);
    if (info->st_mode & forbidden)
        return px_fail(err, PX_EPERM,
                       "%s has permissions %04o, so other users can get at it; run chmod %s on it", what,
                       (unsigned)(info->st_mode & 07777), S_ISDIR(info->st_mode) ? "700" : "600");
    return 0;
}

static int check_private(int fd, const char *what, mode_t forbidden, struct px_err *err)
{
    struct stat info;
    if (fstat(fd, &info)) return px_fail(err, PX_EIO, "cannot examine %s: %s", what, strerror(errno));
    return check_info(&info, what, forbidden, err);
}

int px_state_open(struct px_state *state, const char *path, struct px_err *err)
{
    *state = (struct px_state){-1, -1};
    int rc = *path ? make_folders(path, err) : px_fail(err, PX_EUSAGE, "the state folder has no name");
    if (rc) return rc;
    state->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->dir < 0)
        return px_fail(err, PX_EIO, "cannot open the state folder %s: %s", path, strerror(errno));
    /* Reading the folder's names gives nothing away (they are hashes), writing to it would. */
    rc = check_private(state->dir, "the state folder", S_IWGRP | S_IWOTH, err);
    if (rc == 0 && mkdirat(state->dir, "pairing", 0700) && errno != EEXIST)
        rc = px_fail(err, PX_EIO, "cannot make %s/pairing: %s", path, strerror(errno));
    if (rc == 0) {
        state->pairing = openat(state->dir, "pairing", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (state->pairing < 0)
            rc = px_fail(err, PX_EIO, "cannot open %s/pairing: %s", path, strerror(errno));
    }
    if (rc == 0) rc = check_private(state->pairing, "the pairing folder", S_IWGRP | S_IWOTH, err);
    if (rc) px_state_close(state);
    return rc;
}

void px_state_close(struct px_state *state)
{
    if (state->dir >= 0) (void)close(state->dir);
    if (state->pairing >= 0) (void)close(state->pairing);
    *state = (struct px_state){-1, -1};
}

static int random_bytes(unsigned char *out, int size, struct px_err *err)
{
    if (RAND_bytes(out, size) == 1) return 0;
    return px_fail(err, PX_EIO,
                   "the system gives no random bytes; the proxy cannot make secrets without them");
}

/* Writes a whole 0600 file under a random name and then gives it its own, so that nobody ever sees half of
 * it. */
static int write_file(int dir, const char *name, const void *data, size_t size, bool replace,
                      struct px_err *err)
{
    unsigned char noise[8];
    char temporary[32] = ".new-";
    int rc = random_bytes(noise, sizeof noise, err);
    if (rc) return rc;
    px_hex(noise, sizeof noise, temporary + 5);
    int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return px_fail(err, PX_EIO, "cannot write to the state folder: %s", strerror(errno));
    bool good = write(fd, data, size) == (ssize_t)size && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good && replace)
        good = renameat(dir, temporary, dir, name) == 0;
    else if (good)
        good = linkat(dir, temporary, dir, name, 0) == 0 || errno == EEXIST;
    if (!good) rc = px_fail(err, PX_EIO, "cannot write %s in the state folder: %s", name, strerror(errno));
    (void)unlinkat(dir, temporary, 0);
    return rc;
}

static long read_file(int dir, const char *name, void *out, size_t capacity)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return PX_ENOENT;
    ssize_t n = read(fd, out, capacity);
    (void)close(fd);
    return n < 0 ? PX_EIO : (long)n;
}

int px_state_secret(const struct px_state *state, unsigned char secret[PX_SECRET_SIZE], struct px_err *err)
{
    int rc = 0;
    if (faccessat(state->dir, SECRET_FILE, F_OK, AT_SYMLINK_NOFOLLOW)) {
        rc = random_bytes(secret, PX_SECRET_SIZE, err);
        if (rc == 0) rc = write_file(state->dir, SECRET_FILE, secret, PX_SECRET_SIZE, false, err);
        if (rc) return rc;
    }
    int fd = openat(state->dir, SECRET_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return px_fail(err, PX_EIO, "cannot open " SECRET_FILE " in the state folder: %s", strerror(errno));
    rc = check_private(fd, SECRET_FILE " in the state folder", S_IRWXG | S_IRWXO, err);
    unsigned char one_more[PX_SECRET_SIZE + 1];
    if (rc == 0 && read(fd, one_more, sizeof one_more) != PX_SECRET_SIZE)
        rc = px_fail(err, PX_EINVAL,
                     SECRET_FILE
                     " in the state folder is not %d bytes long; remove it (every client must pair again)",
                     PX_SECRET_SIZE);
    if (rc == 0) memcpy(secret, one_more, PX_SECRET_SIZE);
    OPENSSL_cleanse(one_more, sizeof one_more);
    (void)close(fd);
    return rc;
}

/* Looked at by name: a descriptor of a database file that is closed would take SQLite's locks on it along. */
int px_state_private_file(const struct px_state *state, const char *name, bool create, struct px_err *err)
{
    struct stat info;
    char what[80];
    if (create) {
        int fd = openat(state->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) return close(fd) ? px_fail(err, PX_EIO, "cannot make %s: %s", name, strerror(errno)) : 0;
        if (errno != EEXIST)
            return px_fail(err, PX_EIO, "cannot make %s in the state folder: %s", name, strerror(errno));
    }
    if (fstatat(state->dir, name, &info, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? 0 : px_fail(err, PX_EIO, "cannot examine %s: %s", name, strerror(errno));
    (void)snprintf(what, sizeof what, "%s in the state folder", name);
    if (!S_ISREG(info.st_mode)) return px_fail(err, PX_EPERM, "%s is no plain file; remove it", what);
    return check_info(&info, what, S_IRWXG | S_IRWXO, err);
}

int px_state_claim(const struct px_state *state, struct px_err *err)
{
    if (flock(state->dir, LOCK_EX | LOCK_NB) == 0) return 0;
    return px_fail(
        err, PX_EBUSY,
        "another demo-proxy serves from the same state folder; stop it, or give this one a folder of its own "
        "with --state-dir");
}

static int token_file_name(const char *token, char name[65], struct px_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(token, strlen(token), digest, &size, EVP_sha256(), NULL) != 1 || size != 32)
        return px_fail_memory(err);
    px_hex(digest, 32, name);
    return 0;
}

/* Seconds since 1970 at which the token in this file ends; 0 when the file is unusable. */
static int64_t token_expiry(const struct px_state *state, const char *name)
{
    char text[32];
    long n = read_file(state->pairing, name, text, sizeof text - 1);
    if (n <= 0) return 0;
    text[n] = '\0';
    return strtoll(text, NULL, 10);
}

static void remove_expired(const struct px_state *state)
{
    int fd = openat(state->pairing, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0) (void)close(fd);
        return;
    }
    int64_t now = px_unix_seconds();
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strlen(entry->d_name) == 64 && token_expiry(state, entry->d_name) <= now)
            (void)unlinkat(state->pairing, entry->d_name, 0);
    (void)closedir(dir);
}

int px_pairing_create(const struct px_state *state, long long seconds, char token[PX_TOKEN_SIZE],
                      struct px_err *err)
{
    unsigned char bytes[32];
    char name[65], expiry[32];
    remove_expired(state);
    int rc = random_bytes(bytes, sizeof bytes, err);
    if (rc) return rc;
    px_base64url(bytes, sizeof bytes, token);
    OPENSSL_cleanse(bytes, sizeof bytes);
    rc = token_file_name(token, name, err);
    if (rc) return rc;
    int n = snprintf(expiry, sizeof expiry, "%lld\n", (long long)px_unix_seconds() + seconds);
    return write_file(state->pairing, name, expiry, (size_t)n, false, err);
}

int px_pairing_use(const struct px_state *state, const char *token, struct px_err *err)
{
    char name[65];
    unsigned char bytes[32];
    bool shaped = px_base64url_decode(token, strlen(token), bytes, sizeof bytes) == (long)sizeof bytes;
    OPENSSL_cleanse(bytes, sizeof bytes);
    if (shaped) {
        int rc = token_file_name(token, name, err);
        if (rc) return rc;
        int64_t expiry = token_expiry(state, name);
        /* Whoever removes the file has used the token; of two at the same time one fails here. */
        if (expiry && unlinkat(state->pairing, name, 0) == 0 && expiry > px_unix_seconds()) return 0;
    }
    return px_fail(
        err, PX_EAUTH,
        "this pairing token is wrong, already used or expired; run `demo-proxy pair` for a new one");
}

int px_state_write_address(const struct px_state *state, const char *address, struct px_err *err)
{
    if (address) return write_file(state->dir, ADDRESS_FILE, address, strlen(address), true, err);
    (void)unlinkat(state->dir, ADDRESS_FILE, 0);
    return 0;
}

bool px_state_read_address(const struct px_state *state, char *address, size_t capacity)
{
    long n = read_file(state->dir, ADDRESS_FILE, address, capacity - 1);
    if (n <= 0) return false;
    address[n] = '\0';
    for (const char *p = address; *p; p++)
        if (!strchr("0123456789abcdefghijklmnopqrstuvwxyz.:[]/-_", *p)) return false;
    return true;
}
