/* The job "summarise": what is in a file or a project, counted and quoted from the real tool results. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "base/text.h"
#include "offline/plan.h"

enum { MOST_HEADINGS = 12, MOST_DEFINITIONS = 12, SENTENCE_BYTES = 400, MOST_READ = 3, MOST_KINDS = 24 };

struct facts {
    size_t lines, words, headings, definitions;
    bool in_fence, in_prose, prose_done;
    struct buffer heading_list, definition_list, prose;
};

static void free_facts(struct facts *facts)
{
    buffer_free(&facts->heading_list);
    buffer_free(&facts->definition_list);
    buffer_free(&facts->prose);
}

static size_t count_words(const char *line, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        if (!isspace((unsigned char)line[i]) && (i == 0 || isspace((unsigned char)line[i - 1]))) count++;
    return count;
}

static bool is_definition(const char *line, size_t size)
{
    static const char *const starts[] = {
        "export ", "function ", "async function ", "class ",
        "def ",    "struct ",   "typedef ",        "fn ",
        "pub ",    "impl ",     "interface ",      "func ",
        "enum ",   "module ",   "package ",        "add_executable(",
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (size > strlen(starts[i]) && strncmp(line, starts[i], strlen(starts[i])) == 0) return true;
    /* A C function: a name at the margin, a parenthesis, no semicolon. */
    return size > 6 && isalpha((unsigned char)*line) && memchr(line, '(', size) && line[size - 1] == ')' &&
           memchr(line, ' ', size);
}

static void take_prose(struct facts *facts, const char *line, size_t size)
{
    while (size && strchr(" \t*/#>", *line)) line++, size--;
    while (size && strchr(" \t*/", line[size - 1])) size--;
    if (size == 0 || !isalpha((unsigned char)*line)) {
        if (facts->in_prose) facts->prose_done = true;
        return;
    }
    facts->in_prose = true;
    if (facts->prose.size) buffer_put_string(&facts->prose, " ");
    buffer_put(&facts->prose, line, size);
    if (facts->prose.size >= SENTENCE_BYTES) facts->prose_done = true;
}

static void take_line(struct facts *facts, const char *line, size_t size, bool markdown)
{
    facts->lines++;
    facts->words += count_words(line, size);
    if (size >= 3 && strncmp(line, "```", 3) == 0) {
        facts->in_fence = !facts->in_fence;
        return;
    }
    if (facts->in_fence) return;
    size_t hashes = 0;
    while (hashes < size && line[hashes] == '#') hashes++;
    if (markdown && hashes > 0 && hashes < size && line[hashes] == ' ') {
        if (facts->headings++ < MOST_HEADINGS)
            buffer_printf(&facts->heading_list, "- %.*s\n", (int)(size - hashes - 1), line + hashes + 1);
        if (facts->in_prose) facts->prose_done = true;
        return;
    }
    if (!markdown && is_definition(line, size) && facts->definitions++ < MOST_DEFINITIONS)
        buffer_printf(&facts->definition_list, "- `%.*s`\n", (int)(size > 100 ? utf8_floor(line, 100) : size),
                      line);
    bool comment = markdown || (size > 1 && (strncmp(line, "/*", 2) == 0 || strncmp(line, "//", 2) == 0 ||
                                             strncmp(line, " *", 2) == 0 || *line == '#'));
    if (!facts->prose_done && (comment || facts->in_prose)) {
        if (comment)
            take_prose(facts, line, size);
        else
            facts->prose_done = true;
    }
}

/* The first two sentences of a paragraph, by their full stops. */
static size_t sentences(const char *text, size_t size)
{
    size_t found = 0;
    for (size_t i = 0; i + 1 < size; i++)
        if (strchr(".!?", text[i]) && text[i + 1] == ' ' && ++found == 2) return i + 1;
    return size > SENTENCE_BYTES ? utf8_floor(text, SENTENCE_BYTES) : size;
}

static bool is_prose_file(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    return px_has_suffix(path, ".md") || px_has_suffix(path, ".txt") || px_has_suffix(path, ".rst") ||
           strncasecmp(name, "readme", 6) == 0 || !strchr(name, '.');
}

static void describe(struct buffer *out, const struct px_call *read)
{
    const char *path = px_json_text(read->input, "file_path");
    const char *text = read->result, *line = NULL;
    struct facts facts = {0};
    size_t size = 0;
    if (!path) path = "";
    while (px_next_line(&text, &line, &size)) {
        if (!px_strip_number(&line, &size) && facts.lines > 0) continue;
        take_line(&facts, line, size, is_prose_file(path));
    }
    buffer_printf(out, "**%s**: %zu lines, %zu words.\n", path, facts.lines, facts.words);
    if (facts.prose.size)
        buffer_printf(out, "\n> %.*s\n", (int)sentences(facts.prose.data, facts.prose.size),
                      facts.prose.data);
    if (facts.headings)
        buffer_printf(out, "\nIts %zu headings:\n%s", facts.headings, buffer_string(&facts.heading_list));
    if (facts.definitions)
        buffer_printf(out, "\nIt defines %zu things, first of all:\n%s", facts.definitions,
                      buffer_string(&facts.definition_list));
    free_facts(&facts);
}

static void summarise_file(struct px_plan *plan)
{
    const struct px_call *read = px_obtain_file(plan, plan->job.file);
    if (!read) return;
    struct buffer out = {0};
    describe(&out, read);
    px_finish(plan, &out);
}

struct kinds {
    char suffix[MOST_KINDS][16];
    size_t count[MOST_KINDS];
    size_t used, files, folders;
};

static void count_kind(struct kinds *kinds, const char *name)
{
    if (px_has_suffix(name, "/")) {
        kinds->folders++;
        return;
    }
    kinds->files++;
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name || strlen(dot) >= sizeof kinds->suffix[0]) return;
    size_t i = 0;
    while (i < kinds->used && strcmp(kinds->suffix[i], dot) != 0) i++;
    if (i == MOST_KINDS) return;
    if (i == kinds->used) {
        (void)snprintf(kinds->suffix[i], sizeof kinds->suffix[i], "%s", dot);
        kinds->count[kinds->used++] = 0;
    }
    kinds->count[i]++;
}

/* How much a file of this name says about its project; 0: nothing. */
static int tells(const char *name)
{
    static const char *const builds[] = {"package.json", "CMakeLists.txt", "pyproject.toml", "Cargo.toml",
                                         "go.mod",       "Makefile",       "setup.py",       "pom.xml"};
    if (strncasecmp(name, "readme", 6) == 0 && !px_has_suffix(name, "/")) return 2;
    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++)
        if (strcmp(name, builds[i]) == 0) return 1;
    return 0;
}

static void read_key_files(struct px_plan *plan, const char *list)
{
    char name[1024];
    const char *line = NULL;
    size_t size = 0, asked = 0;
    for (int wanted = 2; wanted > 0; wanted--) {
        for (const char *text = list; asked < MOST_READ && px_next_line(&text, &line, &size);) {
            px_line_name(line, size, name, sizeof name);
            if (!*name || tells(name) != wanted) continue;
            if (asked++ == 0) px_sayf(plan, "I will read what says most about it.");
            px_use(plan, "Read", "file_path", name, NULL);
        }
    }
}

static void report_project(struct px_plan *plan, const char *list)
{
    char name[1024];
    const char *text = list, *line = NULL;
    size_t size = 0;
    struct kinds kinds = {.used = 0};
    struct buffer out = {0};
    while (px_next_line(&text, &line, &size)) {
        px_line_name(line, size, name, sizeof name);
        if (*name && !px_list_is_empty(list)) count_kind(&kinds, name);
    }
    buffer_printf(&out, "At its top the project has %zu %s and %zu %s", kinds.files,
                  kinds.files == 1 ? "file" : "files", kinds.folders,
                  kinds.folders == 1 ? "folder" : "folders");
    for (size_t i = 0; i < kinds.used; i++)
        buffer_printf(&out, "%s%zu %s", i ? ", " : " (", kinds.count[i], kinds.suffix[i]);
    buffer_put_string(&out, kinds.used ? ").\n\n" : ".\n\n");
    for (size_t i = 0; i < plan->talk->call_count; i++) {
        const struct px_call *call = &plan->talk->calls[i];
        if (strcmp(call->name, "Read") != 0 || call->failed || !call->answered) continue;
        describe(&out, call);
        buffer_put_string(&out, "\n");
    }
    px_finish(plan, &out);
}

void px_plan_summarise(struct px_plan *plan)
{
    if (plan->job.file && !px_has_suffix(plan->job.file, "/")) {
        summarise_file(plan);
        return;
    }
    const char *tool = px_has(plan, "ListDir") ? "ListDir" : "Glob";
    const struct px_call *list = px_nth_call(plan, tool, 0);
    if (!list && !px_has(plan, tool)) {
        px_finishf(plan, "I cannot look around: this request offers neither ListDir nor Glob.");
        return;
    }
    if (!list) {
        px_sayf(plan, "I will look around first.");
        if (strcmp(tool, "Glob") == 0)
            px_use(plan, tool, "pattern", "*", NULL);
        else
            px_use(plan, tool, "path", plan->job.file, NULL);
        return;
    }
    if (px_stop_on_failure(plan, list, "Listing the files")) return;
    if (!px_nth_call(plan, "Read", 0) && px_has(plan, "Read") && !plan->job.file)
        read_key_files(plan, list->result);
    if (plan->calls == 0) report_project(plan, list->result);
}
