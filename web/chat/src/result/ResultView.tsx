/** What the query gives: its newest values and their course. */

import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { MetricRef } from "../api/types";
import { Icon } from "../components/Icon";
import { ProblemText } from "../components/ProblemText";
import { formatNumber, type Unit } from "../format/number";
import { resultUnit } from "../promql/unit";
import { useWords } from "../words";
import { tabled, type Tabled } from "./rows";
import { Table } from "./Table";
import { useResult, type Result } from "./useResult";
import type { TimeWindow } from "./window";
import { WindowPicker } from "./WindowPicker";

const Chart = lazy(() => import("./Chart"));

interface Props {
  query: string;
  metrics: MetricRef[];
  window: TimeWindow;
  onWindow: (window: TimeWindow) => void;
}

export function ResultView({ query, metrics, window, onWindow }: Props) {
  const { t } = useWords();
  const [round, setRound] = useState(0);
  const [box, seen] = useSeen();
  const result = useResult(query, window, round, seen);
  const { unit, scale } = useMemo(() => resultUnit(query, metrics), [query, metrics]);
  const table = useMemo(() => (result.data ? tabled(result.data, result.course) : null), [result.data, result.course]);
  return (
    <section className="result" ref={box} aria-busy={result.loading}>
      <div className="bar">
        <h3>{t("result")}</h3>
        {table && <small className="soft">{table.rows.length === 1 ? t("oneSeries") : t("seriesCount", { n: table.rows.length.toLocaleString("en") })}</small>}
        <WindowPicker window={window} onChange={onWindow} />
        <button type="button" className="quiet square" aria-label={t("refresh")} title={t("refresh")} onClick={() => setRound(round + 1)}>
          <Icon name="refresh" />
        </button>
      </div>
      {result.problem && <ProblemText title={t("resultFailed")} problem={result.problem} onRetry={() => setRound(round + 1)} />}
      {!table && !result.problem && <div className="skeleton tall" role="status"><span className="unseen">{t("loading")}</span></div>}
      {table && <Found table={table} result={result} unit={unit} scale={scale} onRetry={() => setRound(round + 1)} />}
    </section>
  );
}

interface FoundProps {
  table: Tabled;
  result: Result;
  unit: Unit;
  scale: number;
  onRetry: () => void;
}

function Found({ table, result, unit, scale, onRetry }: FoundProps) {
  const { t } = useWords();
  const [lit, setLit] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set<string>());
  const toggle = useCallback((name: string) => setHidden((before) => {
    const next = new Set(before);
    if (!next.delete(name)) next.add(name);
    return next;
  }), []);
  const { rows, own, lines, total } = table;
  const [first] = rows;
  const single = rows.length === 1 && own.length === 0;
  const chartable = result.data?.resultType === "vector" || result.data?.resultType === "scalar";
  return (
    <div className={result.loading ? "stale" : ""}>
      {rows.length === 0 && <p className="empty" data-testid="result-empty"><Icon name="info" />{t("empty")}</p>}
      {single && first && (
        <p className="single" data-testid="result-table" title={first.raw}>
          {Number.isNaN(first.value) && first.raw !== "NaN" ? first.raw : formatNumber(first.value * scale, unit)}
        </p>
      )}
      {chartable && result.course && lines.length > 0 && (
        <Suspense fallback={<div className="skeleton tall" />}>
          <Chart lines={lines} at={result.at} unit={unit} scale={scale} lit={lit} hidden={hidden} />
        </Suspense>
      )}
      {chartable && result.course === null && !result.courseProblem && <div className="skeleton tall" />}
      {chartable && result.course && lines.length === 0 && rows.length > 0 && <p className="note">{t("emptyRange")}</p>}
      {result.courseProblem && <ProblemText title={t("chartFailed")} problem={result.courseProblem} onRetry={onRetry} />}
      {total > lines.length && <p className="note">{t("drawn", { shown: lines.length, n: total })}</p>}
      {rows.length > 0 && !single && <Table tabled={table} unit={unit} scale={scale} hidden={hidden} onToggle={toggle} onPoint={setLit} />}
    </div>
  );
}

/** Whether the element was on the screen, or near it: results of a long conversation are not all run at once. */
function useSeen(): [(element: HTMLElement | null) => void, boolean] {
  const [seen, setSeen] = useState(false);
  const observer = useRef<IntersectionObserver>(null);
  const watch = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true), { rootMargin: "600px" });
    observer.current.observe(element);
  }, []);
  useEffect(() => () => observer.current?.disconnect(), []);
  return [watch, seen];
}
