import { countNoun } from "../model/count-noun.ts";
import type { FittedText, Item } from "./fit-sections.ts";
import { link } from "./markdown.ts";

/** How many items a comment cuts, and how many of each kind it leaves out, for lack of room, and where to find them; "" if none. */
export function describeLeftOut({ leftOut, cut, shortened }: FittedText, page: string | null): string {
  if (leftOut.length === 0 && cut === 0 && shortened === 0) return "";
  const destructive = leftOut.filter(({ isDestructive }) => isDestructive).length;
  const sentences = [
    ...(cut === 0 ? [] : [`${countNoun(cut, "change")} ${cut === 1 ? "is" : "are"} cut.`]),
    ...(shortened === 0 ? [] : [`${count(shortened)} destructive changes are shortened.`]),
    ...(leftOut.length === 0 ? [] : [`Left out: ${listKinds(leftOut)}.`]),
    ...(destructive === 0 ? [] : [`**${count(destructive)} of them destructive.**`]),
    page === null ? "`poolkeeper plan` shows everything." : `${link("The page", page)} has everything.`,
  ];
  return `> ⚠️ This comment was too long and is shortened. ${sentences.join(" ")}`;
}

function listKinds(items: readonly Item[]): string {
  const counts = new Map<string, number>();
  for (const { noun } of items) counts.set(noun, (counts.get(noun) ?? 0) + 1);
  return [...counts]
    .map(([noun, number]) => `${count(number)} ${number === 1 || noun.endsWith("s") ? noun : `${noun}s`}`)
    .join(", ");
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
