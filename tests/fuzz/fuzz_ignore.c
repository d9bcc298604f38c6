/* The text of a .gitignore, a NUL, a path; the last NUL counts, since rules may have some. */
#include <stdlib.h>
#include <string.h>

#include "fs/ignore.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Whatever the rules: a reason comes with each path that is left out, and a second look says the same. */
static void check(const struct fs_ignore *ignore, const char *path, size_t length, bool directory)
{
    size_t above = length;
    const struct fs_ignore_file *file;
    struct fs_ignore_reason reason = {0};
    bool left_out;

    while (above && path[above - 1] != '/') above--;
    file = fs_ignore_find(ignore, path, above ? above - 1 : 0);
    left_out = fs_ignore_check(file, path, length, directory, &reason);
    if (left_out != (reason.rule != NULL)) abort();
    if (left_out && (reason.line == 0 || *reason.rule == '\0' || *reason.rule == '!')) abort();
    if (fs_ignore_check(file, path, length, directory, NULL) != left_out) abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const unsigned char *border = size ? memrchr(data, '\0', size) : NULL;
    size_t rules = border ? (size_t)(border - data) : size, length = border ? size - rules - 1 : 0;
    struct fs_ignore *ignore = fs_ignore_new();
    char *text = malloc(rules + 1), *path = malloc(length + 1);
    struct error error;

    if (ignore && text && path) {
        memcpy(text, data, rules);
        if (length) memcpy(path, border + 1, length);
        if (fs_ignore_add(ignore, "", 0, text, rules, &error) < 0) abort();
        if (length && fs_ignore_add(ignore, path, length / 2, text, rules / 2, &error) < 0) abort();
        check(ignore, path, length, false);
        check(ignore, path, length, true);
    }
    free(text);
    free(path);
    fs_ignore_free(ignore);
    return 0;
}
