/*
 * run.c: many commands, one process, one connection: a line each, quoted as in a shell.
 *
 * A line whose verb can be a job is sent when it has been read, ahead of the answers to the
 * lines before it. These answers are told in the order of the lines, and a line is not sent
 * while one before it may change what it is about: so it is as if each had waited for the one
 * before it. All other verbs wait until they are the only one.
 */
#include "client/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/transfer.h"

enum {
    READ_BYTES = 64 * 1024,
};

struct line {
    struct azb_command command;
    struct azb_job *job;
    struct line *next;
    unsigned long number;
    char **argv;
    char text[]; /* what argv points into */
};

struct run {
    struct azb_command *command; /* `run` itself: its output is that of all lines */
    int fd;
    struct azb_buf in; /* read, and not yet run */
    bool is_end;       /* nothing more can be read */
    unsigned long n_lines, n_commands, n_failed;
    int last_failure;
    struct line *first, **last; /* sent, not told */
    unsigned n_ahead;
};

/* ---- lines ---- */

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
static int split_line(char *text, char **argv, struct azb_error *err)
{
    int argc = 1;

    for (;;) {
        text += strspn(text, " \t");
        if (*text == '\0' || *text == '#')
            return argc;
        argv[argc] = take_word(&text);
        if (argv[argc++] == NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "a quote has no end");
    }
}

static void line_free(struct line *line)
{
    azb_command_clear(&line->command);
    free(line->argv);
    free(line);
}

static struct line *line_new(struct run *run, const char *text, size_t n, struct azb_error *err)
{
    struct line *line = calloc(1, sizeof(*line) + n + 1);
    size_t max_words = n / 2 + 1;

    if (line != NULL)
        line->argv = calloc(max_words + 2, sizeof(*line->argv));
    if (line == NULL || line->argv == NULL) {
        free(line);
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a line");
        return NULL;
    }
    memcpy(line->text, text, n);
    line->number = ++run->n_lines;
    line->command.session = run->command->session;
    return line;
}

/* Understand the words. Returns 1, 0 if there are none, or -1. */
static int line_parse(struct line *line, struct azb_error *err)
{
    int argc = split_line(line->text, line->argv, err);

    if (argc <= 1)
        return argc < 0 ? -1 : 0;
    if (azb_options_parse(argc, line->argv, &line->command.options, err) < 0)
        return -1;
    if (line->command.options.n_operands > 0 &&
        strcmp(line->command.options.operands[0], "run") == 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "run: a list of commands has no further list in it");
    return 1;
}

/* ---- their turns ---- */

/* What has been put out is handed on from one whose turn it is to the next. */
static void hand_on_output(struct azb_command *from, struct azb_command *to)
{
    to->out.buf = from->out.buf;
    to->out.failed_errno = from->out.failed_errno;
    from->out.buf = (struct azb_buf){0};
    to->session->out = &to->out;
}

/* The line's turn has come: its job, or all of it. */
static void line_finish(struct run *run, struct line *line)
{
    int rc;

    hand_on_output(run->command, &line->command);
    rc = line->job != NULL ? line->job->finish(line->job) : azb_command_run(&line->command);
    hand_on_output(&line->command, run->command);
    if (rc == AZB_EXIT_DONE || run->command->out.failed_errno != 0)
        return;
    fprintf(stderr, "azblob: run: line %lu failed (exit code %d)\n", line->number, rc);
    run->n_failed++;
    run->last_failure = rc;
}

static void finish_first(struct run *run)
{
    struct line *line = run->first;

    run->first = line->next;
    if (run->first == NULL)
        run->last = &run->first;
    run->n_ahead--;
    line_finish(run, line);
    line_free(line);
}

static void finish_all(struct run *run)
{
    while (run->first != NULL)
        finish_first(run);
}

static bool same_or_all(const char *a, const char *b)
{
    return a == NULL || b == NULL || strcmp(a, b) == 0;
}

/* Whether it makes a difference which of the two comes first. */
static bool depends(const struct azb_job *a, const struct azb_job *b)
{
    return (a->changes_it || b->changes_it) && same_or_all(a->container, b->container) &&
           same_or_all(a->blob, b->blob);
}

static bool must_wait(const struct run *run, const struct azb_job *job)
{
    if (run->n_ahead >= AZB_MAX_AHEAD)
        return true;
    for (const struct line *line = run->first; line != NULL; line = line->next)
        if (depends(line->job, job))
            return true;
    return false;
}

/* Send the line if it is a job. False: it is none. */
static bool send_ahead(struct run *run, struct line *line)
{
    line->job = azb_command_prepare(&line->command);
    if (line->job == NULL)
        return false;
    while (must_wait(run, line->job))
        finish_first(run);
    line->job->send(line->job);
    *run->last = line;
    run->last = &line->next;
    run->n_ahead++;
    return true;
}

/* A daemon that has been started anew is as good as the old one, once nobody waits for that. */
static void check_connection(struct run *run)
{
    struct azb_session *session = run->command->session;

    if (run->first == NULL && session->connection != NULL &&
        azb_connection_has_gone(session->connection)) {
        azb_session_clear(session);
        session->out = &run->command->out;
    }
}

static void tell_usage(struct run *run, const struct line *line, const struct azb_error *err)
{
    finish_all(run);
    fprintf(stderr, "azblob: %s\nazblob: run: line %lu failed (exit code %d)\n", err->message,
            line->number, AZB_EXIT_USAGE);
    run->n_failed++;
    run->last_failure = AZB_EXIT_USAGE;
}

/* Somebody reads what we put out, and nobody has interrupted a line: that ends the others too.
 */
static bool goes_on(const struct run *run)
{
    return run->command->out.failed_errno == 0 && azb_transfers_interrupted() == 0;
}

static int run_line(struct run *run, const char *text, size_t n, struct azb_error *err)
{
    struct line *line = line_new(run, text, n, err);
    struct azb_error wrong = {0};
    int got;

    if (line == NULL)
        return -1;
    check_connection(run);
    got = line_parse(line, &wrong);
    run->n_commands += got != 0;
    if (got > 0 && send_ahead(run, line))
        return 0;
    if (got < 0)
        tell_usage(run, line, &wrong);
    if (got > 0) {
        finish_all(run);
        line_finish(run, line);
    }
    line_free(line);
    return 0;
}

/* ---- reading ---- */

static int read_more(struct run *run, struct azb_error *err)
{
    ssize_t n;

    if (azb_buf_reserve(&run->in, READ_BYTES) < 0)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a line");
    do
        n = read(run->fd, run->in.data + run->in.len, READ_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "reading commands: %s", strerror(errno));
    run->in.len += (size_t)n;
    run->is_end = n == 0;
    return 0;
}

/* Wait for more lines; meanwhile tell answers as they come. */
static int wait_for_more(struct run *run, struct azb_error *err)
{
    struct azb_error lost = {0};

    while (run->first != NULL) {
        int got = 1;

        if (!run->first->job->is_done(run->first->job))
            got = azb_connection_step_or(run->command->session->connection, run->fd, &lost);
        if (got == 0)
            return read_more(run, err);
        /* Of a connection that is lost, each line tells for itself. */
        if (got < 0 || run->first->job->is_done(run->first->job))
            finish_first(run);
    }
    azb_output_flush(&run->command->out, NULL);
    return read_more(run, err);
}

/* The lines that have been read whole; at the end the last one may lack its newline. */
static int run_read(struct run *run, struct azb_error *err)
{
    const unsigned char *text = run->in.data, *end;
    size_t left = run->in.len;
    int rc = 0;

    while (rc == 0 && left > 0 && goes_on(run) &&
           ((end = memchr(text, '\n', left)) != NULL || run->is_end)) {
        size_t n = end != NULL ? (size_t)(end - text) : left;

        rc = run_line(run, (const char *)text, n, err);
        n += end != NULL;
        text += n;
        left -= n;
    }
    azb_buf_drop(&run->in, run->in.len - left);
    return rc;
}

static int run_lines(struct run *run, struct azb_error *err)
{
    int rc = 0;

    while (rc == 0 && !run->is_end && goes_on(run)) {
        rc = wait_for_more(run, err);
        if (rc == 0)
            rc = run_read(run, err);
    }
    finish_all(run);
    azb_buf_clear(&run->in);
    return rc;
}

int azb_verb_run(struct azb_command *command)
{
    const char *path = command->options.n_operands > 0 ? command->options.operands[0] : "-";
    struct run run = {.command = command, .last = &run.first};
    struct azb_error err = {0};
    int rc;

    run.fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (run.fd < 0)
        rc = azb_error_set(&err, AZB_ERR_LOCAL_IO, "%.300s: %s", path, strerror(errno));
    else
        rc = azb_command_connect(command, &err);
    if (rc == 0)
        rc = run_lines(&run, &err);
    if (run.fd > STDIN_FILENO)
        close(run.fd);
    if (rc < 0)
        return azb_command_end(command, NULL, &err);
    if (azb_transfers_interrupted() != 0)
        return 128 + azb_transfers_interrupted();
    return run.n_commands == 1 || run.n_failed == 0 ? run.last_failure : AZB_EXIT_FAILED;
}
