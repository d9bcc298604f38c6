/* A name, an old and a new text, parted by 0xff bytes: the patch is read back by a reader of our own, which
 * applies it to the old text and must have the new one, and the name as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/diff.h"
#include "store/patch.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct reader {
    const char *at, *end;
    const char *old_at, *old_end;
    struct buffer made;
};

static bool skip(struct reader *reader, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, text, length) != 0) return false;
    reader->at += length;
    return true;
}

static void expect(struct reader *reader, const char *text)
{
    if (!skip(reader, text)) abort();
}

static unsigned long number(struct reader *reader)
{
    char *end;
    unsigned long value = strtoul(reader->at, &end, 10);
    if (end == reader->at) abort();
    reader->at = end;
    return value;
}

/* "12,3" or "12" */
static void range(struct reader *reader, unsigned long *start, unsigned long *count)
{
    *start = number(reader);
    *count = skip(reader, ",") ? number(reader) : 1;
}

static char unescape(struct reader *reader)
{
    static const char letters[] = "abtnvfr\"\\", values[] = "\a\b\t\n\v\f\r\"\\";
    const char *letter = strchr(letters, *reader->at);
    char octal[4] = {0};

    if (*reader->at && letter) {
        reader->at++;
        return values[letter - letters];
    }
    memcpy(octal, reader->at, 3);
    reader->at += 3;
    return (char)strtoul(octal, NULL, 8);
}

static void check_name(struct reader *reader, const char *prefix, const char *name)
{
    bool quoted = skip(reader, "\"");

    expect(reader, prefix);
    for (; *name; name++) {
        char byte = *reader->at++;
        if (quoted && byte == '\\') byte = unescape(reader);
        if (byte != *name) abort();
    }
    if (quoted) expect(reader, "\"");
}

static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline + 1 : end;
}

static void copy_old_line(struct reader *reader)
{
    const char *end = line_end(reader->old_at, reader->old_end);
    if (reader->old_at == reader->old_end) abort();
    buffer_put(&reader->made, reader->old_at, (size_t)(end - reader->old_at));
    reader->old_at = end;
}

static void body_line(struct reader *reader, unsigned long *old_left, unsigned long *new_left)
{
    char sign = *reader->at++;
    const char *text = reader->at, *end = line_end(text, reader->end);
    size_t length = (size_t)(end - text);

    reader->at = end;
    if (skip(reader, "\\ No newline at end of file\n")) length--;
    if (sign != '+') {
        const char *old_end = line_end(reader->old_at, reader->old_end);
        if ((size_t)(old_end - reader->old_at) != length || memcmp(reader->old_at, text, length) != 0)
            abort();
        reader->old_at = old_end;
        if ((*old_left)-- == 0) abort();
    }
    if (sign != '-') {
        buffer_put(&reader->made, text, length);
        if ((*new_left)-- == 0) abort();
    }
    if (sign != ' ' && sign != '+' && sign != '-') abort();
}

static void hunks(struct reader *reader)
{
    unsigned long line = 0, old_start, old_count, new_start, new_count;

    while (skip(reader, "@@ -")) {
        range(reader, &old_start, &old_count);
        expect(reader, " +");
        range(reader, &new_start, &new_count);
        expect(reader, " @@\n");
        for (; line < old_start - (old_count > 0); line++) copy_old_line(reader);
        line += old_count;
        while (old_count || new_count) body_line(reader, &old_count, &new_count);
    }
    while (reader->old_at < reader->old_end) copy_old_line(reader);
    if (reader->at != reader->end) abort();
}

static void check(const struct buffer *patch, const char *name, const struct patch_content *content)
{
    struct reader reader = {.at = patch->data,
                            .end = patch->data + patch->size,
                            .old_at = content->old_text,
                            .old_end = content->old_text + content->old_size};

    expect(&reader, "diff --git ");
    check_name(&reader, "a/", name);
    expect(&reader, " ");
    check_name(&reader, "b/", name);
    expect(&reader, "\n");
    if (skip(&reader, "--- ")) {
        check_name(&reader, "a/", name);
        if (strchr(name, ' ')) expect(&reader, "\t");
        expect(&reader, "\n+++ ");
        check_name(&reader, "b/", name);
        if (strchr(name, ' ')) expect(&reader, "\t");
        expect(&reader, "\n");
        hunks(&reader);
        if (reader.made.size != content->new_size ||
            (content->new_size && memcmp(reader.made.data, content->new_text, content->new_size) != 0))
            abort();
    } else if (!skip(&reader, "Binary files ") && reader.at != reader.end) {
        abort();
    }
    buffer_free(&reader.made);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *text = (const char *)data, *end = text + size;
    const char *first = size ? memchr(text, 0xff, size) : NULL;
    const char *second = first ? memchr(first + 1, 0xff, (size_t)(end - first - 1)) : NULL;
    struct st_change change = {.kind = ST_MODIFIED,
                               .old_type = ST_FILE,
                               .new_type = ST_FILE,
                               .old_mode = 0644,
                               .new_mode = 0644,
                               .old_ino = 1,
                               .new_ino = 1};
    struct patch_content content = {0};
    struct buffer patch = {0};
    struct error error;

    if (second == NULL || first == text || memchr(text, '\0', (size_t)(first - text))) return 0;
    change.path = strndup(text, (size_t)(first - text));
    if (change.path == NULL) abort();
    content.old_text = first + 1;
    content.old_size = (size_t)(second - first - 1);
    content.new_text = second + 1;
    content.new_size = (size_t)(end - second - 1);
    if (patch_put(&patch, &change, &content, &error) < 0) abort();
    check(&patch, change.path, &content);
    buffer_free(&patch);
    free(change.path);
    return 0;
}
