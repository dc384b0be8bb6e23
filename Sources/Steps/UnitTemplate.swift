/// Fills in the `@NAME@` places of a unit file that comes in a bundle.
struct UnitTemplate {
    /// What each name stands for.
    let values: [String: String]

    /// The text with every known name replaced.
    ///
    /// A name is capital letters and underscores between two @; anything else, such as a mail address, stays.
    func fill(_ text: String) throws(UnknownPlace) -> String {
        var result = ""
        var rest = Substring(text)
        while let at = rest.firstIndex(of: "@") {
            result += rest[..<at]
            rest = rest[rest.index(after: at)...]
            let name = rest.prefix { ("A"..."Z").contains($0) || $0 == "_" }
            guard !name.isEmpty, rest[name.endIndex...].first == "@" else {
                result += "@"
                continue
            }
            guard let value = values[String(name)] else {
                throw UnknownPlace(name: String(name), known: values.keys.sorted())
            }
            result += value
            rest = rest[name.endIndex...].dropFirst()
        }
        return result + rest
    }

    /// A name that the host has no value for.
    struct UnknownPlace: Error, Equatable {
        let name: String
        let known: [String]
    }
}
