import { randomBytes } from "node:crypto";

/** As many ids of one millisecond have a place of their own. */
const PER_MILLISECOND = 4096;

/**
 * Ids for the messages of one act: UUIDs of version 7, each greater than the one before. What is added to the outbox at one moment is sent in
 * the order of its ids.
 */
export function createMessageIds(now: number = Date.now()): () => string {
  let count = 0;
  return () => {
    const at = now + Math.floor(count / PER_MILLISECOND);
    const time = at.toString(16).padStart(12, "0");
    const place = (count % PER_MILLISECOND).toString(16).padStart(3, "0");
    count += 1;
    const random = randomBytes(8);
    random.writeUInt8(0x80 | (random.readUInt8(0) & 0x3f), 0);
    const rest = random.toString("hex");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${place}-${rest.slice(0, 4)}-${rest.slice(4)}`;
  };
}
