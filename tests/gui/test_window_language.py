# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import lwnode_gui
from lwnode_gui import language
from lwnode_gui.market.chips import translate

pytestmark = pytest.mark.gui

_ROOT = Path(lwnode_gui.__file__).parent
_FIELD = re.compile(r"\{\d\}|%n")


def _known(name: str) -> dict[language.Key, tuple[str, ...]]:
    return language.read_ts(resources.files("lwnode_gui.languages").joinpath(f"{name}.ts").read_text("utf-8"))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[language.Key, bool]:
    """Every text in the source as Qt's own tool finds it → whether it has plural forms."""
    tool = shutil.which("pyside6-lupdate", path=str(Path(sys.executable).parent)) or shutil.which("pyside6-lupdate")
    assert tool is not None
    out = tmp_path_factory.mktemp("ts") / "found.ts"
    files = [str(file) for file in sorted(_ROOT.rglob("*.py")) if not file.stem.startswith(("story", "shots"))]
    subprocess.run([tool, "-silent", "-locations", "none", *files, "-ts", str(out)], check=True, capture_output=True)
    text = out.read_text("utf-8")
    found: dict[language.Key, bool] = {}
    for context in re.findall(r"<context>(.*?)</context>", text, re.DOTALL):
        name = re.search(r"<name>(.*?)</name>", context)
        assert name is not None
        for plural, source in re.findall(r"<message( numerus=\"yes\")?>.*?<source>(.*?)</source>", context, re.DOTALL):
            found[name.group(1), html.unescape(source)] = bool(plural)
    return found


def test_chinese_is_complete_and_holds_nothing_else(sources: dict[language.Key, bool]) -> None:
    assert len(sources) > 200
    assert set(_known("zh_CN")) == set(sources)


def test_english_holds_the_plurals(sources: dict[language.Key, bool]) -> None:
    assert set(_known("en")) == {key for key, plural in sources.items() if plural}
    assert all(len(forms) == 2 for forms in _known("en").values())


@pytest.mark.parametrize("name", language.LANGUAGES)
def test_placeholders_are_kept(name: str) -> None:
    for (context, source), forms in _known(name).items():
        for form in forms:
            fields = sorted(_FIELD.findall(form))
            if fields != sorted(_FIELD.findall(source)):  # a form for one may say "the one" without the number
                assert name == "en", (context, source, form)
                assert form == forms[0], (context, source, form)
                assert fields == sorted(set(_FIELD.findall(source)) - {"%n"}), (context, source, form)


def test_no_text_is_put_together_in_the_source() -> None:
    """An f-string or a variable in ``tr`` can never be found in a translation."""
    wrong = []
    for file in sorted(_ROOT.rglob("*.py")):
        for match in re.finditer(r"(?:self\.tr\(|translate\(\s*\"\w+\",)\s*(?!\")(\S+)", file.read_text("utf-8")):
            wrong.append(f"{file.name}: {match.group(0)}")
    assert not wrong


@pytest.mark.parametrize(
    ("asked", "spoken", "chosen"),
    [
        ("zh_CN", ["en-GB"], "zh_CN"),
        ("system", ["zh-Hans-CN", "en"], "zh_CN"),
        ("", ["de-DE", "zh-TW"], "zh_CN"),
        ("system", ["de-DE", "en-US", "zh"], "en"),
        ("system", ["de-DE"], "en"),
        ("system", [], "en"),
    ],
)
def test_the_language_follows_the_person_then_the_desktop(asked: str, spoken: list[str], chosen: str) -> None:
    assert language.choose(asked, spoken) == chosen


def test_unfinished_translations_are_not_used() -> None:
    text = """<TS><context><name>A</name>
        <message><source>one</source><translation type="unfinished">eins</translation></message>
        <message><source>two</source><translation></translation></message>
        <message numerus="yes"><source>%n</source><translation><numerusform>a</numerusform><numerusform>b</numerusform>
        </translation></message></context></TS>"""
    assert language.read_ts(text) == {("A", "%n"): ("a", "b")}


def test_plurals_in_english(spoken: str) -> None:
    assert translate("Market", "%n model(s)", "", 1) == "1 model"
    assert translate("Market", "%n model(s)", "", 0) == "0 models"
    assert translate("Market", "%n model(s)", "", 7) == "7 models"


@pytest.mark.parametrize("spoken", [("zh_CN", "light")], indirect=True)
def test_chinese_is_spoken(spoken: str) -> None:
    assert translate("Shell", "Market") == "市场"
    assert translate("Market", "%n model(s)", "", 7) == "7 个模型"
    assert translate("Market", "nobody wrote this") == "nobody wrote this"
