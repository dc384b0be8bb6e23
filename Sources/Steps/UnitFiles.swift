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
    private let wishes: [ServiceWish]
    private let host: Host
    /// The units that a config had masked, as their names with spaces between.
    private static let fact = "masked"

    private typealias Comparison = @Sendable (WantedFile) throws(SystemCallError) -> Difference?

    init(_ wishes: [ServiceWish], _ host: Host, needs: Set<StepID>) {
        self.wishes = wishes
        self.host = host
        self.needs = needs
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let found = try await look(context) { (file) throws(SystemCallError) in try file.difference() }
        if found.isEmpty {
            context.remember(Self.fact, wishes.filter(\.isMasked).map(\.unit.text).joined(separator: " "))
        }
        return found
    }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look(context) { (file) throws(SystemCallError) in try file.detailedDifference() }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let what = Set(differences.map(\.what)), own = host.ownDropIns
        for wish in wishes {
            if what.contains(wish.path) { try await write(wish) }
            for file in wish.dropIns.map(\.wanted) where what.contains(file.path) {
                try await host.manager(wish.scope).write(file)
            }
            let manager = host.manager(wish.scope)
            let state = try await manager.state(of: wish.unit, withLinks: false)
            for path in ForeignUnitFiles.dropIns(wish.place, state, besides: own) where what.contains(path) {
                try await manager.setAside(path, of: wish.unit)
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
        [.system, host.userScope].filter { scope in wishes.contains { $0.scope == scope } }
    }

    /// Above the unit files of the user's own, the outermost first; of the machine's they are not ours.
    private var folders: [String] {
        guard wishes.contains(where: { $0.scope == host.userScope }) else { return [] }
        let home = host.account.home
        return ["\(home)/.config", "\(home)/.config/systemd", "\(home)/\(UnitScope.folderOfUsers)"]
    }

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var found = folders.map { OwnedThing(.folder, $0) }
        for wish in wishes {
            if wish.isMasked {
                found.append(OwnedThing(.mask, wish.place.name))
            } else if let file = try await file(wish, context) {
                found.append(OwnedThing(.unit, wish.place.name, content: file.owned.content))
            }
            found += wish.dropIns.map(\.wanted.owned)
        }
        return try await Possessions.look(found, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        // Of one unit the file takes the mask's place, and the mask the file's; a package's takes the place of neither.
        case .unit, .mask: wishes.contains { $0.place.name == thing.name && !$0.isPackages }
        case .file: wishes.contains { $0.dropIns.contains { $0.file.path == thing.name } }
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
        for wish in wishes {
            let state = try await host.manager(wish.scope).state(of: wish.unit, withLinks: false)
            let unit = try await difference(wish, context, compare)
            let dropIns = try await onDisk { () throws(SystemCallError) in
                var differing: [Difference] = []
                for dropIn in wish.dropIns {
                    if let difference = try compare(dropIn.wanted) { differing.append(difference) }
                }
                return differing
            }
            found += [unit].compactMap(\.self) + dropIns
            if unit == nil, dropIns.isEmpty, state.needsReload {
                found.append(Difference(wish.path, found: "not read by systemd", wanted: "read"))
            }
            for path in ForeignUnitFiles.dropIns(wish.place, state, besides: own) {
                if host.takesOver {
                    found.append(Difference(path, found: "a drop-in of somebody else", wanted: "set aside"))
                } else {
                    context.warn("\(wish.unit) has a drop-in that no config wrote, which is kept: \(path)")
                }
            }
        }
        return found
    }

    private func difference(
        _ wish: ServiceWish, _ context: StepContext, _ compare: @escaping Comparison
    ) async throws(StepFailure) -> Difference? {
        let isMasked = try await isMask(wish.path)
        if wish.isMasked {
            return isMasked ? nil : Difference(wish.path, found: "not masked", wanted: "masked")
        }
        let goal = wish.isPackages ? "not masked" : "a unit file"
        if isMasked {
            let isOurs = Self.masks(context.facts).contains(wish.unit)
            // Its removal is told by itself.
            if isOurs, wish.isPackages { return nil }
            if isOurs { return Difference(wish.path, found: "masked by an older config", wanted: goal) }
            if host.takesOver { return Difference(wish.path, found: "masked by somebody else", wanted: goal) }
            context.warn("\(wish.unit) is masked by somebody else, which is kept: \(wish.path) leads to /dev/null")
            return nil
        }
        if wish.isPackages { return nil }
        guard let file = try await file(wish, context) else {
            return Difference(wish.path, found: "absent", wanted: "as in its bundle")
        }
        return try await onDisk { () throws(SystemCallError) in try compare(file) }
    }

    private func file(_ wish: ServiceWish, _ context: StepContext) async throws(StepFailure) -> WantedFile? {
        guard let text = try await host.unitText(wish) else { return nil }
        for (place, mistake) in host.unitMistakes(wish, text) {
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
        return wish.file(text)
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
    private func isOurs(_ wish: ServiceWish, _ text: String?) async throws(StepFailure) -> Bool {
        var known = host.pastPossessions.filter { $0.kind == .unit && $0.name == wish.place.name }
        if let text { known.append(OwnedThing(.unit, wish.place.name, content: wish.file(text).owned.content)) }
        return try await onDisk { [known] () throws(SystemCallError) in
            for var thing in known {
                // What was there before it was written does not count: that is gone.
                thing.before = nil
                if case .ours = try OwnedState.of(thing) { return true }
            }
            return false
        }
    }

    private func write(_ wish: ServiceWish) async throws(StepFailure) {
        let text = try await host.unitText(wish), manager = host.manager(wish.scope)
        let isMasked = try await onDisk { () throws(SystemCallError) in try AdministratorFiles.isMask(wish.path) }
        if wish.isMasked {
            // Ours goes, and first what starts it at boot; what anybody else wrote comes back with the unit.
            let isOurs = try await isOurs(wish, text)
            if isOurs { try await manager.disable(wish.unit) }
            return try await manager.mask(wish.unit, keepingFile: !isOurs)
        }
        if wish.isPackages {
            if isMasked { try await manager.unmask(wish.unit, restoringFile: false) }
            return
        }
        guard let text else {
            let folder =
                if case .template(let bundle, _) = wish.text { host.store.folder(bundle) } else { host.layout.bundles }
            throw StepFailure(
                .unhealthy,
                Explanation(
                    "the bundle does not hold the unit file that the config names", at: wish.unit.text,
                    hint: "look below \(folder), and correct \"path\" of the service"))
        }
        if isMasked { try await manager.unmask(wish.unit, restoringFile: false) }
        try await manager.write(wish.file(text))
    }
}
