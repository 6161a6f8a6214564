"""Questions of the shop: what happened, to whom, and what they cannot tell. One file a question. See docs/insights.md."""

from dangol.insights.asking import Asking, Context, Use
from dangol.insights.funnel import Funnel
from dangol.insights.paths import Paths
from dangol.insights.period import Stretch, read_period
from dangol.insights.question import Answered, Crowd, Found, Kind, People, Question, Step
from dangol.insights.registry import KINDS, answer, people, question
from dangol.insights.retention import Retention
from dangol.insights.trends import Trends

__all__ = [
    "KINDS",
    "Answered",
    "Asking",
    "Context",
    "Crowd",
    "Found",
    "Funnel",
    "Kind",
    "Paths",
    "People",
    "Question",
    "Retention",
    "Step",
    "Stretch",
    "Trends",
    "Use",
    "answer",
    "people",
    "question",
    "read_period",
]
