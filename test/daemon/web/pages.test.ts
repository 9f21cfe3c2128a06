import { afterEach, describe, expect, test } from "vitest";
import type { RequestDetail, TargetDetail } from "../../../src/model/daemon/daemon-service.ts";
import { classifyChanges } from "../../../src/model/plan/classify-changes.ts";
import type { Prospect } from "../../../src/model/plan/foresight.ts";
import { readPlan } from "../../report/read-plan.ts";
import { ask } from "./ask.ts";
import { buildChanges, buildRuns } from "./build-changes.ts";
import { keep, makePass, makeTarget, minutesAgo, report } from "./build-targets.ts";
import { buildWorld, listLinks } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { HOSTILE, makeHostileRequests, makeHostileTarget } from "./hostile.ts";
import { serveFake } from "./serve-fake.ts";
import { signIn } from "./sign-in.ts";

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(targets: readonly TargetDetail[] = buildWorld(), requests: readonly RequestDetail[] = []) {
  const written = { changes: buildChanges(), runs: buildRuns().toReversed() };
  const served = await serveFake(createFakeService({ targets, requests, picture: "<svg/>", ...written }));
  servers.push(served);
  const read = async (path: string, cookie = "") => {
    const { status, text } = await ask(served.url + path, { headers: { accept: "text/html", cookie } });
    expect(status).toBe(200);
    return text;
  };
  return { ...served, read };
}

/** The text of a part of a page without its markup. */
function textOf(page: string, id: string): string {
  const start = page.indexOf(`id="${id}"`);
  const part = page.slice(page.indexOf(">", start) + 1, page.indexOf("</section>\n<section", start));
  return part
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

describe("what was written", () => {
  test("is on the page of its target, with what decided it, and leads to each object", async () => {
    const { read } = await serve();
    const page = await read("/targets/production");
    const shown = textOf(page, "history");
    expect(shown).toContain("1 write queue.batch reverted, as it was changed outside");
    expect(shown).toContain("1 write queue.batch approved by gpu (approval 41f0, overrides window)");
    expect(shown).toContain("by a command 1 write queue.batch applied by gpu none");
    expect(page).toContain(`href="/targets/production/written?address=queue.batch"`);
    expect(page).toContain(`href="/targets/production/written"`);
  });

  test("has a page with the fields of each write, and of one object with where its fields come from", async () => {
    const { read } = await serve();
    const strip = (page: string) => page.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
    const all = strip(await read("/targets/production/written"));
    for (const words of [
      "queue.batch for cluster.east update ~ clusters = [ &quot;*&quot; ] -&gt; [ &quot;gpu&quot; ]",
      "~ depth = 900 -&gt; 200",
      "No response, and no later read showed that the write was applied.",
      "The values are not shown until the next pass",
    ])
      expect(all).toContain(words);
    expect(all).not.toContain("Origin of its fields");
    const one = strip(await read("/targets/production/written?address=queue.batch"));
    expect(one).toContain("Origin of its fields");
    expect(one).toContain("cluster_pool &quot;gpu&quot; auto_apply 4f2a9c81d0");
    expect(strip(await read("/targets/production/written?address=queue.none"))).toContain(
      "None in the retained change log",
    );
  });
});

describe("the page of all targets", () => {
  test("shows each state in words, what needs someone first", async () => {
    const { read } = await serve();
    const page = await read("/");
    const order = [...page.matchAll(/<li class="card" id="target-([\w-]+)"/g)].map(([, name]) => name);
    expect(order).toEqual(["lab", "sandbox", "production", "apac", "research", "edge", "eu-west", "staging"]);
    for (const words of [
      "Failed",
      "Invalid",
      "Awaiting approval",
      "Inconclusive",
      "Out of sync",
      "Paused",
      "Waiting",
      "Synced",
    ]) {
      expect(page).toContain(`<span class="words">${words}</span>`);
    }
  });

  test("leads to the next thing to do, and to none where there is none", async () => {
    const { read } = await serve();
    const page = await read("/");
    const next = [...page.matchAll(/<a class="button next" href="([^"]+)"/g)].map(([, href]) => href);
    expect(next).toContain("/targets/production#plan");
    expect(next).toHaveLength(7);
  });

  test("says so where no target is configured", async () => {
    const { read } = await serve([]);
    expect(await read("/")).toContain("No targets are configured.");
  });
});

describe("links", () => {
  test("to every plan and pass lead to a page", async () => {
    const world = buildWorld();
    const { url } = await serve(world);
    const { plans, passes } = listLinks(world);
    const paths = [...plans.map(({ digest }) => `/plans/${digest}`), ...passes.map(({ id }) => `/passes/${id}`)];
    const answers = await Promise.all(paths.map((path) => ask(url + path, { headers: { accept: "text/html" } })));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
  });

  test("within every page lead to something on it", async () => {
    const { read } = await serve();
    for (const { target } of buildWorld()) {
      const page = await read(`/targets/${target}`);
      const anchors = [...page.matchAll(/href="#([\w-]+)"/g)].map(([, id]) => id ?? "");
      expect(anchors.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
    }
  });
});

describe("a plan on a page", () => {
  test("has drift apart from what commits change, and destructive changes first and open", async () => {
    const base = readPlan("2026-11-queue-limits-change-and-it-is-updated");
    const move = readPlan("2026-11-cluster-moves-by-commit-with-a-store");
    const wipe = readPlan("2026-11-manifests-are-removed-and-what-is-owned-is-deleted");
    const changes = [
      ...base.changes.map((change) => ({ ...change, origin: "drift" as const })),
      ...readPlan("2026-07-queue-limits-change-and-it-is-updated").changes.map((change) => ({
        ...change,
        origin: "commit" as const,
      })),
      ...move.changes.map((change) => ({ ...change, origin: "commit" as const })),
      ...wipe.changes.slice(0, 1).map((change) => ({ ...change, origin: "commit" as const })),
    ];
    const plan = keep("production", { ...move, changes, effects: classifyChanges({ changes, steps: move.steps }) });
    const { read } = await serve([
      makeTarget("production", { state: "OutOfSync", reason: "Drift", message: "" }, { plan }),
    ]);
    const page = await read("/targets/production");
    const marks = [...page.matchAll(/<details class="delta[^>]*id="change-([^"]+)"( open)?|<h3 id="(by-\w+)"/g)].map(
      ([, address, open, group]) => group ?? `${address}${open ?? ""}`,
    );
    const [deleted] = wipe.changes;
    expect(marks[0]).toBe("by-commit");
    expect(marks[1]).toBe(`${deleted?.address} open`);
    expect(marks[2]).toBe("cluster.edge open");
    expect(marks.slice(3).filter((mark) => mark.endsWith("open"))).toEqual([]);
    expect(marks.indexOf("by-drift")).toBe(marks.length - 1 - base.changes.length);
  });

  test("says of each step what became of it, with the work that is waited for", async () => {
    const { read } = await serve();
    const text = textOf(await read("/targets/eu-west"), "steps");
    expect(text).toContain("drain cluster edge ✓ Done");
    expect(text).toContain(
      "wait until cluster edge is drained ◔ Waiting 2 runs and 9 actions are in flight, 4 wait in the queue",
    );
    expect(text).toContain("activate cluster edge ‖ Not yet");
  });

  test("of a blocked target has the failing checks first, with their words", async () => {
    const { read } = await serve();
    expect(textOf(await read("/targets/lab"), "checks")).toMatch(/✕ Fails max-disruption-share/);
  });

  test("names what is left alone because someone contests it, and not what was only set back", async () => {
    const fight = { reverted_at: [minutesAgo(9)], changed_by: null };
    const contests = [
      { ...fight, address: "queue.fought", held_since: minutesAgo(2) },
      { ...fight, address: "queue.once", held_since: null },
    ] as const;
    const status = { state: "OutOfSync", reason: "DriftContested", message: "" } as const;
    const { read } = await serve([makeTarget("production", status, { contests })]);
    const facts = textOf(await read("/targets/production"), "facts");
    expect(facts).toContain("Contested, not reverted queue.fought");
    expect(facts).not.toContain("queue.once");
  });

  test("has a picture that says so where nothing is known yet", async () => {
    const service = createFakeService({ targets: buildWorld(), picture: null });
    const served = await serveFake(service);
    servers.push(served);
    const { status, text } = await ask(`${served.url}/targets/sandbox/picture.svg`);
    expect([status, text]).toEqual([200, expect.stringContaining("No routing data yet")]);
    expect((await ask(`${served.url}/targets/nowhere/picture.svg`)).status).toBe(404);
  });

  test("says what an apply left half-way", async () => {
    const plan = keep("production", readPlan("2026-11-cluster-moves-by-commit-with-a-store"));
    const left = { ...report(plan.plan, () => "waiting"), left_drained: ["queue.edge"] };
    const passes = [makePass("production", { kind: "waiting", report: left, held: [] }, { plan })];
    const status = { state: "Waiting", reason: "Draining", message: "" } as const;
    const { read } = await serve([makeTarget("production", status, { plan, passes })]);
    expect(textOf(await read("/targets/production"), "steps")).toContain("Left drained: queue.edge");
  });

  test("is shown cut where it is very large", async () => {
    const plan = readPlan("2026-11-queue-limits-change-and-it-is-updated");
    const [change] = plan.changes;
    if (change === undefined) throw new Error("The situation has no change");
    const changes = Array.from({ length: 5000 }, (_, index) => ({ ...change, address: `queue.q${index}` as const }));
    const detail = makeTarget(
      "production",
      { state: "OutOfSync", reason: "Drift", message: "" },
      { plan: keep("production", { ...plan, changes }) },
    );
    const { read } = await serve([detail]);
    const page = await read("/targets/production");
    expect(page).toContain("… and 4800 more");
    expect(page.length).toBeLessThan(500_000);
  });
});

describe("what may be asked for on a page", () => {
  test("is shown to those whose role allows it, and to nobody else", async () => {
    const { url, read } = await serve();
    const idsOf = async (cookie: string) =>
      [...(await read("/targets/production", cookie)).matchAll(/<form [^>]*id="([\w-]+)"/g)].map(([, id]) => id);
    expect(await idsOf("")).toEqual([]);
    expect(await idsOf((await signIn(url, "read")).cookie)).toEqual([]);
    expect(textOf(await read("/targets/production", (await signIn(url, "read")).cookie), "plan")).toContain(
      "Ask mira.",
    );
    expect(await idsOf((await signIn(url, "operate")).cookie)).toEqual(["reconcile", "reconcile-revision", "pause"]);
    const all = ["reconcile", "reconcile-revision", "pause", "approve", "reject"];
    expect(await idsOf((await signIn(url, "approve")).cookie)).toEqual(all);
  });

  const plan = keep("production", readPlan("2026-11-cluster-moves-by-commit-with-a-store"));
  const waits = { state: "AwaitingApproval", reason: "AboveGrade", message: "" } as const;
  const others = { state: "OutOfSync", reason: "Applying", message: "" } as const;
  test("to approve is off where a pass applies now, and says why", async () => {
    const running = { id: "r", started_at: minutesAgo(1), step: "apply", progress: [] } as const;
    const { url, read } = await serve([makeTarget("production", others, { plan, running })]);
    const page = await read("/targets/production", (await signIn(url, "approve")).cookie);
    expect(page).toMatch(/<button class="main" disabled aria-describedby="approve-why">Approve this plan/);
    expect(page).toContain("A pass is applying the changes that need no approval.");
  });

  test("nothing is to be decided on a plan that was applied, which says when", async () => {
    const applied = makePass(
      "production",
      { kind: "applied", report: report(plan.plan, () => "applied"), held: [] },
      { minutes: 2, plan },
    );
    const rests = { state: "Synced", reason: "NothingToDo", message: "" } as const;
    const { url, read } = await serve([makeTarget("production", rests, { plan, passes: [applied] })]);
    for (const cookie of ["", (await signIn(url, "approve")).cookie]) {
      const page = await read("/targets/production", cookie);
      const said = textOf(page, "plan");
      expect(said).toMatch(/made 4 minutes ago , applied 2 minutes ago/);
      expect(said).not.toMatch(/approve|reject|not applied/i);
    }
  });

  /** The page of a target for those who may approve, where this is said of decisions on its plan. */
  async function readForeseen(prospect: Partial<Prospect>) {
    const service = createFakeService({ targets: [makeTarget("production", waits, { plan })] });
    service.foreseeAs("production", prospect);
    const served = await serveFake(service);
    servers.push(served);
    const { cookie } = await signIn(served.url, "approve");
    return (await ask(`${served.url}/targets/production`, { headers: { accept: "text/html", cookie } })).text;
  }

  test.each(["conflict", "nothing_to_approve", "stale"])(
    "to approve is off where it would be refused as %s, in the words of the refusal, and to reject is not",
    async (code) => {
      const page = await readForeseen({ refused: { approve: { code, message: "Why `not`." }, reject: null } });
      expect(page).toMatch(
        /<button class="main" disabled aria-describedby="approve-why">Approve this plan.*\n<p class="why" id="approve-why">Why not\.</,
      );
      expect(page).toContain('<button class="danger" >Reject this plan</button>');
    },
  );

  test("to approve is not there for those who may not, and says who may, and to reject stays as far as they may that", async () => {
    const approve = { code: "not_allowed", message: "Ask mira." };
    const author = await readForeseen({ refused: { approve, reject: null } });
    expect(author).not.toContain('id="approve"');
    expect(author).toContain('<p class="why">Ask mira.</p>');
    expect(author).toContain('<button class="danger" >Reject this plan</button>');
    const other = await readForeseen({ refused: { approve, reject: approve } });
    expect(other).not.toMatch(/id="(approve|reject)"/);
    expect(other.match(/Ask mira\./g)).toHaveLength(1);
  });

  test("what was rejected says so, by whom, can be approved after all, and is not rejected again", async () => {
    const page = await readForeseen({ rejected: { by: "someone", at: minutesAgo(3), reason: "a freeze" } });
    expect(page).toMatch(/Rejected by someone \(a freeze\) <time [^>]*>3 minutes ago<\/time>/);
    expect(page).toContain('<button class="quiet" >Approve anyway</button>');
    expect(page).not.toContain("Approve this plan");
    expect(page).not.toContain('id="reject"');
  });

  test("an approval that waits can be given anew with more that it lets through, and takes along what it let through before", async () => {
    const offer = (name: string) => ({ name, addresses: ["queue.a"], needed: false });
    const later = { kind: "later", at: "2026-11-06T10:00:00.000Z" } as const;
    const approved = { by: "someone", overrides: ["drift"] };
    const page = await readForeseen({ ...later, approved, offers: [offer("paused")] });
    expect(page).toContain('<button class="main" >Approve this plan</button>');
    expect(page.match(/<input type="\w+"[^>]* name="overrides" value="\w+"/g)).toEqual([
      '<input type="hidden" name="overrides" value="drift"',
      '<input type="checkbox" id="offered-0" name="overrides" value="paused"',
    ]);
  });

  test("what is needed is on the button where it is one thing, and asked for where it is several", async () => {
    const drift = { name: "drift", addresses: ["queue.a", "queue.b"], needed: true };
    const freeze = { name: "freeze", addresses: ["queue.a", "queue.b"], needed: true };
    const one = await readForeseen({ kind: "held", message: "Changed outside.", offers: [drift] });
    expect(one).toContain('<button class="main" >Revert 2 objects</button>');
    expect(one).toContain('<input type="hidden" name="overrides" value="drift">');
    const frozen = await readForeseen({ kind: "held", message: "Frozen.", offers: [freeze] });
    expect(frozen).toContain('<button class="main" >Approve despite the freeze</button>');
    const both = await readForeseen({ kind: "held", message: "Frozen.", offers: [freeze, drift] });
    expect(both.match(/name="overrides" value="\w+" required/g)).toEqual([
      'name="overrides" value="freeze" required',
      'name="overrides" value="drift" required',
    ]);
  });

  test("what may be let through as well is offered, and when it runs is said", async () => {
    const check = { name: "rule:no<b>", addresses: [], needed: false };
    const page = await readForeseen({ kind: "later", at: "2026-11-06T10:00:00.000Z", offers: [check] });
    expect(page).toContain('name="overrides" value="rule:no&lt;b&gt;" >');
    expect(page).toContain("It is applied after 2026-11-06 10:00:00Z.");
    expect(page).toContain('<button class="main" >Approve this plan</button>');
  });

  test("what was asked for is told in our words alone", async () => {
    const { read } = await serve();
    expect(await read("/targets/production?done=approved")).toContain(
      '<p class="done-message" role="status">The plan is approved.',
    );
    expect(await read("/targets/production?done=%3Cscript%3E")).not.toContain('class="done-message"');
  });
});

describe("hostile texts", () => {
  test("of every field stay texts on every page", async () => {
    const detail = makeHostileTarget();
    const requests = makeHostileRequests();
    const { url, read } = await serve([detail], requests);
    const { cookie } = await signIn(url, "approve");
    const ids = [
      ...detail.passes.map(({ id }) => `/passes/${encodeURIComponent(id)}`),
      ...requests.map(({ record }) => `/targets/production/requests/${record.number}`),
    ];
    for (const path of ["/", "/targets/production", `/plans/${detail.plan?.digest}`, ...ids]) {
      const page = await read(path, cookie);
      expect(page.length).toBeGreaterThan(1500);
      for (const text of HOSTILE.slice(0, 5)) expect(page).not.toContain(text);
      expect(page).not.toMatch(/href="\s*javascript:/i);
      expect(page).not.toMatch(/<(script(?! src="\/assets\/)|svg|b>)|<img(?! src="\/(assets|targets)\/)/);
      // An attribute that was broken out of would leave a handler in a tag.
      expect(
        page.match(/<[a-z][^<>]*\son\w+=[^<>]*>/gi)?.filter((tag) => !/="[^"]*\son\w+=[^"]*"/.test(tag)) ?? [],
      ).toEqual([]);
    }
  });
});
