/* screen.h: a terminal's screen for tests: takes what is written to it and holds what a user would see. It
 * wraps at its last column as terminals with "am" and "xenl" do (terminfo(5)) and knows the sequences of
 * ECMA-48 that the line editor uses; any other one fails the test. "\n" goes to the beginning of the next
 * row. */
#ifndef UMBRA_TEST_SCREEN_H
#define UMBRA_TEST_SCREEN_H

#include "base/buffer.h"

struct screen_cell {
    char text[24]; /* a character and what combines with it; "" behind a wide one and where nothing is */
};

struct screen {
    unsigned columns, rows, row, column;
    bool waits;              /* behind the last column */
    unsigned scrolled;       /* rows that left it at the top */
    unsigned bells, unknown; /* bells that rang; sequences that it does not know */
    struct screen_cell *cells;
    struct buffer pending; /* a sequence that is not whole yet */
};

void screen_open(struct screen *screen, unsigned columns, unsigned rows);
void screen_close(struct screen *screen);
void screen_write(struct screen *screen, const char *text, size_t size);
/* Its rows without blanks at their ends, joined by newlines, without empty ones at the end; with a '|' where
 * the cursor is when marked. The caller frees it. */
char *screen_text(const struct screen *screen, bool marked);

#endif
