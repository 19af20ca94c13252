/** The examples that answers lean on: those that wait, those that were learned, and those that came with it. */

import { useCallback, useEffect, useState } from "react";
import { notify } from "../announce";
import { asProblem, isAbort, type Problem } from "../api/request";
import * as service from "../api/service";
import type { ExampleState, PageSettings, StoredExample } from "../api/types";
import { Confirm } from "../components/Dialog";
import { Icon } from "../components/Icon";
import { ProblemText } from "../components/ProblemText";
import { QueryText } from "../components/QueryText";
import { moment } from "../format/time";
import { serviceState } from "../serviceState";
import { useStore } from "../store";
import { useWords, type Word } from "../words";
import { countPending } from "./pending";

const TABS: { state: ExampleState; word: Word; empty: Word }[] = [
  { state: "pending", word: "pendingTab", empty: "emptyPending" },
  { state: "learned", word: "learnedTab", empty: "emptyLearned" },
  { state: "rejected", word: "rejectedTab", empty: "emptyRejected" },
  { state: "corpus", word: "corpusTab", empty: "emptyCorpus" },
];
const POLICIES: Record<PageSettings["learning"], Word> = { auto: "policyAuto", review: "policyReview", off: "policyOff" };

interface Found {
  total: number;
  examples: StoredExample[];
}

export function Review() {
  const { t } = useWords();
  const { page } = useStore(serviceState);
  const [tab, setTab] = useState<ExampleState>("pending");
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    const controller = new AbortController();
    setProblem(null);
    const timer = setTimeout(() => {
      service.examples(tab, search.trim(), 0, controller.signal).then(setFound, (error: unknown) => isAbort(error) || setProblem(asProblem(error)));
    }, search ? 200 : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [tab, search, round]);
  const more = async () => {
    try {
      const next = await service.examples(tab, search.trim(), found?.examples.length ?? 0);
      setFound({ total: next.total, examples: [...(found?.examples ?? []), ...next.examples] });
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const act = useCallback(async (action: () => Promise<unknown>, done: Word) => {
    try {
      await action();
      void countPending();
      notify(t(done));
      setRound((before) => before + 1);
    } catch (error) {
      notify(`${t("actionFailed")}: ${asProblem(error).message}`, true);
    }
  }, [t]);

  return (
    <section className="review" data-testid="review">
      <h1>{t("reviewTitle")}</h1>
      <p className="soft">{t("reviewText")} {page && t(POLICIES[page.learning])}</p>
      <div className="bar">
        <div className="segments" role="group" aria-label={t("reviewTitle")}>
          {TABS.map(({ state, word }) => (
            <button key={state} type="button" aria-pressed={tab === state} data-testid={`tab-${state}`} onClick={() => { setFound(null); setTab(state); }}>
              {t(word)}{tab === state && found && <small> {found.total}</small>}
            </button>
          ))}
        </div>
        <label className="search">
          <Icon name="search" />
          <span className="unseen">{t("searchExamples")}</span>
          <input type="search" value={search} placeholder={t("searchExamples")} onChange={({ target }) => setSearch(target.value)} />
        </label>
      </div>
      {problem?.status === 404 && <p className="empty"><Icon name="info" />{t("notAvailable")}</p>}
      {problem && problem.status !== 404 && <ProblemText title={t("failed")} problem={problem} onRetry={() => setRound(round + 1)} />}
      {!found && !problem && <div className="skeleton tall" role="status"><span className="unseen">{t("loading")}</span></div>}
      {found?.examples.length === 0 && <p className="empty"><Icon name="inbox" />{t(search ? "nothingFound" : TABS.find(({ state }) => state === tab)?.empty ?? "nothingFound", { search })}</p>}
      <ul className="examples">
        {found?.examples.map((example) => <Example key={example.id} example={example} onAct={act} />)}
      </ul>
      {found && found.examples.length < found.total && (
        <button type="button" className="quiet" onClick={more}>{t("more")} <small>{t("moreRows", { n: found.total - found.examples.length })}</small></button>
      )}
    </section>
  );
}

interface ExampleProps {
  example: StoredExample;
  onAct: (action: () => Promise<unknown>, done: Word) => void;
}

function Example({ example: { id, questions, promql, scenario, state, origin, created, conflicts }, onAct }: ExampleProps) {
  const { t, lang } = useWords();
  const [forgetting, setForgetting] = useState(false);
  const texts = Object.entries(questions).flatMap(([language, all]) => all.map((text) => ({ language, text })));
  const time = Date.parse(created ?? "");
  return (
    <li className="example" data-testid="example">
      <div className="example-questions">
        {texts.map(({ language, text }) => <p key={`${language}/${text}`} lang={language === "zh" ? "zh-CN" : language}>{text}</p>)}
      </div>
      <pre className="aside"><QueryText query={promql} /></pre>
      {conflicts.length > 0 && (
        <div className="conflicts">
          <h2><Icon name="warning" />{t("conflicts")}</h2>
          <ul className="leaned">
            {conflicts.map((conflict) => (
              <li key={conflict.id}>
                <p>{conflict.question}</p>
                <pre className="aside"><QueryText query={conflict.promql} /></pre>
              </li>
            ))}
          </ul>
        </div>
      )}
      <footer>
        <small className="soft">{[scenario, origin && t("origin", { origin }), Number.isNaN(time) ? "" : moment(time / 1000, lang)].filter(Boolean).join(" · ")}</small>
        <span className="space" />
        {state === "pending" && (
          <button type="button" className="button small" data-testid="reject" onClick={() => onAct(() => service.reject(id), "rejected")}><Icon name="cross" />{t("reject")}</button>
        )}
        {(state === "pending" || state === "rejected") && (
          <button type="button" className="button primary small" data-testid="approve" onClick={() => onAct(() => service.approve(id), "approved")}><Icon name="check" />{t("approve")}</button>
        )}
        {state === "learned" && <button type="button" className="button small" data-testid="forget" onClick={() => setForgetting(true)}><Icon name="trash" />{t("forget")}</button>}
      </footer>
      {forgetting && <Confirm title={t("forgetTitle")} text={t("forgetText")} action={t("forget")} onConfirm={() => onAct(() => service.removeExample(id), "forgotten")} onClose={() => setForgetting(false)} />}
    </li>
  );
}
