/** Queries as trees: finding the part of a query that a step of the explanation speaks of. */

import type { SyntaxNode } from "@lezer/common";
import { parser } from "./highlight";

export interface Part {
  from: number;
  to: number;
}

/** Nodes that only wrap another expression. */
const WRAPPERS = new Set(["PromQL", "ParenExpr", "StepInvariantExpr"]);

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

export function child(node: SyntaxNode, name: string): SyntaxNode | null {
  return node.getChild(name);
}

/** The expression itself, without parentheses around it. */
export function bare(node: SyntaxNode): SyntaxNode {
  const inside = children(node);
  return WRAPPERS.has(node.name) && inside.length === 1 && inside[0] ? bare(inside[0]) : node;
}

/** Every place where `part` stands in `query`, however either is spaced or written. */
export function occurrences(query: string, part: string): Part[] {
  const wanted = canonical(bare(parser.parse(part).topNode), part);
  const found: Part[] = [];
  const visit = (node: SyntaxNode) => {
    if (!WRAPPERS.has(node.name) && canonical(node, query) === wanted) found.push({ from: node.from, to: node.to });
    else children(node).forEach(visit);
  };
  if (wanted) visit(parser.parse(query).topNode);
  return found;
}

/** The same text for expressions that mean the same: spaces, quotes, parentheses and the place of `by` do not matter. */
function canonical(node: SyntaxNode, text: string): string {
  const own = bare(node);
  const inside = children(own).map((each) => canonical(each, text));
  if (own.name === "AggregateExpr") inside.sort();
  if (inside.length) return `${own.name}(${inside.join(",")})`;
  const leaf = text.slice(own.from, own.to);
  if (own.name === "StringLiteral") return `"${leaf.slice(1, -1)}"`;
  if (own.name.startsWith("NumberDuration")) return String(seconds(leaf));
  return /^(Identifier|LabelName|QuotedLabelName|UnaryOp)$/.test(own.name) ? leaf : own.name;
}

const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400, w: 604800, y: 31536000 };

/** A number or a duration: 1h30m → 5400, 0.5 → 0.5 */
export function seconds(literal: string): number {
  if (!/^\d+(ms|[smhdwy])/.test(literal)) return Number(literal);
  return [...literal.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (SECONDS[unit ?? "s"] ?? 1), 0);
}
