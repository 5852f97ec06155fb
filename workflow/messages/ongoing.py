"""What is said of a panel, an objection, an award of a case: by key, in English and Chinese."""

from __future__ import annotations

ONGOING: dict[str, tuple[str, str]] = {
    "ongoing.panel": ("panel", "评议"),
    "ongoing.objection": ("objection", "异议"),
    "ongoing.award": ("award", "奖励"),
    "ongoing.link": ("link", "关联"),
    "ongoing.heard": ("open, {given} of {due} heard", "进行中，{due} 人中已有 {given} 人表态"),
    "ongoing.sitting": ("open", "进行中"),
    "ongoing.accepted": ("accepted", "通过"),
    "ongoing.rejected": ("rejected", "未通过"),
    "ongoing.invalid": ("invalid", "无效"),
    "ongoing.lapsed": ("lapsed", "已失效"),
    "ongoing.open": ("open", "未处理"),
    "ongoing.upheld": ("upheld", "成立"),
    "ongoing.dismissed": ("dismissed", "驳回"),
    "ongoing.proposed": ("proposed", "拟奖"),
    "ongoing.approved": ("approved", "已批准"),
    "ongoing.paid": ("paid", "已发放"),
    "ongoing.reversed": ("reversed", "已追回"),
    "ongoing.due": ("due", "应到"),
    "ongoing.present": ("present", "实到"),
    "ongoing.recused": ("recused", "回避"),
    "ongoing.yes": ("yes", "同意"),
    "ongoing.no": ("no", "反对"),
    "ongoing.abstain": ("abstain", "弃权"),
    "ongoing.mark": ("mark", "得分"),
    "ongoing.elected": ("elected", "当选"),
}
