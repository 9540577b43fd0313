/*
 * nearest.h: "did you mean ...?"
 */
#ifndef AZB_CLIENT_NEAREST_H
#define AZB_CLIENT_NEAREST_H

#include <stddef.h>

/*
 * The name nearest to `word` of a table whose rows are row_bytes apart and begin with a
 * `const char *` name (rows with NULL are passed over). NULL when none is near.
 */
const char *azb_nearest(const char *word, const void *rows, size_t row_bytes, size_t n_rows);

#endif
