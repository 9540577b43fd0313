/*
 * unit.h: what every unit test needs. A test file is its own program: a suite function and
 * UNIT_MAIN. CK_FORK=no, CK_RUN_CASE and the other variables of check work as usual.
 */
#ifndef AZB_TESTS_UNIT_H
#define AZB_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Run a test once for each case of a table; the test finds its number in _i. */
#define UNIT_TABLE(tcase, test, table) \
    tcase_add_loop_test(tcase, test, 0, (int)N_ELEMENTS(table))

#define UNIT_MAIN(suite_fn)                                 \
    int main(void)                                          \
    {                                                       \
        SRunner *runner = srunner_create(suite_fn());       \
        int n_failed;                                       \
                                                            \
        srunner_run_all(runner, CK_ENV);                    \
        n_failed = srunner_ntests_failed(runner);           \
        srunner_free(runner);                               \
        return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE; \
    }

#endif
