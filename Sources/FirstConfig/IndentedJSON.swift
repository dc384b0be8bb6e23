internal import JSON

/// JSON for people: in the order in which it is said, indented.
indirect enum IndentedJSON {
    case text(String)
    case number(Int64)
    case list([IndentedJSON])
    case object([(name: String, value: IndentedJSON)])

    /// Ends with a line's end.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, depth: 0)
        return bytes + [UInt8(ascii: "\n")]
    }

    private func write(to bytes: inout [UInt8], depth: Int) {
        switch self {
        case .text(let text): JSONText.append(text, to: &bytes)
        case .number(let number): bytes += "\(number)".utf8
        case .list(let elements):
            bytes += "[".utf8
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes += ", ".utf8 }
                element.write(to: &bytes, depth: depth)
            }
            bytes += "]".utf8
        case .object(let members):
            let indent = String(repeating: "  ", count: depth)
            bytes += "{".utf8
            for (index, member) in members.enumerated() {
                bytes += "\(index > 0 ? "," : "")\n\(indent)  ".utf8
                JSONText.append(member.name, to: &bytes)
                bytes += ": ".utf8
                member.value.write(to: &bytes, depth: depth + 1)
            }
            bytes += "\n\(indent)}".utf8
        }
    }
}
