/*
 * usage.h: what a measured stretch of work has cost: time, our own CPU and the daemon's.
 */
#ifndef AZB_BENCH_USAGE_H
#define AZB_BENCH_USAGE_H

#include <sys/types.h>

/* Seconds since the same unnamed start, or between two such readings. */
struct bench_usage {
    double wall_s;
    double own_cpu_s;   /* this process, user and system */
    double other_cpu_s; /* the other process, all its threads, ended ones included */
};

/* A reading. other: a process id, or 0 for none. Exits when there is no such process. */
struct bench_usage bench_usage_now(pid_t other);

/* What has been used since a reading. */
struct bench_usage bench_usage_since(const struct bench_usage *start, pid_t other);

#endif
