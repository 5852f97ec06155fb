"""What is wrong with a scenario file, what was not as a story says, and what no story shows."""

SCENARIOS: dict[str, tuple[str, str]] = {
    "scenario.unknown_value": (
        "no row has a value {name}[, did you mean {near}?]",
        "各行中没有名为 {name} 的值[，是不是 {near}？]",
    ),
    "scenario.unknown_beginning": (
        "there is no story {name} under given[, did you mean {near}?]",
        "given 中没有 {name}[，是不是 {near}？]",
    ),
    "scenario.circle": ("{name} begins with itself", "{name} 以自身开头，成了循环"),
    "scenario.two_acts": ("{key} and {other} are two acts; one a line", "{key} 与 {other} 是两个行为；一行只写一个"),
    "scenario.idle": ("nothing happens here and nothing is expected", "此行既无行为也无预期"),
    "scenario.out_of_place": ("{key} says nothing here[ of {act}]", "{key} 在此处[对 {act} ]没有意义"),
    "scenario.lacks": ("{act} lacks {key}", "{act} 缺少 {key}"),
    "scenario.two_times": ("at and wait both set the clock", "at 与 wait 都在设定时钟"),
    "scenario.unknown_person": (
        "{name} is not among the people[, did you mean {near}?]",
        "people 中没有 {name}[，是不是 {near}？]",
    ),
    "scenario.unknown_code": (
        "there is no blocker {name}[, did you mean {near}?]",
        "没有阻碍代码 {name}[，是不是 {near}？]",
    ),
    "scenario.differs": ("{what}: expected {expected}, found {found}", "{what}：预期 {expected}，实为 {found}"),
    "scenario.refused": ("{act} was refused: {reasons}", "{act} 被拒绝：{reasons}"),
    "scenario.allowed": (
        "{act} was allowed; expected to be refused for {expected}",
        "{act} 获准；预期因 {expected} 被拒绝",
    ),
    "scenario.other_reasons": (
        "{act} was refused for {found}; expected {expected}",
        "{act} 因 {found} 被拒绝；预期为 {expected}",
    ),
    "scenario.error": ("{act}: {problem}", "{act}：{problem}"),
    "scenario.no_case": ("no case has been opened yet", "尚未提交任何案件"),
    "scenario.unknown_case": (
        "the story has no case {name}[; it has {known}]",
        "故事中没有案件 {name}[；现有 {known}]",
    ),
    "scenario.bad_time": ("there is no such time: {time}", "没有这个时间：{time}"),
    "scenario.not_opened": ("no case was opened for the name {names}", "没有可命名为 {names} 的新案件"),
    "scenario.beyond": ("{length} leads beyond the calendar", "{length} 超出日历范围"),
    "scenario.no_way": ("nothing leaves {state}", "{state} 没有出路"),
    "scenario.time_back": ("the clock cannot go back from {now} to {time}", "时钟不能从 {now} 退回 {time}"),
    "scenario.no_calendar": ("{length} needs a definition with a calendar", "{length} 需要定义指定日历"),
    "scenario.integrity": ("the log does not check out: {problem}", "日志校验失败：{problem}"),
    "coverage.made": ("{name} is never made from {detail}", "从未由 {detail} 办理 {name}"),
    "coverage.refused": (
        "{name} is never refused for {code}[: {detail}]",
        "{name} 从未因 {code} 被拒绝[：{detail}]",
    ),
    "coverage.outcome": ("the panel {name} never comes to {detail}", "评议组 {name} 从未得出 {detail}"),
    "coverage.fired": ("the clock of {name} never does this: {detail}", "{name} 的时钟从未触发：{detail}"),
    "coverage.exempt": ("the notice {name} is never left out", "公示 {name} 从未免除"),
}
