/*
 * fake_tls.h: a TLS server identity for one test run: a fresh key, a certificate for 127.0.0.1
 * that signs itself, and its PEM in a temporary file, so that no key stands in the tree.
 */
#ifndef AZB_TESTS_FAKE_TLS_H
#define AZB_TESTS_FAKE_TLS_H

#include <openssl/ssl.h>

/*
 * Make the identity. A failure ends the test.
 *
 * ca_path  a mkstemp() template, made into the PEM file's path
 *
 * Returns a context to be freed with SSL_CTX_free().
 */
SSL_CTX *fake_tls_new(char *ca_path);

#endif
