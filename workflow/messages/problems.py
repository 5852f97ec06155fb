"""What a check of the log found."""

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
    "problem.time": ("the entry is older than the one before it", "记录时间早于上一条"),
    "problem.origin": ("the entry belongs to another log: {found}", "记录属于另一日志：{found}"),
    "problem.payload_missing": ("the payload {name} is missing", "缺少负载 {name}"),
    "problem.payload_changed": ("the payload {name} does not match its commitment", "负载 {name} 与其承诺不符"),
    "problem.payload_stray": ("the payload {name} belongs to no entry", "负载 {name} 不属于任何记录"),
    "problem.payload_malformed": ("the payload {name} is malformed: {problem}", "负载 {name} 格式错误：{problem}"),
    "problem.definition_changed": ("the definition {digest} does not match its digest", "定义 {digest} 与其摘要不符"),
    "problem.definition_column": (
        "the definition {digest} says {column} = {expected}, its row says {found}",
        "定义 {digest} 的 {column} 为 {expected}，而行中为 {found}",
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
    "problem.fold": ("the entry cannot follow the case: {problem}", "记录不能接续案件：{problem}"),
    "problem.forbidden": ("the rules would not have allowed this: {problem}", "按规则不应允许：{problem}"),
    "problem.allowed": (
        "the rules would have allowed this: it was refused for {problem}",
        "按规则应允许，却因 {problem} 被拒绝",
    ),
    "problem.claim": (
        "the claim was judged {found}; by the definition it is {expected}",
        "该申报判定为 {found}，按定义应为 {expected}",
    ),
    "problem.case_column": (
        "the case's {column} is {found}; its entries give {expected}",
        "案件的 {column} 为 {found}，按记录应为 {expected}",
    ),
    "problem.case_missing": ("the entries of this case have no case row", "该案件有记录而无案件行"),
    "problem.case_unlogged": ("the case row has no entries", "案件行没有任何记录"),
    "problem.directory": (
        "the directory says {found}; its entries say {expected}",
        "名录为 {found}，按记录应为 {expected}",
    ),
    "problem.reference": (
        "the table of references says {found}; the entries say {expected}",
        "编号表为 {found}，按记录应为 {expected}",
    ),
    "problem.request": (
        "the table of keys says {found}; the entries say {expected}",
        "幂等键表为 {found}，按记录应为 {expected}",
    ),
    "problem.pending": ("the entry waits for no tree although nothing sealed it", "记录未封存却不在待封存表中"),
    "problem.store": ("the database cannot be read here: {problem}", "数据库此处无法读取：{problem}"),
    "problem.unchecked": ("the entry could not be checked: {problem}", "记录无法检查：{problem}"),
}
