/*
 * test_fake.c: the scripted server itself, asked byte by byte over a bare socket: a test server
 * that breaks in another way than it says would make every fault test mean something else.
 */
#include "tests/faults/fake.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/unit/unit.h"

enum { LIMIT_MS = 10000, ANSWER_MAX = 4096 };

/* How what the server sent came to an end. */
enum ending { END_OPEN, END_STREAM, END_RESET };

static int fake_connect(const struct fake *fake)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = strrchr(fake_url(fake), ':') + 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void ask(int fd, const char *request)
{
    ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);

    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* Read until the bytes so far end in `until`, or to the end when it is NULL. Adds a NUL. */
static enum ending answer_read(int fd, const char *until, char ret[ANSWER_MAX])
{
    size_t have = 0;

    for (;;) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        ssize_t n;

        ret[have] = '\0';
        if (until != NULL && ends_in(ret, until))
            return recv(fd, ret + have, 1, MSG_PEEK | MSG_DONTWAIT) == 0 ? END_STREAM
                                                                         : END_OPEN;
        ck_assert_msg(poll(&readable, 1, LIMIT_MS) > 0, "nothing came after '%s'", ret);
        n = read(fd, ret + have, ANSWER_MAX - 1 - have);
        if (n <= 0)
            return n == 0 ? END_STREAM : END_RESET;
        have += (size_t)n;
    }
}

static const struct {
    const char *label;
    const char *request;
    struct fake_step step;
    const char *contains; /* in the answer */
    const char *ends_in;  /* what the answer's last bytes are */
    enum ending ending;
} cases[] = {
    {"an answer",
     "GET /c/b HTTP/1.1\r\nx-ms-version: 2021-12-02\r\n\r\n",
     {"GET /c/b", .reply = 200, .body = "hello"},
     "\r\nx-ms-version: 2021-12-02\r\n",
     "\r\nContent-Length: 5\r\n\r\nhello",
     END_OPEN},
    {"a prefix",
     "GET /c/b?x=1 HTTP/1.1\r\n\r\n",
     {"GET /c/b*", .reply = 206, .body = "h"},
     "HTTP/1.1 206 Partial Content\r\n",
     "\r\n\r\nh",
     END_OPEN},
    {"bytes with a NUL",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "a\0b", .body_bytes = 3},
     "Content-Length: 3\r\n",
     "\r\n\r\na",
     END_OPEN},
    {"our own headers",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .header = "ETag: \"0x1\"\nContent-Length: 9", .body = "hello"},
     "\r\nETag: \"0x1\"\r\nContent-Length: 9\r\n",
     "\r\n\r\nhello",
     END_OPEN},
    {"an error",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 404, .error_code = "BlobNotFound"},
     "\r\nx-ms-error-code: BlobNotFound\r\n",
     "</Message></Error>",
     END_OPEN},
    {"an error's mark",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 404, .error_code = "BlobNotFound"},
     "\r\n\r\n\xef\xbb\xbf<?xml ",
     "</Message></Error>",
     END_OPEN},
    {"a failed HEAD",
     "HEAD / HTTP/1.1\r\n\r\n",
     {"HEAD /", .reply = 404, .error_code = "BlobNotFound"},
     "\r\nx-ms-error-code: BlobNotFound\r\n",
     "\r\nTransfer-Encoding: chunked\r\n\r\n",
     END_OPEN},
    {"HEAD has no body",
     "HEAD / HTTP/1.1\r\n\r\n",
     {"HEAD /", .reply = 200, .body = "hello"},
     "HTTP/1.1 200 OK\r\n",
     "\r\nContent-Length: 5\r\n\r\n",
     END_OPEN},
    {"no length in a 204",
     "PUT / HTTP/1.1\r\n\r\n",
     {"PUT /", .reply = 204},
     "HTTP/1.1 204 ",
     "GMT\r\nx-ms-request-id: 0f1e2d3c-001e-0042-00aa-000000000000\r\n\r\n",
     END_OPEN},
    {"chunks",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .is_chunked = true},
     "\r\nTransfer-Encoding: chunked\r\n",
     "\r\n\r\n2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\n\r\n",
     END_OPEN},
    {"slow",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .fault = FAKE_SLOW},
     "\r\nContent-Length: 5\r\n",
     "\r\n\r\nhello",
     END_OPEN},
    {"end of stream",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .fault = FAKE_CLOSE, .after_bytes = 2,
      .in_body = true},
     "\r\nContent-Length: 5\r\n",
     "\r\n\r\nhe",
     END_STREAM},
    {"end of stream in the head",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .fault = FAKE_CLOSE, .after_bytes = 4},
     "HTTP",
     "HTTP",
     END_STREAM},
    {"reset before a byte",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .fault = FAKE_RESET},
     "",
     "",
     END_RESET},
    {"reset in the body",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .fault = FAKE_RESET, .after_bytes = 3,
      .in_body = true},
     "",
     "\r\n\r\nhel",
     END_RESET},
    {"stall",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .fault = FAKE_STALL, .after_bytes = 1,
      .in_body = true},
     "\r\nContent-Length: 5\r\n",
     "\r\n\r\nh",
     END_OPEN},
    {"silent",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .fault = FAKE_SILENT},
     "",
     "",
     END_OPEN},
    {"waits",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .fault = FAKE_WAIT},
     "",
     "",
     END_OPEN},
    {"a lie",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .fault = FAKE_LYING_LENGTH},
     "\r\nContent-Length: 10\r\n",
     "\r\n\r\nhello",
     END_STREAM},
    {"no length",
     "GET / HTTP/1.1\r\n\r\n",
     {"GET /", .reply = 200, .body = "hello", .fault = FAKE_NO_LENGTH},
     "\r\nConnection: close\r\n",
     "\r\n\r\nhello",
     END_STREAM},
    {"unread",
     "GET / HTTP/1.1\r\n\r\n",
     {"*", .fault = FAKE_CLOSE_BEFORE_READ},
     "",
     "",
     END_RESET},
};

START_TEST(test_answer)
{
    const struct fake_step script[] = {cases[_i].step, {0}};
    struct fake *fake = fake_start(script, NULL);
    int fd = fake_connect(fake);
    char answer[ANSWER_MAX];
    enum ending ending;

    ask(fd, cases[_i].request);
    ck_assert(cases[_i].ending == END_RESET || fake_wait_requests(fake, 1));
    ending = answer_read(fd, cases[_i].ending == END_OPEN ? cases[_i].ends_in : NULL, answer);
    ck_assert_msg(ending == cases[_i].ending, "%s: it ended as %d", cases[_i].label, ending);
    ck_assert_msg(strstr(answer, cases[_i].contains) != NULL, "%s: '%s'", cases[_i].label,
                  answer);
    ck_assert_msg(ends_in(answer, cases[_i].ends_in), "%s: '%s'", cases[_i].label, answer);
    ck_assert_ptr_null(fake_done(fake));
    close(fd);
    fake_stop(fake);
}
END_TEST

START_TEST(test_record)
{
    static const struct fake_step script[] = {
        {"PUT /c/b", .reply = 201},
        {"PUT /c/b2", .reply = 201},
        {0},
    };
    struct fake *fake = fake_start(script, NULL);
    int fd = fake_connect(fake);

    ask(fd, "PUT /c/b HTTP/1.1\r\nContent-Length: 3\r\nX-Ms-Meta-Key:  v\r\n\r\nabc");
    ask(fd, "PUT /c/b2 HTTP/1.1\r\nTransfer-Encoding: "
            "chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n");
    ck_assert(fake_wait_requests(fake, 2));
    ck_assert_str_eq(fake_request(fake, 0)->line, "PUT /c/b");
    ck_assert_str_eq(fake_request_header(fake_request(fake, 0), "x-ms-meta-key"), "v");
    ck_assert_ptr_null(fake_request_header(fake_request(fake, 0), "x-ms-meta"));
    ck_assert_mem_eq(fake_request(fake, 0)->body, "abc", 3);
    ck_assert_uint_eq(fake_request(fake, 1)->body_bytes, 3);
    ck_assert_mem_eq(fake_request(fake, 1)->body, "def", 3);
    ck_assert_uint_eq(fake_n_connections(fake), 1);
    ck_assert_ptr_null(fake_done(fake));
    close(fd);
    fake_stop(fake);
}
END_TEST

START_TEST(test_complaints)
{
    static const struct fake_step script[] = {
        {"GET /free", .reply = 200, .any_order = true},
        {"GET /first", .reply = 200},
        {"GET /never", .reply = 200},
        {0},
    };
    struct fake *fake = fake_start(script, NULL);
    int fd = fake_connect(fake);

    ask(fd, "GET /first HTTP/1.1\r\n\r\n");
    ask(fd, "GET /first HTTP/1.1\r\n\r\n");
    ask(fd, "GET /free HTTP/1.1\r\n\r\n");
    ck_assert(fake_wait_requests(fake, 3));
    ck_assert_str_eq(
        fake_done(fake),
        "request 1, 'GET /first', was not expected (the script's next: GET /free)\n"
        "step 2, 'GET /never', was not used\n");
    close(fd);
    fake_stop(fake);
}
END_TEST

START_TEST(test_release)
{
    static const struct fake_step script[] = {
        {"GET /a", .reply = 200, .fault = FAKE_WAIT},
        {"GET /b", .reply = 200},
        {0},
    };
    struct fake *fake = fake_start(script, NULL);
    int waits = fake_connect(fake), other = fake_connect(fake);
    char answer[ANSWER_MAX];

    ask(waits, "GET /a HTTP/1.1\r\n\r\n");
    ck_assert(fake_wait_requests(fake, 1));
    ask(other, "GET /b HTTP/1.1\r\n\r\n");
    ck_assert_int_eq(answer_read(other, "\r\n\r\n", answer), END_OPEN);
    ck_assert_int_eq(recv(waits, answer, 1, MSG_DONTWAIT), -1);
    fake_release(fake);
    ck_assert_int_eq(answer_read(waits, "\r\n\r\n", answer), END_OPEN);
    close(waits);
    close(other);
    fake_stop(fake);
}
END_TEST

static void teapot(const struct fake_request *request, struct fake_step *ret_reply, void *arg)
{
    unsigned *n = arg;

    ret_reply->reply = request->line[0] == 'G' ? 418 : 201;
    ret_reply->body = "tea";
    (*n)++;
}

START_TEST(test_handler)
{
    unsigned n = 0;
    struct fake *fake =
        fake_start(NULL, &(struct fake_options){.handler = teapot, .handler_arg = &n});
    int fd = fake_connect(fake);
    char answer[ANSWER_MAX];

    ask(fd, "GET /any HTTP/1.1\r\n\r\n");
    ck_assert_int_eq(answer_read(fd, "tea", answer), END_OPEN);
    ck_assert_int_eq(strncmp(answer, "HTTP/1.1 418 ", 13), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert_ptr_null(fake_done(fake));
    close(fd);
    fake_stop(fake);
}
END_TEST

static Suite *fake_suite(void)
{
    Suite *suite = suite_create("fake");
    TCase *tc = tcase_create("fake");

    UNIT_TABLE(tc, test_answer, cases);
    tcase_add_test(tc, test_record);
    tcase_add_test(tc, test_complaints);
    tcase_add_test(tc, test_release);
    tcase_add_test(tc, test_handler);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(fake_suite)
