import Systemd

extension Service {
    /// Reads `scope` and `user` of a unit; `owner` is the bootstrap user.
    static func readScope(_ fields: Fields, of unit: String?, _ owner: String) -> Scope {
        let given = fields["scope"]?.choice(Scope.self)
        let user = fields["user"]?.name(.user)
        guard given == .user else {
            if let field = fields["user"], given != nil || fields["scope"] == nil {
                fields.contradiction(at: field, "only a unit with \"scope\": \"user\" is a user's own")
            }
            return .system
        }
        if let user, !owner.isEmpty, user != owner {
            fields.contradiction(
                at: fields["user"],
                "only the bootstrap user, \(Quoting.quote(owner)), is given units of its own; those of "
                    + "\(Quoting.quote(user)) come by a config of its own, with it as the \"bootstrap_user\"")
        }
        if let unit, let name = try? UnitName(unit), name.suffix == ".mount" {
            fields.contradiction(at: fields["scope"], "a user's own systemd may mount nothing: only root's does")
        }
        return .user
    }
}
