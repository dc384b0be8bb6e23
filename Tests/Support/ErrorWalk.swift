public import Platform

/// A place that a shell would misread, were it not quoted.
public enum AwkwardPlace {
    /// With a space, a quotation mark and a command in it.
    public static let path = "/srv/a b'$(x)"
}

/// A walk over an error type: every case of its source has an example, and each example's words are fit to be told.
public struct ErrorWalk<Failure: Explained> {
    private let file: String
    private let examples: [Failure]

    /// The type stands in `file`, as it is called beneath Sources.
    public init(_: Failure.Type, in file: String, _ examples: [Failure]) {
        self.file = file
        self.examples = examples
    }

    /// What is wrong, in words; empty when all is well.
    public var faults: [String] {
        guard let source = (try? Files.text("\(Checkout.folder)/Sources/\(file)")) ?? nil else {
            return ["there is no \(file)"]
        }
        let cases = Self.cases(in: source), shown = Set(examples.map(Self.name))
        return cases.filter { !shown.contains($0) }.map { "\(Failure.self) has no example of \($0)" }
            + examples.flatMap { example in Self.faults(of: example.explanation).map { "\(example): \($0)" } }
    }

    /// The enumeration's cases, each of which begins a line until the words for them; none of a structure.
    private static func cases(in source: String) -> [String] {
        let lines = source.byteLines.drop { !$0.contains("enum \(Failure.self): ") }
        let head = lines.prefix { !$0.contains("var explanation: Explanation") }
        return head.flatMap { line -> [String] in
            let words = line.drop { $0 == " " }
            return words.hasPrefix("case ") ? names(words.dropFirst("case ".count)) : []
        }
    }

    /// What stands between commas outside of brackets.
    private static func names(_ text: Substring) -> [String] {
        var names = [""], depth = 0, isName = true
        for character in text {
            switch character {
            case "(": (depth, isName) = (depth + 1, false)
            case ")": depth -= 1
            case "," where depth == 0:
                names.append("")
                isName = true
            case " ": break
            default: if isName, depth == 0 { names[names.count - 1].append(character) }
            }
        }
        return names.filter { !$0.isEmpty && !$0.hasPrefix(".") }
    }

    private static func name(_ example: Failure) -> String {
        Mirror(reflecting: example).children.first?.label ?? "\(example)"
    }

    // MARK: Words

    private static func faults(of words: Explanation) -> [String] {
        var faults: [String] = []
        func expect(_ holds: Bool, _ fault: String) { if !holds { faults.append("\(fault): \(words)") } }
        for (part, text) in [("problem", words.problem), ("hint", words.hint)] {
            expect(!text.isEmpty, "no \(part)")
            expect(
                text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "a \(part) of two lines")
            expect(!text.contains("…") && !text.contains(" ..."), "a \(part) with something left out")
        }
        expect(words.place?.isEmpty != true, "an empty place")
        expect(words.hint.count < 4 || !words.problem.contains(words.hint), "the hint stands in the problem, too")
        expect(words.place.map(Self.tokens(of: words.problem).contains) != true, "the place stands in the problem, too")
        let unquoted = words.hint.split(separator: ShellWord.quoted(AwkwardPlace.path)).joined()
        expect(!unquoted.contains(AwkwardPlace.path), "a shell would misread the place")
        if !words.hint.contains("as root: ") {
            for command in commands(in: words.hint) {
                let needsRoot = privileged.contains { command == $0 || command.hasPrefix("\($0) ") }
                expect(!needsRoot, "\"\(command)\" is root's to do, by sudo")
            }
        }
        return faults
    }

    /// The words of a sentence, without what stands around them.
    private static func tokens(of text: String) -> [String] {
        text.split(separator: " ").map { $0.split { ",;:\"()".contains($0) } }.filter { $0.count == 1 }
            .map { String($0[0]) }
    }

    /// What a person would type of a hint, and words besides.
    private static func commands(in hint: String) -> [String] {
        var parts = [""]
        for character in hint {
            if ";,:()|&".contains(character) { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.map { String($0.drop { $0 == " " }) }
    }

    private static var privileged: [String] {
        [
            "apt-get install", "apt-get update", "apt-get remove", "apt-get clean", "apt-mark", "dpkg --configure",
            "umount", "mount", "chown", "useradd", "groupadd", "swapoff", "wipefs", "blkid", "btrfs", "visudo",
            "systemctl start", "systemctl enable", "systemctl unmask", "systemctl daemon-reload", "fuser",
            "journalctl --vacuum-size=100M",
        ]
    }
}
