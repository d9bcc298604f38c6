/* A byte for the dialect and a script: it is read to its end or to its first error, in one go and as an
 * interactive shell does it; and each command, printed as the body of a function, is read again as one that
 * is printed alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/parser.h"
#include "shell/print.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void disagree(const struct buffer *first, const struct buffer *second, const char *why)
{
    fprintf(stderr, "--- printed\n%.*s\n--- and again: %s\n%.*s\n", (int)first->size, first->data, why,
            (int)second->size, second->size ? second->data : "");
    abort();
}

/* What was printed, read and printed again. */
static void check_print(const struct sh_command *command, const struct sh_dialect *dialect,
                        struct memory_account *account)
{
    struct buffer first = {0}, second = {0};
    struct sh_syntax_error error = {0};
    struct sh_script *script = NULL;
    size_t at = 0;
    uint32_t line = 1;
    enum sh_parse result;

    sh_print_function(&first, "f", command);
    result = sh_parse_next(first.data, first.size, &at, &line, dialect, account, false, &script, &error);
    if (result != SH_PARSED) disagree(&first, &error.message, "not read");
    command = script->command;
    if (command == NULL || command->kind != SH_FUNCTION) disagree(&first, &second, "no function");
    sh_print_function(&second, "f", command->of.function.body);
    if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
        disagree(&first, &second, "unlike");
    sh_script_drop(script);
    sh_syntax_error_free(&error);
    buffer_free(&first);
    buffer_free(&second);
}

static bool has(const char *text, size_t size, const char *word)
{
    return memmem(text, size, word, strlen(word)) != NULL;
}

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '\'' || byte == '"';
}

/* Whether it may have what cannot be printed so that it is read again: what bash prints wrong (see print.h),
 * a backslash at the end of the script, a here-document within a word, whose text stands behind the line that
 * the word is on, or one that nothing ends. What is hard to tell counts as such. */
static bool is_odd(const char *text, size_t size)
{
    const char *end = text + size, *at = text;
    unsigned single, doubled;

    if (has(text, size, "coproc") || (size > 1 && (end[-1] == '\\' || end[-2] == '\\'))) return true;
    while ((at = memmem(at, (size_t)(end - at), "<<", 2)) != NULL) {
        if (at > text && at[-1] == '\\') return true;
        at += 2;
        if (at < end && *at == '<') continue;
        if (has(text, size, "(") || has(text, size, "`") || has(text, size, "if")) return true;
        if (at < end && *at == '-') at++;
        while (at < end && *at == ' ') at++;
        for (single = doubled = 0; at < end && is_plain(*at); at++) {
            single += *at == '\'';
            doubled += *at == '"';
        }
        if (single % 2 || doubled % 2) return true;
        if (at < end && !strchr(" \n;&|<>", *at)) return true;
    }
    return false;
}

static enum sh_parse read_all(const char *text, size_t size, const struct sh_dialect *dialect, bool more,
                              bool prints)
{
    struct memory_account account = {0};
    struct sh_syntax_error error = {0};
    struct sh_script *script;
    enum sh_parse result;
    size_t at = 0, before;
    uint32_t line = 1;

    do {
        before = at;
        script = NULL;
        result = sh_parse_next(text, size, &at, &line, dialect, &account, more, &script, &error);
        if (result != SH_PARSED) break;
        if (at <= before || at > size) abort();
        if (prints && script->command) check_print(script->command, dialect, &account);
        sh_script_drop(script);
    } while (true);
    if (result == SH_NO_MEMORY || (result == SH_INCOMPLETE && !more)) abort();
    if (result == SH_SYNTAX && error.message.size == 0) abort();
    sh_script_drop(script);
    sh_syntax_error_free(&error);
    if (account.used != 0) abort();
    return result;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct sh_dialect dialect = {0};
    char *text;
    enum sh_parse whole, in_parts;

    if (size < 1 || size > 20000) return 0;
    dialect.extglob = data[0] & 1;
    dialect.posix = (data[0] & 2) != 0;
    dialect.no_comments = (data[0] & 4) != 0;
    text = malloc(size); /* with nothing that could be read behind it */
    if (text == NULL) return 0;
    memcpy(text, data + 1, size - 1);
    whole =
        read_all(text, size - 1, &dialect, false, !memchr(text, '\0', size - 1) && !is_odd(text, size - 1));
    in_parts = read_all(text, size - 1, &dialect, true, false);
    if (in_parts != SH_INCOMPLETE && in_parts != whole) abort();
    free(text);
    return 0;
}
