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
  /** Texts that fields of a plan are compared with. */
  readonly compared: readonly Compared[];
}

/** A text that a field is compared with by `==`, `!=` or `in`, by the field's own name. */
export interface Compared {
  readonly field: string;
  readonly text: string;
}

/**
 * Makes an expression report its costs: all that it loops over, compares or searches is handed to one of {@link METERS} first; all else takes
 * no longer than the expression is long. Changes the expression; returns what it speaks of.
 */
export function meterExpression(expression: Expression): Vocabulary {
  const variables = new Set<string>();
  const functions = new Set<string>();
  const compared: Compared[] = [];
  const visit = (expr: Expression, bound: ReadonlySet<string>): void => {
    const { exprKind } = expr;
    if (exprKind.case === "identExpr" && !bound.has(exprKind.value.name)) variables.add(exprKind.value.name);
    if (exprKind.case === "callExpr") functions.add(exprKind.value.function);
    const inner = new Set([...bound, ...listBound(expr)]);
    for (const child of childrenOf(expr)) visit(child, inner);
    compared.push(...listCompared(expr));
    meter(expr);
  };
  visit(expression, new Set());
  return { variables, functions, compared };
}

function listCompared({ exprKind }: Expression): readonly Compared[] {
  if (exprKind.case !== "callExpr" || !LOOKING.has(exprKind.value.function)) return [];
  const [one, other] = exprKind.value.args;
  if (one === undefined || other === undefined) return [];
  const pair = (of: Expression, to: Expression) => {
    const field = findField(of);
    return field === null ? [] : listTexts(to).map((text) => ({ field, text }));
  };
  return [...pair(one, other), ...pair(other, one)];
}

/** The field that an expression gives as it is, of anything but an object's own fields, whose names are not the plan's; null: none. */
function findField(expr: Expression): string | null {
  const path = listPath(expr);
  return path.some((name) => OWN_FIELDS.has(name)) ? null : (path.at(-1) ?? null);
}

const OWN_FIELDS: ReadonlySet<string> = new Set(["before", "after", "set"]);

/** The names by which fields are read one of the other: `a.b` and `a["b"]` alike. */
function listPath({ exprKind }: Expression): readonly string[] {
  if (exprKind.case === "selectExpr") {
    const { operand, field } = exprKind.value;
    return operand === undefined ? [field] : [...listPath(operand), field];
  }
  if (exprKind.case !== "callExpr" || exprKind.value.function !== "_[_]") return [];
  const [of, key] = exprKind.value.args;
  return of === undefined || key === undefined ? [] : [...listPath(of), ...listTexts(key)];
}

/** The texts that an expression is, by itself or in a list of them. */
function listTexts({ exprKind }: Expression): readonly string[] {
  if (exprKind.case === "listExpr") return exprKind.value.elements.flatMap(listTexts);
  if (exprKind.case !== "constExpr") return [];
  const { constantKind } = exprKind.value;
  return constantKind.case === "stringValue" ? [constantKind.value] : [];
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
