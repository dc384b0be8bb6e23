internal import Glibc

/// A path or a name as the kernel has it: any bytes but NUL, compared byte by byte.
///
/// Strings are equal when they look alike, and their characters may hide a slash behind a combining mark; to the kernel
/// `é` and `e` with an accent are two files, and a name need be no UTF-8 at all.
public struct PathBytes: Sendable, Hashable {
    /// The bytes themselves.
    public let bytes: [UInt8]

    private static let slash = UInt8(ascii: "/")

    /// Takes bytes as they are, up to the first NUL.
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes.prefix { $0 != 0 }) }

    /// Takes bytes as they are, up to the first NUL.
    public init(_ bytes: [UInt8]) { self.bytes = bytes.contains(0) ? Array(bytes.prefix { $0 != 0 }) : bytes }

    /// Copies bytes as they are, up to the first NUL: without a call for each of them.
    public init(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, let end = memchr(start, 0, bytes.count) else {
            self.bytes = Array(bytes)
            return
        }
        self.bytes = Array(bytes[..<(UnsafeRawPointer(end) - start)])
    }

    /// Copies bytes as they are, up to the first NUL.
    public init(_ bytes: ArraySlice<UInt8>) { self = bytes.withUnsafeBytes { PathBytes($0) } }

    /// Takes a string's UTF-8, up to the first NUL.
    public init(_ text: String) { self.init(text.utf8) }

    /// Copies what C calls a string.
    public init(cString: UnsafePointer<CChar>) {
        bytes = Array(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }

    /// The same bytes as a string; nil when they are no UTF-8.
    public var string: String? { String(validating: bytes, as: UTF8.self) }

    /// For people to read: bytes that are no UTF-8, and control characters, are written as `\xE9`.
    public var shown: String {
        if bytes.allSatisfy({ (0x20..<0x7f).contains($0) }) { return String(decoding: bytes, as: UTF8.self) }
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            // A scalar has four bytes at most.
            let length = (1...4).first { String(validating: rest.prefix($0), as: UTF8.self) != nil && $0 <= rest.count }
            if let length, first >= 0x20, first != 0x7f {
                text += String(decoding: rest.prefix(length), as: UTF8.self)
            } else {
                text += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16, uppercase: true)
            }
            rest = rest.dropFirst(length ?? 1)
        }
        return text
    }

    /// All bytes at once: an array's own way would feed them one by one.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(bytes.count)
    }

    // MARK: Parts

    /// What stands between its slashes; empty parts are left out.
    public var parts: [PathBytes] { bytes.split(separator: Self.slash).map { PathBytes(bytes: Array($0)) } }

    /// What stands behind its last slash.
    public var name: PathBytes {
        PathBytes(bytes: bytes.lastIndex(of: Self.slash).map { Array(bytes[($0 + 1)...]) } ?? bytes)
    }

    /// Its first byte is a slash.
    public var isAbsolute: Bool { bytes.first == Self.slash }

    /// A path below this one; this one empty, the other path alone.
    public func appending(_ other: PathBytes) -> PathBytes {
        if bytes.isEmpty { return other }
        var all: [UInt8] = []
        all.reserveCapacity(bytes.count + 1 + other.bytes.count)
        all += bytes
        all.append(Self.slash)
        all += other.bytes
        return PathBytes(bytes: all)
    }

    /// Parts with slashes between them.
    public static func joined(_ parts: some Sequence<PathBytes>) -> PathBytes {
        PathBytes(bytes: Array(parts.lazy.map(\.bytes).joined(separator: [slash])))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Calls

    /// Calls what takes a C string and returns -1 with errno; the answer is what it returned, or `-errno`.
    public func call(_ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { text in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(text).copyMemory(from: $0) }
            text[bytes.count] = 0
            guard let start = text.baseAddress else { return -EFAULT }
            let value = body(UnsafePointer(start))
            let code = errno
            return value < 0 ? -code : value
        }
    }
}

extension PathBytes: ExpressibleByStringLiteral {
    /// A path that is written in the source.
    public init(stringLiteral text: String) { self.init(text) }
}

extension DefaultStringInterpolation {
    /// Not meant to be called: deprecated so that the compiler tells of every place where a path would become text unseen.
    @available(*, deprecated, message: "a path need be no text: say .shown for people, .string or .appending for calls")
    public mutating func appendInterpolation(_ path: PathBytes) { appendInterpolation(path.shown) }
}

extension PathBytes: Comparable {
    /// The order of the bytes.
    public static func < (left: PathBytes, right: PathBytes) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
