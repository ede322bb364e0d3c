# SPDX-License-Identifier: Apache-2.0
"""Commands under hostile names, files, homes and texts: one line with a remedy, and nothing broken or left behind."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lwnode
from lwnode.cli import main
from lwnode.cli.predictions import write_predictions
from lwnode.node.facade import Node
from lwnode.trust import seal_manifest
from tests.support.archive import SEMANTIC, Example, files, signed
from tests.support.clock import slowness
from tests.support.homes import SAMPLE, TARGET
from tests.support.trust import organisation

ABOUT = ("--name", "Readmission", "--description", "Back within 30 days", "--scenario", "Health")
CLINIC = str(SAMPLE / "new_clinic_unlabelled.csv")


@dataclass
class Shell:
    """Runs commands on one home, in this process."""

    home: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = main([*arguments[:1], "--home", str(self.home), *arguments[1:]])
        return (status, *self._read())

    def sub(self, group: str, *arguments: str) -> tuple[int, str, str]:
        """Run a command of a group."""
        status = main([group, arguments[0], "--home", str(self.home), *arguments[1:]])
        return (status, *self._read())

    def _read(self) -> tuple[str, str]:
        captured = self.capture.readouterr()
        return captured.out, captured.err


def refused(answer: tuple[int, str, str], *statuses: int) -> str:
    """Return the one line that a refused command prints."""
    status, out, err = answer
    assert status in (statuses or (2,)), (status, out, err)
    assert err.startswith("lwnode: "), err
    assert err.count("\n") == 1, err
    assert "internal error" not in err
    harmless(out + err)
    return err


def harmless(text: str) -> None:
    """Refuse what could steer a terminal or turn the order of letters round."""
    bad = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\t"}
    assert not bad, [f"U+{ord(char):04X}" for char in sorted(bad)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a profile, a data set and a model."""
    home = tmp_path_factory.mktemp("cli") / "home"
    with Node.create(home, organisation="Test hospital") as node:
        node.add_profile(lwnode.read_profile(SAMPLE / "profile.json"))
        node.train(SAMPLE / "hospital_c_geriatric.csv", target=TARGET, preset="quick")
    return home


@pytest.fixture
def shell(prepared: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(prepared, capsys)


@pytest.fixture
def empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    Node.create(tmp_path / "home", organisation="Test hospital").close()
    return Shell(tmp_path / "home", capsys)


def rows(count: int = 60) -> str:
    rng = random.Random(3)
    return "\n".join(f"{rng.gauss(0, 1):.3f},{rng.gauss(0, 1):.3f},{i % 2}" for i in range(count)) + "\n"


# ---------------------------------------------------------------- names of files
NAMES = [
    "--help.csv",
    "-",
    "--",
    "--home",
    " .csv",
    ".csv",
    "jan.2024.csv",
    "admissions v1.2.csv",
    "x; touch pwned.csv",
    "$(touch pwned).csv",
    "`touch pwned`.csv",
    "%s%n.csv",
    "'; DROP TABLE dataset; --.csv",
    "a\nb.csv",
    "\x1b]0;owned\x07.csv",
    "\x1b[2Jgone.csv",
    "\u202evsc.exe",
    "再入院.csv",
    "n" * 200 + ".csv",
    "[bold]x.csv",
    "\\[bold].csv",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_file_of_any_name_is_added_or_refused(
    empty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / name).write_text("a,b,y\n" + rows())
    status, out, err = empty.sub("data", "add", "--", name)
    harmless(out + err)
    assert not (folder / "pwned").exists()
    if status:
        refused((status, out, err))
        status, out, err = empty.sub("data", "add", "--name", "plain", "--", name)
        assert status == 0, err
        harmless(out + err)
    listed = json.loads(empty.sub("data", "list", "--json")[1])
    assert len(listed) == 1
    harmless(empty.sub("data", "list")[1])
    monkeypatch.chdir(tmp_path)
    status, out, err = empty("search", "--", listed[0]["name"])
    assert status == 6, f"what is registered is found by its name: {err}"


@pytest.mark.parametrize("name", ["\x1b]0;owned\x07.csv", "\u202evsc.csv", "a\x07b.csv", "two\nlines.csv"])
def test_the_name_of_a_file_that_is_not_there_is_harmless_on_the_screen(empty: Shell, name: str) -> None:
    refused(empty.sub("data", "add", "--", name))


@pytest.mark.parametrize("arguments", [("data", "add"), ("search",), ("verify",), ("profile", "new")])
def test_a_home_of_nobody_in_a_path(empty: Shell, arguments: tuple[str, ...]) -> None:
    path = "~nobody-of-this-name/x.csv"
    refused(empty.sub(*arguments, path) if len(arguments) == 2 else empty(*arguments, path))


def test_bytes_that_are_no_text_in_a_name(empty: Shell, tmp_path: Path) -> None:
    for flags in ([], ["--json"]):
        command = [sys.executable, "-m", "lwnode", "data", "add", "--home", str(empty.home), *flags]
        environ = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8:strict"}
        done = subprocess.run(
            [*map(os.fsencode, command), b"\xff\xfe.csv"], capture_output=True, env=environ, timeout=30, check=False
        )
        assert done.returncode == 2, done.stderr
        assert b"Traceback" not in done.stderr
        assert b"internal error" not in done.stderr


# ---------------------------------------------------------------- what is no file of data
def test_folders_and_links_in_the_place_of_a_table(empty: Shell, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "nowhere")
    for name in ("folder.csv", "loop.csv", "dangling.csv", "folder.csv/x.csv", "loop.csv/x.csv"):
        refused(empty.sub("data", "add", str(tmp_path / name)))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(empty: Shell, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a,b,y\n" + rows())
    file.chmod(0)
    assert "read" in refused(empty.sub("data", "add", str(file)))


@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_what_never_ends_is_not_read(empty: Shell, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "endless.csv"
    if kind == "pipe":
        os.mkfifo(file)
    else:
        if not Path("/dev/zero").exists():
            pytest.skip("there is no endless file here")
        file.symlink_to("/dev/zero")
    command = [sys.executable, "-m", "lwnode", "data", "add", "--home", str(empty.home), str(file)]
    limits = (
        "import resource, os, sys; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30));"
        " os.execv(sys.argv[1], sys.argv[1:])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", limits, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        pytest.fail("it reads what never ends")
    assert process.returncode == 2, err
    assert b"internal error" not in err


def mixed() -> bytes:
    return bytes(random.Random(1).randbytes(50_000))


TABLES: dict[str, Callable[[], bytes]] = {
    "random bytes": mixed,
    "zeros": lambda: bytes(10_000),
    "NUL in the header": lambda: b"a\x00b,c\n1,2\n3,4\n",
    "UTF-16": lambda: ("a,b\n" + "1,2\n" * 60).encode("utf-16"),
    "half a character": lambda: b"a,b\n\xe5\x86,2\n",
    "a byte order mark alone": lambda: b"\xef\xbb\xbf",
    "compressed": lambda: gzip.compress(b"a,b\n1,2\n"),
    "a Parquet file that is none": lambda: b"PAR1" + bytes(100) + b"PAR1",
    "a Parquet file that is short": lambda: b"PAR1",
    "a quotation mark that never closes": lambda: b'a,b\n"1,2\n' + b"3,4\n" * 60,
    "only line breaks": lambda: b"\n" * 10_000,
    "only commas": lambda: b"," * 10_000 + b"\n" + b"," * 10_000 + b"\n",
    "old Macintosh line ends": lambda: b"a,b\r1,2\r3,4\r",
    "every row another length": lambda: b"a,b,c\n" + b"".join(b"1," * i + b"2\n" for i in range(60)),
    "one field of ten megabytes": lambda: b"a,b\n" + b"x" * 10_000_000 + b",2\n1,2\n",
    "a name of a megabyte": lambda: b"a" * 1_000_000 + b",b\n" + b"1,2\n" * 60,
    "numbers beyond all numbers": lambda: b"a,b\n" + b"1e999,-1e999\n" * 30 + b"9" * 400 + b",0x10\n",
    "a pickle": lambda: b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94",
    "a web page": lambda: b"<!DOCTYPE html><html><body>Please log in</body></html>\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_none_is_one_line(empty: Shell, tmp_path: Path, name: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(TABLES[name]())
    begin = time.monotonic()
    status, out, err = empty.sub("data", "add", str(file))
    assert time.monotonic() - begin < 60
    harmless(out + err)
    if status:
        assert len(refused((status, out, err))) < 1_000
    else:
        assert "rows used" in out
        assert empty.sub("data", "show", "table")[0] == 0


def test_twenty_thousand_columns(empty: Shell, tmp_path: Path) -> None:
    count = 20_000
    file = tmp_path / "wide.csv"
    line = ",".join(["1"] * count)
    file.write_text(",".join(f"c{i}" for i in range(count)) + "\n" + f"{line}\n" * 3)
    slow, before = slowness(), resource.getrusage(resource.RUSAGE_CHILDREN)
    status, out, err = empty.sub("data", "add", str(file))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime  # seconds of CPU
    assert spent < 6 * max(slow, slowness())
    if status:
        assert len(refused((status, out, err))) < 1_000
    else:
        assert len(out.splitlines()) < 1_000, "a screen, not twenty thousand lines"


@pytest.mark.parametrize("head", ["id\x1b]0;owned\x07", "id\u202e", "id\x9b31m", "patient_id\u2066"])
def test_names_of_columns_are_harmless_on_the_screen(empty: Shell, tmp_path: Path, head: str) -> None:
    file = tmp_path / "table.csv"
    lines = "\n".join(f"p{i:05d},{i % 7},{i % 2}" for i in range(100))
    file.write_text(f"{head},a,y\n{lines}\n")
    status, out, err = empty.sub("data", "add", str(file), "--target", "y")
    harmless(out + err)
    if status == 0:
        harmless(empty.sub("data", "show", "table")[1])


# ---------------------------------------------------------------- where results are written
def model_of(shell: Shell) -> str:
    found: str = json.loads(shell("models", "--json")[1])[0]["id"]
    return found


def in_the_way(folder: Path) -> dict[str, str]:
    """Return places where no file can be written."""
    (folder / "folder").mkdir()
    (folder / "file").write_text("mine")
    (folder / "loop").symlink_to(folder / "loop" / "loop")
    os.mkfifo(folder / "pipe")
    return {
        "a folder": str(folder / "folder"),
        "this folder": ".",
        "the folder above": "..",
        "nothing": "",
        "under a file": str(folder / "file" / "out.csv"),
        "a link to itself": str(folder / "loop" / "x"),
        "a name too long": str(folder / ("n" * 300)),
        "no folder of anybody": "/proc/nothing/out.csv",
        "a pipe": str(folder / "pipe"),
    }


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    "place",
    [
        "a folder",
        "this folder",
        "the folder above",
        "nothing",
        "under a file",
        "a link to itself",
        "a name too long",
        "no folder of anybody",
        "a pipe",
    ],
)
def test_predictions_that_cannot_be_written(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    out = in_the_way(inner)[place]
    before = tree(tmp_path)
    refused(shell("predict", model_of(shell), CLINIC, "--out", out))
    assert tree(tmp_path) == before, "nothing is left of it"
    assert (inner / "pipe").is_fifo()
    assert (inner / "file").read_text() == "mine"


@pytest.mark.parametrize("place", ["a folder", "under a file", "a name too long", "no folder of anybody"])
@pytest.mark.parametrize("what", ["export", "outbox", "draft"])
def test_other_files_that_cannot_be_written(
    drafted: tuple[Shell, str, str], tmp_path: Path, what: str, place: str
) -> None:
    shell, digest, ware = drafted
    out = in_the_way(tmp_path)[place]
    before = tree(tmp_path)
    if what == "export":
        answer = shell("export", ware, "--out", out)
    elif what == "outbox":
        answer = shell.sub("outbox", "export", out)
    else:
        answer = shell("drafts", digest, "--file", "card.json", "--out", out)
    refused(answer, 1, 2)
    assert tree(tmp_path) == before, "nothing is left of it"


@pytest.fixture(scope="module")
def published(prepared: Path) -> tuple[str, str]:
    with Node.open(prepared) as node:
        draft = node.draft(node.models()[0], dataclasses.replace(SEMANTIC, inputs=(), outputs=()))
        return draft.digest, node.publish(draft).id


@pytest.fixture
def drafted(shell: Shell, published: tuple[str, str]) -> tuple[Shell, str, str]:
    return (shell, *published)


def test_a_file_beside_the_output_stays(shell: Shell, tmp_path: Path) -> None:
    """A person's own file that happens to have the name of the unfinished one."""
    mine = tmp_path / "out.csv.part"
    mine.write_text("mine")
    assert shell("predict", model_of(shell), CLINIC, "--out", str(tmp_path / "out.csv"))[0] == 0
    assert mine.read_text() == "mine"


def test_labels_that_are_numbers_stay_numbers(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    write_predictions(out, np.array([[0.9, 0.1], [0.2, 0.8]]), ("-1", "+1"))
    assert [line.split(",")[0] for line in out.read_text().splitlines()] == ["prediction", "-1", "+1"]


# ---------------------------------------------------------------- homes
def homes(folder: Path) -> dict[str, str]:
    (folder / "file").write_text("mine")
    (folder / "dangling").symlink_to(folder / "file" / "nowhere")
    return {
        "a file": str(folder / "file"),
        "under a file": str(folder / "file" / "home"),
        "a link to nowhere": str(folder / "dangling"),
        "no folder of anybody": "/proc/nothing/home",
        "a name too long": str(folder / ("n" * 300)),
        "nobody's": "~nobody-of-this-name/home",
    }


@pytest.mark.parametrize(
    "place", ["a file", "under a file", "a link to nowhere", "no folder of anybody", "a name too long", "nobody's"]
)
def test_a_home_that_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.setenv("LWNODE_HOME", homes(tmp_path)[place])
    before = tree(tmp_path)
    for command in (["init", "--organisation", "n", "--no-passphrase"], ["status"]):
        status = main(command)
        captured = capsys.readouterr()
        refused((status, captured.out, captured.err), 1, 2)
    assert tree(tmp_path) == before
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    status = main(["init", "--organisation", "n", "--no-passphrase", "--home", str(tmp_path / "home")])
    captured = capsys.readouterr()
    refused((status, captured.out, captured.err))
    tmp_path.chmod(0o700)


def test_somebodys_folder_is_not_turned_into_a_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip such as ``--home .`` must not change who may read a folder that is full of other things."""
    folder = tmp_path / "documents"
    folder.mkdir(mode=0o755)
    (folder / "thesis.txt").write_text("mine")
    status = main(["init", "--organisation", "n", "--no-passphrase", "--home", str(folder)])
    captured = capsys.readouterr()
    refused((status, captured.out, captured.err))
    assert folder.stat().st_mode & 0o777 == 0o755
    assert tree(folder) == {"thesis.txt"}


KILLED = """
import os, signal, sys
from pathlib import Path
import lwnode
from lwnode.node.facade import Node

Node.create(Path(sys.argv[1]) / "warm", organisation="warm").close()

def child(home, last):
    left = [last]
    def counted(call):
        def inner(*args, **more):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **more)
        return inner
    for name in ("mkdir", "rename", "replace", "fsync", "rmdir", "chmod", "open"):
        setattr(os, name, counted(getattr(os, name)))
    Node.create(home, organisation="n").close()

for last in range(1, 400):
    home = Path(sys.argv[1]) / f"home-{last}"
    pid = os.fork()
    if pid == 0:
        try:
            child(home, last)
        except BaseException:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    print(last, os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status), flush=True)
    if not os.WIFSIGNALED(status):
        break
"""


def test_killed_in_the_middle_of_init_and_then_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed before any of its writes: afterwards there is a node that opens, or none, and init makes one."""
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environ,
        timeout=60,
        check=False,
    )
    ends = [line.split() for line in done.stdout.splitlines()]
    assert ends[-1][1] == "0", done.stderr
    assert len(ends) > 15
    assert {end for _, end in ends[:-1]} == {str(int(signal.SIGKILL))}
    for last, _ in ends:
        home = str(tmp_path / f"home-{last}")
        status = main(["init", "--organisation", "n", "--no-passphrase", "--home", home])
        err = capsys.readouterr().err
        assert status == 0 or (status == 2 and "already" in err), (last, err)
        assert main(["status", "--home", home]) == 0, (last, capsys.readouterr().err)
        assert json.loads((capsys.readouterr(), "[]")[1]) == []
        assert not [path.name for path in Path(home).iterdir() if path.name.startswith(".")], "nothing half-made stays"


# ---------------------------------------------------------------- foreign text on the screen
def foreign(**changes: object) -> Example:
    """Return a learnware of a stranger whose keys are valid now."""
    now = datetime.now(UTC).replace(microsecond=0)
    who = organisation("stranger")
    keys = dataclasses.replace(
        who.keys, created=now - timedelta(days=1), expires=now + timedelta(days=9), organisation="stranger hospital"
    )
    publisher = dataclasses.replace(who, keys=keys)
    words = {key: value for key, value in changes.items() if key != "organisation"}
    made = signed(files(semantic=dataclasses.replace(SEMANTIC, **words)), publisher)  # type: ignore[arg-type]
    if "organisation" not in changes:
        return made
    manifest = dataclasses.replace(made.manifest, organisation=str(changes["organisation"]))
    return dataclasses.replace(made, manifest=manifest, bundle=seal_manifest(manifest, publisher.release))


TEXTS = [
    "[bold red]fits[/]",
    "\\[/]",
    "\\[bold]fits",
    "[link=https://example.org]fits[/link]",
    "\\\\[/red]",
    ":warning: :skull:",
    "\u202estif",
    "fits\u2066 verified",
    "{0.__class__}",
    "%(name)s",
    "a" * 120,
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_foreign_words_are_shown_as_they_are(
    empty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    example = foreign(name=text, description=text, tags=(text[:100],))
    file = tmp_path / "x.learnware"
    file.write_bytes(example.archive)
    status, out, err = empty("import", str(file), "--trust")
    assert status == 0, err
    harmless(out)
    patients = tmp_path / "patients.csv"
    lines = "\n".join(f"{30 + i % 60},{1 + i % 20},{'fm'[i % 2]}" for i in range(200))
    patients.write_text(f"age,stay,sex\n{lines}\n")
    shown = "".join(char for char in text if unicodedata.category(char) != "Cf")
    for command in (
        ("list",),
        ("show", example.manifest.id[:12]),
        ("search", str(patients)),
        ("search", "--text", "a"),
    ):
        status, out, err = empty(*command)
        assert status in (0, 6), (command, err)
        assert "internal error" not in err
        harmless(out)
        if command[0] in ("list", "show"):
            assert "".join(shown.split())[:20] in "".join(out.split()), f"{command[0]} shows it letter by letter"


def test_an_unknown_organisation_is_harmless_in_the_question(empty: Shell, tmp_path: Path) -> None:
    file = tmp_path / "x.learnware"
    file.write_bytes(foreign(organisation="gnahc \u202eerucs\u2066").archive)
    answer = empty("import", str(file))
    assert answer[0] == 4
    harmless(answer[1] + answer[2])


def test_an_organisation_has_the_name_of_its_keys(empty: Shell, tmp_path: Path) -> None:
    """A manifest that names its publisher otherwise than the publisher's keys do is a lie about who made it."""
    file = tmp_path / "x.learnware"
    file.write_bytes(foreign(organisation="Test hospital").archive)
    status, _, err = empty("import", str(file), "--trust")
    assert status == 4 or "Test hospital" not in empty("list")[1], err


# ---------------------------------------------------------------- what belongs together
def test_one_table_under_two_names_has_one_budget(shell: Shell, tmp_path: Path) -> None:
    """The cap belongs to the rows: another name for them must not start it again without a word."""
    lines = (SAMPLE / "hospital_a_general.csv").read_text().splitlines()
    table = str(tmp_path / "some.csv")
    Path(table).write_text("\n".join(lines[:801]) + "\n")
    outcomes: list[tuple[int, dict[str, Any]]] = []
    for name in ("first", "second"):
        assert shell.sub("data", "add", table, "--name", name, "--target", TARGET)[0] == 0
        status, out, err = shell("train", name, "--preset", "quick", "--json")
        assert status == 0, err
        model = json.loads(out)["id"]
        epsilon = "3.9" if name == "first" else "3.8"
        status, out, err = shell("publish", "--preview", "--epsilon", epsilon, "--json", *ABOUT, model)
        outcomes.append((status, json.loads(out) if status == 0 else {"error": err}))
    assert outcomes[0][0] == 0, outcomes[0][1]
    status, draft = outcomes[1]
    assert status != 0 or draft["findings"], f"{draft['epsilon_spent']} of {draft['epsilon_cap']} spent, no finding"


def test_a_model_is_not_published_with_a_sketch_of_other_rows(empty: Shell, tmp_path: Path) -> None:
    """Trained on one file, which was then replaced: the sketch and the audit would be of rows the model never saw."""
    data = tmp_path / "admissions.csv"
    data.write_bytes((SAMPLE / "hospital_c_geriatric.csv").read_bytes())
    assert empty.sub("profile", "new", str(SAMPLE / "profile.json"))[0] == 0
    assert empty.sub("data", "add", str(data), "--target", TARGET)[0] == 0
    status, out, err = empty("train", "admissions", "--preset", "quick", "--json")
    assert status == 0, err
    data.write_bytes((SAMPLE / "hospital_a_general.csv").read_bytes())
    status, out, err = empty("publish", "--preview", "--json", *ABOUT, json.loads(out)["id"])
    assert status != 0 or json.loads(out)["findings"], "a draft without a word about it"


def test_the_last_search_is_the_last(drafted: tuple[Shell, str, str], tmp_path: Path) -> None:
    """After a search by words alone there is nothing to take up: an older search is not the last one."""
    shell, _, _ = drafted
    assert shell("search", CLINIC)[0] == 0
    assert shell("search", "--text", "readmission")[0] == 0
    refused(shell("reuse", CLINIC, "--search", "last", "--out", str(tmp_path / "out.csv")))


def test_what_leaves_as_a_file_is_in_the_outbox(drafted: tuple[Shell, str, str], tmp_path: Path) -> None:
    shell, _, ware = drafted
    assert shell("export", ware, "--out", str(tmp_path / "x.learnware"))[0] == 0
    listed = json.loads(shell.sub("outbox", "list", "--json")[1])
    assert [row for row in listed["entries"] if row["learnware"] == ware]


@pytest.mark.parametrize(
    ("arguments", "statuses"),
    [
        (("config", "epsilon_kap"), (2,)),
        (("config", "epsilon_cap", "nan"), (2,)),
        (("config", "epsilon_cap", "inf"), (2,)),
        (("config", "--", "epsilon_cap", "-1"), (2,)),
        (("config", "reduced_set_size", "1000000"), (2,)),
        (("show", ""), (1, 2)),
        (("withdraw", "ff", "--reason", " "), (1, 2)),
        (("jobs", "cancel", "٣"), (1, 2)),
        (("jobs", "cancel", "9" * 30), (1, 2)),
        (("search", "--top", "0"), (2,)),
        (("search", "--scenario", "\x1b]0;owned\x07"), (2,)),
        (("search", "--task", "\u202enoissergeR"), (2,)),
        (("partners", "confirm", ""), (1, 2)),
        (("fetch", "ff", "--seconds", "nan"), (1, 2)),
        (("sync", "--seconds", "nan"), (5,)),
        (("budget", "../../etc/passwd"), (1, 2)),
        (("profile", "show", "%"), (1, 2)),
        (("drafts", "nothing-like-it", "--file", "card.json", "--out", "x"), (1, 2)),
    ],
    ids=range(18),
)
def test_arguments_that_cannot_be_meant(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], statuses: tuple[int, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    groups = ("jobs", "partners", "profile")
    answer = shell.sub(*arguments) if arguments[0] in groups else shell(*arguments)
    refused(answer, *statuses)


@pytest.mark.parametrize("epsilon", ["nan", "inf", "0", "-1", "1e-300", "1e300"])
def test_an_epsilon_that_is_none(shell: Shell, epsilon: str) -> None:
    before = json.loads(shell("budget", "hospital_c_geriatric", "--json")[1])["charges"]
    refused(shell("publish", "--preview", "--epsilon", epsilon, *ABOUT, model_of(shell)), 2, 3, 1)
    assert json.loads(shell("budget", "hospital_c_geriatric", "--json")[1])["charges"] == before
