/** Conversations of this visit. One that streams goes on while another is looked at. */

import { asProblem, isAbort, Problem } from "../api/request";
import * as service from "../api/service";
import { createStore, type Store } from "../store";
import { afterEvent, newTurn, storedTurn, type Turn } from "./turn";

export interface ConversationState {
  id: string | null;
  title: string;
  turns: Turn[];
  shared: string | null;
  loading: boolean;
  problem: Problem | null;
}

const EMPTY: ConversationState = { id: null, title: "", turns: [], shared: null, loading: false, problem: null };

let count = 0;

export class Conversation {
  readonly store: Store<ConversationState> = createStore(EMPTY);
  private running: AbortController | null = null;

  get state(): ConversationState {
    return this.store.get();
  }

  update(patch: Partial<ConversationState>): void {
    this.store.set({ ...this.state, ...patch });
  }

  /** Fills it from the store, or through a link where it was shared. */
  async load(read: () => ReturnType<typeof service.conversation>): Promise<void> {
    this.update({ loading: true, problem: null });
    try {
      const { id, title, shared, answers } = await read();
      this.update({ id, title, shared, turns: answers.map(storedTurn), loading: false });
    } catch (error) {
      this.update({ loading: false, problem: asProblem(error) });
    }
  }

  /** Asks, and follows the answer until it is complete. `onBegun` hears of the id that the service gave. */
  async ask(question: string, onBegun: (id: string) => void): Promise<Turn> {
    count += 1;
    let turn = newTurn(`asked-${count}`, question, Date.now());
    const controller = new AbortController();
    this.running = controller;
    this.update({ problem: null, turns: [...this.state.turns, turn], title: this.state.title || question });
    const show = (next: Turn) => {
      turn = next;
      this.updateTurn(turn.key, next);
    };
    const begun = (id: string | null | undefined) => {
      if (!id || this.state.id) return;
      this.update({ id });
      onBegun(id);
    };
    try {
      for await (const event of service.ask(question, this.state.id, controller.signal)) {
        if (event.event === "error") throw new Problem(event.data);
        show(afterEvent(turn, event));
        if (event.event === "answer") begun(event.data.conversation_id);
      }
      if (!turn.answer) throw new Problem({ status: -2 });
    } catch (error) {
      if (turn.answer) return turn;
      if (isAbort(error)) {
        show({ ...turn, outcome: "stopped" });
      } else {
        const problem = asProblem(error);
        show({ ...turn, outcome: "failed", problem, answerId: problem.answerId });
        begun(problem.conversationId);
      }
    } finally {
      this.running = null;
    }
    return turn;
  }

  stop(): void {
    this.running?.abort();
  }

  updateTurn(key: string, patch: Partial<Turn>): void {
    this.update({ turns: this.state.turns.map((turn) => (turn.key === key ? { ...turn, ...patch } : turn)) });
  }
}

export const isWorking = ({ turns }: ConversationState) => turns.at(-1)?.outcome === "working";
