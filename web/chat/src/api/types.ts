/** The REST API's shapes, as the service's OpenAPI describes them. */

/** `failed` is only found in the history: whoever asked got the problem itself. */
export type Status = "answered" | "unverified" | "declined" | "failed";
export type Severity = "error" | "warning" | "info";
export type Lang = "en" | "zh";

export interface Step {
  step: string;
  promql: string;
}

export interface MetricRef {
  name: string;
  type: string;
  unit: string;
  help: string;
}

export interface ExampleRef {
  id: string;
  question: string;
  promql: string;
  score: number;
}

/** `start` and `end` count characters (code points) of the query. */
export interface Finding {
  check: string;
  severity: Severity;
  summary: string;
  detail: string;
  start: number;
  end: number;
}

export interface DryRun {
  outcome: "ok" | "empty" | "error" | "too_expensive" | "skipped";
  result_type: string;
  series: number;
  warnings: string[];
  elapsed_ms: number;
}

export interface Answer {
  id: string;
  question: string;
  /** The words as typed; `question` is a follow-up rewritten to stand alone. */
  asked?: string;
  conversation_id?: string;
  status: Status;
  promql: string | null;
  explanation: Step[];
  confidence: number;
  origin: "model" | "memory" | "rules";
  model: string;
  scenario: string | null;
  metrics: MetricRef[];
  examples: ExampleRef[];
  findings: Finding[];
  dry_run: DryRun;
  alternatives: string[];
  suggestions: string[];
  usage: { prompt_tokens: number; cached_tokens: number; completion_tokens: number; model_calls: number };
  timings_ms: Record<string, number>;
}

export interface Retrieved {
  scenario: string;
  examples: ExampleRef[];
  metrics: MetricRef[];
}

export interface ProblemDocument {
  title: string;
  status: number;
  detail: string;
  /** A question that failed is kept, too: it can be judged, and its conversation goes on. */
  answer_id?: string;
  conversation_id?: string;
}

/** What `POST /api/v1/ask` streams. */
export type AskEvent =
  | { event: "queued"; data: { position: number } }
  | { event: "rewritten"; data: { asked: string; question: string } }
  | { event: "retrieved"; data: Retrieved }
  | { event: "reasoning"; data: { text: string } }
  | { event: "draft" | "repaired"; data: { promql: string } }
  | { event: "finding"; data: Finding }
  | { event: "dry_run"; data: DryRun }
  | { event: "answer"; data: Answer }
  | { event: "error"; data: ProblemDocument };

export interface SuggestedQuestion {
  scenario: string;
  en: string;
  zh: string;
}

export interface ScenarioTitle {
  scenario: string;
  title: Record<string, string>;
}

export interface PageSettings {
  version: string;
  model: string;
  backend: string;
  prometheus_url: string | null;
  grafana_url: string | null;
  learning: "auto" | "review" | "off";
  needs_token: boolean;
}

export interface ConversationSummary {
  id: string;
  title: string;
  created: string;
  updated: string;
  answers: number;
}

export type Verdict = "right" | "wrong";

export interface StoredAnswer {
  answer: Answer;
  created: string;
  verdict: Verdict | null;
  corrected_promql: string | null;
  note: string | null;
}

export interface StoredConversation {
  id: string;
  title: string;
  created: string;
  updated: string;
  shared: string | null;
  answers: StoredAnswer[];
}

export const CATEGORIES = ["metric", "filter", "window", "grouping", "function", "unit", "other"] as const;
export type Category = (typeof CATEGORIES)[number];

export interface Feedback {
  answer_id: string;
  verdict: Verdict;
  category?: Category;
  corrected_promql?: string;
  note?: string;
}

export interface Conflict {
  id: string;
  question: string;
  promql: string;
}

export interface Judged {
  verdict: Verdict;
  state: "learned" | "pending" | "refused" | "none";
  example_id: string | null;
  findings: Finding[];
  conflicts: Conflict[];
  detail: string;
}

export type ExampleState = "learned" | "pending" | "rejected" | "corpus";

export interface StoredExample {
  id: string;
  questions: Record<string, string[]>;
  promql: string;
  scenario: string;
  state: ExampleState;
  origin: string;
  created: string | null;
  conflicts: Conflict[];
}

/** One element of a Prometheus result: an instant vector has `value`, a range vector `values`. */
export interface Series {
  metric: Record<string, string>;
  value?: Sample;
  values?: Sample[];
}

export type Sample = [time: number, value: string];

export type QueryData =
  | { resultType: "vector"; result: Series[] }
  | { resultType: "matrix"; result: Series[] }
  | { resultType: "scalar"; result: Sample }
  | { resultType: "string"; result: Sample };
