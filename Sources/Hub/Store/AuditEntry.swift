internal import JSON
internal import Platform

/// One line of the audit log: who did what to whom, from where.
struct AuditEntry: Sendable, Equatable {
    /// What is written down.
    enum Act: String, Sendable, CaseIterable {
        case hostAdded = "host_added", configChanged = "config_changed", configSigned = "config_signed", hostRemoved =
            "host_removed"
        case tokenIssued = "token_issued", tokensRotated = "tokens_rotated", tokensRevoked = "tokens_revoked"
        case joinTokenIssued = "join_token_issued", hostJoined = "host_joined", configFetched = "config_fetched"
        case keyAdded = "key_added", keyRevoked = "key_revoked", artifactAdded = "artifact_added"
        case labelsChanged = "labels_changed"
        case secretSet = "secret_set", secretRemoved = "secret_removed", secretFetched = "secret_fetched"
        case rolloutStarted = "rollout_started", rolloutPaused = "rollout_paused", rolloutResumed = "rollout_resumed"
        case rolloutAborted = "rollout_aborted", rolloutHalted = "rollout_halted", rolloutDone = "rollout_done"
        case waveBegun = "wave_begun"
        case userAdded = "user_added", userChanged = "user_changed", userRemoved = "user_removed"
        case loggedIn = "logged_in", loggedOut = "logged_out"
        case tokenRefused = "token_refused", joinRefused = "join_refused", logInRefused = "log_in_refused"

        /// A stranger can bring it about.
        var isRefusal: Bool {
            switch self {
            case .tokenRefused, .joinRefused, .logInRefused: true
            default: false
            }
        }
    }

    var time = Timestamp.now()
    /// A user of this machine for the commands, a host, or the hub itself.
    let actor: String
    let act: Act
    /// The host, user, workspace, secret or roll-out that it was done to.
    let subject: String
    /// Where a request came from; nil for the commands.
    var address: String?
    /// How often within the hour, if it was repeated.
    var times: Int64 = 1

    var json: JSONValue {
        .object([
            "time": .string(time.rfc3339), "actor": .string(actor), "action": .string(act.rawValue),
            "subject": .string(subject), "address": .optional(address), "count": .integer(times),
        ])
    }
}

/// Who runs this process.
enum LocalActor {
    /// The user's name, and for whom by sudo(8).
    static let name: String = {
        let user = nameOfUser(Account.realUser)
        guard Account.realUser == 0, let other = ProcessStart.environment("SUDO_USER") else { return user }
        return "\(other) as \(user)"
    }()

    /// Asked of the file alone: who is known elsewhere is called by number.
    private static func nameOfUser(_ number: UInt32) -> String {
        let text = (try? Files.text("/etc/passwd")) ?? nil
        let lines = (text ?? "").byteLines.map { $0.parts(at: ":") }
        return lines.first { $0.count > 2 && $0[2] == "\(number)" }.map { String($0[0]) } ?? "user \(number)"
    }
}
