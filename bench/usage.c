/*
 * usage.c: reads the kernel's clocks of a process. A process's CPU clock counts in nanoseconds
 * where /proc/PID/stat has ticks of 10 ms, and it keeps what threads used that have ended.
 */
#include "bench/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double clock_s(clockid_t clock)
{
    struct timespec t;

    if (clock_gettime(clock, &t) < 0) {
        perror("clock_gettime");
        exit(1);
    }
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double process_cpu_s(pid_t pid)
{
    clockid_t clock;
    int failure = clock_getcpuclockid(pid, &clock);

    if (failure != 0) {
        fprintf(stderr, "CPU clock of process %d: %s\n", (int)pid, strerror(failure));
        exit(1);
    }
    return clock_s(clock);
}

struct bench_usage bench_usage_now(pid_t other)
{
    return (struct bench_usage){
        .wall_s = clock_s(CLOCK_MONOTONIC),
        .own_cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID),
        .other_cpu_s = other != 0 ? process_cpu_s(other) : 0,
    };
}

struct bench_usage bench_usage_since(const struct bench_usage *start, pid_t other)
{
    struct bench_usage used = bench_usage_now(other);

    used.wall_s -= start->wall_s;
    used.own_cpu_s -= start->own_cpu_s;
    used.other_cpu_s -= start->other_cpu_s;
    return used;
}
