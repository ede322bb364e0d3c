# SPDX-License-Identifier: Apache-2.0
"""Synthetic learnwares that say much: names, descriptions, tags and columns in English and Chinese, from a seed.

A third of them speak English, a third Chinese, a third both.  English words are drawn by a Zipf law from function
words, real terms of hospitals and shops, and some 25,000 words that are put together from syllables; Chinese ones from
real words.  So a few words and characters are in most cards, and most words in a few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from lwnode.documents import FileEntry, Manifest, Port, Semantic, digest
from lwnode.documents.vocabulary import VOCABULARY
from lwnode.store import CatalogueRow

MADE_WORDS = 25_000


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_SYLLABLES = _listed(
    """
    ab ac ad al am an ar as at ba be bi bo ca ce ci co da de di do du el en er es fa fe fi fo ga ge gi go ha he hi
    ho il im in ir is ka ke ki ko la le li lo lu ma me mi mo mu na ne ni no nu ol on or os pa pe phi po pra pro ra
    re ri ro ru sa se si so sta ste sti sto ta te ti to tra tre tri tu ul um un ur us va ve vi vo xa ya za zo
    """
)
FUNCTION_WORDS = _listed(
    """
    the of and to in for with on by from at is are as or this that which were after within not all be has than
    between each per we it its was into both under over during before
    """
)
TERMS = _listed(
    """
    patients hospital admission readmission discharge mortality pneumonia surgery sepsis cardiology heart failure
    kidney creatinine laboratory diagnosis ward intensive ventilation emergency stroke diabetes hypertension
    oncology radiology orthopaedics paediatrics geriatric maternity preterm birth weight anaemia haemoglobin
    potassium sodium glucose cholesterol albumin bilirubin lactate troponin antibiotic infection influenza
    tuberculosis asthma fracture rehabilitation physiotherapy vaccination immunology dermatology ophthalmology
    neurology psychiatry anaesthesia transplant dialysis chemotherapy radiotherapy biopsy ultrasound tomography
    electrocardiogram spirometry triage retail customers basket supermarket grocery discount promotion inventory
    warehouse supplier invoice delivery returns loyalty coupon category demand forecast turnover seasonal checkout
    households electricity traffic weather prediction classification regression probability calibration threshold
    sensitivity specificity model features columns missing values training validation cohort records routine
    collected anonymised adults children women risk
    """
)
CHINESE = _listed(
    """
    患者 医院 预测 风险 模型 住院 治疗 诊断 检查 手术 数据 病人 临床 护理 门诊 急诊 病房 重症 入院 出院 再入院
    死亡率 住院日 肺炎 心脏 骨科 肾脏 肝脏 肺部 胃肠 神经 血液 血压 血糖 心率 体温 呼吸 感染 发热 咳嗽 疼痛 贫血
    骨折 肿瘤 癌症 肺癌 胃癌 肝癌 乳腺癌 糖尿病 高血压 冠心病 心电图 脑卒中 心衰竭 肾衰竭 肺结核 哮喘 流感 败血症
    白血病 淋巴瘤 关节炎 肝硬化 胰腺炎 阑尾炎 脑膜炎 肾结石 心肌梗死 心律失常 慢性 急性 老年 儿童 孕妇 新生儿 早产儿
    产科 儿科 内科 外科 妇科 眼科 皮肤科 口腔科 放射科 麻醉科 心内科 神经科 肿瘤科 检验科 急诊科 康复科 药剂科 化验
    血红蛋白 白细胞 红细胞 血小板 肌酐 尿素 尿酸 血钾 血钠 胆红素 白蛋白 胆固醇 甘油三酯 乳酸 肌钙蛋白 抗生素 疫苗
    药物 剂量 用药 过敏 副作用 并发症 复发 转移 分期 生存 随访 康复 评估 评分 筛查 体检 超声 影像 断层 磁共振 活检
    病理 基因 蛋白质 细胞 免疫 代谢 营养 体重 身高 年龄 性别 吸烟 饮酒 运动 睡眠 抑郁 焦虑 认知 痴呆 帕金森 癫痫
    中风 瘫痪 昏迷 休克 出血 输血 透析 移植 化疗 放疗 介入 支架 导管 插管 通气 氧疗 监护 麻醉 切除 缝合 引流 敷料
    伤口 溃疡 褥疮 烧伤 创伤 车祸 中毒 溺水 跌倒 零售 超市 顾客 购物 商品 价格 折扣 促销 库存 仓库 供应商 订单 发票
    配送 退货 会员 优惠券 品类 需求 销量 销售额 季节性 收银台 门店 客流量 家庭 电力 交通 天气 气温 降水 分类 回归
    概率 阈值 敏感度 特异度 准确率 特征 变量 缺失值 训练 验证 队列 记录 采集 匿名 成年人 女性 男性 城市 农村 地区
    三级医院 社区医院 专科医院 医生 护士 药师 医保 费用 床位 转诊 预约 候诊 满意度 质量 安全 指南 标准 流程 系统
    信息 平台 网络 隐私 保护 联邦学习 共享 机构 合作 研究 分析 统计 方法 结果 结论 适用 不适用 限制 样本 中心 前瞻性
    回顾性 对照组 随机 干预 时间 天数 月份 年度 指标 水平 升高 降低 正常 异常 轻度 中度 重度 早期 晚期 初次 反复
    持续 突发
    """
)
_ORGANISATIONS = (
    "合肥第一医院",
    "General Hospital",
    "Maternity Hospital",
    "城南社区医院",
    "Riverside Stores",
    "北方超市",
)


def semantics(size: int, seed: int = 0) -> Iterator[Semantic]:
    """Give so many semantic specifications."""
    yield from _Writer(seed).written(size)


def row_of(place: int, semantic: Semantic) -> CatalogueRow:
    """Return a specification as a learnware that is ready; its manifest names one small file."""
    organisation = _ORGANISATIONS[place % len(_ORGANISATIONS)]
    content = f"card {place}".encode()
    manifest = Manifest(
        publisher=digest(organisation.encode()), organisation=organisation, created=datetime(2026, 1, 1, tzinfo=UTC),
        audience="private", profile=digest(b"profile"),
        files=(FileEntry(name="card.json", sha256=digest(content), size=len(content)),),
    )  # fmt: skip
    data = manifest.to_bytes()
    return CatalogueRow(
        id=digest(data), publisher=manifest.publisher, organisation=organisation, bundle=b"{}", manifest=data,
        semantic=semantic, profile=manifest.profile, audience="private", state="ready",
        received=manifest.created, size=len(content),
    )  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Words, the most frequent first, and their shares by the law of Zipf and Mandelbrot."""

    words: tuple[str, ...]

    @cached_property
    def shares(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return how often each of them is drawn."""
        shares = 1.0 / (np.arange(len(self.words)) + 2.7)
        return shares / shares.sum()

    def drawn(self, count: int, rng: np.random.Generator) -> list[str]:
        """Return so many words as texts use them."""
        return [self.words[place] for place in rng.choice(len(self.words), count, p=self.shares)]


def english(seed: int = 0) -> Words:
    """Return the English words: function words, then terms among words made from syllables."""
    rng = np.random.default_rng([seed, 1])
    made: dict[str, None] = {}
    while len(made) < MADE_WORDS:
        word = "".join(_SYLLABLES[at] for at in rng.integers(len(_SYLLABLES), size=rng.integers(2, 6)))
        if len(word) >= 4 and word not in TERMS:
            made[word] = None
    rest = list(made)
    for term, place in zip(TERMS, np.sort(10 ** rng.uniform(0, 4.3, len(TERMS))).astype(int), strict=True):
        rest.insert(int(place), term)  # some terms are common and some are rare
    return Words((*FUNCTION_WORDS, *rest))


def chinese() -> Words:
    """Return the Chinese words."""
    return Words(CHINESE)


class _Writer:
    """Writes cards."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 2])
        self._english, self._chinese = english(seed), chinese()
        self._latin: Iterator[str] = self._stream(self._english)
        self._han: Iterator[str] = self._stream(self._chinese)

    def _stream(self, words: Words) -> Iterator[str]:
        while True:
            yield from words.drawn(100_000, self._rng)

    def written(self, size: int) -> Iterator[Semantic]:
        rng = self._rng
        for _ in range(size):
            kind = int(rng.integers(3))  # English, Chinese, both
            count = int(rng.integers(40, 81))
            latin, han = ((count, 0), (0, count), (count // 2, count // 2))[kind]
            body = " ".join(filter(None, [self._sentences(latin), self._chinese_sentences(han)]))
            yield Semantic(
                name=self._name(kind),
                description=body,
                data=self._one("data"),
                task=self._one("task"),
                library=self._one("library"),
                scenario=tuple(dict.fromkeys((self._one("scenario"), self._one("scenario")))),
                license=self._one("license"),
                inputs=tuple(Port(name=next(self._latin)) for _ in range(int(rng.integers(4, 9)))),
                tags=tuple(next(self._han if kind == 1 else self._latin) for _ in range(int(rng.integers(1, 5)))),
            )

    def _one(self, field: str) -> str:
        values = tuple(VOCABULARY[field])
        return values[int(self._rng.integers(len(values)))]

    def _name(self, kind: int) -> str:
        count = int(self._rng.integers(3, 7))
        latin = " ".join(next(self._latin) for _ in range(count)).capitalize()
        han = "".join(next(self._han) for _ in range(count - 1))
        return (latin, han, f"{han} {latin}")[kind]

    def _sentences(self, count: int) -> str:
        out: list[str] = []
        while count > 0:
            length = min(count, int(self._rng.integers(6, 16)))
            out.append(" ".join(next(self._latin) for _ in range(length)).capitalize() + ".")
            count -= length
        return " ".join(out)

    def _chinese_sentences(self, count: int) -> str:
        out: list[str] = []
        while count > 0:
            length = min(count, int(self._rng.integers(4, 12)))
            out.append("".join(next(self._han) for _ in range(length)) + "。")
            count -= length
        return "".join(out)
