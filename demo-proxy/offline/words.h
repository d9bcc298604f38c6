/* words.h: a prompt cut into words: quotation marks removed (and remembered), punctuation stripped. Pure. */
#ifndef PX_OFFLINE_WORDS_H
#define PX_OFFLINE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { PX_MAX_WORDS = 400, PX_MAX_PROMPT = 8192 };

struct px_word {
    char *text; /* as written */
    bool quoted;
    bool comma; /* one followed it */
    bool glued; /* stood directly behind the word before, as in "foo->bar" */
};

struct px_words {
    struct px_word items[PX_MAX_WORDS];
    size_t count;
};

/* Looks at the first PX_MAX_PROMPT bytes and PX_MAX_WORDS words. PX_ENOMEM, or 0. */
int px_words_read(struct px_words *words, const char *prompt);
void px_words_free(struct px_words *words);

/* ASCII case ignored; a quoted word is never one of a list. `list` is "one|two|three". */
bool px_word_in(const struct px_word *word, const char *list);
/* Looks like a file's or folder's name: a dot inside, a slash, or a name every project has. */
bool px_word_is_file(const struct px_word *word);

#endif
