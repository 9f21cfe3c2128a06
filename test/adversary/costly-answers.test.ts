/**
 * The attacker has the forge or the flyteadmin of one target. Its answers are of some megabytes, and hold more values than anything that was asked for
 * has: each is parsed on the thread that looks after all other targets, one after another.
 */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { open as openFlyteadmin } from "../systems/flyteadmin/fixtures/open.ts";
import { CALLED_SYSTEMS } from "./hostile-servers.ts";

const MANY = `[{}${",{}".repeat(400_000)}]`;

async function answering(body: string, status = 200): Promise<string> {
  const port = await serve((request, response) => {
    request.resume().on("end", () => response.writeHead(status, { "content-type": "application/json" }).end(body));
  });
  return `http://127.0.0.1:${port}`;
}

/** How often the time of the thread was asked for. */
function countMeasures() {
  const measured = vi.spyOn(process, "threadCpuUsage");
  onTestFinished(() => void measured.mockRestore());
  return () => measured.mock.calls.length;
}

describe.each(CALLED_SYSTEMS.filter(({ type }) => type === "application/json"))("$name", ({ list, tooLarge, page }) => {
  test.each([
    ["a page", MANY],
    ["a field", `{"z":${MANY}}`],
  ])("that answers with more values in %s than were asked for is refused before they are made", async (_, body) => {
    const failure = await failureOf(list(await answering(body), PATIENCE_MS));
    expect(failure.code).toBe(tooLarge);
    expect(failure.message).toContain("too large");
  });

  test("whose refusal has more values than any is reported by its status, and that is not parsed", async () => {
    const body = `{"message":"much","error":"much","z":[{}${",{}".repeat(20_000)}]}`;
    const failure = await failureOf(list(await answering(body, 400), PATIENCE_MS));
    expect(failure.message).not.toContain("much");
  });

  test("has its answers read and parsed in turns", async () => {
    const measures = countMeasures();
    const port = await serve((request, response) => {
      const { headers, body } = page(1, true, request);
      request.resume().on("end", () => response.writeHead(200, headers).end(body));
    });
    await list(`http://127.0.0.1:${port}`, PATIENCE_MS).catch(() => undefined);
    expect(measures()).toBeGreaterThanOrEqual(4);
  });
});

test("a list of rows that comes in one piece may be longer", async () => {
  const { reader } = openFlyteadmin({ endpoint: await answering(`{"configurations":[],"z":${MANY}}`) }, { retries: 0 });
  expect(await reader.listRows("execution_cluster_label")).toEqual([]);
});
