const FIELD = "payload=";
const NOTHING = Buffer.alloc(0);

const [PERCENT, PLUS, SPACE, AMPERSAND] = [0x25, 0x2b, 0x20, 0x26];

/** The value of each byte that is a hexadecimal digit; -1: it is none. */
const DIGITS = Int8Array.from({ length: 256 }, (_, byte) => "0123456789abcdef".indexOf(toLowerCase(byte)));

function toLowerCase(byte: number): string {
  return String.fromCharCode(byte).toLowerCase();
}

/**
 * Decodes the field `payload` of a form as it comes: each call takes the next bytes and gives those of the value. What is not a
 * form that begins with the field gives nothing. Senders may escape each byte, so there is no call and no text for an escape.
 */
export function createPayloadDecoder(): (chunk: Buffer) => Buffer {
  let state: "before" | "in" | "after" = "before";
  // What may continue in the next chunk: a part of the field's name, or of an escape.
  let pending = NOTHING;
  return (chunk) => {
    if (state === "after") return NOTHING;
    const bytes = Buffer.concat([pending, chunk]);
    pending = NOTHING;
    let start = 0;
    if (state === "before") {
      const begin = bytes.toString("latin1", 0, FIELD.length);
      if (begin.length < FIELD.length && FIELD.startsWith(begin)) pending = bytes;
      else state = begin === FIELD ? "in" : "after";
      if (state !== "in") return NOTHING;
      start = FIELD.length;
    }
    const end = bytes.indexOf(AMPERSAND, start);
    if (end !== -1) state = "after";
    const rest = end === -1 ? countUnfinished(bytes, start) : 0;
    pending = Buffer.from(bytes.subarray(bytes.length - rest));
    return unescapeBytes(bytes.subarray(start, end === -1 ? bytes.length - rest : end));
  };
}

/** How many bytes at the end are the beginning of an escape. */
function countUnfinished(bytes: Buffer, start: number): number {
  const [last, before] = [bytes.length - 1, bytes.length - 2];
  if (last >= start && bytes[last] === PERCENT) return 1;
  return before >= start && bytes[before] === PERCENT && readDigit(bytes, last) !== -1 ? 2 : 0;
}

function unescapeBytes(bytes: Buffer): Buffer {
  const value = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let place = 0; place < bytes.length; place += 1) {
    const byte = bytes[place] ?? 0;
    const [high, low] = byte === PERCENT ? [readDigit(bytes, place + 1), readDigit(bytes, place + 2)] : [-1, -1];
    const isEscape = high !== -1 && low !== -1;
    value[length] = isEscape ? high * 16 + low : byte === PLUS ? SPACE : byte;
    length += 1;
    if (isEscape) place += 2;
  }
  // A copy: what is kept of it takes no more memory than is counted.
  return Buffer.from(value.subarray(0, length));
}

function readDigit(bytes: Buffer, place: number): number {
  return DIGITS[bytes[place] ?? 0] ?? -1;
}
