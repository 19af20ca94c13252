/** The words of the page in the language that was chosen. */

import type { Lang } from "../api/types";
import { usePreferences } from "../preferences";
import { en, type Word, type Words } from "./en";
import { zh } from "./zh";

export type { Word };

const WORDS: Record<Lang, Words> = { en, zh };

export type Params = Record<string, string | number>;
export type Translate = (word: Word, params?: Params) => string;

export function translate(lang: Lang, word: Word, params: Params = {}): string {
  return WORDS[lang][word].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ""));
}

const IN: Record<Lang, { t: Translate; lang: Lang }> = {
  en: { lang: "en", t: (word, params) => translate("en", word, params) },
  zh: { lang: "zh", t: (word, params) => translate("zh", word, params) },
};

export function useWords(): { t: Translate; lang: Lang } {
  return IN[usePreferences().language];
}
