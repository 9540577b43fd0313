/*
 * uds_roundtrip.c: the floor of `azblob stat`: a process that connects to a Unix socket, has
 * 512 bytes echoed and exits. No program that asks a daemon something can be faster.
 *
 *     uds_roundtrip serve PATH    echo until killed; says "ready" on stdout once it listens
 *     uds_roundtrip call PATH     one round trip
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 512 };

static void die(const char *what)
{
    fprintf(stderr, "uds_roundtrip: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A whole message; false at the end of the stream. */
static bool receive(int fd, char *message)
{
    ssize_t n = recv(fd, message, MESSAGE_BYTES, MSG_WAITALL);

    if (n < 0)
        die("recv");
    return n == MESSAGE_BYTES;
}

static void transmit(int fd, const char *message)
{
    if (send(fd, message, MESSAGE_BYTES, MSG_NOSIGNAL) != MESSAGE_BYTES)
        die("send");
}

static void serve(int listener, const struct sockaddr_un *address)
{
    char message[MESSAGE_BYTES];

    if (bind(listener, (const struct sockaddr *)address, sizeof(*address)) < 0)
        die(address->sun_path);
    if (listen(listener, 64) < 0)
        die("listen");
    puts("ready");
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        while (receive(fd, message))
            transmit(fd, message);
        close(fd);
    }
}

static void call(int fd, const struct sockaddr_un *address)
{
    char message[MESSAGE_BYTES] = "";

    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        die(address->sun_path);
    transmit(fd, message);
    if (!receive(fd, message)) {
        fprintf(stderr, "uds_roundtrip: no echo\n");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (argc != 3 || strlen(argv[2]) >= sizeof(address.sun_path)) {
        fprintf(stderr, "usage: uds_roundtrip serve|call PATH\n");
        return 2;
    }
    strcpy(address.sun_path, argv[2]);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    if (strcmp(argv[1], "serve") == 0)
        serve(fd, &address);
    call(fd, &address);
    return 0;
}
