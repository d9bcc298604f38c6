/* slide.c: moves groups of changed lines to where a person expects them. A group whose first line equals the
 * line after it (or whose last equals the line before it) may slide by one line without making the
 * differences any less right. The idea, and that of looking at indentation, is git's (git-diff(1),
 * "--indent-heuristic", git 2.39, after M. Haggerty's diff-slider-tools of 2016); the scores here are simpler
 * ones. */
#include "store/diff.h"

#define SLIDE_MAX 100u /* positions that are scored */
#define BLANKS    20u  /* blank lines that are looked over for the next indentation */

struct slider {
    struct diff_line *lines;
    uint32_t count;
    uint32_t start, end; /* the group of changed lines */
    const struct diff_side *other;
    uint32_t at; /* in the other side: behind as many unchanged lines as are before the group */
};

static bool is_changed(const struct diff_side *side, uint32_t line)
{
    return line < side->count && side->lines[line].changed;
}

static void other_forward(struct slider *slider)
{
    while (is_changed(slider->other, slider->at)) slider->at++;
    slider->at++;
}

static void other_back(struct slider *slider)
{
    slider->at--;
    while (slider->at && slider->other->lines[slider->at - 1].changed) slider->at--;
}

/* Slides up by one line, and takes in the group that it may meet there. */
static bool slide_up(struct slider *slider)
{
    struct diff_line *lines = slider->lines;

    if (slider->start == 0 || lines[slider->start - 1].id != lines[slider->end - 1].id) return false;
    lines[--slider->start].changed = true;
    lines[--slider->end].changed = false;
    other_back(slider);
    while (slider->start && lines[slider->start - 1].changed) slider->start--;
    return true;
}

static bool slide_down(struct slider *slider)
{
    struct diff_line *lines = slider->lines;

    if (slider->end == slider->count || lines[slider->start].id != lines[slider->end].id) return false;
    lines[slider->start++].changed = false;
    lines[slider->end++].changed = true;
    other_forward(slider);
    while (slider->end < slider->count && lines[slider->end].changed) slider->end++;
    return true;
}

/* Columns before the first other character, -1 for a blank line. */
static int indentation(const struct diff_line *line)
{
    uint32_t i;
    int columns = 0;
    for (i = 0; i < line->length; i++) {
        if (line->text[i] == ' ')
            columns++;
        else if (line->text[i] == '\t')
            columns += 8 - columns % 8;
        else if (line->text[i] != '\n' && line->text[i] != '\r')
            return columns;
    }
    return -1;
}

/* How odd it looks to begin or end a group before this line: little indentation is good, a blank line before
 * it is good too, and one after it is not. */
static int oddness(const struct slider *slider, uint32_t line)
{
    uint32_t next = line;
    int odd = 0, columns = -1;

    if (line > 0 && indentation(&slider->lines[line - 1]) < 0) odd -= 2;
    if (line < slider->count && indentation(&slider->lines[line]) < 0) odd += 3;
    for (; next < slider->count && next < line + BLANKS && columns < 0; next++)
        columns = indentation(&slider->lines[next]);
    return odd + 4 * (columns < 0 ? 0 : columns);
}

/* Leaves the group, which is as far down as it can be, at the best place that ends at `first` or below. */
static void choose_place(struct slider *slider, uint32_t first)
{
    uint32_t end = slider->end, size = slider->end - slider->start, best = end;
    int least = 0;

    if (end - first > SLIDE_MAX) first = end - SLIDE_MAX;
    for (;; end--) {
        int odd = oddness(slider, end) + oddness(slider, end - size);
        if (end == slider->end || odd < least) {
            least = odd;
            best = end;
        }
        if (end == first) break;
    }
    while (slider->end > best) slide_up(slider);
}

/* Moves one group. Beside a change of the other side is best: the two are then one modification. */
static void place_group(struct slider *slider)
{
    uint32_t size, first, beside;

    do {
        size = slider->end - slider->start;
        while (slide_up(slider)) continue;
        first = slider->end;
        beside = is_changed(slider->other, slider->at) ? slider->end : 0;
        while (slide_down(slider))
            if (is_changed(slider->other, slider->at)) beside = slider->end;
    } while (slider->end - slider->start != size);
    if (beside == 0) {
        choose_place(slider, first);
        return;
    }
    while (slider->end > beside) slide_up(slider);
}

static void slide_side(struct diff_side *side, const struct diff_side *other)
{
    struct slider slider = {.lines = side->lines, .count = side->count, .other = other};
    uint32_t line = 0;

    while (line < side->count) {
        if (!side->lines[line].changed) {
            other_forward(&slider);
            line++;
            continue;
        }
        slider.start = slider.end = line;
        while (slider.end < side->count && side->lines[slider.end].changed) slider.end++;
        place_group(&slider);
        line = slider.end;
    }
}

void diff_slide(struct diff *diff)
{
    slide_side(&diff->old, &diff->new);
    slide_side(&diff->new, &diff->old);
}
