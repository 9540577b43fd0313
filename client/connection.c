/*
 * connection.c: requests out, messages in, and which call each of them is for.
 *
 * Requests collect in one buffer and leave in one write, just before the connection would
 * wait: a unary call is one write and one read. A descriptor waits beside the buffer for the
 * first byte of its request, with which it has to leave.
 */
#include "client/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/start.h"
#include "proto/frame.h"
#include "proto/value.h"

enum {
    ZONE_BYTES = 4096,           /* first piece of memory for decoded values */
    CREDIT_BYTES = 256 * 1024,   /* given back at once while a stream flows: a quarter of the
                                    protocol's default window */
    MAX_PARAMS = UINT16_MAX,     /* what azb_pack_map_begin() has room for */
    OUT_ENOUGH = 256 * 1024,     /* outgoing bytes beside which no upload adds more */
    UPLOAD_WINDOW = 1024 * 1024, /* the protocol's: what may be sent before the first credit */
    MAX_LOST_NAMED = 8,          /* of the calls lost with a connection */
};

/* A descriptor that leaves with one of the outgoing bytes. */
struct passed_fd {
    size_t at;
    int fd;
};

struct azb_connection {
    int fd;
    bool is_async;   /* nothing here waits, but azb_connection_wait() */
    bool is_drained; /* the last read took all that was there */
    bool has_read;   /* bytes have come while others were being sent */
    bool is_telling; /* a message's owner hears of it: its values are still being looked at */
    int64_t answer_wait_ms;
    uint32_t last_msgid;
    struct azb_buf out;
    size_t out_sent;       /* of its bytes */
    struct passed_fd *fds; /* in order of .at; asynchronous connections own them */
    size_t n_fds, max_fds;
    struct azb_frame_reader *reader;
    msgpack_zone zone;             /* the values of the last message */
    struct azb_client_call *calls; /* the oldest first: its answer is mostly the next */
    struct azb_client_call **calls_end;
    struct azb_client_call *lost; /* done, and about to hear of it */
    struct azb_error quiet_err;   /* of a call that nobody waits for */
    azb_idle_cb *idle_cb;
    void *idle_arg;
    azb_notice_cb *notice_cb;
    void *notice_arg;
};

int azb_connection_open(const struct azblob_options *options, struct azb_connection **ret,
                        struct azb_error *err)
{
    struct azb_connection *connection = calloc(1, sizeof(*connection));
    struct timeval wait = {.tv_sec = options->answer_wait_ms / 1000,
                           .tv_usec = options->answer_wait_ms % 1000 * 1000};

    if (connection == NULL || !msgpack_zone_init(&connection->zone, ZONE_BYTES)) {
        free(connection);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a connection");
    }
    connection->fd = -1;
    connection->calls_end = &connection->calls;
    connection->answer_wait_ms = options->answer_wait_ms;
    connection->reader = azb_frame_reader_new(&AZB_FRAME_LIMITS_DEFAULT);
    if (connection->reader == NULL) {
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

/* The first descriptor has been passed, or will not be. */
static void drop_fd(struct azb_connection *connection)
{
    if (connection->is_async)
        close(connection->fds[0].fd);
    memmove(connection->fds, connection->fds + 1,
            --connection->n_fds * sizeof(*connection->fds));
}

static void drop_output(struct azb_connection *connection)
{
    connection->out.len = connection->out_sent = 0;
    while (connection->n_fds > 0)
        drop_fd(connection);
}

void azb_connection_free(struct azb_connection *connection)
{
    if (connection == NULL)
        return;
    drop_output(connection);
    if (connection->fd >= 0)
        close(connection->fd);
    azb_frame_reader_free(connection->reader);
    msgpack_zone_destroy(&connection->zone);
    azb_buf_clear(&connection->out);
    free(connection->fds);
    free(connection);
}

void azb_connection_hang_up(struct azb_connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR);
}

void azb_connection_set_idle(struct azb_connection *connection, azb_idle_cb *idle_cb, void *arg)
{
    connection->idle_cb = idle_cb;
    connection->idle_arg = arg;
}

void azb_connection_set_notice(struct azb_connection *connection, azb_notice_cb *notice_cb,
                               void *arg)
{
    connection->notice_cb = notice_cb;
    connection->notice_arg = arg;
}

/* The daemon has gone. A daemon that refused an earlier, quiet call said why there. */
static int connection_lost(struct azb_connection *connection, const char *doing,
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

/* How many outgoing bytes may leave together, and the descriptor that goes with them, or -1. */
static size_t next_piece(const struct azb_connection *connection, int *fd)
{
    const struct passed_fd *passed = connection->fds;
    size_t n_fds = connection->n_fds;

    *fd = -1;
    if (n_fds > 0 && passed->at == connection->out_sent) {
        *fd = passed->fd;
        passed++;
        n_fds--;
    }
    return (n_fds > 0 ? passed->at : connection->out.len) - connection->out_sent;
}

/* Send such a piece, or a part of it. Returns how much, or -1 with errno. */
static ssize_t send_piece(struct azb_connection *connection, int flags)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec piece = {.iov_base = connection->out.data + connection->out_sent};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    ssize_t n;
    int fd;

    piece.iov_len = next_piece(connection, &fd);
    if (fd >= 0)
        attach_fd(&message, &control, sizeof(control), fd);
    do
        n = sendmsg(connection->fd, &message, MSG_NOSIGNAL | flags);
    while (n < 0 && errno == EINTR);
    if (n > 0 && fd >= 0)
        drop_fd(connection);
    return n;
}

/* Half of the buffer has left: move the rest, which costs less than what was sent. */
static void compact_output(struct azb_connection *connection)
{
    if (connection->out_sent < connection->out.len / 2)
        return;
    for (size_t i = 0; i < connection->n_fds; i++)
        connection->fds[i].at -= connection->out_sent;
    azb_buf_drop(&connection->out, connection->out_sent);
    connection->out_sent = 0;
}

/* Some bytes into the room; flags as in recv(). -1 with errno. */
static ssize_t receive(struct azb_connection *connection, unsigned char *room,
                       size_t room_bytes, int flags)
{
    ssize_t n;

    do
        n = recv(connection->fd, room, room_bytes, flags);
    while (n < 0 && errno == EINTR);
    return n;
}

static int silence(int64_t waited_ms, struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_DEADLINE, "azblobd was silent for %lld ms",
                         (long long)waited_ms);
}

/* Read, and keep, what has come. */
static int read_meanwhile(struct azb_connection *connection, struct azb_error *err)
{
    unsigned char *room;
    size_t room_bytes;
    ssize_t n;

    if (azb_frame_reader_room(connection->reader, &room, &room_bytes, err) < 0)
        return -1;
    n = receive(connection, room, room_bytes, MSG_DONTWAIT);
    if (n > 0) {
        azb_frame_reader_fed(connection->reader, (size_t)n);
        connection->has_read = true;
    } else if (n == 0 || errno != EAGAIN) {
        drop_output(connection); /* who reads next hears of it */
    }
    return 0;
}

/* Until more can be sent. A daemon that is not read from may not read either. */
static int wait_to_send(struct azb_connection *connection, struct azb_error *err)
{
    int64_t wait_ms = connection->answer_wait_ms > 0 ? connection->answer_wait_ms : -1;
    struct pollfd ready = {.fd = connection->fd, .events = POLLOUT};
    int n;

    if (!connection->is_telling)
        ready.events |= POLLIN;
    n = poll(&ready, 1, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms);
    if (n == 0)
        return silence(wait_ms, err);
    if (n < 0 && errno != EINTR)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "poll: %s", strerror(errno));
    return n > 0 && (ready.revents & POLLIN) != 0 ? read_meanwhile(connection, err) : 0;
}

/* Send what is waiting; on an asynchronous connection, as much of it as can be now. */
static int connection_flush(struct azb_connection *connection, struct azb_error *err)
{
    if (connection->out.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    while (connection->out_sent < connection->out.len) {
        ssize_t n = send_piece(connection, MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN && connection->is_async)
            break;
        if (n < 0 && errno == EAGAIN) {
            if (wait_to_send(connection, err) < 0)
                return -1;
            continue;
        }
        if (n < 0 && errno == EBADF && connection->n_fds > 0)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "descriptor %d is not open",
                                 connection->fds[0].fd);
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            drop_output(connection);
            break; /* what it had to say before is still to be read */
        }
        if (n < 0)
            return azb_error_set(err, AZB_ERR_NO_DAEMON, "sending to azblobd: %s",
                                 strerror(errno));
        connection->out_sent += (size_t)n;
    }
    compact_output(connection);
    return 0;
}

/* Have a descriptor leave with the byte at this place. */
static int pass_fd(struct azb_connection *connection, size_t at, int fd, struct azb_error *err)
{
    if (connection->n_fds == connection->max_fds) {
        size_t max_fds = 2 * connection->max_fds + 1;
        struct passed_fd *fds = reallocarray(connection->fds, max_fds, sizeof(*fds));

        if (fds == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
        connection->fds = fds;
        connection->max_fds = max_fds;
    }
    /* The caller may close it before it has left. */
    if (connection->is_async) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

        if (copy < 0)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "descriptor %d: %s", fd,
                                 strerror(errno));
        fd = copy;
    }
    connection->fds[connection->n_fds++] = (struct passed_fd){at, fd};
    return 0;
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

static bool owes_credit(const struct azb_connection *connection)
{
    for (const struct azb_client_call *call = connection->calls; call != NULL;
         call = call->next)
        if (is_owed(call))
            return true;
    return false;
}

static void give_credit(struct azb_connection *connection)
{
    for (struct azb_client_call *call = connection->calls; call != NULL; call = call->next)
        if (is_owed(call))
            notify_credit(call);
}

/* More bytes, if it need not wait for them. */
static ssize_t receive_now(struct azb_connection *connection, unsigned char *room,
                           size_t room_bytes)
{
    ssize_t n;

    if (connection->is_drained) {
        connection->is_drained = false;
        errno = EAGAIN;
        return -1;
    }
    n = receive(connection, room, room_bytes, MSG_DONTWAIT);
    connection->is_drained = n > 0 && (size_t)n < room_bytes;
    return n;
}

/* Bytes came while others were being sent: a look at them comes before a wait. */
static bool read_before(struct azb_connection *connection)
{
    bool has_read = connection->has_read;

    connection->has_read = false;
    return has_read;
}

/*
 * Wait for more bytes, or just look. While they keep coming, credit goes back as
 * azb_call_consumed() sees fit; when none are there, the daemon may be waiting for what is left
 * of it. Returns 1 with bytes, 0 without (never when waiting), -1.
 */
static int connection_fill(struct azb_connection *connection, bool waits, struct azb_error *err)
{
    unsigned char *room;
    size_t room_bytes;
    ssize_t n = -1;

    if (connection_flush(connection, err) < 0)
        return -1;
    if (read_before(connection))
        return 1;
    if (azb_frame_reader_room(connection->reader, &room, &room_bytes, err) < 0)
        return -1;
    errno = EAGAIN;
    if (!waits || owes_credit(connection))
        n = receive_now(connection, room, room_bytes);
    if (n < 0 && errno == EAGAIN) {
        give_credit(connection);
        if (connection_flush(connection, err) < 0)
            return -1;
        if (read_before(connection))
            return 1;
        if (!waits)
            return 0;
        if (connection->idle_cb != NULL)
            connection->idle_cb(connection->idle_arg);
        n = receive(connection, room, room_bytes, 0);
    }
    if (n > 0) {
        azb_frame_reader_fed(connection->reader, (size_t)n);
        return 1;
    }
    if (n == 0 || errno == ECONNRESET)
        return connection_lost(connection,
                               azb_frame_reader_pending(connection->reader) > 0
                                   ? "in the middle of a message"
                                   : "before it had answered",
                               err);
    if (errno == EAGAIN)
        return silence(connection->answer_wait_ms, err);
    return azb_error_set(err, AZB_ERR_NO_DAEMON, "reading from azblobd: %s", strerror(errno));
}

static void add_call(struct azb_connection *connection, struct azb_client_call *call)
{
    call->next = NULL;
    *connection->calls_end = call;
    connection->calls_end = &call->next;
}

static void remove_call(struct azb_connection *connection, struct azb_client_call **link)
{
    struct azb_client_call *call = *link;

    *link = call->next;
    if (*link == NULL)
        connection->calls_end = link;
}

/* Take all of them. */
static struct azb_client_call *remove_calls(struct azb_connection *connection)
{
    struct azb_client_call *calls = connection->calls;

    connection->calls = NULL;
    connection->calls_end = &connection->calls;
    return calls;
}

/* The link that holds the call with this id, or the last one, which holds NULL. */
static struct azb_client_call **find_call(struct azb_connection *connection, uint32_t msgid)
{
    struct azb_client_call **link = &connection->calls;

    while (*link != NULL && (*link)->msgid != msgid)
        link = &(*link)->next;
    return link;
}

/* Credit goes back in big pieces: one message for each item would cost more than it. */
void azb_call_consumed(struct azb_client_call *call, size_t n)
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
        azb_call_consumed(call, 0);
}

void azb_call_cancel(struct azb_client_call *call)
{
    msgpack_packer pk;

    if (call->is_done)
        return;
    azb_buf_packer(&pk, &call->connection->out);
    azb_msg_notify(&pk, "$/cancel", 1);
    msgpack_pack_uint32(&pk, call->msgid);
}

/* A callback's answer: not 0 ends the call. */
static void call_heard(struct azb_client_call *call, int answer)
{
    if (answer == 0)
        return;
    call->is_stopped = true;
    azb_call_cancel(call);
}

void azb_call_data(struct azb_client_call *call, uint64_t offset, const void *bytes, size_t n)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, &call->connection->out);
    azb_msg_notify(&pk, "$/data", 3);
    msgpack_pack_uint32(&pk, call->msgid);
    msgpack_pack_uint64(&pk, offset);
    azb_pack_bin(&pk, bytes, n);
    call->window -= (int64_t)n;
}

void azb_call_data_end(struct azb_client_call *call)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, &call->connection->out);
    azb_msg_notify(&pk, "$/end", 1);
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

/* A number under one of two names: a query has its own for both. */
static bool find_number(const msgpack_object_map *map, const char *name,
                        const char *name_in_query, int64_t *ret)
{
    return azb_value_int(azb_map_find(map, name), ret) ||
           azb_value_int(azb_map_find(map, name_in_query), ret);
}

static void call_progressed(struct azb_client_call *call, const msgpack_object_map *map)
{
    int64_t bytes, total = -1;

    find_number(map, "total", "total_bytes", &total);
    if (call->on_progress != NULL && find_number(map, "bytes", "bytes_scanned", &bytes))
        call->on_progress(call, bytes, total);
}

static int dispatch_notification(struct azb_connection *connection, const struct azb_msg *msg,
                                 const unsigned char *frame, size_t frame_bytes,
                                 struct azb_error *err)
{
    struct azb_client_call *call;
    struct azb_error fatal;
    int64_t msgid, offset, credit;
    const char *bytes;
    size_t n;

    if (method_is(msg, "$/error")) {
        azb_error_unpack(err != NULL ? err : &fatal, msg->params);
        return -1;
    }
    if (method_is(msg, "$/lease")) {
        if (connection->notice_cb != NULL)
            connection->notice_cb("$/lease", msg->params, msg->n_args, connection->notice_arg);
        return 0;
    }
    if (msg->n_args < 2 || !azb_value_int(&msg->params[0], &msgid) || msgid < 0)
        return 0;
    call = *find_call(connection, (uint32_t)msgid);
    if (call == NULL)
        return 0;
    if (method_is(msg, "$/item")) {
        call->packed_bytes = item_bytes(msg, frame, frame_bytes);
        call->packed = frame + frame_bytes - call->packed_bytes;
        if (call->on_item != NULL && !call->is_stopped)
            call_heard(call, call->on_item(&msg->params[1], call->arg));
        if (!call->counts_credit)
            azb_call_consumed(call, call->packed_bytes);
    } else if (method_is(msg, "$/data") && msg->n_args == 3 &&
               azb_value_int(&msg->params[1], &offset) &&
               azb_value_bytes(&msg->params[2], &bytes, &n)) {
        if (call->on_data != NULL && !call->is_stopped)
            call_heard(call, call->on_data((uint64_t)offset, bytes, n, call->arg));
        if (!call->counts_credit)
            azb_call_consumed(call, n);
    } else if (method_is(msg, "$/progress")) {
        call_progressed(call, azb_value_map(&msg->params[1]));
    } else if (method_is(msg, "$/credit") && azb_value_int(&msg->params[1], &credit) &&
               credit > 0) {
        if (call->window < INT64_MAX - credit)
            call->window += credit;
    }
    return 0;
}

/* Where the result of a response begins: behind the type, the msgid and a nil. */
static const unsigned char *result_start(const unsigned char *frame)
{
    const unsigned char *msgid = frame + array_head_bytes(*frame) + 1;

    return msgid + integer_bytes(*msgid) + 1;
}

static void dispatch_response(struct azb_connection *connection, const struct azb_msg *msg,
                              const unsigned char *frame, size_t frame_bytes)
{
    struct azb_client_call **link = find_call(connection, msg->msgid);
    struct azb_client_call *call = *link;

    if (call == NULL) {
        if (msg->error != NULL && !connection->is_async && connection->quiet_err.what == AZB_OK)
            azb_error_unpack(&connection->quiet_err, msg->error);
        return;
    }
    remove_call(connection, link);
    call->is_done = true;
    call->result = msg->result;
    if (msg->error != NULL) {
        azb_error_unpack(&call->err, msg->error);
    } else {
        call->packed = result_start(frame);
        call->packed_bytes = frame_bytes - (size_t)(call->packed - frame);
    }
    if (call->err.what == AZB_ERR_UNKNOWN_CLIENT && connection->quiet_err.what != AZB_OK)
        call->err = connection->quiet_err;
    if (call->on_done != NULL)
        call->on_done(call);
}

/* Take one message, of the bytes that are here. Returns 1, 0 when there is none, -1. */
static int take_here(struct azb_connection *connection, struct azb_error *err)
{
    const unsigned char *frame;
    struct azb_msg msg;
    size_t frame_bytes;
    bool has_msgid, is_telling;
    int got = azb_frame_reader_next(connection->reader, &frame, &frame_bytes, err);

    if (got == 0)
        return 0;
    msgpack_zone_clear(&connection->zone);
    if (got < 0 ||
        azb_msg_parse(frame, frame_bytes, &connection->zone, &msg, &has_msgid, err) < 0)
        return -1;
    is_telling = !connection->is_async; /* which may go meanwhile */
    connection->is_telling = is_telling;
    got = 1;
    if (msg.type == AZB_MSG_NOTIFY)
        got = dispatch_notification(connection, &msg, frame, frame_bytes, err) < 0 ? -1 : 1;
    else if (msg.type == AZB_MSG_RESPONSE) /* a request from a daemon means nothing to us */
        dispatch_response(connection, &msg, frame, frame_bytes);
    if (is_telling)
        connection->is_telling = false;
    return got;
}

/* Take one message. Returns 1, 0 when there is none (never when waiting), -1. */
static int take_message(struct azb_connection *connection, struct azb_error *err)
{
    int got, filled;

    while ((got = take_here(connection, err)) == 0)
        if ((filled = connection_fill(connection, !connection->is_async, err)) <= 0)
            return filled;
    return got;
}

static int step_failed(struct azb_connection *connection)
{
    remove_calls(connection); /* their owners are about to let go of them */
    shutdown(connection->fd, SHUT_RDWR);
    return -1;
}

int azb_connection_step(struct azb_connection *connection, struct azb_error *err)
{
    return take_message(connection, err) > 0 ? 0 : step_failed(connection);
}

/* Wait until one of them has bytes. */
static int wait_for_any(struct azb_connection *const *connections, unsigned n,
                        struct azb_error *err)
{
    int64_t wait_ms = connections[0]->answer_wait_ms > 0 ? connections[0]->answer_wait_ms : -1;
    struct pollfd ready[AZB_MAX_CONNECTIONS];
    int n_ready;

    if (connections[0]->idle_cb != NULL)
        connections[0]->idle_cb(connections[0]->idle_arg);
    for (unsigned i = 0; i < n; i++)
        ready[i] = (struct pollfd){.fd = connections[i]->fd, .events = POLLIN};
    n_ready = poll(ready, n, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms);
    if (n_ready == 0)
        return silence(wait_ms, err);
    if (n_ready < 0 && errno != EINTR)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "poll: %s", strerror(errno));
    return 0;
}

int azb_connections_step(struct azb_connection *const *connections, unsigned n,
                         struct azb_error *err)
{
    if (n == 1)
        return azb_connection_step(connections[0], err);
    for (;;) {
        bool has_come = false;

        for (unsigned i = 0; i < n; i++) {
            int got = take_here(connections[i], err);

            if (got != 0)
                return got > 0 ? 0 : step_failed(connections[i]);
        }
        for (unsigned i = 0; i < n; i++) {
            int filled = connection_fill(connections[i], false, err);

            if (filled < 0)
                return step_failed(connections[i]);
            has_come = has_come || filled > 0;
        }
        if (!has_come && wait_for_any(connections, n, err) < 0)
            return step_failed(connections[0]);
    }
}

int azb_connection_step_or(struct azb_connection *connection, int fd, struct azb_error *err)
{
    struct pollfd ready[] = {{connection->fd, POLLIN, 0}, {fd, POLLIN, 0}};

    /* What has been read of messages is followed by the rest of them. */
    if (azb_frame_reader_pending(connection->reader) == 0) {
        if (connection_flush(connection, err) < 0)
            return -1;
        if (connection->idle_cb != NULL)
            connection->idle_cb(connection->idle_arg);
        while (!connection->has_read && poll(ready, 2, -1) < 0 && errno == EINTR)
            ;
        if (!connection->has_read && ready[0].revents == 0)
            return 0;
    }
    return azb_connection_step(connection, err) < 0 ? -1 : 1;
}

/* ---- asynchronous connections ---- */

void azb_connection_set_async(struct azb_connection *connection)
{
    connection->is_async = true;
}

int azb_connection_fd(const struct azb_connection *connection)
{
    return connection->fd;
}

bool azb_connection_is_spoilt(const struct azb_connection *connection)
{
    return connection->out.failed;
}

bool azb_connection_has_gone(const struct azb_connection *connection)
{
    char byte;

    return connection->fd >= 0 && connection->calls == NULL &&
           recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool call_has_room(const struct azb_client_call *call)
{
    return call->on_room != NULL && call->window > 0;
}

bool azb_connection_has_output(const struct azb_connection *connection)
{
    const struct azb_client_call *call = connection->calls;

    while (call != NULL && !call_has_room(call))
        call = call->next;
    return call != NULL || connection->out_sent < connection->out.len;
}

/* Let uploads add to what is waiting to be sent, up to a limit. True when one has. */
static bool fill_output(struct azb_connection *connection)
{
    size_t before = connection->out.len;
    struct azb_client_call *next;

    for (struct azb_client_call *call = connection->calls; call != NULL; call = next) {
        next = call->next;
        if (connection->out.len - connection->out_sent >= OUT_ENOUGH)
            break;
        if (call_has_room(call))
            call->on_room(call);
    }
    return connection->out.len > before;
}

/* "; lost: blob.upload_blob c/b, and 3 more" behind a message. */
static void name_lost(const struct azb_client_call *calls, struct azb_error *err)
{
    size_t used = strlen(err->message);
    unsigned n = 0;

    for (; calls != NULL && n < MAX_LOST_NAMED; calls = calls->next, n++) {
        int more = snprintf(
            err->message + used, sizeof(err->message) - used, "%s%s%s%s",
            n == 0 ? "; lost: " : ", ", calls->operation != NULL ? calls->operation : "a call",
            calls->target != NULL ? " " : "", calls->target != NULL ? calls->target : "");

        if (more < 0 || (size_t)more >= sizeof(err->message) - used)
            return;
        used += (size_t)more;
    }
    for (n = 0; calls != NULL; calls = calls->next)
        n++;
    if (n > 0)
        snprintf(err->message + used, sizeof(err->message) - used, ", and %u more", n);
}

/* End a call that gets no answer. */
static void call_lose(struct azb_client_call *call, const struct azb_error *why)
{
    call->is_done = true;
    call->err = *why;
    call->err.retryable = why->what == AZB_ERR_NO_DAEMON;
    if (call->operation != NULL)
        snprintf(call->err.operation, sizeof(call->err.operation), "%s", call->operation);
    if (call->target != NULL)
        snprintf(call->err.target, sizeof(call->err.target), "%s", call->target);
}

void azb_connection_lose(struct azb_connection *connection, const struct azb_error *why)
{
    struct azb_client_call **end = &connection->lost;

    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    drop_output(connection);
    for (struct azb_client_call *call = connection->calls; call != NULL; call = call->next)
        call_lose(call, why);
    while (*end != NULL)
        end = &(*end)->next;
    *end = remove_calls(connection);
    /* What one of them does when it hears of it may free another, begin anew, or lose that,
     * too: then the others hear of it there. */
    while (connection->lost != NULL) {
        struct azb_client_call *call = connection->lost;

        connection->lost = call->next;
        if (call->on_done != NULL)
            call->on_done(call);
    }
}

/* No answer will come any more. Returns -1, with the reason and the calls it concerns. */
static int give_up(struct azb_connection *connection, const struct azb_error *why,
                   struct azb_error *err)
{
    if (err != NULL) {
        *err = *why;
        name_lost(connection->calls, err);
    }
    azb_connection_lose(connection, why);
    return -1;
}

int azb_connection_dispatch(struct azb_connection *connection, struct azb_error *err)
{
    struct azb_error why = {0};
    int got;

    if (connection->fd < 0)
        return azb_error_set(err, AZB_ERR_NO_DAEMON, "not connected to azblobd");
    do {
        fill_output(connection);
        got = take_message(connection, &why);
    } while (connection->fd >= 0 && (got > 0 || (got == 0 && fill_output(connection))));
    if (got < 0 && connection->fd >= 0)
        return give_up(connection, &why, err);
    return 0;
}

/* All that can be sent now; what came meanwhile stays where it is. */
static int send_all(struct azb_connection *connection, struct azb_error *err)
{
    struct azb_error why = {0};

    give_credit(connection);
    do {
        fill_output(connection);
        if (connection_flush(connection, &why) < 0)
            return give_up(connection, &why, err);
    } while (fill_output(connection));
    return 0;
}

int azb_connection_wait(struct azb_connection *connection, struct azb_error *err)
{
    int64_t wait_ms = connection->answer_wait_ms > 0 ? connection->answer_wait_ms : -1;
    struct pollfd ready = {.events = POLLIN};
    int n;

    if (connection->fd < 0)
        return azb_error_set(err, AZB_ERR_NO_DAEMON, "not connected to azblobd");
    if (send_all(connection, err) < 0)
        return -1;
    ready.fd = connection->fd;
    if (azb_connection_has_output(connection))
        ready.events |= POLLOUT;
    n = poll(&ready, 1, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms);
    if (n == 0)
        return silence(wait_ms, err);
    if (n < 0 && errno != EINTR)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "poll: %s", strerror(errno));
    return azb_connection_dispatch(connection, err);
}

int azb_connection_reopen(struct azb_connection *connection,
                          const struct azblob_options *options, struct azb_error *err)
{
    struct azb_frame_reader *reader = azb_frame_reader_new(&AZB_FRAME_LIMITS_DEFAULT);
    int fd;

    if (reader == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a connection");
    fd = azb_daemon_connect(options, err);
    if (fd < 0) {
        azb_frame_reader_free(reader);
        return -1;
    }
    drop_output(connection);
    azb_buf_clear(&connection->out); /* which may have failed */
    azb_frame_reader_free(connection->reader);
    connection->reader = reader;
    connection->fd = fd;
    connection->is_drained = false;
    return 0;
}

/* ---- calls ---- */

void azb_call_begin(struct azb_connection *connection, struct azb_client_call *call,
                    const char *method)
{
    call->connection = connection;
    call->msgid = ++connection->last_msgid;
    call->request_start = connection->out.len;
    call->is_spoilt = connection->out.failed;
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

void azb_call_drop(struct azb_client_call *call)
{
    call->connection->out.len = call->request_start;
    call->connection->out.failed = call->is_spoilt;
}

int azb_call_send(struct azb_client_call *call, int fd, struct azb_error *err)
{
    struct azb_connection *connection = call->connection;

    if (connection->out.failed) {
        azb_call_drop(call);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    }
    if (call->n_params > MAX_PARAMS) {
        azb_call_drop(call);
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "a call takes at most %d parameters",
                             MAX_PARAMS);
    }
    azb_call_send_quietly(call);
    if (fd >= 0 && pass_fd(connection, call->request_start, fd, err) < 0) {
        azb_call_drop(call);
        return -1;
    }
    if (fd >= 0 && !connection->is_async && connection_flush(connection, err) < 0) {
        drop_output(connection);
        return -1;
    }
    call->window = UPLOAD_WINDOW;
    add_call(connection, call);
    return 0;
}

/* The link of a list that holds a call, or the last one, which holds NULL. */
static struct azb_client_call **link_of(struct azb_client_call **link,
                                        const struct azb_client_call *call)
{
    while (*link != NULL && *link != call)
        link = &(*link)->next;
    return link;
}

void azb_call_forget(struct azb_client_call *call)
{
    struct azb_connection *connection = call->connection;
    struct azb_client_call **link;

    if (connection == NULL)
        return;
    link = link_of(&connection->lost, call);
    if (*link != NULL) {
        *link = call->next;
        return;
    }
    link = link_of(&connection->calls, call);
    if (*link != NULL) {
        remove_call(connection, link);
        azb_call_cancel(call);
    }
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
