/** The list of earlier conversations. */

import { asProblem, isAbort, type Problem } from "../api/request";
import * as service from "../api/service";
import type { ConversationSummary } from "../api/types";
import { createStore } from "../store";

export interface HistoryState {
  search: string;
  conversations: ConversationSummary[] | null;
  more: boolean;
  problem: Problem | null;
}

const PAGE = 50;

export const historyState = createStore<HistoryState>({ search: "", conversations: null, more: false, problem: null });

let running: AbortController | null = null;

/** Reads the newest conversations that match, or the next older ones. */
export async function readHistory(search: string, older = false): Promise<void> {
  running?.abort();
  const controller = (running = new AbortController());
  const known = older ? historyState.get().conversations ?? [] : [];
  historyState.set({ ...historyState.get(), search });
  try {
    const { conversations } = await service.conversations(search, known.at(-1)?.updated ?? "", controller.signal);
    const ids = new Set(known.map(({ id }) => id));
    const next = [...known, ...conversations.filter(({ id }) => !ids.has(id))];
    historyState.set({ search, conversations: next, more: conversations.length === PAGE, problem: null });
  } catch (error) {
    if (!isAbort(error)) historyState.set({ ...historyState.get(), problem: asProblem(error) });
  }
}

export const refreshHistory = () => readHistory(historyState.get().search);
