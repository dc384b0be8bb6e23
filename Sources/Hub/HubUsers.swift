internal import Database
internal import Digests
internal import Platform

/// What the commands do with users.
extension Hub {
    /// How long a password may be, in bytes: twelve characters at least are OWASP ASVS 4, 2.1.1.
    public static let passwordLengths = 12...1024

    /// How a user is known.
    public enum UserKind: Sendable, Equatable {
        /// By a password.
        case password([UInt8])
        /// By a token, for programs; it is made here, and valid for good unless it has a lifetime.
        case token(lives: TokenLifetime? = nil)
        /// By the trusted proxy's word alone.
        case proxy
    }

    /// Adds a user, or gives one that is there another role and proof; whether it is new, and its token if it has one.
    ///
    /// Blocks: a password is hashed.
    public func setUser(
        _ name: UserName, role: UserRole, _ kind: UserKind
    ) throws(HubError) -> (isNew: Bool, token: String?) {
        let proof: HubStore.UserProof, token: BearerToken?
        switch kind {
        case .password(let password):
            guard Self.passwordLengths.contains(password.count) else { throw .badPassword }
            guard let hash = PasswordHash.of(password) else {
                throw .system(SystemCallError("EVP_PBE_scrypt", "password", code: 12))
            }
            (proof, token) = (.password(hash), nil)
        case .token(let lifetime):
            let made = BearerToken.random()
            (proof, token) = (.token(made, lives: lifetime), made)
        case .proxy: (proof, token) = (.proxy, nil)
        }
        return (try inDatabase { () throws(DatabaseError) in try store.setUser(name, role, proof) }, token?.text)
    }

    /// Forgets a user, and ends its sessions.
    public func removeUser(_ name: UserName) throws(HubError) {
        guard try inDatabase({ () throws(DatabaseError) in try store.removeUser(name) }) else {
            throw .noSuchUser(name.text)
        }
    }

    /// All users: name, role, what they are known by, and when a token ends, if it does.
    public func users() throws(HubError) -> [[String]] {
        try inDatabase { () throws(DatabaseError) in
            try store.users().map { user in
                [
                    user.name, user.role.rawValue,
                    user.password != nil ? "password" : user.hasToken ? "token" : "proxy",
                    user.tokenEnds?.rfc3339 ?? "",
                ]
            }
        }
    }

    /// Whether there are any users.
    public func hasUsers() throws(HubError) -> Bool {
        try inDatabase { () throws(DatabaseError) in try store.hasUsers() }
    }
}
