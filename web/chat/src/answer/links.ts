/** Where the query can be opened besides here. */

import type { TimeRange } from "../result/window";
import { spanOf } from "../result/window";
import { span } from "../format/time";

/** An address of the settings, where it is one of the web. */
function base(url: string | null | undefined): URL | null {
  try {
    const parsed = new URL(url ?? "");
    return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed : null;
  } catch {
    return null;
  }
}

function under(url: URL, path: string, search: Record<string, string>): string {
  const made = new URL(url);
  made.pathname = `${url.pathname.replace(/\/$/, "")}/${path}`;
  made.search = new URLSearchParams(search).toString();
  return made.toString();
}

/** /graph is understood by every version of Prometheus; newer ones pass it on to /query. */
export function prometheusLink(url: string | null | undefined, query: string, range: TimeRange): string | null {
  const found = base(url);
  const end = range.kind === "fixed" ? { "g0.end_input": new Date(range.end * 1000).toISOString().slice(0, 19).replace("T", " ") } : {};
  return found && under(found, "graph", { "g0.expr": query, "g0.tab": "0", "g0.range_input": span(spanOf(range)), ...end });
}

export function grafanaLink(url: string | null | undefined, query: string, range: TimeRange): string | null {
  const found = base(url);
  const times = range.kind === "last" ? { from: `now-${span(range.seconds)}`, to: "now" } : { from: String(range.start * 1000), to: String(range.end * 1000) };
  const pane = { queries: [{ refId: "A", expr: query, range: true, instant: true }], range: times };
  return found && under(found, "explore", { schemaVersion: "1", orgId: "1", panes: JSON.stringify({ a: pane }) });
}

