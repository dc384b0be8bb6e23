/// What a user may do at the hub.
public enum UserRole: String, Sendable, CaseIterable {
    /// Reads what hosts told.
    case viewer
    /// Reads the audit log too.
    case `operator`

    func includes(_ other: UserRole) -> Bool { self == .operator || other == .viewer }
}

/// A user's name, safe in headers and lines.
public struct UserName: Sendable, Hashable {
    /// The name.
    public let text: String

    /// Takes 1 to 128 letters, digits, `.`, `_`, `-`, `@`, `+`, the first a letter or digit.
    public init(_ text: String) throws(HubError) {
        guard SafeName.isValid(text, alsoIn: "._-@+") else { throw .badUserName(text) }
        self.text = text
    }
}

/// Who asks.
struct Requester: Sendable, Equatable {
    /// How that is known.
    enum Way: String, Sendable {
        /// By nothing: there are no users, and it is somebody on this machine.
        case open
        case session, token, proxy
    }

    let name: String
    let role: UserRole
    let way: Way

    static let anybody = Requester(name: "", role: .viewer, way: .open)
}
