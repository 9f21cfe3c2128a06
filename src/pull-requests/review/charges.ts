import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { isUnread } from "./is-unread.ts";
import type { ReviewTools } from "./review-tools.ts";
import type { Refusals } from "./spending.ts";

/** What a round charges to accounts that have not shown that they may decide, as the round is made for what they reported. */
export interface Charges {
  /** The round does not wait for calls because of them. */
  hurry(login: string): void;
  /** The look at a request does not. */
  free(login: string, record: ReviewRecord): void;
}

/** Where charges are kept. */
type ChargeTools = Pick<ReviewTools, "spending"> & {
  readonly pass: Pick<ReviewTools["pass"], "config"> & {
    readonly records: Pick<ReviewTools["pass"]["records"], "readRecord" | "readReported">;
  };
};

/**
 * Makes a round. Of one that fails, what it has charged for and not read is taken back: an account does not pay for an outage of the forge. So it
 * is a few times in an hour, as an account may find out what the forge does not answer.
 */
export async function chargeRound<T>(tools: ChargeTools, round: (charges: Charges) => Promise<T>): Promise<T> {
  const { refusals } = tools.spending;
  const hurried: string[] = [];
  const freed: { readonly login: string; readonly record: ReviewRecord }[] = [];
  try {
    return await round({
      hurry: (login) => {
        hurried.push(login);
        refusals.note("hurry", login);
      },
      free: (login, record) => {
        freed.push({ login, record });
        refusals.note("free", login);
      },
    });
  } catch (error) {
    for (const login of hurried) refusals.takeBack("hurry", login);
    // The store may be what has failed.
    await takeBackUnread(tools, refusals, freed).catch(() => undefined);
    throw error;
  }
}

async function takeBackUnread(
  { pass: { config, records } }: ChargeTools,
  refusals: Refusals,
  freed: readonly { readonly login: string; readonly record: ReviewRecord }[],
): Promise<void> {
  for (const { login, record } of freed) {
    const kept = (await records.readRecord(config.name, nameRequest(record))) ?? record;
    const reported = await records.readReported(record.place, record.number);
    if (reported.some((one) => one.by === login && isUnread(kept, one))) refusals.takeBack("free", login);
  }
}
