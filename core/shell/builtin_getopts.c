/* builtin_getopts.c: getopts (POSIX.1-2017 XCU, getopts). */
#include <stdio.h>

#include "shell/builtins.h"
#include "shell/reference.h"
#include "shell/test_operators.h"

struct getopts {
    struct shell *shell;
    const char *letters;
    bool silent; /* a colon stands before the letters: nothing is said, and OPTARG tells */
    char *const *words;
    int64_t count, index; /* of words; the one that is read, from 1 */
    size_t at;            /* in it; 0: nothing of it was read */
    char found[2];
    const char *argument; /* OPTARG; NULL: unset */
    char letter[2];       /* as a text */
};

static void begin(struct shell *shell, const struct sh_builtin_call *call, int first, struct getopts *getopts)
{
    struct sh_text_ref index = sh_get(shell, "OPTIND");

    *getopts = (struct getopts){.shell = shell, .letters = call->argv[first]};
    getopts->silent = *getopts->letters == ':';
    getopts->letters += getopts->silent;
    if (first + 2 < call->argc) {
        getopts->words = call->argv + first + 2;
        getopts->count = call->argc - first - 2;
    } else {
        getopts->words = shell->arguments->values;
        getopts->count = shell->arguments->count;
    }
    if (index.data == NULL || !sh_read_integer(index.data, &getopts->index) || getopts->index < 1)
        getopts->index = 1;
    /* Somewhere in a word, unless that is another one now. */
    if (shell->getopts_index == getopts->index) getopts->at = shell->getopts_at;
    if (getopts->index > getopts->count)
        getopts->index = getopts->count + 1;
    else if (getopts->at >= strlen(getopts->words[getopts->index - 1]))
        getopts->at = 0;
}

static void complain(struct getopts *getopts, const char *what)
{
    struct sh_text_ref wanted = sh_get(getopts->shell, "OPTERR");
    int64_t value = 1;

    if (wanted.data && sh_read_integer(wanted.data, &value) && value == 0) return;
    buffer_printf(&getopts->shell->errors, "%s: %s -- %s\n", getopts->shell->name, what, getopts->letter);
}

/* No such letter, or its argument is missing. */
static void fail(struct getopts *getopts, char found, const char *what)
{
    getopts->found[0] = '?';
    if (getopts->silent) getopts->found[0] = found;
    if (getopts->silent)
        getopts->argument = getopts->letter;
    else
        complain(getopts, what);
}

/* False: there are no more options. */
static bool next_option(struct getopts *getopts)
{
    const char *word, *place;

    getopts->found[0] = '?';
    if (getopts->index > getopts->count) return false;
    word = getopts->words[getopts->index - 1];
    if (getopts->at == 0) {
        if (word[0] != '-' || word[1] == '\0') return false;
        if (strcmp(word, "--") == 0) {
            getopts->index++;
            return false;
        }
        getopts->at = 1;
    }
    getopts->letter[0] = word[getopts->at++];
    place = getopts->letter[0] == ':' ? NULL : strchr(getopts->letters, getopts->letter[0]);
    word += getopts->at;
    if (*word == '\0' || (place && place[1] == ':')) {
        getopts->index++;
        getopts->at = 0;
    }
    if (place == NULL) {
        fail(getopts, '?', "illegal option");
        return true;
    }
    getopts->found[0] = getopts->letter[0];
    if (place[1] != ':') return true;
    if (*word)
        getopts->argument = word;
    else if (getopts->index <= getopts->count)
        getopts->argument = getopts->words[getopts->index++ - 1];
    else
        fail(getopts, ':', "option requires an argument");
    return true;
}

static enum sh_step run(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    struct getopts getopts;
    const char *name;
    char digits[24];
    bool found;

    shell->status = 2;
    if (sh_next_option(shell, call, "", &options) < 0) return SH_RETURNS;
    if (options.index + 2 > call->argc) return sh_usage(shell, call);
    name = call->argv[options.index + 1];
    begin(shell, call, options.index, &getopts);
    found = next_option(&getopts);

    if (getopts.argument)
        found = sh_set_string(shell, "OPTARG", getopts.argument) && found;
    else
        sh_unset_variable(shell, "OPTARG", 6);
    snprintf(digits, sizeof digits, "%lld", (long long)getopts.index);
    sh_set_string(shell, "OPTIND", digits);
    shell->getopts_index = (int)getopts.index; /* the assignment has reset both */
    shell->getopts_at = getopts.at;
    shell->status = !found;
    if (!sh_check_reference(shell, call->argv[0], name))
        shell->status = 1;
    else if (!sh_assign_reference(shell, name, getopts.found, strlen(getopts.found)))
        shell->status = 2;
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_getopts = {
    .name = "getopts", .run = run, .usage = "getopts optstring name [arg ...]"};
