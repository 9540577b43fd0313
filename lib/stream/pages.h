/*
 * pages.h: which parts of a page blob hold something: the rest is zeros, and need not be
 * fetched. The service's list is read a piece at a time, just ahead of the download, so that it
 * takes the same memory however scattered the pages are. Where the list cannot be had, all of
 * the blob may hold something.
 *
 * Parts are told by the unit (a chunk of a file, a range in order): what is held in one unit
 * counts as one part, from its first byte to its last.
 */
#ifndef AZB_LIB_STREAM_PAGES_H
#define AZB_LIB_STREAM_PAGES_H

#include "lib/errand.h"

struct azb_pages;

/*
 * For the call's blob of that version. Nothing is asked yet, and nothing is known.
 *
 * offset      units are counted from here on, and the list begins here
 * etag        copied
 * on_known    more is known, or that no more will be; from the event loop
 *
 * Returns what lives in the call's arena, or NULL: no memory.
 */
struct azb_pages *azb_pages_new(struct azb_call *call, uint64_t offset, uint64_t unit_bytes,
                                const char *etag, void (*on_known)(struct azb_call *call));

/* Ask for the next piece of the list if there is need and room for it. From the event loop, not
 * from a transfer's callback. */
void azb_pages_ask(struct azb_pages *pages);

/* Give up what is under way; no callback comes any more. NULL is allowed. */
void azb_pages_stop(struct azb_pages *pages);

/* The following take NULL for "all of it holds something", and go forward: nothing is asked
 * about again that lies before. */

/* All before this byte is known; it begins a unit, or is UINT64_MAX. */
uint64_t azb_pages_known(const struct azb_pages *pages);

/* How many bytes from there on are known to be zeros. at: before azb_pages_known(). */
uint64_t azb_pages_empty(struct azb_pages *pages, uint64_t at);

/* How many of the max bytes from there on, all of one unit, are up to its last that holds
 * something. at: one that does, or may. */
uint64_t azb_pages_held(struct azb_pages *pages, uint64_t at, uint64_t max);

#endif
