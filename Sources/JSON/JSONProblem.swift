/// What makes a text no JSON.
public enum JSONProblem: Sendable, Equatable {
    /// Something is expected, and something else stands there.
    case expected(String, found: JSONCharacter)
    /// A character that only looks like one of JSON's, and what to write instead.
    case confusable(JSONCharacter, instead: String)
    /// A bracket is never closed; the line where it was opened, if that is known.
    case unclosed(String, line: Int?)
    /// A comma before a closing bracket.
    case commaBefore(String)
    /// A name without quotes.
    case bareName
    /// A text without quotes.
    case bareString
    /// `true`, `false` or `null` in other letters.
    case notLowerCase(String)
    /// Digits and signs that are no number.
    case notANumber
    /// A comment.
    case comment
    /// Single quotes.
    case singleQuotes
    /// A string that does not end, in the text or in its line.
    case unclosedString, lineBreakInString
    /// A control character in a string.
    case controlCharacter(UInt8)
    /// A backslash before something that needs none.
    case unknownEscape
    /// `\u` without four digits.
    case badUnicodeEscape
    /// Half of a surrogate pair.
    case loneSurrogate
    /// Bytes in a string that are no UTF-8.
    case notUTF8
    /// The text begins with a byte order mark.
    case byteOrderMark
    /// The text is UTF-16.
    case utf16
    /// Two members of an object have the same name.
    case duplicateName(String)
    /// Nested deeper than ``JSONReader/depthLimit``.
    case tooDeep
    /// More bytes than were allowed.
    case tooLong

    /// In words.
    public var words: String {
        switch self {
        case .expected(let what, let found): "expected \(what), found \(found)"
        case .confusable(let character, let instead): "unexpected \(character); \(instead)"
        case .unclosed(let bracket, let line):
            "expected \"\(bracket)\" to close what was opened\(line.map { " on line \($0)" } ?? "")"
                + ", found the end of the file"
        case .commaBefore(let bracket): "a comma stands before the closing \"\(bracket)\""
        case .bareName: "expected a field name in double quotes"
        // The word itself may be a secret whose quotes were forgotten.
        case .bareString: "expected a value; a string needs double quotes"
        case .notLowerCase(let word): "expected \(word), which is written in lower case"
        case .notANumber: "this is not a number as JSON writes it"
        case .comment: "JSON has no comments"
        case .singleQuotes: "strings need double quotes"
        case .unclosedString: "the string is never closed"
        case .lineBreakInString: "the string is not closed on its line; a line break in it is written \\n"
        case .controlCharacter(let byte):
            "a control character in a string is written \(JSONCharacter.escaped(UnicodeScalar(byte)))"
        case .unknownEscape: "unknown escape; a backslash is written \\\\"
        case .badUnicodeEscape: "\\u takes four hexadecimal digits"
        case .loneSurrogate: "half a surrogate pair stands alone"
        case .notUTF8: "the string is not valid UTF-8"
        case .byteOrderMark: "the file starts with a byte order mark; save it as UTF-8 without one"
        case .utf16: "the file is UTF-16; save it as UTF-8"
        case .duplicateName(let name): "\"\(JSONPath.text([name]))\" stands twice in one object"
        case .tooDeep: "nested more than \(JSONReader.depthLimit) levels deep"
        case .tooLong: "a part of it is larger than any needs to be"
        }
    }
}

/// A problem and where it is.
public struct JSONMistake: Sendable, Equatable {
    /// What is wrong.
    public let problem: JSONProblem
    /// Byte offset from 0.
    public let offset: Int
}
