/* The job "create a page": one self-contained HTML file made from the prompt's topic and sections. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "offline/plan.h"

enum { MOST_SECTIONS = 8, NAME_SIZE = 256 };

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2430;--paper:#fbfaf7;--line:#d9d5cb;--accent:#2f6f5e}\n"
    "@media "
    "(prefers-color-scheme:dark){:root{--ink:#e8e6e1;--paper:#16191d;--line:#343a42;--accent:#7fc4ae}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:1.05rem/1.6 system-ui,sans-serif}\n"
    "header{padding:16vh 6vw 8vh;border-bottom:1px solid var(--line)}\n"
    "h1{margin:0 0 .4em;font-size:clamp(2rem,6vw,4rem);line-height:1.1;text-wrap:balance}\n"
    "header p{max-width:38rem;margin:0;font-size:1.2rem}\n"
    "nav{padding:1rem 6vw;border-bottom:1px solid var(--line)}\n"
    "nav a{margin-right:1.2rem;color:var(--accent)}\n"
    "main{display:grid;gap:3rem;max-width:60rem;padding:3rem 6vw}\n"
    "h2{margin:0 0 .4em;color:var(--accent)}\n"
    "footer{padding:2rem 6vw;border-top:1px solid var(--line);font-size:.9rem}\n";

static void make_slug(const char *topic, char *out, size_t capacity)
{
    size_t n = 0;
    for (; *topic && n + 1 < capacity && n < 40; topic++) {
        if (isalnum((unsigned char)*topic))
            out[n++] = (char)tolower((unsigned char)*topic);
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && out[n - 1] == '-') n--;
    out[n] = '\0';
    if (n == 0) (void)snprintf(out, capacity, "page");
}

static bool is_listed(const char *list, const char *wanted)
{
    char name[NAME_SIZE];
    const char *line = NULL;
    size_t size = 0;
    while (px_next_line(&list, &line, &size)) {
        px_line_name(line, size, name, sizeof name);
        if (strcmp(name, wanted) == 0) return true;
    }
    return false;
}

static void choose_name(const struct px_plan *plan, const struct px_call *list, char *out, size_t capacity)
{
    char slug[64];
    if (plan->job.file) {
        bool html = px_has_suffix(plan->job.file, ".html") || px_has_suffix(plan->job.file, ".htm");
        (void)snprintf(out, capacity, "%s%s", plan->job.file,
                       html || strrchr(plan->job.file, '.') ? "" : ".html");
        return;
    }
    make_slug(plan->job.subject ? plan->job.subject : "", slug, sizeof slug);
    (void)snprintf(out, capacity, "%s.html", slug);
    for (int i = 2; list && is_listed(list->result, out) && i < 100; i++)
        (void)snprintf(out, capacity, "%s-%d.html", slug, i);
}

/* "intro, team and contact" → three names, each in its own place. */
static size_t split_sections(char *text, char *names[MOST_SECTIONS])
{
    size_t count = 0;
    for (char *p = text; *p && count < MOST_SECTIONS;) {
        while (*p == ' ' || *p == ',') p++;
        if (px_has_prefix(p, "and ")) p += 4;
        if (!*p) break;
        names[count++] = p;
        char *comma = strchr(p, ','), *word = strstr(p, " and ");
        char *end = comma && (!word || comma < word) ? comma : word;
        if (!end) break;
        p = end + (end == comma ? 1 : 5);
        *end = '\0';
    }
    return count;
}

static void put_capital(struct buffer *out, const char *text)
{
    char first[2] = {(char)toupper((unsigned char)*text), '\0'};
    if ((unsigned char)*text >= 0x80) first[0] = *text;
    if (!*text) return;
    px_put_html(out, first);
    px_put_html(out, text + 1);
}

static void put_section(struct buffer *out, size_t number, const char *name, const char *topic)
{
    buffer_printf(out, "<section id=\"s%zu\">\n<h2>", number);
    put_capital(out, name);
    buffer_put_string(out, "</h2>\n<p>Write here what visitors should know about ");
    px_put_html(out, name);
    buffer_put_string(out, " and ");
    px_put_html(out, topic);
    buffer_put_string(out, ".</p>\n</section>\n");
}

static char *make_page(const struct px_plan *plan)
{
    static const char standard[] = "what it is, why it matters, get in touch";
    const char *topic = plan->job.subject ? plan->job.subject : "a new page";
    char *names[MOST_SECTIONS];
    char *sections = strdup(plan->job.sections ? plan->job.sections : standard);
    size_t count = sections ? split_sections(sections, names) : 0;
    struct buffer out = {.failed = !sections};
    buffer_put_string(&out,
                      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    put_capital(&out, topic);
    buffer_printf(&out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", style);
    put_capital(&out, topic);
    buffer_put_string(&out, "</h1>\n<p>Everything about ");
    px_put_html(&out, topic);
    buffer_put_string(&out, ", on one page.</p>\n</header>\n<nav aria-label=\"Sections\">\n");
    for (size_t i = 0; i < count; i++) {
        buffer_printf(&out, "<a href=\"#s%zu\">", i + 1);
        put_capital(&out, names[i]);
        buffer_put_string(&out, "</a>\n");
    }
    buffer_put_string(&out, "</nav>\n<main>\n");
    for (size_t i = 0; i < count; i++) put_section(&out, i + 1, names[i], topic);
    buffer_put_string(&out, "</main>\n<footer>Made in Umbra's offline demo.</footer>\n</body>\n</html>\n");
    free(sections);
    return buffer_take(&out);
}

void px_plan_page(struct px_plan *plan)
{
    char name[NAME_SIZE];
    const struct px_call *list = px_nth_call(plan, "ListDir", 0), *write = px_nth_call(plan, "Write", 0);
    if (write) {
        const char *path = px_json_text(write->input, "file_path");
        if (px_stop_on_failure(plan, write, "Writing the page")) return;
        px_finishf(
            plan,
            "I wrote `%s`: a self-contained page with its style inside, ready for your words. Look at the "
            "change before you commit it.",
            path ? path : "the page");
        return;
    }
    if (!px_has(plan, "Write")) {
        px_finishf(plan, "I cannot create a page: this request offers no Write.");
        return;
    }
    if (!plan->job.file && !list && px_has(plan, "ListDir")) {
        px_sayf(plan, "I will look which names are taken.");
        px_use(plan, "ListDir", NULL);
        return;
    }
    choose_name(plan, list, name, sizeof name);
    char *page = make_page(plan);
    if (!page) {
        plan->rc = PX_ENOMEM;
        return;
    }
    px_sayf(plan, "I will write `%s`.", name);
    px_use(plan, "Write", "file_path", name, "content", page, NULL);
    free(page);
}
