import Platform

/// What the signer of a released program says of it, in the signature's trusted comment: `host-bootstrap 0.1.0, x86_64`.
struct ProgramRelease: Sendable, Equatable {
    let version: ProgramVersion
    let machine: String

    init?(_ comment: String) {
        let name = "host-bootstrap "
        let words = comment.hasFirstBytes(name) ? comment.utf8.dropFirst(name.utf8.count) : ""[...].utf8
        let parts = Substring(words).parts(at: ",")
        guard parts.count == 2, parts[1].hasFirstBytes(" "), let version = ProgramVersion(parts[0]) else { return nil }
        self.version = version
        machine = String(parts[1].dropFirst())
    }
}

/// Three numbers, such as 1.2.0.
struct ProgramVersion: Sendable, Comparable, CustomStringConvertible {
    private let numbers: [UInt32]

    init?(_ text: Substring) {
        let parts = text.parts(at: ".")
        numbers = parts.compactMap { UInt32($0) }
        guard parts.count == 3, numbers.count == 3 else { return nil }
    }

    var description: String { numbers.map(String.init).joined(separator: ".") }

    static func < (one: Self, other: Self) -> Bool { one.numbers.lexicographicallyPrecedes(other.numbers) }
}
