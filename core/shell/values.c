/* values.c: variables as commands see them: with namerefs followed, attributes obeyed, and those whose value
 * is made when it is asked for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/letters.h"
#include "base/utf8.h"
#include "shell/arithmetic.h"
#include "shell/dynamic.h"
#include "shell/shell.h"

#define NAMEREFS_MAX 16 /* one that leads to another one, and so on */

bool sh_own_variables(struct shell *shell)
{
    struct sh_variables *own;

    if (shell->variables->references == 1) return true;
    own = sh_variables_own(shell->variables);
    if (own == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    shell->variables = own;
    return true;
}

/* --- finding --- */

struct sh_variable *sh_find_direct(struct shell *shell, const char *name, size_t length, uint32_t hash)
{
    struct sh_variable *variable = sh_variable_find(shell->variables, name, length, hash);

    while (shell->hides_temporary && variable && variable->attributes & SH_TEMPORARY &&
           variable->scope > shell->functions)
        variable = variable->shadowed;
    if (variable && variable->attributes & SH_DYNAMIC) sh_refresh(shell, variable);
    return variable;
}

/* The name that a nameref leads to; false: in circles. */
static bool follow(struct shell *shell, const char **name, size_t *length)
{
    int links;

    for (links = 0; links < NAMEREFS_MAX; links++) {
        const struct sh_variable *variable =
            sh_variable_find(shell->variables, *name, *length, sh_hash(*name, *length));
        if (variable == NULL || !(variable->attributes & SH_NAMEREF) || variable->value.size == 0)
            return true;
        if (variable->value.size == *length && memcmp(variable->value.data, *name, *length) == 0) {
            sh_error(shell, "warning: %.*s: circular name reference", (int)*length, *name);
            return false;
        }
        *name = variable->value.data;
        *length = variable->value.size;
    }
    sh_error(shell, "warning: %.*s: circular name reference", (int)*length, *name);
    return false;
}

struct sh_variable *sh_find(struct shell *shell, const char *name, size_t length, uint32_t hash)
{
    struct sh_variable *variable = sh_find_direct(shell, name, length, hash);

    if (variable == NULL || !(variable->attributes & SH_NAMEREF)) return variable;
    if (!follow(shell, &name, &length)) return NULL;
    if (memchr(name, '[', length)) return sh_find_through(shell, variable, name, length);
    return sh_find_direct(shell, name, length, sh_hash(name, length));
}

struct sh_variable *sh_find_name(struct shell *shell, const char *name)
{
    size_t length = strlen(name);
    return sh_find(shell, name, length, sh_hash(name, length));
}

/* A nameref to an element: what it has is shown as the value of a variable of its own. */
struct sh_variable *sh_find_through(struct shell *shell, struct sh_variable *reference, const char *name,
                                    size_t length)
{
    const char *bracket = memchr(name, '[', length);
    size_t size = (size_t)(bracket - name);
    const struct sh_variable *array = sh_find_direct(shell, name, size, sh_hash(name, size));
    struct sh_array_item *item;
    struct sh_variable *shown;
    bool known = true;

    (void)reference;
    if (array == NULL || name[length - 1] != ']') return NULL;
    item = sh_find_item(shell, array, bracket + 1, length - size - 2, &known);
    shown = item ? arena_zero(&shell->process->arena, sizeof *shown + 1) : NULL;
    if (shown == NULL) return NULL;
    shown->value = item->value;
    shown->attributes = SH_IS_SET;
    return shown;
}

struct sh_text_ref sh_value_of(const struct sh_variable *variable)
{
    const struct sh_array_item *item;

    if (!(variable->attributes & SH_IS_SET)) return (struct sh_text_ref){NULL, 0};
    if (variable->attributes & SH_INDEXED)
        item = sh_array_find(variable->array, 0);
    else if (variable->attributes & SH_ASSOCIATIVE)
        item = sh_array_find_key(variable->array, "0", 1);
    else
        return (struct sh_text_ref){variable->value.data ? variable->value.data : "", variable->value.size};
    return item ? (struct sh_text_ref){item->value.data, item->value.size} : (struct sh_text_ref){NULL, 0};
}

struct sh_text_ref sh_get(struct shell *shell, const char *name)
{
    const struct sh_variable *variable = sh_find_name(shell, name);
    return variable ? sh_value_of(variable) : (struct sh_text_ref){NULL, 0};
}

/* --- changing --- */

struct sh_variable *sh_own(struct shell *shell, const char *name, size_t length)
{
    struct sh_variable *variable;
    uint32_t hash;

    if (!sh_own_variables(shell)) return NULL;
    if (!follow(shell, &name, &length)) return NULL;
    hash = sh_hash(name, length);
    variable = sh_variable_find(shell->variables, name, length, hash);
    if (variable && variable->attributes & SH_READONLY) {
        sh_error(shell, "%.*s: readonly variable", (int)length, name);
        return NULL;
    }
    if (variable == NULL) {
        variable = sh_variable_add(shell->variables, name, length, hash, 0);
        if (variable && sh_has(shell, SH_OPTION_ALLEXPORT)) variable->attributes |= SH_EXPORTED;
    }
    if (variable == NULL) sh_out_of_memory(shell);
    return variable;
}

static void change_case(const struct sh_variable *variable, const char *text, size_t size, struct buffer *out)
{
    char character[4];
    size_t at, step;
    uint32_t code;

    for (at = 0; at < size; at += step) {
        step = utf8_decode(text + at, size - at, &code);
        if (step == 0) { /* no character */
            buffer_put_byte(out, text[at]);
            step = 1;
            continue;
        }
        if (variable->attributes & SH_UPPERCASE || (variable->attributes & SH_CAPITAL && at == 0))
            code = letter_upper(code);
        else
            code = letter_lower(code);
        buffer_put(out, character, utf8_encode(code, character));
    }
}

/* Stores a text where it belongs: the element, or the scalar; an array gets it as its item 0. */
static bool store(struct shell *shell, struct sh_variable *variable, const struct sh_element_name *element,
                  const char *text, size_t size, bool append)
{
    struct sh_variables *variables = shell->variables;
    bool done;

    if (element->key)
        done = sh_array_set_key(variables, variable, element->key, element->key_size, text, size, append);
    else if (sh_is_array(variable) && variable->attributes & SH_ASSOCIATIVE)
        done = sh_array_set_key(variables, variable, "0", 1, text, size, append);
    else if (sh_is_array(variable))
        done = sh_array_set(variables, variable, element->index, text, size, append);
    else
        done = append ? sh_variable_append(variables, variable, text, size)
                      : sh_variable_set(variables, variable, text, size);
    if (!done) sh_out_of_memory(shell);
    return done;
}

static struct sh_text_ref current(const struct sh_variable *variable, const struct sh_element_name *element)
{
    const struct sh_array_item *item = NULL;

    if (!sh_is_array(variable)) return (struct sh_text_ref){variable->value.data, variable->value.size};
    if (element->key)
        item = sh_array_find_key(variable->array, element->key, element->key_size);
    else
        item = sh_array_find(variable->array, element->index);
    return item ? (struct sh_text_ref){item->value.data, item->value.size} : (struct sh_text_ref){NULL, 0};
}

static bool store_integer(struct shell *shell, struct sh_variable *variable,
                          const struct sh_element_name *element, const char *text, size_t size, bool append)
{
    struct sh_text_ref before = append ? current(variable, element) : (struct sh_text_ref){NULL, 0};
    int64_t value = 0, add = 0;
    char digits[24];

    if (!sh_evaluate(shell, text, size, &value) ||
        (before.size && !sh_evaluate(shell, before.data, before.size, &add))) {
        sh_abort_all(shell, 1);
        return false;
    }
    value = (int64_t)((uint64_t)value + (uint64_t)add);
    snprintf(digits, sizeof digits, "%" PRId64, value);
    return store(shell, variable, element, digits, strlen(digits), false);
}

/* With what the attributes ask for. */
bool sh_store(struct shell *shell, struct sh_variable *variable, const struct sh_element_name *element,
              const char *text, size_t size, bool append)
{
    struct buffer changed = {0};
    bool done;

    if (variable->attributes & SH_DYNAMIC) return sh_assign_dynamic(shell, variable, text, size);
    if (variable->attributes & SH_EXPORTED) sh_forget_exported(shell);
    if (variable->attributes & SH_INTEGER) return store_integer(shell, variable, element, text, size, append);
    if (!(variable->attributes & (SH_UPPERCASE | SH_LOWERCASE | SH_CAPITAL)))
        return store(shell, variable, element, text, size, append);
    change_case(variable, text, size, &changed);
    if (changed.failed) sh_out_of_memory(shell);
    done = !changed.failed && store(shell, variable, element, buffer_string(&changed), changed.size, append);
    buffer_free(&changed);
    return done;
}

bool sh_assign(struct shell *shell, const char *name, size_t length, const char *text, size_t size,
               bool append)
{
    struct sh_element_name element = {0};
    struct sh_variable *variable;

    if (!follow(shell, &name, &length)) return false;
    if (memchr(name, '[', length)) {
        const char *bracket = memchr(name, '[', length);
        size_t first = (size_t)(bracket - name);
        return sh_assign_element(shell, name, first, bracket + 1, length - first - 2, text, size, append);
    }
    variable = sh_own(shell, name, length);
    if (variable == NULL) return false;
    if (variable->attributes & SH_NAMEREF) { /* one that leads nowhere yet */
        if (!sh_is_name(text, size) && !memchr(text, '[', size)) {
            sh_error(shell, "`%.*s': not a valid identifier", (int)size, text);
            return false;
        }
        return sh_variable_set(shell->variables, variable, text, size);
    }
    return sh_store(shell, variable, &element, text, size, append) && sh_assigned(shell, variable);
}

bool sh_set(struct shell *shell, const char *name, const char *text, size_t size)
{
    return sh_assign(shell, name, strlen(name), text, size, false);
}

bool sh_set_string(struct shell *shell, const char *name, const char *text)
{
    return sh_set(shell, name, text, strlen(text));
}

/* --- elements --- */

static bool bad_subscript(struct shell *shell, const char *name, const char *index, size_t length)
{
    sh_error(shell, "%s[%.*s]: bad array subscript", name, (int)length, index);
    return false;
}

/* The index that a subscript of an indexed array means; negative ones count from the end. */
static bool find_index(struct shell *shell, const struct sh_variable *variable, const char *index,
                       size_t length, int64_t *value)
{
    if (!sh_evaluate_index(shell, index, length, value)) return false;
    if (*value >= 0) return true;
    *value += sh_array_end(variable->array);
    return *value >= 0 ? true : bad_subscript(shell, variable->name, index, length);
}

struct sh_array_item *sh_find_item(struct shell *shell, const struct sh_variable *variable, const char *index,
                                   size_t length, bool *known)
{
    int64_t value;

    *known = true;
    if (variable->attributes & SH_ASSOCIATIVE) return sh_array_find_key(variable->array, index, length);
    if (!sh_is_array(variable)) return NULL;
    *known = find_index(shell, variable, index, length, &value);
    return *known ? sh_array_find(variable->array, value) : NULL;
}

/* A scalar becomes an array with its value as item 0. */
bool sh_make_array(struct shell *shell, struct sh_variable *variable, unsigned kind)
{
    struct sh_value value = variable->value;

    if (sh_is_array(variable)) return true;
    variable->attributes |= kind;
    if (!(variable->attributes & SH_IS_SET)) return true;
    if (kind == SH_ASSOCIATIVE
            ? !sh_array_set_key(shell->variables, variable, "0", 1, value.data, value.size, false)
            : !sh_array_set(shell->variables, variable, 0, value.data, value.size, false)) {
        sh_out_of_memory(shell);
        return false;
    }
    memory_give(&shell->variables->account, value.data, value.capacity);
    variable->value = (struct sh_value){0};
    return true;
}

bool sh_assign_element(struct shell *shell, const char *name, size_t length, const char *index,
                       size_t index_length, const char *text, size_t size, bool append)
{
    struct sh_variable *variable = sh_own(shell, name, length);
    struct sh_element_name element = {0};

    if (variable == NULL) return false;
    if (index_length == 0) return bad_subscript(shell, variable->name, index, index_length);
    if (variable->attributes & SH_ASSOCIATIVE) {
        element.key = index;
        element.key_size = index_length;
    } else {
        if (!sh_make_array(shell, variable, SH_INDEXED)) return false;
        if (!find_index(shell, variable, index, index_length, &element.index)) return false;
        variable = sh_own(shell, name, length); /* the subscript may have changed variables */
        if (variable == NULL) return false;
    }
    return sh_store(shell, variable, &element, text, size, append);
}

bool sh_unset_variable(struct shell *shell, const char *name, size_t length)
{
    struct sh_variable *variable;
    uint32_t hash;

    if (!sh_own_variables(shell) || !follow(shell, &name, &length)) return false;
    hash = sh_hash(name, length);
    variable = sh_variable_find(shell->variables, name, length, hash);
    if (variable == NULL) return true;
    if (variable->attributes & SH_READONLY) {
        sh_builtin_error(shell, "unset", "%.*s: cannot unset: readonly variable", (int)length, name);
        return false;
    }
    if (variable->attributes & SH_EXPORTED) sh_forget_exported(shell);
    if (variable->scope && variable->scope == shell->functions && !(variable->attributes & SH_TEMPORARY)) {
        /* A local one stays, unset, so that the outer one does not appear. */
        sh_variable_clear(shell->variables, variable);
        variable->attributes = 0;
        return true;
    }
    sh_variable_remove(shell->variables, variable);
    return true;
}

/* --- arithmetic --- */

static int read_variable(void *context, struct sh_arithmetic_run *run, struct sh_arithmetic_name *name,
                         struct sh_arithmetic_value *value)
{
    struct shell *shell = context;
    const struct sh_variable *variable =
        sh_find(shell, name->text, name->length, sh_hash(name->text, name->length));
    const struct sh_array_item *item;
    struct sh_text_ref text = {NULL, 0};
    int result;

    value->text = "";
    value->length = 0;
    if (name->subscript && variable && variable->attributes & SH_ASSOCIATIVE) {
        struct sh_text_ref key = sh_expand_subscript(shell, name->subscript, name->subscript_length);
        item = key.data ? sh_array_find_key(variable->array, key.data, key.size) : NULL;
        if (item) text = (struct sh_text_ref){item->value.data, item->value.size};
    } else if (name->subscript) {
        result = sh_arithmetic_subscript(run, name->subscript, name->subscript_length, &name->index);
        if (result < 0) return result;
        name->has_index = true;
        if (variable && sh_is_array(variable)) {
            item = sh_array_find(variable->array,
                                 name->index < 0 ? name->index + sh_array_end(variable->array) : name->index);
            if (item) text = (struct sh_text_ref){item->value.data, item->value.size};
        } else if (variable && name->index == 0) {
            text = sh_value_of(variable);
        }
    } else if (variable) {
        text = sh_value_of(variable);
    }
    if (text.data == NULL && sh_has(shell, SH_OPTION_NO_UNSET)) {
        sh_error(shell, "%.*s: unbound variable", (int)name->length, name->text);
        shell->status = shell->gives_up && !shell->interactive ? 127 : 1;
        sh_unwind(shell, shell->interactive || shell->is_session ? SH_ABORTS : SH_EXITS, 0);
        return UMBRA_ECANCELLED;
    }
    if (text.data == NULL) return 0;
    value->text = text.data;
    value->length = text.size;
    return 0;
}

static int write_variable(void *context, struct sh_arithmetic_run *run, const struct sh_arithmetic_name *name,
                          int64_t value)
{
    struct shell *shell = context;
    char digits[24], *at = digits + sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int64_t index = name->index;
    bool done;

    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0) *--at = '-';
    if (name->subscript == NULL) {
        done = sh_assign(shell, name->text, name->length, at, (size_t)(digits + sizeof digits - at), false);
    } else {
        const struct sh_variable *variable =
            sh_find(shell, name->text, name->length, sh_hash(name->text, name->length));
        struct sh_text_ref key = {NULL, 0};
        char number[24];
        if (variable && variable->attributes & SH_ASSOCIATIVE) {
            key = sh_expand_subscript(shell, name->subscript, name->subscript_length);
        } else {
            int result = name->has_index
                             ? 0
                             : sh_arithmetic_subscript(run, name->subscript, name->subscript_length, &index);
            if (result < 0) return result;
            snprintf(number, sizeof number, "%lld", (long long)index);
            key = (struct sh_text_ref){number, strlen(number)};
        }
        done = key.data && sh_assign_element(shell, name->text, name->length, key.data, key.size, at,
                                             (size_t)(digits + sizeof digits - at), false);
    }
    return done ? 0 : UMBRA_ECANCELLED;
}

static bool finish(struct shell *shell, int result, const struct sh_arithmetic_failure *failure)
{
    struct buffer text = {0};

    if (result == 0) return true;
    if (result == UMBRA_ENOMEM) {
        sh_out_of_memory(shell);
        return false;
    }
    if (failure->message) {
        sh_arithmetic_describe(failure, &text);
        sh_error(shell, "%s%s",
                 shell->arithmetic_command && !failure->in_subscript ? shell->arithmetic_command : "",
                 buffer_string(&text));
        buffer_free(&text);
    }
    if (failure->in_subscript)
        sh_abort_all(shell, 1);
    else if (shell->arithmetic_command == NULL)
        sh_abort(shell, 1);
    return false;
}

bool sh_evaluate(struct shell *shell, const char *text, size_t size, int64_t *value)
{
    struct sh_arithmetic_host host = {shell, read_variable, write_variable};
    struct sh_arithmetic_failure failure = {0};

    *value = 0;
    if (sh_arithmetic_plain_integer(text, size, value)) return true;
    return finish(shell, sh_arithmetic_evaluate_text(text, size, &host, &shell->temporary, value, &failure),
                  &failure);
}

bool sh_evaluate_index(struct shell *shell, const char *text, size_t size, int64_t *value)
{
    if (sh_evaluate(shell, text, size, value)) return true;
    if (shell->unwind & SH_ABORTS) sh_unwind(shell, SH_ABORTS_ALL, 0);
    return false;
}

bool sh_evaluate_expression(struct shell *shell, const struct sh_expression *expression, int64_t *value)
{
    struct sh_arithmetic_host host = {shell, read_variable, write_variable};
    struct sh_arithmetic_failure failure = {0};

    *value = 0;
    if (expression->compiled == NULL) return true;
    return finish(shell,
                  sh_arithmetic_evaluate(expression->compiled, &host, &shell->temporary, value, &failure),
                  &failure);
}
