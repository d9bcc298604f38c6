/* fsck.c: looking over the image of a workspace, which is read only. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

struct image {
    const struct cli_options *options;
    const char *word; /* what the user named, or NULL */
    char path[PATH_MAX + 16];
    int file;
};

/* The image that the word means: itself, one in a workspace's own folder, or that of a project folder. */
static int find_image(struct image *image, const char *name, struct error *error)
{
    struct cli_options options = *image->options;
    struct stat status;
    struct cli cli;
    int result;

    if (image->word) {
        snprintf(image->path, sizeof image->path, "%s", image->word);
        if (stat(image->path, &status) == 0 && !S_ISDIR(status.st_mode)) return 0;
        snprintf(image->path, sizeof image->path, "%s/%s", image->word, name);
        if (stat(image->path, &status) == 0 && S_ISREG(status.st_mode)) return 0;
        options.folder = image->word;
    }
    result = cli_locate(&cli, &options, error);
    if (result == 0) snprintf(image->path, sizeof image->path, "%s/%s", cli.state, name);
    return result;
}

static int open_image(void *context, const char *name)
{
    struct image *image = context;
    struct error error = {0};
    int result = find_image(image, name, &error);

    if (result < 0) return result;
    image->file = open(image->path, O_RDONLY | O_CLOEXEC);
    if (image->file < 0) return errno == ENOENT ? UMBRA_ENOENT : errno == EACCES ? UMBRA_EACCES : UMBRA_EIO;
    if (flock(image->file, LOCK_SH | LOCK_NB) == 0) return 0;
    close(image->file);
    return UMBRA_EBUSY;
}

static void close_image(void *context, int handle)
{
    struct image *image = context;
    (void)handle;
    close(image->file);
}

static int64_t size_of_image(void *context, int handle)
{
    struct image *image = context;
    struct stat status;
    (void)handle;
    return fstat(image->file, &status) < 0 ? UMBRA_EIO : status.st_size;
}

static int64_t read_image(void *context, int handle, void *data, size_t size, uint64_t offset)
{
    struct image *image = context;
    size_t done = 0;

    (void)handle;
    while (done < size) {
        ssize_t got = pread(image->file, (char *)data + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return UMBRA_EIO;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (int64_t)done;
}

static void fill_random(void *context, void *data, size_t size)
{
    (void)context;
    memset(data, 0, size); /* nothing is written */
}

static void print_problem(void *context, const char *sentence)
{
    (void)context;
    printf("%s\n", sentence);
}

int command_fsck(const struct cli_options *options, int argc, char **argv)
{
    struct image image = {.options = options, .word = argc ? argv[0] : NULL, .file = -1};
    const struct umbra_host host = {.context = &image,
                                    .block_open = open_image,
                                    .block_close = close_image,
                                    .block_size = size_of_image,
                                    .block_read = read_image,
                                    .random = fill_random};
    char message[512];
    int problems;

    if (argc > 1) {
        fprintf(stderr, "usage: umbra fsck [DIR|IMAGE]\n");
        return 2;
    }
    problems = umbra_check(&host, print_problem, NULL, message, sizeof message);
    if (problems < 0) {
        fprintf(stderr, "umbra: %s: %s\n", image.word ? image.word : options->folder, message);
        return 1;
    }
    printf("%s: %s\n%s\n", image.path, problems ? "damaged" : "clean", message);
    return problems ? 1 : 0;
}
