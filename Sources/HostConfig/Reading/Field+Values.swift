import Digests
import JSON
import Platform

/// Values of the kinds that several parts of the config have.
extension Field {
    func address(_ purpose: WebAddress.Purpose) -> WebAddress? {
        guard let text = string("a URL") else { return nil }
        do throws(WebAddressError) {
            return try WebAddress(text, for: purpose)
        } catch {
            switch error {
            case .malformed: refuse(.badURL, "expected a complete URL: scheme, host and path, and no fragment")
            case .path: refuse(.badURL, "expected a path without \".\", \"..\" and needless slashes after \"file://\"")
            case .scheme(let purpose): refuse(.badURL, "expected a URL with \(purpose.words)")
            }
            return nil
        }
    }

    func digest() -> Digest? {
        parsed(.badDigest, "64 (SHA-256) or 128 (SHA-512) hexadecimal digits") { Digest(published: $0) }
    }

    /// A digest that must be of the one algorithm.
    func sha256() -> Digest? {
        parsed(.badDigest, "64 hexadecimal digits (SHA-256)") { text in
            Digest(published: text).flatMap { $0.algorithm == .sha256 ? $0 : nil }
        }
    }

    /// The length of a file in bytes.
    func byteCount() -> Int? { integer(1...1 << 50) }

    func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return parsed(.badValue, "one of \(names)") { Choice(rawValue: $0) }
    }

    /// Reads a string, or where one is to be had: `{"file": …}`, `{"hub": …}`.
    func secret(allowingEmpty: Bool = false) -> Secret? {
        let expected = "a string, {\"file\": PATH}, {\"environment\": NAME}, {\"credential\": NAME} or {\"hub\": NAME}"
        if case .object = value.kind {
            let places = ["file", "environment", "credential", "hub"]
            guard let fields = fields(places) else { return nil }
            // What stands there may be the secret itself, put in the wrong place.
            let given = places.compactMap { name in
                fields[name].map { (name, $0.withoutQuoting) }
            }
            guard let (name, field) = given.first, given.count == 1 else {
                fields.contradiction(
                    at: nil, "expected exactly one of \"file\", \"environment\", \"credential\" and \"hub\"")
                return nil
            }
            switch name {
            case "file": return field.absolutePath().map { Secret(.file($0)) }
            case "environment": return field.name(.variable).map { Secret(.environment($0)) }
            case "hub": return field.name(.hubSecret).map { Secret(.hub($0)) }
            default: return field.name(.credential).map { Secret(.credential($0)) }
            }
        }
        guard let text = string(expected) else { return nil }
        guard allowingEmpty || !text.isEmpty, !text.utf8.contains(where: { $0 == 0x0a || $0 == 0x0d }) else {
            refuse(.badValue, "expected one line of text")
            return nil
        }
        return Secret(literal: text)
    }
}
