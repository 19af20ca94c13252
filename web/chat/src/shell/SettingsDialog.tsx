import { useState } from "react";
import { notify } from "../announce";
import { asProblem } from "../api/request";
import * as service from "../api/service";
import type { Lang } from "../api/types";
import { Confirm, Dialog } from "../components/Dialog";
import { prefer, usePreferences, type Theme } from "../preferences";
import { serviceState } from "../serviceState";
import { useStore } from "../store";
import { useWords } from "../words";
import { SingleKeys } from "./HelpDialog";
import { THEME_WORDS } from "./ThemeSwitch";

interface Props {
  onClose: () => void;
  onDataDeleted: () => void;
}

export function SettingsDialog({ onClose, onDataDeleted }: Props) {
  const { t } = useWords();
  const { language, theme } = usePreferences();
  const { page } = useStore(serviceState);
  return (
    <Dialog title={t("settings")} onClose={onClose} className="narrow">
      <label className="field">
        <span>{t("language")}</span>
        <select value={language} onChange={({ target }) => prefer({ language: target.value as Lang })}>
          <option value="en" lang="en">English</option>
          <option value="zh" lang="zh-CN">中文</option>
        </select>
      </label>
      <label className="field">
        <span>{t("theme")}</span>
        <select value={theme} onChange={({ target }) => prefer({ theme: target.value as Theme })}>
          {(Object.keys(THEME_WORDS) as Theme[]).map((name) => <option key={name} value={name}>{t(THEME_WORDS[name])}</option>)}
        </select>
      </label>
      <SingleKeys />
      {page && <YourData onDeleted={onDataDeleted} />}
      {page && <p className="note">{t("version", { version: page.version })} · {page.model} · {page.backend}</p>}
    </Dialog>
  );
}

function YourData({ onDeleted }: { onDeleted: () => void }) {
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  const failed = (error: unknown) => notify(`${t("actionFailed")}: ${asProblem(error).message}`, true);
  const download = async () => {
    const blob = new Blob([JSON.stringify(await service.exportMine(), null, 2)], { type: "application/json" });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: "text2promql.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const remove = async () => {
    await service.deleteMine();
    notify(t("dataDeleted"));
    onDeleted();
  };
  return (
    <section className="your-data">
      <h3>{t("yourData")}</h3>
      <p className="soft">{t("yourDataText")}</p>
      <div className="row-of-buttons">
        <button type="button" className="button small" onClick={() => download().catch(failed)}>{t("exportData")}</button>
        <button type="button" className="button small danger" onClick={() => setAsking(true)}>{t("deleteData")}</button>
      </div>
      {asking && <Confirm title={t("deleteDataTitle")} text={t("deleteDataText")} action={t("deleteData")} onConfirm={() => remove().catch(failed)} onClose={() => setAsking(false)} />}
    </section>
  );
}
