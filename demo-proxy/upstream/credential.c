#include "upstream/credential.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

bool px_key_is_sound(const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i < n; i++)
        if (key[i] <= ' ' || key[i] > '~') return false;
    return n > 0 && n <= PX_KEY_MAX;
}

static int check(const char *key, const char *source, struct px_err *err)
{
    if (px_key_is_sound(key)) return 0;
    return px_fail(err, PX_EUSAGE,
                   "the key in %s has blanks, control characters or more than %d bytes; copy it again",
                   source, PX_KEY_MAX);
}

static int copy(char **out, const char *text, struct px_err *err)
{
    *out = strdup(text);
    return *out ? 0 : px_fail_memory(err);
}

/* The key in a file, without the blanks at its end. */
static int read_file(const char *path, bool sealed, char **key, struct px_err *err)
{
    char *text = NULL;
    size_t n = 0;
    int rc = px_file_read(path, "the key file", (size_t)PX_KEY_MAX * 2,
                          sealed ? PX_FILE_NOT_OTHERS : PX_FILE_PRIVATE, &text, &n, err);
    if (rc) return rc;
    while (n > 0 && isspace((unsigned char)text[n - 1])) text[--n] = '\0';
    rc = n ? check(text, path, err) : px_fail(err, PX_EUSAGE, "the key file %s is empty", path);
    if (rc == 0) rc = copy(key, text, err);
    OPENSSL_cleanse(text, n);
    free(text);
    return rc;
}

/* All of them are wiped, also those behind the one that is taken. */
static int take_variables(struct px_credential *credential, const char *const variables[], bool wanted,
                          struct px_err *err)
{
    int rc = 0;
    for (size_t i = 0; i < 3 && variables[i]; i++) {
        char *value = getenv(variables[i]);
        if (!value || !*value) continue;
        if (wanted && rc == 0 && !credential->text) {
            rc = check(value, variables[i], err);
            if (rc == 0) rc = copy(&credential->text, value, err);
        }
        OPENSSL_cleanse(value, strlen(value));
        (void)unsetenv(variables[i]);
    }
    return rc;
}

static int take_from_folder(struct px_credential *credential, const struct px_credential_places *places,
                            struct px_err *err)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s/%s-api-key", places->folder, places->name);
    if (n < 0 || (size_t)n >= sizeof path)
        return px_fail(err, PX_EUSAGE, "the folder of the keys has too long a path: %.80s…", places->folder);
    if (access(path, F_OK)) return 0;
    int rc = copy(&credential->file, path, err);
    credential->sealed = places->sealed;
    return rc ? rc : read_file(path, places->sealed, &credential->text, err);
}

int px_credential_open(struct px_credential *credential, const struct px_credential_places *places,
                       struct px_err *err)
{
    *credential = (struct px_credential){0};
    int rc = take_variables(credential, places->variables, !places->file, err);
    if (rc == 0 && places->file) {
        rc = copy(&credential->file, places->file, err);
        if (rc == 0) rc = read_file(places->file, false, &credential->text, err);
    }
    if (rc == 0 && !credential->text && places->folder) rc = take_from_folder(credential, places, err);
    if (rc) px_credential_close(credential);
    return rc;
}

static void forget(char *key)
{
    if (key) OPENSSL_cleanse(key, strlen(key));
    free(key);
}

void px_credential_close(struct px_credential *credential)
{
    forget(credential->text);
    free(credential->file);
    *credential = (struct px_credential){0};
}

int px_credential_reload(struct px_credential *credential, bool *changed, struct px_err *err)
{
    char *key = NULL;
    *changed = false;
    if (!credential->file) return 0;
    int rc = read_file(credential->file, credential->sealed, &key, err);
    if (rc) return rc;
    *changed = key && (!credential->text || strcmp(key, credential->text) != 0);
    forget(credential->text);
    credential->text = key;
    return 0;
}
