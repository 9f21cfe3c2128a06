import { describe, expect, test } from "vitest";
import { maskCredentials } from "../../../src/model/secrets/mask-credentials.ts";
import type { ClusterStatus, QueueStatus, Status } from "../../../src/report/status/describe-status.ts";
import { renderStatusText } from "../../../src/report/status/render-status-text.ts";
import { COLOURED, PLAIN } from "../../../src/report/text/paint.ts";

const cluster: ClusterStatus = {
  ...{ name: "edge", pool: "prod", state: "active", enabled: true, health: "healthy", unhealthy_reasons: [] },
  capacity: { cpu: 16, memory_mb: 65_536, gpu: 2 },
  queues: ["any", "batch", "edge"],
  ...{ assigned_config: "v1", synced_config: "v1", config_in_sync: true },
};
const queue: QueueStatus = {
  ...{ name: "batch", pool: "prod", state: "active", clusters: ["edge"], available_clusters: ["edge"] },
  ...{ depth_limit: 1, run_concurrency: 1, action_concurrency: 1, in_flight: null },
};

function render(clusters: readonly ClusterStatus[], queues: readonly QueueStatus[] = [], paint = PLAIN): string {
  const status: Status = {
    ...{ endpoint: "https://acme.example.com", org: "acme", generation: "2026-11", pools: [], queues },
    clusters: { enabled: clusters, disabled: [] },
    ...{ systems: { union: "read", settings: "read", flyteadmin: "absent" }, flyteadmin: null },
    ...{ settings: [], unreadable_scopes: [], cluster_pool_attributes: [], execution_cluster_label: [] },
  };
  return String(renderStatusText(status, paint));
}

describe("the text of a status", () => {
  test.each([
    [512, "512 MiB"],
    [65_536, "64 GiB"],
    [15_800, "15.4 GiB"],
    [2_097_152, "2 TiB"],
  ])("%i mebibytes read %s", (memory_mb, words) => {
    expect(render([{ ...cluster, capacity: { cpu: 1, memory_mb, gpu: 0 } }])).toContain(` ${words} `);
  });

  test("lists have one separator, and long ones are cut with their number", () => {
    expect(render([cluster])).toContain("any, batch, edge");
    const clusters = Array.from({ length: 13 }, (_, index) => `c${index}`);
    expect(render([], [{ ...queue, clusters }])).toContain("c8, c9, … and 3 more (--json shows all)");
  });

  test("no line ends with blanks, coloured or not", () => {
    const text = render([cluster, { ...cluster, name: "edge-two", queues: [] }], [queue]);
    expect(text).not.toMatch(/ \n/);
  });

  test("colours mark states and keep the columns where they are", () => {
    const clusters = [cluster, { ...cluster, name: "c2", state: "draining", health: "unhealthy" }];
    const coloured = render(clusters, [queue], COLOURED);
    const sign = String.fromCharCode(27);
    expect(coloured).toContain(`${sign}[31munhealthy`);
    const stripped = coloured.replaceAll(new RegExp(`${sign}\\[\\d+m`, "g"), "");
    expect(stripped).toBe(render(clusters, [queue]));
  });

  test("control characters in what a data plane says reach no terminal", () => {
    const text = render([
      { ...cluster, health: "unhealthy", unhealthy_reasons: [maskCredentials("bad\u001b[2Jnews")] },
    ]);
    expect(text).toContain("edge: bad\\u001b[2Jnews");
  });
});
