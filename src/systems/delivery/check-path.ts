import { OperationalError } from "../../model/errors/operational-error.ts";

/** Longest path in an output, in characters. */
const LONGEST = 1024;

/**
 * Refuses a path that could lead out of an output or into its git folder: it must be relative, with `/`, without empty or dotted-up
 * parts and without control characters.
 */
export function checkPath(path: string): void {
  const parts = path.split("/");
  const isSafe =
    path.length <= LONGEST &&
    !/[\p{Cc}\\:]/u.test(path) &&
    parts.every((part) => part !== "" && part !== "." && part !== ".." && !/^(\.git|git~[0-9]+)[. ]*$/i.test(part));
  if (isSafe) return;
  throw new OperationalError(
    "delivery_path",
    `The path ${JSON.stringify(path.slice(0, 200))} can't be delivered to: it must stay within the output. Correct \`delivery.path\`.`,
    { next: "stop" },
  );
}
