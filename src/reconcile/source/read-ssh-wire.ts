/** Reads values of SSH's wire format (RFC 4251, 5) one after the other. Throws a RangeError where the data is truncated. */
export interface SshReader {
  readonly byte: () => number;
  readonly uint32: () => number;
  /** A string: a length and as many bytes. */
  readonly string: () => Buffer;
  readonly text: () => string;
  readonly take: (size: number) => Buffer;
  readonly isAtEnd: () => boolean;
}

/** Starts at the first byte. */
export function readSshWire(bytes: Buffer): SshReader {
  let offset = 0;
  const take = (size: number): Buffer => {
    if (offset + size > bytes.length) throw new RangeError("the data is truncated");
    offset += size;
    return bytes.subarray(offset - size, offset);
  };
  const uint32 = () => take(4).readUInt32BE();
  const string = () => take(uint32());
  return {
    take,
    uint32,
    string,
    byte: () => take(1).readUInt8(),
    text: () => string().toString("utf8"),
    isAtEnd: () => offset === bytes.length,
  };
}

/** A string of SSH's wire format. */
export function writeSshString(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}
