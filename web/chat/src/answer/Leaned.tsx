/** The examples and metrics that the answer leaned on, and how it was made. */

import type { Answer, ExampleRef, MetricRef } from "../api/types";
import { QueryText } from "../components/QueryText";
import { useWords } from "../words";

export function Leaned({ examples, metrics }: { examples: ExampleRef[]; metrics: MetricRef[] }) {
  const { t } = useWords();
  if (!examples.length && !metrics.length) return null;
  return (
    <details className="fold" data-testid="leaned">
      <summary>{t("leaned")} <small>{t("leanedCount", { examples: examples.length, metrics: metrics.length })}</small></summary>
      <div className="fold-inside">
        {examples.length > 0 && <h3 className="minor">{t("examples")}</h3>}
        <ul className="leaned">
          {examples.map(({ id, question, promql, score }) => (
            <li key={id}>
              <p>{question} <small className="soft">{t("similarity", { n: Math.round(score * 100) })}</small></p>
              <pre className="aside"><QueryText query={promql} /></pre>
            </li>
          ))}
        </ul>
        {metrics.length > 0 && <h3 className="minor">{t("metrics")}</h3>}
        <ul className="leaned">
          {metrics.map(({ name, type, unit, help }) => (
            <li key={name}>
              <p><code>{name}</code> <small className="tag">{[type, unit].filter(Boolean).join(" · ")}</small></p>
              {help && <p className="soft">{help}</p>}
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}

export function Details({ answer }: { answer: Answer }) {
  const { t } = useWords();
  const { confidence, model, scenario, usage, timings_ms: timings, status } = answer;
  const stages = Object.entries(timings).map(([name, ms]) => `${name} ${Math.round(ms).toLocaleString("en")} ms`).join(" · ");
  const facts: [string, string][] = [
    [t("model"), model],
    ...(status === "declined" ? [] : [[t("confidence"), `${Math.round(confidence * 100)} %`] as [string, string]]),
    ...(scenario ? [[t("scenario"), scenario] as [string, string]] : []),
    ...(usage.model_calls ? [[t("tokens"), t("tokensText", { prompt: usage.prompt_tokens, cached: usage.cached_tokens, completion: usage.completion_tokens })] as [string, string]] : []),
    ...(stages ? [[t("timings"), stages] as [string, string]] : []),
  ];
  return (
    <details className="fold">
      <summary>{t("details")}</summary>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
