"""What is wrong with a definition, by the rule that found it."""

FINDINGS: dict[str, tuple[str, str]] = {
    "rule.too_large": ("the file has {size} bytes; {limit} are allowed", "文件有 {size} 字节，最多 {limit}"),
    "rule.not_utf8": ("the text is not UTF-8 (byte {byte})", "文本不是 UTF-8（字节 {byte}）"),
    "rule.bad_character": ("the character {character} is not allowed in YAML", "YAML 中不允许字符 {character}"),
    "rule.bad_yaml": ("not YAML: {problem}", "不是合法 YAML：{problem}"),
    "rule.two_documents": (
        "a file holds one definition, and here begins a second document",
        "一个文件只能有一个定义，此处开始了第二个文档",
    ),
    "rule.empty": ("the file is empty", "文件为空"),
    "rule.too_deep": ("nested deeper than {limit} levels", "嵌套超过 {limit} 层"),
    "rule.bad_alias": ("the alias *{name} stands for nothing that is complete here", "别名 *{name} 在此没有对应内容"),
    "rule.too_many_aliases": ("more than {limit} aliases", "别名超过 {limit} 个"),
    "rule.too_many_nodes": ("more than {limit} values", "值超过 {limit} 个"),
    "rule.tag": ("tags are not allowed: {tag}", "不允许标签：{tag}"),
    "rule.bad_key": ("a key must be a name", "键必须是名称"),
    "rule.merge_key": ("merge keys (<<) are not allowed", "不允许合并键（<<）"),
    "rule.repeated_key": (
        "the key {name} stands here twice; first on line {first}",
        "键 {name} 重复；首次出现在第 {first} 行",
    ),
    "rule.not_a_mapping": ("a definition is a mapping of keys", "定义必须是键值映射"),
    "rule.unknown_base": (
        "there is no file of the definition {name} beside this one or in the folders"
        "[; {file} holds {other}][, did you mean {near}?]",
        "同一文件夹及定义目录中没有定义 {name} 的文件[；{file} 中的定义是 {other}][，是不是 {near}？]",
    ),
    "rule.base_loop": ("a chain of bases that ends nowhere: {bases}", "基础定义循环引用或层次过多：{bases}"),
    "rule.without_base": (
        "without leaves something out of a base, and there is none",
        "without 用于略去基础定义中的内容，而此文件没有 base",
    ),
    "rule.not_in_base": (
        "the base has no {name} under {section}[, did you mean {near}?]",
        "基础定义的 {section} 中没有 {name}[，是不是 {near}？]",
    ),
    "rule.unknown_parameter": (
        "there is no parameter {name}[, did you mean {near}?]",
        "没有参数 {name}[，是不是 {near}？]",
    ),
    "rule.nested_parameter": (
        "the value of a parameter cannot be another parameter: {name}",
        "参数的值不能引用另一参数：{name}",
    ),
    "rule.unused_parameter": ("the parameter {name} is used nowhere", "参数 {name} 未被使用"),
    "rule.unknown_key": (
        "unknown key {key}[, did you mean {near}?] (known: {known})",
        "未知键 {key}[，是不是 {near}？]（可用：{known}）",
    ),
    "rule.missing_key": ("the key {key} is missing", "缺少键 {key}"),
    "rule.bad_name": ("not a name: {name}[ (the form is {form})]", "不是合法名称：{name}[（格式为 {form}）]"),
    "rule.bad_value": ("[{key}: ]{problem}", "[{key}：]{problem}"),
    "rule.bad_value.mapping": ("{key} must be a mapping of keys", "{key} 必须是键值映射"),
    "rule.bad_value.list": ("{key} must be a name or a list of names", "{key} 必须是名称或名称列表"),
    "rule.bad_value.text": ("{key} must be text", "{key} 必须是文本"),
    "rule.bad_value.boolean": ("{key} must be true or false", "{key} 必须是 true 或 false"),
    "rule.bad_value.whole": ("{key} must be a whole number", "{key} 必须是整数"),
    "rule.bad_value.number": ("{key} must be a number", "{key} 必须是数字"),
    "rule.bad_value.date": ("{key} must be a date YYYY-MM-DD", "{key} 必须是日期（YYYY-MM-DD）"),
    "rule.bad_value.form": (
        "{key} must be of the form {pattern}, not {given}",
        "{key} 的格式必须是 {pattern}，而不是 {given}",
    ),
    "rule.bad_value.too_few_characters": (
        "{key} must have at least {min_length} characters",
        "{key} 至少要有 {min_length} 个字符",
    ),
    "rule.bad_value.too_many_characters": (
        "{key} must have at most {max_length} characters",
        "{key} 最多 {max_length} 个字符",
    ),
    "rule.bad_value.too_few": ("{key} must have at least {min_length}", "{key} 至少要有 {min_length} 项"),
    "rule.bad_value.too_many": ("{key} must have at most {max_length}", "{key} 最多 {max_length} 项"),
    "rule.bad_value.too_small": ("{key} must be at least {ge}", "{key} 不得小于 {ge}"),
    "rule.bad_value.too_large": ("{key} must be at most {le}", "{key} 不得大于 {le}"),
    "rule.bad_value.literal": ("{key} must be {expected}", "{key} 必须是 {expected}"),
    "rule.bad_value.min_above_max": ("{key}: min {min} is above max {max}", "{key}：min {min} 大于 max {max}"),
    "rule.bad_value.confidential_item": (
        "confidential stands with the list, not with its values",
        "confidential 应写在列表上，而不是列表的值上",
    ),
    "rule.bad_value.from_after_until": ("from {since} is after until {until}", "from {since} 晚于 until {until}"),
    "rule.bad_value.choice_source": (
        "a choice has either choices or a list; as_of goes with a list",
        "choice 须有 choices 或 list 之一；as_of 仅与 list 同用",
    ),
    "rule.bad_value.repeated_choice": ("{key}: {name} stands here twice", "{key}：{name} 重复"),
    "rule.bad_value.fraction": (
        "{key} must be a share such as 2/3, 85% or 0.5",
        "{key} 必须是比例，如 2/3、85% 或 0.5",
    ),
    "rule.bad_value.one_portion": (
        "{key} must have exactly one of gt, gte and at_least",
        "{key} 必须恰有 gt、gte、at_least 之一",
    ),
    "rule.bad_value.two_bounds": (
        "{key} has at most one bound below and one above",
        "{key} 的下限和上限各至多一个",
    ),
    "rule.bad_value.criterion": (
        "{key}: max and weight are above 0, and min lies between 0 and max",
        "{key}：max 和 weight 须大于 0，min 须在 0 与 max 之间",
    ),
    "rule.bad_value.panel_members": (
        "{key} must have exactly one of of, members and seats, and none of them with a counted ballot",
        "{key} 必须恰有 of、members、seats 之一；计票录入时一个也不能有",
    ),
    "rule.bad_value.panel_tellers": (
        "{key}: a counted ballot has tellers, and only a counted one",
        "{key}：计票录入须有 tellers，其他方式不能有",
    ),
    "rule.bad_value.panel_electorates": (
        "{key}: only a counted ballot has electorates",
        "{key}：只有计票录入才有 electorates",
    ),
    "rule.bad_value.panel_counted": (
        "{key}: a counted ballot has numbers only: no veto, weights, composition, reason_for or casting vote",
        "{key}：计票录入只有数字：不能有 veto、weights、composition、reason_for 或决定票",
    ),
    "rule.bad_value.panel_secret": (
        "{key}: in a secret ballot every vote is like every other: no veto, weights or casting vote",
        "{key}：无记名表决中每票相同：不能有 veto、weights 或决定票",
    ),
    "rule.bad_value.panel_form": (
        "{key}: a panel scores, elects or votes; score stands without pass, and veto, seats and tellers are for votes",
        "{key}：评议组只能评分、选举或表决之一；score 不与 pass 并用，veto、seats、tellers 只用于表决",
    ),
    "rule.bad_value.panel_into": (
        "{key}: into keeps a mark or those elected, and a vote gives neither",
        "{key}：into 用于存放评分或当选人，表决两者皆无",
    ),
    "rule.bad_value.panel_draw": (
        "{key}: a draw is made from the holders of the roles under of",
        "{key}：抽签须从 of 所列角色的人员中进行",
    ),
    "rule.bad_value.deadline_states": (
        "{key}: from, until and stops_in name different states",
        "{key}：from、until、stops_in 不能写相同的状态",
    ),
    "rule.bad_field_type": (
        "the field {name} has an unknown type {given}[, did you mean {near}?] (known: {known})",
        "字段 {name} 的类型 {given} 未知[，是不是 {near}？]（可用：{known}）",
    ),
    "rule.unknown_state": ("there is no state {name}[, did you mean {near}?]", "没有状态 {name}[，是不是 {near}？]"),
    "rule.unknown_role": ("there is no role {name}[, did you mean {near}?]", "没有角色 {name}[，是不是 {near}？]"),
    "rule.unknown_list": ("there is no list {name}[, did you mean {near}?]", "没有名录 {name}[，是不是 {near}？]"),
    "rule.confidential_shown": (
        "the notice {name} shows {field}, which is confidential",
        "公示 {name} 显示保密字段 {field}",
    ),
    "rule.list_overlap": (
        "{value} stands twice on the list {name} for the same days",
        "名录 {name} 中 {value} 的时间重叠",
    ),
    "rule.unused_list": ("no field uses the list {name}", "没有字段使用名录 {name}"),
    "rule.unknown_field": ("there is no field {name}[, did you mean {near}?]", "没有字段 {name}[，是不是 {near}？]"),
    "rule.unknown_transition": (
        "there is no transition {name}[, did you mean {near}?]",
        "没有流转 {name}[，是不是 {near}？]",
    ),
    "rule.unknown_person": (
        "{name} is neither a relation nor a transition[, did you mean {near}?]",
        "{name} 既不是关系角色也不是流转[，是不是 {near}？]",
    ),
    "rule.reserved_name": ("the name {name} is reserved", "名称 {name} 为保留字"),
    "rule.ambiguous_name": ("{name} is both a role and a transition", "{name} 既是角色又是流转"),
    "rule.apart_from_grant": (
        "{name} is granted, so it means nobody in particular; name a relation or a transition",
        "{name} 是授予的角色，不指特定的人；请写关系角色或流转",
    ),
    "rule.two_relations": (
        "the role {name} can have only one of is, did and field",
        "角色 {name} 只能有 is、did、field 之一",
    ),
    "rule.person_not_text": (
        "the field {name} holds {type}, not the id of a person (text)",
        "字段 {name} 是 {type}，不是人员编号（text）",
    ),
    "rule.bad_condition": ("the condition cannot be used: {problem}", "条件无法使用：{problem}"),
    "rule.no_initial_state": ("no state is initial", "没有初始状态"),
    "rule.two_initial_states": ("{name} is initial too; {first} is already", "{name} 也是初始状态；{first} 已是"),
    "rule.leaves_final_state": ("{transition} leaves {state}, which is final", "{transition} 从终结状态 {state} 出发"),
    "rule.no_final_state": ("no state is final", "没有终结状态"),
    "rule.unreachable_state": ("the state {name} is never reached", "状态 {name} 不可到达"),
    "rule.dead_end": ("nothing leads out of {name}, which is not final", "{name} 不是终结状态却没有出路"),
    "rule.no_way_to_final": ("from {name} no final state can be reached", "从 {name} 无法到达任何终结状态"),
    "rule.ambiguous": (
        "{transition} leaves {state} in two ways, and the first always hides this one",
        "{transition} 从 {state} 有两条路径，前一条总是遮蔽这一条",
    ),
    "rule.nobody_may_fire": ("nobody may ever make {transition}", "没有人可以办理 {transition}"),
    "rule.unused_role": ("the role {name} is used nowhere", "角色 {name} 未被使用"),
    "rule.field_never_supplied": ("the field {name} is taken by no transition", "没有流转接收字段 {name}"),
    "rule.unknown_panel": ("there is no panel {name}[, did you mean {near}?]", "没有评议组 {name}[，是不是 {near}？]"),
    "rule.unknown_notice": ("there is no notice {name}[, did you mean {near}?]", "没有公示 {name}[，是不是 {near}？]"),
    "rule.unknown_deadline": (
        "there is no deadline {name}[, did you mean {near}?]",
        "没有期限 {name}[，是不是 {near}？]",
    ),
    "rule.unknown_electorate": (
        "there is no electorate {name} (known: {known})",
        "没有选民范围 {name}（现有：{known}）",
    ),
    "rule.unknown_choice": (
        "nobody can choose {name} here[ (known: {known})]",
        "此处不能选择 {name}[（可选：{known}）]",
    ),
    "rule.no_such_choice": (
        "{field} has no choice {name}[, did you mean {near}?]",
        "{field} 没有选项 {name}[，是不是 {near}？]",
    ),
    "rule.not_granted": (
        "{name} is a relation to the case; a role that is granted is needed here",
        "{name} 是关系角色；此处须写授予的角色",
    ),
    "rule.wrong_field": (
        "the field {name} is {type}; needed is {needs}",
        "字段 {name} 的类型是 {type}，此处须为 {needs}",
    ),
    "rule.panel_elsewhere": (
        "{transition} asks for the panel {panel} in {state}, where it neither sits nor has sat",
        "{transition} 在状态 {state} 要求评议组 {panel} 的结果，但它此时未议事也未曾议事",
    ),
    "rule.panel_unasked": (
        "no transition asks for the panel {panel}",
        "没有流转要求评议组 {panel} 的结果",
    ),
    "rule.too_many_needed": (
        "the panel {panel} needs {needs} here and can have only {most}",
        "评议组 {panel} 此处需要 {needs}，最多只有 {most}",
    ),
    "rule.never_met": (
        "the panel {panel} can never meet {rule}",
        "评议组 {panel} 永远不能满足 {rule}",
    ),
    "rule.mark_out_of_reach": (
        "the panel {panel} passes with {needs}, and the best mark is {most}",
        "评议组 {panel} 的及格线为 {needs}，满分只有 {most}",
    ),
    "rule.repeated_quorum": (
        "the panel {panel} has two quorums of the same people, and one suffices",
        "评议组 {panel} 对同一范围有两个法定人数，满足其一即可",
    ),
    "rule.never_in_time": (
        "{transition} is too early until {after} and too late from {within}",
        "{transition} 在 {after} 之前为时尚早，从 {within} 起已逾期",
    ),
    "rule.late_reminder": (
        "a reminder after {remind} comes when {within} are over",
        "{remind} 后提醒时，{within} 的期限已过",
    ),
    "rule.deadline_never_ends": (
        "the deadline {deadline} ends in no state that can be reached from where it starts",
        "期限 {deadline} 开始之后，无法到达任何使其结束的状态",
    ),
    "rule.deadline_elsewhere": (
        "{transition} waits for the deadline {deadline}, which never runs where it starts from",
        "{transition} 等待期限 {deadline}，但在其出发状态该期限从不计时",
    ),
    "rule.extends_nothing": (
        "{transition} extends the due time of a state that has none or that it leaves",
        "{transition} 所延长的状态期限不存在，或该流转离开了此状态",
    ),
    "rule.clock_with_people": (
        "the clock makes {transition} as soon as it may, so nobody else ever does",
        "时钟一到即办理 {transition}，他人无从办理",
    ),
    "rule.clock_gives_nothing": (
        "the clock makes {transition} and supplies nothing: {key} has no use",
        "{transition} 由时钟办理，不提供任何内容：{key} 不起作用",
    ),
    "rule.clock_may_wait": (
        "only the clock leaves {state}, and its condition may never hold",
        "只有时钟能离开状态 {state}，而其条件可能永远不成立",
    ),
    "rule.clock_in_a_circle": (
        "the clock goes from {state} back to {state} without any time between",
        "时钟从状态 {state} 又回到 {state}，中间没有任何时间",
    ),
    "rule.notice_elsewhere": (
        "{transition} waits for the notice {notice} in {state}, where it does not run",
        "{transition} 在状态 {state} 等待公示 {notice}，但它此时并不公示",
    ),
    "rule.notice_unasked": ("no transition waits for the notice {notice}", "没有流转等待公示 {notice}"),
    "rule.nobody_settles": (
        "objections to the notice {notice} halt the case, and nobody settles them",
        "对公示 {notice} 的异议使案件停止，却没有人处理",
    ),
    "rule.two_notices": (
        "the notice {notice} runs in {state}, as {first} does already",
        "公示 {notice} 与 {first} 同在状态 {state} 进行",
    ),
    "rule.reopens_open_state": (
        "{transition} reopens {state}, which is not final",
        "{transition} 重新开启 {state}，但它不是终结状态",
    ),
    "rule.self_approval": (
        "whoever submitted the case may make {transition} on it",
        "提交案件的人可以对本案办理 {transition}",
    ),
    "rule.bad_calendar": ("the calendar cannot be used: {problem}", "日历无法使用：{problem}"),
    "rule.zone_without_calendar": ("a time zone needs a calendar", "时区须与日历一同指定"),
    "rule.due_in_final_state": ("{name} is final, so nothing is due in it", "{name} 是终结状态，没有期限"),
    "rule.due_without_calendar": ("{due} counts days, which needs a calendar", "{due} 以日计算，须指定日历"),
    "rule.bad_reference": (
        "a reference template needs {{number}} and knows only {{year}}, {{month}} and {{number}}: {reference}",
        "编号模板须含 {{number}}，且只识别 {{year}}、{{month}}、{{number}}：{reference}",
    ),
    "rule.bad_value.award_gives": (
        "{key} takes exactly one of {keys}; min stands beside max, grade and honour beside an amount",
        "{key} 须恰好写一项：{keys}；min 与 max 同写，grade 和 honour 与金额同写",
    ),
    "rule.bad_value.award_above": (
        "{key}: percent_above stands beside amount, in a band with gt or gte",
        "{key}：percent_above 须与 amount 同写，且该档次有 gt 或 gte",
    ),
    "rule.bad_value.award_of": (
        "{key}: bands, floor and percent need an input: of",
        "{key}：bands、floor、percent 须以 of 指明数据字段",
    ),
    "rule.bad_value.award_adjusts": (
        "{key} takes exactly one of down, up, highest and grade",
        "{key} 须恰好写 down、up、highest、grade 之一",
    ),
    "rule.bad_value.award_without_bands": (
        "{key}: adjust changes the grade of bands, and there are none",
        "{key}：adjust 调整 bands 的等级，而此处没有 bands",
    ),
    "rule.unknown_award": ("there is no award {name}[, did you mean {near}?]", "没有奖励 {name}[，是不是 {near}？]"),
    "rule.unknown_grade": ("there is no grade {name}[, did you mean {near}?]", "没有等级 {name}[，是不是 {near}？]"),
    "rule.wrong_type": (
        "the field {name} is {type}; needed here is {needed}",
        "字段 {name} 是 {type}；此处须为 {needed}",
    ),
    "rule.other_currency": (
        "the field {name} is in {currency}, the award in {award}",
        "字段 {name} 的币种是 {currency}，奖励的币种是 {award}",
    ),
    "rule.bounds_empty": ("no number lies between these bounds: {bounds}", "此界限内没有任何数：{bounds}"),
    "rule.bounds_unordered": (
        "bands and rungs go up or down; this one stands out of order: {bounds}",
        "档次须依次递增或递减；此处次序不对：{bounds}",
    ),
    "rule.bounds_overlap": ("{bounds} overlaps {other}", "{bounds} 与 {other} 重叠"),
    "rule.band_gap": (
        "no band holds what lies[ from {first}][ up to {last}]",
        "没有档次包含[自 {first}][至 {last}]的数值",
    ),
    "rule.no_approver": (
        "nobody approves an amount[ from {first}][ up to {last}]",
        "金额[自 {first}][至 {last}]无人审批",
    ),
    "rule.repeated_grade": ("the grade {name} stands at two bands", "等级 {name} 出现在两个档次"),
    "rule.award_falls": (
        "where the band {bounds} begins, the award is less than at the end of the band below",
        "档次 {bounds} 起点的奖金低于下一档次终点的奖金",
    ),
    "rule.matrix_incomplete": ("the matrix lacks cells: {missing}", "矩阵缺少：{missing}"),
    "rule.rounding_missing": (
        "the award {name} can come out with more than {places} places; say how it is rounded",
        "奖励 {name} 的结果可能超过 {places} 位小数；请指明舍入方法",
    ),
    "rule.amount_places": (
        "{amount} has more than the {places} places of the award",
        "{amount} 的小数位数超过奖励的 {places} 位",
    ),
    "rule.percent_above_100": ("{percent} % is more than the whole", "{percent}% 超过全部"),
    "rule.nobody_sets": (
        "the award {name} gives a range, and no field under set_in says what a person set",
        "奖励 {name} 给出的是区间，但没有以 set_in 指明确定金额的字段",
    ),
    "rule.pool_without_amount": ("nothing says how much is in the pool {name}", "没有指明奖金池 {name} 的金额"),
    "rule.pool_differs": (
        "the pool {name} is another one at the award {other}",
        "奖金池 {name} 与奖励 {other} 所写的不一致",
    ),
    "rule.unknown_link": (
        "there is no link {name}[, did you mean {near}?][ (known: {known})]",
        "没有关联方式 {name}[，是不是 {near}？][（可用：{known}）]",
    ),
    "rule.unknown_batch": (
        "there is no batch {name}[, did you mean {near}?][ (known: {known})]",
        "没有成批办理 {name}[，是不是 {near}？][（可用：{known}）]",
    ),
    "rule.unused_batch": ("no transition is made for the batch {name}", "没有流转使用成批办理 {name}"),
    "rule.mark_off_for": (
        "the mark {name} is taken off; for how long has no meaning then",
        "标记 {name} 是撤销，不能再写期限",
    ),
    "rule.no_subcases": (
        "{transition} waits for sub-cases, and no transition opens any",
        "{transition} 等待子案件，但没有流转会开立子案件",
    ),
    "rule.bad_periodic": (
        "what the clock would enter in {field} does not fit ({problem})",
        "时钟填入 {field} 的值不合格（{problem}）",
    ),
    "rule.bad_value.window": (
        "{key}: a window lies within one year, and its first day is not after its last",
        "{key}：时段须在一年之内，且起始日不晚于截止日",
    ),
}
