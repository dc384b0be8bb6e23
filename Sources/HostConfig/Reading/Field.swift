import JSON

/// A value of the config with its path, and where to report what is wrong with it.
///
/// Every reading function returns nil when it has reported something, or when the parser had.
struct Field {
    let value: JSONNode
    let path: String
    let findings: Findings
    /// Diagnostics may quote what was found.
    var mayQuote = true

    var withoutQuoting: Field { Field(value: value, path: path, findings: findings, mayQuote: false) }

    func refuse(_ code: Diagnostic.Code, _ message: @autoclosure () -> String) {
        findings.add(code, at: value.offset, path: path, message())
    }

    /// Reports that the value is of another kind.
    func mismatch(_ expected: @autoclosure () -> String) {
        if case .invalid = value.kind { return }
        refuse(.wrongType, "expected \(expected()), found \(value.words)")
    }

    func boolean() -> Bool? {
        guard case .boolean(let flag) = value.kind else {
            mismatch("true or false")
            return nil
        }
        return flag
    }

    /// A string without NUL, which C would take for its end.
    func string(_ expected: @autoclosure () -> String = "a string") -> String? {
        guard case .string(let text) = value.kind else {
            mismatch(expected())
            return nil
        }
        guard !text.utf8.contains(0) else {
            refuse(.badValue, "a NUL character is not allowed")
            return nil
        }
        return text
    }

    func name(_ rule: NameRule, _ code: Diagnostic.Code = .badName) -> String? {
        text(code, rule.expected) { rule.admits($0) }
    }

    /// A string that `isGood` admits; the one found is quoted if that is allowed.
    func text(
        _ code: Diagnostic.Code, _ expected: @autoclosure () -> String, where isGood: (String) -> Bool
    ) -> String? {
        guard let text = string("a string") else { return nil }
        guard isGood(text) else {
            refuse(code, "expected \(expected())\(mayQuote ? ", found \(Quoting.quote(text))" : "")")
            return nil
        }
        return text
    }

    /// A value made from a string by `make`, which knows what is good.
    func parsed<Result>(
        _ code: Diagnostic.Code, _ expected: @autoclosure () -> String, _ make: (String) -> Result?
    ) -> Result? {
        text(code, expected()) { make($0) != nil }.flatMap(make)
    }

    /// A whole number; `1.0` and `1e2` are whole, too, as in JSON Schema.
    func integer(_ range: ClosedRange<Int>) -> Int? {
        guard case .number(let digits) = value.kind else {
            mismatch("a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        guard let number = JSONNumber.whole(digits), range.contains(number) else {
            refuse(
                .outOfRange,
                "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(digits.prefix(24))")
            return nil
        }
        return number
    }

    /// The elements of an array, at least `minimum` of them.
    func elements(_ expected: @autoclosure () -> String, minimum: Int = 0) -> [Field]? {
        guard case .array(let values) = value.kind else {
            mismatch("an array of \(expected())")
            return nil
        }
        guard values.count >= minimum else {
            refuse(.outOfRange, "expected \(minimum) or more \(expected()), found none")
            return nil
        }
        return values.enumerated().map { Field(value: $1, path: "\(path)[\($0)]", findings: findings) }
    }
}
