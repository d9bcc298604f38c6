/* assign.c: name=value, name[index]=value, name=(values). */
#include <stdio.h>
#include <stdlib.h>

#include "shell/dynamic.h"
#include "shell/execute.h"
#include "shell/quote.h"

enum {
    ASSIGN_BEGIN,
    ASSIGN_INDEX,
    ASSIGN_VALUE,
    ASSIGN_ELEMENT,
    ASSIGN_ELEMENT_INDEX,
    ASSIGN_ELEMENT_VALUE,
    ASSIGN_WORDS,
    ASSIGN_STORE
};

/* What it costs to put a value of an array by, besides its bytes. */
#define ELEMENT_FUEL 16

void sh_assign_begin(struct sh_assigning *assigning, const struct sh_assignment *assignments)
{
    memset(assigning, 0, sizeof *assigning);
    assigning->next = assignments;
    assigning->substituted = -1;
}

void sh_assign_end(struct sh_assigning *assigning)
{
    sh_expand_end(&assigning->expansion);
    sh_expand_end(&assigning->words.expansion);
}

/* --- storing --- */

/* A variable of the command alone that comes behind: it shadows the one of the shell. */
static bool assign_local(struct shell *shell, const struct sh_assignment *assignment, const char *text,
                         size_t size)
{
    struct sh_variable *before =
        sh_find_direct(shell, assignment->name, assignment->length, assignment->hash);
    struct sh_variable *variable;
    struct sh_element_name element = {0};
    const unsigned kinds = SH_INTEGER | SH_LOWERCASE | SH_UPPERCASE;
    unsigned scope = shell->functions + 1, lent = 0;
    bool done;

    if (before && before->attributes & SH_READONLY) {
        sh_error(shell, "%s: readonly variable", assignment->name);
        return false;
    }
    if (!sh_own_variables(shell)) return false;
    before = sh_variable_find(shell->variables, assignment->name, assignment->length, assignment->hash);
    variable = before && before->scope == scope
                   ? before
                   : sh_variable_add(shell->variables, assignment->name, assignment->length, assignment->hash,
                                     scope);
    if (variable == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    if (variable != before && assignment->append && before && before->value.data &&
        !sh_variable_set(shell->variables, variable, before->value.data, before->value.size))
        return false;
    /* What it is added to says how; it has no such attributes itself. */
    if (variable != before && assignment->append && before) lent = before->attributes & kinds;
    variable->attributes |= SH_EXPORTED | SH_TEMPORARY | lent;
    sh_forget_exported(shell);
    done = sh_store(shell, variable, &element, text, size, assignment->append);
    variable->attributes &= ~lent;
    return done;
}

static bool store_scalar(struct shell *shell, struct sh_assigning *assigning, const char *text, size_t size)
{
    const struct sh_assignment *assignment = assigning->next;

    if (assignment->index && sh_has(shell, SH_OPTION_XTRACE)) {
        struct buffer name = {0};
        buffer_printf(&name, "%s[%s]", assignment->name, assignment->index);
        sh_trace_assignment(shell, buffer_string(&name), name.size, assignment->append, text, size);
        buffer_free(&name);
    } else {
        sh_trace_assignment(shell, assignment->name, assignment->length, assignment->append, text, size);
    }
    if (assigning->local && assignment->index == NULL)
        return assign_local(shell, assignment, text, size) ||
               (!shell->unwind && !sh_has(shell, SH_OPTION_POSIX)); /* bash runs the command without it */
    if (assignment->index)
        return sh_assign_element(shell, assignment->name, assignment->length, assigning->index,
                                 assigning->index_length, text, size, assignment->append);
    return sh_assign(shell, assignment->name, assignment->length, text, size, assignment->append);
}

/* Keys and values in turn, as bash takes an associative array without indexes. */
static bool store_pairs(struct shell *shell, struct sh_variable *variable, const struct sh_prepared *item)
{
    while (item) {
        struct sh_element_name element = {0};
        const struct sh_prepared *value = item;
        if (item->index) {
            element.key = item->index;
            element.key_size = item->index_length;
        } else {
            element.key = item->text;
            element.key_size = item->size;
            value = item->next;
        }
        if (element.key_size == 0) {
            sh_error(shell, "%s: bad array subscript", variable->name);
            return false;
        }
        if (!sh_store(shell, variable, &element, value ? value->text : "", value ? value->size : 0,
                      item->index && item->append))
            return false;
        item = value ? value->next : NULL;
    }
    return true;
}

/* Those from *next on, at *index and behind it. 0, UMBRA_EAGAIN with what is to come, UMBRA_EINVAL: said. */
static int store_items(struct shell *shell, const char *name, size_t length, struct sh_variable *variable,
                       const struct sh_prepared **next, int64_t *index)
{
    struct sh_element_name element = {.index = *index};
    const struct sh_prepared *item;

    for (item = *next; item; item = item->next, element.index++) {
        if (item->index) {
            if (!sh_evaluate_index(shell, item->index, item->index_length, &element.index))
                return UMBRA_EINVAL;
            variable = sh_own(shell, name, length);
            if (variable == NULL) return UMBRA_EINVAL;
            if (element.index < 0) element.index += sh_array_end(variable->array);
            if (element.index < 0) {
                sh_error(shell, "[%.*s]=%.*s: bad array subscript", (int)item->index_length, item->index,
                         (int)item->size, item->text);
                return UMBRA_EINVAL;
            }
        }
        if (!sh_store(shell, variable, &element, item->text, item->size, item->append)) return UMBRA_EINVAL;
        if (item->next && sh_turn_is_over(shell, ELEMENT_FUEL + item->size)) {
            *next = item->next;
            *index = element.index + 1;
            return UMBRA_EAGAIN;
        }
    }
    return 0;
}

/* Makes it an array that is empty, or to be appended to. NULL: it may not be; said. */
static struct sh_variable *begin_array(struct shell *shell, const char *name, size_t length, bool append)
{
    struct sh_variable *variable = sh_own(shell, name, length);
    unsigned attributes;

    if (variable == NULL || variable->attributes & SH_DYNAMIC) return variable;
    if (!append) {
        attributes = variable->attributes;
        sh_variable_clear(shell->variables, variable);
        variable->attributes = attributes & ~(unsigned)SH_IS_SET;
    }
    if (!sh_make_array(shell, variable, SH_INDEXED)) return NULL;
    variable->attributes |= SH_IS_SET;
    sh_forget_exported(shell);
    return variable;
}

/* *index: where the values go, as of store_items(). */
static int store_array(struct shell *shell, const char *name, size_t length, struct sh_variable *variable,
                       const struct sh_prepared **next, int64_t *index)
{
    if (variable->attributes & SH_DYNAMIC) return 0;
    if (variable->attributes & SH_ASSOCIATIVE) return store_pairs(shell, variable, *next) ? 0 : UMBRA_EINVAL;
    return store_items(shell, name, length, variable, next, index);
}

bool sh_assign_array(struct shell *shell, const char *name, size_t length, const struct sh_prepared *prepared,
                     bool append)
{
    struct sh_variable *variable = begin_array(shell, name, length, append);
    int64_t index = variable ? sh_array_end(variable->array) : 0;
    int result;

    if (variable == NULL) return false;
    while ((result = store_array(shell, name, length, variable, &prepared, &index)) == UMBRA_EAGAIN) {
        variable = sh_own(shell, name, length);
        if (variable == NULL) break;
    }
    shell->resumes = false;
    return result == 0;
}

/* --- expanding --- */

static int begin_value(struct shell *shell, struct sh_assigning *assigning, const struct sh_word *value,
                       unsigned stage)
{
    if (value == NULL) return UMBRA_EINVAL;
    sh_expand_begin(shell, &assigning->expansion, value->parts, &assigning->output, true);
    assigning->stage = stage;
    return 0;
}

static int run_expansion(struct shell *shell, struct sh_assigning *assigning)
{
    int result = sh_expand_run(shell, &assigning->expansion);

    if (result == 0 && assigning->expansion.substituted >= 0)
        assigning->substituted = assigning->expansion.substituted;
    return result;
}

static bool add_prepared(struct shell *shell, struct sh_assigning *assigning, const char *text, size_t size)
{
    struct sh_prepared *item = arena_zero(&shell->process->arena, sizeof *item);
    const struct sh_element *element = assigning->element;

    if (item == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    item->text = text;
    item->size = size;
    if (element->index && assigning->stage == ASSIGN_ELEMENT_VALUE) {
        item->index = assigning->index;
        item->index_length = assigning->index_length;
        item->append = element->append;
    }
    *assigning->prepared_end = item;
    assigning->prepared_end = &item->next;
    return true;
}

static int finish_assignment(struct shell *shell, struct sh_assigning *assigning, bool done)
{
    (void)shell;
    if (!done) return UMBRA_EINVAL;
    assigning->next = assigning->next->next;
    assigning->stage = ASSIGN_BEGIN;
    return 0;
}

static int begin_assignment(struct shell *shell, struct sh_assigning *assigning)
{
    const struct sh_assignment *assignment = assigning->next;

    if (assignment->index) {
        if (assignment->index_parts == NULL) {
            sh_error(shell, "%s[]: bad array subscript", assignment->name);
            return UMBRA_EINVAL;
        }
    }
    if (!assignment->array) return begin_value(shell, assigning, assignment->value, ASSIGN_VALUE);
    assigning->element = assignment->elements;
    assigning->prepared = NULL;
    assigning->prepared_end = &assigning->prepared;
    assigning->stage = ASSIGN_ELEMENT;
    return 0;
}

/* As it was written; of declare, as its elements are then. */
static void trace_array(struct shell *shell, const struct sh_assigning *assigning)
{
    const struct sh_assignment *assignment = assigning->next;
    const struct sh_element *element;
    const struct sh_prepared *item;
    struct buffer text = {0};

    buffer_printf(&text, "%s%s(", assignment->name, assignment->append ? "+=" : "=");
    for (element = assignment->elements; element && !assigning->collect_only; element = element->next) {
        if (element != assignment->elements) buffer_put_byte(&text, ' ');
        if (element->index) buffer_printf(&text, "[%s]%s", element->index, element->append ? "+=" : "=");
        if (element->value) buffer_put(&text, element->value->source, element->value->source_length);
    }
    for (item = assigning->collect_only ? assigning->prepared : NULL; item; item = item->next) {
        if (item != assigning->prepared) buffer_put_byte(&text, ' ');
        if (item->index) {
            buffer_put_byte(&text, '[');
            sh_quote(&text, item->index, item->index_length, SH_QUOTE_SINGLE);
            buffer_put_string(&text, "]=");
        }
        sh_quote(&text, item->text, item->size, SH_QUOTE_SINGLE);
    }
    buffer_put_byte(&text, ')');
    sh_trace_text(shell, buffer_string(&text), text.size);
    buffer_free(&text);
}

static bool is_associative(struct shell *shell, const struct sh_assignment *assignment)
{
    const struct sh_variable *variable =
        sh_find(shell, assignment->name, assignment->length, assignment->hash);
    return variable && variable->attributes & SH_ASSOCIATIVE;
}

/* The next element of ( ... ), or the end of them. */
static int next_element(struct shell *shell, struct sh_assigning *assigning)
{
    const struct sh_assignment *assignment = assigning->next;
    const struct sh_element *element = assigning->element;
    const struct sh_word *word;

    if (element == NULL && sh_has(shell, SH_OPTION_XTRACE)) trace_array(shell, assigning);
    if (element == NULL && assigning->collect_only) return finish_assignment(shell, assigning, true);
    if (element == NULL) {
        struct sh_variable *variable =
            begin_array(shell, assignment->name, assignment->length, assignment->append);
        if (variable == NULL) return UMBRA_EINVAL;
        assigning->next_index = sh_array_end(variable->array);
        assigning->stage = ASSIGN_STORE;
        return 0;
    }
    word = element->braced && !assigning->collect_only && !is_associative(shell, assignment) ? element->braced
                                                                                             : element->value;
    if (element->index && word != element->braced) {
        sh_expand_begin(shell, &assigning->expansion, element->index_parts, &assigning->output, true);
        assigning->stage = ASSIGN_ELEMENT_INDEX;
        return 0;
    }
    if (word == NULL) return UMBRA_EINVAL;
    assigning->single = *word;
    assigning->single.next = NULL;
    sh_words_begin(&assigning->words, &assigning->single);
    assigning->stage = ASSIGN_WORDS;
    return 0;
}

/* The values of the array, from the one on that is to be stored next. */
static int store_values(struct shell *shell, struct sh_assigning *assigning)
{
    const struct sh_assignment *assignment = assigning->next;
    struct sh_variable *variable = sh_own(shell, assignment->name, assignment->length);
    const struct sh_prepared *next = assigning->prepared;
    int result = variable ? store_array(shell, assignment->name, assignment->length, variable, &next,
                                        &assigning->next_index)
                          : UMBRA_EINVAL;

    assigning->prepared = (struct sh_prepared *)(uintptr_t)next;
    return result < 0 ? result : finish_assignment(shell, assigning, true);
}

/* The fields of a word become values. */
static int take_words(struct shell *shell, struct sh_assigning *assigning)
{
    const struct sh_fields *fields = &assigning->words.fields;
    int result = assigning->taken ? 0 : sh_words_run(shell, &assigning->words);

    if (result < 0) return result;
    while (assigning->taken < fields->count) {
        char *text = fields->items[assigning->taken++];
        if (!add_prepared(shell, assigning, text, strlen(text))) return UMBRA_ENOMEM;
        if (assigning->taken < fields->count && sh_turn_is_over(shell, ELEMENT_FUEL)) return UMBRA_EAGAIN;
    }
    if (assigning->words.substituted >= 0) assigning->substituted = assigning->words.substituted;
    assigning->element = assigning->element->next;
    assigning->taken = 0;
    assigning->stage = ASSIGN_ELEMENT;
    return 0;
}

static int step(struct shell *shell, struct sh_assigning *assigning)
{
    const char *text;
    size_t size;
    int result = 0;

    switch (assigning->stage) {
    case ASSIGN_BEGIN:
        return begin_assignment(shell, assigning);
    case ASSIGN_ELEMENT:
        return next_element(shell, assigning);
    case ASSIGN_WORDS:
        return take_words(shell, assigning);
    case ASSIGN_STORE:
        return store_values(shell, assigning);
    default:
        break;
    }
    result = run_expansion(shell, assigning);
    if (result < 0) return result;
    text = sh_output_text(shell, &assigning->output, &size);
    switch (assigning->stage) {
    case ASSIGN_INDEX:
        assigning->index = text;
        assigning->index_length = size;
        return finish_assignment(shell, assigning,
                                 store_scalar(shell, assigning, assigning->value, assigning->value_size));
    case ASSIGN_ELEMENT_INDEX:
        assigning->index = text;
        assigning->index_length = size;
        return begin_value(shell, assigning, assigning->element->value, ASSIGN_ELEMENT_VALUE);
    case ASSIGN_ELEMENT_VALUE:
        if (!add_prepared(shell, assigning, text, size)) return UMBRA_ENOMEM;
        assigning->element = assigning->element->next;
        assigning->stage = ASSIGN_ELEMENT;
        return 0;
    default:
        if (assigning->next->index == NULL)
            return finish_assignment(shell, assigning, store_scalar(shell, assigning, text, size));
        assigning->value = text;
        assigning->value_size = size;
        sh_expand_begin(shell, &assigning->expansion, assigning->next->index_parts, &assigning->output, true);
        assigning->stage = ASSIGN_INDEX;
        return 0;
    }
}

int sh_assign_run(struct shell *shell, struct sh_assigning *assigning)
{
    int result = 0;

    while (result == 0 && assigning->next) result = step(shell, assigning);
    return result;
}
