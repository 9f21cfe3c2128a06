/**
 * What waits for one receiver about one target: beyond so many messages or bytes, further ones are left out and counted. Ends of alarms count as no
 * message, and are never left out where their alarm was not: there are as many as alarms were sent.
 */
export const OUTBOX_ROOM = { messages: 1_000, bytes: 16_000_000 } as const;

/** Of the room, what alarms take at most of which there is one for each queue or object. */
export const SHARE_OF_SUBJECTS = 1 / 2;

/** What waits for one receiver about one target. */
export interface OutboxLine {
  readonly receiver: string;
  /** Without the ends of alarms. */
  readonly messages: number;
  readonly bytes: number;
  /** The message that says how many were left out, where none has tried to send it yet. */
  readonly notice: { readonly id: string; readonly left_out: number; readonly added_at: string } | null;
}
