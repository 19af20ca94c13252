/** Right, wrong, or the corrected query: how the service learns. */

import { useId, useState, type FormEvent } from "react";
import { announce } from "../announce";
import { asProblem, type Problem } from "../api/request";
import { feedback } from "../api/service";
import { CATEGORIES, type Category, type Finding, type Judged } from "../api/types";
import { Icon } from "../components/Icon";
import { LazyQueryEditor } from "../components/LazyQueryEditor";
import { ProblemText } from "../components/ProblemText";
import { QueryText } from "../components/QueryText";
import type { Turn } from "../conversation/turn";
import { findingMarks } from "../promql/ranges";
import { countPending } from "../review/pending";
import { watchAfter } from "../serviceState";
import { useWords, type Word } from "../words";
import { Findings } from "./Findings";

interface Props {
  turn: Turn;
  /** Of the answer, under which the service keeps it. */
  id: string;
  /** The text in the answer's editor: a correction starts with it. */
  text: string;
  onChange: (patch: Partial<Turn>) => void;
}

type Open = "wrong" | "fix" | null;

export function Feedback({ turn, id, text, onChange }: Props) {
  const { t } = useWords();
  const promql = turn.answer?.promql ?? "";
  const [open, setOpen] = useState<Open>(null);
  const [judged, setJudged] = useState<Judged | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);

  const send = async (given: { verdict: "right" | "wrong"; category?: Category; corrected_promql?: string; note?: string }) => {
    setSending(true);
    setProblem(null);
    try {
      const result = await feedback({ answer_id: id, ...given });
      setJudged(result);
      void countPending();
      onChange({ verdict: result.verdict, corrected: given.corrected_promql ?? turn.corrected, note: given.note ?? turn.note });
      announce(t(stateWord(result)));
      if (result.state !== "refused") setOpen(null);
    } catch (error) {
      setProblem(asProblem(error));
      watchAfter(asProblem(error));
    } finally {
      setSending(false);
    }
  };
  const changed = text.trim() !== promql;
  const toggle = (which: Exclude<Open, null>) => {
    setJudged(null);
    setOpen(open === which ? null : which);
  };
  return (
    <div className="feedback" role="group" aria-label={t("feedback")}>
      <div className="feedback-bar">
        <span className="soft">{t("feedback")}</span>
        {promql && !changed && (
          <button type="button" className="button small" aria-pressed={turn.verdict === "right"} disabled={sending} data-testid="right" onClick={() => send({ verdict: "right" })}>
            <Icon name="check" />{t("right")}
          </button>
        )}
        <button type="button" className="button small" aria-pressed={turn.verdict === "wrong"} aria-expanded={open === "wrong"} data-testid="wrong" onClick={() => toggle("wrong")}>
          <Icon name="cross" />{t("wrong")}
        </button>
        <button type="button" className={changed ? "button primary small" : "button small"} aria-expanded={open === "fix"} data-testid="fix" onClick={() => toggle("fix")}>
          <Icon name="pencil" />{t(changed ? "saveFix" : "fix")}
        </button>
      </div>
      {open && <Form key={open} fix={open === "fix"} start={turn.corrected ?? (text || promql)} sending={sending} refused={judged?.state === "refused" ? judged.findings : []} onSend={send} onClose={() => setOpen(null)} />}
      {problem && <ProblemText title={t("feedbackFailed")} problem={problem} />}
      {judged && <Outcome judged={judged} />}
    </div>
  );
}

const STATES: Record<Judged["state"], Word> = { learned: "learned", pending: "pending", refused: "refused", none: "noted" };
const stateWord = ({ state }: Judged) => STATES[state];

function Outcome({ judged }: { judged: Judged }) {
  const { t } = useWords();
  const { state, detail, findings, conflicts } = judged;
  const reason = (state === "refused" && !findings.length) || state === "none" ? detail : "";
  return (
    <div className={`judged ${state}`} data-testid="judged" role="status">
      <p>
        <Icon name={state === "refused" ? "warning" : state === "pending" ? "clock" : "check"} />
        <span>{t(stateWord(judged))}{reason && <span className="soft"> {reason}</span>}{" "}
          {state === "pending" && <a href="#/review">{t("seeReview")}</a>}</span>
      </p>
      <Findings findings={findings} />
      {conflicts.length > 0 && (
        <>
          <h3 className="minor">{t("conflicts")}</h3>
          <ul className="leaned">
            {conflicts.map(({ id, question, promql }) => (
              <li key={id}>
                <p>{question}</p>
                <pre className="aside"><QueryText query={promql} /></pre>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

interface FormProps {
  fix: boolean;
  start: string;
  sending: boolean;
  /** What stood against the query that was sent last. */
  refused: Finding[];
  onSend: (given: { verdict: "wrong"; category?: Category; corrected_promql?: string; note?: string }) => void;
  onClose: () => void;
}

function Form({ fix, start, sending, refused, onSend, onClose }: FormProps) {
  const { t } = useWords();
  const name = useId();
  const [query, setQuery] = useState(start);
  const [sent, setSent] = useState("");
  const [category, setCategory] = useState<Category | null>(null);
  const [note, setNote] = useState("");
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (fix && !query.trim()) return;
    setSent(query);
    onSend({
      verdict: "wrong",
      ...(category && { category }),
      ...(note.trim() && { note: note.trim() }),
      ...(fix && { corrected_promql: query.trim() }),
    });
  };
  return (
    <form className="feedback-form" data-testid="feedback-form" onSubmit={send} onKeyDown={(event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.stopPropagation();
      onClose();
    }}>
      <h3>{t(fix ? "fixTitle" : "wrongTitle")}</h3>
      {fix && (
        <>
          <p className="soft">{t("fixText")}</p>
          <div className="query" data-testid="correction">
            <LazyQueryEditor value={query} marks={query === sent ? findingMarks(refused, query, null) : []} label={t("fixTitle")} onChange={setQuery} onRun={send} />
          </div>
        </>
      )}
      <fieldset>
        <legend>{t("category")}</legend>
        <div className="choices">
          {CATEGORIES.map((each) => (
            <label key={each} className="choice">
              <input type="radio" name={name} checked={category === each} onChange={() => setCategory(each)} />
              <span>{t(each)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label className="field">
        <span>{t("note")}</span>
        <textarea rows={2} maxLength={2000} value={note} placeholder={t("notePlaceholder")} onChange={({ target }) => setNote(target.value)} />
      </label>
      <footer>
        <button type="button" className="button small" onClick={onClose}>{t("cancel")}</button>
        <button type="submit" className="button primary small" disabled={sending || (fix && !query.trim())} data-testid="send-feedback">
          {sending && <span className="spinner" aria-hidden="true" />}
          {t(fix ? "saveFix" : "sendFeedback")}
        </button>
      </footer>
    </form>
  );
}
