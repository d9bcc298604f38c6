#include "fs/member.h"

#include <string.h>

static bool is_dots(const char *part, size_t length, size_t dots)
{
    return length == dots && memcmp(part, "..", dots) == 0;
}

enum fs_member fs_member_path(const char *name, size_t length, struct buffer *path, const char **reason)
{
    size_t at = 0, end;

    buffer_clear(path);
    if (length == 0) {
        *reason = "it has no name";
        return FS_MEMBER_BAD;
    }
    if (memchr(name, '\0', length)) {
        *reason = "a name with a NUL in it cannot be kept";
        return FS_MEMBER_BAD;
    }
    for (; at < length; at = end + 1) {
        const char *slash = memchr(name + at, '/', length - at);
        end = slash ? (size_t)(slash - name) : length;
        if (end == at || is_dots(name + at, end - at, 1)) continue;
        if (is_dots(name + at, end - at, 2)) {
            *reason = "its name leads out of the workspace (..)";
            return FS_MEMBER_BAD;
        }
        if (path->size) buffer_put_byte(path, '/');
        buffer_put(path, name + at, end - at);
    }
    return path->size || path->failed ? FS_MEMBER_PATH : FS_MEMBER_ROOT;
}
