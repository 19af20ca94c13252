/** Before the first question: what can be asked of this very backend. */

import { useState } from "react";
import type { SuggestedQuestion } from "../api/types";
import { serviceState } from "../serviceState";
import { useStore } from "../store";
import { useWords } from "../words";

const FIRST = 8;

export function Welcome({ onAsk }: { onAsk: (question: string) => void }) {
  const { t, lang } = useWords();
  const { questions, scenarios, metrics } = useStore(serviceState);
  const [all, setAll] = useState(false);
  const titles = new Map(scenarios.map(({ scenario, title }) => [scenario, title[lang] ?? title.en ?? scenario]));
  const spread = questions ? eachScenarioFirst(questions) : [];
  const shown = all ? spread : spread.slice(0, FIRST);
  return (
    <section className="welcome" data-testid="welcome">
      <h1>{t("welcome")}</h1>
      <p className="soft">{t("welcomeText")}</p>
      {metrics === 0 && <p className="empty">{t("noMetrics")}</p>}
      {(!questions || shown.length > 0) && <h2>{t("try")}</h2>}
      <ul className="starters" aria-busy={!questions}>
        {!questions && Array.from({ length: 6 }, (_, index) => <li key={index} className="skeleton starter" />)}
        {shown.map((question) => (
          <li key={`${question.scenario}/${question.en}`}>
            <button type="button" className="starter" data-testid="starter" onClick={() => onAsk(question[lang] || question.en)}>
              <small>{titles.get(question.scenario) ?? question.scenario}</small>
              <span>{question[lang] || question.en}</span>
            </button>
          </li>
        ))}
      </ul>
      {spread.length > shown.length && (
        <button type="button" className="quiet" onClick={() => setAll(true)}>{t("more")} <small>{t("moreRows", { n: spread.length - shown.length })}</small></button>
      )}
    </section>
  );
}

/** One question of each scenario before a second one of any. */
function eachScenarioFirst(questions: SuggestedQuestion[]): SuggestedQuestion[] {
  const seen = new Map<string, number>();
  const ranked = questions.map((question) => {
    const rank = seen.get(question.scenario) ?? 0;
    seen.set(question.scenario, rank + 1);
    return { question, rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ question }) => question);
}
