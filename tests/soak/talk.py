"""What the people of a soak say: questions, answers and small talk from a few words, always the same for a seed."""

import random

_THINGS = ("badge printer", "VPN client", "label scanner", "payroll export", "backup job", "meeting room screen")
_TROUBLES = ("does not start", "asks for a password again", "shows error 0x80070005", "is very slow since Monday")
_QUESTIONS = (
    "How do I reset the {thing}?",
    "Does anybody know why the {thing} {trouble}?",
    "The {thing} {trouble}, help?",
)
_ANSWERS = (
    "Hold the green button of the {thing} for five seconds, then wait for the second beep.",
    "Open the settings of the {thing}, switch off fast start, and restart it.",
    "<p>Run this:</p><pre><code>reset --device {word}</code></pre>",
    'Look into <a href="https://wiki.example.com/{word}">the wiki page</a> about the {thing}.',
)
_TALK = (
    "Thanks, that works now!",
    "Good morning everybody",
    "Lunch at twelve?",
    "👍",
    "I'll look at it later",
    "Same here",
)


def opening(chance: random.Random) -> str:
    """How somebody begins."""
    if chance.random() < 0.5:
        return _filled(chance, chance.choice(_QUESTIONS))
    return _filled(chance, chance.choice(_TALK))


def going_on(chance: random.Random) -> str:
    """What somebody says to it."""
    return _filled(chance, chance.choice(_ANSWERS if chance.random() < 0.5 else _TALK))


def _filled(chance: random.Random, text: str) -> str:
    word = "".join(chance.choice("bcdfghklmnprst") + chance.choice("aeiou") for _ in range(4))
    return text.format(thing=chance.choice(_THINGS), trouble=chance.choice(_TROUBLES), word=word)
