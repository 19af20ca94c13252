import { expect, test } from "vitest";
import type { Answer, AskEvent } from "../api/types";
import { afterEvent, newTurn, storedTurn } from "./turn";

const ANSWER: Answer = {
  id: "a", question: "CPU of prod", asked: "only prod", status: "answered", promql: "up", explanation: [], confidence: 1, origin: "memory", model: "", scenario: null,
  metrics: [], examples: [], findings: [], dry_run: { outcome: "ok", result_type: "", series: 1, warnings: [], elapsed_ms: 1 }, alternatives: [], suggestions: [],
  usage: { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, model_calls: 0 }, timings_ms: {},
};
const FINDING = { check: "c", severity: "error" as const, summary: "", detail: "", start: 0, end: 1 };

const after = (...events: AskEvent[]) => events.reduce(afterEvent, newTurn("k", "only prod", 0));

test("an answer builds up event by event", () => {
  const turn = after(
    { event: "queued", data: { position: 2 } },
    { event: "rewritten", data: { asked: "only prod", question: "CPU of prod" } },
    { event: "retrieved", data: { scenario: "s", examples: [], metrics: [] } },
    { event: "reasoning", data: { text: "1. " } },
    { event: "reasoning", data: { text: "up" } },
    { event: "draft", data: { promql: "upp" } },
    { event: "finding", data: FINDING },
  );
  expect(turn).toMatchObject({ phase: "checking", reasoning: "1. up", draft: "upp", findings: [FINDING], rewritten: "CPU of prod", outcome: "working" });
  const repaired = afterEvent(turn, { event: "repaired", data: { promql: "up" } });
  expect(repaired).toMatchObject({ phase: "repairing", draft: "up", findings: [] });
  expect(afterEvent(repaired, { event: "answer", data: ANSWER })).toMatchObject({ outcome: "answered", rewritten: "CPU of prod", asked: "only prod" });
});

test("an event of a newer service changes nothing", () => {
  const turn = newTurn("k", "q", 0);
  expect(afterEvent(turn, { event: "sparkles", data: {} } as unknown as AskEvent)).toBe(turn);
});

test("an answer of a service without follow-ups is to the question as typed", () => {
  const { asked: _, ...old } = ANSWER;
  expect(after({ event: "answer", data: { ...old, question: "only prod" } }).rewritten).toBeNull();
});

test("a stored answer comes back with its verdict", () => {
  const turn = storedTurn({ answer: ANSWER, created: "2030-01-01T00:00:00Z", verdict: "wrong", corrected_promql: "up == 1", note: "n" });
  expect(turn).toMatchObject({ asked: "only prod", rewritten: "CPU of prod", verdict: "wrong", corrected: "up == 1", outcome: "answered" });
});
