import { useState } from "react";
import { announce, notify } from "../announce";
import { useWords, type Word } from "../words";
import { Icon } from "./Icon";

export function CopyButton({ text, word = "copy", className = "quiet" }: { text: string; word?: Word; className?: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return notify(t("copyFailed"), true);
    announce(t("copied"));
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" className={className} onClick={copy}>
      <Icon name={copied ? "check" : "copy"} />
      {t(copied ? "copied" : word)}
    </button>
  );
}

/** Plain http on another host has no clipboard API. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
