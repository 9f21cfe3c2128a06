/**
 * The attacker has the git server of one target, which names branches without end: git keeps each of them in memory, in the container of
 * the daemon, which looks after others, too.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";

const MIB = 1024 * 1024;
/** Where git takes more, the test has failed; the machine is to survive it. */
const MOST_NAMED = 2048 * MIB;

const packet = (line: string) => `${(line.length + 4).toString(16).padStart(4, "0")}${line}`;

const CAPABILITIES = ["version 2\n", "agent=git/2\n", "ls-refs\n", "fetch=shallow\n", "object-format=sha1\n"];
const ADVERTISED = `${packet("# service=git-upload-pack\n")}0000${CAPABILITIES.map(packet).join("")}0000`;

/** Names branches for as long as git takes them; gives how many bytes of them it took. */
function nameBranches(response: ServerResponse): Promise<number> {
  let named = 0;
  let branches = 0;
  const pad = "x".repeat(60_000);
  const name = () => {
    while (!response.destroyed && named < MOST_NAMED) {
      branches += 1;
      const line = packet(`${"a".repeat(40)} refs/heads/main${branches}${pad}\n`);
      named += line.length;
      if (!response.write(line)) return;
    }
    response.destroy();
  };
  response.on("drain", name);
  name();
  return once(response, "close").then(() => named);
}

/** A git server whose list of branches has no end. */
async function serveEndlessBranches() {
  const named: Promise<number>[] = [];
  const server = createServer((request, response) => {
    const type = request.method === "GET" ? "advertisement" : "result";
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": `application/x-git-upload-pack-${type}` });
      if (request.method === "GET") response.end(ADVERTISED);
      else named.push(nameBranches(response));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`, named };
}

test("a git server that names branches without end takes no more memory than git may, and the other target is reconciled", async () => {
  const world = await openDaemonWorld();
  const { url, named } = await serveEndlessBranches();
  const [usual] = JSON.parse(world.describe()).targets;
  const control_plane = { ...usual.control_plane, org: "mallory" };
  const hostile = { ...usual, name: "hostile", repository: { ...usual.repository, url }, control_plane };
  const daemon = await world.start({ file: { targets: [usual, hostile] } });
  const { status } = await daemon.until(({ last_pass }) => last_pass !== null, "hostile");
  expect(await named[0]).toBeLessThan(MOST_NAMED);
  expect(status.message).toContain("git needs more than 768 MB of memory");
  await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 2) }));
});
