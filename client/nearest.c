/*
 * nearest.c: how many letters one must change, add or drop to get from one word to another.
 */
#include "client/nearest.h"

#include <string.h>

enum {
    MAX_WORD_BYTES = 32, /* longer ones are no misspelling of ours */
    MAX_CHANGES = 2,
};

static unsigned min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, one row of his table at a time. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[MAX_WORD_BYTES + 1];
    size_t n = strlen(b);

    if (n > MAX_WORD_BYTES)
        return MAX_CHANGES + 1;
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        unsigned diagonal = row[0];

        row[0]++;
        for (size_t j = 0; j < n; j++) {
            unsigned changed = diagonal + (a[i] != b[j]);

            diagonal = row[j + 1];
            row[j + 1] = min(changed, min(row[j], row[j + 1]) + 1);
        }
    }
    return row[n];
}

const char *azb_nearest(const char *word, const void *rows, size_t row_bytes, size_t n_rows)
{
    unsigned best = MAX_CHANGES + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < n_rows; i++) {
        const char *name = *(const char *const *)((const char *)rows + i * row_bytes);
        unsigned changes = name != NULL ? distance(word, name) : best;

        /* Of a short word, two changes leave nothing. */
        if (changes < best && changes < strlen(word)) {
            best = changes;
            nearest = name;
        }
    }
    return nearest;
}
