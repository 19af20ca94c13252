/** The model's words as they come. Open while it works, then folded away. */

import { useEffect, useRef, useState } from "react";
import { useWords } from "../words";

export function Reasoning({ text, live }: { text: string; live: boolean }) {
  const { t } = useWords();
  const [open, setOpen] = useState(live);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!live) setOpen(false);
  }, [live]);
  useEffect(() => {
    const element = box.current;
    if (element && element.scrollHeight - element.scrollTop - element.clientHeight < 60) element.scrollTop = element.scrollHeight;
  }, [text]);
  return (
    <details className="fold" data-testid="reasoning" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t("reasoning")}</summary>
      <div className="reasoning" ref={box} tabIndex={0} role="group" aria-label={t("reasoning")}>{live ? text : text.trim()}</div>
    </details>
  );
}
