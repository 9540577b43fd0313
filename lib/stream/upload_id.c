/*
 * upload_id.c: ids of uploads and of their blocks.
 */
#include "lib/stream/upload_id.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/value.h"

enum {
    MACHINE_ID_CHARS = 64,
    TIME_GRAIN_MS = 100, /* a file's times may stand still for so long */
};

void azb_upload_id_new(struct azb_upload_id *id, struct azb_call *call)
{
    azb_engine_random(call->engine, id->bytes, sizeof(id->bytes));
    id->is_derived = false;
}

/* Device and inode numbers mean something on one machine only. */
static void machine_id(char ret[MACHINE_ID_CHARS])
{
    int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, ret, MACHINE_ID_CHARS) : -1;

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        gethostname(ret, MACHINE_ID_CHARS);
}

static bool is_settled(const struct timespec *changed)
{
    struct timespec now;
    int64_t age_ms;

    clock_gettime(CLOCK_REALTIME, &now);
    age_ms = (int64_t)(now.tv_sec - changed->tv_sec) * 1000 +
             (now.tv_nsec - changed->tv_nsec) / (1000 * 1000);
    return age_ms >= TIME_GRAIN_MS;
}

/* Each text with its NUL, so that two never read as one. */
static void add_text(EVP_MD_CTX *sha, const char *text, size_t n)
{
    EVP_DigestUpdate(sha, text, n);
    EVP_DigestUpdate(sha, "", 1);
}

static void add_argument(EVP_MD_CTX *sha, struct azb_call *call, const char *name)
{
    const char *text = "";
    size_t n = 0;

    azb_value_bytes(azb_args_get(&call->args, name), &text, &n);
    add_text(sha, text, n);
}

void azb_upload_id_derive(struct azb_upload_id *id, struct azb_call *call,
                          const struct azb_input *input, uint64_t block_bytes)
{
    const struct stat *st = &input->seen;
    const struct azb_location *location = &call->account->primary;
    const int64_t facts[] = {
        (int64_t)st->st_dev, (int64_t)st->st_ino,  st->st_size,         st->st_mtim.tv_sec,
        st->st_mtim.tv_nsec, st->st_ctim.tv_sec,   st->st_ctim.tv_nsec, (int64_t)input->base,
        input->length,       (int64_t)block_bytes,
    };
    char machine[MACHINE_ID_CHARS] = {0};
    unsigned char digest[SHA256_DIGEST_LENGTH];
    EVP_MD_CTX *sha;

    azb_upload_id_new(id, call);
    if (!input->is_regular || !is_settled(&st->st_ctim))
        return;
    sha = EVP_MD_CTX_new();
    if (sha != NULL && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1) {
        machine_id(machine);
        EVP_DigestUpdate(sha, machine, sizeof(machine));
        EVP_DigestUpdate(sha, facts, sizeof(facts));
        add_text(sha, location->origin, strlen(location->origin));
        add_text(sha, location->base_path, strlen(location->base_path));
        add_argument(sha, call, "container");
        add_argument(sha, call, "blob");
        EVP_DigestFinal_ex(sha, digest, NULL);
        memcpy(id->bytes, digest, sizeof(id->bytes));
        id->is_derived = true;
    }
    EVP_MD_CTX_free(sha);
}

void azb_upload_id_block(const struct azb_upload_id *id, unsigned block_i,
                         unsigned char ret[AZB_BLOCK_ID_BYTES])
{
    memcpy(ret, id->bytes, AZB_UPLOAD_ID_BYTES);
    for (int i = 0; i < 4; i++)
        ret[AZB_UPLOAD_ID_BYTES + i] = (unsigned char)(block_i >> (24 - 8 * i));
}

static bool block_is_ours(const struct azb_upload_id *id, const msgpack_object_map *block,
                          unsigned *ret_i)
{
    const char *name;
    const unsigned char *index;
    size_t n;

    if (!azb_value_bytes(azb_map_find(block, "id"), &name, &n) || n != AZB_BLOCK_ID_BYTES ||
        memcmp(name, id->bytes, AZB_UPLOAD_ID_BYTES) != 0)
        return false;
    index = (const unsigned char *)name + AZB_UPLOAD_ID_BYTES;
    *ret_i = (unsigned)index[0] << 24 | (unsigned)index[1] << 16 | (unsigned)index[2] << 8 |
             index[3];
    return true;
}

bool azb_upload_id_is_all(const struct azb_upload_id *id, const msgpack_object *block_list,
                          unsigned n)
{
    const msgpack_object *blocks = azb_map_find(azb_value_map(block_list), "committed_blocks");
    unsigned block_i;

    if (blocks == NULL || blocks->type != MSGPACK_OBJECT_ARRAY || blocks->via.array.size != n)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!block_is_ours(id, azb_value_map(&blocks->via.array.ptr[i]), &block_i) ||
            block_i != i)
            return false;
    return true;
}

unsigned azb_upload_id_find(const struct azb_upload_id *id, const msgpack_object *block_list,
                            azb_own_block_cb *cb, void *arg)
{
    const msgpack_object *blocks =
        azb_map_find(azb_value_map(block_list), "uncommitted_blocks");
    unsigned n_others = 0;

    if (blocks == NULL || blocks->type != MSGPACK_OBJECT_ARRAY)
        return 0;
    for (uint32_t i = 0; i < blocks->via.array.size; i++) {
        const msgpack_object_map *block = azb_value_map(&blocks->via.array.ptr[i]);
        unsigned block_i;
        int64_t bytes = -1;

        azb_value_int(azb_map_find(block, "size"), &bytes);
        if (!block_is_ours(id, block, &block_i))
            n_others++;
        else if (bytes >= 0)
            cb(block_i, (uint64_t)bytes, arg);
    }
    return n_others;
}
