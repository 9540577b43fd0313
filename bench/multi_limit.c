/*
 * multi_limit.c: the floor of the daemon's small operations: libcurl's multi-socket interface
 * on libevent with nothing around it, getting one 1 KiB blob over and over, many at a time.
 *
 *     multi_limit URL IN_FLIGHT SECONDS [CA_FILE]
 *
 * After a warm-up it counts for SECONDS and prints
 *     ops=143210 ops_per_s=35802.5 cpu_us=29.80
 * with CPU per operation. Nothing is signed; the request has the size of a signed one.
 */
#include <curl/curl.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "bench/usage.h"

enum {
    BLOB_BYTES = 1024,
    WARM_UP_OPS = 2000,
    CLOCK_EVERY_OPS = 256,
};

struct load {
    struct event_base *base;
    struct event *timer;
    CURLM *multi;
    double seconds;
    uint64_t done;            /* warm-up included */
    struct bench_usage start; /* when the warm-up ended */
    struct bench_usage used;  /* since then, at the last look */
    bool has_failed;
};

static size_t drop_body(char *data, size_t size, size_t n, void *arg)
{
    (void)data, (void)arg;
    return size * n;
}

/* Count one transfer that has ended; its handle is left out of the multi handle. */
static void load_count(struct load *load, CURL *easy, CURLcode result)
{
    curl_off_t n_bytes = 0;

    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &n_bytes);
    if (result != CURLE_OK || n_bytes != BLOB_BYTES) {
        fprintf(stderr, "multi_limit: %s, %lld bytes\n", curl_easy_strerror(result),
                (long long)n_bytes);
        load->has_failed = true;
        event_base_loopbreak(load->base);
        return;
    }
    load->done++;
    if (load->done == WARM_UP_OPS)
        load->start = bench_usage_now(0);
    if (load->done <= WARM_UP_OPS || load->done % CLOCK_EVERY_OPS != 0)
        return;
    load->used = bench_usage_since(&load->start, 0);
    if (load->used.wall_s >= load->seconds)
        event_base_loopbreak(load->base);
}

static void load_act(struct load *load, curl_socket_t fd, int events)
{
    CURLMsg *message;
    int n;

    curl_multi_socket_action(load->multi, fd, events, &n);
    while (!event_base_got_break(load->base) &&
           (message = curl_multi_info_read(load->multi, &n)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;

        curl_multi_remove_handle(load->multi, easy); /* the message goes with it */
        curl_multi_add_handle(load->multi, easy);
        load_count(load, easy, result);
    }
}

static void on_ready(evutil_socket_t fd, short events, void *arg)
{
    load_act(arg, fd,
             (events & EV_READ ? CURL_CSELECT_IN : 0) |
                 (events & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t fd, short events, void *arg)
{
    (void)fd, (void)events;
    load_act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long wait_ms, void *arg)
{
    struct load *load = arg;
    struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};

    (void)multi;
    return wait_ms < 0 ? evtimer_del(load->timer) : evtimer_add(load->timer, &wait);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct load *load = arg;
    struct event *event = socket_arg;
    short events = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
                           (what & CURL_POLL_OUT ? EV_WRITE : 0));

    (void)easy;
    if (event != NULL)
        event_free(event);
    event = what == CURL_POLL_REMOVE ? NULL : event_new(load->base, fd, events, on_ready, load);
    if (event != NULL)
        event_add(event, NULL);
    curl_multi_assign(load->multi, fd, event);
    return 0;
}

static struct curl_slist *signed_headers(void)
{
    static const char *const headers[] = {
        "x-ms-version: 2024-11-04",
        "x-ms-date: Tue, 03 Mar 2026 08:15:30 GMT",
        "x-ms-client-request-id: 9d2f0c56-3b1e-4d0f-8a57-2c6f1e9b7a40",
        "Authorization: SharedKey account:0000000000000000000000000000000000000000000=",
    };
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        list = curl_slist_append(list, headers[i]);
    return list;
}

static void load_add(struct load *load, const char *url, const char *ca_file,
                     struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body);
    if (ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_multi_add_handle(load->multi, easy);
}

int main(int argc, char **argv)
{
    static struct load load;
    long in_flight = argc >= 4 ? strtol(argv[2], NULL, 10) : 0;
    struct curl_slist *headers;
    double n_ops;

    load.seconds = argc >= 4 ? strtod(argv[3], NULL) : 0;
    if (argc > 5 || in_flight <= 0 || load.seconds <= 0) {
        fprintf(stderr, "usage: multi_limit URL IN_FLIGHT SECONDS [CA_FILE]\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_ALL);
    load.base = event_base_new();
    load.multi = curl_multi_init();
    load.timer = evtimer_new(load.base, on_timer, &load);
    curl_multi_setopt(load.multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(load.multi, CURLMOPT_SOCKETDATA, &load);
    curl_multi_setopt(load.multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(load.multi, CURLMOPT_TIMERDATA, &load);
    curl_multi_setopt(load.multi, CURLMOPT_MAXCONNECTS, 2 * in_flight);
    headers = signed_headers();
    for (long i = 0; i < in_flight; i++)
        load_add(&load, argv[1], argc == 5 ? argv[4] : NULL, headers);
    event_base_dispatch(load.base);
    if (load.has_failed)
        return 1;
    n_ops = (double)(load.done - WARM_UP_OPS);
    printf("ops=%.0f ops_per_s=%.1f cpu_us=%.2f\n", n_ops, n_ops / load.used.wall_s,
           load.used.own_cpu_s / n_ops * 1e6);
    return 0; /* the connections end with the process */
}
