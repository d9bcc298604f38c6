/* simple.c: simple commands (POSIX.1-2017, XCU 2.9.1): words, redirections, assignments, and then a function,
 * a builtin or a program. */
#include <stdlib.h>

#include "shell/compound.h"
#include "shell/dynamic.h"
#include "shell/jobs.h"
#include "shell/program.h"
#include "shell/subshell.h"

enum { SIMPLE_WORDS, SIMPLE_LOOKUP, SIMPLE_ASSIGN, SIMPLE_REDIRECT, SIMPLE_RUN, SIMPLE_AGAIN, SIMPLE_AFTER };

struct simple_frame {
    struct sh_frame frame;
    const struct sh_command *command; /* NULL: words alone */
    const struct sh_word *word;       /* that is to be expanded next */
    struct sh_word single;
    struct sh_word_list words;
    struct sh_fields fields;
    struct sh_expansion expansion; /* of the value of an argument that assigns */
    struct sh_output output;
    bool expanding;
    struct sh_array_argument *arrays;
    size_t array_capacity;
    struct sh_assigning assigning;
    struct sh_assignment single_assignment; /* one without those behind it */
    struct sh_redirecting redirecting;
    struct sh_function *function;
    const struct sh_builtin *builtin;
    struct sh_builtin_call call;
    unsigned lookup;
    bool scoped; /* variables of the command alone were made */
    int substituted;
    bool errors_trapped; /* when it began */
};

static void leave_scope(struct shell *shell, struct simple_frame *simple)
{
    if (!simple->scoped) return;
    simple->scoped = false;
    if (!sh_own_variables(shell)) return;
    sh_variables_leave(shell->variables, shell->functions + 1);
    sh_forget_exported(shell);
}

static void simple_leave(struct shell *shell, struct sh_frame *frame)
{
    struct simple_frame *simple = (struct simple_frame *)frame;

    if (simple->builtin && simple->builtin->end && simple->call.state)
        simple->builtin->end(shell, &simple->call);
    sh_expand_end(&simple->words.expansion);
    sh_expand_end(&simple->expansion);
    sh_assign_end(&simple->assigning);
    sh_redirect_end(shell, &simple->redirecting);
    leave_scope(shell, simple);
    sh_end_process_files(shell);
    shell->builtin_name = NULL;
}

/* --- words --- */

/* An argument of declare that assigns an array: its values are prepared. */
static bool note_array(struct shell *shell, struct simple_frame *simple,
                       const struct sh_assignment *assignment)
{
    size_t index = simple->fields.count;

    if (index >= simple->array_capacity) {
        size_t capacity = 2 * index + 8;
        struct sh_array_argument *arrays = arena_zero(&shell->process->arena, capacity * sizeof *arrays);
        if (arrays == NULL) {
            sh_out_of_memory(shell);
            return false;
        }
        if (simple->array_capacity) memcpy(arrays, simple->arrays, simple->array_capacity * sizeof *arrays);
        simple->arrays = arrays;
        simple->array_capacity = capacity;
    }
    simple->arrays[index] = (struct sh_array_argument){assignment, simple->assigning.prepared};
    return sh_add_field(shell, &simple->fields, assignment->name, assignment->length);
}

/* name[index]+=value as one argument. */
static bool add_assignment(struct shell *shell, struct simple_frame *simple, const struct sh_word *word)
{
    const struct sh_assignment *assignment = word->assignment;
    struct sh_text text = {.arena = &shell->process->arena};
    size_t size;
    const char *value = sh_output_text(shell, &simple->output, &size);

    sh_text_string(&text, assignment->name);
    if (assignment->index) {
        sh_text_byte(&text, '[');
        sh_text_put(&text, assignment->index, assignment->index_length);
        sh_text_byte(&text, ']');
    }
    sh_text_string(&text, assignment->append ? "+=" : "=");
    sh_text_put(&text, value, size);
    return sh_add_field(shell, &simple->fields, sh_text_get(&text), text.size);
}

/* 0, UMBRA_EAGAIN or an error. */
static int expand_assignment_word(struct shell *shell, struct simple_frame *simple,
                                  const struct sh_word *word)
{
    const struct sh_assignment *assignment = word->assignment;
    int result;

    if (assignment->array) {
        if (!simple->expanding) {
            sh_assign_begin(&simple->assigning, assignment);
            simple->assigning.collect_only = true;
            simple->single_assignment = *assignment;
            simple->single_assignment.next = NULL;
            simple->assigning.next = &simple->single_assignment;
        }
        simple->expanding = true;
        result = sh_assign_run(shell, &simple->assigning);
        if (result < 0) return result;
        return note_array(shell, simple, assignment) ? 0 : UMBRA_ENOMEM;
    }
    if (!simple->expanding)
        sh_expand_begin(shell, &simple->expansion, assignment->value->parts, &simple->output, true);
    simple->expanding = true;
    result = sh_expand_run(shell, &simple->expansion);
    if (result < 0) return result;
    if (simple->expansion.substituted >= 0) simple->substituted = simple->expansion.substituted;
    return add_assignment(shell, simple, word) ? 0 : UMBRA_ENOMEM;
}

static int expand_word(struct shell *shell, struct simple_frame *simple, const struct sh_word *word)
{
    int result;

    if (word->plain)
        return sh_add_field(shell, &simple->fields, word->plain, word->plain_size) ? 0 : UMBRA_ENOMEM;
    if (word->assignment) {
        result = expand_assignment_word(shell, simple, word);
    } else {
        if (!simple->expanding) {
            simple->single = *word;
            simple->single.next = NULL;
            sh_words_begin(&simple->words, &simple->single);
            simple->words.fields = simple->fields;
        }
        simple->expanding = true;
        result = sh_words_run(shell, &simple->words);
        if (result == 0) simple->fields = simple->words.fields;
        if (result == 0 && simple->words.substituted >= 0) simple->substituted = simple->words.substituted;
    }
    if (result != UMBRA_EAGAIN) simple->expanding = false;
    return result;
}

static enum sh_step expand_words(struct shell *shell, struct simple_frame *simple)
{
    while (simple->word) {
        int result = expand_word(shell, simple, simple->word);
        if (result == UMBRA_EAGAIN) return SH_WAITS;
        if (result < 0) {
            if (shell->status == 0) shell->status = 1;
            return SH_RETURNS;
        }
        simple->word = simple->word->next;
    }
    simple->frame.stage = SIMPLE_LOOKUP;
    return SH_GOES_ON;
}

/* --- what it is --- */

static void look_up(struct shell *shell, struct simple_frame *simple)
{
    const char *name = simple->fields.items[0];
    const struct sh_builtin *builtin = strchr(name, '/') ? NULL : sh_find_builtin(name);

    if (!(simple->lookup & SH_NO_FUNCTIONS)) simple->function = sh_find_function(shell, name);
    if (simple->function && builtin && builtin->flags & SH_SPECIAL && sh_has(shell, SH_OPTION_POSIX))
        simple->function = NULL;
    if (simple->function == NULL && builtin && sh_builtin_is_enabled(shell, builtin))
        simple->builtin = builtin;
}

static void set_last_argument(struct shell *shell, const struct simple_frame *simple)
{
    const char *last = simple->fields.count ? simple->fields.items[simple->fields.count - 1] : "";
    size_t bytes = strlen(last) + 1;
    char *copy;

    if (bytes > shell->last_argument_bytes) {
        copy =
            memory_resize(&shell->kernel->account, shell->last_argument, shell->last_argument_bytes, bytes);
        if (copy == NULL) return;
        shell->last_argument = copy;
        shell->last_argument_bytes = bytes;
    }
    memcpy(shell->last_argument, last, bytes);
}

/* Only redirections and assignments: they stay in the shell. */
static enum sh_step begin_run(struct shell *shell, struct simple_frame *simple)
{
    const struct sh_command *command = simple->command;

    simple->errors_trapped = sh_trap_counts(shell, SH_TRAP_ERR);
    if (simple->fields.count) look_up(shell, simple);
    if (command) {
        sh_redirect_begin(&simple->redirecting, command->redirects);
        simple->redirecting.keep = simple->builtin && strcmp(simple->builtin->name, "exec") == 0;
        sh_assign_begin(&simple->assigning, command->of.simple.assignments);
        simple->assigning.local = simple->fields.count > 0;
        simple->scoped = simple->assigning.local && command->of.simple.assignments;
    }
    simple->frame.stage = SIMPLE_ASSIGN;
    return SH_GOES_ON;
}

static enum sh_step fail(struct shell *shell, struct simple_frame *simple, int status)
{
    shell->status = status;
    if (simple->builtin && simple->builtin->flags & SH_SPECIAL && sh_has(shell, SH_OPTION_POSIX) &&
        !shell->interactive)
        sh_unwind(shell, SH_EXITS, 0);
    sh_set_pipe_status(shell, status);
    if (simple->command) sh_check_failure(shell);
    return SH_RETURNS;
}

/* Whether the command is all that is left to do for a subshell. */
static bool is_all(const struct shell *shell, const struct simple_frame *simple)
{
    const struct sh_frame *up = simple->frame.up;

    if (up && sh_is_mark(up)) up = up->up;
    return shell->subshells && up && up->root;
}

/* $(< file) is what the file has. */
static bool reads_file(const struct shell *shell, const struct simple_frame *simple)
{
    const struct sh_redirect *redirect = simple->command ? simple->command->redirects : NULL;

    return redirect && redirect->next == NULL && redirect->kind == SH_READ && redirect->number <= 0 &&
           simple->command->of.simple.assignments == NULL && shell->is_substitution && is_all(shell, simple);
}

static enum sh_step assign(struct shell *shell, struct simple_frame *simple)
{
    int result = sh_assign_run(shell, &simple->assigning);

    if (result == UMBRA_EAGAIN) return SH_WAITS;
    if (result < 0) {
        if (!shell->unwind && simple->fields.count == 0) {
            bool ends = !shell->interactive && (sh_has(shell, SH_OPTION_POSIX) ||
                                                (sh_has(shell, SH_OPTION_ERREXIT) && !shell->no_errexit));
            shell->status = 1;
            sh_unwind(shell, ends ? SH_EXITS : SH_ABORTS, 0);
        }
        return fail(shell, simple, shell->status ? shell->status : 1);
    }
    if (simple->command && simple->fields.count && sh_has(shell, SH_OPTION_XTRACE))
        sh_trace_words(shell, (int)simple->fields.count, simple->fields.items);
    simple->frame.stage = SIMPLE_REDIRECT;
    return SH_GOES_ON;
}

/* Assignments without a command. */
static enum sh_step finish_assignments(struct shell *shell, struct simple_frame *simple)
{
    int status = simple->assigning.substituted >= 0 ? simple->assigning.substituted
                 : simple->substituted >= 0         ? simple->substituted
                                                    : 0;

    shell->status = status;
    set_last_argument(shell, simple);
    sh_set_pipe_status(shell, status);
    sh_check_failure(shell);
    return SH_RETURNS;
}

static enum sh_step redirect(struct shell *shell, struct simple_frame *simple)
{
    int result;

    shell->hides_temporary = simple->scoped; /* what a command's variables are is not for its redirections */
    result = sh_redirect_run(shell, &simple->redirecting);
    shell->hides_temporary = false;
    if (result == UMBRA_EAGAIN) return SH_WAITS;
    if (result < 0) return fail(shell, simple, 1);
    simple->frame.stage = SIMPLE_RUN;
    if (simple->fields.count) return SH_GOES_ON;
    if (!reads_file(shell, simple)) return finish_assignments(shell, simple);
    return sh_add_field(shell, &simple->fields, "cat", 3) ? SH_GOES_ON : SH_RETURNS;
}

/* --- running --- */

static enum sh_step call_builtin(struct shell *shell, struct simple_frame *simple)
{
    const struct sh_builtin *builtin = simple->builtin;
    struct sh_builtin_call *call = &simple->call;
    enum sh_step step;

    if (call->builtin == NULL) {
        call->builtin = builtin;
        call->argc = (int)simple->fields.count;
        call->argv = simple->fields.items;
        if (builtin->state_size) {
            call->state = arena_zero(&shell->process->arena, builtin->state_size);
            if (call->state == NULL) {
                sh_out_of_memory(shell);
                return SH_RETURNS;
            }
        }
        call->arrays = simple->arrays;
        call->array_count = simple->array_capacity;
        shell->write_failed = false;
    }
    shell->builtin_name = builtin->name;
    step = builtin->run(shell, call);
    if (step == SH_REPLACED) return step;
    call->stage++;
    if (step == SH_RETURNS) {
        simple->frame.stage = SIMPLE_AFTER;
        return SH_GOES_ON; /* so that its output is written while its redirections are */
    }
    if (step == SH_GOES_ON && !(builtin->flags & SH_AGAIN)) simple->frame.stage = SIMPLE_AFTER;
    return step;
}

static enum sh_step run(struct shell *shell, struct simple_frame *simple)
{
    if (simple->function) {
        simple->frame.stage = SIMPLE_AFTER;
        sh_run_function(shell, simple->function, (int)simple->fields.count, simple->fields.items);
        return SH_GOES_ON;
    }
    if (simple->builtin) {
        simple->frame.stage = SIMPLE_AGAIN;
        return SH_GOES_ON;
    }
    simple->frame.stage = SIMPLE_AFTER;
    return sh_run_program(shell, (int)simple->fields.count, simple->fields.items, simple->lookup,
                          is_all(shell, simple) && !shell->has_traps, simple->command);
}

static enum sh_step simple_step(struct shell *shell, struct sh_frame *frame)
{
    struct simple_frame *simple = (struct simple_frame *)frame;

    switch (simple->frame.stage) {
    case SIMPLE_WORDS:
        return expand_words(shell, simple);
    case SIMPLE_LOOKUP:
        return begin_run(shell, simple);
    case SIMPLE_ASSIGN:
        return assign(shell, simple);
    case SIMPLE_REDIRECT:
        return redirect(shell, simple);
    case SIMPLE_RUN:
        return run(shell, simple);
    case SIMPLE_AGAIN:
        return call_builtin(shell, simple);
    default:
        set_last_argument(shell, simple);
        if (!(simple->builtin && simple->builtin->flags & SH_KEEPS_STATUSES))
            sh_set_pipe_status(shell, shell->status);
        if (simple->command)
            sh_check_failure(shell); /* else it is what `command` runs, which fails by itself */
        shell->err_pending &= simple->errors_trapped; /* not by a trap that it set itself */
        return SH_RETURNS;
    }
}

void sh_run_simple(struct shell *shell, const struct sh_command *command)
{
    struct simple_frame *simple;

    shell->line = command->line;
    if (sh_run_debug_trap(shell, command)) return;
    simple = sh_push(shell, sizeof *simple, simple_step, simple_leave);
    if (simple == NULL) return;
    simple->command = command;
    simple->word = command->of.simple.words;
    simple->substituted = -1;
    sh_note_command(shell, command);
}

void sh_run_words(struct shell *shell, int argc, char **argv, unsigned lookup)
{
    struct simple_frame *simple = sh_push(shell, sizeof *simple, simple_step, simple_leave);
    int i;

    if (simple == NULL) return;
    simple->substituted = -1;
    simple->lookup = lookup;
    for (i = 0; i < argc; i++)
        if (!sh_add_field(shell, &simple->fields, argv[i], strlen(argv[i]))) return;
}

void sh_run_rest(struct shell *shell, const struct sh_builtin_call *call, int index, unsigned lookup)
{
    struct simple_frame *simple;

    sh_run_words(shell, call->argc - index, call->argv + index, lookup);
    simple = (struct simple_frame *)shell->frame;
    if (shell->unwind || call->arrays == NULL || (size_t)index >= call->array_count) return;
    simple->arrays = (struct sh_array_argument *)(uintptr_t)call->arrays + index;
    simple->array_capacity = call->array_count - (size_t)index;
}
