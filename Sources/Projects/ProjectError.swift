public import Platform

/// Why a project's own file tells nothing.
public enum ProjectError: Explained, Equatable {
    /// It is not what its name says.
    case unreadable(path: String, reason: String)
    /// Nothing in it says what starts the program.
    case noStart(path: String)
    /// What is said to start the program is nothing that systemd could start.
    case badStart(place: String, reason: String)
    /// The disk refused.
    case system(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .unreadable(let path, let reason):
            Explanation(reason, at: path, hint: "correct that file, or move it out of the folder")
        case .noStart(let path):
            Explanation(
                "does not say what starts the program", at: path,
                hint: "say it, as in --start 'node server.js', or put a unit file into the folder")
        case .badStart(let place, let reason):
            Explanation(
                reason, at: place,
                hint:
                    "say what starts it, as in --start 'node server.js'; what needs a shell goes into a script of the "
                    + "folder: --start ./start.sh")
        case .system(let error): error.explanation
        }
    }
}
