"""What keeps a text from being a definition at all: its YAML, its keys, the form of a value."""

MALFORMED: dict[str, tuple[str, str]] = {
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
}
