import Bundles
import Engine
internal import Glibc
import HostConfig
import Platform
import Privileged
import Systemd

/// The unit files, drop-ins and masks of all services, written together so that systemd reads its files anew only once.
struct UnitFiles: Step {
    static let name: StepID = "unit-files"
    let id = UnitFiles.name
    let phase = Phase.services
    let needs: Set<StepID>
    private let options: [ServiceSpecification]
    private let host: Host
    /// The units that a config had masked, as their names with spaces between.
    private static let fact = "masked"

    private typealias Comparison = @Sendable (WantedFile) throws(SystemCallError) -> Difference?

    init(_ options: [ServiceSpecification], _ host: Host, needs: Set<StepID>) {
        self.options = options
        self.host = host
        self.needs = needs
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let found = try await look(context) { (file) throws(SystemCallError) in try file.difference() }
        if found.isEmpty {
            context.remember(Self.fact, options.filter(\.isMasked).map(\.unit.text).joined(separator: " "))
        }
        return found
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look(context) { (file) throws(SystemCallError) in try file.detailedDifference() }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let what = Set(differences.map(\.what)), own = host.ownDropIns
        for specification in options {
            if what.contains(specification.path) { try await write(specification) }
            for file in specification.dropIns.map(\.wanted) where what.contains(file.path) {
                try await host.manager(specification.scope).write(file)
            }
            let manager = host.manager(specification.scope)
            let state = try await manager.state(of: specification.unit, withLinks: false)
            for path in ForeignUnitFiles.dropIns(specification.place, state, besides: own) where what.contains(path) {
                try await manager.setAside(path, of: specification.unit)
            }
        }
        for scope in scopes {
            let manager = host.manager(scope)
            try await manager.ready()
            try await manager.reload()
        }
    }

    /// Each systemd that runs one of them, the machine's first.
    private var scopes: [UnitScope] {
        [.system, host.userScope].filter { scope in options.contains { $0.scope == scope } }
    }

    /// Above the unit files of the user's own, the outermost first; of the machine's they are not ours.
    private var folders: [String] {
        guard options.contains(where: { $0.scope == host.userScope }) else { return [] }
        let home = host.account.home
        return ["\(home)/.config", "\(home)/.config/systemd", "\(home)/\(UnitScope.folderOfUsers)"]
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var found = folders.map { OwnedThing(.folder, $0) }
        for specification in options {
            if specification.isMasked {
                found.append(OwnedThing(.mask, specification.place.name))
            } else if let file = try await file(specification, context) {
                found.append(OwnedThing(.unit, specification.place.name, content: file.owned.content))
            }
            found += specification.dropIns.map(\.wanted.owned)
        }
        return try await Ownership.look(found, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        // Of one unit the file takes the mask's place, and the mask the file's; a package's takes the place of neither.
        case .unit, .mask: options.contains { $0.place.name == thing.name && !$0.isPackages }
        case .file: options.contains { $0.dropIns.contains { $0.file.path == thing.name } }
        case .folder: folders.contains(thing.name)
        default: false
        }
    }

    // MARK: Looking

    private func look(_ context: StepContext, _ compare: @escaping Comparison) async throws(StepFailure) -> [Difference]
    {
        var found: [Difference] = []
        let own = host.ownDropIns
        for scope in scopes {
            guard let absence = await host.manager(scope).absence(), let process = scope.process else { continue }
            found.append(Difference(process.text, found: absence, wanted: "active"))
        }
        for specification in options {
            let state = try await host.manager(specification.scope).state(of: specification.unit, withLinks: false)
            let unit = try await difference(specification, context, compare)
            let dropIns = try await onDisk { () throws(SystemCallError) in
                var differing: [Difference] = []
                for dropIn in specification.dropIns {
                    if let difference = try compare(dropIn.wanted) { differing.append(difference) }
                }
                return differing
            }
            found += [unit].compactMap(\.self) + dropIns
            if unit == nil, dropIns.isEmpty, state.needsReload {
                found.append(Difference(specification.path, found: "not read by systemd", wanted: "read"))
            }
            for path in ForeignUnitFiles.dropIns(specification.place, state, besides: own) {
                if host.takesOver {
                    found.append(Difference(path, found: "a drop-in of somebody else", wanted: "set aside"))
                } else {
                    context.warn("\(specification.unit) has a drop-in that no config wrote, which is kept: \(path)")
                }
            }
        }
        return found
    }

    private func difference(
        _ specification: ServiceSpecification, _ context: StepContext, _ compare: @escaping Comparison
    ) async throws(StepFailure) -> Difference? {
        let isMasked = try await isMask(specification.path)
        if specification.isMasked {
            return isMasked ? nil : Difference(specification.path, found: "not masked", wanted: "masked")
        }
        let goal = specification.isPackages ? "not masked" : "a unit file"
        if isMasked {
            let isOurs = Self.masks(context.facts).contains(specification.unit)
            // Its removal is told by itself.
            if isOurs, specification.isPackages { return nil }
            if isOurs { return Difference(specification.path, found: "masked by an older config", wanted: goal) }
            if host.takesOver { return Difference(specification.path, found: "masked by somebody else", wanted: goal) }
            context.warn(
                "\(specification.unit) is masked by somebody else, which is kept: \(specification.path) leads to /dev/null"
            )
            return nil
        }
        if specification.isPackages { return nil }
        guard let file = try await file(specification, context) else {
            return Difference(specification.path, found: "absent", wanted: "as in its bundle")
        }
        return try await onDisk { () throws(SystemCallError) in try compare(file) }
    }

    private func file(_ specification: ServiceSpecification, _ context: StepContext) async throws(StepFailure)
        -> WantedFile?
    {
        guard let text = try await host.unitText(specification) else { return nil }
        for (place, mistake) in host.unitMistakes(specification, text) {
            guard mistake.isFatal else {
                context.warn("\(place): \(mistake.words); systemd goes on without that line")
                continue
            }
            throw StepFailure(
                .unhealthy,
                Explanation(
                    "systemd would refuse this unit file: \(mistake.words)", at: place,
                    hint: "correct it in the bundle, and publish that anew"))
        }
        return specification.file(text)
    }

    private func isMask(_ path: String) async throws(StepFailure) -> Bool {
        try await onDisk { [host] () throws(SystemCallError) in try host.isMask(path) }
    }

    /// The units that a step with these facts masked.
    static func masks(_ facts: [String: String]) -> [UnitName] {
        (facts[fact] ?? "").split(separator: " ").compactMap { try? UnitName(String($0)) }
    }

    // MARK: Acting

    /// A config wrote the unit file that lies there, or would; else it is somebody else's.
    private func isOurs(_ specification: ServiceSpecification, _ text: String?) async throws(StepFailure) -> Bool {
        var known = host.pastPossessions.filter { $0.kind == .unit && $0.name == specification.place.name }
        if let text {
            known.append(OwnedThing(.unit, specification.place.name, content: specification.file(text).owned.content))
        }
        return try await onDisk { [known] () throws(SystemCallError) in
            for var thing in known {
                // What was there before it was written does not count: that is gone.
                thing.before = nil
                if case .ours = try OwnedState.of(thing) { return true }
            }
            return false
        }
    }

    private func write(_ specification: ServiceSpecification) async throws(StepFailure) {
        let text = try await host.unitText(specification), manager = host.manager(specification.scope)
        let isMasked = try await onDisk { () throws(SystemCallError) in
            try AdministratorFiles.isMask(specification.path)
        }
        if specification.isMasked {
            // Ours goes, and first what starts it at boot; what anybody else wrote comes back with the unit.
            let isOurs = try await isOurs(specification, text)
            if isOurs { try await manager.disable(specification.unit) }
            return try await manager.mask(specification.unit, keepingFile: !isOurs)
        }
        if specification.isPackages {
            if isMasked { try await manager.unmask(specification.unit, restoringFile: false) }
            return
        }
        guard let text else {
            let folder =
                if case .template(let bundle, _) = specification.text { host.store.folder(bundle) } else {
                    host.layout.bundles
                }
            throw StepFailure(
                .unhealthy,
                Explanation(
                    "the bundle does not hold the unit file that the config names", at: specification.unit.text,
                    hint: "look below \(folder), and correct \"path\" of the service"))
        }
        if isMasked { try await manager.unmask(specification.unit, restoringFile: false) }
        try await manager.write(specification.file(text))
    }
}
