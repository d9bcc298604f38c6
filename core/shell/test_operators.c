#include "shell/test_operators.h"

#include "kernel/terminal.h"
#include "shell/dynamic.h"

#define UNARY_LETTERS "abcdefghknoprstuvwxzGLNORS"

bool sh_test_is_unary(const char *word)
{
    return word[0] == '-' && word[1] && strchr(UNARY_LETTERS, word[1]) && word[2] == '\0';
}

bool sh_test_is_numeric(const char *word)
{
    static const char *const words[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) return true;
    return false;
}

bool sh_test_is_binary(const char *word)
{
    static const char *const words[] = {"=", "==", "!=", "<", ">", "-nt", "-ot", "-ef"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) return true;
    return sh_test_is_numeric(word);
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

bool sh_read_integer(const char *text, int64_t *value)
{
    uint64_t limit = INT64_MAX, number = 0;
    bool negative, any = false;

    while (is_space(*text)) text++;
    negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    limit += negative;
    for (; *text >= '0' && *text <= '9'; text++, any = true) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (number > (limit - digit) / 10) return false;
        number = 10 * number + digit;
    }
    while (is_space(*text)) text++;
    if (!any || *text) return false;
    *value = (int64_t)(negative ? 0 - number : number);
    return true;
}

static int bad_integer(struct shell *shell, const char *name, const char *text)
{
    sh_builtin_error(shell, name, "%s: integer expression expected", text);
    return UMBRA_EINVAL;
}

/* --- operators with one operand --- */

static bool test_kind(struct shell *shell, char letter, const char *path)
{
    bool itself = letter == 'h' || letter == 'L';
    struct k_stat stat;

    if (k_stat_path(shell->process, path, itself ? K_NO_FOLLOW : K_FOLLOW, &stat) < 0) return false;
    switch (letter) {
    case 'c':
        return stat.kind == K_DEVICE;
    case 'd':
        return stat.kind == K_DIRECTORY;
    case 'f':
        return stat.kind == K_FILE;
    case 'g':
        return (stat.mode & 02000) != 0;
    case 'h':
    case 'L':
        return stat.kind == K_LINK;
    case 'k':
        return (stat.mode & 01000) != 0;
    case 'N': /* no time of reading is kept: what has a content counts as not read yet */
    case 's':
        return stat.size > 0 || stat.kind == K_DIRECTORY;
    case 'p':
        return stat.kind == K_PIPE;
    case 'S':
        return stat.kind == K_SOCKET;
    case 'u':
        return (stat.mode & 04000) != 0;
    case 'b': /* there are no devices of blocks */
        return false;
    default: /* a, e; G and O: everything belongs to the one user */
        return true;
    }
}

static bool element_is_set(struct shell *shell, const struct sh_variable *variable, const char *index,
                           size_t length)
{
    bool known;

    if (length == 1 && (*index == '@' || *index == '*') && !(variable->attributes & SH_ASSOCIATIVE))
        return sh_is_array(variable) ? sh_array_count(variable->array) > 0
                                     : (variable->attributes & SH_IS_SET) != 0;
    if (variable->attributes & SH_ASSOCIATIVE) {
        struct sh_text_ref key = sh_expand_subscript(shell, index, length);
        return key.data && sh_array_find_key(variable->array, key.data, key.size);
    }
    if (!sh_is_array(variable)) {
        int64_t value = 0;
        return sh_evaluate_index(shell, index, length, &value) && value == 0 &&
               variable->attributes & SH_IS_SET;
    }
    return sh_find_item(shell, variable, index, length, &known) != NULL;
}

static bool test_variable(struct shell *shell, const char *name)
{
    const char *bracket = strchr(name, '[');
    size_t length = strlen(name);
    const struct sh_variable *variable;
    int64_t number;

    if (bracket && length > (size_t)(bracket - name) + 2 && name[length - 1] == ']') {
        size_t size = (size_t)(bracket - name);
        variable = sh_find(shell, name, size, sh_hash(name, size));
        return variable && element_is_set(shell, variable, bracket + 1, length - size - 2);
    }
    if (sh_read_integer(name, &number)) return number >= 0 && number <= shell->arguments->count;
    variable = sh_find_name(shell, name);
    return variable && sh_value_of(variable).data != NULL;
}

static bool test_nameref(struct shell *shell, const char *name)
{
    size_t length = strlen(name);
    const struct sh_variable *variable = sh_find_direct(shell, name, length, sh_hash(name, length));

    return variable && variable->attributes & SH_NAMEREF && variable->attributes & SH_IS_SET;
}

static bool test_option(const struct shell *shell, const char *name)
{
#define TEST_OPTION(option, letter, text)                                                                    \
    if (strcmp(name, text) == 0) return sh_has(shell, SH_OPTION_##option);
    SH_OPTIONS(TEST_OPTION)
#undef TEST_OPTION
    return false;
}

int sh_test_unary(struct shell *shell, const char *name, char letter, const char *text)
{
    int64_t number;

    switch (letter) {
    case 'n':
        return *text != '\0';
    case 'z':
        return *text == '\0';
    case 'r':
        return k_access(shell->process, text, 4) == 0;
    case 'w':
        return k_access(shell->process, text, 2) == 0;
    case 'x':
        return k_access(shell->process, text, 1) == 0;
    case 't':
        if (!sh_read_integer(text, &number)) return name ? bad_integer(shell, name, text) : 0;
        return number >= 0 && number <= INT32_MAX && k_is_terminal(shell->process, (int)number);
    case 'v':
        return test_variable(shell, text);
    case 'R':
        return test_nameref(shell, text);
    case 'o':
        return test_option(shell, text);
    default:
        return test_kind(shell, letter, text);
    }
}

/* --- with two --- */

bool sh_test_compare(const char *word, int64_t left, int64_t right)
{
    switch (word[1] << 8 | word[2]) {
    case 'e' << 8 | 'q':
        return left == right;
    case 'n' << 8 | 'e':
        return left != right;
    case 'l' << 8 | 't':
        return left < right;
    case 'l' << 8 | 'e':
        return left <= right;
    case 'g' << 8 | 't':
        return left > right;
    default:
        return left >= right;
    }
}

static bool test_files(struct shell *shell, const char *word, const char *left, const char *right)
{
    struct k_stat first, second;
    bool has_first = k_stat_path(shell->process, left, K_FOLLOW, &first) == 0;
    bool has_second = k_stat_path(shell->process, right, K_FOLLOW, &second) == 0;

    switch (word[1]) {
    case 'n':
        return has_first && (!has_second || first.mtime > second.mtime);
    case 'o':
        return has_second && (!has_first || first.mtime < second.mtime);
    default:
        return has_first && has_second && first.device == second.device && first.ino == second.ino;
    }
}

int sh_test_binary(struct shell *shell, const char *name, const char *word, const char *left,
                   const char *right)
{
    int64_t first, second;

    switch (*word) {
    case '=':
        return strcmp(left, right) == 0;
    case '!':
        return strcmp(left, right) != 0;
    case '<':
        return strcmp(left, right) < 0;
    case '>':
        return strcmp(left, right) > 0;
    default:
        break;
    }
    if (!sh_test_is_numeric(word)) return test_files(shell, word, left, right);
    if (!sh_read_integer(left, &first)) return bad_integer(shell, name, left);
    if (!sh_read_integer(right, &second)) return bad_integer(shell, name, right);
    return sh_test_compare(word, first, second);
}
