# SPDX-License-Identifier: Apache-2.0
"""Column names that point at a person, in English and Chinese.

Rules
-----
* A name is a hint, never a proof: the finding warns, a person decides.
* English names are compared word by word, so that ``length_of_stay``, ``hostname`` and ``birth_weight`` stay quiet.
  Chinese has no spaces: its words are looked for anywhere in the name, in simplified and traditional characters.

Called by the audit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lwnode.errors import Finding

_ENGLISH = {
    "name": """
        full name, first name, last name, middle name, given name, family name, maiden name, patient name,
        customer name, person name, user name, contact name, doctor name, surname, forename, firstname, lastname,
        fullname, username, nickname, initials""",
    "identifier": """
        id, ids, uid, uuid, guid, identifier, mrn, ssn, nin, passport, medical record, record number, case number,
        patient number, patient no, nhs number, insurance number, policy number, social security, national number,
        tax number, student number, employee number, staff number, licence number, license number, licence plate,
        license plate, number plate, imei, mac address, ip, ip address, serial number""",
    "address": """
        address, street, house number, zip, zipcode, zip code, postcode, post code, postal code, latitude, longitude,
        lat, lon, lng, gps, coordinates, place of birth, birthplace""",
    "contact": """
        phone, telephone, tel, mobile phone, mobile number, cellphone, fax, email, e mail, wechat, whatsapp, qq""",
    "date of birth": "birthday, birthdate, dob, born, birth date, date of birth, birth year, year of birth",
    "account": "account number, bank account, iban, card number, credit card",
    "biometric": "photo, photograph, fingerprint, signature, iris scan, voice print, genome",
}
_CHINESE = {
    "name": "姓名, 名字, 姓氏, 患者名, 用户名, 用戶名, 昵称, 暱稱",
    "identifier": """
        身份证, 身分證, 身份證, 证件号, 證件號, 护照, 護照, 病历号, 病歷號, 病案号, 病案號, 住院号, 住院號,
        门诊号, 門診號, 就诊号, 就診號, 就诊卡, 就診卡, 医保号, 医保卡, 醫保, 健保, 社保, 学号, 學號, 工号,
        工號, 车牌, 車牌, 编号, 編號""",
    "address": """
        地址, 住址, 住所, 籍贯, 籍貫, 出生地, 邮编, 郵編, 邮政编码, 郵遞區號, 经度, 經度, 纬度, 緯度""",
    "contact": """
        电话, 電話, 手机, 手機, 联系方式, 聯繫方式, 聯絡方式, 邮箱, 郵箱, 电子邮件, 電子郵件, 微信""",
    "date of birth": "出生日, 出生年, 出生时间, 出生時間, 生日",
    "account": "银行, 銀行, 账号, 帳號, 账户, 帳戶, 卡号, 卡號",
    "biometric": "照片, 相片, 指纹, 指紋, 人脸, 人臉, 签名, 簽名, 声纹, 聲紋",
}


def audit_columns(names: Sequence[str]) -> tuple[Finding, ...]:
    """Return a warning for every column whose name looks personal.

    Parameters
    ----------
    names : sequence of str
        Columns that would be used or published.

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
        if any(word in plain for word in _list(words)):
            return kind
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    text = f" {' '.join(re.findall(r'[a-z]+', spaced.lower()))} "
    if text == " name ":  # alone; a drug or a ward has a name too
        return "name"
    for kind, phrases in _ENGLISH.items():
        if any(f" {phrase} " in text for phrase in _list(phrases)):
            return kind
    return ""


def _list(words: str) -> list[str]:
    return [" ".join(word.split()) for word in words.split(",")]
