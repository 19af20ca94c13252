export const en = {
  // the frame
  menu: "Menu", close: "Close", cancel: "Cancel", save: "Save", retry: "Try again", loading: "Loading…", more: "Show more",
  newQuestion: "New question", history: "History", searchHistory: "Search your questions", noHistory: "Your questions will be listed here.",
  nothingFound: "Nothing matches “{search}”.", today: "Today", yesterday: "Yesterday", week: "Previous 7 days", older: "Older",
  rename: "Rename", renameTitle: "Rename this conversation", titleLabel: "Title",
  delete: "Delete", deleteTitle: "Delete this conversation?", deleteText: "“{title}” and its answers are deleted. Links to it stop working.",
  share: "Share", shareTitle: "Share by link", shareText: "Anybody who can reach this service and has the link can read this conversation, later answers included. Nobody can change it.",
  shareLink: "Link", copyLink: "Copy link", unshare: "Stop sharing", unshared: "The link no longer works.", review: "Review", settings: "Settings", shortcuts: "Keyboard shortcuts",
  language: "Language", theme: "Theme", themeSystem: "As the system", themeLight: "Light", themeDark: "Dark", skip: "Skip to the question",
  singleKeys: "Shortcuts of a single key", singleKeysText: "Switch them off if you use speech input.",
  yourData: "Your data", yourDataText: "Questions, answers and feedback kept for this browser.", exportData: "Download", deleteData: "Delete everything", deleteDataTitle: "Delete everything?",
  deleteDataText: "All your conversations and your feedback are deleted. Examples that were learned from them stay.", dataDeleted: "Everything was deleted.",
  version: "Version {version}", pageTitle: "text2promql",
  // asking
  welcome: "Ask your metrics a question", welcomeText: "In plain words. You get PromQL for this very system, checked and run, with the reasoning behind it.",
  facts: "{metrics} metrics · {scenarios} scenarios", try: "Questions this backend can answer", noMetrics: "This backend has no metrics yet.",
  question: "Your question", placeholder: "Ask about your metrics", placeholderNext: "Ask a follow-up, like “only prod”", send: "Ask", stop: "Stop",
  hint: "Enter to ask · Shift+Enter for a new line · ? for shortcuts", hintBusy: "Esc to stop", tooLong: "At most {n} characters are read.",
  // states of the service
  starting: "The model is starting", startingText: "This takes a moment after a fresh start. The page notices when it is ready.",
  backendDown: "The metrics backend does not answer", backendDownText: "Questions can be asked again as soon as it is back. The page keeps trying.",
  offline: "The text2promql service cannot be reached", offlineText: "Is it still running? The page keeps trying.",
  tokenTitle: "This service wants a token", tokenText: "It was set by whoever runs the service (TEXT2PROMQL_TOKEN). It is kept until this tab is closed.", tokenLabel: "Token",
  tokenRefused: "The service did not accept that token.", tokenSend: "Continue",
  // states of an answer
  working: "Working", answered: "Answered", unverified: "Unverified", declined: "Declined", stopped: "Stopped", failed: "Failed",
  answeredText: "Parsed, checked and run on the backend.", unverifiedText: "The best query found, but something stands against it. Read it before you use it.",
  declinedText: "This backend's metrics cannot answer the question.", stoppedText: "You stopped this question.",
  sending: "Sending…", queued: "{n} before you in the queue", queuedNext: "You are next", looking: "Looking for similar questions and metrics…", thinking: "Working out the query…", checking: "Checking the query…",
  repairing: "Repaired the query, checking again…", running: "Ran the query, finishing…", slow: "Longer than usual. You can stop it and ask in other words.",
  cutOff: "The connection ended before the answer was complete.", rewritten: "Understood as", seconds: "{s} s", fromMemory: "from memory", byRule: "straight from examples", you: "You asked",
  // the query
  reasoning: "Reasoning", query: "Query", draft: "Draft", editorLabel: "PromQL query, can be edited", editorReadOnly: "PromQL query", edited: "edited",
  copy: "Copy", copied: "Copied", copyFailed: "Could not copy", run: "Run", runHint: "Run the edited query", reset: "Reset", openPrometheus: "Prometheus", openGrafana: "Grafana", opensNew: "{name}, opens in a new tab",
  error: "Error", warning: "Warning", info: "Note", findings: "Findings", explanation: "Step by step",
  // the result
  result: "Result", oneSeries: "1 series", seriesCount: "{n} series", chart: "Chart", table: "Table", range: "Time range", step: "Step", stepAuto: "Auto ({step})", custom: "Custom…", from: "From", to: "To", apply: "Apply",
  refresh: "Refresh", lastRange: "Last {span}", badRange: "The start must lie before the end.",
  empty: "The query is valid, and nothing matches it right now.", emptyRange: "No data in this time range.", runError: "The backend refused to run this query.",
  too_expensive: "Not run: it would read too much.", skipped: "The query was not run.", resultFailed: "The result could not be loaded", chartFailed: "The chart could not be loaded",
  value: "Value", samples: "last of {n} samples", moreRows: "and {n} more", drawn: "{shown} of {n} series are drawn", sharedLabels: "All have", sortBy: "Sort by {name}",
  chartLabel: "Line chart, {n} series over {span}. The arrow keys read it out; the table below has the newest values.", showLine: "Show {name}",
  // what it leaned on
  leaned: "What it leaned on", leanedCount: "examples {examples} · metrics {metrics}", examples: "Examples", metrics: "Metrics", similarity: "{n} % similar",
  suggestions: "Near this, and answerable", alternatives: "Other readings of the question", use: "Put into the editor", details: "Details",
  confidence: "Confidence", model: "Model", scenario: "Scenario", tokens: "Tokens", timings: "Time by stage", tokensText: "{prompt} read ({cached} cached), {completion} written",
  // feedback
  feedback: "Is it right?", right: "Right", wrong: "Wrong", fix: "Fix it", fixTitle: "Your corrected query", fixText: "It is checked and run, then learned for this question and those like it.", wrongTitle: "What is wrong?",
  category: "What was wrong", metric: "Metric", filter: "Filter", window: "Window", grouping: "Grouping", function: "Function", unit: "Unit", other: "Other", note: "Note", notePlaceholder: "Optional: what should it have been?",
  sendFeedback: "Send", saveFix: "Save corrected query", learned: "Learned. The next question like this one is answered with it.", pending: "Kept for review. It is used once somebody approves it.",
  refused: "Not learned: the query did not pass the checks.", noted: "Thank you, noted.", conflicts: "It disagrees with what is stored", seeReview: "Open the review queue", feedbackFailed: "The feedback could not be saved",
  // review
  reviewTitle: "Examples", reviewText: "What people confirmed or corrected becomes an example that later answers lean on.", pendingTab: "Pending", learnedTab: "Learned", rejectedTab: "Rejected", corpusTab: "Shipped",
  policyAuto: "Confirmed answers are learned at once; where people disagree, somebody decides here.", policyReview: "Confirmed answers wait here until somebody approves them.", policyOff: "Learning is switched off on this service.",
  approve: "Approve", reject: "Reject", approved: "Approved", rejected: "Rejected", forget: "Forget", forgotten: "Forgotten", forgetTitle: "Forget this example?", forgetText: "Later answers no longer lean on it.",
  searchExamples: "Search examples", emptyPending: "Nothing waits for review.", emptyLearned: "Nothing has been learned yet. Mark an answer as right, or correct one.", emptyRejected: "Nothing was rejected.", emptyCorpus: "No examples.",
  origin: "from {origin}", notAvailable: "This service does not have this page yet. A newer version does.", actionFailed: "That did not work",
  // shared
  sharedTitle: "Shared conversation", sharedText: "Read only. Results are run anew.", askYourself: "Ask a question", gone: "This conversation is not here", goneText: "It was deleted, or the link is no longer shared.",
  // shortcuts
  keyAsk: "Send the question", keyLine: "New line", keyStop: "Stop, close", keyFocus: "Go to the question", keyNew: "New question", keySearch: "Search the history", keyCopy: "Copy the newest query", keyEdit: "Edit the newest query",
  keyRun: "Run the edited query", keyComplete: "Complete, in the editor", keyTheme: "Switch the theme", keyHelp: "This help",
};

export type Words = Record<keyof typeof en, string>;
export type Word = keyof typeof en;
