import Digests
import Engine
import HostConfig
import Platform
import Privileged
import Synchronization

/// The config's own files in places of the system's.
struct HostFiles: Step {
    let id: StepID = "host-files"
    let phase = Phase.files
    let needs: Set<StepID>
    private let host: Host
    private let files: [FileSettings]
    private let written = WrittenFiles()

    init(_ host: Host) {
        self.host = host
        files = host.configuration.files
        // Packages and "users" bring the users and groups that files belong to.
        let users: StepID? = host.configuration.users.isEmpty ? nil : Users.name
        let links: StepID? = files.contains { $0.bundle != nil } ? BundleLinks.name : nil
        needs = Set(["layout", AptPackages.id(host), AptDebs.id(host), users, links].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        // A plan is made without the receipt's entry at hand.
        let owned = context.owned ?? host.past?.steps[id.name]?.owned ?? []
        let written = owned.filter { $0.former == nil } + written.things.withLock { $0 }
        return try await differences { file in written.contains { $0.isSame(as: file) && $0.content == file.content } }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let differing = Set(differences.map(\.what))
        for file in files where differing.contains(file.path) {
            guard let content = try await host.content(file) else {
                throw StepFailure(
                    Explanation(
                        "the bundle \(file.bundle ?? "") is not installed, and this file comes from it", at: file.path,
                        hint: "run host-bootstrap apply --config FILE without --only and --skip"))
            }
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.put(
                    HostFile(
                        path: file.path, content: content, mode: file.mode, owner: file.owner, group: file.group))
            }
            written.things.withLock { $0.append(OwnedThing(.file, file.path, content: Digest.of(content).hex)) }
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var things: [OwnedThing] = []
        for folder in folders { things.append(OwnedThing(.folder, folder)) }
        for file in files {
            guard let content = try await host.content(file) else { continue }
            things.append(OwnedThing(.file, file.path, content: Digest.of(content).hex))
        }
        return try await Ownership.look(things, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .file: files.contains { $0.path == thing.name }
        case .folder: folders.contains(thing.name)
        default: false
        }
    }

    /// Those of services, which are made with the first file in them.
    private var folders: Set<String> {
        Set(files.filter { FilePlace(of: $0.path) == .service }.map { Files.folder(of: $0.path) })
    }

    private func differences(isWritten: (OwnedThing) -> Bool) async throws(StepFailure) -> [Difference] {
        var found: [Difference] = []
        for file in files { if let difference = try await difference(file, isWritten) { found.append(difference) } }
        return found
    }

    /// How a file differs; of a secret no line is shown.
    ///
    /// One that only root reads is held to what was written, and to what its folder tells of it.
    private func difference(
        _ file: FileSettings, _ isWritten: (OwnedThing) -> Bool
    ) async throws(StepFailure) -> Difference? {
        // A user who is not there yet is made before this is applied, or root says that there is none.
        guard let account = try await lookUp({ () throws(SystemCallError) in try await Account.lookUp(file.owner) })
        else { return Difference(file.path, found: "no user \(file.owner)", wanted: "its owner") }
        var group: UInt32? = account.group
        if let name = file.group {
            group = try await lookUp { () throws(SystemCallError) in try await Account.group(name) }
            if group == nil { return Difference(file.path, found: "no group \(name)", wanted: "its group") }
        }
        guard let content = try await host.content(file) else {
            return Difference(
                file.path, found: "absent", wanted: "as in \(file.bundle ?? ""), which is to be installed")
        }
        var wanted = WantedFile(
            path: file.path, content: content, mode: file.mode, owner: account.user, group: group)
        wanted.isVouchedFor = isWritten(wanted.owned)
        return try await onDisk { [wanted] () throws(SystemCallError) in
            try file.secret != nil ? wanted.difference() : wanted.detailedDifference()
        }
    }

    private func lookUp<Value>(
        _ body: () async throws(SystemCallError) -> Value
    ) async throws(StepFailure) -> Value {
        do throws(SystemCallError) { return try await body() } catch { throw StepFailure(error) }
    }
}

/// What root has written in this run, of which this user may not be able to read it.
private final class WrittenFiles: Sendable {
    let things = Mutex<[OwnedThing]>([])
}
