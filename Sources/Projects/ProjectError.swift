public import Platform

/// Why a project's own file tells nothing.
public enum ProjectError: Explained, Equatable {
    /// It is not what its name says.
    case unreadable(path: String, reason: String)
    /// The disk refused.
    case system(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .unreadable(let path, let reason):
            Explanation(reason, at: path, hint: "correct that file, or move it out of the folder")
        case .system(let error): error.explanation
        }
    }
}
