#include "cmd/words.h"

#include <string.h>

static void put_words(struct k_process *process, const struct cmd_word *words)
{
    const struct cmd_word *word;

    cmd_put_error_text(process, "Valid arguments are:\n");
    for (word = words; word->name; word++) {
        cmd_put_error_text(process, word > words && word->value == word[-1].value ? ", '" : "  - '");
        cmd_put_error_text(process, word->name);
        cmd_put_error_text(process, word[1].name && word[1].value == word->value ? "'" : "'\n");
    }
    cmd_try_help(process);
}

int cmd_find_word(struct k_process *process, const struct cmd_word *words, const char *text, const char *what)
{
    const struct cmd_word *word;
    size_t length = strlen(text);
    int found = -1;
    bool several = false;

    for (word = words; word->name; word++) {
        if (strncmp(word->name, text, length) != 0) continue;
        if (word->name[length] == '\0') return word->value;
        several |= found >= 0 && found != word->value;
        found = word->value;
    }
    if (found >= 0 && !several) return found;
    cmd_error(process, "%s argument %s for '%s'", several ? "ambiguous" : "invalid", cmd_quote(process, text),
              what);
    put_words(process, words);
    return -1;
}
