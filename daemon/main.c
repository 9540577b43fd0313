/*
 * main.c: options, hardening, the socket; then the server runs until it is told to stop.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <curl/curl.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/trim.h"
#include "daemon/server.h"
#include "proto/socket_path.h"

enum {
    EXIT_USAGE = 2,
    EXIT_UNAVAILABLE = 69, /* sysexits.h: EX_UNAVAILABLE */
    EXIT_CONFIG = 78,      /* EX_CONFIG */
    BACKLOG = 256,
};

struct options {
    struct azb_config_source source;
    const char *socket;
    bool check_config;
};

static const char help[] =
    "Usage: azblobd [OPTION]...\n"
    "Keep warm, authenticated connections to Azure Blob Storage and serve them to local\n"
    "processes over a Unix socket. Runs in the foreground; azblob starts it by itself.\n"
    "\n"
    "  --config FILE        read FILE (INI; see azblobd.conf)\n"
    "  --socket PATH        listen at PATH; default $AZBLOBD_SOCKET, else\n"
    "                       $XDG_RUNTIME_DIR/azblobd/azblobd.sock, else\n"
    "                       /run/azblobd/azblobd.sock\n"
    "  --profile-from-env   make the profile \"default\" from AZURE_STORAGE_... variables; it "
    "is\n"
    "                       an error if they name no account (without this option they are "
    "used\n"
    "                       where they do)\n"
    "  --log-level LEVEL    error, warn, info or debug\n"
    "  --log-format FORMAT  text or json\n"
    "  --check-config       read the configuration, say what is wrong with it, and exit\n"
    "  --help, --version    print this help, or the version\n"
    "\n"
    "SIGTERM finishes the calls under way and stops; a second one stops at once. SIGHUP reads\n"
    "the configuration again.\n";

/* Tell whoever started us: "1" when we listen, else what went wrong. */
static void tell_ready(const char *text)
{
    const char *number = getenv("AZBLOBD_READY_FD");
    int fd = number != NULL ? atoi(number) : -1;

    if (fd <= STDERR_FILENO)
        return;
    if (write(fd, text, strlen(text)) < 0)
        azb_log(AZB_LOG_DEBUG, "nobody waits for us to be ready");
    close(fd);
    unsetenv("AZBLOBD_READY_FD");
}

static int fail(int status, const struct azb_error *err)
{
    azb_log(AZB_LOG_ERROR, "%s", err->message);
    tell_ready(err->message);
    return status;
}

/* Keys are in this process: no core dump, no debugger of the same user. */
static void harden(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef AZB_SANITIZE /* a leak check at exit is a debugger, too */
    prctl(PR_SET_DUMPABLE, 0);
#endif
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* we write clients' files: one that is too large is that call's error */
    umask(0077);
}

/* Many connections and descriptors: as many as we may have. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Make the socket's folder, if it is missing, for us alone or for others to pass through. */
static void make_folder(const char *socket_path, bool for_others)
{
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
    char *slash;

    snprintf(folder, sizeof(folder), "%s", socket_path);
    slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return;
    *slash = '\0';
    if (mkdir(folder, 0700) == 0 ? for_others && chmod(folder, 0711) < 0 : errno != EEXIST)
        azb_log(AZB_LOG_WARN, "%s: %s", folder, strerror(errno));
}

/*
 * The right to this path, held as long as we live: a socket that is there while nobody holds
 * the lock is stale and may be replaced.
 */
static int lock_path(const char *socket_path, struct azb_error *err)
{
    char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 16];
    int fd;

    snprintf(path, sizeof(path), "%s.daemon", socket_path);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return azb_error_set(err, AZB_ERR_CONFIG, "%s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        return azb_error_set(err, AZB_ERR_CONFIG, "another azblobd already serves %s",
                             socket_path);
    }
    return fd;
}

static int listen_at(const char *path, struct azb_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    /* of all else that is there bind() says so */
    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
        unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, BACKLOG) < 0) {
        azb_error_set(err, AZB_ERR_CONFIG, "cannot listen at %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"socket", required_argument, NULL, 's'},
                                          {"profile-from-env", no_argument, NULL, 'e'},
                                          {"log-level", required_argument, NULL, 'l'},
                                          {"log-format", required_argument, NULL, 'f'},
                                          {"check-config", no_argument, NULL, 'k'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->source.path = optarg;
            break;
        case 's':
            o->socket = optarg;
            break;
        case 'e':
            o->source.needs_environment = true;
            break;
        case 'l':
            o->source.log_level = optarg;
            break;
        case 'f':
            o->source.log_format = optarg;
            break;
        case 'k':
            o->check_config = true;
            break;
        case 'h':
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        case 'V':
            puts("azblobd " AZB_VERSION);
            exit(EXIT_SUCCESS);
        default:
            fputs("Try 'azblobd --help'.\n", stderr);
            return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "azblobd: unexpected argument '%s'\nTry 'azblobd --help'.\n",
                argv[optind]);
        return -1;
    }
    return 0;
}

/* What libxml2 would print itself about a bad answer: the call's error says it. */
static void drop_message(void *arg, const char *fmt, ...)
{
    (void)arg, (void)fmt;
}

/* Takes the configurations, one for each worker. */
static int serve(const struct options *o, struct azb_config **configs, unsigned n_configs)
{
    const struct azb_config *config = configs[0];
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    const char *wanted = o->socket != NULL           ? o->socket
                         : config->socket[0] != '\0' ? config->socket
                                                     : NULL;
    struct azb_error err = {0};
    struct azb_server server = {0};
    int lock_fd = -1, fd = -1;

    if (azb_socket_path(wanted, path, sizeof(path), &err) == 0) {
        make_folder(path, config->n_allowed_uids > 0);
        lock_fd = lock_path(path, &err);
    }
    if (lock_fd >= 0)
        fd = listen_at(path, &err);
    if (fd < 0) {
        for (unsigned i = 0; i < n_configs; i++)
            azb_config_free(configs[i]);
        return fail(EXIT_UNAVAILABLE, &err);
    }
    if (azb_server_init(&server, &o->source, configs, n_configs, fd, path, &err) < 0) {
        azb_server_clear(&server);
        return fail(EXIT_UNAVAILABLE, &err);
    }
    azb_log(AZB_LOG_INFO, "azblobd " AZB_VERSION " listens at %s", path);
    azb_trim_startup_pages();
    tell_ready("1");
    azb_server_run(&server);
    azb_server_clear(&server);
    close(lock_fd);
    azb_log(AZB_LOG_INFO, "stopped");
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct azb_config *configs[AZB_MAX_WORKERS];
    struct azb_error err = {0};
    int n_configs, status;

    if (parse_options(argc, argv, &options) < 0)
        return EXIT_USAGE;
    harden();
    raise_file_limit();
    n_configs = azb_config_load(&options.source, options.check_config ? 1 : 0, configs, &err);
    if (n_configs < 0)
        return fail(EXIT_CONFIG, &err);
    azb_log_configure(configs[0]->log_level, configs[0]->log_json);
    if (options.check_config) {
        azb_config_free(configs[0]);
        puts("the configuration is good");
        return EXIT_SUCCESS;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, drop_message);
    status = serve(&options, configs, (unsigned)n_configs);
    xmlCleanupParser();
    curl_global_cleanup();
    return status;
}
