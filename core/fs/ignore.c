/* ignore.c: after gitignore(5) and, where it is silent, what git 2.39 does (checked against git itself by
 * tests/unit/fs_ignore_git_test.c). Like git's, these rules know bytes and not characters: '?' is one byte.
 */
#include "fs/ignore.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum op {
    OP_BYTE,
    OP_ANY,       /* '?': one byte but '/' */
    OP_SET,       /* one byte of a set */
    OP_STAR,      /* any run without '/' */
    OP_SLASH,     /* '/' */
    OP_PARTS,     /* "**" + "/" as a whole part: any number of parts, with the slash behind each */
    OP_SOME_PART, /* the same with an escaped slash behind it: at least one (git has it so) */
    OP_REST,      /* "**" at the end: all that is left, at least one part */
};

struct token {
    uint8_t op;
    uint8_t byte;  /* OP_BYTE */
    uint16_t bits; /* OP_SET: index into the rule's sets */
};

struct set {
    uint8_t bits[32];
};

struct rule {
    char *text; /* as it was written, without what git cuts off */
    size_t line;
    struct token *tokens;
    struct set *sets;
    size_t count, set_count;
    size_t least; /* bytes that a match has at least */
    bool negative, only_directories, base_name;
    bool literal; /* OP_BYTE only */
};

struct fs_ignore_file {
    const struct fs_ignore_file *above; /* the nearest one in a directory above */
    struct fs_ignore_file *before;      /* the one that was made before */
    char *directory;
    size_t length;
    struct rule *rules;
    size_t count, capacity;
};

struct place {
    struct fs_ignore_file *file;
};

struct fs_ignore {
    struct fs_ignore_file *last; /* of all that were made, see before */
    struct place *places;        /* in the order of compare_paths() */
    size_t count, capacity;
};

/* --- sets --- */

static bool between(int c, int low, int high)
{
    return c >= low && c <= high;
}

static bool is_letter(int c)
{
    return between(c | 32, 'a', 'z');
}

static bool is_digit(int c)
{
    return between(c, '0', '9');
}

static const char *const class_names[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                          "lower", "print", "punct", "space", "upper", "xdigit"};

#define CLASSES (sizeof class_names / sizeof class_names[0])

/* The index of a class, CLASSES when there is none of this name. */
static size_t find_class(const char *name, size_t length)
{
    size_t i;
    for (i = 0; i < CLASSES; i++)
        if (strlen(class_names[i]) == length && memcmp(class_names[i], name, length) == 0) break;
    return i;
}

/* POSIX's classes for ASCII, as git has them: [:space:] is only the four here. */
static bool in_class(size_t class, int c)
{
    const bool in[CLASSES] = {
        is_letter(c) || is_digit(c),
        is_letter(c),
        c == ' ' || c == '\t',
        c < 32 || c == 127,
        is_digit(c),
        between(c, 33, 126),
        between(c, 'a', 'z'),
        between(c, 32, 126),
        between(c, 33, 126) && !is_letter(c) && !is_digit(c),
        c == ' ' || c == '\t' || c == '\n' || c == '\r',
        between(c, 'A', 'Z'),
        is_digit(c) || between(c | 32, 'a', 'f'),
    };
    return in[class];
}

static void add_range(struct set *set, int low, int high)
{
    int c;
    for (c = low; c <= high; c++) set->bits[c >> 3] |= (uint8_t)(1 << (c & 7));
}

static bool has(const struct set *set, unsigned char c)
{
    return set->bits[c >> 3] >> (c & 7) & 1;
}

/* A set being read; `at` stands on the character in hand. */
struct set_reader {
    const char *text, *end;
    size_t at;
    struct set *set;
    int before; /* the character that a '-' would begin a range with, 0: none */
};

static int char_at(const struct set_reader *reader, size_t at)
{
    return reader->text + at < reader->end ? (unsigned char)reader->text[at] : 0;
}

/* "[:name:]" at reader->at. 1 when it was one, 0 when the '[' stands for itself, -1 when nothing can match.
 */
static int read_class(struct set_reader *reader)
{
    size_t name = reader->at + 2, end = name, class;
    int c;

    while ((c = char_at(reader, end)) != 0 && c != ']') end++;
    if (c == 0) return -1;
    if (end == name || reader->text[end - 1] != ':') return 0;
    class = find_class(reader->text + name, end - 1 - name);
    if (class == CLASSES) return -1;
    for (c = 1; c < 256; c++)
        if (in_class(class, c)) add_range(reader->set, c, c);
    reader->at = end;
    reader->before = 0;
    return 1;
}

/* One member of a set: a character, the end of a range, or a class. False when nothing can match. */
static bool read_member(struct set_reader *reader)
{
    int c = char_at(reader, reader->at), next = char_at(reader, reader->at + 1), got;

    if (c == '-' && reader->before && next && next != ']') {
        c = next;
        reader->at++;
        if (c == '\\') c = char_at(reader, ++reader->at);
        if (c == 0) return false;
        add_range(reader->set, reader->before, c);
        reader->before = 0;
        return true;
    }
    if (c == '[' && next == ':') {
        got = read_class(reader);
        if (got) return got > 0;
    } else if (c == '\\') {
        c = char_at(reader, ++reader->at);
    }
    if (c == 0) return false;
    add_range(reader->set, c, c);
    reader->before = c;
    return true;
}

/* Reads the set behind the '[' at *at, which then stands on its ']'. False when nothing can match. */
static bool read_set(const char *text, const char *end, size_t *at, struct set *set)
{
    struct set_reader reader = {text, end, *at + 1, set, 0};
    bool negated = char_at(&reader, reader.at) == '!' || char_at(&reader, reader.at) == '^';
    size_t i;

    memset(set, 0, sizeof *set);
    if (negated) reader.at++;
    do {
        if (!read_member(&reader)) return false;
        reader.at++;
    } while (char_at(&reader, reader.at) != ']');
    for (i = 0; negated && i < sizeof set->bits; i++) set->bits[i] ^= 0xff;
    set->bits['/' >> 3] &= (uint8_t) ~(1 << ('/' & 7));
    *at = reader.at;
    return true;
}

/* --- rules --- */

static void free_rule(struct rule *rule)
{
    free(rule->text);
    free(rule->tokens);
    free(rule->sets);
}

static void add_token(struct rule *rule, enum op op, char byte)
{
    enum op last = rule->count ? rule->tokens[rule->count - 1].op : OP_BYTE;

    if (op == OP_PARTS && last == OP_PARTS) return; /* says nothing more */
    rule->tokens[rule->count++] =
        (struct token){(uint8_t)op, (uint8_t)byte, (uint16_t)(op == OP_SET ? rule->set_count - 1 : 0)};
    rule->literal = rule->literal && op == OP_BYTE;
    rule->least += op == OP_SOME_PART ? 2 : op != OP_STAR && op != OP_PARTS;
}

/* A run of stars at *at, which then stands on its last character. */
static void read_stars(struct rule *rule, const char *text, size_t length, size_t *at)
{
    size_t first = *at, behind = first;
    bool whole;

    while (behind < length && text[behind] == '*') behind++;
    *at = behind - 1;
    whole = !rule->base_name && behind - first >= 2 && (first == 0 || text[first - 1] == '/');
    if (whole && behind == length) {
        add_token(rule, OP_REST, 0);
    } else if (whole && text[behind] == '/') {
        add_token(rule, OP_PARTS, 0);
        *at = behind;
    } else if (whole && text[behind] == '\\' && behind + 1 < length && text[behind + 1] == '/') {
        add_token(rule, OP_SOME_PART, 0);
        *at = behind + 1;
    } else {
        add_token(rule, OP_STAR, 0);
    }
}

/* Makes tokens of a pattern. False when it cannot match anything. */
static bool compile(struct rule *rule, const char *text, size_t length)
{
    size_t at;

    rule->literal = true;
    for (at = 0; at < length; at++) {
        char c = text[at];
        if (c == '*') {
            read_stars(rule, text, length, &at);
        } else if (c == '?') {
            add_token(rule, OP_ANY, 0);
        } else if (c == '[') {
            /* more sets than a path has bytes */
            if (rule->set_count == UINT16_MAX) return false;
            if (!read_set(text, text + length, &at, &rule->sets[rule->set_count])) return false;
            rule->set_count++;
            add_token(rule, OP_SET, 0);
        } else {
            if (c == '\\' && ++at == length) return false;
            add_token(rule, text[at] == '/' ? OP_SLASH : OP_BYTE, text[at]);
        }
    }
    return rule->count > 0;
}

static size_t count_of(const char *text, size_t length, char wanted)
{
    size_t i, count = 0;
    for (i = 0; i < length; i++) count += text[i] == wanted;
    return count;
}

/* Reads one line that is no comment. 1 with a rule, 0 when the line can match nothing, UMBRA_ENOMEM. */
static int read_rule(struct rule *rule, const char *line, size_t length, struct error *error)
{
    size_t sets;
    bool works;

    rule->text = malloc(length + 1);
    if (rule->text == NULL) return error_memory(error);
    memcpy(rule->text, line, length);
    rule->text[length] = '\0';
    if (length && *line == '!') {
        rule->negative = true;
        line++;
        length--;
    }
    if (length && line[length - 1] == '/') {
        rule->only_directories = true;
        length--;
    }
    rule->base_name = memchr(line, '/', length) == NULL;
    if (length && *line == '/') {
        line++;
        length--;
    }
    if (length == 0) return 0;
    sets = count_of(line, length, '[');
    rule->tokens = malloc(length * sizeof rule->tokens[0]);
    rule->sets = sets ? malloc(sets * sizeof rule->sets[0]) : NULL;
    if (rule->tokens == NULL || (sets && rule->sets == NULL)) return error_memory(error);
    works = compile(rule, line, length);
    return works;
}

/* The length of a line without the spaces at its end, unless they are escaped. */
static size_t without_spaces(const char *line, size_t length)
{
    size_t at, end = 0;
    for (at = 0; at < length; at++) {
        if (line[at] == '\\' && at + 1 < length)
            at++;
        else if (line[at] == ' ')
            continue;
        end = at + 1;
    }
    return end;
}

static int add_line(struct fs_ignore_file *file, const char *line, size_t length, size_t number,
                    struct error *error)
{
    struct rule rule = {.line = number};
    const char *nul;
    int result;

    if (length && line[length - 1] == '\r') length--;
    nul = memchr(line, '\0', length);
    if (nul) length = (size_t)(nul - line); /* git takes lines as C strings */
    length = without_spaces(line, length);
    if (length == 0 || *line == '#') return 0;
    if (file->count == file->capacity) {
        size_t capacity = file->capacity ? file->capacity * 2 : 16;
        struct rule *rules = realloc(file->rules, capacity * sizeof *rules);
        if (rules == NULL) return error_memory(error);
        file->rules = rules;
        file->capacity = capacity;
    }
    result = read_rule(&rule, line, length, error);
    if (result > 0)
        file->rules[file->count++] = rule;
    else
        free_rule(&rule);
    return result < 0 ? result : 0;
}

static int read_lines(struct fs_ignore_file *file, const char *text, size_t size, struct error *error)
{
    const char *end = text + size;
    size_t number;
    int result = 0;

    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;
    for (number = 1; text < end && result == 0; number++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL) stop = end;
        result = add_line(file, text, (size_t)(stop - text), number, error);
        text = stop + 1;
    }
    return result;
}

/* --- matching --- */

static bool takes(const struct rule *rule, const struct token *token, char c)
{
    switch (token->op) {
    case OP_BYTE:
        return (uint8_t)c == token->byte;
    case OP_ANY:
        return c != '/';
    case OP_SET:
        return has(&rule->sets[token->bits], (unsigned char)c);
    default:
        return c == '/';
    }
}

/* A place to go on from when the way tried last leads nowhere. */
struct retry {
    size_t token; /* 0: none; no token that begins one is followed by the first */
    const char *text;
};

/* Behind the next slash; NULL when there is none. */
static const char *next_part(const char *text, const char *end)
{
    const char *slash = memchr(text, '/', (size_t)(end - text));
    return slash ? slash + 1 : NULL;
}

/* Goes back to a longer run for the last star, or, when that has reached the end of its part of the path, to
 * one part more for the last "**". Only the last of each is worth another try: the parts between two "**"
 * that match first leave the most to the second, and a star's part ends at its slash whatever the star takes.
 */
static bool go_back(struct retry *star, struct retry *parts, const char *end, size_t *token,
                    const char **text)
{
    const char *next;

    if (star->token && star->text < end && *star->text != '/') {
        *token = star->token;
        *text = ++star->text;
        return true;
    }
    next = parts->token ? next_part(parts->text, end) : NULL;
    if (next == NULL) return false;
    star->token = 0;
    parts->text = next;
    *token = parts->token;
    *text = parts->text;
    return true;
}

static bool match_tokens(const struct rule *rule, const char *text, size_t length)
{
    const char *end = text + length, *part;
    struct retry star = {0, NULL}, parts = {0, NULL};
    size_t at = 0;

    for (;;) {
        const struct token *token = at < rule->count ? &rule->tokens[at] : NULL;
        if (token == NULL) {
            if (text == end) return true;
        } else if (token->op == OP_REST) {
            if (text < end) return true;
        } else if (token->op == OP_STAR) {
            star = (struct retry){++at, text};
            continue;
        } else if (token->op == OP_PARTS || token->op == OP_SOME_PART) {
            part = token->op == OP_PARTS ? text : next_part(text, end);
            if (part) {
                text = part;
                parts = (struct retry){++at, text};
                star.token = 0;
                continue;
            }
        } else if (text < end && takes(rule, token, *text)) {
            if (*text == '/') star.token = 0;
            at++;
            text++;
            continue;
        }
        if (!go_back(&star, &parts, end, &at, &text)) return false;
    }
}

static bool match_rule(const struct rule *rule, const char *text, size_t length)
{
    size_t i;

    if (length < rule->least) return false;
    if (!rule->literal) return match_tokens(rule, text, length);
    if (length != rule->count) return false;
    for (i = 0; i < length; i++)
        if (rule->tokens[i].byte != (uint8_t)text[i]) return false;
    return true;
}

bool fs_ignore_check(const struct fs_ignore_file *file, const char *path, size_t length, bool is_directory,
                     struct fs_ignore_reason *reason)
{
    size_t base = length, i;

    while (base && path[base - 1] != '/') base--;
    for (; file; file = file->above) {
        size_t below = file->length ? file->length + 1 : 0;
        for (i = file->count; i-- > 0;) {
            const struct rule *rule = &file->rules[i];
            size_t from = rule->base_name ? base : below;
            if (rule->only_directories && !is_directory) continue;
            if (from > length || !match_rule(rule, path + from, length - from)) continue;
            if (!rule->negative && reason)
                *reason = (struct fs_ignore_reason){file->directory, rule->text, rule->line};
            return !rule->negative;
        }
    }
    return false;
}

/* --- the files of a folder --- */

struct fs_ignore *fs_ignore_new(void)
{
    return calloc(1, sizeof(struct fs_ignore));
}

static void free_file(struct fs_ignore_file *file)
{
    size_t i;
    if (file == NULL) return;
    for (i = 0; i < file->count; i++) free_rule(&file->rules[i]);
    free(file->rules);
    free(file->directory);
    free(file);
}

void fs_ignore_free(struct fs_ignore *ignore)
{
    if (ignore == NULL) return;
    while (ignore->last) {
        struct fs_ignore_file *file = ignore->last;
        ignore->last = file->before;
        free_file(file);
    }
    free(ignore->places);
    free(ignore);
}

static int compare_paths(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    if (order) return order;
    return a_length < b_length ? -1 : a_length > b_length;
}

/* The index of the file of a directory, or where it would be; whether it is there. */
static bool locate(const struct fs_ignore *ignore, const char *directory, size_t length, size_t *index)
{
    size_t low = 0, high = ignore->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct fs_ignore_file *file = ignore->places[middle].file;
        int order = compare_paths(file->directory, file->length, directory, length);
        if (order == 0) {
            *index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    return false;
}

const struct fs_ignore_file *fs_ignore_find(const struct fs_ignore *ignore, const char *directory,
                                            size_t length)
{
    size_t index;

    if (ignore->count == 0) return NULL;
    for (;;) {
        if (locate(ignore, directory, length, &index)) return ignore->places[index].file;
        if (length == 0) return NULL;
        while (length && directory[length - 1] != '/') length--;
        if (length) length--;
    }
}

static struct fs_ignore_file *new_file(const char *directory, size_t length)
{
    struct fs_ignore_file *file = calloc(1, sizeof *file);

    if (file == NULL) return NULL;
    file->directory = malloc(length + 1);
    if (file->directory == NULL) {
        free(file);
        return NULL;
    }
    memcpy(file->directory, directory, length);
    file->directory[length] = '\0';
    file->length = length;
    return file;
}

static int insert(struct fs_ignore *ignore, struct fs_ignore_file *file, size_t index, struct error *error)
{
    if (ignore->count == ignore->capacity) {
        size_t capacity = ignore->capacity ? ignore->capacity * 2 : 16;
        struct place *places = realloc(ignore->places, capacity * sizeof *places);
        if (places == NULL) return error_memory(error);
        ignore->places = places;
        ignore->capacity = capacity;
    }
    memmove(ignore->places + index + 1, ignore->places + index,
            (ignore->count - index) * sizeof ignore->places[0]);
    ignore->places[index].file = file;
    ignore->count++;
    return 0;
}

/* Two files change rules: the first keeps its place, since others may stand below it. */
static void swap_rules(struct fs_ignore_file *file, struct fs_ignore_file *other)
{
    struct fs_ignore_file old = *file;

    file->rules = other->rules;
    file->count = other->count;
    file->capacity = other->capacity;
    other->rules = old.rules;
    other->count = old.count;
    other->capacity = old.capacity;
}

int fs_ignore_add(struct fs_ignore *ignore, const char *directory, size_t length, const char *text,
                  size_t size, struct error *error)
{
    struct fs_ignore_file *file = new_file(directory, length);
    size_t index;
    int result;

    if (file == NULL) return error_memory(error);
    file->before = ignore->last;
    ignore->last = file;
    result = read_lines(file, text, size, error);
    if (result < 0) return result;
    if (locate(ignore, directory, length, &index)) {
        swap_rules(ignore->places[index].file, file);
        return 0;
    }
    file->above = fs_ignore_find(ignore, directory, length);
    return insert(ignore, file, index, error);
}
