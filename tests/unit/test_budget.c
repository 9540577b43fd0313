/*
 * test_budget.c: whose turn it is to take memory. A scenario is a script over a budget of ten
 * bytes, and a log:
 *
 *     1 ... 9   claim so many bytes; the claims are A, B, C... in order
 *     a ... i   the same for another session
 *     A B C     that claim is given back, or leaves the queue
 *     |         the next claim is one of another event loop
 *     =         the event loops run until nothing is left to do
 *     v ^       the limit becomes 5, or 10
 *
 * The log has each claim by its letter when it is granted: a capital at once, a small one
 * later.
 */
#include "lib/budget.h"

#include <ctype.h>
#include <event2/event.h>
#include <string.h>

#include "tests/unit/unit.h"

enum {
    LIMIT = 10,
    LOW_LIMIT = 5,
    MAX_CLAIMS = 26,
};

struct scene {
    struct event_base *base;
    struct azb_memory memory;
    struct azb_budget budgets[2]; /* of as many event loops: here they are one */
    unsigned loop_i;              /* whose the next claim is */
    struct claimant {
        struct azb_claim claim;
        struct scene *scene;
        char letter;
    } claimants[MAX_CLAIMS];
    unsigned n_claimants;
    struct azb_share shares[2];
    char log[MAX_CLAIMS + 1];
    size_t n_log;
};

static void on_granted(void *arg)
{
    struct claimant *claimant = arg;
    struct scene *scene = claimant->scene;

    scene->log[scene->n_log++] = (char)tolower(claimant->letter);
}

static void scene_claim(struct scene *scene, int session_i, size_t n)
{
    struct claimant *claimant = &scene->claimants[scene->n_claimants];
    struct azb_error err = {0};
    int rc;

    claimant->scene = scene;
    claimant->letter = (char)('A' + scene->n_claimants++);
    rc = azb_budget_claim(&scene->budgets[scene->loop_i], &scene->shares[session_i],
                          &claimant->claim, n, on_granted, claimant, &err);
    scene->loop_i = 0;
    ck_assert_int_ge(rc, 0);
    if (rc == 1)
        scene->log[scene->n_log++] = claimant->letter;
}

/* Until nothing happens any more: one loop may have to wake the other. */
static void settle(struct event_base *base)
{
    for (int i = 0; i < 2 * MAX_CLAIMS; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
}

static void scene_play(struct scene *scene, const char *script)
{
    for (; *script != '\0'; script++) {
        if (isdigit((unsigned char)*script))
            scene_claim(scene, 0, (size_t)(*script - '0'));
        else if (*script >= 'a' && *script <= 'i')
            scene_claim(scene, 1, (size_t)(*script - 'a' + 1));
        else if (isupper((unsigned char)*script))
            azb_budget_release(&scene->claimants[*script - 'A'].claim);
        else if (*script == '|')
            scene->loop_i = 1;
        else if (*script == '=')
            settle(scene->base);
        else
            azb_memory_configure(&scene->memory, *script == 'v' ? LOW_LIMIT : LIMIT);
    }
}

static const struct {
    const char *label;
    const char *script;
    const char *want;
} cases[] = {
    {"there is room", "433", "ABC"},
    {"all but a byte, and two more", "92=", "A"},
    {"room comes", "91A=2=", "ABC"},
    {"a release alone grants nothing", "92A", "A"},
    {"in order of asking", "9234A=", "Abcd"},
    {"a small one does not pass a large one", "881=", "A"},
    {"nor when memory comes free beside it", "4861A=", "Ab"},
    {"nor one that asks later", "4861A1=B=", "Abcde"},
    {"the first one leaves the queue", "4861B=", "Ac"},
    {"one that leaves lets the next one in", "498B=", "A"},
    {"and it gets in when there is room", "498BA=", "Ac"},
    {"given back twice", "9A9A9=", "AB"},
    {"given back before it was granted, as the loop would", "95AB5=", "AC"},
    {"as many as fit, at one go", "933333A=", "Abcd"},
    {"the limit falls: what is held stays held", "9v1=", "A"},
    {"and the next waits until it fits", "82v3A=", "ABc"},
    {"larger than the new limit, alone", "98vA=", "Ab"},
    {"the limit rises", "v54^=", "Ab"},
    {"another session waits for one, not for all", "99999iA=F=", "Afb"},
    {"then they take turns", "99999iiA=F=B=G=", "Afbgc"},
    {"by bytes: three small ones for a large one", "99999cccA=FGH=", "Afghb"},
    {"in vain asked is not had", "9ii9BCiA=", "Ae"},
    {"nothing is saved up", "9A=9B=9C=99iiD=F=E=", "ABCDfeg"},
    {"two loops have it together", "6|45=", "AB"},
    {"what one gives back the other gets", "9|9A=", "Ab"},
    {"loops take turns", "999|9|9A=B=D=C=", "Abdce"},
    {"a large one of another loop is not passed over", "64|91A=B=", "ABcd"},
    {"one that leaves the queue lets the other loop in", "6|94B=", "Ac"},
    {"the limit rises for both", "v5|54^=", "Ab"},
};

START_TEST(test_turns)
{
    struct scene scene = {.base = event_base_new()};
    struct azb_error err = {0};

    azb_memory_init(&scene.memory, LIMIT);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(azb_budget_init(&scene.budgets[i], scene.base, &scene.memory, &err),
                         0);
    scene_play(&scene, cases[_i].script);
    ck_assert_msg(strcmp(scene.log, cases[_i].want) == 0, "%s: got %s, not %s", cases[_i].label,
                  scene.log, cases[_i].want);
    for (unsigned i = 0; i < scene.n_claimants; i++)
        azb_budget_release(&scene.claimants[i].claim);
    ck_assert_uint_eq(scene.memory.used_bytes, 0);
    for (int i = 0; i < 2; i++)
        azb_budget_clear(&scene.budgets[i]);
    azb_memory_clear(&scene.memory);
    event_base_free(scene.base);
}
END_TEST

START_TEST(test_never)
{
    struct event_base *base = event_base_new();
    struct azb_memory memory;
    struct azb_budget budget;
    struct azb_share share = {0};
    struct azb_claim claim = {0};
    struct azb_error err = {0};

    azb_memory_init(&memory, LIMIT);
    ck_assert_int_eq(azb_budget_init(&budget, base, &memory, &err), 0);
    ck_assert_int_eq(
        azb_budget_claim(&budget, &share, &claim, LIMIT + 1, on_granted, NULL, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_TOO_LARGE);
    ck_assert_ptr_nonnull(strstr(err.message, "memory_limit_bytes"));
    azb_budget_release(&claim); /* there is none: nothing happens */
    ck_assert_int_eq(azb_budget_claim(&budget, &share, &claim, LIMIT, on_granted, NULL, &err),
                     1);
    azb_budget_release(&claim);
    azb_budget_clear(&budget);
    azb_memory_clear(&memory);
    event_base_free(base);
}
END_TEST

static Suite *budget_suite(void)
{
    Suite *suite = suite_create("budget");
    TCase *tc = tcase_create("budget");

    UNIT_TABLE(tc, test_turns, cases);
    tcase_add_test(tc, test_never);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(budget_suite)
