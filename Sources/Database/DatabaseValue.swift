/// A value that a database stores.
public enum DatabaseValue: Sendable, Hashable {
    /// NULL.
    case null
    /// A whole number.
    case integer(Int64)
    /// Text, which may hold any character; NUL only in SQLite.
    case text(String)
    /// Bytes as they are.
    case blob([UInt8])

    /// NULL for nil.
    public static func text(_ text: String?) -> DatabaseValue { text.map { .text($0) } ?? .null }
    /// NULL for nil.
    public static func integer(_ number: Int64?) -> DatabaseValue { number.map { .integer($0) } ?? .null }
    /// NULL for nil.
    public static func blob(_ bytes: [UInt8]?) -> DatabaseValue { bytes.map { .blob($0) } ?? .null }
}

extension DatabaseValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// Text as written in the source.
    public init(stringLiteral text: String) { self = .text(text) }
    /// A number as written in the source.
    public init(integerLiteral number: Int64) { self = .integer(number) }
}

/// One line of a query's answer, copied out of the database.
public struct DatabaseRow: Sendable, Equatable {
    let values: [DatabaseValue]

    /// Takes the values, one a column.
    public init(_ values: [DatabaseValue]) { self.values = values }

    /// The text in a column, from 0; nil for NULL.
    public func text(_ column: Int) throws(DatabaseError) -> String? {
        switch values[column] {
        case .text(let text): return text
        case .null: return nil
        default: throw .unexpectedValue(column: column, wanted: "text")
        }
    }

    /// The number in a column, from 0; nil for NULL.
    public func integer(_ column: Int) throws(DatabaseError) -> Int64? {
        switch values[column] {
        case .integer(let number): return number
        case .null: return nil
        default: throw .unexpectedValue(column: column, wanted: "number")
        }
    }

    /// The bytes in a column, from 0; nil for NULL.
    public func blob(_ column: Int) throws(DatabaseError) -> [UInt8]? {
        switch values[column] {
        case .blob(let bytes): return bytes
        case .null: return nil
        default: throw .unexpectedValue(column: column, wanted: "bytes")
        }
    }
}
