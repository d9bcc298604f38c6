/* builtin_declare.c: declare, typeset, local, export, readonly, unset; alias and unalias. */
#include <stdio.h>
#include <stdlib.h>

#include "shell/dynamic.h"
#include "shell/execute.h"
#include "shell/options.h"
#include "shell/print.h"
#include "shell/program.h"
#include "shell/quote.h"
#include "shell/transform.h"

#define PIECE 4096 /* elements of an array that are printed in a turn */

/* Where declare goes on in its next turn. */
struct declaring {
    int next;     /* the word; 0: the first */
    size_t place; /* in the array that it names */
};

struct request {
    const char *name; /* of the builtin */
    unsigned set, clear;
    bool functions, names_only, global, print, local, inherit, quiet;
    bool traced; /* what it assigns */
};

/* --- printing --- */

static void print_attributes(struct shell *shell, const struct sh_variable *variable)
{
    struct buffer letters = {0};

    sh_put_attributes(&letters, variable);
    if (letters.failed) sh_out_of_memory(shell);
    sh_print(shell, "declare -%s ", letters.size ? letters.data : "-");
    buffer_free(&letters);
}

static void print_variable(struct shell *shell, const struct sh_variable *variable)
{
    print_attributes(shell, variable);
    sh_put_declaration(&shell->output, variable);
    sh_print(shell, "\n");
}

/* All variables, in the order of their names. */
static struct sh_variable **sorted(struct shell *shell, size_t *count)
{
    const struct sh_variables *variables = shell->variables;
    struct sh_variable **all = arena_take(&shell->process->arena, (variables->count + 1) * sizeof(void *));
    size_t i, j;

    *count = 0;
    for (i = 0; all && i < variables->bucket_count; i++) {
        struct sh_variable *variable;
        for (variable = variables->buckets[i]; variable; variable = variable->next) {
            for (j = *count; j && strcmp(all[j - 1]->name, variable->name) > 0; j--) all[j] = all[j - 1];
            all[j] = variable;
            (*count)++;
        }
    }
    return all;
}

static void print_all(struct shell *shell, unsigned with)
{
    size_t count, i;
    struct sh_variable **all = sorted(shell, &count);

    for (i = 0; all && i < count; i++) {
        if (all[i]->attributes & SH_DYNAMIC) sh_refresh(shell, all[i]);
        if ((all[i]->attributes & with) == with && (with || all[i]->attributes))
            print_variable(shell, all[i]);
    }
}

/* Of the function that is running. */
static void print_locals(struct shell *shell, unsigned with)
{
    size_t count, i;
    struct sh_variable **all = sorted(shell, &count);

    for (i = 0; all && i < count; i++)
        if (all[i]->scope == shell->functions && (all[i]->attributes & with) == with)
            print_variable(shell, all[i]);
}

void sh_print_variables(struct shell *shell)
{
    size_t count, i;
    struct sh_variable **all = sorted(shell, &count);
    const struct sh_function *function;

    for (i = 0; all && i < count; i++) {
        struct sh_variable *variable = all[i];
        if (variable->attributes & SH_DYNAMIC) sh_refresh(shell, variable);
        if (!(variable->attributes & SH_IS_SET)) continue;
        if (sh_is_array(variable)) {
            sh_put_declaration(&shell->output, variable);
        } else {
            sh_print(shell, "%s=", variable->name);
            if (variable->value.size)
                sh_quote(&shell->output, variable->value.data, variable->value.size, SH_QUOTE_NEEDED);
        }
        sh_print(shell, "\n");
    }
    if (sh_has(shell, SH_OPTION_POSIX)) return;
    for (function = shell->definitions->functions; function; function = function->next)
        sh_print_function(&shell->output, function->name, function->body);
}

static void print_functions(struct shell *shell, const struct request *request)
{
    const struct sh_function *function;

    for (function = shell->definitions->functions; function; function = function->next) {
        if (request->set & SH_EXPORTED && !function->exported) continue;
        if (request->set & SH_READONLY && !function->is_readonly) continue;
        if (request->names_only)
            sh_print(shell, "declare -f %s\n", function->name);
        else
            sh_print_function(&shell->output, function->name, function->body);
    }
}

/* --- declaring --- */

static bool is_local(const struct shell *shell, const struct request *request)
{
    return request->local && shell->functions && !request->global;
}

/* The variable that is meant: a new one in the scope of the function, or the one that there is. */
static struct sh_variable *find_or_make(struct shell *shell, const struct request *request, const char *name,
                                        size_t length)
{
    uint32_t hash = sh_hash(name, length);
    struct sh_variable *variable, *outer;

    if (!sh_own_variables(shell)) return NULL;
    variable = sh_variable_find(shell->variables, name, length, hash);
    if (is_local(shell, request)) {
        if (variable && variable->scope == shell->functions) return variable;
        if (variable && variable->attributes & SH_READONLY && variable->scope == 0) {
            sh_builtin_error(shell, request->name, "%s: readonly variable", variable->name);
            return NULL;
        }
        outer = variable;
        variable = sh_variable_add(shell->variables, name, length, hash, shell->functions);
        if (variable && outer && outer->attributes & SH_EXPORTED) variable->attributes |= SH_EXPORTED;
        if (variable && outer && (request->inherit || sh_shopt(shell, SH_SHOPT_LOCALVAR_INHERIT))) {
            variable->attributes |= outer->attributes & ~(unsigned)(SH_NAMEREF | SH_IS_SET);
            if (outer->value.data && !sh_is_array(outer))
                sh_variable_set(shell->variables, variable, outer->value.data, outer->value.size);
        }
    } else if (request->global) {
        while (variable && variable->scope && variable->shadowed) variable = variable->shadowed;
        if (variable == NULL || variable->scope)
            variable = sh_variable_add(shell->variables, name, length, hash, 0);
    } else {
        if (variable && variable->attributes & SH_NAMEREF &&
            !((request->set | request->clear) & SH_NAMEREF) && variable->value.size)
            return sh_own(shell, name, length);
        if (variable == NULL) variable = sh_variable_add(shell->variables, name, length, hash, 0);
    }
    if (variable == NULL) sh_out_of_memory(shell);
    return variable;
}

static bool set_attributes(struct shell *shell, const struct request *request, struct sh_variable *variable)
{
    unsigned set = request->set & ~(unsigned)SH_READONLY;

    if (variable->attributes & SH_READONLY &&
        (request->clear & SH_READONLY || set & ~(unsigned)SH_EXPORTED)) {
        if (request->clear & SH_READONLY || set & (SH_INDEXED | SH_ASSOCIATIVE | SH_INTEGER)) {
            sh_builtin_error(shell, request->name, "%s: readonly variable", variable->name);
            return false;
        }
    }
    if ((set & SH_ASSOCIATIVE && variable->attributes & SH_INDEXED) ||
        (set & SH_INDEXED && variable->attributes & SH_ASSOCIATIVE)) {
        sh_builtin_error(shell, request->name, "%s: cannot convert %s to %s array", variable->name,
                         set & SH_ASSOCIATIVE ? "indexed" : "associative",
                         set & SH_ASSOCIATIVE ? "associative" : "indexed");
        return false;
    }
    if (request->clear & (SH_INDEXED | SH_ASSOCIATIVE) && sh_is_array(variable)) {
        sh_builtin_error(shell, request->name, "%s: cannot destroy array variables in this way",
                         variable->name);
        return false;
    }
    if (set & (SH_INDEXED | SH_ASSOCIATIVE) &&
        !sh_make_array(shell, variable, set & SH_ASSOCIATIVE ? SH_ASSOCIATIVE : SH_INDEXED))
        return false;
    if (set & (SH_LOWERCASE | SH_UPPERCASE | SH_CAPITAL))
        variable->attributes &= ~(unsigned)(SH_LOWERCASE | SH_UPPERCASE | SH_CAPITAL);
    variable->attributes = (variable->attributes | set) & ~request->clear;
    if ((set | request->clear) & SH_EXPORTED) sh_forget_exported(shell);
    return true;
}

static bool check_nameref(struct shell *shell, const struct request *request, const char *name, size_t length,
                          const char *value, size_t size)
{
    const char *bracket = memchr(value, '[', size);
    size_t target = bracket ? (size_t)(bracket - value) : size;

    if (!(request->set & SH_NAMEREF) || size == 0) return true;
    if (!sh_is_name(value, target)) {
        sh_builtin_error(shell, request->name, "`%.*s': invalid variable name for name reference", (int)size,
                         value);
        return false;
    }
    if (size == length && memcmp(value, name, size) == 0) {
        sh_builtin_error(shell, request->name, "%.*s: nameref variable self references not allowed",
                         (int)length, name);
        return false;
    }
    return true;
}

/* name, name=value, name+=value, name[index]=value. */
static bool declare_word(struct shell *shell, const struct request *request, const char *word,
                         const struct sh_array_argument *array)
{
    const char *equals = strchr(word, '='), *bracket;
    char prefix[16]; /* of errors of arithmetic */
    bool append = equals && equals > word && equals[-1] == '+', done = true;
    size_t whole = equals ? (size_t)(equals - word) - append : strlen(word), length;
    struct sh_variable *variable;

    bracket = memchr(word, '[', whole);
    length = bracket ? (size_t)(bracket - word) : whole;
    if (!sh_is_name(word, length) || (bracket && (word[whole - 1] != ']' || request->set & SH_EXPORTED))) {
        sh_builtin_error(shell, request->name, "`%s': not a valid identifier", word);
        return false;
    }
    if (equals && !check_nameref(shell, request, word, length, equals + 1, strlen(equals + 1))) return false;
    variable = find_or_make(shell, request, word, length);
    if (variable == NULL) return false;
    if ((equals || array) && variable->attributes & SH_READONLY) {
        if (request->traced) /* export and readonly: an assignment as any other */
            sh_error(shell, "%s: readonly variable", variable->name);
        else
            sh_builtin_error(shell, request->name, "%s: readonly variable", variable->name);
        return false;
    }
    if (!set_attributes(shell, request, variable)) return false;
    if (request->traced && equals && !array)
        sh_trace_assignment(shell, word, whole, append, equals + 1, strlen(equals + 1));
    snprintf(prefix, sizeof prefix, "%s: ", request->name);
    shell->arithmetic_command = prefix;
    if (array)
        done = sh_assign_array(shell, word, length, array->prepared, array->assignment->append);
    else if (equals && bracket)
        done = sh_assign_element(shell, word, length, bracket + 1, whole - length - 2, equals + 1,
                                 strlen(equals + 1), append);
    else if (equals && variable->attributes & SH_NAMEREF)
        done = sh_variable_set(shell->variables, variable, equals + 1, strlen(equals + 1));
    else if (equals && request->global)
        done =
            sh_store(shell, variable, &(struct sh_element_name){0}, equals + 1, strlen(equals + 1), append);
    else if (equals)
        done = sh_assign(shell, word, length, equals + 1, strlen(equals + 1), append);
    shell->arithmetic_command = NULL;
    if (done && request->set & SH_READONLY) {
        variable = sh_variable_find(shell->variables, word, length, sh_hash(word, length));
        if (variable) variable->attributes |= SH_READONLY;
    }
    return done;
}

/* A variable as declare -p shows it, large arrays in pieces: 1, 0 it goes on at *place, -1 there is none. */
static int print_word(struct shell *shell, const struct request *request, const char *name, size_t *place)
{
    const struct sh_variable *variable =
        sh_find_direct(shell, name, strlen(name), sh_hash(name, strlen(name)));

    if (variable == NULL) {
        sh_builtin_error(shell, request->name, "%s: not found", name);
        return -1;
    }
    if (*place == 0) print_attributes(shell, variable);
    if (!sh_put_declaration_from(&shell->output, variable, place, PIECE)) return 0;
    sh_print(shell, "\n");
    *place = 0;
    return 1;
}

static bool function_word(struct shell *shell, const struct request *request, const char *name)
{
    struct sh_function *function = sh_find_function(shell, name);

    if (function == NULL) return false;
    if (request->set | request->clear) {
        if (!sh_own_definitions(shell)) return false;
        function = sh_find_function(shell, name);
        if (request->set & SH_READONLY) function->is_readonly = true;
        if (request->set & SH_EXPORTED) function->exported = true;
        if (request->clear & SH_EXPORTED) function->exported = false;
    } else if (request->names_only) {
        sh_print(shell, "%s\n", name);
    } else {
        sh_print_function(&shell->output, name, function->body);
    }
    return true;
}

static const struct sh_array_argument *array_of(const struct sh_builtin_call *call, int index)
{
    if (call->arrays == NULL || (size_t)index >= call->array_count || call->arrays[index].assignment == NULL)
        return NULL;
    return &call->arrays[index];
}

static enum sh_step declare_all(struct shell *shell, struct sh_builtin_call *call,
                                const struct request *request, int first)
{
    struct declaring *declaring = call->state;
    int i;

    if (declaring->next == 0) shell->status = 0;
    if (first >= call->argc) {
        if (request->functions)
            print_functions(shell, request);
        else if (strcmp(request->name, "local") == 0)
            print_locals(shell, request->set);
        else if (request->set == 0 && !request->print)
            sh_print_variables(shell);
        else
            print_all(shell, request->set);
        return SH_RETURNS;
    }
    for (i = declaring->next ? declaring->next : first; i < call->argc && !shell->unwind; i++) {
        const char *word = call->argv[i];
        const struct sh_array_argument *array = array_of(call, i);
        int done;
        declaring->next = i;
        if (request->functions)
            done = function_word(shell, request, word);
        else if (request->print && !array)
            done = print_word(shell, request, word, &declaring->place);
        else
            done = declare_word(shell, request, word, array);
        if (declaring->place) {
            sh_charge(shell, (uint64_t)8 * PIECE);
            return SH_YIELDS;
        }
        if (done <= 0) shell->status = 1;
    }
    return SH_RETURNS;
}

static unsigned attribute_of(int letter)
{
    switch (letter) {
    case 'a':
        return SH_INDEXED;
    case 'A':
        return SH_ASSOCIATIVE;
    case 'i':
        return SH_INTEGER;
    case 'l':
        return SH_LOWERCASE;
    case 'u':
        return SH_UPPERCASE;
    case 'c':
        return SH_CAPITAL;
    case 'n':
        return SH_NAMEREF;
    case 'r':
        return SH_READONLY;
    case 't':
        return SH_TRACED;
    case 'x':
        return SH_EXPORTED;
    default:
        return 0;
    }
}

static enum sh_step run_declare(struct shell *shell, struct sh_builtin_call *call)
{
    struct request request = {.name = call->argv[0], .local = true};
    struct sh_options options = {0};
    int letter;

    if (strcmp(call->argv[0], "local") == 0 && shell->functions == 0) {
        sh_builtin_error(shell, "local", "can only be used in a function");
        shell->status = 1;
        return SH_RETURNS;
    }
    while ((letter = sh_next_option(shell, call, "+aAcfFgiIlnprtux", &options)) > 0) {
        if (options.plus)
            request.clear |= attribute_of(letter);
        else
            request.set |= attribute_of(letter);
        request.functions |= letter == 'f' || letter == 'F';
        request.names_only |= letter == 'F';
        request.global |= letter == 'g';
        request.print |= letter == 'p';
        request.inherit |= letter == 'I';
    }
    if (letter < 0) return SH_RETURNS;
    return declare_all(shell, call, &request, options.index);
}

static enum sh_step run_export(struct shell *shell, struct sh_builtin_call *call)
{
    struct request request = {.name = call->argv[0], .traced = true};
    struct sh_options options = {0};
    bool export = strcmp(call->argv[0], "export") == 0;
    int letter;

    while ((letter = sh_next_option(shell, call, export ? "fnp" : "aAfp", &options)) > 0) {
        request.functions |= letter == 'f';
        request.print |= letter == 'p';
        if (letter == 'n') request.clear |= SH_EXPORTED;
        if (letter == 'a' || letter == 'A') request.set |= attribute_of(letter);
    }
    if (letter < 0) return SH_RETURNS;
    if (!request.clear) request.set |= export ? SH_EXPORTED : SH_READONLY;
    if (call->arrays == NULL) request.set &= ~(unsigned)(SH_INDEXED | SH_ASSOCIATIVE);
    if (options.index < call->argc) request.print = false;
    if (options.index >= call->argc) {
        request.print = true;
        request.set = export ? SH_EXPORTED : SH_READONLY;
    }
    return declare_all(shell, call, &request, options.index);
}

/* --- unset --- */

/* name[index]; the index was not expanded yet, for arrays with @ and *. */
static bool unset_element(struct shell *shell, const char *word, const char *bracket)
{
    size_t length = (size_t)(bracket - word), index = strlen(bracket) - 2;
    struct sh_variable *variable;
    struct sh_array_item *item;
    struct sh_text_ref key;
    bool known = true;

    if (!sh_own_variables(shell)) return false;
    variable = sh_find(shell, word, length, sh_hash(word, length));
    if (variable == NULL) return true;
    if (variable->attributes & SH_READONLY) {
        sh_builtin_error(shell, "unset", "%s: cannot unset: readonly variable", variable->name);
        return false;
    }
    if (index == 1 && (bracket[1] == '@' || bracket[1] == '*') && !(variable->attributes & SH_ASSOCIATIVE)) {
        sh_variable_remove(shell->variables, variable);
        return true;
    }
    if (!sh_is_array(variable)) {
        int64_t value = 0;
        if (!sh_evaluate_index(shell, bracket + 1, index, &value)) return false;
        if (value == 0) return sh_unset_variable(shell, word, length);
        sh_builtin_error(shell, "unset", "%s: not an array variable", variable->name);
        return false;
    }
    key = (struct sh_text_ref){bracket + 1, index};
    if (variable->attributes & SH_ASSOCIATIVE && !sh_shopt(shell, SH_SHOPT_ASSOC_EXPAND_ONCE) &&
        strpbrk(key.data, "$`\"'\\"))
        key = sh_expand_subscript(shell, bracket + 1, index);
    item = sh_find_item(shell, variable, key.data, key.size, &known);
    if (item) sh_array_unset(shell->variables, variable, item);
    return known;
}

static bool remove_function(struct shell *shell, const char *name)
{
    const struct sh_function *function = sh_find_function(shell, name);

    if (function && function->is_readonly) {
        sh_builtin_error(shell, "unset", "%s: cannot unset: readonly function", name);
        return false;
    }
    sh_remove_function(shell, name);
    return true;
}

static bool unset_word(struct shell *shell, const char *word, bool variables, bool functions, bool reference)
{
    const char *bracket = strchr(word, '[');
    size_t length = strlen(word);

    if (functions) return remove_function(shell, word);
    if (bracket && word[length - 1] == ']' && sh_is_name(word, (size_t)(bracket - word)))
        return unset_element(shell, word, bracket);
    if (!sh_is_name(word, length)) {
        if (!variables && sh_find_function(shell, word)) return remove_function(shell, word);
        sh_builtin_error(shell, "unset", "`%s': not a valid identifier", word);
        return false;
    }
    if (reference) {
        struct sh_variable *variable;
        if (!sh_own_variables(shell)) return false;
        variable = sh_variable_find(shell->variables, word, length, sh_hash(word, length));
        if (variable) sh_variable_remove(shell->variables, variable);
        return true;
    }
    if (!variables && sh_variable_find(shell->variables, word, length, sh_hash(word, length)) == NULL) {
        return remove_function(shell, word);
    }
    return sh_unset_variable(shell, word, length);
}

static enum sh_step run_unset(struct shell *shell, struct sh_builtin_call *call)
{
    bool variables = false, functions = false, reference = false;
    struct sh_options options = {0};
    int letter, i;

    while ((letter = sh_next_option(shell, call, "fvn", &options)) > 0) {
        variables |= letter == 'v';
        functions |= letter == 'f';
        reference |= letter == 'n';
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    if (variables && functions) {
        sh_builtin_error(shell, "unset", "cannot simultaneously unset a function and a variable");
        shell->status = 1;
        return SH_RETURNS;
    }
    for (i = options.index; i < call->argc; i++)
        if (!unset_word(shell, call->argv[i], variables, functions, reference)) shell->status = 1;
    return SH_RETURNS;
}

/* --- aliases --- */

static void print_alias(struct shell *shell, const struct sh_alias *alias)
{
    sh_print(shell, "alias %s=", alias->name);
    sh_quote(&shell->output, alias->value, alias->size, SH_QUOTE_SINGLE);
    sh_print(shell, "\n");
}

static enum sh_step run_alias(struct shell *shell, struct sh_builtin_call *call)
{
    const struct sh_alias *alias;
    struct sh_options options = {0};
    int letter, i;
    bool print = false;

    while ((letter = sh_next_option(shell, call, "p", &options)) > 0) print = true;
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    if (print || options.index >= call->argc)
        for (alias = shell->definitions->aliases; alias; alias = alias->next) print_alias(shell, alias);
    for (i = options.index; i < call->argc; i++) {
        char *word = call->argv[i], *equals = strchr(word, '=');
        if (equals && equals > word) {
            *equals = '\0';
            if (strpbrk(word, " \t\n/$`\\'\"&|;<>()")) {
                sh_builtin_error(shell, "alias", "`%s': invalid alias name", word);
                shell->status = 1;
            } else if (!sh_set_alias(shell, word, equals + 1)) {
                shell->status = 1;
            }
            continue;
        }
        alias = sh_find_alias(shell, word, strlen(word));
        if (alias) {
            print_alias(shell, alias);
        } else {
            sh_builtin_error(shell, "alias", "%s: not found", word);
            shell->status = 1;
        }
    }
    return SH_RETURNS;
}

static enum sh_step run_unalias(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    int letter, i;

    shell->status = 0;
    while ((letter = sh_next_option(shell, call, "a", &options)) > 0) {
        sh_remove_aliases(shell);
        return SH_RETURNS;
    }
    if (letter < 0) return SH_RETURNS;
    if (options.index >= call->argc) return sh_usage(shell, call);
    for (i = options.index; i < call->argc; i++)
        if (!sh_remove_alias(shell, call->argv[i])) {
            sh_builtin_error(shell, "unalias", "%s: not found", call->argv[i]);
            shell->status = 1;
        }
    return SH_RETURNS;
}

#define BUILTIN(id, function, bits, state, words)                                                            \
    const struct sh_builtin sh_builtin_##id = {                                                              \
        .name = #id, .run = (function), .flags = (bits), .state_size = (state), .usage = (words)}

BUILTIN(declare, run_declare, 0, sizeof(struct declaring),
        "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]");
BUILTIN(typeset, run_declare, 0, sizeof(struct declaring),
        "typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]");
BUILTIN(local, run_declare, 0, sizeof(struct declaring), "local [option] name[=value] ...");
BUILTIN(export, run_export, SH_SPECIAL, sizeof(struct declaring),
        "export [-fn] [name[=value] ...] or export -p");
BUILTIN(readonly, run_export, SH_SPECIAL, sizeof(struct declaring),
        "readonly [-aAf] [name[=value] ...] or readonly -p");
BUILTIN(unset, run_unset, SH_SPECIAL, 0, "unset [-f] [-v] [-n] [name ...]");
BUILTIN(alias, run_alias, 0, 0, "alias [-p] [name[=value] ... ]");
BUILTIN(unalias, run_unalias, 0, 0, "unalias [-a] name [name ...]");
