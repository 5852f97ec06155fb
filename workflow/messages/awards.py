"""How an award was reckoned, in sentences: the result, and one for each rule of a step."""

AWARDS: dict[str, tuple[str, str]] = {
    "award.result": (
        "{table}: {amount} {currency}[, grade {grade}][, with {honour}]",
        "{table}：{amount} {currency}[，{grade} 等][，并授予{honour}]",
    ),
    "award.floor": (
        "{field} is {value}, less than {floor}: no award",
        "{field} 为 {value}，低于起点 {floor}：不予奖励",
    ),
    "award.band": (
        "{field} is {value}, in the band {bounds}[: grade {grade}]",
        "{field} 为 {value}，属于档次 {bounds}[：{grade} 等]",
    ),
    "award.cell": (
        "{rows} is {row} and {columns} is {column}[: grade {grade}]",
        "{rows} 为 {row}，{columns} 为 {column}[：{grade} 等]",
    ),
    "award.skip": ("not true, so it changes nothing: {condition}", "条件不成立，等级不变：{condition}"),
    "award.down": ("lower, from {from} to {to}, because {condition}", "因 {condition}，由 {from} 降为 {to}"),
    "award.up": ("higher, from {from} to {to}, because {condition}", "因 {condition}，由 {from} 升为 {to}"),
    "award.highest": (
        "held to a highest grade, from {from} to {to}, because {condition}",
        "因 {condition}，等级受限，由 {from} 定为 {to}",
    ),
    "award.grade": ("set to {to}, because {condition}", "因 {condition}，定为 {to}"),
    "award.within": (
        "in the band {bounds}, {value} counts as {result}",
        "在档次 {bounds} 内，{value} 按 {result} 计",
    ),
    "award.amount": ("the amount is {result}", "奖金为 {result}"),
    "award.percent": ("{percent} % of {field} {value} is {result}", "{field} {value} 的 {percent}% 为 {result}"),
    "award.above": (
        "{amount} and {percent} % of what {value} has above {bound} is {result}",
        "{amount} 加上 {value} 超出 {bound} 部分的 {percent}%，为 {result}",
    ),
    "award.range": ("the amount is set between {min} and {max}", "奖金在 {min} 至 {max} 之间确定"),
    "award.best": ("the best of {values} is {result}", "{values} 中取最高者 {result}"),
    "award.nothing": ("{value} is less than nothing: no award", "{value} 为负：不予奖励"),
    "award.up_to": ("{result} is the limit up to which the amount is set", "{result} 为上限，奖金在此限内确定"),
    "award.least": (
        "{value} is raised to the smallest award {least}: {result}",
        "{value} 低于最低奖金 {least}，按 {result}",
    ),
    "award.cap": ("{value} is held to the largest award {cap}: {result}", "{value} 高于最高奖金 {cap}，按 {result}"),
    "award.round": (
        "{value} is rounded to {places} places ({rounding}): {result}",
        "{value} 舍入到 {places} 位小数（{rounding}）：{result}",
    ),
    "award.set": ("{field} sets {result}, between {min} and {max}", "{field} 定为 {result}，在 {min} 至 {max} 之间"),
    "award.share": (
        "{person} has {part} of {whole} parts, which is {result} in whole units",
        "{person} 占 {whole} 份中的 {part} 份，取整后为 {result}",
    ),
    "award.remainder": (
        "what is left over goes by the largest remainders, {result} each: {people}",
        "余数按最大余额法分配，各 {result}：{people}",
    ),
}
