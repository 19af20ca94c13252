/** A query in colours, to read. What it holds is untrusted and only ever becomes text. */

import { useMemo } from "react";
import { pieces, type Mark } from "../promql/ranges";

const NONE: Mark[] = [];

export function QueryText({ query, marks = NONE }: { query: string; marks?: Mark[] }) {
  const parts = useMemo(() => pieces(query, marks), [query, marks]);
  return (
    <code className="promql">
      {parts.map(({ text, className }, index) => (className ? <span key={index} className={className}>{text}</span> : text))}
    </code>
  );
}
