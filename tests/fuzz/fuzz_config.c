/*
 * fuzz_config.c: any bytes as the configuration file. They are a configuration, or are refused
 * with a reason that says where.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include "daemon/config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct azb_config *config = NULL;
    struct azb_error err = {0};
    char path[32];
    int fd = memfd_create("azblobd.conf", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (azb_config_load(&(struct azb_config_source){.path = path}, 1, &config, &err) == 1)
        azb_config_free(config);
    else if (err.what != AZB_ERR_CONFIG || strstr(err.message, path) == NULL)
        abort();
    close(fd);
    return 0;
}
