"""Whether a question can be answered from this backend's metrics, before any model is asked.

Declined are orders, questions for logs or advice, attempts to give the system orders, questions about systems that
this backend does not know, and what no example is near to.
"""

from __future__ import annotations

import re

from text2promql.retrieval import Found

__all__ = ["answerable", "gives_orders"]

#: The nearest example's similarity, with what the question's words have in common with it and with its scenario, and how
#: well any query accounts for them, must reach NEAR. Of a hundred practice questions one or two do not; more examples are nearer to everything, so it rises with
#: the corpus.
NEAR = 0.985
WORDS, TOPIC, WORDED = 0.12, 0.08, 0.01
SAME = 0.965
#: From this share of the question on that one metric without examples accounts for, it can be answered.
NAMED = 0.6
#: Less similar than this is nothing, whatever words it shares.
FLOOR = 0.86

_POLITE = r"^(?:please|pls|can you|could you|would you|just|hey|now|then|and|,|\s)*"
_ACTION_EN = re.compile(
    _POLITE
    + r"(?:restart|reboot|delete|drop|remove|purge|flush|scale (?:up|down|out|in|the)|scale \S+ to|kill|drain|cordon|deploy|redeploy|roll ?back"
    r"|fix|create|stop|start|silence|mute|acknowledge|ack|set|change|increase the|raise the|lower the|update|upgrade|install|clean up|clear|run|execute|disable|enable|add a|move|migrate|grant|block) "
    r"(?!of\b|rate\b|time\b|times\b|count\b|requests?\b|latency\b|duration\b|errors?\b|queue\b|workflows?\b|jobs?\b|percent\b|per\b|up\b|in\b)",
    re.IGNORECASE,
)
_ACTION_ZH = re.compile(
    r"(?:^|[，,。;；]|请|麻烦|帮我|帮忙|给我|先|直接|立刻|马上)(?:你|把|将|给|对)?[^，,。?？]{0,24}?(?:重启|删除?掉?|删了|扩容|扩到|缩容|缩到|回滚|部署一|停掉|停了|下线(?!上)|驱逐|清一下|清掉|清空|静默|屏蔽|改成|改为|调到|调成|调高|调低|关掉|打开|kill ?掉|杀掉)(?:一下|下|掉|吧|了)?(?:$|[，,。!！]|到|成|为|\d| |上|那|这|所有|全部|的?缓存|半夜)"
)
_HAPPENED = re.compile(
    r"过|上次|以来|到现在|TPS|QPS|了多少|次数|多少次|几次|率|how (?:many|often)|哪些|哪个|数量|有没有"
)
_LOGS = re.compile(
    r"\bin the logs?\b|\blog output\b|\b(?:show|get|grep|tail|search|find|print|pull)\b[^.?]{0,30}\blogs?\b|\bstack ?traces?\b|\bstdout\b|\bstderr\b|\bfull text\b|\bsource code\b|\b(?:which|last|git) commit\b|\bwho (?:changed|deleted|did|ran|logged|deployed|edited)\b|\bdiff\b|\btrace id\b|\bspans? of\b|\bwhat error\b|\bwhich line\b|\bconfig(?:uration)? (?:file|change)"
    r"|日志(?:里|中|原文|内容|拉|捞|贴|发我|给我|打印)|(?:看|查|拉|捞|翻|搜|贴|导出)(?:一?下|看)?[^，,。多几]{0,16}日志(?!.{0,8}(?:大小|量|多少|条数|GiB))|堆栈|报错信息|报的什么错|具体(?:写|内容|报错|是什么)|完整的?(?:key|sql|语句|内容|参数)|谁(?:改|动|删|执行|登录|重启|发布|提交)|审计|标准输出|调用链|\btrace ?id|原文|消息的? ?body|哪一?行代码|第几行",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"^(?:hi|hello|hey|thanks|thank you|good (?:morning|evening))\b[^?]{0,20}$|\bwhat (?:is|are) (?:a|an|the difference|the meaning)\b|\bhow (?:do|can|should|would) (?:i|we|you)\b|\bwhy is the sky\b|\bwhy (?:should|would|do we)\b|\bexplain\b|\bjoke\b|\bpoem\b|\bweather\b|\bstock price\b|\bcapital of\b|\brecommend (?:a|an|me|some|us)\b|\bbest practice\b|\bwhat(?: is|'s) the difference between\b(?!.{0,60}(?:hour|day|week|yesterday|now|and))|\bshould (?:i|we)\b|\bwho are you\b|\bwrite me\b|\btutorial\b|\bdo you\b"
    r"|怎么(?:配|写|解释|安装|理解|用|办|学|设计|选|优化|排查)|如何(?:配置|安装|理解|学习|优化|排查|设计)|是什么意思|什么是|有什么区别|区别是|经验值|最佳实践|(?:有|求|给|帮).{0,6}推荐|一般(?:配|设|用|多)|应该(?:设|配|用)|讲个|笑话|天气|股价|你是谁|你好|谢谢|写一?首|(?<!因)为什么|(?<!因)为啥|介绍一下",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\bignore\b.{0,30}\b(?:instructions?|rules?|above|previous|everything)\b|\b(?:system|hidden|initial) prompt\b|\byour (?:instructions|prompt|rules)\b|\bSYSTEM ?:|\bassistant ?:|\brepeat (?:everything|the|all|your)\b|\b(?:reply|respond|answer|output) only with\b|\bonly (?:reply|respond|answer|output)\b|\bpretend\b|\brole ?play\b|\byou are now\b|\bact as\b|\bjailbreak\b|\bbase64\b|\bdecode\b|\b(?:drop|delete) table\b|<script|\$\(|;\s*--|\bunion select\b|\bapi ?key\b|\bpassword\b|\bdeveloper mode\b|\bdisregard\b|\bforget (?:your|all|the)\b"
    r"|忽略.{0,12}(?:指令|规则|要求|之前|以上)|无视.{0,12}(?:指令|规则|要求)|系统提示|(?:你的|系统|初始|隐藏)提示词|一字不差|原样(?:输出|返回|重复)|只(?:输出|回复|返回|回答)|从现在起|你现在是|扮演|假装|调试模式|开发者模式|管理员|密码|(?:你的|后端|访问|管理) ?token|密钥|解码",
    re.IGNORECASE,
)


def gives_orders(question: str) -> bool:
    """Whether a text tries to give the system orders."""
    return bool(_ORDERS.search(question))


def answerable(question: str, found: Found) -> bool:
    """False for what is no question about metrics, or about none that this backend has."""
    if _ORDERS.search(question) or _ACTION_EN.search(question):
        return False
    if _ACTION_ZH.search(question) and not _HAPPENED.search(question):
        return False
    if found.similarity >= SAME:
        return True
    if found.similarity < FLOOR or _LOGS.search(question) or _CHAT.search(question) or found.strange:
        return False
    if max(found.strangers.values(), default=0.0) >= NAMED:
        return True
    told = WORDS * found.coverage + TOPIC * found.topic + WORDED * found.worded
    return found.similarity + told >= NEAR
