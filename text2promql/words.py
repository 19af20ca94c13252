"""Words of a text in English and Chinese, for lexical retrieval; metric names fall into their parts."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

import jieba
import snowballstemmer

from text2promql.slots import read_slots

__all__ = ["bag", "glossed", "has_chinese", "words"]

jieba.setLogLevel(logging.WARNING)

_STEM = lru_cache(maxsize=65536)(snowballstemmer.stemmer("english").stemWord)
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z]+\d*", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STOP = frozenset(
    "a an and are as at be by for from has have how in is it me my of on or per please show tell that the "
    "their there these this to us was were what when which who will with you give each every "
    "的 了 是 在 我 你 请 帮 帮我 一下 查 查一下 看 看看 有 哪些 多少 各 每个 各个 给 给我 想 知道 "
    "什么 啥 呢 吗 吧 和 与 及 下".split()
)


def has_chinese(text: str) -> bool:
    return bool(_CHINESE.search(text))


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words without stop words and bare numbers (slots); plurals lose their s, Chinese is segmented."""
    out: list[str] = []
    for chunk in _CHINESE.findall(text):
        out += [w for w in jieba.cut_for_search(chunk) if w not in _STOP]
    for word in _WORD.findall(_CAMEL.sub(" ", _CHINESE.sub(" ", text))):
        low = word.lower()
        if low not in _STOP:
            out.append(_STEM(low) if low.isalpha() and len(low) > 3 else low)
    return tuple(out)


@lru_cache(maxsize=1 << 16)
def bag(question: str) -> frozenset[str]:
    """The words of a question that tell its intent: windows, limits and comparisons are left out."""
    return frozenset(words(read_slots(question).masked))


#: What metric names call in English that people say in Chinese.
_GLOSSES = {
    "读": "read", "写": "write written", "收": "receive received", "发送": "sent transmit send", "出": "out",
    "发": "transmit", "已用": "used", "使用": "used", "空闲": "idle free", "剩": "free avail available remaining",
    "可用": "available", "内存": "memory mem", "显存": "memory fb", "磁盘": "disk", "温度": "temp temperature",
    "功耗": "power", "错误": "error", "报错": "error", "失败": "failed failure fail", "成功": "success",
    "超时": "timeout", "重试": "retry retries", "慢": "slow", "连接": "connection", "线程": "thread", "队列": "queue",
    "排队": "queue pending", "副本": "replica", "延迟": "latency", "耗时": "latency duration seconds",
    "请求": "request", "响应": "response", "命中": "hit", "丢": "drop dropped discards", "包": "packet",
    "字节": "bytes", "网络": "network", "网卡": "network", "启动": "start startup", "重启": "restart",
    "证书": "cert ssl", "过期": "expiry expire", "到期": "expiry expire", "日志": "log", "告警": "alert",
    "通知": "notification", "消费": "consume consumer", "生产": "produce producer", "积压": "lag diff",
    "消息": "message", "分区": "partition", "节点": "node", "容器": "container", "驱逐": "eviction", "限": "limit",
    "最大": "max", "配额": "quota", "期望": "desired spec", "等待": "wait waiting pending", "死信": "dlq",
    "缓存": "cache", "索引": "index", "提交": "commit", "回滚": "rollback", "锁": "lock", "死锁": "deadlock",
    "事务": "transaction", "查询": "query", "堆": "heap", "订单": "order", "支付": "payment", "登录": "login",
    "退款": "refund", "库存": "inventory", "浏览": "view", "点击": "click", "搜索": "search", "任务": "job task",
    "探测": "probe", "拨测": "probe", "规则": "rule", "抓取": "scrape", "快照": "snapshot", "复制": "replication",
    "主库": "master", "中断": "interrupt", "带宽": "bandwidth", "流量": "bytes", "负载": "load", "核": "cpu cores",
    "异常": "exception error", "调用": "call request", "预算": "budget", "烧": "burn", "目标": "objective target",
    "更新": "updated", "就绪": "ready", "入": "received", "利用率": "util", "使用率": "usage util",
    "应答": "response", "活跃": "active", "注册": "registered", "完成": "completed", "段": "segment",
    "加载": "loaded load", "存储": "storage stored",
}  # fmt: skip


@lru_cache(maxsize=65536)
def glossed(some: frozenset[str]) -> frozenset[str]:
    """The words, and for Chinese ones those that metric names have in their place."""
    said = [w for w in some if has_chinese(w)]
    names = " ".join(english for chinese, english in _GLOSSES.items() if any(chinese in w for w in said))
    return some | frozenset(words(names))
