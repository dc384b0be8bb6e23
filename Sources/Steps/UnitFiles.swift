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
                try await asRoot { () throws(PrivilegedError) in
                    try await host.helper.replaceFile(file.path, content: file.content, mode: file.mode, owner: "root")
                }
            }
            let foreign = ForeignUnitFiles.dropIns(wish.unit, try await unitState(wish.unit), besides: own)
            for path in foreign where what.contains(path) {
                try await asRoot { () throws(PrivilegedError) in
                    try await host.helper.setDropInAside(path, of: wish.unit)
                }
            }
        }
        try await asRoot { () throws(PrivilegedError) in try await host.helper.reloadUnits() }
    }

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var found: [OwnedThing] = []
        for wish in wishes {
            if wish.isMasked {
                found.append(OwnedThing(.mask, wish.unit.text))
            } else if let file = try await file(wish, context) {
                found.append(OwnedThing(.unit, wish.unit.text, content: file.owned.content))
            }
            found += wish.dropIns.map(\.wanted.owned)
        }
        return try await Possessions.look(found, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        // Of one unit the file takes the mask's place, and the mask the file's; a package's takes the place of neither.
        case .unit, .mask: wishes.contains { $0.unit.text == thing.name && !$0.isPackages }
        case .file: wishes.contains { $0.dropIns.contains { $0.file.path == thing.name } }
        default: false
        }
    }

    // MARK: Looking

    private func look(_ context: StepContext, _ compare: @escaping Comparison) async throws(StepFailure) -> [Difference]
    {
        var found: [Difference] = []
        let own = host.ownDropIns
        for wish in wishes {
            let state = try await unitState(wish.unit)
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
            for path in ForeignUnitFiles.dropIns(wish.unit, state, besides: own) {
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
        return WantedFile(path: wish.path, content: Array(text.utf8), mode: 0o644, owner: 0)
    }

    private func isMask(_ path: String) async throws(StepFailure) -> Bool {
        try await onDisk { [host] () throws(SystemCallError) in try host.isMask(path) }
    }

    /// The units that a step with these facts masked.
    static func masks(_ facts: [String: String]) -> [UnitName] {
        (facts[fact] ?? "").split(separator: " ").compactMap { try? UnitName(String($0)) }
    }

    // MARK: Acting

    private func write(_ wish: ServiceWish) async throws(StepFailure) {
        let text = try await host.unitText(wish)
        let isMasked = try await onDisk { () throws(SystemCallError) in try AdministratorFiles.isMask(wish.path) }
        if wish.isMasked {
            // What the config itself says need not be kept; what may not be read is somebody else's.
            let isForeign = try await onDisk { () throws(SystemCallError) -> Bool in
                do throws(SystemCallError) {
                    let there = try Files.text(wish.path)
                    return there != nil && there != text
                } catch {
                    if error.code == EACCES { return true }
                    throw error
                }
            }
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.mask(wish.unit, keepingFile: isForeign)
            }
            return
        }
        if wish.isPackages {
            if isMasked {
                try await asRoot { () throws(PrivilegedError) in try await host.helper.unmask(wish.unit) }
            }
            return
        }
        guard let text else {
            throw StepFailure(
                .unhealthy,
                Explanation(
                    "the bundle does not hold the unit file that the config names", at: wish.unit.text,
                    hint: "look below \(host.layout.bundles), and correct \"path\" of the service"))
        }
        try await asRoot { () throws(PrivilegedError) in
            if isMasked { try await host.helper.unmask(wish.unit) }
            try await host.helper.replaceFile(wish.path, content: Array(text.utf8), mode: 0o644, owner: "root")
        }
    }
}
