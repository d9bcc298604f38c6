/* The page's files: opened beneath one folder, with an ETag, never outside it, never a hidden file. Those in
 * its folder embed/ may stand in frames of the allowed origins. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "http/gate.h"
#include "http/reply.h"
#include "http/routes.h"

/* What lies beneath this path is made for frames of other sites. */
#define FRAME "/embed/"

struct mime {
    const char *suffix, *type;
};

static const struct mime mimes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".ts", "text/plain; charset=utf-8"},
};

static const char *mime_of(const char *path)
{
    for (size_t i = 0; i < sizeof mimes / sizeof *mimes; i++)
        if (px_has_suffix(path, mimes[i].suffix)) return mimes[i].type;
    return "application/octet-stream";
}

/* No empty, hidden or climbing name between the slashes. */
static bool path_is_plain(const char *path)
{
    for (const char *p = path; *p;) {
        if (*p == '.' || *p == '/') return false;
        size_t n = strcspn(p, "/");
        p += n;
        if (*p == '/' && *++p == '\0') return false;
    }
    return *path && !strchr(path, '\\');
}

/* For kernels and sandboxes without openat2: one name at a time, no symbolic link at all. */
static int open_step_by_step(int dir, char *path)
{
    int at = dir, fd = -1;
    for (char *name = path; name;) {
        char *slash = strchr(name, '/');
        if (slash) *slash = '\0';
        fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (slash ? O_DIRECTORY : 0));
        if (at != dir) (void)close(at);
        if (fd < 0) return -1;
        at = fd;
        name = slash ? slash + 1 : NULL;
    }
    return fd;
}

static int open_beneath(int dir, char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return (int)fd;
    return open_step_by_step(dir, path);
}

static int open_file(const struct px_request *request, char *path, size_t capacity, struct stat *info)
{
    const char *rest = request->url + 1;
    size_t n = strlen(rest);
    if (n + sizeof "index.html" > capacity || request->odd_path) return -1;
    (void)snprintf(path, capacity, "%s%s", rest, n == 0 || rest[n - 1] == '/' ? "index.html" : "");
    if (!path_is_plain(path)) return -1;
    char walk[1024];
    (void)snprintf(walk, sizeof walk, "%s", path);
    int fd = open_beneath(request->app->page_dir, walk);
    if (fd >= 0 && (fstat(fd, info) || !S_ISREG(info->st_mode))) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool client_has(const struct px_request *request, const char *etag)
{
    const char *known = px_header_value(request, "If-None-Match", NULL);
    return known && (strcmp(known, "*") == 0 || strstr(known, etag));
}

static enum MHD_Result no_page(struct px_request *request)
{
    if (request->app->page_dir < 0 && strcmp(request->url, "/") == 0)
        return px_reply_error(
            request, 404, "not_found_error",
            "this demo-proxy serves the API only; start it with --page-dir DIR to serve the page");
    return px_reply_error(request, 404, "not_found_error", "there is no such file in the page's folder");
}

enum MHD_Result px_answer_page(struct px_request *request)
{
    char path[1024], etag[80];
    struct stat info = {0};
    int fd = request->app->page_dir < 0 ? -1 : open_file(request, path, sizeof path, &info);
    if (fd < 0) return no_page(request);
    (void)snprintf(etag, sizeof etag, "\"%llx-%llx-%llx\"", (unsigned long long)info.st_ino,
                   (unsigned long long)info.st_size,
                   (unsigned long long)info.st_mtim.tv_sec * 1000000000ULL +
                       (unsigned long long)info.st_mtim.tv_nsec);
    bool known = client_has(request, etag);
    struct MHD_Response *response = NULL;
    if (known || info.st_size == 0) {
        (void)close(fd);
        static char nothing[1] = "";
        response = MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    } else {
        response = MHD_create_response_from_fd64((uint64_t)info.st_size, fd);
        if (!response) (void)close(fd);
        request->bytes = strcmp(request->method, "HEAD") == 0 ? 0 : (uint64_t)info.st_size;
    }
    if (!response) return MHD_NO;
    if (MHD_add_response_header(response, "ETag", etag) != MHD_YES ||
        (!known && MHD_add_response_header(response, "Content-Type", mime_of(path)) != MHD_YES)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    enum px_content content = px_has_prefix(request->url, FRAME) ? PX_CONTENT_FRAME : PX_CONTENT_PAGE;
    return px_reply(request, known ? 304 : 200, content, response);
}
