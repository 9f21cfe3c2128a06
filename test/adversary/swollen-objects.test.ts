/**
 * The attacker opens a request. A pack of some kilobytes says how an object of hundreds of megabytes is put together, of one that is there: git builds it
 * in memory, in the container of the daemon.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";

const PIECE = 0xff_ff_ff;
const PIECES = 19;

/** A number in groups of seven bits, the lowest first. */
function writeSize(size: number): number[] {
  return size < 0x80 ? [size] : [(size & 0x7f) | 0x80, ...writeSize(size >>> 7)];
}

/** The way back to another object: the highest group first, each but the last one less than it is. */
function writeDistance(distance: number): number[] {
  const groups = [distance & 0x7f];
  for (let left = distance >>> 7; left > 0; left = (left - 1) >>> 7) groups.unshift(0x80 | ((left - 1) & 0x7f));
  return groups;
}

/** The head of an object of a pack: its type and its size. */
function writeHead(type: number, size: number): Buffer {
  const rest = size >>> 4;
  return Buffer.from([(type << 4) | (size & 0xf) | (rest > 0 ? 0x80 : 0), ...(rest > 0 ? writeSize(rest) : [])]);
}

/** An empty file of 16 MB, and one of 19 times as much that is made of it. */
function makePack(): { readonly pack: Buffer; readonly id: string } {
  const zeros = Buffer.alloc(PIECE);
  const base = Buffer.concat([writeHead(3, PIECE), deflateSync(zeros)]);
  const copies = Buffer.alloc(4 * PIECES, Buffer.from([0xf0, 0xff, 0xff, 0xff]));
  const delta = Buffer.concat([Buffer.from(writeSize(PIECE)), Buffer.from(writeSize(PIECE * PIECES)), copies]);
  const large = Buffer.concat([
    writeHead(6, delta.length),
    Buffer.from(writeDistance(base.length)),
    deflateSync(delta),
  ]);
  const count = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2]);
  const objects = Buffer.concat([Buffer.from("PACK"), count, base, large]);
  const sha1 = createHash("sha1").update(`blob ${PIECE * PIECES}\0`);
  for (let piece = 0; piece < PIECES; piece += 1) sha1.update(zeros);
  return { pack: Buffer.concat([objects, createHash("sha1").update(objects).digest()]), id: sha1.digest("hex") };
}

test("a request with an object that is far larger than its pack is told so, and another one beside it is planned", async () => {
  const { world, forge, propose, tell, untilSaid, untilStatus, daemon } = await openForgedWorld();
  const { repository, folder } = world;
  const number = await propose("swollen", { "queues/any.yaml": queue("any", 3) });
  const { pack, id } = makePack();
  expect(pack.length).toBeLessThan(100_000);
  const file = join(folder, "swollen.pack");
  writeFileSync(file, pack);
  repository.feed(pack, "index-pack", "--stdin");
  const tree = repository.feed(`${repository.ask("ls-tree", "main")}\n100644 blob ${id}\tlarge.bin\n`, "mktree");
  const author = ["-c", "user.name=mallory", "-c", "user.email=mallory@example.com"];
  const sha = repository.ask(...author, "commit-tree", tree, "-p", "main", "-m", "More");
  repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  forge.changeRequest(number, { sha });
  await tell(number, "edited");
  const other = await propose("other", { "queues/any.yaml": queue("any", 2) });
  await untilSaid(number, "takes more than 256 MB once it is unpacked");
  await untilStatus(other, "plan", /^success:/);
  expect((await daemon.reconciled()).status.state).toBe("Synced");
});
