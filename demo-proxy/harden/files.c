/* Landlock (landlock(7)): from here on the process opens files beneath a few folders only, begins no program,
 * takes no TCP port and sends no signal to others, whatever its user may do. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harden/harden.h"

/* The same numbers on every architecture; the headers of older systems lack them or some of the rights. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, ASK_VERSION = 1, PATH_BENEATH = 1 };

#define RIGHT(n)    ((uint64_t)1 << (n))
#define WRITE_FILE  RIGHT(1)
#define READ_FILE   RIGHT(2)
#define READ_DIR    RIGHT(3)
#define REMOVE_FILE RIGHT(5)
#define MAKE_REG    RIGHT(8)
#define TRUNCATE    RIGHT(14) /* from version 3 on */
#define OF_A_FILE   (RIGHT(0) | WRITE_FILE | READ_FILE | TRUNCATE)

#define TO_READ (READ_FILE | READ_DIR)
#define TO_KEEP (TO_READ | WRITE_FILE | TRUNCATE | REMOVE_FILE | MAKE_REG)

struct ruleset {
    uint64_t files, net, scope;
};

struct rule {
    uint64_t rights;
    int32_t fd;
} __attribute__((packed));

/* Names, certificates, time zones, libraries that the lookup of names loads, and what the C library asks the
 * system. Folders and not files: what is replaced there (resolv.conf, certificates) is another file then. */
static const char *const system_places[] = {"/etc",
                                            "/usr/share",
                                            "/usr/local/share",
                                            "/usr/lib",
                                            "/usr/lib64",
                                            "/usr/local/lib",
                                            "/lib",
                                            "/lib64",
                                            "/nix/store",
                                            "/gnu/store",
                                            "/var/lib/ca-certificates",
                                            "/run/systemd/resolve",
                                            "/run/resolvconf",
                                            "/run/NetworkManager",
                                            "/run/connman",
                                            "/proc/sys",
                                            "/sys/devices/system/cpu",
                                            "/dev/null",
                                            "/dev/urandom",
                                            "/dev/random"};

/* Everything that this version of Landlock can forbid. */
static struct ruleset everything(int version)
{
    int rights = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
    return (struct ruleset){.files = RIGHT(rights) - 1,
                            .net = version >= 4 ? RIGHT(0) : 0,               /* to bind TCP ports */
                            .scope = version >= 6 ? RIGHT(0) | RIGHT(1) : 0}; /* abstract sockets, signals */
}

/* A place that is not there, or not for this user, needs no rule. */
static int allow(int ruleset, uint64_t handled, const char *path, uint64_t rights, struct px_err *err)
{
    struct stat info;
    int rc = 0, fd = path ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (fd < 0) return 0;
    if (fstat(fd, &info) == 0) {
        struct rule rule = {rights & handled & (S_ISDIR(info.st_mode) ? ~(uint64_t)0 : OF_A_FILE), fd};
        if (syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0))
            rc = px_fail(err, PX_EIO, "cannot limit the use of %s: %s; --no-sandbox does without", path,
                         strerror(errno));
    }
    (void)close(fd);
    return rc;
}

/* The folder of a file that may be replaced while the proxy runs, by its name and by where that leads. */
static int allow_folder_of(int ruleset, uint64_t handled, const char *path, struct px_err *err)
{
    int rc = 0;
    for (int real = 0; real < 2 && path && rc == 0; real++) {
        char *copy = real ? realpath(path, NULL) : strdup(path);
        if (!copy && !real) return px_fail_memory(err);
        if (!copy) return 0; /* it is not there now */
        const char *folder = dirname(copy);
        /* The root would be everything. */
        rc = allow(ruleset, handled, strcmp(folder, "/") == 0 ? path : folder, TO_READ, err);
        free(copy);
    }
    return rc;
}

static int allow_all(int ruleset, uint64_t handled, const struct px_options *options, struct px_err *err)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    const char *const folders[] = {
        options->page_dir, options->keys_dir ? options->keys_dir : getenv("CREDENTIALS_DIRECTORY"),
        getenv("SSL_CERT_DIR"), curl->age >= CURLVERSION_SEVENTH ? curl->capath : NULL};
    const char *const files[] = {"/etc/resolv.conf", /* may lead anywhere */
                                 "/etc/hosts",
                                 options->tls_cert,
                                 options->tls_key,
                                 options->anthropic_api_key_file,
                                 options->openai_api_key_file,
                                 options->google_api_key_file,
                                 options->search_api_key_file,
                                 options->fetch_ca_file,
                                 getenv("SSL_CERT_FILE"),
                                 curl->age >= CURLVERSION_SEVENTH ? curl->cainfo : NULL};
    int rc = allow(ruleset, handled, options->state_dir, TO_KEEP, err);
    for (size_t i = 0; i < sizeof system_places / sizeof *system_places && rc == 0; i++)
        rc = allow(ruleset, handled, system_places[i], TO_READ, err);
    for (size_t i = 0; i < sizeof folders / sizeof *folders && rc == 0; i++)
        rc = allow(ruleset, handled, folders[i], TO_READ, err);
    for (size_t i = 0; i < sizeof files / sizeof *files && rc == 0; i++)
        rc = allow_folder_of(ruleset, handled, files[i], err);
    return rc;
}

int px_restrict_files(const struct px_options *options, struct px_err *err)
{
    long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    if (version < 1) return 0;
    struct ruleset forbidden = everything((int)version);
    long ruleset = syscall(CREATE_RULESET, &forbidden, sizeof forbidden, 0);
    if (ruleset < 0)
        return px_fail(err, PX_EIO, "cannot limit the use of files: %s; --no-sandbox does without",
                       strerror(errno));
    int rc = allow_all((int)ruleset, forbidden.files, options, err);
    if (rc == 0 && syscall(RESTRICT_SELF, (int)ruleset, 0))
        rc = px_fail(err, PX_EIO, "cannot limit the use of files: %s; --no-sandbox does without",
                     strerror(errno));
    (void)close((int)ruleset);
    return rc ? rc : (int)version;
}
