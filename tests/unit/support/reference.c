#include "reference.h"

#include <unistd.h>

static uint64_t state;

static FILE *temporary_file(const char *content, size_t size, char path[32])
{
    FILE *file;
    int handle;

    strcpy(path, "/tmp/umbra-reference-XXXXXX");
    handle = mkstemp(path);
    assert_true(handle >= 0);
    file = fdopen(handle, "w+b");
    assert_non_null(file);
    if (size) assert_int_equal(fwrite(content, 1, size, file), size);
    assert_int_equal(fflush(file), 0);
    return file;
}

struct buffer reference_bash(const char *script, const struct buffer *input)
{
    char script_path[32], input_path[32], command[256], piece[4096];
    FILE *script_file = temporary_file(script, strlen(script), script_path);
    FILE *input_file = temporary_file(input->data, input->size, input_path), *pipe;
    struct buffer output = {0};
    size_t got;

    snprintf(command, sizeof command, "LC_ALL=C.UTF-8 TZ=UTC exec bash -c \"$(cat %s)\" S <%s 2>&1",
             script_path, input_path);
    pipe = popen(command, "r"); // NOLINT: the test's own text
    assert_non_null(pipe);
    while ((got = fread(piece, 1, sizeof piece, pipe)) > 0) buffer_put(&output, piece, got);
    pclose(pipe);
    assert_false(output.failed);
    fclose(script_file);
    fclose(input_file);
    unlink(script_path);
    unlink(input_path);
    return output;
}

void reference_need_bash(void)
{
    struct buffer none = {0};
    struct buffer version = reference_bash("echo \"${BASH_VERSION%.*}\"", &none);
    bool right = strncmp(buffer_string(&version), "5.2", 3) == 0;

    buffer_free(&version);
    if (!right) {
        print_message("no bash 5.2 to compare with\n");
        skip();
    }
}

unsigned reference_rounds(unsigned usual)
{
    const char *rounds = getenv("UMBRA_ROUNDS");
    return rounds ? (unsigned)strtoul(rounds, NULL, 10) : usual;
}

uint32_t reference_random(uint32_t below)
{
    if (state == 0) {
        const char *seed = getenv("UMBRA_SEED");
        state = seed ? strtoull(seed, NULL, 10) : 20261122;
    }
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}
