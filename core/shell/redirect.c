/* redirect.c: redirections, done and undone (POSIX.1-2017, XCU 2.7; bash 5.2 manual, "Redirections"). */
#include <stdio.h>
#include <stdlib.h>

#include "shell/dynamic.h"
#include "shell/execute.h"
#include "shell/reference.h"

#define SAVED_LEAST 10 /* numbers from here on are the shell's own, and {name}> gets them */

struct sh_redirection {
    struct sh_redirection *next;
    int number;
    struct k_file *before; /* NULL: it was free */
    bool close_on_execute;
};

void sh_redirect_begin(struct sh_redirecting *redirecting, const struct sh_redirect *redirects)
{
    memset(redirecting, 0, sizeof *redirecting);
    redirecting->next = redirects;
}

void sh_redirect_end(struct shell *shell, struct sh_redirecting *redirecting)
{
    struct k_process *process = shell->process;
    struct sh_redirection *saved;

    sh_expand_end(&redirecting->expansion);
    sh_expand_end(&redirecting->words.expansion);
    while ((saved = redirecting->saved) != NULL) {
        redirecting->saved = saved->next;
        if (shell->replacing) {
            k_drop(saved->before);
            continue;
        }
        if (saved->before && k_install_at(process, saved->before, saved->number) >= 0)
            process->descriptors[saved->number].close_on_execute = saved->close_on_execute;
        else if (saved->before == NULL)
            k_close_number(process, saved->number);
    }
}

/* Remembers what a number is now. */
static bool save(struct shell *shell, struct sh_redirecting *redirecting, int number)
{
    struct k_file *file = k_descriptor(shell->process, number);
    struct sh_redirection *saved;

    if (redirecting->keep) return true;
    for (saved = redirecting->saved; saved; saved = saved->next)
        if (saved->number == number) return true;
    saved = arena_zero(&shell->process->arena, sizeof *saved);
    if (saved == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    saved->number = number;
    saved->before = file ? k_keep(file) : NULL;
    saved->close_on_execute = file && shell->process->descriptors[number].close_on_execute;
    saved->next = redirecting->saved;
    redirecting->saved = saved;
    return true;
}

/* Puts a file (a reference is taken over) where a redirection wants it. */
static int place(struct shell *shell, struct sh_redirecting *redirecting, const struct sh_redirect *redirect,
                 int number, struct k_file *file)
{
    char digits[16];
    int result;

    if (redirect->variable) {
        number = k_install(shell->process, file, SAVED_LEAST, false);
        if (number < 0) return number;
        snprintf(digits, sizeof digits, "%d", number);
        return sh_assign_reference(shell, redirect->variable, digits, strlen(digits)) ? 0 : UMBRA_ECANCELLED;
    }
    if (!save(shell, redirecting, number)) {
        k_drop(file);
        return UMBRA_ECANCELLED;
    }
    result = k_install_at(shell->process, file, number);
    return result < 0 ? result : 0;
}

static int fail(struct shell *shell, const char *what, int code)
{
    if (code != UMBRA_ECANCELLED && !shell->unwind) sh_error(shell, "%s: %s", what, k_error_text(code));
    return code;
}

static int open_target(struct shell *shell, const struct sh_redirect *redirect, const char *path,
                       struct k_file **file)
{
    unsigned flags = 0;
    struct k_stat stat;

    switch (redirect->kind) {
    case SH_READ:
        flags = FS_READ;
        break;
    case SH_READ_WRITE:
        flags = FS_READ | FS_WRITE | FS_CREATE;
        break;
    case SH_APPEND:
    case SH_APPEND_BOTH:
        flags = FS_WRITE | FS_APPEND | FS_CREATE;
        break;
    default:
        flags = FS_WRITE | FS_CREATE | FS_TRUNCATE;
        if (redirect->kind != SH_CLOBBER && sh_has(shell, SH_OPTION_NO_CLOBBER) &&
            k_stat_path(shell->process, path, K_FOLLOW, &stat) == 0 && stat.kind == K_FILE) {
            sh_error(shell, "%s: cannot overwrite existing file", path);
            return UMBRA_ECANCELLED;
        }
        break;
    }
    return k_open_file(shell->process, path, flags, 0666, file);
}

/* < > >> and the like. */
static int redirect_to_file(struct shell *shell, struct sh_redirecting *redirecting, const char *path)
{
    const struct sh_redirect *redirect = redirecting->next;
    bool both = redirect->kind == SH_WRITE_BOTH || redirect->kind == SH_APPEND_BOTH;
    int number = redirect->number >= 0                                          ? redirect->number
                 : redirect->kind == SH_READ || redirect->kind == SH_READ_WRITE ? 0
                                                                                : 1;
    struct k_file *file = NULL;
    int result = open_target(shell, redirect, path, &file);

    if (result < 0) return fail(shell, path, result);
    if (both) k_keep(file);
    result = place(shell, redirecting, redirect, number, file);
    if (both && result == 0) result = place(shell, redirecting, redirect, 2, file);
    return result < 0 ? fail(shell, path, result) : 0;
}

static bool read_number(const char *text, int *number)
{
    size_t i;

    *number = 0;
    for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 6; i++) *number = *number * 10 + text[i] - '0';
    return i > 0 && text[i] == '\0';
}

/* <& and >&: a number, with a - that moves it, or - alone, which closes. */
static int redirect_to_number(struct shell *shell, struct sh_redirecting *redirecting, const char *text)
{
    const struct sh_redirect *redirect = redirecting->next;
    int number = redirect->number >= 0 ? redirect->number : redirect->kind == SH_COPY_INPUT ? 0 : 1, from = 0;
    size_t length = strlen(text);
    bool moves = length > 1 && text[length - 1] == '-';
    char digits[16];
    struct k_file *file;
    int result;

    if (strcmp(text, "-") == 0) {
        if (redirect->variable) {
            struct sh_text_ref value = sh_reference_value(shell, redirect->variable);
            if (value.data == NULL || !read_number(value.data, &number))
                return fail(shell, redirect->variable, UMBRA_EBADF);
        }
        if (!save(shell, redirecting, number)) return UMBRA_ECANCELLED;
        k_close_number(shell->process, number);
        return 0;
    }
    if (length < sizeof digits) memcpy(digits, text, length - moves);
    if (length < sizeof digits) digits[length - moves] = '\0';
    if (length >= sizeof digits || !read_number(digits, &from)) {
        if (redirect->kind == SH_COPY_OUTPUT && redirect->number < 0 && redirect->variable == NULL) {
            struct sh_redirect both = *redirect; /* >&FILE is &>FILE */
            both.kind = SH_WRITE_BOTH;
            redirecting->next = &both;
            result = redirect_to_file(shell, redirecting, text);
            redirecting->next = redirect;
            return result;
        }
        sh_error(shell, "%s: ambiguous redirect", text);
        return UMBRA_ECANCELLED;
    }
    file = k_descriptor(shell->process, from);
    if (file == NULL) return fail(shell, redirect->word->source, UMBRA_EBADF);
    if (from == number && !redirect->variable) return 0;
    result = place(shell, redirecting, redirect, number, k_keep(file));
    if (result == 0 && moves) {
        if (!save(shell, redirecting, from)) return UMBRA_ECANCELLED;
        k_close_number(shell->process, from);
    }
    return result < 0 ? fail(shell, digits, result) : 0;
}

/* << and <<<: a file with the text. */
static int redirect_to_text(struct shell *shell, struct sh_redirecting *redirecting)
{
    const struct sh_redirect *redirect = redirecting->next;
    struct buffer text = {0};
    struct k_file *file;
    const char *data;
    size_t size;
    int result;

    if (redirect->word && redirect->word->plain && redirect->word->parts->quoted && !redirect->here_string) {
        data = redirect->word->plain;
        size = redirect->word->plain_size;
    } else {
        data = sh_output_text(shell, &redirecting->output, &size);
    }
    buffer_put(&text, data, size);
    if (redirect->here_string) buffer_put_byte(&text, '\n');
    file = text.failed ? NULL : k_make_text(shell->kernel, &text);
    buffer_free(&text);
    if (file == NULL) {
        sh_out_of_memory(shell);
        return UMBRA_ECANCELLED;
    }
    result = place(shell, redirecting, redirect, redirect->number >= 0 ? redirect->number : 0, file);
    return result < 0 ? fail(shell, "here-document", result) : 0;
}

/* The target of a file redirection has to be one field. */
static int take_target(struct shell *shell, struct sh_redirecting *redirecting)
{
    const struct sh_redirect *redirect = redirecting->next;
    const struct sh_fields *fields = &redirecting->words.fields;

    if (fields->count != 1) {
        sh_error(shell, "%.*s: ambiguous redirect", (int)redirect->word->source_length,
                 redirect->word->source);
        return UMBRA_ECANCELLED;
    }
    if (redirect->kind == SH_COPY_INPUT || redirect->kind == SH_COPY_OUTPUT)
        return redirect_to_number(shell, redirecting, fields->items[0]);
    return redirect_to_file(shell, redirecting, fields->items[0]);
}

static int step(struct shell *shell, struct sh_redirecting *redirecting)
{
    const struct sh_redirect *redirect = redirecting->next;
    bool text = redirect->kind == SH_HERE_TEXT;
    int result;

    if (!redirecting->expanding) {
        redirecting->expanding = true;
        if (text && redirect->word)
            sh_expand_begin(shell, &redirecting->expansion, redirect->word->parts, &redirecting->output,
                            true);
        else if (redirect->word)
            sh_words_begin(&redirecting->words, redirect->word);
    }
    if (text)
        result = redirect->word ? sh_expand_run(shell, &redirecting->expansion) : 0;
    else
        result = sh_words_run(shell, &redirecting->words);
    if (result < 0) return result;
    redirecting->expanding = false;
    result = text ? redirect_to_text(shell, redirecting) : take_target(shell, redirecting);
    redirecting->next = redirect->next;
    return result;
}

int sh_redirect_run(struct shell *shell, struct sh_redirecting *redirecting)
{
    int result = 0;

    while (result == 0 && redirecting->next) result = step(shell, redirecting);
    return result;
}
