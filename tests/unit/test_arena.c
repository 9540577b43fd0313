/*
 * test_arena.c: what an arena hands out is aligned, apart from each other and gone afterwards.
 */
#include "lib/arena.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *label;
    size_t bytes;
    size_t n;
} patterns[] = {
    {"nothing", 0, 10},
    {"single bytes", 1, 5000},
    {"odd sizes", 17, 3000},
    {"just the first block", 4096, 1},
    {"pages", 4096, 100},
    {"larger than any chunk", 1024 * 1024, 3},
    {"a quarter of the second chunk", 4 * 1024, 20},
    {"one more than that", 4 * 1024 + 1, 20},
};

/* Fill each with its own byte, then look whether all still have theirs. */
START_TEST(test_apart)
{
    size_t n = patterns[_i].n, bytes = patterns[_i].bytes;
    unsigned char **got = calloc(n, sizeof(*got));
    struct azb_arena *arena = azb_arena_new();

    for (size_t i = 0; i < n; i++) {
        got[i] = azb_arena_alloc(arena, bytes);
        ck_assert_msg(got[i] != NULL, "%s", patterns[_i].label);
        ck_assert_uint_eq((uintptr_t)got[i] % alignof(max_align_t), 0);
        memset(got[i], (int)(i % 251), bytes);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t at = 0; at < bytes; at++)
            if (got[i][at] != i % 251)
                ck_abort_msg("%s: allocation %zu was written over", patterns[_i].label, i);
    azb_arena_free(arena);
    free(got);
}
END_TEST

static const size_t too_large[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 15, SIZE_MAX / 2,
                                   PTRDIFF_MAX};

START_TEST(test_too_large)
{
    struct azb_arena *arena = azb_arena_new();

    ck_assert_ptr_null(azb_arena_alloc(arena, too_large[_i]));
    ck_assert_ptr_null(azb_arena_zalloc(arena, too_large[_i]));
    ck_assert_ptr_null(azb_arena_strndup(arena, "", too_large[_i]));
    ck_assert_ptr_nonnull(azb_arena_alloc(arena, 1)); /* and it still works */
    azb_arena_free(arena);
}
END_TEST

START_TEST(test_strings)
{
    struct azb_arena *arena = azb_arena_new();
    char long_text[10000];
    char *copy;

    memset(long_text, 'x', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = '\0';
    ck_assert_str_eq(azb_arena_strdup(arena, ""), "");
    ck_assert_str_eq(azb_arena_strdup(arena, long_text), long_text);
    ck_assert_str_eq(azb_arena_strndup(arena, "abc", 2), "ab");
    ck_assert_str_eq(azb_arena_strndup(arena, NULL, 0), "");
    copy = azb_arena_strndup(arena, "a\0b", 3);
    ck_assert_mem_eq(copy, "a\0b", 4);
    ck_assert_str_eq(azb_arena_printf(arena, "%s", ""), "");
    ck_assert_str_eq(azb_arena_printf(arena, "%d-%s", 7, "x"), "7-x");
    ck_assert_str_eq(azb_arena_printf(arena, "%s", long_text), long_text);
    azb_arena_free(arena);
}
END_TEST

static bool is_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* The next arena is the one just freed, and nothing is left in it. */
START_TEST(test_recycled_is_zeroed)
{
    struct azb_arena *arena = azb_arena_new(), *again;
    unsigned char *secret = azb_arena_alloc(arena, 3000);

    memset(secret, 's', 3000);
    azb_arena_printf(arena, "%s", "secret");
    azb_arena_free(arena);
    again = azb_arena_new();
    ck_assert_ptr_eq(again, arena);
    ck_assert_ptr_eq(azb_arena_alloc(again, 3008 + 16), secret);
    ck_assert(is_zero(secret, 3008 + 16)); /* the rest was never handed out */
    azb_arena_free(again);
}
END_TEST

START_TEST(test_zalloc)
{
    struct azb_arena *arena = azb_arena_new();

    for (size_t n = 1; n < 100000; n *= 3)
        ck_assert(is_zero(azb_arena_zalloc(arena, n), n));
    azb_arena_free(arena);
    azb_arena_free(NULL);
}
END_TEST

/* More arenas at once than a thread keeps; a leak checker sees what is not given back. */
static void *many_arenas(void *arg)
{
    struct azb_arena *arenas[300];

    (void)arg;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < N_ELEMENTS(arenas); i++) {
            arenas[i] = azb_arena_new();
            memset(azb_arena_alloc(arenas[i], 5000), 1, 5000);
        }
        for (size_t i = 0; i < N_ELEMENTS(arenas); i++)
            azb_arena_free(arenas[i]);
    }
    return NULL;
}

START_TEST(test_many_in_threads)
{
    pthread_t threads[3];

    for (size_t i = 0; i < N_ELEMENTS(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, many_arenas, NULL), 0);
    many_arenas(NULL);
    for (size_t i = 0; i < N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
}
END_TEST

static void *free_arena(void *arg)
{
    azb_arena_free(arg);
    return NULL;
}

START_TEST(test_freed_by_another_thread)
{
    struct azb_arena *arena = azb_arena_new();
    pthread_t thread;

    memset(azb_arena_alloc(arena, 100), 1, 100);
    ck_assert_int_eq(pthread_create(&thread, NULL, free_arena, arena), 0);
    pthread_join(thread, NULL);
}
END_TEST

static Suite *arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");

    UNIT_TABLE(tcase, test_apart, patterns);
    UNIT_TABLE(tcase, test_too_large, too_large);
    tcase_add_test(tcase, test_strings);
    tcase_add_test(tcase, test_recycled_is_zeroed);
    tcase_add_test(tcase, test_zalloc);
    tcase_add_test(tcase, test_many_in_threads);
    tcase_add_test(tcase, test_freed_by_another_thread);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(arena_suite)
