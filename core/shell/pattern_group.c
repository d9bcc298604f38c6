/* Patterns with groups, followed as automata: all states at once, character by character (K. Thompson,
 * "Regular expression search algorithm", CACM 11 (1968)), each with the best place where a match that is in
 * it began. For
 * "!(…)" the places where what it excludes would end are found by another run from there; all others are kept
 * as arrivals, so that it costs one run for each place where it begins, however many ways lead there. */
#include "shell/pattern_code.h"

#define NO_START   UINT32_MAX
#define QUEST_ENDS ((enum pattern_quest)(QUEST_SEARCH + 1)) /* of a "!(…)": all places where it ends */

/* A set of states in the order in which they came, with their starts (P. Briggs, L. Torczon, "An efficient
 * representation for sparse sets", ACM LOPLAS 2 (1993)). */
struct states {
    uint32_t *list, *place, *start;
    uint32_t count;
};

/* Ends of what a "!(…)" excludes. */
struct ends {
    unsigned char **rows; /* for each place where it begins; the outermost ones keep one row only */
    unsigned char *row;
    size_t row_at;
};

struct group_match {
    const struct sh_pattern *pattern;
    const char *text;
    size_t length;
    struct arena *scratch;
    struct arena rows;  /* memory of the ends */
    struct ends **ends; /* by instruction */
};

struct group_run {
    struct group_match *whole;
    uint32_t first, last; /* its instructions; the last is PATTERN_END */
    bool inner;           /* within a "!(…)" */
    enum pattern_quest quest;
    size_t from, at;
    struct states now, next;
    uint32_t *stack;
    bool *stacked;
    uint32_t *
        *arrivals; /* by instruction: for each place the best start that leaves a "!(…)" there, or NULL */
    size_t last_arrival;
    unsigned char *row; /* QUEST_ENDS: a bit for each place */
    struct sh_match best;
    bool found, failed;
};

static bool is_better(const struct group_run *run, uint32_t start, uint32_t than)
{
    if (than == NO_START) return true;
    return run->quest == QUEST_SHORTEST_SUFFIX ? start > than : start < than;
}

static const unsigned char *ends_from(struct group_run *run, uint32_t index, size_t at);

/* Past a "!(…)" that begins at `at`: to every place where what it excludes does not end. True: also here. */
static bool leave_not(struct group_run *run, uint32_t index, size_t at, uint32_t start)
{
    const struct group_match *whole = run->whole;
    static const struct pattern_code any = {.op = PATTERN_ANY};
    const unsigned char *row = ends_from(run, index, at);
    uint32_t **arrivals = &run->arrivals[index - run->first];
    bool here;

    if (run->failed) return false;
    if (*arrivals == NULL) {
        size_t bytes = (whole->length - run->from + 1) * sizeof **arrivals;
        *arrivals = arena_take(whole->scratch, bytes);
        if (*arrivals == NULL) {
            run->failed = true;
            return false;
        }
        memset(*arrivals, 0xff, bytes);
    }
    here = !(row[at >> 3] >> (at & 7) & 1);
    while (at < whole->length) {
        size_t size = pattern_takes(whole->pattern, &any, whole->text, whole->length, at);
        uint32_t *arrival;
        if (size == 0) break;
        at += size;
        arrival = &(*arrivals)[at - run->from];
        if (row[at >> 3] >> (at & 7) & 1) continue;
        if (is_better(run, start, *arrival)) *arrival = start;
        if (at > run->last_arrival) run->last_arrival = at;
    }
    return here;
}

static void put(struct group_run *run, struct states *states, uint32_t index, uint32_t start,
                uint32_t *stacked)
{
    uint32_t relative = index - run->first, place = states->place[relative];

    if (place < states->count && states->list[place] == relative) {
        if (!is_better(run, start, states->start[relative])) return;
    } else {
        states->place[relative] = states->count;
        states->list[states->count++] = relative;
    }
    states->start[relative] = start;
    if (run->stacked[relative]) return;
    run->stacked[relative] = true;
    run->stack[(*stacked)++] = relative;
}

/* Adds an instruction and all that it leads to without a character. */
static void add(struct group_run *run, struct states *states, uint32_t index, size_t at, uint32_t start)
{
    const struct group_match *whole = run->whole;
    uint32_t stacked = 0;

    put(run, states, index, start, &stacked);
    while (stacked && !run->failed) {
        uint32_t relative = run->stack[--stacked], reached = relative + run->first;
        const struct pattern_code *code = &whole->pattern->code[reached];
        run->stacked[relative] = false;
        start = states->start[relative];
        switch (code->op) {
        case PATTERN_STAR:
            if (pattern_may_begin(whole->pattern, whole->text, whole->length, at))
                put(run, states, reached + 1, start, &stacked);
            break;
        case PATTERN_SPLIT:
            put(run, states, code->target, start, &stacked);
            put(run, states, reached + 1, start, &stacked);
            break;
        case PATTERN_JUMP:
            put(run, states, code->target, start, &stacked);
            break;
        case PATTERN_NOT:
            if (!pattern_may_begin(whole->pattern, whole->text, whole->length, at)) break;
            if (leave_not(run, reached, at, start)) put(run, states, code->target, start, &stacked);
            break;
        default:
            break;
        }
    }
}

/* The end of the pattern is reached at run->at. True: nothing better can come. */
static bool record(struct group_run *run, uint32_t start)
{
    switch (run->quest) {
    case QUEST_WHOLE:
    case QUEST_SHORTEST_SUFFIX:
    case QUEST_LONGEST_SUFFIX:
        if (run->at < run->whole->length) return false;
        break;
    case QUEST_SHORTEST_PREFIX:
    case QUEST_LONGEST_PREFIX:
        break;
    case QUEST_SEARCH:
        if (run->found && start > run->best.start) return false;
        break;
    default:
        run->row[run->at >> 3] |= (unsigned char)(1u << (run->at & 7));
        return false;
    }
    run->best = (struct sh_match){start, run->at};
    run->found = true;
    return run->quest == QUEST_SHORTEST_PREFIX;
}

static bool may_begin(const struct group_run *run)
{
    switch (run->quest) {
    case QUEST_SHORTEST_SUFFIX:
    case QUEST_LONGEST_SUFFIX:
        return true;
    case QUEST_SEARCH:
        return !run->found;
    default:
        return run->at == run->from;
    }
}

/* Those that leave a "!(…)" at this place. */
static void arrive(struct group_run *run)
{
    uint32_t count = run->last - run->first + 1, i;

    if (run->at > run->last_arrival) return;
    for (i = 0; i < count; i++) {
        const uint32_t *arrivals = run->arrivals[i];
        if (arrivals == NULL || arrivals[run->at - run->from] == NO_START) continue;
        add(run, &run->now, run->whole->pattern->code[run->first + i].target, run->at,
            arrivals[run->at - run->from]);
    }
}

/* All states past the character at run->at; false when the text is at its end, or nothing can come. */
static bool advance(struct group_run *run)
{
    const struct group_match *whole = run->whole;
    struct states swap;
    uint32_t i, code_point;
    size_t behind;

    if (run->at == whole->length) return false;
    behind = run->at + pattern_decode(whole->text + run->at, whole->length - run->at, &code_point);
    run->next.count = 0;
    for (i = 0; i < run->now.count; i++) {
        uint32_t index = run->now.list[i] + run->first, start = run->now.start[run->now.list[i]];
        const struct pattern_code *code = &whole->pattern->code[index];
        if (code->op > PATTERN_STAR) continue;
        if (run->quest == QUEST_SEARCH && run->found && start > run->best.start) continue;
        if (pattern_takes(whole->pattern, code, whole->text, whole->length, run->at) == 0) continue;
        add(run, &run->next, code->op == PATTERN_STAR ? index : index + 1, behind, start);
    }
    swap = run->now;
    run->now = run->next;
    run->next = swap;
    run->at = behind;
    return run->now.count > 0 || may_begin(run) || run->last_arrival >= run->at;
}

static bool prepare(struct group_run *run)
{
    struct arena *scratch = run->whole->scratch;
    size_t count = run->last - run->first + 1u, bytes = count * sizeof(uint32_t);
    uint32_t *memory = arena_zero(scratch, 7 * bytes);

    run->stacked = arena_zero(scratch, count * sizeof *run->stacked);
    run->arrivals = arena_zero(scratch, count * sizeof *run->arrivals);
    if (memory == NULL || run->stacked == NULL || run->arrivals == NULL) return false;
    run->now = (struct states){memory, memory + count, memory + 2 * count, 0};
    run->next = (struct states){memory + 3 * count, memory + 4 * count, memory + 5 * count, 0};
    run->stack = memory + 6 * count;
    return true;
}

static void follow(struct group_run *run)
{
    struct arena_mark mark = arena_mark(run->whole->scratch);

    run->at = run->from;
    if (!prepare(run)) run->failed = true;
    while (!run->failed) {
        uint32_t end = run->last - run->first, place;
        if (may_begin(run)) add(run, &run->now, run->first, run->at, (uint32_t)run->at);
        arrive(run);
        place = run->now.place[end];
        if (place < run->now.count && run->now.list[place] == end && record(run, run->now.start[end])) break;
        if (!advance(run)) break;
    }
    arena_release(run->whole->scratch, mark);
}

/* The row of ends for a "!(…)" at this place, from its memory or by a run of its own. */
static const unsigned char *ends_from(struct group_run *run, uint32_t index, size_t at)
{
    struct group_match *whole = run->whole;
    struct ends *ends = whole->ends[index];
    size_t bytes = whole->length / 8 + 1;
    struct group_run inner = {.whole = whole, .first = index + 1, .inner = true, .quest = QUEST_ENDS};

    if (ends == NULL) {
        ends = whole->ends[index] = arena_zero(&whole->rows, sizeof *ends);
        if (ends == NULL) goto fail;
        ends->row_at = SIZE_MAX;
        if (run->inner) {
            ends->rows = arena_zero(&whole->rows, (whole->length + 1) * sizeof *ends->rows);
            if (ends->rows == NULL) goto fail;
        } else {
            ends->row = arena_take(&whole->rows, bytes);
            if (ends->row == NULL) goto fail;
        }
    }
    if (ends->rows && ends->rows[at]) return ends->rows[at];
    if (ends->row_at == at) return ends->row;
    if (ends->rows) ends->row = ends->rows[at] = arena_take(&whole->rows, bytes);
    if (ends->row == NULL) goto fail;
    ends->row_at = at;
    memset(ends->row, 0, bytes);
    inner.last = whole->pattern->code[index].target - 1;
    inner.from = at;
    inner.row = ends->row;
    follow(&inner);
    if (!inner.failed) return inner.row;
fail:
    run->failed = true;
    return NULL;
}

int pattern_group_match(const struct sh_pattern *pattern, const char *text, size_t length, size_t from,
                        enum pattern_quest quest, struct arena *scratch, struct sh_match *match)
{
    struct arena_mark mark = arena_mark(scratch);
    struct group_match whole = {.pattern = pattern, .text = text, .length = length, .scratch = scratch};
    struct group_run run = {
        .whole = &whole, .quest = quest, .from = from, .last = (uint32_t)pattern->count - 1};

    if ((uint64_t)length >= NO_START) return UMBRA_ENOMEM;
    arena_init(&whole.rows, scratch->account);
    whole.ends = arena_zero(scratch, pattern->count * sizeof(struct ends *));
    if (whole.ends == NULL)
        run.failed = true;
    else
        follow(&run);
    arena_free(&whole.rows);
    arena_release(scratch, mark);
    if (run.failed) return UMBRA_ENOMEM;
    *match = run.best;
    return run.found;
}
