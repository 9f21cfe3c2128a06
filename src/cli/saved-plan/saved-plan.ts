import type { JsonObject } from "../../model/json/json.ts";
import type { LastWrites } from "../../model/ledger/ledger.ts";
import type { SettingsScope } from "../../model/objects/settings.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Encrypted, PlanKey } from "./plan-key.ts";

/** A manifest as it was parsed: a document of a file, with its place. */
export interface SavedManifest {
  /** Path relative to the folder of the manifests, with `/`. */
  readonly file: string;
  /** Line of the file where the document begins, from 1. */
  readonly line: number;
  /** The document's fields; `kind` among them where the manifest names it. Sensitive values are sealed. */
  readonly body: JsonObject;
}

/**
 * What a plan was computed from beside the live state and the store: enough to compute it again. The plan's own `options` belong to it.
 * A plan of a folder is of no revision.
 */
export interface PlanInputs {
  /** In the order of the files. */
  readonly manifests: readonly SavedManifest[];
  /** Scopes of settings that were read because `--scope` named them. */
  readonly scopes: readonly SettingsScope[];
  /** A hash of each live fact that the plan depends on, by its key in `reads`: says which of them have changed since. */
  readonly read: Readonly<Record<string, string>>;
  /** When each address that the plan changes was written last by the store; left out without a store. */
  readonly written?: LastWrites;
  /** Patterns that named sensitive values beside their keys and the manifests. */
  readonly sensitive: readonly string[];
  /** The key of sealed values, 64 hex digits; null where the store has it, or the plan key gives it. */
  readonly sealing_key: string | null;
  /** What was sealed in the manifests, by hash, for holders of the plan key; null where there is nothing, or no plan key. */
  readonly encrypted: Encrypted | null;
}

/** What a plan file holds. None of it is trusted: `apply` computes the plan again from `inputs`, and applies its own result. */
export interface PlanFile {
  readonly plan: Plan;
  /** Null for what `plan --json` has printed: it can be shown and commented, not applied. */
  readonly inputs: PlanInputs | null;
  /** The poolkeeper that wrote it, by its own word: `0.1.0`; null where it does not say. */
  readonly made_by: string | null;
  /** Whether a plan key has verified the whole file. False where no key was given. */
  readonly authenticated: boolean;
  /** Whether another key has signed the whole file: that of the store, where no plan key was given. */
  readonly isSignedBy: (key: PlanKey) => boolean;
}
