# SPDX-License-Identifier: Apache-2.0
"""The style sheet, written from the tokens.

Rules
-----
* Widgets say what they are by a property (``role``, ``kind``, ``badge``, ``card``, ``bar``); the sheet says how that
  looks.
* A focus ring is 2 px of accent, and what has it becomes no larger: the padding gives way.
* Weight does not change with state, so that no text is clipped when something is checked.

Called by the theme.
"""

from __future__ import annotations

from collections.abc import Callable

from lwnode_gui.tokens import BODY, CAPTION, PAGE, SECTION, TITLE, Tokens


def stylesheet(tokens: Tokens, px: Callable[[float], int], mono: str) -> str:
    """Return the application's style sheet.

    Parameters
    ----------
    tokens : Tokens
    px : callable
        Pixels at 100 % → pixels at the scale in use.
    mono : str
        Quoted families of fixed width.
    """
    return "\n".join(
        (
            _text(tokens, px, mono),
            _containers(tokens, px),
            _buttons(tokens, px),
            _fields(tokens, px),
            _lists(tokens, px),
        )
    )


def _text(t: Tokens, px: Callable[[float], int], mono: str) -> str:
    roles = (
        ("page", PAGE, 600, t.text),
        ("section", SECTION, 600, t.text),
        ("title", TITLE, 600, t.text),
        ("strong", BODY, 600, t.text),
        ("dim", BODY, 400, t.text2),
        ("caption", CAPTION, 400, t.text2),
        ("captionStrong", CAPTION, 600, t.text),
    )
    rules = [
        f'QLabel[role="{name}"] {{ font-size:{px(size)}px; font-weight:{weight}; color:{color}; }}'
        for name, size, weight, color in roles
    ]
    rules.append(f'QLabel[role="mono"] {{ font-family:{mono}; font-size:{px(CAPTION)}px; }}')
    kinds = (
        ("ok", t.ok_weak, t.ok),
        ("warn", t.warn_weak, t.warn),
        ("danger", t.danger_weak, t.danger),
        ("info", t.accent_weak, t.accent),
        ("none", t.surface2, t.text2),
    )
    rules += [f'QLabel[badge="{kind}"] {{ background:{fill}; color:{color}; }}' for kind, fill, color in kinds]
    return "\n".join(
        (
            f"QWidget {{ color:{t.text}; font-size:{px(BODY)}px; }}",
            "QLabel { background:transparent; }",
            *rules,
            f"QLabel[badge] {{ border-radius:{px(22) // 2}px; padding:0 {px(9)}px; font-size:{px(CAPTION)}px; "
            "font-weight:600; }",
            f'QLabel[tag="1"] {{ background:{t.surface2}; color:{t.text2}; border-radius:6px; padding:0 {px(8)}px; '
            f"font-size:{px(CAPTION)}px; }}",
            f"QToolTip {{ background:{t.surface2}; color:{t.text}; border:1px solid {t.border}; padding:4px 6px; }}",
        )
    )


def _containers(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
    #root, QMainWindow, QDialog {{ background:{t.background}; }}
    #side {{ background:{t.surface}; border:0; border-right:1px solid {t.border}; }}
    #status {{ background:transparent; border:0; border-top:1px solid {t.border}; }}
    QFrame[card="1"] {{ background:{t.surface}; border:1px solid {t.border}; border-radius:12px; }}
    QFrame[card="focus"] {{ background:{t.surface}; border:2px solid {t.accent}; border-radius:12px; }}
    QFrame[rule="1"] {{ background:{t.border}; border:0; max-height:1px; min-height:1px; }}
    QFrame[bar] {{ border:0; border-radius:8px; }}
    QFrame[bar="info"] {{ background:{t.accent_weak}; }} QFrame[bar="ok"] {{ background:{t.ok_weak}; }}
    QFrame[bar="warn"] {{ background:{t.warn_weak}; }} QFrame[bar="danger"] {{ background:{t.danger_weak}; }}
    QFrame[bar="plain"] {{ background:{t.surface2}; }}
    QScrollArea, QScrollArea > QWidget > QWidget#plain {{ background:transparent; border:0; }}
    QScrollBar:vertical {{ background:transparent; width:10px; margin:0; }}
    QScrollBar::handle:vertical {{ background:{t.border}; border-radius:5px; min-height:32px; }}
    QScrollBar::handle:vertical:hover {{ background:{t.line}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height:0; width:0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background:transparent; }}
    QScrollBar:horizontal {{ background:transparent; height:10px; margin:0; }}
    QScrollBar::handle:horizontal {{ background:{t.border}; border-radius:5px; min-width:32px; }}
    """


def _buttons(t: Tokens, px: Callable[[float], int]) -> str:
    small = f"font-size:{px(13)}px; min-height:{px(20)}px;"
    return f"""
    QPushButton {{ background:{t.surface}; border:1px solid {t.line}; border-radius:8px; padding:8px 16px;
        min-height:{px(20)}px; }}
    QPushButton:hover {{ background:{t.surface2}; }} QPushButton:pressed {{ background:{t.border}; }}
    QPushButton:focus {{ border:2px solid {t.accent}; padding:7px 15px; }}
    QPushButton:disabled {{ color:{t.line}; border-color:{t.border}; }}
    QPushButton[kind="primary"] {{ background:{t.accent}; color:{t.accent_text}; border:1px solid {t.accent};
        font-weight:600; }}
    QPushButton[kind="primary"]:hover {{ background:{t.accent}; border-color:{t.text}; }}
    QPushButton[kind="primary"]:focus {{ border:2px solid {t.text}; padding:7px 15px; }}
    QPushButton[kind="primary"]:disabled {{ background:{t.surface2}; color:{t.text2}; border-color:{t.border}; }}
    QPushButton[kind="small"] {{ padding:4px 12px; {small} }}
    QPushButton[kind="small"]:focus {{ padding:3px 11px; }}
    QPushButton[kind="quiet"] {{ border:2px solid transparent; background:transparent; color:{t.accent};
        padding:3px 6px; font-weight:600; {small} }}
    QPushButton[kind="quiet"]:hover {{ background:{t.accent_weak}; }}
    QPushButton[kind="quiet"]:focus {{ border:2px solid {t.accent}; padding:3px 6px; }}
    QPushButton[kind="link"] {{ border:2px solid transparent; border-radius:6px; background:transparent;
        color:{t.accent}; padding:0 4px; font-weight:600; {small} }}
    QPushButton[kind="link"]:hover {{ background:{t.accent_weak}; }}
    QPushButton[kind="link"]:focus {{ border:2px solid {t.accent}; padding:0 4px; }}
    QPushButton[kind="chip"] {{ border:1px solid {t.border}; border-radius:{px(30) // 2}px; padding:4px 12px;
        color:{t.text2}; min-height:{px(20)}px; }}
    QPushButton[kind="chip"]:checked {{ background:{t.accent_weak}; color:{t.accent}; border-color:{t.accent}; }}
    QPushButton[kind="chip"]:focus {{ border:2px solid {t.accent}; padding:3px 11px; }}
    QPushButton[kind="nav"] {{ border:2px solid transparent; border-radius:8px; padding:7px 10px; text-align:left;
        background:transparent; color:{t.text2}; }}
    QPushButton[kind="nav"]:hover {{ background:{t.surface2}; color:{t.text}; }}
    QPushButton[kind="nav"]:checked {{ background:{t.accent_weak}; color:{t.accent}; }}
    QPushButton[kind="nav"]:focus {{ border:2px solid {t.accent}; padding:7px 10px; }}
    QPushButton[kind="safe"], QPushButton[kind="unsafe"] {{ border:2px solid transparent; border-radius:8px;
        padding:6px 8px; }}
    QPushButton[kind="safe"] {{ background:{t.ok_weak}; color:{t.ok}; }}
    QPushButton[kind="unsafe"] {{ background:{t.danger_weak}; color:{t.danger}; }}
    QPushButton[kind="safe"]:hover {{ border-color:{t.ok}; }}
    QPushButton[kind="unsafe"]:hover {{ border-color:{t.danger}; }}
    QPushButton[kind="safe"]:focus, QPushButton[kind="unsafe"]:focus {{ border:2px solid {t.accent}; padding:6px 8px; }}
    """


def _fields(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
    QLineEdit, QComboBox {{ background:{t.surface}; border:1px solid {t.line}; border-radius:8px; padding:8px 12px;
        min-height:{px(20)}px; selection-background-color:{t.accent}; selection-color:{t.accent_text}; }}
    QLineEdit:focus, QComboBox:focus {{ border:2px solid {t.accent}; padding:7px 11px; }}
    QLineEdit:disabled, QComboBox:disabled {{ color:{t.text2}; border-color:{t.border}; }}
    QComboBox::drop-down {{ border:0; width:{px(28)}px; }}
    QComboBox::down-arrow {{ image:none; }}
    QComboBox QAbstractItemView {{ background:{t.surface}; border:1px solid {t.line}; outline:0; padding:4px;
        selection-background-color:{t.accent_weak}; selection-color:{t.text}; }}
    QComboBox QAbstractItemView::item {{ min-height:{px(30)}px; padding:0 8px; }}
    QPlainTextEdit {{ background:{t.surface2}; border:2px solid transparent; border-radius:8px; padding:6px;
        selection-background-color:{t.accent}; selection-color:{t.accent_text}; }}
    QPlainTextEdit:focus {{ border:2px solid {t.accent}; }}
    """


def _lists(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
    QListView {{ background:transparent; border:0; outline:0; }}
    QTableView {{ background:transparent; border:2px solid transparent; border-radius:8px; gridline-color:transparent;
        outline:0; selection-background-color:{t.accent_weak}; selection-color:{t.text}; }}
    QTableView[ring="true"]:focus {{ border:2px solid {t.accent}; }}
    QTableView::item {{ border-bottom:1px solid {t.surface2}; padding:0 8px; }}
    QTableView::item:selected {{ background:{t.accent_weak}; color:{t.text}; }}
    QHeaderView {{ background:transparent; border:0; }}
    QHeaderView::section {{ background:transparent; color:{t.text2}; font-size:{px(CAPTION)}px; border:0;
        border-bottom:1px solid {t.border}; padding:4px 11px; }}
    """
