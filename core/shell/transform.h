/* transform.h: what the operators of parameters do with texts. */
#ifndef UMBRA_SHELL_TRANSFORM_H
#define UMBRA_SHELL_TRANSFORM_H

#include "shell/expand.h"
#include "shell/pattern.h"

/* An operator with its operands, ready to be applied to any number of texts. */
struct sh_change {
    const struct sh_parameter *parameter;
    struct sh_pattern *pattern; /* NULL: every character */
    const char *replacement;
    size_t replacement_size;
    bool skips_empty; /* an empty text is not replaced: the pattern begins with no *, and may be anywhere */
    bool *
        matched; /* of each byte of the replacement: it is an & that stands for what matched; NULL: none is */
    /* Of the text under way: what it has become, of how much; where the pattern is looked for next. */
    struct sh_text out;
    size_t at, from;
};

/* 0 or a negative error, which was said. */
int sh_prepare_change(struct shell *shell, const struct sh_parameter *parameter, struct sh_output *operand,
                      struct sh_change *change);
/* The same; UMBRA_EAGAIN: to be called again for this text in the next turn. */
int sh_change_text(struct shell *shell, struct sh_change *change, struct sh_text_ref *text);

/* What a slice is taken of; items and count become the result. */
struct sh_slice_of {
    struct sh_text_ref *items;
    const int64_t *indexes; /* NULL: positional parameters, the first of which is 1 */
    size_t count;
    bool several;
};
/* length NULL: to the end. UMBRA_EINVAL: the end lies before the beginning. */
int sh_slice(struct shell *shell, struct sh_slice_of *of, int64_t offset, const int64_t *length);

/* ${name@X}. *next: the item that is to be transformed next, 0 in the beginning, and *change zeroed then.
 * UMBRA_EAGAIN: to be called again in the next turn. */
int sh_transform(struct shell *shell, const struct sh_part *part, const char *name, size_t length,
                 struct sh_text_ref *items, size_t *count, bool several, struct sh_change *change,
                 size_t *next);
/* ${!prefix*}, ${!array[@]}; *at, 0 in the beginning, and *items are to stay. UMBRA_EAGAIN: as above. */
int sh_collect_names(struct shell *shell, const struct sh_parameter *parameter, size_t *at,
                     struct sh_text_ref **items, size_t *count);

/* "name=value" as declare -p prints it, without the words before it. */
void sh_put_declaration(struct buffer *out, const struct sh_variable *variable);
/* The same piece by piece, by up to `most` elements of an array. place: 0 in the beginning. True: it is
 * whole. */
bool sh_put_declaration_from(struct buffer *out, const struct sh_variable *variable, size_t *place,
                             size_t most);
/* "-a", "-Ai", "--". */
void sh_put_attributes(struct buffer *out, const struct sh_variable *variable);
int sh_bad_substitution(struct shell *shell, const struct sh_parameter *parameter);
/* The process id of the shell that subshells come from: $$. */
uint32_t sh_main_id(const struct shell *shell);

#endif
