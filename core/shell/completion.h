/* completion.h: what a word of a command line could become: commands, paths, variables, and what complete was
 * told about the arguments of a command (bash 5.2 manual, "Programmable Completion"). */
#ifndef UMBRA_SHELL_COMPLETION_H
#define UMBRA_SHELL_COMPLETION_H

#include "shell/execute.h"
#include "shell/line_editor.h"

#define SH_COMPLETION_ACTIONS(X)                                                                             \
    X(ALIAS, "alias", 'a')                                                                                   \
    X(ARRAYVAR, "arrayvar", 0)                                                                               \
    X(BINDING, "binding", 0)                                                                                 \
    X(BUILTIN, "builtin", 'b')                                                                               \
    X(COMMAND, "command", 'c')                                                                               \
    X(DIRECTORY, "directory", 'd')                                                                           \
    X(DISABLED, "disabled", 0)                                                                               \
    X(ENABLED, "enabled", 0)                                                                                 \
    X(EXPORT, "export", 'e')                                                                                 \
    X(FILE, "file", 'f')                                                                                     \
    X(FUNCTION, "function", 0)                                                                               \
    X(GROUP, "group", 'g')                                                                                   \
    X(HELPTOPIC, "helptopic", 0)                                                                             \
    X(HOSTNAME, "hostname", 0)                                                                               \
    X(JOB, "job", 'j')                                                                                       \
    X(KEYWORD, "keyword", 'k')                                                                               \
    X(RUNNING, "running", 0)                                                                                 \
    X(SERVICE, "service", 's')                                                                               \
    X(SETOPT, "setopt", 0)                                                                                   \
    X(SHOPT, "shopt", 0)                                                                                     \
    X(SIGNAL, "signal", 0)                                                                                   \
    X(STOPPED, "stopped", 0)                                                                                 \
    X(USER, "user", 'u')                                                                                     \
    X(VARIABLE, "variable", 'v')

enum sh_completion_action {
#define SH_ACTION_ENUM(id, name, letter) SH_COMPLETES_##id,
    SH_COMPLETION_ACTIONS(SH_ACTION_ENUM)
#undef SH_ACTION_ENUM
        SH_COMPLETES_COUNT
};

#define SH_COMPLETION_OPTIONS(X)                                                                             \
    X(BASHDEFAULT, "bashdefault")                                                                            \
    X(DEFAULT, "default")                                                                                    \
    X(DIRNAMES, "dirnames")                                                                                  \
    X(FILENAMES, "filenames")                                                                                \
    X(NOQUOTE, "noquote")                                                                                    \
    X(NOSORT, "nosort")                                                                                      \
    X(NOSPACE, "nospace")                                                                                    \
    X(PLUSDIRS, "plusdirs")

enum sh_completion_option {
#define SH_OPTION_BIT(id, name) SH_COMPLETION_##id,
    SH_COMPLETION_OPTIONS(SH_OPTION_BIT)
#undef SH_OPTION_BIT
        SH_COMPLETION_OPTION_COUNT
};

enum sh_completion_text {
    SH_TEXT_GLOB,
    SH_TEXT_WORDS,
    SH_TEXT_FUNCTION,
    SH_TEXT_COMMAND,
    SH_TEXT_FILTER,
    SH_TEXT_PREFIX,
    SH_TEXT_SUFFIX,
    SH_TEXT_COUNT
};

/* For which words a specification is: of a command, of those without one, of an empty line, of the first
 * word. */
enum sh_completion_place { SH_FOR_NAME, SH_FOR_DEFAULT, SH_FOR_EMPTY, SH_FOR_INITIAL };

struct sh_completion_spec {
    uint32_t references;
    struct memory_account *account;
    enum sh_completion_place place;
    uint32_t actions, options; /* a bit each */
    char *name;
    char *texts[SH_TEXT_COUNT]; /* NULL: none */
};

struct sh_completions {
    uint32_t references;
    struct memory_account *account;
    struct sh_completion_spec **items;
    size_t count, capacity;
};

/* completion_spec.c: the table. A specification is copied in; false without memory. */
bool sh_completions_set(struct shell *shell, const struct sh_completion_spec *spec);
bool sh_completions_remove(struct shell *shell, enum sh_completion_place place, const char *name);
struct sh_completion_spec *sh_completions_find(const struct shell *shell, enum sh_completion_place place,
                                               const char *name);
/* One reference less. */
void sh_completion_spec_drop(struct sh_completion_spec *spec);
void sh_completions_drop(struct sh_completions *completions);

/* --- generating --- */

/* A line up to the cursor, taken apart. */
struct sh_completion_word {
    size_t start;             /* of the word, with its quotes */
    size_t value_start;       /* behind what breaks words: = and : */
    size_t part_start;        /* behind the last slash */
    char quote;               /* that is open at the cursor; 0: none */
    bool is_command, is_file; /* is_file: it is behind a redirection */
    size_t command_start;
};
void sh_find_word(const char *line, size_t size, struct sh_completion_word *word);
/* Appends text without its quotes. */
void sh_unquote_word(const char *text, size_t size, struct buffer *out);

/* Adds what an action gives for a word that begins so (unquoted). False without memory. */
bool sh_complete_action(struct shell *shell, enum sh_completion_action action, const char *word, size_t size,
                        struct sh_matches *matches);
/* Adds paths; whole: with the directory in which they are, else the last part only. */
bool sh_complete_paths(struct shell *shell, const char *word, size_t size, bool directories_only, bool whole,
                       struct sh_matches *matches);

/* A completion that is under way. */
struct sh_completion {
    struct sh_matches matches;
    unsigned stage;
    enum sh_key_function function;
    struct buffer line, word; /* word: unquoted */
    size_t point;
    struct sh_completion_word found;
    struct sh_completion_spec *spec; /* a reference; NULL: the usual way */
    struct buffer command;           /* its name */
    uint32_t options;                /* of spec, as compopt changed them */
    size_t tries;                    /* functions that asked for another look (status 124) */
    bool marked;
    struct arena_mark place; /* what its function is called with stands behind it */
};

void sh_completion_begin(struct shell *shell, struct sh_completion *completion, const char *line, size_t size,
                         size_t point, enum sh_key_function function);
/* SH_RETURNS with the matches; SH_GOES_ON: a frame was pushed, to be called again after it; SH_WAITS. */
enum sh_step sh_completion_run(struct shell *shell, struct sh_completion *completion);
void sh_completion_end(struct shell *shell, struct sh_completion *completion);

/* Of compgen and of a specification: all that needs no function or command. */
bool sh_generate(struct shell *shell, const struct sh_completion_spec *spec, const char *word, size_t size,
                 struct sh_matches *matches);
/* Drops what a filter matches, adds prefix and suffix. */
bool sh_trim_matches(struct shell *shell, const struct sh_completion_spec *spec, const char *word,
                     size_t size, struct sh_matches *matches);

#endif
