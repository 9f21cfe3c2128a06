// A process of its own for tests: node use-store.ts DIRECTORY. Opens the store, does what each line of its input says, and answers each in a line.
import { createInterface } from "node:readline";
import { type Database, openDatabase } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";
import { writable } from "./writable.ts";

const say = (text: string) => process.stdout.write(`${text.replaceAll("\n", " ")}\n`);
const refused = (error: unknown) => say(`refused: ${error instanceof Error ? error.message : error}`);

async function carryOut(database: Database, order: string): Promise<void> {
  const [verb, name = ""] = order.split(" ");
  if (verb === "add") await (await writable(database.storeOf(ACME))).recordOwned(makeOwnedQueue(name));
  if (verb === "read") await database.storeOf(ACME).readOwned();
  if (verb === "close") await database.close();
}

try {
  const database = await openDatabase(process.argv[2] ?? "");
  say("open");
  for await (const order of createInterface(process.stdin)) {
    await carryOut(database, order).then(() => say("done"), refused);
    if (order === "close") break;
  }
} catch (error) {
  refused(error);
}
process.stdin.destroy();
