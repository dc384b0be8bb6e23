import Engine
import Privileged
import Systemd

/// The machine's systemd, which root alone may command.
struct SystemUnits: UnitManager {
    let helper: PrivilegedHelper
    var scope: UnitScope { .system }

    func absence() async -> String? { nil }

    func ready() async throws(StepFailure) {}

    func state(of unit: UnitName, withLinks: Bool) async throws(StepFailure) -> UnitState {
        try await unitState(unit, withLinks: withLinks)
    }

    func reload() async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.reloadUnits() }
    }

    func enable(_ unit: UnitName) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.enable(unit) }
    }

    func disable(_ unit: UnitName) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.disable(unit) }
    }

    func start(_ unit: UnitName) async throws(StepFailure) -> UnitStart {
        try await asRoot { () throws(PrivilegedError) in try await helper.start(unit) }
    }

    func restart(_ unit: UnitName) async throws(StepFailure) -> UnitStart {
        try await asRoot { () throws(PrivilegedError) in try await helper.restart(unit) }
    }

    func stop(_ unit: UnitName) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.stop(unit) }
    }

    func mask(_ unit: UnitName, keepingFile: Bool) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.mask(unit, keepingFile: keepingFile) }
    }

    func unmask(_ unit: UnitName, restoringFile: Bool) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in
            try await helper.unmask(unit, restoringFile: restoringFile)
        }
    }

    func write(_ file: WantedFile) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in
            try await helper.replaceFile(file.path, content: file.content, mode: file.mode, owner: "root")
        }
    }

    func setAside(_ dropIn: String, of unit: UnitName) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.setDropInAside(dropIn, of: unit) }
    }

    func remove(_ unit: UnitName, digest: String) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.remove(unit, digest: digest) }
    }

    func journal(_ unit: UnitName, lines: Int, of span: JournalSpan) async -> String {
        (try? await helper.journal(unit, lines: lines, of: span)) ?? ""
    }
}
