import { type AnswerHeaders, readHeader } from "../../systems/http/call-json.ts";

/** What a forge says that is left of the calls of a token, for all who use it. */
export interface ForgeQuota {
  /** Takes what an answer says. One that says nothing of the calls of the API as a whole leaves the quota as it is. */
  note(headers: AnswerHeaders): void;
  /** Whether less than a fifth is left until the forge counts from zero again: that is for decisions and merges. False where nothing is known. */
  isLow(): boolean;
}

/** The part of the calls that is kept for what users with rights have decided. */
const RESERVE = 1 / 5;
/** A forge counts by the hour: what says that it is longer until it does so again is no time, and would keep budgets small for as long. */
const LONGEST_MS = 3_600_000;
/** The names of the headers on GitHub and GitLab. */
const PREFIXES = ["x-ratelimit-", "ratelimit-"] as const;
/** GitHub counts searches by themselves. */
const WHOLE_API = "core";

/** A quota of which no answer has said anything yet. `now`: the time on the forge as far as it is known, in milliseconds. */
export function createForgeQuota(now: () => number): ForgeQuota {
  let lowUntil = Number.NEGATIVE_INFINITY;
  return {
    note: (headers) => {
      const found = PREFIXES.map((prefix) => readQuota(headers, prefix)).find((quota) => quota !== null);
      if (found == null) return;
      const isFew = found.left < found.limit * RESERVE;
      lowUntil = isFew ? Math.min(found.resetMs, now() + LONGEST_MS) : Number.NEGATIVE_INFINITY;
    },
    isLow: () => now() < lowUntil,
  };
}

interface Quota {
  readonly limit: number;
  readonly left: number;
  readonly resetMs: number;
}

function readQuota(headers: AnswerHeaders, prefix: (typeof PREFIXES)[number]): Quota | null {
  const read = (name: string) => {
    const value = readHeader(headers, `${prefix}${name}`) ?? "";
    return /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
  };
  if ((readHeader(headers, `${prefix}resource`) ?? WHOLE_API) !== WHOLE_API) return null;
  const [limit, left, reset] = [read("limit"), read("remaining"), read("reset")];
  return [limit, left, reset].some(Number.isNaN) ? null : { limit, left, resetMs: reset * 1000 };
}
