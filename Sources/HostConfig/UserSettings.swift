public import Platform

/// A user that the host is to have.
public struct UserSettings: Sendable, Equatable {
    /// How it is made when there is none of that name.
    public let user: HostUser
    /// The groups it is in besides its own.
    public let groups: [String]
    /// The numbers that its containers' users, and groups, have; nil: as useradd(8) gives them.
    public let subuid: SubordinateRange?, subgid: SubordinateRange?
    /// Its own units run without a log-in.
    public let lingers: Bool

    /// Reads `users`.
    static func readAll(_ field: Field) -> [UserSettings] {
        var names: Set<String> = []
        return (field.elements("users") ?? []).compactMap { element in
            guard let settings = read(element) else { return nil }
            if !names.insert(settings.user.name).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(settings.user.name)) is listed twice")
            }
            return settings
        }
    }

    private static func read(_ field: Field) -> UserSettings? {
        let known = ["name", "uid", "system", "groups", "home", "shell", "subuid", "subgid", "linger"]
        guard let fields = field.fields(known), let name = fields.required("name")?.name(.user) else { return nil }
        if name == "root" { fields["name"]?.refuse(.badName, "expected a user other than root") }
        var user = HostUser(name)
        // 65534 and 65535 are nobody and no one (systemd's UIDS-GIDS.md).
        user.uid = fields["uid"]?.integer(1...65_533).map(UInt32.init)
        user.isSystem = fields["system"]?.boolean() ?? false
        user.home = fields["home"].flatMap(path)
        user.shell = fields["shell"].flatMap(path)
        let (subuid, subgid) = (fields["subuid"].flatMap(range), fields["subgid"].flatMap(range))
        user.hasSubordinates = subuid != nil || subgid != nil
        return UserSettings(
            user: user, groups: fields["groups"].map(readGroups) ?? [], subuid: subuid, subgid: subgid,
            lingers: fields["linger"]?.boolean() ?? false)
    }

    private static func readGroups(_ field: Field) -> [String] {
        var names: Set<String> = []
        return (field.elements("groups") ?? []).compactMap { element in
            guard let name = element.name(.user) else { return nil }
            if name == "root" { element.refuse(.badName, "expected a group other than root") }
            if !names.insert(name).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(name)) is listed twice")
            }
            return name
        }
    }

    /// One that passwd(5) can hold.
    private static func path(_ field: Field) -> String? {
        field.text(.badPath, "an absolute path without \":\" and spaces") { text in
            text.isNormalAbsolutePath && text.utf8.count <= 255
                && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
        }
    }

    private static func range(_ field: Field) -> SubordinateRange? {
        field.parsed(.badValue, "START:COUNT, such as \"100000:65536\"") { SubordinateRange($0) }
    }
}
