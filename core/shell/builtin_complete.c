/* builtin_complete.c: complete, compgen and compopt (bash 5.2 manual, "Programmable Completion Builtins"). */
#include "shell/builtins.h"
#include "shell/interactive_internal.h"
#include "shell/quote.h"

static const struct {
    const char *name;
    char letter;
} actions[] = {
#define ACTION_ROW(id, name, letter) {name, letter},
    SH_COMPLETION_ACTIONS(ACTION_ROW)
#undef ACTION_ROW
};

static const char *const option_names[] = {
#define OPTION_NAME_ROW(id, name) name,
    SH_COMPLETION_OPTIONS(OPTION_NAME_ROW)
#undef OPTION_NAME_ROW
};

static const char text_letters[] = "GWFCXPS"; /* in the order of enum sh_completion_text */

struct request {
    struct sh_completion_spec spec;
    bool print, removes, has_place;
    const char *name; /* of the builtin */
};

static enum sh_step fail(struct shell *shell, int status)
{
    shell->status = status;
    return SH_RETURNS;
}

static bool set_option(struct shell *shell, const struct request *request, const char *name,
                       uint32_t *options, bool on)
{
    unsigned i;

    for (i = 0; i < SH_COMPLETION_OPTION_COUNT; i++)
        if (strcmp(option_names[i], name) == 0) {
            *options = on ? *options | 1u << i : *options & ~(1u << i);
            return true;
        }
    sh_builtin_error(shell, request->name, "%s: invalid option name", name);
    shell->status = 2;
    return false;
}

static bool set_action(struct shell *shell, struct request *request, const char *name)
{
    unsigned i;

    for (i = 0; i < SH_COMPLETES_COUNT; i++)
        if (strcmp(actions[i].name, name) == 0) {
            request->spec.actions |= 1u << i;
            return true;
        }
    sh_builtin_error(shell, request->name, "%s: invalid action name", name);
    shell->status = 2;
    return false;
}

/* One option; false: said. */
static bool take_option(struct shell *shell, struct request *request, int letter, const char *value)
{
    const char *text = strchr(text_letters, letter);
    unsigned i;

    if (letter == 'o') return set_option(shell, request, value, &request->spec.options, true);
    if (letter == 'A') return set_action(shell, request, value);
    if (letter == 'p') request->print = true;
    if (letter == 'r') request->removes = true;
    if (letter == 'D' || letter == 'E' || letter == 'I') {
        request->has_place = true;
        request->spec.place = letter == 'D' ? SH_FOR_DEFAULT : letter == 'E' ? SH_FOR_EMPTY : SH_FOR_INITIAL;
    }
    if (text) request->spec.texts[text - text_letters] = (char *)(uintptr_t)value;
    for (i = 0; i < SH_COMPLETES_COUNT; i++)
        if (actions[i].letter == letter) request->spec.actions |= 1u << i;
    return true;
}

static int take_options(struct shell *shell, const struct sh_builtin_call *call, const char *accepted,
                        struct request *request)
{
    struct sh_options options = {0};
    int letter;

    request->name = call->argv[0];
    while ((letter = sh_next_option(shell, call, accepted, &options)) != 0)
        if (letter < 0 || !take_option(shell, request, letter, options.value)) return -1;
    shell->status = 0;
    return options.index;
}

/* --- complete --- */

static void print_spec(struct shell *shell, const struct sh_completion_spec *spec)
{
    static const char *const places[] = {"", " -D", " -E", " -I"};
    unsigned i;

    sh_print(shell, "complete");
    for (i = 0; i < SH_COMPLETION_OPTION_COUNT; i++)
        if (spec->options >> i & 1) sh_print(shell, " -o %s", option_names[i]);
    for (i = 0; i < SH_COMPLETES_COUNT; i++)
        if (spec->actions >> i & 1 && actions[i].letter) sh_print(shell, " -%c", actions[i].letter);
    for (i = 0; i < SH_COMPLETES_COUNT; i++)
        if (spec->actions >> i & 1 && !actions[i].letter) sh_print(shell, " -A %s", actions[i].name);
    for (i = 0; i < SH_TEXT_COUNT; i++) {
        if (spec->texts[i] == NULL) continue;
        sh_print(shell, " -%c ", text_letters[i]);
        if (i == SH_TEXT_FUNCTION)
            sh_print(shell, "%s", spec->texts[i]);
        else
            sh_quote(&shell->output, spec->texts[i], strlen(spec->texts[i]), SH_QUOTE_SINGLE);
    }
    sh_print(shell, "%s", places[spec->place]);
    if (spec->place == SH_FOR_NAME) {
        sh_print(shell, " ");
        sh_quote(&shell->output, spec->name, strlen(spec->name), SH_QUOTE_NEEDED);
    }
    sh_print(shell, "\n");
}

static void say_missing(struct shell *shell, const struct request *request, const char *name)
{
    sh_builtin_error(shell, request->name, "%s: no completion specification", name);
    shell->status = 1;
}

static void print_one(struct shell *shell, const struct request *request, const char *name)
{
    const struct sh_completion_spec *spec = sh_completions_find(shell, request->spec.place, name);

    if (spec)
        print_spec(shell, spec);
    else
        say_missing(shell, request, name);
}

static void use_one(struct shell *shell, struct request *request, const char *name)
{
    request->spec.name = (char *)(uintptr_t)name;
    if (request->print) {
        print_one(shell, request, name);
    } else if (request->removes) {
        if (!sh_completions_remove(shell, request->spec.place, name)) say_missing(shell, request, name);
    } else if (!sh_completions_set(shell, &request->spec)) {
        sh_out_of_memory(shell);
    }
}

static enum sh_step run_complete(struct shell *shell, struct sh_builtin_call *call)
{
    struct request request = {0};
    int i = take_options(shell, call, "abcdefgjko:prsuvA:G:W:P:S:X:F:C:DEI", &request);
    size_t at;

    if (i < 0) return SH_RETURNS;
    if (request.has_place) {
        use_one(shell, &request, request.spec.place == SH_FOR_DEFAULT ? "-D" : "");
        return SH_RETURNS;
    }
    if (i == call->argc && request.removes) {
        sh_completions_drop(shell->completions);
        shell->completions = NULL;
    } else if (i == call->argc && (request.print || call->argc == 1)) {
        for (at = 0; shell->completions && at < shell->completions->count; at++)
            print_spec(shell, shell->completions->items[at]);
    } else if (i == call->argc) {
        return sh_usage(shell, call);
    }
    for (; i < call->argc; i++) use_one(shell, &request, call->argv[i]);
    return SH_RETURNS;
}

/* --- compgen --- */

static enum sh_step run_compgen(struct shell *shell, struct sh_builtin_call *call)
{
    struct request request = {0};
    struct sh_matches matches = {0};
    int index = take_options(shell, call, "abcdefgjko:suvA:G:W:P:S:X:F:C:", &request);
    const char *word = index >= 0 && index < call->argc ? call->argv[index] : "";
    size_t i;

    if (index < 0) return SH_RETURNS;
    if (request.spec.texts[SH_TEXT_FUNCTION] || request.spec.texts[SH_TEXT_COMMAND])
        sh_builtin_error(shell, "compgen", "warning: -F and -C give nothing here");
    if (!sh_generate(shell, &request.spec, word, strlen(word), &matches) ||
        !sh_trim_matches(shell, &request.spec, word, strlen(word), &matches))
        sh_out_of_memory(shell);
    if (matches.count == 0 && request.spec.options & 1u << SH_COMPLETION_DIRNAMES)
        sh_complete_action(shell, SH_COMPLETES_DIRECTORY, word, strlen(word), &matches);
    if (matches.count == 0 &&
        request.spec.options & (1u << SH_COMPLETION_DEFAULT | 1u << SH_COMPLETION_BASHDEFAULT))
        sh_complete_action(shell, SH_COMPLETES_FILE, word, strlen(word), &matches);
    if (request.spec.texts[SH_TEXT_WORDS] == NULL) sh_matches_sort(&matches);
    for (i = 0; i < matches.count; i++) sh_print(shell, "%s\n", matches.items[i].text);
    shell->status = matches.count == 0;
    sh_matches_free(&matches);
    return SH_RETURNS;
}

/* --- compopt --- */

/* -o and +o come with a name each; what is set for a name is a new specification. */
static void change_named(struct shell *shell, const struct request *request, const char *name, uint32_t set,
                         uint32_t unset)
{
    const struct sh_completion_spec *spec = sh_completions_find(shell, request->spec.place, name);
    struct sh_completion_spec changed;

    if (spec == NULL) {
        say_missing(shell, request, name);
        return;
    }
    if ((set | unset) == 0) {
        print_spec(shell, spec);
        return;
    }
    changed = *spec;
    changed.options = (spec->options | set) & ~unset;
    if (!sh_completions_set(shell, &changed)) sh_out_of_memory(shell);
}

static enum sh_step run_compopt(struct shell *shell, struct sh_builtin_call *call)
{
    struct request request = {.name = "compopt"};
    struct sh_completion *now = shell->interaction ? shell->interaction->completing : NULL;
    struct sh_options options = {0};
    uint32_t set = 0, unset = 0;
    int letter, i;

    while ((letter = sh_next_option(shell, call, "+o:DEI", &options)) != 0) {
        if (letter < 0) return SH_RETURNS;
        if (letter != 'o')
            take_option(shell, &request, letter, options.value);
        else if (!set_option(shell, &request, options.value, options.plus ? &unset : &set, true))
            return SH_RETURNS;
    }
    shell->status = 0;
    if (options.index == call->argc && !request.has_place) {
        if (now == NULL) {
            sh_builtin_error(shell, "compopt", "not currently executing completion function");
            return fail(shell, 1);
        }
        now->options = (now->options | set) & ~unset;
        return SH_RETURNS;
    }
    if (request.has_place) change_named(shell, &request, "", set, unset);
    for (i = options.index; i < call->argc; i++) change_named(shell, &request, call->argv[i], set, unset);
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_complete = {
    .name = "complete",
    .run = run_complete,
    .usage = "complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F "
             "function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]"};
const struct sh_builtin sh_builtin_compgen = {
    .name = "compgen",
    .run = run_compgen,
    .usage = "compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C "
             "command] [-X filterpat] [-P prefix] [-S suffix] [word]"};
const struct sh_builtin sh_builtin_compopt = {
    .name = "compopt", .run = run_compopt, .usage = "compopt [-o|+o option] [-DEI] [name ...]"};
