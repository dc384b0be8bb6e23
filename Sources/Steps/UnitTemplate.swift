/// Fills in the `@NAME@` places of a unit file that comes in a bundle.
struct UnitTemplate {
    /// What each name stands for.
    let values: [String: String]

    /// The text with every known name replaced.
    ///
    /// A name is capital letters and underscores between two @; anything else, such as a mail address, stays.
    func fill(_ text: String) throws(UnknownPlace) -> String {
        let at = UInt8(ascii: "@"), capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        var result: [UInt8] = []
        // By bytes: a combining mark behind it would make another character of the closing @.
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let letters = rest.prefix { capitals.contains($0) || $0 == UInt8(ascii: "_") }
            guard byte == at, !letters.isEmpty, rest.dropFirst(letters.count).first == at else {
                result.append(byte)
                continue
            }
            let name = String(decoding: letters, as: UTF8.self)
            guard let value = values[name] else { throw UnknownPlace(name: name, known: values.keys.sorted()) }
            result += value.utf8
            rest = rest.dropFirst(letters.count + 1)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A name that the host has no value for.
    struct UnknownPlace: Error, Equatable {
        let name: String
        let known: [String]
    }
}
