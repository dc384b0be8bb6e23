/// Which of two versions is the older one, by the precedence of Semantic Versioning 2.0.0 (https://semver.org, 11), for any
/// number of parts: `1.9 < 1.10 < 2.0-rc.1 < 2.0 = 2.0.0`, and what follows a `+` is no matter.
public struct VersionOrder: Comparable {
    private let core: [Part]
    private let preRelease: [Part]

    private enum Part: Equatable {
        case number(String), word(String)

        init(_ text: Substring) {
            let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            // Without leading zeros, longer is larger: no number is too large.
            self = isNumber ? .number(String(text.drop { $0 == "0" })) : .word(String(text))
        }

        static let zero = Part.number("")

        func precedes(_ other: Part) -> Bool {
            switch (self, other) {
            case (.number(let left), .number(let right)):
                left.utf8.count == right.utf8.count ? left < right : left.utf8.count < right.utf8.count
            case (.word(let left), .word(let right)): left < right
            case (.number, .word): true
            case (.word, .number): false
            }
        }
    }

    /// Reads a version; what is none of Semantic Versioning has an order, too.
    public init(_ version: String) {
        let release = version.prefix { $0 != "+" }
        let start = release.first == "v" ? release.dropFirst() : release
        let dash = start.firstIndex(of: "-") ?? start.endIndex
        var core = start[..<dash].split(whereSeparator: { $0 == "." || $0 == "_" }).map(Part.init)
        while core.last == .zero { core.removeLast() }
        self.core = core
        preRelease = start[dash...].dropFirst().split(whereSeparator: { ".-_".contains($0) }).map(Part.init)
    }

    /// It begins with numbers alone: digests of commits and names have no order that means anything.
    var isNumbered: Bool { core.allSatisfy { if case .number = $0 { true } else { false } } }

    /// The left one is older.
    public static func < (left: VersionOrder, right: VersionOrder) -> Bool {
        for index in 0..<max(left.core.count, right.core.count) {
            let (one, other) = (left.core[safely: index] ?? .zero, right.core[safely: index] ?? .zero)
            if one != other { return one.precedes(other) }
        }
        if left.preRelease.isEmpty || right.preRelease.isEmpty {
            return !left.preRelease.isEmpty && right.preRelease.isEmpty
        }
        for (one, other) in zip(left.preRelease, right.preRelease) where one != other { return one.precedes(other) }
        return left.preRelease.count < right.preRelease.count
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
