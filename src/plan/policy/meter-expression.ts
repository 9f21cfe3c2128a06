import type { parse } from "@bufbuild/cel";

/** A CEL expression as it is parsed. */
export type Expression = ReturnType<typeof parse>["expr"];

/**
 * The functions that a metered expression calls with what it is about to go through: entry by entry, or with all that is in them. Each
 * gives its argument back.
 */
export const METERS = { entries: "@entries", values: "@values" } as const;
type Meter = (typeof METERS)[keyof typeof METERS];

/** Functions that look at all that is in their arguments. */
const LOOKING: ReadonlySet<string> = new Set(["@in", "_==_", "_!=_"]);

/** What an expression speaks of and calls and does not define itself. */
export interface Vocabulary {
  readonly variables: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

/**
 * Makes an expression report its costs: all that it loops over, compares or searches is handed to one of {@link METERS} first; all else takes
 * no longer than the expression is long. Changes the expression; returns what it speaks of.
 */
export function meterExpression(expression: Expression): Vocabulary {
  const variables = new Set<string>();
  const functions = new Set<string>();
  const visit = (expr: Expression, bound: ReadonlySet<string>): void => {
    const { exprKind } = expr;
    if (exprKind.case === "identExpr" && !bound.has(exprKind.value.name)) variables.add(exprKind.value.name);
    if (exprKind.case === "callExpr") functions.add(exprKind.value.function);
    const inner = new Set([...bound, ...listBound(expr)]);
    for (const child of childrenOf(expr)) visit(child, inner);
    meter(expr);
  };
  visit(expression, new Set());
  return { variables, functions };
}

function meter({ exprKind }: Expression): void {
  if (exprKind.case === "comprehensionExpr" && exprKind.value.iterRange !== undefined) {
    exprKind.value.iterRange = callMeter(METERS.entries, exprKind.value.iterRange);
  }
  if (exprKind.case === "callExpr" && LOOKING.has(exprKind.value.function)) {
    exprKind.value.args = exprKind.value.args.map((argument) => callMeter(METERS.values, argument));
  }
}

function callMeter(meter: Meter, argument: Expression): Expression {
  return {
    $typeName: "cel.expr.Expr",
    id: argument.id,
    exprKind: { case: "callExpr", value: { $typeName: "cel.expr.Expr.Call", function: meter, args: [argument] } },
  };
}

/** The names that a loop binds. */
function listBound({ exprKind }: Expression): readonly string[] {
  return exprKind.case === "comprehensionExpr" ? [exprKind.value.iterVar, exprKind.value.accuVar] : [];
}

function childrenOf({ exprKind }: Expression): readonly Expression[] {
  switch (exprKind.case) {
    case "selectExpr":
      return present([exprKind.value.operand]);
    case "callExpr":
      return present([exprKind.value.target, ...exprKind.value.args]);
    case "listExpr":
      return exprKind.value.elements;
    case "structExpr":
      return present(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === "mapKey" ? keyKind.value : undefined,
          value,
        ]),
      );
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    default:
      return [];
  }
}

function present(children: readonly (Expression | undefined)[]): readonly Expression[] {
  return children.filter((child) => child !== undefined);
}
