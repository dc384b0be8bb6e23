internal import CSystemd
internal import Glibc
internal import Platform

/// One entry of the journal with fields of its own, as systemd.journal-fields(7) describes them.
public struct JournalEntry: Sendable, Equatable {
    /// How bad it is, as syslog(3) has it.
    public enum Priority: Int, Sendable {
        case error = 3
        case warning, notice, info, debug
    }

    /// One field; the name is in capitals, digits and `_`.
    public struct Field: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Its value, which may be of any length and hold any byte.
        public let value: String
    }

    /// The fields, in the order in which they were added.
    public private(set) var fields: [Field]

    /// Makes an entry with what each has; `messageID` tells the kind, 32 hexadecimal digits (sd-id128(3)).
    public init(_ message: String, id messageID: String, _ priority: Priority, identifier: String) {
        fields = [
            Field(name: "MESSAGE", value: message), Field(name: "MESSAGE_ID", value: messageID),
            Field(name: "PRIORITY", value: "\(priority.rawValue)"), Field(name: "SYSLOG_IDENTIFIER", value: identifier),
        ]
    }

    /// Adds a field; nothing when there is no value.
    public mutating func add(_ name: String, _ value: String?) {
        if let value { fields.append(Field(name: name, value: value)) }
    }

    /// There is a journal to write to.
    public static var isThere: Bool { ((try? FileStatus.of("/run/systemd/journal/socket")) ?? nil) != nil }

    /// Writes it; false when the journal did not take it.
    ///
    /// Blocks as long as the journal's queue is full. The corresponding C function is `sd_journal_sendv`.
    @discardableResult
    public func write() -> Bool {
        var bytes: [UInt8] = []
        let lengths = fields.map { field in
            let text = Array("\(field.name)=\(field.value)".utf8)
            bytes += text
            return text.count
        }
        return bytes.withUnsafeMutableBytes { all in
            var start = all.baseAddress
            let pieces = lengths.map { length in
                defer { start = start.map { $0 + length } }
                return iovec(iov_base: start, iov_len: length)
            }
            return sd_journal_sendv(pieces, Int32(pieces.count)) >= 0
        }
    }
}
