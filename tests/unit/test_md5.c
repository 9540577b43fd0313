/*
 * test_md5.c: files, as RFC 1321 prints their digests.
 */
#include "client/md5.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "tests/unit/unit.h"

static void to_hex(const unsigned char md5[AZB_MD5_BYTES], char ret[2 * AZB_MD5_BYTES + 1])
{
    for (int i = 0; i < AZB_MD5_BYTES; i++)
        sprintf(ret + 2 * i, "%02x", md5[i]);
}

static const struct {
    const char *text, *want;
} published[] = {
    {"", "d41d8cd98f00b204e9800998ecf8427e"},
    {"a", "0cc175b9c0f1b6a831c399e269772661"},
    {"abc", "900150983cd24fb0d6963f7d28e17f72"},
    {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
     "d174ab98d277d9f5a5611c2c9f419d9f"},
    {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
     "57edf4a22be3c955ac49da2e2107b67a"},
};

START_TEST(test_published)
{
    char hex[2 * AZB_MD5_BYTES + 1];
    unsigned char got[AZB_MD5_BYTES];
    FILE *file = tmpfile();

    fputs(published[_i].text, file);
    rewind(file);
    ck_assert_int_eq(azb_md5_of_file(fileno(file), got, NULL), 0);
    fclose(file);
    to_hex(got, hex);
    ck_assert_str_eq(hex, published[_i].want);
}
END_TEST

/* More than is read at a time. */
START_TEST(test_long)
{
    static unsigned char bytes[200001];
    unsigned char want[EVP_MAX_MD_SIZE], got[AZB_MD5_BYTES];
    FILE *file = tmpfile();

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    fwrite(bytes, 1, sizeof(bytes), file);
    rewind(file);
    ck_assert_int_eq(azb_md5_of_file(fileno(file), got, NULL), 0);
    fclose(file);
    EVP_Digest(bytes, sizeof(bytes), want, NULL, EVP_md5(), NULL);
    ck_assert_mem_eq(got, want, sizeof(got));
}
END_TEST

START_TEST(test_unreadable)
{
    struct azb_error err = {0};
    unsigned char got[AZB_MD5_BYTES];

    ck_assert_int_eq(azb_md5_of_file(-1, got, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_LOCAL_IO);
}
END_TEST

static Suite *md5_suite(void)
{
    Suite *suite = suite_create("md5");
    TCase *tc = tcase_create("md5");

    UNIT_TABLE(tc, test_published, published);
    tcase_add_test(tc, test_long);
    tcase_add_test(tc, test_unreadable);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(md5_suite)
