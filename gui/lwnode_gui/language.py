# SPDX-License-Identifier: Apache-2.0
"""The languages of the window: which one is used, and its translations.

Rules
-----
* Every text stands in the source as English inside ``tr`` or ``translate``, whole: no f-string and no variable in it.
* Translations are Qt's own ``.ts`` files, which Qt Linguist edits and ``pyside6-lupdate`` brings up to date; they are
  read as they are, so that there is no step between a translation and its use.
* English needs a file too: it holds the plurals.

Called by the application before the first widget is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator, QXmlStreamReader

LANGUAGES = ("en", "zh_CN")
"""What the window speaks, by locale name."""

Key = tuple[str, str]  # context, source text


def choose(asked: str, spoken: Sequence[str]) -> str:
    """Return the language to use.

    Parameters
    ----------
    asked : str
        Locale name that a person named; empty or ``system`` where nobody did.
    spoken : sequence of str
        Locale names of the desktop in order of preference, such as ``zh-Hans-CN``.
    """
    for name in [asked] if asked not in ("", "system") else spoken:
        language = name.replace("_", "-").split("-")[0].lower()
        for known in LANGUAGES:
            if known.split("_")[0] == language:
                return known
    return LANGUAGES[0]


def read_ts(text: str) -> dict[Key, tuple[str, ...]]:
    """Return the finished translations of a ``.ts`` file: one form each, or the plural forms in order."""
    out: dict[Key, tuple[str, ...]] = {}
    reader = QXmlStreamReader(text)
    context = source = ""
    forms: list[str] = []
    finished = True
    while not reader.atEnd():
        reader.readNext()
        name = reader.name()
        if reader.isStartElement():
            if name == "message":
                source, forms, finished = "", [], True
            elif name == "name":
                context = reader.readElementText()
            elif name == "source":
                source = reader.readElementText()
            elif name == "translation":
                finished = reader.attributes().value("type") == ""
                words, forms = _forms(reader)
                forms = forms or [words]
        elif reader.isEndElement() and name == "message" and finished and all(forms) and forms:
            out[context, source] = tuple(forms)
    return out


def _forms(reader: QXmlStreamReader) -> tuple[str, list[str]]:
    """Return the text of a translation, and its plural forms where it has any; the reader stands behind it."""
    words, forms = "", []
    while not reader.atEnd():
        reader.readNext()
        if reader.isStartElement() and reader.name() == "numerusform":
            forms.append(reader.readElementText())
        elif reader.isCharacters():
            words += reader.text()
        elif reader.isEndElement() and reader.name() == "translation":
            break
    return words, forms


class Translator(QTranslator):
    """Gives Qt the translations of one language.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        file = resources.files("lwnode_gui.languages").joinpath(f"{language}.ts")
        self._known = read_ts(file.read_text(encoding="utf-8"))

    def isEmpty(self) -> bool:
        """Say whether there is nothing in it."""
        return not self._known

    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        """Return the translation, in the form for ``n`` where it has several; None where there is none."""
        forms = self._known.get((context, sourceText))
        if forms is None:
            return None
        return forms[0] if n in (-1, 1) else forms[-1]


def install(language: str) -> tuple[QTranslator, ...]:
    """Make the application speak ``language``: its own texts, Qt's dialogs, numbers and dates.

    Returns
    -------
    tuple of QTranslator
        To be kept alive as long as the application.
    """
    QLocale.setDefault(QLocale(language) if language != "en" else QLocale(QLocale.Language.English))
    own = Translator(language)
    QCoreApplication.installTranslator(own)
    dialogs = QTranslator()
    if dialogs.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        QCoreApplication.installTranslator(dialogs)
    return own, dialogs
