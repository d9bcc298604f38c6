/* cli.h: what the files of the native host share. The command line drives the core through umbra.h like any
 * other host; the real folder is read by folder.c and written by commit.c only. */
#ifndef UMBRA_CLI_CLI_H
#define UMBRA_CLI_CLI_H

#include <curl/curl.h>
#include <limits.h>

#include "base/json.h"
#include "umbra.h"
#include "umbra_host.h"

#define CLI_BLOCK_FILES 8

struct cli_options {
    const char *folder;    /* -C, default "." */
    const char *state_dir; /* --state-dir, UMBRA_STATE_DIR, XDG_STATE_HOME/umbra, ~/.local/state/umbra */
    const char *proxy;     /* --proxy, UMBRA_PROXY: the address that the proxy printed, token and all */
    const char *base_url;  /* --base-url, ANTHROPIC_BASE_URL */
    const char *api_key;   /* ANTHROPIC_API_KEY */
    const char *model;     /* --model, UMBRA_MODEL */
    bool yes;              /* --yes: writing tools need no answer */
    bool resume;           /* --continue: 'run' goes on with the last conversation */
    bool recover;          /* --recover */
    bool no_gitignore;     /* --no-gitignore: .gitignore files are not honoured */
    cJSON *exclude;        /* --exclude, UMBRA_EXCLUDE: names to leave out; NULL: the core's default */
    bool help, version;
    bool folder_given; /* -C or UMBRA_FOLDER */
    int rest;          /* index of the command in argv */
};

struct cli_fetch; /* a request under way */
struct cli_shell; /* of command_sh() */

struct cli_answer {
    cJSON *result; /* the value of "ok" */
    struct buffer bytes;
    struct error error; /* code 0 when it went well */
};

struct cli {
    struct cli_options options;
    char folder[PATH_MAX];    /* absolute, without symbolic links */
    char top[PATH_MAX - 128]; /* of all that is kept */
    char state[PATH_MAX];     /* of this folder's workspace */
    struct umbra_host host;
    struct umbra *runtime;
    int files[CLI_BLOCK_FILES];
    CURLM *curl;
    struct cli_fetch *fetches;
    char *session; /* the proxy's */
    int signals;   /* a signalfd for SIGINT and SIGTERM */
    bool interrupted;
    uint32_t waiting; /* id of the request that cli_request() waits for */
    struct cli_answer *answer;
    bool answered;
    /* Called for each event of the core; may be NULL. */
    void (*on_event)(struct cli *cli, const cJSON *event);
    cJSON *question;         /* a permission request to be answered */
    bool at_line_start;      /* of what is printed to stdout */
    bool in_output_line;     /* what a command printed last, on stderr, has no end of line yet */
    struct cli_shell *shell; /* NULL: none is open */
    bool scratch;            /* the workspace is an empty one that goes with the command */
};

/* options.c: 0, or UMBRA_EINVAL with a sentence. */
int cli_parse_options(int argc, char **argv, struct cli_options *options, struct error *error);
void cli_free_options(struct cli_options *options);
void cli_print_help(void);

/* host.c: opens an empty workspace of its own, in a temporary folder that goes with it. */
int cli_open_scratch(struct cli *cli, const struct cli_options *options, struct error *error);
/* Finds out where the workspace of options.folder is kept; opens it. */
int cli_locate(struct cli *cli, const struct cli_options *options, struct error *error);
int cli_open(struct cli *cli, const struct cli_options *options, struct error *error);
void cli_close(struct cli *cli);
/* Submits an operation and runs until it is answered. json is taken and freed. */
int cli_request(struct cli *cli, cJSON *json, const struct buffer *blob, struct cli_answer *answer,
                struct error *error);
void cli_free_answer(struct cli_answer *answer);
/* {"op": name}, NULL without memory. */
cJSON *cli_operation(const char *name);

/* fetch.c: libcurl behind the core's fetches. */
int fetch_start(void *context, uint32_t id, const struct umbra_fetch *fetch);
void fetch_cancel(void *context, uint32_t id);
/* Moves data and delivers it; waits up to timeout_ms for something to happen. */
void fetch_run(struct cli *cli, int timeout_ms);
void fetch_close(struct cli *cli);

/* Restricts a handle to http and https, whatever the age of libcurl. */
void fetch_restrict(CURL *easy);

/* pairing.c: the proxy's session for the command line. Sets base_url (to be freed) from --proxy. */
int cli_pair(struct cli *cli, char **base_url, struct error *error);

/* folder.c: brings the workspace up to date with the real folder. */
int cli_refresh(struct cli *cli, struct error *error);
/* Ends an import and says what the user would not expect: what the filter leaves out is as it was asked for.
 */
int cli_end_import(struct cli *cli, struct cli_answer *answer, struct error *error);
/* Adds a tree by its word: base, head or the number of a checkpoint; nothing for NULL. 0 or UMBRA_ENOMEM. */
int cli_add_tree(cJSON *json, const char *key, const char *name);

/* choices.c: the changes that a command names. */
struct cli_choice {
    const char *path;
    cJSON *hunks; /* their numbers; NULL: the whole change */
    char *id;     /* of the diff that they are of */
};

struct cli_choices {
    struct cli_choice *items;
    int count; /* 0: all changes */
};

/* PATH... [--hunks 1,3 behind a path]. UMBRA_EINVAL for bad words, UMBRA_ENOENT for hunks of what has not
 * changed. argv must stay. */
int cli_read_choices(struct cli *cli, int argc, char **argv, struct cli_choices *choices,
                     struct error *error);
void cli_free_choices(struct cli_choices *choices);
/* NULL when the path is not named. */
const struct cli_choice *cli_find_choice(const struct cli_choices *choices, const char *path);
/* Adds the members of an operation that is about some hunks only. 0 or UMBRA_ENOMEM. */
int cli_add_hunks(cJSON *json, const struct cli_choice *choice);
/* {"op": name, "paths": [...]}; NULL without memory. */
cJSON *cli_choices_operation(const char *name, const struct cli_choices *choices);

/* commands; the process's exit status */
int command_tool(struct cli *cli, int argc, char **argv);
int command_run(struct cli *cli, int argc, char **argv);
int command_status(struct cli *cli, int argc, char **argv);
int command_diff(struct cli *cli, int argc, char **argv);
int command_commit(struct cli *cli, int argc, char **argv);
int command_discard(struct cli *cli, int argc, char **argv);
int command_export(struct cli *cli, int argc, char **argv);
int command_import_archive(struct cli *cli, int argc, char **argv);
int command_checkpoint(struct cli *cli, int argc, char **argv);
int command_log(struct cli *cli, int argc, char **argv);
int command_commits(struct cli *cli, int argc, char **argv);
int command_undo(struct cli *cli, int argc, char **argv);
int command_rewind(struct cli *cli, int argc, char **argv);
int command_drop(struct cli *cli, int argc, char **argv);
/* Opens nothing: looks at an image as it is. */
int command_fsck(const struct cli_options *options, int argc, char **argv);
int command_tools(struct cli *cli, int argc, char **argv);
int command_sh(struct cli *cli, int argc, char **argv);

/* shell.c: the streams of umbra_host.h */
int64_t cli_stream_write(void *context, uint32_t stream, const void *data, size_t size);
void cli_stream_read(void *context, uint32_t stream);

/* terminal.c: the real terminal of an interactive shell. */
struct cli_terminal {
    uint32_t number; /* of the stream; 0: there is no terminal */
    int signals;     /* a signalfd */
    bool ended;      /* it was hung up */
};
/* Whether input and output are one. */
bool cli_terminal_is_there(void);
/* Adds its size to a request, its kind to the environment. 0 or UMBRA_ENOMEM. */
int cli_terminal_describe(cJSON *request, cJSON *environment);
/* Raw mode begins; it ends with cli_terminal_close(), or with the program. */
int cli_terminal_open(struct cli_terminal *terminal, struct error *error);
void cli_terminal_close(struct cli_terminal *terminal);
/* Waits for keys, another size or a signal, and delivers them. */
void cli_terminal_wait(struct cli *cli, struct cli_terminal *terminal, int timeout_ms);

/* The number of a checkpoint or commit that a word is, 0 when it is none. */
double cli_number(const char *word);

/* Prints "umbra: MESSAGE" to stderr and gives 1. */
int cli_fail(const struct error *error);

#endif
