/** Where the question is typed. */

import { useEffect, useState, type KeyboardEvent, type RefObject } from "react";
import { Icon } from "../components/Icon";
import { useWords } from "../words";

interface Props {
  box: RefObject<HTMLTextAreaElement | null>;
  working: boolean;
  /** The conversation is still being read. */
  waiting: boolean;
  followUp: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
}

/** What the service reads at most. */
const LONGEST = 2000;

export function Composer({ box, working, waiting, followUp, onAsk, onStop }: Props) {
  const { t } = useWords();
  const [text, setText] = useState("");
  const tooLong = [...text].length > LONGEST;
  const canSend = text.trim() !== "" && !tooLong && !working && !waiting;

  useEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 200)}px`;
  }, [box, text]);

  const send = () => {
    if (!canSend) return;
    onAsk(text.trim());
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the input of a Chinese word belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className="composer"
      aria-label={t("question")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="composer-box">
        <label className="unseen" htmlFor="question">{t("question")}</label>
        <textarea
          id="question"
          ref={box}
          data-testid="question"
          rows={1}
          autoComplete="off"
          value={text}
          placeholder={t(followUp ? "placeholderNext" : "placeholder")}
          aria-describedby="composer-hint"
          onChange={({ target }) => setText(target.value)}
          onKeyDown={onKeyDown}
        />
        {working ? (
          <button type="button" className="send" data-testid="stop" aria-label={t("stop")} title={`${t("stop")} (Esc)`} onClick={onStop}><Icon name="stop" /></button>
        ) : (
          <button type="submit" className="send" data-testid="send" aria-label={t("send")} title={`${t("send")} (Enter)`} disabled={!canSend}><Icon name="send" /></button>
        )}
      </div>
      <p className={tooLong ? "hint bad" : "hint"} id="composer-hint">
        {tooLong ? t("tooLong", { n: LONGEST.toLocaleString("en") }) : t(working ? "hintBusy" : "hint")}
      </p>
    </form>
  );
}
