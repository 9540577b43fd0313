/*
 * md5.c: by libmd. OpenSSL would take longer to load than most commands run.
 */
#include "client/md5.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <md5.h>

enum {
    READ_BYTES = 64 * 1024,
};

int azb_md5_of_file(int fd, unsigned char ret[AZB_MD5_BYTES], struct azb_error *err)
{
    unsigned char bytes[READ_BYTES];
    MD5_CTX md5;
    ssize_t n;

    MD5Init(&md5);
    while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
        if (n < 0 && errno != EINTR)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "%s", strerror(errno));
        if (n > 0)
            MD5Update(&md5, bytes, (size_t)n);
    }
    MD5Final(ret, &md5);
    return 0;
}
