/*
 * connection.c: requests out, messages in, and which call each of them is for.
 *
 * Requests collect in one buffer and leave in one write, just before the connection would
 * wait: a unary call is one write and one read.
 */
#include "client/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/start.h"
#include "proto/frame.h"
#include "proto/value.h"

enum {
    ZONE_BYTES = 4096,         /* first piece of memory for decoded values */
    CREDIT_BYTES = 256 * 1024, /* given back at once while a stream flows: a quarter of the
                                  protocol's default window */
    MAX_PARAMS = UINT16_MAX,   /* what azb_pack_map_begin() has room for */
};

struct azblob_connection {
    int fd;
    int64_t answer_wait_ms;
    uint32_t last_msgid;
    struct azb_buf out;
    struct azb_frame_reader *reader;
    msgpack_zone zone; /* the values of the last message */
    struct azb_client_call *calls;
    struct azb_error quiet_err; /* of a call that nobody waits for */
    azb_idle_cb *idle_cb;
    void *idle_arg;
};

int azb_connection_open(const struct azblob_options *options, struct azblob_connection **ret,
                        struct azb_error *err)
{
    struct azblob_connection *connection = calloc(1, sizeof(*connection));
    struct timeval wait = {.tv_sec = options->answer_wait_ms / 1000,
                           .tv_usec = options->answer_wait_ms % 1000 * 1000};

    if (connection == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a connection");
    connection->fd = -1;
    connection->answer_wait_ms = options->answer_wait_ms;
    connection->reader = azb_frame_reader_new(&AZB_FRAME_LIMITS_DEFAULT);
    if (connection->reader == NULL || !msgpack_zone_init(&connection->zone, ZONE_BYTES)) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a connection");
        goto fail;
    }
    connection->fd = azb_daemon_connect(options, err);
    if (connection->fd < 0)
        goto fail;
    if (options->answer_wait_ms > 0)
        setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    *ret = connection;
    return 0;
fail:
    azb_connection_free(connection);
    return -1;
}

void azb_connection_free(struct azblob_connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->fd >= 0)
        close(connection->fd);
    azb_frame_reader_free(connection->reader);
    msgpack_zone_destroy(&connection->zone);
    azb_buf_clear(&connection->out);
    free(connection);
}

void azb_connection_set_idle(struct azblob_connection *connection, azb_idle_cb *idle_cb,
                             void *arg)
{
    connection->idle_cb = idle_cb;
    connection->idle_arg = arg;
}

/* The daemon has gone. A daemon that refused an earlier, quiet call said why there. */
static int connection_lost(struct azblob_connection *connection, const char *doing,
                           struct azb_error *err)
{
    if (connection->quiet_err.what == AZB_OK)
        return azb_error_set(err, AZB_ERR_NO_DAEMON, "azblobd closed the connection %s", doing);
    if (err != NULL)
        *err = connection->quiet_err;
    return -1;
}

/* Put a descriptor beside a message's bytes. control: room for one. */
static void attach_fd(struct msghdr *message, void *control, size_t control_bytes, int fd)
{
    struct cmsghdr *header;

    message->msg_control = control;
    message->msg_controllen = control_bytes;
    header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}

/* Send the first n outgoing bytes, a descriptor (if not -1) with the first of them. */
static int connection_write(struct azblob_connection *connection, size_t n, int fd,
                            struct azb_error *err)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    size_t sent_bytes = 0;

    while (sent_bytes < n) {
        struct iovec piece = {connection->out.data + sent_bytes, n - sent_bytes};
        struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
        ssize_t sent;

        if (fd >= 0)
            attach_fd(&message, &control, sizeof(control), fd);
        sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EBADF)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "descriptor %d is not open", fd);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            break; /* what it had to say before is still to be read */
        if (sent < 0)
            return azb_error_set(err, AZB_ERR_NO_DAEMON, "sending to azblobd: %s",
                                 strerror(errno));
        sent_bytes += (size_t)sent;
        fd = -1;
    }
    azb_buf_drop(&connection->out, n);
    return 0;
}

static int connection_flush(struct azblob_connection *connection, struct azb_error *err)
{
    if (connection->out.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    if (connection->out.len == 0)
        return 0;
    return connection_write(connection, connection->out.len, -1, err);
}

static void notify_credit(struct azb_client_call *call)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, &call->connection->out);
    azb_msg_notify(&pk, "$/credit", 2);
    msgpack_pack_uint32(&pk, call->msgid);
    msgpack_pack_int64(&pk, call->owed_bytes);
    call->owed_bytes = 0;
}

static bool is_owed(const struct azb_client_call *call)
{
    return call->owed_bytes > 0 && !call->is_held;
}

static bool owes_credit(const struct azblob_connection *connection)
{
    for (const struct azb_client_call *call = connection->calls; call != NULL;
         call = call->next)
        if (is_owed(call))
            return true;
    return false;
}

static void give_credit(struct azblob_connection *connection)
{
    for (struct azb_client_call *call = connection->calls; call != NULL; call = call->next)
        if (is_owed(call))
            notify_credit(call);
}

/* Some bytes into the room; flags as in recv(). -1 with errno. */
static ssize_t receive(struct azblob_connection *connection, unsigned char *room,
                       size_t room_bytes, int flags)
{
    ssize_t n;

    do
        n = recv(connection->fd, room, room_bytes, flags);
    while (n < 0 && errno == EINTR);
    return n;
}

/*
 * Wait for more bytes. While they keep coming, credit goes back as call_consumed() sees fit;
 * when none are there, the daemon may be waiting for what is left of it.
 */
static int connection_fill(struct azblob_connection *connection, struct azb_error *err)
{
    unsigned char *room;
    size_t room_bytes;
    ssize_t n = -1;

    if (connection_flush(connection, err) < 0 ||
        azb_frame_reader_room(connection->reader, &room, &room_bytes, err) < 0)
        return -1;
    errno = EAGAIN;
    if (owes_credit(connection))
        n = receive(connection, room, room_bytes, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) {
        give_credit(connection);
        if (connection_flush(connection, err) < 0)
            return -1;
        if (connection->idle_cb != NULL)
            connection->idle_cb(connection->idle_arg);
        n = receive(connection, room, room_bytes, 0);
    }
    if (n > 0) {
        azb_frame_reader_fed(connection->reader, (size_t)n);
        return 0;
    }
    if (n == 0 || errno == ECONNRESET)
        return connection_lost(connection,
                               azb_frame_reader_pending(connection->reader) > 0
                                   ? "in the middle of a message"
                                   : "before it had answered",
                               err);
    if (errno == EAGAIN)
        return azb_error_set(err, AZB_ERR_DEADLINE, "azblobd was silent for %lld ms",
                             (long long)connection->answer_wait_ms);
    return azb_error_set(err, AZB_ERR_NO_DAEMON, "reading from azblobd: %s", strerror(errno));
}

/* The link that holds the call with this id, or the last one, which holds NULL. */
static struct azb_client_call **find_call(struct azblob_connection *connection, uint32_t msgid)
{
    struct azb_client_call **link = &connection->calls;

    while (*link != NULL && (*link)->msgid != msgid)
        link = &(*link)->next;
    return link;
}

/* Credit goes back in big pieces: one message for each item would cost more than it. */
static void call_consumed(struct azb_client_call *call, size_t n)
{
    call->owed_bytes += (int64_t)n;
    if (is_owed(call) && call->owed_bytes >= CREDIT_BYTES)
        notify_credit(call);
}

void azb_call_hold(struct azb_client_call *call)
{
    call->is_held = true;
}

void azb_call_resume(struct azb_client_call *call)
{
    call->is_held = false;
    if (!call->is_done)
        call_consumed(call, 0);
}

/* A callback's answer: not 0 ends the call. */
static void call_heard(struct azb_client_call *call, int answer)
{
    msgpack_packer pk;

    if (answer == 0)
        return;
    call->is_stopped = true;
    azb_buf_packer(&pk, &call->connection->out);
    azb_msg_notify(&pk, "$/cancel", 1);
    msgpack_pack_uint32(&pk, call->msgid);
}

/* How long an encoded array's head, or an encoded integer, is: its first byte tells. */
static size_t array_head_bytes(unsigned char first)
{
    return first == 0xdd ? 5 : first == 0xdc ? 3 : 1;
}

static size_t integer_bytes(unsigned char first)
{
    if (first >= 0xcc && first <= 0xcf)
        return 1 + ((size_t)1 << (first - 0xcc));
    if (first >= 0xd0 && first <= 0xd3)
        return 1 + ((size_t)1 << (first - 0xd0));
    return 1;
}

/* The encoded length of a notification's last argument when an integer is the only one before.
 */
static size_t item_bytes(const struct azb_msg *msg, const unsigned char *frame,
                         size_t frame_bytes)
{
    const unsigned char *p = (const unsigned char *)msg->method + msg->method_bytes;

    p += array_head_bytes(*p);
    p += integer_bytes(*p);
    return frame_bytes - (size_t)(p - frame);
}

static bool method_is(const struct azb_msg *msg, const char *name)
{
    return msg->method_bytes == strlen(name) &&
           memcmp(msg->method, name, msg->method_bytes) == 0;
}

static int dispatch_notification(struct azblob_connection *connection,
                                 const struct azb_msg *msg, const unsigned char *frame,
                                 size_t frame_bytes, struct azb_error *err)
{
    struct azb_client_call *call;
    struct azb_error fatal;
    int64_t msgid, offset;
    const char *bytes;
    size_t n;

    if (method_is(msg, "$/error")) {
        azb_error_unpack(err != NULL ? err : &fatal, msg->params);
        return -1;
    }
    if (msg->n_args < 2 || !azb_value_int(&msg->params[0], &msgid) || msgid < 0)
        return 0;
    call = *find_call(connection, (uint32_t)msgid);
    if (call == NULL)
        return 0;
    if (method_is(msg, "$/item")) {
        if (call->on_item != NULL && !call->is_stopped)
            call_heard(call, call->on_item(&msg->params[1], call->arg));
        call_consumed(call, item_bytes(msg, frame, frame_bytes));
    } else if (method_is(msg, "$/data") && msg->n_args == 3 &&
               azb_value_int(&msg->params[1], &offset) &&
               azb_value_bytes(&msg->params[2], &bytes, &n)) {
        if (call->on_data != NULL && !call->is_stopped)
            call_heard(call, call->on_data((uint64_t)offset, bytes, n, call->arg));
        call_consumed(call, n);
    }
    return 0;
}

static void dispatch_response(struct azblob_connection *connection, const struct azb_msg *msg)
{
    struct azb_client_call **link = find_call(connection, msg->msgid);
    struct azb_client_call *call = *link;

    if (call == NULL) {
        if (msg->error != NULL && connection->quiet_err.what == AZB_OK)
            azb_error_unpack(&connection->quiet_err, msg->error);
        return;
    }
    *link = call->next;
    call->is_done = true;
    call->result = msg->result;
    if (msg->error != NULL)
        azb_error_unpack(&call->err, msg->error);
    if (call->err.what == AZB_ERR_UNKNOWN_CLIENT && connection->quiet_err.what != AZB_OK)
        call->err = connection->quiet_err;
    if (call->on_done != NULL)
        call->on_done(call);
}

static int take_message(struct azblob_connection *connection, struct azb_error *err)
{
    const unsigned char *frame;
    struct azb_msg msg;
    size_t frame_bytes;
    bool has_msgid;
    int got;

    while ((got = azb_frame_reader_next(connection->reader, &frame, &frame_bytes, err)) == 0)
        if (connection_fill(connection, err) < 0)
            return -1;
    msgpack_zone_clear(&connection->zone);
    if (got < 0 ||
        azb_msg_parse(frame, frame_bytes, &connection->zone, &msg, &has_msgid, err) < 0)
        return -1;
    if (msg.type == AZB_MSG_NOTIFY)
        return dispatch_notification(connection, &msg, frame, frame_bytes, err);
    if (msg.type == AZB_MSG_RESPONSE)
        dispatch_response(connection, &msg);
    return 0; /* a request from a daemon means nothing to us */
}

int azb_connection_step(struct azblob_connection *connection, struct azb_error *err)
{
    if (take_message(connection, err) == 0)
        return 0;
    connection->calls = NULL; /* their owners are about to let go of them */
    shutdown(connection->fd, SHUT_RDWR);
    return -1;
}

void azb_call_begin(struct azblob_connection *connection, struct azb_client_call *call,
                    const char *method)
{
    call->connection = connection;
    call->msgid = ++connection->last_msgid;
    call->request_start = connection->out.len;
    azb_buf_packer(&call->pk, &connection->out);
    azb_msg_request(&call->pk, call->msgid, method);
    call->params_start = azb_pack_map_begin(&connection->out);
}

msgpack_packer *azb_call_value(struct azb_client_call *call, const char *name)
{
    azb_pack_str(&call->pk, name);
    call->n_params++;
    return &call->pk;
}

void azb_call_str(struct azb_client_call *call, const char *name, const char *value)
{
    azb_pack_str(azb_call_value(call, name), value);
}

void azb_call_bool(struct azb_client_call *call, const char *name, bool value)
{
    msgpack_packer *pk = azb_call_value(call, name);

    value ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
}

void azb_call_int(struct azb_client_call *call, const char *name, int64_t value)
{
    msgpack_pack_int64(azb_call_value(call, name), value);
}

void azb_call_params(struct azb_client_call *call, const msgpack_object_map *map)
{
    for (uint32_t i = 0; i < map->size; i++) {
        msgpack_pack_object(&call->pk, map->ptr[i].key);
        msgpack_pack_object(&call->pk, map->ptr[i].val);
    }
    call->n_params += map->size;
}

void azb_call_append(struct azb_client_call *call, const struct azb_buf *packed)
{
    azb_buf_append(&call->connection->out, packed->data, packed->len);
}

void azb_call_send_quietly(struct azb_client_call *call)
{
    azb_pack_map_end(&call->connection->out, call->params_start, call->n_params);
}

int azb_call_send(struct azb_client_call *call, int fd, struct azb_error *err)
{
    struct azblob_connection *connection = call->connection;
    struct azb_buf *out = &connection->out;

    if (out->failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    if (call->n_params > MAX_PARAMS) {
        out->len = call->request_start;
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "a call takes at most %d parameters",
                             MAX_PARAMS);
    }
    azb_call_send_quietly(call);
    /* A descriptor travels with the first byte of its own request. */
    if (fd >= 0 && (connection_write(connection, call->request_start, -1, err) < 0 ||
                    connection_write(connection, out->len, fd, err) < 0)) {
        out->len = 0;
        return -1;
    }
    call->next = connection->calls;
    connection->calls = call;
    return 0;
}

int azb_call_wait(struct azb_client_call *call, struct azb_error *err)
{
    while (!call->is_done)
        if (azb_connection_step(call->connection, err) < 0)
            return -1;
    if (call->err.what == AZB_OK)
        return 0;
    if (err != NULL)
        *err = call->err;
    return -1;
}
