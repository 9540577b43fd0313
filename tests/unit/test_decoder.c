/*
 * test_decoder.c: answers of the service, as results. The documents have the real service's
 * habits: a byte order mark, a line feed behind the declaration or none, empty elements in
 * three spellings. Each is read whole, byte by byte, streamed, and cut off at every place.
 */
#include "lib/decoder.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/methods.h"
#include "tests/unit/text.h"
#include "tests/unit/unit.h"

#define BOM "\xef\xbb\xbf"
#define DECLARATION BOM "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define OPEN                                                                                   \
    DECLARATION "<EnumerationResults ServiceEndpoint=\"https://acct.blob.core.windows.net/\" " \
                "ContainerName=\"c\">"
#define CLOSE "</EnumerationResults>"
#define BLOBS "container.list_blobs"
#define NAMES "container.list_blob_names"
#define WALK "container.walk_blobs"
#define CONTAINERS "service.list_containers"

/* Entries of a streamed list, as they come: "[a, b". */
static int print_item(const void *item, size_t n, void *arg, struct azb_error *err)
{
    struct azb_buf *items = arg;

    (void)err;
    azb_buf_puts(items, items->len == 0 ? "[" : ", ");
    ck_assert_int_eq(text_print_packed(item, n, items), 0);
    return 0;
}

static void print_result(struct azb_decoder *decoder, struct azb_buf *ret)
{
    struct azb_buf packed = {0};

    azb_decoder_emit(decoder, NULL, NULL, &packed);
    ck_assert(!packed.failed);
    ck_assert_int_eq(text_print_packed(packed.data, packed.len, ret), 0);
    azb_buf_clear(&packed);
}

static int feed(struct azb_decoder *decoder, const char *document, size_t n, size_t step,
                struct azb_error *err)
{
    for (size_t at = 0; at < n; at += step) {
        size_t piece = n - at < step ? n - at : step;
        char *copy = malloc(piece); /* its own size, so that a checker sees the end */
        int rc;

        memcpy(copy, document + at, piece);
        rc = azb_decoder_xml(decoder, copy, piece, err);
        free(copy);
        if (rc < 0)
            return -1;
    }
    return azb_decoder_end(decoder, err);
}

/* The result of n bytes, at most `step` at once, as text; or "!" and the error's code. */
static void decode(const char *method, const char *document, size_t n, size_t step,
                   struct azb_buf *ret)
{
    struct azb_decoder *decoder = azb_decoder_new(methods_find(method)->shape, NULL, NULL);
    struct azb_error err = {0};

    ret->len = 0;
    if (feed(decoder, document, n, step, &err) == 0)
        print_result(decoder, ret);
    else
        azb_buf_printf(ret, "!%s", err.code);
    azb_decoder_free(decoder);
    azb_buf_cstr(ret);
}

/* The same, streamed: what came as items put back where a collected list would be. */
static void decode_streamed(const char *method, const char *document, size_t step,
                            struct azb_buf *ret)
{
    struct azb_buf items = {0}, rest = {0};
    struct azb_decoder *decoder =
        azb_decoder_new(methods_find(method)->shape, print_item, &items);
    struct azb_error err = {0};

    ret->len = 0;
    ck_assert_msg(feed(decoder, document, strlen(document), step, &err) == 0, "%s",
                  err.message);
    print_result(decoder, &rest);
    azb_buf_printf(ret, "{items: %s]%s%s", items.len > 0 ? azb_buf_cstr(&items) : "[",
                   rest.len > strlen("{}") ? ", " : "", azb_buf_cstr(&rest) + 1);
    azb_decoder_free(decoder);
    azb_buf_clear(&items);
    azb_buf_clear(&rest);
}

static const struct {
    const char *label;
    const char *method;
    const char *document;
    const char *want;
} listings[] = {
    {"an empty page", BLOBS, OPEN "<Blobs /><NextMarker />" CLOSE, "{items: []}"},
    {"an empty page, with LF and without spaces", BLOBS,
     DECLARATION "\n<EnumerationResults><Blobs/><NextMarker/>" CLOSE, "{items: []}"},
    {"elements opened and closed", BLOBS, OPEN "<Blobs></Blobs><NextMarker></NextMarker>" CLOSE,
     "{items: []}"},
    {"nothing in it", BLOBS, OPEN CLOSE, "{items: []}"},
    {"no byte order mark, no declaration", BLOBS, "<EnumerationResults/>", "{items: []}"},
    {"a page before the last", BLOBS,
     OPEN "<Prefix>p</Prefix><Marker>m</Marker><MaxResults>1</MaxResults><Blobs><Blob>"
          "<Name>a</Name></Blob></Blobs><NextMarker>2!92!MDAwMDA-</NextMarker>" CLOSE,
     "{items: [{name: 'a'}], continuation_token: '2!92!MDAwMDA-'}"},
    {"all that a blob can have", BLOBS,
     OPEN
     "<Blobs><Blob><Name>dir/a &amp; "
     "b.txt</Name><Snapshot>2030-01-01T00:00:00.1234567Z</Snapshot>"
     "<VersionId>2030-01-02T00:00:00.7654321Z</VersionId><IsCurrentVersion>true"
     "</IsCurrentVersion><Deleted>false</Deleted><Properties><Creation-Time>Tue, 01 Jan 2030 "
     "00:00:00 GMT</Creation-Time><Last-Modified>Wed, 02 Jan 2030 03:04:05 GMT</Last-Modified>"
     "<Etag>0x8DC0000000000A1</Etag><Content-Length>5497558138881</"
     "Content-Length><Content-Type>"
     "text/plain; charset=utf-8</Content-Type><Content-Encoding>gzip</Content-Encoding>"
     "<Content-Language>de</Content-Language><Content-CRC64>AAAAAAAAAAA=</Content-CRC64>"
     "<Content-MD5>ABEiM0RVZneImaq7zN3u/w==</Content-MD5><Cache-Control>no-cache</"
     "Cache-Control>"
     "<Content-Disposition>attachment</Content-Disposition><x-ms-blob-sequence-number>7"
     "</x-ms-blob-sequence-number><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
     "<AccessTierInferred>True</AccessTierInferred><AccessTierChangeTime>Thu, 03 Jan 2030 "
     "00:00:00 GMT</AccessTierChangeTime><LeaseStatus>locked</LeaseStatus><LeaseState>leased"
     "</LeaseState><LeaseDuration>infinite</LeaseDuration><CopyId>id</CopyId><CopySource>"
     "https://h/c/b?x=1&amp;y=2</CopySource><CopyStatus>success</CopyStatus><CopyProgress>5/5"
     "</CopyProgress><CopyCompletionTime>Fri, 04 Jan 2030 00:00:00 GMT</CopyCompletionTime>"
     "<ServerEncrypted>true</ServerEncrypted><CustomerProvidedKeySha256>sha"
     "</CustomerProvidedKeySha256><EncryptionScope>scope</EncryptionScope><ArchiveStatus>"
     "rehydrate-pending-to-hot</ArchiveStatus><RehydratePriority>High</RehydratePriority>"
     "<TagCount>2</TagCount><Sealed>true</Sealed><LastAccessTime>Sat, 05 Jan 2030 00:00:00 GMT"
     "</LastAccessTime><ImmutabilityPolicyUntilDate>Sun, 06 Jan 2030 00:00:00 GMT"
     "</ImmutabilityPolicyUntilDate><ImmutabilityPolicyMode>unlocked</ImmutabilityPolicyMode>"
     "<LegalHold>false</LegalHold></Properties><Metadata><Zeta>1</Zeta><aLPHA>zw\xc3\xb6lf"
     "</aLPHA><empty /></Metadata><Tags><TagSet><Tag><Key>a b</Key><Value>c</Value></Tag><Tag>"
     "<Key>d</Key><Value /></Tag></TagSet></Tags><OrMetadata><or-p1_r1>complete</or-p1_r1>"
     "<or-p2_r1>failed</or-p2_r1><or-p1_r2>failed</or-p1_r2></OrMetadata></Blob></Blobs>"
     "<NextMarker />" CLOSE,
     "{items: [{name: 'dir/a & b.txt', snapshot: '2030-01-01T00:00:00.1234567Z', "
     "version_id: '2030-01-02T00:00:00.7654321Z', is_current_version: true, "
     "blob_type: 'BlockBlob', metadata: {Zeta: '1', aLPHA: 'zw\xc3\xb6lf', empty: ''}, "
     "last_modified: '2030-01-02T03:04:05Z', etag: '0x8DC0000000000A1', size: 5497558138881, "
     "is_append_blob_sealed: true, page_blob_sequence_number: 7, server_encrypted: true, "
     "copy: {id: 'id', source: 'https://h/c/b?x=1&y=2', status: 'success', progress: '5/5', "
     "completion_time: '2030-01-04T00:00:00Z'}, content_settings: {"
     "content_type: 'text/plain; charset=utf-8', content_encoding: 'gzip', "
     "content_language: 'de', content_md5: <00112233445566778899aabbccddeeff>, "
     "content_disposition: 'attachment', cache_control: 'no-cache'}, "
     "content_crc64: <0000000000000000>, "
     "lease: {status: 'locked', state: 'leased', duration: 'infinite'}, blob_tier: 'Hot', "
     "rehydrate_priority: 'High', blob_tier_change_time: '2030-01-03T00:00:00Z', "
     "blob_tier_inferred: true, deleted: false, creation_time: '2030-01-01T00:00:00Z', "
     "archive_status: 'rehydrate-pending-to-hot', encryption_key_sha256: 'sha', "
     "encryption_scope: 'scope', object_replication_source_properties: ["
     "{policy_id: 'p1', rules: [{rule_id: 'r1', status: 'complete'}, "
     "{rule_id: 'r2', status: 'failed'}]}, "
     "{policy_id: 'p2', rules: [{rule_id: 'r1', status: 'failed'}]}], "
     "last_accessed_on: '2030-01-05T00:00:00Z', tag_count: 2, tags: {'a b': 'c', d: ''}, "
     "immutability_policy: {expiry_time: '2030-01-06T00:00:00Z', policy_mode: 'unlocked'}, "
     "has_legal_hold: false}]}"},
    {"the SAS that a copy was made with", BLOBS,
     OPEN
     "<Blobs><Blob><Name>a</Name><Properties><CopySource>https://h/c/b?sv=1&amp;sig=x%2By%3D"
     "&amp;se=2</CopySource></Properties></Blob><Blob><Name>b</Name><Properties><CopySource>"
     "https://h/c/b?SIG=x</CopySource></Properties></Blob><Blob><Name>c</Name><Properties>"
     "<CopySource>https://h/sig=c/b?design=1&amp;sig=x&amp;</CopySource></Properties></Blob>"
     "</Blobs>" CLOSE,
     "{items: [{name: 'a', copy: {source: 'https://h/c/b?sv=1&se=2'}}, "
     "{name: 'b', copy: {source: 'https://h/c/b'}}, "
     "{name: 'c', copy: {source: 'https://h/sig=c/b?design=1'}}]}"},
    {"what the service leaves empty", BLOBS,
     OPEN
     "<Blobs><Blob><Name>a</Name><Properties><Etag>0x1</Etag><Content-Length>0</Content-Length>"
     "<Content-Type>application/octet-stream</Content-Type><Content-Encoding "
     "/><Content-Language "
     "/><Content-CRC64 /><Content-MD5 /><Cache-Control /><Content-Disposition /><LeaseStatus />"
     "</Properties><Metadata /><OrMetadata /></Blob></Blobs><NextMarker />" CLOSE,
     "{items: [{name: 'a', etag: '0x1', size: 0, "
     "content_settings: {content_type: 'application/octet-stream'}}]}"},
    {"nothing of one entry stays for the next", BLOBS,
     OPEN
     "<Blobs><Blob><Name>a</Name><Snapshot>s</Snapshot><Properties><Content-Length>1"
     "</Content-Length></Properties><Metadata><k>v</k></Metadata><Tags><TagSet><Tag><Key>t</"
     "Key>"
     "<Value>u</Value></Tag></TagSet></Tags><OrMetadata><or-p_r>complete</or-p_r></OrMetadata>"
     "</Blob><Blob><Name>b</Name></Blob></Blobs>" CLOSE,
     "{items: [{name: 'a', snapshot: 's', metadata: {k: 'v'}, size: 1, "
     "object_replication_source_properties: "
     "[{policy_id: 'p', rules: [{rule_id: 'r', status: 'complete'}]}], tags: {t: 'u'}}, "
     "{name: 'b'}]}"},
    {"soft-deleted, without a lease state", BLOBS,
     OPEN
     "<Blobs><Blob><Name>a</Name><Snapshot>2030-01-01T00:00:00.0000000Z</Snapshot><Deleted>true"
     "</Deleted><Properties><Content-Length>1024</Content-Length><LeaseStatus />"
     "<DeletedTime>Tue, 01 Jan 2030 00:00:00 GMT</DeletedTime><RemainingRetentionDays>6"
     "</RemainingRetentionDays></Properties></Blob></Blobs><NextMarker />" CLOSE,
     "{items: [{name: 'a', snapshot: '2030-01-01T00:00:00.0000000Z', size: 1024, deleted: "
     "true, "
     "deleted_time: '2030-01-01T00:00:00Z', remaining_retention_days: 6}]}"},
    {"uncommitted", BLOBS,
     OPEN
     "<Blobs><Blob><Name>a</Name><Properties><Content-Length>0</Content-Length><BlobType>"
     "BlockBlob</BlobType><AccessTier>Hot</AccessTier><LeaseStatus>unlocked</LeaseStatus>"
     "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>"
     "</Blob></Blobs><NextMarker />" CLOSE,
     "{items: [{name: 'a', blob_type: 'BlockBlob', size: 0, server_encrypted: true, "
     "lease: {status: 'unlocked', state: 'available'}, blob_tier: 'Hot'}]}"},
    {"only versions are left of it", BLOBS,
     OPEN
     "<Blobs><Blob><Name>a</Name><HasVersionsOnly>true</HasVersionsOnly></Blob></Blobs>" CLOSE,
     "{items: [{name: 'a', has_versions_only: true}]}"},
    {"a name that XML cannot hold", BLOBS,
     OPEN
     "<Blobs><Blob><Name Encoded=\"true\">a%EF%BF%BFb%2Fc+d%25</Name></Blob><Blob>"
     "<Name>a%2Fb</Name></Blob><Blob><Name Encoded=\"false\">a%2Fc</Name></Blob></Blobs>" CLOSE,
     "{items: [{name: 'a\xef\xbf\xbf"
     "b/c+d%'}, {name: 'a%2Fb'}, {name: 'a%2Fc'}]}"},
    {"metadata under a customer's key", BLOBS,
     OPEN
     "<Blobs><Blob><Name>a</Name><Metadata Encrypted=\"true\" /></Blob><Blob><Name>b</Name>"
     "<Metadata Encrypted=\"true\"><k>v</k></Metadata></Blob></Blobs>" CLOSE,
     "{items: [{name: 'a', encrypted_metadata: 'true'}, "
     "{name: 'b', metadata: {k: 'v'}, encrypted_metadata: 'true'}]}"},
    {"white space that counts, and that does not", BLOBS,
     OPEN
     "\n  <Blobs>\r\n\t<Blob>\n<Name> a\tb </Name> <Metadata> <k> v </k> </Metadata></Blob>\n"
     "</Blobs>\n" CLOSE,
     "{items: [{name: ' a\\x09b ', metadata: {k: ' v '}}]}"},
    {"entities and CDATA", BLOBS,
     OPEN "<Blobs><Blob><Name>&lt;&#x41;&#228;&gt;<![CDATA[&amp;<x>]]>&quot;</Name></Blob></"
          "Blobs>" CLOSE,
     "{items: [{name: '<A\xc3\xa4>&amp;<x>\"'}]}"},
    {"a comment and an instruction", BLOBS,
     OPEN "<!-- <Blob> --><Blobs><Blob><Name>a<!-- b -->c<?d e?>f</Name></Blob></Blobs>" CLOSE,
     "{items: [{name: 'acf'}]}"},
    {"elements of a later version", BLOBS,
     OPEN "<New><Blobs><Blob><Name>x</Name></Blob></Blobs></New><Blobs><New>y</"
          "New><Blob><New><Name>z"
          "</Name></New><Name>a</Name><Properties><New a=\"b\" "
          "Encoded=\"true\">%</New><Etag>0x1</Etag>"
          "</Properties><Name2>w</Name2></Blob></Blobs><NextMarker /><Name>v</Name>" CLOSE,
     "{items: [{name: 'a', etag: '0x1'}]}"},
    {"metadata with elements inside", BLOBS,
     OPEN "<Blobs><Blob><Name>a</Name><Metadata><k>v<x>w<y/></x></k><l>m</l></Metadata></"
          "Blob></Blobs>" CLOSE,
     "{items: [{name: 'a', metadata: {l: 'm'}}]}"},
    {"values that cannot be read are left out", BLOBS,
     OPEN "<Blobs><Blob><Name>a</Name><Deleted>perhaps</Deleted><Properties><Content-Length>1e3"
          "</Content-Length><TagCount>99999999999999999999</TagCount><Content-MD5>not base64!"
          "</Content-MD5><Last-Modified>soon</Last-Modified></Properties></Blob></Blobs>" CLOSE,
     "{items: [{name: 'a', last_modified: 'soon'}]}"},
    {"an element twice", BLOBS,
     OPEN "<Blobs><Blob><Name>a</Name><Name>b</Name></Blob></Blobs><NextMarker>1</NextMarker>"
          "<NextMarker>2</NextMarker>" CLOSE,
     "{items: [{name: 'b'}], continuation_token: '2'}"},
    {"lists in two pieces", BLOBS,
     OPEN "<Blobs><Blob><Name>a</Name></Blob></Blobs><Blobs><Blob><Name>b</Name></Blob></"
          "Blobs>" CLOSE,
     "{items: [{name: 'a'}, {name: 'b'}]}"},
    {"an entry of nothing", BLOBS, OPEN "<Blobs><Blob /><Blob></Blob></Blobs>" CLOSE,
     "{items: [{}, {}]}"},

    {"names", NAMES,
     OPEN
     "<Blobs><Blob><Name>a</Name><Properties><Etag>0x1</Etag></Properties></Blob><Blob>"
     "<Name Encoded=\"true\">b%EF%BF%BE</Name></Blob></Blobs><NextMarker>n</NextMarker>" CLOSE,
     "{items: ['a', 'b\xef\xbf\xbe'], continuation_token: 'n'}"},
    {"no names", NAMES, OPEN "<Blobs /><NextMarker />" CLOSE, "{items: []}"},

    {"a level of a hierarchy", WALK,
     OPEN
     "<Delimiter>/</Delimiter><Blobs><BlobPrefix><Name>a/</Name></BlobPrefix><Blob><Name>a.txt"
     "</Name></Blob><BlobPrefix><Name Encoded=\"true\">b%EF%BF%BF%2F</Name><Properties>"
     "<ResourceType>directory</ResourceType></Properties></BlobPrefix></Blobs><NextMarker "
     "/>" CLOSE,
     "{items: [{name: 'a/', prefix: 'a/'}, {name: 'a.txt'}, "
     "{name: 'b\xef\xbf\xbf/', prefix: 'b\xef\xbf\xbf/'}]}"},

    {"containers, with quotes about their ETags", CONTAINERS,
     OPEN
     "<Containers><Container><Name>c1</Name><Properties><Last-Modified>Tue, 01 Jan 2030 "
     "00:00:00 "
     "GMT</Last-Modified><Etag>\"0x8DC0000000000A1\"</Etag><LeaseStatus>unlocked</LeaseStatus>"
     "<LeaseState>available</LeaseState><DefaultEncryptionScope>$account-encryption-key"
     "</DefaultEncryptionScope><DenyEncryptionScopeOverride>false</DenyEncryptionScopeOverride>"
     "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>true</HasLegalHold>"
     "</Properties><Metadata><k>v</k></Metadata></Container><Container><Name>c2</Name><Deleted>"
     "true</Deleted><Version>01DC000000000000</Version><Properties><DeletedTime>Tue, 01 Jan "
     "2030 "
     "00:00:00 GMT</DeletedTime><RemainingRetentionDays>7</RemainingRetentionDays>"
     "<PublicAccess>blob</PublicAccess></Properties></Container></Containers><NextMarker "
     "/>" CLOSE,
     "{items: [{name: 'c1', last_modified: '2030-01-01T00:00:00Z', etag: "
     "'\"0x8DC0000000000A1\"', "
     "lease: {status: 'unlocked', state: 'available'}, has_immutability_policy: false, "
     "has_legal_hold: true, metadata: {k: 'v'}, "
     "encryption_scope: {default_encryption_scope: '$account-encryption-key', "
     "prevent_encryption_scope_override: false}}, "
     "{name: 'c2', public_access: 'blob', deleted: true, version: '01DC000000000000', "
     "deleted_time: '2030-01-01T00:00:00Z', remaining_retention_days: 7}]}"},
};

START_TEST(test_listing)
{
    const char *label = listings[_i].label, *method = listings[_i].method;
    const char *document = listings[_i].document, *want = listings[_i].want;
    static const size_t steps[] = {SIZE_MAX / 2, 1, 7};
    struct azb_buf got = {0};

    for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
        decode(method, document, strlen(document), steps[i], &got);
        ck_assert_msg(strcmp((char *)got.data, want) == 0, "%s, %zu at once:\n%s\nwant\n%s",
                      label, steps[i], got.data, want);
        decode_streamed(method, document, steps[i], &got);
        ck_assert_msg(strcmp((char *)got.data, want) == 0, "%s, streamed, %zu at once:\n%s",
                      label, steps[i], got.data);
    }
    azb_buf_clear(&got);
}
END_TEST

/* A page that ends early is never taken for a shorter one. */
START_TEST(test_listing_cut)
{
    const char *document = listings[_i].document;
    struct azb_buf got = {0};

    for (size_t n = 0; n < strlen(document); n++) {
        decode(listings[_i].method, document, n, SIZE_MAX / 2, &got);
        ck_assert_msg(strcmp((char *)got.data, "!UnreadableResponse") == 0,
                      "%s, cut after %zu: %s", listings[_i].label, n, got.data);
    }
    azb_buf_clear(&got);
}
END_TEST

/* ---- what no service sends ---- */

#define REPEAT_10(text) text text text text text text text text text text
#define REPEAT_100(text) REPEAT_10(REPEAT_10(text))
#define REPEAT_1000(text) REPEAT_10(REPEAT_100(text))

static const struct {
    const char *label;
    const char *document;
} hostile[] = {
    {"no XML", "Service Unavailable"},
    {"JSON", "{\"error\": {\"code\": \"x\"}}"},
    {"HTML", "<!DOCTYPE html><html><body>503</body></html>"},
    {"an error document", DECLARATION "<Error><Code>ServerBusy</Code></Error>"},
    {"another case", "<enumerationresults></enumerationresults>"},
    {"only a declaration", DECLARATION},
    {"white space", " \n"},
    {"a byte order mark", BOM},
    {"two byte order marks", BOM OPEN CLOSE},
    {"two documents", OPEN CLOSE "<EnumerationResults/>"},
    {"text behind it", OPEN CLOSE "x"},
    {"text before it", "x<EnumerationResults/>"},
    {"crossed elements", OPEN "<Blobs><Blob></Blobs></Blob>" CLOSE},
    {"the end only", CLOSE},
    {"an attribute twice", "<EnumerationResults a=\"1\" a=\"2\"/>"},
    {"a bare ampersand", OPEN "<NextMarker>a&b</NextMarker>" CLOSE},
    {"a bare <", OPEN "<NextMarker>a<b</NextMarker>" CLOSE},
    {"an unknown entity", OPEN "<NextMarker>&nbsp;</NextMarker>" CLOSE},
    {"a character that XML has not", OPEN "<NextMarker>a&#1;</NextMarker>" CLOSE},
    {"and raw", OPEN "<NextMarker>a\x01</NextMarker>" CLOSE},
    {"no UTF-8", OPEN "<NextMarker>\xff\xfe</NextMarker>" CLOSE},
    {"a character cut", OPEN "<NextMarker>\xc3</NextMarker>" CLOSE},
    {"a character too long", OPEN "<NextMarker>\xc0\xaf</NextMarker>" CLOSE},
    {"half of a pair", OPEN "<NextMarker>\xed\xa0\x80</NextMarker>" CLOSE},
    {"an encoded name that is not",
     OPEN "<Blobs><Blob><Name Encoded=\"true\">a%2</Name></Blob></Blobs>" CLOSE},
    {"a DOCTYPE", DECLARATION "<!DOCTYPE EnumerationResults><EnumerationResults/>"},
    {"a DTD from elsewhere", "<!DOCTYPE EnumerationResults SYSTEM "
                             "\"http://127.0.0.1:1/x.dtd\"><EnumerationResults/>"},
    {"a file as an entity",
     "<!DOCTYPE EnumerationResults [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
     "<EnumerationResults><NextMarker>&x;</NextMarker></EnumerationResults>"},
    {"a bomb of entities",
     "<!DOCTYPE EnumerationResults [<!ENTITY a \"xxxxxxxxxxxxxxxx\"><!ENTITY b "
     "\"" REPEAT_100("&a;") "\"><!ENTITY c \"" REPEAT_100(
         "&b;") "\"><!ENTITY d "
                "\"" REPEAT_100("&c;") "\"><!ENTITY e \"" REPEAT_100("&d;") "\">]>"
                                                                            "<Enumerati"
                                                                            "onResults>"
                                                                            "<NextMarke"
                                                                            "r>&e;</"
                                                                            "NextMarker"
                                                                            "></"
                                                                            "Enumeratio"
                                                                            "nResults"
                                                                            ">"},
    {"elements a thousand deep", OPEN REPEAT_1000("<d>") REPEAT_1000("</d>") CLOSE},
    {"a thousand lists in each other", OPEN REPEAT_1000("<Blobs><Blob>")},
};

START_TEST(test_hostile)
{
    const char *document = hostile[_i].document;
    struct azb_buf got = {0};

    for (size_t step = 1; step <= 4096; step *= 16) {
        decode(BLOBS, document, strlen(document), step, &got);
        ck_assert_msg(strcmp((char *)got.data, "!UnreadableResponse") == 0,
                      "%s, %zu at once: %s", hostile[_i].label, step, got.data);
    }
    azb_buf_clear(&got);
}
END_TEST

START_TEST(test_nul)
{
    static const char document[] = OPEN "<NextMarker>a\0b</NextMarker>" CLOSE;
    struct azb_buf got = {0};

    for (size_t step = 1; step <= 4096; step *= 16) {
        decode(BLOBS, document, sizeof(document) - 1, step, &got);
        ck_assert_str_eq((char *)got.data, "!UnreadableResponse");
    }
    azb_buf_clear(&got);
}
END_TEST

static const struct {
    const char *label;
    const char *before;
    const char *piece;
    size_t n_pieces;
    const char *after;
    const char *want; /* how the text begins */
} large[] = {
    {"10 MB in one element", OPEN "<NextMarker>", REPEAT_1000("x"), 10 * 1000,
     "</NextMarker>" CLOSE, "!UnreadableResponse"},
    {"a byte more than an element may have", OPEN "<NextMarker>", "x", AZB_DECODER_MAX_TEXT + 1,
     "</NextMarker>" CLOSE, "!UnreadableResponse"},
    {"all that an element may have", OPEN "<NextMarker>", "x", AZB_DECODER_MAX_TEXT,
     "</NextMarker>" CLOSE, "{items: [], continuation_token: 'xxx"},
    {"10 MB in an unknown element", OPEN "<New>", REPEAT_1000("x"), 10 * 1000,
     "</New><NextMarker>n</NextMarker>" CLOSE, "{items: [], continuation_token: 'n'}"},
    {"10 MB in one entry", OPEN "<Blobs><Blob>",
     "<Name>" REPEAT_1000("x") REPEAT_1000("x") "</Name>", 5 * 1000, "</Blob></Blobs>" CLOSE,
     "!UnreadableResponse"},
    {"a name without end", OPEN "<", REPEAT_1000("x"), 10 * 1000, "/>" CLOSE,
     "!UnreadableResponse"},
    {"more than a list may have", OPEN "<Blobs>",
     "<Blob><Name>" REPEAT_1000(REPEAT_10("x")) "</Name></Blob>",
     AZB_DECODER_MAX_RESULT / 10000 + 1, "</Blobs>" CLOSE, "!UnreadableResponse"},
};

START_TEST(test_large)
{
    size_t piece_n = strlen(large[_i].piece), n = large[_i].n_pieces;
    struct azb_buf document = {0}, got = {0};

    azb_buf_puts(&document, large[_i].before);
    for (size_t i = 0; i < n; i++)
        azb_buf_append(&document, large[_i].piece, piece_n);
    azb_buf_puts(&document, large[_i].after);
    for (size_t step = 1000; step < 1000 * 1000 * 1000; step *= 1000) {
        decode(BLOBS, (char *)document.data, document.len, step, &got);
        ck_assert_msg(strncmp((char *)got.data, large[_i].want, strlen(large[_i].want)) == 0,
                      "%s, %zu at once: %.200s", large[_i].label, step, got.data);
    }
    azb_buf_clear(&document);
    azb_buf_clear(&got);
}
END_TEST

/* Streamed, the same list has no end: entries go as they come. */
static int count_item(const void *item, size_t n, void *arg, struct azb_error *err)
{
    (void)item, (void)n, (void)err;
    ++*(size_t *)arg;
    return 0;
}

START_TEST(test_endless_stream)
{
    static const char entry[] = "<Blob><Name>" REPEAT_1000(REPEAT_10("x")) "</Name></Blob>";
    size_t n_items = 0, n_entries = AZB_DECODER_MAX_RESULT / 10000 + 1;
    struct azb_decoder *decoder =
        azb_decoder_new(methods_find(BLOBS)->shape, count_item, &n_items);
    struct azb_error err = {0};

    ck_assert_int_eq(azb_decoder_xml(decoder, OPEN "<Blobs>", strlen(OPEN "<Blobs>"), &err), 0);
    for (size_t i = 0; i < n_entries; i++) {
        ck_assert_int_eq(azb_decoder_xml(decoder, entry, sizeof(entry) - 1, &err), 0);
        ck_assert_uint_ge(n_items + 1, i); /* none is held back */
    }
    ck_assert_int_eq(azb_decoder_xml(decoder, "</Blobs>" CLOSE, strlen("</Blobs>" CLOSE), &err),
                     0);
    ck_assert_int_eq(azb_decoder_end(decoder, &err), 0);
    ck_assert_uint_eq(n_items, n_entries);
    azb_decoder_free(decoder);
}
END_TEST

/* The reader of a stream says no: that is the error, and nothing more comes. */
static int refuse_second(const void *item, size_t n, void *arg, struct azb_error *err)
{
    (void)item, (void)n;
    if (++*(size_t *)arg < 2)
        return 0;
    return azb_error_set(err, AZB_ERR_CANCELLED, "enough");
}

START_TEST(test_refused_item)
{
    static const char document[] =
        OPEN "<Blobs>" REPEAT_10("<Blob><Name>a</Name></Blob>") "</Blobs>" CLOSE;

    for (size_t step = 1; step <= 4096; step *= 16) {
        size_t n_items = 0;
        struct azb_decoder *decoder =
            azb_decoder_new(methods_find(BLOBS)->shape, refuse_second, &n_items);
        struct azb_error err = {0};

        ck_assert_int_eq(feed(decoder, document, sizeof(document) - 1, step, &err), -1);
        ck_assert_int_eq(err.what, AZB_ERR_CANCELLED);
        ck_assert_str_eq(err.message, "enough");
        ck_assert_uint_eq(n_items, 2);
        azb_decoder_free(decoder);
    }
}
END_TEST

/* A second attempt's answer, after a first one that broke off anywhere, stands alone. */
START_TEST(test_reset)
{
    static const char first[] =
        OPEN "<Blobs><Blob><Name>old</Name><Metadata><k>v</k><l>w</l>"
             "</Metadata></Blob></Blobs><NextMarker>m</NextMarker>" CLOSE;
    static const char second[] = OPEN "<Blobs><Blob><Name>new</Name></Blob></Blobs>" CLOSE;
    struct azb_decoder *decoder = azb_decoder_new(methods_find(BLOBS)->shape, NULL, NULL);

    for (size_t n = 0; n < sizeof(first); n++) {
        struct azb_error err = {0};
        struct azb_buf got = {0};

        azb_decoder_xml(decoder, first, n, &err);
        azb_decoder_reset(decoder);
        ck_assert_int_eq(feed(decoder, second, sizeof(second) - 1, 5, &err), 0);
        print_result(decoder, &got);
        ck_assert_str_eq(azb_buf_cstr(&got), "{items: [{name: 'new'}]}");
        azb_decoder_reset(decoder);
        azb_buf_clear(&got);
    }
    azb_decoder_free(decoder);
}
END_TEST

/* ---- headers ---- */

static const struct {
    const char *label;
    const char *method;
    const char *headers; /* a line for each, without CR */
    const char *want;
} headers[] = {
    {"none", "blob.get_blob_properties", "", "{}"},
    {"a blob", "blob.get_blob_properties",
     "Content-Length: 5497558138881\nContent-Type: text/plain\nContent-MD5: "
     "ABEiM0RVZneImaq7zN3u/w==\nLast-Modified: Tue, 01 Jan 2030 00:00:00 GMT\nETag: "
     "\"0x8DC0000000000A1\"\nServer: Windows-Azure-Blob/1.0\nx-ms-request-id: r\nx-ms-version: "
     "2021-12-02\nx-ms-creation-time: Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-lease-status: "
     "unlocked\n"
     "x-ms-lease-state: available\nx-ms-blob-type: BlockBlob\nx-ms-server-encrypted: true\n"
     "Vary: Origin\nDate: Wed, 02 Jan 2030 00:00:00 GMT",
     "{blob_type: 'BlockBlob', last_modified: '2030-01-01T00:00:00Z', "
     "etag: '\"0x8DC0000000000A1\"', server_encrypted: true, "
     "lease: {status: 'unlocked', state: 'available'}, creation_time: '2030-01-01T00:00:00Z', "
     "size: 5497558138881, content_settings: {content_type: 'text/plain', "
     "content_md5: <00112233445566778899aabbccddeeff>}, request_id: 'r', "
     "version: '2021-12-02', date: '2030-01-02T00:00:00Z'}"},
    {"names in any case", "blob.get_blob_properties",
     "etag: \"1\"\nCONTENT-LENGTH: 7\nX-MS-Blob-TYPE: x",
     "{blob_type: 'x', etag: '\"1\"', size: 7}"},
    {"metadata keeps its case", "blob.get_blob_properties",
     "x-ms-meta-Zeta: 1\nX-Ms-Meta-aLPHA: zw\xc3\xb6lf\nx-ms-meta-empty: \nx-ms-meta-: "
     "nameless\n"
     "x-ms-metax: y",
     "{metadata: {Zeta: '1', aLPHA: 'zw\xc3\xb6lf', empty: ''}}"},
    {"replication, by policy", "blob.get_blob_properties",
     "x-ms-or-p1_r1: complete\nx-ms-or-p2_r1: failed\nx-ms-or-p1_r2: failed\nx-ms-or-p3: odd",
     "{object_replication_source_properties: [{policy_id: 'p1', rules: ["
     "{rule_id: 'r1', status: 'complete'}, {rule_id: 'r2', status: 'failed'}]}, "
     "{policy_id: 'p2', rules: [{rule_id: 'r1', status: 'failed'}]}, "
     "{policy_id: 'p3', rules: [{rule_id: '', status: 'odd'}]}]}"},
    {"the destination's policy is no rule", "blob.get_blob_properties", "x-ms-or-policy-id: p",
     "{object_replication_destination_policy: 'p'}"},
    {"a copy", "blob.get_blob_properties",
     "x-ms-copy-id: id\nx-ms-copy-status: pending\nx-ms-copy-progress: 1/2\n"
     "x-ms-incremental-copy: false",
     "{copy: {id: 'id', status: 'pending', progress: '1/2', incremental_copy: false}}"},
    {"the SAS that a copy was made with", "blob.get_blob_properties",
     "x-ms-copy-source: https://h/c/b?sv=1&sr=b&sig=x%2By%3D",
     "{copy: {source: 'https://h/c/b?sv=1&sr=b'}}"},
    {"a signature and nothing else", "blob.get_blob_properties", "x-ms-copy-source: ?sig=x",
     "{copy: {source: ''}}"},
    {"values that cannot be read are left out", "blob.get_blob_properties",
     "Content-Length: 0x10\nx-ms-tag-count: \nx-ms-server-encrypted: yes\nContent-MD5: ABC\n"
     "x-ms-blob-sequence-number: -\nx-ms-blob-committed-block-count: -3",
     "{append_blob_committed_block_count: -3}"},
    {"a header twice", "blob.get_blob_properties",
     "Content-Length: 5\nETag: \"1\"\nETag: \"2\"", "{etag: '\"2\"', size: 5}"},
    {"bools in any spelling", "blob.get_blob_properties",
     "x-ms-server-encrypted: TRUE\nx-ms-legal-hold: 0\nx-ms-blob-sealed: 1",
     "{is_append_blob_sealed: true, server_encrypted: true, has_legal_hold: false}"},
    {"an account", "service.get_account_information",
     "x-ms-sku-name: Standard_RAGRS\nx-ms-account-kind: StorageV2\nx-ms-is-hns-enabled: false",
     "{sku_name: 'Standard_RAGRS', account_kind: 'StorageV2', is_hns_enabled: false}"},
};

/* Each "Name: value" line to the decoder, from memory of its own size. */
static void feed_headers(struct azb_decoder *decoder, const char *lines)
{
    struct azb_error err = {0};

    while (*lines != '\0') {
        size_t n = strcspn(lines, "\n"), name_n = strcspn(lines, ":");
        char *line = strndup(lines, n);

        ck_assert_int_eq(
            azb_decoder_header(decoder, line, name_n, line + name_n + 2, n - name_n - 2, &err),
            0);
        free(line);
        lines += n;
        lines += *lines == '\n';
    }
}

START_TEST(test_headers)
{
    const struct azb_shape *shape = methods_find(headers[_i].method)->shape;
    struct azb_decoder *decoder = azb_decoder_new(shape, NULL, NULL);
    struct azb_buf got = {0};

    for (int round = 0; round < 2; round++) { /* the second as a new attempt's */
        feed_headers(decoder, headers[_i].headers);
        got.len = 0;
        print_result(decoder, &got);
        ck_assert_msg(strcmp(azb_buf_cstr(&got), headers[_i].want) == 0, "%s:\n%s",
                      headers[_i].label, got.data);
        azb_decoder_reset(decoder);
    }
    azb_decoder_free(decoder);
    azb_buf_clear(&got);
}
END_TEST

/* An answer without a body where a document is due; a body where none is due means nothing. */
START_TEST(test_no_body)
{
    struct azb_error err = {0};
    struct azb_decoder *decoder = azb_decoder_new(methods_find(BLOBS)->shape, NULL, NULL);

    ck_assert_int_eq(azb_decoder_end(decoder, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_BAD_RESPONSE);
    azb_decoder_free(decoder);
    decoder = azb_decoder_new(methods_find("blob.delete_blob")->shape, NULL, NULL);
    ck_assert_int_eq(azb_decoder_xml(decoder, "<x", 2, &err), 0);
    ck_assert_int_eq(azb_decoder_end(decoder, &err), 0);
    azb_decoder_free(decoder);
}
END_TEST

/* ---- values from elsewhere ---- */

static const msgpack_object *find_param(const char *name, void *arg)
{
    return strcmp(name, "blob") == 0 ? arg : NULL;
}

START_TEST(test_other_values)
{
    static const char name[] = "a";
    msgpack_object blob = {.type = MSGPACK_OBJECT_STR, .via.str = {1, name}};
    struct azb_decoder *decoder =
        azb_decoder_new(methods_find("blob.download_blob")->shape, NULL, NULL);
    struct azb_buf packed = {0}, got = {0};
    struct azb_error err = {0};
    const void *value;
    size_t n;

    ck_assert_ptr_null(azb_decoder_get(decoder, "properties.etag", &n));
    ck_assert_int_eq(azb_decoder_set_str(decoder, "properties.etag", "\"1\"", 3, &err), 0);
    ck_assert_int_eq(azb_decoder_set_int(decoder, "properties.size", INT64_C(1) << 40, &err),
                     0);
    ck_assert_int_eq(azb_decoder_set_int(decoder, "length", 5, &err), 0); /* no such field */
    value = azb_decoder_get(decoder, "properties.etag", &n);
    ck_assert_ptr_nonnull(value);
    ck_assert_int_eq(text_print_packed(value, n, &got), 0);
    ck_assert_str_eq(azb_buf_cstr(&got), "'\"1\"'");
    ck_assert_ptr_null(azb_decoder_get(decoder, "etag", &n));
    ck_assert_ptr_null(azb_decoder_get(decoder, "properties", &n));
    ck_assert_ptr_null(azb_decoder_get(decoder, "properties.etag.x", &n));
    azb_decoder_emit(decoder, find_param, &blob, &packed);
    got.len = 0;
    ck_assert_int_eq(text_print_packed(packed.data, packed.len, &got), 0);
    ck_assert_str_eq(azb_buf_cstr(&got),
                     "{properties: {name: 'a', etag: '\"1\"', size: 1099511627776}}");
    azb_decoder_free(decoder);
    azb_buf_clear(&packed);
    azb_buf_clear(&got);
}
END_TEST

static Suite *decoder_suite(void)
{
    Suite *suite = suite_create("decoder");
    TCase *tcase = tcase_create("decoder");

    tcase_set_timeout(tcase, 60);
    UNIT_TABLE(tcase, test_listing, listings);
    UNIT_TABLE(tcase, test_listing_cut, listings);
    UNIT_TABLE(tcase, test_hostile, hostile);
    tcase_add_test(tcase, test_nul);
    UNIT_TABLE(tcase, test_large, large);
    tcase_add_test(tcase, test_endless_stream);
    tcase_add_test(tcase, test_refused_item);
    tcase_add_test(tcase, test_reset);
    UNIT_TABLE(tcase, test_headers, headers);
    tcase_add_test(tcase, test_no_body);
    tcase_add_test(tcase, test_other_values);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(decoder_suite)
