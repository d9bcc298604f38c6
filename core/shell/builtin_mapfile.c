/* builtin_mapfile.c: mapfile, which is also called readarray: lines become the elements of an array (bash 5.2
 * manual, "Bash Builtin Commands"). */
#include "shell/builtins.h"
#include "shell/dynamic.h"
#include "shell/line_input.h"
#include "shell/quote.h"
#include "shell/reference.h"
#include "shell/test_operators.h"

#define YIELD_AFTER 4096 /* bytes, when nothing is to be waited for */
#define LINE_FUEL   32   /* that a line costs besides its bytes */
#define QUANTUM     5000 /* lines from one call of the callback to the next */

struct mapfile {
    const char *array, *callback;
    int number;
    char delimiter;
    bool cuts, has_origin;
    int64_t count, skip, origin, quantum; /* count 0: all */
    int64_t lines;                        /* that were taken */

    struct sh_line_input input;
    struct sh_text line, command;
    bool called; /* the callback was, with the line in hand */
    bool ended;
};

/* --- options --- */

static bool take_number(struct shell *shell, const char *name, const char *text, int64_t least,
                        const char *what, int64_t *number)
{
    if (sh_read_integer(text, number) && *number >= least && *number <= UINT32_MAX) return true;
    sh_builtin_error(shell, name, "%s: invalid %s", text, what);
    return false;
}

static bool take_option(struct shell *shell, const char *name, struct mapfile *mapfile, int letter,
                        const char *value)
{
    switch (letter) {
    case 'd':
        mapfile->delimiter = *value;
        return true;
    case 'n':
        return take_number(shell, name, value, 0, "line count", &mapfile->count);
    case 'O':
        mapfile->has_origin = true;
        return take_number(shell, name, value, 0, "array origin", &mapfile->origin);
    case 's':
        return take_number(shell, name, value, 0, "line count", &mapfile->skip);
    case 't':
        mapfile->cuts = true;
        return true;
    case 'u':
        mapfile->number = sh_read_descriptor(shell, name, value);
        return mapfile->number >= 0;
    case 'C':
        mapfile->callback = value;
        return true;
    default:
        return take_number(shell, name, value, 1, "callback quantum", &mapfile->quantum);
    }
}

static bool take_options(struct shell *shell, struct sh_builtin_call *call, struct mapfile *mapfile)
{
    struct sh_options options = {0};
    int letter;

    mapfile->delimiter = '\n';
    mapfile->quantum = QUANTUM;
    mapfile->array = "MAPFILE";
    shell->status = 2;
    while ((letter = sh_next_option(shell, call, "d:n:O:s:tu:C:c:", &options)) != 0) {
        if (letter < 0) return false;
        shell->status = 1;
        if (!take_option(shell, call->argv[0], mapfile, letter, options.value)) return false;
        shell->status = 2;
    }
    shell->status = 1;
    if (options.index < call->argc) mapfile->array = call->argv[options.index];
    if (sh_is_name(mapfile->array, strlen(mapfile->array))) return true;
    if (*mapfile->array)
        sh_builtin_error(shell, call->argv[0], "`%s': not a valid identifier", mapfile->array);
    else
        sh_builtin_error(shell, call->argv[0], "empty array variable name");
    return false;
}

static bool begin(struct shell *shell, struct sh_builtin_call *call, struct mapfile *mapfile)
{
    const struct sh_variable *before;
    struct sh_variable *variable;

    mapfile->line.arena = mapfile->command.arena = &shell->process->arena;
    if (!take_options(shell, call, mapfile)) return false;
    before = sh_find_name(shell, mapfile->array);
    if (before && before->attributes & SH_ASSOCIATIVE) {
        sh_builtin_error(shell, call->argv[0], "%s: not an indexed array", mapfile->array);
        return false;
    }
    if (mapfile->has_origin) {
        variable = sh_own(shell, mapfile->array, strlen(mapfile->array));
        if (variable == NULL || !sh_make_array(shell, variable, SH_INDEXED)) return false;
    } else if (sh_empty_array(shell, call->argv[0], mapfile->array) == NULL) {
        return false;
    }
    sh_input_begin(shell, &mapfile->input, mapfile->number, mapfile->count == 0 && !mapfile->callback);
    return true;
}

/* --- lines --- */

/* SH_RETURNS: the line is whole, or the text has ended. */
static enum sh_step read_line(struct shell *shell, struct mapfile *mapfile)
{
    unsigned count = 0;
    char byte;
    int got;

    while ((got = sh_input_byte(shell, &mapfile->input, &byte)) > 0) {
        if (byte == mapfile->delimiter) {
            if (!mapfile->cuts && byte) sh_text_byte(&mapfile->line, byte);
            return SH_RETURNS;
        }
        if (byte) sh_text_byte(&mapfile->line, byte);
        if (shell->process->arena.failed) {
            sh_out_of_memory(shell);
            return SH_RETURNS;
        }
        if (++count % YIELD_AFTER == 0 && sh_charge(shell, YIELD_AFTER)) return SH_YIELDS;
    }
    if (got == UMBRA_EAGAIN) return SH_LISTENS;
    mapfile->ended = true; /* an error ends it as the end does, as in bash */
    return SH_RETURNS;
}

static bool assign(struct shell *shell, struct mapfile *mapfile)
{
    struct sh_variable *variable = sh_own(shell, mapfile->array, strlen(mapfile->array));
    struct sh_element_name element = {.index = mapfile->origin + mapfile->lines};

    if (variable == NULL || !sh_make_array(shell, variable, SH_INDEXED)) return false;
    variable->attributes |= SH_IS_SET;
    return sh_store(shell, variable, &element, sh_text_get(&mapfile->line), mapfile->line.size, false);
}

/* Puts the callback on the stack when it is due for the line in hand. */
static bool calls(struct shell *shell, struct mapfile *mapfile)
{
    struct buffer text = {0};

    if (mapfile->callback == NULL || mapfile->called || (mapfile->lines + 1) % mapfile->quantum) return false;
    mapfile->called = true;
    buffer_printf(&text, "%s %lld ", mapfile->callback, (long long)mapfile->origin + mapfile->lines);
    sh_quote(&text, sh_text_get(&mapfile->line), mapfile->line.size, SH_QUOTE_SINGLE);
    mapfile->command.size = 0;
    sh_text_string(&mapfile->command, buffer_string(&text));
    if (text.failed || shell->process->arena.failed)
        sh_out_of_memory(shell);
    else
        sh_run_text(shell, sh_text_get(&mapfile->command), mapfile->command.size, shell->line, NULL);
    buffer_free(&text);
    return true;
}

static enum sh_step run(struct shell *shell, struct sh_builtin_call *call)
{
    struct mapfile *mapfile = call->state;
    enum sh_step step;

    if (call->stage == 0 && !begin(shell, call, mapfile)) return SH_RETURNS;
    for (;;) {
        if (!mapfile->called) {
            step = read_line(shell, mapfile);
            if (step != SH_RETURNS) return step;
        }
        shell->status = 1;
        if (shell->unwind) return SH_RETURNS;
        if (mapfile->ended && mapfile->line.size == 0) break;
        if (mapfile->skip > 0) {
            mapfile->skip--;
        } else {
            if (calls(shell, mapfile)) return SH_GOES_ON;
            if (!assign(shell, mapfile)) return SH_RETURNS;
            mapfile->lines++;
        }
        mapfile->called = false;
        mapfile->line.size = 0;
        if (mapfile->ended || (mapfile->count && mapfile->lines == mapfile->count)) break;
        if (sh_charge(shell, LINE_FUEL)) return SH_YIELDS;
    }
    shell->status = 0;
    return SH_RETURNS;
}

static void end(struct shell *shell, struct sh_builtin_call *call)
{
    struct mapfile *mapfile = call->state;
    if (mapfile->array) sh_input_end(shell, &mapfile->input);
}

#define USAGE " [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]"

const struct sh_builtin sh_builtin_mapfile = {.name = "mapfile",
                                              .run = run,
                                              .flags = SH_AGAIN,
                                              .state_size = sizeof(struct mapfile),
                                              .end = end,
                                              .usage = "mapfile" USAGE};
const struct sh_builtin sh_builtin_readarray = {.name = "readarray",
                                                .run = run,
                                                .flags = SH_AGAIN,
                                                .state_size = sizeof(struct mapfile),
                                                .end = end,
                                                .usage = "readarray" USAGE};
