/** What the checks have to say. Pointing at one lights its place in the query. */

import type { Finding } from "../api/types";
import { Icon } from "../components/Icon";
import { useWords } from "../words";

interface Props {
  findings: Finding[];
  onPoint?: (finding: Finding | null) => void;
}

export function Findings({ findings, onPoint = () => undefined }: Props) {
  const { t } = useWords();
  if (!findings.length) return null;
  return (
    <ul className="findings" aria-label={t("findings")}>
      {findings.map((finding, index) => (
        <li
          key={index}
          className={finding.severity}
          data-testid="finding"
          onPointerEnter={() => onPoint(finding)}
          onPointerLeave={() => onPoint(null)}
        >
          <Icon name={finding.severity === "info" ? "info" : "warning"} />
          <div>
            <strong>{t(finding.severity)}</strong> {finding.summary} <code className="check">{finding.check}</code>
            {finding.detail && <p>{finding.detail}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
