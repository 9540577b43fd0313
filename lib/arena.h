/*
 * arena.h: memory of one call: many small allocations, given back all at once, zeroed first
 * (a call's arena holds signatures and tokens).
 */
#ifndef AZB_LIB_ARENA_H
#define AZB_LIB_ARENA_H

#include <stddef.h>

struct azb_arena;

/* Returns NULL when there is no memory. Arenas are recycled by the thread that frees them. */
struct azb_arena *azb_arena_new(void);

/* Zeroes and gives back everything that was allocated from it. NULL is allowed. */
void azb_arena_free(struct azb_arena *arena);

/* n bytes, aligned for any type, not initialised; NULL when there is no memory. */
void *azb_arena_alloc(struct azb_arena *arena, size_t n);

/* n zeroed bytes. */
void *azb_arena_zalloc(struct azb_arena *arena, size_t n);

/* A NUL-terminated copy of n bytes. */
char *azb_arena_strndup(struct azb_arena *arena, const char *s, size_t n);
char *azb_arena_strdup(struct azb_arena *arena, const char *s);

char *azb_arena_printf(struct azb_arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
