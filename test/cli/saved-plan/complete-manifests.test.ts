import { expect, test } from "vitest";
import { completeManifests } from "../../../src/cli/saved-plan/keep-inputs.ts";
import { createPlanKey } from "../../../src/cli/saved-plan/plan-key.ts";
import type { PlanInputs } from "../../../src/cli/saved-plan/saved-plan.ts";

const KEY = createPlanKey(Buffer.alloc(32, 7));

test.each(["null", "7", '"text"', "[]", "", "{", "{}"])(
  "secrets that a holder of the key has made to be %j are no secrets: the folder is asked for",
  (text) => {
    const body = { labels: { team: { sealed: true, hash: "0".repeat(64) } } };
    const manifests: PlanInputs["manifests"] = [{ file: "a.yaml", line: 1, body }];
    const encrypted = KEY.encrypt(text);
    const inputs: PlanInputs = { manifests, encrypted, sealing_key: null, scopes: [], read: {}, sensitive: [] };
    const complete = () => completeManifests(inputs, { path: "plan.json", key: KEY, folder: undefined });
    expect(complete).toThrow("plan.json leaves out 1 sensitive values of the manifests. Pass their folder");
  },
);
