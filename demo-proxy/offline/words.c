#include "offline/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/text.h"

struct quotes {
    const char *open, *close;
};

static const struct quotes quotes[] = {
    {"\"", "\""},
    {"`", "`"},
    {"'", "'"},
    {"\xe2\x80\x9c", "\xe2\x80\x9d"}, /* “ ” */
    {"\xe2\x80\x9e", "\xe2\x80\x9c"}, /* „ “ */
    {"\xe2\x80\x9e", "\xe2\x80\x9d"}, /* „ ” */
    {"\xe2\x80\x98", "\xe2\x80\x99"}, /* ‘ ’ */
    {"\xc2\xab", "\xc2\xbb"},         /* « » */
};

static bool ends_word(const char *after)
{
    return *after == '\0' || isspace((unsigned char)*after) || strchr(".,;:!?)]", *after);
}

/* The end of a quotation that begins at p, and its inner part; NULL when none does. */
static const char *quotation(const char *p, const char **inner, size_t *size)
{
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        size_t open = strlen(quotes[i].open), close = strlen(quotes[i].close);
        if (strncmp(p, quotes[i].open, open) != 0) continue;
        for (const char *q = p + open; (q = strstr(q, quotes[i].close)); q += close) {
            if (q == p + open || !ends_word(q + close)) continue;
            *inner = p + open;
            *size = (size_t)(q - *inner);
            return q + close;
        }
    }
    return NULL;
}

static int add(struct px_words *words, const char *text, size_t size, bool quoted, bool comma)
{
    char *copy = strndup(text, size);
    if (!copy) return PX_ENOMEM;
    words->items[words->count++] = (struct px_word){.text = copy, .quoted = quoted, .comma = comma};
    return 0;
}

static int add_plain(struct px_words *words, const char *text, size_t size)
{
    bool comma = size > 0 && text[size - 1] == ',';
    while (size > 0 && strchr("([{<\"", *text)) text++, size--;
    while (size > 0 && strchr(".,;:!?)]}>\"'", text[size - 1]) && !(size == 1 && *text == '.')) size--;
    return size ? add(words, text, size, false, comma) : 0;
}

/* "foo->bar", "foo=>bar" and "foo→bar" are three words. */
static int add_with_arrows(struct px_words *words, const char *text, size_t size)
{
    static const char *const arrows[] = {"->", "=>", "\xe2\x86\x92"};
    for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++) {
        size_t n = strlen(arrows[i]);
        const char *at = memmem(text, size, arrows[i], n);
        if (!at || words->count + 3 > PX_MAX_WORDS) continue;
        size_t first = words->count, left = size - (size_t)(at - text) - n;
        int rc = at > text ? add_plain(words, text, (size_t)(at - text)) : 0;
        if (rc == 0) rc = add(words, arrows[i], n, false, false);
        if (rc == 0 && left) rc = add_plain(words, at + n, left);
        for (size_t k = first + 1; k < words->count; k++) words->items[k].glued = true;
        return rc;
    }
    return add_plain(words, text, size);
}

int px_words_read(struct px_words *words, const char *prompt)
{
    *words = (struct px_words){0};
    const char *end = prompt + strnlen(prompt, PX_MAX_PROMPT);
    int rc = 0;
    for (const char *p = prompt; p < end && words->count < PX_MAX_WORDS && rc == 0;) {
        const char *inner = NULL;
        size_t size = 0;
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        const char *after = quotation(p, &inner, &size);
        if (after && after <= end) {
            rc = add(words, inner, size, true, *after == ',');
            p = after;
            continue;
        }
        const char *start = p;
        while (p < end && !isspace((unsigned char)*p)) p++;
        rc = add_with_arrows(words, start, (size_t)(p - start));
    }
    return rc;
}

void px_words_free(struct px_words *words)
{
    for (size_t i = 0; i < words->count; i++) free(words->items[i].text);
    words->count = 0;
}

bool px_word_in(const struct px_word *word, const char *list)
{
    if (word->quoted) return false;
    size_t size = strlen(word->text);
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, "|");
        if (n == size && strncasecmp(p, word->text, n) == 0) return true;
        p += n + (p[n] == '|');
    }
    return false;
}

bool px_word_is_file(const struct px_word *word)
{
    const char *text = word->text;
    if (strchr(text, ' ') || strstr(text, "://")) return false;
    struct px_word plain = {.text = word->text};
    if (px_word_in(&plain, "readme|makefile|license|licence|dockerfile|changelog|copying|notice"))
        return true;
    if (strchr(text, '/')) return strlen(text) > 1;
    const char *dot = strrchr(text, '.');
    if (!dot || !isalnum((unsigned char)dot[1])) return false;
    bool letters = false;
    for (const char *p = text; *p; p++) letters = letters || isalpha((unsigned char)*p);
    return letters;
}
