public import Platform

/// JSON that cannot be read, or does not say what it has to.
public enum JSONError: Explained, Equatable {
    /// It is no JSON.
    case malformed(JSONProblem, JSONPosition)
    /// A value is not what it has to be; its path is like `steps[0].id`, and empty for the whole.
    case value(JSONMismatch, path: String, JSONPosition?)
    /// Its file cannot be read.
    case unreadable(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .malformed(let problem, let position):
            Explanation(
                problem.words, at: "\(position)", hint: "write it as RFC 8259 has it; python3 -m json.tool FILE helps")
        case .value(let mismatch, let path, let position):
            Explanation(
                mismatch.words(path), at: position.map { "\($0)" },
                hint: "correct that value, or let the program that wrote the file write it anew")
        case .unreadable(let error): error.explanation
        }
    }
}

/// Why a value is not what it has to be.
public enum JSONMismatch: Sendable, Equatable {
    /// There is none of that name.
    case missing
    /// It is a text where a number is wanted, and the like.
    case wrongType
    /// The format has no field of that name.
    case unknown
    /// It is of the right type, but can be no such value.
    case invalid

    func words(_ path: String) -> String {
        let name = path.isEmpty ? "the whole" : "\"\(path)\""
        return switch self {
        case .missing: "\(name) is missing"
        case .wrongType: "\(name) has the wrong type"
        case .unknown: "\(name) is no field of it"
        case .invalid: "\(name) is not valid"
        }
    }
}
