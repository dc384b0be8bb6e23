/// The text of a unit file, as systemd.syntax(7) reads it.
public struct UnitText: Sendable {
    /// `KEY=VALUE` in a section.
    package struct Assignment: Sendable, Equatable {
        package let line: Int
        package let section: String
        package let key: String
        package let value: String
    }

    package let assignments: [Assignment]
    /// Section names with the lines they begin on.
    package let sections: [(name: String, line: Int)]
    /// What is no line of a unit file.
    package let strayLines: [UnitMistake]

    /// Reads a text; a line that is none of a unit file's goes to the mistakes.
    public init(_ text: String) {
        var reader = Reader()
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            reader.take(Substring(line), number: index + 1)
        }
        reader.finish()
        assignments = reader.assignments
        sections = reader.sections
        strayLines = reader.mistakes
    }

    /// The values of a key, without those that an empty one took back.
    public func values(_ key: String, in section: String) -> [String] {
        set(key, in: section).map(\.value)
    }

    /// `Type=` of a service, or what systemd takes without it.
    public var serviceType: String {
        if let given = values("Type", in: "Service").last { return given }
        if !values("BusName", in: "Service").isEmpty { return "dbus" }
        return values("ExecStart", in: "Service").isEmpty ? "oneshot" : "simple"
    }

    /// A value that systemd takes for true, whatever the case of its letters (parse-util.c, `parse_boolean`).
    package static func isTrue(_ value: String) -> Bool {
        ["1", "yes", "y", "true", "t", "on"].contains(value.lowercased())
    }

    package func isTrue(_ key: String, in section: String) -> Bool {
        values(key, in: section).last.map(Self.isTrue) ?? false
    }

    /// It is a service that does its work once and is inactive then.
    public var endsByItself: Bool {
        has("Service") && serviceType == "oneshot" && !isTrue("RemainAfterExit", in: "Service")
    }

    /// It has nothing to enable: it starts by what wants it.
    public var isStatic: Bool {
        ["Alias", "WantedBy", "RequiredBy", "UpheldBy", "Also"].allSatisfy { values($0, in: "Install").isEmpty }
    }

    /// The unit that a timer, socket or path of this text starts; by its name unless it says otherwise.
    public func started(by unit: UnitName) -> String? {
        let key =
            switch unit.suffix {
            case ".timer": (name: "Unit", section: "Timer")
            case ".path": (name: "Unit", section: "Path")
            case ".socket": (name: "Service", section: "Socket")
            default: (name: "", section: "")
            }
        if key.name.isEmpty { return nil }
        return values(key.name, in: key.section).last ?? "\(unit.stem).service"
    }

    /// The section is there.
    public func has(_ section: String) -> Bool { sections.contains { $0.name == section } }

    func set(_ key: String, in section: String) -> [Assignment] {
        var found: [Assignment] = []
        for assignment in assignments where assignment.section == section && assignment.key == key {
            if assignment.value.isEmpty { found = [] } else { found.append(assignment) }
        }
        return found
    }
}

/// A mistake in a unit's text.
public struct UnitMistake: Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    /// What is wrong there.
    public let words: String
    /// systemd refuses the whole unit; otherwise it goes on without this line.
    public let isFatal: Bool

    init(line: Int, words: String, isFatal: Bool = true) {
        self.line = line
        self.words = words
        self.isFatal = isFatal
    }

    /// `line 3: words`.
    public var description: String { "line \(line): \(words)" }
}

/// Puts lines together that go on after a backslash.
private struct Reader {
    var assignments: [UnitText.Assignment] = []
    var sections: [(name: String, line: Int)] = []
    var mistakes: [UnitMistake] = []
    private var pending = ""
    private var began = 0

    init() {}

    mutating func take(_ line: Substring, number: Int) {
        let text = line.trimmed
        let isComment = text.utf8.first == UInt8(ascii: "#") || text.utf8.first == UInt8(ascii: ";")
        // A comment between lines that go on is no part of them.
        if isComment { return }
        if pending.isEmpty { began = number }
        // An odd number of backslashes at the end: the last one is not escaped itself.
        let backslashes = line.utf8.reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        if backslashes % 2 == 1 {
            pending += line.dropLast() + " "
            return
        }
        let whole = pending + line
        pending = ""
        read(Substring(whole).trimmed)
    }

    mutating func finish() {
        if !pending.isEmpty { read(Substring(pending).trimmed) }
    }

    private mutating func read(_ text: Substring) {
        guard let first = text.utf8.first else { return }
        if first == UInt8(ascii: "[") {
            guard text.utf8.last == UInt8(ascii: "]") else {
                return complain("the section's name has no closing bracket", isFatal: true)
            }
            sections.append((String(text.dropFirst().dropLast()), began))
            return
        }
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            return complain("there is no \"=\" in it")
        }
        let key = String(text[..<equals].trimmed)
        if key.isEmpty { return complain("there is no name before \"=\"") }
        guard let section = sections.last?.name else { return complain("\(key)= stands before any section") }
        assignments.append(
            UnitText.Assignment(
                line: began, section: section, key: key, value: String(text[text.utf8.index(after: equals)...].trimmed))
        )
    }

    private mutating func complain(_ words: String, isFatal: Bool = false) {
        mistakes.append(UnitMistake(line: began, words: words, isFatal: isFatal))
    }
}

extension Substring {
    /// Without white space around it, as systemd sees white space.
    package var trimmed: Substring {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0d }
        let head = utf8.drop(while: isSpace)
        guard let end = head.lastIndex(where: { !isSpace($0) }) else { return self[endIndex...] }
        return self[head.startIndex...end]
    }
}
