/*
 * exec_time.c: what it costs to run a short command, from exec to exit.
 *
 *     exec_time RUNS COMMAND [ARGUMENT...]
 *
 * Prints the median wall time and CPU time (user and system) of RUNS runs, in microseconds:
 *     wall_us=851.2 cpu_us=702.0
 * One run goes before and is not counted. The command's output is thrown away; a run that fails
 * ends the measurement.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double timeval_us(const struct timeval *t)
{
    return (double)t->tv_sec * 1e6 + (double)t->tv_usec;
}

/* Run the command once; exits when it cannot be started or fails. */
static void run(char **command, const posix_spawn_file_actions_t *actions, double *ret_wall_us,
                double *ret_cpu_us)
{
    struct rusage usage;
    double start_us = now_us();
    pid_t pid;
    int status;
    int failure = posix_spawnp(&pid, command[0], actions, NULL, command, environ);

    if (failure != 0) {
        fprintf(stderr, "exec_time: %s: %s\n", command[0], strerror(failure));
        exit(1);
    }
    while (wait4(pid, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            perror("exec_time: wait4");
            exit(1);
        }
    }
    *ret_wall_us = now_us() - start_us;
    *ret_cpu_us = timeval_us(&usage.ru_utime) + timeval_us(&usage.ru_stime);
    if (status != 0) {
        fprintf(stderr, "exec_time: %s failed: wait status 0x%x\n", command[0],
                (unsigned)status);
        exit(1);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare_doubles);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    size_t n_runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    double *wall_us = calloc(n_runs + 1, sizeof(*wall_us));
    double *cpu_us = calloc(n_runs + 1, sizeof(*cpu_us));
    posix_spawn_file_actions_t actions;

    if (n_runs == 0 || wall_us == NULL || cpu_us == NULL) {
        fprintf(stderr, "usage: exec_time RUNS COMMAND [ARGUMENT...]\n");
        return 2;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (size_t i = 0; i <= n_runs; i++)
        run(argv + 2, &actions, &wall_us[i], &cpu_us[i]);
    /* Run 0 only filled the caches. */
    printf("wall_us=%.1f cpu_us=%.1f\n", median(wall_us + 1, n_runs),
           median(cpu_us + 1, n_runs));
    free(wall_us);
    free(cpu_us);
    return 0;
}
