"""The errors: one line each, with what it is about."""

FAILURES: dict[str, tuple[str, str]] = {
    "error.failure": ("the program failed: {problem}", "程序出错：{problem}"),
    "error.near": ("; did you mean {near}?", "；是不是 {near}？"),
    "error.definition": ("{first}[ (and {more} more)]", "{first}[（另有 {more} 处）]"),
    "error.refused": ("{transition} refused: {reasons}", "{transition} 被拒绝：{reasons}"),
    "error.integrity": (
        "the log does not check out: {count} problems, first: {first}",
        "日志校验失败：共 {count} 处，第一处：{first}",
    ),
    "error.no_case": ("there is no case {name}", "没有案件 {name}"),
    "error.no_definition": ("there is no definition {name}", "没有定义 {name}"),
    "error.no_award": ("no award {name} was proposed in this case", "此案没有提出奖励 {name}"),
    "error.no_actor": ("there is no actor {name} in the directory", "名录中没有 {name}"),
    "error.no_transition": ("there is no transition {name}", "没有名为 {name} 的流转"),
    "error.no_delegation": ("there is no delegation {name}, or it was revoked", "没有委托 {name}，或已撤销"),
    "error.same_person": ("{name} cannot pass roles on to {name}", "{name} 不能把角色交给本人"),
    "error.no_roles": ("{name} has no role to hand over", "{name} 没有可移交的角色"),
    "error.bad_period": (
        "a delegation ends after it begins, and not in the past: {since} to {until}",
        "委托的结束须晚于开始且不在过去：{since} 至 {until}",
    ),
    "error.bad_zone": ("there is no time zone {zone}", "没有时区 {zone}"),
    "error.no_file": ("there is no file or folder {name}", "没有文件或文件夹 {name}"),
    "error.no_role": ("{subject} does not have the role {name}", "{subject} 没有角色 {name}"),
    "error.unreadable_file": ("{file} cannot be read: {problem}", "无法读取 {file}：{problem}"),
    "error.unwritable_file": ("{file} cannot be written: {problem}", "无法写入 {file}：{problem}"),
    "error.no_files": ("there is no definition file in {path}", "{path} 中没有定义文件"),
    "error.no_scenarios": ("there is no scenario file in {path}", "{path} 中没有场景文件"),
    "error.no_scenario": ("no scenario has {name} in its title", "没有标题含 {name} 的场景"),
    "error.actor_needed": (
        "say who acts: --as ACTOR or WORKFLOW_ACTOR",
        "请指明操作人：--as ACTOR 或环境变量 WORKFLOW_ACTOR",
    ),
    "error.bad_actor": (
        "an actor's id is 1 to 128 characters without spaces and control characters: {name}",
        "操作人编号须为 1 至 128 个字符，不含空格和控制字符：{name}",
    ),
    "error.bad_role": (
        "a role's name starts with a letter and has letters, digits, - and _ only: {name}",
        "角色名须以字母开头，仅含字母、数字、- 和 _：{name}",
    ),
    "error.actor_exists": ("the actor {name} is in the directory already", "名录中已有 {name}"),
    "error.ambiguous_case": ("{name} means several cases: {near}", "{name} 对应多个案件：{near}"),
    "error.bad_assignment": ("--set wants field=value, not {given}", "--set 的格式为 字段=值，而不是 {given}"),
    "error.bad_json": ("{where} is not JSON: {problem}", "{where} 不是 JSON：{problem}"),
    "error.not_object": ("{where} must be an object of fields", "{where} 必须是字段对象"),
    "error.bad_reference": (
        "a reference is 1 to 100 printable characters: {reference}",
        "编号须为 1 至 100 个可打印字符：{reference}",
    ),
    "error.reference_taken": (
        "{reference} is the reference of another case of {definition}",
        "{definition} 中已有编号为 {reference} 的案件",
    ),
    "error.bad_key": ("a key is 1 to 200 characters", "幂等键须为 1 至 200 个字符"),
    "error.key_reused": (
        "the key {key} was used for another request",
        "键 {key} 已用于另一请求",
    ),
    "error.bad_text": ("not a text in UTF-8: {text}", "不是 UTF-8 文本：{text}"),
    "error.bad_name": ("the name is not a text of at most {max} characters", "姓名必须是不超过 {max} 个字符的文本"),
    "error.bad_reason": ("the reason is not a text of at most {max} characters", "理由必须是不超过 {max} 个字符的文本"),
    "error.bad_time": (
        "not a time: {given}; write it as 2026-01-31T08:00:00Z",
        "不是有效时间：{given}；格式如 2026-01-31T08:00:00Z",
    ),
    "error.naive_time": ("the time {given} has no time zone", "时间 {given} 没有时区"),
    "error.bad_line": ("line {line}: {problem}", "第 {line} 行：{problem}"),
    "error.bad_operation": ("the operation {op} is not known[; use one of {known}]", "未知操作 {op}[；可用 {known}]"),
    "error.bad_set": (
        "a set has from 1 to {most} cases, each once",
        "一批案件须为 1 至 {most} 件，且不得重复",
    ),
    "error.mixed_set": (
        "the cases of a set must keep the same definition, in the same version",
        "同一批案件必须采用同一定义的同一版本",
    ),
    "error.upheld_or_dismissed": (
        "say whether the objection is right: --upheld or --dismissed",
        "请指明异议是否成立：--upheld 或 --dismissed",
    ),
    "error.lacks": ("{op} lacks {key}", "{op} 缺少 {key}"),
    "error.unknown_item": ("{op} does not know {key}[; did you mean {near}?]", "{op} 不识别 {key}[；是不是 {near}？]"),
    "error.wrong_item": ("{key} must be {wanted}", "{key} 必须是 {wanted}"),
    "error.unknown_state": (
        "{definition} has no state {state}[; did you mean {near}?]",
        "{definition} 没有状态 {state}[；是不是 {near}？]",
    ),
    "error.too_large": (
        "{what} is too large: {size} bytes, {limit} are allowed",
        "{what} 过大：{size} 字节，最多 {limit}",
    ),
    "error.other_name": (
        "{file} holds the definition {found}, not {name}; a file is found by the name of its definition",
        "{file} 中的定义是 {found} 而不是 {name}；文件须以定义名称命名",
    ),
    "error.bad_nonce": (
        "a nonce is 1 to 200 printable characters",
        "随机数须为 1 至 200 个可打印字符",
    ),
    "error.no_such_size": (
        "the tree of the log has {has} leaves, not {size}",
        "日志树只有 {has} 个叶子，没有 {size} 个",
    ),
    "error.unknown_format": ("the format {given} is not known; use one of {known}", "未知格式 {given}；可用 {known}"),
    "error.usage": ("{problem}", "{problem}"),
    "error.definition_other": (
        "{name} version {version} is installed with another text; raise the version",
        "{name} 版本 {version} 已安装且内容不同；请提高版本号",
    ),
    "error.no_clock": ("the clock must give times with a time zone", "时钟必须给出带时区的时间"),
    "error.not_nested": ("a unit of work is open already in this thread", "本线程已打开一个工作单元"),
    "error.busy": ("the store is busy: another writer holds it; try again", "数据库忙：另一写入者占用，请重试"),
    "error.stale": ("another writer moved the case {case} first; try again", "另一写入者已先变动案件 {case}，请重试"),
    "error.overtaken": (
        "another writer came first, again and again; try again",
        "另一写入者一再抢先，请重试",
    ),
    "error.bad_url": ("not a database URL: {url}", "不是数据库地址：{url}"),
    "error.unsupported_database": (
        "{dialect} is not supported; use sqlite or postgresql+psycopg",
        "不支持 {dialect}；请使用 sqlite 或 postgresql+psycopg",
    ),
    "error.no_driver": (
        "PostgreSQL needs psycopg; install proposal-workflow with the extra postgres ({problem})",
        "使用 PostgreSQL 需要 psycopg；请安装 proposal-workflow 的附加组件 postgres（{problem}）",
    ),
    "error.bad_partitions": (
        "only the tables of a new store on PostgreSQL can be divided, into 2 to {most} parts",
        "只有 PostgreSQL 上新建的数据表可以分区，分区数须为 2 至 {most}",
    ),
    "error.autocommit": (
        "the session commits each statement by itself; give one that has transactions",
        "该会话逐条语句自动提交；请提供使用事务的会话",
    ),
    "error.unreachable": ("the store {store} cannot be opened: {problem}", "无法打开数据库 {store}：{problem}"),
    "error.unusable": ("the store failed: {problem}", "数据库出错：{problem}"),
    "error.bad_encoding": ("the database is not in UTF-8", "数据库编码不是 UTF-8"),
    "error.disconnected": (
        "the connection to {store} was lost and nothing was written: {problem}; try again",
        "与 {store} 的连接已中断，未写入任何内容：{problem}；请重试",
    ),
    "error.in_doubt": (
        "the connection to {store} was lost while it committed, and nobody can tell whether that was done: {problem}; "
        "look, or repeat it with the same key",
        "提交过程中与 {store} 的连接中断，无法确定是否已提交：{problem}；请查看，或用同一幂等键重试",
    ),
    "error.unconfirmed": (
        "committed, but no standby confirmed it, so that a failover may lose it: {problem}",
        "已提交，但没有备用服务器确认，故障切换时可能丢失：{problem}",
    ),
    "error.timed_out": (
        "the database gave the request up and nothing was written: {problem}",
        "数据库放弃了该请求，未写入任何内容：{problem}",
    ),
    "error.pooled": (
        "a pooler between here and the database keeps no prepared statements: {problem}; add prepare=off to the URL",
        "与数据库之间的连接池不保留预备语句：{problem}；请在地址中加上 prepare=off",
    ),
    "error.foreign": (
        "{store} is a database without the tables of workflow; run `workflow db init` to add them",
        "{store} 中没有 workflow 的数据表；请运行 `workflow db init`",
    ),
    "error.other_store": (
        "the session works on another database than the engine, which was opened over {store}",
        "会话所用的数据库与引擎打开的 {store} 不同",
    ),
    "error.older": (
        "{store} has schema {found}, this program needs {wanted}; run `workflow db upgrade`",
        "{store} 的结构版本为 {found}，本程序需要 {wanted}；请运行 `workflow db upgrade`",
    ),
    "error.newer": (
        "{store} has schema {found}, which is newer than this program ({wanted}); upgrade the program",
        "{store} 的结构版本 {found} 比本程序（{wanted}）新；请升级程序",
    ),
    "error.unknown_schema": (
        "{store} has schema {found}, which this program ({wanted}) does not know",
        "{store} 的结构版本 {found} 不为本程序（{wanted}）所知",
    ),
    "error.no_origin": (
        "{store} has lost the name of its log; bring back a copy from before",
        "{store} 丢失了日志名称；请恢复此前的副本",
    ),
    "error.damaged_definition": (
        "the stored definition {digest} does not match its digest; run `workflow audit verify`",
        "存储的定义 {digest} 与其摘要不符；请运行 `workflow audit verify`",
    ),
    "error.damaged_case": (
        "the stored case {case} cannot be read: {problem}; run `workflow audit verify`",
        "存储的案件 {case} 无法读取：{problem}；请运行 `workflow audit verify`",
    ),
    "error.leaf_too_large": ("the entry cannot be written: {problem}", "无法写入记录：{problem}"),
}
