/** One request to the service. Addresses are relative, so that the page also works under a path prefix. */

import { askForToken, authorization, userId } from "./access";
import type { ProblemDocument } from "./types";

/** What went wrong, as an RFC 9457 problem document. Status 0: the service did not answer at all. */
export class Problem extends Error {
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  readonly answerId: string | null;
  readonly conversationId: string | null;

  constructor({ title = "", detail = "", status = 0, answer_id, conversation_id }: Partial<ProblemDocument>) {
    super(detail || title || `HTTP ${status}`);
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.answerId = answer_id ?? null;
    this.conversationId = conversation_id ?? null;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Any failure as a problem. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem({ detail: error instanceof Error ? error.message : String(error), status: -1 });
}

/** The response, where it is a good one. Raises Problem; waits for the token where one is asked for. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...init.headers, "X-User": userId(), ...authorization() } });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({ detail: error instanceof Error ? error.message : "" });
  }
  if (response.ok) return response;
  if (response.status === 401 && (await askForToken())) return request(path, init);
  throw await problemIn(response);
}

async function problemIn(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const found = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  // Prometheus' own errors say {"error": ...} where a problem says {"detail": ...}.
  return new Problem({
    title: text(found.title) || response.statusText,
    detail: text(found.detail) || text(found.error),
    status: response.status,
  });
}

export async function getJson<T>(path: string, params: Record<string, string | number> = {}, signal?: AbortSignal): Promise<T> {
  const search = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)])).toString();
  const response = await request(search ? `${path}?${search}` : path, { headers: { Accept: "application/json" }, signal: signal ?? null });
  return readJson<T>(response, path);
}

/** Sends a body, or nothing, and reads what comes back, or nothing. */
export async function sendJson<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await request(path, { method, ...content });
  return response.status === 204 ? (undefined as T) : readJson<T>(response, path);
}

async function readJson<T>(response: Response, path: string): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({ detail: `${path} did not answer with JSON`, status: -1 });
  }
}
