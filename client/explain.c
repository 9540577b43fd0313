/*
 * explain.c: error codes, what they mean, and what to do next. A refusal's own message says
 * more: the daemon knows the credential.
 */
#include "client/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/nearest.h"

static const struct {
    const char *code;
    const char *meaning;
} codes[] = {
    {"AuthenticationFailed",
     "The credential was not accepted: a key that was rotated, a SAS that has expired or is "
     "cut, a clock that is wrong. The message says which."},
    {"AuthorizationFailure",
     "The credential is good, but not from here: the account's firewall or network rules. Add "
     "this host's address, or use the private endpoint."},
    {"AuthorizationPermissionMismatch",
     "The credential is good, but lacks this right: an identity needs a data role (Storage "
     "Blob Data Reader or Contributor), a SAS another letter."},
    {"AuthorizationSourceIPMismatch",
     "The SAS names addresses (sip), and this host's is none of them."},
    {"KeyBasedAuthenticationNotPermitted",
     "The account takes no keys, nor SAS made with one: use an Entra identity."},
    {"PublicAccessNotPermitted",
     "The account is closed to those without a credential: configure one."},
    {"AccountIsDisabled", "The storage account is disabled: see the portal."},
    {"BlobNotFound", "There is no such blob. Names are literal bytes: azblob ls shows them."},
    {"ContainerNotFound",
     "There is no such container: azblob ls shows them, azblob mb makes one."},
    {"BlobAlreadyExists", "There is a blob of that name, and it was not to be replaced."},
    {"ContainerAlreadyExists", "There is a container of that name."},
    {"ContainerBeingDeleted",
     "It was deleted a moment ago, and its name is free again in about 30 s."},
    {"ConditionNotMet", "A condition (--if-match and the like) did not hold: somebody has "
                        "changed the blob. Read it again."},
    {"LeaseAlreadyPresent",
     "Somebody else has the lease: azblob lease show, lease run --wait, or lease break."},
    {"LeaseIdMissing", "The blob is leased: give the lease's id with --lease-id."},
    {"LeaseIdMismatchWithBlobOperation", "The blob is leased under another id."},
    {"LeaseIdMismatchWithLeaseOperation",
     "The lease is not, or no longer, the one of this id."},
    {"SnapshotsPresent",
     "The blob has snapshots: --delete-snapshots include deletes them too."},
    {"BlobArchived", "The blob is in the Archive tier: azblob tier Hot, and wait some hours."},
    {"BlobImmutableDueToPolicy",
     "A policy or a legal hold keeps the blob from being changed until its time is over."},
    {"InvalidBlobType", "The operation is not for this type of blob (block, page, append)."},
    {"ServerBusy",
     "The service asks to slow down. The daemon has tried again already: try later."},
    {"OperationTimedOut",
     "The service gave up. It may have happened all the same: look before repeating."},
    {"DaemonUnreachable",
     "No azblobd answers at the socket: see azblob doctor, and azblobd's log."},
    {"ConnectionFailed",
     "The service's host cannot be reached: azblob doctor says at which step."},
    {"TlsFailed", "The host's certificate is not trusted, often because a proxy replaces it: "
                  "ca_file in azblobd.conf."},
    {"NoProgress", "Too few bytes came for too long."},
    {"DeadlineExceeded", "The time of --deadline (deadline_ms) has passed."},
    {"ChecksumMismatch", "What arrived is not what was stored. It was not used. Try again; if "
                         "it stays, the blob or the path to it is bad."},
    {"IncompleteBody", "The answer ended early, and could not be continued."},
    {"UnknownClient", "No profile of that name: azblob status lists them."},
    {"NoCredential", "This needs an account key, and the client has none."},
    {"PermissionDenied", "This daemon does not serve your user: allow_users in azblobd.conf."},
};

int azb_verb_explain(struct azb_command *command)
{
    const char *code = command->options.operands[0];
    size_t n = sizeof(codes) / sizeof(codes[0]);
    const char *nearest;

    for (size_t i = 0; i < n; i++)
        if (strcmp(codes[i].code, code) == 0) {
            azb_buf_printf(&command->out.buf, "%s\n", codes[i].meaning);
            return AZB_EXIT_DONE;
        }
    nearest = azb_nearest(code, codes, sizeof(codes[0]), n);
    fprintf(stderr, "azblob: explain: nothing is known of '%.64s'%s%s%s\n", code,
            nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "'?" : "");
    return AZB_EXIT_USAGE;
}
