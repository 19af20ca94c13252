/** Earlier conversations, and the way to everything else. */

import { useEffect, useState, type RefObject } from "react";
import { notify } from "../announce";
import { asProblem } from "../api/request";
import * as service from "../api/service";
import type { ConversationSummary } from "../api/types";
import { Confirm } from "../components/Dialog";
import { Icon } from "../components/Icon";
import { age, type Age } from "../format/time";
import { prefer, usePreferences } from "../preferences";
import { countPending, pendingCount } from "../review/pending";
import { addressOf, type Route } from "../routes";
import { serviceState } from "../serviceState";
import { useStore } from "../store";
import { useWords } from "../words";
import { historyState, readHistory, refreshHistory } from "./history";
import { RenameDialog } from "./RenameDialog";
import { ThemeSwitch } from "./ThemeSwitch";

interface Props {
  route: Route;
  search: RefObject<HTMLInputElement | null>;
  onNew: () => void;
  onDeleted: (id: string) => void;
  onRenamed: (id: string, title: string) => void;
  onSettings: () => void;
  onHelp: () => void;
}

export function Sidebar({ route, search, onNew, onDeleted, onRenamed, onSettings, onHelp }: Props) {
  const { t } = useWords();
  const { page } = useStore(serviceState);
  const { language } = usePreferences();
  return (
    <>
      <div className="brand">
        <a href="#/" onClick={onNew}><span className="logo" aria-hidden="true" />text2promql</a>
      </div>
      <button type="button" className="button wide" data-testid="new" onClick={onNew}><Icon name="plus" />{t("newQuestion")}<kbd>N</kbd></button>
      {page ? <History route={route} search={search} onDeleted={onDeleted} onRenamed={onRenamed} /> : <div className="space" />}
      <nav className="foot" aria-label={t("settings")}>
        {page && (
          <a className={route.name === "review" ? "row current" : "row"} aria-current={route.name === "review" ? "page" : undefined} href="#/review">
            <Icon name="inbox" />{t("review")}<Pending />
          </a>
        )}
        <div className="foot-row">
          <button type="button" className="quiet" lang={language === "en" ? "zh-CN" : "en"} data-testid="language" onClick={() => prefer({ language: language === "en" ? "zh" : "en" })}>
            {language === "en" ? "中文" : "English"}
          </button>
          <span className="space" />
          <ThemeSwitch />
          <button type="button" className="quiet square" aria-label={t("shortcuts")} title={`${t("shortcuts")} (?)`} onClick={onHelp}><Icon name="help" /></button>
          <button type="button" className="quiet square" aria-label={t("settings")} title={t("settings")} onClick={onSettings}><Icon name="settings" /></button>
        </div>
      </nav>
    </>
  );
}

function Pending() {
  const { t } = useWords();
  const count = useStore(pendingCount);
  useEffect(() => void countPending(), []);
  return count === 0 ? null : <span className="count" data-testid="pending">{count} <span className="unseen">{t("pendingTab")}</span></span>;
}

const AGES: Age[] = ["today", "yesterday", "week", "older"];

function History({ route, search, onDeleted, onRenamed }: Pick<Props, "route" | "search" | "onDeleted" | "onRenamed">) {
  const { t } = useWords();
  const { search: wanted, conversations, more, problem } = useStore(historyState);
  const [text, setText] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => void readHistory(text.trim()), text ? 200 : 0);
    return () => clearTimeout(timer);
  }, [text]);
  const now = new Date();
  const groups = AGES.map((name) => ({ name, entries: conversations?.filter(({ updated }) => age(new Date(updated), now) === name) ?? [] }));
  return (
    <>
      <label className="search">
        <Icon name="search" />
        <span className="unseen">{t("searchHistory")}</span>
        <input ref={search} type="search" value={text} placeholder={t("searchHistory")} data-testid="search" onChange={({ target }) => setText(target.value)} />
      </label>
      <nav className="history" aria-label={t("history")} data-testid="history">
        {problem && <p className="note">{problem.message} <button type="button" className="quiet" onClick={refreshHistory}>{t("retry")}</button></p>}
        {!conversations && !problem && <div className="skeleton" />}
        {conversations?.length === 0 && <p className="note">{wanted ? t("nothingFound", { search: wanted }) : t("noHistory")}</p>}
        {groups.filter(({ entries }) => entries.length > 0).map(({ name, entries }) => (
          <section key={name}>
            <h2>{t(name)}</h2>
            <ul>
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} current={route.name === "conversation" && route.id === entry.id} onDeleted={onDeleted} onRenamed={onRenamed} />
              ))}
            </ul>
          </section>
        ))}
        {more && <button type="button" className="quiet" onClick={() => readHistory(wanted, true)}>{t("more")}</button>}
      </nav>
    </>
  );
}

interface EntryProps {
  entry: ConversationSummary;
  current: boolean;
  onDeleted: (id: string) => void;
  onRenamed: (id: string, title: string) => void;
}

function Entry({ entry: { id, title }, current, onDeleted, onRenamed }: EntryProps) {
  const { t } = useWords();
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  const close = () => setOpen(null);
  const remove = async () => {
    try {
      await service.remove(id);
      onDeleted(id);
    } catch (error) {
      notify(`${t("actionFailed")}: ${asProblem(error).message}`, true);
    }
    await refreshHistory();
  };
  return (
    <li className={current ? "entry current" : "entry"}>
      <a href={addressOf({ name: "conversation", id })} aria-current={current ? "page" : undefined} title={title}>{title}</a>
      <button type="button" className="quiet square" aria-label={`${t("rename")}: ${title}`} title={t("rename")} onClick={() => setOpen("rename")}><Icon name="pencil" /></button>
      <button type="button" className="quiet square" aria-label={`${t("delete")}: ${title}`} title={t("delete")} onClick={() => setOpen("delete")}><Icon name="trash" /></button>
      {open === "rename" && <RenameDialog id={id} title={title} onRenamed={onRenamed} onClose={close} />}
      {open === "delete" && <Confirm title={t("deleteTitle")} text={t("deleteText", { title })} action={t("delete")} onConfirm={remove} onClose={close} />}
    </li>
  );
}
