/*
 * fetch.h: a download of c/b into each kind of thing that bytes can go to.
 */
#ifndef AZB_TESTS_FETCH_H
#define AZB_TESTS_FETCH_H

#include "tests/faults/scene.h"

enum destination { TO_FILE, TO_PIPE, TO_STREAM, N_DESTINATIONS };

extern const char *const fetch_name[]; /* of a destination, for labels */

/*
 * Download; what came is appended to ret.
 * more  further parameters, each with a comma first: ",'offset':5"
 */
const struct azb_msg *fetch(struct scene *it, enum destination to, const char *more,
                            struct azb_buf *ret);

/* Append what is in a file, from its beginning. */
void fetch_file(int fd, struct azb_buf *ret);

/* Wait until a resumable download says in its file that so many chunks are there. */
void fetch_wait_chunks(int fd, unsigned n);

#endif
