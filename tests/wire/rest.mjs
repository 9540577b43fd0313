// rest.mjs: what the SDK has no option for and the service takes: by the page of the REST
// reference (`follows` of a method), the names that a case may add to the SDK's request.

export const rest = {
    'Query Blob Contents': { query: ['versionid'] },
    'Find Blobs by Tags': { query: ['include'] },
    'Find Blobs by Tags in Container': { query: ['include'] },
    // as Azure's Python SDK sends them
    'Incremental Copy Blob': { headers: ['x-ms-meta-'] },
    'Copy Blob': { headers: ['x-ms-source-lease-id'] },
    'Copy Blob From URL': { headers: ['x-ms-source-lease-id'] },
};
