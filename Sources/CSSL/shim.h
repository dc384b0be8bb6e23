#pragma once

// What is used of libssl, as its manual pages declare it: ssl.h itself brings <sys/socket.h> into this module, which would
// hide Glibc's own from Swift. Both types stay incomplete, so that nothing but these calls can touch them.

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;
typedef struct ssl_method_st SSL_METHOD;

const SSL_METHOD *TLS_server_method(void);
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method);
void SSL_CTX_free(SSL_CTX *context);
int SSL_CTX_set_cipher_list(SSL_CTX *context, const char *names);
long SSL_CTX_ctrl(SSL_CTX *context, int command, long number, void *pointer);
int SSL_CTX_use_certificate_chain_file(SSL_CTX *context, const char *file);
int SSL_CTX_use_PrivateKey_file(SSL_CTX *context, const char *file, int type);
int SSL_CTX_check_private_key(const SSL_CTX *context);

SSL *SSL_new(SSL_CTX *context);
void SSL_free(SSL *ssl);
int SSL_set_fd(SSL *ssl, int descriptor);
long SSL_ctrl(SSL *ssl, int command, long number, void *pointer);
int SSL_accept(SSL *ssl);
int SSL_read(SSL *ssl, void *buffer, int count);
int SSL_write(SSL *ssl, const void *buffer, int count);
int SSL_shutdown(SSL *ssl);
int SSL_get_error(const SSL *ssl, int result);

unsigned long ERR_peek_last_error(void);
void ERR_clear_error(void);
const char *ERR_reason_error_string(unsigned long code);

// From ssl.h of OpenSSL 3; part of its ABI.
static const int SSL_FILETYPE_PEM = 1, SSL_ERROR_WANT_READ = 2, SSL_ERROR_WANT_WRITE = 3;

// SSL_CTX_set_min_proto_version is a macro for this: SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION.
static inline void ssl_at_least_1_2(SSL_CTX *context) { SSL_CTX_ctrl(context, 123, 0x0303, 0); }

// Writing goes on from wherever the buffer lies, and in parts, and who is silent has no buffers: SSL_CTRL_MODE with
// SSL_MODE_ENABLE_PARTIAL_WRITE, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER and SSL_MODE_RELEASE_BUFFERS.
static inline void ssl_set_modes(SSL_CTX *context) { SSL_CTX_ctrl(context, 33, 0x1 | 0x2 | 0x10, 0); }
