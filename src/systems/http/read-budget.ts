/** What the reading of a list may take at most. */
export interface ReadLimits {
  readonly pages: number;
  readonly records: number;
  /** Of the texts in the records, in characters. */
  readonly characters: number;
  /** Of the answers as they are decoded, where it is known. */
  readonly bytes: number;
  readonly timeMs: number;
}

/** How much has been read of it. */
export interface ReadBudget {
  /** Counts a page, and the bytes that it was decoded from. Gives what it goes over, to follow "more than" (`10,000 pages`); null while nothing is. */
  spend(records: readonly unknown[], bytes?: number): string | null;
  /** Counts the texts of a record that is asked for by itself, beside pages. Gives the same. */
  keep(record: unknown): string | null;
}

/** How many objects a list may have, unless the configuration says otherwise; ten times what any organization is known to have. */
export const DEFAULT_MAX_OBJECTS = 1_000_000;

/** What an object takes in memory with its texts, in bytes: so many of a list that its kind, and the lists beside it, fit into a half of the heap. */
const BYTES_EACH = 16 * 1024;
const FEWEST_THAT_FIT = 10_000;

/** How many objects a list may have in a process that looks after others too, whose heap may take so many bytes. */
export function countFitting(heapBytes: number): number {
  return Math.max(FEWEST_THAT_FIT, Math.floor(heapBytes / BYTES_EACH));
}

/** A server that gives fewer on a page, time and again, gives none. */
const FEWEST_ON_A_PAGE = 100;
/** Far more than names, selectors and limits of an object have. */
const CHARACTERS_EACH = 512;
/** What is decoded takes the thread, whether anything of it is kept or not: four times what the texts may have. */
const WIRE_BYTES_EACH = 4 * CHARACTERS_EACH;
const LEAST_BYTES = 16 * 1024 * 1024;
const LONGEST_MS = 10 * 60_000;

/** The limits of a list of up to `maxObjects`: pages of 100 objects, 512 characters and 2 KiB an object, 10 minutes. */
export function limitReads(maxObjects: number = DEFAULT_MAX_OBJECTS): ReadLimits {
  return {
    pages: Math.max(1, Math.ceil(maxObjects / FEWEST_ON_A_PAGE)),
    records: maxObjects,
    characters: maxObjects * CHARACTERS_EACH,
    bytes: Math.max(LEAST_BYTES, maxObjects * WIRE_BYTES_EACH),
    timeMs: LONGEST_MS,
  };
}

/** The limits of everything that is read in one go, such as the lists of a pass: so many times as much as of one list. */
export function multiplyLimits(limits: ReadLimits, times: number): ReadLimits {
  const { pages, records, characters, bytes, timeMs } = limits;
  return {
    ...{ pages: pages * times, records: records * times, characters: characters * times },
    ...{ bytes: bytes * times, timeMs: timeMs * times },
  };
}

/** A budget that begins now. `now`: milliseconds of a clock that never goes back. */
export function createReadBudget(limits: ReadLimits, now: () => number = () => performance.now()): ReadBudget {
  const end = now() + limits.timeMs;
  const spent = { pages: 0, records: 0, characters: 0, bytes: 0 };
  const findExcess = () => {
    if (spent.pages > limits.pages) return `${format(limits.pages)} pages`;
    if (spent.records > limits.records) return `${format(limits.records)} objects`;
    if (spent.characters > limits.characters) return `${format(limits.characters)} characters of text`;
    if (spent.bytes > limits.bytes) return `${format(limits.bytes)} bytes`;
    return now() > end ? `${format(limits.timeMs / 1000)} seconds of reading` : null;
  };
  return {
    spend: (records, bytes = 0) => {
      spent.pages += 1;
      spent.bytes += bytes;
      spent.records += records.length;
      spent.characters += countCharacters(records);
      return findExcess();
    },
    keep: (record) => {
      spent.characters += countCharacters([record]);
      return findExcess();
    },
  };
}

/** Of all texts in values, and of the names of their fields. Without recursion: an answer of JSON may be nested deeper than the stack. */
export function countCharacters(records: readonly unknown[]): number {
  let count = 0;
  const left: unknown[] = [...records];
  for (let value = left.pop(); value !== undefined || left.length > 0; value = left.pop()) {
    if (typeof value === "string") count += value.length;
    else if (typeof value === "object" && value !== null) {
      for (const [name, field] of Object.entries(value)) {
        count += name.length;
        left.push(field);
      }
    }
  }
  return count;
}

function format(number: number): string {
  return number.toLocaleString("en-US");
}
