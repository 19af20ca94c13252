/** Something went wrong: what, in the service's own words, and the next step. */

import type { Problem } from "../api/request";
import { useWords } from "../words";
import { Icon } from "./Icon";

interface Props {
  title: string;
  problem: Problem;
  onRetry?: (() => void) | undefined;
}

export function ProblemText({ title, problem, onRetry }: Props) {
  const { t } = useWords();
  return (
    <div className="problem" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{title}</strong>
        <p>{problemWords(problem, t)}</p>
      </div>
      {onRetry && <button type="button" className="button small" onClick={onRetry}>{t("retry")}</button>}
    </div>
  );
}

export function problemWords({ title, detail, status }: Problem, t: ReturnType<typeof useWords>["t"]): string {
  if (status === 0) return t("offline");
  if (status === -2) return t("cutOff");
  return [title, detail].filter((text, index, all) => text && all.indexOf(text) === index).join(". ");
}
