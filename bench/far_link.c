/*
 * far_link: a link between two network namespaces on which every packet is under way for a
 * while.
 *
 *   far_link NAMESPACE-A NAMESPACE-B DELAY-US
 *
 * Each namespace gets a TUN device "far0"; what one sends the other receives DELAY-US later, in
 * order, with nothing lost until RING_BYTES are under way. Prints "ready" when both devices
 * exist, and ends with SIGTERM. For kernels without a network emulator of their own.
 *
 * Packets are handed over as the kernel has them before it cuts them up for the wire and
 * computes checksums (IFF_VNET_HDR, up to 64 KiB each), as between virtual machines: else this
 * program would be what the benchmarks measure.
 */
#define _GNU_SOURCE 1 /* setns(), ppoll() */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    RING_BYTES = 128 << 20, /* under way in one direction */
    PACKET_BYTES = 68 << 10,
    NS_PER_S = 1000000000,
};

struct packet {
    int64_t due_ns;
    size_t n;
    char bytes[];
};

/* One direction: packets in order of arrival, each in one piece; `end` is where those that lie
 * behind the head end before the rest goes on at 0.
 */
struct way {
    int from, to;
    size_t head, tail, end;
    bool is_wrapped; /* the tail is below the head */
    char *ring;
};

static void fail(const char *what)
{
    fprintf(stderr, "far_link: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void enter(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        fail(path);
    close(fd);
}

/* A TUN device in that namespace; the file stays usable outside of it. */
static int make_device(const char *namespace)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "/var/run/netns/%s", namespace);
    enter(path);
    snprintf(request.ifr_name, sizeof(request.ifr_name), "far0");
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 ||
        ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
        fail("/dev/net/tun");
    return fd;
}

static void way_init(struct way *way, int from, int to)
{
    *way = (struct way){.from = from, .to = to, .ring = malloc(RING_BYTES)};
    if (way->ring == NULL)
        fail("memory");
}

/* Where the next packet goes, with room for any; NULL: the ring is full. */
static struct packet *way_room(struct way *way)
{
    size_t needed = sizeof(struct packet) + PACKET_BYTES;

    if (!way->is_wrapped && RING_BYTES - way->tail < needed) {
        way->end = way->tail;
        way->tail = 0;
        way->is_wrapped = true;
    }
    if (way->is_wrapped && way->head - way->tail < needed)
        return NULL;
    return (struct packet *)(way->ring + way->tail);
}

/* The oldest packet, or NULL. */
static struct packet *way_oldest(struct way *way)
{
    if (way->is_wrapped && way->head == way->end) {
        way->head = 0;
        way->is_wrapped = false;
    }
    if (!way->is_wrapped && way->head == way->tail)
        return NULL;
    return (struct packet *)(way->ring + way->head);
}

/* What a packet takes in the ring: the next one starts aligned. */
static size_t packet_size(const struct packet *packet)
{
    return (sizeof(*packet) + packet->n + 7) & ~(size_t)7;
}

/* Take what has been sent, as far as there is room: what does not fit is lost, as on any link.
 */
static void way_take(struct way *way, int64_t delay_ns)
{
    static char lost[PACKET_BYTES];

    for (;;) {
        struct packet *packet = way_room(way);
        ssize_t n = read(way->from, packet != NULL ? packet->bytes : lost, PACKET_BYTES);

        if (n <= 0)
            return;
        if (packet == NULL)
            continue;
        packet->n = (size_t)n;
        packet->due_ns = now_ns() + delay_ns;
        way->tail += packet_size(packet);
    }
}

/* Deliver what is due. Returns when the next one is; INT64_MAX: there is none. */
static int64_t way_deliver(struct way *way)
{
    struct packet *packet;

    while ((packet = way_oldest(way)) != NULL) {
        if (packet->due_ns > now_ns())
            return packet->due_ns;
        if (write(way->to, packet->bytes, packet->n) < 0 && errno == EAGAIN)
            return now_ns() + NS_PER_S / 100000;
        way->head += packet_size(packet);
    }
    return INT64_MAX;
}

static void wait_for(struct way *ways, int64_t until_ns)
{
    struct pollfd fds[2] = {{.fd = ways[0].from, .events = POLLIN},
                            {.fd = ways[1].from, .events = POLLIN}};
    int64_t left_ns = until_ns - now_ns();
    struct timespec limit;

    if (left_ns < 0)
        left_ns = 0;
    limit.tv_sec = left_ns / NS_PER_S;
    limit.tv_nsec = left_ns % NS_PER_S;
    ppoll(fds, 2, until_ns == INT64_MAX ? NULL : &limit, NULL);
}

int main(int argc, char **argv)
{
    struct way ways[2];
    int64_t delay_ns, next_ns, other_ns;
    int a, b;

    if (argc != 4) {
        fprintf(stderr, "usage: far_link NAMESPACE-A NAMESPACE-B DELAY-US\n");
        return 2;
    }
    a = make_device(argv[1]);
    b = make_device(argv[2]);
    delay_ns = strtoll(argv[3], NULL, 10) * 1000;
    way_init(&ways[0], a, b);
    way_init(&ways[1], b, a);
    prctl(PR_SET_TIMERSLACK, 1000); /* ns */
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        way_take(&ways[0], delay_ns);
        way_take(&ways[1], delay_ns);
        next_ns = way_deliver(&ways[0]);
        other_ns = way_deliver(&ways[1]);
        wait_for(ways, next_ns < other_ns ? next_ns : other_ns);
    }
}
