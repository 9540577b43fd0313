/*
 * test_lease.c: leases bound to a connection: renewed at a third of their term, told of when
 * they are lost, and released when the connection ends.
 */
#include <check.h>
#include <string.h>

#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60 };

#define ID_A "11111111-2222-4333-8444-555555555555"
#define ID_B "66666666-7777-4888-8999-aaaaaaaaaaaa"
#define ACQUIRE_A \
    "lease.acquire", "{'container':'c','blob':'a','lease_duration':15,'bind':true}"
#define ACQUIRE_B                                                                        \
    "blob.acquire_lease", "{'container':'c','blob':'b','lease_duration':15,'bind':true," \
                          "'lease_id':'" ID_B "'}"
#define LEASE_A "PUT /c/a?comp=lease"
#define LEASE_B "PUT /c/b?comp=lease"
#define GRANT(id) .reply = 201, .header = "x-ms-lease-id: " id "\nETag: \"0x1\""

static void check_action(struct fake *fake, size_t i, const char *action, const char *id)
{
    const struct fake_request *request = fake_request(fake, i);
    const char *got = fake_request_header(request, "x-ms-lease-id");

    ck_assert_str_eq(fake_request_header(request, "x-ms-lease-action"), action);
    if (id != NULL) {
        ck_assert_ptr_nonnull(got);
        ck_assert_str_eq(got, id);
    }
}

/* Which request number i of a blob's is. */
static size_t nth_of(struct fake *fake, const char *line, unsigned nth)
{
    for (size_t i = 0; i < fake_n_requests(fake); i++)
        if (strcmp(fake_request(fake, i)->line, line) == 0 && nth-- == 0)
            return i;
    ck_abort_msg("%s was not asked so often", line);
}

START_TEST(test_renewed_lost_and_released)
{
    static const struct fake_step steps[] = {
        {LEASE_A, GRANT(ID_A)},
        {LEASE_B, GRANT(ID_B)},
        {LEASE_A, .reply = 200, .header = "ETag: \"0x1\"", .any_order = true},
        {LEASE_B, .reply = 409, .error_code = "LeaseIdMismatchWithLeaseOperation",
         .any_order = true},
        {LEASE_A, .reply = 200, .header = "ETag: \"0x1\""},
        {0},
    };
    struct scene scene = scene_start(steps, NULL, NULL);
    struct rpc *other = rpc_connect(scene.daemon);
    const struct azb_msg *note;

    ck_assert_ptr_null(rpc_call(scene.rpc, ACQUIRE_A)->error);
    ck_assert_ptr_null(rpc_call(other, ACQUIRE_B)->error);
    note = rpc_note(other, 0);
    ck_assert(rpc_is(note, "$/lease"));
    ck_assert_str_eq(rpc_text(&note->params[0], ""), ID_B);
    ck_assert_str_eq(rpc_text(&note->params[1], ""), "lost");
    ck_assert_str_eq(rpc_text(&note->params[2], "code"), "LeaseIdMismatchWithLeaseOperation");
    ck_assert(fake_wait_requests(scene.fake, 4));
    check_action(scene.fake, nth_of(scene.fake, LEASE_A, 1), "renew", ID_A);
    check_action(scene.fake, nth_of(scene.fake, LEASE_B, 1), "renew", ID_B);
    ck_assert_uint_eq(rpc_n_notes(scene.rpc), 0);
    rpc_close(other); /* a lease that is lost is not ours to release */
    rpc_close(scene.rpc);
    ck_assert(fake_wait_requests(scene.fake, 5));
    check_action(scene.fake, 4, "release", ID_A);
    scene.rpc = rpc_connect(scene.daemon);
    scene_stop(&scene, "bound leases");
}
END_TEST

/* The connection dies while the service decides: whatever it decided is undone. */
START_TEST(test_death_while_acquiring)
{
    static const struct fake_step steps[] = {
        {LEASE_B, GRANT(ID_B), .fault = FAKE_WAIT},
        {LEASE_B, .reply = 200, .header = "ETag: \"0x1\""},
        {0},
    };
    struct scene scene = scene_start(steps, NULL, NULL);

    rpc_send(scene.rpc, ACQUIRE_B);
    ck_assert(fake_wait_requests(scene.fake, 1));
    rpc_close(scene.rpc);
    fake_release(scene.fake);
    ck_assert(fake_wait_requests(scene.fake, 2));
    check_action(scene.fake, 1, "release", ID_B);
    scene.rpc = rpc_connect(scene.daemon);
    scene_stop(&scene, "death while acquiring");
}
END_TEST

/* What the client ends itself is neither renewed nor released once more. */
START_TEST(test_released_by_the_client)
{
    static const struct fake_step steps[] = {
        {LEASE_A, GRANT(ID_A)},
        {LEASE_A, .reply = 200, .header = "ETag: \"0x1\""},
        {"GET /?restype=account&comp=properties", .reply = 200},
        {0},
    };
    struct scene scene = scene_start(steps, NULL, NULL);

    ck_assert_ptr_null(rpc_call(scene.rpc, ACQUIRE_A)->error);
    ck_assert_ptr_null(
        rpc_call(scene.rpc, "lease.release", "{'container':'c','blob':'a','lease':'" ID_A "'}")
            ->error);
    rpc_close(scene.rpc);
    scene.rpc = rpc_connect(scene.daemon);
    /* behind a release, were there one */
    ck_assert_ptr_null(rpc_call(scene.rpc, "service.get_account_information", NULL)->error);
    scene_stop(&scene, "released by the client");
}
END_TEST

/* It may have been granted all the same, with the id that was proposed. */
START_TEST(test_deadline_while_acquiring)
{
    static const struct fake_step steps[] = {
        {LEASE_B, GRANT(ID_B), .fault = FAKE_SILENT},
        {LEASE_B, .reply = 200, .header = "ETag: \"0x1\""},
        {0},
    };
    struct scene scene = scene_start(steps, NULL, NULL);

    check_wanted("too late",
                 rpc_call(scene.rpc, "blob.acquire_lease",
                          "{'container':'c','blob':'b','lease_duration':15,'bind':true,"
                          "'lease_id':'" ID_B "','deadline_ms':200}"),
                 (const struct wanted[]){{"code", "DeadlineExceeded"}, {0}});
    ck_assert(fake_wait_requests(scene.fake, 2));
    check_action(scene.fake, 1, "release", ID_B);
    scene_stop(&scene, "too late");
}
END_TEST

START_TEST(test_bind_needs_a_duration)
{
    static const struct fake_step steps[] = {{0}};
    struct scene scene = scene_start(steps, NULL, NULL);
    const struct azb_msg *answer =
        rpc_call(scene.rpc, "lease.acquire", "{'container':'c','blob':'a','bind':true}");

    ck_assert_ptr_nonnull(answer->error);
    ck_assert_str_eq(rpc_text(answer->error, "code"), "InvalidParameter");
    scene_stop(&scene, "no duration");
}
END_TEST

static Suite *lease_suite(void)
{
    Suite *suite = suite_create("lease");
    TCase *tc = tcase_create("lease");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_renewed_lost_and_released);
    tcase_add_test(tc, test_death_while_acquiring);
    tcase_add_test(tc, test_released_by_the_client);
    tcase_add_test(tc, test_deadline_while_acquiring);
    tcase_add_test(tc, test_bind_needs_a_duration);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(lease_suite)
