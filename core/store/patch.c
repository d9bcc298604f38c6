#include "store/patch.h"

#include <inttypes.h>
#include <string.h>

#include "store/hunks.h"

static bool is_plain(unsigned char byte)
{
    return byte >= ' ' && byte < 127 && byte != '"' && byte != '\\';
}

static void put_quoted(struct buffer *out, const char *text)
{
    static const char letters[] = "\a\b\t\n\v\f\r\"\\", names[] = "abtnvfr\"\\";

    for (; *text; text++) {
        const char *letter = strchr(letters, *text);
        if (is_plain((unsigned char)*text))
            buffer_put_byte(out, *text);
        else if (letter)
            buffer_printf(out, "\\%c", names[letter - letters]);
        else
            buffer_printf(out, "\\%03o", (unsigned)(unsigned char)*text);
    }
}

void patch_put_name(struct buffer *out, const char *prefix, const char *name)
{
    const char *odd = name;

    while (*odd && is_plain((unsigned char)*odd)) odd++;
    if (*odd == '\0') {
        buffer_put_string(out, prefix);
        buffer_put_string(out, name);
        return;
    }
    buffer_put_byte(out, '"');
    buffer_put_string(out, prefix);
    put_quoted(out, name);
    buffer_put_byte(out, '"');
}

/* One side of a section: a change of type is written as two, a deletion and an addition. */
struct section {
    const char *old_path, *new_path;
    bool has_old, has_new;
    unsigned old_mode, new_mode;
    uint32_t similarity;
    bool renamed;
    struct patch_content content;
};

/* Git knows a file as executable or not; other bits are written where nothing else tells two modes apart. */
static unsigned mode_of(enum st_kind type, uint16_t mode, bool exact)
{
    if (type == ST_SYMLINK) return 0120000;
    if (exact) return 0100000u | mode;
    return mode & 0100 ? 0100755 : 0100644;
}

static void put_name_line(struct buffer *out, const char *before, const char *prefix, const char *name)
{
    buffer_put_string(out, before);
    patch_put_name(out, prefix, name);
    buffer_put_byte(out, '\n');
}

/* "--- a/name". A tab ends a name with a space in it, so that what reads it looks for no date there. */
static void put_file_line(struct buffer *out, const char *before, const char *prefix, const char *name,
                          bool present)
{
    buffer_put_string(out, before);
    if (present)
        patch_put_name(out, prefix, name);
    else
        buffer_put_string(out, "/dev/null");
    if (present && strchr(name, ' ')) buffer_put_byte(out, '\t');
    buffer_put_byte(out, '\n');
}

/* Checksums of git's are not written but for an empty file that comes or goes, which GNU patch does not
 * believe without them: zeros stand for no file, e69de29 is git's name of an empty content. */
static void put_index(struct buffer *out, const struct section *section)
{
    const struct patch_content *content = &section->content;

    if (content->too_large || content->old_size || content->new_size) return;
    if (!section->has_old)
        buffer_put_string(out, "index 0000000..e69de29\n");
    else if (!section->has_new)
        buffer_put_string(out, "index e69de29..0000000\n");
}

static void put_header(struct buffer *out, const struct section *section)
{
    buffer_put_string(out, "diff --git ");
    patch_put_name(out, "a/", section->old_path);
    buffer_put_byte(out, ' ');
    patch_put_name(out, "b/", section->new_path);
    buffer_put_byte(out, '\n');
    if (!section->has_old)
        buffer_printf(out, "new file mode %06o\n", section->new_mode);
    else if (!section->has_new)
        buffer_printf(out, "deleted file mode %06o\n", section->old_mode);
    else if (section->old_mode != section->new_mode)
        buffer_printf(out, "old mode %06o\nnew mode %06o\n", section->old_mode, section->new_mode);
    put_index(out, section);
    if (!section->renamed) return;
    buffer_printf(out, "similarity index %u%%\n", section->similarity);
    put_name_line(out, "rename from ", "", section->old_path);
    put_name_line(out, "rename to ", "", section->new_path);
}

static void put_hunk(struct buffer *out, const struct diff *diff, const struct diff_hunk *hunk)
{
    struct hunk_lines lines;
    const struct diff_line *line;
    char sign;

    hunks_put_range(out, hunk);
    buffer_put_byte(out, '\n');
    hunk_lines_begin(&lines, hunk);
    while ((line = hunk_lines_next(&lines, diff, &sign)) != NULL) {
        buffer_put_byte(out, sign);
        buffer_put(out, line->text, line->length);
        if (!hunk_line_ends(line)) buffer_put_string(out, "\n\\ No newline at end of file\n");
    }
}

static int put_text(struct buffer *out, const struct section *section, struct error *error)
{
    const struct patch_content *content = &section->content;
    struct diff_hunk hunk = {0};
    struct diff diff;
    uint32_t number = 0;
    int result = diff_compute(&diff, content->old_text, content->old_size, content->new_text,
                              content->new_size, error);

    if (result < 0) return result;
    while (diff_next_hunk(&diff, DIFF_CONTEXT, &hunk)) {
        if (number++ == 0) {
            put_file_line(out, "--- ", "a/", section->old_path, section->has_old);
            put_file_line(out, "+++ ", "b/", section->new_path, section->has_new);
        }
        buffer_put_string(out, "@@ ");
        if (content->numbered) buffer_printf(out, "hunk %u @@ ", number);
        put_hunk(out, &diff, &hunk);
    }
    diff_free(&diff);
    return 0;
}

/* "Binary files a/x and /dev/null differ" */
static void put_refusal(struct buffer *out, const struct section *section)
{
    buffer_put_string(out, section->content.too_large ? "Files " : "Binary files ");
    if (section->has_old)
        patch_put_name(out, "a/", section->old_path);
    else
        buffer_put_string(out, "/dev/null");
    buffer_put_string(out, " and ");
    if (section->has_new)
        patch_put_name(out, "b/", section->new_path);
    else
        buffer_put_string(out, "/dev/null");
    buffer_put_string(out,
                      section->content.too_large ? " differ and are too large to compare\n" : " differ\n");
}

static bool is_binary(const struct patch_content *content)
{
    return diff_is_binary(content->old_text, content->old_size) ||
           diff_is_binary(content->new_text, content->new_size);
}

static int put_section(struct buffer *out, const struct section *section, struct error *error)
{
    const struct patch_content *content = &section->content;
    bool same = !content->too_large && content->old_size == content->new_size &&
                memcmp(content->old_text, content->new_text, content->old_size) == 0;
    int result = 0;

    put_header(out, section);
    if (section->renamed && section->similarity == 100) same = true;
    if (same) return 0;
    if (content->too_large || is_binary(content))
        put_refusal(out, section);
    else
        result = put_text(out, section, error);
    return result;
}

/* Both halves of a change of type. */
static int put_two(struct buffer *out, const struct section *whole, struct error *error)
{
    struct section half = *whole;
    int result;

    half.has_new = false;
    half.content.new_text = "";
    half.content.new_size = 0;
    result = put_section(out, &half, error);
    half = *whole;
    half.has_old = false;
    half.content.old_text = "";
    half.content.old_size = 0;
    return result < 0 ? result : put_section(out, &half, error);
}

int patch_put(struct buffer *out, const struct st_change *change, const struct patch_content *content,
              struct error *error)
{
    struct section section = {.old_path = change->from ? change->from : change->path,
                              .new_path = change->path,
                              .has_old = change->old_ino != 0,
                              .has_new = change->new_ino != 0,
                              .similarity = change->similarity,
                              .renamed = change->from != NULL,
                              .content = *content};
    bool exact = change->old_ino && change->new_ino && change->old_mode != change->new_mode &&
                 ((change->old_mode ^ change->new_mode) & 0100) == 0;
    int result;

    section.old_mode = mode_of(change->old_type, change->old_mode, exact);
    section.new_mode = mode_of(change->new_type, change->new_mode, exact);
    if (section.content.old_text == NULL) section.content.old_text = "";
    if (section.content.new_text == NULL) section.content.new_text = "";
    result = st_changes_type(change) ? put_two(out, &section, error) : put_section(out, &section, error);
    if (result == 0 && out->failed) result = error_memory(error);
    return result;
}
