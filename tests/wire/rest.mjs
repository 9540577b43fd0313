// rest.mjs: what the SDK has no option for, though the REST interface takes it: by the page of
// the reference (`follows` of a method), the names that a case may add to the SDK's request.

export const rest = {
    'Incremental Copy Blob': { headers: ['x-ms-meta-'] },
    'Copy Blob': { headers: ['x-ms-source-lease-id'] },
    'Copy Blob From URL': { headers: ['x-ms-source-lease-id'] },
    'Find Blobs by Tags': { query: ['include'] },
    'Find Blobs by Tags in Container': { query: ['include'] },
    'Query Blob Contents': { query: ['versionid'] },
};
