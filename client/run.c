/*
 * run.c: many commands, one process, one connection: a line each, quoted as in a shell.
 */
#include "client/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_WORDS = 4096, /* of a line */
};

/* One word, unquoted in place: '...' is literal, "..." and what is bare know \. *at moves
 * behind it. Returns NULL for a quote without its end. */
static char *take_word(char **at)
{
    char *from = *at, *to = *at, *word = *at;
    char quote = '\0';

    for (; *from != '\0' && (quote != '\0' || strchr(" \t", *from) == NULL); from++) {
        if (*from == quote)
            quote = '\0';
        else if (quote == '\0' && (*from == '\'' || *from == '"'))
            quote = *from;
        else if (*from == '\\' && quote != '\'' && from[1] != '\0')
            *to++ = *++from;
        else
            *to++ = *from;
    }
    *at = *from != '\0' ? from + 1 : from;
    *to = '\0';
    return quote == '\0' ? word : NULL;
}

/* A line's words as argv, argv[0] being whatever. Returns their number, or -1. */
static int split_line(char *line, char **argv, struct azb_error *err)
{
    int argc = 1;

    for (;;) {
        line += strspn(line, " \t");
        if (*line == '\0' || *line == '#')
            break;
        if (argc == MAX_WORDS)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "more than %d words", MAX_WORDS);
        argv[argc] = take_word(&line);
        if (argv[argc++] == NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "a quote has no end");
    }
    argv[argc] = NULL;
    return argc;
}

/* One line's command, with what the process has: connection, client, output. */
static int run_words(struct azb_command *command, int argc, char **argv)
{
    struct azb_error err = {0};
    int rc = AZB_EXIT_USAGE;

    command->n_items = command->n_failed = 0;
    command->deadline_at_ms = 0;
    command->out.n_rows = 0;
    if (azb_options_parse(argc, argv, &command->options, &err) < 0)
        fprintf(stderr, "azblob: %s\n", err.message);
    else if (command->options.n_operands > 0 &&
             strcmp(command->options.operands[0], "run") == 0)
        fprintf(stderr, "azblob: run: a list of commands has no further list in it\n");
    else
        rc = azb_command_run(command);
    azb_options_clear(&command->options);
    return rc;
}

/* How it went so far. */
struct summary {
    unsigned long n_lines, n_commands, n_failed;
    int last_failure;
};

static void run_line(struct azb_command *command, char *line, char **argv,
                     struct summary *summary)
{
    struct azb_error err = {0};
    int argc = split_line(line, argv, &err), rc = AZB_EXIT_USAGE;

    if (argc == 1)
        return;
    summary->n_commands++;
    if (argc < 0)
        fprintf(stderr, "azblob: %s\n", err.message);
    else
        rc = run_words(command, argc, argv);
    if (rc == AZB_EXIT_DONE)
        return;
    fprintf(stderr, "azblob: run: line %lu failed (exit code %d)\n", summary->n_lines, rc);
    summary->n_failed++;
    summary->last_failure = rc;
}

static int run_lines(struct azb_command *command, FILE *file, struct summary *summary,
                     struct azb_error *err)
{
    char **argv = calloc(MAX_WORDS + 1, sizeof(*argv));
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    if (argv == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a line");
    while (command->out.failed_errno == 0 && (n = getline(&line, &room, file)) > 0) {
        summary->n_lines++;
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        run_line(command, line, argv, summary);
    }
    free(line);
    free(argv);
    return ferror(file)
               ? azb_error_set(err, AZB_ERR_LOCAL_IO, "reading commands: %s", strerror(errno))
               : 0;
}

int azb_verb_run(struct azb_command *command)
{
    struct azb_options own = command->options;
    const char *path = own.n_operands > 0 ? own.operands[0] : "-";
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    struct summary summary = {0};
    struct azb_error err = {0};
    int rc;

    if (file == NULL)
        rc = azb_error_set(&err, AZB_ERR_LOCAL_IO, "%.300s: %s", path, strerror(errno));
    else
        rc = azb_command_connect(command, &err);
    if (rc == 0)
        rc = run_lines(command, file, &summary, &err);
    if (file != NULL && file != stdin)
        fclose(file);
    command->options = own;
    command->name = "run";
    if (rc < 0)
        return azb_command_end(command, NULL, &err);
    return summary.n_commands == 1 || summary.n_failed == 0 ? summary.last_failure
                                                            : AZB_EXIT_FAILED;
}
