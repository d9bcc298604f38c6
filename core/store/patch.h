/* patch.h: changes as text in git's extended patch format, which `git apply` and GNU patch take (git-diff(1)
 * of git 2.39, "Generating patch text with -p"; POSIX.1-2017 diff, "Diff -u Output Format", for the hunks).
 * Names with odd bytes are quoted as git does by default (git-config(1), core.quotePath). */
#ifndef UMBRA_STORE_PATCH_H
#define UMBRA_STORE_PATCH_H

#include "base/buffer.h"
#include "store/changes.h"

/* The bytes of both sides; a side that is absent has none. */
struct patch_content {
    const char *old_text, *new_text;
    size_t old_size, new_size;
    bool too_large; /* to compare line by line: the texts are not given */
    bool numbered;  /* for people: hunks begin with "@@ hunk 1 @@ …", which no program takes */
};

/* Appends one change. Binary and too large contents are named and not given, as a program that applies the
 * patch will say. 0 or UMBRA_ENOMEM. */
int patch_put(struct buffer *out, const struct st_change *change, const struct patch_content *content,
              struct error *error);

/* Appends a name as it stands in a patch: quoted in C's manner where a byte is not plain ASCII, is a
 * quotation mark or a backslash. prefix ("a/") is within the quotation marks. */
void patch_put_name(struct buffer *out, const char *prefix, const char *name);

#endif
