#include "shell/parameter.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/letters.h"
#include "shell/pattern.h"
#include "shell/transform.h"

#define PIECE 65536u /* bytes from one look at the turn to the next */
#define LONG  1024u  /* values that are not put at once */

/* What a parameter has: one text, or several. */
struct values {
    bool set;
    bool several; /* of @ or *, even when there is only one */
    bool joined;  /* of * */
    size_t count;
    struct sh_text_ref *items;
    int64_t *indexes; /* of an array's items, for slices; NULL: positional */
};

struct sh_parameter_run {
    struct values values;
    const char *name; /* as it is after indirection */
    size_t length;
    enum sh_subscript subscript;
    const char *index; /* of SH_ONE, expanded */
    size_t index_length;
    bool is_name; /* ${!ref} of a nameref: the value is the name itself */

    /* Where it goes on in its next turn. */
    bool begun, prepared, changed; /* the values are there, the operator is, and was applied to them all */
    struct sh_change change;
    size_t item;       /* that is changed, or put, next */
    size_t at, number; /* of a length: in the text, characters before that */
};

/* --- special parameters --- */

static struct sh_text_ref text_of(struct shell *shell, const char *text)
{
    size_t size = strlen(text);
    return (struct sh_text_ref){arena_copy(&shell->process->arena, text, size), size};
}

static struct sh_text_ref number_of(struct shell *shell, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    return text_of(shell, digits);
}

void sh_put_flags(const struct shell *shell, struct sh_text *text)
{
    static const char letters[] = {
#define LETTER(name, letter, option) letter,
        SH_OPTIONS(LETTER)
#undef LETTER
    };
    static const char order[] = "abefhkmnptuvxBCEHPT";
    const char *at;
    size_t i;

    for (at = order; *at; at++)
        for (i = 0; i < sizeof letters; i++)
            if (letters[i] == *at && shell->options >> i & 1) sh_text_byte(text, *at);
    if (shell->interactive) sh_text_byte(text, 'i');
    if (shell->has_command_text) sh_text_byte(text, 'c');
    if (shell->reads_stdin) sh_text_byte(text, 's');
}

static struct sh_text_ref positional(const struct shell *shell, const char *name, size_t length)
{
    uint64_t number = 0;
    size_t i;

    for (i = 0; i < length && number < 1000000000; i++) number = number * 10 + (uint64_t)(name[i] - '0');
    if (number == 0) return (struct sh_text_ref){shell->name, strlen(shell->name)};
    if (number > (uint64_t)shell->arguments->count) return (struct sh_text_ref){NULL, 0};
    return (struct sh_text_ref){shell->arguments->values[number - 1],
                                strlen(shell->arguments->values[number - 1])};
}

static struct sh_text_ref special(struct shell *shell, char name)
{
    struct sh_text text = {.arena = &shell->process->arena};

    switch (name) {
    case '?':
        return number_of(shell, (uint64_t)shell->status);
    case '#':
        return number_of(shell, (uint64_t)shell->arguments->count);
    case '$':
        return number_of(shell, shell->subshells ? sh_main_id(shell) : shell->process->id);
    case '!':
        if (shell->last_background == 0) return (struct sh_text_ref){NULL, 0};
        return number_of(shell, shell->last_background);
    case '-':
        sh_put_flags(shell, &text);
        return (struct sh_text_ref){(char *)(uintptr_t)sh_text_get(&text), text.size};
    default:
        return (struct sh_text_ref){NULL, 0};
    }
}

struct sh_text_ref sh_parameter_value(struct shell *shell, const char *name, size_t length)
{
    const struct sh_variable *variable;

    if (length && *name >= '0' && *name <= '9') return positional(shell, name, length);
    if (length == 1 && !sh_is_name(name, 1)) return special(shell, *name);
    if (length == 1 && *name == '_' && shell->last_argument)
        return (struct sh_text_ref){shell->last_argument, strlen(shell->last_argument)};
    variable = sh_find(shell, name, length, sh_hash(name, length));
    return variable ? sh_value_of(variable) : (struct sh_text_ref){NULL, 0};
}

char sh_join_byte(struct shell *shell, size_t *size)
{
    struct sh_text_ref ifs = sh_get(shell, "IFS");

    *size = ifs.data && ifs.size == 0 ? 0 : 1;
    if (ifs.data && ifs.size) return ifs.data[0];
    return ' ';
}

/* --- values of @, * and arrays --- */

static bool reserve(struct shell *shell, struct values *values, size_t count, bool indexed)
{
    values->items = arena_take(&shell->process->arena, (count + 1) * sizeof *values->items);
    if (indexed) values->indexes = arena_take(&shell->process->arena, (count + 1) * sizeof *values->indexes);
    return values->items && (!indexed || values->indexes);
}

static void take_arguments(struct shell *shell, struct values *values)
{
    int i;

    if (!reserve(shell, values, (size_t)shell->arguments->count, false)) return;
    for (i = 0; i < shell->arguments->count; i++)
        values->items[values->count++] =
            (struct sh_text_ref){shell->arguments->values[i], strlen(shell->arguments->values[i])};
    values->set = values->count > 0;
}

static void take_array(struct shell *shell, const struct sh_variable *variable, struct values *values)
{
    struct sh_array_item *item;
    size_t at = 0;

    if (variable == NULL) return;
    if (!sh_is_array(variable)) {
        struct sh_text_ref value = sh_value_of(variable);
        if (value.data == NULL || !reserve(shell, values, 1, true)) return;
        values->items[0] = value;
        values->indexes[0] = 0;
        values->count = 1;
        values->set = true;
        return;
    }
    if (!reserve(shell, values, sh_array_count(variable->array), true)) return;
    while ((item = sh_array_next(variable->array, &at)) != NULL) {
        values->indexes[values->count] = item->key ? (int64_t)values->count : item->index;
        values->items[values->count++] = (struct sh_text_ref){item->value.data, item->value.size};
    }
    values->set = values->count > 0;
}

static void take_one(struct shell *shell, struct values *values, struct sh_text_ref value)
{
    if (value.data == NULL || !reserve(shell, values, 1, false)) return;
    values->items[0] = value;
    values->count = 1;
    values->set = true;
}

/* An index before the first one is said to be wrong, and there is no such item. */
static int take_indexed(struct shell *shell, struct sh_parameter_run *run, const struct sh_variable *variable)
{
    int64_t index = 1, end = sh_is_array(variable) ? sh_array_end(variable->array) : 1;
    const struct sh_array_item *item;

    if (!sh_evaluate_index(shell, run->index, run->index_length, &index)) return UMBRA_EINVAL;
    if (index < 0) index += end;
    if (index < 0) {
        sh_error(shell, "%s: bad array subscript", variable->name);
        return 0;
    }
    if (!sh_is_array(variable)) {
        if (index == 0) take_one(shell, &run->values, sh_value_of(variable));
        return 0;
    }
    item = sh_array_find(variable->array, index);
    if (item) take_one(shell, &run->values, (struct sh_text_ref){item->value.data, item->value.size});
    return 0;
}

static int take_item(struct shell *shell, struct sh_parameter_run *run, const struct sh_variable *variable)
{
    const struct sh_array_item *item;
    bool known = true;

    if (variable == NULL) {
        int64_t ignored; /* its subscript is evaluated all the same */
        return sh_evaluate_index(shell, run->index, run->index_length, &ignored) ? 0 : UMBRA_EINVAL;
    }
    if (!(variable->attributes & SH_ASSOCIATIVE)) return take_indexed(shell, run, variable);
    item = sh_find_item(shell, variable, run->index, run->index_length, &known);
    if (item) take_one(shell, &run->values, (struct sh_text_ref){item->value.data, item->value.size});
    return 0;
}

static int take_values(struct shell *shell, struct sh_parameter_run *run)
{
    struct values *values = &run->values;
    bool arguments = run->length == 1 && (*run->name == '@' || *run->name == '*');
    const struct sh_variable *variable = NULL;

    values->several = arguments || run->subscript == SH_ALL || run->subscript == SH_JOINED;
    values->joined = run->subscript == SH_JOINED || (arguments && *run->name == '*');
    if (arguments) {
        take_arguments(shell, values);
        return 0;
    }
    if (run->subscript != SH_NO_SUBSCRIPT)
        variable = sh_find(shell, run->name, run->length, sh_hash(run->name, run->length));
    if (values->several)
        take_array(shell, variable, values);
    else if (run->subscript == SH_ONE)
        return take_item(shell, run, variable);
    else
        take_one(shell, values, sh_parameter_value(shell, run->name, run->length));
    return 0;
}

/* --- output --- */

/* Those from *next on. False: its turn is over before it is done. */
static bool emit_joined(struct shell *shell, const struct values *values, struct sh_output *output,
                        enum sh_run_kind kind, size_t *next)
{
    size_t size;
    char byte = sh_join_byte(shell, &size);

    if (kind == SH_RUN_QUOTED && *next == 0) sh_emit(shell, output, kind, "", 0);
    while (*next < values->count) {
        const struct sh_text_ref *item = &values->items[(*next)++];
        if (*next > 1) sh_emit(shell, output, kind, &byte, size);
        sh_emit(shell, output, kind, item->data, item->size);
        if (*next < values->count && sh_turn_is_over(shell, 8)) return false;
    }
    return true;
}

/* As emit_joined(). */
static bool emit_apart(struct shell *shell, const struct values *values, struct sh_output *output,
                       enum sh_run_kind kind, size_t *next)
{
    while (*next < values->count) {
        const struct sh_text_ref *item = &values->items[(*next)++];
        if (*next > 1) sh_emit(shell, output, SH_RUN_BREAK, "", 0);
        sh_emit(shell, output, kind, item->data, item->size);
        if (*next < values->count && sh_turn_is_over(shell, 8)) return false;
    }
    return true;
}

/* As emit_joined(). */
static bool emit_values(struct shell *shell, const struct sh_part *part, const struct values *values,
                        struct sh_output *output, bool whole, size_t *next)
{
    enum sh_run_kind kind = part->quoted ? SH_RUN_QUOTED : SH_RUN_SPLIT;

    if (!values->several) {
        if (values->count)
            sh_emit(shell, output, kind, values->items[0].data, values->items[0].size);
        else if (part->quoted)
            sh_emit(shell, output, kind, "", 0);
        return true;
    }
    return values->joined && (part->quoted || whole) ? emit_joined(shell, values, output, kind, next)
                                                     : emit_apart(shell, values, output, kind, next);
}

/* The values of a run: SH_NEEDS_NOTHING or UMBRA_EAGAIN. */
static int emit_run(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                    struct sh_output *output, bool whole)
{
    return emit_values(shell, part, &run->values, output, whole, &run->item) ? SH_NEEDS_NOTHING
                                                                             : UMBRA_EAGAIN;
}

/* set -u */
static int check_set(struct shell *shell, const struct sh_parameter *parameter, const struct values *values,
                     bool is_bare)
{

    if (values->set || !sh_has(shell, SH_OPTION_NO_UNSET) || values->several) return 0;
    sh_error(shell, "%s%.*s: unbound variable", is_bare ? "$" : "", (int)parameter->source_length,
             parameter->source);
    sh_unwind(shell, shell->interactive || shell->is_session ? SH_ABORTS : SH_EXITS, 0);
    shell->status = shell->gives_up && !shell->interactive ? 127 : 1;
    return UMBRA_EINVAL;
}

static int check_unbound(struct shell *shell, const struct sh_parameter *parameter,
                         const struct values *values)
{
    struct sh_parameter named = *parameter;

    if (parameter->source[0] == '$') { /* ${name}: bash names the variable only */
        named.source = parameter->name;
        named.source_length = parameter->length;
        if (parameter->subscript == SH_ONE) {
            named.source = parameter->source + 2;
            named.source_length = (size_t)(strchr(parameter->source, ']') - parameter->source) - 1;
        }
    }
    /* $1 and the like are named as they are written, names are not */
    return check_set(shell, &named, values,
                     parameter->source == parameter->name && !sh_is_name(parameter->name, parameter->length));
}

int sh_parameter_simple(struct shell *shell, const struct sh_part *part, struct sh_output *output, bool whole)
{
    const struct sh_parameter *parameter = part->of.parameter;
    struct sh_parameter_run run = {
        .name = parameter->name, .length = parameter->length, .subscript = parameter->subscript};
    enum sh_run_kind kind = part->quoted ? SH_RUN_QUOTED : SH_RUN_SPLIT;
    int result;

    if (parameter->bad) return sh_bad_substitution(shell, parameter);
    if (parameter->subscript == SH_NO_SUBSCRIPT && *parameter->name != '@' && *parameter->name != '*') {
        struct sh_text_ref value = sh_parameter_value(shell, parameter->name, parameter->length);
        if (value.data) {
            sh_emit(shell, output, kind, value.data, value.size);
            return 0;
        }
        result = check_unbound(shell, parameter, &run.values);
        if (result == 0 && part->quoted) sh_emit(shell, output, kind, "", 0);
        return result;
    }
    result = take_values(shell, &run);
    if (result < 0) return result;
    while (!emit_values(shell, part, &run.values, output, whole, &run.item)) continue;
    shell->resumes = false;
    return 0;
}

bool sh_parameter_is_long(struct shell *shell, const struct sh_parameter *parameter)
{
    const struct sh_variable *variable;

    if (parameter->length == 1 && (*parameter->name == '@' || *parameter->name == '*'))
        return (size_t)shell->arguments->count > LONG;
    if (parameter->subscript != SH_ALL && parameter->subscript != SH_JOINED) return false;
    variable = sh_find(shell, parameter->name, parameter->length, parameter->hash);
    return variable && sh_array_count(variable->array) > LONG;
}

int sh_bad_substitution(struct shell *shell, const struct sh_parameter *parameter)
{
    sh_error(shell, "%.*s: bad substitution", (int)parameter->source_length, parameter->source);
    sh_abort(shell, 1);
    return UMBRA_EINVAL;
}

/* --- indirection --- */

/* "name", "name[index]", "name[@]", "1", "@" as what a run is about; false: it is none of it. */
static bool aim(struct sh_parameter_run *run, const char *text, size_t size)
{
    const char *bracket = memchr(text, '[', size);
    size_t length = bracket ? (size_t)(bracket - text) : size, i;
    bool digits = length > 0;

    for (i = 0; i < length; i++) digits &= text[i] >= '0' && text[i] <= '9';
    if (!sh_is_name(text, length) && !(digits && !bracket) &&
        !(length == 1 && !bracket && strchr("@*#?-$!", *text)))
        return false;
    run->name = text;
    run->length = length;
    run->subscript = SH_NO_SUBSCRIPT;
    if (bracket == NULL) return true;
    if (text[size - 1] != ']' || size - length < 3) return false;
    run->index = bracket + 1;
    run->index_length = size - length - 2;
    run->subscript = run->index_length == 1 && *run->index == '@'   ? SH_ALL
                     : run->index_length == 1 && *run->index == '*' ? SH_JOINED
                                                                    : SH_ONE;
    return true;
}

static int follow(struct shell *shell, const struct sh_parameter *parameter, struct sh_parameter_run *run)
{
    const struct sh_variable *variable =
        sh_find_direct(shell, parameter->name, parameter->length, parameter->hash);
    struct sh_text_ref target;
    const char *copy;
    int result;

    if (variable && variable->attributes & SH_NAMEREF && parameter->subscript == SH_NO_SUBSCRIPT) {
        target = sh_value_of(variable);
        if (target.data) take_one(shell, &run->values, target);
        run->is_name = true;
        return 0;
    }
    result = take_values(shell, run);
    if (result < 0) return result;
    target = run->values.count ? run->values.items[0] : (struct sh_text_ref){NULL, 0};
    if (run->values.several && run->values.count > 1) {
        struct sh_output joined = {.text = {.arena = &shell->process->arena}};
        size_t next = 0;
        while (!emit_joined(shell, &run->values, &joined, SH_RUN_QUOTED, &next)) continue;
        shell->resumes = false;
        target = (struct sh_text_ref){joined.text.data, joined.text.size};
    }
    run->values = (struct values){0};
    if (target.data == NULL) {
        bool is_name = sh_is_name(parameter->name, parameter->length);
        if (variable) return 0;
        if (!is_name && parameter->operator!= SH_NO_OPERATOR && parameter->operator!= SH_ERROR) return 0;
        sh_error(shell, "%.*s%s%.*s%s: invalid indirect expansion", (int)parameter->length, parameter->name,
                 parameter->index ? "[" : "", (int)parameter->index_length,
                 parameter->index ? parameter->index : "", parameter->index ? "]" : "");
        sh_abort(shell, 1);
        return UMBRA_EINVAL;
    }
    copy = arena_copy(&shell->process->arena, target.data, target.size);
    if (copy == NULL) return UMBRA_ENOMEM;
    if (!aim(run, copy, target.size)) {
        sh_error(shell, "%s: invalid variable name", copy);
        sh_abort(shell, 1);
        return UMBRA_EINVAL;
    }
    return take_values(shell, run);
}

/* --- operators --- */

static bool is_null(const struct values *values, bool joined_empty)
{
    if (!values->set) return true;
    if (!joined_empty) return false;
    return values->count == 0 || (values->count == 1 && values->items[0].size == 0);
}

static int assign_default(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                          struct sh_output *word, struct sh_output *output)
{
    size_t size;
    const char *text = sh_output_text(shell, word, &size);
    bool done;

    if (!sh_is_name(run->name, run->length)) {
        sh_error(shell, "$%.*s: cannot assign in this way", (int)run->length, run->name);
        sh_abort(shell, 1);
        return UMBRA_EINVAL;
    }
    if (run->subscript == SH_ONE)
        done = sh_assign_element(shell, run->name, run->length, run->index, run->index_length, text, size,
                                 false);
    else
        done = sh_assign(shell, run->name, run->length, text, size, false);
    if (!done) {
        sh_abort(shell, 1);
        return UMBRA_EINVAL;
    }
    sh_emit(shell, output, part->quoted ? SH_RUN_QUOTED : SH_RUN_SPLIT, text, size);
    return SH_NEEDS_NOTHING;
}

static int complain(struct shell *shell, const struct sh_parameter *parameter, struct sh_output *word)
{
    size_t size = 0;
    const char *text = parameter->word ? sh_output_text(shell, word, &size) : NULL;

    if (text && size)
        sh_error(shell, "%s: %.*s", parameter->name, (int)size, text);
    else
        sh_error(shell, "%s: parameter %s", parameter->name,
                 parameter->colon ? "null or not set" : "not set");
    sh_unwind(shell, shell->interactive || shell->is_session ? SH_ABORTS : SH_EXITS, 0);
    shell->status = shell->gives_up && !shell->interactive ? 127 : 1;
    return UMBRA_EINVAL;
}

static int choose(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                  bool expanded, struct sh_output *word, struct sh_output *output, bool whole)
{
    const struct sh_parameter *parameter = part->of.parameter;
    bool null = is_null(&run->values, parameter->colon);

    if (parameter->operator== SH_ALTERNATIVE) {
        if (!null) return SH_USES_WORD;
        if (part->quoted && !run->values.several) sh_emit(shell, output, SH_RUN_QUOTED, "", 0);
        return SH_NEEDS_NOTHING;
    }
    if (!null) return emit_run(shell, part, run, output, whole);
    if (parameter->operator== SH_DEFAULT) return SH_USES_WORD;
    if (!expanded && parameter->word) return SH_NEEDS_WORD;
    return parameter->operator== SH_ASSIGN ? assign_default(shell, part, run, word, output)
                                           : complain(shell, parameter, word);
}

static int emit_length(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                       struct sh_output *output)
{
    const struct sh_text_ref *text = run->values.items;
    struct sh_text_ref number;

    while (!run->values.several && run->values.count && run->at < text->size) {
        size_t left = text->size - run->at, piece = left < PIECE ? left : PIECE;
        run->number += sh_count_characters(text->data, text->size, run->at + piece, &run->at);
        if (run->at < text->size && sh_turn_is_over(shell, piece)) return UMBRA_EAGAIN;
    }
    number = number_of(shell, run->values.several ? run->values.count : run->number);
    sh_emit(shell, output, part->quoted ? SH_RUN_QUOTED : SH_RUN_SPLIT, number.data, number.size);
    return SH_NEEDS_NOTHING;
}

/* Applies an operator to each text. */
static int apply(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                 struct sh_output *operand, struct sh_output *output, bool whole)
{
    int result = run->prepared ? 0 : sh_prepare_change(shell, part->of.parameter, operand, &run->change);

    if (result < 0) return result;
    run->prepared = true;
    while (!run->changed) {
        if (run->item == run->values.count) {
            run->changed = true;
            run->item = 0;
            break;
        }
        result = sh_change_text(shell, &run->change, &run->values.items[run->item]);
        if (result < 0) return result;
        run->item++;
        if (run->item < run->values.count && sh_turn_is_over(shell, 16)) return UMBRA_EAGAIN;
    }
    return emit_run(shell, part, run, output, whole);
}

static int slice(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                 struct sh_output *operand, struct sh_output *output, bool whole)
{
    const struct sh_parameter *parameter = part->of.parameter;
    struct sh_slice_of of = {run->values.items, run->values.indexes, run->values.count, run->values.several};
    static const int64_t first[] = {0};
    int64_t offset = 0, length = 0;
    const char *text;
    size_t size;
    int result;

    if (run->changed) return emit_run(shell, part, run, output, whole);
    if (of.indexes == NULL && run->subscript != SH_NO_SUBSCRIPT) of.indexes = first; /* not the arguments */

    text = sh_output_text(shell, &operand[1], &size);
    if (!sh_evaluate(shell, text, size, &offset)) return UMBRA_EINVAL;
    if (parameter->has_second) {
        text = sh_output_text(shell, &operand[2], &size);
        if (!sh_evaluate(shell, text, size, &length)) return UMBRA_EINVAL;
    }
    result = sh_slice(shell, &of, offset, parameter->has_second ? &length : NULL);
    if (result < 0) {
        if (result == UMBRA_EINVAL) {
            sh_error(shell, "%.*s: substring expression < 0", (int)size, text);
            sh_abort(shell, 1);
        }
        return result;
    }
    run->values.items = of.items;
    run->values.count = of.count;
    run->changed = true;
    return emit_run(shell, part, run, output, whole);
}

static int list_names(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                      struct sh_output *output, bool whole)
{
    const struct sh_parameter *parameter = part->of.parameter;
    int result;

    if (!run->changed) {
        run->values.several = true;
        run->values.joined = parameter->which == '*';
        result = sh_collect_names(shell, parameter, &run->at, &run->values.items, &run->values.count);
        if (result < 0) return result;
        run->changed = true;
    }
    return emit_run(shell, part, run, output, whole);
}

static int transform(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                     struct sh_output *output, bool whole)
{
    int result;

    if (!run->changed) {
        result = sh_transform(shell, part, run->name, run->length, run->values.items, &run->values.count,
                              run->values.several, &run->change, &run->at);
        if (result < 0) return result == UMBRA_EAGAIN ? result : UMBRA_EINVAL;
        run->changed = true;
    }
    return emit_run(shell, part, run, output, whole);
}

static int begin(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run)
{
    const struct sh_parameter *parameter = part->of.parameter;
    int result;

    if (parameter->indirect && parameter->operator!= SH_NAMES && parameter->operator!= SH_KEYS)
        result = follow(shell, parameter, run);
    else
        result = take_values(shell, run);
    if (result < 0) return result;
    switch (parameter->operator) {
    case SH_DEFAULT:
    case SH_ASSIGN:
    case SH_ERROR:
    case SH_ALTERNATIVE:
        return 0;
    default:
        return check_unbound(shell, parameter, &run->values);
    }
}

/* With all operands at hand. */
static int finish(struct shell *shell, const struct sh_part *part, struct sh_parameter_run *run,
                  struct sh_output *operand, struct sh_output *output, bool whole)
{
    switch (part->of.parameter->operator) {
    case SH_NO_OPERATOR:
        return emit_run(shell, part, run, output, whole);
    case SH_LENGTH:
        return emit_length(shell, part, run, output);
    case SH_SLICE:
        return slice(shell, part, run, operand, output, whole);
    case SH_TRANSFORM:
        return transform(shell, part, run, output, whole);
    default:
        return apply(shell, part, run, operand, output, whole);
    }
}

int sh_parameter_step(struct shell *shell, const struct sh_part *part, struct sh_parameter_run **state,
                      struct sh_output *operand, unsigned after, struct sh_output *output, bool whole)
{
    const struct sh_parameter *parameter = part->of.parameter;
    struct sh_parameter_run *run = *state;
    bool chooses = parameter->operator>= SH_DEFAULT && parameter->operator<= SH_ALTERNATIVE;
    bool lists = parameter->operator== SH_NAMES || parameter->operator== SH_KEYS;
    int result;

    if (parameter->bad) return sh_bad_substitution(shell, parameter);
    if (run == NULL) {
        if (after == 0 && parameter->subscript == SH_ONE && !lists) return SH_NEEDS_INDEX;
        run = *state = arena_zero(&shell->process->arena, sizeof *run);
        if (run == NULL) return UMBRA_ENOMEM;
    }
    if (lists) return list_names(shell, part, run, output, whole);
    if (!run->begun) {
        run->begun = true;
        run->name = parameter->name;
        run->length = parameter->length;
        run->subscript = parameter->subscript;
        if (parameter->subscript == SH_ONE)
            run->index = sh_output_text(shell, &operand[0], &run->index_length);
        result = begin(shell, part, run);
        if (result < 0) return result;
        after = 0;
    }
    if (chooses) return choose(shell, part, run, after == SH_NEEDS_WORD, &operand[1], output, whole);
    if (after == 0 && parameter->word) return SH_NEEDS_WORD;
    if (after != SH_NEEDS_SECOND && parameter->has_second) return SH_NEEDS_SECOND;
    return finish(shell, part, run, operand, output, whole);
}
