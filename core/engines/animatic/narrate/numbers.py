"""Reads Japanese numbers and their counters aloud: 2人 is フタリ, 300本 is サンビャッポン."""

from __future__ import annotations

import re

_DIGIT = ("", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_HUNDRED = {3: "サンビャク", 6: "ロッピャク", 8: "ハッピャク"}
_THOUSAND = {3: "サンゼン", 8: "ハッセン"}
_MYRIADS = ("", "マン", "オク", "チョー")
_KANJI = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_KANJI_UNIT = {"十": 10, "百": 100, "千": 1000}

# Numbers whose reading with this counter is a word of its own.
_WHOLE: dict[str, dict[int, str]] = {
    "人": {1: "ヒトリ", 2: "フタリ"},
    "つ": dict(
        enumerate(("ヒトツ", "フタツ", "ミッツ", "ヨッツ", "イツツ", "ムッツ", "ナナツ", "ヤッツ", "ココノツ"), 1)
    ),
    "日": {
        **dict(
            enumerate(
                (
                    "イチニチ",
                    "フツカ",
                    "ミッカ",
                    "ヨッカ",
                    "イツカ",
                    "ムイカ",
                    "ナノカ",
                    "ヨーカ",
                    "ココノカ",
                    "トーカ",
                ),
                1,
            )
        ),
        14: "ジューヨッカ",
        20: "ハツカ",
        24: "ニジューヨッカ",
    },
    "歳": {20: "ハタチ"},
    "才": {20: "ハタチ"},
}
# The last digit as this counter wants it.
_LAST: dict[str, dict[int, str]] = {
    "人": {4: "ヨ"},
    "年": {4: "ヨ"},
    "円": {4: "ヨ"},
    "時": {4: "ヨ", 7: "シチ", 9: "ク"},
    "月": {4: "シ", 7: "シチ", 9: "ク"},
}
# Reading and the sound that decides how number and counter melt together ("": they do not).
_COUNTERS: dict[str, tuple[str, str]] = {
    "ヶ月": ("カゲツ", "k"), "か月": ("カゲツ", "k"), "カ月": ("カゲツ", "k"), "ヵ月": ("カゲツ", "k"),
    "時間": ("ジカン", ""), "分間": ("フンカン", "h"), "年間": ("ネンカン", ""), "日間": ("ニチカン", ""),
    "週間": ("シューカン", "s"), "人": ("ニン", ""), "つ": ("ツ", ""), "日": ("ニチ", ""), "月": ("ガツ", ""),
    "年": ("ネン", ""), "時": ("ジ", ""), "分": ("フン", "h"), "秒": ("ビョー", ""), "円": ("エン", ""),
    "歳": ("サイ", "s"), "才": ("サイ", "s"), "冊": ("サツ", "s"), "本": ("ホン", "hb"), "匹": ("ヒキ", "hb"),
    "杯": ("ハイ", "hb"), "回": ("カイ", "k"), "階": ("カイ", "kg"), "個": ("コ", "k"), "曲": ("キョク", "k"),
    "枚": ("マイ", ""), "台": ("ダイ", ""), "番": ("バン", ""), "度": ("ド", ""), "名": ("メー", ""),
    "歩": ("ホ", "h"), "羽": ("ワ", ""), "通": ("ツー", "t"), "頭": ("トー", "t"), "点": ("テン", "t"),
    "%": ("パーセント", "t"), "km": ("キロ", "k"), "m": ("メートル", ""), "kg": ("キロ", "k"), "cm": ("センチ", "s"),
}  # fmt: skip
_P = {"ハ": "パ", "ヒ": "ピ", "フ": "プ", "ホ": "ポ"}
_B = {"ハ": "バ", "ヒ": "ビ", "フ": "ブ", "ホ": "ボ", "カ": "ガ"}
_COUNTER = "|".join(sorted((re.escape(name) for name in _COUNTERS), key=len, reverse=True))
_NUMBER = re.compile(rf"([¥$]?)(\d[\d,]*)(\.\d+)?({_COUNTER})?(?![a-z])")
# Written in kanji, only where the counter cannot be part of another word (十分, 三日月, 一月 stay with the dictionary).
_KANJI_NUMBER = re.compile(r"([一二三四五六七八九十百千〇]+)(人|つ|匹|本|杯|歳|回)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?!\d)")


def read_number(value: int) -> str:
    """Return a whole number 0 .. 10**16 - 1 in katakana; ValueError outside."""
    if not 0 <= value < 10**16:
        raise ValueError(value)
    if value == 0:
        return "ゼロ"
    made = ""
    for power in range(3, -1, -1):
        group = value // 10 ** (4 * power) % 10000
        if group:
            made += _group(group, plain=power == 0 or group != 1000) + _MYRIADS[power]
    return made


def _group(value: int, *, plain: bool) -> str:
    thousands, hundreds, tens, ones = value // 1000, value // 100 % 10, value // 10 % 10, value % 10
    made = ""
    if thousands:
        # 1000 is セン, also within 1234万, but 1000万 by itself is イッセンマン.
        single = "セン" if plain else "イッセン"
        made += single if thousands == 1 else _THOUSAND.get(thousands, _DIGIT[thousands] + "セン")
    if hundreds:
        made += "ヒャク" if hundreds == 1 else _HUNDRED.get(hundreds, _DIGIT[hundreds] + "ヒャク")
    if tens:
        made += "ジュー" if tens == 1 else _DIGIT[tens] + "ジュー"
    return made + _DIGIT[ones]


def read_counted(value: int, counter: str) -> str:
    """Return a number with its counter in katakana, with the sounds melted together as they are spoken."""
    whole = _WHOLE.get(counter, {}).get(value)
    if whole is not None:
        return whole
    number, (reading, kind) = read_number(value), _COUNTERS[counter]
    ones = value % 10
    last = _LAST.get(counter, {}).get(ones)
    if last is not None:
        return number.removesuffix(_DIGIT[ones]) + last + reading
    return _melt(number, reading, kind)


def _melt(number: str, reading: str, kind: str) -> str:
    """Join number and counter: イチ + ホン is イッポン, サン + ホン is サンボン, ジュー + カイ is ジュッカイ."""
    sound, voiced = kind[:1], kind[1:]
    short = {"イチ": "ksth", "ハチ": "ksth", "ジュー": "ksth", "ロク": "kh", "ャク": "kh"}
    for tail, sounds in short.items():
        if sound and sound in sounds and number.endswith(tail):
            melted = _P.get(reading[0], reading[0]) if sound == "h" else reading[0]
            return number.removesuffix(tail) + tail[:-1] + "ッ" + melted + reading[1:]
    if number.endswith("サン") and voiced:
        return number + _B.get(reading[0], reading[0]) + reading[1:]
    if reading[0] == "フ" and number.endswith(("サン", "ヨン")):
        return number + "プ" + reading[1:]
    return number + reading


def _kanji_value(text: str) -> int | None:
    if not any(char in _KANJI_UNIT for char in text):
        return int("".join(str(_KANJI[char]) for char in text)) if len(text) == 1 else None
    total, digit = 0, None
    for char in text:
        if char in _KANJI_UNIT:
            total += (1 if digit is None else digit) * _KANJI_UNIT[char]
            digit = None
        elif digit is not None:
            return None
        else:
            digit = _KANJI[char]
    return total + (digit or 0)


def _spoken(match: re.Match[str]) -> str:
    # A date or a time is several numbers; run together they would be one endless word.
    following = match.string[match.end() : match.end() + 1]
    return _read_match(match) + (" " if following.isdigit() else "")


def _read_match(match: re.Match[str]) -> str:
    money, digits, fraction, counter = match.groups()
    digits = digits.replace(",", "")
    unit = {"¥": "エン", "$": "ドル"}.get(money, "")
    if len(digits) > 15 or (len(digits) > 1 and digits[0] == "0"):
        return "".join(read_number(int(digit)) for digit in digits) + unit + (counter or "")
    if fraction:
        spelled = "".join(read_number(int(digit)) for digit in fraction[1:])
        tail = _COUNTERS[counter][0] if counter else unit
        return read_number(int(digits)) + "テン" + spelled + tail
    if counter and not unit:
        return read_counted(int(digits), counter)
    return read_number(int(digits)) + unit + (counter or "")


def _spoken_kanji(match: re.Match[str]) -> str:
    value = _kanji_value(match.group(1))
    return match.group(0) if value is None else read_counted(value, match.group(2))


def numbers_to_kana(text: str) -> str:
    """Return `text` (already NFKC) with its numbers, and the counters behind them, in katakana."""
    text = _CLOCK.sub(lambda match: f"{int(match[1])}時{int(match[2])}分", text).replace("時0分", "時")
    text = _NUMBER.sub(_spoken, text)
    return _KANJI_NUMBER.sub(_spoken_kanji, text)
