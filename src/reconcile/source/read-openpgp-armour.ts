const BEGIN = "-----BEGIN PGP SIGNATURE-----";
const END = "-----END PGP SIGNATURE-----";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** A packet that is a signature. */
const SIGNATURE = 2;

/** Whether text is an OpenPGP signature in armour. */
export function isOpenpgpSignature(text: string): boolean {
  return text.startsWith(BEGIN);
}

/** What an OpenPGP signature in armour is around (RFC 9580, 6.2), without its check sum, which is worth nothing. Null: it is malformed. */
export function readOpenpgpArmour(armoured: string): Buffer | null {
  const lines = armoured
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());
  const blank = lines.indexOf("");
  if (lines[0] !== BEGIN || lines.at(-1) !== END || blank === -1) return null;
  const body = lines.slice(blank + 1, -1).filter((line) => !line.startsWith("="));
  const text = body.join("");
  return BASE64.test(text) ? Buffer.from(text, "base64") : null;
}

/**
 * Whether bytes are one packet alone, a signature (RFC 9580, 4.2), by its head. There may be hundreds of thousands of others, of two bytes each, which
 * a library reads before it says so.
 */
export function isOneSignature(bytes: Buffer): boolean {
  const [first = 0] = bytes;
  if ((first & 0x80) === 0) return false;
  const [tag, head] =
    (first & 0x40) === 0 ? [(first >> 2) & 0x0f, readOldHead(bytes)] : [first & 0x3f, readHead(bytes)];
  return tag === SIGNATURE && head !== null && head.size + head.body === bytes.length;
}

/** The length of a packet's head and body. */
interface Head {
  readonly size: number;
  readonly body: number;
}

/** Null: it is cut, or its body comes in parts, as no signature does. */
function readHead(bytes: Buffer): Head | null {
  const [, first = 224, second = 0] = bytes;
  if (first < 192) return { size: 2, body: first };
  if (first < 224) return { size: 3, body: (first - 192) * 256 + second + 192 };
  return first === 255 && bytes.length > 6 ? { size: 6, body: bytes.readUInt32BE(2) } : null;
}

/** The head that packets had before, and that GnuPG still writes. Null: it is cut, or has no length. */
function readOldHead(bytes: Buffer): Head | null {
  const size = [1, 2, 4][bytes.readUInt8(0) & 0x03];
  return size === undefined || bytes.length < 1 + size ? null : { size: 1 + size, body: bytes.readUIntBE(1, size) };
}
