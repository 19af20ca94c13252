/** The page: what is shown where, and the conversations of this visit. */

import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { announcement, notify, toast } from "../announce";
import type { Problem } from "../api/request";
import * as service from "../api/service";
import { copyText } from "../components/CopyButton";
import { Dialog } from "../components/Dialog";
import { Icon } from "../components/Icon";
import { ProblemText } from "../components/ProblemText";
import { Conversation, isWorking } from "../conversation/conversation";
import { Review } from "../review/Review";
import { go, readRoute, useHash, type Route } from "../routes";
import { serviceState, watch, watchAfter } from "../serviceState";
import { useStore } from "../store";
import { useWords } from "../words";
import { Composer } from "./Composer";
import { HelpDialog } from "./HelpDialog";
import { historyState, refreshHistory } from "./history";
import { Notice } from "./Notice";
import { SettingsDialog } from "./SettingsDialog";
import { ShareDialog } from "./ShareDialog";
import { useShortcuts } from "./shortcuts";
import { Sidebar } from "./Sidebar";
import { nextTheme } from "./ThemeSwitch";
import { Thread } from "./Thread";
import { TokenDialog } from "./TokenDialog";
import { Welcome } from "./Welcome";

type Open = "menu" | "help" | "settings" | "share" | null;

/** Conversations that were opened in this visit. */
const opened = new Map<string, Conversation>();

function find(route: Route): Conversation {
  if (route.name !== "conversation" && route.name !== "shared") return new Conversation();
  const key = route.name === "shared" ? `shared/${route.token}` : route.id;
  const known = opened.get(key);
  if (known && !known.state.problem) return known;
  const made = new Conversation();
  opened.set(key, made);
  void made.load(() => (route.name === "shared" ? service.sharedConversation(route.token) : service.conversation(route.id)));
  return made;
}

export function App() {
  const { t } = useWords();
  const hash = useHash();
  const route = useMemo(() => readRoute(hash), [hash]);
  const [open, setOpen] = useState<Open>(null);
  const [conversation, setConversation] = useState(() => find(route));
  const state = useStore(conversation.store);
  const { page } = useStore(serviceState);
  const box = useRef<HTMLTextAreaElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const newest = useRef<{ query: string; edit: () => void }>({ query: "", edit: () => undefined });
  const working = isWorking(state);
  const readOnly = route.name === "shared";
  const asking = route.name === "new" || route.name === "conversation";
  const close = useCallback(() => setOpen(null), []);

  useEffect(() => void watch(), []);
  useEffect(() => {
    setOpen((before) => (before === "menu" ? null : before));
    setConversation((before) => (route.name === "conversation" && before.state.id === route.id ? before : find(route)));
    newest.current = { query: "", edit: () => undefined };
    // A finger would get the keyboard over half of the screen.
    if (route.name !== "review" && matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, [route]);
  useEffect(() => {
    const title = route.name === "review" ? t("reviewTitle") : state.title;
    document.title = title ? `${title} · ${t("pageTitle")}` : t("pageTitle");
  }, [route, state.title, t]);

  const current = useRef(conversation);
  current.current = conversation;
  const ask = useCallback(async (question: string) => {
    if (isWorking(conversation.state)) return;
    const turn = await conversation.ask(question, (id) => {
      opened.set(id, conversation);
      if (current.current === conversation && readRoute(location.hash).name !== "review") go({ name: "conversation", id }, "replace");
    });
    watchAfter(turn.problem);
    if (serviceState.get().page) await refreshHistory();
  }, [conversation]);

  const startNew = () => {
    if (route.name === "new") setConversation(new Conversation());
    go({ name: "new" });
    setOpen(null);
    box.current?.focus();
  };
  const forget = (id: string) => {
    opened.delete(id);
    if (route.name === "conversation" && route.id === id) startNew();
  };
  const onQuery = useCallback((query: string, edit: () => void) => {
    newest.current = { query, edit };
  }, []);

  useShortcuts({
    focus: () => box.current?.focus(),
    ask: startNew,
    search: () => {
      if (!search.current?.offsetParent) setOpen("menu");
      requestAnimationFrame(() => search.current?.focus());
    },
    copy: async () => {
      if (newest.current.query && (await copyText(newest.current.query))) notify(t("copied"));
    },
    edit: () => newest.current.edit(),
    theme: nextTheme,
    help: () => setOpen("help"),
    escape: () => {
      if (!working) return false;
      conversation.stop();
      box.current?.focus();
      return true;
    },
  });

  const sidebar = (
    <Sidebar
      route={route}
      search={search}
      onNew={startNew}
      onDeleted={forget}
      onRenamed={(id, title) => opened.get(id)?.update({ title })}
      onSettings={() => setOpen("settings")}
      onHelp={() => setOpen("help")}
    />
  );
  const wide = useWide();
  return (
    <div className="frame">
      {asking && <a className="skip" href="#question" onClick={(event) => { event.preventDefault(); box.current?.focus(); }}>{t("skip")}</a>}
      {wide && !readOnly && <aside className="sidebar">{sidebar}</aside>}
      {!wide && open === "menu" && <Drawer title={t("menu")} onClose={close}>{sidebar}</Drawer>}
      <div className="main">
        <header className="top" hidden={wide && route.name === "review"}>
          {!wide && !readOnly && <button type="button" className="quiet square" aria-label={t("menu")} data-testid="menu" onClick={() => setOpen("menu")}><Icon name="menu" /></button>}
          {state.title && route.name !== "review" ? <h1 className="title">{state.title}</h1> : <p className="title">{route.name === "new" && <Facts />}</p>}
          {readOnly && <a className="button small" href="#/">{t("askYourself")}</a>}
          {page && route.name !== "review" && state.id && !readOnly && (
            <button type="button" className="quiet" data-testid="share" onClick={() => setOpen("share")}><Icon name="link" />{t("share")}</button>
          )}
          {!wide && route.name !== "new" && !readOnly && <button type="button" className="quiet square" aria-label={t("newQuestion")} onClick={startNew}><Icon name="plus" /></button>}
        </header>
        <main>
          <div className="column">
            <Notice />
            {route.name === "review" ? <Review /> : (
              <>
                {state.loading && <div className="skeleton tall" role="status"><span className="unseen">{t("loading")}</span></div>}
                {state.problem && <Missing problem={state.problem} onRetry={() => setConversation(find(route))} />}
                {readOnly && state.turns.length > 0 && <p className="note shared-head">{t("sharedTitle")}. {t("sharedText")}</p>}
                {!readOnly && !state.loading && !state.problem && state.turns.length === 0 && <Welcome onAsk={ask} />}
                <Thread conversation={conversation} state={state} readOnly={readOnly} onAsk={ask} onQuery={onQuery} />
              </>
            )}
          </div>
        </main>
        {asking && (
          <Composer box={box} working={working} waiting={state.loading} followUp={state.id !== null} onAsk={ask} onStop={() => { conversation.stop(); box.current?.focus(); }} />
        )}
      </div>
      {open === "help" && <HelpDialog onClose={close} />}
      {open === "settings" && <SettingsDialog onClose={close} onDataDeleted={() => { opened.clear(); historyState.set({ ...historyState.get(), conversations: [] }); startNew(); }} />}
      {open === "share" && state.id && <ShareDialog id={state.id} shared={state.shared} onShared={(shared) => conversation.update({ shared })} onClose={close} />}
      <TokenDialog />
      <Told />
    </div>
  );
}

function Facts() {
  const { t } = useWords();
  const { metrics, scenarios } = useStore(serviceState);
  return metrics === null ? null : <span className="soft">{t("facts", { metrics: metrics.toLocaleString("en"), scenarios: scenarios.length })}</span>;
}

function Missing({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const { t } = useWords();
  if (problem.status !== 404) return <ProblemText title={t("failed")} problem={problem} onRetry={onRetry} />;
  return (
    <section className="welcome">
      <h1>{t("gone")}</h1>
      <p className="soft">{t("goneText")}</p>
      <p><a className="button" href="#/">{t("newQuestion")}</a></p>
    </section>
  );
}

/** The sidebar on a narrow screen. */
function Drawer({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  return <Dialog title={title} onClose={onClose} className="drawer"><div className="sidebar">{children}</div></Dialog>;
}

/** What the page tells besides what it shows. */
function Told() {
  const told = useStore(announcement);
  const shown = useStore(toast);
  return (
    <>
      <p className="unseen" aria-live="polite" data-testid="live">{told}</p>
      {shown && <p className={shown.bad ? "toast bad" : "toast"} aria-hidden="true">{shown.text}</p>}
    </>
  );
}

const WIDE = "(min-width: 56rem)";

function useWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const query = matchMedia(WIDE);
    const listen = () => setWide(query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, []);
  return wide;
}
