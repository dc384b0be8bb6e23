import Systemd
import Engine
import HostConfig
import Platform
import Privileged

/// The unit files of all services, written together so that systemd reads its files anew only once.
struct UnitFiles: Step {
    static let name: StepID = "unit-files"
    let id = UnitFiles.name
    let phase = Phase.services
    let needs: Set<StepID>
    private let wishes: [ServiceWish]
    private let host: Host

    init(_ wishes: [ServiceWish], _ host: Host, needs: Set<StepID>) {
        self.wishes = wishes
        self.host = host
        self.needs = needs
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (file) throws(SystemCallError) in try file.difference() }
    }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (file) throws(SystemCallError) in try file.detailedDifference() }
    }

    private func look(
        _ compare: @escaping @Sendable (WantedFile) throws(SystemCallError) -> Difference?
    ) async throws(StepFailure) -> [Difference] {
        var found: [Difference] = []
        for wish in wishes {
            guard let file = try await file(wish) else {
                found.append(Difference(wish.path, found: "absent", wanted: "as in its bundle"))
                continue
            }
            if let difference = try await onDisk({ () throws(SystemCallError) in try compare(file) }) {
                found.append(difference)
            } else if try await unitState(wish.unit).needsReload {
                found.append(Difference(wish.path, found: "not read by systemd", wanted: "read"))
            }
        }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let what = Set(differences.map(\.what))
        for wish in wishes where what.contains(wish.path) {
            guard let file = try await file(wish) else {
                throw StepFailure(
                    Explanation(
                        "the bundle does not hold the unit file that the config names", at: wish.unit.text,
                        hint: "look below \(host.layout.bundles), and correct \"path\" of the service"))
            }
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.replaceFile(file.path, content: file.content, mode: file.mode, owner: "root")
            }
        }
        try await asRoot { () throws(PrivilegedError) in try await host.helper.reloadUnits() }
    }

    private func file(_ wish: ServiceWish) async throws(StepFailure) -> WantedFile? {
        try await host.unitText(wish).map { WantedFile(path: wish.path, content: Array($0.utf8), mode: 0o644) }
    }
}
