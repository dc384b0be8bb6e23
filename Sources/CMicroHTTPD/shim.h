#pragma once
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

// Doors for what Swift does not import: variadic functions and macros with casts.

static inline size_t microhttpd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

struct microhttpd_settings {
    int listen_socket;
    unsigned int threads;
    unsigned int connections;
    unsigned int idle_seconds;
    size_t memory_per_connection;
    size_t stack_per_thread;
    MHD_AccessHandlerCallback handler;
    MHD_RequestCompletedCallback completed;
    void *context;
    MHD_AcceptPolicyCallback admit;
    MHD_NotifyConnectionCallback follow;
    void *watch;
};

// RFC 9112 to the letter: no bare LF ends a line, no line is folded. Before 0.9.77 there is one step of strictness, which lets both pass.
#if MHD_VERSION >= 0x00097701
static const enum MHD_OPTION microhttpd_strictness = MHD_OPTION_CLIENT_DISCIPLINE_LVL;
#else
static const enum MHD_OPTION microhttpd_strictness = MHD_OPTION_STRICT_FOR_CLIENT;
#endif

static inline struct MHD_Daemon *microhttpd_start(const struct microhttpd_settings *settings) {
    // Paths arrive as they were sent: decoded here, an encoded slash could no longer be told from a real one.
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, settings->admit, settings->watch, settings->handler,
                            settings->context, MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
                            MHD_OPTION_NOTIFY_CONNECTION, settings->follow, settings->watch,
                            MHD_OPTION_LISTEN_SOCKET, settings->listen_socket, MHD_OPTION_THREAD_POOL_SIZE,
                            settings->threads, MHD_OPTION_CONNECTION_LIMIT, settings->connections,
                            MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->memory_per_connection,
                            MHD_OPTION_THREAD_STACK_SIZE,
                            settings->stack_per_thread, microhttpd_strictness, 1, MHD_OPTION_UNESCAPE_CALLBACK, microhttpd_keep_escapes,
                            NULL, MHD_OPTION_END);
}

// The size that says "until it ends" is a macro with a cast.
static inline struct MHD_Response *microhttpd_stream(size_t piece, MHD_ContentReaderCallback reader, void *context,
                                                     MHD_ContentReaderFreeCallback ended) {
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, piece, reader, context, ended);
}

static inline ssize_t microhttpd_stream_end(void) { return MHD_CONTENT_READER_END_OF_STREAM; }

static inline const struct sockaddr *microhttpd_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}

static inline int microhttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

static inline void *microhttpd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static inline int microhttpd_is_loopback(const struct sockaddr *address) {
    // Read as bytes: netinet/in.h in a module of its own would hide Glibc's structures (ip(7) and ipv6(7) lay them out).
    const unsigned char *bytes = (const unsigned char *)address;
    static const unsigned char loopback[16] = {[15] = 1}, mapped[13] = {[10] = 255, [11] = 255, [12] = 127};
    if (address->sa_family == AF_INET) return bytes[4] == 127;
    if (address->sa_family == AF_INET6) return memcmp(bytes + 8, loopback, 16) == 0 || memcmp(bytes + 8, mapped, 13) == 0;
    return 0;
}

static inline int microhttpd_peer_is_loopback(struct MHD_Connection *connection) {
    const struct sockaddr *address = microhttpd_peer(connection);
    return address != NULL && microhttpd_is_loopback(address);
}
