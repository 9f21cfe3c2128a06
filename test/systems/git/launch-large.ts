// A process of its own for tests: node launch-large.ts FOLDER MB. Takes so much memory, and runs the program `git` of FOLDER until that ends; prints
// what it wrote.
import { runGit } from "../../../src/systems/git/run-git.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";

const [folder = "", megabytes = "0"] = process.argv.slice(2);
const taken = Array.from({ length: Number(megabytes) }, () => Buffer.alloc(1_000_000, 1));
const { output } = await runGit({
  ...{ args: [], folder, environment: { PATH: folder }, timeoutMs: PATIENCE_MS },
  signal: new AbortController().signal,
});
process.stdout.write(output);
if (taken.length !== Number(megabytes)) throw new Error("the memory was given back");
