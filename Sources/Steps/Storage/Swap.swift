import Engine
import Platform
import Privileged
import Systemd

/// The host's swap file, taken into use by a unit of systemd's.
struct Swap: Step {
    let id: StepID = "swap"
    let phase = Phase.storage
    let needs: Set<StepID>
    private let host: Host
    private let gigabytes: Int
    private var bytes: Int64 { Int64(gigabytes) << 30 }

    /// `removal` is the step that takes an older unit away, if there is one.
    init(_ gigabytes: Int, _ host: Host, after removal: StepID? = nil) {
        self.gigabytes = gigabytes
        self.host = host
        needs = Set(["layout", removal].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let (unit, bytes) = (try unit(), bytes)
        try await unit.refuseMask()
        var found = try await onDisk { () throws(SystemCallError) in
            let size = try FileStatus.of(SwapFile.path)?.size
            let differs = Difference(
                SwapFile.path, found: size.map(gibibytes) ?? "absent", wanted: "\(gibibytes(bytes)) of swap")
            return size == bytes ? [] : [differs]
        }
        let state = try await unitState(unit.name, withLinks: true)
        found += try await unit.differences(state)
        if !state.isActive { found.append(Difference(unit.name.text, found: state.active, wanted: "active")) }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let unit = try unit()
        let what = Set(differences.map(\.what))
        let isActive = try await unitState(unit.name).isActive
        try await asRoot { () throws(PrivilegedError) in
            if what.contains(SwapFile.path) {
                // What was swapped out comes back first.
                if isActive { try await host.helper.stop(unit.name) }
                context.progress("making a swap file of \(gibibytes(bytes))")
            }
            // Asked for again it makes sure that what is there is a swap file, and changes nothing.
            if what.contains(SwapFile.path) || !isActive { try await host.helper.makeSwapFile(bytes: bytes) }
        }
        if what.contains(UnitPlace.path(unit.name.text)) { try await unit.write() }
        let start = try await asRoot { () throws(PrivilegedError) in
            if what.contains(unit.name.text) { try await host.helper.enable(unit.name) }
            return try await host.helper.start(unit.name)
        }
        let state = try await unitState(unit.name)
        if state.isActive { return }
        let words = Explanation(
            "is not taken into use",
            hint: "systemctl status '\(unit.name)'; in a container the kernel's swap is the machine's own")
        throw await host.failure(UnitPlace(unit.name, .system), words, state, start, context)
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let folder = OwnedThing(.folder, Files.folder(of: SwapFile.path)), unit = try unit().owned
        return try await Ownership.look(
            [folder, OwnedThing(.swap, SwapFile.path)] + [unit].compactMap(\.self), context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .swap: thing.name == SwapFile.path
        case .unit: thing.name == (try? unit().name.text)
        case .folder: thing.name == Files.folder(of: SwapFile.path)
        default: false
        }
    }

    private func unit() throws(StepFailure) -> StorageUnit {
        let name: UnitName
        do throws(SystemdError) { name = try SwapFile.unit() } catch { throw StepFailure(error) }
        return StorageUnit(
            name, "swap file of the project host", "[Swap]\nWhat=\(SwapFile.path)", wantedBy: "swap.target", host)
    }
}
