import { describe, expect, test } from "vitest";
import {
  type DriftRequest,
  renderDriftRequest,
  titleDriftRequest,
} from "../../../src/report/review/render-drift-request.ts";

function requestOf(count: number, by = "night.shift@example.com"): DriftRequest {
  const told = { changed_by: by, changed_at: "2026-11-21T10:00:00.000Z" };
  return {
    ...{ target: "prod", branch: "poolkeeper/drift-prod" },
    written: Array.from({ length: count }, (_none, index) => ({
      ...told,
      address: `queue.q${index}` as const,
      file: "queues/all.yaml",
      fields: [{ path: "depth", before: undefined, after: index }],
    })),
    left: [{ ...told, address: "queue.gone", reason: "it was deleted outside" }],
  };
}

describe("a request for drift", () => {
  test("says who changed what, what a merge and a close mean, and what is not written", () => {
    const text = renderDriftRequest(requestOf(1), { maxLength: 10_000 });
    expect(text).toContain("**`queue.q0` by `night.shift@example.com` at 2026-11-21 10:00:00Z** in `queues/all.yaml`");
    expect(text).toContain("```diff\n+ depth: 0\n```");
    expect(text).toMatch(/\*\*Merged\*\*.*\n- \*\*Closed\*\*/);
    expect(text).toContain(
      "- `queue.gone` by `night.shift@example.com` at 2026-11-21 10:00:00Z: it was deleted outside",
    );
    expect(titleDriftRequest(requestOf(1))).toBe("prod: write into the manifests how queue.q0 was changed outside");
    expect(titleDriftRequest(requestOf(2))).toBe("prod: write into the manifests how 2 objects were changed outside");
  });

  test("of very many objects stays within the forge's limit, and counts the rest", () => {
    const text = renderDriftRequest(requestOf(10_000), { maxLength: 5000 });
    expect(text.length).toBeLessThanOrEqual(5000);
    expect(text).toMatch(/- and \d{4} objects more/);
    expect(text).toContain("Updated by poolkeeper while");
  });

  test("is not broken by what somebody is called, nor by what stands in a field", () => {
    const hostile = requestOf(1, "`</sub>@everyone\n# Approved");
    const [written] = hostile.written;
    const fields = [{ path: "clusters", before: "```\n# x", after: ["<!-- poolkeeper:prod -->"] }];
    const text = renderDriftRequest(
      { ...hostile, written: written === undefined ? [] : [{ ...written, fields }] },
      { maxLength: 10_000 },
    );
    expect(text).not.toMatch(/^# /m);
    expect(text).not.toContain("<!--");
    expect(text).toContain("`` `</sub>@everyone\\u000a# Approved ``");
  });
});
