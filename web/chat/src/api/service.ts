/** The service's routes. */

import { EventParser } from "./events";
import { getJson, isAbort, Problem, request, sendJson } from "./request";
import type {
  AskEvent, ConversationSummary, ExampleState, Feedback, Finding, Judged, Lang, PageSettings, QueryData, ScenarioTitle,
  Step, StoredConversation, StoredExample, SuggestedQuestion,
} from "./types";

const id = encodeURIComponent;

/** The events of one question, until the stream ends. Raises Problem. */
export async function* ask(question: string, conversation: string | null, signal: AbortSignal): AsyncGenerator<AskEvent> {
  const response = await request("api/v1/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(conversation ? { question, conversation_id: conversation } : { question }),
    signal,
  });
  if (!response.body) throw new Problem({ detail: "the response has no body" });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const { event, data } of parser.push(value)) yield { event, data: JSON.parse(data) } as AskEvent;
    }
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({ detail: error instanceof Error ? error.message : "" });
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

export const ready = () => getJson<{ status: string; detail: string }>("readyz");
export const pageSettings = () => getJson<PageSettings>("api/v1/page");
export const suggestedQuestions = () => getJson<{ questions: SuggestedQuestion[] }>("api/v1/questions");
export const catalogSize = () => getJson<{ total: number; scenarios: ScenarioTitle[] }>("api/v1/catalog", { limit: 0 });

export const validate = (query: string) => sendJson<{ valid: boolean; findings: Finding[] }>("POST", "api/v1/validate", { query });
export const explain = (query: string, lang: Lang) => sendJson<{ steps: Step[] }>("POST", `api/v1/explain?lang=${lang}`, { query });

export async function instantQuery(query: string, time: number, signal: AbortSignal): Promise<QueryData> {
  return (await getJson<{ data: QueryData }>("api/v1/query", { query, time }, signal)).data;
}

export const reachBackend = () => getJson<unknown>("api/v1/query", { query: "vector(1)" });

export async function rangeQuery(
  query: string, range: { start: number; end: number; step: number }, signal: AbortSignal,
): Promise<QueryData> {
  return (await getJson<{ data: QueryData }>("api/v1/query_range", { query, ...range }, signal)).data;
}

export const conversations = (search: string, before: string, signal?: AbortSignal) =>
  getJson<{ conversations: ConversationSummary[] }>("api/v1/conversations", { limit: 50, ...(search && { search }), ...(before && { before }) }, signal);
export const conversation = (which: string) => getJson<StoredConversation>(`api/v1/conversations/${id(which)}`);
export const rename = (which: string, title: string) => sendJson<unknown>("PATCH", `api/v1/conversations/${id(which)}`, { title });
export const remove = (which: string) => sendJson<void>("DELETE", `api/v1/conversations/${id(which)}`);
export const share = (which: string) => sendJson<{ token: string }>("POST", `api/v1/conversations/${id(which)}/share`);
export const unshare = (which: string) => sendJson<void>("DELETE", `api/v1/conversations/${id(which)}/share`);
export const sharedConversation = (token: string) => getJson<StoredConversation>(`api/v1/shared/${id(token)}`);

export const feedback = (given: Feedback) => sendJson<Judged>("POST", "api/v1/feedback", given);

export const examples = (state: ExampleState, search: string, offset: number, signal?: AbortSignal) =>
  getJson<{ total: number; examples: StoredExample[] }>("api/v1/examples", { state, limit: 50, offset, ...(search && { search }) }, signal);
export const pendingExamples = () => getJson<{ total: number }>("api/v1/examples", { state: "pending", limit: 0 });
export const approve = (which: string) => sendJson<StoredExample>("POST", `api/v1/examples/${id(which)}/approve`);
export const reject = (which: string) => sendJson<StoredExample>("POST", `api/v1/examples/${id(which)}/reject`);
export const removeExample = (which: string) => sendJson<void>("DELETE", `api/v1/examples/${id(which)}`);

export const exportMine = () => getJson<unknown>("api/v1/me/export");
export const deleteMine = () => sendJson<void>("DELETE", "api/v1/me");
