import type { Alarm } from "./alarm.ts";
import type { OutboxEntry, TakenEntry } from "./daemon-records.ts";
import type { OutboxLine } from "./outbox-room.ts";

/** Messages on their way out, and the alarms that they are of. */
export interface OutboxRecords {
  /** The alarms of a target, open and ended. */
  readAlarms(target: string): Promise<readonly Alarm[]>;

  /**
   * Adds messages, and puts alarms in place of those of the same target, type and subject: all in one transaction, so that an alarm is open
   * if and only if it was notified. A message whose receiver and key are or were there is left out. Gives the number of those that were
   * added.
   */
  addOutbox(entries: readonly OutboxEntry[], alarms?: readonly Alarm[]): Promise<number>;
  /** What waits about a target, for each receiver for which something does. */
  readLines(target: string): Promise<readonly OutboxLine[]>;
  /** Which messages to these receivers with these keys are or were there. */
  findMessages(
    receivers: readonly string[],
    keys: readonly string[],
  ): Promise<readonly Pick<OutboxEntry, "receiver" | "key">[]>;
  /**
   * Takes one message of each receiver, and puts its next try off by `forMs`: two replicas never send the same one at the same time. The messages
   * of a receiver about one target are a line in the order in which they were added: nothing of it is taken while an older message of it has
   * not ended, also one that another replica has. Of the lines whose first message is due, that which waits longest for its turn. At most `limit`,
   * the oldest of them. What an ended process of this machine had taken is due immediately. `except`: receivers whose messages stay.
   */
  takeOutbox(limit: number, forMs: number, except?: readonly string[]): Promise<readonly TakenEntry[]>;
  endOutbox(id: string): Promise<void>;
  /** `rests`: until then nothing of its receiver is due, and it is the first one after that. */
  deferOutbox(id: string, dueAt: string, rests?: boolean): Promise<void>;
}
