/* human.h: sizes for people, "1.5K" and "12M", and in blocks, always rounded up (GNU coreutils 9.1, "Block
 * size"). */
#ifndef UMBRA_CMD_HUMAN_H
#define UMBRA_CMD_HUMAN_H

#include "cmd/command.h"

#define CMD_HUMAN_MAX 24

/* How sizes are shown: in blocks of so many bytes with a suffix ("" : none), or for people. */
struct cmd_size_style {
    bool human, si; /* powers of 1,024 or of 1,000 */
    uint64_t block;
    char suffix[4];
};

/* As --block-size=SIZE gives it: "K", "1M", "512", "human-readable", "si". False: it is none. */
bool cmd_size_style(const char *text, struct cmd_size_style *style);
void cmd_size_text(uint64_t bytes, const struct cmd_size_style *style, char text[CMD_HUMAN_MAX]);
/* What a file takes on a disk with blocks of 4 KiB. */
uint64_t cmd_disk_bytes(const struct k_stat *stat);
/* Columns that text takes on a terminal: wide characters take two, marks that combine and
 * control characters none. */
size_t cmd_columns(const char *text, size_t length);

#endif
