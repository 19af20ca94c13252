// PromQL for the eye: a tokenizer that colours, and the findings of the checks drawn onto the query.

import { h } from "./dom.js";

const PATTERN = new RegExp([
  /(?<comment>#.*)/, /(?<string>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`[^`]*`?)/,
  /(?<duration>(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+)/, /(?<number>0x[\da-f]+|\d*\.?\d+(?:e[+-]?\d+)?)/,
  /(?<word>[\p{L}_:][\p{L}\p{N}_:.]*)/, /(?<operator>[-+*/%^]|[=!]~|[=!<>]=?|@)/, /(?<bracket>[()[\]{}])/, /(?<other>\s+|.)/,
].map((part) => part.source).join("|"), "giu");

const KEYWORD = /^(by|without|on|ignoring|group_left|group_right|offset|bool|and|or|unless|atan2|start|end)$/i;
const GROUPING = /^(by|without|on|ignoring|group_left|group_right)$/i;

/** → [{text, kind}] whose texts join to the query. */
export function tokenize(query) {
  const tokens = [];
  let braces = 0;
  let grouping = ""; // "word" after by, "open" inside its parentheses
  for (const match of query.matchAll(PATTERN)) {
    const text = match[0];
    let [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
    if (text === "{") braces += 1;
    if (text === "}") braces -= 1;
    if (kind === "word") {
      if (braces > 0 || grouping === "open") kind = "label";
      else if (GROUPING.test(text)) [kind, grouping] = ["keyword", "word"];
      else if (KEYWORD.test(text)) kind = "keyword";
      else if (/^(inf|nan)$/i.test(text)) kind = "number";
      else kind = /^\s*(\(|(by|without)\s*\()/i.test(query.slice(match.index + text.length)) ? "function" : "metric";
    } else if (grouping) {
      if (text === "(") grouping = "open";
      else if (grouping === "open" ? text === ")" : kind !== "other") grouping = "";
    }
    tokens.push({ text, kind });
  }
  return tokens;
}

/** Fills `code` with the coloured query; every finding with a place becomes an underline, or a caret where it has no width. */
export function drawQuery(code, query, findings = []) {
  const at = utf16Offsets(query);
  const marks = findings.map((finding, index) => ({
    index, severity: finding.severity, start: at(finding.start), end: at(Math.max(finding.start, finding.end)),
  })).filter((mark) => mark.end > 0);
  const cuts = new Set(marks.flatMap((mark) => [mark.start, mark.end]));
  const nodes = [];
  let position = 0;
  const carets = () => {
    for (const mark of marks) {
      if (mark.start !== mark.end || mark.start !== position) continue;
      nodes.push(h(`span.caret.${severity(mark)}`, { "data-finding": mark.index, "aria-hidden": "true" }));
    }
  };
  for (const { text, kind } of tokenize(query)) {
    let piece = "";
    for (const unit of text) { // whole characters; a cut never falls inside one
      if (cuts.has(position)) {
        if (piece) nodes.push(span(piece, kind, marks, position - piece.length));
        piece = "";
        carets();
      }
      piece += unit;
      position += unit.length;
    }
    if (piece) nodes.push(span(piece, kind, marks, position - piece.length));
  }
  carets();
  code.replaceChildren(...nodes);
}

function span(text, kind, marks, start) {
  const over = marks.filter((mark) => mark.start <= start && mark.end > start);
  const worst = ["error", "warning", "info"].find((name) => over.some((mark) => severity(mark) === name));
  const el = h(worst ? `span.t-${kind}.mark.${worst}` : `span.t-${kind}`, {}, text);
  if (over.length) el.dataset.finding = over.map((mark) => mark.index).join(" ");
  return el;
}

export const severity = ({ severity: name }) => (["error", "warning"].includes(name) ? name : "info");

/** Offsets in the API count characters; JavaScript strings count UTF-16 units. */
function utf16Offsets(text) {
  const offsets = [0];
  for (const character of text) offsets.push(offsets.at(-1) + character.length);
  return (index) => offsets[Math.max(0, Math.min(index, offsets.length - 1))];
}
