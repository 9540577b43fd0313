/*
 * lease_run.c: a command that runs only while we have a lease. The daemon renews it; should it
 * be lost the command is ended, and should we be killed the daemon sees our connection go and
 * releases it, and the kernel ends the command.
 */
#include "client/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/value.h"

enum {
    DEFAULT_TERM_S = 60,
    AGAIN_MS = 1000,      /* between two tries for a lease that another has */
    GRACE_MS = 10 * 1000, /* from SIGTERM to SIGKILL for a command that has lost its lease */
};

struct lease_run {
    struct azb_command *command;
    struct azb_target target;
    char id[37];
    int signals; /* a signalfd */
    pid_t child;
    bool is_lost;
    sigset_t caller_mask; /* what the command is to start with */
};

/* A random UUID: ours even if we never hear that the lease was granted. */
static int make_id(char ret[37], struct azb_error *err)
{
    unsigned char b[16];

    if (getrandom(b, sizeof(b), 0) != sizeof(b))
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "random bytes: %s", strerror(errno));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
             b[13], b[14], b[15]);
    return 0;
}

static int acquire_once(struct lease_run *run, struct azb_error *err)
{
    struct azb_command *command = run->command;
    struct azb_client_call call = {0};

    if (azb_command_begin(command, &call, "lease.acquire", &run->target, err) < 0)
        return -1;
    if (run->target.blob != NULL && run->target.blob[0] != '\0')
        azb_call_str(&call, "blob", run->target.blob);
    azb_call_str(&call, "lease_id", run->id);
    azb_call_bool(&call, "bind", true);
    if (command->options.values[AZB_OPTION_DURATION] == NULL)
        azb_call_int(&call, "lease_duration", DEFAULT_TERM_S);
    azb_command_params(command, &call);
    return azb_command_finish(&call, -1, err);
}

/* The lease, now or (--wait) when nobody else has it any more. */
static int acquire(struct lease_run *run, struct azb_error *err)
{
    bool waits = azb_options_has(&run->command->options, AZB_HAS(WAIT));

    for (;;) {
        *err = (struct azb_error){0};
        if (acquire_once(run, err) == 0)
            return 0;
        if (!waits || azb_exit_code(err) != AZB_EXIT_CONFLICT)
            return -1;
        azb_command_say(run->command, "another has the lease: waiting");
        poll(NULL, 0, AGAIN_MS);
    }
}

/* In the child: become the command. */
_Noreturn static void become(const struct lease_run *run, char **argv)
{
    int rc;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == 1) /* too late for that */
        _exit(AZB_EXIT_RUN_FAILED);
    sigprocmask(SIG_SETMASK, &run->caller_mask, NULL);
    setenv("AZBLOB_LEASE_ID", run->id, 1);
    execvp(argv[0], argv);
    rc = errno == ENOENT ? AZB_EXIT_RUN_NOT_FOUND : AZB_EXIT_RUN_UNEXECUTABLE;
    fprintf(stderr, "azblob: lease run: %s: %s\n", argv[0], strerror(errno));
    _exit(rc);
}

static void on_notice(const char *method, const msgpack_object *args, unsigned n_args,
                      void *arg)
{
    struct lease_run *run = arg;
    struct azb_error err = {0};

    if (strcmp(method, "$/lease") != 0 || n_args < 3 || !azb_value_is(&args[0], run->id))
        return;
    azb_error_unpack(&err, &args[2]);
    azb_command_end(run->command, run->target.text, &err);
    run->is_lost = true;
}

/* What the terminal or another process wants of us, the command gets (the terminal itself has
 * sent it SIGINT and SIGQUIT already). */
static void pass_on_signal(struct lease_run *run)
{
    struct signalfd_siginfo info;

    if (read(run->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP)
        kill(run->child, (int)info.ssi_signo);
}

static void lose(struct lease_run *run)
{
    fprintf(stderr, "azblob: lease run: the lease is lost: ending the command\n");
    run->is_lost = true;
    kill(run->child, SIGTERM);
}

/* Wait for the command, and end it when the lease goes. Returns its wait status. */
static int supervise(struct lease_run *run)
{
    struct azb_connection *connection = run->command->connection;
    struct pollfd fds[] = {{run->signals, POLLIN, 0},
                           {azb_connection_fd(connection), POLLIN, 0}};
    struct azb_error err = {0};
    bool is_ending = false;
    int status;

    while (waitpid(run->child, &status, WNOHANG) != run->child) {
        int n = poll(fds, is_ending ? 1 : 2, is_ending ? GRACE_MS : -1);

        if (n == 0)
            kill(run->child, SIGKILL);
        if (n <= 0)
            continue;
        if (fds[0].revents != 0)
            pass_on_signal(run);
        if (!is_ending && fds[1].revents != 0 && azb_connection_step(connection, &err) < 0) {
            azb_command_end(run->command, NULL, &err);
            run->is_lost = true;
        }
        if (run->is_lost && !is_ending) {
            is_ending = true;
            lose(run);
        }
    }
    return status;
}

/* From here on these signals are read from a descriptor; nothing between two looks is lost. */
static int catch_signals(struct lease_run *run, struct azb_error *err)
{
    static const int wanted[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        sigaddset(&set, wanted[i]);
    sigprocmask(SIG_BLOCK, &set, &run->caller_mask);
    run->signals = signalfd(-1, &set, SFD_CLOEXEC);
    return run->signals < 0
               ? azb_error_set(err, AZB_ERR_LOCAL_IO, "signalfd: %s", strerror(errno))
               : 0;
}

/* As env(1) ends: with the command's own exit code. */
static int exit_code(const struct lease_run *run, int status)
{
    if (run->is_lost)
        return AZB_EXIT_RUN_FAILED;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_command(struct lease_run *run, char **argv)
{
    struct azb_error err = {0};
    int status;

    if (catch_signals(run, &err) < 0) {
        azb_command_end(run->command, NULL, &err);
        return AZB_EXIT_RUN_FAILED;
    }
    azb_connection_set_notice(run->command->connection, on_notice, run);
    run->child = fork();
    if (run->child == 0)
        become(run, argv);
    if (run->child < 0) {
        fprintf(stderr, "azblob: lease run: %s\n", strerror(errno));
        close(run->signals);
        return AZB_EXIT_RUN_FAILED;
    }
    status = supervise(run);
    close(run->signals);
    return exit_code(run, status);
}

/* So that whoever runs next finds the lease free; if this fails, the connection's end does it.
 */
static void release(struct lease_run *run)
{
    struct azb_client_call call = {0};
    struct azb_error err = {0};

    run->command->deadline_at_ms = 0; /* it was for the waiting */
    if (azb_command_begin(run->command, &call, "lease.release", &run->target, &err) < 0)
        return;
    if (run->target.blob != NULL && run->target.blob[0] != '\0')
        azb_call_str(&call, "blob", run->target.blob);
    azb_call_str(&call, "lease", run->id);
    if (azb_command_finish(&call, -1, &err) < 0)
        azb_command_end(run->command, run->target.text, &err);
}

int azb_verb_lease_run(struct azb_command *command)
{
    struct azb_options *options = &command->options;
    struct lease_run run = {.command = command};
    struct azb_error err = {0};
    int rc;

    if (azb_target_parse(options->operands[0], &run.target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    if (run.target.container == NULL)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG, "'%.200s' names no container and no blob",
                           run.target.text);
    else
        rc = make_id(run.id, &err);
    if (rc == 0 && acquire(&run, &err) == 0) {
        options->operands[options->n_operands] = NULL;
        rc = run_command(&run, options->operands + 1);
        if (!run.is_lost)
            release(&run);
    } else {
        rc = azb_command_end(command, run.target.text, &err) == AZB_EXIT_USAGE
                 ? AZB_EXIT_USAGE
                 : AZB_EXIT_RUN_FAILED;
    }
    azb_target_clear(&run.target);
    return rc;
}
