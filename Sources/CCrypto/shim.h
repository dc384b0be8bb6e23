#pragma once
#include <openssl/evp.h>
#include <openssl/err.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Variadic, so that Swift does not see it.
static inline EVP_PKEY *key_make_rsa(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }
static inline EVP_PKEY *key_make_ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }

// Without a callback, an encrypted key would be asked for on the terminal.
static inline int key_no_passphrase(char *buffer, int size, int writes, void *context) {
    (void)buffer, (void)size, (void)writes, (void)context;
    return -1;
}
static inline EVP_PKEY *key_read(BIO *pem) { return PEM_read_bio_PrivateKey(pem, NULL, key_no_passphrase, NULL); }

// Macros for these.
static inline long bio_bytes(BIO *memory, const char **bytes) { return BIO_ctrl(memory, BIO_CTRL_INFO, 0, (char *)bytes); }

// One of a certificate's extensions in the words of x509v3_config(5). 1 when it is added.
static inline int certificate_extend(X509 *certificate, int kind, const char *words) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, words);
    if (!extension) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}
