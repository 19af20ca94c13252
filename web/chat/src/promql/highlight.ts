/** What colours a query: in the editor and in plain text. */

import { parser } from "@prometheus-io/lezer-promql";
import { highlightTree, tagHighlighter, tags } from "@lezer/highlight";

export { parser };

export const highlighter = tagHighlighter([
  { tag: tags.function(tags.variableName), class: "t-function" },
  { tag: tags.operatorKeyword, class: "t-function" },
  { tag: tags.modifier, class: "t-keyword" },
  { tag: tags.logicOperator, class: "t-keyword" },
  { tag: tags.controlKeyword, class: "t-keyword" },
  { tag: tags.variableName, class: "t-metric" },
  { tag: tags.labelName, class: "t-label" },
  { tag: tags.string, class: "t-string" },
  { tag: tags.number, class: "t-number" },
  { tag: tags.arithmeticOperator, class: "t-operator" },
  { tag: tags.compareOperator, class: "t-operator" },
  { tag: tags.comment, class: "t-comment" },
]);

export interface Coloured {
  from: number;
  to: number;
  className: string;
}

export function colours(query: string): Coloured[] {
  const found: Coloured[] = [];
  highlightTree(parser.parse(query), highlighter, (from, to, className) => found.push({ from, to, className }));
  return found;
}
