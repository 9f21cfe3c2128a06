// Measures one thing in this process, so that peak memory is its own: node bench/measure.ts WHAT SIZE [ARGUMENT]. Prints
// the figures as JSON.
import type { Figure } from "./figure.ts";

const [what = "", sizeText = "", argument = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await run(what, Number(sizeText))));

/** Modules are loaded only where they are needed: they count in the memory. */
async function run(name: string, size: number): Promise<readonly Figure[]> {
  switch (name) {
    case "plan":
      return [await (await import("./measure-plan.ts")).measurePlan(argument, size)];
    case "routing":
      return [await (await import("./measure-routing.ts")).measureRouting(size)];
    case "attributes-plan":
      return [await (await import("./measure-attributes.ts")).measureAttributesPlan(argument, size)];
    case "attributes-list":
      return (await import("./measure-attributes.ts")).measureAttributesList(argument, size);
    case "manifests":
      return (await import("./measure-manifests.ts")).measureManifests(argument, size);
    case "reading":
      return (await import("./measure-reading.ts")).measureReading(argument, size);
    case "passes": {
      const { which, ...place } = JSON.parse(argument);
      const { PASS_CASES } = await import("./measure-passes.ts");
      return PASS_CASES[which as keyof typeof PASS_CASES](size, place);
    }
    default:
      throw new Error(`nothing is measured under the name ${name}`);
  }
}
