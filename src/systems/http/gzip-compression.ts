import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Compression } from "@connectrpc/connect/protocol";

const compressBytes = promisify(gzip);
const expandBytes = promisify(gunzip);

/** gzip for answers of the Connect protocol; an answer that unpacks to more than `readMaxBytes` is refused by zlib. */
export const gzipCompression: Compression = {
  name: "gzip",
  compress: async (bytes) => new Uint8Array(await compressBytes(bytes)),
  decompress: async (bytes, readMaxBytes) =>
    bytes.length === 0
      ? new Uint8Array(0)
      : new Uint8Array(await expandBytes(bytes, { maxOutputLength: readMaxBytes })),
};
