#include "cmd/human.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define DISK_BLOCK 4096u

bool cmd_size_style(const char *text, struct cmd_size_style *style)
{
    *style = (struct cmd_size_style){0};
    if (strcmp(text, "human-readable") == 0 || strcmp(text, "human") == 0 || strcmp(text, "si") == 0) {
        style->human = true;
        style->si = *text == 's';
        return true;
    }
    if (*text >= '0' && *text <= '9') return cmd_size(text, &style->block) && style->block;
    {
        char number[8];
        if (strlen(text) > 3 || *text == '\0') return false;
        snprintf(number, sizeof number, "1%s", text);
        if (!cmd_size(number, &style->block)) return false;
        snprintf(style->suffix, sizeof style->suffix, "%s", text);
        if (strcmp(style->suffix + 1, "iB") == 0) style->suffix[1] = '\0';
        return true;
    }
}

void cmd_size_text(uint64_t bytes, const struct cmd_size_style *style, char text[CMD_HUMAN_MAX])
{
    static const char units[] = "KMGTPE";
    uint64_t base = style->si ? 1000 : 1024, unit = 1, tenths;
    int power = -1;

    if (!style->human) {
        uint64_t blocks = bytes / style->block + (bytes % style->block != 0);
        snprintf(text, CMD_HUMAN_MAX, "%llu%s", (unsigned long long)blocks, style->suffix);
        return;
    }
    while (power < 5 && bytes / unit >= base) {
        unit *= base;
        power++;
    }
    if (power < 0) {
        snprintf(text, CMD_HUMAN_MAX, "%llu", (unsigned long long)bytes);
        return;
    }
    tenths = bytes / unit * 10 + (bytes % unit * 10 + unit - 1) / unit;
    if (tenths > 100) tenths = (tenths + 9) / 10 * 10;
    if (tenths >= base * 10 && power < 5) {
        power++;
        tenths = 10;
    }
    if (tenths < 100)
        snprintf(text, CMD_HUMAN_MAX, "%d.%d%c", (int)(tenths / 10), (int)(tenths % 10),
                 power == 0 && style->si ? 'k' : units[power]);
    else
        snprintf(text, CMD_HUMAN_MAX, "%d%c", (int)(tenths / 10),
                 power == 0 && style->si ? 'k' : units[power]);
}

uint64_t cmd_disk_bytes(const struct k_stat *stat)
{
    return stat->kind == K_FILE ? (stat->size + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK : 0;
}

struct range {
    uint32_t first, last;
};

/* Unicode 15.0: general categories Mn, Me and Cf, in the large. */
static const struct range combining[] = {
    {0x300, 0x36f},    {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},   {0x64b, 0x65f},
    {0x6d6, 0x6dc},    {0x93a, 0x93c},   {0x941, 0x948},   {0xe31, 0xe31},   {0xe34, 0xe3a},
    {0xe47, 0xe4e},    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e},
    {0x2060, 0x2064},  {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
    {0xe0100, 0xe01ef}};
/* Unicode 15.0, EastAsianWidth.txt: W and F, in the large. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},  {0x25fd, 0x25fe},   {0x2614, 0x2615},
    {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},  {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},  {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},  {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},  {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};

static bool is_in(uint32_t code, const struct range *ranges, size_t count)
{
    size_t i;
    for (i = 0; i < count && code >= ranges[i].first; i++)
        if (code <= ranges[i].last) return true;
    return false;
}

static size_t columns_of(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);

    if (control || (code >= 0x80 && is_in(code, combining, sizeof combining / sizeof combining[0]))) return 0;
    return code >= 0x1100 && is_in(code, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

size_t cmd_columns(const char *text, size_t length)
{
    size_t columns = 0, at, step;

    for (at = 0; at < length; at += step) {
        uint32_t code = 0;
        step = utf8_decode(text + at, length - at, &code);
        columns += step ? columns_of(code) : 1;
        if (step == 0) step = 1;
    }
    return columns;
}
