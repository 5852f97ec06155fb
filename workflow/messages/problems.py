"""What a check of the log found, and what it did and did not look at."""

PROBLEMS: dict[str, tuple[str, str]] = {
    "problem.leaf": ("the leaf is malformed: {problem}", "叶节点格式错误：{problem}"),
    "problem.hash": ("the stored hash is not the hash of the leaf", "存储的哈希与叶节点不符"),
    "problem.column": (
        "the column {column} says {found}, the leaf says {expected}",
        "列 {column} 为 {found}，叶节点为 {expected}",
    ),
    "problem.sequence": (
        "entry {expected} is missing; entry {found} follows",
        "缺少第 {expected} 条记录，其后为第 {found} 条",
    ),
    "problem.chain": ("prev is not the hash of the entry before", "prev 与上一条记录的哈希不符"),
    "problem.time": (
        "the entry is of {found} and the one before it of {expected}",
        "记录时间 {found} 早于上一条的 {expected}",
    ),
    "problem.origin": ("the entry belongs to another log: {found}", "记录属于另一日志：{found}"),
    "problem.origin_changed": (
        "the store calls its log {found}; its entries say {expected}",
        "数据库称其日志为 {found}，而记录为 {expected}",
    ),
    "problem.beginning": (
        "the log does not begin with the entry that created the store",
        "日志的首条记录不是创建数据库的记录",
    ),
    "problem.misplaced": (
        "an entry of kind {kind} does not belong into the chain of {chain}",
        "类型为 {kind} 的记录不应出现在 {chain} 链中",
    ),
    "problem.misplaced.case": (
        "an entry of kind {kind} does not belong into the chain of a case",
        "类型为 {kind} 的记录不应出现在案件链中",
    ),
    "problem.payload_missing": ("the payload {name} is missing", "缺少负载 {name}"),
    "problem.payload_changed": ("the payload {name} does not match its commitment", "负载 {name} 与其承诺不符"),
    "problem.payload_stray": ("the payload {name} belongs to no entry", "负载 {name} 不属于任何记录"),
    "problem.payload_malformed": ("the payload {name} is malformed: {problem}", "负载 {name} 格式错误：{problem}"),
    "problem.definition_changed": ("the definition {digest} does not match its digest", "定义 {digest} 与其摘要不符"),
    "problem.definition_column": (
        "the definition {digest} says {column} = {expected}, its row says {found}",
        "定义 {digest} 的 {column} 为 {expected}，而行中为 {found}",
    ),
    "problem.definition_subject": (
        "the entry installs {found}; the definition {digest} is {expected}",
        "记录安装的是 {found}，而定义 {digest} 为 {expected}",
    ),
    "problem.definition_missing": ("the definition {digest} is not stored", "未存储定义 {digest}"),
    "problem.definition_unlogged": (
        "the definition {digest} was never installed by an entry",
        "定义 {digest} 没有安装记录",
    ),
    "problem.definition_unreadable": (
        "the definition {digest} cannot be read: {problem}",
        "定义 {digest} 无法读取：{problem}",
    ),
    "problem.definition_switched": (
        "the entry names the definition {found}; its case keeps {expected}",
        "记录引用定义 {found}，而案件沿用 {expected}",
    ),
    "problem.fold": ("the entry cannot follow what came before: {problem}", "记录不能接续此前的内容：{problem}"),
    "problem.fold.known": ("the entry adds {actor}, who is in the directory already", "记录新增 {actor}，而名录中已有"),
    "problem.fold.unknown": ("the entry names {actor}, whom no entry added", "记录涉及 {actor}，而此前未曾加入名录"),
    "problem.fold.granted": ("{actor} has the role {role} already", "{actor} 已具有角色 {role}"),
    "problem.fold.not_granted": ("{actor} does not have the role {role}", "{actor} 并不具有角色 {role}"),
    "problem.fold.no_way": (
        "no way of {transition} leads from {source} to {target}",
        "{transition} 没有从 {source} 到 {target} 的路径",
    ),
    "problem.fold.key": ("the key {key} was used by an earlier entry of the case", "键 {key} 已被该案件的前一记录使用"),
    "problem.fold.no_delegation": (
        "the entry revokes the delegation {number}, which does not exist or was revoked already",
        "记录撤销的委托 {number} 不存在或已撤销",
    ),
    "problem.delegation": (
        "{actor} acted for {for} under the delegation {number}, which does not allow it",
        "{actor} 依委托 {number} 代 {for} 办理，而该委托不允许",
    ),
    "problem.delegation.other": (
        "{actor} acted for {for} under the delegation {number}, which is not one between the two",
        "{actor} 依委托 {number} 代 {for} 办理，而该委托并非二人之间的委托",
    ),
    "problem.delegation.time": (
        "{actor} acted for {for} under the delegation {number} outside of its time",
        "{actor} 依委托 {number} 代 {for} 办理，而不在委托期内",
    ),
    "problem.delegation.revoked": (
        "{actor} acted for {for} under the delegation {number} after it was revoked",
        "{actor} 依委托 {number} 代 {for} 办理，而委托此前已撤销",
    ),
    "problem.delegation.roles": (
        "{actor} acted for {for} with roles that the delegation {number} does not pass on",
        "{actor} 代 {for} 办理所用的角色不在委托 {number} 之内",
    ),
    "problem.delegation_missing": (
        "the delegation {number} of this entry is not in the table of delegations",
        "委托表中没有此记录的委托 {number}",
    ),
    "problem.delegation_changed": (
        "the table of delegations has {number} otherwise than this entry made it",
        "委托表中的委托 {number} 与此记录不符",
    ),
    "problem.delegation_unlogged": (
        "the table of delegations holds {number}, which no entry made or which was revoked",
        "委托表中的委托 {number} 没有设立记录或已撤销",
    ),
    "problem.disclosure": (
        "{actor} was shown {fields}, which is not confidential or not for these roles",
        "向 {actor} 显示了 {fields}，而该字段并非保密或不应向其角色显示",
    ),
    "problem.forbidden": (
        "the rules do not allow this: made again, the decision is no ({found})",
        "按规则不应允许：重新判定的结果为否（{found}）",
    ),
    "problem.decision": (
        "made again, the decision gives {expected}; the entry says {found}",
        "重新判定的结果为 {expected}，而记录为 {found}",
    ),
    "problem.allowed": (
        "the rules allow this: it was refused for {found}, and made again the decision is yes",
        "按规则应允许：记录因 {found} 拒绝，重新判定的结果为是",
    ),
    "problem.reasons": (
        "it was refused for {found}; made again, the decision refuses for {expected}",
        "记录因 {found} 拒绝，重新判定的拒绝理由为 {expected}",
    ),
    "problem.claim": (
        "the claimed act was judged {found}; by the definition it is {expected}",
        "该申报判定为 {found}，按定义应为 {expected}",
    ),
    "problem.case_column": (
        "the case's {column} is {found}; its entries give {expected}",
        "案件的 {column} 为 {found}，按记录应为 {expected}",
    ),
    "problem.case_column.data": (
        "the case's data are not what its entries give[: {fields}]",
        "案件的数据与按记录所得不符[：{fields}]",
    ),
    "problem.case_missing": ("the entries of this case have no case row", "该案件有记录而无案件行"),
    "problem.case_unlogged": ("the case row has no entries", "案件行没有任何记录"),
    "problem.actor_missing": (
        "{actor} is not in the directory; this entry added them",
        "名录中没有此记录加入的 {actor}",
    ),
    "problem.actor_name": (
        "the directory calls {actor} {found}; this entry says {expected}",
        "名录中 {actor} 的名称为 {found}，此记录为 {expected}",
    ),
    "problem.actor_unlogged": ("{actor} is in the directory, and no entry added them", "名录中的 {actor} 没有加入记录"),
    "problem.grant_missing": (
        "the directory does not give {actor} the role {role}; this entry granted it",
        "名录中 {actor} 没有此记录授予的角色 {role}",
    ),
    "problem.grant_unlogged": (
        "the directory gives {actor} the role {role}, and no entry granted it",
        "名录中 {actor} 的角色 {role} 没有授予记录",
    ),
    "problem.grant_revoked": (
        "the directory gives {actor} the role {role}, which this entry revoked",
        "名录中 {actor} 仍有此记录已撤销的角色 {role}",
    ),
    "problem.reference": (
        "the table of references gives {reference} to {found}; this entry took it",
        "编号表中 {reference} 属于 {found}，而由此记录取用",
    ),
    "problem.reference_missing": (
        "the reference {reference} of this case is not in the table of references",
        "编号表中没有该案件的编号 {reference}",
    ),
    "problem.reference_unlogged": (
        "the table of references holds {reference}, which no case of {definition} took",
        "编号表中的 {reference} 未被 {definition} 的任何案件取用",
    ),
    "problem.request": (
        "the table of keys gives {key} to {found}; this entry used it",
        "幂等键表中 {key} 属于 {found}，而由此记录使用",
    ),
    "problem.request_missing": (
        "the key {key} of this entry is not in the table of keys",
        "幂等键表中没有此记录的键 {key}",
    ),
    "problem.request_unlogged": (
        "the table of keys holds {key}, which no case of {definition} was opened with",
        "幂等键表中的 {key} 未用于 {definition} 的任何案件",
    ),
    "problem.pending": (
        "the entry is in no tree and does not wait for one",
        "记录既未进入树，也不在待入树的列表中",
    ),
    "problem.pending_stray": ("an entry that is not there waits for the tree", "待入树的列表指向不存在的记录"),
    "problem.store": ("the database cannot be read: {problem}", "数据库无法读取：{problem}"),
    "problem.incomplete": (
        "{found} entries could be read of {expected} that the database counts",
        "数据库计有 {expected} 条记录，只读到 {found} 条",
    ),
    "problem.unchecked": ("the check itself failed here: {problem}", "检查程序在此处出错：{problem}"),
    "checked.leaves": (
        "every entry: its leaf is well formed and in canonical form, the stored hash is that of the leaf, every column "
        "says what the leaf says, the numbers follow without a gap, each link is the hash of the entry before, and no "
        "time goes back",
        "每条记录：叶节点格式正确且为规范形式，存储的哈希与之相符，各列与叶节点一致，序号连续，链接为上一条的哈希，时间不倒退",
    ),
    "checked.payloads": (
        "every payload: it matches the commitment in its entry, none is missing and none is left over",
        "每个负载：与记录中的承诺相符，无缺失，无多余",
    ),
    "checked.definitions": (
        "every definition: its text matches its digest, and an entry installed it",
        "每个定义：文本与摘要相符，且有安装记录",
    ),
    "checked.cases": (
        "every case: folded again from its entries it gives the stored row, column by column",
        "每个案件：由记录重新推演，各列与案件行一致",
    ),
    "checked.decisions": (
        "every decision: made again under the definition that the case keeps it comes out as recorded, refusals and "
        "judgements of past acts included",
        "每个决定：按案件沿用的定义重新判定，结果与记录一致，包括拒绝与补录的判定",
    ),
    "checked.ledgers": (
        "the directory, the references, the keys of requests and the list of entries that wait for the tree: they "
        "follow from the entries",
        "名录、编号、幂等键和待入树的列表：均可由记录推出",
    ),
    "unchecked.people": (
        "whether people had the roles that are recorded with what they did, and were who they said they were",
        "各人办理时是否确有所记录的角色，以及是否为其本人",
    ),
    "unchecked.guards": (
        "what the host's guards were asked: their recorded answers are taken as given",
        "宿主系统守卫的判断：以记录的回答为准",
    ),
    "unchecked.clock": (
        "whether the clock was right: times are compared only with those before them in the same chain",
        "时钟是否准确：时间只与同一链中此前的时间比较",
    ),
    "unchecked.database": (
        "the counters from which references are numbered, and whether the database's indexes hold what its tables do",
        "编号计数器，以及数据库索引是否与表一致",
    ),
    "problem.sitting": (
        "the panel {panel} was not opened or closed by the rules",
        "评议组 {panel} 的开启或结束不合规则",
    ),
    "problem.sitting.not_here": (
        "the panel {panel} was opened in a state in which it does not sit",
        "评议组 {panel} 在不应议事的状态开启",
    ),
    "problem.sitting.recused": (
        "of the panel {panel}, others were recused than the rules say",
        "评议组 {panel} 的回避人员与规则不符",
    ),
    "problem.sitting.drawn": (
        "the members of the panel {panel} are not those whom the recorded seed draws",
        "评议组 {panel} 的成员与所记录的随机种子抽取结果不符",
    ),
    "problem.sitting.seats": (
        "the panel {panel} has other seats than its definition",
        "评议组 {panel} 的席位与定义不符",
    ),
    "problem.sitting.ballots": (
        "the panel {panel} was closed with more or fewer secret ballots than were given",
        "评议组 {panel} 结束时的无记名票数与投票数不符",
    ),
    "problem.tally": (
        "the panel {panel} was closed with {found}; its contributions come to {expected}",
        "评议组 {panel} 记录的结果为 {found}，按投票应为 {expected}",
    ),
    "problem.clock": ("the clock did what was not due: {timer}", "时钟执行了未到期的事项：{timer}"),
    "problem.clock.not_set": (
        "the clock did {timer} at a moment that had not been set",
        "时钟在未设定的时刻执行了 {timer}",
    ),
    "problem.clock.role": (
        "{timer} escalated to a role that its ladder does not name",
        "{timer} 升级到规则未指明的角色",
    ),
    "problem.award": (
        "the award {award} is entered as {found}; reckoned again it is {expected}",
        "奖励 {award} 记录为 {found}，重新计算应为 {expected}",
    ),
    "problem.ledger": ("the ledger lines of {award} are not those of the entry", "奖励 {award} 的台账行与记录不符"),
    "problem.ledger_stray": ("line {line} of the ledger follows from no entry", "台账第 {line} 行没有对应记录"),
    "problem.pool": (
        "the budget {pool} says {found} is spent; its lines come to {expected}",
        "预算 {pool} 记为已支出 {found}，按台账应为 {expected}",
    ),
    "problem.link": ("the link {link} and its entry do not belong to each other", "关联 {link} 与记录不符"),
    "problem.mark": ("the mark {mark} does not follow from the transition before it", "标记 {mark} 与之前的流转不符"),
    "problem.mark_row": (
        "the record of marks does not say of {mark} what its entry says",
        "标记 {mark} 的登记与记录不符",
    ),
}
