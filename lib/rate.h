/*
 * rate.h: at most so many bytes a second. A bucket fills with time and is emptied by what
 * moves; it may go below zero by one piece, and then nothing moves until it is filled again.
 * Several threads may use one.
 */
#ifndef AZB_LIB_RATE_H
#define AZB_LIB_RATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* Zeroed: no limit. */
struct azb_rate {
    _Atomic uint64_t bytes_per_s; /* 0: no limit; written under the lock */
    pthread_mutex_t lock;         /* for what follows */
    int64_t tokens;               /* thousandths of a byte */
    uint64_t filled_ms;           /* until then */
};

/* A new limit; 0: none. */
void azb_rate_configure(struct azb_rate *rate, uint64_t bytes_per_s, uint64_t now_ms);

/* How long to wait before more may move; 0: now. */
uint64_t azb_rate_wait_ms(struct azb_rate *rate, uint64_t now_ms);

/* So many bytes have moved. */
void azb_rate_moved(struct azb_rate *rate, uint64_t bytes);

#endif
