/** How far the answer is, or how it ended. */

import { useEffect, useState } from "react";
import { problemWords } from "../components/ProblemText";
import { Icon, type IconName } from "../components/Icon";
import type { Outcome, Turn } from "../conversation/turn";
import { useWords, type Translate, type Word } from "../words";

const ICONS: Partial<Record<Outcome, IconName>> = {
  answered: "check", unverified: "warning", declined: "info", stopped: "stop", failed: "warning",
};
const TEXTS: Partial<Record<Outcome, Word>> = {
  answered: "answeredText", unverified: "unverifiedText", declined: "declinedText", stopped: "stoppedText",
};

/** Seconds after which an answer is slow. */
const SLOW = 20;

export function statusText(turn: Turn, t: Translate): string {
  if (turn.outcome === "failed") return turn.problem ? problemWords(turn.problem, t) : "";
  if (turn.outcome !== "working") return t(TEXTS[turn.outcome] ?? "working");
  if (turn.phase === "queued") return turn.position > 0 ? t("queued", { n: turn.position }) : t("queuedNext");
  return t(turn.phase);
}

export function StatusLine({ turn }: { turn: Turn }) {
  const { t } = useWords();
  const working = turn.outcome === "working";
  const waited = useElapsed(turn.started, working);
  const icon = ICONS[turn.outcome];
  const total = turn.answer?.timings_ms.total;
  return (
    <p className="status">
      <span className={`badge ${turn.outcome}`} data-testid="status">
        {working ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
        {t(turn.outcome)}
      </span>
      <span className="status-text">{statusText(turn, t)}</span>
      {working && waited >= 2 && <span className="soft figures">{t("seconds", { s: waited })}</span>}
      {working && waited >= SLOW && turn.phase !== "queued" && <span className="soft slow">{t("slow")}</span>}
      {turn.answer && turn.answer.status !== "declined" && turn.answer.origin !== "model" && (
        <span className="tag" data-testid="origin">{t(turn.answer.origin === "memory" ? "fromMemory" : "byRule")}</span>
      )}
      {total !== undefined && <span className="soft figures">{t("seconds", { s: (total / 1000).toFixed(total < 995 ? 2 : 1) })}</span>}
    </p>
  );
}

function useElapsed(started: number, running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return Math.max(0, Math.floor((now - started) / 1000));
}
