"""The tree over the log and what is brought along to check it: problems, levels, and what stands in the way."""

EVIDENCE: dict[str, tuple[str, str]] = {
    "problem.pending_placed": (
        "the entry is in the tree and waits for it as well",
        "记录已进入树，却仍在待入树的列表中",
    ),
    "problem.leaf_place": ("the entry's place in the tree, {found}, is none", "记录在树中的位置 {found} 无效"),
    "problem.leaf_order": (
        "the entry stands at place {found} of the tree, before the entry that it follows",
        "记录在树中的位置 {found} 先于其前一条记录",
    ),
    "problem.leaf_gap": ("place {index} of the tree has no entry", "树中位置 {index} 没有记录"),
    "problem.leaf_stray": (
        "place {index} of the tree belongs to this entry, which is not there",
        "树中位置 {index} 属于此记录，而记录不存在",
    ),
    "problem.leaf_last": (
        "the last place of the tree is {found}; by their number it is {expected}",
        "树的最后位置为 {found}，按数量应为 {expected}",
    ),
    "problem.leaf_changed": (
        "the entry at place {index} is not the one that is in the signed tree",
        "位置 {index} 的记录与已签名的树不符",
    ),
    "problem.leaf_removed": ("the entry that stood at place {index} is gone", "位置 {index} 的记录已不存在"),
    "problem.leaf_moved": (
        "the entry at place {index} stood elsewhere in the signed tree",
        "位置 {index} 的记录在已签名的树中位于别处",
    ),
    "problem.tile": (
        "the stored tile {level}/{index} is not what the entries give",
        "存储的树片 {level}/{index} 与记录不符",
    ),
    "problem.tile_stray": (
        "there are {found} tiles; a tree of this size has {expected}",
        "有 {found} 个树片，此大小的树应有 {expected} 个",
    ),
    "problem.checkpoint": (
        "the checkpoint of size {size} cannot be used: {problem}",
        "大小 {size} 的检查点无效：{problem}",
    ),
    "problem.checkpoint.size": (
        "the checkpoint of size {size} is of no tree that there is",
        "大小 {size} 的检查点不对应任何树",
    ),
    "problem.checkpoint_root": (
        "the entries do not give the root that was signed at size {size}: one of those from place {after} on was "
        "changed, removed, moved or planted",
        "记录得不出大小 {size} 时签名的根：自位置 {after} 起有记录被改动、删除、移动或添加",
    ),
    "problem.checkpoint_missing": (
        "no checkpoint is signed, although its key was given to check by",
        "给出了密钥，却没有任何签名检查点",
    ),
    "problem.checkpoint_key": (
        "the checkpoint of size {size} is signed by no key that you trust, nor by one that such a key vouches for",
        "大小 {size} 的检查点未由您信任的密钥或其担保的密钥签名",
    ),
    "problem.key": ("the entry names what is no key: {problem}", "记录所列不是密钥：{problem}"),
    "problem.cosignature": (
        "a cosignature under the checkpoint of size {size} cannot be used: {problem}",
        "大小 {size} 的检查点的联署无效：{problem}",
    ),
    "problem.cosignature_stray": (
        "{witness} cosigned a checkpoint of size {size}, which is not there",
        "{witness} 联署了大小 {size} 的检查点，而该检查点不存在",
    ),
    "problem.witness_missing": (
        "no checkpoint is cosigned as the policy asks for",
        "没有检查点达到策略要求的联署",
    ),
    "problem.ahead_of_witness": (
        "the entry is dated {found}; a witness had seen it at {expected} already",
        "记录时间为 {found}，而见证者在 {expected} 已见到它",
    ),
    "problem.fork": (
        "the tree of size {size} does not extend that of size {old}, which was cosigned before",
        "大小 {size} 的树不是此前联署的大小 {old} 的树的延续",
    ),
    "problem.after": (
        "the entry says that it came after a tree of size {size}, which is not the tree that there is",
        "记录称其晚于大小 {size} 的树，而该树与现有的树不符",
    ),
    "problem.bracket": (
        "the entry is dated {found}; it came after entries of {expected}[ (and so do {more} more)]",
        "记录时间为 {found}，而它晚于 {expected} 的记录[（另有 {more} 条）]",
    ),
    "problem.anchor_origin": (
        "the checkpoint of size {size} that you brought along is of another log: {found}",
        "您提供的大小 {size} 的检查点属于另一日志：{found}",
    ),
    "problem.anchor_signature": (
        "the checkpoint of size {size} that you brought along cannot be used: {problem}",
        "您提供的大小 {size} 的检查点无效：{problem}",
    ),
    "problem.anchor_ahead": (
        "you have a checkpoint of size {size}; there are only {found} entries in the tree: some were removed, or an "
        "older copy was put back",
        "您持有大小 {size} 的检查点，而树中只有 {found} 条记录：有记录被删除，或换回了旧副本",
    ),
    "problem.anchor_other": (
        "the first {size} entries are not those of the checkpoint that you brought along",
        "前 {size} 条记录与您提供的检查点不符",
    ),
    "problem.memory_ahead": (
        "the signer remembers a tree of size {expected}; there are only {found} entries: an older copy was put back",
        "签名者记得大小 {expected} 的树，而只有 {found} 条记录：换回了旧副本",
    ),
    "problem.memory_other": (
        "the first {size} entries are not those that the signer signed",
        "前 {size} 条记录与签名者签名的不符",
    ),
    "problem.receipt": ("the receipt cannot be used: {problem}", "回执无效：{problem}"),
    "problem.receipt_missing": (
        "there is a receipt for this entry, and it is not there",
        "有此记录的回执，而记录不存在",
    ),
    "problem.receipt_other": (
        "the entry is not the one that the receipt was given for",
        "记录与回执所载不符",
    ),
    "problem.payload_kept": (
        "the payload {name} is there, although an entry says that it was destroyed",
        "记录称负载 {name} 已销毁，而它仍然存在",
    ),
    "problem.heads": (
        "the entry says {found} of the ends of all chains; the entries give {expected}",
        "记录所载各链末端为 {found}，按记录应为 {expected}",
    ),
    "problem.bundle_unreadable": ("the bundle cannot be read: {problem}", "证据包无法读取：{problem}"),
    "problem.bundle_file": (
        "{file} is not what the manifest says, or is not in it",
        "{file} 与清单不符，或不在清单中",
    ),
    "problem.bundle_missing": ("{file} is missing", "缺少 {file}"),
    "problem.bundle_leaf": ("the leaf is malformed: {problem}", "叶节点格式错误：{problem}"),
    "problem.bundle_chain": ("the entry does not follow the one before it", "记录不能接续上一条"),
    "problem.bundle_proof": (
        "the proof does not show the entry in the signed tree: {problem}",
        "证明不能说明记录在已签名的树中：{problem}",
    ),
    "problem.bundle_payload": ("the payload {name} does not match its commitment", "负载 {name} 与其承诺不符"),
    "problem.bundle_payload_missing": (
        "the payload {name} is missing, and no entry says that it was destroyed",
        "缺少负载 {name}，且没有销毁记录",
    ),
    "problem.bundle_definition": (
        "the definition {digest} is missing, or does not match its digest",
        "定义 {digest} 缺失或与其摘要不符",
    ),
    "problem.bundle_heads": ("nothing shows that the case ends here: {problem}", "无法说明案件到此为止：{problem}"),
    "problem.bundle_checkpoint": ("the checkpoint cannot be used: {problem}", "检查点无效：{problem}"),
    "problem.bundle_key": (
        "the checkpoint is signed by none of the keys that you gave",
        "检查点未由您给出的密钥签名",
    ),
    "problem.bundle_policy": (
        "the checkpoint is not cosigned as your policy asks for",
        "检查点未达到您的策略要求的联署",
    ),
    "problem.bundle_anchor": (
        "the log is not an extension of your checkpoint of size {size}",
        "日志不是您所存大小 {size} 的检查点的延续",
    ),
    "problem.bundle_anchor_unknown": (
        "nothing in the bundle leads from your checkpoint of size {size} to this one",
        "证据包中没有从您所存大小 {size} 的检查点到此检查点的证明",
    ),
    "problem.stamp": ("the time stamp does not fit: {problem}", "时间戳不符：{problem}"),
    "problem.schema": ("{object} is {problem}", "{object}：{problem}"),
    "problem.schema.missing": ("{object} of the database is missing", "数据库的 {object} 缺失"),
    "problem.schema.altered": ("{object} of the database is not what it should be", "数据库的 {object} 被改动"),
    "problem.schema.unknown": ("{object} of the database is not ours", "数据库的 {object} 不是本程序建立的"),
    "checked.tree": (
        "the tree: every entry has one place in it or waits for one, the tiles are what the entries give, every "
        "checkpoint is signed by a key that the log knew then and of this tree, and no entry is dated before what it "
        "came after",
        "树：每条记录在树中有唯一位置或待入树，树片与记录一致，每个检查点均由日志当时所知的密钥签名且属于此树，"
        "记录时间不早于其所承接的内容",
    ),
    "checked.schema": (
        "the tables, indexes and triggers of the database: they are those that this program makes",
        "数据库的表、索引和触发器：与本程序建立的一致",
    ),
    "checked.bundle": (
        "the bundle: every leaf is in the signed tree, each case is whole from its first entry to its end, every "
        "payload and definition is the one that was committed to, and the manifest fits",
        "证据包：每条记录均在已签名的树中，每个案件自首条至末条完整，负载与定义均与承诺一致，清单相符",
    ),
    "unchecked.bundle": (
        "whether the acts follow the rules of the definition: that is checked in the store",
        "各项办理是否符合定义的规则：须在数据库中校验",
    ),
    "unchecked.schema": ("the tables, indexes and triggers of the database", "数据库的表、索引和触发器"),
    "unchecked.tail": (
        "the last {count} entries: no signed tree holds them yet, so whoever can write the database can change or "
        "remove them; receipts tell, or the next `audit seal`",
        "最后 {count} 条记录：尚未进入签名的树，能够写入数据库的人可以改动或删除；可凭回执发现，或待下次 `audit seal`",
    ),
    "unchecked.destroyed": (
        "what rested on the {count} payloads that were destroyed: the decisions that needed them, the data of their "
        "cases",
        "依赖于 {count} 个已销毁负载的内容：需要它们的决定，以及相关案件的数据",
    ),
    "level.V0": (
        "the database agrees with itself; alone, this does not stop whoever can write all of it",
        "数据库自身一致；仅此不能防止能够写入整个数据库的人",
    ),
    "level.V1": (
        "signed by the key that you gave, up to size {size}: whoever has no key cannot have rewritten that",
        "由您给出的密钥签名，至大小 {size}：没有密钥的人不能改写",
    ),
    "level.V2": (
        "the log extends what you kept, up to size {size}: not even who has the key can have rewritten that",
        "日志是您所存检查点的延续，至大小 {size}：即使持有密钥者也不能改写",
    ),
    "level.V3": (
        "cosigned by your witnesses, up to size {size}: all who look see the same log up to there",
        "由您的见证者联署，至大小 {size}：所有查看者所见的日志至此相同",
    ),
    "level.V4": (
        "{count} receipts of people who acted name entries that are there",
        "{count} 份办理人回执所载的记录均存在",
    ),
    "unlevel.V0": ("the database", "数据库"),
    "unlevel.V1": (
        "who signed: give the key of the log with --key or --policy; without it, whoever can write the database can "
        "rewrite it whole and sign with a key of their own",
        "由谁签名：请用 --key 或 --policy 给出日志密钥；否则能够写入数据库的人可以整体改写并用自己的密钥签名",
    ),
    "unlevel.V2": (
        "earlier checkpoints: keep one and give it with --checkpoint; without it, whoever has the key can rewrite the "
        "log",
        "此前的检查点：请保存并用 --checkpoint 给出；否则持有密钥者可以改写日志",
    ),
    "unlevel.V3": (
        "witnesses: give a policy with --policy; without it, the end of the log can be missing, and others can be "
        "shown another log",
        "见证者：请用 --policy 给出策略；否则日志末尾可能缺失，也可能向他人展示另一份日志",
    ),
    "unlevel.V4": (
        "receipts: give those of people who acted with --receipt; without them, what was not sealed yet can be changed",
        "回执：请用 --receipt 给出办理人的回执；否则尚未封存的内容可能被改动",
    ),
    "error.nothing_to_erase": ("no payload of {entry} is left to destroy", "{entry} 没有可销毁的负载"),
    "error.no_entry": ("there is no entry {name}", "没有记录 {name}"),
    "error.no_key": ("the key file has no key {name}", "密钥文件中没有密钥 {name}"),
    "error.not_sealed": ("nothing is sealed yet; run `workflow audit seal`", "尚未封存；请运行 `workflow audit seal`"),
    "error.not_in_tree": (
        "the entry {entry} is not in the tree of size {size} that was signed last; run `workflow audit seal`",
        "记录 {entry} 不在最近签名的大小 {size} 的树中；请运行 `workflow audit seal`",
    ),
    "error.damaged_tree": (
        "the stored tree cannot be read: {problem}; run `workflow audit verify`",
        "存储的树无法读取：{problem}；请运行 `workflow audit verify`",
    ),
    "error.key_needed": (
        "{store} has no file beside which a key could lie; name one with --key",
        "{store} 没有可存放密钥的位置；请用 --key 指定",
    ),
    "error.key_missing": (
        "the key file {file} is not there, and the log was signed before; bring it back",
        "密钥文件 {file} 不存在，而日志已签名过；请恢复该文件",
    ),
    "error.key_open": (
        "the key file {file} can be read by others; run `chmod 600` on it",
        "密钥文件 {file} 可被他人读取；请执行 `chmod 600`",
    ),
    "error.bad_key_file": ("{file} is not a file of keys: {problem}", "{file} 不是密钥文件：{problem}"),
    "error.key_of_other_log": (
        "the keys of {file} belong to {found}, not to the log {name}",
        "{file} 的密钥属于 {found}，而不是日志 {name}",
    ),
    "error.last_key": ("{name} is the only key; add another one first", "{name} 是唯一的密钥；请先添加另一个"),
    "error.bad_memory": (
        "{file} is not the memory of a signer: {problem}",
        "{file} 不是签名者的记忆文件：{problem}",
    ),
    "error.bad_checkpoint": ("{file} is not a checkpoint that can be used: {problem}", "{file} 不是检查点：{problem}"),
    "error.bad_request": ("not a request to a witness: {problem}", "不是对见证者的请求：{problem}"),
    "error.witnessed": (
        "the last checkpoint that was cosigned is of size {size}, not {old}; ask with "
        "`workflow audit consistency {size}`",
        "最近联署的检查点大小为 {size} 而不是 {old}；请用 `workflow audit consistency {size}` 重新请求",
    ),
    "error.bad_stamp": ("{file} is not a time stamp that can be read: {problem}", "{file} 不是可读的时间戳：{problem}"),
    "error.no_extra": (
        "this needs the extra `{name}`: pip install 'proposal-workflow[{name}]'",
        "此功能需要附加组件 `{name}`：pip install 'proposal-workflow[{name}]'",
    ),
    "error.nothing_lost": (
        "the log still extends the checkpoint of size {size}: nothing was lost",
        "日志仍是大小 {size} 的检查点的延续：没有丢失",
    ),
    "error.bad_receipt": ("{file} is not a receipt: {problem}", "{file} 不是回执：{problem}"),
    "error.bad_policy": ("{file} is not a policy: {problem}", "{file} 不是策略：{problem}"),
    "error.leased": (
        "another one is sealing, until {until} at the latest; try again",
        "另一进程正在封存，最迟至 {until}；请重试",
    ),
    "error.lease_lost": (
        "another one went on with the sealing; nothing of this batch was written, try again",
        "封存已由另一进程接手；本批未写入，请重试",
    ),
    "error.signed_otherwise": (
        "the tree of size {size} was signed already, with another note; run `workflow audit verify`",
        "大小 {size} 的树已有不同的签名；请运行 `workflow audit verify`",
    ),
}
