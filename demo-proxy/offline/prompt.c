#include "offline/prompt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "base/text.h"
#include "offline/words.h"

#define PLACE_WORDS "in|inside|within|under|across|throughout|everywhere|from"
#define NAME_FILLER                                                                                          \
    "the|a|an|all|every|each|any|word|words|name|names|term|terms|identifier|variable|function|method|"      \
    "class|type|"                                                                                            \
    "struct|symbol|string|text|constant|occurrence|occurrences|instance|instances|use|uses|usages|of|"       \
    "called|named|"                                                                                          \
    "from|my|our|this|that"
#define SEARCH_FILLER                                                                                        \
    NAME_FILLER                                                                                              \
    "|me|for|places|place|usage|contain|contains|containing|mention|mentions|mentioning|with|files|"         \
    "file|"                                                                                                  \
    "which|where|is|are|code|lines|line|do|does|we|i|you|please|out|up|references|reference|to|calls"

static bool is_at(const struct px_words *words, size_t i, const char *list)
{
    return i < words->count && px_word_in(&words->items[i], list);
}

static char *copy_word(const struct px_words *words, size_t i)
{
    return strdup(words->items[i].text);
}

/* The words [from, to) with what stood between them. */
static char *join(const struct px_words *words, size_t from, size_t to)
{
    struct buffer out = {0};
    for (size_t i = from; i < to; i++) {
        if (i > from && !words->items[i].glued)
            buffer_put_string(&out, words->items[i - 1].comma ? ", " : " ");
        buffer_put_string(&out, words->items[i].text);
    }
    return buffer_take(&out);
}

static size_t find_word(const struct px_words *words, size_t from, size_t to, const char *list)
{
    while (from < to && !px_word_in(&words->items[from], list)) from++;
    return from;
}

static const char *language_glob(const struct px_word *word)
{
    static const char *const table[][2] = {
        {"c", "*.c"},          {"header", "*.h"},  {"js|javascript", "*.js"}, {"ts|typescript", "*.ts"},
        {"py|python", "*.py"}, {"go", "*.go"},     {"rs|rust", "*.rs"},       {"md|markdown", "*.md"},
        {"html", "*.html"},    {"css", "*.css"},   {"json", "*.json"},        {"txt|text", "*.txt"},
        {"sh|shell", "*.sh"},  {"java", "*.java"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (px_word_in(word, table[i][0])) return table[i][1];
    return NULL;
}

/* "in *.c", "in all .md files", "in Python files", "in src/": where a job is to stay. */
static int read_scope(struct px_job *job, const struct px_words *words, size_t from, size_t to)
{
    for (size_t i = from; i < to && !job->glob && !job->place; i++) {
        const struct px_word *word = &words->items[i];
        const char *text = word->text;
        const char *language = is_at(words, i + 1, "files|file|sources|code") ? language_glob(word) : NULL;
        bool placed = i > 0 && px_word_in(&words->items[i - 1], PLACE_WORDS "|folder|directory|dir|file|of");
        if (strchr(text, '*')) {
            if (!(job->glob = strdup(text))) return PX_ENOMEM;
        } else if (language) {
            if (!(job->glob = strdup(language))) return PX_ENOMEM;
        } else if (text[0] == '.' && isalpha((unsigned char)text[1]) && is_at(words, i + 1, "files|file")) {
            struct buffer glob = {0};
            buffer_printf(&glob, "*%s", text);
            if (!(job->glob = buffer_take(&glob))) return PX_ENOMEM;
        } else if (px_word_is_file(word) ||
                   (placed && (word->quoted || is_at(words, i + 1, "folder|directory|dir")))) {
            if (!(job->place = strdup(text))) return PX_ENOMEM;
        }
    }
    return 0;
}

/* The one word meant between two positions: the quoted one, or the only one that is no filler. */
static bool only_word(const struct px_words *words, size_t from, size_t to, size_t *found)
{
    size_t count = 0, last_filler = to;
    for (size_t i = from; i < to; i++) {
        if (words->items[i].quoted) {
            *found = i;
            return true;
        }
        if (px_word_in(&words->items[i], NAME_FILLER)) {
            last_filler = i;
            continue;
        }
        *found = i;
        count++;
    }
    if (count == 0 && last_filler < to) {
        *found = last_filler; /* "rename word to term" */
        return true;
    }
    return count == 1;
}

/* 1 when it is a rename, 0 when it is not. */
static int read_rename(struct px_job *job, const struct px_words *words)
{
    size_t verb = find_word(words, 0, words->count, "rename|replace|substitute|change|refactor");
    if (verb == words->count) return 0;
    size_t separator = find_word(words, verb + 1, words->count, "to|with|by|into|as|->|=>|\xe2\x86\x92");
    size_t names_end = find_word(words, verb + 1, separator, "in|inside|within|across|throughout|everywhere");
    size_t old = 0, new = 0;
    if (separator >= words->count || !only_word(words, verb + 1, names_end, &old)) return 0;
    /* "rename the file a.txt to b.txt" asks for something else, and so does "change the title to X". */
    if (px_word_in(&words->items[verb + 1], "file|folder|directory") ||
        is_at(words, verb + 2, "file|folder|directory"))
        return 0;
    if (px_word_in(&words->items[verb], "change") && !words->items[old].quoted && old == verb + 2 &&
        is_at(words, verb + 1, "the|a|this|my"))
        return 0;
    size_t new_end =
        find_word(words, separator + 1, words->count, "in|inside|within|across|throughout|everywhere");
    if (separator + 1 >= words->count || separator + 1 >= new_end) return 0;
    new = separator + 1;
    for (size_t i = separator + 1; i < new_end; i++)
        if (words->items[i].quoted) {
            new = i;
            break;
        }
    while (!words->items[new].quoted && new + 1 < new_end &&
           px_word_in(&words->items[new], "the|word|name|new"))
        new ++;
    if (strcmp(words->items[old].text, words->items[new].text) == 0) return 0;
    job->kind = PX_JOB_RENAME;
    job->subject = copy_word(words, old);
    job->replacement = copy_word(words, new);
    if (!job->subject || !job->replacement) return PX_ENOMEM;
    int rc = read_scope(job, words, names_end, separator);
    if (rc == 0) rc = read_scope(job, words, new + 1, words->count);
    return rc ? rc : 1;
}

#define PAGE_END "called|named|as|in|into|with|saved|save|using|file"

/* Where a page's topic ends: "and" belongs to it, unless an order follows. */
static bool ends_topic(const struct px_words *words, size_t i)
{
    const struct px_word *word = &words->items[i];
    if (word->quoted || px_word_is_file(word) || px_word_in(word, PAGE_END)) return true;
    return px_word_in(word, "and") && is_at(words, i + 1, "call|name|save|put|write|style|use|make|add|show");
}

static int read_page_file(struct px_job *job, const struct px_words *words, size_t noun)
{
    for (size_t i = noun; i < words->count; i++) {
        const struct px_word *word = &words->items[i];
        bool html = px_has_suffix(word->text, ".html") || px_has_suffix(word->text, ".htm");
        bool named =
            px_word_in(&words->items[i - 1], "called|named|file|as|in|into|to") && px_word_is_file(word);
        if (!html && !named) continue;
        job->file = strdup(word->text);
        return job->file ? 0 : PX_ENOMEM;
    }
    return 0;
}

static int read_sections(struct px_job *job, const struct px_words *words, size_t noun)
{
    size_t at = find_word(words, noun, words->count, "sections|section|chapters|parts|headings");
    if (at + 1 >= words->count) return 0;
    size_t from = at + 1;
    while (is_at(words, from, "about|for|on|named|called")) from++;
    size_t to = from;
    while (to < words->count && !px_word_in(&words->items[to], "called|named|saved|in|into|as")) to++;
    if (from >= to) return 0;
    job->sections = join(words, from, to);
    return job->sections ? 0 : PX_ENOMEM;
}

static int read_page(struct px_job *job, const struct px_words *words)
{
    size_t verb = find_word(words, 0, words->count, "create|make|write|build|generate|add|design|produce");
    size_t noun = find_word(words, verb, words->count, "page|webpage|homepage|website|site|html|landing");
    if (noun == words->count) return 0;
    job->kind = PX_JOB_PAGE;
    size_t about = find_word(words, noun, words->count, "about|for|on|of|titled|describing|introducing");
    if (about + 1 < words->count) {
        size_t end = about + 2;
        if (!words->items[about + 1].quoted)
            while (end < words->count && !ends_topic(words, end)) end++;
        size_t from = about + 1;
        while (from + 1 < end && px_word_in(&words->items[from], "the|a|an|my|our")) from++;
        if (!(job->subject = join(words, from, end))) return PX_ENOMEM;
    }
    int rc = read_page_file(job, words, noun);
    if (rc == 0) rc = read_sections(job, words, noun);
    return rc ? rc : 1;
}

static int read_find(struct px_job *job, const struct px_words *words, size_t verb)
{
    size_t from = verb + 1, to = 0;
    bool files_wanted = find_word(words, from, words->count, "file|files") < words->count;
    for (size_t i = from; i < words->count; i++) {
        const struct px_word *word = &words->items[i];
        bool pattern = !word->quoted && strchr(word->text, '*');
        if (!pattern && !(files_wanted && px_word_is_file(word) && i <= from + 3)) continue;
        if (i > 0 && px_word_in(&words->items[i - 1], PLACE_WORDS)) break;
        struct buffer glob = {0};
        buffer_printf(&glob, "%s%s", pattern || strchr(word->text, '/') ? "" : "**/", word->text);
        job->kind = PX_JOB_LIST;
        job->glob = buffer_take(&glob);
        return job->glob ? 1 : PX_ENOMEM;
    }
    for (size_t i = from; i < words->count && !to; i++)
        if (words->items[i].quoted && !(i > 0 && px_word_in(&words->items[i - 1], PLACE_WORDS)))
            from = i, to = i + 1;
    if (!to) {
        while (from < words->count && px_word_in(&words->items[from], SEARCH_FILLER)) from++;
        to = from;
        while (to < words->count &&
               !px_word_in(&words->items[to], PLACE_WORDS "|and|then|defined|declared|used|called|"
                                                          "appears|mentioned|implemented|please"))
            to++;
        size_t end = to;
        while (to > from + 1 &&
               px_word_in(&words->items[to - 1], SEARCH_FILLER "|comments|comment|notes|marks"))
            to--;
        if (from >= end) return 0;
    }
    job->kind = PX_JOB_FIND;
    job->subject = join(words, from, to);
    if (!job->subject) return PX_ENOMEM;
    int rc = read_scope(job, words, to, words->count);
    return rc ? rc : 1;
}

static size_t find_file(const struct px_words *words, size_t from)
{
    size_t i = from;
    while (i < words->count && !px_word_is_file(&words->items[i])) i++;
    return i;
}

static int read_list(struct px_job *job, const struct px_words *words, size_t from)
{
    job->kind = PX_JOB_LIST;
    int rc = read_scope(job, words, from, words->count);
    return rc ? rc : 1;
}

static int read_file_job(struct px_job *job, const struct px_words *words, size_t verb)
{
    size_t file = find_file(words, verb + 1);
    if (file == words->count) {
        file = verb + 1;
        while (file < words->count && !words->items[file].quoted) file++;
    }
    bool list =
        find_word(words, verb, words->count, "files|folder|folders|directory|tree|structure") < words->count;
    if (list) return read_list(job, words, verb + 1);
    if (file == words->count) return 0;
    job->kind = PX_JOB_READ;
    job->file = copy_word(words, file);
    return job->file ? 1 : PX_ENOMEM;
}

static int read_summary(struct px_job *job, const struct px_words *words, size_t verb)
{
    size_t file = find_file(words, verb + 1);
    bool project = find_word(words, verb, words->count,
                             "project|repo|repository|codebase|everything|folder") < words->count;
    bool asked = px_word_in(&words->items[verb], "summarise|summarize|summary|overview") || project ||
                 file < words->count;
    if (!asked) return 0;
    job->kind = PX_JOB_SUMMARISE;
    if (file < words->count && !(job->file = copy_word(words, file))) return PX_ENOMEM;
    return 1;
}

static int read_at(struct px_job *job, const struct px_words *words, size_t i)
{
    const struct px_word *word = &words->items[i];
    if (px_word_in(word, "find|search|grep|locate|where|look|contain|contains|containing|mention|mentions"))
        return px_word_in(word, "look") && !is_at(words, i + 1, "for|up") ? 0 : read_find(job, words, i);
    if (px_word_in(word, "summarise|summarize|summary|overview|explain|describe|what|about|what's"))
        if (!is_at(words, i + 1, "files|file")) return read_summary(job, words, i);
    if (px_word_in(word, "list|ls|tree|dir")) return read_list(job, words, i + 1);
    if (px_word_in(word, "what|which") && is_at(words, i + 1, "files|file|folders")) {
        size_t verb =
            find_word(words, i, words->count, "contain|contains|containing|mention|mentions|use|uses");
        return verb < words->count ? read_find(job, words, verb) : read_list(job, words, i + 1);
    }
    if (px_word_in(word, "read|show|open|cat|print|display|view")) return read_file_job(job, words, i);
    return 0;
}

int px_job_read(struct px_job *job, const char *prompt)
{
    *job = (struct px_job){.kind = PX_JOB_HELP};
    struct px_words words;
    int rc = px_words_read(&words, prompt);
    if (rc == 0) rc = read_rename(job, &words);
    if (rc == 0) rc = read_page(job, &words);
    for (size_t i = 0; i < words.count && rc == 0; i++) rc = read_at(job, &words, i);
    px_words_free(&words);
    return rc < 0 ? rc : 0;
}

void px_job_free(struct px_job *job)
{
    free(job->subject);
    free(job->replacement);
    free(job->file);
    free(job->place);
    free(job->glob);
    free(job->sections);
    *job = (struct px_job){0};
}
