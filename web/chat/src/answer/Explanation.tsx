/** The query step by step. A step that is pointed at, or has the focus, lights its part of the query. */

import type { Step } from "../api/types";
import { QueryText } from "../components/QueryText";
import { useWords } from "../words";

interface Props {
  steps: Step[];
  /** Whether the step's part was found in the query; one that was not is written out. */
  found: boolean[];
  lit: number | null;
  onPoint: (step: number | null) => void;
}

export function Explanation({ steps, found, lit, onPoint }: Props) {
  const { t } = useWords();
  if (!steps.length) return null;
  return (
    <section className="explanation">
      <h3>{t("explanation")}</h3>
      <ol className="steps" data-testid="explanation">
        {steps.map(({ step, promql }, index) => (
          <li key={index}>
            <button
              type="button"
              className={lit === index ? "step lit" : "step"}
              aria-description={promql}
              onPointerEnter={() => onPoint(index)}
              onPointerLeave={() => onPoint(null)}
              onFocus={() => onPoint(index)}
              onBlur={() => onPoint(null)}
            >
              <span className="number" aria-hidden="true">{index + 1}</span>
              <span>{step}</span>
            </button>
            {!found[index] && <pre className="aside"><QueryText query={promql} /></pre>}
          </li>
        ))}
      </ol>
    </section>
  );
}
