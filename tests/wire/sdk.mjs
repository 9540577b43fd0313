// sdk.mjs: the official SDK's clients, and the few calls of theirs that take more than one line.

import {
    AnonymousCredential, BlobServiceClient, StorageSharedKeyCredential,
} from '@azure/storage-blob';

const ONCE = { retryOptions: { maxTries: 1 } };

class Sdk {
    constructor(url, credential) {
        this.service = new BlobServiceClient(url, credential, ONCE);
    }
    container(name = 'c') {
        return this.service.getContainerClient(name);
    }
    blob(name = 'b') {
        return this.container().getBlobClient(name);
    }
    block(name = 'b') {
        return this.container().getBlockBlobClient(name);
    }
    page(name = 'b') {
        return this.container().getPageBlobClient(name);
    }
    append(name = 'b') {
        return this.container().getAppendBlobClient(name);
    }
    /** The first page of a listing. */
    first(pages, settings) {
        return pages.byPage(settings).next();
    }
    /** Every page, each with so many entries. */
    async all(pages, maxPageSize) {
        for await (const page of pages.byPage({ maxPageSize })) void page;
    }
    /** A batch; add() puts sub-requests into it and returns their promises. */
    async batch(add) {
        const client = this.container().getBlobBatchClient();
        const batch = client.createBatch();
        await Promise.all(add(batch));
        return client.submitBatch(batch);
    }
}

const token = (text) => ({ getToken: async () => ({ token: text, expiresOnTimestamp: Date.now() + 3600e3 }) });

/**
 * The clients by the names that cases give as `client`, with the parameters of service.open for
 * each. The SDK's shared key client is the one itself, `az`, with the others as its members.
 */
export function accounts(url, accountName, accountKey, sas, bearer) {
    const az = new Sdk(url, new StorageSharedKeyCredential(accountName, accountKey));
    az.secondary = new Sdk(`${url}-secondary`, new StorageSharedKeyCredential(accountName, accountKey));
    az.sas = new Sdk(`${url}?${sas}`, new AnonymousCredential());
    az.token = new Sdk(url, token(bearer));
    az.other = new Sdk(`${url}2`, new StorageSharedKeyCredential(`${accountName}2`, accountKey));
    az.anonymous = new Sdk(url, new AnonymousCredential());
    return {
        az,
        opened: {
            key: {
                account_url: url, secondary_url: `${url}-secondary`,
                credential: { account_name: accountName, account_key: accountKey },
            },
            sas: { account_url: url, credential: { sas_token: sas } },
            token: { account_url: url, credential: { token: bearer } },
            other: { account_url: `${url}2`, credential: { account_name: `${accountName}2`, account_key: accountKey } },
            anonymous: { account_url: url },
        },
    };
}
