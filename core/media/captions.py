"""Captions as text: cues, SRT, WebVTT and ASS, line breaking, and SRT read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

from core.film.errors import BadInput
from core.film.text import clean

# 42 columns a line for Latin scripts, 16 full-width characters for Chinese: Netflix's timed text guides.
LINE_COLUMNS = 42
LINE_COLUMNS_WIDE = 32
# Kinsoku (JIS X 4051, in short): characters that may not begin a line, and those that may not end one.
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…‥〜～"
)
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【")
_TIME = re.compile(r"^\s*(\d+):(\d\d):(\d\d)[,.](\d{3})\s+-->\s+(\d+):(\d\d):(\d\d)[,.](\d{3})")


class Cue(msgspec.Struct, frozen=True):
    """One caption: shown from `start` to `end` seconds; `text` is a single clean line."""

    start: float
    end: float
    text: str


def make_cues(lines: Iterable[tuple[float, float, str]]) -> tuple[Cue, ...]:
    """Return the cues of (start, end, text) lines, in order of start; empty texts give none.

    Times are rounded to milliseconds, as files hold them, and a cue lasts at least one. No control character
    survives, nor the arrow that would end a cue's text early.
    """
    cues = []
    for start, end, text in lines:
        plain = clean(text.replace("-->", "→"))
        if plain:
            begin = round(max(0.0, start), 3)
            cues.append(Cue(begin, round(max(end, begin + 0.001), 3), plain))
    return tuple(sorted(cues, key=lambda cue: cue.start))


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M") or char in "\u200c\u200d"


def columns(text: str) -> int:
    """Return the width of `text` in columns: full-width characters count two, combining marks none."""
    return sum(0 if _is_mark(char) else 2 if _is_wide(char) else 1 for char in text)


def _limit(text: str) -> int:
    wide = sum(1 for char in text if _is_wide(char))
    return LINE_COLUMNS_WIDE if wide * 2 > len(text) else LINE_COLUMNS


def _pieces(text: str) -> list[str]:
    """Split `text` where a line may break: after spaces, and beside full-width characters."""
    pieces: list[str] = []
    current = ""
    for char in text:
        if current and not _is_mark(char) and _may_break(current[-1], char):
            pieces.append(current)
            current = ""
        current += char
    return [*pieces, current] if current else pieces


def _may_break(before: str, after: str) -> bool:
    if after == " ":
        return False
    if before == " ":
        return True
    return (_is_wide(before) or _is_wide(after)) and before not in _NOT_LAST and after not in _NOT_FIRST


def wrap(text: str, limit: int | None = None) -> list[str]:
    """Break one clean line into lines of at most `limit` columns (None: as the script asks), evenly filled.

    Scripts without spaces break between characters, by kinsoku; a longer single word stays whole. A space at
    a break is dropped, except beside a full-width character, where it could not be known again.
    """
    most = _limit(text) if limit is None else limit
    count = len(_fill(text, most))
    if count > 1:
        # The narrowest width that needs no more lines: even lines read better than a full one and a stump.
        for width in range(max(1, columns(text) // count), most):
            if len(_fill(text, width)) == count and max(map(_shown, _fill(text, width))) <= most:
                most = width
                break
    lines = _fill(text, most)
    return [_trim(line, after) for line, after in zip(lines, [*lines[1:], ""], strict=False)]


def _fill(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for piece in _pieces(text):
        if lines and columns(lines[-1]) + _shown(piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return lines


def _shown(line: str) -> int:
    return columns(line.rstrip(" "))


def _trim(line: str, after: str) -> str:
    bare = line.rstrip(" ")
    keep = bare != line and after and (_is_wide(bare[-1:] or " ") or _is_wide(after[0]))
    return bare + " " if keep else bare


def unwrap(lines: Sequence[str]) -> str:
    """Join lines that `wrap` made back into the one line they were."""
    text = ""
    for line in lines:
        if text and line and not text.endswith(" ") and not (_is_wide(text[-1]) or _is_wide(line[0])):
            text += " "
        text += line
    return text


def _stamp(seconds: float, mark: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


def srt_text(cues: Sequence[Cue]) -> str:
    """Return the cues as SubRip text."""
    return "".join(
        f"{number}\n{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}\n" + "\n".join(wrap(cue.text)) + "\n\n"
        for number, cue in enumerate(cues, 1)
    )


def vtt_text(cues: Sequence[Cue]) -> str:
    """Return the cues as WebVTT text; the three characters WebVTT reserves are escaped."""
    body = "".join(
        f"{_stamp(cue.start, '.')} --> {_stamp(cue.end, '.')}\n" + "\n".join(map(_escape, wrap(cue.text))) + "\n\n"
        for cue in cues
    )
    return "WEBVTT\n\n" + body


def _escape(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def ass_text(cues: Sequence[Cue], *, width: int, height: int, family: str) -> str:
    """Return the cues as an ASS script for a picture of `width` x `height`, set in the font `family`.

    Letters are an eighteenth of the shorter side, at least 8 pixels; lines are broken here to nine tenths of
    the width, so that the renderer's own line breaking, which not every build knows for Chinese, is not needed.
    """
    size = max(8, min(width, height) // 18)
    limit = max(8, int(width * 0.9 / (size * 0.55)))
    head = (
        "[Script Info]\nScriptType: v4.00+\nWrapStyle: 2\nScaledBorderAndShadow: yes\n"
        f"PlayResX: {width}\nPlayResY: {height}\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline,"
        " Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
        f"Style: Default,{family},{size},&H00FFFFFF,&H00000000,&H80000000,1,{max(1, size // 14)},0,2,"
        f"{width // 20},{width // 20},{height // 18},1\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
    )
    return head + "".join(
        f"Dialogue: 0,{_ass_stamp(cue.start)},{_ass_stamp(cue.end)},Default,"
        + r"\N".join(map(_ass_line, wrap(cue.text, min(limit, _limit(cue.text)))))
        + "\n"
        for cue in cues
    )


def _ass_stamp(seconds: float) -> str:
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"


def _ass_line(line: str) -> str:
    # A word joiner after a backslash keeps "\n" and "\h" from being orders; libass knows escaped braces.
    return line.strip().replace("\\", "\\\u2060").replace("{", r"\{").replace("}", r"\}")


def parse_srt(text: str) -> tuple[Cue, ...]:
    """Read SubRip text back; a cue's lines are joined as `wrap` broke them.

    Raises BadInput naming the cue that cannot be read.
    """
    cues = []
    body = text.removeprefix("\ufeff").replace("\r\n", "\n").strip("\n")
    blocks = [block for block in re.split(r"\n[ \t]*\n", body) if block.strip()]
    for number, block in enumerate(blocks, 1):
        lines = block.strip("\n").split("\n")
        if lines[0].strip().isdigit():
            lines = lines[1:]
        times = _TIME.match(lines[0]) if lines else None
        if times is None:
            raise BadInput(f"caption {number} has no times", remedy="write them as 00:00:01,000 --> 00:00:02,500")
        parts = [int(part) for part in times.groups()]
        start, end = (h * 3600 + m * 60 + s + ms / 1000 for h, m, s, ms in (parts[:4], parts[4:]))
        cues.append(Cue(round(start, 3), round(end, 3), clean(unwrap(lines[1:]))))
    return tuple(cues)
