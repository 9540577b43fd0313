/*
 * scarce.h: memory that runs out when a test says so. A program with scarce.c in it is linked
 * with SCARCE_WRAPS (tests/local.mk); what its own objects and archives then allocate may
 * fail, in the thread that asked for it.
 */
#ifndef AZB_TESTS_SCARCE_H
#define AZB_TESTS_SCARCE_H

#include <stdbool.h>

/* The nth allocation from now on fails, from 1; if it lasts, all after it do too. */
void scarce_begin(unsigned n, bool lasts);

/* There is memory again. Returns whether any allocation has failed. */
bool scarce_end(void);

#endif
