/* program.c: see program.h. */
#define _GNU_SOURCE 1 /* pipe2(), environ */
#include "tests/faults/program.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/folder.h"

enum { MAX_WAIT_MS = 10 * 1000, ERRORS_BYTES = 16 * 1024 };

struct program {
    char *command;
    pid_t pid;
    int input, output;
    struct azb_buf read; /* of its output */
    size_t line_bytes;   /* given as a line, to be dropped */
    char errors_path[64];
    char errors[ERRORS_BYTES];
};

/* What a developer has set must not decide here. */
static void clear_environment(const struct daemon *daemon)
{
    static const char *const names[] = {
        "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT",   "AZURE_STORAGE_KEY",
        "AZURE_STORAGE_SAS_TOKEN",         "AZURE_STORAGE_AUTH_MODE", "AZBLOB_PROFILE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    setenv("AZBLOBD_SOCKET", daemon_socket(daemon), 1);
    setenv("AZBLOBD_NO_START", "1", 1);
    if (getenv("AZBLOB") == NULL)
        setenv("AZBLOB", "./azblob", 1);
}

struct program *program_start(const struct daemon *daemon, const char *command)
{
    struct program *program = calloc(1, sizeof(*program));
    posix_spawn_file_actions_t actions;
    char *args[] = {(char *)"sh", (char *)"-c", NULL, NULL};
    int input[2], output[2], errors;

    ck_assert_ptr_nonnull(program);
    ck_assert_int_ge(asprintf(&program->command, "exec \"$AZBLOB\" %s", command), 0);
    args[2] = program->command;
    snprintf(program->errors_path, sizeof(program->errors_path), "%s/errors-XXXXXX",
             folder_path());
    errors = mkostemp(program->errors_path, O_CLOEXEC);
    ck_assert_int_ge(errors, 0);
    ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
    clear_environment(daemon);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    ck_assert_int_eq(posix_spawn(&program->pid, "/bin/sh", &actions, NULL, args, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    close(errors);
    program->input = input[1];
    program->output = output[0];
    return program;
}

pid_t program_pid(const struct program *program)
{
    return program->pid;
}

void program_type(struct program *program, const char *text)
{
    ck_assert_int_eq(write(program->input, text, strlen(text)), (ssize_t)strlen(text));
}

void program_end_input(struct program *program)
{
    if (program->input >= 0)
        close(program->input);
    program->input = -1;
}

/* Wait for more of its output; false at the end of it. */
static bool read_more(struct program *program)
{
    struct pollfd ready = {.fd = program->output, .events = POLLIN};
    char piece[4096];
    ssize_t n;

    ck_assert_msg(poll(&ready, 1, MAX_WAIT_MS) == 1, "%s: is silent, and goes on. Errors: %s",
                  program->command, program_errors(program));
    n = read(program->output, piece, sizeof(piece));
    ck_assert_int_ge(n, 0);
    azb_buf_append(&program->read, piece, (size_t)n);
    return n > 0;
}

const char *program_line(struct program *program)
{
    char *end = NULL;

    azb_buf_drop(&program->read, program->line_bytes);
    while (program->read.len == 0 ||
           (end = memchr(program->read.data, '\n', program->read.len)) == NULL)
        ck_assert_msg(read_more(program), "%s: no further line. Errors: %s", program->command,
                      program_errors(program));
    *end = '\0';
    program->line_bytes = (size_t)(end - (char *)program->read.data) + 1;
    return (const char *)program->read.data;
}

int program_wait(struct program *program)
{
    int status;

    while (read_more(program))
        ;
    ck_assert_int_eq(waitpid(program->pid, &status, 0), program->pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

const char *program_output(struct program *program)
{
    azb_buf_drop(&program->read, program->line_bytes);
    program->line_bytes = 0;
    return azb_buf_cstr(&program->read);
}

const char *program_errors(struct program *program)
{
    int fd = open(program->errors_path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, program->errors, sizeof(program->errors) - 1);

    ck_assert_int_ge(n, 0);
    program->errors[n] = '\0';
    close(fd);
    return program->errors;
}

void program_free(struct program *program)
{
    program_end_input(program);
    close(program->output);
    azb_buf_clear(&program->read);
    free(program->command);
    free(program);
}

void program_check(const struct daemon *daemon, const char *command, int status,
                   const char *output, const char *errors)
{
    struct program *program = program_start(daemon, command);
    int got;

    program_end_input(program);
    got = program_wait(program);

    ck_assert_msg(got == status, "%s: ends with %d, not %d. Errors: %s", command, got, status,
                  program_errors(program));
    if (output != NULL)
        ck_assert_msg(strcmp(program_output(program), output) == 0, "%s: says '%s', not '%s'",
                      command, program_output(program), output);
    if (errors != NULL)
        ck_assert_msg(strstr(program_errors(program), errors) != NULL, "%s: no '%s' in '%s'",
                      command, errors, program_errors(program));
    program_free(program);
}
