internal import Platform

/// A path beneath a workspace that no part of leads out of it.
///
/// A name is its bytes: two spellings of `é` are two files, and a slash is one whatever stands behind it.
struct DeltaPath: Sendable {
    let text: String

    /// Refuses what could leave the workspace.
    init(_ text: String) throws(DeltaError) {
        let parts = text.parts(at: "/")
        guard text.utf8.count <= 4000, !text.utf8.contains(0),
            parts.allSatisfy({
                !$0.isEmpty && !$0.hasSameBytes(as: ".") && !$0.hasSameBytes(as: "..") && $0.utf8.count <= 255
            })
        else { throw .refused("\"\(text)\" is no path beneath the workspace") }
        self.text = text
    }

    /// A part of a path that was checked.
    private init(part: Substring) { text = String(part) }

    /// The folder that it lies in; nil at the top.
    var folder: DeltaPath? {
        text.utf8.lastIndex(of: UInt8(ascii: "/")).map { DeltaPath(part: text[..<$0]) }
    }

    /// What stands behind its last slash.
    var name: String { String(text.parts(at: "/").last ?? "") }

    /// The folders above it, outer ones first.
    var folders: [DeltaPath] {
        text.utf8.indices.filter { text.utf8[$0] == UInt8(ascii: "/") }.map { DeltaPath(part: text[..<$0]) }
    }

    /// Whether the two are one, or one lies beneath the other.
    func overlaps(_ other: DeltaPath) -> Bool {
        self == other || text.hasFirstBytes("\(other.text)/") || other.text.hasFirstBytes("\(text)/")
    }

    /// The part of it below a folder that it lies in.
    func below(_ folder: DeltaPath) -> String {
        String(decoding: text.utf8.dropFirst(folder.text.utf8.count + 1), as: UTF8.self)
    }
}

extension DeltaPath: CustomStringConvertible {
    var description: String { text }
}

extension DeltaPath: Hashable, Comparable {
    static func == (left: DeltaPath, right: DeltaPath) -> Bool { left.text.hasSameBytes(as: right.text) }
    static func < (left: DeltaPath, right: DeltaPath) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension DeltaPath: Codable {
    init(from decoder: any Decoder) throws { try self.init(try String(from: decoder)) }
    func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}
