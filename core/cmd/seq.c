/* seq: numbers in a row. GNU coreutils 9.1, "seq invocation". Numbers are whole numbers of the smallest
 * decimal place that is written, so that nothing is rounded; they have up to 36 digits. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: seq [OPTION]... LAST\n"
    "  or:  seq [OPTION]... FIRST LAST\n"
    "  or:  seq [OPTION]... FIRST INCREMENT LAST\n"
    "Print the numbers from FIRST to LAST, in steps of INCREMENT; both are 1 if not given.\n"
    "\n"
    "  -f, --format=FORMAT      the numbers as printf has them: %a %e %f %g\n"
    "  -s, --separator=STRING   STRING between the numbers instead of newline\n"
    "  -w, --equal-width        zeros before the shorter ones\n"
    "      --help               this text\n"
    "      --version            the version\n";

static const struct cmd_option options[] = {
    {'f', "format", CMD_VALUE}, {'s', "separator", CMD_VALUE}, {'w', "equal-width", CMD_NOTHING}, {0}};

#define DIGITS_MAX 36

typedef __int128 wide;

/* An operand: value / 10^places. */
struct number {
    wide value;
    int places, width; /* width: characters, as -w counts them */
    bool endless;      /* inf or -inf, by the sign of the value */
};

struct seq {
    struct cmd_base base;
    const char *format, *separator;
    bool equal_width;
    wide next, step, last;
    int places, scale, width; /* places that are written; the values are in 10^-scale */
    bool endless, any;
};

static bool take_digits(const char **text, struct number *number, int *digits)
{
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        if (number->value && ++*digits > DIGITS_MAX) return false;
        number->value = number->value * 10 + (**text - '0');
    }
    return true;
}

static bool take_exponent(const char *text, struct number *number)
{
    int64_t exponent;

    if (*text == '\0') return true;
    if ((*text != 'e' && *text != 'E') || !cmd_integer(text + 1, &exponent)) return false;
    if (exponent < -DIGITS_MAX || exponent > DIGITS_MAX) return false;
    number->places -= (int)exponent;
    for (; number->places < 0; number->places++) number->value *= 10;
    return number->places <= DIGITS_MAX;
}

/* "-1.50e3" or "inf"; false when it is none, or has too many digits. */
static bool parse_number(const char *text, struct number *number)
{
    bool negative, point, whole, ok;
    int digits = 0;
    const char *start;

    memset(number, 0, sizeof *number);
    while (*text == ' ' || *text == '\t') text++;
    if (*text == '+') text++;
    start = text;
    negative = *text == '-';
    if (negative) text++;
    if (strcmp(text, "inf") == 0 || strcmp(text, "infinity") == 0) {
        number->endless = true;
        number->value = negative ? -1 : 1;
        return true;
    }
    whole = *text >= '0' && *text <= '9';
    ok = take_digits(&text, number, &digits);
    point = *text == '.';
    if (ok && point) {
        const char *fraction = ++text;
        ok = take_digits(&text, number, &digits);
        number->places = (int)(text - fraction);
        if (number->places == 0)
            number->width--;
        else if (!whole)
            number->width++;
    }
    number->width += (int)(text - start);
    ok = ok && (whole || number->places) && take_exponent(text, number);
    if (negative) number->value = -number->value;
    return ok;
}

static bool is_negative_number(const char *text)
{
    return text[0] == '-' && (text[1] == '.' || (text[1] >= '0' && text[1] <= '9'));
}

static void take_option(struct seq *seq, int letter, const char *value)
{
    if (letter == 'f') seq->format = value;
    if (letter == 's') seq->separator = value;
    seq->equal_width |= letter == 'w';
}

/* As CMD_OPTIONS, but a negative number is an operand. */
static int read_options(struct k_process *process, struct seq *seq)
{
    struct cmd_option_scan scan = {.index = 1};
    int letter = CMD_NO_MORE;

    while (scan.index < process->argc) {
        if ((scan.rest == NULL || *scan.rest == '\0') && is_negative_number(process->argv[scan.index])) {
            while (scan.index < process->argc) process->argv[++scan.operands] = process->argv[scan.index++];
            break;
        }
        letter = cmd_next_option(process, options, CMD_OPERAND_FIRST, &scan);
        if (letter < 0) break;
        take_option(seq, letter, scan.value);
    }
    while (scan.rest && *scan.rest && letter >= 0) {
        letter = cmd_next_option(process, options, CMD_OPERAND_FIRST, &scan);
        if (letter >= 0) take_option(seq, letter, scan.value);
    }
    if (letter == CMD_BAD || letter == CMD_HELPED) return letter;
    process->argc = scan.operands + 1;
    return CMD_NO_MORE;
}

/* One % with a letter of floating point, no length. */
static bool check_format(struct k_process *process, const char *format)
{
    const char *at = format, *quoted = cmd_quote(process, format);
    bool any = false;

    for (; *at; at++) {
        if (*at != '%') continue;
        if (at[1] == '%') {
            at++;
            continue;
        }
        if (any) {
            cmd_error(process, "format %s has too many %% directives", quoted);
            return false;
        }
        any = true;
        at += 1 + strspn(at + 1, "-+#0 '");
        at += strspn(at, "0123456789");
        if (*at == '.') at += 1 + strspn(at + 1, "0123456789");
        if (*at == 'L') at++;
        if (*at == '\0') {
            cmd_error(process, "format %s ends in %%", quoted);
            return false;
        }
        if (strchr("aAeEfFgG", *at)) continue;
        cmd_error(process, "format %s has unknown %%%c directive", quoted, *at);
        return false;
    }
    if (!any) cmd_error(process, "format %s has no %% directive", quoted);
    return any;
}

static wide scaled(const struct number *number, int scale)
{
    wide value = number->value;
    int i;

    for (i = number->places; i < scale; i++) value *= 10;
    return value;
}

static int greater(int a, int b)
{
    return a > b ? a : b;
}

static int padded_width(const struct number *number, int places)
{
    return number->width + places - number->places + (places && !number->places) -
           (!places && number->places);
}

static bool set_numbers(struct k_process *process, struct seq *seq, const struct number *first,
                        const struct number *step, const struct number *last)
{
    seq->places = greater(first->places, step->places);
    seq->scale = greater(seq->places, last->endless ? 0 : last->places);
    seq->next = scaled(first, seq->scale);
    seq->step = scaled(step, seq->scale);
    seq->last = last->endless ? 0 : scaled(last, seq->scale);
    seq->endless = last->endless && (last->value > 0) == (seq->step > 0);
    if (last->endless && !seq->endless) seq->last = seq->step > 0 ? seq->next - 1 : seq->next + 1;
    if (seq->equal_width && !last->endless)
        seq->width = greater(padded_width(first, seq->places), padded_width(last, seq->places));
    if (seq->step) return true;
    cmd_error(process, "invalid Zero increment value: %s", cmd_quote(process, process->argv[2]));
    cmd_try_help(process);
    return false;
}

static bool begin(struct k_process *process, struct seq *seq)
{
    struct number numbers[3] = {{0}}, one = {.value = 1, .width = 1};
    int count = process->argc - 1, i;

    if (count < 1 || count > 3) {
        if (count < 1)
            cmd_missing_operand(process, NULL);
        else
            cmd_extra_operand(process, process->argv[4]);
        return false;
    }
    if (seq->format && !check_format(process, seq->format)) return false;
    if (seq->format && seq->equal_width) {
        cmd_error(process, "format string may not be specified when printing equal width strings");
        cmd_try_help(process);
        return false;
    }
    for (i = 0; i < count; i++) {
        if (parse_number(process->argv[i + 1], &numbers[i]) && (i == count - 1 || !numbers[i].endless))
            continue;
        cmd_error(process, "invalid floating point argument: %s", cmd_quote(process, process->argv[i + 1]));
        cmd_try_help(process);
        return false;
    }
    return set_numbers(process, seq, count > 1 ? &numbers[0] : &one, count > 2 ? &numbers[1] : &one,
                       &numbers[count - 1]);
}

static void put_formatted(struct k_process *process, const struct seq *seq)
{
    double value = (double)seq->next, divisor = 1;
    char format[64];
    size_t from = 0, to = 0;
    int i;

    for (i = 0; i < seq->scale; i++) divisor *= 10;
    value /= divisor;
    if (strlen(seq->format) < sizeof format) {
        for (; seq->format[from]; from++)
            if (seq->format[from] != 'L' && seq->format[from] != '\'') format[to++] = seq->format[from];
        format[to] = '\0';
    } else {
        strcpy(format, "%g");
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    cmd_printf(process, format, value);
#pragma GCC diagnostic pop
}

static void put_number(struct k_process *process, const struct seq *seq)
{
    char text[160], *at = text + sizeof text;
    bool negative = seq->next < 0;
    unsigned __int128 rest = (unsigned __int128)(negative ? -seq->next : seq->next);
    int digits = 0, i;

    for (i = seq->places; i < seq->scale; i++) rest /= 10;
    do {
        /* Most fit in 64 bits, where a division is quick. */
        unsigned digit = rest >> 64 ? (unsigned)(rest % 10) : (unsigned)((uint64_t)rest % 10);
        rest = rest >> 64 ? rest / 10 : (uint64_t)rest / 10;
        if (digits++ == seq->places && seq->places) *--at = '.';
        *--at = (char)('0' + digit);
    } while (rest || digits <= seq->places);
    while (text + sizeof text - at + negative < seq->width && at > text + 2) *--at = '0';
    if (negative) *--at = '-';
    cmd_put(process, at, (size_t)(text + sizeof text - at));
}

static bool has_more(const struct seq *seq)
{
    return seq->endless || (seq->step > 0 ? seq->next <= seq->last : seq->next >= seq->last);
}

static enum k_progress seq_run(struct k_process *process)
{
    struct seq *seq = process->state;
    int result;

    CO_BEGIN(process);
    seq->separator = "\n";
    result = read_options(process, seq);
    if (result == CMD_BAD) seq->base.status = 1;
    if (result != CMD_NO_MORE || !begin(process, seq)) goto done;
    for (; has_more(seq); seq->next += seq->step) {
        if (seq->any) cmd_put_string(process, seq->separator);
        seq->any = true;
        if (seq->format)
            put_formatted(process, seq);
        else
            put_number(process, seq);
        CMD_RELIEVE(process);
    }
    if (seq->any) cmd_put_byte(process, '\n');
done:
    CMD_END(process);
}

CMD_PROGRAM(seq, struct seq, seq_run, help);
