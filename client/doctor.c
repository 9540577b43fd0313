/*
 * doctor.c: each step of a request on its own, so that the first one that fails is the cause:
 * daemon, account, name, network, then (by the daemon) TLS, clock, credential and rights.
 */
#include "client/command.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/value.h"

enum {
    CONNECT_MS = 5000,
    SKEW_S = 60, /* more than that is worth a word */
};

struct doctor {
    struct azb_command *command;
    struct azb_target target;
    char host[256], port[8];
    bool is_https;
};

__attribute__((format(printf, 4, 5))) static void say(struct doctor *doctor, bool is_good,
                                                      const char *step, const char *fmt, ...)
{
    struct azb_buf *out = &doctor->command->out.buf;
    char text[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    azb_buf_printf(out, "%-4s  %-10s  %s\n", is_good ? "ok" : "FAIL", step, text);
    azb_output_flush(&doctor->command->out, NULL);
}

static int check_daemon(struct doctor *doctor, struct azb_error *err)
{
    struct azb_client_call call = {0};
    char version[32] = "?";

    if (azb_command_begin(doctor->command, &call, "rpc.hello", NULL, err) < 0 ||
        azb_command_finish(&call, -1, err) < 0)
        return -1;
    azb_value_copy(azb_map_find(azb_value_map(call.result), "version"), version,
                   sizeof(version));
    say(doctor, true, "daemon", "azblobd %s answers", version);
    return 0;
}

/* "https://host:port/..." */
static void take_url(struct doctor *doctor, const char *url)
{
    const char *host = strstr(url, "://");
    bool has_brackets;
    size_t n;

    doctor->is_https = strncmp(url, "https:", 6) == 0;
    strcpy(doctor->port, doctor->is_https ? "443" : "80");
    host = host != NULL ? host + 3 : url;
    has_brackets = *host == '[';
    host += has_brackets;
    n = strcspn(host, has_brackets ? "]" : ":/");
    snprintf(doctor->host, sizeof(doctor->host), "%.*s", (int)n, host);
    host += n + has_brackets;
    if (*host == ':')
        snprintf(doctor->port, sizeof(doctor->port), "%.*s", (int)strcspn(host + 1, "/"),
                 host + 1);
}

/* Which account, and where it is; nothing is asked of the service. */
static int check_account(struct doctor *doctor, struct azb_error *err)
{
    struct azb_target account = doctor->target;
    struct azb_client_call call = {0};
    char url[1024] = "", name[80] = "";

    account.container = "doctor";
    account.snapshot = account.version_id = NULL;
    if (azb_command_begin(doctor->command, &call, "service.get_container_client", &account,
                          err) < 0 ||
        azb_command_finish(&call, -1, err) < 0)
        return -1;
    azb_value_copy(azb_map_find(azb_value_map(call.result), "url"), url, sizeof(url));
    azb_value_copy(azb_map_find(azb_value_map(call.result), "account_name"), name,
                   sizeof(name));
    take_url(doctor, url);
    say(doctor, true, "account", "%s at %s, %s", name, doctor->host,
        account.account_url != NULL                ? "as the URL says"
        : doctor->command->session->client == NULL ? "the daemon's default profile"
        : strcmp(doctor->command->session->client, "env") == 0
            ? "from AZURE_STORAGE_... in the environment"
            : "as the profile says");
    return 0;
}

/* Connect within a time. Returns 0 or an errno. */
static int try_connect(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int rc = 0;
    socklen_t n = sizeof(rc);

    if (fd < 0)
        return errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS)
        rc = errno;
    else if (poll(&wait, 1, CONNECT_MS) != 1)
        rc = ETIMEDOUT;
    else
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &rc, &n);
    close(fd);
    return rc;
}

static bool check_network(struct doctor *doctor)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses = NULL;
    int rc = getaddrinfo(doctor->host, doctor->port, &hints, &addresses);
    char text[64] = "?";

    if (rc != 0) {
        say(doctor, false, "name",
            "%s: %s. Is the account's name right, and does this machine have DNS?",
            doctor->host, gai_strerror(rc));
        return false;
    }
    for (const struct addrinfo *at = addresses; at != NULL; at = at->ai_next) {
        getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
        rc = try_connect(at);
        if (rc == 0)
            break;
    }
    freeaddrinfo(addresses);
    say(doctor, true, "name", "%s is %s", doctor->host, text);
    if (rc == 0)
        say(doctor, true, "network", "port %s is open", doctor->port);
    else
        say(doctor, false, "network",
            "port %s: %s. A firewall, a proxy that is not set, or a service that does not run",
            doctor->port, strerror(rc));
    return rc == 0 || getenv("HTTPS_PROXY") != NULL || getenv("https_proxy") != NULL ||
           getenv("http_proxy") != NULL || getenv("ALL_PROXY") != NULL;
}

/* "2026-11-22T06:44:00Z" against our clock. */
static void check_clock(struct doctor *doctor, const msgpack_object *result)
{
    struct tm tm = {0};
    char date[32];
    long off_s;

    if (!azb_value_copy(azb_map_find(azb_value_map(result), "date"), date, sizeof(date)) ||
        strptime(date, "%Y-%m-%dT%H:%M:%SZ", &tm) == NULL)
        return;
    off_s = (long)(time(NULL) - timegm(&tm));
    if (labs(off_s) <= SKEW_S)
        say(doctor, true, "clock", "agrees with the service's");
    else
        say(doctor, false, "clock",
            "this machine is %ld s %s. The daemon signs with the service's time, but a SAS "
            "made "
            "elsewhere on this machine may fail: set the clock",
            labs(off_s), off_s > 0 ? "ahead" : "behind");
}

/* Something small of what was named; the daemon tells what is wrong with TLS and credential. */
static int check_request(struct doctor *doctor, struct azb_error *err)
{
    const struct azb_target *target = &doctor->target;
    bool is_blob = target->blob != NULL && target->blob[0] != '\0';
    struct azb_client_call call = {0};

    if (azb_command_begin(doctor->command, &call,
                          is_blob                     ? "blob.get_blob_properties"
                          : target->container != NULL ? "container.get_container_properties"
                                                      : "service.list_containers",
                          target, err) < 0)
        return -1;
    if (is_blob)
        azb_call_str(&call, "blob", target->blob);
    if (target->container == NULL)
        azb_call_int(&call, "results_per_page", 1);
    if (azb_command_finish(&call, -1, err) < 0)
        return -1;
    if (doctor->is_https)
        say(doctor, true, "TLS", "the certificate is trusted");
    check_clock(doctor, call.result);
    say(doctor, true, "request", "the service answers, and the credential allows it");
    return 0;
}

static const char *step_of(const struct azb_error *err)
{
    if (err->what == AZB_ERR_TLS)
        return "TLS";
    return azb_exit_code(err) == AZB_EXIT_DENIED ? "credential" : "request";
}

int azb_verb_doctor(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    const char *name = options->n_operands > 0 ? options->operands[0] : "";
    struct doctor doctor = {.command = command};
    struct azb_error err = {0};
    const char *step = "daemon";
    bool has_network;
    int rc = azb_target_parse(name, &doctor.target, &err);

    if (rc < 0)
        return azb_command_end(command, NULL, &err);
    rc = check_daemon(&doctor, &err);
    if (rc == 0) {
        step = "account";
        rc = check_account(&doctor, &err);
    }
    has_network = rc == 0 && check_network(&doctor);
    if (has_network) {
        rc = check_request(&doctor, &err);
        step = step_of(&err);
    }
    if (rc < 0)
        say(&doctor, false, step, "%s: %s", err.code, err.message);
    azb_target_clear(&doctor.target);
    return rc < 0 ? azb_exit_code(&err) : has_network ? AZB_EXIT_DONE : AZB_EXIT_TEMPORARY;
}
