import { afterEach, expect } from "vitest";
import type { ForgeOptions } from "../../../src/pull-requests/forge/forge.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { describeComments } from "./describe-comments.ts";
import { describeFaults } from "./describe-faults.ts";
import { describeRequests } from "./describe-requests.ts";
import { describeStatuses } from "./describe-statuses.ts";
import { describeTime } from "./describe-time.ts";
import type { ForgeServer, ForgeServerOptions } from "./forge-server.ts";
import type { ForgeSubject } from "./forge-subject.ts";

/** What every client of a forge does the same way, tried against a server that answers as the forge does. */
export function describeForge(name: string, subject: ForgeSubject): void {
  const opened: { close(): Promise<void> }[] = [];
  const servers: ForgeServer[] = [];

  async function begin(change: Partial<ForgeOptions> = {}, options: ForgeServerOptions = {}) {
    const server = await subject.start(options);
    const forge = subject.open({
      kind: server.kind,
      url: server.url,
      repository: server.repository,
      access: { kind: "token", token: () => server.token },
      timeoutMs: PATIENCE_MS,
      ca: null,
      ...change,
    });
    servers.push(server);
    opened.push(forge, server);
    return { server, forge };
  }

  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    expect(servers.splice(0).flatMap((server) => server.unknown())).toEqual([]);
  });

  describeRequests(name, begin, subject);
  describeComments(name, begin, subject);
  describeStatuses(name, begin, subject);
  describeTime(name, begin);
  describeFaults(name, begin);
}
