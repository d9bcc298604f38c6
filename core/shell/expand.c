/* expand.c: the machine that expands the parts of a word. Levels stand on one another: one walks along a row
 * of parts, one is a parameter whose operands are expanded before it is. */
#include "shell/expand.h"

#include <stdlib.h>

#include "shell/directories.h"
#include "shell/dynamic.h"
#include "shell/jobs.h"
#include "shell/parameter.h"
#include "shell/subshell.h"

#define STEPS_PER_LOOK 16u /* steps of the machine from one charge to the next */
#define COPY_PER_UNIT  16  /* bytes that are copied for a unit of fuel */

enum level_kind { LEVEL_PARTS, LEVEL_PARAMETER, LEVEL_ARITHMETIC };

struct sh_level {
    struct sh_level *up;
    enum level_kind kind;
    const struct sh_part *part;  /* next of the row; or the part that this is about */
    struct sh_output *output;    /* where the row goes */
    bool split;                  /* letters of the row are as if they came of an expansion */
    unsigned stage;              /* of an operand */
    struct sh_output operand[3]; /* index, word, second */
    struct sh_parameter_run *run;
};

/* --- output --- */

static void add_run(struct shell *shell, struct sh_output *output, enum sh_run_kind kind)
{
    struct sh_run *last = output->runs && output->count ? &output->runs[output->count - 1] : NULL;

    if (last && last->kind == kind && kind != SH_RUN_BREAK) {
        last->end = output->text.size;
        return;
    }
    if (output->count == output->capacity) {
        size_t capacity = output->capacity ? 2 * output->capacity : 4;
        struct sh_run *runs = arena_grow(&shell->process->arena, output->runs,
                                         output->capacity * sizeof *runs, capacity * sizeof *runs);
        if (runs == NULL) return;
        output->runs = runs;
        output->capacity = capacity;
    }
    if (output->runs == NULL) return;
    output->runs[output->count++] = (struct sh_run){output->text.size, kind};
}

void sh_emit(struct shell *shell, struct sh_output *output, enum sh_run_kind kind, const char *text,
             size_t size)
{
    if (output->text.arena == NULL) output->text.arena = &shell->process->arena;
    if (size == 0 && kind == SH_RUN_SPLIT) return;
    sh_text_put(&output->text, text, size);
    if (size >= COPY_PER_UNIT) sh_charge(shell, size / COPY_PER_UNIT);
    add_run(shell, output, kind);
}

const char *sh_output_text(struct shell *shell, struct sh_output *output, size_t *size)
{
    struct sh_text text = {.arena = &shell->process->arena};
    size_t i, at = 0;

    for (i = 0; i < output->count && output->runs[i].kind != SH_RUN_BREAK;) i++;
    if (i == output->count) { /* in one piece */
        *size = output->text.size;
        return sh_output_from(output, 0);
    }
    for (i = 0; i < output->count; i++) {
        if (output->runs[i].kind == SH_RUN_BREAK) sh_text_byte(&text, ' ');
        sh_text_put(&text, sh_output_from(output, at), output->runs[i].end - at);
        at = output->runs[i].end;
    }
    *size = text.size;
    return sh_text_get(&text);
}

const char *sh_output_pattern(struct shell *shell, const struct sh_output *output, size_t *size)
{
    struct sh_text text = {.arena = &shell->process->arena};
    size_t i, at = 0;

    for (i = 0; i < output->count; i++) {
        bool quoted = output->runs[i].kind == SH_RUN_QUOTED;
        if (output->runs[i].kind == SH_RUN_BREAK) sh_text_byte(&text, ' ');
        for (; at < output->runs[i].end; at++) {
            if (quoted) sh_text_byte(&text, '\\');
            sh_text_byte(&text, output->text.data[at]);
        }
    }
    *size = text.size;
    return sh_text_get(&text);
}

/* --- levels --- */

static struct sh_level *push(struct shell *shell, struct sh_expansion *expansion, enum level_kind kind,
                             const struct sh_part *part)
{
    struct sh_level *level = arena_zero(&shell->process->arena, sizeof *level);

    if (level == NULL) {
        sh_out_of_memory(shell);
        return NULL;
    }
    level->kind = kind;
    level->part = part;
    level->up = expansion->level;
    expansion->level = level;
    return level;
}

static bool push_row(struct shell *shell, struct sh_expansion *expansion, const struct sh_part *parts,
                     struct sh_output *output, bool split)
{
    struct sh_level *level = push(shell, expansion, LEVEL_PARTS, parts);

    if (level == NULL) return false;
    level->output = output;
    level->split = split;
    return true;
}

void sh_expand_begin(struct shell *shell, struct sh_expansion *expansion, const struct sh_part *parts,
                     struct sh_output *output, bool whole)
{
    memset(expansion, 0, sizeof *expansion);
    memset(output, 0, sizeof *output);
    output->text.arena = &shell->process->arena;
    expansion->output = output;
    expansion->whole = whole;
    expansion->substituted = -1;
    push_row(shell, expansion, parts, output, false);
}

void sh_expand_end(struct sh_expansion *expansion)
{
    if (expansion->substituting) k_end_capture(&expansion->capture);
    expansion->substituting = false;
}

/* --- substitution --- */

static void emit_substituted(struct shell *shell, struct sh_expansion *expansion, const struct sh_part *part,
                             struct sh_output *output)
{
    struct buffer *bytes = &expansion->capture.bytes;
    size_t size = bytes->size, from, to;

    /* NUL characters cannot be in a word. */
    if (size && memchr(bytes->data, '\0', size)) {
        for (from = to = 0; from < size; from++)
            if (bytes->data[from]) bytes->data[to++] = bytes->data[from];
        size = to;
    }
    while (size && bytes->data[size - 1] == '\n') size--;
    sh_emit(shell, output, part->quoted ? SH_RUN_QUOTED : SH_RUN_SPLIT, bytes->data, size);
}

static int begin_substitution(struct shell *shell, struct sh_expansion *expansion, const struct sh_part *part)
{
    int result;

    memset(&expansion->capture, 0, sizeof expansion->capture);
    expansion->capture.limit = (size_t)shell->kernel->limits.process_bytes;
    if (part->of.command == NULL) {
        shell->status = expansion->substituted = 0;
        return 0;
    }
    result = sh_substitute(shell, part->of.command, &expansion->capture, &expansion->child);
    if (result < 0) return result;
    expansion->substituting = true;
    return UMBRA_EAGAIN;
}

/* 0: the command has ended, and its output is there. */
static int await_substitution(struct shell *shell, struct sh_expansion *expansion)
{
    struct k_child child;
    int result;

    if (expansion->capture.open) {
        k_wait_in(shell->process, &expansion->capture.done);
        return UMBRA_EAGAIN;
    }
    if (expansion->child) {
        result = k_reap(shell->process, expansion->child, &child);
        if (result == 0 || (result == 1 && child.stopped)) return UMBRA_EAGAIN;
        if (result == 1) sh_note_child(shell, &child);
        shell->status = expansion->substituted = result == 1 ? child.status : 127;
        expansion->child = 0;
    }
    return 0;
}

static int expand_substitution(struct shell *shell, struct sh_expansion *expansion,
                               const struct sh_part *part, struct sh_output *output)
{
    int result = expansion->substituting ? 0 : begin_substitution(shell, expansion, part);

    if (expansion->substituting) result = await_substitution(shell, expansion);
    if (result < 0) return result;
    expansion->substituting = false;
    emit_substituted(shell, expansion, part, output);
    if (expansion->capture.bytes.failed) sh_out_of_memory(shell);
    buffer_free(&expansion->capture.bytes);
    return 0;
}

/* --- parts --- */

static int expand_tilde(struct shell *shell, const struct sh_part *part, struct sh_output *output)
{
    struct sh_text_ref home = {NULL, 0};
    const char *directory;

    if (part->size == 0) {
        home = sh_get(shell, "HOME");
        if (home.data == NULL) home = (struct sh_text_ref){K_WORKSPACE_PATH, strlen(K_WORKSPACE_PATH)};
    } else if (strcmp(part->text, "+") == 0) {
        home = sh_get(shell, "PWD");
    } else if (strcmp(part->text, "-") == 0) {
        home = sh_get(shell, "OLDPWD");
    } else if (strcmp(part->text, "root") == 0) {
        home = (struct sh_text_ref){"/root", 5};
    } else if (strcmp(part->text, "user") == 0) {
        home = (struct sh_text_ref){K_WORKSPACE_PATH, strlen(K_WORKSPACE_PATH)};
    } else if ((directory = sh_directory_named(shell, part->text)) != NULL) {
        home = (struct sh_text_ref){directory, strlen(directory)};
    }
    if (home.data) {
        sh_emit(shell, output, SH_RUN_QUOTED, home.data, home.size);
    } else {
        sh_emit(shell, output, SH_RUN_LITERAL, "~", 1);
        sh_emit(shell, output, SH_RUN_LITERAL, part->text, part->size);
    }
    return 0;
}

static int emit_number(struct shell *shell, const struct sh_part *part, struct sh_output *output,
                       int64_t value)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0) *--at = '-';
    sh_emit(shell, output, part->quoted ? SH_RUN_QUOTED : SH_RUN_SPLIT, at,
            (size_t)(digits + sizeof digits - at));
    return 0;
}

static int expand_arithmetic(struct shell *shell, struct sh_expansion *expansion, const struct sh_part *part,
                             struct sh_output *output)
{
    struct sh_expression *expression = part->of.expression;
    int64_t value;

    if (expression->parts) {
        struct sh_level *level = push(shell, expansion, LEVEL_ARITHMETIC, part);
        if (level == NULL) return UMBRA_ENOMEM;
        level->output = output;
        return 0;
    }
    if (!sh_evaluate_expression(shell, expression, &value)) return UMBRA_EINVAL;
    return emit_number(shell, part, output, value);
}

/* Its operand has been expanded. */
static int run_arithmetic(struct shell *shell, struct sh_expansion *expansion, struct sh_level *level)
{
    const struct sh_part *part = level->part;
    struct sh_output *output = level->output;
    const char *text;
    int64_t value;
    size_t size;

    if (level->stage++ == 0)
        return push_row(shell, expansion, part->of.expression->parts, &level->operand[0], false)
                   ? 0
                   : UMBRA_ENOMEM;
    text = sh_output_text(shell, &level->operand[0], &size);
    expansion->level = level->up;
    if (!sh_evaluate(shell, text, size, &value)) return UMBRA_EINVAL;
    return emit_number(shell, part, output, value);
}

static int expand_parameter(struct shell *shell, struct sh_expansion *expansion, const struct sh_part *part,
                            struct sh_output *output, bool split)
{
    const struct sh_parameter *parameter = part->of.parameter;
    struct sh_level *level;

    if (parameter->operator== SH_NO_OPERATOR &&
        parameter->subscript != SH_ONE && !parameter->indirect && !sh_parameter_is_long(shell, parameter))
        return sh_parameter_simple(shell, part, output, expansion->whole);
    level = push(shell, expansion, LEVEL_PARAMETER, part);
    if (level == NULL) return UMBRA_ENOMEM;
    level->output = output;
    level->split = split;
    return 0;
}

/* A parameter with operands: they are expanded as far as they are needed, then it is itself. */
static int run_parameter(struct shell *shell, struct sh_expansion *expansion, struct sh_level *level)
{
    const struct sh_part *part = level->part;
    const struct sh_parameter *parameter = part->of.parameter;
    int result = sh_parameter_step(shell, part, &level->run, level->operand, level->stage, level->output,
                                   expansion->whole);

    if (result == UMBRA_EAGAIN) return result;
    level->stage = (unsigned)result;
    switch (result) {
    case SH_NEEDS_INDEX:
        return push_row(shell, expansion, parameter->index_parts, &level->operand[0], false) ? 0
                                                                                             : UMBRA_ENOMEM;
    case SH_NEEDS_WORD:
        return push_row(shell, expansion, parameter->word, &level->operand[1], false) ? 0 : UMBRA_ENOMEM;
    case SH_NEEDS_SECOND:
        return push_row(shell, expansion, parameter->second, &level->operand[2], false) ? 0 : UMBRA_ENOMEM;
    case SH_USES_WORD: /* in the place of the parameter */
        expansion->level = level->up;
        if (part->quoted && parameter->word == NULL) sh_emit(shell, level->output, SH_RUN_QUOTED, "", 0);
        return push_row(shell, expansion, parameter->word, level->output, !part->quoted) ? 0 : UMBRA_ENOMEM;
    case SH_NEEDS_NOTHING:
        expansion->level = level->up;
        return 0;
    default:
        return result;
    }
}

static int expand_part(struct shell *shell, struct sh_expansion *expansion, struct sh_level *level,
                       const struct sh_part *part)
{
    switch (part->kind) {
    case SH_LITERAL:
        sh_emit(shell, level->output,
                part->quoted   ? SH_RUN_QUOTED
                : level->split ? SH_RUN_SPLIT
                               : SH_RUN_LITERAL,
                part->text, part->size);
        return 0;
    case SH_PARAMETER:
        return expand_parameter(shell, expansion, part, level->output, level->split);
    case SH_SUBSTITUTION:
        return expand_substitution(shell, expansion, part, level->output);
    case SH_ARITHMETIC:
        return expand_arithmetic(shell, expansion, part, level->output);
    case SH_TILDE:
        return expand_tilde(shell, part, level->output);
    case SH_PROCESS_IN:
    case SH_PROCESS_OUT:
        return sh_process_substitution(shell, part, level->output);
    default: /* a brace: the words with them were made before */
        sh_emit(shell, level->output, SH_RUN_LITERAL,
                part->kind == SH_BRACE_OPEN    ? "{"
                : part->kind == SH_BRACE_COMMA ? ","
                                               : "}",
                1);
        return 0;
    }
}

static int run_row(struct shell *shell, struct sh_expansion *expansion, struct sh_level *level)
{
    const struct sh_part *part = level->part;
    int result;

    if (part == NULL) {
        expansion->level = level->up;
        return 0;
    }
    result = expand_part(shell, expansion, level, part);
    if (result == 0) level->part = part->next;
    return result;
}

int sh_expand_run(struct shell *shell, struct sh_expansion *expansion)
{
    unsigned steps = 0;
    int result = 0;

    while (result == 0 && expansion->level) {
        struct sh_level *level = expansion->level;
        switch (level->kind) {
        case LEVEL_PARTS:
            result = run_row(shell, expansion, level);
            break;
        case LEVEL_PARAMETER:
            result = run_parameter(shell, expansion, level);
            break;
        default:
            result = run_arithmetic(shell, expansion, level);
            break;
        }
        if (shell->process->arena.failed) {
            sh_out_of_memory(shell);
            result = UMBRA_ENOMEM;
        }
        if (result || expansion->level == NULL) break;
        if (++steps % STEPS_PER_LOOK && shell->kernel->turn > 0) continue;
        if (sh_turn_is_over(shell, (uint64_t)4 * STEPS_PER_LOOK)) return UMBRA_EAGAIN;
    }
    if (result == 0 && shell->unwind) result = UMBRA_ECANCELLED;
    if (result < 0 && result != UMBRA_EAGAIN) sh_expand_end(expansion);
    return result;
}

/* Ends the command that would have to be waited for: its text is about to go. */
static void give_up_substitution(struct shell *shell, struct sh_expansion *expansion)
{
    struct k_process *process = expansion->child ? k_find_process(shell->kernel, expansion->child) : NULL;
    struct k_child child;

    if (process) k_end(process, 128 + K_SIGKILL);
    if (expansion->child) k_reap(shell->process, expansion->child, &child);
    expansion->child = 0;
    sh_expand_end(expansion);
}

int sh_expand_at_once(struct shell *shell, struct sh_expansion *expansion)
{
    int result;

    do {
        shell->resumes = false;
        result = sh_expand_run(shell, expansion);
    } while (result == UMBRA_EAGAIN && shell->resumes);
    shell->resumes = false;
    if (result == UMBRA_EAGAIN && expansion->substituting) give_up_substitution(shell, expansion);
    return result;
}

/* --- rows of words --- */

void sh_words_begin(struct sh_word_list *list, const struct sh_word *words)
{
    memset(list, 0, offsetof(struct sh_word_list, splitting));
    list->next = words;
    list->substituted = -1;
}

/* The next word, *word NULL: there is none in this turn (UMBRA_EAGAIN) or at all. */
static int take_word(struct shell *shell, struct sh_word_list *list, const struct sh_word **word)
{
    for (*word = NULL; *word == NULL;) {
        if (list->braces) {
            if (sh_turn_is_over(shell, 64)) return UMBRA_EAGAIN;
            if (!sh_braces_next(shell, &list->braces, word)) return UMBRA_ENOMEM;
            continue;
        }
        if (list->next == NULL) return 0;
        *word = list->next;
        list->next = list->next->next;
        if (!(*word)->has_braces || !sh_has(shell, SH_OPTION_BRACE_EXPAND)) continue;
        if (!sh_braces_push(shell, &list->braces, *word)) return UMBRA_ENOMEM;
        *word = NULL;
    }
    return 0;
}

/* What the word in hand was expanded to becomes fields. */
static int split_word(struct shell *shell, struct sh_word_list *list)
{
    int result;

    if (!list->splits) {
        list->splits = true;
        list->splitting = (struct sh_splitting){.output = &list->output, .fields = &list->fields};
    }
    result = sh_split(shell, &list->splitting);
    if (result != UMBRA_EAGAIN) list->splits = false;
    return result;
}

int sh_words_run(struct shell *shell, struct sh_word_list *list)
{
    int result;

    for (;;) {
        if (list->word == NULL) {
            const struct sh_word *word;
            if ((result = take_word(shell, list, &word)) < 0 || word == NULL) return result;
            if (word->plain) {
                if (!sh_add_field(shell, &list->fields, word->plain, word->plain_size)) return UMBRA_ENOMEM;
                continue;
            }
            list->word = word;
            sh_expand_begin(shell, &list->expansion, word->parts, &list->output, false);
        }
        result = list->splits ? 0 : sh_expand_run(shell, &list->expansion);
        if (result == 0) result = split_word(shell, list);
        if (result < 0) return result;
        if (list->expansion.substituted >= 0) list->substituted = list->expansion.substituted;
        list->word = NULL;
        sh_charge(shell, 16);
    }
}

/* --- subscripts within arithmetic --- */

struct sh_text_ref sh_expand_subscript(struct shell *shell, const char *text, size_t size)
{
    struct sh_text_ref result = {NULL, 0};
    struct sh_expansion expansion;
    struct sh_output output;
    struct sh_part *parts = sh_parse_subscript(text, size, &shell->process->arena);

    if (size == 0) return (struct sh_text_ref){"", 0};
    if (parts == NULL) return result;
    sh_expand_begin(shell, &expansion, parts, &output, true);
    if (sh_expand_at_once(shell, &expansion) == 0)
        result.data = sh_output_text(shell, &output, &result.size);
    else
        sh_expand_end(&expansion);
    return result;
}
