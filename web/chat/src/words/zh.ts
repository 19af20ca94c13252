import type { Words } from "./en";

export const zh: Words = {
  // the frame
  menu: "菜单", close: "关闭", cancel: "取消", save: "保存", retry: "重试", loading: "加载中…", more: "显示更多",
  newQuestion: "新问题", history: "历史记录", searchHistory: "搜索历史问题", noHistory: "你提过的问题会列在这里。",
  nothingFound: "没有与“{search}”匹配的内容。", today: "今天", yesterday: "昨天", week: "过去 7 天", older: "更早",
  rename: "重命名", renameTitle: "重命名会话", titleLabel: "标题",
  delete: "删除", deleteTitle: "删除这个会话？", deleteText: "“{title}”及其全部回答将被删除，分享链接随之失效。",
  share: "分享", shareTitle: "通过链接分享", shareText: "任何能访问本服务并持有链接的人都可以阅读此会话（包括之后的回答），但不能修改。",
  shareLink: "链接", copyLink: "复制链接", unshare: "停止分享", unshared: "链接已失效。", review: "审核", settings: "设置", shortcuts: "键盘快捷键",
  language: "语言", theme: "主题", themeSystem: "跟随系统", themeLight: "浅色", themeDark: "深色", skip: "跳到提问框",
  singleKeys: "单键快捷键", singleKeysText: "如果你使用语音输入，可以将其关闭。",
  yourData: "你的数据", yourDataText: "为此浏览器保存的问题、回答和反馈。", exportData: "下载", deleteData: "全部删除", deleteDataTitle: "全部删除？",
  deleteDataText: "你的所有会话和反馈都将被删除；从中学到的示例会保留。", dataDeleted: "已全部删除。",
  version: "版本 {version}", pageTitle: "text2promql",
  // asking
  welcome: "向你的指标提问", welcomeText: "用自然语言提问，得到适用于本系统、经过检查并实际运行过的 PromQL，以及它的推理过程。",
  facts: "{metrics} 个指标 · {scenarios} 个场景", try: "这个后端可以回答的问题", noMetrics: "这个后端还没有任何指标。",
  question: "你的问题", placeholder: "输入关于指标的问题", placeholderNext: "继续追问，例如“只看 prod”", send: "提问", stop: "停止",
  hint: "Enter 提问 · Shift+Enter 换行 · ? 查看快捷键", hintBusy: "Esc 停止", tooLong: "最多读取 {n} 个字符。",
  // states of the service
  starting: "模型正在启动", startingText: "刚启动时需要稍等片刻，就绪后页面会自动更新。",
  backendDown: "指标后端没有响应", backendDownText: "后端恢复后即可继续提问，页面会不断重试。",
  offline: "无法连接 text2promql 服务", offlineText: "服务还在运行吗？页面会继续重试。",
  tokenTitle: "此服务需要令牌", tokenText: "令牌由服务的维护者设置（TEXT2PROMQL_TOKEN），在关闭此标签页之前有效。", tokenLabel: "令牌",
  tokenRefused: "服务没有接受这个令牌。", tokenSend: "继续",
  // states of an answer
  working: "处理中", answered: "已回答", unverified: "未验证", declined: "无法回答", stopped: "已停止", failed: "失败",
  answeredText: "已解析、检查，并在后端运行过。", unverifiedText: "这是目前最好的查询，但仍有疑点，使用前请先阅读。",
  declinedText: "本后端的指标无法回答这个问题。", stoppedText: "你停止了这个问题。",
  sending: "正在发送…", queued: "前面还有 {n} 人排队", queuedNext: "下一个就是你", looking: "正在查找相似的问题和指标…", thinking: "正在推导查询…", checking: "正在检查查询…",
  repairing: "已修复查询，正在重新检查…", running: "查询已运行，即将完成…", slow: "比平时慢。你可以停止，换种说法再问。",
  cutOff: "连接在回答完成之前中断了。", rewritten: "理解为", seconds: "{s} 秒", fromMemory: "来自记忆", byRule: "由示例直接得出", you: "你的提问",
  // the query
  reasoning: "推理过程", query: "查询", draft: "草稿", editorLabel: "PromQL 查询，可编辑", editorReadOnly: "PromQL 查询", edited: "已修改",
  copy: "复制", copied: "已复制", copyFailed: "复制失败", run: "运行", runHint: "运行修改后的查询", reset: "还原", openPrometheus: "Prometheus", openGrafana: "Grafana", opensNew: "{name}，在新标签页中打开",
  error: "错误", warning: "警告", info: "提示", findings: "检查结果", explanation: "逐步解释",
  // the result
  result: "结果", oneSeries: "1 条序列", seriesCount: "{n} 条序列", chart: "图表", table: "表格", range: "时间范围", step: "步长", stepAuto: "自动（{step}）", custom: "自定义…", from: "从", to: "到", apply: "应用",
  refresh: "刷新", lastRange: "最近 {span}", badRange: "开始时间必须早于结束时间。",
  empty: "查询有效，但目前没有匹配的数据。", emptyRange: "此时间范围内没有数据。", runError: "后端拒绝运行此查询。",
  too_expensive: "未运行：读取的数据量过大。", skipped: "查询没有运行。", resultFailed: "无法加载结果", chartFailed: "无法加载图表",
  value: "值", samples: "{n} 个样本中的最后一个", moreRows: "还有 {n} 条", drawn: "绘制了 {n} 条序列中的 {shown} 条", sharedLabels: "共同标签", sortBy: "按 {name} 排序",
  chartLabel: "折线图，{n} 条序列，跨度 {span}。可用方向键读取；最新的值见下方表格。", showLine: "显示 {name}",
  // what it leaned on
  leaned: "参考依据", leanedCount: "示例 {examples} · 指标 {metrics}", examples: "示例", metrics: "指标", similarity: "相似度 {n}%",
  suggestions: "与此相近且可以回答的问题", alternatives: "对问题的其他理解", use: "放入编辑器", details: "详细信息",
  confidence: "置信度", model: "模型", scenario: "场景", tokens: "Token", timings: "各阶段耗时", tokensText: "读取 {prompt}（缓存 {cached}），生成 {completion}",
  // feedback
  feedback: "回答正确吗？", right: "正确", wrong: "错误", fix: "改正", fixTitle: "你改正后的查询", fixText: "它会先经过检查和运行，再用于学习，以后遇到同类问题就会用它回答。", wrongTitle: "哪里不对？",
  category: "错误类型", metric: "指标", filter: "过滤条件", window: "时间窗口", grouping: "分组", function: "函数", unit: "单位", other: "其他", note: "备注", notePlaceholder: "选填：正确的应该是什么？",
  sendFeedback: "提交", saveFix: "保存改正后的查询", learned: "已学会。下次遇到这类问题会用它回答。", pending: "已加入审核队列，批准后生效。",
  refused: "没有学习：这条查询未通过检查。", noted: "谢谢，已记录。", conflicts: "与已有示例不一致", seeReview: "打开审核队列", feedbackFailed: "反馈没有保存成功",
  // review
  reviewTitle: "示例", reviewText: "用户确认或改正过的回答会成为示例，供以后的回答参考。", pendingTab: "待审核", learnedTab: "已学会", rejectedTab: "已拒绝", corpusTab: "内置",
  policyAuto: "确认过的回答会立即用于学习；意见不一致的在这里等待审核。", policyReview: "确认过的回答在这里等待批准。", policyOff: "此服务已关闭学习功能。",
  approve: "批准", reject: "拒绝", approved: "已批准", rejected: "已拒绝", forget: "忘记", forgotten: "已忘记", forgetTitle: "忘记这个示例？", forgetText: "以后的回答不再参考它。",
  searchExamples: "搜索示例", emptyPending: "没有等待审核的内容。", emptyLearned: "还没有学到任何内容。可以将回答标记为正确，或改正一个回答。", emptyRejected: "没有被拒绝的示例。", emptyCorpus: "没有示例。",
  origin: "来源：{origin}", notAvailable: "此服务还没有这个页面，新版本才有。", actionFailed: "操作没有成功",
  // shared
  sharedTitle: "分享的会话", sharedText: "只读；结果会重新运行。", askYourself: "我也要提问", gone: "这个会话不在这里", goneText: "它可能已被删除，或链接已停止分享。",
  // shortcuts
  keyAsk: "发送问题", keyLine: "换行", keyStop: "停止、关闭", keyFocus: "跳到提问框", keyNew: "新问题", keySearch: "搜索历史记录", keyCopy: "复制最新的查询", keyEdit: "编辑最新的查询",
  keyRun: "运行修改后的查询", keyComplete: "在编辑器中补全", keyTheme: "切换主题", keyHelp: "显示此帮助",
};
