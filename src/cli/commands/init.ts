import packageJson from "../../../package.json" with { type: "json" };
import targetSchema from "../../../schemas/target.json" with { type: "json" };
import { scaffoldRepository } from "../../manifests/scaffold/scaffold-repository.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { quoteWord } from "../../model/text/quote-word.ts";
import { shown } from "../../report/text/shown-text.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showResult } from "../output/show-result.ts";
import { isThere, writeNewFiles } from "../output/write-new-files.ts";

/** What `init` was asked. */
export interface InitOptions {
  /** The folder to start, made where it is not there. */
  readonly dir: string;
}

/** Starts a repository of manifests; files that are there stay as they are. Throws an OperationalError where a file can't be written. */
export async function runInit({ dir }: InitOptions): Promise<number> {
  const files = scaffoldRepository({ version: packageJson.version, targetSchema });
  const missing = files.filter(({ path }) => !isThere(dir, path));
  writeNewFiles(dir, missing);
  const kept = files.length - missing.length;
  const rest = kept === 0 ? "" : `; ${countNoun(kept, "file")} already there, unchanged`;
  const folder = quoteWord(dir);
  showResult(shown`Wrote ${countNoun(missing.length, "file")} to ${dir}${rest}.
Next:
  1. With a control plane that is running: poolkeeper import --out ${folder}
     From scratch: uncomment an _example.yaml, for example in pools/
  2. poolkeeper validate ${folder}
  3. poolkeeper plan ${folder}
  4. Commit it. ${dir}/.github/workflows/poolkeeper.yaml and ${dir}/.gitlab-ci.yml check pull requests: they say which variables
     they need; remove the one that you do not use.
`);
  return EXIT.ok;
}
