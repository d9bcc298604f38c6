/* control.c: branches, loops and choices. */
#include <stdio.h>
#include <stdlib.h>

#include "shell/arithmetic.h"
#include "shell/compound.h"
#include "shell/pattern.h"

/* Around a condition a failure is no reason to exit. */
static void begin_condition(struct shell *shell, bool *counted)
{
    if (*counted) return;
    *counted = true;
    shell->no_errexit++;
}

static void end_condition(struct shell *shell, bool *counted)
{
    if (!*counted) return;
    *counted = false;
    shell->no_errexit--;
}

/* --- if --- */

struct if_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    bool counted;
};

static enum sh_step if_step(struct shell *shell, struct sh_frame *frame)
{
    struct if_frame *branch = (struct if_frame *)frame;
    const struct sh_command *command = branch->command;

    switch (branch->frame.stage++) {
    case 0:
        begin_condition(shell, &branch->counted);
        sh_run_command(shell, command->of.branch.condition);
        return SH_GOES_ON;
    case 1:
        end_condition(shell, &branch->counted);
        if (shell->status == 0)
            sh_run_command(shell, command->of.branch.then);
        else if (command->of.branch.otherwise)
            sh_run_command(shell, command->of.branch.otherwise);
        else
            shell->status = 0;
        return SH_GOES_ON;
    default:
        return SH_RETURNS;
    }
}

static void if_leave(struct shell *shell, struct sh_frame *frame)
{
    end_condition(shell, &((struct if_frame *)frame)->counted);
}

/* --- loops --- */

/* What break and continue do to a loop: true when it is to end. */
static bool take_unwind(struct shell *shell, struct sh_frame *frame)
{
    if (!(shell->unwind & (SH_BREAKS | SH_CONTINUES))) return false;
    if (shell->unwind_count > 1) {
        shell->unwind_count--;
        frame->catches = 0; /* it is for a loop further out */
        return true;
    }
    frame->stage = 0;
    if (shell->unwind == SH_BREAKS) {
        shell->unwind = SH_NO_UNWIND;
        return true;
    }
    shell->unwind = SH_NO_UNWIND;
    return false;
}

static void loop_leave(struct shell *shell, struct sh_frame *frame)
{
    (void)frame;
    shell->loops--;
}

static void *push_loop(struct shell *shell, size_t size,
                       enum sh_step (*step)(struct shell *, struct sh_frame *),
                       void (*leave)(struct shell *, struct sh_frame *))
{
    struct sh_frame *frame = sh_push(shell, size, step, leave);

    if (frame == NULL) return NULL;
    frame->catches = SH_BREAKS | SH_CONTINUES;
    shell->loops++;
    return frame;
}

struct while_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    int status;
    bool counted, ran;
};

static void while_leave(struct shell *shell, struct sh_frame *frame)
{
    end_condition(shell, &((struct while_frame *)frame)->counted);
    loop_leave(shell, frame);
}

static enum sh_step while_step(struct shell *shell, struct sh_frame *frame)
{
    struct while_frame *loop = (struct while_frame *)frame;
    const struct sh_command *command = loop->command;

    if (shell->unwind) {
        end_condition(shell, &loop->counted);
        loop->status = 0;
        if (take_unwind(shell, frame)) return SH_RETURNS;
    }
    if (loop->frame.stage == 2) loop->status = shell->status;
    if (loop->frame.stage != 1) {
        loop->frame.stage = 1;
        begin_condition(shell, &loop->counted);
        sh_run_command(shell, command->of.loop.condition);
        return SH_GOES_ON;
    }
    end_condition(shell, &loop->counted);
    if ((shell->status == 0) != (command->kind == SH_WHILE)) {
        shell->status = loop->status;
        return SH_RETURNS;
    }
    loop->frame.stage = 2;
    sh_run_command(shell, command->of.loop.body);
    return SH_GOES_ON;
}

/* for name in words */
struct for_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    struct sh_word_list words;
    struct sh_arguments *arguments; /* without "in": those of the beginning */
    size_t next;
    bool expanded;
    bool debugged; /* the DEBUG trap of this turn was run */
};

static void for_leave(struct shell *shell, struct sh_frame *frame)
{
    struct for_frame *loop = (struct for_frame *)frame;

    sh_expand_end(&loop->words.expansion);
    if (loop->arguments && --loop->arguments->references == 0)
        memory_give(&shell->kernel->account, loop->arguments, loop->arguments->bytes);
    loop_leave(shell, frame);
}

static bool has_next(const struct for_frame *loop)
{
    return loop->next < (loop->arguments ? (size_t)loop->arguments->count : loop->words.fields.count);
}

static bool expand_for(struct shell *shell, struct for_frame *loop, enum sh_step *step)
{
    int result;

    if (loop->expanded) return true;
    result = sh_words_run(shell, &loop->words);
    if (result < 0) {
        *step = result == UMBRA_EAGAIN ? SH_WAITS : SH_RETURNS;
        return false;
    }
    loop->expanded = true;
    if (!has_next(loop)) shell->status = 0;
    return true;
}

static const char *next_of_for(struct for_frame *loop)
{
    if (loop->arguments)
        return loop->next < (size_t)loop->arguments->count ? loop->arguments->values[loop->next++] : NULL;
    return loop->next < loop->words.fields.count ? loop->words.fields.items[loop->next++] : NULL;
}

static enum sh_step for_step(struct shell *shell, struct sh_frame *frame)
{
    struct for_frame *loop = (struct for_frame *)frame;
    const struct sh_command *command = loop->command;
    enum sh_step step = SH_GOES_ON;
    const char *value;

    if (shell->unwind && take_unwind(shell, frame)) return SH_RETURNS;
    if (!expand_for(shell, loop, &step)) return step;
    if (!loop->debugged && has_next(loop)) {
        shell->line = command->line;
        sh_note_command(shell, command);
        loop->debugged = true;
        if (sh_push_debug_trap(shell)) return SH_GOES_ON;
    }
    loop->debugged = false;
    value = next_of_for(loop);
    if (value == NULL) return SH_RETURNS;
    shell->line = command->line;
    if (!sh_is_name(command->of.each.name, strlen(command->of.each.name))) {
        sh_error(shell, "`%s': not a valid identifier", command->of.each.name);
        shell->status = 1;
        return SH_RETURNS;
    }
    sh_trace_each(shell, command);
    if (!sh_set_string(shell, command->of.each.name, value)) {
        shell->status = 1;
        return SH_RETURNS;
    }
    sh_run_command(shell, command->of.each.body);
    return SH_GOES_ON;
}

static void run_for(struct shell *shell, const struct sh_command *command)
{
    struct for_frame *loop = push_loop(shell, sizeof *loop, for_step, for_leave);

    if (loop == NULL) return;
    loop->command = command;
    sh_words_begin(&loop->words, command->of.each.words);
    if (command->of.each.has_in) return;
    loop->arguments = shell->arguments;
    loop->arguments->references++;
    loop->expanded = true;
    shell->status = 0;
}

/* for ((first; condition; step)) and (( )) */
struct count_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    struct sh_expansion expansion;
    struct sh_output output;
    bool expanding;
    bool debugged;
    bool ran; /* the body */
};

/* Evaluates an expression whose parts may have to be expanded: 1 done, 0 waits, -1 failed. */
static int evaluate(struct shell *shell, struct count_frame *count, const struct sh_expression *expression,
                    int64_t *value)
{
    const char *text;
    size_t size;
    bool done;

    if (expression->parts == NULL) {
        sh_trace_expression(shell, expression->text, expression->size);
        shell->arithmetic_command = "((: ";
        done = sh_evaluate_expression(shell, expression, value);
        shell->arithmetic_command = NULL;
        return done ? 1 : -1;
    }
    if (!count->expanding) sh_expand_begin(shell, &count->expansion, expression->parts, &count->output, true);
    count->expanding = true;
    switch (sh_expand_run(shell, &count->expansion)) {
    case 0:
        break;
    case UMBRA_EAGAIN:
        return 0;
    default:
        return -1;
    }
    count->expanding = false;
    text = sh_output_text(shell, &count->output, &size);
    sh_trace_expression(shell, text, size);
    shell->arithmetic_command = "((: ";
    done = sh_evaluate(shell, text, size, value);
    shell->arithmetic_command = NULL;
    return done ? 1 : -1;
}

/* Of for (( )): one that is not there is 1. */
static int evaluate_part(struct shell *shell, struct count_frame *count,
                         const struct sh_expression *expression, int64_t *value)
{
    *value = 1;
    if (expression->size || expression->parts) return evaluate(shell, count, expression, value);
    sh_trace_expression(shell, "1", 1);
    return 1;
}

static void count_leave(struct shell *shell, struct sh_frame *frame)
{
    struct count_frame *count = (struct count_frame *)frame;

    sh_expand_end(&count->expansion);
    if (count->command->kind == SH_FOR_ARITHMETIC) loop_leave(shell, frame);
}

enum { COUNT_STEP, COUNT_FIRST, COUNT_CONDITION }; /* continue goes on with 0 */

static enum sh_step count_step(struct shell *shell, struct sh_frame *frame)
{
    struct count_frame *count = (struct count_frame *)frame;
    const struct sh_command *command = count->command;
    int64_t value = 1;
    int result = 1;

    if (shell->unwind && take_unwind(shell, frame)) return SH_RETURNS;
    shell->line = command->line;
    if (!count->expanding && !count->debugged) {
        count->debugged = true;
        if (sh_push_debug_trap(shell)) return SH_GOES_ON;
    }
    count->debugged = false;
    switch (count->frame.stage) {
    case COUNT_FIRST:
        result = evaluate_part(shell, count, &command->of.count.first, &value);
        value = 1;
        break;
    case COUNT_CONDITION:
        result = evaluate_part(shell, count, &command->of.count.condition, &value);
        if (result != 1 || value == 0) break;
        count->frame.stage = COUNT_STEP;
        count->ran = true;
        sh_run_command(shell, command->of.count.body);
        return SH_GOES_ON;
    default:
        result = evaluate_part(shell, count, &command->of.count.step, &value);
        value = 1;
        break;
    }
    if (result == 0) return SH_WAITS;
    if (result < 0 || (value == 0 && !count->ran)) shell->status = result < 0;
    if (result < 0 || value == 0) return SH_RETURNS;
    count->frame.stage = COUNT_CONDITION;
    return SH_GOES_ON;
}

static enum sh_step arithmetic_step(struct shell *shell, struct sh_frame *frame)
{
    struct count_frame *count = (struct count_frame *)frame;
    const struct sh_expression *expression = &count->command->of.expression;
    int64_t value = 0;
    int result;

    shell->line = count->command->line;
    if (!count->debugged) {
        sh_note_command(shell, count->command);
        count->debugged = true;
        if (sh_push_debug_trap(shell)) return SH_GOES_ON;
    }
    result = evaluate(shell, count, expression, &value);
    if (result == 0) return SH_WAITS;
    shell->status = result < 0 || value == 0;
    sh_set_pipe_status(shell, shell->status);
    sh_check_failure(shell);
    return SH_RETURNS;
}

static void run_count(struct shell *shell, const struct sh_command *command)
{
    struct count_frame *count;

    if (command->kind == SH_FOR_ARITHMETIC)
        count = push_loop(shell, sizeof *count, count_step, count_leave);
    else
        count = sh_push(shell, sizeof *count, arithmetic_step, count_leave);
    if (count == NULL) return;
    count->command = command;
    if (command->kind == SH_FOR_ARITHMETIC) {
        count->frame.stage = COUNT_FIRST;
    }
}

/* --- case --- */

struct case_frame {
    struct sh_frame frame;
    const struct sh_command *command;
    const struct sh_clause *clause;
    const struct sh_word *pattern;
    struct sh_expansion expansion;
    struct sh_output output;
    const char *text; /* of the word */
    size_t size;
    bool fell; /* into the clause: its patterns do not matter */
    bool ran;  /* a clause that is not empty */
};

enum { CASE_BEGIN, CASE_WORD, CASE_CLAUSE, CASE_PATTERN, CASE_BODY };

static void case_leave(struct shell *shell, struct sh_frame *frame)
{
    (void)shell;
    sh_expand_end(&((struct case_frame *)frame)->expansion);
}

static bool pattern_matches(struct shell *shell, struct case_frame *choice)
{
    size_t size;
    const char *text = sh_output_pattern(shell, &choice->output, &size);
    struct sh_pattern *pattern;
    struct error error;
    unsigned flags = SH_PATTERN_EXTGLOB | (sh_shopt(shell, SH_SHOPT_NOCASEMATCH) ? SH_PATTERN_NOCASE : 0);

    if (!sh_shopt(shell, SH_SHOPT_EXTGLOB)) flags &= ~(unsigned)SH_PATTERN_EXTGLOB;
    if (sh_pattern_compile(&shell->process->arena, text, size, flags, &pattern, &error) < 0) {
        sh_out_of_memory(shell);
        return false;
    }
    return sh_pattern_match(pattern, choice->text, choice->size, &shell->temporary) == 1;
}

static enum sh_step run_clause(struct shell *shell, struct case_frame *choice)
{
    choice->frame.stage = CASE_BODY;
    choice->ran = choice->clause->body != NULL;
    if (choice->ran) sh_run_command(shell, choice->clause->body);
    return SH_GOES_ON;
}

/* Its status is that of the last clause; until then $? is what it was. */
static enum sh_step end_case(struct shell *shell, const struct case_frame *choice)
{
    if (!choice->ran) shell->status = 0;
    return SH_RETURNS;
}

static enum sh_step after_clause(struct shell *shell, struct case_frame *choice)
{
    int then = choice->clause->then;

    choice->clause = choice->clause->next;
    choice->fell = then == SH_FALL_THROUGH;
    choice->frame.stage = CASE_CLAUSE;
    return then == SH_BREAK_CASE ? end_case(shell, choice) : SH_GOES_ON;
}

static enum sh_step case_step(struct shell *shell, struct sh_frame *frame)
{
    struct case_frame *choice = (struct case_frame *)frame;
    int result;

    switch (choice->frame.stage) {
    case CASE_BEGIN:
        shell->line = choice->command->line;
        sh_note_command(shell, choice->command);
        sh_trace_case(shell, choice->command->of.choice.word);
        sh_expand_begin(shell, &choice->expansion, choice->command->of.choice.word->parts, &choice->output,
                        true);
        choice->frame.stage = CASE_WORD;
        return SH_GOES_ON;
    case CASE_WORD:
        result = sh_expand_run(shell, &choice->expansion);
        if (result < 0) return result == UMBRA_EAGAIN ? SH_WAITS : SH_RETURNS;
        choice->text = sh_output_text(shell, &choice->output, &choice->size);
        choice->clause = choice->command->of.choice.clauses;
        choice->frame.stage = CASE_CLAUSE;
        return SH_GOES_ON;
    case CASE_CLAUSE:
        if (choice->clause == NULL) return end_case(shell, choice);
        if (choice->fell) return run_clause(shell, choice);
        choice->pattern = choice->clause->patterns;
        choice->frame.stage = CASE_PATTERN;
        sh_expand_begin(shell, &choice->expansion, choice->pattern->parts, &choice->output, true);
        return SH_GOES_ON;
    case CASE_PATTERN:
        result = sh_expand_run(shell, &choice->expansion);
        if (result < 0) return result == UMBRA_EAGAIN ? SH_WAITS : SH_RETURNS;
        if (pattern_matches(shell, choice)) return run_clause(shell, choice);
        choice->pattern = choice->pattern->next;
        if (choice->pattern) {
            sh_expand_begin(shell, &choice->expansion, choice->pattern->parts, &choice->output, true);
        } else {
            choice->clause = choice->clause->next;
            choice->frame.stage = CASE_CLAUSE;
        }
        return SH_GOES_ON;
    default:
        return after_clause(shell, choice);
    }
}

/* --- all of them --- */

void sh_run_control(struct shell *shell, const struct sh_command *command)
{
    struct if_frame *branch;
    struct while_frame *loop;
    struct case_frame *choice;

    switch (command->kind) {
    case SH_IF:
        branch = sh_push(shell, sizeof *branch, if_step, if_leave);
        if (branch) branch->command = command;
        break;
    case SH_WHILE:
    case SH_UNTIL:
        loop = push_loop(shell, sizeof *loop, while_step, while_leave);
        if (loop) loop->command = command;
        break;
    case SH_FOR:
        run_for(shell, command);
        break;
    case SH_SELECT:
        sh_run_select(shell, command);
        break;
    case SH_CASE:
        choice = sh_push(shell, sizeof *choice, case_step, case_leave);
        if (choice) choice->command = command;
        break;
    case SH_CONDITION:
        sh_run_condition(shell, command);
        break;
    default:
        run_count(shell, command);
        break;
    }
}
