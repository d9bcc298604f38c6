/* cat: concatenate files. POSIX.1-2017 cat, with GNU's -A -b -e -E -n -s -t -T -v. */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: cat [OPTION]... [FILE]...\n"
    "Concatenate FILE(s) to standard output. With no FILE, or when FILE is -, read standard input.\n"
    "\n"
    "  -A, --show-all          the same as -vET\n"
    "  -b, --number-nonblank   number the lines that are not empty, overrides -n\n"
    "  -e                      the same as -vE\n"
    "  -E, --show-ends         a $ at the end of each line\n"
    "  -n, --number            number all lines\n"
    "  -s, --squeeze-blank     of empty lines in a row, only one\n"
    "  -t                      the same as -vT\n"
    "  -T, --show-tabs         tabs as ^I\n"
    "  -u                      nothing: output is never held back\n"
    "  -v, --show-nonprinting  use ^ and M- notation, except for line feeds and tabs\n"
    "      --help              this text\n"
    "      --version           the version\n";

static const struct cmd_option options[] = {{'A', "show-all", CMD_NOTHING},
                                            {'b', "number-nonblank", CMD_NOTHING},
                                            {'e', NULL, CMD_NOTHING},
                                            {'E', "show-ends", CMD_NOTHING},
                                            {'n', "number", CMD_NOTHING},
                                            {'s', "squeeze-blank", CMD_NOTHING},
                                            {'t', NULL, CMD_NOTHING},
                                            {'T', "show-tabs", CMD_NOTHING},
                                            {'u', NULL, CMD_NOTHING},
                                            {'v', "show-nonprinting", CMD_NOTHING},
                                            {0}};

struct cat {
    struct cmd_base base;
    struct cmd_input input;
    bool number, number_nonblank, ends, tabs, nonprinting, squeeze;
    unsigned long long line;
    unsigned empty_lines; /* in a row */
    bool within;          /* a line */
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct cat *cat = process->state;

    (void)value;
    cat->nonprinting |= letter && strchr("Aetv", letter);
    cat->ends |= letter && strchr("AeE", letter);
    cat->tabs |= letter && strchr("AtT", letter);
    cat->number |= letter == 'n';
    cat->number_nonblank |= letter == 'b';
    cat->squeeze |= letter == 's';
    return true;
}

static bool is_plain(const struct cat *cat)
{
    return !(cat->number || cat->number_nonblank || cat->ends || cat->tabs || cat->nonprinting ||
             cat->squeeze);
}

static void put_visible(struct k_process *process, const struct cat *cat, unsigned char byte)
{
    if (byte == '\t') {
        cmd_put_string(process, cat->tabs ? "^I" : "\t");
        return;
    }
    if (!cat->nonprinting) {
        cmd_put_byte(process, (char)byte);
        return;
    }
    if (byte >= 0x80) {
        cmd_put_string(process, "M-");
        byte &= 0x7f;
    }
    if (byte == 0x7f)
        cmd_put_string(process, "^?");
    else if (byte < 0x20)
        cmd_printf(process, "^%c", byte + 0x40);
    else
        cmd_put_byte(process, (char)byte);
}

static void end_line(struct k_process *process, struct cat *cat)
{
    if (cat->within) {
        cat->empty_lines = 0;
    } else {
        if (++cat->empty_lines > 1 && cat->squeeze) return;
        if (cat->number && !cat->number_nonblank) cmd_printf(process, "%6llu\t", ++cat->line);
    }
    cat->within = false;
    cmd_put_string(process, cat->ends ? "$\n" : "\n");
}

static void put_changed(struct k_process *process, struct cat *cat, const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            end_line(process, cat);
            continue;
        }
        if (!cat->within && (cat->number || cat->number_nonblank))
            cmd_printf(process, "%6llu\t", ++cat->line);
        cat->within = true;
        put_visible(process, cat, (unsigned char)bytes[i]);
    }
}

/* What was read, as it is. */
static int write_piece(struct k_process *process, struct cat *cat)
{
    struct cmd_input *input = &cat->input;
    int64_t put = k_write(process, 1, input->bytes + input->at, input->end - input->at);

    if (put > 0) input->at += (size_t)put;
    if (put < 0 && put != UMBRA_EAGAIN && !k_is_dying(process))
        cmd_error(process, "write error: %s", k_error_text((int)put));
    if (put < 0 && put != UMBRA_EAGAIN) cat->base.status = 1;
    return put < 0 ? (int)put : 0;
}

/* A regular file that is read and appended to would never end. */
static bool is_output(struct k_process *process, struct cat *cat)
{
    struct k_stat in, out;

    if (k_stat_number(process, 1, &out) < 0 || out.kind != K_FILE) return false;
    if (k_stat_number(process, cat->input.number, &in) < 0 || in.device != out.device || in.ino != out.ino)
        return false;
    if (k_seek(process, cat->input.number, 0, K_FROM_HERE) >= (int64_t)in.size) return false;
    cmd_error(process, "%s: input file is output file", cat->input.name);
    cat->base.status = 1;
    return true;
}

static enum k_progress cat_run(struct k_process *process)
{
    struct cat *cat = process->state;
    struct cmd_input *input = &cat->input;
    int64_t got;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    while (cmd_open_next(process, input, process->argc - 1) > 0) {
        if (is_output(process, cat)) continue;
        for (;;) {
            CO_AWAIT(process, got, cmd_fill(process, input));
            if (got <= 0) break;
            if (is_plain(cat)) {
                CMD_FLUSH(process); /* errors */
                while (input->at < input->end) {
                    CO_AWAIT(process, result, write_piece(process, cat));
                    if (result < 0) goto done;
                }
            } else {
                put_changed(process, cat, input->bytes + input->at, input->end - input->at);
                input->at = input->end;
            }
            CMD_RELIEVE(process);
        }
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(cat, struct cat, cat_run, help);
