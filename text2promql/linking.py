"""Linking: words of the question to label values ("checkout", "node-3") and to labels that results are grouped by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

from text2promql.catalog import Labels
from text2promql.examples import Example
from text2promql.promql import parse, selectors
from text2promql.words import words

__all__ = [
    "LABEL_WORDS",
    "OWNERS",
    "Named",
    "asked_groups",
    "label_words",
    "ordinary_words",
    "says_value",
    "spoken_at",
    "values_in",
]

#: Labels whose values are structure, not names that people say.
_STRUCTURE = frozenset({"le", "quantile", "job", "uid", "id", "pid"})
_SHORTEST = 3
#: So long a number is no amount.
_IDENTIFIER = 5
#: More values than this are not meant by one word.
MOST = 12
#: In so many examples a word must stand that means no label value there.
ORDINARY = 3
_TOKEN = re.compile(r"[a-z0-9][a-z0-9._:/@-]*[a-z0-9]|[a-z0-9]")
_CAPITALS = re.compile(r"(?<![A-Za-z0-9_])[A-Z]{3,}(?=s?(?![A-Za-z0-9_]))")
#: What looks like a part of a name and is a slot: p99, 5m, 10min, top5.
_SLOT = re.compile(r"p\d+|\d+(?:s|m|h|d|w|ms|min|mins|hr|hrs|gb|mb|kb|gib|mib|kib|xx|k)|top\d+|\d+(?:st|nd|rd|th)")
#: What people call a label. The label's own name, and its parts, always count.
LABEL_WORDS: dict[str, tuple[str, ...]] = {
    "service": ("service", "app", "application", "服务", "应用"),
    "application": ("application", "app", "service", "应用", "服务"),
    "app": ("app", "application", "应用"),
    "instance": (
        "instance",
        "server",
        "host",
        "machine",
        "box",
        "broker",
        "target",
        "site",
        "实例",
        "主机",
        "机器",
        "服务器",
        "节点",
        "站点",
        "目标",
    ),
    "serverIp": ("instance", "machine", "server", "host", "ip", "实例", "机器", "服务器", "主机", "节点"),
    "node": ("node", "节点"),
    "Hostname": ("host", "node", "machine", "主机", "节点", "机器"),
    "namespace": ("namespace", "ns", "命名空间"),
    "pod": ("pod",),
    "container": ("container", "容器"),
    "deployment": ("deployment", "workload", "部署", "工作负载"),
    "statefulset": ("statefulset", "stateful set"),
    "daemonset": ("daemonset", "daemon set"),
    "persistentvolumeclaim": ("claim", "pvc", "volume", "存储卷", "数据卷", "卷"),
    "device": ("device", "disk", "interface", "nic", "card", "网卡", "网口", "磁盘", "设备", "盘"),
    "mountpoint": ("mount point", "mountpoint", "filesystem", "file system", "mount", "挂载点", "分区", "文件系统"),
    "mode": ("mode", "模式"),
    "handler": ("handler", "endpoint", "route", "path", "url", "接口", "路径", "路由"),
    "uri": ("uri", "endpoint", "route", "path", "url", "接口", "路径"),
    "path": ("path", "url", "endpoint", "接口", "路径"),
    "rpc": ("interface", "endpoint", "api", "operation", "接口"),
    "method": ("method", "verb", "方法"),
    "code": ("code", "status code", "状态码"),
    "status": ("status", "status code", "状态码", "状态"),
    "host": ("host", "hostname", "domain", "域名", "主机"),
    "ingress": ("ingress",),
    "topic": ("topic", "主题"),
    "consumergroup": ("consumer group", "group", "消费组", "消费者组", "组"),
    "consumerGroup": ("consumer group", "group", "消费组", "消费者组", "组"),
    "partition": ("partition", "分区"),
    "datname": ("database", "db", "数据库", "库"),
    "database": ("database", "db", "数据库", "库"),
    "schema": ("schema", "database", "数据库", "库"),
    "db": ("db", "database", "库", "数据库"),
    "table": ("table", "表"),
    "relname": ("table", "表"),
    "command": ("command", "命令", "语句类型"),
    "cmd": ("command", "命令"),
    "gpu": ("gpu", "card", "卡"),
    "model": ("model", "模型"),
    "modelName": ("model", "gpu model", "型号"),
    "model_name": ("model", "模型"),
    "phase": ("phase", "阶段", "状态"),
    "reason": ("reason", "cause", "原因"),
    "region": ("region", "地域", "区域", "大区"),
    "zone": ("zone", "可用区"),
    "channel": ("channel", "渠道"),
    "plan": ("plan", "套餐"),
    "repo": ("repo", "repository", "仓库"),
    "repository": ("repo", "repository", "仓库"),
    "workflow": ("workflow", "工作流"),
    "alertname": ("alert", "rule", "告警", "规则"),
    "severity": ("severity", "level", "级别", "等级"),
    "destId": ("database", "destination", "downstream", "数据库", "下游"),
    "pool": ("pool", "池"),
    "collection_name": ("collection", "集合"),
    "cause": ("cause", "原因"),
    "job": ("job", "任务"),
    "target": ("target", "url", "site", "目标", "站点"),
    "type": ("type", "类型"),
    "gen": ("generation", "代"),
    "area": ("area", "区域"),
    "port": ("port", "端口"),
    "upstream": ("upstream", "上游"),
    "warehouse": ("warehouse", "仓库", "仓"),
    "category": ("category", "品类", "类目"),
    "sku": ("sku", "商品"),
    "verb": ("verb", "动词"),
    "resource": ("resource", "资源"),
    "user": ("user", "用户"),
    "index": ("index", "索引"),
    "receiver_name": ("receiver", "接收器", "接收人"),
    "rule_group": ("rule group", "规则组"),
    "group": ("group", "consumer group", "消费组", "组"),
    "workspace_id": ("workspace", "业务空间"),
    "ReplicaSet": ("replicaset",),
    "level": ("level", "级别"),
    "instance_type": ("instance type", "machine type", "规格", "机型"),
    "instanceName": ("instance", "server", "machine", "实例", "机器", "主机"),
    "instanceId": ("instance", "实例"),
    "regionId": ("region", "地域"),
}
#: Parts of a label's name that say nothing of their own: clusterName, pod_name, label_topology_kubernetes_io_zone.
_HOLLOW = frozenset({"name", "label", "kubernetes", "io", "key", "text", "by", "of", "in", "to", "is"})
#: Parts that need the one before them: firmware_version is no version.
_LEANING = frozenset({"type", "version", "class", "code", "status", "kind", "id"})


@lru_cache(maxsize=4096)
def label_words(label: str) -> tuple[str, ...]:
    """What people call a label: by `LABEL_WORDS`, else by the parts of its name (userName is the user)."""
    if label in LABEL_WORDS:
        return LABEL_WORDS[label]
    parts = [p.lower() for p in re.split(r"_|(?<=[a-z])(?=[A-Z])", label) if p and p.lower() not in _HOLLOW]
    if not parts:
        return ()
    if parts[-1] in _LEANING and len(parts) > 1:
        if (whole := f"{parts[-2]}_{parts[-1]}") in LABEL_WORDS:
            return LABEL_WORDS[whole]
        alone = (parts[-2],) if parts[-1] in ("version", "id") else ()
        return (f"{parts[-2]} {parts[-1]}", *alone)
    return (" ".join(parts), *LABEL_WORDS.get(parts[-1], (parts[-1],)))


#: What a thing belongs to that has a name only within it: partition 3 of which topic.
OWNERS: dict[str, tuple[str, ...]] = {
    "partition": ("topic",),
    "device": ("instance",),
    "mountpoint": ("instance",),
    "gpu": ("Hostname", "instance"),
    "table": ("schema", "datname"),
    "relname": ("datname",),
    "container": ("pod",),
    "sloth_slo": ("sloth_service",),
}


@dataclass(frozen=True)
class Named:
    """Values of one label that the question names. `partial`: it says only the beginning ("redis-cart-0")."""

    label: str
    values: tuple[str, ...]
    words: tuple[str, ...]
    partial: bool = False

    @property
    def sure(self) -> bool:
        """Whether it is a name whatever metric is meant: no word of the language is written so."""
        return all(re.search(r"[a-z].*\d|\d\.\d+\.\d|[a-z]_[a-z]|[a-z]-[a-z]", word) for word in self.words)


def ordinary_words(examples: Iterable[Example]) -> frozenset[str]:
    """Words that the examples' questions use without meaning a label value, at least as often as they mean one: they
    name one only where set apart."""
    seen: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for example in examples:
        meant = _meant(example.promql)
        said = {w for ways in example.questions.values() for q in ways for w in _TOKEN.findall(q.lower())}
        seen.update(w for w in said if w not in meant)
        values.update(w for w in said if w in meant)
    return frozenset(w for w, n in seen.items() if n >= max(ORDINARY, values[w]))


@lru_cache(maxsize=1 << 15)
def _meant(query: str) -> str:
    """The label values that a query names."""
    return " ".join(v.lower() for s in selectors(parse(query)) for _, _, v in s.matchers)


def values_in(question: str, labels: Labels, ordinary: frozenset[str]) -> list[Named]:
    """Values of some labels that the question names: whole, or by a part that tells ("7b", "catalog-0").

    A word counts for one label only: the one whose name stands near, else the more telling one.
    """
    low = question.lower()
    tokens = {t.rstrip(".:,/-") for t in _TOKEN.findall(low)} | pinyin_of(question)
    tokens |= {t[:-1] for t in tokens if re.fullmatch(r"[a-z]+\d+s", t)}  # the A100s
    longest = sorted(tokens, key=lambda t: (-len(t), t))  # redis-cart-0 before "the redis instance"
    capitals = frozenset(_CAPITALS.findall(question))
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for label, values in labels.values.items():
        if label in _STRUCTURE:
            continue
        for value in values:
            word, partial = _said(value, low, longest, label, ordinary)
            if not word and value in capitals and value.lower() not in labels.values:
                word = value.lower()  # LIST, where "list" is an ordinary word
            if word:
                found.setdefault(label, []).append((value, word, partial))
    for label, hits in found.items():
        for word in _beside({w for _, w, _ in hits}, low):
            hits += [(v, word, False) for v in labels.values[label] if v.lower() == word]
    out: list[Named] = []
    said_words = {w for hits in found.values() for _, w, _ in hits}
    for label, hits in found.items():
        kept = _without_common(hits, said_words, len(labels.values[label]))
        if 0 < len(kept) <= MOST:
            said = tuple(dict.fromkeys(w for _, w, _ in kept))
            out.append(Named(label, tuple(v for v, _, _ in kept), said, any(h[2] for h in kept)))
    return _one_label_a_word(out, low)


def _without_common(hits: list[tuple[str, str, bool]], words: set[str], every: int) -> list[tuple[str, str, bool]]:
    """(value, word, partial) without words that a longer one holds, and without parts that most values have."""
    kept = [h for h in hits if not any(h[1] != w and h[1] in w for w in words)]
    whole = {h[1] for h in kept if not h[2]}
    kept = [h for h in kept if not h[2] or h[1] not in whole]
    parts = Counter(h[1] for h in kept if h[2])
    # what most values have tells nothing: "polardb" of all the PolarDB clusters
    return [h for h in kept if not h[2] or not 1 < parts[h[1]] > every / 2]


def _beside(words: set[str], text: str) -> set[str]:
    """Words that stand in one list with others: "shop and search", "deployment 和 replicaset"."""
    joint = r"\s*(?:,|、|/|\+|\band\b|\bor\b|\bplus\b|加上?|和|与|跟|或|及)\s*(?:and |or |the |和)?"
    name = r"([a-z0-9][a-z0-9._-]*)"
    found: set[str] = set()
    for word in words:
        w = re.escape(word)
        found |= set(re.findall(rf"(?<![a-z0-9_.-]){w}{joint}{name}", text)) | set(
            re.findall(rf"{name}{joint}{w}(?![a-z0-9_-])", text)
        )
    return found - words


def _said(value: str, text: str, tokens: Collection[str], label: str, ordinary: frozenset[str]) -> tuple[str, bool]:
    """The words by which the text names a value, and whether they are only a part of it; empty if it does not."""
    low = value.lower()
    if not low:
        return "", False
    if low in text and (
        _stands_in(low, text) or (_stands_in(f"{low}s", text) and _kind_of_thing(low, label, ordinary))
    ):
        telling = low not in ordinary and len(low) >= _SHORTEST and (not low.isdigit() or len(low) >= _IDENTIFIER)
        return (low, False) if telling or _set_apart(low, text, label) else ("", False)
    if low in tokens:  # as it sounds
        return low, False
    spaced = re.sub(r"[-_]", " ", low)
    if spaced != low and len(low) >= 8 and spaced in text and re.search(rf"\b{re.escape(spaced)}s?\b", text):
        return spaced, False
    if " " not in low:  # of a phrase such as "idle in transaction" a word alone names nothing
        for token in tokens:
            if token not in low or not _part(token, low):
                continue
            if _tells(token, ordinary) or (len(token) >= _SHORTEST and _calls(token, text, label)):
                return token, True
    return "", False


def _kind_of_thing(value: str, label: str, ordinary: frozenset[str]) -> bool:
    """Whether a value has a plural: POSTs and criticals, but no service's or topic's name."""
    return value.isalpha() and label not in _PLACES and label not in _TELLING and f"{value}s" not in ordinary


def _calls(part: str, text: str, label: str) -> bool:
    """ "The report server" is mysql-report-0; "each report server" are all of them."""
    if part.isdigit() or _SLOT.fullmatch(part) or not _before_label(part, text, label):
        return False
    every = r"(?:\b(?:per|by|each|every|all|any|which|what|how many)|[各每哪按]个?)\s*(?:the |of the )?"
    return not re.search(rf"{every}{re.escape(part)}\b", text)


def _common(token: str, ordinary: frozenset[str]) -> bool:
    """An ordinary word, or its plural."""
    return token in ordinary or token.removesuffix("s") in ordinary


def _tells(token: str, ordinary: frozenset[str]) -> bool:
    """A part of a value names it if it is no ordinary word, and longer or with a digit among letters."""
    if _common(token, ordinary) or _SLOT.fullmatch(token) or re.fullmatch(r"\d+(?:\.\d+)?", token):
        return False
    return len(token) >= 4 or (len(token) >= 2 and any(c.isdigit() for c in token))


def _part(token: str, value: str) -> bool:
    """Whether the token is one or more whole parts of the value, which are set apart by - _ . : / @ or a space."""
    at = value.find(token)
    while at >= 0:
        end = at + len(token)
        if (at == 0 or value[at - 1] in "-_./@ " or (value[at - 1] == ":" and not token.isalpha())) and (
            end == len(value) or value[end] in "-_.:/@ "
        ):
            return True
        at = value.find(token, at + 1)
    return False


def _set_apart(value: str, text: str, label: str) -> bool:
    """`namespace data`, `data 命名空间` and `"get"` do set an ordinary word apart."""
    names = _names(label)
    v = re.escape(value)
    return bool(
        re.search(rf"(?:{names})s?[ =:]*[\"'`]?{v}(?![a-z0-9_-])", text)
        or _before_label(value, text, label)
        or re.search(rf"[\"'`“]{v}[\"'`”]", text)
        or (
            label in _PLACES
            and re.search(
                rf"\b(?:in|of|for|on|to|into|from|inside|within|via|through|through the) {v}(?=$|[?.,;]| (?:over|in|during|last|with|and|or|by|that|which|right|now|have|has|are|is))|\b(?:do|does|did|has|have|had) {v} [a-z]|(?<![a-z0-9_.-]){v}\s*(?:里|下面?|中|上|的|端)",
                text,
            )
        )
    )


def _names(label: str) -> str:
    return "|".join(re.escape(w) for w in {label.lower(), *label_words(label)})


#: Labels of single things, which are named by what runs on them: "mysql 那两台", "prometheus 那个盘".
_MACHINES = ("instance", "node", "nodename", "hostname", "pod", "persistentvolumeclaim")


def _before_label(value: str, text: str, label: str) -> bool:
    """`data 命名空间`, `latency slos`, "mysql 那两个数据卷"; "each data namespace" asks for all of them, "top 3 gpus" is
    a number of them."""
    if value.isdigit():
        return False
    if label.lower() in _MACHINES and re.search(
        rf"(?<![a-z0-9_.-]){re.escape(value)}\s*[这那](?:\d+|[两三四五几些])?[个台条块组]", text
    ):
        return True
    return bool(
        re.search(
            rf"(?<![a-z0-9_.-]){re.escape(value)}[\"'`]?\s*(?:[这那](?:\d+|[两三四五几些])?[个台条张块家]?|类的?)?\s*(?:{_names(label)})s?(?![a-z])",
            text,
        )
    )


def _one_label_a_word(found: list[Named], text: str) -> list[Named]:
    out: list[Named] = []
    for named in found:
        rivals = [o for o in found if o is not named and set(o.words) & set(named.words)]
        mine = _rank(named, text)
        if all(
            mine > _rank(r, text) or (mine == _rank(r, text) and found.index(named) < found.index(r)) for r in rivals
        ):
            out.append(named)
    return out


#: Labels whose values people put after "in" and "of".
_PLACES = frozenset(
    {
        "namespace",
        "service",
        "application",
        "datname",
        "database",
        "schema",
        "db",
        "deployment",
        "ingress",
        "topic",
        "consumergroup",
        "sloth_service",
        "channel",
    }
)
_TELLING = (
    "service",
    "application",
    "instance",
    "namespace",
    "pod",
    "container",
    "deployment",
    "node",
    "topic",
    "host",
)


def _rank(named: Named, text: str) -> tuple[bool, bool, int, int]:
    near = any(_set_apart(w, text, named.label) for w in named.words)
    telling = len(_TELLING) - _TELLING.index(named.label) if named.label in _TELLING else 0
    return near, not named.partial, telling, -len(named.values)


@lru_cache(maxsize=16384)
def _word(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9_.-]){re.escape(value)}(?![a-z0-9_-])(?!\.[a-z0-9])")


def _stands_in(value: str, text: str) -> bool:
    return value in text and _word(value).search(text) is not None


#: Values that exporters use, and what people say for them in both languages.
_VALUE_WORDS = {
    "memory": ("内存", "memory", "mem"),
    "cpu": ("cpu", "处理器"),
    "error": ("error", "errors", "报错", "错误"),
    "firing": ("firing", "going off", "触发中", "正在触发"),
    "pending": ("pending", "待触发", "挂起", "等待调度"),
    "critical": ("critical", "criticals", "严重"),
    "warning": ("warning", "warnings", "警告"),
    "success": ("success", "succeeded", "successful", "成功"),
    "succeeded": ("succeeded", "successful", "成功"),
    "failed": ("failed", "failing", "failures", "失败"),
    "fail": ("fail", "failed", "failing", "failures", "失败"),
    "failure": ("failure", "failures", "failed", "declined", "失败"),
    "young": ("young", "年轻代", "新生代"),
    "old": ("old", "老年代", "老生代"),
    "heap": ("heap", "堆内存", "堆"),
    "nonheap": ("nonheap", "non-heap", "非堆"),
    "idle": ("idle", "空闲", "闲置"),
    "latency": ("latency", "延迟"),
    "availability": ("availability", "可用性"),
    "pull_request": ("pull_request", "pull request", "pull requests", "pr", "prs"),
    "schedule": ("schedule", "scheduled", "定时"),
    "blocked": ("blocked", "阻塞"),
    "running": ("running", "运行中", "正在运行"),
    "card": ("card", "cards", "银行卡", "刷卡"),
    "read": ("read", "reads", "读"),
    "write": ("write", "writes", "写"),
    "master": ("master", "masters", "primary", "primaries", "主节点", "主库"),
    "replica": ("replica", "replicas", "standby", "standbys", "从节点", "从库", "备库"),
    "slave": ("slave", "slaves", "replica", "replicas", "从节点", "从库"),
    "active": ("active", "活跃", "活动"),
    "expired": ("expired", "过期", "失效"),
    "suppressed": ("suppressed", "silenced", "抑制"),
    "resolved": ("resolved", "已恢复", "已解决"),
    "readonly": ("readonly", "read-only", "read only", "只读"),
    "mutating": ("mutating", "变更", "修改类"),
    "used": ("used", "in use", "已用", "在用"),
    "waiting": ("waiting", "等待"),
    "hit": ("hit", "命中"),
    "miss": ("miss", "missed", "未命中", "没命中"),
    "commit": ("commit", "提交"),
    "rollback": ("rollback", "rolled back", "回滚"),
    "insert": ("insert", "插入"),
    "update": ("update", "更新"),
    "delete": ("delete", "删除"),
    "input": ("input", "输入"),
    "output": ("output", "输出"),
    "email": ("email", "mail", "邮件"),
    "sms": ("sms", "text message", "短信"),
    "wechat": ("wechat", "微信"),
    "alipay": ("alipay", "支付宝"),
    "online": ("online", "在线"),
    "offline": ("offline", "离线"),
}


def says_value(text: str, value: str) -> bool:
    """Whether the text has the value as a word, or in a word of its own for it, and not to rule it out."""
    low = text.lower()
    if any(_spoken(word, low) for word in (*_VALUE_WORDS.get(value.lower(), ()), *inflections(value.lower()))):
        return True
    parts = re.split(r"[._/-]", value)
    # requests.cpu is said by "CPU requests"
    said = words(" ".join(parts))
    return len(parts) > 1 and len(said) == len(parts) and set(said) <= set(words(low)) and all(map(str.isalpha, parts))


@lru_cache(maxsize=16384)
def inflections(word: str) -> tuple[str, ...]:
    """The word as a verb would be bent: used, use, uses, using."""
    if not word.isalpha() or not word.isascii() or len(word) < 4:
        return (word,)
    roots = [word]
    if word.endswith("ed"):
        roots += [word[:-2], word[:-1]]
    if word.endswith("ing"):
        roots += [word[:-3], f"{word[:-3]}e"]
    out = [word]
    for root in (r for r in roots if len(r) > 2):
        dropped = root.removesuffix("e")
        out += [root, f"{dropped}ed", f"{dropped}ing", f"{root}es" if root.endswith(("s", "sh", "ch")) else f"{root}s"]
    return tuple(dict.fromkeys(out))


def spoken_at(value: str, text: str) -> list[int]:
    """Where a value stands in a text that is in lower case, as itself or as a word for it."""
    ways = {value.lower(), *_VALUE_WORDS.get(value.lower(), ()), *inflections(value.lower())}
    return [m.start() for way in ways for m in re.finditer(re.escape(way), text)]


def _spoken(word: str, text: str) -> bool:
    """As a word, as its plural, or before a hyphen: "GETs", "young-generation"."""
    if word not in text:
        return False
    w = re.escape(word)
    edge = rf"(?<![a-z0-9_.-]){w}(?:s|-[a-z]+)?(?![a-z0-9_-])(?!\.[a-z0-9])" if word.isascii() else w
    ruled_out = rf"(?:\bnothing|\bnot|\bno|\bwithout|\bexcept|\bexcluding|不含|不是|除了|非)\s*{edge}"
    return bool(re.search(edge, text)) and not re.search(ruled_out, text)


@lru_cache(maxsize=1024)
def pinyin_of(text: str) -> frozenset[str]:
    """Two and three Chinese characters as they sound: 杭州 may name cn-hangzhou."""
    out: set[str] = set()
    for part in re.findall(r"[\u4e00-\u9fff]{2,}", text):
        sounds = lazy_pinyin(part)
        out |= {"".join(sounds[i : i + n]) for n in (2, 3) for i in range(len(sounds) - n + 1)}
    return frozenset(s for s in out if len(s) >= 6)


_PER_EN = r"(?:per|by|for each|for every|each|every|across(?! (?:all|our|the|every)\b)|grouped by|broken down by|split by)\s+(?:of (?:the|our) (?:[\w-]+ ){0,3}?|(?:[a-z]+ ){0,1}?)"
_NOUN_EN = r"(?:which|what|(?:top|bottom|the|worst)?\s*(?:(?<![\w.-])\d+|one|two|three|four|five|six|seven|eight|nine|ten))\s+(?:(?!by |per |of |with |in |on )[a-z]+ ){0,2}?"
#: "order_db tables larger than 50 GiB", "brokers whose disk is full", "topic with the most"
_LEAD = r"(?:^|[.:;,-] |\b(?:the|any|show|list|find|me|all|our) )(?:(?!count |number |many |of )[a-z0-9_-]+ ){0,2}?"
_SUCH = r"(?:with|whose|that|where|over|above|under|below|larger|bigger|smaller|having|using|failing|burning|which)"
_RANKING = re.compile(r"\b(?:top|bottom|rank\w*|sort\w*|order\w*)\b[^,;.]*$")
_SEVERAL = re.compile(r"^by (?!each |every )(?:[a-z]+ )*[a-z]+(?<!s)s$")
_DOER = re.compile(
    r"\b(?!(?:group|order|sort|rank|aggregat|summari[sz])ed )(?:\w{3,}ed|held|taken|sent|made|run|kept) $"
)
_PER_ZH = r"(?:按照?|各个?|每一?[个台条块张家种]?|分|以|哪[些个几]?[个台条块张家]?|哪\s*\d+\s*[个台条块张家]|(?:\d+|[两三四五六七八九十])\s*[个台条块张家种])\s*(?:[A-Za-z0-9]+ ?){0,2}"


@lru_cache(maxsize=4096)
def _grouping(word: str) -> re.Pattern[str]:
    w = re.escape(word)
    if word.isascii():
        s = "(?:e?s)"
        if word.endswith("y"):
            w, s = f"{re.escape(word[:-1])}(?:y|ie)", "s"
        return re.compile(
            rf"\b(?:{_PER_EN}|{_NOUN_EN})({w}){s}?\b|{_LEAD}({w})(?:{s} {_SUCH}|{s}? with the)\b|{_PER_ZH}({w})s?(?![a-z])|(?<![a-z])({w})s? ?(?:维度|分组|粒度)"
        )
    return re.compile(rf"{_PER_ZH}({w})|({w})(?:维度|分组|粒度)")


def asked_groups(
    question: str, labels: Iterable[str], current: Collection[str] = (), usual: Sequence[str] = ()
) -> list[str]:
    """Labels by which the question wants the result ("per namespace", "按节点", "which pods"), in its order.

    A word may mean several labels of a metric: one that the query groups by already (`current`) is taken, else one
    that is `usual` in its scenario.
    """
    low = question.lower()
    spans = _group_spans(low, labels)
    out: list[str] = []
    taken: list[tuple[int, int]] = []
    places = {label: i for i, label in enumerate(usual)}
    for span in sorted((s for s in spans if spans[s]), key=lambda s: (s[0], -s[1])):
        if any(span[0] < b and span[1] > a for a, b in taken):
            continue
        taken.append(span)
        said = low[span[0] : span[1]]
        candidates = sorted(
            set(spans[span]),
            key=lambda x: (x not in current, places.get(x, len(places)), x.lower() != said, _words_rank(x)),
        )
        if candidates[0] not in out:
            out.append(candidates[0])
    return out


def _group_spans(low: str, labels: Iterable[str]) -> dict[tuple[int, int], list[str]]:
    """Where the text names something to group by, and the labels that may be meant."""
    labels = list(labels)
    spans: dict[tuple[int, int], list[str]] = {}
    for label in labels:
        if label in ("le", "quantile", "job"):
            continue
        for word in {label.lower(), label.lower().replace("_", " "), *label_words(label)}:
            if word not in low:
                continue
            for m in _grouping(word).finditer(low):
                at = next(i for i in range(1, m.re.groups + 1) if m.group(i))
                if m.group().startswith("by ") and (
                    _RANKING.search(low[: m.start()]) or (_SEVERAL.search(m.group()) and _DOER.search(low[: m.start()]))
                ):
                    continue  # "top 2 repos by job failures", "storage requested by claims"
                spans.setdefault(m.span(at), []).append(label)
    heads = {start for start, _ in spans}
    spans = {span: found for span, found in spans.items() if not _attribute(low, span, heads)}
    machine = re.search(r"[每各哪]台", low)
    if machine and not any(a < machine.end() + 12 and b > machine.start() for a, b in spans):
        spans.setdefault(machine.span(), []).extend([x for x in _MACHINES if x in set(labels)][:1])
    return spans


def _attribute(low: str, span: tuple[int, int], heads: set[int]) -> bool:
    """Whether a noun only tells the next one apart: of "per GPU node" the node is the group."""
    return low[span[0] : span[1]].isascii() and low[span[1] : span[1] + 1] == " " and span[1] + 1 in heads


#: What is counted with 台.
_MACHINES = ("instance", "node", "Hostname", "host", "serverIp", "instanceName")


def _words_rank(label: str) -> int:
    return list(LABEL_WORDS).index(label) if label in LABEL_WORDS else len(LABEL_WORDS)
