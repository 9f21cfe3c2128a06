import { OperationalError } from "../../model/errors/operational-error.ts";

/** Turns wire enum numbers into the words of manifests and back; a number without a word becomes `unknown(N)`. */
export interface EnumCodec {
  decode(value: number): string;
  /** Throws an OperationalError `invalid_value` for a word that is neither known nor `unknown(N)`. */
  encode(word: string): number;
}

const UNKNOWN = /^unknown\((\d+)\)$/;

/** A codec over a table of words; `field` is named in errors. */
export function createEnumCodec(field: string, table: Readonly<Record<string, number>>): EnumCodec {
  const words = new Map(Object.entries(table).map(([word, value]) => [value, word]));
  return {
    decode: (value) => words.get(value) ?? `unknown(${value})`,
    encode: (word) => {
      const value = Object.hasOwn(table, word) ? table[word] : undefined;
      const unknown = UNKNOWN.exec(word)?.[1];
      if (value !== undefined) return value;
      if (unknown !== undefined) return Number(unknown);
      throw new OperationalError(
        "invalid_value",
        `${field} "${word}" is unknown to the control plane; use one of ${Object.keys(table).join(", ")}.`,
        { next: "stop" },
      );
    },
  };
}
