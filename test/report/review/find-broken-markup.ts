/** Tags that a review is made of. */
const OWN_TAGS = /<\/?(details|summary|sub)>|<br>/g;

/**
 * What is wrong with the markup of a comment, read as CommonMark reads it, line by line: fences and folds that do not end, tags and
 * links that are not ours, rows of a table with another number of cells than its head. Empty: nothing.
 */
export function findBrokenMarkup(comment: string): readonly string[] {
  const [marker = "", ...lines] = comment.split("\n");
  const broken = /^<!-- poolkeeper:[~\w.-]+ -->$/.test(marker) ? [] : [`the first line is ${marker}`];
  let fence: string | null = null;
  let folds = 0;
  let cells: number | null = null;
  for (const line of lines) {
    const ticks = /^ {0,3}(`{3,})(.*)$/.exec(line);
    if (fence !== null) {
      if (ticks !== null && (ticks[1] ?? "").length >= fence.length && ticks[2]?.trim() === "") fence = null;
      else if (!/^[-+! #@\\]/.test(line)) broken.push(`a line in a fence starts with ${line.slice(0, 20)}`);
      continue;
    }
    if (ticks !== null) {
      fence = ticks[1] ?? "";
      if (ticks[2] !== "diff") broken.push(`a fence of ${ticks[2]}`);
      continue;
    }
    if (line.startsWith("/")) broken.push(`a command: ${line}`);
    const text = removeCode(line);
    folds += count(text, "<details>") - count(text, "</details>");
    if (folds < 0 || folds > 1) broken.push(`a fold at ${line}`);
    if (/[<>]/.test(text.replace(OWN_TAGS, "").replace(/^> /, ""))) broken.push(`a tag in ${line}`);
    if (/\]\((?!https?:\/\/[^\s<>()|]+\))/.test(text.replace(/\\./g, ""))) broken.push(`a link in ${line}`);
    if (/^[#]{1,6} /.test(text) && !/^#{3,4} [A-Z`pP]/.test(line)) broken.push(`a heading: ${line}`);
    cells = line.startsWith("| ") || line.startsWith("|  |") ? checkRow(line, cells, broken) : null;
  }
  if (fence !== null) broken.push("a fence has no end");
  if (folds !== 0) broken.push("a fold has no end");
  return broken;
}

/** A line without its code spans, as CommonMark finds them: as many backticks on either side, none of them escaped. */
export function removeCode(line: string): string {
  let rest = line;
  let text = "";
  for (;;) {
    const start = /(?<!\\)(?:\\\\)*(`+)/.exec(rest);
    if (start === null) return text + rest;
    const run = start[1] ?? "";
    const from = start.index + start[0].length;
    const end = new RegExp(`(?<!\`)\`{${run.length}}(?!\`)`).exec(rest.slice(from));
    if (end === null) {
      text += rest.slice(0, from);
      rest = rest.slice(from);
    } else {
      text += `${rest.slice(0, start.index)} `;
      rest = rest.slice(from + end.index + run.length);
    }
  }
}

function checkRow(line: string, cells: number | null, broken: string[]): number {
  const found = count(line, "|");
  if (cells !== null && cells !== found) broken.push(`${found} bars instead of ${cells} in ${line}`);
  return cells ?? found;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
