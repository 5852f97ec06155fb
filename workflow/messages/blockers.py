"""Why a case may not move, and what would unblock it."""

BLOCKERS: dict[str, tuple[str, str]] = {
    "blocker.state": (
        "{transition} does not leave {state}[; it leaves {from}]",
        "{transition} 不能从状态 {state} 出发[；它从 {from} 出发]",
    ),
    "unblock.state": ("bring the case to one of: {from}", "先让案件进入以下状态之一：{from}"),
    "blocker.final": ("{state} is final: nothing leaves it", "{state} 是终结状态，不能再变动"),
    "unblock.final": ("nothing; open a new case", "无；请另立新案"),
    "blocker.edge": (
        "the definition has no way from {state} to {to}[; from {state} lead ways to {known}]",
        "定义中没有从 {state} 到 {to} 的路径[；从 {state} 可到 {known}]",
    ),
    "unblock.edge": ("a definition that has this way", "采用包含此路径的定义"),
    "blocker.initial": ("a case opens in {initial}, not in {to}", "案件应从 {initial} 开始，而不是 {to}"),
    "unblock.initial": ("open it in {initial}", "从 {initial} 开始"),
    "blocker.ambiguous": (
        "several transitions reach this state from {state}: {known}",
        "从 {state} 到达该状态的流转不止一个：{known}",
    ),
    "unblock.ambiguous": ("name the transition", "请指明流转名称"),
    "blocker.transition": ("there is no transition {transition}", "没有名为 {transition} 的流转"),
    "unblock.transition": ("use one of: {known}", "可用的流转：{known}"),
    "blocker.role": ("{actor} needs the role {needs}[ and has {has}]", "{actor} 需要角色 {needs}[，现有角色 {has}]"),
    "unblock.role": ("someone who has {needs}", "由具有角色 {needs} 的人办理"),
    "blocker.role.member": (
        "{actor} is not among the members of the panel {needs}",
        "{actor} 不是评议组 {needs} 的成员",
    ),
    "blocker.delegation": (
        "{actor} acts for {for}, and no delegation by {for} is in force",
        "{actor} 代 {for} 办理，但 {for} 没有有效的委托",
    ),
    "unblock.delegation": (
        "a delegation by {for} for this time, or {for} in person",
        "由 {for} 委托，或由 {for} 本人办理",
    ),
    "blocker.separation": (
        "{actor} is {apart_from} in this case and may not do this too",
        "{actor} 在本案中是 {apart_from}，须回避此步骤",
    ),
    "blocker.separation.did": (
        "{actor} made the transition {apart_from} in this case and may not do this too",
        "{actor} 在本案中已办理 {apart_from}，须回避此步骤",
    ),
    "unblock.separation": ("somebody else", "由他人办理"),
    "blocker.limit": (
        "{transition} was done {done} times; the definition allows {at_most}",
        "{transition} 已办理 {done} 次，定义最多允许 {at_most} 次",
    ),
    "unblock.limit": ("another transition", "改用其他流转"),
    "blocker.reason": ("{transition} needs a reason", "{transition} 必须说明理由"),
    "unblock.reason": ("give a reason", "请填写理由"),
    "blocker.missing_field": ("{field} is missing ({type})", "缺少字段 {field}（{type}）"),
    "unblock.missing_field": ("supply {field}", "请填写 {field}"),
    "blocker.bad_field": ("{field} does not fit", "字段 {field} 的值不合格"),
    "unblock.bad_field": ("correct {field}", "请更正 {field}"),
    "blocker.bad_field.unknown": ("there is no field {field}[; there are {known}]", "没有字段 {field}[；现有 {known}]"),
    "blocker.bad_field.not_taken": (
        "{field} is not taken here[; taken are {known}]",
        "此步骤不接收字段 {field}[；可填 {known}]",
    ),
    "blocker.bad_field.not_text": ("{field} must be text, not {got}", "{field} 必须是文本，而不是 {got}"),
    "blocker.bad_field.bad_character": (
        "{field} holds a NUL or a lone surrogate, which no text may",
        "{field} 含有空字符或孤立代理项",
    ),
    "blocker.bad_field.too_long": (
        "{field} has {got} characters; {max} are allowed",
        "{field} 有 {got} 个字符，最多 {max} 个",
    ),
    "blocker.bad_field.too_short": (
        "{field} has {got} characters; {min} are needed",
        "{field} 有 {got} 个字符，至少 {min} 个",
    ),
    "blocker.bad_field.not_integer": ("{field} must be a whole number, not {got}", "{field} 必须是整数，而不是 {got}"),
    "blocker.bad_field.too_large": ("{field} must lie within ±{max}", "{field} 必须在 ±{max} 之内"),
    "blocker.bad_field.below": ("{field} must be at least {min}", "{field} 不得小于 {min}"),
    "blocker.bad_field.above": ("{field} must be at most {max}", "{field} 不得大于 {max}"),
    "blocker.bad_field.not_decimal": ("{field} must be a number, not {got}", "{field} 必须是数字，而不是 {got}"),
    "blocker.bad_field.float": (
        "{field} must be exact: give a Decimal or text, not a float",
        "{field} 必须精确：请用十进制数或文本，不要用浮点数",
    ),
    "blocker.bad_field.too_many_places": (
        "{field} has {got} digits after the point; {places} are kept and nothing is rounded",
        "{field} 有 {got} 位小数，只保留 {places} 位且不作舍入",
    ),
    "blocker.bad_field.too_many_digits": (
        "{field} has more than {digits} digits",
        "{field} 超过 {digits} 位数字",
    ),
    "blocker.bad_field.other_currency": ("{field} is in {currency}", "{field} 的币种是 {currency}"),
    "blocker.bad_field.not_boolean": (
        "{field} must be true or false, not {got}",
        "{field} 必须是 true 或 false，而不是 {got}",
    ),
    "blocker.bad_field.not_date": ("{field} must be a date YYYY-MM-DD", "{field} 必须是日期（YYYY-MM-DD）"),
    "blocker.bad_field.not_choice": ("{field} must be one of: {choices}", "{field} 必须是以下之一：{choices}"),
    "blocker.bad_field.not_listed": (
        "the value of {field} is not on the list {list} on {day}[; on it from {from}][; on it until {until}]",
        "字段 {field} 的值在 {day} 不在名录 {list} 上[；{from} 起列入][；列入至 {until}]",
    ),
    "blocker.bad_field.not_list": ("{field} must be a list, not {got}", "{field} 必须是列表，而不是 {got}"),
    "blocker.bad_field.too_many_items": (
        "{field} has {got} items; {max} are allowed",
        "{field} 有 {got} 项，最多 {max} 项",
    ),
    "blocker.bad_field.too_few_items": (
        "{field} has {got} items; {min} are needed",
        "{field} 有 {got} 项，至少 {min} 项",
    ),
    "blocker.condition": ("the condition does not hold: {condition}", "条件不成立：{condition}"),
    "blocker.condition.false": (
        "the condition does not hold: [{title} ]({condition})",
        "条件不成立：[{title}]（{condition}）",
    ),
    "blocker.condition.unset": (
        "the condition cannot be judged: [{title} ]({condition}) needs {fields}",
        "条件无法判断：[{title}]（{condition}）需要 {fields}",
    ),
    "blocker.condition.error": (
        "the condition cannot be judged: [{title} ]({condition})",
        "条件无法判断：[{title}]（{condition}）",
    ),
    "unblock.condition": (
        "data for which this is true: {condition}[; missing: {fields}]",
        "使条件成立的数据：{condition}[；缺少：{fields}]",
    ),
    "blocker.guard": ("the guard {guard} refuses[: {said}]", "守卫 {guard} 拒绝[：{said}]"),
    "unblock.guard": ("what the guard {guard} asks for", "满足守卫 {guard} 的要求"),
    "blocker.panel": ("the panel {panel} does not take this", "评议组 {panel} 不接受此操作"),
    "blocker.panel.unknown": ("there is no panel {panel}[; there are {known}]", "没有评议组 {panel}[；现有 {known}]"),
    "blocker.panel.not_open": (
        "the panel {panel} is not open in {state}; it sits in {in}",
        "评议组 {panel} 在状态 {state} 不议事；它在 {in} 议事",
    ),
    "blocker.panel.closed": (
        "the panel {panel} is closed, with the outcome {outcome}",
        "评议组 {panel} 已结束，结果为 {outcome}",
    ),
    "blocker.panel.open": ("the panel {panel} is still open", "评议组 {panel} 尚未结束"),
    "blocker.panel.form": ("the panel {panel} takes another act: {takes}", "评议组 {panel} 只接受：{takes}"),
    "blocker.panel.seat": (
        "for which seat of the panel {panel} do you sign: {seats}?",
        "请指明代表评议组 {panel} 的哪个席位签署：{seats}",
    ),
    "unblock.panel": ("a panel that is open and takes this", "待评议组开放并接受此操作"),
    "blocker.quorum": (
        "the panel {panel} has {has} of {of} [{electorate} ]({rule}); it needs {needs}",
        "评议组 {panel} [{electorate} ]应到 {of}，实到 {has}（{rule}），至少须 {needs}",
    ),
    "unblock.quorum": ("{needs} who take part, of {of}", "应到 {of} 中至少 {needs} 人参加"),
    "blocker.majority": (
        "the panel {panel} has {has} in favour of {of} ({rule} of {base}); it needs {needs}",
        "评议组 {panel} 赞成 {has}，基数 {of}（{rule}，{base}），至少须 {needs}",
    ),
    "unblock.majority": ("{needs} in favour, of {of}", "{of} 中至少 {needs} 赞成"),
    "blocker.score": (
        "the panel {panel} gives [{criterion} ]{has}; needed is {needs}",
        "评议组 {panel} [{criterion} ]评分为 {has}，要求 {needs}",
    ),
    "unblock.score": ("marks that come to {needs}", "评分达到 {needs}"),
    "blocker.veto": ("{role} voted against in the panel {panel}, which decides", "{role} 在评议组 {panel} 行使否决"),
    "unblock.veto": ("the consent of {role}", "取得 {role} 同意"),
    "blocker.composition": (
        "of {members} members of the panel {panel}, {has} are {of}; the rule is {rule}",
        "评议组 {panel} 成员 {members} 人，其中 {of} {has} 人，要求 {rule}",
    ),
    "unblock.composition": ("a panel made up by the rule {rule} of {of}", "按 {of} {rule} 组成评议组"),
    "blocker.candidates": (
        "the panel {panel} has {candidates} candidates for {seats} seats; there must be more",
        "评议组 {panel} 候选人 {candidates} 名，应选 {seats} 名，须差额",
    ),
    "unblock.candidates": ("more candidates than {seats}", "候选人多于 {seats} 名"),
    "blocker.outcome": (
        "the panel {panel} came to {has}, not to {needs}",
        "评议组 {panel} 的结果是 {has}，而不是 {needs}",
    ),
    "unblock.outcome": ("the outcome {needs}", "结果为 {needs}"),
    "blocker.too_early": (
        "it is too early for {transition}[: the notice {notice} runs][ until {from}]",
        "办理 {transition} 为时尚早[：{notice} 公示期未满][，至 {from}]",
    ),
    "unblock.too_early": ("wait[ until {from}]", "等待[至 {from}]"),
    "blocker.too_late": (
        "it is too late for {transition}: it was open until {until}",
        "办理 {transition} 已逾期：截止于 {until}",
    ),
    "unblock.too_late": ("nothing; the time is over", "无；期限已过"),
    "blocker.open_objections": (
        "objections are open ({open}): {transition} waits until they are settled",
        "尚有未处理的异议（{open}），{transition} 须待处理后办理",
    ),
    "unblock.open_objections": ("settle the objections {open}", "先处理异议 {open}"),
    "blocker.objection": (
        "there is no open objection {number}[; open are {open}]",
        "没有未处理的异议 {number}[；未处理的有 {open}]",
    ),
    "unblock.objection": ("name an open objection", "请指明未处理的异议"),
    "blocker.bad_field.twice": ("{field} names somebody twice", "{field} 中有重复的名称"),
    "blocker.bad_field.not_sheet": ("{field} must be given by name: {known}", "{field} 须按名称逐项填写：{known}"),
    "blocker.bad_field.ballots_above": (
        "more ballots than people who are present ({max})",
        "票数多于实到人数（{max}）",
    ),
    "blocker.award": ("the award {award} cannot be reckoned", "奖励 {award} 无法核算"),
    "blocker.award.outside": (
        "the amount in {field} must lie between {min} and {max} {currency}[, as grade {grade} allows]",
        "{field} 的金额须在 {min} 至 {max} {currency} 之间[（{grade} 等奖的限额）]",
    ),
    "blocker.award.no_band": (
        "no band of the award {award} holds the value of {field}",
        "奖励 {award} 没有包含 {field} 的档次",
    ),
    "blocker.award.no_cell": (
        "the award {award} has no cell for {rows} and {columns}",
        "奖励 {award} 没有 {rows} 与 {columns} 对应的格",
    ),
    "blocker.award.person_twice": ("{field} names somebody twice", "{field} 中有人重复"),
    "blocker.award.contributions": (
        "{field} has {got} contributions for {needs} people",
        "{field} 有 {got} 个贡献值，而获奖者有 {needs} 人",
    ),
    "blocker.award.no_contribution": (
        "the contributions in {field} must be above zero together, and none below zero",
        "{field} 中的贡献值合计须大于零，且不得为负",
    ),
    "blocker.award.total": (
        "the contributions in {field} must add up to {total}",
        "{field} 中的贡献值合计须为 {total}",
    ),
    "blocker.award.paid": ("the award {award} was paid already", "奖励 {award} 已经发放"),
    "blocker.award.pool": (
        "the pool {pool} has {left} left; {amount} is asked for",
        "奖金池 {pool} 余额 {left}，需支付 {amount}",
    ),
    "blocker.award.status": (
        "the award {award} is {has}; it must be {needs} for this",
        "奖励 {award} 的状态是 {has}，此步骤要求 {needs}",
    ),
    "unblock.award": ("figures for which the table gives an award", "补正奖励办法所需的数据"),
    "unblock.award.outside": ("an amount from {min} to {max}", "{min} 至 {max} 之间的金额"),
    "unblock.award.paid": ("a reversal of what was paid", "先冲销已发放的金额"),
    "unblock.award.pool": ("more in the pool {pool}", "补充奖金池 {pool}"),
    "blocker.link": ("the case cannot be tied by {link}", "不能以 {link} 关联此案"),
    "blocker.link.unknown": ("there is no link {link}[; there are {known}]", "没有关联方式 {link}[；现有 {known}]"),
    "blocker.link.missing": ("the case has no link {link}", "此案没有 {link} 关联"),
    "blocker.link.definition": (
        "{link} leads to a case of {needs}, not of {has}",
        "{link} 只能关联 {needs} 的案件，而不是 {has}",
    ),
    "blocker.link.itself": ("a case cannot be tied to itself", "案件不能与自身关联"),
    "blocker.link.twice": ("the case is tied to that case by {link} already", "此案已以 {link} 关联该案"),
    "blocker.link.later": (
        "{link} needs a case that came first: that one was opened {opened}, this one {this}",
        "{link} 须关联在先的案件：对方立案于 {opened}，本案立案于 {this}",
    ),
    "unblock.link": ("tie it with `link` to a case that fits", "用 link 关联合适的案件"),
    "blocker.open_subcases": (
        "{transition} waits for {open} sub-cases that are not final",
        "{transition} 须待 {open} 个子案件办结",
    ),
    "unblock.open_subcases": ("bring the sub-cases to their end", "先办结子案件"),
    "blocker.subcase": (
        "the sub-case {definition} cannot be opened: {codes}",
        "子案件 {definition} 不能立案：{codes}",
    ),
    "unblock.subcase": ("what the sub-case {definition} asks for", "满足子案件 {definition} 的要求"),
    "blocker.batch": ("this is done for a set of cases at once ({batch})", "此步骤须成批办理（{batch}）"),
    "unblock.batch": ("move the set of cases together", "将整批案件一并办理"),
    "blocker.quota": (
        "of the set of {of}, {has} [are {counted}]; the rule of {batch} is {rule}",
        "该批共 {of} 件，[{counted} ]{has} 件，{batch} 要求 {rule}",
    ),
    "unblock.quota": ("a set made up by {rule}[ of {counted}]", "按 {rule} [{counted} ]组成该批"),
}
