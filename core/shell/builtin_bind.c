/* builtin_bind.c: bind: the keys of the line editor (bash 5.2 manual, "Bash Builtin Commands"). */
#include "shell/builtins.h"
#include "shell/interactive.h"
#include "shell/line_keys.h"

#define KEYS_SHOWN 5 /* of a function, by bind -q and -P */

struct bind {
    enum sh_keymap map;
    const char *prefix;
};

static bool own(struct shell *shell)
{
    if (sh_keymaps_own(&shell->keymaps, &shell->kernel->account)) return true;
    sh_out_of_memory(shell);
    return false;
}

/* --- showing --- */

static void put_keys(struct shell *shell, const struct sh_binding *binding)
{
    sh_put(shell, "\"", 1);
    sh_keys_put(&shell->output, binding->keys, binding->size);
    sh_put(shell, "\"", 1);
}

static bool starts(const struct bind *bind, const struct sh_binding *binding)
{
    size_t length = strlen(bind->prefix);
    return binding->size >= length && memcmp(binding->keys, bind->prefix, length) == 0;
}

/* The next binding of a function from index on. */
static bool next_of(const struct shell *shell, const struct bind *bind, enum sh_key_function function,
                    size_t *index, struct sh_binding *binding)
{
    while (sh_keys_at(shell->keymaps, bind->map, (*index)++, binding))
        if (binding->kind == SH_BOUND_FUNCTION && binding->function == function && starts(bind, binding))
            return true;
    return false;
}

static void list_bindings(struct shell *shell, const struct bind *bind)
{
    struct sh_binding binding;
    size_t i, index;

    sh_print(shell, "\n");
    for (i = 1; i < SH_KEY_COUNT; i++) {
        bool any = false;
        for (index = 0; next_of(shell, bind, (enum sh_key_function)i, &index, &binding); any = true) {
            put_keys(shell, &binding);
            sh_print(shell, ": %s\n", sh_key_function_name((enum sh_key_function)i));
        }
        if (!any) sh_print(shell, "# %s (not bound)\n", sh_key_function_name((enum sh_key_function)i));
    }
}

/* The keys of a function behind some words; false: it has none. */
static bool put_some_keys(struct shell *shell, const struct bind *bind, enum sh_key_function function,
                          const char *words)
{
    struct sh_binding binding;
    size_t index = 0, count = 0;

    while (next_of(shell, bind, function, &index, &binding)) {
        if (count == KEYS_SHOWN) {
            sh_print(shell, ", ...");
            break;
        }
        if (count++)
            sh_print(shell, ", ");
        else
            sh_print(shell, "%s %s ", sh_key_function_name(function), words);
        put_keys(shell, &binding);
    }
    if (count) sh_print(shell, ".\n");
    return count > 0;
}

static void describe_bindings(struct shell *shell, const struct bind *bind)
{
    size_t i;

    sh_print(shell, "\n");
    for (i = 1; i < SH_KEY_COUNT; i++)
        if (!put_some_keys(shell, bind, (enum sh_key_function)i, "can be found on"))
            sh_print(shell, "%s is not bound to any keys\n", sh_key_function_name((enum sh_key_function)i));
}

static void list_functions(struct shell *shell)
{
    size_t i;
    for (i = 1; i < SH_KEY_COUNT; i++) sh_print(shell, "%s\n", sh_key_function_name((enum sh_key_function)i));
}

static void list_variables(struct shell *shell, bool described)
{
    const char *name;
    bool is_switch;
    size_t i;

    for (i = 0; (name = sh_line_variable_name(i, &is_switch)) != NULL; i++)
        sh_print(shell, described ? "%s is set to `%s'\n" : "set %s %s\n", name,
                 sh_line_variable_at(shell->keymaps, i));
}

/* Keys that stand for text: of macros or of commands. */
static void list_texts(struct shell *shell, const struct bind *bind, enum sh_binding_kind kind,
                       bool described)
{
    struct sh_binding binding;
    size_t index = 0;

    while (sh_keys_at(shell->keymaps, bind->map, index++, &binding)) {
        if (binding.kind != kind || !starts(bind, &binding)) continue;
        if (described)
            sh_keys_put(&shell->output, binding.keys, binding.size);
        else
            put_keys(shell, &binding);
        sh_print(shell, described ? " outputs " : ": \"");
        if (kind == SH_BOUND_COMMAND)
            sh_put(shell, binding.text, binding.text_size);
        else
            sh_keys_put(&shell->output, binding.text, binding.text_size);
        sh_print(shell, described ? "\n" : "\"\n");
    }
}

/* --- one function --- */

static enum sh_key_function read_function(struct shell *shell, const char *name)
{
    enum sh_key_function function = sh_key_function_by_name(name, strlen(name));

    if (function == SH_KEY_none) {
        sh_builtin_error(shell, "bind", "`%s': unknown function name", name);
        shell->status = 1;
    }
    return function;
}

static void query(struct shell *shell, const struct bind *bind, const char *name)
{
    enum sh_key_function function = read_function(shell, name);

    if (function == SH_KEY_none || put_some_keys(shell, bind, function, "can be invoked via")) return;
    sh_print(shell, "%s is not bound to any keys.\n", name);
    shell->status = 1;
}

static void unbind_function(struct shell *shell, const struct bind *bind, const char *name)
{
    enum sh_key_function function = read_function(shell, name);
    struct sh_binding binding;
    size_t index = 0;

    if (function == SH_KEY_none || !own(shell)) return;
    while (next_of(shell, bind, function, &index, &binding)) {
        binding.kind = SH_BOUND_NOT;
        if (!sh_keys_bind(shell->keymaps, &binding)) sh_out_of_memory(shell);
    }
}

/* --- keys --- */

/* Keys as a binding; false: said. */
static bool read_keys(struct shell *shell, const struct bind *bind, const char *text, size_t size, char end,
                      struct sh_binding *binding, size_t *used)
{
    struct buffer keys = {0};
    bool fits;

    buffer_put_string(&keys, bind->prefix);
    *used = sh_keys_read(text, size, end, &keys);
    fits = !keys.failed && keys.size > 0 && keys.size <= SH_KEYS_MAX;
    *binding = (struct sh_binding){.map = bind->map, .size = keys.size};
    if (fits) memcpy(binding->keys, keys.data, keys.size);
    buffer_free(&keys);
    if (fits) return true;
    sh_builtin_error(shell, "bind", "`%s': a key sequence has 1 to %d bytes", text, SH_KEYS_MAX);
    shell->status = 1;
    return false;
}

static void bind_or_fail(struct shell *shell, const struct sh_binding *binding)
{
    if (own(shell) && !sh_keys_bind(shell->keymaps, binding)) sh_out_of_memory(shell);
}

static void unbind_keys(struct shell *shell, const struct bind *bind, const char *text)
{
    struct sh_binding binding;
    size_t used;

    if (read_keys(shell, bind, text, strlen(text), 0, &binding, &used)) bind_or_fail(shell, &binding);
}

/* "\C-o": command, where the command may stand in quotes. */
static void bind_command(struct shell *shell, const struct bind *bind, const char *text)
{
    struct sh_binding binding;
    const char *at = text + strspn(text, " \t"), *command;
    size_t used, size;

    if (*at != '"') {
        sh_builtin_error(shell, "bind", "%s: first non-whitespace character is not `\"'", text);
        shell->status = 1;
        return;
    }
    at++;
    if (!read_keys(shell, bind, at, strlen(at), '"', &binding, &used)) return;
    if (at[used] != '"') {
        sh_builtin_error(shell, "bind", "no closing `\"' in %s", text);
        shell->status = 1;
        return;
    }
    command = at + used + 1;
    command += strspn(command, " \t");
    if (*command != ':') {
        sh_builtin_error(shell, "bind", "%s: missing colon separator", text);
        shell->status = 1;
        return;
    }
    command++;
    command += strspn(command, " \t");
    size = strlen(command);
    if (size > 1 && (*command == '"' || *command == '\'') && command[size - 1] == *command) {
        command++;
        size -= 2;
    }
    binding.kind = SH_BOUND_COMMAND;
    binding.text = (char *)(uintptr_t)command;
    binding.text_size = size;
    bind_or_fail(shell, &binding);
}

/* A line as an init file has it. */
static void take_line(struct shell *shell, const struct bind *bind, const char *line, size_t size)
{
    struct buffer message = {0};
    int result;

    if (!own(shell)) return;
    result = sh_keys_take_line(shell->keymaps, bind->map, bind->prefix, line, size, &message);
    if (result == UMBRA_ENOMEM) sh_out_of_memory(shell);
    if (result == UMBRA_EINVAL) {
        sh_builtin_error(shell, "bind", "%s", buffer_string(&message));
        shell->status = 1;
    }
    buffer_free(&message);
}

static int read_init(struct shell *shell, const struct bind *bind, const char *path)
{
    struct buffer text = {0};
    struct k_file *file;
    char bytes[4096];
    int64_t got;
    size_t at = 0;
    int result = k_open_file(shell->process, path, FS_READ, 0, &file);

    if (result < 0) return result;
    while ((got = file->kind->read ? file->kind->read(file, shell->process, bytes, sizeof bytes)
                                   : UMBRA_EINVAL) > 0)
        buffer_put(&text, bytes, (size_t)got);
    k_drop(file);
    while (at < text.size) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        size_t length = end ? (size_t)(end - text.data) - at : text.size - at;
        take_line(shell, bind, text.data + at, length);
        at += length + 1;
    }
    buffer_free(&text);
    return got < 0 ? (int)got : 0;
}

void sh_read_init_file(struct shell *shell, const char *path)
{
    struct bind bind = {SH_MAP_EMACS, ""};
    int status = shell->status;

    read_init(shell, &bind, path); /* that there is none is usual */
    shell->status = status;
}

/* --- the builtin --- */

static void take_option(struct shell *shell, const struct bind *bind, int letter, const char *value)
{
    int result;

    switch (letter) {
    case 'l':
        list_functions(shell);
        break;
    case 'p':
        list_bindings(shell, bind);
        break;
    case 'P':
        describe_bindings(shell, bind);
        break;
    case 'v':
    case 'V':
        list_variables(shell, letter == 'V');
        break;
    case 's':
    case 'S':
        list_texts(shell, bind, SH_BOUND_MACRO, letter == 'S');
        break;
    case 'X':
        list_texts(shell, bind, SH_BOUND_COMMAND, false);
        break;
    case 'q':
        query(shell, bind, value);
        break;
    case 'u':
        unbind_function(shell, bind, value);
        break;
    case 'r':
        unbind_keys(shell, bind, value);
        break;
    case 'x':
        bind_command(shell, bind, value);
        break;
    default: /* f */
        result = read_init(shell, bind, value);
        if (result < 0) {
            sh_builtin_error(shell, "bind", "%s: cannot read: %s", value, k_error_text(result));
            shell->status = 1;
        }
        break;
    }
}

static enum sh_step run_bind(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    struct bind bind = {shell->keymaps ? shell->keymaps->current : SH_MAP_EMACS, ""};
    int letter, i;

    while ((letter = sh_next_option(shell, call, "lvpVPsSXf:q:u:m:r:x:", &options)) != 0) {
        if (letter < 0) return SH_RETURNS;
        if (letter != 'm') continue;
        if (sh_keymap_by_name(options.value, strlen(options.value), &bind.map, &bind.prefix)) continue;
        sh_builtin_error(shell, "bind", "`%s': invalid keymap name", options.value);
        shell->status = 1;
        return SH_RETURNS;
    }
    shell->status = 0;
    if (shell->interaction == NULL && shell->subshells == 0)
        sh_builtin_error(shell, "bind", "warning: line editing not enabled");
    options = (struct sh_options){0};
    while ((letter = sh_next_option(shell, call, "lvpVPsSXf:q:u:m:r:x:", &options)) > 0)
        if (letter != 'm') take_option(shell, &bind, letter, options.value);
    for (i = options.index; i < call->argc; i++)
        take_line(shell, &bind, call->argv[i], strlen(call->argv[i]));
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_bind = {.name = "bind",
                                           .run = run_bind,
                                           .usage = "bind [-lpsvPSVX] [-m keymap] [-f filename] [-q name] "
                                                    "[-u name] [-r keyseq] [-x keyseq:shell-command] "
                                                    "[keyseq:readline-function or readline-command]"};
