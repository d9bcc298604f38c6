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

bool sh_assign_reference(struct shell *shell, const char *reference, const char *text, size_t size)
{
    const char *bracket = strchr(reference, '[');
    size_t length = strlen(reference), name;
    struct sh_text_ref index;

    if (bracket == NULL) return sh_assign(shell, reference, length, text, size, false);
    name = (size_t)(bracket - reference);
    index = (struct sh_text_ref){bracket + 1, length - name - 2};
    if (index.size == 1 && (*index.data == '@' || *index.data == '*')) {
        const struct sh_variable *variable = sh_find(shell, reference, name, sh_hash(reference, name));
        if (variable == NULL || !(variable->attributes & SH_ASSOCIATIVE)) {
            sh_error(shell, "%s: bad array subscript", reference);
            return false;
        }
    } else if (memchr(index.data, '$', index.size) || memchr(index.data, '`', index.size) ||
               memchr(index.data, '\\', index.size) || memchr(index.data, '"', index.size) ||
               memchr(index.data, '\'', index.size)) {
        index = sh_expand_subscript(shell, index.data, index.size);
        if (index.data == NULL) return false;
    }
    return sh_assign_element(shell, reference, name, index.data, index.size, text, size, false);
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
