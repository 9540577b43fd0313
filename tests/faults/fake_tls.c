/* fake_tls.c: see fake_tls.h. The certificate is its own authority: trusting it is trusting the
 * server, which is what SSL_CERT_FILE and ca_file are tested with. */
#include "tests/faults/fake_tls.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

static void certificate_extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_new(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name;

    ck_assert_ptr_nonnull(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), getpid());
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
    name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"azblobd test",
                               -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    certificate_extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    certificate_extend(certificate, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    return certificate;
}

static void certificate_write(X509 *certificate, char *ret_path)
{
    int fd = mkstemp(ret_path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(PEM_write_X509(file, certificate), 1);
    ck_assert_int_eq(fclose(file), 0);
}

SSL_CTX *fake_tls_new(char *ca_path)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate;

    ck_assert_ptr_nonnull(context);
    ck_assert_ptr_nonnull(key);
    certificate = certificate_new(key);
    ck_assert_int_eq(SSL_CTX_use_certificate(context, certificate), 1);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, key), 1);
    certificate_write(certificate, ca_path);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}
