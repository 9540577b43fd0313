/*
 * rpc_client.c: the measuring programs' connection to the daemon.
 */
#define _GNU_SOURCE 1 /* struct ucred */
#include "bench/rpc_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int client_broken(struct azb_error *err, const char *what)
{
    return azb_error_set(err, AZB_ERR_NO_DAEMON, "%s: %s", what, strerror(errno));
}

int rpc_client_init(struct rpc_client *client, const char *path, struct azb_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer;
    socklen_t peer_bytes = sizeof(peer);

    *client = (struct rpc_client){.fd = -1};
    azb_buf_packer(&client->pk, &client->out);
    client->zone = msgpack_zone_new(MSGPACK_ZONE_CHUNK_SIZE);
    client->reader = azb_frame_reader_new(&AZB_FRAME_LIMITS_DEFAULT);
    if (client->zone == NULL || client->reader == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "connection");
    if (strlen(path) >= sizeof(address.sun_path))
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "the socket path is too long: %s", path);
    strcpy(address.sun_path, path);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 ||
        connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_bytes) < 0)
        return client_broken(err, path);
    client->daemon_pid = peer.pid;
    return 0;
}

void rpc_client_clear(struct rpc_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    azb_buf_clear(&client->out);
    azb_frame_reader_free(client->reader);
    msgpack_zone_free(client->zone);
}

static int client_flush(struct rpc_client *client, struct azb_error *err)
{
    size_t sent = 0;

    if (client->out.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "requests");
    while (sent < client->out.len) {
        ssize_t n =
            send(client->fd, client->out.data + sent, client->out.len - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return client_broken(err, "send");
        sent += n > 0 ? (size_t)n : 0;
    }
    client->out.len = 0;
    return 0;
}

/* Send what has gathered and take in what has arrived. */
static int client_exchange(struct rpc_client *client, struct azb_error *err)
{
    unsigned char *room;
    size_t room_bytes;
    ssize_t n;

    if (client_flush(client, err) < 0 ||
        azb_frame_reader_room(client->reader, &room, &room_bytes, err) < 0)
        return -1;
    do
        n = recv(client->fd, room, room_bytes, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return client_broken(err, "recv");
    if (n == 0)
        return azb_error_set(err, AZB_ERR_NO_DAEMON, "the daemon has closed the connection");
    azb_frame_reader_fed(client->reader, (size_t)n);
    return 0;
}

bool rpc_client_is_notify(const struct azb_msg *msg, const char *method)
{
    return msg->type == AZB_MSG_NOTIFY && msg->method_bytes == strlen(method) &&
           memcmp(msg->method, method, msg->method_bytes) == 0;
}

int rpc_client_next(struct rpc_client *client, struct azb_msg *ret, size_t *ret_bytes,
                    struct azb_error *err)
{
    const unsigned char *frame;
    bool has_msgid;
    int rc;

    while ((rc = azb_frame_reader_next(client->reader, &frame, ret_bytes, err)) == 0)
        if (client_exchange(client, err) < 0)
            return -1;
    if (rc < 0)
        return -1;
    msgpack_zone_clear(client->zone);
    if (azb_msg_parse(frame, *ret_bytes, client->zone, ret, &has_msgid, err) < 0)
        return -1;
    if (rpc_client_is_notify(ret, "$/error") && ret->n_args == 1) {
        azb_error_unpack(err, ret->params);
        return -1;
    }
    return 0;
}

int rpc_client_complain(const char *program, const struct azb_error *err)
{
    fprintf(stderr, "%s: %s: %s\n", program, err->code, err->message);
    return 1;
}
