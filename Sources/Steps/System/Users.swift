import Engine
import HostConfig
import Platform
import Privileged

/// Users besides the one who runs everything, their groups, and what else a host knows of them.
struct Users: Step {
    static let name: StepID = "users"
    let id = Self.name
    let phase = Phase.files
    let needs: Set<StepID>
    private let host: Host
    private let users: [UserSettings]
    /// Whose own units are to run without a log-in, though its entry, if there is one, does not say so.
    private let lingering: HostUser?

    /// Nil when there are none.
    init?(_ host: Host) {
        self.host = host
        users = host.configuration.users
        let hasUnits = host.configuration.services.contains { $0.scope == .user }
        lingering = hasUnits ? HostUser(host.account.name) : nil
        // Packages bring groups, such as docker's, and shells.
        if users.isEmpty, lingering == nil { return nil }
        needs = Set(["layout", AptPackages.id(host), AptDebs.id(host)].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let (facets, settings, users) = (facets.map(\.facet), settings, users)
        let (found, other) = try await onDisk { () throws(SystemCallError) in
            var found: [Difference] = []
            for facet in facets where try !facet.isThere() {
                found.append(Difference(facet.text, found: "absent", wanted: "there"))
            }
            for setting in settings {
                guard let now = try setting.attribute.current(of: setting.user), now != setting.value else { continue }
                found.append(Difference(setting.name, found: now, wanted: setting.value))
            }
            return (found, try Self.otherNumber(users))
        }
        if let other { throw StepFailure(other) }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let differing = Set(differences.map(\.what))
        for (facet, user) in facets where differing.contains(facet.text) {
            try await asRoot { () throws(PrivilegedError) in try await host.helper.make(facet, user: user) }
        }
        for setting in settings where differing.contains(setting.name) {
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.set(setting.attribute, of: setting.user, to: setting.value)
            }
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let (settings, before) = (settings, OwnedThing.settingsBefore(context.owned))
        let attributes = try await onDisk { () throws(SystemCallError) in
            var owned: [OwnedThing] = []
            for setting in settings {
                // A user who is not there yet has it from the start, and takes it along.
                let now: String?
                if let known = before[setting.name] {
                    now = known
                } else {
                    now = try setting.attribute.current(of: setting.user)
                }
                if let now { owned.append(.setting(setting.name, setting.value, before: now)) }
            }
            return owned
        }
        let things = try await Ownership.look(
            facets.map { OwnedThing(.account, $0.facet.text) }, context, host.others)
        // What a host knew before is nobody's to take away, and nothing to tell of.
        return things.filter { $0.before == nil } + attributes
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .account: facets.contains { $0.facet.text == thing.name }
        case .setting: settings.contains { $0.name == thing.name }
        default: false
        }
    }

    /// What there is to be, each after what it needs; with how its user is made.
    private var facets: [(facet: AccountFacet, user: HostUser)] {
        let all = users.flatMap { settings in
            let (user, name) = (settings.user, settings.user.name)
            let ranges = [(settings.subuid, AccountFacet.SubordinateKind.subuid), (settings.subgid, .subgid)]
            var facets = settings.groups.map { AccountFacet.group($0) } + [.user(name)]
            facets += settings.groups.map { .member(name, of: $0) }
            facets += ranges.compactMap { range, kind in range.map { .subordinates(name, $0, kind) } }
            if settings.lingers { facets.append(.linger(name)) }
            return facets.map { ($0, user) }
        }
        guard let lingering else { return all }
        let facet = AccountFacet.linger(lingering.name)
        return all.contains { $0.0 == facet } ? all : all + [(facet, lingering)]
    }

    private struct Setting: Sendable {
        let user: String, attribute: HostUser.Attribute, value: String
        var name: String { UserAttributeName(user: user, attribute: attribute).text }
    }

    private var settings: [Setting] {
        users.flatMap { settings in
            [(HostUser.Attribute.home, settings.user.home), (.shell, settings.user.shell)].compactMap {
                attribute, value in
                value.map { Setting(user: settings.user.name, attribute: attribute, value: $0) }
            }
        }
    }

    /// A user's files are under its number: it is given once.
    private static func otherNumber(_ users: [UserSettings]) throws(SystemCallError) -> Explanation? {
        for user in users.map(\.user) {
            guard let wanted = user.uid, let found = try HostUser.number(of: user.name), found != wanted else {
                continue
            }
            return Explanation(
                "this user has the number \(found), and its files do, too: it is never given another", at: user.name,
                hint: "let \"uid\" say \(found), or leave it out; or as root: usermod --uid \(wanted) '\(user.name)'")
        }
        return nil
    }
}

/// How a home or a shell is called as a setting that is owned.
struct UserAttributeName: Sendable {
    let user: String, attribute: HostUser.Attribute

    init(user: String, attribute: HostUser.Attribute) {
        (self.user, self.attribute) = (user, attribute)
    }

    /// Reads ``text``; nil for anything else.
    init?(_ text: String) {
        let words = text.parts(at: " ").map(String.init)
        guard words.count == 3, words[0] == "user", let attribute = HostUser.Attribute(rawValue: words[2]) else {
            return nil
        }
        self.init(user: words[1], attribute: attribute)
    }

    var text: String { "user \(user) \(attribute.rawValue)" }
}
