# SPDX-License-Identifier: Apache-2.0
"""Words that mean the same in column names: frequent clinical and business words in English and Chinese.

An entry is a *concept* and its spellings: words, phrases and abbreviations, in lower case, as they appear in names once
these are cut into words.  A spelling may stand for two concepts (``sbp``: systolic, blood pressure).

Called by `lwnode.specification.matching`.
"""

from __future__ import annotations

_ENTRIES: tuple[tuple[str, str], ...] = (
    # people
    ("age", "age; ages; alter; 年龄; 年齡"),
    ("sex", "sex; gender; 性别; 性別"),
    ("birth", "birth; born; dob; 出生"),
    ("patient", "patient; pat; pt; subject; 患者; 病人"),
    ("height", "height; ht; stature; 身高"),
    ("weight", "weight; wt; wgt; body weight; 体重; 體重"),
    ("body mass index", "bmi; body mass index; quetelet; 体质指数; 體質指數; 身体质量指数; 体重指数; 体质量指数"),
    ("waist", "waist; 腰围; 腰圍"),
    ("smoking", "smoking; smoker; tobacco; cigarettes; 吸烟; 吸煙; 抽烟"),
    ("alcohol", "alcohol; drinking; 饮酒; 飲酒"),
    ("married", "marital; married; 婚姻"),
    ("education", "education; schooling; edu; 学历; 教育"),
    # vital signs
    ("systolic+blood pressure", "systolic; sys; sbp; systolic bp; sys bp; systolic blood pressure; syst; "
        "收缩压; 收縮壓; 高压"),
    ("diastolic+blood pressure", "diastolic; dia; dbp; diastolic bp; dia bp; diastolic blood pressure; "
        "diast; 舒张压; 舒張壓; 低压"),
    ("blood pressure", "blood pressure; bp; 血压; 血壓"),
    ("heart rate", "heart rate; hr; heartrate; pulse; puls; pulse rate; 心率; 脉搏; 脈搏; 心跳"),
    ("respiratory rate", "respiratory rate; rr; resp; resp rate; respiration; breathing rate; 呼吸; 呼吸频率"),
    ("temperature", "temperature; temp; tmp; body temperature; fever; 体温; 體溫; 温度"),
    ("oxygen saturation", "oxygen saturation; spo2; sao2; o2 sat; o2sat; sats; 血氧; 血氧饱和度"),
    # laboratory
    ("glucose", "glucose; gluc; glu; glc; blood sugar; bg; fbg; sugar; 血糖; 葡萄糖"),
    ("hba1c", "hba1c; a1c; glycated haemoglobin; glycated hemoglobin; 糖化血红蛋白"),
    ("creatinine", "creatinine; creat; crea; cr; scr; kreatinin; 肌酐"),
    ("haemoglobin", "haemoglobin; hemoglobin; haemoglobine; hgb; hb; 血红蛋白; 血紅蛋白; 血色素"),
    ("urea", "urea; 尿素"),
    ("urea nitrogen", "bun; urea nitrogen; 尿素氮"),
    ("cholesterol", "cholesterol; chol; tc; 胆固醇; 膽固醇"),
    ("ldl", "ldl; 低密度脂蛋白"),
    ("hdl", "hdl; 高密度脂蛋白"),
    ("triglycerides", "triglycerides; triglyceride; trig; tg; 甘油三酯"),
    ("sodium", "sodium; na; 钠; 血钠"),
    ("potassium", "potassium; k; 钾; 血钾"),
    ("calcium", "calcium; ca; 钙; 血钙"),
    ("bilirubin", "bilirubin; bili; tbil; 胆红素"),
    ("albumin", "albumin; alb; 白蛋白"),
    ("uric acid", "uric acid; urate; ua; 尿酸"),
    ("lactate", "lactate; lac; 乳酸"),
    ("c-reactive protein", "crp; c reactive protein; 反应蛋白"),
    ("platelets", "platelets; plt; platelet; thrombocytes; 血小板"),
    ("white cells", "wbc; white blood cells; white cells; leucocytes; leukocytes; 白细胞; 白細胞"),
    ("red cells", "rbc; red blood cells; red cells; erythrocytes; 红细胞"),
    ("alt", "alt; alat; sgpt; gpt; 谷丙转氨酶"),
    ("ast", "ast; asat; sgot; got; 谷草转氨酶"),
    ("insulin", "insulin; ins; 胰岛素"),
    ("fasting", "fasting; 空腹"),
    ("serum", "serum; plasma; 血清"),
    # care
    ("admission", "admission; admissions; admit; adm; admitted; hospitalisation; hospitalization; hospitalisations; "
        "hospitalizations; inpatient stays; 入院; 住院"),
    ("earlier", "prior; previous; prev; earlier; past; history; before; 既往; 之前; 以前"),
    ("readmission", "readmission; readmitted; readmit; readm; rehospitalised; 再入院; 再次入院"),
    ("length of stay", "length of stay; los; stay; stay length; staylen; duration of stay; bed days; "
        "住院天数; 住院天數; "
        "住院时间; 住院日; 住院时长"),
    ("discharge", "discharge; discharged; 出院"),
    ("medication", "medication; medications; meds; med; medicines; medicine; drugs; drug; prescriptions; rx; "
        "用药; 用藥; "
        "药物; 藥物; 药品"),
    ("diagnosis", "diagnosis; diagnoses; dx; diag; icd; 诊断; 診斷"),
    ("ward", "ward; unit; department; dept; clinic; 病房; 科室; 病区"),
    ("death", "death; died; deceased; mortality; dead; 死亡"),
    ("diabetes", "diabetes; diabetic; dm; 糖尿病"),
    ("hypertension", "hypertension; htn; 高血压; 高血壓"),
    ("visit", "visit; visits; encounter; encounters; 就诊; 就診"),
    ("surgery", "surgery; operation; operated; op; 手术; 手術"),
    ("dose", "dose; dosage; 剂量; 劑量"),
    # business
    ("customer", "customer; cust; client; account holder; 客户; 客戶; 顾客"),
    ("income", "income; salary; wage; wages; earnings; 收入; 工资; 薪资"),
    ("price", "price; cost; charge; fee; 价格; 價格; 费用"),
    ("amount", "amount; amt; sum; 金额; 金額"),
    ("quantity", "quantity; qty; 数量; 數量"),
    ("balance", "balance; bal; 余额; 餘額"),
    ("loan", "loan; credit; lending; 贷款; 貸款"),
    ("interest", "interest; apr; 利率; 利息"),
    ("transaction", "transaction; trx; txn; purchase; order; 交易; 订单"),
    ("revenue", "revenue; sales; turnover; 销售额; 营业额"),
    ("tenure", "tenure; membership; 在网时长"),
    ("churn", "churn; attrition; 流失"),
    ("city", "city; town; 城市"),
    ("country", "country; nation; 国家; 國家"),
    ("date", "date; day of; 日期"),
    ("duration", "duration; dur; time span; 时长; 持续时间"),
    ("distance", "distance; dist; 距离; 距離"),
    ("speed", "speed; velocity; 速度"),
    ("rating", "rating; score; stars; 评分; 評分"),
    ("humidity", "humidity; hum; rh; 湿度; 濕度"),
    ("pressure", "pressure; press; 气压; 压力"),
    # words around them
    ("count", "count; cnt; number; num; no; n; nr; total; tot; 个数; 数; 數; 次数; 次數; 种类数; 种数"),
    ("level", "level; lvl; value; val; concentration; conc; measurement; reading; 值; 水平; 浓度; 濃度"),
    ("mean", "mean; avg; average; mn; 平均"),
    ("largest", "max; maximum; largest; worst; highest; 最大"),
    ("smallest", "min; minimum; smallest; lowest; 最小"),
    ("error", "error; err; se; std err; 误差"),
    ("year", "year; yr; 年份"),
    ("year+earlier", "12m; 12mo; 1y; last year; past year; previous year; 12 months; last 12 months; 近一年; "
        "过去一年; 一年内"),
)  # fmt: skip

LIGHT = frozenset(
    {
        "count",
        "level",
        "of",
        "in",
        "the",
        "per",
        "at",
        "on",
        "for",
        "and",
        "first",
        "last",
        "is",
        "x",
        "patient",
        "fasting",
        "serum",
        "血",
    }
)
"""Concepts and words that say little by themselves."""

SPELLINGS: dict[str, tuple[str, ...]] = {
    spelling.strip(): tuple(concepts.split("+"))
    for concepts, spellings in _ENTRIES
    for spelling in spellings.split(";")
}
"""Spelling → concepts."""

CONCEPTS: frozenset[str] = frozenset(concept for concepts in SPELLINGS.values() for concept in concepts)
"""All concepts: two of them that differ are not alike, however they are spelled."""

_LEVELS: tuple[tuple[str, str], ...] = (
    ("female", "f; female; w; weiblich; woman; 女; 女性"),
    ("male", "m; male; man; männlich; 男; 男性"),
    ("yes", "y; yes; true; t; ja; 是; 有"),
    ("no", "n; no; false; nein; 否; 无; 無"),
    ("positive", "positive; pos; +; 阳性; 陽性"),
    ("negative", "negative; neg; -; 阴性; 陰性"),
    ("normal", "normal; 正常"),
    ("abnormal", "abnormal; 异常; 異常"),
    ("unknown", "unknown; unk; 未知; 不详"),
    ("other", "other; others; 其他"),
)

LEVEL_SPELLINGS: dict[str, str] = {
    spelling.strip(): meaning for meaning, spellings in _LEVELS for spelling in spellings.split(";")
}
"""Spelling of a level → what it means."""
