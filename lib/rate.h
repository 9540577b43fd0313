/*
 * rate.h: at most so many bytes a second. A bucket fills with time and is emptied by what
 * moves; it may go below zero by one piece, and then nothing moves until it is filled again.
 */
#ifndef AZB_LIB_RATE_H
#define AZB_LIB_RATE_H

#include <stdint.h>

struct azb_rate {
    uint64_t bytes_per_s; /* 0: no limit */
    int64_t tokens;       /* thousandths of a byte */
    uint64_t filled_ms;   /* until then */
};

/* A new limit; 0: none. Zeroed is none, too. */
void azb_rate_configure(struct azb_rate *rate, uint64_t bytes_per_s, uint64_t now_ms);

/* How long to wait before more may move; 0: now. */
uint64_t azb_rate_wait_ms(struct azb_rate *rate, uint64_t now_ms);

/* So many bytes have moved. */
void azb_rate_moved(struct azb_rate *rate, uint64_t bytes);

#endif
