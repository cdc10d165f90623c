"""A terminal nobody looks at: keeps the cells a program painted, and answers its questions as xterm would.

An unanswered question costs a program its time-out, so everything an xterm answers is answered, at once. Two things
differ from a stock xterm on purpose: synchronized output (mode 2026) is known, as it is to most terminals of today, and
nothing is drawn.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter

Style = tuple[tuple[str, str], ...]
Cell = tuple[str, Style]

PLAIN: Style = ()
BLANK: Cell = (" ", PLAIN)

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<params>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b(?P<kind>[\]P_^X])(?P<words>.*?)(?:\x07|\x1b\\)"
    r"|\x1b(?P<escape>[ -/]*[0-OQ-WYZ`-~\\=>])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])",
    re.DOTALL,
)
_PARTIAL = re.compile(r"\x1b(\[[0-?]*[ -/]*|[\]P_^X].*|[ -/]*)\Z", re.DOTALL)
# Longer than this, an unfinished sequence is not waited for any more.
_MOST_PENDING = 1 << 20

# Everything that asks something, in bytes: who reads lazily must look for these at once.
QUESTION = re.compile(rb"\x1b(\[[0-?]*(\$p|[cnqtu])|\]1[0-2];\?|P[+$]q)")

# The modes that are known (DECRQM); whatever else is asked for is said to be unknown.
_MODES = {"1", "6", "7", "12", "25", "47", "1000", "1002", "1003", "1004", "1005", "1006", "1015", "1016"}
_MODES |= {"1047", "1048", "1049", "2004", "2026"}
SYNCHRONIZED = "2026"
_ALTERNATE = {"47", "1047", "1049"}
_ANSWERS = {
    ("", "c"): "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c",  # a VT420 without sixel
    (">", "c"): "\x1b[>41;390;0c",
    ("=", "c"): "\x1bP!|00000000\x1b\\",
    ("5", "n"): "\x1b[0n",
    (">", "q"): "\x1bP>|XTerm(390)\x1b\\",
    (">0", "q"): "\x1bP>|XTerm(390)\x1b\\",
}
_COLOURS = {"10": "rgb:e5e5/e5e5/e5e5", "11": "rgb:0000/0000/0000", "12": "rgb:e5e5/e5e5/e5e5"}
_CELL = (8, 16)  # pixels


class Terminal:
    """Cells, cursor and modes. `touched` collects the cells (row * width + column) whose look really changed, until
    somebody clears it; `unknown` counts the sequences that were not understood."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.touched: set[int] = set()
        self.unknown: Counter[str] = Counter()
        self._cells: list[list[Cell]] = [[BLANK] * width for _ in range(height)]
        self._row = self._column = 0
        self._wrap = False  # the cursor stands behind the last column
        self._saved = (0, 0)
        self._style: Style = PLAIN
        self._styles: dict[tuple[Style, str], Style] = {}
        self._modes = {"7", "25"}
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._replies: list[str] = []

    @property
    def holding(self) -> bool:
        """Return whether a synchronized update is under way: nobody sees what is painted until it ends."""
        return SYNCHRONIZED in self._modes

    def shows(self, text: str) -> bool:
        """Return whether a text stands somewhere in one row."""
        return any(text in line for line in self.lines())

    def lines(self) -> list[str]:
        """Return the rows as text."""
        return ["".join(char for char, _ in row) for row in self._cells]

    def feed(self, data: bytes) -> bytes:
        """Take what a program wrote; return what the terminal answers."""
        text = self._pending + self._decoder.decode(data)
        self._pending = ""
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                if _PARTIAL.match(text, position) and len(text) - position < _MOST_PENDING:
                    self._pending = text[position:]
                    break
                position += 1  # an ESC that begins nothing
                continue
            position = found.end()
            self._take(found)
        replies, self._replies = "".join(self._replies), []
        return replies.encode()

    def _take(self, found: re.Match[str]) -> None:
        if found["text"] is not None:
            self._write(found["text"])
        elif found["final"] is not None:
            self._csi(found["params"], found["between"], found["final"])
        elif found["kind"] is not None:
            self._string(found["kind"], found["words"])
        elif found["escape"] is not None:
            self._escape(found["escape"])
        else:
            self._control(found["control"])

    # Painting

    def _put(self, row: int, column: int, cell: Cell) -> None:
        line = self._cells[row]
        if line[column] != cell:
            line[column] = cell
            self.touched.add(row * self.width + column)

    def _write(self, text: str) -> None:
        for char in text:
            wide = 1 if char < "\u0300" else _cells_of(char)
            if not wide:
                continue
            if self._wrap or self._column + wide > self.width:
                if "7" in self._modes:
                    self._column = 0
                    self._feed_line()
                self._column = min(self._column, self.width - wide)
                self._wrap = False
            self._put(self._row, self._column, (char, self._style))
            if wide == 2:
                self._put(self._row, self._column + 1, ("", self._style))
            self._column += wide
            if self._column >= self.width:
                self._column, self._wrap = self.width - 1, True

    def _feed_line(self) -> None:
        if self._row < self.height - 1:
            self._row += 1
            return
        rows = [list(row) for row in self._cells[1:]] + [[BLANK] * self.width]
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                self._put(number, column, cell)

    def _blank(self, first: int, last: int) -> None:
        """Blank cells from one number up to, not including, another; a colour behind the pen stays, as in xterm."""
        cell: Cell = (" ", tuple(part for part in self._style if part[0] == "back"))
        for number in range(first, last):
            self._put(*divmod(number, self.width), cell)

    def _move(self, row: int, column: int) -> None:
        self._row = min(max(row, 0), self.height - 1)
        self._column = min(max(column, 0), self.width - 1)
        self._wrap = False

    # Sequences

    def _control(self, char: str) -> None:
        if char in "\n\v\f":
            self._feed_line()
        elif char == "\r":
            self._move(self._row, 0)
        elif char == "\b":
            self._move(self._row, self._column - 1)
        elif char == "\t":
            self._move(self._row, (self._column // 8 + 1) * 8)

    def _escape(self, word: str) -> None:
        if word == "7":
            self._saved = (self._row, self._column)
        elif word == "8":
            self._move(*self._saved)
        elif word == "c":
            self._blank(0, self.width * self.height)
            self._move(0, 0)
            self._style = PLAIN
        elif word[0] not in "()*+=> ":
            self.unknown[f"ESC {word}"] += 1

    def _csi(self, params: str, between: str, final: str) -> None:
        if between == "$" and final == "p":
            self._tell_mode(params)
        elif not between and (params, final) in _ANSWERS:
            self._replies.append(_ANSWERS[params, final])
        elif not between and params == "0" and final == "c":
            self._replies.append(_ANSWERS["", "c"])
        elif not between and final in "hl" and params.startswith("?"):
            self._switch(params[1:].split(";"), on=final == "h")
        elif not between and final == "m" and params[:1] not in ("?", ">"):
            self._pen(params)
        elif not between and final == "n" and params in ("6", "?6"):
            sign = "?" if params.startswith("?") else ""
            self._replies.append(f"\x1b[{sign}{self._row + 1};{self._column + 1}R")
        elif not between and final == "t":
            self._tell_size(params)
        elif params[:1] in ("<", "=", ">", "?") or between or final in "hl":
            # Keyboards' protocols, cursor shapes: an xterm without them says nothing, and no cell changes.
            if final not in "uqmhlp":
                self.unknown[f"CSI {params}{between}{final}"] += 1
        else:
            self._cursor(params, final)

    def _cursor(self, params: str, final: str) -> None:
        numbers = [int(part) if part.isdigit() else 0 for part in params.split(";")]
        count = max(1, numbers[0])
        here, end = self._row * self.width + self._column, self.width * self.height
        row_start, row_end = self._row * self.width, (self._row + 1) * self.width
        if final in "Hf":
            self._move(count - 1, max(1, numbers[1] if len(numbers) > 1 else 1) - 1)
        elif final in "ABCD":
            down, right = {"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1)}[final]
            self._move(self._row + down * count, self._column + right * count)
        elif final in "EF":
            self._move(self._row + (count if final == "E" else -count), 0)
        elif final == "G":
            self._move(self._row, count - 1)
        elif final == "d":
            self._move(count - 1, self._column)
        elif final == "J":
            self._blank(*{0: (here, end), 1: (0, here + 1)}.get(numbers[0], (0, end)))
        elif final == "K":
            self._blank(*{0: (here, row_end), 1: (row_start, here + 1)}.get(numbers[0], (row_start, row_end)))
        elif final == "X":
            self._blank(here, min(here + count, row_end))
        elif final == "s":
            self._saved = (self._row, self._column)
        elif final == "u":
            self._move(*self._saved)
        else:
            self.unknown[f"CSI {params}{final}"] += 1

    def _pen(self, params: str) -> None:
        key = (self._style, params)
        if key not in self._styles:
            self._styles[key] = _styled(self._style, params)
        self._style = self._styles[key]

    def _switch(self, modes: list[str], *, on: bool) -> None:
        for mode in modes:
            if mode in _ALTERNATE and on != (mode in self._modes):
                self._blank(0, self.width * self.height)  # the other screen; neither is kept
            (self._modes.add if on else self._modes.discard)(mode)

    # Answers

    def _tell_mode(self, params: str) -> None:
        sign, mode = ("?", params[1:]) if params.startswith("?") else ("", params)
        known = sign == "?" and mode in _MODES
        state = 0 if not known else 1 if mode in self._modes else 2
        self._replies.append(f"\x1b[{sign}{mode};{state}$y")

    def _tell_size(self, params: str) -> None:
        wide, high = _CELL
        sizes = {"14": f"4;{self.height * high};{self.width * wide}", "16": f"6;{high};{wide}"}
        sizes["18"] = f"8;{self.height};{self.width}"
        if params in sizes:
            self._replies.append(f"\x1b[{sizes[params]}t")

    def _string(self, kind: str, words: str) -> None:
        if kind == "]":
            number, _, rest = words.partition(";")
            if rest == "?" and number in _COLOURS:
                self._replies.append(f"\x1b]{number};{_COLOURS[number]}\x1b\\")
        elif kind == "P" and words[:2] in ("+q", "$q"):
            self._replies.append(f"\x1bP0{words[0]}r\x1b\\")


def _cells_of(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _styled(style: Style, params: str) -> Style:
    """Return a style after a select-graphic-rendition sequence; only used to see whether two cells look the same."""
    found = dict(style)
    parts = params.replace(":", ";").split(";")
    while parts:
        word = parts.pop(0).lstrip("0") or "0"
        number = int(word) if word.isdigit() else -1
        if word == "0":
            found.clear()
        elif word in ("38", "48", "58"):
            take = {"2": 4, "5": 2}.get(parts[0] if parts else "", 1)
            found[{"38": "fore", "48": "back", "58": "under"}[word]] = ";".join(parts[:take])
            del parts[:take]
        elif 30 <= number <= 37 or 90 <= number <= 97:
            found["fore"] = word
        elif 40 <= number <= 47 or 100 <= number <= 107:
            found["back"] = word
        elif word in _ENDS:
            for name in _ENDS[word]:
                found.pop(name, None)
        else:
            found[word] = "on"
    return tuple(sorted(found.items()))


_ENDS = {"22": ("1", "2"), "23": ("3",), "24": ("4", "21"), "25": ("5", "6"), "27": ("7",), "28": ("8",), "29": ("9",)}
_ENDS |= {"39": ("fore",), "49": ("back",), "55": ("53",), "59": ("under",)}
