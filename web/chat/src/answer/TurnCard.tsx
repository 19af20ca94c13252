/** One question and its answer. */

import { memo, useCallback, useEffect, useMemo, useState } from "react";
import { Icon } from "../components/Icon";
import { QueryText } from "../components/QueryText";
import type { Turn } from "../conversation/turn";
import { findingMarks } from "../promql/ranges";
import { useWords } from "../words";
import { Feedback } from "./Feedback";
import { Findings } from "./Findings";
import { Details, Leaned } from "./Leaned";
import { QueryPanel } from "./QueryPanel";
import { Reasoning } from "./Reasoning";
import { StatusLine } from "./StatusLine";

interface Props {
  turn: Turn;
  readOnly: boolean;
  canJudge: boolean;
  onAsk: (question: string) => void;
  onChange: (patch: Partial<Turn>) => void;
  /** Hears of the newest query and the way to edit it, for the shortcuts. */
  onQuery?: ((query: string, edit: () => void) => void) | undefined;
}

export const TurnCard = memo(function TurnCard({ turn, readOnly, canJudge, onAsk, onChange, onQuery }: Props) {
  const { t } = useWords();
  const { answer, outcome } = turn;
  const [text, setText] = useState(answer?.promql ?? "");
  const [edit, setEdit] = useState<() => void>(() => () => undefined);
  const onReady = useCallback((focus: () => void) => setEdit(() => focus), []);
  const working = outcome === "working";

  useEffect(() => setText(answer?.promql ?? ""), [answer]);
  useEffect(() => onQuery?.(text, edit), [onQuery, text, edit]);

  return (
    <article className="turn" aria-busy={working} data-testid="turn">
      <h2 className="asked"><span className="unseen">{t("you")}: </span>{turn.asked}</h2>
      {turn.rewritten && <p className="rewritten" data-testid="rewritten"><span className="soft">{t("rewritten")}</span> {turn.rewritten}</p>}
      <StatusLine turn={turn} />
      {turn.reasoning && <Reasoning text={turn.reasoning} live={working} />}
      {!answer && turn.draft && <Draft query={turn.draft} turn={turn} />}
      {answer?.promql && <QueryPanel key={answer.id} answer={answer} readOnly={readOnly} text={text} onText={setText} onReady={onReady} />}
      {answer && !answer.promql && <Findings findings={answer.findings} />}
      {answer && <Suggestions questions={answer.suggestions} onAsk={onAsk} readOnly={readOnly} />}
      {(outcome === "failed" || outcome === "stopped") && !readOnly && (
        <p><button type="button" className="button small" onClick={() => onAsk(turn.asked)}><Icon name="refresh" />{t("retry")}</button></p>
      )}
      {turn.answerId && canJudge && <Feedback turn={turn} id={turn.answerId} text={text} onChange={onChange} />}
      <div className="folds">
        {answer && <Alternatives queries={answer.alternatives} onUse={readOnly ? null : setText} />}
        <Leaned examples={turn.examples} metrics={turn.metrics} />
        {answer && <Details answer={answer} />}
      </div>
    </article>
  );
});

function Draft({ query, turn }: { query: string; turn: Turn }) {
  const { t } = useWords();
  const marks = useMemo(() => findingMarks(turn.findings, query, null), [turn.findings, query]);
  return (
    <>
      <div className="query draft" role="group" aria-label={t("draft")}>
        <pre className="editor-still"><QueryText query={query} marks={marks} /></pre>
      </div>
      <Findings findings={turn.findings} />
    </>
  );
}

function Suggestions({ questions, onAsk, readOnly }: { questions: string[]; onAsk: (question: string) => void; readOnly: boolean }) {
  const { t } = useWords();
  if (!questions.length || readOnly) return null;
  return (
    <section>
      <h3>{t("suggestions")}</h3>
      <ul className="chips">
        {questions.map((question) => (
          <li key={question}>
            <button type="button" className="chip" data-testid="suggestion" onClick={() => onAsk(question)}>{question}</button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Alternatives({ queries, onUse }: { queries: string[]; onUse: ((query: string) => void) | null }) {
  const { t } = useWords();
  if (!queries.length) return null;
  return (
    <details className="fold">
      <summary>{t("alternatives")}</summary>
      <ul className="fold-inside leaned">
        {queries.map((query) => (
          <li key={query} className="alternative">
            <pre className="aside"><QueryText query={query} /></pre>
            {onUse && <button type="button" className="quiet" onClick={() => onUse(query)}>{t("use")}</button>}
          </li>
        ))}
      </ul>
    </details>
  );
}
