/* tools.h: what the files of this room share: the tools themselves and the helpers that make results. */
#ifndef UMBRA_TOOLS_TOOLS_H
#define UMBRA_TOOLS_TOOLS_H

#include "tools/tool.h"

extern const struct tool tool_read;
extern const struct tool tool_write;
extern const struct tool tool_edit;
extern const struct tool tool_list_dir;
extern const struct tool tool_glob;
extern const struct tool tool_grep;
extern const struct tool tool_bash;
extern const struct tool tool_bash_output;
extern const struct tool tool_kill_shell;

/* text.c */

/* Appends text as valid UTF-8 without NUL characters (U+FFFD for what is neither). */
void tool_put_text(struct buffer *output, const char *text, size_t length);
/* As tool_put_text, at most `most` characters; what is left out is marked. `whole` is the line's real length
 * where text holds only its beginning, else length. */
void tool_put_cut(struct buffer *output, const char *text, size_t length, size_t most, uint64_t whole);
/* Appends "%6d\t" and a line of at most `most` characters without its line ending, and '\n'. */
void tool_put_line(struct buffer *output, uint64_t number, const char *text, size_t length, size_t most,
                   uint64_t whole);
/* Appends the first line of a command that is none, cut, for a person: on one line. */
void tool_put_command(struct buffer *output, const char *command);
/* Appends a path, the root of the workspace as ".". */
void tool_put_path(struct buffer *output, const char *path, size_t length);
/* The length of a line without its "\n" or "\r\n". */
size_t tool_line_text(const char *line, size_t length);
/* "1 line", "2 lines" */
void tool_put_count(struct buffer *output, uint64_t count, const char *one, const char *many);
/* What a stored path is after links and dots were resolved: appended to buffer, "." for the root. */
int tool_real_path(const struct tool_call *call, uint32_t ino, struct buffer *path, struct error *error);

/* The path in a member of the input. One that Bash printed begins with /workspace, which is "." here. */
const char *tool_path(const struct tool_call *call, const char *key, const char *fallback);
/* The path in member `key` of the input ("." when absent) resolved in HEAD. */
int tool_resolve(const struct tool_call *call, const char *key, uint32_t *ino, struct st_info *info,
                 struct error *error);
/* Whether a file's first bytes say that it is binary: 1, 0 or a negative error. */
int tool_is_binary(const struct tool_call *call, uint32_t ino, struct error *error);
/* A whole number of the input. */
uint64_t tool_integer(const struct tool_call *call, const char *key, uint64_t fallback);
/* Whether so much of the output's limit is used that the tool should come to an end. */
bool tool_output_full(const struct tool_call *call, size_t more);

#endif
