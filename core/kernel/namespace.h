/* namespace.h: the one tree of names that processes see. The workspace stands at /workspace, places for what
 * is no part of it at /tmp and /home; the rest (/dev, /proc, /usr/bin) is made up here and cannot be changed.
 * Nothing leads out of it. Modes are enforced as for the owner of everything. */
#ifndef UMBRA_KERNEL_NAMESPACE_H
#define UMBRA_KERNEL_NAMESPACE_H

#include "fs/path.h"

#define K_WORKSPACE_PATH "/workspace"
#define K_PROGRAMS_PATH  "/usr/bin"
#define K_HOME_PATH      "/home"

struct kernel;
struct k_process;

enum k_tree { K_VIRTUAL, K_WORKSPACE, K_TEMPORARY };

/* A file, directory or link of any kind; ino 0: none. */
struct k_node {
    enum k_tree tree;
    uint32_t ino;
};

enum k_kind { K_FILE, K_DIRECTORY, K_LINK, K_PIPE, K_DEVICE, K_SOCKET };

struct k_stat {
    enum k_kind kind;
    uint16_t mode; /* permission bits */
    uint32_t device, links;
    uint64_t ino, size;
    int64_t mtime; /* milliseconds since 1970 */
};

/* A working directory; shared by processes. */
struct k_directory {
    uint32_t references;
    struct k_node node;
    size_t size; /* of the path */
    char path[]; /* physical, as getcwd() has it */
};

/* Where a path leads; the last part may be missing. */
struct k_place {
    struct k_node directory, node;
    char name[ST_NAME_MAX + 1]; /* of the last part; "" for a root */
    size_t length;
    bool slash; /* something asked for a directory by a slash at the end */
};

enum k_resolve_flag {
    K_FOLLOW = 0,
    K_NO_FOLLOW = 1, /* a link as the last part is the answer itself */
};

/* All of them: 0 or a negative error, without words. Paths are relative to the process' working directory. */
int k_resolve(const struct k_process *process, const char *path, enum k_resolve_flag flags,
              struct k_node *node);
/* The same, but the last part need not be there (node.ino is 0 then); a link that leads nowhere is followed
 * to where it leads. */
int k_locate(const struct k_process *process, const char *path, enum k_resolve_flag flags,
             struct k_place *place);
int k_node_stat(const struct kernel *kernel, struct k_node node, struct k_stat *stat);
/* The directory that a directory is in; that of the root is the root. */
struct k_node k_node_parent(const struct kernel *kernel, struct k_node node);
struct k_node k_node_lookup(const struct kernel *kernel, struct k_node directory, const char *name,
                            size_t length);
/* The index-th entry of a directory: its name is appended, without a NUL that counts. The node has ino 0 past
 * the end. */
struct k_node k_node_entry(const struct kernel *kernel, struct k_node directory, uint32_t index,
                           struct buffer *name);
/* Appends the target of a link. UMBRA_EINVAL: it is none. */
int k_node_target(const struct k_process *process, struct k_node node, struct buffer *target);
/* Appends the absolute path. UMBRA_ENOENT: it was removed. */
int k_node_path(const struct kernel *kernel, struct k_node node, struct buffer *path);
/* Whether the owner may read (4), write (2) or search (1) it. */
bool k_node_allows(const struct kernel *kernel, struct k_node node, unsigned bits);

bool k_same_node(struct k_node a, struct k_node b);

/* The tree of the store in which a node is. */
enum st_root k_node_root(struct k_node node);

/* What a virtual file is opened as; files.c makes it. */
enum k_virtual {
    K_VIRTUAL_NONE, /* a directory or link */
    K_VIRTUAL_NULL,
    K_VIRTUAL_ZERO,
    K_VIRTUAL_FULL,
    K_VIRTUAL_RANDOM,
    K_VIRTUAL_TERMINAL,
    K_VIRTUAL_PROGRAM,
    K_VIRTUAL_DESCRIPTOR, /* number in *detail */
    K_VIRTUAL_TEXT,       /* which of K_TEXT_... in *detail */
};
enum k_text {
    K_TEXT_VERSION,
    K_TEXT_UPTIME,
    K_TEXT_COMMAND_LINE,
    K_TEXT_NAME,
    K_TEXT_STATUS,
    K_TEXT_ENVIRONMENT
};
enum k_virtual k_node_virtual(struct k_node node, uint32_t *detail, uint32_t *process);

#endif
