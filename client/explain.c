/*
 * explain.c: error codes, what they mean, and what to do next. A refusal's own message says
 * more: the daemon knows the credential.
 */
#include "client/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/nearest.h"

static const struct {
    const char *code;
    int status; /* that the service sends it with; 0: it is our own */
    const char *meaning;
} codes[] = {
    {"AuthenticationFailed", 403,
     "The credential was not accepted: a key that was rotated, a SAS that has expired or is "
     "cut, a clock that is wrong. The message says which."},
    {"AuthorizationFailure", 403,
     "The credential is good, but not from here: the account's firewall or network rules. Add "
     "this host's address, or use the private endpoint."},
    {"AuthorizationPermissionMismatch", 403,
     "The credential is good, but lacks this right: an identity needs a data role (Storage "
     "Blob Data Reader or Contributor), a SAS another letter."},
    {"AuthorizationSourceIPMismatch", 403,
     "The SAS names addresses (sip), and this host's is none of them."},
    {"KeyBasedAuthenticationNotPermitted", 403,
     "The account takes no keys, nor SAS made with one: use an Entra identity."},
    {"PublicAccessNotPermitted", 409,
     "The account is closed to those without a credential: configure one."},
    {"AccountIsDisabled", 403, "The storage account is disabled: see the portal."},
    {"BlobNotFound", 404,
     "There is no such blob. Names are literal bytes: azblob ls shows them."},
    {"ContainerNotFound", 404,
     "There is no such container: azblob ls shows them, azblob mb makes one."},
    {"BlobAlreadyExists", 409, "There is a blob of that name, and it was not to be replaced."},
    {"ContainerAlreadyExists", 409, "There is a container of that name."},
    {"ContainerBeingDeleted", 409,
     "It was deleted a moment ago, and its name is free again in about 30 s."},
    {"ConditionNotMet", 412,
     "A condition (--if-match and the like) did not hold: somebody has "
     "changed the blob. Read it again."},
    {"LeaseAlreadyPresent", 409,
     "Somebody else has the lease: azblob lease show, lease run --wait, or lease break."},
    {"LeaseIdMissing", 412, "The blob is leased: give the lease's id with --lease-id."},
    {"LeaseIdMismatchWithBlobOperation", 412, "The blob is leased under another id."},
    {"LeaseIdMismatchWithLeaseOperation", 409,
     "The lease is not, or no longer, the one of this id."},
    {"SnapshotsPresent", 409,
     "The blob has snapshots: --delete-snapshots include deletes them too."},
    {"BlobArchived", 409,
     "The blob is in the Archive tier: azblob tier Hot, and wait some hours."},
    {"BlobImmutableDueToPolicy", 409,
     "A policy or a legal hold keeps the blob from being changed until its time is over."},
    {"InvalidBlobType", 409,
     "The operation is not for this type of blob (block, page, append)."},
    {"ServerBusy", 503,
     "The service asks to slow down. The daemon has tried again already: try later."},
    {"OperationTimedOut", 500,
     "The service gave up. It may have happened all the same: look before repeating."},
    {"DaemonUnreachable", 0,
     "No azblobd answers at the socket: see azblob doctor, and azblobd's log."},
    {"ConnectionFailed", 0,
     "The service's host cannot be reached: azblob doctor says at which step."},
    {"TlsFailed", 0,
     "The host's certificate is not trusted, often because a proxy replaces it: "
     "ca_file in azblobd.conf."},
    {"NoProgress", 0, "Too few bytes came for too long."},
    {"DeadlineExceeded", 0, "The time of --deadline (deadline_ms) has passed."},
    {"ChecksumMismatch", 0,
     "What arrived is not what was stored. It was not used. Try again; if "
     "it stays, the blob or the path to it is bad."},
    {"IncompleteBody", 0, "The answer ended early, and could not be continued."},
    {"UnknownClient", 0, "No profile of that name: azblob status lists them."},
    {"NoCredential", 0, "This needs an account key, and the client has none."},
    {"PermissionDenied", 0,
     "This daemon does not serve your user: allow_users in azblobd.conf."},
};

static const struct {
    int status;
    const char *meaning;
} statuses[] = {
    {400,
     "The service does not understand the request: a name, a header or a length that it does "
     "not take."},
    {401, "The service wants a credential, or a better one: azblob doctor says which it got."},
    {403,
     "The service knows the credential and refuses: the key, the SAS's letters or end, the "
     "role, or the firewall. azblob doctor NAME says which."},
    {404, "There is no such container or blob, or no such account."},
    {409, "It is in a state that does not allow this: it exists, is leased, has snapshots..."},
    {412, "A condition did not hold, or the lease's id is missing."},
    {416, "The blob is shorter than the range that was asked for."},
    {429, "The service asks to slow down: try later."},
    {500, "The service failed. The daemon has tried again already: try later."},
    {503, "The service is busy or asks to slow down. The daemon has tried again already: try "
          "later."},
};

/* What a status means, and the codes that come with it. */
static int explain_status(struct azb_buf *out, int status)
{
    bool is_known = false;

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status) {
            azb_buf_printf(out, "%s\n", statuses[i].meaning);
            is_known = true;
        }
    for (size_t i = 0; is_known && i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].status == status)
            azb_buf_printf(out, "\n%s\n  %s\n", codes[i].code, codes[i].meaning);
    if (!is_known)
        fprintf(stderr, "azblob: explain: the service does not answer with %d\n", status);
    return is_known ? AZB_EXIT_DONE : AZB_EXIT_USAGE;
}

int azb_verb_explain(struct azb_command *command)
{
    const char *code = command->options.n_operands > 0 ? command->options.operands[0] : NULL;
    size_t n = sizeof(codes) / sizeof(codes[0]);
    const char *nearest;

    for (size_t i = 0; code == NULL && i < n; i++)
        azb_buf_printf(&command->out.buf, "%s\n", codes[i].code);
    if (code == NULL)
        return AZB_EXIT_DONE;
    if (strspn(code, "0123456789") == 3 && code[3] == '\0')
        return explain_status(&command->out.buf, atoi(code));
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(codes[i].code, code) == 0) {
            azb_buf_printf(&command->out.buf, "%s\n", codes[i].meaning);
            return AZB_EXIT_DONE;
        }
    nearest = azb_nearest(code, codes, sizeof(codes[0]), n);
    fprintf(stderr, "azblob: explain: nothing is known of '%.64s'%s%s%s\n", code,
            nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "'?" : "");
    return AZB_EXIT_USAGE;
}
