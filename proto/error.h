/*
 * error.h: the one error struct of the project, from where a failure is understood to the
 * map that a client reads. Its fields are those of the RPC error map (PROTOCOL.md, "Errors").
 */
#ifndef AZB_PROTO_ERROR_H
#define AZB_PROTO_ERROR_H

#include <stdbool.h>
#include <msgpack.h>

/* X(name, kind: what a user of the SDK would catch, code: used when the service sent none) */
#define AZB_ERR_MAP(X)                                                    \
    X(NO_MEMORY, "MemoryError", "OutOfMemory")                            \
    X(INVALID_ARG, "ValueError", "InvalidParameter")                      \
    X(WRONG_TYPE, "TypeError", "WrongType")                               \
    X(UNKNOWN_METHOD, "ValueError", "UnknownMethod")                      \
    X(UNKNOWN_PARAM, "TypeError", "UnknownParameter")                     \
    X(UNKNOWN_CLIENT, "ValueError", "UnknownClient")                      \
    X(PROTOCOL, "ValueError", "ProtocolError")                            \
    X(FRAME_TOO_LARGE, "ValueError", "FrameTooLarge")                     \
    X(CANCELLED, "CancelledError", "Cancelled")                           \
    X(DEADLINE, "ServiceRequestTimeoutError", "DeadlineExceeded")         \
    X(BUSY, "HttpResponseError", "TooManyCalls")                          \
    X(STOPPING, "ServiceRequestError", "DaemonStopping")                  \
    X(DENIED, "ClientAuthenticationError", "PermissionDenied")            \
    X(NO_CREDENTIAL, "CredentialUnavailableError", "NoCredential")        \
    X(BAD_CREDENTIAL, "AzureSigningError", "BadCredential")               \
    X(CONFIG, "ValueError", "BadConfiguration")                           \
    X(CONNECT, "ServiceRequestError", "ConnectionFailed")                 \
    X(CONNECT_TIMEOUT, "ServiceRequestTimeoutError", "ConnectionTimeout") \
    X(STALLED, "ServiceResponseTimeoutError", "NoProgress")               \
    X(BROKEN, "ServiceResponseError", "ConnectionBroken")                 \
    X(TLS, "ServiceRequestError", "TlsFailed")                            \
    X(SHORT_BODY, "IncompleteReadError", "IncompleteBody")                \
    X(CHECKSUM, "AzureError", "ChecksumMismatch")                         \
    X(BAD_RESPONSE, "DecodeError", "UnreadableResponse")                  \
    X(SERVICE, "HttpResponseError", "ServiceError")                       \
    X(NOT_FOUND, "ResourceNotFoundError", "ResourceNotFound")             \
    X(EXISTS, "ResourceExistsError", "ResourceAlreadyExists")             \
    X(MODIFIED, "ResourceModifiedError", "ConditionNotMet")               \
    X(AUTH, "ClientAuthenticationError", "AuthenticationFailed")          \
    X(COPY_FAILED, "HttpResponseError", "CopyFailed")                     \
    X(PARTIAL_BATCH, "PartialBatchErrorException", "PartialBatchFailure") \
    X(LOCAL_IO, "OSError", "LocalIoError")                                \
    X(TOO_LARGE, "ValueError", "TooLargeForInline")                       \
    X(NO_DAEMON, "ConnectionError", "DaemonUnreachable")                  \
    X(INTERNAL, "RuntimeError", "InternalError")

enum azb_err {
    AZB_OK = 0,
#define X(name, kind, code) AZB_ERR_##name,
    AZB_ERR_MAP(X)
#undef X
};

struct azb_error {
    enum azb_err what;   /* what our own code switches on */
    int status;          /* HTTP; 0: no response arrived */
    unsigned attempts;   /* HTTP requests made; 0: nothing was sent */
    bool retryable;      /* the same call may succeed later */
    char code[64];       /* x-ms-error-code as sent, "BlobNotFound"; else ours */
    char request_id[40]; /* x-ms-request-id: what a support case asks for */
    char client_request_id[40];
    char operation[56]; /* the RPC method */
    char target[256];   /* "container/blob"; cut, with "..." at its end, if longer */
    char message[512];  /* one line or a few for a person; never a key or a SAS token */
};

/*
 * Fill *err (NULL is allowed: the caller does not want to know) with a code and a message.
 * Fields other than what, code and message are kept. Returns -1, so that a failed check is
 * one statement.
 */
int azb_error_set(struct azb_error *err, enum azb_err what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The SDK's exception name ("ResourceNotFoundError") and our default code for an error. */
const char *azb_error_kind(enum azb_err what);
const char *azb_error_code(enum azb_err what);

/* The error whose kind and code are these; SERVICE when none is (a service's own code). */
enum azb_err azb_error_from_kind(const char *kind, size_t kind_bytes, const char *code,
                                 size_t code_bytes);

/* Write the RPC error map. Absent fields are left out. */
void azb_error_pack(msgpack_packer *pk, const struct azb_error *err);

/*
 * Read an RPC error map; any value is accepted (a stock server's plain string becomes the
 * message). Never fails: what cannot be read is left empty.
 */
void azb_error_unpack(struct azb_error *err, const msgpack_object *value);

#endif
