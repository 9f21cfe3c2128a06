import type { Readable } from "node:stream";
import { WebError } from "../answers/web-error.ts";

/** Bodies that are on their way from callers of whom nothing is known yet. */
export interface BodyGate {
  /**
   * Lets a body in. Where its address, or all together, have as many open as may be, the one that has
   * been open for longest is refused by its `cut`: a whole body is there in a moment, one that is held back is not.
   */
  enter(address: string, body: Readable, cut: (refusal: WebError) => void): EnteredBody;
  readonly open: number;
  /** Bytes that were received and are not verified yet. */
  readonly bytes: number;
}

/** A body that was let in. */
export interface EnteredBody {
  /**
   * So many bytes more of it are kept until it leaves. Where all together keep more than may be, the one of these that has been open for
   * longest is refused by its `cut`: what others hold back keeps no whole body from being read.
   */
  keep(bytes: number): void;
  leave(): void;
}

/** In how many seconds who was cut may try again. */
const RETRY_S = 5;

interface Entry {
  readonly address: string;
  readonly body: Readable;
  readonly cut: (refusal: WebError) => void;
  kept: number;
}

/** Most open bodies, of one address and of all; most bytes that all keep. */
interface GateLimits {
  readonly each: number;
  readonly all: number;
  readonly kept: number;
}

/** A gate with nothing open. */
export function createBodyGate({ each, all, kept }: GateLimits): BodyGate {
  // Longest first.
  const open = new Set<Entry>();
  const cutLongest = (entries: readonly Entry[], refusal: WebError) => {
    const [longest] = entries;
    if (longest === undefined) return;
    open.delete(longest);
    longest.cut(refusal);
  };
  return {
    enter(address, body, cut) {
      const own = [...open].filter((entry) => entry.address === address);
      if (own.length >= each) cutLongest(own, tooManyOfAddress());
      else if (open.size >= all) cutLongest([...open], tooManyOfAll());
      const entry: Entry = { address, body, cut, kept: 0 };
      open.add(entry);
      return {
        keep(bytes) {
          entry.kept += bytes;
          while (countKept(open) > kept) {
            cutLongest(
              [...open].filter((one) => one.kept > 0),
              tooManyOfAll(),
            );
          }
        },
        leave: () => void open.delete(entry),
      };
    },
    get open() {
      return open.size;
    },
    get bytes() {
      return countKept(open) + [...open].reduce((sum, { body }) => sum + body.readableLength, 0);
    },
  };
}

function countKept(open: Iterable<Entry>): number {
  return [...open].reduce((sum, { kept }) => sum + kept, 0);
}

function tooManyOfAddress(): WebError {
  return new WebError("rate_limited", "Too many concurrent deliveries from this address.", RETRY_S);
}

function tooManyOfAll(): WebError {
  return new WebError("overloaded", "Too many concurrent deliveries.", RETRY_S);
}
