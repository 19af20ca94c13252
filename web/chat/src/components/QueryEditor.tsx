/**
 * The query editor, with completion from the live backend.
 *
 * It lives in a shadow root: there CodeMirror brings its styles as constructed sheets, which the page's strict
 * Content-Security-Policy (no inline styles) lets pass without a nonce.
 */

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { Annotation, Compartment, EditorState, Prec, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, type DecorationSet } from "@codemirror/view";
import { newCompleteStrategy, PromQLExtension } from "@prometheus-io/codemirror-promql";
import { useEffect, useRef } from "react";
import { request } from "../api/request";
import { highlighter } from "../promql/highlight";
import type { Mark } from "../promql/ranges";
import queryStyle from "../style/query.css?inline";

interface Props {
  value: string;
  marks: Mark[];
  label: string;
  readOnly?: boolean;
  onChange?: (text: string) => void;
  onRun?: () => void;
  /** Hears of the way to put the focus into the editor. */
  onReady?: (focus: () => void) => void;
}

const fromOutside = Annotation.define<boolean>();
const setMarks = StateEffect.define<Mark[]>();

const markField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(setMarks)) return decorations(effect.value, transaction.newDoc.length);
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorations(marks: Mark[], length: number): DecorationSet {
  const inside = marks.filter(({ from, to }) => from < to && to <= length);
  return Decoration.set(inside.map(({ from, to, className }) => Decoration.mark({ class: className }).range(from, to)), true);
}

const theme = EditorView.theme({
  "&": { color: "var(--text)", fontSize: "var(--code-size)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.7" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 14px" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--selection)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent-line)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", borderRadius: "8px", boxShadow: "var(--shadow)", overflow: "hidden", color: "var(--text)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12.5px", maxHeight: "14em", maxWidth: "min(640px, 92vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px", lineHeight: "1.5" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent-soft)", color: "var(--text)" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)", fontWeight: "600" },
  ".cm-completionDetail": { color: "var(--soft)", fontStyle: "normal", marginLeft: "1em" },
  ".cm-completionIcon": { display: "none" },
  ".cm-completionInfo": { padding: "8px 12px", maxWidth: "320px", font: "13px/1.5 var(--sans)" },
  ".cm-diagnostic": { padding: "6px 12px", font: "13px/1.5 var(--sans)", borderLeftWidth: "3px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});

/** Behind these something new begins. After a closed bracket only operators fit: they are offered when asked for, and in no one's way. */
const BEGUN = /[\w:"'`{(\[,=~]$/;

function language(): PromQLExtension {
  const url = new URL("prometheus", document.baseURI).pathname;
  const complete = newCompleteStrategy({
    remote: {
      url,
      httpMethod: "GET",
      fetchFn: (address, init) => request(String(address), init),
      httpErrorHandler: () => undefined, // an older service has no such route: functions and keywords are completed then
    },
  });
  return new PromQLExtension().setComplete({
    completeStrategy: {
      promQL: (context) => (context.explicit || context.matchBefore(BEGUN) ? complete.promQL(context) : null),
      destroy: () => complete.destroy?.(),
    },
  });
}

export default function QueryEditor(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;
  const { value, marks, label, readOnly = false } = props;
  const settings = useRef(new Compartment());
  /** What was typed and has not come back as `value` yet: while it is on its way, more may be typed. */
  const typed = useRef<string[]>([]);

  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(queryStyle);
    root.adoptedStyleSheets = [sheet];
    const promql = language();
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          settings.current.of(editability(latest.current.label, latest.current.readOnly ?? false)),
          history(), drawSelection(), bracketMatching(), closeBrackets(), autocompletion({ icons: false }), EditorView.lineWrapping,
          promql.asExtension(), syntaxHighlighting(highlighter), markField, theme,
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: (editor) => { closeCompletion(editor); latest.current.onRun?.(); return true; } }])),
          keymap.of([{ key: "Tab", run: acceptCompletion }, ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || update.transactions.some((one) => one.annotation(fromOutside))) return;
            typed.current.push(update.state.doc.toString());
            latest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    editor.dispatch({ effects: setMarks.of(latest.current.marks) });
    view.current = editor;
    latest.current.onReady?.(() => editor.focus());
    return () => {
      editor.destroy();
      promql.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    const echo = typed.current.lastIndexOf(value);
    typed.current = typed.current.slice(echo + 1);
    if (!editor || echo >= 0 || editor.state.doc.toString() === value) return;
    typed.current = [];
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, annotations: fromOutside.of(true) });
  }, [value]);
  useEffect(() => view.current?.dispatch({ effects: setMarks.of(marks) }), [marks, value]);
  useEffect(() => view.current?.dispatch({ effects: settings.current.reconfigure(editability(label, readOnly)) }), [label, readOnly]);

  return <div ref={host} className="editor" />;
}

function editability(label: string, readOnly: boolean): Extension {
  return [
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ "aria-label": label, autocapitalize: "off", autocorrect: "off", spellcheck: "false" }),
  ];
}
