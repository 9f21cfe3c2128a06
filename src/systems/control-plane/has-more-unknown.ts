import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** As deep as the decoder follows; what is deeper it refuses itself. */
const DEEPEST = 100;

/**
 * Whether a message of the wire has more than so many fields that its schema lacks, at any depth, counted before any of them is made: one of two
 * bytes takes more than a hundred in memory. Null where the bytes are no such message, which the decoder reports.
 */
export function hasMoreUnknown(schema: DescMessage, bytes: Uint8Array, most: number): boolean | null {
  try {
    return countUnknown(schema, new BinaryReader(bytes), bytes.length, { left: most, depth: 0 }) < 0;
  } catch {
    return null;
  }
}

interface Walk {
  readonly left: number;
  readonly depth: number;
}

/** How many may follow after what stands before `end`; less than 0: too many, and the walk ended there. */
function countUnknown(schema: DescMessage, reader: BinaryReader, end: number, { left, depth }: Walk): number {
  if (depth > DEEPEST) return left;
  const fields = fieldsOf(schema);
  let rest = left;
  while (reader.pos < end && rest >= 0) {
    const [number, type] = reader.tag();
    const field = fields.get(number);
    const inner = field === undefined || type !== WireType.LengthDelimited ? null : findInner(field);
    if (field === undefined) rest -= 1;
    if (inner === null) reader.skip(type, number, DEEPEST);
    else rest = countUnknown(inner, reader, reader.uint32() + reader.pos, { left: rest, depth: depth + 1 });
  }
  return rest;
}

const known = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

/** Made once: an answer may have a million messages of a schema. */
function fieldsOf(schema: DescMessage): ReadonlyMap<number, DescField> {
  const fields = known.get(schema) ?? new Map(schema.fields.map((field) => [field.number, field]));
  known.set(schema, fields);
  return fields;
}

/** What a field holds that has fields itself. */
function findInner(field: DescField): DescMessage | null {
  if (field.fieldKind === "message") return field.message;
  return field.fieldKind === "list" && field.listKind === "message" ? field.message : null;
}
