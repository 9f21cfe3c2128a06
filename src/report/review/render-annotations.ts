import type { Annotation } from "../../model/diagnostics/annotation.ts";
import type { Review } from "../../model/reviews/review.ts";
import { cleanLine, cleanText, cutTo } from "../text/markdown.ts";

/** What is wrong with manifests at its places in the files, errors first; none for another verdict. All of them: a forge may take fewer. */
export function renderAnnotations({ verdict }: Pick<Review, "verdict">): readonly Annotation[] {
  if (verdict.kind !== "invalid") return [];
  return verdict.diagnostics
    .filter(({ file, line }) => file !== "" && line >= 1)
    .toSorted((left, right) => Number(right.severity === "error") - Number(left.severity === "error"))
    .map(({ severity, code, summary, detail, file, line }) => ({
      path: file,
      line,
      level: severity === "error" ? "failure" : "warning",
      title: cutTo(code, LONGEST_TITLE, cleanLine),
      message: [summary, detail].map((text) => cutTo(text, LONGEST_MESSAGE, cleanText)).join("\n"),
    }));
}

/** GitHub takes titles of 255 characters and messages of 64 KiB. */
const LONGEST_TITLE = 255;
const LONGEST_MESSAGE = 4000;
