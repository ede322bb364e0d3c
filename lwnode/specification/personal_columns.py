# SPDX-License-Identifier: Apache-2.0
"""Column names that point at a person, in English and Chinese.

Rules
-----
* A name is a hint, never a proof: the finding warns, a person decides.
* English names are compared word by word, so that ``length_of_stay`` and ``hostname`` stay quiet; Chinese has no spaces,
  so its words are looked for anywhere in the name, in simplified and traditional characters.

Called by the audit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lwnode.errors import Finding

_ENGLISH = {
    "name": (
        "name", "full name", "first name", "last name", "middle name", "given name", "family name", "maiden name",
        "patient name", "customer name", "person name", "user name", "contact name", "surname", "forename", "firstname",
        "lastname", "fullname", "username", "nickname", "initials",
    ),
    "identifier": (
        "id", "ids", "uid", "uuid", "guid", "identifier", "mrn", "ssn", "nhs number", "nin", "passport", "medical record",
        "record number", "case number", "patient number", "patient no", "insurance number", "policy number", "social security",
        "national number", "tax number", "licence number", "license number", "licence plate", "license plate",
        "number plate", "student number", "employee number", "staff number", "imei", "mac address", "ip", "ip address",
        "device serial",
    ),
    "address": (
        "address", "street", "house number", "zip", "zipcode", "zip code", "postcode", "postal code", "post code", "latitude",
        "longitude", "lat", "lon", "lng", "gps", "coordinates", "location",
    ),
    "contact": ("phone", "telephone", "tel", "mobile", "cellphone", "fax", "email", "e mail", "mail", "wechat", "whatsapp", "qq"),
    "date of birth": ("birth", "birthday", "birthdate", "dob", "born", "birth date", "date of birth"),
    "account": ("account", "account number", "iban", "bank", "card number", "credit card"),
    "biometric": ("photo", "picture", "face", "fingerprint", "voice", "signature", "iris scan", "genome"),
}  # fmt: skip
_CHINESE = {
    "name": ("姓名", "名字", "姓氏", "患者名", "用户名", "用戶名", "昵称", "暱稱"),
    "identifier": (
        "身份证", "身分證", "身份證", "证件号", "證件號", "护照", "護照", "病历号", "病歷號", "病案号", "病案號", "住院号", "住院號",
        "门诊号", "門診號", "就诊号", "就診號", "就诊卡", "就診卡", "患者编号", "患者編號", "患者id", "医保号", "医保卡", "健保", "社保",
        "学号", "學號", "工号", "工號", "车牌", "車牌", "编号", "編號",
    ),
    "address": ("地址", "住址", "籍贯", "籍貫", "邮编", "郵編", "邮政编码", "郵遞區號", "经度", "經度", "纬度", "緯度", "住所"),
    "contact": ("电话", "電話", "手机", "手機", "联系方式", "聯繫方式", "聯絡方式", "邮箱", "郵箱", "电子邮件", "電子郵件", "微信", "qq"),
    "date of birth": ("出生", "生日"),
    "account": ("银行", "銀行", "账号", "帳號", "账户", "帳戶", "卡号", "卡號"),
    "biometric": ("照片", "相片", "指纹", "指紋", "人脸", "人臉", "签名", "簽名", "声纹", "聲紋"),
}  # fmt: skip


def audit_columns(names: Sequence[str]) -> tuple[Finding, ...]:
    """Return a warning for every column whose name looks personal.

    Parameters
    ----------
    names : sequence of str
        Columns that would be published, or used.

    Returns
    -------
    tuple of Finding
        ``personal-column``: warn, in the order of the names.
    """
    return tuple(
        Finding(
            code="personal-column",
            severity="warn",
            message=f"column '{name}' looks like a person's {kind}; leave it out unless it is needed",
            where=name,
        )
        for name in names
        if (kind := _kind(name))
    )


def _kind(name: str) -> str:
    """Return what the name points at; empty where it points at nobody."""
    plain = unicodedata.normalize("NFKC", name)
    for kind, words in _CHINESE.items():
        if any(word in plain.lower() for word in words if not word.isascii()):
            return kind
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    text = " ".join(re.findall(r"[a-z]+", spaced.lower()))
    for kind, phrases in _ENGLISH.items():
        if any(_says(text, phrase) for phrase in phrases):
            return kind
    return ""


def _says(text: str, phrase: str) -> bool:
    """Return whether the words of the phrase stand in the text; a bare ``name`` only when it is all there is."""
    return text == phrase if phrase == "name" else f" {phrase} " in f" {text} "
