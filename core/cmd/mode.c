#include "cmd/mode.h"

#include <string.h>

enum { SET_IDS = 06000, ALL_BITS = 07777 };
enum step_kind { STEP_BITS, STEP_COPY, STEP_ANY_EXECUTE };

struct cmd_mode_step {
    char what; /* '+', '-', '=' */
    enum step_kind kind;
    uint16_t who;   /* bits that may be touched; 0: all but those of the umask */
    uint16_t value; /* bits, or for STEP_COPY those of the class that is copied */
    uint16_t named; /* of the set-id bits: those that a directory does not keep */
};

static struct cmd_mode_step *add_step(struct k_process *process, struct cmd_mode *mode)
{
    size_t size = sizeof *mode->steps;
    struct cmd_mode_step *steps =
        arena_grow(&process->arena, mode->steps, mode->count * size, (mode->count + 1) * size);

    if (steps == NULL) return NULL;
    mode->steps = steps;
    return &steps[mode->count++];
}

static bool parse_octal(struct k_process *process, const char *text, struct cmd_mode *mode)
{
    struct cmd_mode_step *step;
    unsigned value = 0;
    size_t digits = 0;

    for (; text[digits]; digits++) {
        if (text[digits] < '0' || text[digits] > '7') return false;
        value = value * 8 + (unsigned)(text[digits] - '0');
        if (value > ALL_BITS) return false;
    }
    step = add_step(process, mode);
    if (step == NULL) return false;
    *step = (struct cmd_mode_step){'=', STEP_BITS, ALL_BITS, (uint16_t)value,
                                   (uint16_t)(digits > 4 ? ALL_BITS : value | (ALL_BITS & ~SET_IDS))};
    return true;
}

static const char *parse_who(const char *text, uint16_t *who)
{
    *who = 0;
    for (;; text++) {
        if (*text == 'u')
            *who |= 04700;
        else if (*text == 'g')
            *who |= 02070;
        else if (*text == 'o')
            *who |= 01007;
        else if (*text == 'a')
            *who |= ALL_BITS;
        else
            return text;
    }
}

static const char *parse_bits(const char *text, struct cmd_mode_step *step)
{
    static const char letters[] = "rwxst";
    static const uint16_t bits[] = {0444, 0222, 0111, SET_IDS, 01000};

    for (; *text; text++) {
        const char *at = strchr(letters, *text);
        if (at)
            step->value |= bits[at - letters];
        else if (*text == 'X')
            step->kind = STEP_ANY_EXECUTE;
        else
            break;
    }
    return text;
}

/* What follows + - or =. NULL: it is none of that. */
static const char *parse_permissions(const char *text, struct cmd_mode_step *step)
{
    static const char classes[] = "ugo";
    const char *class = *text ? strchr(classes, *text) : NULL;
    unsigned value = 0;

    if (class) {
        step->kind = STEP_COPY;
        step->value = (uint16_t)(0700 >> 3 * (class - classes));
        return text + 1;
    }
    if (*text < '0' || *text > '7') {
        text = parse_bits(text, step);
        step->named = step->who ? step->who & step->value : step->value;
        return text;
    }
    if (step->who) return NULL;
    for (; *text >= '0' && *text <= '7'; text++) {
        value = value * 8 + (unsigned)(*text - '0');
        if (value > ALL_BITS) return NULL;
    }
    step->who = step->named = ALL_BITS;
    step->value = (uint16_t)value;
    return text;
}

bool cmd_mode_parse(struct k_process *process, const char *text, struct cmd_mode *mode)
{
    *mode = (struct cmd_mode){0};
    if (*text >= '0' && *text <= '7') return parse_octal(process, text, mode);
    for (;;) {
        uint16_t who;
        text = parse_who(text, &who);
        if (*text == '\0' || !strchr("+-=", *text)) return false;
        while (*text && strchr("+-=", *text)) {
            struct cmd_mode_step *step = add_step(process, mode);
            if (step == NULL) return false;
            *step = (struct cmd_mode_step){*text, STEP_BITS, who, 0, 0};
            text = parse_permissions(text + 1, step);
            if (text == NULL) return false;
        }
        if (*text == '\0') return true;
        if (*text++ != ',') return false;
    }
}

static uint16_t value_of(const struct cmd_mode_step *step, uint16_t mode, bool directory)
{
    uint16_t value = step->value;

    if (step->kind == STEP_COPY) {
        value &= mode;
        return (value & 0444 ? 0444 : 0) | (value & 0222 ? 0222 : 0) | (value & 0111 ? 0111 : 0);
    }
    if (step->kind == STEP_ANY_EXECUTE && (directory || mode & 0111)) value |= 0111;
    return value;
}

uint16_t cmd_mode_apply(const struct cmd_mode *mode, uint16_t old, bool directory, uint16_t umask)
{
    uint16_t result = old & ALL_BITS;
    size_t i;

    for (i = 0; i < mode->count; i++) {
        const struct cmd_mode_step *step = &mode->steps[i];
        uint16_t left_out = directory ? SET_IDS & ~step->named : 0, kept;
        uint16_t value = value_of(step, result, directory);
        value &= (step->who ? step->who : ~umask) & ~left_out & ALL_BITS;
        kept = (step->who ? ~step->who & ALL_BITS : 0) | left_out;
        if (step->what == '=')
            result = (result & kept) | value;
        else
            result = step->what == '+' ? result | value : result & ~value;
    }
    return result;
}

void cmd_mode_text(const struct k_stat *stat, char text[11])
{
    static const char kinds[] = {[K_FILE] = '-', [K_DIRECTORY] = 'd', [K_LINK] = 'l',
                                 [K_PIPE] = 'p', [K_DEVICE] = 'c',    [K_SOCKET] = 's'};
    static const char letters[] = "rwx";
    int i;

    text[0] = kinds[stat->kind];
    for (i = 0; i < 9; i++) text[i + 1] = (char)(stat->mode & (0400 >> i) ? letters[i % 3] : '-');
    if (stat->mode & 04000) text[3] = text[3] == 'x' ? 's' : 'S';
    if (stat->mode & 02000) text[6] = text[6] == 'x' ? 's' : 'S';
    if (stat->mode & 01000) text[9] = text[9] == 'x' ? 't' : 'T';
    text[10] = '\0';
}

const char *cmd_kind_text(const struct k_stat *stat)
{
    static const char *const texts[] = {
        [K_FILE] = "regular file", [K_DIRECTORY] = "directory",           [K_LINK] = "symbolic link",
        [K_PIPE] = "fifo",         [K_DEVICE] = "character special file", [K_SOCKET] = "socket"};
    return stat->kind == K_FILE && stat->size == 0 ? "regular empty file" : texts[stat->kind];
}
