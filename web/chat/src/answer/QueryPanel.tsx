/** The query of an answer: to read, to edit and run, with its findings, its explanation and its result. */

import { useEffect, useMemo, useState } from "react";
import { asProblem, type Problem } from "../api/request";
import { explain, validate } from "../api/service";
import type { Answer, Finding, Step } from "../api/types";
import { CopyButton } from "../components/CopyButton";
import { Icon } from "../components/Icon";
import { LazyQueryEditor } from "../components/LazyQueryEditor";
import { ProblemText } from "../components/ProblemText";
import { findingMarks, type Mark } from "../promql/ranges";
import { occurrences } from "../promql/tree";
import { ResultView } from "../result/ResultView";
import { LAST_HOUR, type TimeWindow } from "../result/window";
import { serviceState, watchAfter } from "../serviceState";
import { useStore } from "../store";
import { useWords } from "../words";
import { Explanation } from "./Explanation";
import { Findings } from "./Findings";
import { grafanaLink, prometheusLink } from "./links";

interface Shown {
  query: string;
  findings: Finding[];
  steps: Step[];
  runnable: boolean;
}

interface Props {
  answer: Answer;
  readOnly: boolean;
  /** The text in the editor, which belongs to the whole answer: feedback takes it up. */
  text: string;
  onText: (text: string) => void;
  onReady: (focus: () => void) => void;
}

export function QueryPanel({ answer, readOnly, text, onText, onReady }: Props) {
  const { t, lang } = useWords();
  const [shown, setShown] = useState<Shown>(() => ({
    query: answer.promql ?? "",
    findings: answer.findings,
    steps: answer.explanation,
    runnable: answer.dry_run.outcome === "ok" || answer.dry_run.outcome === "empty",
  }));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [running, setRunning] = useState(false);
  const [litStep, setLitStep] = useState<number | null>(null);
  const [litFinding, setLitFinding] = useState<Finding | null>(null);
  const [window, setWindow] = useState<TimeWindow>(LAST_HOUR);
  const edited = text !== shown.query;

  const parts = useMemo(() => shown.steps.map(({ promql }) => occurrences(shown.query, promql)), [shown]);
  const marks = useMemo<Mark[]>(() => {
    if (edited) return [];
    const lit = litStep === null ? [] : (parts[litStep] ?? []).map((part) => ({ ...part, className: "part" }));
    return [...lit, ...findingMarks(shown.findings, shown.query, litFinding)];
  }, [edited, shown, parts, litStep, litFinding]);

  const run = async () => {
    const query = text.trim();
    if (!query || running) return;
    setRunning(true);
    setProblem(null);
    try {
      const { valid, findings } = await validate(query);
      const steps = valid || !findings.some(({ check }) => check === "promql/syntax") ? (await explain(query, lang)).steps : [];
      onText(query);
      setShown({ query, findings, steps, runnable: valid });
    } catch (error) {
      setProblem(asProblem(error));
      watchAfter(asProblem(error));
    } finally {
      setRunning(false);
    }
  };
  useEffect(() => setProblem(null), [text]);

  const original = answer.promql ?? "";
  return (
    <>
      <section className="query" data-testid="promql">
        <LazyQueryEditor value={text} marks={marks} label={t(readOnly ? "editorReadOnly" : "editorLabel")} readOnly={readOnly} onChange={onText} onRun={run} onReady={onReady} />
        <div className="query-bar">
          {!readOnly && edited && (
            <button type="button" className="button primary small" data-testid="run" disabled={running || !text.trim()} title={t("runHint")} onClick={run}>
              {running ? <span className="spinner" aria-hidden="true" /> : <Icon name="play" />}
              {t("run")}
            </button>
          )}
          {!readOnly && text !== original && (
            <button
              type="button"
              className="quiet"
              onClick={() => {
                onText(original);
                setShown({ query: original, findings: answer.findings, steps: answer.explanation, runnable: answer.dry_run.outcome === "ok" || answer.dry_run.outcome === "empty" });
              }}
            >
              <Icon name="undo" />
              {t("reset")}
            </button>
          )}
          {!edited && shown.query !== original && <span className="tag">{t("edited")}</span>}
          <span className="space" />
          <OpenIn query={text} window={window} />
          <CopyButton text={text} />
        </div>
      </section>
      {problem && <ProblemText title={t("failed")} problem={problem} onRetry={run} />}
      {!edited && <Findings findings={shown.findings} onPoint={setLitFinding} />}
      <div className={edited ? "found stale" : "found"}>
        <Explanation steps={shown.steps} found={parts.map((found) => found.length > 0)} lit={litStep} onPoint={setLitStep} />
        {shown.runnable
          ? <ResultView query={shown.query} metrics={answer.metrics} window={window} onWindow={setWindow} />
          : shown.query === original && <NotRun outcome={answer.dry_run.outcome} />}
      </div>
    </>
  );
}

function NotRun({ outcome }: { outcome: Answer["dry_run"]["outcome"] }) {
  const { t } = useWords();
  return <p className="empty"><Icon name="info" />{t(outcome === "too_expensive" ? outcome : outcome === "error" ? "runError" : "skipped")}</p>;
}

function OpenIn({ query, window: { range } }: { query: string; window: TimeWindow }) {
  const { t } = useWords();
  const { page } = useStore(serviceState);
  const links = [
    { name: t("openPrometheus"), href: prometheusLink(page?.prometheus_url, query, range) },
    { name: t("openGrafana"), href: grafanaLink(page?.grafana_url, query, range) },
  ];
  return links.map(({ name, href }) => href && (
    <a key={name} className="quiet" href={href} target="_blank" rel="noreferrer" aria-label={t("opensNew", { name })}>
      <Icon name="outside" />
      {name}
    </a>
  ));
}
