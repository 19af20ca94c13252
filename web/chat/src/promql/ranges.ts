/** Parts of a query that are marked. Offsets here are JavaScript's, UTF-16 units. */

import type { Finding, Severity } from "../api/types";
import { colours } from "./highlight";

export interface Mark {
  from: number;
  to: number;
  className: string;
}

/** The API counts characters; JavaScript strings count UTF-16 units. Offsets outside the text are moved to its edge. */
export function utf16(text: string): (offset: number) => number {
  const offsets = [0];
  for (const character of text) offsets.push((offsets.at(-1) ?? 0) + character.length);
  return (offset) => offsets[Math.max(0, Math.min(offset, offsets.length - 1))] ?? 0;
}

export interface Placed {
  from: number;
  to: number;
  severity: Severity;
}

/**
 * Where a finding is drawn; null where it is about no part of the query (start and end both 0).
 * One without width takes the character after it, or the last one: there is always something to underline.
 */
export function place(finding: Finding, query: string): Placed | null {
  if ((finding.start <= 0 && finding.end <= 0) || !query) return null;
  const at = utf16(query);
  let from = at(finding.start);
  let to = at(Math.max(finding.start, finding.end));
  if (from === to) {
    const count = [...query].length;
    const first = Math.min(Math.max(0, finding.start), count - 1);
    [from, to] = [at(first), at(first + 1)];
  }
  return { from, to, severity: finding.severity };
}

export function findingMarks(findings: Finding[], query: string, lit: Finding | null): Mark[] {
  return findings.flatMap((finding) => {
    const placed = place(finding, query);
    return placed ? [{ from: placed.from, to: placed.to, className: `mark ${placed.severity}${finding === lit ? " lit" : ""}` }] : [];
  });
}

export interface Piece {
  text: string;
  className: string;
}

/** The query in pieces, each with the classes of its colour and of every mark over it. The pieces join to the query. */
export function pieces(query: string, marks: Mark[]): Piece[] {
  const layers = [...colours(query), ...marks];
  const cuts = [...new Set([0, query.length, ...layers.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);
  return cuts.slice(1).map((to, index) => {
    const from = cuts[index] ?? 0;
    const over = layers.filter((layer) => layer.from <= from && layer.to >= to);
    return { text: query.slice(from, to), className: over.map((layer) => layer.className).join(" ") };
  });
}
