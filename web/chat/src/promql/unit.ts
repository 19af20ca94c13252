/** The unit of a query's result, worked out from the names of its metrics and what is done to them. */

import type { SyntaxNode } from "@lezer/common";
import type { MetricRef } from "../api/types";
import type { Unit } from "../format/number";
import { parser } from "./highlight";
import { bare, child, children, seconds } from "./tree";

/** A product of powers, times a factor: milliseconds are {s: 1} × 1000. A ratio has no dimension and is a share of one. */
interface Quantity {
  s: number;
  B: number;
  other: string;
  factor: number;
  ratio: boolean;
}

const PLAIN: Quantity = { s: 0, B: 0, other: "", factor: 1, ratio: false };
const SECOND: Quantity = { ...PLAIN, s: 1 };
const RATIO: Quantity = { ...PLAIN, ratio: true };

const NAMED: Record<string, Quantity> = {
  seconds: SECOND, milliseconds: { ...SECOND, factor: 1e3 }, ms: { ...SECOND, factor: 1e3 }, minutes: { ...SECOND, factor: 1 / 60 },
  bytes: { ...PLAIN, B: 1 }, bits: { ...PLAIN, B: 1, factor: 8 }, kilobytes: { ...PLAIN, B: 1, factor: 1 / 1024 }, megabytes: { ...PLAIN, B: 1, factor: 1 / 1024 ** 2 },
  ratio: RATIO, percent: { ...RATIO, factor: 100 }, celsius: { ...PLAIN, other: "°C" }, volts: { ...PLAIN, other: "V" }, watts: { ...PLAIN, other: "W" },
  joules: { ...PLAIN, other: "J" }, amperes: { ...PLAIN, other: "A" }, meters: { ...PLAIN, other: "m" }, hertz: { ...PLAIN, other: "Hz" },
};

const PER_SECOND = new Set(["Rate", "Irate", "Deriv"]);
const COUNTS = new Set(["Changes", "CountOverTime", "Resets", "Absent", "AbsentOverTime", "PresentOverTime", "Sgn", "Count", "Group", "CountValues"]);
const TIMES = new Set(["Time", "Timestamp"]);

/** The unit, and what a value of the result is multiplied with to be in it. Unit "" where none is certain. */
export function resultUnit(query: string, metrics: MetricRef[]): { unit: Unit; scale: number } {
  const reader = new Reader(query, new Map(metrics.map((metric) => [metric.name, metric.unit])));
  const found = reader.quantity(parser.parse(query).topNode);
  return (found && unitOf(found)) ?? { unit: "", scale: 1 };
}

function unitOf({ s, B, other, factor, ratio }: Quantity): { unit: Unit; scale: number } | null {
  const dimension = `${s},${B},${other}`;
  if (dimension === "0,0,") return ratio && near(factor, 100) ? { unit: "percent", scale: 1 } : null;
  if (dimension === "1,0,") return [1, 1e3, 1e6, 1 / 60, 1 / 3600, 1 / 86400].some((known) => near(factor, known)) ? { unit: "s", scale: 1 / factor } : null;
  if (dimension === "-1,0,") return near(factor, 1) ? { unit: "/s", scale: 1 } : null;
  if (s === 0 && B === 0) return near(factor, 1) ? { unit: other as Unit, scale: 1 } : null;
  if (B !== 1 || other || (s !== 0 && s !== -1)) return null;
  if (s === -1 && near(factor, 8)) return { unit: "bit/s", scale: 1 };
  const known = [1, 8, ...[1, 2, 3, 4].flatMap((n) => [1024 ** -n, 1000 ** -n])].some((size) => near(factor, size));
  return known ? { unit: s ? "B/s" : "B", scale: 1 / factor } : null;
}

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
const alike = (a: Quantity, b: Quantity) => a.s === b.s && a.B === b.B && a.other === b.other;

class Reader {
  constructor(private readonly query: string, private readonly units: Map<string, string>) {}

  private text(node: SyntaxNode): string {
    return this.query.slice(node.from, node.to);
  }

  /** null: not known, or no one unit. */
  quantity(wrapped: SyntaxNode): Quantity | null {
    const node = bare(wrapped);
    const inside = children(node);
    switch (node.name) {
      case "VectorSelector":
        return this.metric(node);
      case "NumberDurationLiteral":
        return { ...PLAIN, factor: seconds(this.text(node)) };
      case "MatrixSelector":
      case "SubqueryExpr":
      case "OffsetExpr":
      case "StepInvariantExpr":
        return inside[0] ? this.quantity(inside[0]) : null;
      case "UnaryExpr":
        return inside[1] ? this.quantity(inside[1]) : null;
      case "FunctionCall":
      case "AggregateExpr":
        return this.call(node);
      case "BinaryExpr":
        return this.binary(node);
      default:
        return null;
    }
  }

  private metric(node: SyntaxNode): Quantity {
    const identifier = child(node, "Identifier");
    const name = identifier ? this.text(identifier) : "";
    const told = NAMED[this.units.get(name) ?? ""];
    if (told) return told;
    const words = name.replace(/_(total|sum|bucket|max|min|avg|created|count)$/, "").split("_");
    // A histogram's count counts observations, whatever these measure.
    return /_count$/.test(name) ? PLAIN : NAMED[words.at(-1) ?? ""] ?? PLAIN;
  }

  private call(node: SyntaxNode): Quantity | null {
    const name = (child(node, "FunctionIdentifier") ?? child(node, "AggregateOp"))?.firstChild?.name ?? "";
    if (TIMES.has(name)) return SECOND;
    if (COUNTS.has(name)) return PLAIN;
    const body = child(node, "FunctionCallBody");
    const last = body ? children(body).filter((each) => !isLiteral(bare(each))).at(-1) : undefined;
    if (!last) return null;
    if (name === "HistogramQuantile") return this.bucket(last);
    const inner = this.quantity(last);
    if (!inner || !PER_SECOND.has(name)) return inner;
    return inner.s === 1 && !inner.B && !inner.other ? { ...RATIO, factor: inner.factor } : { ...inner, s: inner.s - 1, ratio: false };
  }

  /** A quantile has the unit of what the buckets bound. */
  private bucket(node: SyntaxNode): Quantity | null {
    let found: Quantity | null = null;
    node.cursor().iterate(({ name, node: each }) => {
      if (name === "VectorSelector") found ??= this.metric(each);
    });
    return found;
  }

  private binary(node: SyntaxNode): Quantity | null {
    const inside = children(node);
    const [left, right] = [inside[0], inside.at(-1)];
    if (!left || !right || !inside[1]) return null;
    const a = this.quantity(left);
    if (child(node, "BoolModifier")) return PLAIN;
    switch (inside[1].name) {
      case "Mul":
        return times(a, this.quantity(right), 1);
      case "Div":
        return times(a, this.quantity(right), -1, !isLiteral(bare(left)) && !isLiteral(bare(right)));
      case "Add":
      case "Sub":
        return this.sum(left, a, right);
      case "Pow":
        return power(a, this.quantity(right));
      case "Mod":
      case "Atan2":
        return null;
      default:
        return a; // a comparison or a set operator filters
    }
  }

  private sum(left: SyntaxNode, a: Quantity | null, right: SyntaxNode): Quantity | null {
    const b = this.quantity(right);
    if (!a || !b) return null;
    if (isLiteral(bare(left))) return b;
    if (isLiteral(bare(right))) return a;
    return alike(a, b) && near(a.factor, b.factor) ? a : null;
  }
}

const isLiteral = (node: SyntaxNode) => node.name === "NumberDurationLiteral" || node.name === "StringLiteral";

/** Only of bare numbers: 1024 ^ 3. */
function power(a: Quantity | null, b: Quantity | null): Quantity | null {
  return a && b && alike(a, PLAIN) && alike(b, PLAIN) ? { ...PLAIN, factor: a.factor ** b.factor } : null;
}

function times(a: Quantity | null, b: Quantity | null, sign: 1 | -1, measured = false): Quantity | null {
  if (!a || !b || (a.other && b.other && a.other !== b.other)) return null;
  const made = {
    s: a.s + sign * b.s,
    B: a.B + sign * b.B,
    other: a.other && b.other ? "" : a.other || b.other,
    factor: sign > 0 ? a.factor * b.factor : a.factor / b.factor,
  };
  const bareNumber = made.s === 0 && made.B === 0 && !made.other;
  // Like divided by like is a share, and a share stays one when it is multiplied.
  const share = a.ratio || b.ratio || (measured && alike(a, b));
  return { ...made, ratio: bareNumber && share };
}
