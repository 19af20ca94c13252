"""An answer drawn as plain text: the query, carets under what findings point at, the result."""

from __future__ import annotations

from text2promql.answer import Answer, Finding

__all__ = ["draw"]

ROWS = 20


def draw(answer: Answer) -> str:
    """The answer for a terminal, ending in a newline."""
    lines: list[str] = []
    if answer.promql:
        lines.append(answer.promql)
        for finding in answer.findings:
            lines += _finding(answer.promql, finding)
    else:
        lines += [f"{f.summary}. {f.detail}".strip() for f in answer.findings]
        lines += [f"  - {s}" for s in answer.suggestions]
    if answer.status == "unverified":
        lines.append("(unverified: see the findings above)")
    if answer.explanation:
        lines.append("")
        lines += [f"{i}. {s.step}" for i, s in enumerate(answer.explanation, 1)]
    lines += _result(answer)
    if answer.examples and answer.promql:
        lines += ["", "Leaned on: " + "; ".join(e.question for e in answer.examples)]
    return "\n".join(_printable(line) for line in lines) + "\n"


def _finding(query: str, finding: Finding) -> list[str]:
    out = []
    if finding.end > finding.start and "\n" not in query:
        out.append(" " * finding.start + "^" * (min(finding.end, len(query)) - finding.start))
    out.append(f"{finding.severity}: {finding.summary}" + (f" ({finding.detail})" if finding.detail else ""))
    return out


def _result(answer: Answer) -> list[str]:
    run = answer.dry_run
    if run.outcome == "skipped":
        return []
    if run.outcome == "empty":
        return ["", "The query runs; nothing matches at present."]
    if run.outcome != "ok":
        return ["", *run.warnings]
    lines = [""]
    for element in run.sample[:ROWS]:
        labels = ", ".join(f"{k}={v}" for k, v in element["metric"].items())
        value = element["value"][1] if "value" in element else f"{len(element['values'])} samples"
        lines.append(f"{labels or 'value'}  {value}")
    if run.series > ROWS:
        lines.append(f"... and {run.series - ROWS} more")
    return lines


def _printable(text: str) -> str:
    """Control characters of label values and HELP texts must not reach the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
