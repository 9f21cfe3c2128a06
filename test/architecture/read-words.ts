import ts from "typescript";

/** A comment, or a literal text, of a source file. */
export interface SourceText {
  readonly kind: "comment" | "text";
  readonly text: string;
  /** Line on which it begins, from 1. */
  readonly line: number;
}

/** All comments and literal texts (strings, parts of templates) of a TypeScript source; no import paths and no regular expressions. */
export function readTexts(path: string, source: string): readonly SourceText[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  return [...readComments(file, source), ...readLiterals(file)].toSorted((left, right) => left.line - right.line);
}

/** Every comment stands before or behind a token. */
function readComments(file: ts.SourceFile, source: string): readonly SourceText[] {
  const ranges = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file);
    for (const child of children) visit(child);
    if (children.length > 0) return;
    const found = [
      ...(ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(source, node.getEnd()) ?? []),
    ];
    for (const range of found) ranges.set(range.pos, range);
  };
  visit(file);
  return [...ranges.values()].map(({ pos, end }) => ({
    kind: "comment",
    text: source.slice(pos, end).replace(/\n\s*\*\s/g, "\n"),
    line: lineOf(file, pos),
  }));
}

function readLiterals(file: ts.SourceFile): readonly SourceText[] {
  const texts: SourceText[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (
      ts.isStringLiteral(node) ||
      ts.isNoSubstitutionTemplateLiteral(node) ||
      ts.isTemplateMiddleOrTemplateTail(node) ||
      ts.isTemplateHead(node)
    )
      texts.push({ kind: "text", text: node.text, line: lineOf(file, node.getStart(file)) });
    node.forEachChild(visit);
  };
  visit(file);
  return texts;
}

function lineOf(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1;
}
