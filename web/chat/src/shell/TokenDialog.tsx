/** The service wants a token: asked for once, kept for this tab. */

import { useState, type FormEvent } from "react";
import { giveToken, tokenRequest } from "../api/access";
import { Dialog } from "../components/Dialog";
import { useStore } from "../store";
import { useWords } from "../words";

export function TokenDialog() {
  const { t } = useWords();
  const { open, refused } = useStore(tokenRequest);
  const [token, setToken] = useState("");
  if (!open) return null;
  const send = (event: FormEvent) => {
    event.preventDefault();
    giveToken(token.trim());
    setToken("");
  };
  return (
    <Dialog title={t("tokenTitle")} onClose={() => giveToken(null)} className="narrow">
      <form onSubmit={send}>
        <p>{t("tokenText")}</p>
        <label className="field">
          <span>{t("tokenLabel")}</span>
          <input type="password" autoComplete="off" data-autofocus required value={token} data-testid="token" onChange={({ target }) => setToken(target.value)} />
        </label>
        {refused && <p className="problem-line" role="alert">{t("tokenRefused")}</p>}
        <footer>
          <button type="button" className="button" onClick={() => giveToken(null)}>{t("cancel")}</button>
          <button type="submit" className="button primary" disabled={!token.trim()}>{t("tokenSend")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
