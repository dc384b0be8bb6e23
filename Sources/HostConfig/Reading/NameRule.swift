/// Which texts a kind of name admits: a set for its first character, one for the rest, and a length in bytes.
struct NameRule {
    let first: ByteSet
    let rest: ByteSet
    let length: ClosedRange<Int>
    /// What diagnostics expect: "a Linux user name (…)"; empty for what is but a part of a name.
    let expected: String

    init(_ first: StaticString, _ rest: StaticString, _ length: ClosedRange<Int>, _ expected: String = "") {
        self.first = ByteSet(first)
        self.rest = ByteSet(rest)
        self.length = length
        self.expected = expected
    }

    func admits(_ text: some StringProtocol) -> Bool {
        guard length.contains(text.utf8.count), let start = text.utf8.first else { return false }
        // By bytes: a mark behind the first letter is one character with it.
        return first.contains(start) && text.utf8.dropFirst().allSatisfy(rest.contains)
    }
}

extension NameRule {
    /// What systemd takes in `User=`.
    static let user = NameRule(
        "a-zA-Z_", "a-zA-Z0-9_-", 1...31,
        "a Linux user name (a letter or _, then letters, digits, _ or -, at most 31 characters)")
    static let host = NameRule(
        "A-Za-z0-9._-", "A-Za-z0-9._-", 1...128, "1 to 128 letters, digits, \".\", \"_\" or \"-\"")
    static let variable = NameRule(
        "A-Za-z_", "A-Za-z0-9_", 1...256, "a variable's name (a letter or _, then letters, digits or _)")
    /// systemd.exec(5): a file's name.
    static let credential = NameRule(
        "A-Za-z0-9_", "A-Za-z0-9_.-", 1...255, "a credential's name (letters, digits, \"_\", \".\" or \"-\")")
    /// A file's name, too.
    static let hubSecret = NameRule(
        "A-Za-z0-9", "A-Za-z0-9_.-", 1...64,
        "a secret's name (a letter or digit, then letters, digits, \"_\", \".\" or \"-\", at most 64)")
    static let bundle = NameRule(
        "a-z0-9", "a-z0-9-", 1...48, "a bundle's name of lower-case letters, digits and dashes, at most 48")
    /// A version is a folder's name beside the link `current`.
    static let bundleVersion = NameRule(
        "A-Za-z0-9", "A-Za-z0-9._+-", 1...128,
        "a version (a letter or digit, then letters, digits, \".\", \"_\", \"+\" or \"-\"), and not \"current\"")
    static let subvolume = NameRule(
        "A-Za-z0-9_", "A-Za-z0-9._-", 1...255,
        "a plain name (a letter, digit or _, then letters, digits, \".\", \"_\" or \"-\")")
    static let dataEntry = NameRule(
        "a-z0-9", "a-z0-9-", 1...48, "a name of lower-case letters, digits and dashes, at most 48")
    static let dataFile = NameRule(
        "A-Za-z0-9_", "A-Za-z0-9._+-", 1...200,
        "a file's name (a letter, digit or _, then letters, digits, \".\", \"_\", \"+\" or \"-\"), no path")
    /// A name or address that ssh cannot take for an option.
    static let sshHost = NameRule("A-Za-z0-9_:", "A-Za-z0-9._:%-", 1...253, "a host name or address")
    /// Debian's policy, section 5.6.1.
    static let package = NameRule("a-z0-9", "a-z0-9+.-", 2...128)
    static let packageArchitecture = NameRule("a-z0-9", "a-z0-9-", 1...32)
    static let packageVersion = NameRule("A-Za-z0-9", "A-Za-z0-9.+:~-", 1...128)
    /// `ID` of os-release(5).
    static let systemID = NameRule("a-z0-9", "a-z0-9._-", 1...64)
    /// systemd.unit(5): the part before `@` or `.service`.
    static let unit = NameRule("A-Za-z0-9:_", "A-Za-z0-9:_.\\-", 1...247)
    /// A file's name with or without `.conf`.
    static let dropIn = NameRule(
        "A-Za-z0-9_", "A-Za-z0-9._-", 1...200,
        "a drop-in's name (a letter, digit or _, then letters, digits, \".\", \"_\" or \"-\", at most 200)")
    static let sshUser = NameRule("A-Za-z0-9_", "A-Za-z0-9._-", 1...64, "a user name")
}
