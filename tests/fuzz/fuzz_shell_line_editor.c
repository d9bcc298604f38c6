/* Bytes typed into the line editor, with a history: whatever comes, the cursor stays in the line, and what is
 * drawn anew is what stood on the screen. The first byte is the width of the screen. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "screen.h"
#include "shell/line_editor.h"

#define ROWS 200

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void flush(struct sh_editor *editor, struct screen *screen)
{
    struct buffer *out = sh_editor_output(editor);

    screen_write(screen, buffer_string(out), out->size);
    buffer_clear(out);
}

static void answer(struct sh_editor *editor, enum sh_editor_event event, const struct sh_history *history)
{
    static const char *const words[] = {"alpha", "alpine", "al'b"};
    struct sh_matches matches = {.end = sh_editor_point(editor), .files = true};
    size_t i;

    if (event == SH_EDITOR_COMPLETES) {
        for (i = 0; i < 3; i++) sh_matches_add(&matches, words[i], strlen(words[i]), i == 1 ? '/' : ' ');
        sh_editor_complete(editor, &matches);
    } else if (event == SH_EDITOR_RUNS || event == SH_EDITOR_ASKS) {
        sh_editor_erase(editor);
        sh_editor_resume(editor, history, NULL);
    } else if (event != SH_EDITOR_WAITS) {
        sh_editor_begin(editor, "$ ", 2, history, NULL);
    }
}

static void check(struct sh_editor *editor, struct screen *screen)
{
    const struct buffer *line = sh_editor_text(editor);
    char *before, *after;

    if (sh_editor_point(editor) > line->size || screen->unknown) abort();
    if (utf8_pending(line->data, sh_editor_point(editor))) return; /* it is shown when it is whole */
    sh_editor_show(editor);
    flush(editor, screen);
    if (screen->scrolled) return; /* what left the screen cannot be drawn anew */
    before = screen_text(screen, true);
    sh_editor_erase(editor);
    sh_editor_show(editor);
    flush(editor, screen);
    after = screen_text(screen, true);
    if (screen->scrolled == 0 && strcmp(before, after) != 0) abort();
    free(before);
    free(after);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct memory_account account = {.limit = 16u << 20};
    struct sh_history *history = NULL;
    struct sh_editor *editor = sh_editor_new();
    struct screen screen;
    size_t i;

    if (editor == NULL || size == 0 || size > 4096) {
        sh_editor_free(editor);
        return 0;
    }
    if (sh_history_own(&history, &account)) {
        sh_history_add(history, "echo \xe4\xb8\xad two", 12, 1);
        sh_history_add(history, "for i in 1\ndo echo e\xcc\x81; done", 29, 2);
    }
    screen_open(&screen, 2 + data[0] % 100, ROWS);
    sh_editor_resize(editor, screen.columns, ROWS);
    sh_editor_begin(editor, "$ ", 2, history, NULL);
    for (i = 1; i < size; i++) {
        enum sh_editor_event event;
        sh_editor_type(editor, data + i, 1);
        while ((event = sh_editor_step(editor)) != SH_EDITOR_WAITS) {
            flush(editor, &screen);
            answer(editor, event, history);
            screen_close(&screen); /* a new one: only what is drawn from here on is compared */
            screen_open(&screen, 2 + data[0] % 100, ROWS);
            buffer_clear(sh_editor_output(editor));
            sh_editor_erase(editor);
            buffer_clear(sh_editor_output(editor));
        }
        if (i % 8 == 0 || i + 1 == size) check(editor, &screen);
    }
    screen_close(&screen);
    sh_editor_free(editor);
    sh_history_drop(history);
    return 0;
}
