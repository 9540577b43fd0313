/*
 * program.h: the azblob command under test, run as a user's shell would run it. The program is
 * $AZBLOB, else ./azblob. Nothing here returns a failure: whatever goes wrong ends the test
 * with the reason, and no wait is longer than 10 s.
 */
#ifndef AZB_TESTS_PROGRAM_H
#define AZB_TESTS_PROGRAM_H

#include <sys/types.h>
#include "tests/faults/daemon.h"

struct program;

/* Start `azblob COMMAND` against this daemon, COMMAND being a shell's. */
struct program *program_start(const struct daemon *daemon, const char *command);

pid_t program_pid(const struct program *program);

/* Write to its standard input; and end that. */
void program_type(struct program *program, const char *text);
void program_end_input(struct program *program);

/* The next line of its standard output, waited for; without its newline, borrowed until the
 * next call. */
const char *program_line(struct program *program);

/* Wait for its end: the exit code, or 128 and the number of the signal. */
int program_wait(struct program *program);

/* After that: the rest of its output, and what it said on standard error. */
const char *program_output(struct program *program);
const char *program_errors(struct program *program);

void program_free(struct program *program);

/* Run a command without input, and check how it ends and what it says. NULL: no matter.
 * errors: a part of what stands on standard error. */
void program_check(const struct daemon *daemon, const char *command, int status,
                   const char *output, const char *errors);

#endif
