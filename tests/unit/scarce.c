/*
 * scarce.c: see scarce.h. The linker gives calls of malloc() and its like to the functions
 * here.
 */
#include "tests/unit/scarce.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t n);
void *__real_reallocarray(void *memory, size_t n, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t n);
void *__wrap_reallocarray(void *memory, size_t n, size_t size);
char *__wrap_strdup(const char *text);

static _Thread_local struct {
    unsigned n_left; /* allocations until one fails; 0: memory is plenty */
    bool lasts;
    bool has_failed;
} scarce;

void scarce_begin(unsigned n, bool lasts)
{
    scarce.n_left = n;
    scarce.lasts = lasts;
    scarce.has_failed = false;
}

bool scarce_end(void)
{
    scarce.n_left = 0;
    return scarce.has_failed;
}

static bool is_out(void)
{
    if (scarce.n_left == 0 || --scarce.n_left > 0)
        return false;
    scarce.n_left = scarce.lasts;
    scarce.has_failed = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return is_out() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_out() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t n)
{
    return is_out() ? NULL : __real_realloc(memory, n);
}

void *__wrap_reallocarray(void *memory, size_t n, size_t size)
{
    return is_out() ? NULL : __real_reallocarray(memory, n, size);
}

char *__wrap_strdup(const char *text)
{
    return is_out() ? NULL : __real_strdup(text);
}
