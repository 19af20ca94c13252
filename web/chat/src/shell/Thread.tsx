/** The questions of a conversation and their answers. */

import { useEffect, useRef } from "react";
import { announce } from "../announce";
import { statusText } from "../answer/StatusLine";
import { TurnCard } from "../answer/TurnCard";
import type { Conversation, ConversationState } from "../conversation/conversation";
import type { Turn } from "../conversation/turn";
import { serviceState } from "../serviceState";
import { useStore } from "../store";
import { useWords } from "../words";

interface Props {
  conversation: Conversation;
  state: ConversationState;
  readOnly: boolean;
  onAsk: (question: string) => void;
  onQuery: (query: string, edit: () => void) => void;
}

export function Thread({ conversation, state, readOnly, onAsk, onQuery }: Props) {
  const { page } = useStore(serviceState);
  const last = useRef<HTMLDivElement>(null);
  const { turns } = state;
  const newest = turns.at(-1);
  useAnnouncements(newest);

  const count = turns.length;
  const working = newest?.outcome === "working";
  useEffect(() => {
    if (working) last.current?.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    // When a question was added, not at every word of its answer.
  }, [count]);

  return (
    <div className="thread">
      {turns.map((turn, index) => (
        <div key={turn.key} ref={index === count - 1 ? last : null} className={index === count - 1 ? "newest" : ""}>
          <TurnCard
            turn={turn}
            readOnly={readOnly}
            canJudge={page !== null && !readOnly}
            onAsk={onAsk}
            onChange={(patch) => conversation.updateTurn(turn.key, patch)}
            onQuery={index === count - 1 ? onQuery : undefined}
          />
        </div>
      ))}
    </div>
  );
}

/** A screen reader hears each stage and the end, not every token. */
function useAnnouncements(turn: Turn | undefined): void {
  const { t } = useWords();
  const told = turn && turn.started > 0 && turn.key.startsWith("asked-") ? [t(turn.outcome), statusText(turn, t), turn.answer?.promql ?? ""].filter(Boolean).join(". ") : "";
  useEffect(() => {
    if (told) announce(told);
  }, [told]);
}
