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
        let file = unitFile(unit)
        let isMasked = try await onDisk { [host] () throws(SystemCallError) in try host.isMask(file.path) }
        if isMasked, !host.takesOver { throw ForeignUnitFiles.maskFailure(unit, file.path) }
        var found = try await onDisk { () throws(SystemCallError) in
            let size = try FileStatus.of(SwapFile.path)?.size
            let differs = Difference(
                SwapFile.path, found: size.map(gibibytes) ?? "absent", wanted: "\(gibibytes(bytes)) of swap")
            return try [size == bytes ? nil : differs, file.difference()].compactMap(\.self)
        }
        let state = try await unitState(unit, withLinks: true)
        if state.file != "enabled" {
            found.append(
                Difference(unit.text, found: state.file.isEmpty ? "no unit file" : state.file, wanted: "enabled"))
        }
        if !state.isActive { found.append(Difference(unit.text, found: state.active, wanted: "active")) }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let unit = try unit()
        let file = unitFile(unit)
        let what = Set(differences.map(\.what))
        let isMasked = try await onDisk { () throws(SystemCallError) in try AdministratorFiles.isMask(file.path) }
        let isActive = try await unitState(unit).isActive
        let start = try await asRoot { () throws(PrivilegedError) in
            if what.contains(SwapFile.path) {
                // What was swapped out comes back first.
                if isActive { try await host.helper.stop(unit) }
                context.progress("making a swap file of \(gibibytes(bytes))")
            }
            // Asked for again it makes sure that what is there is a swap file, and changes nothing.
            if what.contains(SwapFile.path) || !isActive { try await host.helper.makeSwapFile(bytes: bytes) }
            if what.contains(file.path) {
                if isMasked || host.takesOver { try await host.helper.unmask(unit) }
                try await host.helper.replaceFile(file.path, content: file.content, mode: file.mode, owner: "root")
                try await host.helper.reloadUnits()
            }
            if what.contains(unit.text) { try await host.helper.enable(unit) }
            return try await host.helper.start(unit)
        }
        let state = try await unitState(unit)
        if state.isActive { return }
        let words = Explanation(
            "is not taken into use",
            hint: "systemctl status '\(unit)'; in a container the kernel's swap is the machine's own")
        throw await host.failure(unit, words, state, start, context)
    }

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let unit = try unit()
        let file = OwnedThing(.unit, unit.text, content: unitFile(unit).owned.content)
        let folder = OwnedThing(.folder, Files.folder(of: SwapFile.path))
        return try await Possessions.look([folder, OwnedThing(.swap, SwapFile.path), file], context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .swap: thing.name == SwapFile.path
        case .unit: thing.name == (try? unit().text)
        case .folder: thing.name == Files.folder(of: SwapFile.path)
        default: false
        }
    }

    private func unit() throws(StepFailure) -> UnitName {
        do throws(SystemdError) { return try SwapFile.unit() } catch { throw StepFailure(error) }
    }

    private func unitFile(_ unit: UnitName) -> WantedFile {
        let text = """
            # Written by host-bootstrap; changes made here are overwritten.
            [Unit]
            Description=swap file of the project host

            [Swap]
            What=\(SwapFile.path)

            [Install]
            WantedBy=swap.target

            """
        return WantedFile(
            path: "/etc/systemd/system/\(unit)", content: Array(text.utf8), mode: 0o644, owner: 0)
    }
}
