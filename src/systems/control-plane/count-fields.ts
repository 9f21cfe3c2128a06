import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** As deep as the decoder follows. */
const DEEPEST = 100;

/** How many fields messages have or may have, at any depth: each element of a list counts, and each part of an entry of a map. */
export interface FieldCounts {
  readonly all: number;
  /** Those of them that their schemas lack. */
  readonly unknown: number;
}

/**
 * The fields of a message of the wire, counted before any of them is made: one of two bytes takes more than a hundred in memory. The count ends
 * beyond `most`. Of a part that comes again, all that came before counts once more, by its bytes, as the decoder may go through it. Throws an Error where the
 * bytes are no such message, and where a field is of another type than its schema says, which the decoder reads with another end.
 */
export function countFields(schema: DescMessage, bytes: Uint8Array, most: FieldCounts): FieldCounts {
  const count = { all: 0, unknown: 0 };
  const isOver = () => count.all > most.all || count.unknown > most.unknown;
  const reader = new BinaryReader(bytes);
  const walk = (fields: Fields, end: number, depth: number, { parts }: Part): void => {
    if (depth > DEEPEST) throw new Error("it is nested too deeply");
    while (reader.pos < end && !isOver()) {
      const [number, type] = reader.tag();
      const field = fields.get(number);
      count.all += 1;
      const isPacked = field?.isPackable === true && type === WireType.LengthDelimited;
      if (field === undefined) count.unknown += 1;
      else if (field.type !== type && !isPacked) throw new Error(`field ${number} is of another type`);
      if (field?.inner != null) {
        const length = reader.uint32();
        const part = (field.isPart ? parts.get(number) : undefined) ?? emptyPart();
        if (field.isPart) parts.set(number, part);
        count.all += part.bytes;
        part.bytes += length;
        walk(field.inner(), length + reader.pos, depth + 1, part);
        continue;
      }
      const start = reader.pos;
      reader.skip(type, number, DEEPEST);
      // Each of its elements takes a byte at least.
      if (isPacked) count.all += reader.pos - start;
    }
  };
  walk(fieldsOf(schema), bytes.length, 0, emptyPart());
  return count;
}

/** What came before of a message that may come again, with that of its own parts: the decoder adds to it. */
interface Part {
  bytes: number;
  readonly parts: Map<number, Part>;
}

function emptyPart(): Part {
  return { bytes: 0, parts: new Map() };
}

/** What the wire has of a field. */
interface WireField {
  readonly type: WireType;
  /** Whether the elements of a list may stand in one field. */
  readonly isPackable: boolean;
  /** Whether it is one message, and no list of them. */
  readonly isPart: boolean;
  /** The fields of what it holds. */
  readonly inner: (() => Fields) | null;
}

type Fields = ReadonlyMap<number, WireField>;

const known = new WeakMap<DescMessage, Fields>();

/** Made once: an answer may have a hundred thousand messages of a schema. */
function fieldsOf(schema: DescMessage): Fields {
  const fields = known.get(schema) ?? new Map(schema.fields.map((field) => [field.number, describeField(field)]));
  known.set(schema, fields);
  return fields;
}

function describeField(field: DescField): WireField {
  switch (field.fieldKind) {
    case "message":
      return { ...message(field.message), isPart: true };
    case "map": {
      const value = field.mapKind === "message" ? message(field.message) : scalar(scalarOf(field));
      const entry = new Map([
        [1, scalar(field.mapKey)],
        [2, { ...value, isPart: true }],
      ]);
      return { type: WireType.LengthDelimited, isPackable: false, isPart: false, inner: () => entry };
    }
    case "list": {
      if (field.listKind === "message") return message(field.message);
      const element = scalar(scalarOf(field));
      return { ...element, isPackable: element.type !== WireType.LengthDelimited };
    }
    default:
      return scalar(scalarOf(field));
  }
}

function message(schema: DescMessage): WireField {
  return { type: WireType.LengthDelimited, isPackable: false, isPart: false, inner: () => fieldsOf(schema) };
}

function scalar(kind: ScalarType): WireField {
  return { type: WIRE_TYPES[kind] ?? WireType.Varint, isPackable: false, isPart: false, inner: null };
}

/** Enumerations travel as numbers. */
function scalarOf(field: { readonly scalar?: ScalarType | undefined }): ScalarType {
  return field.scalar ?? ScalarType.INT32;
}

/** All others are of a length that they say themselves. */
const WIRE_TYPES: Readonly<Partial<Record<ScalarType, WireType>>> = {
  [ScalarType.DOUBLE]: WireType.Bit64,
  [ScalarType.FIXED64]: WireType.Bit64,
  [ScalarType.SFIXED64]: WireType.Bit64,
  [ScalarType.FLOAT]: WireType.Bit32,
  [ScalarType.FIXED32]: WireType.Bit32,
  [ScalarType.SFIXED32]: WireType.Bit32,
  [ScalarType.STRING]: WireType.LengthDelimited,
  [ScalarType.BYTES]: WireType.LengthDelimited,
};
