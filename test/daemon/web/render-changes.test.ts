import { expect, test } from "vitest";
import { html } from "../../../src/daemon/web/page/markup.ts";
import { renderChangeGroups } from "../../../src/daemon/web/page/render-changes.ts";
import type { Change } from "../../../src/model/plan/plan.ts";
import { makeKeptPlan } from "../../store/make-kept-plan.ts";

test("the difference of a delivered file shows where a part begins, and what it adds, removes and keeps", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  const write = (last: string) => ({ files: { "flyte/values.yaml": `${[...lines, last].join("\n")}\n` } });
  const change: Change = {
    ...{ address: "flyte_clusters.flyte", physical_name: "flyte", previous_physical_name: null, action: "update" },
    ...{ before: write("old"), after: write("new"), replace_paths: [], action_reason: "differs", origin: "commit" },
  };
  const { plan } = makeKeptPlan({ digest: "d".repeat(64) });
  const group = { id: "commit", title: "Commit", hint: "", changes: [change] } as const;
  const page = String(html`${renderChangeGroups({ ...plan, changes: [change] }, [group], [])}`);
  const looks = [...page.matchAll(/<span class="(place|same|add|destroy)">([^<]*)/g)].map(([, look, text]) => [
    look,
    text?.trim().split(" ")[0],
  ]);
  expect(looks).toEqual([
    ["place", "@@"],
    ["same", "line"],
    ["same", "line"],
    ["same", "line"],
    ["destroy", "-old"],
    ["add", "+new"],
  ]);
});

test.each([
  [
    "lists",
    (last: string) => ({ clusters: [...Array.from({ length: 150 }, (_, at) => `cluster-number-${at}`), last] }),
  ],
  ["texts", (last: string) => ({ run: `${"a".repeat(3_000)}${last}` })],
])("two long %s that differ in their end never look the same", (_what, write) => {
  const show = (last: string) => {
    const change: Change = {
      ...{ address: "queue.q", physical_name: "q", previous_physical_name: null, action: "update" },
      ...{ before: write("old"), after: write(last), replace_paths: [], action_reason: "differs", origin: "commit" },
    };
    const { plan } = makeKeptPlan({ digest: "d".repeat(64) });
    const group = { id: "commit", title: "Commit", hint: "", changes: [change] } as const;
    return String(html`${renderChangeGroups({ ...plan, changes: [change] }, [group], [])}`);
  };
  expect(show("good")).toMatch(/<del>.*old.*<\/del>.*<ins>.*good.*<\/ins>/s);
  expect(show("good")).not.toBe(show("evil"));
});

test("a long list in another order is shown as it was and as it becomes", () => {
  const names = Array.from({ length: 150 }, (_, at) => `cluster-number-${at}`);
  const change: Change = {
    ...{ address: "queue.q", physical_name: "q", previous_physical_name: null, action: "update" },
    ...{ before: { clusters: names }, after: { clusters: names.toReversed() } },
    ...{ replace_paths: [], action_reason: "differs", origin: "commit" },
  };
  const { plan } = makeKeptPlan({ digest: "d".repeat(64) });
  const group = { id: "commit", title: "Commit", hint: "", changes: [change] } as const;
  const page = String(html`${renderChangeGroups({ ...plan, changes: [change] }, [group], [])}`);
  expect(page).toMatch(/<del>.*cluster-number-0&.*<\/del>.*<ins>.*cluster-number-149&.*<\/ins>/s);
});
