/** One question and what came of it: filled event by event while the answer streams. */

import type { Problem } from "../api/request";
import type { Answer, AskEvent, ExampleRef, Finding, MetricRef, StoredAnswer, Verdict } from "../api/types";

export type Phase = "sending" | "queued" | "looking" | "thinking" | "checking" | "repairing" | "running";
export type Outcome = "working" | "answered" | "unverified" | "declined" | "stopped" | "failed";

export interface Turn {
  key: string;
  /** The words as typed. */
  asked: string;
  /** The stand-alone question that a follow-up was rewritten to, where it was. */
  rewritten: string | null;
  outcome: Outcome;
  phase: Phase;
  /** People before this one in the queue. */
  position: number;
  reasoning: string;
  draft: string | null;
  findings: Finding[];
  examples: ExampleRef[];
  metrics: MetricRef[];
  answer: Answer | null;
  /** Under which the service keeps it, answered or failed. */
  answerId: string | null;
  problem: Problem | null;
  started: number;
  verdict: Verdict | null;
  corrected: string | null;
  note: string | null;
}

export function newTurn(key: string, asked: string, started: number): Turn {
  return {
    key, asked, started, rewritten: null, outcome: "working", phase: "sending", position: 0, reasoning: "", draft: null,
    findings: [], examples: [], metrics: [], answer: null, answerId: null, problem: null, verdict: null, corrected: null, note: null,
  };
}

/** The turn after an event. An event of a newer service changes nothing. */
export function afterEvent(turn: Turn, { event, data }: AskEvent): Turn {
  switch (event) {
    case "queued":
      return { ...turn, phase: "queued", position: data.position };
    case "rewritten":
      return { ...turn, phase: "looking", asked: data.asked, rewritten: data.question };
    case "retrieved":
      return { ...turn, phase: "thinking", examples: data.examples, metrics: data.metrics };
    case "reasoning":
      return { ...turn, phase: "thinking", reasoning: turn.reasoning + data.text };
    case "draft":
      return { ...turn, phase: "checking", draft: data.promql, findings: [] };
    case "repaired":
      return { ...turn, phase: "repairing", draft: data.promql, findings: [] };
    case "finding":
      return { ...turn, findings: [...turn.findings, data] };
    case "dry_run":
      return { ...turn, phase: "running" };
    case "answer":
      return withAnswer(turn, data);
    default:
      return turn;
  }
}

export function withAnswer(turn: Turn, answer: Answer): Turn {
  const asked = answer.asked || turn.asked;
  return {
    ...turn, asked, answer, answerId: answer.id, rewritten: answer.question === asked.trim() ? null : answer.question, outcome: answer.status,
    findings: answer.findings, examples: answer.examples, metrics: answer.metrics, draft: answer.promql,
  };
}

export function storedTurn({ answer, created, verdict, corrected_promql, note }: StoredAnswer): Turn {
  const turn = newTurn(answer.id, answer.asked || answer.question, Date.parse(created));
  return { ...withAnswer(turn, answer), verdict, corrected: corrected_promql, note };
}
