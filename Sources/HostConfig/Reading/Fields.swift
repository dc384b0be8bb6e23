import JSON

/// The members of an object.
struct Fields {
    /// The object itself.
    let whole: Field
    private let members: [String: Field]

    init(whole: Field, members: [String: Field]) {
        self.whole = whole
        self.members = members
    }

    subscript(_ name: String) -> Field? { members[name] }

    /// The field, whose absence is reported.
    func required(_ name: String) -> Field? {
        if members[name] == nil && !whole.findings.isIncomplete {
            whole.refuse(.missingField, "missing field \"\(name)\"")
        }
        return members[name]
    }

    /// Reports fields that contradict each other, at `field`.
    func contradiction(at field: Field?, _ message: @autoclosure () -> String) {
        if !whole.findings.isIncomplete { (field ?? whole).refuse(.contradiction, message()) }
    }
}

extension Field {
    /// The members of an object that may have these and no others.
    func fields(_ known: [String], expected: @autoclosure () -> String = "an object") -> Fields? {
        guard let entries = entries(expected()) else { return nil }
        for entry in entries where !known.contains(entry.name) {
            findings.add(.unknownField, at: entry.offset, path: path, Self.unknown(entry.name, among: known))
        }
        return Fields(whole: self, members: Dictionary(entries.map { ($0.name, $0.field) }) { first, _ in first })
    }

    private static func unknown(_ name: String, among known: [String]) -> String {
        let suggestion = NearestName.suggestion(for: name, among: known)
        return "unknown field \(Quoting.quote(name))\(suggestion)"
    }

    /// The members of an object whose names are the user's to choose, in the file's order.
    func entries(_ expected: @autoclosure () -> String) -> [(name: String, offset: Int, field: Field)]? {
        guard case .object(let members) = value.kind else {
            mismatch(expected())
            return nil
        }
        return members.map { member in
            (member.name, member.offset, Field(value: member.value, path: child(member.name), findings: findings))
        }
    }

    private func child(_ name: String) -> String {
        let isPlain = !name.isEmpty && name.utf8.count <= Quoting.limit && ByteSet.label.covers(name)
        let step = isPlain ? name : "[\(Quoting.quote(name))]"
        return path.isEmpty || !isPlain ? path + step : "\(path).\(step)"
    }

    /// Reports, in this value and all beneath it, names that stand twice in one object.
    func reportDuplicates() {
        switch value.kind {
        case .array(let values):
            for (index, value) in values.enumerated() {
                Field(value: value, path: "\(path)[\(index)]", findings: findings).reportDuplicates()
            }
        case .object(let members):
            var firsts: [ByteKey: Int] = [:]
            for member in members {
                if let first = firsts[ByteKey(member.name)] {
                    let line = findings.text.position(of: first).line
                    findings.add(
                        .duplicateField, at: member.offset, path: path,
                        "duplicate field \(Quoting.quote(member.name)), first given on line \(line)")
                } else {
                    firsts[ByteKey(member.name)] = member.offset
                }
                Field(value: member.value, path: child(member.name), findings: findings).reportDuplicates()
            }
        default: break
        }
    }
}
