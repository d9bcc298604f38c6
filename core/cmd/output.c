/* output.c: what utilities write. Nothing here waits: output gathers until the coroutine writes it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"

static struct cmd_base *base_of(const struct k_process *process)
{
    return process->state;
}

void cmd_end(struct k_process *process)
{
    buffer_free(&base_of(process)->output.bytes);
    buffer_free(&base_of(process)->output.runs);
}

/* What was put since the last run belongs to the standard output. */
static void close_run(struct cmd_output *output, bool errors)
{
    size_t size = output->runs.size;
    uint64_t last = size ? read_u64(output->runs.data + size - 8) : 0;

    if (output->bytes.size == last >> 1) return;
    if (size && (last & 1) == errors) output->runs.size -= 8;
    buffer_put_u64(&output->runs, (uint64_t)output->bytes.size << 1 | errors);
}

void cmd_put(struct k_process *process, const void *data, size_t size)
{
    buffer_put(&base_of(process)->output.bytes, data, size);
}

void cmd_put_string(struct k_process *process, const char *text)
{
    buffer_put_string(&base_of(process)->output.bytes, text);
}

void cmd_put_byte(struct k_process *process, char byte)
{
    buffer_put_byte(&base_of(process)->output.bytes, byte);
}

void cmd_put_buffer(struct k_process *process, struct buffer *text)
{
    if (text->failed)
        cmd_fail_output(process);
    else
        cmd_put(process, text->data, text->size);
    buffer_free(text);
}

void cmd_fail_output(struct k_process *process)
{
    base_of(process)->output.bytes.failed = true;
}

void cmd_printf(struct k_process *process, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(&base_of(process)->output.bytes, format, arguments);
    va_end(arguments);
}

static void put_error(struct k_process *process, const char *format, va_list arguments)
{
    struct cmd_output *output = &base_of(process)->output;

    close_run(output, false);
    buffer_put_string(&output->bytes, process->program->name);
    buffer_put_string(&output->bytes, ": ");
    buffer_vprintf(&output->bytes, format, arguments);
    buffer_put_byte(&output->bytes, '\n');
    close_run(output, true);
}

void cmd_error(struct k_process *process, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_error(process, format, arguments);
    va_end(arguments);
    if (base_of(process)->status == 0) base_of(process)->status = 1;
}

void cmd_warn(struct k_process *process, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_error(process, format, arguments);
    va_end(arguments);
}

void cmd_put_error_bytes(struct k_process *process, const void *data, size_t size)
{
    struct cmd_output *output = &base_of(process)->output;

    close_run(output, false);
    buffer_put(&output->bytes, data, size);
    close_run(output, true);
}

void cmd_put_error_text(struct k_process *process, const char *text)
{
    cmd_put_error_bytes(process, text, strlen(text));
}

void cmd_path_error(struct k_process *process, const char *path, int code)
{
    cmd_error(process, "%s: %s", cmd_quote_colon(process, path), k_error_text(code));
}

void cmd_cannot(struct k_process *process, const char *verb, const char *path, int code)
{
    cmd_error(process, "cannot %s %s: %s", verb, cmd_quote(process, path), k_error_text(code));
}

void cmd_out_of_memory(struct k_process *process)
{
    struct cmd_output *output = &base_of(process)->output;
    bool limit = process->account.refused;

    buffer_free(&output->bytes); /* so that there is some for the words */
    buffer_free(&output->runs);
    output->written = output->run = 0;
    process->account.refused = false;
    cmd_error(process,
              limit ? "the memory limit of a process is reached (process_bytes)" : "memory exhausted");
}

bool cmd_is_full(const struct k_process *process)
{
    const struct cmd_output *output = &base_of(process)->output;
    return output->bytes.failed || output->bytes.size - output->written >= CMD_FULL;
}

static int say_broken(struct k_process *process, int number, int code)
{
    struct cmd_base *base = base_of(process);

    if (number == 2 || base->output.broken) { /* nobody to tell */
        base->output.broken = true;
        base->status = base->status ? base->status : 1;
        return code;
    }
    base->output.broken = true;
    buffer_clear(&base->output.bytes);
    buffer_clear(&base->output.runs);
    base->output.written = base->output.run = 0;
    if (!k_is_dying(process)) cmd_error(process, "write error: %s", k_error_text(code));
    base->status = base->status ? base->status : 1;
    return cmd_write_out(process) == UMBRA_EAGAIN ? UMBRA_EAGAIN : code;
}

int cmd_write_out(struct k_process *process)
{
    struct cmd_output *output = &base_of(process)->output;
    bool was_broken = output->broken;

    close_run(output, false);
    if (output->bytes.failed || output->runs.failed) cmd_out_of_memory(process);
    while (output->run < output->runs.size) {
        uint64_t run = read_u64(output->runs.data + output->run);
        size_t end = (size_t)(run >> 1);
        int number = run & 1 ? 2 : 1;
        int64_t put = k_write(process, number, output->bytes.data + output->written, end - output->written);
        if (put == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (put < 0) return say_broken(process, number, (int)put);
        output->written += (size_t)put;
        if (output->written == end) output->run += 8;
    }
    buffer_clear(&output->bytes);
    buffer_clear(&output->runs);
    output->written = output->run = 0;
    return was_broken ? UMBRA_EPIPE : 0;
}
