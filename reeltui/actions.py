"""The one registry of actions: bindings, footer, palette, help and the user's keymap are all made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

# Where an action works: a screen's room, or everywhere.
ANYWHERE = "anywhere"


class Action(msgspec.Struct, frozen=True):
    """Something a person can do.

    `name` is its id in the keymap, `keys` what it is bound to as textual names keys (comma separated), `title` one or
    two words for footer and palette, `about` a sentence for help. `do` is the textual action (default: the last part of
    the name). `footer`: its rank in the footer, from 1; 0 is not there, from 60 only where others leave room. `group`
    is its heading in help. `danger`: it asks before it acts.
    """

    name: str
    keys: str
    title: str
    about: str
    rooms: tuple[str, ...]
    group: str
    footer: int = 0
    do: str = ""
    danger: bool = False

    @property
    def action(self) -> str:
        """What textual runs."""
        return self.do or self.name.rpartition(".")[2].replace("-", "_")


def _of(room: str, *rows: tuple[str, str, str, str, str, int]) -> list[Action]:
    return [
        Action(f"{room}.{name}", keys, title, about, (room,), group, footer=footer, danger=title.endswith("…"))
        for name, keys, title, about, group, footer in rows
    ]


_EVERYWHERE = [
    Action(
        "desk.help", "question_mark,f1", "Help", "Every key that works here, and what it does.", (ANYWHERE,), "Desk", 90
    ),
    Action(
        "desk.palette", "ctrl+p", "Commands", "Find any action by its name.", (ANYWHERE,), "Desk", 91, "command_palette"
    ),
    Action(
        "desk.jump",
        "f",
        "Jump",
        "Put a letter on everything that can be chosen, and go where it is typed.",
        (ANYWHERE,),
        "Desk",
    ),
    Action("desk.back", "escape", "Back", "Go back to where you came from.", (ANYWHERE,), "Desk"),
    Action(
        "desk.leave",
        "q",
        "Back, leave",
        "Go back to where you came from; from the library, leave.",
        (ANYWHERE,),
        "Desk",
    ),
    Action("desk.quit", "ctrl+q", "Quit", "Leave the desk. What is being made goes on.", (ANYWHERE,), "Desk", 92),
    Action(
        "desk.queue",
        "Q",
        "Queue",
        "Show what runs and waits, the devices, and the worker.",
        (ANYWHERE,),
        "Desk",
        do="show_queue",
    ),
    Action(
        "desk.doctor",
        "D",
        "Doctor",
        "Check this machine: models, memory, disk, terminal, worker.",
        (ANYWHERE,),
        "Desk",
        do="show_doctor",
    ),
    Action(
        "desk.theme", "T", "Theme", "Choose the colours, seeing each at once.", (ANYWHERE,), "Desk", do="choose_theme"
    ),
    Action("desk.refresh", "ctrl+l,f5", "Refresh", "Read everything on this screen again.", (ANYWHERE,), "Desk"),
]


ACTIONS: tuple[Action, ...] = (
    *_EVERYWHERE,
    *_of(
        "library",
        ("open", "enter,l,right", "Open", "Open the reel.", "Reel", 1),
        ("new", "n", "New", "Make a new reel from one sentence.", "Reel", 2),
        ("filter", "slash", "Filter", "Show only reels with these words; Esc shows all.", "List", 3),
        ("show-all", "escape", "Show all", "Show every reel again.", "List", 0),
        ("sort", "s", "Sort", "Change what the list is sorted by.", "List", 0),
        ("pause", "p", "Pause", "Hold the reel after its step in hand, or let it go on.", "Making", 4),
        ("resume", "r", "Resume", "Go on with the reel: put it into the queue again.", "Making", 5),
        (
            "cancel",
            "x",
            "Cancel…",
            "Stop the reel and take it out of the queue; nothing finished is lost.",
            "Making",
            0,
        ),
        ("earlier", "K,shift+up", "Earlier", "Move the reel up in the queue.", "Making", 0),
        ("later", "J,shift+down", "Later", "Move the reel down in the queue.", "Making", 0),
        ("duplicate", "d", "Duplicate", "Make another reel of the same plan and settings.", "Reel", 0),
        ("archive", "A", "Archive…", "Move the reel out of the list; it can be brought back.", "Reel", 0),
        ("copy-path", "y", "Copy path", "Copy the path of the reel's folder.", "Reel", 0),
    ),
    *_of(
        "reel",
        ("open-shot", "enter,l,right", "Open shot", "Open the shot under the cursor.", "Shot", 1),
        ("approve", "a", "Approve", "Approve the take that ships, or pass the gate for this shot.", "Shot", 2),
        ("reject", "x", "Reject", "Reject the take that ships, with labels and words for the next one.", "Shot", 3),
        ("retake", "t", "Retake", "Ask for one more take of this shot.", "Shot", 0),
        ("retake-note", "N", "Retake with note", "Ask for one more take, saying what it should heed.", "Shot", 0),
        ("plan", "e", "Plan", "Read and edit the plan: characters, story, shots, music.", "Reel", 4),
        ("approve-gate", "g", "Pass gate…", "Approve everything the reel waits for.", "Reel", 0),
        ("pause", "p", "Pause", "Hold the reel after its step in hand, or let it go on.", "Making", 5),
        ("resume", "r", "Resume", "Go on with the reel: put it into the queue again.", "Making", 0),
        (
            "cancel",
            "X",
            "Cancel…",
            "Stop the reel and take it out of the queue; nothing finished is lost.",
            "Making",
            0,
        ),
        ("undo", "u", "Undo", "Take the last decision about this reel back.", "Reel", 0),
        ("vram", "v", "Flight", "Device memory of every step, as planned and as measured.", "Reel", 0),
        ("log", "L", "Critic log", "Read the critic's log.", "Reel", 0),
        ("events", "E", "Events", "Read everything that happened, the newest first.", "Reel", 0),
        ("copy-path", "y", "Copy path", "Copy the path of the finished reel, or of its folder.", "Reel", 0),
        ("seen", "escape", "Seen", "Put away what happened while nobody watched.", "Reel", 0),
    ),
    *_of(
        "shot",
        (
            "approve",
            "a",
            "Approve",
            "Approve the take on the left: it ships, and is never rendered again.",
            "Take",
            1,
        ),
        (
            "reject",
            "x",
            "Reject",
            "Reject the take on the left, with labels and words for the next one.",
            "Take",
            2,
        ),
        ("choose", "c", "Choose", "Let this take ship, whatever the critic says.", "Take", 3),
        ("retake", "t", "Retake", "Ask for one more take.", "Take", 4),
        ("retake-note", "N", "Retake with note", "Ask for one more take, saying what it should heed.", "Take", 60),
        ("compare", "space", "Compare", "Put the take under the cursor on the right, beside the other.", "Take", 0),
        ("play", "P,enter", "Play", "Play the clip here at a low rate; any key stops it.", "Take", 5),
        (
            "edit-prompt",
            "e",
            "Edit prompt",
            "Change the prompt; what it costs is shown before it is saved.",
            "Words",
            6,
        ),
        (
            "edit-narration",
            "n",
            "Edit narration",
            "Change the line; how it fits is measured by speaking it.",
            "Words",
            7,
        ),
        ("keyframe", "K", "Own keyframe", "Use your own picture as the first frame.", "Words", 0),
        ("repaint", "R", "Repaint", "Have the keyframe painted anew.", "Words", 0),
        ("request", "i", "Request", "Everything the take was made from, in full.", "Take", 0),
        ("previous", "left_square_bracket", "Previous shot", "Go to the shot before.", "Shot", 0),
        ("next", "right_square_bracket", "Next shot", "Go to the shot after.", "Shot", 0),
        ("undo", "u", "Undo", "Take the last decision about this reel back.", "Shot", 0),
        ("copy-prompt", "y", "Copy prompt", "Copy the prompt.", "Copy", 0),
        ("copy-verdict", "Y", "Copy verdict", "Copy the verdict of the take.", "Copy", 0),
        ("copy-path", "w", "Copy path", "Copy the path of the clip.", "Copy", 0),
    ),
    *_of(
        "plan",
        ("edit", "enter,e", "Edit", "Edit what is under the cursor in place.", "Words", 1),
        ("editor", "E", "$EDITOR", "Edit the whole plan in your editor.", "Words", 2),
        ("approve-gate", "a", "Approve plan", "Approve the plan, where the reel waits for that.", "Gate", 4),
        ("master", "m", "Own picture", "Use your own picture of the character, group or place.", "Pictures", 0),
        ("undo", "u", "Undo", "Take the last decision about this reel back.", "Pictures", 5),
        ("copy", "y", "Copy", "Copy what is under the cursor.", "Words", 0),
    ),
    *_of(
        "queue",
        ("open", "enter,l,right", "Open", "Open the reel.", "Queue", 1),
        ("earlier", "K,shift+up", "Earlier", "Move the reel up.", "Queue", 2),
        ("later", "J,shift+down", "Later", "Move the reel down.", "Queue", 3),
        ("pause", "p", "Pause", "Hold the reel, or let it go on.", "Queue", 4),
        ("pause-all", "P", "Pause all", "Begin nothing new from this library's queue, or go on.", "Queue", 5),
        ("remove", "x", "Remove…", "Stop the reel and take it out of the queue.", "Queue", 0),
        ("start", "S", "Start worker", "Start a worker for the devices of the settings.", "Worker", 6),
        ("stop", "Z", "Stop worker…", "Stop the worker: after the step in hand, or at once.", "Worker", 7),
        ("logs", "L", "Logs", "Read the worker's log.", "Worker", 0),
    ),
    *_of(
        "reading",
        ("pager", "v", "In $PAGER", "Open the text in your own pager; leaving that comes back here.", "Reading", 1),
        ("close", "escape,q,enter", "Close", "Close it.", "Reading", 2),
    ),
    *_of(
        "doctor",
        ("again", "r", "Again", "Check everything again.", "Doctor", 1),
        ("copy", "y", "Copy", "Copy the remedy under the cursor.", "Doctor", 2),
    ),
)


def actions_of(room: str, registry: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """Return what can be done in a room, its own first, then what works everywhere."""
    found = tuple(registry)
    own = tuple(one for one in found if room in one.rooms)
    return own + tuple(one for one in found if ANYWHERE in one.rooms and room != ANYWHERE)


def keys_of(action: Action, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of an action, the user's own where they gave some."""
    words = keymap.get(action.name, action.keys)
    return tuple(key.strip() for key in words.split(",") if key.strip())
