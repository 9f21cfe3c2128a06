import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RequestDetail } from "../../../src/model/daemon/daemon-service.ts";
import type { Diagnostic } from "../../../src/model/diagnostics/diagnostic.ts";
import { SHORT_REVIEW, shortenReview } from "../../../src/store/plans/shorten-review.ts";
import { makeReview, planned, REVIEWS } from "../../report/review/build-reviews.ts";
import { ask } from "./ask.ts";
import { buildRequests, makeFullRequest, makeRequest, numberOf } from "./build-requests.ts";
import { makeTarget, minutesAgo } from "./build-targets.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { serveFake } from "./serve-fake.ts";

let usual: Awaited<ReturnType<typeof open>>;
const others: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  usual = await open(buildRequests());
});
afterEach(async () => {
  await Promise.all(others.splice(0).map((server) => server.close()));
});
afterAll(() => usual.close());

async function open(requests: readonly RequestDetail[], targets = buildWorld()) {
  const served = await serveFake(createFakeService({ targets, requests }));
  const read = async (path: string) => {
    const { status, text } = await ask(served.url + path, { headers: { accept: "text/html" } });
    expect(status).toBe(200);
    return text;
  };
  return { url: served.url, close: served.close, read };
}

/** A request of each kind, or those that are given. */
async function serve(requests?: readonly RequestDetail[]) {
  if (requests === undefined) return usual;
  const served = await open(requests);
  others.push(served);
  return served;
}

/** What a section of a page says, without its markup; "" where it is hidden. */
function sayOf(page: string, id: string): string {
  const section = new RegExp(`<section id="${id}"([^>]*)>(.*?)</section>\\s*(?=<section id=|</div>|</main>)`, "s");
  const [, attributes = "", inside = ""] = section.exec(page) ?? [];
  if (/\shidden/.test(attributes)) return "";
  const text = inside.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
  const plain = text.replaceAll("&#39;", "'").replaceAll("&quot;", '"');
  return plain.replace(/ (?=[,.;:])/g, "").trim();
}

function pathOf(name: string): string {
  return `/targets/production/requests/${numberOf(name)}`;
}

function reviewOf(name: string) {
  const review = REVIEWS[name];
  if (review === undefined) throw new Error(`There is no review ${name}`);
  return review;
}

describe("requests on the page of their target", () => {
  test("are listed, the newest first, with their verdict, what they wait for or became, and links to their page and the forge", async () => {
    const [first, ...others] = [
      makeRequest(7, reviewOf("approval-needed")),
      makeRequest(8, reviewOf("planned-blocked")),
      makeRequest(9, reviewOf("unconcerned")),
      makeRequest(10, reviewOf("outcome-failed")),
    ];
    const { read } = await serve(first === undefined ? [] : [first, ...others]);
    const page = await read("/targets/production");
    const said = sayOf(page, "requests");
    expect(said).toContain(
      "#7 by mona git.example.com: request 7 ✓ Planned 2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99 needs poolkeeper approve d0ab8efd4fac2659d605b5c5851bba99 7 minutes ago",
    );
    expect(said).toContain("✕ Blocked blocked by max-disruption-share waits for a new commit");
    expect(said).toContain("‖ Unaffected no manifest of production changes nothing to apply");
    expect(said).toContain(
      "2 to change, 1 to replace, digest d0ab8efd4fac2659d605b5c5851bba99 ✕ Failed register cluster edge-gpu in pool gpu",
    );
    expect(said.indexOf("#9")).toBeLessThan(said.indexOf("#8"));
    expect(page).toContain('<a href="/targets/production/requests/7">#7</a>');
    expect(page).toContain('<a href="https://git.example.com/platform/pools/pulls/7" rel="noreferrer">');
    expect(page).toContain('<a href="#requests">Pull requests</a>');
  });

  test("have no section where there are none", async () => {
    const { read } = await serve();
    const page = await read("/targets/staging");
    expect(sayOf(page, "requests")).toBe("");
    expect(page).not.toContain('href="#requests"');
  });
});

test("commands on requests are told among what others did on their target", async () => {
  const entry = { id: "a", at: minutesAgo(5), target: "production", who: "hubot", via: "gitea" };
  const details = { request: 7, url: "https://git.example.com/pulls/7", digest: "" };
  const audit = [
    { ...entry, action: "unlock", details },
    { ...entry, action: "approve", details: { ...details, digest: "eb2ba36a", refused: "Ask somebody else." } },
  ];
  const status = { state: "Synced", reason: "NothingToDo", message: "" } as const;
  const opened = await open([], [makeTarget("production", status, { audit })]);
  others.push(opened);
  const said = sayOf(await opened.read("/targets/production"), "audit");
  expect(said).toContain("hubot gitea unlock request: 7, url: https://git.example.com/pulls/7");
  expect(said).toContain("approve request: 7, url: https://git.example.com/pulls/7, digest: eb2ba36a, refused: Ask");
});

describe("the page of a request", () => {
  test("says of errors that had no room in the store how many there were, and shows the first few", async () => {
    const error: Diagnostic = {
      ...{ severity: "error", code: "unknown-field", summary: 'Unknown field "runs"', detail: "Remove it." },
      ...{ file: `${"d/".repeat(2_000)}batch.yaml`, line: 1, column: 1, address: null },
    };
    const diagnostics = Array.from({ length: 300 }, (_, index) => ({ ...error, line: index + 1 }));
    const review = shortenReview(makeReview({ kind: "invalid", diagnostics }));
    expect(JSON.stringify(review).length).toBeLessThan(SHORT_REVIEW);
    const { read } = await serve([makeRequest(1, review)]);
    const said = sayOf(await read("/targets/production/requests/1"), "findings");
    expect(said).toContain('d/batch.yaml:1:1 Unknown field "runs"');
    expect(said).toContain("There is more: of 300 errors and warnings, the others had no room in the store");
  });

  test("tells apart what the request changes, what it changes beside others, and what differs without it", async () => {
    const { read } = await serve([makeFullRequest(1)]);
    const page = await read("/targets/production/requests/1");
    const groups = [...page.matchAll(/<h3 id="(by-\w+)">([^<]+) <span class="count">(\d+)/g)].map(([, id, title]) => [
      id,
      title,
    ]);
    expect(groups).toEqual([
      ["by-request", "This request changes"],
      ["by-both", "Already out of sync, and changed by this request"],
      ["by-drift", "Existing drift"],
    ]);
    const own = page.slice(page.indexOf('id="by-request"'), page.indexOf('id="by-both"'));
    expect(own).toMatch(/<details class="delta[^"]* harsh" id="change-cluster[^"]*" open>/);
  });

  test("shows what destroys first and open, and the rest folded", async () => {
    const { read } = await serve();
    const page = await read(pathOf("planned-replacement"));
    const marks = [...page.matchAll(/<details class="delta[^>]*id="change-([^"]+)"( open)?/g)].map(
      ([, address, open]) => `${address}${open ?? ""}`,
    );
    expect(marks[0]).toMatch(/^cluster\..* open$/);
    expect(marks.slice(1).filter((mark) => mark.endsWith(" open"))).toEqual([]);
    expect(marks).toHaveLength(3);
  });

  test("shows commits, digest, checks, steps, routing, and where the forge has it", async () => {
    const { read } = await serve();
    const review = reviewOf("planned-replacement");
    const page = await read(pathOf("planned-replacement"));
    const digest = review.verdict.kind === "planned" ? review.verdict.plan.digest : "";
    for (const hash of [review.head, review.base]) expect(page).toContain(`<code title="${hash}">`);
    expect(page).toContain(`<code>${digest.slice(0, 32)}</code>`);
    expect(page).toContain(`href="https://git.example.com/platform/pools/pulls/1" rel="noreferrer"`);
    expect(page).toContain("A merge applies it.");
    expect(page.match(/<ol class="steps">/g)).toHaveLength(1);
    expect(sayOf(page, "checks")).toContain("checks passed");
    expect(sayOf(page, "routing")).toContain("Routing");
  });

  test("names other requests that change the same, and which of them is waited for", async () => {
    const { read } = await serve();
    const said = sayOf(await read(pathOf("planned-overlaps")), "overlaps");
    expect(said).toContain("#17 git.example.com: request 17 Open queue.batch");
    expect(said).toContain(
      "#12 git.example.com: request 12 Merged by mira 20 minutes ago, and being applied. Later merges wait for it; the wait ends in 40 minutes at the latest.",
    );
  });

  test.each([
    ["unconcerned", "No manifest of production changes."],
    ["invalid", "2 errors, 1 warning in the manifests."],
    ["conflict", "It conflicts with its base branch."],
    ["skipped-fork", "It comes from a fork."],
    ["skipped-draft", "It is a draft."],
    ["skipped-label", "It has a skip label."],
    ["failed", "did not answer within 30 s. [unavailable]"],
    ["planned-blocked", "Blocked by <code>max-disruption-share</code>: a merge does not apply it."],
    ["planned-nothing", "No changes."],
    ["approval-by-merge", "Merging approves it"],
    ["approval-needed", "comment <code>poolkeeper approve d0ab8efd4fac2659d605b5c5851bba99</code>"],
    ["approval-given", "Approved by mira: a merge applies it."],
  ])("says of %s: %s", async (name, words) => {
    const { read } = await serve();
    expect(await read(pathOf(name))).toContain(words);
  });

  test.each(["unconcerned", "invalid", "conflict", "skipped-fork", "failed"])(
    "has no plan where it is %s",
    async (name) => {
      const { read } = await serve();
      const page = await read(pathOf(name));
      for (const id of ["plan", "steps", "checks", "routing"])
        expect(page).toMatch(new RegExp(`id="${id}"[^>]* hidden>`));
    },
  );

  test("has mistakes in a table with their places, errors first, and conflicts by file", async () => {
    const { read } = await serve();
    const said = sayOf(await read(pathOf("invalid")), "findings");
    expect(said).toContain(
      '✕ Error queues/batch.yaml:2:15 No pool "prd" in the folder; did you mean "prod"? unknown-reference',
    );
    expect(said.lastIndexOf("Error")).toBeLessThan(said.indexOf("Warning"));
    expect(sayOf(await read(pathOf("conflict")), "findings")).toContain("queues/batch.yaml clusters/edge.yaml");
  });

  test.each([
    ["outcome-closed", "‖ Closed Not merged."],
    ["outcome-retargeted", "Its base is now the branch release/2.x. None of it is applied here."],
    ["outcome-merged", "Merged by mira. It is applied next."],
    ["outcome-waiting", "Applying Merged by mira. Waits until queue batch is idle: 3 runs left."],
    ["outcome-held", "3b1f0c9a7d needs an approval; it was not reviewed here before the merge."],
    ["outcome-held-as-reviewed", "needs an approval; it is the plan that was reviewed here."],
    ["outcome-applied", "Merged by mira, and applied in revision 41d0e8a97b"],
    ["outcome-failed", "✕ Failed Merged by mira. register cluster edge-gpu"],
  ])("says what became of it: %s", async (name, words) => {
    const { read } = await serve();
    expect(sayOf(await read(pathOf(name)), "outcome")).toContain(words);
  });

  test("leads from a plan that is held to the page where it is approved", async () => {
    const { read } = await serve();
    expect(await read(pathOf("outcome-held"))).toMatch(/href="\/plans\/3b1f0c9a[0-9a-f]+\?target=production"/);
  });

  test("says that a plan of an older commit is void", async () => {
    const newer = "7".repeat(40);
    const { read } = await serve([makeRequest(1, reviewOf("planned-update"), { head: newer })]);
    const page = await read("/targets/production/requests/1");
    expect(page).toContain("This review is of an older commit and no longer valid.");
    expect(page).toContain(`<code title="${newer}">`);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "//evil.example.com", "not an address"])(
    "makes no link of the address %s",
    async (url) => {
      const { read } = await serve([makeRequest(1, reviewOf("planned-update"), { url })]);
      for (const path of ["/targets/production/requests/1", "/targets/production"]) {
        const page = await read(path);
        expect(page).toContain("no web page");
        expect(page).not.toContain(url);
      }
    },
  );

  test("shows no password of an address", async () => {
    const { read } = await serve([
      makeRequest(1, reviewOf("planned-update"), { url: "https://user:hunter2@git.example.com/pulls/1" }),
    ]);
    const page = await read("/targets/production/requests/1");
    expect(page).toContain('href="https://git.example.com/pulls/1"');
    expect(page).not.toContain("hunter2");
  });

  test("is cut where its plan is very large", async () => {
    const verdict = reviewOf("planned-update").verdict;
    const [change] = verdict.kind === "planned" ? verdict.plan.changes : [];
    if (verdict.kind !== "planned" || change === undefined) throw new Error("The review has no change");
    const changes = Array.from({ length: 10_000 }, (_, index) => ({ ...change, address: `queue.q${index}` as const }));
    const { read } = await serve([makeRequest(1, makeReview(planned({ ...verdict.plan, changes })))]);
    const page = await read("/targets/production/requests/1");
    expect(page).toContain("… and 9800 more");
    expect(page.length).toBeLessThan(500_000);
  });

  test.each(["4000", "0", "01", "1e1", "one", "99999999999"])("is not found for the number %s", async (number) => {
    const { url } = await serve();
    const { status, text } = await ask(`${url}/targets/production/requests/${number}`, {
      headers: { accept: "text/html" },
    });
    expect(status).toBe(404);
    expect(text).toContain("The request was not found");
  });
});
