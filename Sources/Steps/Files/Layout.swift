import Bundles
import Engine
import Platform

/// The canonical folders of the bootstrap root, with a README and the env helper in them.
struct Layout: Step {
    let id: StepID = "layout"
    let phase = Phase.layout
    let needs: Set<StepID> = []
    private let layout: HostLayout
    private let user: UInt32
    private let files: [WantedFile]
    private let stateFolders: [String]
    private let others: OtherRoots

    init(_ host: Host) {
        let known = KnownRoot(host.layout).file(home: host.account.home)
        stateFolders = Ownership.folders(above: known.path).filter { $0.hasFirstBytes("\(host.account.home)/") }
        others = host.others
        layout = host.layout
        user = host.account.user
        files = [
            WantedFile(
                path: "\(layout.root)/README", content: Array(Self.readme(layout).utf8), mode: 0o644, owner: user),
            WantedFile(
                path: "\(layout.bin)/env.sh", content: Array(Self.environmentHelper(host).utf8), mode: 0o644,
                owner: user),
            known,
        ]
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (file) throws(SystemCallError) in try file.difference() }
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (file) throws(SystemCallError) in try file.detailedDifference() }
    }

    private func look(
        _ compare: @escaping @Sendable (WantedFile) throws(SystemCallError) -> Difference?
    ) async throws(StepFailure) -> [Difference] {
        try await onDisk { [layout, user, files] () throws(SystemCallError) in
            var found: [Difference] = []
            for folder in layout.folders {
                if let difference = try Placement(folder, user).difference() { found.append(difference) }
            }
            for file in files { if let difference = try compare(file) { found.append(difference) } }
            return found
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let layout = layout, user = user, files = files
        let obstacle = try await onDisk { () throws(SystemCallError) -> Explanation? in
            for folder in layout.folders {
                if let obstacle = try Placement(folder, user).foreignOwner() { return obstacle }
            }
            return nil
        }
        if let obstacle { throw StepFailure(.failed, obstacle) }
        try await onDisk { () throws(SystemCallError) in
            for folder in layout.folders { try Placement(folder, user).mend() }
            for file in files where try file.difference() != nil {
                try Folders.make(Files.folder(of: file.path), mode: 0o700)
                try file.write()
            }
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        // The stub makes the first of them, so who made one does not tell whose it is: a folder goes when it is empty.
        let state = stateFolders.map { OwnedThing(.folder, $0) }
        return layout.folders.map { OwnedThing(.folder, $0.path) }
            + (try await Ownership.look(state + files.map(\.owned), context, others))
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .folder: (layout.folders.map(\.path) + stateFolders).contains(thing.name)
        case .file: files.map(\.path).contains(thing.name)
        default: false
        }
    }

    private static func readme(_ layout: HostLayout) -> String {
        """
        This folder belongs to host-bootstrap, which keeps it as its config says.

        bin/        programs, and env.sh: `. \(layout.bin)/env.sh` gives a shell the host's environment
        bootstrap/  the agent's own state; state.json is the receipt: what was done, when, from which config
        bundles/    installed bundles, NAME/VERSION each; NAME/current is the version in use
        bundle      the project-host version in use
        config/     the config in force
        logs/       bootstrap.log, one JSON object a line

        See what the last run did:  host-bootstrap status --root \(layout.root)
        See what a run would do:    host-bootstrap plan --config \(layout.configInForce)

        """
    }

    private static func environmentHelper(_ host: Host) -> String {
        let quote = { (text: String) in "'\(text.escaping(["'": "'\\''"]))'" }
        var lines = [
            "# Written by host-bootstrap. Use it from a POSIX shell: . \(host.layout.bin)/env.sh",
            "export BOOTSTRAP_USER=\(quote(host.account.name))",
            "export BOOTSTRAP_ROOT=\(quote(host.layout.root))",
            "export NVM_DIR=\(quote("\(host.account.home)/.nvm"))",
        ]
        let folders = [
            host.node.map { "\($0.folder)/bin" }, "\(host.store.currentLink("tools"))/bin", host.layout.bin,
        ]
        lines.append("PATH=\(folders.compactMap { $0 }.map(quote).joined(separator: ":")):$PATH")
        lines.append("export PATH")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Placement {
    fileprivate init(_ folder: (path: String, mode: UInt32), _ user: UInt32) {
        self.init(path: folder.path, kind: .folder, mode: folder.mode, user: user)
    }
}
