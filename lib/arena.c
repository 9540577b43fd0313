/*
 * arena.c: memory is handed out by moving a mark through chunks. The arena itself sits in
 * front of its first chunk, in one block of 4 KiB; blocks are kept for the next arena of the
 * same thread, so that a small call costs no malloc.
 */
#include "lib/arena.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BLOCK_BYTES = 4 * 1024,
    CHUNK_BYTES = 16 * 1024, /* the second chunk; each one after is twice the one before */
    CHUNK_MAX_BYTES = 256 * 1024,
    RECYCLE_MAX = 128, /* blocks kept by a thread: 512 KiB */
};

struct chunk {
    alignas(max_align_t) struct chunk *older;
    unsigned char *at; /* next free byte */
    unsigned char *end;
};

struct azb_arena {
    struct chunk *current;  /* the newest; also the start of the list of all */
    struct azb_arena *next; /* while it waits to be recycled */
    size_t next_chunk_bytes;
    struct chunk first;
};

static _Thread_local struct {
    struct azb_arena *arenas;
    unsigned n_arenas;
} recycled;

/* Its only use is its destructor, which gives a thread's blocks back when the thread ends. */
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static void recycled_clear(void *arg)
{
    (void)arg;
    while (recycled.arenas != NULL) {
        struct azb_arena *arena = recycled.arenas;

        recycled.arenas = arena->next;
        free(arena);
    }
    recycled.n_arenas = 0;
}

static void thread_end_init(void)
{
    if (pthread_key_create(&thread_end, recycled_clear) != 0)
        abort();
}

static unsigned char *chunk_bytes(struct chunk *chunk)
{
    return (unsigned char *)(chunk + 1);
}

static void chunk_init(struct chunk *chunk, size_t n)
{
    chunk->older = NULL;
    chunk->at = chunk_bytes(chunk);
    chunk->end = chunk->at + n;
}

static void chunk_zero(struct chunk *chunk)
{
    explicit_bzero(chunk_bytes(chunk), (size_t)(chunk->at - chunk_bytes(chunk)));
}

struct azb_arena *azb_arena_new(void)
{
    struct azb_arena *arena = recycled.arenas;

    if (arena != NULL) {
        recycled.arenas = arena->next;
        recycled.n_arenas--;
    } else {
        arena = malloc(FIRST_BLOCK_BYTES);
        if (arena == NULL)
            return NULL;
    }
    chunk_init(&arena->first, FIRST_BLOCK_BYTES - sizeof(*arena));
    arena->current = &arena->first;
    arena->next_chunk_bytes = CHUNK_BYTES;
    return arena;
}

void azb_arena_free(struct azb_arena *arena)
{
    if (arena == NULL)
        return;
    for (struct chunk *chunk = arena->current, *older; chunk != NULL; chunk = older) {
        older = chunk->older;
        chunk_zero(chunk);
        if (chunk != &arena->first)
            free(chunk);
    }
    if (recycled.n_arenas == RECYCLE_MAX) {
        free(arena);
        return;
    }
    if (recycled.n_arenas == 0) {
        pthread_once(&thread_end_once, thread_end_init);
        pthread_setspecific(thread_end, &recycled);
    }
    arena->next = recycled.arenas;
    recycled.arenas = arena;
    recycled.n_arenas++;
}

/* A chunk for n bytes of its own, behind the current one, which stays current. */
static void *arena_alloc_own(struct azb_arena *arena, size_t n)
{
    struct chunk *chunk = malloc(sizeof(*chunk) + n);

    if (chunk == NULL)
        return NULL;
    chunk_init(chunk, n);
    chunk->at = chunk->end;
    chunk->older = arena->current->older;
    arena->current->older = chunk;
    return chunk_bytes(chunk);
}

static int arena_grow(struct azb_arena *arena)
{
    size_t n = arena->next_chunk_bytes;
    struct chunk *chunk = malloc(sizeof(*chunk) + n);

    if (chunk == NULL)
        return -1;
    chunk_init(chunk, n);
    chunk->older = arena->current;
    arena->current = chunk;
    if (n < CHUNK_MAX_BYTES)
        arena->next_chunk_bytes = 2 * n;
    return 0;
}

void *azb_arena_alloc(struct azb_arena *arena, size_t n)
{
    const size_t align = alignof(max_align_t);
    void *ret;

    if (n > PTRDIFF_MAX - CHUNK_BYTES)
        return NULL;
    n = (n + align - 1) & ~(align - 1);
    if (n > (size_t)(arena->current->end - arena->current->at)) {
        if (n > arena->next_chunk_bytes / 4)
            return arena_alloc_own(arena, n);
        if (arena_grow(arena) < 0)
            return NULL;
    }
    ret = arena->current->at;
    arena->current->at += n;
    return ret;
}

void *azb_arena_zalloc(struct azb_arena *arena, size_t n)
{
    void *ret = azb_arena_alloc(arena, n);

    if (ret != NULL)
        memset(ret, 0, n);
    return ret;
}

char *azb_arena_strndup(struct azb_arena *arena, const char *s, size_t n)
{
    char *ret = n < SIZE_MAX ? azb_arena_alloc(arena, n + 1) : NULL;

    if (ret == NULL)
        return NULL;
    if (n > 0)
        memcpy(ret, s, n);
    ret[n] = '\0';
    return ret;
}

char *azb_arena_strdup(struct azb_arena *arena, const char *s)
{
    return azb_arena_strndup(arena, s, strlen(s));
}

char *azb_arena_printf(struct azb_arena *arena, const char *fmt, ...)
{
    va_list args;
    char *ret;
    int n;

    /* Measured first: printing into what room there is could leave a secret behind the mark,
     * where it would not be zeroed. */
    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    ret = n >= 0 ? azb_arena_alloc(arena, (size_t)n + 1) : NULL;
    if (ret == NULL)
        return NULL;
    va_start(args, fmt);
    vsnprintf(ret, (size_t)n + 1, fmt, args);
    va_end(args);
    return ret;
}
