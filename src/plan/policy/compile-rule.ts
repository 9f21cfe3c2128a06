import {
  type CelInput,
  type CelList,
  CelScalar,
  type CelValue,
  celEnv,
  celFunc,
  celList,
  plan as compile,
  isCelError,
  isCelList,
  isCelMap,
  listType,
  parse,
} from "@bufbuild/cel";
import { ACTION_REASONS, ACTIONS, DISRUPTIONS, GRADES, PLAN_FORMAT } from "../../model/plan/plan.ts";
import { OPS, PHASES } from "../../model/plan/step.ts";
import { METERS, meterExpression, type Vocabulary } from "./meter-expression.ts";

/**
 * A rule ready to run. Gives whether it is broken; an error, where that can't be evaluated. `budget`: how many values it may look at
 * before it is given up.
 */
export type CompiledRule = (
  variables: Readonly<Record<string, CelInput>>,
  budget: number,
) => boolean | { readonly error: string };

/** What an expression may speak of. */
const VARIABLES = ["plan", "target"] as const;

/** Compiles a CEL expression. Throws an Error whose message says what is wrong with the expression and where. */
export function compileRule(expression: string): CompiledRule {
  const meter: Meter = { left: 0 };
  const env = createEnvironment(meter);
  const { expr } = parse(expression);
  refuseUnknown(meterExpression(expr), (name) => env.funcs.find(name) !== undefined);
  const run = compile(env, expr);
  return (variables, budget) => {
    meter.left = budget;
    const result = run(variables);
    if (meter.left < 0) return { error: TOO_MUCH };
    if (typeof result === "boolean") return result;
    return { error: isCelError(result) ? result.message : "it does not return true or false" };
  };
}

const TOO_MUCH = "it costs too much to evaluate: iterate over the plan once, not once for each of its entries";

interface Meter {
  /** What may still be looked at; below zero: too much was. */
  left: number;
}

/** Operators of the language that are no functions of the environment. */
const OPERATORS: ReadonlySet<string> = new Set([
  ...["_[_]", "_[?_]", "_?._", "_?_:_", "_&&_", "_||_", "@not_strictly_false", "__not_strictly_false__"],
]);

/**
 * The texts that fields of a plan may have, of those that name one of a few. A format that renames one would let each rule that
 * compares with it hold for no plan any more.
 */
const WORDS = new Map<string, readonly string[]>([
  ["action", ACTIONS],
  ["action_reason", ACTION_REASONS],
  ["disruption", DISRUPTIONS],
  ["format_version", [PLAN_FORMAT]],
  ["grade", GRADES],
  ["op", OPS],
  ["phase", PHASES],
]);

/** An unknown name would make every plan fail the rule, and an unknown text none: it is reported when the rule is read. */
function refuseUnknown({ variables, functions, compared }: Vocabulary, isFunction: (name: string) => boolean): void {
  for (const name of variables) {
    if (VARIABLES.some((known) => known === name) || TYPE_NAMES.has(name)) continue;
    throw new Error(`there is no variable ${name}: a rule can use ${VARIABLES.join(" and ")}`);
  }
  for (const name of functions) {
    if (!OPERATORS.has(name) && !isFunction(name)) throw new Error(`there is no function ${name}`);
  }
  for (const { field, text } of compared) {
    const words = WORDS.get(field);
    if (words === undefined || words.includes(text)) continue;
    throw new Error(`no ${field} is "${text}" in any plan: valid values are ${words.join(", ")}`);
  }
}

const TYPE_NAMES: ReadonlySet<string> = new Set(
  "bool bytes double dyn google int list map null_type string type uint".split(" "),
);

function createEnvironment(meter: Meter) {
  const pay = (cost: number) => {
    meter.left -= cost;
    if (meter.left < 0) throw new Error(TOO_MUCH);
  };
  const charge = (name: string, cost: (value: CelValue) => number) =>
    celFunc(name, [CelScalar.DYN], CelScalar.DYN, (value) => {
      pay(cost(value as CelValue));
      return value as CelInput;
    });
  const entries = charge(METERS.entries, (value) => 1 + (isCelList(value) || isCelMap(value) ? value.size : 0));
  const values = charge(METERS.values, (value) => measure(value, meter.left + 1));
  return celEnv({ funcs: [entries, values, createListSum(pay)] });
}

/** How many values there are in a value, itself included; counted no further than up to `most`. */
function measure(value: CelValue, most: number): number {
  const children = isCelList(value) ? value : isCelMap(value) ? value.values() : [];
  let size = 1;
  for (const child of children) {
    if (size > most) break;
    size += measure(child, most - size);
  }
  return size;
}

/** Entries of a list that are copied at the cost of looking at one value. */
const COPIED_AT_ONE_COST = 1024;

/**
 * The sum of two lists. The library's own is a list of lists, nested once more with each entry that `filter` and `map` take up, so
 * that what they make of a few thousand entries can't be gone through any more.
 */
function createListSum(pay: (cost: number) => void) {
  const made = new WeakMap<CelList, readonly CelValue[]>();
  const list = listType(CelScalar.DYN);
  return celFunc("_+_", [list, list], list, (left, right) => {
    const joined = [...(made.get(left) ?? left), ...(made.get(right) ?? right)] as CelValue[];
    pay(Math.ceil(joined.length / COPIED_AT_ONE_COST));
    const sum = celList(joined as CelInput[]);
    made.set(sum, joined);
    return sum;
  });
}
