/* A byte for the dialect and a script: it is read to its end or to its first error, in one go and as an
 * interactive shell does it; and each command, printed, is read again as one that is printed alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/parser.h"
#include "shell/print.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum layout { ONE_LINE, AS_FUNCTION };

static void print(struct buffer *out, const struct sh_command *command, enum layout layout)
{
    if (layout == AS_FUNCTION)
        sh_print_function(out, "f", command);
    else
        sh_print_command(out, command);
}

static void disagree(const struct buffer *first, const struct buffer *second, const char *why)
{
    fprintf(stderr, "--- printed\n%.*s\n--- and again: %s\n%.*s\n", (int)first->size, first->data, why,
            (int)second->size, second->size ? second->data : "");
    abort();
}

/* What was printed, read and printed again. */
static void check_print(const struct sh_command *command, const struct sh_dialect *dialect,
                        struct memory_account *account, enum layout layout)
{
    struct buffer first = {0}, second = {0};
    struct sh_syntax_error error = {0};
    struct sh_script *script = NULL;
    size_t at = 0;
    uint32_t line = 1;
    enum sh_parse result;

    print(&first, command, layout);
    buffer_put_byte(&first, '\n');
    result = sh_parse_next(first.data, first.size, &at, &line, dialect, account, false, &script, &error);
    if (result != SH_PARSED || script->command == NULL) disagree(&first, &error.message, "not read");
    command = script->command;
    if (layout == AS_FUNCTION) {
        if (command->kind != SH_FUNCTION) disagree(&first, &second, "no function");
        command = command->of.function.body;
    }
    print(&second, command, layout);
    buffer_put_byte(&second, '\n');
    if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
        disagree(&first, &second, "unlike");
    sh_script_drop(script);
    buffer_free(&error.message);
    buffer_free(&first);
    buffer_free(&second);
}

/* bash reads the body of a function definition as a compound command. */
static bool is_compound(const struct sh_command *command)
{
    return command->kind >= SH_SUBSHELL && command->kind != SH_FUNCTION && command->kind != SH_COPROCESS;
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
        if (prints && script->command) {
            check_print(script->command, dialect, &account, ONE_LINE);
            if (is_compound(script->command)) check_print(script->command, dialect, &account, AS_FUNCTION);
        }
        sh_script_drop(script);
    } while (true);
    if (result == SH_NO_MEMORY || (result == SH_INCOMPLETE && !more)) abort();
    if (result == SH_SYNTAX && error.message.size == 0) abort();
    sh_script_drop(script);
    buffer_free(&error.message);
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
    whole = read_all(text, size - 1, &dialect, false, memchr(text, '\0', size - 1) == NULL);
    in_parts = read_all(text, size - 1, &dialect, true, false);
    if (in_parts != SH_INCOMPLETE && in_parts != whole) abort();
    free(text);
    return 0;
}
