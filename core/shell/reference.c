#include "shell/reference.h"

#include "shell/dynamic.h"

bool sh_is_reference(const char *text)
{
    const char *bracket = strchr(text, '[');
    size_t length = strlen(text);

    if (bracket == NULL) return sh_is_name(text, length);
    return sh_is_name(text, (size_t)(bracket - text)) && text[length - 1] == ']' && bracket[2] != '\0';
}

bool sh_check_reference(struct shell *shell, const char *builtin, const char *text)
{
    if (sh_is_reference(text)) return true;
    sh_builtin_error(shell, builtin, "`%s': not a valid identifier", text);
    return false;
}

/* The subscript of name[subscript], with what is in it expanded; no data: that went wrong, which was said. */
static struct sh_text_ref subscript_of(struct shell *shell, const char *reference, size_t name)
{
    struct sh_text_ref index = {reference + name + 1, strlen(reference) - name - 2};

    if (index.size == 1 && (*index.data == '@' || *index.data == '*')) {
        const struct sh_variable *variable = sh_find(shell, reference, name, sh_hash(reference, name));
        if (variable && variable->attributes & SH_ASSOCIATIVE) return index;
        sh_error(shell, "%s: bad array subscript", reference);
        return (struct sh_text_ref){0};
    }
    if (memchr(index.data, '$', index.size) || memchr(index.data, '`', index.size) ||
        memchr(index.data, '\\', index.size) || memchr(index.data, '"', index.size) ||
        memchr(index.data, '\'', index.size))
        return sh_expand_subscript(shell, index.data, index.size);
    return index;
}

bool sh_assign_reference(struct shell *shell, const char *reference, const char *text, size_t size)
{
    size_t name = strcspn(reference, "[");
    struct sh_text_ref index;

    if (reference[name] == '\0') return sh_assign(shell, reference, name, text, size, false);
    index = subscript_of(shell, reference, name);
    return index.data && sh_assign_element(shell, reference, name, index.data, index.size, text, size, false);
}

struct sh_text_ref sh_reference_value(struct shell *shell, const char *reference)
{
    struct sh_text_ref none = {0}, index;
    size_t name = strcspn(reference, "[");
    const struct sh_array_item *item;
    struct sh_variable *variable;
    bool known;

    if (reference[name] == '\0') return sh_get(shell, reference);
    index = subscript_of(shell, reference, name);
    variable = index.data ? sh_find(shell, reference, name, sh_hash(reference, name)) : NULL;
    if (variable == NULL) return none;
    item = sh_find_item(shell, variable, index.data, index.size, &known);
    return item ? (struct sh_text_ref){item->value.data, item->value.size} : none;
}

struct sh_variable *sh_empty_array(struct shell *shell, const char *builtin, const char *name)
{
    struct sh_variable *variable = sh_own(shell, name, strlen(name));

    if (variable == NULL) return NULL;
    if (variable->attributes & SH_ASSOCIATIVE) {
        if (builtin)
            sh_builtin_error(shell, builtin, "%s: cannot convert associative to indexed array", name);
        else
            sh_error(shell, "%s: cannot convert associative to indexed array", name);
        return NULL;
    }
    sh_variable_clear(shell->variables, variable);
    variable->attributes |= SH_INDEXED | SH_IS_SET;
    return variable;
}
