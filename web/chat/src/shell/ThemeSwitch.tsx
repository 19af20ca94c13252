/** As the system, light, dark: each press takes the next. */

import type { IconName } from "../components/Icon";
import { Icon } from "../components/Icon";
import { preferences, prefer, usePreferences, type Theme } from "../preferences";
import { useWords, type Word } from "../words";

const THEMES: Theme[] = ["system", "light", "dark"];
const ICONS: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };
export const THEME_WORDS: Record<Theme, Word> = { system: "themeSystem", light: "themeLight", dark: "themeDark" };

export function nextTheme(): void {
  const { theme } = preferences();
  prefer({ theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system" });
}

export function ThemeSwitch() {
  const { t } = useWords();
  const { theme } = usePreferences();
  const name = `${t("theme")}: ${t(THEME_WORDS[theme])}`;
  return (
    <button type="button" className="quiet square" aria-label={name} title={name} data-testid="theme" onClick={nextTheme}>
      <Icon name={ICONS[theme]} />
    </button>
  );
}
