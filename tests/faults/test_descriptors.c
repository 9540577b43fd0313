/*
 * test_descriptors.c: descriptors that a client passes and keeps, or shares with others: the
 * daemon serves everybody else whatever becomes of them, and is at rest when a call is over.
 */
#define _GNU_SOURCE 1 /* memfd_create(), pipe2() */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "proto/buf.h"
#include "tests/faults/fetch.h"
#include "tests/unit/unit.h"

#define GET "blob.download_blob", "{'container':'c','blob':'b','fd':true}"
#define PUT(blob) \
    "blob.upload_blob", "{'container':'c','blob':'" blob "','fd':true,'overwrite':true}"
#define HEAD "blob.get_blob_properties", "{'container':'c','blob':'b'}"

enum {
    TEST_LIMIT_S = 120,
    BLOB_BYTES = 1300 * 1000 + 1, /* several blocks, and no whole number of anything */
    WAIT_MS = 10 * 1000,
    PAUSE_MS = 5,
};

static const char *blob_text(void)
{
    static char text[BLOB_BYTES + 1];

    for (size_t i = 0; i < BLOB_BYTES; i++)
        text[i] = (char)('a' + (i + i / 4099) % 26);
    return text;
}

/* A service that has the blob, and takes any. */
static void serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    (void)arg;
    if (strncmp(request->line, "PUT ", 4) == 0) {
        reply->reply = 201;
        return;
    }
    reply->reply = 200;
    reply->header = "x-ms-blob-type: BlockBlob";
    reply->body = blob_text();
    reply->body_bytes = BLOB_BYTES;
}

static struct scene descriptor_scene(void)
{
    return scene_start(NULL, &(struct fake_options){.handler = serve}, NULL);
}

/* Its main thread waits for something: one that turns round and round never does. */
static bool is_at_rest(const struct daemon *daemon)
{
    char path[64], state = '?';
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon_pid(daemon));
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*d (azblobd) %c", &state), 1);
    fclose(file);
    return state == 'S';
}

static void check_comes_to_rest(const struct daemon *daemon)
{
    for (int i = 0; i < WAIT_MS / PAUSE_MS; i++) {
        if (is_at_rest(daemon))
            return;
        poll(NULL, 0, PAUSE_MS);
    }
    ck_abort_msg("the daemon does not come to rest");
}

static void check_text(const char *label, const struct azb_buf *came)
{
    ck_assert_msg(came->len == BLOB_BYTES && memcmp(came->data, blob_text(), BLOB_BYTES) == 0,
                  "%s: %zu bytes, and not those of the blob", label, came->len);
}

/* Read until so many bytes are there. */
static void read_bytes(int fd, size_t n, struct azb_buf *ret)
{
    char piece[4096];

    while (ret->len < n) {
        ssize_t got = read(fd, piece, sizeof(piece));

        ck_assert_int_gt(got, 0);
        azb_buf_append(ret, piece, (size_t)got);
    }
}

/* A shell keeps its pipe when the call is over: it is none of the daemon's business then. */
START_TEST(test_kept)
{
    struct scene it = descriptor_scene();
    struct azb_buf came = {0};
    int ends[2];
    uint32_t msgid;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    msgid = rpc_send_fd(it.rpc, GET, ends[1]);
    read_bytes(ends[0], BLOB_BYTES, &came);
    ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
    check_text("a pipe", &came);
    check_comes_to_rest(it.daemon);
    close(ends[0]);
    close(ends[1]);
    azb_buf_clear(&came);
    scene_stop(&it, "kept");
}
END_TEST

/* A terminal whose window has been stopped holds up its own call, and no other. */
START_TEST(test_terminal)
{
    struct scene it = descriptor_scene();
    struct azb_buf came = {0};
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), terminal;
    struct pollfd ready = {.fd = master, .events = POLLIN};
    struct termios raw;
    uint32_t msgid;

    ck_assert_int_ge(master, 0);
    ck_assert_int_eq(grantpt(master) | unlockpt(master), 0);
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_eq(tcgetattr(terminal, &raw), 0);
    cfmakeraw(&raw);
    ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &raw), 0);
    msgid = rpc_send_fd(it.rpc, GET, terminal);
    ck_assert_int_eq(poll(&ready, 1, WAIT_MS), 1);
    for (int i = 0; i < 3; i++) {
        char piece[1000]; /* makes some room, and not much */

        ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
        azb_buf_append(&came, piece, (size_t)read(master, piece, sizeof(piece)));
    }
    ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
    read_bytes(master, BLOB_BYTES, &came);
    ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
    check_text("a terminal", &came);
    close(terminal);
    close(master);
    azb_buf_clear(&came);
    scene_stop(&it, "terminal");
}
END_TEST

/* Two read the same pipe: what one takes, the other does not wait for in the daemon's loop. */
START_TEST(test_shared_pipe)
{
    enum { N_READERS = 4, N_BYTES = 20 };
    struct scene it = descriptor_scene();
    uint32_t msgids[N_READERS];
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    for (int i = 0; i < N_READERS; i++)
        msgids[i] = rpc_send_fd(it.rpc, PUT("b"), ends[0]);
    for (int i = 0; i < N_BYTES; i++) {
        ck_assert_int_eq(write(ends[1], "x", 1), 1);
        ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
    }
    close(ends[0]);
    close(ends[1]);
    for (int i = 0; i < N_READERS; i++)
        ck_assert_ptr_null(rpc_wait(it.rpc, msgids[i])->error);
    scene_stop(&it, "shared pipe");
}
END_TEST

/* ">>": what was there stays, and all that comes goes behind it, in order. */
START_TEST(test_append)
{
    static const char before[] = "there already";
    struct scene it = descriptor_scene();
    struct azb_buf came = {0};
    int fd = memfd_create("log", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, before, strlen(before)), (ssize_t)strlen(before));
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_APPEND), 0);
    ck_assert_ptr_null(rpc_wait(it.rpc, rpc_send_fd(it.rpc, GET, fd))->error);
    fetch_file(fd, &came);
    ck_assert_uint_ge(came.len, strlen(before));
    ck_assert(memcmp(came.data, before, strlen(before)) == 0);
    azb_buf_drop(&came, strlen(before));
    check_text("appended", &came);
    close(fd);
    azb_buf_clear(&came);
    scene_stop(&it, "append");
}
END_TEST

/* A file of /proc has bytes, whatever its size is said to be. */
START_TEST(test_no_size)
{
    struct scene it = descriptor_scene();
    int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
    char text[4096];
    ssize_t n = pread(fd, text, sizeof(text), 0);

    ck_assert_int_gt(n, 0);
    ck_assert_ptr_null(rpc_wait(it.rpc, rpc_send_fd(it.rpc, PUT("b"), fd))->error);
    ck_assert_uint_eq(fake_n_requests(it.fake), 1);
    ck_assert_uint_eq(fake_request(it.fake, 0)->body_bytes, n);
    ck_assert_mem_eq(fake_request(it.fake, 0)->body, text, n);
    close(fd);
    scene_stop(&it, "no size");
}
END_TEST

/* And a device ends where it ends, whatever the caller says. */
START_TEST(test_device)
{
    struct scene it = descriptor_scene();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    check_wanted(
        "a length",
        rpc_wait(it.rpc,
                 rpc_send_fd(it.rpc, "blob.upload_blob",
                             "{'container':'c','blob':'b','fd':true,'length':100}", fd)),
        (const struct wanted[]){{"code", "InvalidParameter"}, {0}});
    ck_assert_uint_eq(fake_n_requests(it.fake), 0);
    ck_assert_ptr_null(rpc_wait(it.rpc, rpc_send_fd(it.rpc, PUT("b"), fd))->error);
    ck_assert_uint_eq(fake_request(it.fake, 0)->body_bytes, 0);
    close(fd);
    scene_stop(&it, "device");
}
END_TEST

static void *write_text(void *arg)
{
    const int *fd = arg;
    size_t done = 0;
    ssize_t n = 0;

    while (done < BLOB_BYTES && (n = write(*fd, blob_text() + done, BLOB_BYTES - done)) > 0)
        done += (size_t)n;
    close(*fd);
    return NULL;
}

/* A socket is read and written as a pipe is: in order, to its end. */
START_TEST(test_socket)
{
    struct scene it = descriptor_scene();
    const struct fake_request *request;
    struct azb_buf came = {0};
    pthread_t thread;
    int ends[2];
    uint32_t msgid;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, write_text, &ends[1]), 0);
    msgid = rpc_send_fd(it.rpc, PUT("b"), ends[0]);
    close(ends[0]);
    ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
    pthread_join(thread, NULL);
    request = fake_request(it.fake, 0);
    ck_assert_uint_eq(request->body_bytes, BLOB_BYTES);
    ck_assert_mem_eq(request->body, blob_text(), BLOB_BYTES);

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    msgid = rpc_send_fd(it.rpc, GET, ends[0]);
    close(ends[0]);
    read_bytes(ends[1], BLOB_BYTES, &came);
    ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
    check_text("a socket", &came);
    close(ends[1]);
    azb_buf_clear(&came);
    scene_stop(&it, "socket");
}
END_TEST

static Suite *descriptors_suite(void)
{
    Suite *suite = suite_create("descriptors");
    TCase *tc = tcase_create("descriptors");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_kept);
    tcase_add_test(tc, test_terminal);
    tcase_add_test(tc, test_shared_pipe);
    tcase_add_test(tc, test_append);
    tcase_add_test(tc, test_no_size);
    tcase_add_test(tc, test_device);
    tcase_add_test(tc, test_socket);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(descriptors_suite)
