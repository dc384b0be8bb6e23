internal import Glibc
internal import Platform
internal import Synchronization

/// Reports that are not yet delivered, oldest first; on disk as soon as there is a folder for them.
final class ReportSpool: Sendable {
    struct Item: Sendable, Equatable {
        let name: String
        let body: [UInt8]
    }

    private struct State {
        var names: [String] = []
        var inMemory: [String: [UInt8]] = [:]
        var folder: String?
    }
    private let state = Mutex(State())

    /// Adds a report.
    ///
    /// Blocks on the disk.
    func add(_ name: String, _ body: [UInt8]) {
        state.withLock { state in
            state.names.append(name)
            store(&state, name, body)
        }
    }

    /// Moves to disk, behind what an earlier run left there.
    ///
    /// Blocks on the disk.
    func attach(_ folder: String) throws(SystemCallError) {
        try Folders.make(folder, mode: 0o700)
        let left = try Folders.names(in: folder).filter { $0.hasSuffix(".json") }
        state.withLock { state in
            state.folder = folder
            state.names = left + state.names
            for (name, body) in state.inMemory.sorted(by: { $0.key < $1.key }) { store(&state, name, body) }
        }
    }

    /// The oldest report; one that cannot be read is given up.
    ///
    /// Blocks on the disk.
    func oldest() -> Item? {
        state.withLock { state in
            while let name = state.names.first {
                if let body = state.inMemory[name] { return Item(name: name, body: body) }
                if let folder = state.folder, let body = try? Files.read("\(folder)/\(name)", limit: 16 << 20) {
                    return Item(name: name, body: body)
                }
                state.names.removeFirst()
            }
            return nil
        }
    }

    /// Forgets a report that was delivered or refused for good.
    ///
    /// Blocks on the disk.
    func remove(_ name: String) {
        state.withLock { state in
            state.names.removeAll { $0 == name }
            state.inMemory[name] = nil
            if let folder = state.folder { try? Files.remove("\(folder)/\(name)") }
        }
    }

    var isEmpty: Bool { state.withLock { $0.names.isEmpty } }

    private func store(_ state: inout State, _ name: String, _ body: [UInt8]) {
        if let folder = state.folder, (try? Files.replace("\(folder)/\(name)", with: body, mode: 0o600)) != nil {
            state.inMemory[name] = nil
        } else {
            // A disk that is full must not lose the report that says so.
            state.inMemory[name] = body
        }
    }
}
