import Systemd

/// A unit of systemd's to run: a service, or what starts one.
public struct Service: Sendable, Equatable {
    /// Where the unit file's text comes from.
    public enum Definition: Sendable, Equatable {
        /// From the config.
        case content(String)
        /// From a file in an installed bundle, by a relative path.
        case bundle(name: String, path: String)
        /// From a package, which wrote it where packages do.
        case package
    }

    /// What becomes of a new version of a bundle when a service is not healthy with it.
    public enum RollbackPolicy: String, Sendable, CaseIterable {
        /// It gives way to the last healthy one.
        case automatic
        /// It stays in use.
        case never
    }

    /// Whose systemd runs it.
    public enum Scope: String, Sendable, CaseIterable {
        /// The machine's, which root commands.
        case system
        /// The bootstrap user's own, which needs no root.
        case user
    }

    /// The unit's name, ending in `.service`, `.socket`, `.timer`, `.path`, `.mount`, `.target` or `.slice`.
    public let unit: String
    /// Whose systemd runs it.
    public let scope: Scope
    /// Where its text comes from; nil: it is masked, and nobody's text counts.
    public let definition: Definition?
    /// Texts that add to it or change it, by their names without `.conf`.
    public let dropIns: [String: String]
    /// How to tell that it works; nil: that it stays active is enough.
    public let health: HealthCheck?
    /// It starts when the host does; a package's unit is stopped, too, when it does not.
    public let isEnabled: Bool
    /// Nothing may start it.
    public let isMasked: Bool
    /// What becomes of a new version of a bundle with which it is not healthy.
    public let rollback: RollbackPolicy
}

/// How to tell that a service works.
public struct HealthCheck: Sendable, Equatable {
    /// All of them must answer with success; never empty.
    public let urls: [WebAddress]
    /// So many good rounds in a row are asked for.
    public internal(set) var goodInARow = 3
    /// The pause between two rounds.
    public internal(set) var interval = Duration.milliseconds(500)
    /// How long the service may take to get there.
    public internal(set) var timeout = Duration.seconds(60)
}

extension Service {
    /// Reads `units`, and `services`, which is its older name; `bundles` are those it may name, `owner` the bootstrap user.
    static func readAll(_ fields: [Field], bundles: BundleNames, owner: String) -> [Service] {
        var units: Set<String> = []
        return fields.flatMap { $0.elements("units") ?? [] }.compactMap { element in
            guard let service = read(element, bundles, owner) else { return nil }
            if !units.insert(service.unit).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(service.unit)) stands there twice")
            }
            return service
        }
    }

    private static func read(_ field: Field, _ bundles: BundleNames, _ owner: String) -> Service? {
        let names = [
            "unit", "content", "bundle", "path", "drop_ins", "scope", "user", "health", "enabled", "masked", "rollback",
        ]
        guard let fields = field.fields(names) else { return nil }
        let unit = fields.required("unit")?.text(
            .badName,
            "a unit's name that ends in \".service\", \".socket\", \".timer\", \".path\", \".mount\", \".target\" or \".slice\"",
            where: isUnitName)
        let isMasked = fields["masked"]?.boolean() ?? false
        let definition = readDefinition(fields, bundles, isMasked: isMasked)
        let scope = readScope(fields, of: unit, owner)
        let dropIns = readDropIns(fields["drop_ins"], of: unit, scope)
        let health = fields["health"].flatMap(HealthCheck.read)
        let rollback = fields["rollback"]?.choice(RollbackPolicy.self)
        let isEnabled = fields["enabled"]?.boolean() ?? true
        if isMasked, let field = fields["health"] {
            fields.contradiction(at: field, "nothing may start a unit that is \"masked\", so it is never healthy")
        }
        if let field = fields["drop_ins"] {
            checkDropIns(of: unit, isMasked: isMasked) { fields.contradiction(at: field, $0) }
        }
        if definition == .package, !isEnabled, let field = fields["health"] {
            fields.contradiction(
                at: field, "a package's unit that is not \"enabled\" is stopped, so it is never healthy")
        }
        if case .bundle(let name, _) = definition {
            let use = scope == .system ? "root starts units" : "a run starts units"
            bundles.requireVouched(name, fields, use, "this one")
        }
        if let unit, case .content(let text) = definition, let field = fields["content"] {
            checkText(text, of: unit, scope, field)
        }
        guard let unit, isMasked || definition != nil else { return nil }
        return Service(
            unit: unit, scope: scope, definition: definition, dropIns: dropIns, health: health, isEnabled: isEnabled,
            isMasked: isMasked, rollback: rollback ?? .automatic)
    }

    /// Every mistake in a unit's text that can be told without a host.
    private static func checkText(_ text: String, of unit: String, _ scope: Scope, _ field: Field) {
        guard !text.isEmpty, let name = try? UnitName(unit) else { return }
        let ofUsers = scope == .user ? UnitText.mistakes(inUsers: text) : []
        for mistake in UnitText.mistakes(in: text, of: name) + ofUsers { field.refuse(.badUnit, mistake.description) }
        Placeholder.check(text, field)
    }

    private static func readDefinition(_ fields: Fields, _ bundles: BundleNames, isMasked: Bool) -> Definition? {
        let content = fields["content"]?.string()
        let bundle = bundles.read(fields)
        let path = fields["path"]?.relativePath()
        if let content, content.isEmpty { fields["content"]?.refuse(.badValue, "expected a unit file, found nothing") }
        switch (fields["content"] != nil, fields["bundle"] != nil, fields["path"] != nil) {
        case (true, false, false): return content.map(Definition.content)
        case (false, true, true):
            guard let bundle, let path else { return nil }
            return .bundle(name: bundle, path: path)
        case (false, false, false): return isMasked ? nil : .package
        default:
            fields.contradiction(
                at: nil, "expected \"content\", or \"bundle\" and \"path\", or none of them for a package's unit")
            return nil
        }
    }

    /// systemd.unit(5): the name, perhaps an instance after `@`, and the suffix; at most 255 characters.
    static func isUnitName(_ text: String) -> Bool {
        let suffixes = [".service", ".socket", ".timer", ".path", ".mount", ".target", ".slice"]
        guard let suffix = suffixes.first(where: { text.hasSuffix($0) }), text.utf8.count <= 255 else { return false }
        let parts = text.dropLast(suffix.count).split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, NameRule.unit.admits(parts[0]) else {
            return false
        }
        return parts.count == 1 || (!parts[1].isEmpty && NameRule.unit.rest.covers(parts[1]))
    }
}

extension HealthCheck {
    /// Reads `health`.
    static func read(_ field: Field) -> HealthCheck? {
        guard let fields = field.fields(["urls", "good_in_a_row", "interval_ms", "timeout_seconds"]) else { return nil }
        let urls = fields.required("urls")?.elements("URLs", minimum: 1)?.compactMap { $0.address(.health) }
        var check = HealthCheck(urls: urls ?? [])
        check.goodInARow = fields["good_in_a_row"]?.integer(1...100) ?? check.goodInARow
        if let pause = fields["interval_ms"]?.integer(10...60_000) { check.interval = .milliseconds(pause) }
        if let limit = fields["timeout_seconds"]?.integer(1...3600) { check.timeout = .seconds(limit) }
        return check
    }
}
