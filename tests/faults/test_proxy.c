/*
 * test_proxy.c: through a proxy that https_proxy names: what it says of itself is not the
 * service's answer.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60 };

#define FOUND                                                    \
    "HTTP/1.1 200 Connection established\r\nETag: \"proxy\"\r\n" \
    "x-ms-error-code: OfTheProxy\r\n\r\n"

/* One that opens tunnels to 127.0.0.1, one after the other. */
struct proxy {
    int listen_fd;
    unsigned port;
    pthread_t thread;
};

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((in_port_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* "CONNECT 127.0.0.1:PORT ...", up to the empty line. Returns a connection to there, or -1. */
static int tunnel_open(int client)
{
    struct sockaddr_in address;
    char head[2048];
    size_t n = 0;
    unsigned port;
    int fd;

    do {
        if (n == sizeof(head) - 1 || read(client, head + n, 1) != 1)
            return -1;
        head[++n] = '\0';
    } while (strstr(head, "\r\n\r\n") == NULL);
    if (sscanf(head, "CONNECT 127.0.0.1:%u ", &port) != 1)
        return -1;
    address = loopback(port);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        write(client, FOUND, strlen(FOUND)) != (ssize_t)strlen(FOUND)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Bytes both ways, until one end has had enough. */
static void tunnel_serve(int client, int server)
{
    struct pollfd ready[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    char bytes[4096];

    while (poll(ready, 2, -1) > 0)
        for (int i = 0; i < 2; i++) {
            ssize_t n = ready[i].revents != 0 ? read(ready[i].fd, bytes, sizeof(bytes)) : -1;

            if (ready[i].revents != 0 &&
                (n <= 0 || write(ready[1 - i].fd, bytes, (size_t)n) != n))
                return;
        }
}

static void *proxy_run(void *arg)
{
    const struct proxy *proxy = arg;
    int client, server;

    while ((client = accept(proxy->listen_fd, NULL, NULL)) >= 0) {
        server = tunnel_open(client);
        if (server >= 0) {
            tunnel_serve(client, server);
            close(server);
        }
        close(client);
    }
    return NULL;
}

static void proxy_start(struct proxy *proxy)
{
    struct sockaddr_in address = loopback(0);
    socklen_t n = sizeof(address);

    proxy->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(proxy->listen_fd, (struct sockaddr *)&address, n), 0);
    ck_assert_int_eq(listen(proxy->listen_fd, 8), 0);
    ck_assert_int_eq(getsockname(proxy->listen_fd, (struct sockaddr *)&address, &n), 0);
    proxy->port = ntohs(address.sin_port);
    ck_assert_int_eq(pthread_create(&proxy->thread, NULL, proxy_run, proxy), 0);
}

static void proxy_stop(struct proxy *proxy)
{
    shutdown(proxy->listen_fd, SHUT_RDWR);
    pthread_join(proxy->thread, NULL);
    close(proxy->listen_fd);
}

static const struct {
    const char *label, *method, *params;
    struct fake_step steps[2];
    struct wanted wanted[4];
} tunnelled[] = {
    {"a head",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b'}",
     {{"HEAD /acct/c/b", .reply = 200, .header = "ETag: \"1\""}},
     {WANT_SUCCESS, {"etag", "\"1\""}}},
    {"a refused one",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b'}",
     {{"HEAD /acct/c/b", .reply = 404, .error_code = "BlobNotFound"}},
     {{"code", "BlobNotFound"}, {"status", "404"}}},
    {"an upload",
     "blob.upload_blob",
     "{'container':'c','blob':'b','data':'x'}",
     {{"PUT /acct/c/b", .reply = 201, .header = "ETag: \"2\""}},
     {WANT_SUCCESS, {"etag", "\"2\""}}},
};

START_TEST(test_tunnel)
{
    struct scene it = {
        .fake = fake_start(tunnelled[_i].steps, &(struct fake_options){.has_tls = true})};
    struct proxy proxy;
    char url[64];

    proxy_start(&proxy);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", proxy.port);
    setenv("https_proxy", url, 1);
    unsetenv("no_proxy");
    it.daemon = daemon_start("[profile default]\naccount_url = %s/acct\nca_file = %s\n"
                             "account_key = c2VjcmV0IG9mIHRoZSBmYWtl\n",
                             fake_url(it.fake), fake_ca_file(it.fake));
    it.rpc = rpc_connect(it.daemon);
    check_wanted(tunnelled[_i].label,
                 rpc_call(it.rpc, tunnelled[_i].method, tunnelled[_i].params),
                 tunnelled[_i].wanted);
    scene_stop(&it, tunnelled[_i].label);
    proxy_stop(&proxy);
}
END_TEST

static Suite *proxy_suite(void)
{
    Suite *suite = suite_create("proxy");
    TCase *tc = tcase_create("proxy");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_tunnel, tunnelled);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(proxy_suite)
