public import Platform

/// Reads JSON as RFC 8259 has it, and nothing laxer, value by value.
///
/// What is read lies in memory, or in a file of any length, of which only a window is held. Every function throws
/// ``JSONError`` with line and column. `JSONNode.survey(_:)` reads with the same grammar, but goes on after mistakes.
public struct JSONReader: ~Copyable {
    /// Deeper nesting is refused: a host's config needs six levels.
    public static let depthLimit = 32

    /// Nobody mends more mistakes at once.
    private static let mostMistakes = 1000

    /// What is held of the text; for one in memory all of it.
    var bytes: [UInt8]
    /// Where in the window the next byte stands.
    var at = 0
    /// Where the window ends, or what may be read does.
    var end: Int
    /// The window keeps what stands from here on.
    var mark = Int.max
    /// What the last string says, if it holds escapes.
    var unescaped: [UInt8] = []
    /// Where the content of the last string stands in the window.
    var content = 0..<0
    var hasEscapes = false

    private let input: JSONInput?
    /// The offset of the window's first byte, and the place where it stands.
    private var base = 0
    private var basePosition = JSONPosition(line: 1, column: 1)
    private var isAtStart = true
    /// The offset of the last comma, and its place once the window has left it behind.
    var comma = 0
    private var commaPosition = JSONPosition(line: 1, column: 1)
    /// The offset up to which may be read.
    private var limit = Int.max

    /// The objects and arrays that were begun and have not ended.
    var open: [Container] = []
    /// The names of all open objects, for finding those that stand twice.
    var names: [String] = []
    /// The name that was read last; nil when it was diagnosed.
    var lastName: String?
    var lastNameOffset = 0

    /// Goes on after a mistake, and collects them.
    let recovers: Bool
    private(set) var mistakes: [JSONMistake] = []
    private(set) var hasStopped = false

    /// An object or array that is being read.
    struct Container {
        let isObject: Bool
        let offset: Int
        /// How many elements were begun.
        var count = 0
        /// The name of the member that was begun last.
        var name = ""
        /// Where its names begin in `names`.
        let firstName: Int
        /// Its names, once there are many.
        var manyNames: Set<ByteKey>?
    }

    /// Reads what lies in memory.
    public init(_ bytes: [UInt8]) { self.init(bytes, from: nil, recovers: false) }

    init(recovering bytes: [UInt8]) { self.init(bytes, from: nil, recovers: true) }

    private init(_ bytes: [UInt8], from input: JSONInput?, recovers: Bool) {
        self.bytes = bytes
        self.input = input
        self.recovers = recovers
        end = bytes.count
    }

    /// Reads a file as it goes; a link is refused.
    ///
    /// Blocks, as all reading from it does.
    public static func file(_ path: String) throws(SystemCallError) -> JSONReader {
        try file(path, window: 1 << 16)
    }

    /// Reads so many bytes at once.
    package static func file(_ path: String, window: Int) throws(SystemCallError) -> JSONReader {
        JSONReader([], from: try JSONInput(path, window: window), recovers: false)
    }

    /// The offset of the byte that is read next, from 0.
    public var offset: Int { base + at }

    /// Allows so many bytes more, whatever was allowed before: what is longer is refused.
    public mutating func allow(_ count: Int) {
        limit = offset + count
        end = min(bytes.count, limit - base)
    }

    // MARK: Bytes

    /// The byte to be read next; nil at the end.
    @inline(__always)
    mutating func next() throws(JSONError) -> UInt8? {
        if at < end { return bytes[at] }
        return try readMore() ? bytes[at] : nil
    }

    /// Has `count` bytes in the window from `at` on, unless the text ends before.
    mutating func look(ahead count: Int) throws(JSONError) -> ArraySlice<UInt8> {
        while end - at < count {
            guard try readMore() else { break }
        }
        return bytes[at..<min(end, at + count)]
    }

    private mutating func readMore() throws(JSONError) -> Bool {
        guard end == bytes.count else { throw .malformed(.tooLong, position(of: base + end)) }
        guard let input else { return false }
        let gone = min(mark, at)
        if (base..<(base + gone)).contains(comma) { commaPosition = position(of: comma) }
        basePosition.advance(over: bytes[..<gone])
        bytes.removeSubrange(..<gone)
        (base, at) = (base + gone, at - gone)
        if mark != .max { mark -= gone }
        do throws(SystemCallError) {
            let isMore = try input.append(to: &bytes)
            end = min(bytes.count, limit - base)
            return isMore
        } catch {
            throw .unreadable(error)
        }
    }

    /// Reads over the byte if it is the one that comes next.
    mutating func take(_ byte: UInt8) throws(JSONError) -> Bool {
        guard try next() == byte else { return false }
        at += 1
        return true
    }

    /// Reads over white space; over comments and what only looks like white space too, which are mistakes.
    mutating func skipSpace() throws(JSONError) {
        if isAtStart { try begin() }
        while let byte = try next() {
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d: at += 1
            case UInt8(ascii: "/"), UInt8(ascii: "#"):
                guard try skipComment() else { return }
            case 0x80...:
                guard try mendConfusable() else { return }
            default: return
            }
        }
    }

    private mutating func begin() throws(JSONError) {
        isAtStart = false
        let start = try look(ahead: 3)
        if start.elementsEqual([0xef, 0xbb, 0xbf]) {
            try report(.byteOrderMark, at: 0)
            at = 3
        } else if start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) {
            try stop(.utf16, at: 0)
        }
    }

    // MARK: Mistakes

    /// Throws, or notes the mistake when it goes on after them; a second one at the same place is but an echo.
    mutating func report(_ problem: JSONProblem, at offset: Int) throws(JSONError) {
        guard recovers else { throw .malformed(problem, position(of: offset)) }
        guard !hasStopped, mistakes.count < Self.mostMistakes, mistakes.last?.offset != offset else { return }
        mistakes.append(JSONMistake(problem: problem, offset: offset))
    }

    mutating func stop(_ problem: JSONProblem, at offset: Int) throws(JSONError) {
        try report(problem, at: offset)
        giveUp()
    }

    /// Reads no further; a mistake says why already.
    mutating func giveUp() {
        hasStopped = true
        at = end
    }

    /// What stands there, for a diagnostic.
    mutating func found() throws(JSONError) -> JSONCharacter { JSONCharacter(try look(ahead: 4)) }

    func position(of offset: Int) -> JSONPosition {
        if offset < base, offset == comma { return commaPosition }
        var position = basePosition
        position.advance(over: bytes[..<min(max(0, offset - base), bytes.count)])
        return position
    }

    /// The line of an offset; nil when it is no longer held.
    func line(of offset: Int) -> Int? { offset < base ? nil : position(of: offset).line }

    /// The error of the value that is read now.
    ///
    /// `name` is that of a member of it; `start` is where it stands, here unless given.
    public func mismatch(_ mismatch: JSONMismatch, of name: String? = nil, at start: Int? = nil) -> JSONError {
        let steps: [String] = open.map { $0.isObject ? $0.name : "[\($0.count - 1)]" }
        return .value(mismatch, path: JSONPath.text(steps + (name.map { [$0] } ?? [])), position(of: start ?? offset))
    }
}
