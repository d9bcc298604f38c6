/* find_parse.c: the expression of find as a row of steps. POSIX.1-2017 find; GNU findutils 4.9, "Finding
 * Files". Steps are made from the end of the expression to its beginning, so that those to come are known. */
#include <string.h>

#include "cmd/find.h"
#include "cmd/match.h"
#include "cmd/when.h"

#define NESTING_MAX 100 /* parentheses within parentheses */

enum node_kind { NODE_STEP, NODE_AND, NODE_OR, NODE_COMMA, NODE_NOT };

struct node {
    enum node_kind kind;
    struct node *last;   /* child */
    struct node *before; /* sibling */
    struct find_step step;
};

struct parser {
    struct k_process *process;
    struct find *find;
    int at, depth;
    bool acts; /* there is an action: -print is not added */
    const char *regex_type;
};

enum argument { TAKES_NOTHING, TAKES_ONE, TAKES_COMMAND };

struct predicate {
    const char *name;
    enum argument argument;
    enum find_what what;
    unsigned flags;
    bool (*take)(struct parser *parser, struct find_step *step, const char *value);
};

static bool refuse(struct parser *parser, const char *name, const char *value)
{
    cmd_error(parser->process, "invalid argument `%s' to `%s'", value, name);
    return false;
}

static bool out_of_memory(struct parser *parser)
{
    cmd_out_of_memory(parser->process);
    return false;
}

/* --- values --- */

static bool take_text(struct parser *parser, struct find_step *step, const char *value)
{
    (void)parser;
    step->text = value;
    return true;
}

/* "+5", "-5", "5", with what follows the digits. */
static bool split_number(struct find_step *step, const char *value, const char **rest)
{
    char digits[24];
    size_t length;

    step->compare = (char)(*value == '+' || *value == '-' ? *value : '=');
    if (step->compare != '=') value++;
    length = strspn(value, "0123456789");
    if (length == 0 || length >= sizeof digits) return false;
    memcpy(digits, value, length);
    digits[length] = '\0';
    *rest = value + length;
    return cmd_integer(digits, &step->number);
}

static bool take_number(struct parser *parser, struct find_step *step, const char *value)
{
    const char *rest;

    if (split_number(step, value, &rest) && *rest == '\0') return true;
    return refuse(parser, parser->process->argv[parser->at - 2], value);
}

/* Days or minutes, with a fraction perhaps: in milliseconds. */
static bool take_age(struct parser *parser, struct find_step *step, const char *value)
{
    const char *rest;
    int64_t part = 0, scale = 1000;

    if (!split_number(step, value, &rest))
        return refuse(parser, parser->process->argv[parser->at - 2], value);
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9' && scale > 1; rest++) part += (*rest - '0') * (scale /= 10);
    if (*rest) return refuse(parser, parser->process->argv[parser->at - 2], value);
    step->unit = step->what == FIND_AGE_DAYS ? 86400 : 60;
    if (step->number > INT64_MAX / 2 / (int64_t)(1000 * step->unit))
        step->number = INT64_MAX / 2 / (int64_t)(1000 * step->unit);
    step->number = (step->number * 1000 + part) * (int64_t)step->unit;
    step->unit *= 1000;
    return true;
}

static bool take_size(struct parser *parser, struct find_step *step, const char *value)
{
    static const char letters[] = "cwbkMG";
    static const uint64_t units[] = {1, 2, 512, 1u << 10, 1u << 20, 1u << 30};
    const char *rest, *at;

    if (!split_number(step, value, &rest) || (*rest && rest[1])) {
        cmd_error(parser->process, "Invalid argument `%s' to -size", value);
        return false;
    }
    at = *rest ? strchr(letters, *rest) : letters + 2;
    if (at == NULL) {
        cmd_error(parser->process, "invalid -size type `%c'", *rest);
        return false;
    }
    step->unit = units[at - letters];
    return true;
}

/* The types as bits of enum k_kind. */
static bool take_type(struct parser *parser, struct find_step *step, const char *value)
{
    static const char letters[] = "fdlpcs";
    const char *name = parser->process->argv[parser->at - 2];

    for (;; value++) {
        const char *at = *value ? strchr(letters, *value) : NULL;
        if (at == NULL && (*value == 'b' || *value == 'D')) at = letters + sizeof letters - 1;
        if (at == NULL) {
            if (*value)
                cmd_error(parser->process, "Unknown argument to %s: %c", name, *value);
            else
                cmd_error(parser->process, "Arguments to %s should contain at least one letter", name);
            return false;
        }
        step->bits |= (uint16_t)(1u << (at - letters));
        if (*++value == '\0') return true;
        if (*value != ',') {
            cmd_error(parser->process, "Must separate multiple arguments to %s using: ','", name);
            return false;
        }
    }
}

static bool take_mode(struct parser *parser, struct find_step *step, const char *value)
{
    struct cmd_mode mode;
    const char *text = value;

    step->compare = (char)(*value == '-' || *value == '/' ? *value : '=');
    if (step->compare != '=') text++;
    if (!cmd_mode_parse(parser->process, text, &mode)) {
        cmd_error(parser->process, "invalid mode %s", cmd_quote(parser->process, value));
        return false;
    }
    step->bits = cmd_mode_apply(&mode, 0, false, 0);
    return true;
}

static bool take_file(struct parser *parser, struct find_step *step, const char *value)
{
    enum k_resolve_flag flags = parser->find->follow == CMD_WALK_PHYSICAL ? K_NO_FOLLOW : K_FOLLOW;
    int result = k_stat_path(parser->process, value, flags, &step->stat);

    if (result < 0 && flags == K_FOLLOW)
        result = k_stat_path(parser->process, value, K_NO_FOLLOW, &step->stat);
    if (result < 0)
        cmd_error(parser->process, "%s: %s", cmd_quote(parser->process, value), k_error_text(result));
    step->number = step->stat.mtime;
    return result == 0;
}

/* There is one user, and a group of the same name. */
static bool take_owner(struct parser *parser, struct find_step *step, const char *value)
{
    const char *name = parser->process->argv[parser->at - 2];

    if (strcmp(value, "user") == 0 || strcmp(value, "1000") == 0) {
        step->what = FIND_TRUE;
        return true;
    }
    step->what = FIND_FALSE;
    if (cmd_integer(value, &step->number)) return true;
    cmd_error(parser->process, "%s is not the name of %s", cmd_quote(parser->process, value),
              name[1] == 'u' ? "a known user" : "an existing group");
    return false;
}

/* Emacs' expressions as extended ones: \( \) \| are what they have without a backslash, and + ? are special.
 */
static char *from_emacs(struct k_process *process, const char *text)
{
    char *out = arena_take(&process->arena, 2 * strlen(text) + 1), *at = out;

    if (out == NULL) return NULL;
    while (*text) {
        if (*text == '[') {
            const char *end = text + 1 + (text[1] == '^');
            end += *end == ']';
            while (*end && *end != ']') end++;
            while (text < end) *at++ = *text++;
            if (*text) *at++ = *text++;
        } else if (*text == '\\' && text[1]) {
            if (!strchr("()|", text[1])) *at++ = '\\';
            *at++ = text[1];
            text += 2;
        } else {
            if (strchr("()|{}", *text)) *at++ = '\\';
            *at++ = *text++;
        }
    }
    *at = '\0';
    return out;
}

static bool take_regex(struct parser *parser, struct find_step *step, const char *value)
{
    static const char *const basic[] = {"posix-basic", "posix-minimal-basic", "ed", "sed", "grep"};
    const char *type = parser->regex_type ? parser->regex_type : "emacs";
    unsigned flags = RE_EXTENDED | (step->flags & CMD_MATCH_IGNORE_CASE ? RE_IGNORE_CASE : 0);
    struct error error = {0};
    size_t i;

    if (strcmp(type, "emacs") == 0 || strcmp(type, "findutils-default") == 0) {
        value = from_emacs(parser->process, value);
        if (value == NULL) return out_of_memory(parser);
    }
    for (i = 0; i < sizeof basic / sizeof basic[0]; i++)
        if (strcmp(type, basic[i]) == 0) flags &= ~(unsigned)RE_EXTENDED;
    if (re_compile(value, strlen(value), flags, &step->regex, &error) == 0) return true;
    cmd_error(parser->process, "failed to compile regular expression '%s': %s", value, error.message);
    return false;
}

static bool take_regex_type(struct parser *parser, struct find_step *step, const char *value)
{
    static const char *const types[] = {
        "findutils-default", "ed",          "emacs", "gnu-awk",        "grep", "posix-awk",          "awk",
        "posix-basic",       "posix-egrep", "egrep", "posix-extended", "sed",  "posix-minimal-basic"};
    size_t i;

    (void)step;
    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], value) == 0) {
            parser->regex_type = value;
            return true;
        }
    cmd_error(parser->process, "Unknown regular expression type %s", cmd_quote(parser->process, value));
    return false;
}

static bool take_depth(struct parser *parser, struct find_step *step, const char *value)
{
    const char *name = parser->process->argv[parser->at - 2];
    int64_t number;

    (void)step;
    if (!cmd_integer(value, &number) || number < 0 || *value == '+') {
        cmd_error(parser->process, "Expected a positive decimal integer argument to %s, but got %s", name,
                  cmd_quote(parser->process, value));
        return false;
    }
    *(name[2] == 'i' ? &parser->find->min_depth : &parser->find->max_depth) = number;
    return true;
}

static bool set_flag(struct parser *parser, struct find_step *step, const char *value)
{
    struct find *find = parser->find;
    const char *name = parser->process->argv[parser->at - 1];

    (void)value;
    (void)step;
    if (strcmp(name, "-depth") == 0 || strcmp(name, "-d") == 0) find->depth_first = true;
    if (strcmp(name, "-xdev") == 0 || strcmp(name, "-mount") == 0) find->same_device = true;
    if (strcmp(name, "-follow") == 0) find->follow = CMD_WALK_LOGICAL;
    if (strcmp(name, "-daystart") == 0) {
        int64_t day = 86400000;
        find->now = (find->now / day + 1) * day;
    }
    return true;
}

static bool take_delete(struct parser *parser, struct find_step *step, const char *value)
{
    (void)step;
    (void)value;
    parser->find->depth_first = true;
    return parser->acts = true;
}

static bool take_action(struct parser *parser, struct find_step *step, const char *value)
{
    step->text = value;
    return parser->acts = true;
}

/* The words up to ; or {} +. */
static bool take_command(struct parser *parser, struct find_step *step, const char *value)
{
    struct k_process *process = parser->process;
    char **argv = process->argv + parser->at;
    struct find_command *command;
    int count = 0;
    bool plus = false;

    (void)value;
    for (; parser->at + count < process->argc; count++) {
        if (strcmp(argv[count], ";") == 0) break;
        if (strcmp(argv[count], "+") == 0 && count && strcmp(argv[count - 1], "{}") == 0) {
            plus = true;
            break;
        }
    }
    if (parser->at + count == process->argc || count == 0) {
        cmd_error(process, "missing argument to `%s'", process->argv[parser->at - 1]);
        return false;
    }
    command = arena_zero(&process->arena, sizeof *command);
    if (command == NULL) return out_of_memory(parser);
    command->argv = argv;
    command->argc = count;
    command->plus = plus && step->flags == 0;
    command->in_directory = step->flags != 0;
    command->next = parser->find->commands;
    parser->find->commands = command;
    step->command = command;
    parser->at += count + 1;
    return parser->acts = true;
}

static bool take_newer_time(struct parser *parser, struct find_step *step, const char *value);

/* --- the table --- */

static const struct predicate predicates[] = {
    {"-amin", TAKES_ONE, FIND_AGE_MINUTES, 0, take_age},
    {"-anewer", TAKES_ONE, FIND_NEWER, 0, take_file},
    {"-atime", TAKES_ONE, FIND_AGE_DAYS, 0, take_age},
    {"-cmin", TAKES_ONE, FIND_AGE_MINUTES, 0, take_age},
    {"-cnewer", TAKES_ONE, FIND_NEWER, 0, take_file},
    {"-ctime", TAKES_ONE, FIND_AGE_DAYS, 0, take_age},
    {"-d", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-daystart", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-delete", TAKES_NOTHING, FIND_DELETE, 0, take_delete},
    {"-depth", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-empty", TAKES_NOTHING, FIND_EMPTY, 0, NULL},
    {"-exec", TAKES_COMMAND, FIND_EXECUTE, 0, take_command},
    {"-execdir", TAKES_COMMAND, FIND_EXECUTE, 1, take_command},
    {"-executable", TAKES_NOTHING, FIND_ACCESS, 1, NULL},
    {"-false", TAKES_NOTHING, FIND_FALSE, 0, NULL},
    {"-follow", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-gid", TAKES_ONE, FIND_NUMBER_OWNER, 0, take_number},
    {"-group", TAKES_ONE, FIND_TRUE, 0, take_owner},
    {"-ignore_readdir_race", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-ilname", TAKES_ONE, FIND_LINK_NAME, CMD_MATCH_IGNORE_CASE, take_text},
    {"-iname", TAKES_ONE, FIND_NAME, CMD_MATCH_IGNORE_CASE, take_text},
    {"-inum", TAKES_ONE, FIND_NUMBER_INODE, 0, take_number},
    {"-ipath", TAKES_ONE, FIND_PATH, CMD_MATCH_IGNORE_CASE, take_text},
    {"-iregex", TAKES_ONE, FIND_REGEX, CMD_MATCH_IGNORE_CASE, take_regex},
    {"-iwholename", TAKES_ONE, FIND_PATH, CMD_MATCH_IGNORE_CASE, take_text},
    {"-links", TAKES_ONE, FIND_NUMBER_LINKS, 0, take_number},
    {"-lname", TAKES_ONE, FIND_LINK_NAME, 0, take_text},
    {"-ls", TAKES_NOTHING, FIND_LS, 0, take_action},
    {"-maxdepth", TAKES_ONE, FIND_TRUE, 0, take_depth},
    {"-mindepth", TAKES_ONE, FIND_TRUE, 0, take_depth},
    {"-mmin", TAKES_ONE, FIND_AGE_MINUTES, 0, take_age},
    {"-mount", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-mtime", TAKES_ONE, FIND_AGE_DAYS, 0, take_age},
    {"-name", TAKES_ONE, FIND_NAME, 0, take_text},
    {"-newer", TAKES_ONE, FIND_NEWER, 0, take_file},
    {"-newermt", TAKES_ONE, FIND_NEWER, 0, take_newer_time},
    {"-newermm", TAKES_ONE, FIND_NEWER, 0, take_file},
    {"-nogroup", TAKES_NOTHING, FIND_FALSE, 0, NULL},
    {"-noleaf", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-nouser", TAKES_NOTHING, FIND_FALSE, 0, NULL},
    {"-nowarn", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-path", TAKES_ONE, FIND_PATH, 0, take_text},
    {"-perm", TAKES_ONE, FIND_MODE, 0, take_mode},
    {"-print", TAKES_NOTHING, FIND_PRINT, 0, take_action},
    {"-print0", TAKES_NOTHING, FIND_PRINT_NUL, 0, take_action},
    {"-printf", TAKES_ONE, FIND_PRINTF, 0, take_action},
    {"-prune", TAKES_NOTHING, FIND_PRUNE, 0, NULL},
    {"-quit", TAKES_NOTHING, FIND_QUIT, 0, NULL},
    {"-readable", TAKES_NOTHING, FIND_ACCESS, 4, NULL},
    {"-regex", TAKES_ONE, FIND_REGEX, 0, take_regex},
    {"-regextype", TAKES_ONE, FIND_TRUE, 0, take_regex_type},
    {"-samefile", TAKES_ONE, FIND_SAME, 0, take_file},
    {"-size", TAKES_ONE, FIND_SIZE, 0, take_size},
    {"-true", TAKES_NOTHING, FIND_TRUE, 0, NULL},
    {"-type", TAKES_ONE, FIND_TYPE, 0, take_type},
    {"-uid", TAKES_ONE, FIND_NUMBER_OWNER, 0, take_number},
    {"-user", TAKES_ONE, FIND_TRUE, 0, take_owner},
    {"-warn", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-wholename", TAKES_ONE, FIND_PATH, 0, take_text},
    {"-writable", TAKES_NOTHING, FIND_ACCESS, 2, NULL},
    {"-xdev", TAKES_NOTHING, FIND_TRUE, 0, set_flag},
    {"-xtype", TAKES_ONE, FIND_XTYPE, 0, take_type},
};

static bool take_newer_time(struct parser *parser, struct find_step *step, const char *value)
{
    if (cmd_read_time(parser->process, value, parser->find->now, &step->number)) return true;
    cmd_error(parser->process, "I cannot figure out how to interpret %s as a date or time",
              cmd_quote(parser->process, value));
    return false;
}

/* --- the grammar --- */

static struct node *add_node(struct parser *parser, struct node *above, enum node_kind kind)
{
    struct node *node = arena_zero(&parser->process->arena, sizeof *node);

    if (node == NULL) {
        cmd_out_of_memory(parser->process);
        return NULL;
    }
    node->kind = kind;
    if (above) {
        node->before = above->last;
        above->last = node;
    }
    return node;
}

static const char *here(const struct parser *parser)
{
    return parser->at < parser->process->argc ? parser->process->argv[parser->at] : NULL;
}

static bool is_word(const struct parser *parser, const char *first, const char *second)
{
    const char *word = here(parser);
    return word && (strcmp(word, first) == 0 || (second && strcmp(word, second) == 0));
}

/* -newerXY: files have one time, so only whether Y is a date matters. */
static const char *plain_name(const char *name)
{
    if (strncmp(name, "-newer", 6) != 0 || strlen(name) != 8 || !strchr("aBcm", name[6])) return name;
    if (name[7] == 't') return "-newermt";
    return strchr("aBcm", name[7]) ? "-newermm" : name;
}

static bool parse_step(struct parser *parser, struct node *above)
{
    const char *name = parser->process->argv[parser->at++], *value = NULL;
    struct node *node = add_node(parser, above, NODE_STEP);
    size_t i, count = sizeof predicates / sizeof predicates[0];

    if (node == NULL) return false;
    for (i = 0; i < count && strcmp(predicates[i].name, plain_name(name)) != 0;) i++;
    if (i == count) {
        if (*name == '-')
            cmd_error(parser->process, "unknown predicate `%s'", name);
        else
            cmd_error(parser->process, "paths must precede expression: `%s'", name);
        return false;
    }
    node->step.what = predicates[i].what;
    node->step.flags = predicates[i].flags;
    if (predicates[i].argument == TAKES_ONE) {
        value = here(parser);
        if (value == NULL) {
            cmd_error(parser->process, "missing argument to `%s'", name);
            return false;
        }
        parser->at++;
    }
    return predicates[i].take == NULL || predicates[i].take(parser, &node->step, value);
}

static bool parse_comma(struct parser *parser, struct node *above);

static bool parse_factor(struct parser *parser, struct node *above)
{
    bool fine;

    while (is_word(parser, "!", "-not")) {
        parser->at++;
        if (here(parser) == NULL || is_word(parser, ")", NULL)) {
            cmd_error(parser->process, "expected an expression after '%s'",
                      parser->process->argv[parser->at - 1]);
            return false;
        }
        above = add_node(parser, above, NODE_NOT);
        if (above == NULL) return false;
    }
    if (!is_word(parser, "(", NULL)) return parse_step(parser, above);
    if (++parser->depth > NESTING_MAX) {
        cmd_error(parser->process, "parentheses are nested more than %d deep", NESTING_MAX);
        return false;
    }
    parser->at++;
    if (is_word(parser, ")", NULL)) {
        cmd_error(parser->process, "invalid expression; empty parentheses are not allowed.");
        return false;
    }
    fine = parse_comma(parser, above);
    parser->depth--;
    if (!fine) return false;
    if (!is_word(parser, ")", NULL)) {
        cmd_error(parser->process,
                  "invalid expression; I was expecting to find a ')' somewhere but did not see one.");
        return false;
    }
    parser->at++;
    return true;
}

/* Whether a list goes on; an operator before nothing is wrong. */
static bool parse_and(struct parser *parser, struct node *above)
{
    struct node *node = add_node(parser, above, NODE_AND);

    if (node == NULL) return false;
    for (;;) {
        if (here(parser) == NULL || is_word(parser, "-o", "-or") || is_word(parser, ",", ")") ||
            is_word(parser, "-a", "-and")) {
            cmd_error(parser->process,
                      "invalid expression; you have used a binary operator '%s' with nothing before it.",
                      here(parser) ? here(parser) : "");
            return false;
        }
        if (!parse_factor(parser, node)) return false;
        if (is_word(parser, "-a", "-and")) {
            parser->at++;
            if (here(parser)) continue;
            cmd_error(parser->process, "expected an expression after '%s'",
                      parser->process->argv[parser->at - 1]);
            return false;
        }
        if (here(parser) == NULL || is_word(parser, "-o", "-or") || is_word(parser, ",", ")")) return true;
    }
}

static bool parse_or(struct parser *parser, struct node *above)
{
    struct node *node = add_node(parser, above, NODE_OR);

    if (node == NULL) return false;
    for (;;) {
        if (!parse_and(parser, node)) return false;
        if (!is_word(parser, "-o", "-or")) return true;
        parser->at++;
        if (here(parser)) continue;
        cmd_error(parser->process, "expected an expression after '%s'",
                  parser->process->argv[parser->at - 1]);
        return false;
    }
}

static bool parse_comma(struct parser *parser, struct node *above)
{
    struct node *node = add_node(parser, above, NODE_COMMA);

    if (node == NULL) return false;
    for (;;) {
        if (!parse_or(parser, node)) return false;
        if (!is_word(parser, ",", NULL)) return true;
        parser->at++;
    }
}

/* --- steps --- */

/* The index of a step, or -3 without memory. */
static int add_step(struct parser *parser, const struct find_step *step, int on_true, int on_false)
{
    struct find *find = parser->find;
    size_t size = sizeof *find->steps;

    if (find->count == find->capacity) {
        int capacity = find->capacity ? 2 * find->capacity : 16;
        struct find_step *steps = arena_grow(&parser->process->arena, find->steps,
                                             (size_t)find->capacity * size, (size_t)capacity * size);
        if (steps == NULL) return -3;
        find->steps = steps;
        find->capacity = capacity;
    }
    find->steps[find->count] = *step;
    find->steps[find->count].on_true = on_true;
    find->steps[find->count].on_false = on_false;
    return find->count++;
}

/* Where a node begins, given where it goes on. Lists are gone through from their ends, so that this calls
 * itself only for what is nested. */
static int make_steps(struct parser *parser, const struct node *node, int on_true, int on_false)
{
    const struct node *child;
    int next = on_true;
    bool last = true;

    if (node->kind == NODE_STEP) return add_step(parser, &node->step, on_true, on_false);
    if (node->kind == NODE_NOT) return make_steps(parser, node->last, on_false, on_true);
    if (node->kind == NODE_OR) next = on_false;
    for (child = node->last; child && next != -3; child = child->before, last = false) {
        if (node->kind == NODE_AND)
            next = make_steps(parser, child, next, on_false);
        else if (node->kind == NODE_OR)
            next = make_steps(parser, child, on_true, next);
        else
            next =
                last ? make_steps(parser, child, on_true, on_false) : make_steps(parser, child, next, next);
    }
    return next;
}

bool find_parse(struct k_process *process, struct find *find, int at)
{
    static const struct find_step print = {.what = FIND_PRINT};
    struct parser parser = {.process = process, .find = find, .at = at};
    struct node *top = add_node(&parser, NULL, NODE_AND), *node;

    if (top == NULL) return false;
    if (at < process->argc && !parse_comma(&parser, top)) return false;
    if (parser.at < process->argc) {
        cmd_error(process, "invalid expression; you have too many ')'");
        return false;
    }
    if (!parser.acts) {
        node = add_node(&parser, top, NODE_STEP);
        if (node == NULL) return false;
        node->step = print;
    }
    find->first = make_steps(&parser, top, FIND_IS_TRUE, FIND_IS_FALSE);
    return find->first != -3 || out_of_memory(&parser);
}
