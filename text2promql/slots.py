"""Slots: what a question says in plain words about windows, numbers and shape, read by rule in English and Chinese.

A slot is told to the model as a fact, put into an example's query, and looked for in the query that comes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Slots", "Threshold", "read_slots", "seconds_as_duration"]

Unit = Literal["", "percent", "s", "ms", "us", "bytes"]


@dataclass(frozen=True)
class Threshold:
    """`op` is one of > >= < <= ==. `value` stands in `unit`'s base: bytes, seconds, or percent as said."""

    op: str
    value: float
    unit: str = ""
    spoken: bool = False
    """Said as a word, such as half."""


@dataclass(frozen=True)
class Slots:
    """What was found; empty where the question does not say. Durations are in seconds."""

    windows: tuple[float, ...] = ()
    offset: float | None = None
    horizon: float | None = None
    k: int | None = None
    smallest: bool = False
    thresholds: tuple[Threshold, ...] = ()
    quantile: float | None = None
    bound: float | None = None
    """Seconds within which requests shall be done: "answered within 250 ms"."""
    per_minute: bool = False
    """Whether a rate shall be per minute."""
    some: bool = False
    """Whether only those shall be shown that have any: "which cards dropped packets, and how many"."""
    step: float | None = None
    """How often a value is looked at within a window: "one point a minute"."""
    unit: str = ""
    """percent, ratio, ms, s, min, h, d, b, kib, mib, gib, mb, gb, mbit, core, w, kw: what the answer shall be in."""
    masked: str = ""
    """The question without what was read: what is left is the intent."""


_WORDS_EN = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "half": 0.5, "half a": 0.5,
    "half an": 0.5, "couple of": 2, "a couple of": 2, "hundred": 100, "a hundred": 100, "thousand": 1000,
}  # fmt: skip
_WORDS_ZH = {
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "十五": 15,
    "二十": 20, "三十": 30, "半": 0.5, "半个": 0.5, "几": None, "二十四": 24, "十二": 12, "一百": 100, "百": 100, "四十": 40, "五十": 50, "六十": 60,
    "七十": 70, "八十": 80, "八十五": 85, "九十": 90, "九十五": 95, "九十九": 99, "二十五": 25,
}  # fmt: skip
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
for _ten in ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"):
    for _i, _one in enumerate(_ONES, 1):
        _WORDS_EN[f"{_ten}-{_one}"] = _WORDS_EN[_ten] + _i
_UNITS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800, "秒": 1, "秒钟": 1, "分": 60, "分钟": 60, "刻钟": 900, "小时": 3600,
    "个小时": 3600, "钟头": 3600, "个钟头": 3600, "个钟": 3600, "天": 86400, "日": 86400, "周": 604800, "个星期": 604800,
    "星期": 604800,
}  # fmt: skip

_NUMBER_EN = r"(?:\d+(?:\.\d+)?|" + "|".join(sorted(_WORDS_EN, key=len, reverse=True)) + r")"
_NUMBER_ZH = r"(?:\d+(?:\.\d+)?|" + "|".join(sorted(_WORDS_ZH, key=len, reverse=True)) + r")"
_UNIT_EN = r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![a-z0-9])"
_UNIT_ZH = r"(?:秒钟?|分钟|刻钟|个?小时|个?钟头|个钟|天|日|周|个?星期)"
#: A duration in either language: (number)(unit), "hour", "half hour", "quarter of an hour".
_DURATION = re.compile(
    rf"(?P<quarter>(?:a )?quarter of an hour|quarter hour)|(?P<n>(?<![\w.])(?:\d+(?:\.\d+)?[ -]?|{_NUMBER_EN}[ -]))(?P<u>{_UNIT_EN})"
    rf"|(?P<nz>(?<![A-Za-z\d.]){_NUMBER_ZH})\s*(?P<uz>{_UNIT_ZH}|min(?:ute)?s?|h(?:ours?)?(?![a-z])|m(?![a-zA-Z])|d(?![a-z])|s(?![a-z]))",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?:last|past|previous|this|over the|in the|during the) (?P<u>second|minute|hour|day|week|24h)(?![a-z])",
    re.IGNORECASE,
)
#: Words around a duration that make it a moment to compare with.
_AGO = re.compile(r"\s*(?:ago|earlier|before(?! the)|之?前(?!的?\d|\s*\d)|以前)", re.IGNORECASE)
_COMPARED = re.compile(
    r"(?P<day>(?:same time |this time )?yesterday|day over day|day-over-day|昨天(?:这个时候|同一时[间段刻]|同期|此时)?|昨日(?:同期)?|日环比)"
    r"|(?P<week>(?:the )?(?:same time )?(?:a week ago|last week)|week over week|week-over-week|上周(?:同一时[间段]|同期|这个时候)?|上个?星期|周同比)"
    r"|(?P<hour>hour over hour|hour-over-hour|the hour before|the previous (?:hour|one)|[上前](?:一)?个?小时|小时环比)",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"(?:(?:in|within|over|for) (?:the )?(?:next|coming)|(?:next|coming)|from now|未来|接下来|今后|后面|往后|再过|之后的?)\s*$",
    re.IGNORECASE,
)
_AHEAD_AFTER = re.compile(r"^\s*(?:from now|ahead|之?后|以后|内(?:会|将|就)|later)", re.IGNORECASE)
_PERCENTILE = re.compile(
    r"\bp ?-?(?P<p>50|75|90|95|99(?:[.]?9)?|999|\d{2})(?![\d%])|(?P<n>\d{2}(?:\.\d+)?)(?:th|st|nd|rd)?[ -]*(?:percentile|pct|分位)|(?P<n2>\d{2}(?:\.\d+)?)\s*(?:%|百)?分位"
    r"|(?P<m>\bmedian\b|中位数?)"
    r"|(?P<of>\d{2}(?:\.\d+)?)\s*(?:%|percent) (?:of|的)|(?P<slow>(?:slowest|worst|最慢的) (?P<s>\d+|one|two|five|ten)\s*(?:%|percent))",
    re.IGNORECASE,
)
_BIG_EN = r"(?:highest|largest|biggest|most|busiest|slowest|heaviest|worst|best|longest|hottest|fullest|top|greatest|hungriest|noisiest|chattiest|fastest growing|deepest|oldest)"
_SMALL_EN = r"(?:lowest|smallest|least|fewest|fastest|lightest|emptiest|shortest|bottom|quietest|coolest|newest|idlest)"
_K = re.compile(
    rf"\b(?P<top>top|bottom)[ -]?(?P<k1>{_NUMBER_EN})\b|\b(?P<k2>\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty) (?:\w+ ){{0,2}}?(?:with the )?(?P<s2>{_BIG_EN}|{_SMALL_EN})\b"
    rf"|\b(?P<s3>{_BIG_EN}|{_SMALL_EN}) (?P<k3>\d+|two|three|four|five|six|seven|eight|nine|ten)\b(?![ -](?:minutes?|hours?|seconds?|days?|percent))"
    rf"|(?:top|TOP)\s*(?P<k4>\d+)|(?P<s5>前|最[高低大小多少慢快差忙长短好满久热]的?前?|倒数)\s*(?P<k5>\d+|[一二两三四五六七八九十]+)(?:\s*(?:个|名|台|位|条|大|家|项|块|种|张)|(?=[^\d分秒小天周个次千百万点]))"
    rf"|(?:^|which |what |the |show (?:me )?)(?P<k7>\d+|two|three|four|five|six|seven|eight|nine|ten) (?!minutes?|hours?|seconds?|days?|percent)[a-z].{{3,90}}?\b(?P<s7>{_BIG_EN}|{_SMALL_EN}|longest|worst|slowest|fastest)\b"
    rf"|最(?P<s8>[^\s，,。的]{{1,4}})的\s*(?P<k8>\d+|[两三四五六七八九十])\s*[个台条块张家项类位种]"
    rf"|哪\s*(?P<k9>\d+|[两三四五六七八九十])\s*[个台条块张家项类位种].*?最(?P<s9>[^\s，,。]{{1,2}})"
    rf"|最(?P<s10>[^\s，,。的]{{1,4}})的?(?:分别)?是?哪\s*(?P<k10>\d+|[两三四五六七八九十])\s*[个台条块张家项类位种]"
    rf"|(?P<k6>(?<!\d)\d+|[两三四五六七八九十])\s*(?:个|台|条|块|张)[^，,。?？]{{0,12}}?最(?P<s6>[高低大小多少慢快差忙长短])",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?:within|in at most|at most|in less than|in under|under|below|faster than|不超过|少于|小于|低于|不到)\s*(?:a |one )?(?P<v>\d+(?:\.\d+)?|one|half a|a quarter of a|two|five)\s*(?P<u>ms\b|milliseconds?|s\b|sec\b|seconds?|毫秒|秒)"
    r"|(?P<w>\d+(?:\.\d+)?|一|半)\s*(?P<x>毫秒|秒钟?|ms|s)\s*(?:之|以)?内",
    re.IGNORECASE,
)
#: A step of several minutes: "looked at every 5 minutes", "5m steps", "5 分钟一个点".
_STEP_OF = re.compile(
    r"(?:look(?:ed)?(?: at)?|sampled|evaluated|checked|taken|,) (?:every|each) (\d+) ?m(?:in(?:ute)?s?)?\b"
    r"|\b(\d+)[ -]?m(?:in(?:ute)?s?)? (?:steps?|resolution)\b|\bsteps? (?:of )?(\d+) ?m(?:in(?:ute)?s?)?\b"
    r"|每\s*(\d+)\s*分钟(?:取|采|算|看)(?:一个?|1 ?个)?(?:点|次|样)|(\d+)\s*分钟一个?点|(\d+) ?(?:m|分钟)的?步长|步长\s*(\d+)\s*(?:m|分钟)",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?:every|each|once (?:a|per|every)|(?:one )?(?:point|sample|value)s? (?:a|per|every|each)|per|at|with) (?P<n>\d+)?[ -]?(?:1[ -]?)?min(?:ute)?s? (?:steps?|resolution|step)|(?:one )?(?:point|sample|value|look(?:ed)?(?: at)?|sampled|evaluated|checked|taken)[a-z ]{0,12}(?:every|each|once a|a|per) (?:single )?minute"
    r"|minute[ -]by[ -]minute|逐分钟(?:地?看)?|(?P<half>每\s*30\s*秒(?:钟)?(?:取|采|算|看)?(?:一个?|1 ?个)?(?:点|次|样))|(?:每\s*[1一]?|[1一])\s*分钟(?:取|采|算|看|采样)?(?:一个?|1 ?个)?(?:点|次|样)|按\s*(?:1|一)\s*分钟(?:采样|步长|粒度)|1m (?:steps?|resolution)",
    re.IGNORECASE,
)
_SIZES = {
    "b": 1, "byte": 1, "bytes": 1, "kb": 1000, "kib": 1024, "mb": 1e6, "mib": 1024**2, "gb": 1e9, "gib": 1024**3,
    "tb": 1e12, "tib": 1024**4, "k": 1e3, "字节": 1, "m": 1e6, "g": 1e9, "万": 1e4, "亿": 1e8, "千": 1e3, "million": 1e6,
    "thousand": 1e3, "billion": 1e9, "百万": 1e6,
}  # fmt: skip
_QUANTITY = (
    rf"(?:(?:(?P<pz>[百千]分之)\s*)?(?P<v>-?\d[\d,]*(?:\.\d+)?|an?(?=\s+(?:second|minute|hour|day|week)\b)|(?:{'|'.join(w for w in sorted(_WORDS_EN, key=len, reverse=True) if w not in ('a', 'an'))})\b|[一两二三四五六七八九十百千半]+(?!分)(?=\s*[个次条件笔张块台核人秒分小天倍成万亿%以及的]|$)))"
    r"\s*(?P<q>(?P<rate>[kmg]i?bit(?:/s|ps)?\b|[kmg]bps\b)|%|成|percent\b|per cent\b|pct\b|个百分点|ms\b|milliseconds?\b|毫秒|us\b|µs\b|microseconds?\b|微秒"
    r"|kib\b|mib\b|gib\b|tib\b|kb\b|mb\b|gb\b|tb\b|bytes?\b|字节|seconds?\b|secs?\b|s\b|秒钟?|minutes?\b|mins?\b|分钟|hours?\b|个?小时|days?\b|weeks?\b|hrs?\b|h\b|d\b|天|万|亿|千|百万|thousand\b|million\b|billion\b|k\b|m\b|g\b)?"
)
_OVER = r"(?:(?:\b(?:is|are|was|were) )?(?:over|above|more than|greater than|higher than|larger than|bigger than|longer than|beyond|past|upwards of|exceed(?:s|ed|ing)?|in excess of|past the|slower than|older than)|>(?!=)|超过了?|过了|超出|大于|高于|多于|长于|突破|超)"
_ATLEAST = r"(?:at least|no less than|not less than|>=|≥|至少|不少于|不低于|大于等于)"
_UNDER = r"(?:(?:\b(?:is|are|was|were) )?(?:under|below|less than|fewer than|lower than|smaller than|shorter than|faster than|within)|<(?!=)|小于|低于|少于|不到|没到|未到|没达到|未达到?|没满|不满|不足|短于|低过)"
_ATMOST = r"(?:at most|no more than|not more than|<=|≤|至多|最多(?![^\d\s，,]{0,6}的)|不超过|不大于|不高于|小于等于)"
_THRESHOLD = re.compile(
    rf"(?P<op>(?P<ge>{_ATLEAST})|(?P<le>{_ATMOST})|(?P<gt>{_OVER})|(?P<lt>{_UNDER}))\s*(?:了|the |a |an )?(?:[\u4e00-\u9fff]{{1,5}}的|上限|限额|配额|容量|总量|总数)?\s*{_QUANTITY}"
    rf"(?P<after>以上|及以上|or more|or higher)?",
    re.IGNORECASE,
)
_HALF = re.compile(r"(?:过|超过?)了?一?半(?![个小天年月分价])(?!截)")
_UNEQUAL = re.compile(
    r"(?:不是|不等于|不为|!=|≠|\b(?:is|are|was) not|\bisn't|\baren't|\bother than)\s*(?P<v>\d+(?:\.\d+)?)(?![\w.%])",
    re.IGNORECASE,
)
_THRESHOLD_AFTER = re.compile(
    rf"{_QUANTITY}(?:\s*[个次条台件笔张块人倍])?\s*(?P<post>以上|以下|以内|or more|or less|and up)", re.IGNORECASE
)
_PERCENT = re.compile(
    r"%|percent|per cent|\bpct\b|百分比|百分之|百分率|百分点|使用率|利用率|占用率|负载率|utili[sz]ation", re.IGNORECASE
)
_RATIO = re.compile(
    r"\bratio\b|\bshare\b|\bfraction\b|\bproportion\b|比例|占比|比率|0 ?(?:to|到|~|-) ?1|小数", re.IGNORECASE
)
_IN_UNIT = re.compile(
    r"\bin (?P<u>mill?iseconds?|ms|seconds?|secs?|microseconds?|minutes?|mins?|hours?|days?|bytes|[kmgt]i?b(?:ytes)?|bits|cores|kibibytes|mebibytes|gibibytes|megabytes|gigabytes)\b"
    r"|(?:用|以|单位[是为]?|换算成|按)\s*(?P<z>毫秒|秒|微秒|[KMGTkmgt]i?[Bb]|分钟|小时|天|字节|核)(?!\s*(?:来)?(?:一组|分组))|[（(](?P<p>毫秒|秒|微秒|[KMGTkmgt]i?[Bb]|ms|s|%|核)(?:/s|/秒)?[）)]"
    r"|(?<!之)多少\s*(?:个\s*)?(?:CPU\s*)?(?P<d>毫秒|秒|微秒|[KMGTkmgt]i?[Bb]|分钟|小时|钟头|天|字节|核|千瓦|瓦)|how many (?P<h>milliseconds|seconds|microseconds|minutes|hours|days|bytes|[kmgt]i?b|gibibytes|mebibytes)\b"
    r"|\b(?P<o>seconds|minutes|hours|days) (?:until|left|till|to go|remaining|since)\b"
    r"|几(?:个\s*)?(?:CPU\s*)?(?P<j>毫秒|秒|分钟|小时|天|核)|(?P<w>\bkilowatts?\b|\bk[Ww]\b|千瓦(?!时))",
    re.IGNORECASE,
)


_LOAD = re.compile(r"\s*(?:load|avg load|负载|平均负载|的?负载)", re.IGNORECASE)
#: What stands before "an hour" when it is a window or a distance, not "orders an hour".
_SPAN = re.compile(
    r"(?:last|past|within|in|over|for|than|about|of|half|compared (?:to|with)|since|every|during|ago|from)\s*$",
    re.IGNORECASE,
)
_BE = re.compile(r"(?:'s|\bbe|\bbeen|\bwhere|\bif)\s*$", re.IGNORECASE)
#: "At the speed of the last 30 min, how many a day": one of a unit of time that no word makes a window.
_A_UNIT = re.compile(r"[一1]\s*个?(?:天|日|小时|钟头|周|星期)")
_MEASURED = re.compile(r"(?:最近|过去|近|前|这|那|上|每|满|在|隔|超过|大于|不到)的?\s*$")
_SINCE = re.compile(r"\s*(?:[之以]?[内前后]|里|中|以来|的?时间)")
_AGED = re.compile(r"(?:over|more than|longer than|at least|超过|大于|早于)\s*(?:an? )?$", re.IGNORECASE)
_STATUS = re.compile(r"[45]\d\ds")  # 404s are answers, not seconds
_EXPIRES = re.compile(r"\bexpir|\bruns? out\b.{0,20}\bcert|\bcert.{0,40}\bruns? out\b|到期|过期|失效", re.IGNORECASE)
_NOW = re.compile(r"\b(?:now|today|current)\s*$", re.IGNORECASE)
_TIMES = re.compile(r"\s*(?:之?前|以前)的?\s*\d+(?:\.\d+)?\s*倍")
#: "more or less than an hour ago": a comparison, not a limit.
_THAN_THEN = re.compile(r"(?:\bor|\bmuch|\bmany|\bfar|\bby how)\s*$", re.IGNORECASE)
#: "slower than a day ago"; "more than an hour ago" is an age.
_LIKENED = re.compile(r"(?:greater|higher|larger|bigger|longer|slower|lower|smaller|shorter|faster) than$")
#: 三个九 is 99.9 %, not three.
_NINES = re.compile(r"[两三四五]\s*个?九")
#: Those that have none are not to be shown.
_SOME = re.compile(
    r"\bonly\b.{0,40}\b(?:that|which|who|with|where)\b.{0,12}\bany\b|\bnon-?zero\b|\babove zero\b"
    r"|\b(?:skip|leave out|omit|drop|hide|not) (?:the |those )?(?:zeros?|zeroes|ones without|without)\b"
    r"|^(?:so |and )?(?:which|what)\b.{3,80}\b(?:got|had|saw|lost|dropped|were|was)\b.{2,80}\band (?:how (?:many|often|much)|for (?:how|what)|by how)\b"
    r"|没[^，,。]{0,8}的(?:[^，,。]{0,4})?(?:就|都)?(?:别|不用?|不要|不必)(?:再)?(?:列|看|显示|算|要|管|展示|用管)|(?:为\s*0|是\s*0|零)\s*的(?:就)?(?:别|不|去掉|忽略|排除)|非零"
    r"|哪些[^，,。？?]*[\u4e00-\u9fff]过[^，,。？?]*[，,？?。]\s*(?:各|分别|每)[^，,。]{0,8}(?:多少|几)"
    r"|哪些[^，,。？?]*还有[^，,。？?]*没[^，,。？?]*[，,？?。]\s*(?:各|分别)[^，,。]{0,8}(?:多少|几)",
    re.IGNORECASE,
)
_PER_MINUTE = re.compile(r"\b(?:per|a|each|every) minute\b|/ ?min\b|每分钟|/分钟", re.IGNORECASE)
#: "当前一分钟有多少": a rate, and no window.
_IN_A_MINUTE = re.compile(
    r"(?:(?<=当前)|(?<![近去前这那每满隔个]))一分钟(?=[^，,。内里以之]{0,8}(?:多少|几|最多|最少))"
)
_FAST = re.compile(r"fast|快", re.IGNORECASE)
_GROWS = re.compile(r"gr[eo]w|ris(?:e|ing)|rose|increas|climb|fill|burn|涨|增长|增加|上升|消耗|烧", re.IGNORECASE)


def seconds_as_duration(seconds: float) -> str:
    """300 is 5m, 86400 is 1d, 5400 is 90m: one unit, as people write it."""
    for name, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds / size:g}{name}"
    return f"{seconds:g}s"


def read_slots(question: str) -> Slots:  # noqa: C901  one case a slot
    """Read a question's slots."""
    text = question
    taken: list[tuple[int, int]] = []

    def free(span: tuple[int, int]) -> bool:
        return all(span[1] <= a or span[0] >= b for a, b in taken)

    def take(span: tuple[int, int]) -> None:
        taken.append(span)

    quantile = None
    percentiles = list(_PERCENTILE.finditer(text))
    for m in percentiles:
        if quantile is None and not m["of"] and (quantile := _quantile(m, text)) is not None:
            take(m.span())

    thresholds: list[Threshold] = []
    for m in _THRESHOLD.finditer(text):
        op = "<=" if m["le"] else ">=" if m["ge"] else ">" if m["gt"] else "<"
        said = m["op"].lower().strip()
        found = _quantity(m, op, said)
        if m["after"]:
            op = ">="
        if said.endswith("faster than") and found and found.unit != "s":
            found = Threshold(">", found.value, found.unit, found.spoken)  # "burns faster than 2x"
        if said.endswith("slower than") and found and found.unit == "bytes":
            found = Threshold("<", found.value, found.unit)  # slower than 100 Gbit/s
        if m["v"].lower() == "one" and re.search(r"\bthe\s+one\s*$", m.group(), re.IGNORECASE):
            continue  # "longer than the one to Shanghai"
        if _AGO.match(text[m.end() :]) and (_THAN_THEN.search(text[: m.start()]) or _LIKENED.search(said)):
            continue
        if _NINES.match(text[m.start("v") :]):
            continue
        if (_AGO.match(text[m.end() :]) and _NOW.search(text[: m.start()])) or _TIMES.match(text[m.end() :]):
            continue  # "now over 24h ago", "超过 1 小时前 1.2 倍"
        # "within 5 minutes" and "past 10 minutes" are windows, "over 3 seconds" and "that's over a minute" are limits.
        said_unit = (m["q"] or "").lower()
        window = said in ("within", "past", "past the") or (
            said == "over" and not said_unit.startswith(("s", "ms", "mil")) and not _BE.search(text[: m.start()])
        )
        if found and not (window and found.unit == "s") and free(m.span()):
            thresholds.append(found)
            take(m.span())
    for m in _UNEQUAL.finditer(text):
        if free(m.span()):
            thresholds.append(Threshold("!=", float(m["v"])))
            take(m.span())
    for m in _THRESHOLD_AFTER.finditer(text):
        post = m["post"].lower()
        found = _quantity(m, "<=" if post in ("以下", "以内", "or less") else ">=" if post != "以上" else ">")
        if post == "以上" and found and found.spoken and not found.unit and found.value in range(2, 11):
            found = Threshold(">=", found.value)  # 两条以上
        if found and free(m.span()) and not (found.unit == "s" and post == "以内"):
            thresholds.append(found)
            take(m.span())

    if len(thresholds) > 1:  # "hosts with at least one disk over 50 %" have such a disk: that is no limit of its own
        thresholds = [t for t in thresholds if not (t.op == ">=" and t.value == 1 and t.spoken)] or thresholds
    for m in _HALF.finditer(text):
        if not thresholds and free(m.span()):
            thresholds.append(Threshold(">", 0.5, spoken=True))
            take(m.span())

    for m in percentiles:
        if quantile is None and m["of"] and free(m.span()) and (quantile := _quantile(m, text)) is not None:
            take(m.span())

    bound = None
    bounds: list[tuple[int, int]] = []
    for m in _BOUND.finditer(text):
        value = _number(m["v"] or m["w"])
        if value is not None and "percent" not in text[m.end() : m.end() + 9]:
            bound = value * (0.001 if re.match(r"m(?:s|illi)|毫", m["u"] or m["x"], re.IGNORECASE) else 1.0)
            bounds.append(m.span())
    step = None
    for m in _STEP_OF.finditer(text):
        if free(m.span()):
            step = 60.0 * float(next(g for g in m.groups() if g))
            take(m.span())
    for m in _STEP.finditer(text):
        if free(m.span()):
            step = 60.0 * float(m["n"] or 1) if not m["half"] else 30.0
            take(m.span())
    offset, horizon = None, None
    windows: list[float] = []
    for m in _COMPARED.finditer(text):
        if free(m.span()):
            offset = 86400.0 if m["day"] else 604800.0 if m["week"] else 3600.0
            take(m.span())
    for m in [*_DURATION.finditer(text), *_BARE.finditer(text)]:
        if not free(m.span()):
            continue
        span = _span(m)
        if span is None or _STATUS.fullmatch(m.group()):
            continue
        before, after = text[: m.start()], text[m.end() :]
        bare = (m.groupdict().get("n") or "").strip().lower() in ("a", "an")
        if _LOAD.match(after) or (bare and not _SPAN.search(before) and not _AGO.match(after)):
            continue  # "1 minute load", "requests a second"
        if _IN_A_MINUTE.match(text, m.start()):
            continue
        if _A_UNIT.fullmatch(m.group()) and windows and not _MEASURED.search(before) and not _SINCE.match(after):
            continue  # "照最近 30 分钟的速度，一天要写多少"
        if (_AGO.match(after) or _TIMES.match(after)) and not re.search(r"(?:过去|最近|前)\s*$", before):
            if _AGED.search(before) and not _NOW.search(_AGED.sub("", before)) and not _TIMES.match(after):
                thresholds.append(Threshold(">", span, "s"))  # "restarted over 12h ago": an age
            else:
                offset = offset or span
        elif _AHEAD.search(before) or _AHEAD_AFTER.match(after):
            horizon = span
        else:
            windows.append(span)
        take(m.span())

    k, smallest = None, False
    for m in _K.finditer(text):
        if not free(m.span()):
            continue
        digits = (
            m["k1"] or m["k2"] or m["k3"] or m["k4"] or m["k5"] or m["k6"] or m["k7"] or m["k8"] or m["k9"] or m["k10"]
        )
        number_ = _number(digits)
        if number_ is None or number_ != int(number_) or number_ < 1:
            continue
        k = int(number_)
        word = (
            m["top"] or m["s2"] or m["s3"] or m["s5"] or m["s6"] or m["s7"] or m["s8"] or m["s9"] or m["s10"] or ""
        ).lower()
        smallest = bool(re.fullmatch(_SMALL_EN, word)) or bool(re.search(r"[低小少快短后]|倒数", word))
        if smallest and _FAST.search(word) and _GROWS.search(text):
            smallest = False
        # What is ranked stands between the number and the superlative: it is no part of the slot.
        apart = [name for name in ("k2", "s2", "k6", "s6", "k7", "s7", "k9", "s9") if m[name]]
        for place in [m.span(name) for name in apart] or [m.span()]:
            take(place)
        break

    if horizon is None and not thresholds and _EXPIRES.search(text):
        within = [m for m in _DURATION.finditer(text) if (span := _span(m)) and span in windows]
        for m in within[:1]:
            thresholds.append(Threshold("<", _span(m) or 0.0, "s"))  # "expires within 3 weeks": a limit
            windows.remove(thresholds[-1].value)
    elif horizon is not None and not thresholds and _EXPIRES.search(text):
        thresholds.append(Threshold("<", horizon, "s"))
        horizon = None

    # Of "older than a minute" the limit has been read.
    per_minute = bool(_IN_A_MINUTE.search(text)) or any(
        not m.group().startswith("a ") or free(m.span()) for m in _PER_MINUTE.finditer(text)
    )
    return Slots(
        tuple(windows), offset, horizon, k, smallest, tuple(thresholds), quantile, bound,
        step is None and per_minute, not thresholds and bool(_SOME.search(text)), step,
        _unit(text, [*taken, *bounds]), _masked(text, taken),
    )  # fmt: skip


def _quantile(m: re.Match[str], text: str) -> float | None:
    if m["m"]:
        return 0.5
    if m["slow"]:
        number = _number(m["s"])
        return round(1 - number / 100, 4) if number else None
    if m["of"] and not re.search(
        r"\b(?:with)?in\b|\bbelow\b|\bunder\b|以?内|finish|takes? at most", text, re.IGNORECASE
    ):
        return None  # "80 percent of its memory" is a limit
    number = float(m["p"] or m["n"] or m["n2"] or m["of"])
    return round(number / 100 if number < 100 else number / 1000, 4)


def _quantity(m: re.Match[str], op: str, said: str = "") -> Threshold | None:
    value = _number(m["v"].replace(",", ""))
    if value is None:
        return None
    unit = (m["q"] or "").lower().strip()
    if m["rate"]:
        return Threshold(op, value * {"k": 1e3, "m": 1e6, "g": 1e9}[unit[0]] / 8, "bytes")
    if m["pz"] or unit == "成":
        return Threshold(op, value * (10 if unit == "成" else 0.1 if m["pz"] == "千分之" else 1), "percent")
    if unit in ("%", "percent", "per cent", "pct", "个百分点"):
        return Threshold(op, value, "percent")
    if unit in ("ms", "毫秒") or unit.startswith("millisecond"):
        return Threshold(op, value / 1000, "s")
    if unit in ("us", "µs", "微秒") or unit.startswith("microsecond"):
        return Threshold(op, value / 1e6, "s")
    if unit in _UNITS and unit != "m":
        return Threshold(op, value * _UNITS[unit], "s")
    if unit == "m" and op in (">", "<") and said in ("past", "over", "within", "past the"):
        return Threshold(op, value * 60, "s")
    if unit in _SIZES:
        bytes_like = unit.endswith("b") or unit in ("字节", "byte", "bytes", "g", "m")
        return Threshold(op, value * _SIZES[unit], "bytes" if bytes_like else "")
    return Threshold(op, value, spoken=not m["v"].replace(",", "").lstrip("-")[:1].isdigit())


def _number(text: str) -> float | None:
    low = text.lower().strip()
    try:
        return float(low)
    except ValueError:
        found = _WORDS_EN.get(low, _WORDS_ZH.get(low))
        return float(found) if found is not None else _chinese_number(low)


_DIGITS_ZH = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}


def _chinese_number(text: str) -> float | None:
    """Of hundreds and thousands: 三百二十 is 320, 两千 is 2000."""
    total, digit = 0, None
    for c in text:
        if c in _DIGITS_ZH:
            digit = _DIGITS_ZH[c]
        elif c in "十百千":
            total += (1 if digit is None else digit) * {"十": 10, "百": 100, "千": 1000}[c]
            digit = None
        else:
            return None
    return float(total + (digit or 0)) if text else None


def _span(m: re.Match[str]) -> float | None:
    groups = m.groupdict()
    if groups.get("quarter"):
        return 900.0
    if groups.get("n"):
        number = _number(groups["n"])
        return number * _UNITS[groups["u"].lower()] if number else None
    if groups.get("nz"):
        number = _number(groups["nz"])
        return number * _UNITS[groups["uz"].lower()] if number else None
    return 86400.0 if groups["u"] == "24h" else float(_UNITS[groups["u"].lower()])


_SIZE_WORD = re.compile(
    r"(?<![A-Za-z\d])(?P<u>[kmgt]i?b(?:ytes?)?|(?:kibi|mebi|gibi|kilo|mega|giga)bytes?)(?!ps|it)(?![a-z])(?:/s)?",
    re.IGNORECASE,
)
_BITS = re.compile(r"(?<![A-Za-z])(?P<u>[kmg])(?:bps|bits?(?:/s|ps)?|ega ?bits?|iga ?bits?)(?![a-z])", re.IGNORECASE)
_TIME_WORD = re.compile(r"毫秒|\bmilliseconds?\b|\bms\b|微秒|\bmicroseconds?\b", re.IGNORECASE)
_UNIT_NAMES = {
    "毫秒": "ms", "millisecond": "ms", "ms": "ms", "微秒": "us", "microsecond": "us", "us": "us", "秒": "s", "second": "s",
    "s": "s", "分钟": "min", "minute": "min", "小时": "h", "hour": "h", "天": "d", "day": "d", "字节": "b", "byte": "b", "b": "b",
    "kibibyte": "kib", "mebibyte": "mib", "gibibyte": "gib", "kilobyte": "kb", "megabyte": "mb", "gigabyte": "gb",
    "megabit": "mbit", "mbit": "mbit", "mbp": "mbit", "%": "percent", "sec": "s", "min": "min", "钟头": "h",
    "milisecond": "ms", "核": "core", "千瓦": "kw", "瓦": "w", "kilowatt": "kw",
}  # fmt: skip


def _unit(text: str, taken: list[tuple[int, int]]) -> str:
    """The unit that the answer shall be in. What belongs to a limit or a window does not count."""

    def free(m: re.Match[str]) -> bool:
        return all(m.end() <= a or m.start() >= b for a, b in taken)

    for pattern in (_BITS, _IN_UNIT, _SIZE_WORD, _TIME_WORD):
        for m in pattern.finditer(text):
            if free(m):
                said = next((g for g in m.groups() if g), m.group())
                return _unit_name(said)
    if any(free(m) for m in _PERCENT.finditer(text)):
        return "percent"
    return "ratio" if _RATIO.search(text) else ""


def _unit_name(said: str) -> str:
    low = said.lower().removeprefix("个")
    if low in ("k", "m", "g"):
        return f"{low}bit"
    low = low if low in _UNIT_NAMES else low.removesuffix("s")
    return _UNIT_NAMES.get(low, low)


def _masked(text: str, taken: list[tuple[int, int]]) -> str:
    out, at = "", 0
    for start, end in sorted(taken):
        out += text[at:start] + " "
        at = max(at, end)
    return " ".join((out + text[at:]).split())
